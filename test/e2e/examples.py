#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Examples on a real Prosody. Bots in event loops of their own (examples/loops) take files from the
command, by SOCKS5 bytestreams whose sockets those loops wait for, directly and by the proxy, and in-band;
examples/custom_transport sends and takes files over a transport of its own; examples/custom_application sends
notes; examples/two_accounts sends a file from one account to the other. And none of them gives its password to a
server without TLS."""
import os
import socket
import threading
import time

from harness import Failed, Skipped, main, test
from servers import Prosody, free_port

EXAMPLES = os.path.join(os.environ.get('builddir', '.'), 'examples')


def takes_files(t, name):
    program = os.path.join(EXAMPLES, 'loops', name)
    if not os.path.exists(program):
        raise Skipped(f'{name} was not built: configure did not find its loop')
    folder = t.folder('in')
    bot = t.start([program, t.server.jid('romeo') + '/loop', folder, t.server.jid('juliet')], name=name,
                  env={'JINGLE_PASSWORD': t.server.password('romeo'), 'JINGLE_SERVER': t.server.address,
                       'JINGLE_CA': t.server.ca})
    jid = bot.expect(r'^ready (\S+)$', 'out').group(1)
    for number, (size, way, *options) in enumerate(((3_000_000, 'directly, not encrypted'),
                                                    (0, 'directly, not encrypted'),
                                                    (500_000, 'by the proxy', '--relay-only'),
                                                    (100_000, 'in-band', '--transport', 'ibb'))):
        path = t.random_file(f'{number}.bin', size)
        juliet = t.jingle('juliet', 'send', *options, jid, path)
        t.exits(juliet, 0)
        bot.expect(rf'^saved .*\b{number}\.bin$', 'out')
        t.same(path, os.path.join(folder, f'{number}.bin'))
        t.says(juliet, f'sending {number}.bin {way}')


@test('libuv')
def _(t):
    takes_files(t, 'uv_bot')


@test('GLib')
def _(t):
    takes_files(t, 'glib_bot')


@test("a transport of one's own")
def _(t):
    def start(user, *arguments):
        return t.start([os.path.join(EXAMPLES, 'custom_transport'), t.server.jid(user) + '/line', *arguments],
                       name=user, env={'JINGLE_PASSWORD': t.server.password(user), 'JINGLE_SERVER': t.server.address,
                                       'JINGLE_CA': t.server.ca})
    romeo = start('romeo', t.folder('in'), t.server.jid('juliet'))
    jid = romeo.expect(r'^ready (\S+)$', 'out').group(1)
    for size in (0, 1, 2_000_000):
        path = t.random_file(f'{size}.bin', size)
        juliet = start('juliet', t.folder('out'), jid, path)
        t.exits(juliet, 0)
        t.says(juliet, rf'sent {size}.bin: urn:example:line:0')
        romeo.expect(rf'^saved {size}\.bin: urn:example:line:0$', 'out')
        t.same(path, t.path('in', f'{size}.bin'))
        t.true('cannot connect' not in juliet.text(), juliet.text())
    stranger = start('nurse', t.folder('out'), jid, path)
    t.exits(stranger, 1)
    t.says(stranger, 'sent 2000000.bin: .+')
    t.equal(len(os.listdir(t.path('in'))), 3, 'files that came')


@test("an application of one's own")
def _(t):
    def start(user, *arguments):
        return t.start([os.path.join(EXAMPLES, 'custom_application'), t.server.jid(user) + '/notes', *arguments],
                       name=user, env={'JINGLE_PASSWORD': t.server.password(user), 'JINGLE_SERVER': t.server.address,
                                       'JINGLE_CA': t.server.ca})
    romeo = start('romeo')
    jid = romeo.expect(r'^ready (\S+)$', 'out').group(1)
    juliet = start('juliet', jid, 'good \x1b[31mnight')
    t.exits(juliet, 0)
    t.true('cannot connect' not in juliet.text(), juliet.text())
    romeo.expect(r'^juliet@localhost/notes writes: good \[31mnight$', 'out')


def two_accounts(t, path, folder):
    return t.start([os.path.join(EXAMPLES, 'two_accounts'), t.server.jid('juliet') + '/one',
                    t.server.jid('romeo') + '/two', path, folder],
                   env={'JINGLE_PASSWORD': t.server.password('juliet'), 'JINGLE_SERVER': t.server.address,
                        'JINGLE_PASSWORD_TO': t.server.password('romeo'), 'JINGLE_CA': t.server.ca})


@test('two accounts in one program, and others who offer files meanwhile')
def _(t):
    folder, path, other = t.folder('in'), t.large_file('a.bin', 200 << 20), t.random_file('b.bin', 10)
    program = two_accounts(t, path, folder)
    jid = program.expect(r'^ready (romeo\S+)$', 'out').group(1)
    for sender in [t.jingle(user, 'send', jid, other) for user in ('nurse', 'juliet')]:
        t.true(sender.wait() != 0, f'{sender.name} has sent it')
    t.exits(program, 0)
    t.true('cannot connect' not in program.text(), program.text())
    t.same(path, os.path.join(folder, 'a.bin'))
    t.equal(t.files(), ['a.bin'], 'files that came')


@test('two accounts, and a file that cannot be stored, or read')
def _(t):
    program = two_accounts(t, t.file('a', b'a'), '/proc')
    t.exits(program, 1, 30)
    t.says(program, '/two: a declined')
    path = t.large_file('b.bin')
    program = two_accounts(t, path, t.folder('in'))
    while t.written() == 0:
        time.sleep(0.05)
    os.truncate(path, 1000)
    t.exits(program, 1, 30)
    t.says(program, 'could not be read')


class WithoutTls:
    """A server, or somebody before it, who asks for the password and has no TLS."""

    def __init__(self):
        self.listener = socket.create_server(('127.0.0.1', 0), backlog=20)
        self.address = '127.0.0.1:%d' % self.listener.getsockname()[1]
        self.seen = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        data = b''
        with client:
            while True:
                try:
                    more = client.recv(4096)
                except OSError:
                    more = b''
                if not more:
                    break
                if b'<stream:stream' not in data and b'<stream:stream' in data + more:
                    client.sendall(b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='1' version='1.0' "
                                   b"from='localhost' xmlns:stream='http://etherx.jabber.org/streams'>"
                                   b"<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
                                   b"<mechanism>PLAIN</mechanism></mechanisms></stream:features>")
                data += more
                if b'</stream:stream>' in data or b'</auth>' in data:
                    break
        self.seen.append(data)


def start_all(t, address):
    romeo, juliet, file, folder = 'romeo@localhost/r', 'juliet@localhost/j', t.file('a', b'a'), t.folder('in')
    programs = {'bot': [romeo], 'file_bot': [romeo, folder, juliet], 'send_bot': [romeo, folder, juliet],
                'restart_bot': [romeo, folder, juliet], 'two_accounts': [romeo, juliet, file, folder],
                'custom_application': [romeo], 'custom_session_type': [romeo],
                'custom_transport': [romeo, folder, juliet], 'loops/uv_bot': [romeo, folder, juliet],
                'loops/glib_bot': [romeo, folder, juliet]}
    env = {'JINGLE_PASSWORD': 'secret', 'JINGLE_PASSWORD_TO': 'secret', 'JINGLE_SERVER': address}
    return [t.start([os.path.join(EXAMPLES, name), *arguments], name=name, env=env)
            for name, arguments in programs.items() if os.path.exists(os.path.join(EXAMPLES, name))]


@test('a server that is not there is told of')
def _(t):
    for program in start_all(t, f'127.0.0.1:{free_port([])}'):
        t.exits(program, 1)
        t.says(program, 'cannot connect as romeo@localhost.*; look at JINGLE_SERVER'
               if program.name.startswith(('custom', 'two')) else '^(disconnected|cannot connect): ', 'err')


@test('without TLS nobody logs in')
def _(t):
    server = WithoutTls()
    t.last(server.listener.close)
    started = start_all(t, server.address)
    for program in started:
        t.exits(program, 1)
    t.true(len(server.seen) >= len(started), f'{len(started)} programs, {len(server.seen)} connections')
    for data in server.seen:
        if b'<stream:stream' not in data or b'<auth' in data:
            raise Failed(f'somebody has sent {data}')


if __name__ == '__main__':
    main(lambda folder: Prosody(folder, users=('juliet', 'romeo', 'nurse')))
