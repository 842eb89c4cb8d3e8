#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whom the command finds, asks, takes from and declines; and peers that lie, stall or break off."""
import contextlib
import os
import re
import select
import signal
import socket
import sys
import time

from harness import BUILD, DEADLINE, Failed, Skipped, main, test
from rawpeer import (FEATURES, FILE, HASHES, IBB, JINGLE, DISCO, Download, RawPeer, Upload, condition, hash_element,
                     tag)
from servers import Ejabberd, Prosody, free_port

BOTH = []
FRIENDS = ('juliet', 'romeo', 'mercutio')  # contacts of each other; tybalt is nobody's


class Server(Prosody):
    def prepare(self):
        super().prepare()
        for user in FRIENDS:
            self.store('roster', user, {self.jid(other): {'subscription': 'both', 'groups': {}}
                                        for other in FRIENDS if other != user})


def both(name):
    """A test that is run on ejabberd too: it needs nobody's contacts."""
    def register(function):
        BOTH.append((name, function))
        return test(name)(function)
    return register


def raw(t, user, *arguments, **options):
    peer = RawPeer(t.server, user, *arguments, **options)
    t.last(peer.close)
    return peer


# ---- finding somebody ------------------------------------------------------------------------

@test('a peer that is no contact')
def _(t):
    for peer in ('tybalt@localhost', 'nobody@localhost', 'someone@elsewhere.invalid'):
        sender = t.jingle('juliet', 'send', peer, t.file('a', b'a'))
        t.exits(sender, 4)
        t.says(sender, f'{peer} is not a contact of yours.*send {peer}/RESOURCE', 'err')


@test('a contact that is not online')
def _(t):
    sender = t.jingle('juliet', 'send', '--timeout', '1', 'romeo@localhost', t.file('a', b'a'))
    t.exits(sender, 4)
    t.says(sender, 'romeo@localhost is not online', 'err')


@test('a full address that nobody is at')
def _(t):
    for peer in ('romeo@localhost/nowhere', 'nobody@localhost/x', 'someone@elsewhere.invalid/x'):
        sender = t.jingle('juliet', 'send', '--json', peer, t.file('a', b'a'))
        t.exits(sender, 4)
        t.equal(sender.event('failed')['reason'], 'peer', 'the reason')


@test('a peer that cannot receive files')
def _(t):
    chat = raw(t, 'romeo', features=(DISCO,))
    for peer in (chat.jid, 'romeo@localhost'):
        sender = t.jingle('juliet', 'send', '--timeout', '2', peer, t.file('a', b'a'))
        t.exits(sender, 4)
        t.says(sender, r'(can receive files|cannot receive files); start', 'err')


@test('a peer that shares no transport with us')
def _(t):
    other = raw(t, 'romeo', features=(DISCO, JINGLE, FILE, 'urn:xmpp:jingle:transports:carrier-pigeon:1'))
    sender = t.jingle('juliet', 'send', other.jid, t.file('a', b'a'))
    t.exits(sender, 4)


@test('of several devices the one that can receive files')
def _(t):
    chat = raw(t, 'romeo', 'chat', features=(DISCO,), priority=5)
    receiver = t.receiver('romeo', '--once', '--yes')
    listed = t.jingle('juliet', 'devices', 'romeo@localhost')
    t.exits(listed, 0)
    t.says(listed, rf'^--  {chat.jid}  cannot receive files \(priority 5\)', 'out')
    t.says(listed, rf'^ok  {receiver.jid}  can receive files \(priority -1\)', 'out')
    t.exits(t.jingle('juliet', 'send', 'romeo@localhost', t.file('a', b'a')), 0)
    t.exits(receiver, 0)


@test('devices of who has none, or is no contact')
def _(t):
    for peer, words in (('mercutio@localhost', 'is not online'), ('tybalt@localhost', 'is not a contact')):
        listed = t.jingle('juliet', 'devices', '--timeout', '2', peer)
        t.exits(listed, 4)
        t.says(listed, words, 'err')


@test('devices --json')
def _(t):
    receiver = t.receiver('romeo', '--once')
    listed = t.jingle('juliet', 'devices', '--json', 'romeo@localhost')
    t.exits(listed, 0)
    t.equal([(e['event'], e['peer']) for e in listed.events()], [('done', receiver.jid)], 'the list')


@test('send waits for somebody who comes a little later')
def _(t):
    sender = t.jingle('juliet', 'send', '--timeout', '60', '-v', 'romeo@localhost', t.file('a', b'a'))
    sender.expect('jabber:iq:roster')
    receiver = t.receiver('romeo', '--once', '--yes')
    t.exits(sender, 0)
    t.exits(receiver, 0)


@test('a stranger is reached by the full address')
def _(t):
    receiver = t.receiver('tybalt', '--once', '--yes')
    t.exits(t.jingle('juliet', 'send', receiver.jid, t.file('a', b'a')), 0)
    t.exits(receiver, 0)


