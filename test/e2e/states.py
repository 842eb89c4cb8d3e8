#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The connection breaks in each state of a session, on a real Prosody and on a real ejabberd: with each kind of request
under way, and with the answer to it. The stream is resumed (XEP-0198): the session lives on, nothing is lost or doubled.

A file goes from Juliet to Romeo by a proxy that is not there, and then in-band: so a session goes through all its
states. What changes the contents of a session is said by two speakers (speaker.c), each in turn. The relays of both let
whole elements through, so they know what each of the four ends has handled."""
import os
import subprocess
import sys

from harness import BUILD, main, test
from rawpeer import FILE, IBB, JINGLE, ns, tag
from relay import DOWN, UP, Via, Watch
from servers import Ejabberd, Prosody

SIZE = 20_000


def action(name, payload=''):
    """A request of Jingle, by its action and by the element that tells it from others."""
    def wanted(stanza):
        found = jingle(stanza)
        return found is not None and found.get('action') == name and (
            not payload or any(tag(e) == payload for e in found.iter()))
    return wanted


def jingle(stanza):
    return stanza[0] if stanza.get('type') == 'set' and len(stanza) and ns(stanza[0]) == JINGLE else None


def ibb(name):
    return lambda stanza: stanza.get('type') == 'set' and len(stanza) and stanza[0].tag == '{%s}%s' % (IBB, name)


KINDS = {  # who says it, and how it is told from others; in their order
    'session-initiate': ('juliet', action('session-initiate')),
    'session-accept': ('romeo', action('session-accept')),
    'transport-info of the sender': ('juliet', action('transport-info')),
    'transport-info of the receiver': ('romeo', action('transport-info')),
    'transport-replace': ('juliet', action('transport-replace')),
    'transport-accept': ('romeo', action('transport-accept')),
    'open': ('juliet', ibb('open')),
    'data': ('juliet', ibb('data')),
    'close': ('both', ibb('close')),
    'checksum': ('juliet', action('session-info', 'checksum')),
    'received': ('romeo', action('session-info', 'received')),
    'session-terminate': ('romeo', action('session-terminate')),
}
OTHER = {'juliet': 'romeo', 'romeo': 'juliet'}
HALVES = {  # at whose relay what is lost, seen from the request's sender
    'the request on its way to the server': (True, Watch.lose, UP),
    'the request on its way from the server': (False, Watch.lose, DOWN),
    'the answer on its way to the server': (False, Watch.lose_answer, DOWN),
    'the answer on its way from the server': (True, Watch.lose_answer, UP),
}


# Who has no session yet ends when its connection breaks (jingle(1)): what is on its way to it then begins none.
NOT_MET = ('session-initiate', 'the request on its way from the server')


def transfer(t, kinds, half):
    path = t.random_file('state.bin', SIZE)
    watches = watch(t, {kind: KINDS[kind] for kind in kinds}, half)
    romeo = t.receiver('romeo', '--once', '--yes', '--insecure', '--relay-only', server=Via(t.server, watches['romeo']))
    # A hash that follows the data makes a checksum.
    juliet = t.jingle('juliet', 'send', '--insecure', '--relay-only', '--no-resume', romeo.jid, path,
                      server=Via(t.server, watches['juliet']))
    t.exits(juliet, 0)
    t.exits(romeo, 0)
    romeo.expect(r'^received .*, verified', 'out')
    t.same(path, t.path('in', 'state.bin'))
    t.equal(t.files(whole=False), ['state.bin'], 'the folder')
    judge(t, {'juliet': juliet, 'romeo': romeo}, watches, kinds, half)


def watch(t, kinds, half):
    """The relays of both, where those kinds will be lost."""
    watches = {}
    for who in OTHER:
        watches[who] = Watch(t.server.ports['c2s'])
        t.last(watches[who].close)
    at_sender, lose, way = HALVES[half]
    for kind, (who, wanted) in kinds.items():
        for one in OTHER if who == 'both' else (who,):
            lose(watches[one if at_sender else OTHER[one]], kind, way, wanted)
    return watches


def judge(t, programs, watches, kinds, half):
    """All were lost; the streams were resumed; each request was heard once and each answer, in one session."""
    lost = {kind for watch in watches.values() for kind in watch.lost}
    t.equal(sorted(set(kinds) - lost), [], 'what was to be lost and was not')
    for who, program in programs.items():
        # With the session over nobody waits for the answer to its end.
        over = int('session-terminate' in watches[who].lost and 'answer' in half)
        t.true(watches[who].n_cuts - program.text().count('connected again') in (0, over), f'resumptions of {who}')
        t.true('logged in again' not in program.text(), f'{who} has a new stream')
    sids = {jingle(s).get('sid') for watch in watches.values() for s in watch.handled[UP] if jingle(s) is not None}
    offers = [s for s in watches['romeo'].handled[DOWN] if action('session-initiate')(s)]
    t.equal((len(sids), len(offers)), (1, 1), 'sessions and offers')
    for who, watch in watches.items():
        peer = watches[OTHER[who]]
        said = [s.get('id') for s in watch.handled[UP] if is_ours(s)]
        heard = [s.get('id') for s in peer.handled[DOWN] if is_ours(s)]
        t.equal(heard, said, f'the requests of {who} that were heard')
        t.equal(len(set(said)), len(said), f'different requests of {who}')
        waited = {s.get('id') for s in watch.handled[UP] if is_ours(s) and not action('session-terminate')(s)}
        for way, ends in ((UP, peer), (DOWN, watch)):
            answers = [s.get('id') for s in ends.handled[way] if s.get('type') in ('result', 'error')]
            t.equal(sorted(a for a in answers if a in waited), sorted(waited), f'the answers to {who}')


def is_ours(stanza):
    return tag(stanza) == 'iq' and stanza.get('type') == 'set' and len(stanza) and ns(stanza[0]) in (JINGLE, IBB)


CHANGES = ('content-add', 'content-accept', 'content-reject', 'content-modify', 'description-info', 'content-remove')
ANSWERS = ('content-accept', 'content-reject')  # said by who is spoken to


class Speakers:
    """Both sides of a session, and all that they were to say, line by line."""

    def __init__(self, t, watches):
        self.t = t
        self.said = {who: [] for who in OTHER}
        self.programs = {who: self.start(who, watches[who]) for who in OTHER}
        for who, program in self.programs.items():
            self.said[who].append(program.expect('^ready .*', 'out').group())
        self.tell('juliet', f'offer {self.said["romeo"][0].split()[1]}')
        self.hear('romeo', 'offered first')
        self.hear_both('accepted first', 'open first')

    def start(self, who, relay):
        account = self.t.account(who, server=Via(self.t.server, relay), ca=False)
        return self.t.start([os.path.join(BUILD, 'test/e2e/speaker'), *account, '--insecure', '--transport', 'ibb',
                             '--to', self.t.folder(who)], name=who, stdin=subprocess.PIPE)

    def tell(self, who, line):
        stdin = self.programs[who].process.stdin
        stdin.write(line.encode() + b'\n')
        stdin.flush()

    def hear(self, who, *lines):
        for line in lines:
            expect = self.programs[who].expect_again if line in self.said[who] else self.programs[who].expect
            expect(f'^{line}$', 'out')
            self.said[who].append(line)

    def hear_both(self, *lines):
        for who in OTHER:
            self.hear(who, *lines)

    def agree(self, contents):
        """Both have those contents. First each says something: what was under way before has arrived then."""
        for who in OTHER:
            self.tell(who, f'say first {who}')
            self.hear(OTHER[who], f'said first {who}')
        for who in OTHER:
            self.tell(who, 'list all')
            self.hear(who, f'list all: {"; ".join(contents)};')

    def end(self):
        for who, program in self.programs.items():
            self.tell(who, 'quit')
            self.t.exits(program, 0)
            self.t.equal(sorted(program.text('out').splitlines()), sorted(self.said[who]), f'what {who} said')


def change(t, who, kinds, half):
    """One side adds a file, which the other accepts, and a page, which it rejects; changes who sends and a title;
    removes a page and adds it again."""
    other = OTHER[who]
    path = t.random_file('state.bin', SIZE)
    watches = watch(t, {kind: (other if kind in ANSWERS else who, action(kind)) for kind in kinds}, half)
    both = Speakers(t, watches)
    both.tell(who, f'file {path}')
    both.hear_both('verified state.bin')
    both.tell(who, 'page bad')
    both.hear(other, 'offered bad')
    both.hear_both('closed bad decline')
    both.tell(who, 'senders first initiator')
    both.hear(other, 'senders first initiator')
    both.hear(who, 'agreed first initiator')
    both.tell(who, 'title first word')
    both.hear(other, 'title first word')
    both.tell(who, 'page second')
    both.hear(other, 'offered second')
    both.hear_both('accepted second', 'open second')
    both.tell(who, 'remove second')
    both.tell(who, 'page second')  # said when the removal has been acknowledged
    both.hear(other, 'offered second')
    both.hear_both('closed second cancel', 'accepted second', 'open second')
    side = 'initiator' if who == 'juliet' else 'responder'
    both.agree(['initiator/first initiator word', f'{side}/file {side} file', f'{side}/second both untitled'])
    both.tell('juliet', 'end')
    both.hear_both('file state.bin done', 'closed first success', 'closed second success', 'ended success')
    both.end()
    t.same(path, t.path(other, 'state.bin'))
    t.equal(t.files(other, whole=False), ['state.bin'], 'the folder')
    judge(t, both.programs, watches, kinds, half)


# What Juliet says, and Romeo before he has heard of it; what comes of it at each, and what both have then: the session's
# initiator wins (XEP-0166 section 7.2.16).
FIRST, SECOND = 'initiator/first both untitled', 'responder/second both untitled'
TIES = {
    'content-modify': ('senders first initiator', 'senders first responder', ['agreed first initiator'],
                       ['senders first initiator', 'error content-modify'],
                       ['initiator/first initiator untitled', SECOND]),
    'content-add': ('page third', 'page fourth', ['accepted third', 'open third'],
                    ['offered third', 'accepted third', 'open third', 'closed fourth cancel', 'error content-add'],
                    [FIRST, SECOND, 'initiator/third both untitled']),
    'content-remove': ('remove second', 'remove second', ['closed second cancel'],
                       ['closed second cancel', 'error content-remove'], [FIRST]),
}


def tie(t, name):
    """Romeo speaks while Juliet's request is lost and she is away: when she says it again, his comes to her."""
    mine, his, by_juliet, by_romeo, left = TIES[name]
    half = next(iter(HALVES))
    watches = watch(t, {name: ('juliet', action(name))}, half)
    both = Speakers(t, watches)
    both.tell('romeo', 'page second')
    both.hear('juliet', 'offered second')
    both.hear_both('accepted second', 'open second')
    watches['juliet'].hold()
    both.tell('juliet', mine)
    t.true(watches['juliet'].wait(lambda: watches['juliet'].lost), 'nothing was lost')
    both.tell('romeo', his)
    said = watches['romeo'].handled[UP]
    t.true(watches['romeo'].wait(lambda: any(map(action(name), said))), 'Romeo has said nothing')
    watches['juliet'].let()
    both.hear('juliet', *by_juliet)
    both.hear('romeo', *by_romeo)
    both.agree(left)
    both.tell('juliet', 'end')
    both.hear_both(*(f'closed {content.split("/")[1].split()[0]} success' for content in left), 'ended success')
    both.end()
    judge(t, both.programs, watches, [name], half)


