#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The runner that judges all other tests: does it see each way in which a driver can fail?"""
import os
import shutil
import subprocess
import sys
import tempfile
import time

RUNNER = os.path.join(os.environ.get('srcdir', '.'), 'scripts', 'run_suite.py')
failed = []


def check(name, good, why=''):
    print(f'ok {name}' if good else f'not ok {name} - {why}')
    if not good:
        failed.append(name)


def run(lines, *arguments, builds=('plain', 'asan')):
    """The last line and the status of a run of a list of drivers."""
    with tempfile.TemporaryDirectory() as top:
        os.mkdir(os.path.join(top, 'test'))
        with open(os.path.join(top, 'test', 'suite.list'), 'w') as f:
            f.write('# a comment\n\n' + '\n'.join(lines) + '\n')
        command = [sys.executable, RUNNER, '--srcdir', top, *arguments]
        for build in builds:
            os.mkdir(os.path.join(top, build))
            command += ['--build', f'{build}={top}/{build}']
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.stdout.splitlines()[-1], done.returncode, done.stdout


def expect(name, lines, last, status, *arguments, **keywords):
    got_last, got_status, _ = run(lines, *arguments, **keywords)
    check(name, (got_last, got_status) == (last, status), f'{got_last!r}, status {got_status}')


expect('passes', ['a both check - echo ok x; echo ok y'], '2 passed, 0 failed', 0)
expect('a-test-counts-once', ['a both check - echo ok x', 'b plain check - echo ok x'],
       '2 passed, 0 failed', 0)
expect('fails-in-one-build', ['a both check - [ $BUILD = plain ] && echo ok x || echo not ok x - why'],
       '0 passed, 1 failed', 1)
expect('fails-though-status-0', ['a plain check - echo ok x; echo not ok y'], '1 passed, 1 failed', 1)
expect('a-name-twice-fails', ['a plain check - echo not ok x; echo ok x'], '0 passed, 1 failed', 1)
expect('status', ['a plain check - echo ok x; exit 3'], '1 passed, 1 failed', 1)
expect('signal', ['a plain check - echo ok x; kill -SEGV $$'], '1 passed, 1 failed', 1)
expect('no-test', ['a plain check - echo hello'], '0 passed, 1 failed', 1)
expect('no-driver', ['a plain full - echo ok x'], '0 passed, 0 failed', 1)
expect('skip', ['a both check - echo ok x; echo skip y - none here'], '1 passed, 0 failed, 1 skipped', 0)
expect('skipped-in-one-build', ['a both check - [ $BUILD = plain ] && echo ok x || echo skip x'],
       '1 passed, 0 failed', 0)
expect('skipped-driver', ['a plain check - echo no server; exit 77', 'b plain check - echo ok x'],
       '1 passed, 0 failed, 1 skipped', 0)
expect('skipped-driver-with-a-line', ['a plain check - echo skip x - no server; exit 77',
                                       'b plain check - echo ok x'], '1 passed, 0 failed, 1 skipped', 0)
expect('status-77-after-a-test', ['a plain check - echo ok x; exit 77'], '1 passed, 1 failed', 1)
expect('only-skipped', ['a plain check - exit 77'], '0 passed, 0 failed, 1 skipped', 1)
expect('failed-build', ['a plain check - echo ok x'], '1 passed, 1 failed', 1, '--failed-build', 'asan')
expect('environment', ['a plain check - cd "$srcdir" && cd "$builddir" && [ -d "$TMPDIR" ] && '
                       '[ -n "$JINGLE_SHARED" ] && ! read x && echo ok x'], '1 passed, 0 failed', 0)
stages = ['a plain check - echo ok x', 'b plain quick - echo ok x', 'c plain full - echo ok x']
for number, stage in enumerate(('check', 'quick', 'full'), 1):
    expect(f'stage-{stage}', stages, f'{number} passed, 0 failed', 0, '--stage', stage)
expect('by-name', stages, '1 passed, 0 failed', 0, 'c')
expect('without', stages, '1 passed, 0 failed', 0, '--stage', 'full', '--without', 'a', '--without', 'b')
expect('without-unknown', stages, 'run_suite: no driver is named d', 2, '--without', 'd')
expect('unknown-name', stages, 'run_suite: no driver is named d', 2, 'd')
expect('programs', ['a plain check - test/x', 'b plain check - echo ok y',
                    'c plain check - for t in 1 2; do test/$t; done'],
       '3 passed, 0 failed', 0, '--programs', 'echo ok')

began = time.monotonic()
expect('time-out', ['a plain check 1 echo ok x; sleep 60'], '1 passed, 1 failed', 1)
check('time-out-in-time', time.monotonic() - began < 10)

last, status, output = run(['a plain check - sleep 60 & echo $!; echo ok x; echo not ok y'])
pid = next(int(line.strip(' |')) for line in output.splitlines() if line.strip(' |').isdigit())
check('ends-what-is-left', not os.path.exists(f'/proc/{pid}')
      or open(f'/proc/{pid}/stat').read().split()[2] == 'Z', f'process {pid} runs on')
check('says-what-is-left', 'left running' in output)

for name, line in (('short', 'a plain check'), ('stage', 'a plain never - true'),
                   ('timeout', 'a plain check soon true')):
    check(f'bad-list-{name}', run([line])[1] == 2)
check('bad-list-twice', run(['a plain check - true'] * 2)[1] == 2)



def installed(*arguments):
    """What scripts/test asks of scripts/deps, which cannot get it, and says at last."""
    with tempfile.TemporaryDirectory() as top:
        os.mkdir(os.path.join(top, 'scripts'))
        for script in ('test', 'lib.sh'):
            shutil.copy(os.path.join(os.path.dirname(RUNNER), script), os.path.join(top, 'scripts'))
        deps = os.path.join(top, 'scripts', 'deps')
        with open(deps, 'w') as f:
            f.write('#!/bin/sh\necho "deps $*"\nexit 1\n')
        os.chmod(deps, 0o755)
        done = subprocess.run(['sh', os.path.join(top, 'scripts', 'test'), *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        lines = done.stdout.splitlines()
        return lines[0], lines[-1], done.returncode


# A driver of --full without its tool is skipped: on a machine that has nothing yet all must be installed.
for arguments, wanted in (((), '--test'), (('--full',), '--full')):
    got = installed(*arguments)
    check(f'installs{wanted}', got == (f'deps {wanted}', '0 passed, 1 failed', 1), repr(got))

# A test program that nobody runs would be a test that cannot fail.
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, 'suite.list'), encoding='utf-8') as f:
    listed = f.read().split()
for at, _, names in os.walk(os.path.join(here, 'unit')):
    for name in sorted(names):
        program = os.path.join('test', os.path.relpath(os.path.join(at, name), here))[:-2]
        if name.endswith('_test.c'):
            check(f'listed-{program}', program in listed, 'not in suite.list')

sys.exit(1 if failed else 0)
