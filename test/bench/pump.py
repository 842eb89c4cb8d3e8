#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A server that logs one client in, pumps Jingle stanzas at it and counts the answers.

  pump.py [--sessions N | --live N [--actions N]] -- COMMAND...    PORT in COMMAND stands for the port

  --sessions N  N whole sessions, 64 at a time, of 12 stanzas each: an offer of 1.8 KB, 8
                transport-info, session-info, content-modify, session-terminate (default: 400)
  --live N      N offers, so that N sessions live at the end
  --actions N   and N actions to any of them: eight transport-info to one session-info

Prints one line of JSON. Fails if the command does, or leaves a stanza unanswered. The same
arguments give the same octets.
"""
import argparse
import hashlib
import json
import random
import re
import select
import socket
import subprocess
import sys

STEPS = 12
STREAM = ("<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream="
          "'http://etherx.jabber.org/streams' from='jingle.localhost' id='1' version='1.0'><stream:features>"
          "%s</stream:features>")
CODECS = (("103", "ISAC", "16000"), ("9", "G722", "8000"), ("0", "PCMU", "8000"), ("8", "PCMA", "8000"),
          ("126", "telephone-event", "8000"))


def number(session, salt):
    return int.from_bytes(hashlib.blake2b(b'%d %d' % (session, salt), digest_size=8).digest(), 'big')


class Workload:
    def __init__(self, sessions):
        self.peers = max(1, sessions // 10)
        self.sent = 0

    def iq(self, session, action, inside, more=''):
        self.sent += 1
        return (f'<iq xmlns="jabber:client" type="set" id="{number(self.sent, 999):016x}" '
                f'from="peer{session % self.peers}@bench.example/phone" to="jingle.localhost">'
                f'<jingle xmlns="urn:xmpp:jingle:1" action="{action}" sid="{number(session, 0):016x}"{more}>'
                f'{inside}</jingle></iq>\n')

    def candidate(self, session, k):
        r = number(session, 100 + k)
        return (f'<candidate component="1" foundation="{k % 4 + 1}" generation="0" id="c{r >> 32:08x}" '
                f'ip="10.{r & 255}.{r >> 8 & 255}.{r >> 16 & 255}" network="0" port="{1024 + (r >> 24 & 0x7fff)}" '
                f'priority="{2130706431 - k * 65536}" protocol="udp" type="{("host", "srflx", "prflx", "relay")[k % 4]}"/>')

    def transport(self, session, inside):
        return ('<transport xmlns="urn:xmpp:jingle:transports:ice-udp:1" '
                f'ufrag="{number(session, 1) >> 32:08x}" pwd="{number(session, 2):016x}{number(session, 3) >> 32:08x}">'
                f'{inside}</transport>')

    def offer(self, session):
        print_ = hashlib.sha256(b'%d' % session).hexdigest().upper()
        fingerprint = ':'.join(print_[i:i + 2] for i in range(0, 64, 2))
        codecs = ''.join(f'<payload-type id="{i}" name="{name}" clockrate="{rate}"/>' for i, name, rate in CODECS)
        return self.iq(session, 'session-initiate',
                       '<content creator="initiator" name="audio" senders="both">'
                       '<description xmlns="urn:xmpp:jingle:apps:rtp:1" media="audio">'
                       '<payload-type id="111" name="opus" clockrate="48000" channels="2">'
                       '<parameter name="minptime" value="10"/><parameter name="useinbandfec" value="1"/></payload-type>'
                       f'{codecs}<rtcp-mux/></description>'
                       + self.transport(session, '<fingerprint xmlns="urn:xmpp:jingle:apps:dtls:0" hash="sha-256" '
                                        f'setup="actpass">{fingerprint}</fingerprint>'
                                        + ''.join(self.candidate(session, k) for k in range(4)))
                       + '</content>', f' initiator="peer{session % self.peers}@bench.example/phone"')

    def step(self, session, n):
        if n == 0:
            return self.offer(session)
        if n <= 8:
            return self.iq(session, 'transport-info', '<content creator="initiator" name="audio">'
                           + self.transport(session, self.candidate(session, 3 + n)) + '</content>')
        if n == 9:
            return self.iq(session, 'session-info', '<ringing xmlns="urn:xmpp:jingle:apps:rtp:info:1"/>')
        if n == 10:
            return self.iq(session, 'content-modify', '<content creator="initiator" name="audio" senders="initiator"/>')
        return self.iq(session, 'session-terminate', '<reason><success/></reason>')

    def among_living(self, live, actions):
        order = random.Random(1)
        for session in range(live):
            yield self.offer(session)
        for _ in range(actions):
            yield self.step(order.randrange(live), order.randrange(1, 10))

    def whole_sessions(self, sessions):
        order = random.Random(1)
        alive = [[session, 0] for session in range(min(64, sessions))]
        started = len(alive)
        while alive:
            i = order.randrange(len(alive))
            yield self.step(*alive[i])
            alive[i][1] += 1
            if alive[i][1] == STEPS:
                if started < sessions:
                    alive[i] = [started, 0]
                    started += 1
                else:
                    alive[i] = alive[-1]
                    alive.pop()


def wait_for(client, pattern):
    seen = b''
    while not re.search(pattern, seen):
        data = client.recv(4096)
        if not data:
            sys.exit('pump: the client left before it had logged in')
        seen += data
    return seen.decode()


def log_in(client):
    wait_for(client, b'<stream:stream[^>]*>')
    client.sendall((STREAM % "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism>"
                    "</mechanisms>").encode())
    wait_for(client, b'</auth>')
    client.sendall(b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
    wait_for(client, b'<stream:stream[^>]*>')
    client.sendall((STREAM % "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>").encode())
    iq = wait_for(client, b'</iq>')
    client.sendall(("<iq type='result' id='%s'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                    "<jid>bench@jingle.localhost/r</jid></bind></iq>"
                    % re.search(r'''<iq[^>]* id=['"]([^'"]*)''', iq).group(1)).encode())


def count(counts, tail, data):
    """Counts the marks in a stream that is cut anywhere; returns what may be the begin of one."""
    data = tail + data
    for mark in counts:
        counts[mark] += data.count(mark) - tail.count(mark)
    return data[-5:]


def pump(client, octets, stanzas):
    counts = {b'<iq ': 0, b'<error': 0}
    client.setblocking(False)
    view, at, tail = memoryview(octets), 0, b''
    while counts[b'<iq '] < stanzas:
        readable, writable, _ = select.select([client], [client] if at < len(view) else [], [], 300)
        if not readable and not writable:
            break
        if writable:
            at += client.send(view[at:at + 65536])
        if readable:
            data = client.recv(65536)
            if not data:
                break
            tail = count(counts, tail, data)
    client.setblocking(True)
    client.sendall(b'</stream:stream>')
    client.shutdown(socket.SHUT_WR)
    return counts[b'<iq '], counts[b'<error']


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--sessions', type=int, default=400)
    parser.add_argument('--live', type=int)
    parser.add_argument('--actions', type=int, default=0)
    parser.add_argument('command', nargs='+')
    args = parser.parse_args()
    workload = Workload(args.live or args.sessions)
    stanzas = workload.among_living(args.live, args.actions) if args.live else workload.whole_sessions(args.sessions)
    octets = ''.join(stanzas).encode()
    listener = socket.create_server(('127.0.0.1', 0))
    listener.settimeout(60)
    port = str(listener.getsockname()[1])
    process = subprocess.Popen([port if word == 'PORT' else word for word in args.command])
    try:
        client, _ = listener.accept()
        log_in(client)
        answers, errors = pump(client, octets, workload.sent)
        status = process.wait(timeout=300)
    finally:
        process.kill()
    print(json.dumps({'server': True, 'stanzas': workload.sent, 'octets': len(octets), 'results': answers - errors,
                      'errors': errors}))
    sys.exit(0 if status == 0 and answers == workload.sent else 1)


if __name__ == '__main__':
    main()
