#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Several processes of examples/gateway.c on one name, behind ejabberd's domain_balancing: each peer stays with
one of them; one is killed under load, or told to end, and restarted, and nobody's note is lost unnoticed; how
many notes go through one, two and four of them (full)."""
import collections
import hashlib
import os
import re
import select
import signal
import socket
import time
import urllib.error
import urllib.request

from harness import BUILD, DEADLINE, Failed, main, test
from servers import Ejabberd

SECRET = 'a secret of its own'
SOURCE = 'source.localhost'
NAMES = {n: f'gateway{n}.localhost' for n in (1, 2, 4)}  # by the number of processes
NS = 'urn:example:gateway'
JINGLE = 'urn:xmpp:jingle:1'
CONTENT = (f"<content creator='initiator' name='c'><description xmlns='{NS}'/>"
           "<transport xmlns='urn:example:none'/></content>")
STANZA = re.compile(rb'<iq\b[^>]*?(?:/>|>.*?</iq>)', re.DOTALL)
ATTRIBUTE = re.compile(rb'\s(id|type|from|to|action|sid|n)=["\']([^"\']*)["\']')
NOTICED = 3.0  # seconds without an answer, and the peer sends again


class Line:
    """A peer's session with the gateway: notes with numbers, one in flight at a time."""

    def __init__(self, peer, to):
        self.peer, self.to = peer, to
        self.sid = None
        self.offers = 0
        self.last = 0       # number of the last note that was acknowledged
        self.repeated = 0   # sent again for want of an answer
        self.errors = collections.Counter()
        self.waiting = None  # number of the IQ in flight
        self.note = False    # it is a note
        self.sent = 0.0
        self.open = False
        self.total = None
        self.end = None  # the reason of the gateway's session-terminate

    @property
    def bare(self):
        return self.peer.split('/')[0]


