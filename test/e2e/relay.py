# SPDX-License-Identifier: MIT
"""A TCP relay before a server, which cuts connections where a test wants it.

    relay = Relay(server.ports['c2s'])
    relay.cuts = [100_000, 300_000]     # after so many octets from the client, counted over all connections
    relay.cut(); relay.shut(); relay.let()
    relay.hang(); relay.hung.wait()     # the next connection gets no answer within TLS
    server = Via(t.server, relay)       # the server, as seen through the relay
"""
import socket
import struct
import threading

LOOPBACK = '127.0.0.1'


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
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if not self.open:
                client.close()
                continue
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

    def hang(self):
        self.hung.clear()
        self.hangs = True

    def close(self):
        self.listener.close()
        self.cut()


class Via:
    """A server, reached through a relay."""

    def __init__(self, server, relay):
        self.server, self.relay = server, relay

    def __getattr__(self, name):
        return getattr(self.server, name)

    @property
    def address(self):
        return f'{LOOPBACK}:{self.relay.port}'
