#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Connections that break while files go in-band, on a real Prosody and on a real ejabberd: the stream is
resumed (XEP-0198) or not, the server comes back or another client takes the place. No octet is lost or doubled."""
import os
import re
import shutil
import signal
import socket
import sys
import time

from harness import DEADLINE, FULL, JINGLE, Terminal, main
from people import cut, go_on
from rawpeer import RawPeer, Upload
from relay import CLOSED, SILENT, Relay, Via
from servers import Ejabberd, Prosody

LARGE = 1 << 26  # octets: in-band that takes longer than any of the tests
PATIENCE = 5 * DEADLINE  # for a transfer with many logins in it
TESTS = []


def both(name, full=False, on=('prosody', 'ejabberd')):
    """A test that is run on both servers, or on one where the server's kind is not what it is about."""
    def register(function):
        if not full or FULL:
            TESTS.append((name, function, on))
        return function
    return register


def via(t):
    relay = Relay(t.server.ports['c2s'])
    t.last(relay.close)
    return relay, Via(t.server, relay)


def start(t, path, sender=None, receiver=None, options=(), transport='ibb', once=('--once',), of_sender=()):
    """A transfer from Juliet to Romeo, each by the way given."""
    romeo = t.receiver('romeo', *once, '--yes', *options, server=receiver)
    juliet = t.jingle('juliet', 'send', '--transport', transport, *options, *of_sender, romeo.jid, path, server=sender)
    return juliet, romeo


def arrived(t, path, juliet, romeo):
    t.exits(juliet, 0, PATIENCE)
    romeo.expect(r'^received .*, verified', 'out')
    name = os.path.basename(path)
    t.same(path, t.path('in', name))
    t.equal(t.files(whole=False), [name], 'the folder')


def times(program, pattern):
    return len(re.findall(pattern, program.text(), re.MULTILINE))


def under_way(t, octets, folder='in'):
    """Waits until so much of a file has been written."""
    end = time.monotonic() + DEADLINE
    while t.written(folder) <= octets:
        t.true(time.monotonic() < end, 'the transfer does not get on')
        time.sleep(0.02)


# ---- Stream Management -----------------------------------------------------------------------

CUTS = [150_000, 400_000, 450_000, 900_000]  # the third comes before all of the second is made up for


def cut_sender(t, calm):
    """A file whose sender's connection is cut: it arrives."""
    path = t.random_file('cut.bin', 1_000_000)
    relay, server = via(t)
    relay.cuts, relay.calm = list(CUTS), calm
    juliet, romeo = start(t, path, sender=server, once=())
    arrived(t, path, juliet, romeo)
    t.true(times(juliet, '^connected again') > 0, 'no stream was resumed')
    return juliet, relay


# Prosody 0.12 takes 4 KiB of a TLS record at a time, and gives what comes on a resumed stream to the parser of the
# connection before. Where that has half an element, all that follows is inside it and never answered. Where it has had
# the time to read what is there, it has whole ones: ours are one record each.
@both('the sender\'s connection is cut again and again')
def _(t):
    juliet, relay = cut_sender(t, calm=isinstance(t.server, Prosody))
    t.equal(relay.n_cuts, len(CUTS), 'cuts')
    t.equal(times(juliet, '^connected again'), len(CUTS), 'resumptions')
    t.equal(times(juliet, '^logged in again'), 0, 'new streams')
    t.equal(times(juliet, '^sending cut.bin'), 1, 'times it was begun')


@both('the sender\'s connection is cut within elements: what the server does not get over is sent anew', on=('prosody',))
def _(t):
    cut_sender(t, calm=False)


@both('the receiver\'s connection is cut again and again')
def _(t):
    path = t.random_file('cut.bin', 1_000_000)
    relay, server = via(t)
    relay.cuts = [8_000, 16_000, 22_000]  # it sends answers alone
    juliet, romeo = start(t, path, receiver=server)
    arrived(t, path, juliet, romeo)
    t.exits(romeo, 0)
    t.equal(relay.n_cuts, 3, 'cuts')
    t.equal(times(romeo, '^connected again'), 3, 'resumptions')
    t.equal(times(juliet, '^sending cut.bin'), 1, 'times it was begun')