class Source:
    """A component that speaks for many peers. It has no thread: turn() does what there is to do."""

    def __init__(self, server):
        host, port = server.component_address.split(':')
        self.socket = socket.create_connection((host, int(port)), DEADLINE)
        self.socket.sendall(f"<stream:stream xmlns='jabber:component:accept' to='{SOURCE}' "
                            "xmlns:stream='http://etherx.jabber.org/streams'>".encode())
        head = self.read_until(b'>', 2 if b'?>' in self.socket.recv(6, socket.MSG_PEEK) else 1)
        stream = re.search(rb'\sid=["\']([^"\']+)', head).group(1)
        digest = hashlib.sha1(stream + SECRET.encode()).hexdigest()
        self.socket.sendall(f'<handshake>{digest}</handshake>'.encode())
        self.read_until(b'>', 1)
        self.socket.setblocking(False)
        self.lines = {}    # by (peer, to)
        self.waiting = {}  # IQ number: line
        self.numbers = 0
        self.data, self.out = b'', []
        self.answers = 0

    def read_until(self, mark, times):
        data = b''
        while data.count(mark) < times or b'id=' not in data and b'handshake' not in data:
            more = self.socket.recv(4096)
            if not more:
                raise Failed(f'the server has closed the connection of {SOURCE}: {data}')
            data += more
        return data

    def close(self):
        self.socket.close()

    # -- sending
    def request(self, line, payload, note=False):
        self.numbers += 1
        line.waiting, line.note, line.sent = str(self.numbers), note, time.monotonic()
        self.waiting[line.waiting] = line
        self.out.append(f"<iq type='set' id='{line.waiting}' from='{line.peer}' to='{line.to}'>{payload}</iq>")

    def offer(self, line):
        line.offers += 1
        line.sid, line.last, line.open = f's{line.offers}', 0, False
        self.request(line, f"<jingle xmlns='{JINGLE}' action='session-initiate' sid='{line.sid}' "
                           f"initiator='{line.peer}'>{CONTENT}</jingle>")

    def info(self, line, payload, note=False):
        self.request(line, f"<jingle xmlns='{JINGLE}' action='session-info' sid='{line.sid}'>{payload}</jingle>", note)

    def note(self, line):
        self.info(line, f"<note xmlns='{NS}' n='{line.last + 1}'/>", True)

    # -- receiving
    def turn(self, wait=0.2):
        if self.out:
            data = ''.join(self.out).encode()
            self.out = []
            while data:
                try:
                    data = data[self.socket.send(data):]
                except BlockingIOError:
                    select.select([self.socket], [self.socket], [], wait)
                    self.receive()
        elif select.select([self.socket], [], [], wait)[0]:
            self.receive()

    def receive(self):
        try:
            more = self.socket.recv(1 << 18)
        except BlockingIOError:
            return
        if not more:
            raise Failed('the server has closed the connection')
        self.data += more
        end = 0
        for match in STANZA.finditer(self.data):
            end = match.end()
            self.take(match.group(0))
        self.data = self.data[end:]

    def take(self, stanza):
        head, _, rest = stanza.partition(b'>')
        a = {k.decode(): v.decode() for k, v in ATTRIBUTE.findall(head)}
        if a['type'] in ('result', 'error'):
            line = self.waiting.pop(a['id'], None)
            if line and line.waiting == a['id']:
                line.waiting = None
                self.answers += 1
                self.answered(line, a['type'], rest)
            return
        self.out.append(f"<iq type='result' id='{a['id']}' from='{a['to']}' to='{a['from']}'/>")
        action = re.search(rb'action=["\']([a-z-]+)', rest).group(1)
        line = self.lines[a['to'], a['from']]
        if action == b'session-accept':
            line.open = True
        elif action == b'session-terminate':
            line.end = re.search(rb'<reason><([a-z-]+)', rest).group(1).decode()
        elif b'<total' in rest:
            line.total = int(re.search(rb'<total\b[^>]*\sn=["\'](\d+)', rest).group(1))

    def answered(self, line, kind, rest):
        if kind == 'result':
            line.last += line.note
            return
        found = re.search(rb'<([a-z-]+) xmlns=["\']urn:ietf:params:xml:ns:xmpp-stanzas', rest)
        condition = found.group(1).decode() if found else 'an error without a condition'
        line.errors[condition] += 1
        line.sent = time.monotonic()
        if condition == 'item-not-found':  # the session is gone, and that is how we learn it
            self.offer(line)

    # -- load
    def add(self, made):
        for line in made:
            self.lines[line.peer, line.to] = line
            self.offer(line)
        self.until(lambda: all(line.open and not line.waiting for line in made), 'all sessions are open')

    def until(self, done, what, deadline=DEADLINE):
        end = time.monotonic() + deadline
        while not done():
            if time.monotonic() > end:
                raise Failed(f'not within {deadline} s: {what}')
            self.turn()

    def load(self, done, what, deadline=DEADLINE, settled=None):
        """A note of every line is in flight until done() is true; then until none of the settled lines has one
        (all lines, if not said)."""
        end = time.monotonic() + deadline
        checked = 0.0
        stopping = False
        while True:
            now = time.monotonic()
            stopping = stopping or done()
            if stopping and all(line.open and not line.waiting for line in settled or self.lines.values()):
                return
            if now > end:
                raise Failed(f'not within {deadline} s: {what}; unanswered: '
                             + str([(w.peer, w.sid, w.last) for w in self.lines.values() if w.waiting][:5]))
            if now > checked + 0.2:
                checked = now
                self.again(now)
            if not stopping:
                for line in self.lines.values():
                    if line.open and not line.waiting and not self.late(line, now):
                        self.note(line)
            self.turn(0.05)

    @staticmethod
    def late(line, now):
        """It was refused a moment ago: not at once again."""
        return line.errors and now < line.sent + 0.5

    def again(self, now):
        for line in self.lines.values():
            if line.waiting and now > line.sent + NOTICED:
                self.waiting.pop(line.waiting)
                line.repeated += 1
                if line.open:
                    self.note(line)
                else:
                    self.offer(line)
            elif not line.waiting and not line.open and now > line.sent + NOTICED:
                self.offer(line)  # acknowledged, and accepted by nobody

    def check_totals(self):
        """What the gateway has counted in each session is what was acknowledged."""
        for line in self.lines.values():
            line.total = None
        for line in self.lines.values():
            self.info(line, f"<total xmlns='{NS}'/>")
        self.until(lambda: all(line.total is not None for line in self.lines.values()), 'all totals are there')
        wrong = [(w.peer, w.total, w.last) for w in self.lines.values() if w.total != w.last]
        if wrong:
            raise Failed(f'of {len(self.lines)} totals {len(wrong)} are wrong: (peer, counted, acknowledged) {wrong[:5]}')


