#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Files to and from software that is not ours: a scripted peer of ../shared, where that is there."""
import os
import sys

from harness import main, test
from servers import Prosody

PEER = os.path.join(os.environ.get('JINGLE_SHARED') or os.path.join(os.environ.get('srcdir', '.'), '../shared'),
                    'interop/py/xjingle.py')


def foreign(t, *arguments):
    """The scripted peer as romeo."""
    return t.start([sys.executable, PEER, t.server.folder, *arguments], name='xjingle')


def send_to(t, transport, way, *options):
    path = t.random_file('sent.bin', 100_000)
    peer = foreign(t, 'recv', 'romeo', '--out', t.folder('in'), *options)
    jid = peer.expect(r'online (\S+)').group(1)
    sender = t.jingle('juliet', 'send', '--transport', transport, jid, path)
    t.exits(sender, 0)
    t.exits(peer, 0)
    t.says(sender, f'sending sent.bin {way}')
    t.same(path, t.path('in', 'sent.bin'))


def receive_from(t, transport, way):
    path = t.random_file('sent.bin', 100_000)
    receiver = t.receiver('juliet', '--once', '--yes')
    peer = foreign(t, 'send', 'romeo', receiver.jid, path, transport)
    t.exits(receiver, 0)
    t.exits(peer, 0)
    t.says(receiver, f'receiving sent.bin {way}')
    t.same(path, t.path('in', 'sent.bin'))


@test('jingle send to a foreign peer, in-band')
def _(t):
    send_to(t, 'ibb', 'in-band')


@test('jingle send to a foreign peer, by SOCKS5 bytestreams')
def _(t):
    send_to(t, 'auto', 'directly')


@test('jingle send to a foreign peer that no candidate works for')
def _(t):
    send_to(t, 'auto', 'in-band', '--nosocks')


@test('jingle receive from a foreign peer, in-band')
def _(t):
    receive_from(t, 'ibb', 'in-band')


@test('jingle receive from a foreign peer, by SOCKS5 bytestreams')
def _(t):
    receive_from(t, 's5b', 'directly')


if __name__ == '__main__':
    if not os.path.exists(PEER):
        print('the scripted peer of ../shared is not here')
        sys.exit(77)
    main(lambda folder: Prosody(folder, users=('juliet', 'romeo'), tls='optional'))