def cut_and_met(t, *fates, refuses=0, cuts=CUTS[1:2]):
    """A file whose sender's connection is cut and not had back at once: it arrives."""
    path = t.random_file('cut.bin', 1_000_000)
    relay, server = via(t)
    relay.cuts, relay.calm = list(cuts), isinstance(t.server, Prosody)
    relay.fates, relay.refuses = list(fates), bool(refuses)
    juliet, romeo = start(t, path, sender=server, once=(), options=('--verbose',))
    if refuses:
        juliet.expect(f'not connected; trying again in {refuses} s')
        relay.let()
    arrived(t, path, juliet, romeo)
    t.equal((relay.n_cuts, relay.fates), (len(cuts), []), 'cuts, and what was to become of connections')
    heard = re.findall('^<- iq set .* id=([^ ]+)', romeo.text(), re.MULTILINE)
    t.equal(len(heard), len(set(heard)), 'requests heard, and different ones')
    return juliet


def resumed(t, juliet, n=1):
    t.equal(times(juliet, '^connected again'), n, 'resumptions')
    t.equal(times(juliet, '^logged in again'), 0, 'new streams')
    t.equal(times(juliet, '^sending cut.bin'), 1, 'times it was begun')


@both('the connection is closed at once where it is made again, twice: the stream is resumed')
def _(t):
    resumed(t, cut_and_met(t, CLOSED, CLOSED))


@both('nobody listens where the connection is made again: the stream is resumed', full=True)
def _(t):
    resumed(t, cut_and_met(t, refuses=2))  # seconds to the third attempt


@both('nobody answers where the connection is made again: the stream is resumed', full=True)
def _(t):
    resumed(t, cut_and_met(t, SILENT, CLOSED))


# libstrophe forgets the stream then.
@both('the server answers, and the login is cut: a new stream, which can be resumed itself', full=True)
def _(t):
    juliet = cut_and_met(t, None, CLOSED, cuts=(400_000, 700_000))
    t.equal(times(juliet, '^logged in again'), 1, 'new streams')
    t.equal(times(juliet, '^connected again'), 1, 'resumptions')
    t.equal(times(juliet, '^sending cut.bin'), 2, 'times it was begun')


@both('both connections are cut while the offer waits for its answer')
def _(t):
    path = t.random_file('asked.bin', 50_000)
    relays = [via(t), via(t)]
    romeo = Terminal([JINGLE, 'receive', *t.account('romeo', server=relays[0][1]), '--once', '--to', t.folder('in')],
                     name='jingle receive', env=t.clean(None))
    t.programs.append(romeo)
    jid = romeo.expect(r'^ready (\S+)$', 'out').group(1)
    juliet = t.jingle('juliet', 'send', '--transport', 'ibb', jid, path, server=relays[1][1])
    romeo.expect_screen(r'Take it\?')
    for relay, _ in relays:
        relay.cut()
    juliet.expect('^connected again')
    romeo.expect_screen('connected again')
    romeo.type('y\n')
    arrived(t, path, juliet, romeo)
    t.exits(romeo, 0)


def another(t, resume, **options):
    """A server of the same kind that keeps a stream for so many seconds."""
    server = make(type(t.server), t.folder('another'), resume, options)
    server.start()
    t.last(server.stop)
    t.server = server


@both('the stream has expired when the connection is back')
def _(t):
    another(t, 2)
    path = t.random_file('late.bin', 6_000_000)
    relay, server = via(t)
    juliet, romeo = start(t, path, receiver=server, once=())
    under_way(t, 200_000)
    relay.shut()
    t.exits(juliet, 1)  # told by the server, whose patience with him is over
    t.says(juliet, 'the connection to the other side broke: .*; send it again')
    relay.let()
    romeo.expect('^logged in again')
    romeo.expect('late.bin.*the connection')
    t.equal(t.files(), [], 'whole files')
    arrived(t, path, t.jingle('juliet', 'send', '--transport', 'ibb', romeo.jid, path), romeo)


