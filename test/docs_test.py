#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that the documents say what is so: links lead somewhere, the code in the tutorials is that of
the examples, every public function is described, the rows of XEP-0166 that only a document can meet
are met. A driver of test/suite.list."""
import glob
import os
import re
import shutil
import subprocess
import sys

TOP = os.environ['srcdir']
BUILD = os.environ['builddir']
failed = False


def result(name, complaints):
    global failed
    if complaints:
        failed = True
        print(f'not ok {name} - ' + '; '.join(complaints[:8]))
    else:
        print(f'ok {name}')


def read(path):
    with open(os.path.join(TOP, path), encoding='utf-8') as f:
        return f.read()


def documents():
    return sorted(os.path.relpath(p, TOP) for pattern in ('*.md', 'docs/*.md') for p in glob.glob(f'{TOP}/{pattern}'))


def without_code(text):
    return re.sub(r'```.*?```', '', text, flags=re.S)


def anchors(text):
    found = set()
    for heading in re.findall(r'^#+ (.*)$', without_code(text), re.M):
        found.add(re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-'))
    return found


def bad_links(path):
    bad = []
    for target in re.findall(r'\]\(([^)]+)\)', without_code(read(path))):
        if re.match(r'[a-z]+:', target):
            continue
        file, _, anchor = target.partition('#')
        file = os.path.normpath(os.path.join(os.path.dirname(path), file)) if file else path
        if not os.path.exists(os.path.join(TOP, file)):
            bad.append(f'{target} does not exist')
        elif anchor and anchor not in anchors(read(file)):
            bad.append(f'{target} is no heading')
    return bad


def squeeze(code):
    return re.sub(r'\s+', ' ', code).strip()


def foreign_code(path):
    """Code of a tutorial that is in no example."""
    examples = squeeze(' '.join(open(p, encoding='utf-8').read() for p in glob.glob(f'{TOP}/examples/**/*.c', recursive=True)))
    blocks = re.findall(r'```c\n(.*?)```', read(path), re.S)
    lines = [squeeze(part) for block in blocks for part in
             (block.splitlines() if squeeze(block) not in examples else [])]
    return [line for line in lines if line not in examples] + ([] if blocks else ['it shows no code'])


def named_files(path):
    """Files of the project that a document names in `code`."""
    wanted = re.findall(r'`((?:src|test|scripts|docs|examples|include|jingle)/[\w./-]+\.?\w*)`', read(path))
    made = ('docs/api/html', 'jingle/version.h')
    return [name for name in wanted if name not in made and not any(
        os.path.exists(os.path.join(TOP, base, name + end)) for base in ('', 'include') for end in ('', '.c'))]


def functions():
    for header in sorted(glob.glob(f'{TOP}/include/jingle/*.h') + [f'{BUILD}/include/jingle/version.h']):
        with open(header, encoding='utf-8') as f:
            text = f.read()
        for match in re.finditer(r'(/\*\*(?:(?!\*/).)*\*/\s*)?JINGLE_API\s+([^;(]*?)\b(jingle_\w+)\(([^;]*?)\)',
                                 text, re.S):
            yield match.group(3), match.group(2).strip(), match.group(1) or ''


def undescribed():
    bad = []
    for name, returns, comment in functions():
        if not comment:
            bad.append(f'{name} is not described')
        elif returns in ('int', 'long') and not re.search(r'@return|[Aa]s jingle_|As send|results? (as|are)|result are',
                                                          re.sub(r'\s*\n \*\s*', ' ', comment)):
            bad.append(f'{name} does not say what it returns')
    return bad


def unknown_names(path):
    """Functions, types and series of counters that a document names and no header has."""
    names = sorted(set(re.findall(r'\bjingle_[a-z]\w*', read(path))) - {'jingle_x'})
    known = {name for name, _, _ in functions()}
    headers = ' '.join(open(h, encoding='utf-8').read() for h in
                       (*glob.glob(f'{TOP}/include/jingle/*.h'), f'{TOP}/examples/metrics.h'))
    types = set(re.findall(r'\bjingle_\w+', headers))
    return [name for name in names if name not in known and name not in types]


def missing_passages(section, *passages):
    """A passage is some words that the section must hold, in whatever form of line."""
    text = read('docs/security.md')
    match = re.search(rf'^## [^\n]*\(section {re.escape(section)}\)\n(.*?)(?=^## |\Z)', text, re.M | re.S)
    if not match:
        return [f'docs/security.md has no section on {section}']
    return [f'"{p}" is not said' for p in passages if p not in squeeze(match.group(1))]


def words_of(path, pattern):
    return set(re.findall(pattern, read(path)))


def options_missing():
    """What the command takes, by its own table; what its documents name."""
    table = re.search(r'setting_keys\[KEY_COUNT\] = \{(.*?)\n\};', read('src/command/settings.c'), re.S).group(1)
    entries = re.findall(r'\{"([\w-]+)",([^}]*)\}', table)
    wanted = {'--' + name for name, rest in entries if 'is_option' in rest} | {'--help', '--version'}
    named = {'src/command/main.c (the help)': words_of('src/command/main.c', r'(--[a-z][a-z-]+)'),
             'docs/jingle.1': {'-' + name for name in words_of('docs/jingle.1', r'Fl (-[a-z][a-z-]+)')},
             'jingle.bash': words_of('src/command/completion/jingle.bash', r'(--[a-z][a-z-]+)'),
             'jingle.fish': {'--' + name for name in words_of('src/command/completion/jingle.fish', r'(?m)^complete .* -l ([a-z][a-z-]+)')},
             '_jingle': words_of('src/command/completion/_jingle', r'(--[a-z][a-z-]+)')}
    return [f'{where} lacks {" ".join(sorted(wanted - names))}' for where, names in named.items() if wanted - names] + \
           [f'{where} has {" ".join(sorted(names - wanted))}' for where, names in named.items() if names - wanted]


def options_with_values():
    """Those that the command's table says take one; those of which each completion knows that they do."""
    table = re.search(r'setting_keys\[KEY_COUNT\] = \{(.*?)\n\};', read('src/command/settings.c'), re.S).group(1)
    wanted = {name for name, rest in re.findall(r'\{"([\w-]+)",([^}]*)\}', table)
              if 'is_option' in rest and 'is_flag' not in rest}
    bash = re.search(r'case \$before in(.*?)esac', read('src/command/completion/jingle.bash'), re.S).group(1)
    named = {'jingle.bash': set(re.findall(r'--([a-z-]+)(?= \||\))', bash)),
             'jingle.fish': words_of('src/command/completion/jingle.fish', r'(?m)^complete .* -l ([a-z-]+) -[xr]\b'),
             '_jingle': words_of('src/command/completion/_jingle', r"(?m)^ *'\*?--([a-z-]+)\[.*\]:")}
    return [f'{where}: {" ".join(sorted(wanted ^ names))}' for where, names in named.items() if wanted != names]