# ---- the processes ---------------------------------------------------------------------------------------


def gateway(t, number, *options):
    name = NAMES[number]
    process = t.start([os.path.join(BUILD, 'examples', 'gateway'), '-m', '0', '-v', *options, name,
                       t.server.component_address], name='gateway', env={'JINGLE_SECRET': SECRET})
    process.port = int(process.expect(r'^metrics (\d+)$', 'out').group(1))
    process.expect(rf'^ready {name}$', 'out')
    return process


def source(t):
    made = Source(t.server)
    t.last(made.close)
    return made


def lines(number, count, resources=('r',), locals_=('x',)):
    return [Line(f'user{i}@{SOURCE}/{r}', f'{x}@{NAMES[number]}') for i in range(count) for r in resources
            for x in locals_]


def peers_of(process):
    """Bare JIDs of the peers that a process has had sessions with."""
    return set(re.findall(rf'^\S+ (\S+@{SOURCE})/\S+ \S+ active$', process.text('out'), re.MULTILINE))


def scrape(process, path='/metrics'):
    with urllib.request.urlopen(f'http://127.0.0.1:{process.port}{path}', timeout=DEADLINE) as page:
        return page.headers, page.read().decode()


def counters(process):
    return {name: int(value) for name, value in
            re.findall(r'^([a-z_]+) (\d+)$', scrape(process)[1], re.MULTILINE)}


# ---- the tests -------------------------------------------------------------------------------------------


@test('each peer stays with one of four processes')
def _(t):
    processes = [gateway(t, 4) for _ in range(4)]
    load = source(t)
    load.add(lines(4, 40, ('desk', 'phone'), ('bob', 'eve')))
    load.load(lambda: all(line.last >= 3 for line in load.lines.values()), 'three notes of each')
    load.check_totals()
    seen = [peers_of(p) for p in processes]
    t.true(all(seen), f'a process has no peer: {[len(s) for s in seen]}')
    t.equal(sum(len(s) for s in seen), 40, 'peers, over all processes')
    t.equal(len(set.union(*seen)), 40, 'different peers')
    found = [counters(p) for p in processes]
    t.equal([c['jingle_sessions'] for c in found], [4 * len(s) for s in seen], 'sessions of each process')
    t.equal(sum(c['gateway_notes_total'] for c in found), sum(w.last for w in load.lines.values()), 'notes counted')
    t.equal([c['gateway_repeats_total'] + c['gateway_gaps_total'] for c in found],
            [sum(w.repeated for w in load.lines.values() if w.bare in s) for s in seen], 'repeats and gaps')


