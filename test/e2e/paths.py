#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The ways that a file may go, on a real Prosody and on a real ejabberd: directly, by the server's
proxy, in-band, and from one to the next where one is closed."""
import os
import signal
import sys

from harness import FULL, Skipped, main
from servers import Ejabberd, Prosody

SIZE = 3_000_000
HUGE = 1 << 34  # sparse; all transfers of it are broken off
DIRECT, PROXY, IN_BAND = 'directly, not encrypted', r'by the proxy 127\.0\.0\.1', 'in-band, through the servers'

TESTS = []


def both(name):
    """A test that is run on both servers."""
    def register(function):
        TESTS.append((name, function))
        return function
    return register


def transfer(t, way, sender=(), receiver=(), size=SIZE):
    """A file from Juliet to Romeo; both must say that it went this way."""
    path = t.random_file('data.bin', size)
    romeo = t.receiver('romeo', '--once', '--yes', *receiver)
    juliet = t.jingle('juliet', 'send', *sender, romeo.jid, path)
    t.exits(juliet, 0)
    t.exits(romeo, 0)
    t.same(path, t.path('in', 'data.bin'))
    t.equal(t.files(whole=False), ['data.bin'], 'the folder')
    t.says(juliet, f'sending data.bin {way}')
    t.says(romeo, f'receiving data.bin {way}')
    t.says(romeo, r'received .*data\.bin .*, verified')
    return juliet, romeo


@both('directly')
def _(t):
    transfer(t, DIRECT)


@both('directly and in-band, a file of no byte, and of one')
def _(t):
    romeo = t.receiver('romeo', '--yes')
    for transport in ('auto', 'ibb'):
        paths = [t.random_file(f'{transport}{size}.bin', size) for size in (0, 1)]
        t.exits(t.jingle('juliet', 'send', '--transport', transport, romeo.jid, *paths), 0)
        for path in paths:
            romeo.expect(rf'^received .*{os.path.basename(path)} ', 'out')
            t.same(path, t.path('in', os.path.basename(path)))


@both('by the proxy of the server, with both relay-only')
def _(t):
    transfer(t, PROXY, ['--relay-only'], ['--relay-only'])


@both('by the proxy, with the sender relay-only')
def _(t):
    juliet, _ = transfer(t, PROXY, ['--relay-only'])
    t.true(DIRECT not in juliet.text(), 'went directly')


@both('by the proxy, with the receiver relay-only')
def _(t):
    transfer(t, PROXY, [], ['--relay-only'])


@both('in-band, when the sender wants it')
def _(t):
    transfer(t, IN_BAND, ['--transport', 'ibb'], size=300_000)


@both('in-band, when the receiver has nothing else')
def _(t):
    transfer(t, IN_BAND, [], ['--transport', 'ibb'], size=300_000)


@both('SOCKS5 alone, to who has in-band alone')
def _(t):
    romeo = t.receiver('romeo', '--yes', '--transport', 'ibb')
    juliet = t.jingle('juliet', 'send', '--transport', 's5b', romeo.jid, t.file('a', b'a'))
    t.exits(juliet, 4)
    t.says(juliet, 'cannot take files by SOCKS5 bytestreams; leave --transport out')


@both('many transfers at once')
def _(t):
    # Fifty, but logins are dear where they go through a sanitizer or ejabberd.
    many = 50 if FULL or os.environ.get('BUILD', 'plain') == 'plain' and isinstance(t.server, Prosody) else 10
    romeo = t.receiver('romeo', '--yes')
    paths = [t.random_file(f'{i}.bin', 20_000 + i) for i in range(many)]
    senders = [t.jingle('juliet', 'send', '--timeout', '120',  # all of them log in at once
                        *(['--transport', 'ibb'] if i % 5 == 0 else []), romeo.jid, path)
               for i, path in enumerate(paths)]
    for i, sender in enumerate(senders):
        t.exits(sender, 0)
        romeo.expect(rf'^received .*\b{i}\.bin ', 'out')
        t.same(paths[i], t.path('in', f'{i}.bin'))
    t.equal(len(t.files(whole=False)), many, 'number of files')


@both('the receiver is killed while a file goes directly')
def _(t):
    romeo = t.receiver('romeo', '--yes')
    juliet = t.jingle('juliet', 'send', '--json', romeo.jid, t.large_file(size=HUGE))
    juliet.event('progress')
    romeo.signal(signal.SIGKILL)
    t.exits(juliet, 1)
    t.true(juliet.event('failed')['reason'] in ('disconnected', 'failed', 'timeout'), 'another reason')
    t.equal(t.files(), [], 'whole files')


@both('the sender is killed while a file goes directly')
def _(t):
    romeo = t.receiver('romeo', '--once', '--yes', '--json')
    juliet = t.jingle('juliet', 'send', romeo.jid, t.large_file(size=HUGE))
    romeo.event('progress')
    juliet.signal(signal.SIGKILL)
    t.exits(romeo, 1)
    t.true(romeo.event('failed')['reason'] in ('disconnected', 'failed', 'short', 'timeout'), 'another reason')
    t.equal(t.files(), [], 'whole files')


@both('Ctrl-C of either side while a file goes directly')
def _(t):
    for i, who in enumerate(('sender', 'receiver')):
        romeo = t.receiver('romeo', '--once', '--yes', '--json', folder=f'in{i}')
        juliet = t.jingle('juliet', 'send', '--json', romeo.jid, t.large_file(f'large{i}', HUGE))
        juliet.event('progress')
        (juliet if who == 'sender' else romeo).signal(signal.SIGINT)
        t.exits(juliet, 130 if who == 'sender' else 1)
        t.exits(romeo, 130 if who == 'receiver' else 1)
        t.equal(romeo.event('failed')['reason'], 'cancelled', 'the reason')
        t.equal(t.files(f'in{i}'), [], 'whole files')


if FULL:
    @both('directly, a file of 5 GiB')
    def _(t):
        room = os.statvfs(t.top)
        if room.f_bavail * room.f_frsize < 6 << 30:
            raise Skipped(f'there is no room for 5 GiB in {t.top}')
        path = t.large_file('five.bin', 5 << 30)
        romeo = t.receiver('romeo', '--once', '--yes')
        juliet = t.jingle('juliet', 'send', romeo.jid, path)
        t.exits(juliet, 0, 3000)
        t.exits(romeo, 0)
        t.says(romeo, r'received .*five\.bin .*, verified')
        t.same(path, t.path('in', 'five.bin'))
        os.unlink(t.path('in', 'five.bin'))


def main_of(name):
    """One driver, two servers: the tests' names say which."""
    users = ('juliet', 'romeo')
    make = {'prosody': lambda folder: Prosody(folder, users=users),
            'ejabberd': lambda folder: Ejabberd(folder, users=users)}[name]
    main(make, [(f'{name}: {n}', f) for n, f in TESTS])


if __name__ == '__main__':
    main_of(sys.argv.pop(1))
