#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A bot that is killed with kill -9 in the middle of a negotiation or of a transfer, starts again with the
same JID and carries on; that connects again when its connection breaks, or the server is restarted, and carries
on; and that is told to end (examples/restart_bot.c)."""
import base64
import os
import signal
import sys
import threading
import time

from harness import BUILD, DEADLINE, Failed, main, test
from rawpeer import FILE, IBB, IBB_TRANSPORT, JINGLE, RawPeer, Upload, condition, ns, tag
from relay import Relay, Via
from servers import Ejabberd, Prosody


class Bot:
    """Started as often as it is killed, always with the same arguments."""

    def __init__(self, t, peer=None, file=None, server=None):
        self.t, self.server = t, server or t.server
        self.folder = t.folder('in')
        self.arguments = [*(['-f', file] if file else []), t.server.jid('romeo') + '/bot', self.folder,
                          peer or t.server.jid('juliet')]
        self.start()

    def start(self):
        env = {'JINGLE_PASSWORD': self.server.password('romeo'), 'JINGLE_SERVER': self.server.address,
               'JINGLE_CA': self.server.ca}
        self.program = self.t.start([os.path.join(BUILD, 'examples', 'restart_bot'), *self.arguments],
                                    name='restart_bot', env=self.t.clean(env))
        self.jid = self.program.expect(r'^ready (\S+)$', 'out').group(1)

    def crash(self):
        """At once: no handler of its own sees it coming."""
        self.program.signal(signal.SIGKILL)
        self.t.equal(self.program.wait(), -signal.SIGKILL, 'the exit status')

    def restart(self, state):
        jid = self.jid
        self.crash()
        self.start()
        self.t.equal(self.jid, jid, 'the JID afterwards')
        self.program.expect(rf'^restored \S+ with \S+, {state}$', 'out')

    def saved(self):
        return [name for name in os.listdir(os.path.join(self.folder, 'state')) if name.startswith('session-')]


class Download:
    """A file that the bot offers to a raw peer, in-band."""

    def __init__(self, peer):
        self.peer, self.data, self.seq = peer, b'', 0
        offer = peer.jingle('session-initiate')
        self.bot, self.sid = offer.get('peer'), offer.get('sid')
        content = offer.find('{%s}content' % JINGLE)
        self.name = content.get('name')
        transport = content.find('{%s}transport' % IBB_TRANSPORT)
        self.stream, self.block = transport.get('sid'), transport.get('block-size')

    def accept(self):
        content = (f"<content creator='initiator' name='{self.name}' senders='initiator'><description xmlns='{FILE}'/>"
                   f"<transport xmlns='{IBB_TRANSPORT}' sid='{self.stream}' block-size='{self.block}'/></content>")
        answer = self.peer.act(self.bot, 'session-accept', self.sid, content)
        if answer.get('type') != 'result':
            raise Failed('the accept was refused')

    def stanza(self, name):
        return self.peer.wait(lambda s: tag(s) == 'iq' and len(s) and ns(s[0]) == IBB and tag(s[0]) == name, name)

    def take(self, octets):
        """Blocks in their order, each answered, until there is so much."""
        while len(self.data) < octets:
            block = self.stanza('data')
            if int(block[0].get('seq')) != self.seq % 65536:
                raise Failed(f'block {block[0].get("seq")} comes after {self.seq - 1}')
            self.data += base64.b64decode(block[0].text)
            self.seq += 1
            self.peer.reply(block)

    def catch_up(self):
        """Takes the next block; what we have is sent again before it, and refused."""
        while True:
            block = self.stanza('data')
            if int(block[0].get('seq')) == self.seq:
                break
            self.peer.error(block, 'unexpected-request')
        self.data += base64.b64decode(block[0].text)
        self.seq += 1
        self.peer.reply(block)

    def finish(self):
        self.peer.reply(self.stanza('close'))
        self.peer.act(self.bot, 'session-terminate', self.sid, reason='<success/>')


def peer(t):
    made = RawPeer(t.server, 'juliet')
    t.last(made.close)
    return made


def relay(t):
    made = Relay(t.server.ports['c2s'])
    t.last(made.close)
    return made


def upload_blocks(upload, begin, end):
    """Sends blocks of the file; each must be acknowledged."""
    for number in range(begin, end):
        answer = upload.send(number, upload.data[number * upload.block:(number + 1) * upload.block])
        if answer.get('type') != 'result':
            raise Failed(f'block {number} is refused: {condition(answer)}')


def begin_upload(t, bot, juliet, name):
    """A file of ten blocks to the bot, three of which have arrived."""
    upload = Upload(juliet, bot.jid, name, os.urandom(40_000))
    t.equal(upload.open().get('type'), 'result', 'the answer to open')
    upload_blocks(upload, 0, 3)
    t.equal(len(bot.saved()), 1, 'saved sessions')
    return upload


def finish_upload(t, bot, upload, name):
    upload_blocks(upload, 3, 10)
    upload.close()
    upload.peer.jingle('session-terminate')
    bot.program.expect(f'^{name}: done$', 'out')
    t.true(content(os.path.join(bot.folder, name)) == upload.data, 'it is not what was sent')
    t.equal(bot.saved(), [], 'what is still saved')


def content(path):
    with open(path, 'rb') as f:
        return f.read()


@test('killed when its offer is not accepted yet')
def _(t):
    juliet = peer(t)
    path = t.random_file('a.bin', 20_000)
    bot = Bot(t, juliet.jid, path)
    download = Download(juliet)
    bot.program.expect('is pending', 'out')
    bot.restart('pending')
    download.accept()
    juliet.reply(download.stanza('open'))
    download.take(20_000)
    t.true(download.data == content(path), 'it is not what was sent')
    download.finish()
    bot.program.expect('^a.bin: done$', 'out')
    t.equal(bot.saved(), [], 'what is still saved')


@test('killed between two blocks that it sends, again and again')
def _(t):
    juliet = peer(t)
    path = t.random_file('b.bin', 100_000)
    bot = Bot(t, juliet.jid, path)
    download = Download(juliet)
    download.accept()
    juliet.reply(download.stanza('open'))
    for octets in (4096, 40_000, 80_000):
        download.take(octets)
        download.stanza('data')  # what it has sent last is not answered
        bot.restart('active')
        download.catch_up()
    download.take(100_000)
    t.true(download.data == content(path), 'it is not what was sent')
    download.finish()
    bot.program.expect('^b.bin: done$', 'out')


@test('killed while it sends to the command')
def _(t):
    receiver = t.receiver('juliet', '--yes', '--once', folder='got')
    path = t.random_file('c.bin', 500_000)
    bot = Bot(t, receiver.jid, path)
    bot.program.expect(r'^at (\d+)$', 'out')
    bot.restart('active')
    bot.program.expect(r'^sending c.bin from [1-9]', 'out')
    bot.program.expect('^c.bin: done$', 'out')
    t.exits(receiver, 0)
    t.same(path, t.path('got', 'c.bin'))


@test('killed between two blocks that it receives')
def _(t):
    juliet = peer(t)
    bot = Bot(t)
    data = os.urandom(60_000)
    upload = Upload(juliet, bot.jid, 'd.bin', data)
    if upload.open().get('type') != 'result':
        raise Failed('the stream is not opened')
    for number, offset in enumerate(range(0, len(data), upload.block)):
        if number in (1, 7):
            bot.restart('active')
            bot.program.expect(r'^receiving d.bin from [1-9]', 'out')
        answer = upload.send(number, data[offset:offset + upload.block])
        t.equal(answer.get('type'), 'result', f'the answer to block {number}')
    upload.close()
    juliet.jingle('session-terminate')
    bot.program.expect('^d.bin: done$', 'out')
    t.true(content(os.path.join(bot.folder, 'd.bin')) == data, 'it is not what was sent')
    t.equal(bot.saved(), [], 'what is still saved')


def is_of_server(error):
    """The server answers for whom it has lost, though there was an answer: Prosody's condition, ejabberd's text."""
    return condition(error) == 'recipient-unavailable' or 'User session terminated' in error.itertext()


@test('killed before its answers are heard, and asked again under the same ids')
def _(t):
    juliet = peer(t)
    bot = Bot(t)
    data = os.urandom(20_000)
    upload = Upload(juliet, bot.jid, 'f.bin', data)

    def ask(number, payload):
        juliet.raw(f"<iq type='set' id='{number}' to='{bot.jid}'>{payload}</iq>")
        answer = juliet.wait(lambda s: s.get('id') == number and s.get('type') in ('result', 'error')
                             and not is_of_server(s), number)
        t.equal(answer.get('type'), 'result', f'the answer to {number}')

    def ask_twice(number, payload):
        ask(number, payload)
        bot.restart('active')
        ask(number, payload)

    def acceptance():
        return juliet.wait(lambda s: len(s) and s[0].get('action') == 'session-accept', 'session-accept')

    offer = f"<jingle xmlns='{JINGLE}' action='session-initiate' sid='{upload.sid}'>{upload.content}</jingle>"
    ask('the-offer', offer)
    first = acceptance()
    bot.restart('active')
    second = acceptance()  # nobody has answered it
    t.equal(second.get('id'), first.get('id'), 'the id of the second session-accept')
    juliet.error(second, 'unexpected-request')
    ask('the-offer', offer)
    ask_twice('the-open', f"<open xmlns='{IBB}' block-size='{upload.block}' sid='{upload.stream}'/>")
    for number, offset in enumerate(range(0, len(data), upload.block)):
        block = upload.block_xml(number, data[offset:offset + upload.block])
        (ask_twice if number in (0, 2) else ask)(f'block-{number}', block)
    upload.close()
    juliet.jingle('session-terminate')
    bot.program.expect('^f.bin: done$', 'out')
    t.true(content(os.path.join(bot.folder, 'f.bin')) == data, 'it is not what was sent')


@test('killed while it receives from the command, which offers it again')
def _(t):
    bot = Bot(t)
    path = t.random_file('e.bin', 500_000)
    sender = t.jingle('juliet', 'send', bot.jid, path)
    bot.program.expect(r'^at (\d+)$', 'out')
    bot.crash()
    sender.kill()  # it would wait a minute for the answer to its last block
    bot.start()
    bot.program.expect(r'^restored \S+ with \S+, active$', 'out')
    bot.program.expect(r'^receiving e.bin from [1-9]', 'out')
    t.exits(t.jingle('juliet', 'send', bot.jid, path), 0)
    bot.program.expect('^e.bin: done$', 'out')
    t.same(path, os.path.join(bot.folder, 'e.bin'))
    t.says(bot.program, r'from [1-9]\d*\n.*from [1-9]', 'out')


# ---- the connection goes, and not the bot -----------------------------------------------------------------


@test('its connection breaks while it receives')
def _(t):
    juliet, way = peer(t), relay(t)
    bot = Bot(t, server=Via(t.server, way))
    upload = begin_upload(t, bot, juliet, 'g.bin')
    way.cut()
    bot.program.expect_again(r'^ready (\S+)$', 'out')
    finish_upload(t, bot, upload, 'g.bin')


@test('its connection breaks while it waits for the answer to its last words, which were lost')
def _(t):
    juliet, way = peer(t), relay(t)
    bot = Bot(t, server=Via(t.server, way))
    upload = begin_upload(t, bot, juliet, 'l.bin')
    upload_blocks(upload, 3, 10)
    way.swallows = True  # what the bot says from here on
    threading.Thread(target=upload.close, daemon=True).start()
    end = time.monotonic() + DEADLINE
    while 'l.bin' not in t.files(whole=False) and time.monotonic() < end:
        time.sleep(0.1)
    way.cut()
    way.swallows = False
    bot.program.expect_again(r'^ready (\S+)$', 'out')
    bot.program.expect(rf'^restored {upload.sid} with \S+, active$', 'out')
    t.equal(upload.ended(), 'success', 'the reason')
    bot.program.expect('^l.bin: done$', 'out')
    t.equal(bot.saved(), [], 'what is still saved')


@test('its connection breaks while it sends, and with it a block and an answer')
def _(t):
    juliet, way = peer(t), relay(t)
    path = t.random_file('h.bin', 60_000)
    bot = Bot(t, juliet.jid, path, server=Via(t.server, way))
    download = Download(juliet)
    download.accept()
    juliet.reply(download.stanza('open'))
    download.take(20_000)
    download.stanza('data')  # what it has sent last is not answered
    way.cut()
    bot.program.expect_again(r'^ready (\S+)$', 'out')
    bot.program.expect(rf'^restored {download.sid} with \S+, active$', 'out')
    download.catch_up()
    download.take(60_000)
    t.true(download.data == content(path), 'it is not what was sent')
    download.finish()
    bot.program.expect('^h.bin: done$', 'out')
    t.equal(bot.program.text('out').count('h.bin: '), 1, 'ends that were told')
    t.equal(bot.saved(), [], 'what is still saved')


@test('the server is killed and restarted while it receives')
def _(t):
    juliet = peer(t)
    bot = Bot(t)
    upload = begin_upload(t, bot, juliet, 'i.bin')
    t.server.kill()
    bot.program.expect('^connecting again', 'err')
    t.equal(len(bot.saved()), 1, 'saved sessions')
    t.server.start()
    upload.peer = peer(t)
    t.equal(upload.peer.jid, juliet.jid, 'the JID of the peer')
    bot.program.expect_again(r'^ready (\S+)$', 'out')
    finish_upload(t, bot, upload, 'i.bin')


@test('told to end while it is online: the peer is told, nothing is kept')
def _(t):
    juliet = peer(t)
    bot = Bot(t)
    upload = begin_upload(t, bot, juliet, 'j.bin')
    bot.program.signal(signal.SIGTERM)
    t.equal(upload.ended(), 'gone', 'the reason')
    t.exits(bot.program, 0)
    t.equal(bot.saved(), [], 'what is still saved')


@test('told to end while it is not: the next start goes on')
def _(t):
    juliet, way = peer(t), relay(t)
    bot = Bot(t, server=Via(t.server, way))
    upload = begin_upload(t, bot, juliet, 'k.bin')
    way.shut()
    bot.program.expect('^connecting again', 'err')
    bot.program.signal(signal.SIGTERM)
    t.exits(bot.program, 0)
    t.equal(len(bot.saved()), 1, 'saved sessions')
    way.let()
    bot.start()
    bot.program.expect(rf'^restored {upload.sid} with \S+, active$', 'out')
    finish_upload(t, bot, upload, 'k.bin')


@test('another program takes its JID: it ends, and keeps its sessions')
def _(t):
    juliet = peer(t)
    bot = Bot(t)
    begin_upload(t, bot, juliet, 'n.bin')
    other = RawPeer(t.server, 'romeo', 'bot')
    t.last(other.close)
    t.exits(bot.program, 1)
    t.says(bot.program, 'somebody else has this JID now', 'err')
    t.equal(len(bot.saved()), 1, 'saved sessions')


@test('nobody else sends it anything, and nobody too much')
def _(t):
    bot = Bot(t)
    stranger = RawPeer(t.server, 'nurse')
    t.last(stranger.close)
    t.equal(condition(Upload(stranger, bot.jid, 'l.bin', b'l').offer()), 'service-unavailable', 'the answer')
    large = Upload(peer(t), bot.jid, 'm.bin', b'm', size=(100 << 20) + 1)
    t.equal(large.offer().get('type'), 'result', 'the answer')
    t.equal(large.ended(), 'media-error', 'the end')
    t.equal(t.files(), ['state'], 'files')


if __name__ == '__main__':
    kind = {'prosody': Prosody, 'ejabberd': Ejabberd}[sys.argv.pop(1)]
    main(lambda folder: kind(folder, users=['juliet', 'nurse', 'romeo'], tls='optional'))