@both('the connection cannot be had back: both sides say so', full=True)
def _(t):
    relay, server = via(t)
    juliet, romeo = start(t, t.large_file(size=LARGE), receiver=server, options=('--timeout', '15', '--json'))
    under_way(t, 100_000)
    relay.shut()
    for program in (romeo, juliet):
        t.exits(program, 1, PATIENCE)
        t.true(program.event('failed')['reason'] in ('disconnected', 'timeout'), 'another reason')
    t.equal(t.files(), [], 'whole files')


def take_place(t, romeo):
    other = RawPeer(t.server, 'romeo', resource=romeo.jid.split('/', 1)[1])
    t.last(other.close)
    return other


def asked(t, path):
    """An offer that waits for its answer."""
    romeo = Terminal([JINGLE, 'receive', *t.account('romeo'), '--once', '--to', t.folder('in')],
                     name='jingle receive', env=t.clean(None))
    t.programs.append(romeo)
    romeo.jid = romeo.expect(r'^ready (\S+)$', 'out').group(1)
    juliet = t.jingle('juliet', 'send', '--transport', 'ibb', '--timeout', '15', romeo.jid, path)
    romeo.expect_screen(r'Take it\?')
    return juliet, romeo


@both('another client takes the place of ours: it does not fight for it', full=True)
def _(t):
    juliet, romeo = asked(t, t.random_file('asked.bin', 50_000))
    other = take_place(t, romeo)
    t.exits(romeo, 2)
    t.exits(juliet, 1, PATIENCE)
    t.true(not other.closed, 'the other one was put out')


# Who writes when he is put out sees that the connection is closed, and not why: then he comes back once, and ends
# with 1, not 2.
@both('another client takes the place of ours in the middle of a transfer', full=True)
def _(t):
    juliet, romeo = start(t, t.large_file(size=LARGE), options=('--timeout', '15', '--json'), once=())
    under_way(t, 100_000)
    take_place(t, romeo)
    t.true(romeo.wait(DEADLINE) in (1, 2), 'the receiver ended otherwise')
    t.equal([event['reason'] for event in romeo.events() if event['event'] == 'failed' and 'file' in event],
            ['disconnected'], 'the reason')
    t.exits(juliet, 1, PATIENCE)


# ---- the server ------------------------------------------------------------------------------

@both('the server is killed and restarted in the middle of an in-band transfer: it goes on after')
def _(t):
    path = t.random_file('restart.bin', 3_000_000)
    juliet, romeo = start(t, path, of_sender=('--json',))
    under_way(t, 200_000)
    t.server.kill()
    t.server.start()
    arrived(t, path, juliet, romeo)
    t.exits(romeo, 0)  # the rest is no second transfer
    events = [event['event'] for event in juliet.events()]
    t.true(events.count('start') > 1, 'it was not offered again')
    t.equal([event for event in events if event in ('done', 'failed')], ['done'], 'how it came out')


@both('the server is killed and restarted in the middle of a folder, which goes on after')
def _(t):
    t.folder('tree')
    t.random_file('tree/large', 3_000_000)
    tmp = t.folder('tmp')
    romeo = t.receiver('romeo', '--once', '--yes')
    juliet = t.start([JINGLE, 'send', *t.account('juliet'), '--transport', 'ibb', romeo.jid, t.path('tree')],
                     name='jingle send', env=t.clean({'TMPDIR': tmp}))
    under_way(t, 200_000)
    t.equal(os.listdir(tmp), [], 'what would be left of the archive if it were killed')
    shutil.rmtree(t.path('tree'))  # it is packed
    t.server.kill()
    t.server.start()
    t.exits(juliet, 0, PATIENCE)
    romeo.expect(r'^received .*, verified', 'out')
    juliet.expect('tree.tar .* going on after')
    t.equal(times(juliet, '^packing'), 1, 'times it was packed')
    t.equal(t.files(whole=False), ['tree.tar'], 'the folder')


