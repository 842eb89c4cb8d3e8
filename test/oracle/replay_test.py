#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests test/replay itself: it must find what differs, wherever that is, and nothing else.

Takes recorded scenarios that pass, changes one thing in what a step expects, and plays them. Almost
every change must be found; the few that FORMAT.md says do not count must not be.
"""
import copy
import json
import os
import re
import subprocess
import sys

SRCDIR = os.environ.get('srcdir', '.')
DATA = os.path.join(SRCDIR, 'test', 'data', 'oracle')
TMPDIR = os.environ.get('TMPDIR', '/tmp')
REPLAY = os.path.join('test', 'replay')

failed = False


def say(name, why=None):
    global failed
    failed = failed or why is not None
    print(f'ok {name}' if why is None else f'not ok {name} - {why}')


def check(name, condition, why):
    say(name, None if condition else why)


def scenarios(group):
    """The scenarios of a group, with the shorthand "=" written out."""
    with open(os.path.join(DATA, group + '.jsonl'), encoding='utf-8') as file:
        for line in file:
            scenario = json.loads(line)
            last = {}
            for step in scenario['steps']:
                expected = expectation(step)
                if expected and 'sessions' in expected:
                    for label, values in expected['sessions'].items():
                        expected['sessions'][label] = dict(last[label] if values == '=' else values)
                    last.update(expected['sessions'])
            yield scenario


def expectation(step):
    return step['expect_best'] if 'expect_best' in step else step['expect']


def play(text, *options):
    """Exit status, lines, and last line of a run on a file with that text."""
    path = os.path.join(TMPDIR, 'played.json')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    return run(*options, path)


def run(*arguments):
    done = subprocess.run([REPLAY, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding='utf-8', check=False)
    lines = done.stdout.splitlines()
    return done.returncode, lines, lines[-1] if lines else ''


def lines_of(variants):
    return ''.join(json.dumps(variant) + '\n' for variant in variants)


# ---- changes ----

def spots(value, path=()):
    """Every place in an expectation that can be changed, as (path, change)."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from spots(inner, path + (key,))
        return
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield path + (index,), 'remove'
            yield from spots(inner, path + (index,))
            if index and value[index - 1] != inner:
                yield path + (index,), 'swap'
        yield path, 'add'
        return
    yield path, 'other'


def change(expected, path, how):
    changed = copy.deepcopy(expected)
    inside = changed
    for key in path[:-1]:
        inside = inside[key]
    key = path[-1]
    if how == 'remove':
        del inside[key]
    elif how == 'swap':
        inside[key - 1], inside[key] = inside[key], inside[key - 1]
    elif how == 'add':
        inside[key].append({'event': 'state', 'session': 'nobody', 'value': 'active'})
    elif isinstance(inside[key], bool):
        inside[key] = not inside[key]
    elif isinstance(inside[key], int):
        inside[key] += 1
    else:
        inside[key] = (inside[key] or '') + 'x'
    return changed


def does_not_count(step, path, how):
    """What FORMAT.md section 5 leaves open: in an unordered step all but the count of `out` is
    compared by way of the events, where the order among sessions is open."""
    return step.get('unordered') and (how == 'swap' or path[0] == 'out' or path[-1] == 'out')


def with_expectation(scenario, index, expected, name):
    changed = dict(scenario, name=name, steps=list(scenario['steps']))
    step = {key: value for key, value in scenario['steps'][index].items()
            if key not in ('expect', 'expect_best')}
    changed['steps'][index] = dict(step, expect=expected)
    return changed


def variants(scenario):
    for index, step in enumerate(scenario['steps']):
        for path, how in spots(expectation(step)):
            if not does_not_count(step, path, how):
                expected = change(expectation(step), path, how)
                name = f'{scenario["name"]} step {index + 1} {how} {"/".join(map(str, path))}'
                yield with_expectation(scenario, index, expected, name)


def every_change_is_found():
    for group in ('auto-reply', 'reentrancy', 'queue', 'replies', 'end'):
        changed = [variant for scenario in list(scenarios(group))[:12]
                   if len(scenario['steps']) < 20 for variant in variants(scenario)]
        code, lines, last = play(lines_of(changed), '--tap')
        missed = [line[3:] for line in lines if line.startswith('ok ')]
        check(f'every-change-is-found/{group}',
              len(changed) > 100 and not missed and code == 1 and last == f'0 passed, {len(changed)} failed',
              f'{len(missed)} of {len(changed)} were missed, first {missed[:1]}; {last}')


