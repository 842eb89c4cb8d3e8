# SPDX-License-Identifier: MIT
"""An XMPP client without manners: it sends what a test tells it to, and shows what came back. It answers
nothing by itself but service discovery and session-info. It has no TLS: the server must allow that."""
import base64
import hashlib
import itertools
import socket
import threading
import time
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

from harness import DEADLINE, Failed

CLIENT = 'jabber:client'
JINGLE = 'urn:xmpp:jingle:1'
FILE = 'urn:xmpp:jingle:apps:file-transfer:5'
IBB_TRANSPORT = 'urn:xmpp:jingle:transports:ibb:1'
IBB = 'http://jabber.org/protocol/ibb'
HASHES = 'urn:xmpp:hashes:2'
DISCO = 'http://jabber.org/protocol/disco#info'
STANZAS = 'urn:ietf:params:xml:ns:xmpp-stanzas'
FEATURES = (DISCO, JINGLE, FILE, IBB_TRANSPORT, IBB, HASHES)


def tag(element):
    return element.tag.split('}')[-1]


def ns(element):
    return element.tag[1:].split('}')[0]


class RawPeer:
    def __init__(self, server, user, resource='raw', features=FEATURES, priority=0):
        self.features = features
        self.ids = itertools.count(1)
        self.inbox = []
        self.news = threading.Condition()
        self.closed = False
        host, port = server.address.split(':')
        self.socket = socket.create_connection((host, int(port)), DEADLINE)
        token = base64.b64encode(f'\0{user}\0{server.password(user)}'.encode()).decode()
        self.open(server.domain)
        self.raw(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{token}</auth>")
        answer = self.next()
        if tag(answer) != 'success':
            raise Failed(f'{user} cannot log in: {ET.tostring(answer, encoding="unicode")}')
        self.open(server.domain)
        self.raw("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                 f"<resource>{resource}</resource></bind></iq>")
        self.jid = self.next()[0][0].text
        self.socket.settimeout(None)
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()
        if priority is not None:
            self.raw(f'<presence><priority>{priority}</priority></presence>')

    # -- the stream
    def open(self, domain):
        self.parser = ET.XMLPullParser(['start', 'end'])
        self.depth = 0
        self.raw(f"<?xml version='1.0'?><stream:stream xmlns='{CLIENT}' to='{domain}' version='1.0' "
                 "xmlns:stream='http://etherx.jabber.org/streams'>")
        self.next()  # its features

    def next(self):
        while True:
            for event, element in self.parser.read_events():
                self.depth += 1 if event == 'start' else -1
                if event == 'start' and self.depth == 1:
                    self.root = element
                if event == 'end' and self.depth == 1:
                    self.root.remove(element)
                    return element
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError('the server has closed the connection')
            self.parser.feed(data)

    def raw(self, xml):
        self.socket.sendall(xml.encode())

    def loop(self):
        try:
            while True:
                element = self.next()
                if not self.answer(element):
                    with self.news:
                        self.inbox.append(element)
                        self.news.notify_all()
        except (OSError, ET.ParseError):
            with self.news:
                self.closed = True
                self.news.notify_all()

    def answer(self, element):
        if tag(element) != 'iq' or element.get('type') in ('result', 'error'):
            return False
        if len(element) and ns(element[0]) == JINGLE and element[0].get('action') == 'session-info':
            self.reply(element)
            return True
        if element.get('type') == 'set':
            return False
        if len(element) and ns(element[0]) == DISCO:
            node = element[0].get('node')
            self.reply(element, f"<query xmlns='{DISCO}'{f' node={quoteattr(node)}' if node else ''}>"
                       "<identity category='client' type='pc'/>"
                       + ''.join(f"<feature var='{f}'/>" for f in self.features) + '</query>')
        else:
            self.error(element, 'service-unavailable')
        return True

    def close(self):
        """At once, without a word."""
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()

    # -- stanzas
    def send_iq(self, kind, to, payload):
        number = f'raw{next(self.ids)}'
        self.raw(f"<iq type='{kind}' id='{number}' to={quoteattr(to)}>{payload}</iq>")
        return number

    def reply(self, request, payload='', kind='result'):
        to = f" to={quoteattr(request.get('from'))}" if request.get('from') else ''
        self.raw(f"<iq type='{kind}' id={quoteattr(request.get('id'))}{to}>{payload}</iq>")

    def error(self, request, condition, kind='cancel'):
        self.reply(request, f"<error type='{kind}'><{condition} xmlns='{STANZAS}'/></error>", 'error')

    def wait(self, wanted, what, deadline=DEADLINE):
        """The first stanza for which wanted(stanza) is true; it is taken out of the inbox."""
        end = time.monotonic() + deadline
        with self.news:
            while True:
                for stanza in self.inbox:
                    if wanted(stanza):
                        self.inbox.remove(stanza)
                        return stanza
                if self.closed or time.monotonic() > end:
                    raise Failed(f'{self.jid} waits for {what}' + (' and is offline' if self.closed else '')
                                 + ' and has ' + ', '.join(ET.tostring(s, encoding='unicode')[:150]
                                                           for s in self.inbox[-3:]))
                self.news.wait(0.2)

    def request(self, to, payload, kind='set', deadline=DEADLINE):
        """Sends an IQ; returns the answer, be it a result or an error."""
        number = self.send_iq(kind, to, payload)
        return self.wait(lambda s: tag(s) == 'iq' and s.get('id') == number and s.get('type') in ('result', 'error'),
                         f'the answer to {number}', deadline)

    def jingle(self, action, deadline=DEADLINE):
        """Waits for that action, and acknowledges it. Returns <jingle/>; its sender is .get('peer')."""
        stanza = self.wait(lambda s: tag(s) == 'iq' and len(s) and ns(s[0]) == JINGLE and tag(s[0]) == 'jingle'
                           and s[0].get('action') == action, action, deadline)
        self.reply(stanza)
        stanza[0].set('peer', stanza.get('from'))
        return stanza[0]

    def presence_of(self, account, deadline=DEADLINE, kind=None):
        return self.wait(lambda s: tag(s) == 'presence' and s.get('type') == kind
                         and (s.get('from') or '').startswith(account + '/'), f'a presence of {account}', deadline)

    # -- Jingle, as our side of a file transfer
    def act(self, to, action, sid, content='', reason=''):
        return self.request(to, f"<jingle xmlns='{JINGLE}' action='{action}' sid='{sid}'>{content}"
                            f"{f'<reason>{reason}</reason>' if reason else ''}</jingle>")


def condition(element):
    """Of a <reason/> or an <error/> below the element."""
    found = element.find('.//{%s}reason' % JINGLE)
    if found is None:
        found = element.find('.//{%s}error' % CLIENT)
    return tag(found[0]) if found is not None and len(found) else None


def hash_element(data, algo='sha-256'):
    digest = base64.b64encode(hashlib.new(algo.replace('-', ''), data).digest()).decode()
    return f"<hash xmlns='{HASHES}' algo='{algo}'>{digest}</hash>"


class Upload:
    """A file offered by a raw peer, in-band."""

    def __init__(self, peer, to, name, data, size=None, hashes=None, by='iq'):
        self.peer, self.to, self.data, self.by = peer, to, data, by
        self.sid = f'up{next(peer.ids)}'
        self.stream = f'ibb{next(peer.ids)}'
        self.block = 4096
        described = (f'<name>{escape(name)}</name>' if name is not None else '') \
            + f'<size>{len(data) if size is None else size}</size>' \
            + (hash_element(data) if hashes is None else hashes)
        self.content = ("<content creator='initiator' name='a' senders='initiator'>"
                        f"<description xmlns='{FILE}'><file>{described}</file></description>"
                        f"<transport xmlns='{IBB_TRANSPORT}' block-size='{self.block}' sid='{self.stream}' "
                        f"stanza='{by}'/></content>")

    def offer(self):
        return self.peer.act(self.to, 'session-initiate', self.sid, self.content)

    def open(self):
        """Offers it, waits until it is accepted, and opens the stream."""
        answer = self.offer()
        if answer.get('type') != 'result':
            raise Failed(f'the offer was answered {condition(answer)}')
        self.peer.jingle('session-accept')
        return self.open_stream()

    def open_stream(self):
        return self.peer.request(self.to, f"<open xmlns='{IBB}' block-size='{self.block}' sid='{self.stream}' "
                                          f"stanza='{self.by}'/>")

    def block_xml(self, number, data):
        return f"<data xmlns='{IBB}' seq='{number % 65536}' sid='{self.stream}'>" \
            + base64.b64encode(data).decode() + '</data>'

    def send(self, number, data):
        return self.peer.request(self.to, self.block_xml(number, data))

    def send_all(self, data=None):
        """Returns the first answer that is an error. Messages have none."""
        data = self.data if data is None else data
        for number, offset in enumerate(range(0, len(data), self.block)):
            if self.by == 'message':
                self.peer.raw(f"<message to='{self.to}'>{self.block_xml(number, data[offset:offset + self.block])}</message>")
                continue
            answer = self.send(number, data[offset:offset + self.block])
            if answer.get('type') != 'result':
                return answer
        return None

    def close(self):
        return self.peer.request(self.to, f"<close xmlns='{IBB}' sid='{self.stream}'/>")

    def finish(self):
        """Opens the stream, sends it all and closes in good order."""
        self.open()
        self.send_all()
        self.close()

    def ended(self, deadline=DEADLINE):
        """Waits for the peer's session-terminate; returns the reason."""
        return condition(self.peer.jingle('session-terminate', deadline))


class Download:
    """A file offered to a raw peer."""

    def __init__(self, peer):
        self.peer = peer
        self.initiate = peer.jingle('session-initiate')
        self.to, self.sid = self.initiate.get('peer'), self.initiate.get('sid')
        self.content = self.initiate.find('{%s}content' % JINGLE)
        self.data = b''

    def end(self, reason, text=''):
        return self.peer.act(self.to, 'session-terminate', self.sid,
                             reason=f'<{reason}/>' + (f'<text>{escape(text)}</text>' if text else ''))

    def accept(self):
        description = self.content.find('{%s}description' % FILE)
        transport = self.content.find('{%s}transport' % IBB_TRANSPORT)
        self.stream = transport.get('sid')
        self.peer.act(self.to, 'session-accept', self.sid,
                      f"<content creator='initiator' name={quoteattr(self.content.get('name'))} senders='initiator'>"
                      + ET.tostring(description, encoding='unicode')
                      + f"<transport xmlns='{IBB_TRANSPORT}' block-size='4096' sid='{self.stream}'/></content>")

    def take(self):
        """Takes all data until the stream is closed."""
        while True:
            stanza = self.peer.wait(lambda s: tag(s) == 'iq' and len(s) and ns(s[0]) == IBB, 'data')
            self.peer.reply(stanza)
            if tag(stanza[0]) == 'close':
                return self.data
            if tag(stanza[0]) == 'data':
                self.data += base64.b64decode(stanza[0].text or '')