@both('the server is killed and restarted, and the receiver is back later than the sender')
def _(t):
    path = t.random_file('restart.bin', 3_000_000)
    relay, server = via(t)
    juliet, romeo = start(t, path, receiver=server)
    under_way(t, 200_000)
    relay.shut()
    t.server.kill()
    t.server.start()
    juliet.expect('the other side is not back yet')
    relay.let()
    arrived(t, path, juliet, romeo)
    t.true('broke: ' not in juliet.text(), 'a failure was told of what went on')


@both('the rest of what was cut is waited for, and not for ever', full=True)
def _(t):
    juliet, romeo = start(t, t.random_file('restart.bin', 3_000_000), options=('--timeout', '15'))
    under_way(t, 200_000)
    juliet.signal(signal.SIGKILL)
    t.server.kill()
    t.server.start()
    romeo.expect('waiting for the rest to be offered')
    t.exits(romeo, 1, PATIENCE)


def cut_pair(t, *options):
    """Two files in one session, begun and cut. Returns who takes them once, and the rests that may be offered."""
    relay, server = via(t)
    romeo = t.receiver('romeo', '--once', '--yes', *options, server=server)
    juliet = RawPeer(t.server, 'juliet')
    t.last(juliet.close)
    files = [(name, os.urandom(9_000)) for name in ('a', 'b')]

    def upload(name, data):
        made = Upload(juliet, romeo.jid, name, data)
        made.content = made.content.replace("name='a'", f"name='{name}'").replace('</file>', '<range/></file>')
        return made

    first, second = (upload(*file) for file in files)
    first.content += second.content
    first.offer()
    juliet.jingle('session-accept')
    for each in (first, second):
        each.open_stream()
        each.send(0, each.data[:each.block])
    relay.cut()
    romeo.expect('^connected again')
    juliet.act(romeo.jid, 'session-terminate', first.sid, reason='<connectivity-error/>')
    romeo.expect('was cut; waiting for the rest')
    return romeo, [upload(*file) for file in files]


@both("the sender's connection breaks, and it says so: who takes one file waits for the rest", on=('prosody',))
def _(t):
    romeo = t.receiver('romeo', '--once', '--yes', '--json')
    juliet = RawPeer(t.server, 'juliet')
    t.last(juliet.close)
    data = os.urandom(9_000)
    first, rest = (Upload(juliet, romeo.jid, 'a', data) for _ in range(2))
    for each in (first, rest):
        each.content = each.content.replace('</file>', '<range/></file>')
    first.offer()
    juliet.jingle('session-accept')
    first.open_stream()
    first.send(0, data[:first.block])
    juliet.act(romeo.jid, 'session-terminate', first.sid, reason='<connectivity-error/>')
    romeo.event('cut')
    offer_rest(t, rest)
    send_rest(rest)
    t.exits(romeo, 0)
    t.equal(t.files(whole=False), ['a'], 'the folder')
    t.true('"event":"failed"' not in romeo.text(), 'a failure was told of what went on')


def offer_rest(t, rest):
    rest.offer()
    answer = rest.peer.wait(lambda s: len(s) and s[0].get('action') in ('session-accept', 'session-terminate'),
                            'the answer')
    rest.peer.reply(answer)
    t.equal(answer[0].get('action'), 'session-accept', 'the answer')
    t.equal(answer.find('.//{*}range').get('offset'), str(rest.block), 'where the rest begins')


def send_rest(rest):
    rest.open_stream()
    rest.send_all(rest.data[rest.block:])
    rest.close()
    rest.ended()


@both('two files of one session are cut, and each comes again in a session of its own', on=('prosody',))
def _(t):
    romeo, rests = cut_pair(t)
    for rest in rests:  # both, before one of them is through
        offer_rest(t, rest)
    for rest in rests:
        send_rest(rest)
    t.exits(romeo, 0)
    t.equal(t.files(whole=False), ['a', 'b'], 'the folder')


