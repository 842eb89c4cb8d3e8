#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A bot that is killed with kill -9 in the middle of a negotiation or of a transfer, starts again with the
same JID and carries on (examples/restart_bot.c)."""
import base64
import os
import signal

from harness import BUILD, Failed, main, test
from rawpeer import FILE, IBB, IBB_TRANSPORT, JINGLE, RawPeer, Upload, condition, ns, tag
from servers import Prosody


class Bot:
    """Started as often as it is killed, always with the same arguments."""

    def __init__(self, t, *arguments):
        self.t, self.arguments = t, arguments
        self.folder = t.folder('in')
        self.start()

    def start(self):
        env = {'JINGLE_PASSWORD': self.t.server.password('romeo'), 'JINGLE_SERVER': self.t.server.address,
               'JINGLE_CA': self.t.server.ca}
        self.program = self.t.start([os.path.join(BUILD, 'examples', 'restart_bot'),
                                     self.t.server.jid('romeo') + '/bot', self.folder, *self.arguments],
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

    def finish(self):
        self.peer.reply(self.stanza('close'))
        self.peer.act(self.bot, 'session-terminate', self.sid, reason='<success/>')


def peer(t):
    made = RawPeer(t.server, 'juliet')
    t.last(made.close)
    return made


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
        while True:  # what we have it sends again, and is told so
            block = download.stanza('data')
            if int(block[0].get('seq')) == download.seq:
                break
            download.peer.error(block, 'unexpected-request')
        download.data += base64.b64decode(block[0].text)
        download.seq += 1
        juliet.reply(block)
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


@test('killed before its answers are heard, and asked again under the same ids')
def _(t):
    juliet = peer(t)
    bot = Bot(t)
    data = os.urandom(20_000)
    upload = Upload(juliet, bot.jid, 'f.bin', data)

    def ask(number, payload):
        juliet.raw(f"<iq type='set' id='{number}' to='{bot.jid}'>{payload}</iq>")
        # The server says an error for whom it has lost, though there was an answer.
        answer = juliet.wait(lambda s: s.get('id') == number and s.get('type') in ('result', 'error')
                             and condition(s) != 'recipient-unavailable', number)
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


if __name__ == '__main__':
    main(lambda folder: Prosody(folder, users=['juliet', 'romeo'], tls='optional'))
