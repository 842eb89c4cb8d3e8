#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Peers that mean harm to the transports: rubbish on the SOCKS5 port, connections that are half open, stream ids
that are in use, sessions that come to nothing; and over SOCKS5 too much, too little, something else."""
import hashlib
import os
import socket
import sys
import threading
from xml.sax.saxutils import quoteattr

from harness import DEADLINE, FULL, TESTS, Failed, main, test
from rawpeer import FEATURES, FILE, Download, RawPeer, Upload, tag
from servers import Ejabberd, Prosody

S5B = 'urn:xmpp:jingle:transports:s5b:1'
SOCKS = (*FEATURES, S5B)


def raw(t, user='juliet', **options):
    peer = RawPeer(t.server, user, **options)
    t.last(peer.close)
    return peer


def read(connection, n):
    data = b''
    while len(data) < n:
        got = connection.recv(n - len(data))
        if not got:
            raise Failed(f'the SOCKS5 connection ended after {data!r}')
        data += got
    return data


def address(sid, initiator, responder):
    return hashlib.sha1((sid + initiator + responder).encode()).hexdigest().encode()


# ---- a receiver of ours, and who sends to it over SOCKS5 -------------------------------------

class SocksUpload(Upload):
    """A file offered by a raw peer, over SOCKS5, with one candidate of its own."""

    def __init__(self, t, peer, to, name, data, **options):
        super().__init__(peer, to, name, data, **options)
        self.listener = socket.create_server(('127.0.0.1', 0))
        t.last(self.listener.close)
        self.listener.settimeout(DEADLINE)
        begin = self.content.index('<transport')
        self.content = (self.content[:begin] + f"<transport xmlns='{S5B}' sid='{self.stream}'><candidate cid='c' "
                        f"host='127.0.0.1' jid={quoteattr(peer.jid)} port='{self.listener.getsockname()[1]}' "
                        "priority='8257636' type='direct'/></transport></content>")

    def connect(self):
        """Until the receiver has chosen the candidate; returns the connection."""
        answer = self.offer()
        if answer.get('type') != 'result':
            raise Failed('the offer was refused')
        self.peer.jingle('session-accept')
        connection, _ = self.listener.accept()
        connection.settimeout(DEADLINE)
        methods = read(connection, 2)[1]
        read(connection, methods)
        connection.sendall(b'\5\0')
        head = read(connection, 5)
        wanted = read(connection, head[4] + 2)[:-2]
        if wanted != address(self.stream, self.peer.jid, self.to):
            raise Failed(f'another address than agreed: {wanted!r}')
        connection.sendall(b'\5\0\0\3' + bytes([len(wanted)]) + wanted + b'\0\0')
        self.say("<candidate-error/>")
        self.peer.jingle('transport-info')
        return connection

    def say(self, what):
        self.peer.act(self.to, 'transport-info', self.sid, "<content creator='initiator' name='a'>"
                      f"<transport xmlns='{S5B}' sid='{self.stream}'>{what}</transport></content>")


def over_socks(t, data, send, status, **options):
    """What is sent is taken as the status says; nothing that is wrong looks whole."""
    romeo = t.receiver('romeo', '--once', '--yes', '--json')
    upload = SocksUpload(t, raw(t), romeo.jid, 'a.bin', data, **options)
    connection = upload.connect()
    try:
        connection.sendall(send)
        connection.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # it may be cut off before it is through
    reason = upload.ended()
    t.exits(romeo, status)
    t.equal(reason == 'success', status == 0, f'success, which is {reason}')
    t.equal(t.files(whole=False) if status != 1 else t.files(), ['a.bin'] if status == 0 else [], 'the folder')
    return romeo


DATA = os.urandom(300_000)


@test('over SOCKS5: a sender that means well')
def _(t):
    over_socks(t, DATA, DATA, 0)


@test('over SOCKS5: less than was announced')
def _(t):
    romeo = over_socks(t, DATA, DATA[:-1], 1)
    t.equal(romeo.event('failed')['reason'], 'short', 'the reason')


@test('over SOCKS5: more than was announced')
def _(t):
    over_socks(t, DATA, DATA + b'x' * 3_000_000, 1, size=200_000, hashes='')


@test('over SOCKS5: something else than was announced')
def _(t):
    over_socks(t, DATA, os.urandom(len(DATA)), 6)


@test('over SOCKS5: a sender that connects and sends nothing')
def _(t):
    romeo = t.receiver('romeo', '--once', '--yes', '--json', '--timeout', '8')
    upload = SocksUpload(t, raw(t), romeo.jid, 'a.bin', DATA)
    connection = upload.connect()
    t.true(upload.ended() != 'success', 'success')
    connection.close()
    t.exits(romeo, 1)
    t.equal(romeo.event('failed')['reason'], 'timeout', 'the reason')


# ---- a sender of ours, and who comes to its port ---------------------------------------------

RUBBISH = (b'', b'\0', b'\5', b'\5\0', b'\5\1\2', b'\4\1\0\x50\0\0\0\1\0', b'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
           b'\5\xff' + b'\1' * 255, b'\5\1\0\5\1\0\1\x7f\0\0\1\0\x50', b'\5\1\0\5\1\0\3\x28' + b'0' * 40 + b'\0\0',
           b'\5\1\0\5\2\0\3\x28' + b'a' * 40 + b'\0\0', b'\5\1\0\5\1\0\3\xff' + b'f' * 255 + b'\0\0', b'\x16\3\1\2\0')


def hammer(port, times, refused):
    """Comes with rubbish, and is gone before or after the answer."""
    for i in range(times):
        try:
            with socket.create_connection(('127.0.0.1', port), DEADLINE) as s:
                s.settimeout(DEADLINE)
                s.sendall(RUBBISH[i % len(RUBBISH)])
                if i % 97 == 0:
                    s.shutdown(socket.SHUT_WR)
                    while s.recv(1000):
                        pass
        except (ConnectionError, BrokenPipeError):
            pass
        except OSError as why:
            refused.append(why)


def take_by_socks(peer, download, transport, port):
    """Accepts the file and fetches it as it should be."""
    sid = transport.get('sid')
    content = (f"<content creator='initiator' name={quoteattr(download.content.get('name'))} senders='initiator'>"
               "{}" + f"<transport xmlns='{S5B}' sid={quoteattr(sid)}>" + "{}</transport></content>")
    description = f"<description xmlns='{FILE}'><file/></description>"
    peer.act(download.to, 'session-accept', download.sid, content.format(description, ''))
    cid = next(c.get('cid') for c in transport if tag(c) == 'candidate' and c.get('port') == str(port))
    wanted = address(sid, download.to, peer.jid)
    s = socket.create_connection(('127.0.0.1', port), DEADLINE)
    s.settimeout(DEADLINE)
    s.sendall(b'\5\1\0')
    read(s, 2)
    s.sendall(b'\5\1\0\3' + bytes([len(wanted)]) + wanted + b'\0\0')
    read(s, read(s, 5)[4] + 2)
    peer.act(download.to, 'transport-info', download.sid, content.format('', f"<candidate-used cid='{cid}'/>"))
    peer.act(download.to, 'transport-info', download.sid, content.format('', '<candidate-error/>'))
    return s


@test('rubbish on the SOCKS5 port, thousands of times, and connections that wait half open')
def _(t):
    times = 10_000 if FULL else 1_000
    peer = raw(t, 'romeo', features=SOCKS)
    juliet = t.jingle('juliet', 'send', '--timeout', '300', peer.jid, t.file('a.bin', DATA))
    download = Download(peer)
    transport = download.content.find('{%s}transport' % S5B)
    port = next(int(c.get('port')) for c in transport if tag(c) == 'candidate' and c.get('host') == '127.0.0.1')
    half = []
    for i in range(30):
        half.append(socket.create_connection(('127.0.0.1', port), DEADLINE))
        half[-1].sendall((b'', b'\5', b'\5\1\0', b'\5\1\0\5\1\0\3\x28aaaa')[i % 4])
    refused = []
    threads = [threading.Thread(target=hammer, args=(port, times // 4, refused)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    t.equal(refused[:1], [], 'what went wrong')
    s = take_by_socks(peer, download, transport, port)
    t.true(read(s, len(DATA)) == DATA, 'other data came')
    download.end('success')
    t.exits(juliet, 0)
    for s in half:
        s.close()


# ---- in-band ---------------------------------------------------------------------------------

@test('a stream id that is in use')
def _(t):
    romeo = t.receiver('romeo', '--yes', '--json')
    peer = raw(t)
    first = Upload(peer, romeo.jid, 'first', b'1' * 9000)
    first.open()
    first.send(0, b'1' * 4096)
    again = peer.request(first.to, f"<open xmlns='http://jabber.org/protocol/ibb' block-size='4096' sid='{first.stream}'/>")
    t.equal(again.get('type'), 'error', 'the answer to a second open')
    second = Upload(peer, romeo.jid, 'second', b'2' * 9000)
    second.content = second.content.replace(second.stream, first.stream)
    second.offer()  # it comes to nothing, after a while
    stranger = Upload(raw(t, 'mercutio'), romeo.jid, 'third', b'3' * 9000)
    stranger.content = stranger.content.replace(stranger.stream, first.stream)
    stranger.stream = first.stream
    stranger.finish()  # of another peer it is another stream
    t.equal(stranger.ended(), 'success', 'the reason of the third')
    first.send(1, b'1' * 4096)
    first.send(2, b'1' * 808)
    first.close()
    t.equal(first.ended(), 'success', 'the reason of the first')
    t.equal(t.files(), ['first', 'third'], 'the folder')
    for name in ('first', 'third'):
        with open(t.path('in', name), 'rb') as f:
            t.equal(f.read(), {'first': b'1', 'third': b'3'}[name] * 9000, name)


@test('an offer that is accepted, and nothing after it', full=True)
def _(t):
    romeo = t.receiver('romeo', '--once', '--yes', '--json')
    upload = Upload(raw(t), romeo.jid, 'a.bin', b'x' * 9000)
    upload.offer()
    upload.peer.jingle('session-accept')
    t.true(upload.ended(5 * DEADLINE) != 'success', 'success')
    t.exits(romeo, 1)
    t.equal(t.files(), [], 'the folder')


def main_of(name):
    """One driver, two servers: the tests' names say which."""
    users = ('juliet', 'romeo', 'mercutio')
    make = {'prosody': lambda folder: Prosody(folder, users=users, tls='optional', contacts=True,
                                              options={'allow_unencrypted_plain_auth': True}),
            'ejabberd': lambda folder: Ejabberd(folder, users=users, tls='optional')}[name]
    main(make, [(f'{name}: {n}', f) for n, f in TESTS])


if __name__ == '__main__':
    main_of(sys.argv.pop(1))
