#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A Jingle implementation that is not ours, stanza (npm) in Node, calls examples/bot, over a websocket of
Prosody's. What npm installs stays in the build, in test-node."""
import os
import shutil
import subprocess

from harness import BUILD, Failed, main, one_line, test
from servers import Missing, Prosody, program

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'node')
PACKAGES = os.path.join(BUILD, 'test-node')
BOT = os.path.join(BUILD, 'examples', 'bot')
AN_HOUR = '3600'

# What comes for a caller's two transport-infos, one candidate and the end of them.
CANDIDATES_TAKEN = ['result transport-info'] * 2
CANDIDATES_LATE = ['error transport-info cancel item-not-found unknown-session'] * 2
AUDIO = 'audio opus/48000/2 PCMU/8000'


def install():
    """Has the packages put in place, once for each package.json."""
    npm = program('npm')
    program('node', 'nodejs')
    with open(os.path.join(SCRIPTS, 'package.json'), encoding='utf-8') as f:
        wanted = f.read()
    stamp = os.path.join(PACKAGES, 'installed')
    if os.path.exists(stamp):
        with open(stamp, encoding='utf-8') as f:
            if f.read() == wanted:
                return
    shutil.rmtree(PACKAGES, ignore_errors=True)
    os.makedirs(PACKAGES)
    shutil.copy(os.path.join(SCRIPTS, 'package.json'), PACKAGES)
    argv = [npm, 'install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts',
            '--no-update-notifier', '--prefer-offline', '--fetch-retries=1', '--fetch-timeout=20000']
    try:
        done = subprocess.run(argv, cwd=PACKAGES, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        raise Missing('npm did not get the packages within 120 s') from None
    if done.returncode:
        print(done.stdout)
        raise Missing('npm cannot get the packages: '
                      + one_line(' '.join(line for line in done.stdout.splitlines() if 'error' in line)))
    with open(stamp + '.new', 'w', encoding='utf-8') as f:
        f.write(wanted)
    os.rename(stamp + '.new', stamp)


def bot(t, *arguments, senders=()):
    """The bot as romeo, ready; its full JID is in .jid."""
    process = t.start([BOT, *arguments, t.server.jid('romeo') + '/phone', *senders], name='bot',
                      env={'JINGLE_PASSWORD': t.server.password('romeo'), 'JINGLE_SERVER': t.server.address,
                           'JINGLE_CA': t.server.ca})
    process.jid = process.expect(r'^ready (\S+)$', 'out').group(1)
    return process


class Caller:
    """caller.js, which does one thing after the other."""

    def __init__(self, t, user='juliet'):
        self.t = t
        self.program = t.start([program('node', 'nodejs'), os.path.join(SCRIPTS, 'caller.js'),
                                t.server.environment()['JX_WS'], t.server.jid(user) + '/node'],
                               name='caller', stdin=subprocess.PIPE,
                               env={'NODE_PATH': os.path.join(PACKAGES, 'node_modules'), 'NODE_OPTIONS': '',
                                    'PASSWORD': t.server.password(user)})
        self.asked = self.seen = 0

    def does(self, what, peer):
        self.asked += 1
        self.program.process.stdin.write(f'{what} {peer}\n'.encode())
        self.program.process.stdin.flush()
        return self

    def lines(self):
        """All that it has told of the last thing, when that is done."""
        self.program.expect(f'^done {self.asked}$', 'out')
        told = self.program.text('out').splitlines()[self.seen:]
        self.seen += len(told)
        return told

    def sees(self, *wanted, accepts=(), ends=None):
        """These stanzas come, in this order; that was accepted; for stanza it ends so."""
        told = self.lines()

        def of(*kinds):
            return [line for line in told if line.split()[0] in kinds]

        self.t.equal(of('received', 'result', 'error'), list(wanted), 'what came')
        self.t.equal(of('accepted'), [f'accepted {what}' for what in accepts], 'what was accepted')
        self.t.equal(of('ended'), [f'ended {ends}'] if ends else [], 'the end')

    def leaves(self):
        self.program.process.stdin.close()
        self.t.exits(self.program, 0)


def says(phone, *lines):
    """All that the bot has said."""
    phone.expect(f'^{lines[-1]}$', 'out')
    got = phone.text('out').splitlines()[1:]
    if got != list(lines):
        raise Failed(f'the bot said {got}, wanted {list(lines)}')


@test('a call is acknowledged and declined')
def _(t):
    peer = Caller(t)
    phone = bot(t)
    peer.does('call', phone.jid).sees('result session-initiate', 'received session-terminate decline',
                                      *CANDIDATES_LATE, ends='decline')
    peer.leaves()
    says(phone, 'juliet@localhost/node calls', 'juliet@localhost/node: declined')


@test('a call is accepted and ended with success, two at once too')
def _(t):
    callers = [Caller(t, user) for user in ('juliet', 'mercutio')]
    phone = bot(t, '--accept', '1')
    for peer in callers:
        peer.does('call', phone.jid)
    for peer in callers:
        peer.sees('result session-initiate', 'received session-accept', *CANDIDATES_TAKEN,
                  'received session-terminate success', accepts=[AUDIO], ends='success')


@test('the caller hangs up, and calls again')
def _(t):
    peer = Caller(t)
    phone = bot(t, '--accept', '2')
    peer.does('hang-up', phone.jid).sees('result session-initiate', 'received session-accept', *CANDIDATES_TAKEN,
                                         'result session-terminate', accepts=[AUDIO], ends='success')
    # The time of the first call passes during the second.
    peer.does('call', phone.jid).sees('result session-initiate', 'received session-accept', *CANDIDATES_TAKEN,
                                      'received session-terminate success', accepts=[AUDIO], ends='success')
    says(phone, *['juliet@localhost/node calls', 'juliet@localhost/node: finished'] * 2)


@test('what no type is registered for is acknowledged and ended: unsupported-applications')
def _(t):
    peer = Caller(t)
    for arguments in ((), ('--accept', AN_HOUR)):
        phone = bot(t, *arguments)
        peer.does('file', phone.jid).sees(
            'result session-initiate', 'received session-terminate unsupported-applications', *CANDIDATES_LATE,
            ends='unsupported-applications')
        says(phone, 'juliet@localhost/node: the application is not supported')


@test('who is not listed finds what an address without a client gives: service-unavailable')
def _(t):
    stranger, friend = Caller(t, 'mercutio'), Caller(t, 'juliet')
    phone = bot(t, '--accept', AN_HOUR, senders=[t.server.jid('juliet')])
    for jid in (phone.jid, t.server.jid('romeo') + '/nobody'):
        stranger.does('call', jid).sees('error session-initiate cancel service-unavailable',
                                        *['error transport-info cancel service-unavailable'] * 2)
        stranger.does('disco', jid).sees('error disco cancel service-unavailable')
    friend.does('hang-up', phone.jid).sees('result session-initiate', 'received session-accept', *CANDIDATES_TAKEN,
                                           'result session-terminate', accepts=[AUDIO], ends='success')
    says(phone, 'juliet@localhost/node calls', 'juliet@localhost/node: finished')


@test('service discovery tells that calls are possible')
def _(t):
    peer = Caller(t)
    told = peer.does('disco', bot(t).jid).lines()
    for line in ('identity client bot', 'feature urn:xmpp:jingle:1', 'feature urn:xmpp:jingle:apps:rtp:1',
                 'feature urn:xmpp:jingle:apps:rtp:audio', 'feature urn:xmpp:jingle:transports:ice-udp:1'):
        t.true(line in told, f'not told: {line}')


@test('the server goes in the middle of a call, and the bot leaves nothing')
def _(t):
    juliet, mercutio = Caller(t, 'juliet'), Caller(t, 'mercutio')
    phone = bot(t, '--accept', AN_HOUR)
    juliet.does('hang-up', phone.jid).lines()
    juliet.does('file', phone.jid).lines()
    mercutio.does('call', phone.jid).program.expect('^accepted', 'out')
    t.server.restart()
    t.exits(phone, 1)  # another status if a sanitizer finds a leak
    t.says(phone, '^disconnected: ', 'err')
    t.says(phone, '^mercutio@localhost/node: ', 'out')
    for peer in (juliet, mercutio):
        t.exits(peer.program, 1)


def make_server(folder):
    install()
    return Prosody(folder, users=('juliet', 'romeo', 'mercutio'))


if __name__ == '__main__':
    main(make_server)