for name in TIES:
    @test(f'{name} is said by both while the connection is broken', full=True)
    def _(t, name=name):
        tie(t, name)

for half in HALVES:
    for who in OTHER:
        @test(f'{half} is lost of one kind after the other, contents are changed by {who}',
              full=(half, who) != (next(iter(HALVES)), 'juliet'))
        def _(t, half=half, who=who):
            change(t, who, CHANGES, half)

        for kind in CHANGES:
            @test(f'{kind}, contents are changed by {who}: {half} is lost', full=True)
            def _(t, kind=kind, half=half, who=who):
                change(t, who, [kind], half)

for half in HALVES:
    @test(f'{half} is lost of one kind after the other')
    def _(t, half=half):
        transfer(t, [kind for kind in KINDS if (kind, half) != NOT_MET], half)

    for kind in [kind for kind in KINDS if (kind, half) != NOT_MET]:
        @test(f'{kind}: {half} is lost', full=True)
        def _(t, kind=kind, half=half):
            transfer(t, [kind], half)


def main_of(name):
    Prosody.proxy = Ejabberd.proxy = '127.0.0.2'  # it listens elsewhere
    kind = {'prosody': Prosody, 'ejabberd': Ejabberd}[name]
    main(lambda folder: kind(folder, users=('juliet', 'romeo'), tls='none'))


if __name__ == '__main__':
    main_of(sys.argv.pop(1))
