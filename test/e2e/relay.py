# SPDX-License-Identifier: MIT
"""A TCP relay before a server, which cuts connections where a test wants it.

    relay = Relay(server.ports['c2s'])
    relay.cuts = [100_000, 300_000]     # after so many octets from the client, counted over all connections
    relay.cut(); relay.shut(); relay.let()
    relay.hang(); relay.hung.wait()     # the next connection gets no answer within TLS
    relay.fates = [CLOSED, SILENT, None]  # of the connections after the next cut, in their order; None: let through
    relay.refuses = True                # from the next cut to let() nobody listens
    server = Via(t.server, relay)       # the server, as seen through the relay

Where there is no TLS, one can look at what passes:

    watch = Watch(server.ports['c2s'])
    watch.lose('open', UP, wanted)      # the next stanza of which wanted() is true does not get to the server: cut
    watch.lose_answer('open', UP, wanted)  # ... does, but not the answer to it on its way back
    watch.lost                          # names of what has been lost
    watch.wait(lambda: watch.lost)      # waits until it is so; False if it never is
    watch.hold(); watch.let()           # the next connection is kept waiting meanwhile
    watch.handled[DOWN]                 # stanzas that the client has had, none that it was cut before
"""
import re
import socket
import struct
import threading
import xml.etree.ElementTree as ET

LOOPBACK = '127.0.0.1'
DEADLINE = 30  # seconds for a server to see that a connection is at its end
CLOSED, SILENT = 'closed', 'silent'  # at once; never answered


class Relay:
    def __init__(self, port, host=LOOPBACK):
        self.target = (host, port)
        self.listener = socket.create_server((LOOPBACK, 0), backlog=100)
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.pairs = []
        self.cuts = []       # octets from clients after which all connections are cut
        self.calm = False    # are they cut once the client has written all it has to?
        self.octets = 0
        self.n_cuts = 0
        self.open = True     # are new connections let through?
        self.mute = False    # is what comes swallowed, without a word to anybody?
        self.swallows = False  # what clients say?
        self.hanging = None  # the pair of sockets with which it is
        self.hangs = False   # will it be with the next one?
        self.hung = threading.Event()
        self.fates = []      # what becomes of connections after a cut, in their order
        self.refuses = False  # will nobody listen after the next cut?
        self.silent = []     # sockets of those who wait for a word
        self.listen()

    def listen(self):
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            fate = self.fates.pop(0) if self.n_cuts and self.fates else None
            if fate == SILENT:
                self.silent.append(client)
                continue
            if fate == CLOSED or not self.open:
                client.close()
                continue
            self.settle()
            try:
                server = socket.create_connection(self.target)
            except OSError:
                client.close()
                continue
            for s in (client, server):
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pair = (client, server)
            with self.lock:
                self.pairs.append(pair)
            for source, sink in (pair, pair[::-1]):
                threading.Thread(target=self.pump, args=(pair, source, sink), daemon=True).start()

    def settle(self):
        """Before a new connection."""

    def pump(self, pair, source, sink):
        try:
            while True:
                data = source.recv(16384)
                if not data:
                    break
                if self.mute or self.hanging is pair or (self.swallows and source is pair[0]):
                    continue
                if source is pair[0] and self.is_due(len(data)):
                    if self.calm:
                        self.lose(source)
                    self.cut()  # what has just been read is lost
                    return
                sink.sendall(data)
                if self.hangs and b'<proceed' in data:
                    self.hanging, self.hangs = pair, False
                    self.hung.set()
        except OSError:
            pass
        with self.lock:
            mine = pair in self.pairs and not self.mute
            if mine:
                self.pairs.remove(pair)
        if mine:
            self.end(*pair)

    def is_due(self, octets):
        with self.lock:
            self.octets += octets
            if not self.cuts or self.octets < self.cuts[0]:
                return False
            self.cuts.pop(0)
            return True

    @staticmethod
    def lose(source):
        """Reads until nothing has come for a while."""
        source.settimeout(0.5)
        try:
            while source.recv(16384):
                pass
        except OSError:
            pass

    @staticmethod
    def end(*sockets, how=socket.SHUT_RDWR):
        for s in sockets:
            try:
                s.shutdown(how)
            except OSError:
                pass

    def cut(self):
        """Breaks all connections: every other time with a reset, else with an end of the data."""
        with self.lock:
            pairs, self.pairs = self.pairs, []
            self.n_cuts += 1
            reset = self.n_cuts % 2
        if self.refuses:
            self.end(self.listener)
        for pair in pairs:
            for s in pair:
                if reset:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            # Who reads from it is woken first: until then it is not closed.
            self.end(*pair, how=socket.SHUT_RD if reset else socket.SHUT_RDWR)
            for s in pair:
                s.close()

    def shut(self):
        """Breaks all connections and lets no new ones through."""
        self.open = False
        self.cut()

    def let(self):
        self.open = True
        if self.refuses:
            self.refuses = False
            self.listener.close()
            self.listener = socket.create_server((LOOPBACK, self.port), backlog=100)
            self.listen()

    def hang(self):
        self.hung.clear()
        self.hangs = True

    def close(self):
        self.listener.close()
        self.cut()