@test('a daemon keeps its address where --jid has a resource, and a stranger can rely on it')
def _(t):
    romeo = t.receiver('romeo', '--yes', '--daemon', '--jid', 'romeo@localhost/inbox')
    t.equal(romeo.jid, 'romeo@localhost/inbox', 'the address')
    t.server.kill()
    romeo.expect('starting again', 'err')
    t.server.start()
    t.equal(romeo.expect_again(r'^ready (\S+)$', 'out').group(1), romeo.jid, 'the address afterwards')
    t.exits(t.jingle('tybalt', 'send', romeo.jid, t.file('a', b'a')), 0)


@test('two daemons of one full address: the first ends, says why, and does not throw the second off')
def _(t):
    options = ('--yes', '--daemon', '--jid', 'romeo@localhost/inbox')
    first = t.receiver('romeo', *options)
    second = t.receiver('romeo', *options)
    t.exits(first, 2)
    t.says(first, 'another program has logged in as romeo@localhost/inbox; end it, or give this one another '
                  'resource: --jid romeo@localhost/OTHER$', 'err')
    t.true('try again' not in first.text(), first.text())
    t.exits(t.jingle('tybalt', 'send', second.jid, t.file('a', b'a')), 0)
    t.equal(second.text('out').count('ready'), 1, 'logins of the second')


@test('another device of our own account')
def _(t):
    receiver = t.receiver('juliet', '--once', '--yes')
    t.exits(t.jingle('juliet', 'send', 'juliet@localhost', t.file('a', b'a')), 0)
    t.exits(receiver, 0)


@test('presence: a negative priority, another resource each time, gone at the end')
def _(t):
    watcher = raw(t, 'mercutio')
    jids = set()
    for _ in range(2):
        receiver = t.receiver('romeo')
        presence = watcher.presence_of('romeo@localhost')
        t.equal(presence.get('from'), receiver.jid, 'who is there')
        t.true(int(presence.findtext('{jabber:client}priority')) < 0, 'the priority is not negative')
        jids.add(receiver.jid)
        receiver.signal(signal.SIGTERM)
        t.exits(receiver, 130)
        watcher.presence_of('romeo@localhost', kind='unavailable')
    t.equal(len(jids), 2, 'number of resources')


# ---- which way ---------------------------------------------------------------------------------

S5B = 'urn:xmpp:jingle:transports:s5b:1'


def candidates(t, *options):
    """What an offer to a raw peer says about where we can be connected to, and the program."""
    peer = raw(t, 'romeo', features=(*FEATURES, S5B))
    sender = t.jingle('juliet', 'send', *options, peer.jid, t.file('a', b'a'))
    download = Download(peer)
    found = [(c.get('type') or 'direct', int(c.get('port'))) for c in download.content.iter(f'{{{S5B}}}candidate')]
    download.end('decline')
    t.exits(sender, 5)
    peer.close()
    return found, sender


@test('others can connect to the port that was given, and to one of a range that is free')
def _(t):
    port = free_port([])
    found, _ = candidates(t, '--port', str(port))
    t.equal({p for kind, p in found if kind == 'direct'}, {port}, 'the ports')
    for port in range(20000, 21000):  # two in a row that nobody has
        with contextlib.suppress(OSError):
            socket.create_server(('127.0.0.1', port + 1)).close()
            taken = socket.create_server(('127.0.0.1', port))
            break
    t.last(taken.close)
    for _ in range(3):  # wherever it begins to look
        found, _ = candidates(t, '--port', f'{port}-{port + 1}')
        t.equal({p for kind, p in found if kind == 'direct'}, {port + 1}, 'the ports')
    found, sender = candidates(t, '--port', str(port))
    t.true(not [p for kind, p in found if kind == 'direct'], 'a port is offered that another program has')
    t.says(sender, f'nobody can connect to us on port {port}: Address already in use', 'err')


@test('a proxy that only the command line names')
def _(t):
    class Apart(Server):
        proxy_name = 'streams.test'  # not below the domain: the server does not name it
    with Apart(t.path('apart'), users=['juliet', 'romeo']) as server:
        path = t.random_file('data.bin', 300_000)
        for proxy, way in (((), 'in-band'), (('--proxy', 'streams.test'), 'by the proxy 127.0.0.1')):
            romeo = t.receiver('romeo', '--once', '--yes', '--relay-only', *proxy, server=server)
            juliet = t.jingle('juliet', 'send', '--relay-only', *proxy, romeo.jid, path, server=server)
            t.exits(juliet, 0)
            t.exits(romeo, 0)
            t.says(juliet, f'sending data.bin {way}')
        checked = t.jingle('juliet', 'check', '--proxy', 'juliet@localhost', '--proxy', 'nowhere.test', server=server)
        t.exits(checked, 0)
        for jid in ('juliet@localhost', 'nowhere.test'):
            t.says(checked, f'{jid} is no proxy, or does not let us in; going on without it', 'err')


# ---- deciding --------------------------------------------------------------------------------