def what_does_not_count_passes():
    same = []
    for group in ('queue', 'end', 'replies', 'tie-break'):
        for scenario in scenarios(group):
            scenario = copy.deepcopy(scenario)
            for step in scenario['steps']:
                expected = expectation(step)
                for out in expected.get('out', []):
                    out.pop('initiator', None)
                    out.pop('responder', None)
                    if out.get('payload'):
                        out['payload'] = respell(out['payload'])
                for label, values in list(expected.get('sessions', {}).items()):
                    if not values['tracked']:
                        del expected['sessions'][label]
            same.append(scenario)
    code, _, last = play(lines_of(same))
    check('what-does-not-count-passes', code == 0 and last == f'{len(same)} passed, 0 failed', last)


def respell(payload):
    """The same XML in other words: white space between elements, other quotes and order of
    attributes, a prefix."""
    payload = '\n ' + payload.replace('><', '>\n<')
    payload = re.sub('<[^>]*>', lambda tag: tag.group().replace('"', "'"), payload)
    payload = re.sub("creator='([^']*)' name='([^']*)'", r"name='\2'  creator='\1'", payload)
    return re.sub("<description xmlns='([^']*)'/>", r"<p:description xmlns:p='\1'></p:description>",
                  payload)


def unknown_steps_are_not_compared():
    scenario = next(scenarios('queue'))
    changed = copy.deepcopy(scenario)
    for step in changed['steps']:
        step.pop('expect_best', None)
        step['expect'] = None
    code, _, _ = play(lines_of([changed]))
    check('unknown-steps-are-not-compared', code == 0, 'a null expectation was compared')


# ---- files and options ----

def files_and_options():
    two = [scenario for scenario in scenarios('queue')][:2]
    broken = with_expectation(two[0], 0, {'skipped': True}, 'broken')
    one, both = json.dumps(two[0], indent=1), json.dumps(two)

    code, _, last = play(one)
    check('a-file-of-one', (code, last) == (0, '1 passed, 0 failed'), last)
    code, _, last = play(both)
    check('a-file-with-an-array', (code, last) == (0, '2 passed, 0 failed'), last)
    code, _, last = play(one + '\n' + both + '\n\n')
    check('documents-one-after-the-other', (code, last) == (0, '3 passed, 0 failed'), last)
    code, lines, last = play(json.dumps(broken))
    check('says-which-step', code == 1 and lines[0].startswith('not ok broken - step 1, '), lines[0])
    code, lines, last = play(both, '--tap', '--repeat-each', '3', '--together')
    check('tap', lines == [f'ok {two[0]["name"]}', f'ok {two[1]["name"]}', '2 passed, 0 failed'], lines)
    code, _, last = play(one, '--repeat-each=2', '-v')
    check('repeat', (code, last) == (0, '1 passed, 0 failed'), last)
    for name, text in (('empty', ''), ('not-json', '{"format": 1'), ('not-a-scenario', '{}'),
                       ('no-steps', '{"format":1,"config":{"self":"a@b/c"},"steps":[]}'),
                       ('another-format', one.replace('"format": 1', '"format": 2'))):
        code, lines, last = play(text)
        check(f'refuses-{name}', code == 1 and last == '0 passed, 1 failed', lines)
    code, _, last = play(one + '{')
    check('refuses-half-a-file', code == 1 and last == '1 passed, 1 failed', last)
    code, _, last = run(DATA)
    check('a-directory', code == 0 and last == '364 passed, 0 failed', last)
    code, _, last = run(os.path.join(TMPDIR, 'nothing.json'))
    check('refuses-what-is-not-there', code == 1 and last == '0 passed, 1 failed', last)
    code, _, _ = run()
    check('usage', code == 2, f'exit status {code}')
    code, _, _ = run(DATA, '--repeat-each', '0')
    check('options-after-files', code == 2, f'exit status {code}')
    code, _, _ = run('--repeat-each', '0', DATA)
    check('refuses-to-play-no-times', code == 2, f'exit status {code}')


def unknown_words_are_faults():
    scenario = next(scenarios('queue'))
    for name, step in (('op', {'op': 'dance'}),
                       ('state', {'op': 'set_state', 'session': 'B', 'state': 'tired'}),
                       ('reason', {'op': 'end', 'session': 'B', 'reason': 'boredom'}),
                       ('type', {'op': 'create', 'as': 'X', 'peer': 'z@peer.example/r1', 'type': 'mime'}),
                       ('xml', {'op': 'receive', 'xml': '<iq'})):
        changed = copy.deepcopy(scenario)
        changed['steps'] = changed['steps'][:1] + [dict(step, expect=None)]
        code, lines, _ = play(json.dumps(changed))
        check(f'unknown-{name}-is-a-fault', code == 1, lines)


def main():
    every_change_is_found()
    what_does_not_count_passes()
    unknown_steps_are_not_compared()
    files_and_options()
    unknown_words_are_faults()
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
