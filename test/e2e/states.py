#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The connection breaks in each state of a session, on a real Prosody and on a real ejabberd: with each kind of request
under way, and with the answer to it. The stream is resumed (XEP-0198): the session lives on, nothing is lost or doubled.

A file goes from Juliet to Romeo by a proxy that is not there, and then in-band: so a session goes through all its
states. The relays of both let whole elements through, so they know what each of the four ends has handled."""
import sys

from harness import main, test
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
    watches = {}
    for who in OTHER:
        watches[who] = Watch(t.server.ports['c2s'])
        t.last(watches[who].close)
    at_sender, lose, way = HALVES[half]
    for kind in kinds:
        who, wanted = KINDS[kind]
        for one in OTHER if who == 'both' else (who,):
            lose(watches[one if at_sender else OTHER[one]], kind, way, wanted)
    romeo = t.receiver('romeo', '--once', '--yes', '--insecure', '--relay-only', server=Via(t.server, watches['romeo']))
    # A hash that follows the data makes a checksum.
    juliet = t.jingle('juliet', 'send', '--insecure', '--relay-only', '--no-resume', romeo.jid, path,
                      server=Via(t.server, watches['juliet']))
    t.exits(juliet, 0)
    t.exits(romeo, 0)
    romeo.expect(r'^received .*, verified', 'out')
    t.same(path, t.path('in', 'state.bin'))
    t.equal(t.files(whole=False), ['state.bin'], 'the folder')
    lost = {kind for watch in watches.values() for kind in watch.lost}
    t.equal(sorted(set(kinds) - lost), [], 'what was to be lost and was not')
    for who, program in (('juliet', juliet), ('romeo', romeo)):
        # With the session over nobody waits for the answer to its end.
        over = int('session-terminate' in watches[who].lost and 'answer' in half)
        t.true(watches[who].n_cuts - program.text().count('connected again') in (0, over), f'resumptions of {who}')
        t.true('logged in again' not in program.text(), f'{who} has a new stream')
    judge(t, watches)


def judge(t, watches):
    """Each request was heard once and each answer, in one session."""
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
