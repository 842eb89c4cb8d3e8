#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plays the unit tests of the engine, the managed type, file transfer and in-band bytestreams again and
again, each time with another allocation of each manager that fails (TEST_FAIL_AT, test/support/test_mem.h),
until there are none left; then once more with all later ones failing too.

  starve.py [--step N] [--each N] [--most N] [PROGRAM...]

What a test expects does not come about then, so that it fails says nothing. What must not happen: that the
library (a frame below src/) does something that a sanitizer forbids, that a test which came to its end did
not get its memory back, and that there is no end. A program in which nothing fails at all proves nothing,
and fails.

  --step N   only every N-th allocation
  --each N   beyond the N-th (12) the steps grow, by a third of what is beyond it
  --most N   not beyond the N-th (2,000); where that leaves some out it is said

A driver of test/suite.list, in the build with the sanitizers; in another a crash is told, whosever it is.
"""
import argparse
import concurrent.futures
import glob
import os
import re
import subprocess
import sys

# They have allocations that fail of their own, or no manager.
OWN = re.compile(r'(memory|reentrancy|flood|fault|buffer|names|siphash|base64|date|hash|text|disk|disk_failures|state|load|stack)_test$')
TROUBLE = re.compile(r'ERROR: (\w+Sanitizer.*)|(runtime error: .*)')
FRAME = re.compile(r'\s*#\d+ 0x[0-9a-f]+ in (\S+) (\S+)')
KEPT = re.compile(r'^not ok (\S.*?) - .*(memory was not given back|parts were not freed|not given back)', re.M)

# Seconds for one test, and for one run of a program.
LONGEST = 120
AT_ALL = 900
TOLD = re.compile(r'^(?:not )?ok ', re.M)
ENDLESS = re.compile(r'^not ok (\S.*?) - .*Test timeout expired', re.M)


def ours(path):
    return '/src/' in path and '/test/' not in path


def in_library(report):
    """The first frame of a report that is the project's is the library's."""
    for match in FRAME.finditer(report):
        if '/test/' in match.group(2) or ours(match.group(2)):
            return ours(match.group(2))
    return False


def findings(output, errors):
    found = [f'{m.group(1)}: {m.group(2)}' for m in KEPT.finditer(output)]
    found += [f'{m.group(1)}: there is no end' for m in ENDLESS.finditer(output)]
    pieces = TROUBLE.split(errors)
    # text, then (group 1, group 2, text) for each
    for i in range(1, len(pieces), 3):
        if in_library(pieces[i + 2]):
            frames = [m.group(1) for m in FRAME.finditer(pieces[i + 2])][:6]
            found.append(f'{pieces[i] or pieces[i + 1]} in {" < ".join(frames)}')
    return found


def run(program, at, on):
    """What is wrong, and whether an allocation has failed."""
    # Each test has a process of its own, so that one which comes to harm by itself does not take the others along.
    env = dict(os.environ, TEST_FAIL_AT=str(at), CK_FORK='yes', CK_DEFAULT_TIMEOUT=str(LONGEST),
               ASAN_OPTIONS='detect_leaks=0:handle_abort=1', UBSAN_OPTIONS='print_stacktrace=1')
    if on:
        env['TEST_FAIL_ON'] = 'yes'
    try:
        done = subprocess.run([program], env=env, capture_output=True, text=True, errors='replace', check=False,
                              timeout=AT_ALL)
    except subprocess.TimeoutExpired:
        return [f'it waits for ever, or for more than {AT_ALL} s'], True
    if not TOLD.search(done.stdout):
        return ['it told of no test'], True
    return findings(done.stdout, done.stderr), '# starved' in done.stderr


def play(program, arguments):
    """The first thing that is wrong, or None; how many runs had a failure; whether there would have been more."""
    runs, left = 0, False
    for on in (False, True):
        at = 1
        while True:
            found, starved = run(program, at, on)
            if found:
                return f'allocation {at}{" and all later ones" if on else ""}: {found[0]}', runs, left
            if not starved and at == 1:
                return 'no allocation failed: it does not call test_mem_starve()', runs, left
            if not starved:
                break
            runs += 1
            at += max(arguments.step, (at - arguments.each) // 3)
            if at > arguments.most:
                left = True
                break
    return None, runs, left


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--step', type=int, default=1)
    parser.add_argument('--each', type=int, default=12)
    parser.add_argument('--most', type=int, default=2000)
    parser.add_argument('programs', nargs='*')
    arguments = parser.parse_args()
    programs = arguments.programs or sorted(
        p for folder in ('core', 'managed', 'app', 'transport')
        for p in glob.glob(f'test/unit/{folder}/*_test') if not OWN.search(p))
    failed = False
    total = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        played = pool.map(lambda program: play(program, arguments), programs)
        for program, (bad, runs, left) in zip(programs, played):
            name = 'starve/' + program.split('unit/')[-1]
            total += runs
            failed |= bool(bad)
            if left:
                print(f'# {name}: there are allocations beyond the {arguments.most}th')
            print(f'not ok {name} - {bad}' if bad else f'ok {name}', flush=True)
    print(f'# {total} runs in which an allocation failed')
    sys.exit(failed or not programs)


if __name__ == '__main__':
    main()
