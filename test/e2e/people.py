#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What people expect of a command that sends files: pipes, folders, rules about what is taken, a choice
among devices, a receiver that stays up."""
import os
import re
import select
import shlex
import signal
import subprocess
import tarfile
import time

from harness import BUILD, DEADLINE, SOURCE, Failed, Skipped, Terminal, main, test
from servers import Prosody


CHECKED = 16 << 20  # octets of a partial file after which some of it has surely been written down


def send(t, *arguments, **options):
    return t.jingle('juliet', 'send', *arguments, **options)


@test('standard input, whose size nobody knows, to standard output')
def _(t):
    content = os.urandom(700_000)
    romeo = t.start([t.program, 'receive', *t.account('romeo'), '--once', '--yes', '--to', '-'],
                    name='jingle receive', env=t.clean(None), binary=True)
    jid = romeo.expect(r'^ready (\S+)$', 'err').group(1)
    juliet = t.start([t.program, 'send', *t.account('juliet'), jid, '-'], name='jingle send', env=t.clean(None),
                     stdin=subprocess.PIPE)
    for at in range(0, len(content), 100_000):  # a pipe that now and then has nothing
        juliet.process.stdin.write(content[at:at + 100_000])
        juliet.process.stdin.flush()
        if at == 0:
            romeo.expect('receiving stdin', 'err')
    juliet.process.stdin.close()
    t.exits(juliet, 0)
    t.exits(romeo, 0)
    t.equal(romeo.data, content, 'what came out')


@test('the two lines of the README for two machines')
def _(t):
    with open(os.path.join(SOURCE, 'README.md'), encoding='utf-8') as readme:
        part = re.search(r'^## On two machines$(.*?)^## ', readme.read(), re.MULTILINE | re.DOTALL).group(1)
    lines = [shlex.split(line.replace('montague.example', 'localhost').replace('capulet.example', 'localhost')
                         .replace('~', t.path())) for line in re.findall(r'^jingle .*', part, re.MULTILINE)]
    t.equal([line[1] for line in lines], ['receive', 'send'], 'what is run')
    t.folder('in')
    t.file('letter.pdf', b'letter')
    programs = []
    for line, user in zip(lines, ('romeo', 'juliet')):
        programs.append(Terminal([t.program, *line[1:], '--ca', t.server.ca], name=f'jingle {line[1]}', cwd=t.path(),
                                 env=t.clean({'JINGLE_SERVER': t.server.address})))
        t.programs.append(programs[-1])
        programs[-1].expect_screen('assword')
        programs[-1].type(t.server.password(user) + '\n')
        if user == 'romeo':
            programs[-1].expect(r'^ready romeo@localhost/jingle\.', 'out')
    t.exits(programs[1], 0)
    t.equal(t.files(), ['letter.pdf'], 'the folder')


@test('a pipe is given a name')
def _(t):
    romeo = t.receiver('romeo', '--once', '--yes')
    juliet = t.start([t.program, 'send', *t.account('juliet'), '--name', 'log.txt', romeo.jid, '-'],
                     name='jingle send', env=t.clean(None), stdin=subprocess.PIPE)
    juliet.process.stdin.close()
    t.exits(juliet, 0)
    t.exits(romeo, 0)
    t.equal(t.files(whole=False), ['log.txt'], 'the folder')


@test('standard output that nobody reads any more')
def _(t):
    romeo = t.start(['sh', '-c', '"$0" "$@" | head -c 100 >/dev/null; exit 0', t.program, 'receive', *t.account('romeo'),
                     '--once', '--yes', '--to', '-'], name='jingle receive | head', env=t.clean(None))
    jid = romeo.expect(r'^ready (\S+)$', 'err').group(1)
    juliet = send(t, jid, t.random_file('much.bin', 3_000_000))
    t.exits(juliet, 1)
    t.exits(romeo, 0)
    t.says(romeo, '^jingle: much.bin: (the file could not be read or written|cancelled): whoever reads standard output '
                  'has ended$', 'err')


def with_shell(t, user, redirections, command, *arguments):
    return t.start(['sh', '-c', f'exec "$0" "$@" {redirections}', t.program, command, *t.account(user), *arguments],
                   name=f'jingle {command} {redirections}', env=t.clean(None))


@test('standard output that was closed at the start: what is written to it fails, and goes nowhere else')
def _(t):
    romeo = with_shell(t, 'romeo', '>&-', 'receive', '--once', '--yes', '--to', '-')
    jid = romeo.expect(r'^ready (\S+)$', 'err').group(1)
    t.equal(os.readlink(f'/proc/{romeo.pid}/fd/1'), '/dev/null', 'the descriptor of standard output')
    t.exits(send(t, jid, t.file('a', b'a' * 3000)), 1)
    t.exits(romeo, 1)
    t.says(romeo, 'a: .*the file cannot be written', 'err')
    t.exits(t.start(['sh', '-c', 'exec "$0" --version >&-', t.program], env=t.clean(None)), 1)


@test('standard error and input that were closed at the start')
def _(t):
    romeo = with_shell(t, 'romeo', '2>&-', 'receive', '--once', '--yes', '--verbose', '--to', t.folder('in'))
    jid = romeo.expect(r'^ready (\S+)$', 'out').group(1)
    t.equal(os.readlink(f'/proc/{romeo.pid}/fd/2'), '/dev/null', 'the descriptor of standard error')
    juliet = with_shell(t, 'juliet', '<&-', 'send', jid, '-')
    t.exits(juliet, 1)
    t.says(juliet, 'stdin: the file could not be read', 'err')
    t.exits(romeo, 1)
    romeo = with_shell(t, 'romeo', '2>&-', 'receive', '--once', '--yes', '--to', t.folder('in'))
    jid = romeo.expect(r'^ready (\S+)$', 'out').group(1)
    path = t.random_file('b', 300_000)
    t.exits(send(t, jid, path), 0)
    t.exits(romeo, 0)
    t.same(path, t.path('in', 'b'))


@test('standard output that takes nothing')
def _(t):
    romeo = t.receiver('romeo', '--once', '--yes')
    juliet = with_shell(t, 'juliet', '>/dev/full', 'send', '--json', romeo.jid, t.file('a', b'a'))
    t.exits(juliet, 1)
    t.says(juliet, 'standard output cannot be written', 'err')
    t.exits(romeo, 0)


@test('standard output that nobody reads for now')
def _(t):
    os.mkfifo(t.path('pipe'))
    reader = os.open(t.path('pipe'), os.O_RDWR | os.O_NONBLOCK)  # so that there is one
    t.last(lambda: os.close(reader))
    path = t.random_file('more', 67_000)  # than a pipe holds: some of the last block
    for status in (130, 0):
        romeo = t.start(['sh', '-c', 'exec "$0" "$@" >pipe', t.program, 'receive', *t.account('romeo'), '--once',
                         '--yes', '--to', '-'], name='jingle receive', env=t.clean(None), cwd=t.path())
        jid = romeo.expect(r'^ready (\S+)$', 'err').group(1)
        t.exits(send(t, '--transport', 'ibb', jid, path), 0)
        if status:
            romeo.signal(signal.SIGINT)
            t.exits(romeo, status)
        content = b''
        while romeo.process.poll() is None or select.select([reader], [], [], 0)[0]:
            content += os.read(reader, 1 << 16) if select.select([reader], [], [], 1)[0] else b''
        t.exits(romeo, status)
        with open(path, 'rb') as sent:
            wanted = sent.read()
        t.true(content == wanted or (status and wanted.startswith(content)), 'what came out is not what was sent')


@test('a folder, and one behind a symbolic link')
def _(t):
    t.folder('tree/sub')
    t.file('tree/a', b'a')
    t.file('tree/sub/-b', b'b')
    os.symlink('tree', t.path('link'))
    romeo = t.receiver('romeo', '--yes')
    t.exits(send(t, romeo.jid, t.path('tree') + '/', t.path('link')), 0)
    romeo.expect(r'^received .*tree \(2\)\.tar', 'out')
    for name in ('tree.tar', 'tree (2).tar'):
        with tarfile.open(t.path('in', name)) as archive:
            t.equal(sorted(archive.getnames()), ['tree', 'tree/a', 'tree/sub', 'tree/sub/-b'], 'its names')
    t.exits(send(t, romeo.jid, '.', cwd=t.path('tree', 'sub')), 0)
    romeo.expect(r'^received .*sub\.tar', 'out')
    t.exits(send(t, '--name', 'b.tar', romeo.jid, t.path('tree', 'sub')), 0)
    romeo.expect(r'^received .*/b\.tar', 'out')


@test('a folder is told by its own path')
def _(t):
    t.folder('tree')
    romeo = t.receiver('romeo', '--yes')
    juliet = t.jingle('juliet', 'send', '--json', romeo.jid, t.path('tree'), t.file('a', b'a'))
    t.exits(juliet, 0)
    told = [(e['event'], e['path']) for e in juliet.events() if e['event'] != 'progress']
    t.equal(told, [(event, t.path(name)) for name in ('tree', 'a') for event in ('offer', 'start', 'done')],
            'what is told')


@test('a folder where nothing leads to an open file')
def _(t):
    alone = ['unshare', '--mount', *([] if os.getuid() == 0 else ['--user', '--map-root-user'])]
    bare = [*alone, 'sh', '-c', 'mount -t tmpfs none /dev && exec "$0" "$@"']
    if subprocess.run([*bare, 'true'], capture_output=True, check=False).returncode:
        raise Skipped('no namespace can be made')
    t.folder('tree')
    t.file('tree/a', b'a')
    romeo = t.receiver('romeo', '--yes')
    t.exits(t.start([*bare, t.program, 'send', *t.account('juliet'), romeo.jid, t.path('tree')], name='jingle send',
                    env=t.clean({'TMPDIR': t.folder('tmp')})), 0)
    with tarfile.open(t.path('in', 'tree.tar')) as archive:
        t.equal(sorted(archive.getnames()), ['tree', 'tree/a'], 'its names')
    t.equal(os.listdir(t.path('tmp')), [], 'what is left of the archive')


@test('a folder that takes long to pack')
def _(t):
    t.folder('tree')
    t.folder('bin')
    t.file('bin/tar', b'#!/bin/sh\nhead -c 2000000 /dev/zero\necho packing >&2\nexec sleep 600\n', mode=0o700)
    t.receiver('romeo', '--yes')
    juliet = t.terminal('juliet', 'send', 'romeo@localhost', t.path('tree'),
                        env={'PATH': t.path('bin') + ':' + os.environ['PATH'], 'TMPDIR': t.folder('tmp')})
    juliet.expect_screen(r'packing')
    juliet.expect_screen(r'\rtree\.tar \[#{24}\] 100 %')
    listed = t.jingle('romeo', 'devices', 'juliet@localhost')  # who packs still answers others
    t.exits(listed, 0)
    t.says(listed, 'juliet@localhost/')
    juliet.signal(signal.SIGINT)
    t.exits(juliet, 130)
    t.equal(os.listdir(t.path('tmp')), [], 'what is left of the archive')


def pack_with(t, script, *command, options=()):
    """Sends a folder that a program of ours packs."""
    t.folder('tree')
    t.folder('bin')
    t.file('bin/tar', b'#!/bin/sh\n' + script, mode=0o700)
    romeo = t.receiver('romeo', '--yes')
    return t.start([*command, t.program, 'send', *t.account('juliet'), *options, romeo.jid, t.path('tree')],
                   name='jingle send', env=t.clean({'PATH': t.path('bin') + ':' + os.environ['PATH'],
                                                       'TMPDIR': t.folder('tmp')}))


@test('what packs a folder has nothing else of ours, the connection least of all')
def _(t):
    t.exits(pack_with(t, b'exec ls -l /proc/self/fd\n'), 0)
    with open(t.path('in', 'tree.tar'), encoding='utf-8') as listed:
        open_ones = re.findall(r' (\d+) -> (.*)', listed.read())
    t.equal([fd for fd, what in open_ones if not what.startswith('/proc/')], ['0', '1', '2'], 'what is open in it')


@test('who cannot wait leaves no archive behind, and nobody who writes it')
def _(t):
    juliet = pack_with(t, b'echo "it is $$" >&2; exec sleep 600\n')
    packer = juliet.expect(r'^it is (\d+)$', 'err').group(1)
    for number in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT):  # both before it can look
        juliet.signal(number)
    t.exits(juliet, 130)
    t.equal(os.listdir(t.path('tmp')), [], 'what is left of the archive')
    end = time.monotonic() + DEADLINE
    while subprocess.run(['ps', '-o', 'stat=', '-p', packer], capture_output=True, text=True,
                         check=False).stdout[:1] not in ('', 'Z'):
        t.true(time.monotonic() < end, 'it is still there')
        time.sleep(0.02)


@test('a folder that cannot be packed')
def _(t):
    juliet = pack_with(t, b'echo half\nexit 2\n')
    t.exits(juliet, 1)
    t.says(juliet, 'tree: cannot be sent: tar could not pack it')
    t.equal(t.files(), [], 'what has arrived')
    t.equal(os.listdir(t.path('tmp')), [], 'what is left of the archive')


@test('a folder of which something cannot be read, and one for whose archive there is no place')
def _(t):
    t.folder('tree')
    t.file('tree/secret', b'a', mode=0)
    romeo = t.receiver('romeo', '--yes')
    command = [t.program, 'send', *t.account('juliet'), romeo.jid, t.path('tree')]
    mortal = ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] if os.getuid() == 0 else []
    juliet = t.start([*mortal, *command], name='jingle send', env=t.clean(None))
    t.exits(juliet, 1)
    t.says(juliet, 'secret: .*Permission denied', 'err')
    t.says(juliet, 'tree: cannot be sent: tar could not read all of it; make what it names readable, or move it '
                   'out of the folder$', 'err')
    juliet = t.start(command, name='jingle send', env=t.clean({'TMPDIR': t.path('missing')}))
    t.exits(juliet, 1)
    t.says(juliet, f"tree: cannot be sent: no archive can be made below {t.path('missing')}: No such file or "
                   'directory; set TMPDIR to another folder$', 'err')


def tar_that_complains(who, words):
    return b'[ "$1" = --version ] && echo "%s" && exit\necho all\necho "%s" >&2\nexit 1\n' % (who, words)


@test('a folder in which something is written meanwhile')
def _(t):
    tar = tar_that_complains(b'tar (GNU tar) 1.34', b'tree/log: file changed as we read it')
    quiet = pack_with(t, tar, options=['--quiet'])
    t.exits(quiet, 0)
    t.says(quiet, '^jingle: .*/tree: tar has complained; what it has packed is sent$', 'err')
    t.equal(t.files(), ['tree.tar'], 'what has arrived')
    told = pack_with(t, tar, options=['--json'])
    t.exits(told, 0)
    warning = told.event('warning')
    t.equal((warning['path'], warning['reason']), (t.path('tree'), 'incomplete'), 'what is told')
    t.equal([event['event'] for event in told.events() if event['event'] != 'progress'],
            ['warning', 'offer', 'start', 'done'], 'the events')


@test('a folder of which a tar that has one status for all errors packs a part')
def _(t):
    for who in (b'tar (busybox) 1.35.0', b'bsdtar 3.6.2 - libarchive 3.6.2'):
        juliet = pack_with(t, tar_that_complains(who, b'tar: write error: No space left on device'))
        t.exits(juliet, 1)
        t.says(juliet, 'tree: cannot be sent: tar could not pack it')
        t.equal(t.files(), [], 'what has arrived')


@test('a folder is packed where the end of children is not told')
def _(t):
    t.exits(pack_with(t, b'echo all\n', 'sh', '-c', 'trap "" CHLD; exec "$0" "$@"'), 0)
    t.equal(t.files(), ['tree.tar'], 'what has arrived')


@test('several files are counted')
def _(t):
    romeo = t.receiver('romeo', '--yes')
    juliet = send(t, romeo.jid, t.file('a', b'a'), t.file('b', b'b'))
    t.exits(juliet, 0)
    t.says(juliet, '1/2 offering a .*2/2 offering b ')


@test('--once takes all that one sends, and ends with it')
def _(t):
    paths = [t.file(name, name * 1000) for name in 'abc'] + [t.folder('tree')]
    for options in ((), ('--no-resume', '--transport', 'ibb')):
        romeo = t.receiver('romeo', '--once', '--yes')
        t.exits(send(t, *options, romeo.jid, *paths), 0)
        t.exits(romeo, 0)
    t.equal(t.files(), sorted(name for one in 'abc' for name in (one, f'{one} (2)')) + ['tree (2).tar', 'tree.tar'],
            'the folder')


@test('--once to standard output is one file')
def _(t):
    romeo = t.start([t.program, 'receive', *t.account('romeo'), '--once', '--yes', '--to', '-'],
                    name='jingle receive', env=t.clean(None), binary=True)
    jid = romeo.expect(r'^ready (\S+)$', 'err').group(1)
    juliet = send(t, jid, t.file('a', b'a'), t.file('b', b'b'))
    t.true(juliet.wait() in (4, 5), 'both were taken')
    t.exits(romeo, 0)
    t.equal(romeo.data, b'a', 'what came out')


@test('how far all of several files are')
def _(t):
    romeo = t.receiver('romeo', '--yes')
    t.folder('tree')
    paths = [t.large_file('one'), t.large_file('two'), t.file('tree/three', b'3')]
    juliet = t.terminal('juliet', 'send', '--no-resume', '--transport', 'ibb', romeo.jid, *paths[:2], t.path('tree'))
    bar = juliet.expect_screen(r'\r(1/3 one \[[#.]{10}\] +\d+ %  [\d.]+ [KM]iB/s  all \d+ %  [\d:]+ left)')
    t.true(len(bar.group(1)) < 80, 'the bar does not fit 80 columns')
    juliet.signal(signal.SIGINT)
    t.exits(juliet, 130)
    both = send(t, romeo.jid, t.file('a', b'a'), t.path('missing'), t.file('b', b'b'))
    t.exits(both, 1)
    both = send(t, romeo.jid, t.path('a'), t.path('b'))
    t.exits(both, 0)
    t.says(both, '2 of 2 files sent')


@test('files that come at the same time are told as one')
def _(t):
    romeo = t.terminal('romeo', 'receive', '--yes', '--to', t.folder('in'))
    jid = romeo.expect(r'^ready (\S+)$', 'out').group(1)
    senders = [send(t, '--transport', 'ibb', '--no-resume', jid, t.large_file(name)) for name in ('one', 'two')]
    bar = romeo.expect_screen(r'\r(2 files \[[#.]{24}\] +\d+ %[^\r]*)')
    t.true(len(bar.group(1)) < 80, 'the bar does not fit 80 columns')
    for sender in senders:
        sender.signal(signal.SIGINT)
        t.exits(sender, 130)


def asked(t, *options):
    romeo = t.terminal('romeo', 'receive', '--to', t.folder('in'), *options)
    return romeo, romeo.expect(r'^ready (\S+)$', 'out').group(1)


def shown(program, pattern, seen=0):
    """Waits for the pattern behind what was seen of the screen already; returns its end."""
    end = time.monotonic() + DEADLINE
    while True:
        match = re.search(pattern, program.screen[seen:])
        if match:
            return seen + match.end()
        if time.monotonic() > end:
            raise Failed(f'{program.name} does not show /{pattern}/')
        program.expect_screen('.')
        time.sleep(0.02)


@test('a file that is gone, or no file any more, when its turn comes: the others are sent')
def _(t):
    romeo, jid = asked(t)
    paths = [t.file(name, name.encode()) for name in 'abcd']
    juliet = t.jingle('juliet', 'send', '--json', jid, *paths)
    seen = shown(romeo, 'offers a .*Take it')
    os.unlink(paths[1])
    os.unlink(paths[2])
    os.mkfifo(paths[2])
    romeo.type('y\n')
    shown(romeo, 'offers d .*Take it', seen)
    romeo.type('y\n')
    t.exits(juliet, 1)
    told = [(e['path'], e.get('reason'), e.get('text')) for e in juliet.events() if e['event'] in ('done', 'failed')]
    t.equal(told, [(paths[0], None, None), (paths[1], 'io-error', 'cannot be sent: No such file or directory'),
                   (paths[2], 'io-error', 'cannot be sent: is neither a file nor a folder'), (paths[3], None, None)],
            'what is told')
    t.equal(t.files(), ['a', 'd'], 'what has arrived')


@test('who is asked sees what is said of the file, and nothing else')
def _(t):
    romeo, jid = asked(t)
    juliet = send(t, '--desc', 'for\nyou \u202e\x9b1m!', jid, t.file('n\u202eote', b'note'))
    seen = shown(romeo, r'juliet@localhost/\S+ says: for you 1?m?!')
    shown(romeo, r'offers note \(4 bytes, [a-z/-]+\)\. Take it\? \[y/N, a: all of theirs\]', seen)
    for bad in ('\u202e', '\x9b'):
        t.true(bad not in romeo.screen, f'{bad!a} is on the screen')
    romeo.type('y\n')
    t.exits(juliet, 0)


@test('what the terminal cannot show is not sent to it')
def _(t):
    path = t.file('a\u00dbb', b'')  # whose second octet begins a command where octets are characters
    for codes, name in (('C', 'a[?]b'), ('C.UTF-8', 'a\u00dbb')):
        romeo = t.terminal('romeo', 'receive', '--to', t.folder('in'), env={'LC_ALL': codes})
        jid = romeo.expect(r'^ready (\S+)$', 'out').group(1)
        juliet = send(t, jid, path)
        shown(romeo, f'offers {name} .*Take it')
        romeo.type('y\n')
        t.exits(juliet, 0)
        shown(romeo, f'receiving {name} ')


@test('in the background nobody is asked, and what is under way goes on')
def _(t):
    shell = 'exec <"$(tty)"; set -m; "$@" & echo "it is $!"; wait "$!"'  # with job control, on the terminal that is there
    romeo = Terminal(['sh', '-c', shell, 'sh', t.program, 'receive', *t.account('romeo'), '--to',
                      t.folder('in'), '--from', 'juliet@localhost/friend'], name='jingle receive', env=t.clean(None))
    t.programs.append(romeo)
    jid = romeo.expect(r'^ready (\S+)$', 'out').group(1)
    friend = t.start([t.program, 'send', *t.account('juliet'), '--jid', 'juliet@localhost/friend', jid, '-'],
                     name='jingle send', env=t.clean(None), stdin=subprocess.PIPE)
    romeo.expect_screen('receiving stdin')
    t.exits(send(t, '--timeout', '20', jid, t.file('a', b'a')), 5)
    romeo.expect_screen('nobody can be asked in the background')
    friend.process.stdin.close()
    t.exits(friend, 0)
    romeo.expect('^received .*stdin', 'out')
    os.kill(int(romeo.expect(r'^it is (\d+)$', 'out').group(1)), signal.SIGTERM)
    t.exits(romeo, 130)


@test('what was typed before the question is no answer')
def _(t):
    romeo, jid = asked(t)
    romeo.type('y\n')
    shown(romeo, 'y')  # the echo
    juliet = send(t, jid, t.file('a', b'a'))
    shown(romeo, r'Take it\?')
    romeo.type('n\n')
    t.exits(juliet, 5)


@test('the room is looked at again when the answer comes')
def _(t):
    romeo, jid = asked(t, '--quota', '1M')
    first = send(t, jid, t.random_file('one', 700_000))
    shown(romeo, r'Take it\?')
    second = send(t, jid, t.random_file('two', 700_000))
    # and the question is there again
    seen = shown(romeo, r'offers two too\r?\n.* offers one .*Take it\?')
    romeo.type('y\n')
    seen = shown(romeo, r'offers two \(.*Take it\?', seen)
    romeo.type('y\n')
    t.exits(second, 5)
    t.exits(first, 0)
    romeo.expect_screen('not taken: there is no room for it here')


@test('the media type is told')
def _(t):
    with open(os.path.join(BUILD, 'Makefile'), encoding='utf-8') as makefile:
        if '-DHAVE_LIBMAGIC' not in makefile.read():
            raise Skipped('the command was built without libmagic')
    romeo = t.receiver('romeo', '--yes', '--type', 'image/png')
    picture = b'\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89'
    t.exits(send(t, romeo.jid, t.file('picture', picture)), 0)
    t.exits(send(t, romeo.jid, t.file('text', b'words')), 5)
    t.exits(send(t, romeo.jid, t.file('empty', b'')), 5)


def cut(t, who, *options):
    """A large file that is cut in the middle by the end of the sender or the receiver."""
    path = t.large_file('large.bin', 1 << 29)
    romeo = t.receiver('romeo', '--yes', '--json')
    juliet = send(t, '--json', romeo.jid, path)
    romeo.event('start')
    end = time.monotonic() + DEADLINE
    while t.written(only='.part') <= CHECKED:
        t.true(time.monotonic() < end, 'the transfer does not get on')
    {'sender': juliet, 'receiver': romeo}[who].signal(signal.SIGKILL)
    for program in (juliet, romeo):
        program.wait() if who != 'sender' or program is juliet else program.event('failed')
    if who == 'sender':
        romeo.signal(signal.SIGTERM)
        romeo.wait()
    t.equal(t.files(), [], 'whole files')
    return path


def go_on(t, path, after):
    # Room for the file, and not for what was kept of it once more: of that the last 4 MiB may not count
    room = ('--quota', str(os.path.getsize(path) + (5 << 20))) if after else ()
    romeo = t.receiver('romeo', '--once', '--yes', *room)
    juliet = send(t, romeo.jid, path)
    t.exits(juliet, 0)
    t.exits(romeo, 0)
    for program in (juliet, romeo):
        if after:
            t.says(program, 'going on after [0-9.]+ MiB')
        else:
            t.true('going on' not in program.text(), f'{program.name} goes on')
    t.says(romeo, ', verified')
    t.same(path, t.path('in', 'large.bin'))
    t.equal(sorted(os.listdir(t.path('in'))), ['large.bin'], 'the folder')


for kind in ('sender', 'receiver'):
    @test(f'a transfer goes on after kill -9 of the {kind}')
    def _(t, kind=kind):
        go_on(t, cut(t, kind), True)


@test('a file that has changed since is sent whole')
def _(t):
    path = cut(t, 'receiver')
    with open(path, 'r+b') as f:
        f.write(b'changed')
    go_on(t, path, False)


@test('what was kept and has changed is not gone on with')
def _(t):
    path = cut(t, 'receiver')
    part, = (name for name in t.files(whole=False) if name.endswith('.part'))
    with open(t.path('in', part), 'r+b') as f:
        f.write(b'damaged')
    go_on(t, path, False)


@test('--no-resume keeps nothing')
def _(t):
    romeo = t.receiver('romeo', '--yes', '--no-resume')
    juliet = send(t, '--json', '--transport', 'ibb', romeo.jid, t.large_file())
    juliet.event('progress')
    juliet.signal(signal.SIGINT)
    t.exits(juliet, 130)
    romeo.expect('cancelled', 'err')
    t.equal(os.listdir(t.path('in')), [], 'the folder')


@test('only some types are taken')
def _(t):
    romeo = t.receiver('romeo', '--yes', '--type', 'image/*', '--type', 'application/x-tar')
    refused = send(t, romeo.jid, t.file('a.bin', b'a'))
    t.exits(refused, 5)
    t.says(refused, 'files of this type are not taken here')
    t.exits(send(t, romeo.jid, t.folder('pictures')), 0)


@test('no more than the folder may hold')
def _(t):
    t.folder('in')
    t.random_file('in/old', 600_000)
    romeo = t.receiver('romeo', '--yes', '--quota', '1M')
    refused = send(t, romeo.jid, t.random_file('large', 500_000))
    t.exits(refused, 5)
    t.says(refused, 'there is no room for it here')
    t.exits(send(t, romeo.jid, t.random_file('small', 300_000)), 0)
    refused = send(t, romeo.jid, t.random_file('medium', 200_000))
    t.exits(refused, 5)
    os.chmod(t.folder('dark'), 0o300)
    mortal = ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] if os.getuid() == 0 else []
    romeo = t.start([*mortal, t.program, 'receive', *t.account('romeo'), '--quota', '1M', '--to', t.path('dark')],
                    name='jingle receive', env=t.clean(None))
    t.exits(romeo, 2)
    t.says(romeo, 'cannot see what is in .*dark, so --quota', 'err')


@test('a device is chosen where there are several')
def _(t):
    first, second = (t.receiver('romeo', '--yes', folder=name) for name in ('in1', 'in2'))
    juliet = t.terminal('juliet', 'send', t.server.jid('romeo'), t.file('choice', b'!'))
    listed = juliet.expect_screen(r'1  (\S+).*\n *2  (\S+)[^\n]*\n.*Which\? \[1-2\]'.replace(r'\n.*W', r'[\s\S]*W'))
    juliet.type('2\n')
    t.exits(juliet, 0)
    t.equal({listed.group(1), listed.group(2)}, {first.jid, second.jid}, 'the devices')
    chosen = first if listed.group(2) == first.jid else second
    chosen.expect('^received ', 'out')
    juliet = t.terminal('juliet', 'send', t.server.jid('romeo'), t.path('choice'))
    juliet.expect_screen(r'Which\?')
    juliet.type('\n')
    t.exits(juliet, 4)


@test('a daemon logs in again when the connection is lost, and ends with a signal')
def _(t):
    romeo = t.receiver('romeo', '--yes', '--daemon')
    t.exits(send(t, romeo.jid, t.file('one', b'1')), 0)
    romeo.expect('^received .*one', 'out')
    t.server.kill()
    romeo.expect('starting again', 'err')
    t.server.start()
    second = romeo.expect_again(r'^ready (\S+)$', 'out').group(1)
    t.exits(send(t, second, t.file('two', b'2')), 0)
    romeo.expect('^received .*two', 'out')
    child = int(subprocess.run(['ps', '-o', 'pid=', '--ppid', str(romeo.pid)], capture_output=True, text=True,
                               check=True).stdout.split()[0])
    os.kill(child, signal.SIGKILL)
    third = romeo.expect_again(r'^ready (\S+)$', 'out').group(1)
    t.true(third != second, 'it did not log in again')
    romeo.signal(signal.SIGTERM)
    t.exits(romeo, 130)


@test('a daemon ends its sessions, also when a signal reaches all of its processes')
def _(t):
    path = t.large_file()
    # By the terminal; by systemd, where it is not told otherwise; and one whose watcher is gone.
    for kill, number in ((os.killpg, signal.SIGINT), (os.killpg, signal.SIGTERM), (os.kill, signal.SIGKILL)):
        romeo = t.start(['setsid', t.program, 'receive', *t.account('romeo'), '--daemon', '--yes', '--to',
                         t.folder('in')], name='jingle receive', env=t.clean(None))
        jid = romeo.expect(r'^ready (\S+)$', 'out').group(1)
        juliet = send(t, '--json', '--no-resume', '--transport', 'ibb', jid, path)
        juliet.event('progress')
        kill(romeo.pid, number)
        t.exits(romeo, -number if number == signal.SIGKILL else 130)
        t.equal(juliet.event('failed')['reason'], 'cancelled', 'what the sender was told')
        t.exits(juliet, 1)


@test('a daemon does not log out because nothing is offered')
def _(t):
    romeo = t.receiver('romeo', '--yes', '--daemon', '--timeout', '1')
    time.sleep(2.5)  # longer than it would take for that
    t.exits(send(t, romeo.jid, t.file('one', b'1')), 0)
    t.true('nothing was offered' not in romeo.text(), 'it has logged out')
    romeo.signal(signal.SIGTERM)
    t.exits(romeo, 130)


@test('a terminal that is closed ends the session, unless it was told to go on')
def _(t):
    path = t.large_file()
    for command, status in ((['sh', '-c', 'trap "" HUP; exec "$0" "$@"'], 'goes on'),
                            (['env', '--default-signal=HUP'], 130)):
        romeo = t.start([*command, t.program, 'receive', *t.account('romeo'), '--yes', '--to', t.folder('in')],
                        name='jingle receive', env=t.clean(None))
        jid = romeo.expect(r'^ready (\S+)$', 'out').group(1)
        juliet = send(t, '--json', '--no-resume', '--transport', 'ibb', jid, path)
        juliet.event('progress')
        romeo.signal(signal.SIGHUP)
        if status == 'goes on':
            for _ in range(3):
                juliet.event('progress')
            romeo.signal(signal.SIGTERM)
        t.exits(romeo, 130)
        t.equal(juliet.event('failed')['reason'], 'cancelled', 'what the sender was told')
        t.exits(juliet, 1)


@test('who has gone between two files is told of')
def _(t):
    t.folder('tree')
    t.folder('bin')
    os.mkfifo(t.path('go'))
    t.file('bin/tar', b'#!/bin/sh\necho waiting >&2\ncat "$GO"\n', mode=0o700)
    romeo = t.receiver('romeo', '--yes')
    juliet = t.start([t.program, 'send', *t.account('juliet'), romeo.jid, t.file('a', b'a'), t.path('tree')],
                     name='jingle send', env=t.clean({'PATH': t.path('bin') + ':' + os.environ['PATH'],
                                                      'GO': t.path('go')}))
    juliet.expect('^waiting', 'err')
    romeo.signal(signal.SIGTERM)
    t.exits(romeo, 130)
    t.file('go', b'archive')
    t.exits(juliet, 4)
    t.says(juliet, f'^jingle: tree.tar: the transfer failed: {re.escape(romeo.jid)} is not there any more '
                   r"\(service-unavailable\); start 'jingle receive' there again$", 'err')


@test('why the rest of several files was not sent is told to programs')
def _(t):
    romeo = t.receiver('romeo', '--yes')
    juliet = send(t, '--json', '--no-resume', '--transport', 'ibb', romeo.jid, t.large_file('a'), t.file('b', b'b'))
    juliet.event('progress')
    juliet.signal(signal.SIGINT)
    t.exits(juliet, 130)
    failed = [event for event in juliet.events() if event['event'] == 'failed']
    t.equal([event['file'] for event in failed], ['a', 'b'], 'what failed')
    t.equal([event['reason'] for event in failed], ['cancelled', 'cancelled'], 'the reasons')


@test('a daemon that cannot log in at first says so and ends')
def _(t):
    account = t.account('romeo', password='wrong')
    romeo = t.start([t.program, 'receive', *account, '--daemon', '--to', t.folder('in')], name='jingle receive',
                    env=t.clean(None))
    t.exits(romeo, 3)
    t.says(romeo, 'cannot log in')


@test('what does not go together')
def _(t):
    for command, options, words in (('receive', ['--daemon', '--once'], 'do not go together'),
                                    ('receive', ['--to', '-', '--json'], 'does not go together'),
                                    ('receive', ['--name', 'x'], "is for 'jingle send'"),
                                    ('receive', ['--type', 'picture'], 'is not a media type'),
                                    ('send', ['--name', 'x', 'peer@localhost/a', t.file('a'), t.file('b')],
                                     '--name is for one FILE'),
                                    ('send', ['peer@localhost/a', '-', '-'], '- can be sent once'),
                                    ('send', ['--quota', '1M', 'peer@localhost/a', t.file('a')],
                                     "is for 'jingle receive'")):
        program = t.jingle('juliet', command, *options)
        t.exits(program, 2)
        t.says(program, words)


if __name__ == '__main__':
    main(lambda folder: Prosody(folder, users=['juliet', 'romeo'], contacts=True, resume=2))