@test('without a terminal what nobody allowed is declined')
def _(t):
    receiver = t.receiver('romeo', '--json')
    sender = t.jingle('juliet', 'send', '--json', receiver.jid, t.file('a', b'a'))
    t.exits(sender, 5)
    t.equal(sender.event('failed')['reason'], 'declined', 'the reason')
    t.equal(receiver.event('failed')['text'], 'nobody can be asked (give --from juliet@localhost, or --yes)', 'why')
    t.true('without --from or --yes' in receiver.event('warning')['text'], 'the warning')
    t.equal(t.files(whole=False), [], 'the folder')
    t.true(receiver.process.poll() is None, 'the receiver has ended')


@test('who declines because nobody can be asked says so at the start, and of whom it was')
def _(t):
    warning = r'^jingle: without --from or --yes all that is offered is declined here: nobody can be asked$'
    for options, words in (([], r'nobody can be asked \(give --from juliet@localhost, or --yes\)'),
                           (['--daemon'], r'nobody can be asked \(give --from juliet@localhost, or --yes\)'),
                           (['--from', 'mercutio@localhost'],
                            r'juliet@localhost is not among --from \(give --from juliet@localhost too\)'),
                           (['--from', 'mercutio@localhost', '--yes'],
                            r'juliet@localhost is not among --from \(give --from juliet@localhost too\)')):
        receiver = t.receiver('romeo', *options)
        t.exits(t.jingle('juliet', 'send', receiver.jid, t.file('letter', b'a')), 5)
        receiver.expect(f'^jingle: letter: declined: {words}$', 'err')
        t.equal(len(re.findall(warning, receiver.text('err'), re.M)), 0 if '--from' in options else 1, 'warnings')


@test('--from takes from these alone')
def _(t):
    receiver = t.receiver('romeo', '--from', 'Mercutio@LOCALHOST', '--from', 'tybalt@localhost/raw')
    t.exits(t.jingle('juliet', 'send', receiver.jid, t.file('no', b'a')), 5)
    t.exits(t.jingle('tybalt', 'send', receiver.jid, t.file('no', b'a')), 5)  # another resource
    t.exits(t.jingle('mercutio', 'send', receiver.jid, t.file('yes', b'a')), 0)
    upload = Upload(raw(t, 'tybalt'), receiver.jid, 'also', b'abc')
    upload.finish()
    t.equal(upload.ended(), 'success', 'the reason')
    t.equal(t.files(whole=False), ['also', 'yes'], 'the folder')


@test('--from with --yes declines all others')
def _(t):
    receiver = t.receiver('romeo', '--yes', '--from', 'mercutio@localhost')
    t.exits(t.jingle('juliet', 'send', receiver.jid, t.file('no', b'a')), 5)
    t.exits(t.jingle('mercutio', 'send', receiver.jid, t.file('yes', b'a')), 0)


@test('--once does not end for what is declined')
def _(t):
    receiver = t.receiver('romeo', '--once', '--from', 'mercutio@localhost')
    t.exits(t.jingle('juliet', 'send', receiver.jid, t.file('no', b'a')), 5)
    t.exits(t.jingle('mercutio', 'send', receiver.jid, t.file('yes', b'a')), 0)
    t.exits(receiver, 0)


@test('--once takes one of two at the same time')
def _(t):
    receiver = t.receiver('romeo', '--once', '--yes', '--json')
    first = Upload(raw(t, 'mercutio'), receiver.jid, 'first', b'abc')
    first.open()
    t.exits(t.jingle('juliet', 'send', receiver.jid, t.file('second', b'a')), 5)
    first.send_all()
    first.close()
    first.ended()
    t.exits(receiver, 0)
    t.equal(t.files(whole=False), ['first'], 'the folder')


def turns(process):
    """How often it has waited for something."""
    with open(f'/proc/{process.pid}/status', encoding='ascii') as status:
        return int(re.search(r'^voluntary_ctxt_switches:\s+(\d+)', status.read(), re.MULTILINE).group(1))


@test('who waits hardly wakes, for offers or for an answer of the user')
def _(t):
    receiver = t.terminal('romeo', 'receive', '--to', t.folder('in'))
    jid = receiver.expect(r'^ready (\S+)$', 'out').group(1)
    time.sleep(3)
    for most, seconds in ((12, 5), (150, 3)):
        before = turns(receiver.process)
        time.sleep(seconds)
        t.true(turns(receiver.process) - before <= most, f'more than {most} turns in {seconds} s')
        if most == 12:
            sender = t.jingle('juliet', 'send', jid, t.file('a', b'a'))
            receiver.expect_screen('Take it')
            time.sleep(2)
    before = turns(sender.process)
    time.sleep(3)
    t.true(turns(sender.process) - before <= 150, 'more than 150 turns of the sender in 3 s')
    receiver.type('y\n')
    t.exits(sender, 0)


@test('--once waits a little for more of who does not go, and for nobody else')
def _(t):
    receiver = t.receiver('romeo', '--once', '--yes')
    peer = raw(t, 'mercutio')
    for name in ('first', 'second'):
        upload = Upload(peer, receiver.jid, name, b'abc')
        upload.finish()
        t.equal(upload.ended(), 'success', 'the reason')
    stranger = t.jingle('juliet', 'send', receiver.jid, t.file('other', b'a'))
    t.exits(receiver, 0)
    t.true(stranger.wait() in (4, 5), 'another one was taken too')  # it came too late, or too early
    t.equal(t.files(whole=False), ['first', 'second'], 'the folder')