@test('Prometheus reads the counters')
def _(t):
    process = gateway(t, 1)
    load = source(t)
    load.add(lines(1, 3))
    with socket.create_connection(('127.0.0.1', process.port), DEADLINE) as slow:
        slow.sendall(b'GET /met')  # and nothing more: others are served all the same
        headers, text = scrape(process)
        t.equal(headers['Content-Type'], 'text/plain; version=0.0.4', 'the type')
        for line in text.splitlines():
            t.true(re.fullmatch(r'# HELP [a-z_]+ \S.*|# TYPE [a-z_]+ (counter|gauge)|[a-z_]+ \d+', line),
                   f'not the text format: {line}')
        names = re.findall(r'^# TYPE (\S+)', text, re.MULTILINE)
        t.equal(names, re.findall(r'^([a-z_]+) \d+$', text, re.MULTILINE), 'the series')
        got = counters(process)
        t.equal((got['gateway_connected'], got['jingle_sessions'], got['jingle_actions_total']), (1, 3, 3), 'counters')
        try:
            scrape(process, '/else')
            raise Failed('there is something else than /metrics')
        except urllib.error.HTTPError as error:
            t.equal(error.code, 404, 'the status')
            error.close()
        slow.sendall(b'rics HTTP/1.0\r\n\r\n')
        t.true(slow.recv(4096).startswith(b'HTTP/1.1 200 OK\r\n'), 'the slow one was not served')
    with socket.create_connection(('127.0.0.1', process.port), DEADLINE) as long:
        long.sendall(b'GET /metrics HTTP/1.1\r\nX: ' + 4096 * b'x')  # never an end
        t.true(long.recv(4096).startswith(b'HTTP/1.1 200 OK\r\n'), 'the long one was not served')
    held = [socket.create_connection(('127.0.0.1', process.port), DEADLINE) for _ in range(17)]
    try:
        t.equal(held[0].recv(1), b'', 'the first of seventeen connections')
        t.equal(counters(process)['jingle_sessions'], 3, 'sessions, with sixteen that ask nothing')
    finally:
        for s in held:
            s.close()


def killed_under_load(t, options, how=signal.SIGKILL):
    """Four processes, one of which is ended while each of its peers has a note in flight, and started again.
    Returns what its peers and the others have seen, and the new process."""
    processes = [gateway(t, 4, *options(i)) for i in range(4)]
    load = source(t)
    load.add(lines(4, 120))
    seen = [peers_of(p) for p in processes]
    which = max(range(4), key=lambda i: len(seen[i]))
    mine = [w for w in load.lines.values() if w.bare in seen[which]]
    others = [w for w in load.lines.values() if w.bare not in seen[which]]
    killed = {}

    def under_way():
        if not killed and all(w.last >= 3 for w in load.lines.values()):
            killed['in flight'] = sum(1 for w in mine if w.waiting)
            processes[which].signal(how)
            killed['status'] = processes[which].wait()
            killed['notes'] = {w: w.last for w in others}
        return killed and all(w.last >= killed['notes'][w] + 5 for w in others)

    load.load(under_way, 'five notes of each peer of the other three', settled=others)
    process = gateway(t, 4, *options(which))
    marks = {w: w.last for w in load.lines.values()}
    load.load(lambda: all(w.last >= (marks[w] if w.offers == 1 else 0) + 5 for w in load.lines.values()),
              'five more notes of each')
    load.check_totals()
    t.true(killed['in flight'] > 0, 'nothing was in flight when it was killed')
    t.equal(killed['status'], -signal.SIGKILL if how == signal.SIGKILL else 0, 'the exit status')
    t.equal(sum((w.errors for w in others), collections.Counter()), collections.Counter(), 'errors of the others')
    t.equal({w.offers for w in others}, {1}, 'offers of the others')
    print(f'{len(mine)} of {len(load.lines)} peers were with the one that was killed, {killed["in flight"]} waited for '
          f'an answer; {sum(w.repeated for w in mine)} requests were sent again; answers: '
          f'{dict(sum((w.errors for w in mine), collections.Counter()))}')
    return mine, process, seen[which]


@test('one is killed under load and restarted: the others are not touched, no note is lost unnoticed')
def _(t):
    mine, process, peers = killed_under_load(t, lambda i: [])
    lost = [w.peer for w in mine if w.offers == 1]
    t.equal(lost, [], 'peers that have not noticed that their session is gone')
    t.equal(peers_of(process), peers, 'peers of the new process')