def bad_syntax(shell, file):
    made = subprocess.run([shell, '-n', f'{TOP}/src/command/completion/{file}'], capture_output=True, text=True,
                          check=False)
    return made.stderr.splitlines() or ([f'exit status {made.returncode}'] if made.returncode else [])


def man_page():
    made = subprocess.run(['groff', '-mdoc', '-Tutf8', '-ww', f'{TOP}/docs/jingle.1'], capture_output=True, text=True,
                          check=False)
    return made.stderr.splitlines()


def bash_completes():
    """Words of a command line, the last one unfinished, and what must and must not be proposed."""
    cases = ((('jingle', 're'), 'receive', 'send'), (('jingle', 'receive', '--t'), '--to', '--jid'),
             (('jingle', 'send', '--t'), '--transport', '--to'), (('jingle', 'send', '--transport', ''), 's5b', '--to'))
    bad = []
    for words, wanted, unwanted in cases:
        script = 'compopt() { :; }; . "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _jingle; ' \
                 'printf "%s\\n" "${COMPREPLY[@]}"'
        made = subprocess.run(['bash', '-c', script, 'bash', f'{TOP}/src/command/completion/jingle.bash', *words],
                              capture_output=True, text=True, check=False)
        proposed = made.stdout.split()
        if wanted not in proposed or unwanted in proposed or made.stderr:
            bad.append(f'{" ".join(words)}: {proposed} {made.stderr}')
    return bad


def versions():
    version = re.search(r'JINGLE_VERSION_STRING "([^"]+)"',
                        open(f'{BUILD}/include/jingle/version.h', encoding='utf-8').read()).group(1)
    first = read('ChangeLog').split()[0]
    return [] if first == version else [f'ChangeLog begins with {first}, the library is {version}']


def main():
    for path in documents():
        result(f'links/{path}', bad_links(path))
        result(f'files/{path}', named_files(path))
        result(f'names/{path}', unknown_names(path))
    for path in sorted(glob.glob(f'{TOP}/docs/tutorial-*.md')):
        path = os.path.relpath(path, TOP)
        result(f'code/{path}', foreign_code(path))
    result('headers/described', undescribed())
    result('changelog/version', versions())
    result('options/named', options_missing())
    result('options/values', options_with_values())
    if shutil.which('bash'):
        result('completion/bash', bash_completes())
    for shell, file in (('bash', 'jingle.bash'), ('zsh', '_jingle'), ('fish', 'jingle.fish')):
        if shutil.which(shell):
            result(f'completion/syntax/{shell}', bad_syntax(shell, file))
        else:
            print(f'skip completion/syntax/{shell} - {shell} is not here')
    if shutil.which('groff'):
        result('man/jingle.1', man_page())
    else:
        print('skip man/jingle.1 - groff is not here')
    # Rows of XEP-0166 that are advice to whoever writes or runs a program.
    result('J166-85/transport-protection', missing_passages(
        '13.1', 'security precondition', 'jingle_register_security()', 'never dropped silently'))
    result('J234-39/encrypted-streams', missing_passages(
        '13.1', 'SOCKS5 bytestreams** are not protected at all', 'encrypt it before it enters the channel'))
    result('J166-86/who-may-offer', missing_passages('13.2', 'JINGLE_OFFERS_CONTACTS', 'jingle_limits_t'))
    result('J166-87/gateways', missing_passages('13.3', 'a gateway speaks for that person', 'jingle_query_disco()'))
    result('J166-88/what-is-given-away', missing_passages(
        '13.4', 'Network addresses', 'before we accept it', 'full JID'))
    result('J166-90/redirection', missing_passages('13.5', 'compare the bare JIDs'))
    text = squeeze(read('docs/security.md'))
    result('J166-89/end-to-end-encryption', [] if 'encrypt from end to end' in text and '`wrap`' in text
           else ['docs/security.md does not say how'])
    if shutil.which('doxygen'):
        made = subprocess.run([os.environ.get('MAKE', 'make'), '-C', BUILD, 'docs'], capture_output=True, text=True,
                              check=False, env={k: v for k, v in os.environ.items() if k != 'MAKEFLAGS'})
        complaints = [line for line in (made.stdout + made.stderr).splitlines() if re.search(r'warning|error', line)]
        result('reference', complaints if made.returncode else [])
    else:
        print('skip reference - doxygen is not here')
    sys.exit(failed)


if __name__ == '__main__':
    main()