def wait_until_it_writes(process):
    """Until it waits for somebody to read what it writes. Skips where the system does not say what it waits for."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        with open(f'/proc/{process.pid}/wchan', encoding='ascii') as wchan:
            where = wchan.read()
        if 'pipe_write' in where:
            return
        if process.process.poll() is not None:
            raise Failed('it has ended without telling of the end of the stream')
        time.sleep(0.02)
    if where in ('', '0'):
        raise Skipped('the system does not say what a process waits for')
    raise Failed(f'it does not wait for the reader of its words, but in {where}')


# The end of the stream is told of with --verbose before it is handled: there it waits until the words are read.
@test('who reads our output leaves as the file ends: it fails, and one error is told of')
def _(t):
    for name in ('data', 'words'):
        os.mkfifo(t.path(name))
    reader = os.open(t.path('data'), os.O_RDONLY | os.O_NONBLOCK)
    words = os.open(t.path('words'), os.O_RDWR | os.O_NONBLOCK)
    t.last(lambda: os.close(words))
    peer = raw(t, 'mercutio')
    receiver = t.start(['sh', '-c', 'exec "$0" "$@" >data 2>words', t.program, 'receive', *t.account('romeo'), '--once',
                        '--yes', '--verbose', '--to', '-'], name='jingle receive', env=t.clean(None), cwd=t.path())
    jid = peer.presence_of('romeo@localhost').get('from')
    upload = Upload(peer, jid, 'long', os.urandom(67_000))  # more than a pipe holds: some of the last block
    upload.open()
    upload.send_all()
    told = os.read(words, 1 << 16)
    for piece in (1 << 12, 1):
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(words, b'\n' * piece)
    peer.send_iq('set', jid, f"<close xmlns='{IBB}' sid='{upload.stream}'/>")
    wait_until_it_writes(receiver)
    os.close(reader)
    while receiver.process.poll() is None:
        told += os.read(words, 1 << 16) if select.select([words], [], [], 0.1)[0] else b''
    t.exits(receiver, 1)
    t.true(upload.ended() != 'success', 'success')
    told += os.read(words, 1 << 16) if select.select([words], [], [], 0)[0] else b''
    t.true(re.search(rb'\n\n<- [^\n]* close of=ibb ', told), 'it was held up by other words than those wanted')
    errors = re.findall('^jingle: .*', told.decode(), re.MULTILINE)
    t.true(len(errors) == 1 and errors[0].startswith('jingle: long: '), f'the errors are {errors}')


@test('--quota counts what was kept once while it is read again')
def _(t):
    receiver = t.receiver('romeo', '--yes', '--quota', '130000')
    peer = raw(t, 'mercutio')
    large, small = os.urandom(100_000), os.urandom(20_000)

    def upload(name, data):
        made = Upload(peer, receiver.jid, name, data)
        made.content = made.content.replace("name='a'", f"name='{name}'").replace('</file>', '<range/></file>')
        return made

    cut = upload('large', large)
    cut.open()
    cut.send_all(large[:10 * cut.block])
    peer.act(receiver.jid, 'session-terminate', cut.sid, reason='<connectivity-error/>')
    receiver.expect('large: .*kept')
    rest, other = upload('large', large), upload('small', small)
    rest.content += other.content  # of one session: the second is looked at as soon as the first is accepted
    rest.offer()
    accepted = peer.jingle('session-accept')
    t.equal([content.get('name') for content in accepted.findall('{*}content')], ['large', 'small'], 'what is taken')
    offset = int(accepted.find('.//{*}range').get('offset'))
    t.true(offset > 0, 'nothing was kept')
    for each, data in ((rest, large[offset:]), (other, small)):
        each.open_stream()
        each.send_all(data)
        each.close()
    rest.ended()
    t.equal(t.files(whole=False), ['large', 'small'], 'the folder')


@test('--max-size')
def _(t):
    receiver = t.receiver('romeo', '--yes', '--max-size', '2K')
    sender = t.jingle('juliet', 'send', receiver.jid, t.file('large', b'x' * 2049))
    t.exits(sender, 1)
    t.says(sender, 'large', 'err')
    t.exits(t.jingle('juliet', 'send', receiver.jid, t.file('fits', b'x' * 2048)), 0)
    t.equal(t.files(whole=False), ['fits'], 'the folder')
    # One that says nothing about its size is cut off
    liar = Upload(raw(t, 'mercutio'), receiver.jid, 'liar', b'y' * 9000)
    liar.content = liar.content.replace('<size>9000</size>', '')
    if liar.offer().get('type') == 'result':
        liar.peer.jingle('session-accept')
        liar.peer.request(liar.to, f"<open xmlns='http://jabber.org/protocol/ibb' block-size='4096' sid='{liar.stream}'/>")
        liar.send_all()
        t.true(liar.ended() != 'success', 'a file that is too large was taken')
    t.equal(t.files(whole=False), ['fits'], 'the folder')


@test('what --max-size declines is told, counts as offered, and is a matter of those alone who may send')
def _(t):
    large = t.file('large', b'x' * 300001)
    receiver = t.receiver('romeo', '--from', 'juliet@localhost', '--max-size', '300000', '--timeout', '5')
    sender = t.jingle('juliet', 'send', receiver.jid, large)
    t.exits(sender, 1)
    t.says(sender, 'large: larger than announced or allowed: .*the other side has to allow more', 'err')
    t.exits(t.jingle('mercutio', 'send', receiver.jid, large), 5)
    t.exits(receiver, 1)
    t.says(receiver, r'^jingle: large: declined: larger than --max-size \(293\.0 KiB\)$', 'err')
    t.says(receiver, 'nothing that was offered was taken$', 'err')
    told = t.receiver('romeo', '--yes', '--max-size', '300000', '--json')
    t.exits(t.jingle('juliet', 'send', told.jid, large), 1)
    t.equal(told.event('failed')['reason'], 'too-large', 'the reason')
    t.equal(told.event('offer')['file'], 'large', 'what was offered')
    t.equal(t.files(whole=False), [], 'the folder')


@test('--max-size ends what says nothing of its size')
def _(t):
    receiver = t.receiver('romeo', '--yes', '--max-size', '100K', '--json')
    sender = t.start(['sh', '-c', 'head -c 2000000 /dev/zero | "$0" "$@"', t.program, 'send', *t.account('juliet'),
                      receiver.jid, '-'], name='jingle send', env=t.clean(None))
    t.exits(sender, 1)
    t.equal(receiver.event('failed')['reason'], 'too-large', 'the reason')
    t.equal(t.files(whole=False), [], 'the folder')


@test('--max-size is the most that standard output gets')
def _(t):
    taken = t.path('taken')
    receiver = t.start(['sh', '-c', f'exec "$0" "$@" >{taken}', t.program, 'receive', *t.account('romeo'), '--yes',
                        '--once', '--max-size', '100K', '--to', '-'], name='jingle receive', env=t.clean(None))
    jid = receiver.expect(r'ready (\S+)').group(1)
    sender = t.start(['sh', '-c', 'head -c 2000000 /dev/zero | "$0" "$@"', t.program, 'send', *t.account('juliet'),
                      jid, '-'], name='jingle send', env=t.clean(None))
    t.exits(sender, 1)
    t.exits(receiver, 1)
    t.equal(os.path.getsize(taken), 102400, 'octets on standard output')


def asked(t, name='a.txt', content=b'content'):
    """`receive` on a terminal, with a question on it, and who waits for the answer."""
    receiver = t.terminal('romeo', 'receive', '--to', t.folder('in'))
    jid = receiver.expect(r'^ready (\S+)$', 'out').group(1)
    sender = t.jingle('juliet', 'send', jid, t.file(name, content))
    receiver.expect_screen(rf'juliet@localhost/\S+ offers {name} \({len(content)} bytes, [a-z/-]+\)\. Take it\? \[y/N, a: all of theirs\] ')
    return receiver, sender, jid


@test('on a terminal: yes')
def _(t):
    receiver, sender, _ = asked(t)
    receiver.type('y\n')
    t.exits(sender, 0)
    receiver.expect(r'^received .*a\.txt')
    t.same(t.path('a.txt'), t.path('in', 'a.txt'))


@test('on a terminal: no, in several ways')
def _(t):
    receiver, sender, jid = asked(t)
    receiver.type('n\n')
    t.exits(sender, 5)
    for answer in ('\n', 'what?\n', '\x04'):  # the last is the end of input
        sender = t.jingle('juliet', 'send', jid, t.path('a.txt'))
        screen = len(receiver.screen)
        while 'Take it?' not in receiver.screen[screen:]:
            receiver.expect_screen(r'Take it\?')
            if sender.process.poll() is not None:
                raise Failed('nobody was asked')
            time.sleep(0.02)
        receiver.type(answer)
        t.exits(sender, 5)
    t.exits(t.jingle('juliet', 'send', jid, t.path('a.txt')), 5)  # nobody is there any more
    t.equal(t.files(whole=False), [], 'the folder')


@test('on a terminal: one question after the other')
def _(t):
    receiver, first, jid = asked(t)
    second = t.jingle('mercutio', 'send', jid, t.file('b.txt', b'other'))
    second.expect('offering')
    receiver.type('n\n')
    t.exits(first, 5)
    receiver.expect_screen(r'mercutio@localhost/\S+ offers b\.txt')
    receiver.type('yes\n')
    t.exits(second, 0)


@test('on a terminal: all of one sender, and nobody else')
def _(t):
    receiver, first, jid = asked(t)
    second = t.jingle('juliet', 'send', jid, t.file('b.txt', b'other'))
    receiver.expect_screen('offers b.txt too')
    receiver.type('a\n')
    t.exits(first, 0)
    t.exits(second, 0)  # it had been put by
    t.exits(t.jingle('juliet', 'send', jid, t.file('c.txt', b'c'), t.file('d.txt', b'd')), 0)
    t.true(not re.search(r'[bcd]\.txt \([^\n]*Take it', receiver.screen), 'more was asked')
    third = t.jingle('mercutio', 'send', jid, t.file('e.txt', b'e'))
    receiver.expect_screen(r'mercutio@localhost/\S+ offers e\.txt .*Take it')
    receiver.type('\x04')  # nobody is asked any more, and what was said counts on
    t.exits(third, 5)
    t.exits(t.jingle('juliet', 'send', jid, t.file('f.txt', b'f')), 0)
    t.equal(t.files(), ['a.txt', 'b.txt', 'c.txt', 'd.txt', 'f.txt'], 'the folder')


@test('on a terminal: the offer goes before the answer comes')
def _(t):
    receiver, sender, _ = asked(t)
    sender.signal(signal.SIGINT)
    t.exits(sender, 130)
    receiver.expect_screen('the offer was withdrawn')
    receiver.process.send_signal(signal.SIGINT)
    t.exits(receiver, 130)


@test('on a terminal nobody answers: the sender gives up')
def _(t):
    receiver = t.terminal('romeo', 'receive', '--to', t.folder('in'))
    jid = receiver.expect(r'^ready (\S+)$', 'out').group(1)
    sender = t.jingle('juliet', 'send', '--timeout', '2', jid, t.file('a', b'a'))
    t.exits(sender, 1)
    t.says(sender, 'did not take it in time', 'err')
    receiver.expect_screen('the offer was withdrawn')


@test('receive --timeout')
def _(t):
    receiver = t.receiver('romeo', '--timeout', '5')
    t.exits(receiver, 1)
    t.says(receiver, 'nothing was offered within 5 s', 'err')


@test('receive --timeout after an offer that was declined')
def _(t):
    peer = raw(t, 'juliet')
    receiver = t.receiver('romeo', '--timeout', '3')
    upload = Upload(peer, receiver.jid, 'a', b'abc')
    upload.offer()
    t.equal(upload.ended(), 'decline', 'the reason')
    t.exits(receiver, 1)
    t.says(receiver, 'nothing that was offered was taken$', 'err')


@test('send takes no offers')
def _(t):
    peer = raw(t, 'romeo')
    sender = t.jingle('juliet', 'send', peer.jid, t.file('a', b'a'))
    download = Download(peer)
    upload = Upload(peer, download.to, 'unasked', b'abc')
    t.equal(upload.offer().get('type'), 'result', 'the answer')
    t.equal(upload.ended(), 'decline', 'the reason')
    download.end('decline')
    t.exits(sender, 5)


@test('the example bot sends what it is asked for, to who may ask')
def _(t):
    content = b'the report' * 1000
    t.folder('shared')
    t.file('shared/report.txt', content)
    bot = t.start([os.path.join(BUILD, 'examples', 'send_bot'), t.server.jid('romeo'), t.path('shared'),
                   t.server.jid('juliet')], name='send_bot',
                  env=t.clean({'JINGLE_PASSWORD': t.server.password('romeo'), 'JINGLE_SERVER': t.server.address,
                               'JINGLE_CA': t.server.ca}))
    jid = bot.expect(r'^ready (\S+)$', 'out').group(1)
    stranger, friend = raw(t, 'mercutio'), raw(t, 'juliet')

    def ask(peer, words):
        peer.raw(f"<message type='chat' to='{jid}'><body>send {words}</body></message>")

    def answer(peer):
        return peer.wait(lambda s: s.tag.endswith('}message'), 'an answer').find('{jabber:client}body').text

    ask(stranger, 'report.txt')
    ask(friend, '../in')
    t.equal(answer(friend), 'That is no name of a file.', 'the answer')
    ask(friend, 'nothing')
    t.true(answer(friend).startswith('nothing: '), 'it does not say that there is no such file')
    ask(friend, 'report.txt')
    download = Download(friend)
    download.accept()
    t.equal(download.take(), content, 'the data')
    download.end('success')
    bot.expect('^sending report.txt through the servers')
    bot.expect('^report.txt: transferred')
    t.true(not [s for s in stranger.inbox if s.tag.endswith(('}iq', '}message'))], 'a stranger got something')


# ---- receivers that behave badly -------------------------------------------------------------

def to_raw(t, content=b'x' * 10000):
    peer = raw(t, 'romeo')
    sender = t.jingle('juliet', 'send', '--json', peer.jid, t.file('a.bin', content))
    return sender, Download(peer)


@both('a receiver that takes it all')
def _(t):
    sender, download = to_raw(t, b'0123456789' * 3000)
    download.accept()
    t.equal(download.take(), b'0123456789' * 3000, 'the data')
    download.end('success')
    t.exits(sender, 0)


@both('a receiver that declines')
def _(t):
    sender, download = to_raw(t)
    download.end('decline', 'not now')
    t.exits(sender, 5)


@both('a receiver that finds the content wrong')
def _(t):
    sender, download = to_raw(t)
    download.accept()
    download.take()
    download.end('media-error', 'the hash is wrong')
    t.exits(sender, 6)
    t.equal(sender.event('failed')['reason'], 'not-verified', 'the reason')


@both('a receiver that cannot take files after all')
def _(t):
    for reason in ('unsupported-applications', 'unsupported-transports', 'incompatible-parameters'):
        sender, download = to_raw(t)
        download.end(reason)
        t.exits(sender, 4)
        download.peer.close()


@both('a receiver that refuses the offer')
def _(t):
    peer = raw(t, 'romeo')
    for error in ('service-unavailable', 'item-not-found', 'bad-request', 'feature-not-implemented'):
        sender = t.jingle('juliet', 'send', peer.jid, t.file('a', b'a'))
        offer = peer.wait(lambda s: tag(s) == 'iq' and len(s) and tag(s[0]) == 'jingle', 'the offer')
        peer.error(offer, error)
        t.exits(sender, 4)


@both('a receiver that is busy, or goes')
def _(t):
    for reason, status in (('busy', 5), ('gone', 1), ('general-error', 1), ('cancel', 1)):
        sender, download = to_raw(t)
        download.end(reason)
        t.exits(sender, status)
        download.peer.close()


@both('a receiver whose connection breaks')
def _(t):
    sender, download = to_raw(t)
    download.accept()
    download.peer.close()
    t.exits(sender, 1)


# ---- senders that behave badly ---------------------------------------------------------------

def from_raw(t, name='a.bin', data=b'x' * 10000, receive=(), **options):
    receiver = t.receiver('romeo', '--once', '--yes', '--json', *receive)
    return receiver, Upload(raw(t, 'juliet'), receiver.jid, name, data, **options)


@both('a sender that means well')
def _(t):
    data = bytes(range(256)) * 100
    receiver, upload = from_raw(t, data=data)
    upload.finish()
    t.equal(upload.ended(), 'success', 'the reason')
    t.exits(receiver, 0)
    with open(t.path('in', 'a.bin'), 'rb') as f:
        t.equal(f.read(), data, 'the content')


@both('a sender that means well, by messages')
def _(t):
    data = bytes(range(256)) * 200
    receiver, upload = from_raw(t, data=data, by='message')
    upload.finish()
    t.equal(upload.ended(), 'success', 'the reason')
    t.exits(receiver, 0)
    with open(t.path('in', 'a.bin'), 'rb') as f:
        t.equal(f.read(), data, 'the content')


@both('a sender that never tells the hash which it has announced')
def _(t):
    for hashes, words in ((f"<hash-used xmlns='{HASHES}' algo='sha-256'/>", 'the announced hash did not come'),
                          ('', 'the sender gave no hash')):
        receiver = t.receiver('romeo', '--once', '--yes')
        upload = Upload(raw(t, 'juliet'), receiver.jid, 'a.bin', b'x' * 10000, hashes=hashes)
        upload.finish()
        t.equal(upload.ended(), 'success', 'the reason')
        t.exits(receiver, 0)
        t.true(f'not verified: {words}' in receiver.text(), receiver.text())
        upload.peer.close()


@both('a wrong hash in the offer')
def _(t):
    receiver, upload = from_raw(t, hashes=hash_element(b'something else'))
    upload.open()
    upload.send_all()
    t.equal(upload.ended(), 'media-error', 'the reason')
    t.exits(receiver, 6)
    t.equal(receiver.event('failed')['reason'], 'not-verified', 'the reason')
    t.equal(t.files(whole=False), [], 'the folder')


@both('a wrong hash at the end')
def _(t):
    receiver, upload = from_raw(t, hashes=f"<hash-used xmlns='{HASHES}' algo='sha-256'/>")
    upload.open()
    upload.peer.act(upload.to, 'session-info', upload.sid,
                    f"<checksum xmlns='{FILE}' creator='initiator' name='a'><file>{hash_element(b'else')}</file></checksum>")
    upload.send_all()
    t.equal(upload.ended(), 'media-error', 'the reason')
    t.exits(receiver, 6)
    t.equal(t.files(whole=False), [], 'the folder')


@both('no hash at all')
def _(t):
    receiver, upload = from_raw(t, hashes='')
    upload.finish()
    t.equal(upload.ended(), 'success', 'the reason')
    t.exits(receiver, 0)
    t.equal(t.files(whole=False), ['a.bin'], 'the folder')


@both('less than was announced')
def _(t):
    receiver, upload = from_raw(t, size=20000)
    upload.open()
    upload.send_all()
    upload.close()
    t.true(upload.ended() != 'success', 'success')
    t.exits(receiver, 1)
    t.equal(receiver.event('failed')['reason'], 'short', 'the reason')
    t.equal(t.files(whole=False), [], 'the folder')


@both('more than was announced')
def _(t):
    receiver, upload = from_raw(t, size=5000)
    upload.open()
    upload.send_all()
    t.true(upload.ended() != 'success', 'success')
    t.exits(receiver, 1)
    t.equal(t.files(whole=False), [], 'the folder')


@both('a block out of sequence')
def _(t):
    receiver, upload = from_raw(t)
    upload.open()
    upload.send(0, b'x' * 4096)
    t.equal(upload.send(2, b'x' * 4096).get('type'), 'error', 'the answer')
    upload.ended()
    t.exits(receiver, 1)
    t.equal(t.files(whole=False), [], 'the folder')


@both('a block that is too large, or no base64')
def _(t):
    for block in ('x' * 6000, '!!!!'):
        receiver, upload = from_raw(t, receive=('--timeout', '3'))
        upload.open()
        answer = upload.peer.request(upload.to, f"<data xmlns='http://jabber.org/protocol/ibb' seq='0' "
                                     f"sid='{upload.stream}'>{block}</data>")
        t.equal(answer.get('type'), 'error', 'the answer')
        upload.ended()
        t.exits(receiver, 1)
        t.equal(t.files(whole=False), [], 'the folder')
        upload.peer.close()


@both('a block from a stranger')
def _(t):
    receiver, upload = from_raw(t)
    upload.open()
    upload.send(0, b'x' * 4096)
    stranger = raw(t, 'tybalt')
    answer = stranger.request(upload.to, upload.block_xml(1, b'EVIL'))
    t.equal((answer.get('type'), condition(answer)), ('error', 'item-not-found'), 'the answer')
    answer = stranger.act(upload.to, 'session-terminate', upload.sid, reason='<success/>')
    t.equal(answer.get('type'), 'error', 'the answer')
    upload.send(1, b'x' * 4096)
    upload.send(2, b'x' * 1808)
    upload.close()
    t.equal(upload.ended(), 'success', 'the reason')
    t.exits(receiver, 0)


@both('a sender that stalls')
def _(t):
    receiver, upload = from_raw(t, receive=('--timeout', '2'))
    upload.open()
    upload.send(0, b'x' * 4096)
    t.true(upload.ended() != 'success', 'success')
    t.exits(receiver, 1)
    t.equal(receiver.event('failed')['reason'], 'timeout', 'the reason')
    t.equal(t.files(whole=False), [], 'the folder')


@both('names that want out of the folder')
def _(t):
    receiver = t.receiver('romeo', '--yes', '--json', folder='deep/in/there')
    peer = raw(t, 'juliet')
    names = ('../../evil', '/tmp/evil', '..', '.', '', '.profile', 'a/../../b', 'c:\\windows\\evil', 'nul', 'CON.txt',
             'x' * 5000, '\u202egpj.exe', 'tab\tand\x7f', ' ', '-rf', 'a.part', None)
    for name in names:
        upload = Upload(peer, receiver.jid, name, b'harmless')
        upload.finish()
        t.equal(upload.ended(), 'success', f'the reason, for {name!r}')
    found = t.files('deep/in/there', whole=False)
    t.equal(len(found), len(names), f'number of files ({found})')
    for name in found:
        t.true(not name.startswith(('.', ' ')) and '/' not in name and '\u202e' not in name and '\\' not in name
               and len(name.encode()) <= 255 and name.isprintable(), f'{name!r} is in the folder')
    t.equal(t.files('deep'), ['in'], 'the folder above')
    t.equal(t.files('deep/in'), ['there'], 'the folder above')


@both('rubbish')
def _(t):
    receiver = t.receiver('romeo', '--yes')
    peer = raw(t, 'tybalt')
    for xml in ('', '<content/>', "<content creator='initiator' name='a'/>", "<content name=''>" + '<a>' * 60 + '</a>' * 60
                + '</content>', '<reason/>', "<content creator='x' name='y' senders='z'><description xmlns='"
                + FILE + "'/><transport xmlns='urn:xmpp:jingle:transports:ibb:1'/></content>"):
        for action in ('session-initiate', 'session-accept', 'transport-replace', 'nonsense', ''):
            answer = peer.act(receiver.jid, action, 'x', xml)
            t.equal(answer.get('type'), 'error', f'the answer to {action} with {xml[:40]}')
    for payload in ("<open xmlns='http://jabber.org/protocol/ibb' sid='x' block-size='4096'/>",
                    "<data xmlns='http://jabber.org/protocol/ibb' sid='x' seq='0'>AAAA</data>",
                    "<close xmlns='http://jabber.org/protocol/ibb' sid='x'/>", '<nothing/>',
                    "<query xmlns='http://jabber.org/protocol/bytestreams'/>"):
        t.equal(peer.request(receiver.jid, payload).get('type'), 'error', f'the answer to {payload}')
    t.exits(t.jingle('juliet', 'send', receiver.jid, t.file('a', b'a')), 0)


def main_of(name):
    users = [*FRIENDS, 'tybalt']
    if name == 'ejabberd':
        main(lambda folder: Ejabberd(folder, users=users, tls='optional'), [(f'{name}: {n}', f) for n, f in BOTH])
    else:
        main(lambda folder: Server(folder, users=users, tls='optional',
                                   options={'allow_unencrypted_plain_auth': True}))


if __name__ == '__main__':
    main_of(sys.argv.pop(1))