def kept_under_load(t, how):
    mine, process, _ = killed_under_load(t, lambda i: ['-s', t.path(f'kept{i}')], how)
    t.says(process, rf'^restored {len(mine)}$')
    t.equal({(w.offers, w.end) for w in mine}, {(1, None)}, 'offers of its peers, and ends of their sessions')
    t.equal(sum((w.errors for w in mine), collections.Counter()), collections.Counter(), 'errors of its peers')


for signal_, words in ((signal.SIGKILL, 'killed'), (signal.SIGTERM, 'told to end')):
    test(f'one that keeps its sessions is {words} under load: they go on, and no note is lost or counted twice')(
        lambda t, how=signal_: kept_under_load(t, how))


@test('one that does not is told to end: its peers are told')
def _(t):
    process, load = gateway(t, 1), source(t)
    load.add(lines(1, 3))
    process.signal(signal.SIGTERM)
    load.until(lambda: all(w.end for w in load.lines.values()), 'all sessions have ended')
    t.equal({w.end for w in load.lines.values()}, {'gone'}, 'the reasons')
    t.exits(process, 0)


def cpu(pid):
    """Seconds of processor time that a process has used."""
    with open(f'/proc/{pid}/stat', encoding='ascii') as f:
        fields = f.read().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def measure(t, number, seconds=8):
    processes = [gateway(t, number) for _ in range(number)]
    load = source(t)
    load.add(lines(number, 400))
    load.load(lambda: all(w.last >= 5 for w in load.lines.values()), 'five notes of each')
    pids = {'gateways': [p.pid for p in processes], 'ejabberd': [t.server.pid], 'peers': [os.getpid()]}
    before = {who: sum(map(cpu, p)) for who, p in pids.items()}
    begin, first = time.monotonic(), load.answers
    load.load(lambda: time.monotonic() > begin + seconds, 'the time is over', seconds + DEADLINE)
    took, answers = time.monotonic() - begin, load.answers - first
    used = {who: (sum(map(cpu, p)) - before[who]) / took for who, p in pids.items()}
    print(f'{number} processes: {answers / took:.0f} notes/s; processors: '
          + ', '.join(f'{who} {share:.2f}' for who, share in used.items())
          + f'; {used["gateways"] * took / answers * 1e6:.0f} us of a gateway a note', flush=True)
    load.check_totals()
    t.equal(sum(w.offers - 1 for w in load.lines.values()), 0, 'sessions that were lost')
    for process in processes:
        process.kill()


def resident(pid):
    with open(f'/proc/{pid}/statm', encoding='ascii') as f:
        return int(f.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')


@test('memory of a session', full=True)
def _(t):
    process = gateway(t, 1)
    load = source(t)
    load.add(lines(1, 100))  # what is made once
    before = resident(process.pid)
    made = [Line(f'user{i}@{SOURCE}/r', f'x{j}@{NAMES[1]}') for j in range(1, 91) for i in range(300)]
    for begin in range(0, len(made), 300):
        load.add(made[begin:begin + 300])
    grown = resident(process.pid) - before
    print(f'{len(made)} sessions: {grown / len(made):.0f} octets each', flush=True)
    t.equal(counters(process)['jingle_sessions'], 100 + len(made), 'sessions')


for count in NAMES:
    test(f'notes through {count}', full=True)(lambda t, count=count: measure(t, count))


def make(folder):
    balancing = {name: {'type': 'bare_source', 'component_number': n} for n, name in NAMES.items() if n > 1}
    return Ejabberd(folder, components={name: SECRET for name in (*NAMES.values(), SOURCE)}, tls='none',
                    options={'domain_balancing': balancing, 'loglevel': 'warning'})


if __name__ == '__main__':
    main(make)