@both('two files of one session are cut, and only one comes again', full=True, on=('prosody',))
def _(t):
    romeo, rests = cut_pair(t, '--timeout', '10')
    offer_rest(t, rests[0])
    send_rest(rests[0])
    t.exits(romeo, 1)
    t.equal(t.files(), ['a'], 'whole files')


@both('the server is killed and restarted in the middle of a direct transfer, which goes on meanwhile', full=True)
def _(t):
    path = t.large_file('direct.bin', 1 << 28)
    juliet, romeo = start(t, path, transport='auto')
    under_way(t, 1 << 20)
    t.server.kill()
    t.server.start()
    arrived(t, path, juliet, romeo)
    t.equal(times(juliet, '^sending direct.bin'), 1, 'times it was begun')


@both('the server hangs where the connection is made again: what goes directly is not lost, and Ctrl-C works',
      on=('prosody',))
def _(t):
    path = t.large_file('direct.bin', 1 << 28)
    relay, server = via(t)
    for status in (0, 130):
        romeo = t.receiver('romeo', '--once', '--yes', '--no-resume')
        juliet = t.jingle('juliet', 'send', '--no-resume', romeo.jid, path, server=server)
        under_way(t, 1 << 20)
        relay.hang()
        relay.cut()
        t.true(relay.hung.wait(DEADLINE), 'the connection is not made again')
        if status:
            juliet.signal(signal.SIGINT)
        t.exits(juliet, status)
        t.exits(romeo, 1 if status else 0)
        t.equal(t.files(), [] if status else ['direct.bin'], 'whole files')
        shutil.rmtree(t.path('in'))


for kind in ('sender', 'receiver'):
    @both(f'a transfer goes on after kill -9 of the {kind}', full=True)
    def _(t, kind=kind):
        go_on(t, cut(t, kind), True)


# ---- the peer, and the way to it -------------------------------------------------------------

@both('a peer that vanishes without a word', full=True)
def _(t):
    relay, server = via(t)
    juliet, romeo = start(t, t.large_file(size=LARGE), receiver=server, options=('--timeout', '15', '--json'))
    under_way(t, 100_000)
    relay.mute = True
    for program in (juliet, romeo):
        t.exits(program, 1, PATIENCE)
        t.true(program.event('failed')['reason'] in ('timeout', 'disconnected'), 'another reason')


def by_proxy_alone(t):
    """Both sides want the proxy; what it does not carry goes in-band."""
    path = t.random_file('way.bin', 100_000)
    juliet, romeo = start(t, path, transport='auto', options=('--relay-only',))
    arrived(t, path, juliet, romeo)
    t.says(juliet, 'sending way.bin in-band')
    t.says(romeo, 'receiving way.bin in-band')


@both('nobody is where the proxy is said to be: in-band')
def _(t):
    by_proxy_alone(t)


@both('a proxy that takes connections and says nothing: in-band', full=True)
def _(t):
    silent = socket.create_server((t.server.proxy, t.server.ports['proxy65']), backlog=50)
    t.last(silent.close)
    by_proxy_alone(t)


def make(kind, folder, resume, options=None):
    plain = {'allow_unencrypted_plain_auth': True} if kind is Prosody else {}
    return kind(folder, users=('juliet', 'romeo'), tls='optional', resume=resume, options={**plain, **(options or {})})


def main_of(name):
    """One driver, two servers: the tests' names say which."""
    Prosody.proxy = Ejabberd.proxy = '127.0.0.2'  # it listens elsewhere
    kind = {'prosody': Prosody, 'ejabberd': Ejabberd}[name]
    main(lambda folder: make(kind, folder, 300), [(f'{name}: {n}', f) for n, f, on in TESTS if name in on])


if __name__ == '__main__':
    main_of(sys.argv.pop(1))
