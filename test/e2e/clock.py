#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A clock of the day that jumps in the middle of an in-band transfer, on a real Prosody and on a real ejabberd: nobody's
patience is over before its time, or never."""
import glob
import os
import subprocess
import sys
import time

from faults import arrived, make, times, under_way
from harness import Skipped, main
from servers import Ejabberd, Prosody


TESTS = []


def clock(t):
    """What makes a program's clock of the day ours, and a function that puts it forward by so many seconds."""
    library = glob.glob('/usr/lib/*/faketime/libfaketimeMT.so.1')
    if not library or os.environ.get('BUILD') == 'asan':
        raise Skipped('no libfaketime (Debian: apt-get install faketime), or a sanitizer, which is to be loaded first')
    env = {'LD_PRELOAD': library[0], 'FAKETIME_TIMESTAMP_FILE': t.path('clock'), 'FAKETIME_NO_CACHE': '1',
           'FAKETIME_DONT_FAKE_MONOTONIC': '1'}

    def put(seconds):
        os.rename(t.file('clock.new', f'+{seconds}\n'), t.path('clock'))
        told = int(subprocess.run(['date', '+%s'], env={**os.environ, **env}, capture_output=True, check=True).stdout)
        t.true(abs(told - time.time() - seconds) < 60, 'the clock is not put')
    put(0)
    return env, put


for who in ('sender', 'receiver'):
    def jump(t, who=who):
        env, put = clock(t)
        path = t.random_file('clock.bin', 6_000_000)
        romeo = t.receiver('romeo', '--once', '--yes', env=env if who == 'receiver' else None)
        juliet = t.jingle('juliet', 'send', '--transport', 'ibb', romeo.jid, path, env=env if who == 'sender' else None)
        for octets, seconds in ((200_000, 3600), (2_000_000, 0)):
            under_way(t, octets)
            put(seconds)
        t.true(juliet.process.poll() is None, 'it was over before')
        arrived(t, path, juliet, romeo)
        t.exits(romeo, 0)
        t.equal(times(juliet, '^sending clock.bin'), 1, 'times it was begun')
    TESTS.append((f'the clock of the {who} jumps by an hour, forwards and back, in the middle of a transfer', jump))


if __name__ == '__main__':
    kind = {'prosody': Prosody, 'ejabberd': Ejabberd}[sys.argv.pop(1)]
    main(lambda folder: make(kind, folder, 300), TESTS)