UP, DOWN = 'up', 'down'  # to the server, to the client
STANZA = re.compile(rb'\s*<(iq|message|presence)\b')
SM = re.compile(rb'\s*<(r|a|enable|enabled|resume|resumed)\b(?:.*\bh=["\'](\d+))?')


class Elements:
    """What comes of a stream, cut into whole elements wherever the reads may have ended."""
    TAG = re.compile(rb'<(?:[^>"\']|"[^"]*"|\'[^\']*\')*>')

    def __init__(self):
        self.rest, self.seen, self.depth = b'', 0, 0

    def feed(self, data):
        self.rest += data
        found = []
        while True:
            tag = self.TAG.search(self.rest, self.seen)
            if not tag:
                break
            self.seen = tag.end()
            text = tag.group()
            if not text.startswith((b'<?', b'<stream:stream', b'</stream:stream')):
                self.depth += -1 if text.startswith(b'</') else 0 if text.endswith(b'/>') else 1
            if self.depth == 0:
                found.append(self.rest[:self.seen])
                self.rest, self.seen = self.rest[self.seen:], 0
        if self.depth == 0 and self.rest.isspace():
            found.append(self.rest)
            self.rest = b''
        return found


class Watch(Relay):
    """Between one client and its server. Connections are cut between two elements."""

    def __init__(self, port):
        super().__init__(port)
        self.handled = {UP: [], DOWN: []}
        self.since = {UP: 0, DOWN: 0}  # where the numbers of Stream Management begin
        self.lost = []                 # what was, in its order
        self.wanted = []
        self.passing = threading.Lock()
        self.news = threading.Condition()
        self.going = threading.Event()
        self.going.set()
        self.due = {}     # acknowledgements that the server owes, by connection that has Stream Management
        self.parted = {}  # set when the server's end is closed, by connection

    def lose(self, name, way, wanted):
        self.wanted.append((name, way, wanted, False))

    def lose_answer(self, name, way, wanted):
        self.wanted.append((name, way, wanted, True))

    def wait(self, condition):
        with self.news:
            return self.news.wait_for(condition, DEADLINE)

    def pump(self, pair, source, sink):
        way = UP if source is pair[0] else DOWN
        elements = Elements()
        try:
            while data := source.recv(16384):
                for element in elements.feed(data):
                    with self.passing:
                        if pair not in self.pairs:
                            self.see_off(pair, way, element)
                        elif self.may_pass(pair, way, element):
                            sink.sendall(element)
                        else:
                            self.part(pair)
                    with self.news:
                        self.news.notify_all()
        except OSError:
            pass
        with self.passing:
            if pair in self.pairs:
                self.part(pair)
        if way == DOWN:
            for s in pair:
                s.close()
            if pair in self.parted:
                self.parted[pair].set()

    def part(self, pair):
        """Cut for the client at once, and for the server when it says that it has had all that has passed: Prosody 0.12
        forgets what comes just before the end, and goes on in the middle of an element."""
        self.pairs.remove(pair)
        self.parted[pair] = threading.Event()
        self.end(pair[0])
        if pair not in self.due:
            self.end(pair[1], how=socket.SHUT_WR)
            return
        self.due[pair] += 1
        try:
            pair[1].sendall(b"<r xmlns='urn:xmpp:sm:3'/>")
        except OSError:
            pass

    def see_off(self, pair, way, element):
        if way == DOWN and element.startswith(b'<a '):
            self.due[pair] -= 1
            if not self.due[pair]:
                self.end(pair[1], how=socket.SHUT_WR)

    def settle(self):
        for parted in list(self.parted.values()):
            parted.wait(DEADLINE)
        self.going.wait(DEADLINE)

    def hold(self):
        self.going.clear()

    def let(self):
        super().let()
        self.going.set()

    def may_pass(self, pair, way, element):
        """Is the element let through? What it says about the others is taken down."""
        managed = SM.match(element)
        if managed:
            self.count(pair, way, *managed.groups())
        if not STANZA.match(element):
            return True
        stanza = ET.fromstring(element)
        for each in self.wanted:
            name, where, wanted, waits = each
            if where != way or not wanted(stanza):
                continue
            self.wanted.remove(each)
            if waits:
                self.lose(name, DOWN if way == UP else UP, answers(stanza))
                break
            self.n_cuts += 1
            self.lost.append(name)
            return False
        self.handled[way].append(stanza)
        return True

    def count(self, pair, way, name, h):
        """XEP-0198 sections 3 and 5: either side says how many it has had."""
        other = DOWN if way == UP else UP
        if name == b'r' and way == UP:
            self.due[pair] += 1
        elif name == b'a' and way == DOWN:
            self.due[pair] -= 1
        if name in (b'enabled', b'resumed'):
            self.due[pair] = 0
        if name in (b'enable', b'enabled'):
            self.since[way] = len(self.handled[way])
        elif name in (b'resume', b'resumed'):
            del self.handled[other][self.since[other] + int(h):]


def answers(request):
    """Is a stanza the answer to that request?"""
    return lambda s: s.get('id') == request.get('id') and s.get('type') in ('result', 'error')


class Via:
    """A server, reached through a relay."""

    def __init__(self, server, relay):
        self.server, self.relay = server, relay

    def __getattr__(self, name):
        return getattr(self.server, name)

    @property
    def address(self):
        return f'{LOOPBACK}:{self.relay.port}'
