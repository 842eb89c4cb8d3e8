#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A component (examples/component.c) on a real Prosody or ejabberd: its local JIDs are entities of their own,
also for one sid of one peer; who does not belong to a session learns nothing of it."""
import os
import re
import signal
import socket
import sys
import xml.etree.ElementTree as ET

from harness import BUILD, Failed, main, test
from rawpeer import DISCO, JINGLE, RawPeer, condition, ns
from relay import DOWN, LOOPBACK, UP, Relay, Watch
from servers import Ejabberd, Prosody

NAME, SECRET = 'rooms.localhost', 'a secret of its own'
BOB, EVE, NOBODY = f'bob@{NAME}/desk', f'eve@{NAME}/desk', f'nobody@{NAME}/desk'
ECHO = 'urn:example:echo'
CONTENT = (f"<content creator='initiator' name='c' senders='both'><description xmlns='{ECHO}'/>"
           "<transport xmlns='urn:example:none'/></content>")


class Peer(RawPeer):
    """It looks at session-info, and does not just acknowledge it."""

    def answer(self, element):
        if len(element) and ns(element[0]) == JINGLE:
            return False
        return super().answer(element)

    def offer(self, to, sid):
        """A session that is open: offered, acknowledged and accepted."""
        answer = self.act(to, 'session-initiate', sid, CONTENT)
        if answer.get('type') != 'result' or answer.get('from') != to:
            raise Failed(f'{to} answers the offer with {answer.get("type")} {condition(answer)} as {answer.get("from")}')
        accept = self.jingle('session-accept')
        if accept.get('peer') != to or accept.get('sid') != sid:
            raise Failed(f'{accept.get("peer")} accepts {accept.get("sid")}')

    def info(self, to, sid, payload=''):
        return self.act(to, 'session-info', sid, payload)

    def echo(self, to, sid, words):
        """The session is alive, and what comes back is its own."""
        answer = self.info(to, sid, f"<words xmlns='{ECHO}'>{words}</words>")
        if answer.get('type') != 'result' or answer.get('from') != to:
            raise Failed(f'{to} does not acknowledge {words}: {condition(answer)}')
        echo = self.jingle('session-info')
        if (echo.get('peer'), echo.get('sid'), echo[0].text) != (to, sid, words):
            raise Failed(f'{words} came back as {echo[0].text} from {echo.get("peer")}')


def component(t, secret=SECRET, address=None):
    return t.start([os.path.join(BUILD, 'examples', 'component'), NAME, address or t.server.component_address],
                   name='component', env={'JINGLE_SECRET': secret})


def ready(t, relay=None):
    process = component(t, address=relay and f'{LOOPBACK}:{relay.port}')
    process.expect(rf'^ready {NAME}$', 'out')
    return process


def peer(t, user='juliet'):
    made = Peer(t.server, user, resource='desk')
    t.last(made.close)
    return made


def without_names(stanza):
    """Who it is to and from and its number aside: what a stranger can learn from it."""
    xml = ET.tostring(stanza, encoding='unicode')
    return re.sub(r' (id|to|from)="[^"]*"', '', xml)


@test('one sid of one peer with two local JIDs makes two sessions')
def _(t):
    ready(t)
    juliet = peer(t)
    juliet.offer(BOB, 'same')
    juliet.offer(EVE, 'same')
    for to, words in ((BOB, 'for bob'), (EVE, 'for eve'), (BOB, 'again')):
        juliet.echo(to, 'same', words)


@test('the end of one leaves the other')
def _(t):
    process = ready(t)
    juliet = peer(t)
    juliet.offer(BOB, 'same')
    juliet.offer(EVE, 'same')
    t.equal(juliet.act(BOB, 'session-terminate', 'same', reason='<success/>').get('type'), 'result', 'the answer')
    process.expect(f'^{BOB} .* same ended$')
    juliet.echo(EVE, 'same', 'still here')
    t.equal(condition(juliet.info(BOB, 'same')), 'item-not-found', 'what Bob says')
    t.true(f'{EVE} {juliet.jid} same ended' not in process.text(), 'both ended')


@test('whoever is not in a session gets the answer for a sid that never was')
def _(t):
    ready(t)
    juliet, mercutio = peer(t), peer(t, 'mercutio')
    juliet.offer(BOB, 'same')
    cases = [(action, who, to) for action in ('session-info', 'session-terminate', 'session-accept', 'transport-info')
             for who, to in ((juliet, NOBODY), (juliet, EVE), (mercutio, BOB), (mercutio, EVE))]
    for action, who, to in cases:
        live, never = (who.act(to, action, sid, CONTENT if 'accept' in action or 'transport' in action else '')
                       for sid in ('same', 'that-never-was'))
        t.equal(without_names(live), without_names(never), f'the answer of {to} to {who.jid} for {action}')
        t.equal((live.get('type'), live.get('from'), condition(live)), ('error', to, 'item-not-found'), action)
    juliet.echo(BOB, 'same', 'nothing happened')


@test('discovery names Jingle, at the component and at its JIDs')
def _(t):
    ready(t)
    juliet = peer(t)
    for to in (NAME, BOB):
        answer = juliet.request(to, f"<query xmlns='{DISCO}'/>", 'get')
        features = {f.get('var') for f in answer.iter('{%s}feature' % DISCO)}
        t.true({DISCO, JINGLE} <= features, f'{to} names {features}')
        t.equal(answer.get('from'), to, 'who answers')


@test('a type that is not registered')
def _(t):
    ready(t)
    juliet = peer(t)
    other = CONTENT.replace(ECHO, 'urn:example:other')
    t.equal(juliet.act(BOB, 'session-initiate', 'other', other).get('type'), 'result', 'the answer')
    end = juliet.jingle('session-terminate')
    t.equal((condition(end), end.get('peer')), ('unsupported-applications', BOB), 'the end')


@test('a wrong secret is told, and no server')
def _(t):
    refused = component(t, secret='wrong')
    t.exits(refused, 1)
    t.says(refused, 'check JINGLE_SECRET', 'err')
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        nobody = component(t, address=f'127.0.0.1:{free.getsockname()[1]}')
        t.exits(nobody, 1)
    t.says(nobody, 'cannot connect', 'err')


@test('the server is killed and restarted: the component comes back, its sessions live on')
def _(t):
    process = ready(t)
    juliet = peer(t)
    juliet.offer(BOB, 'before')
    t.server.kill()
    process.expect('connecting again', 'err')
    t.server.start()
    process.expect_again(rf'^ready {NAME}$', 'out')
    again = peer(t)
    t.equal(again.jid, juliet.jid, 'the JID of the peer')
    again.offer(EVE, 'after')
    again.echo(BOB, 'before', 'from before')
    again.echo(EVE, 'after', 'from after')


@test('its connection is cut while nothing is under way: it comes back, also with a session')
def _(t):
    relay = Relay(t.server.ports['component'])
    t.last(relay.close)
    process = ready(t, relay)
    juliet = peer(t)
    for sid in ('first', 'second'):
        relay.cut()
        process.expect_again(rf'^ready {NAME}$', 'out')
        juliet.offer(BOB, sid)
    relay.cut()
    process.expect_again(rf'^ready {NAME}$', 'out')
    for sid in ('first', 'second'):
        juliet.echo(BOB, sid, f'of the {sid}')


def is_info(stanza):
    return stanza.get('type') == 'set' and len(stanza) and stanza[0].get('action') == 'session-info'


IN_FLIGHT = {  # on a connection that nobody resumes: what is lost stays so
    'a request to it': (Watch.lose, DOWN),
    'its answer': (Watch.lose_answer, DOWN),
    'its own request': (Watch.lose, UP),
    'the answer to its own request': (Watch.lose_answer, UP),
}


@test('its connection is cut with a request or an answer on it: it comes back, its sessions live on')
def _(t):
    watch = Watch(t.server.ports['component'])
    t.last(watch.close)
    process = ready(t, watch)
    juliet = peer(t)
    juliet.offer(BOB, 'same')
    juliet.offer(EVE, 'same')
    for what, (lose, way) in IN_FLIGHT.items():
        lose(watch, what, way, is_info)
        juliet.send_iq('set', BOB, f"<jingle xmlns='{JINGLE}' action='session-info' sid='same'>"
                                   f"<words xmlns='{ECHO}'>lost</words></jingle>")
        if what == 'the answer to its own request':
            t.equal(juliet.jingle('session-info')[0].text, 'lost', 'what comes back')
        process.expect_again(rf'^ready {NAME}$', 'out')
        for to in (BOB, EVE):
            juliet.echo(to, 'same', f'after {what}')
    t.equal(watch.lost, list(IN_FLIGHT), 'what was lost')
    t.true(' ended' not in process.text(), 'a session ended')


@test('a signal ends every session, each as its own JID, then the program')
def _(t):
    process = ready(t)
    juliet, mercutio = peer(t), peer(t, 'mercutio')
    juliet.offer(BOB, 'one')
    juliet.offer(EVE, 'one')
    mercutio.offer(BOB, 'two')
    process.signal(signal.SIGTERM)
    ends = {(e.get('peer'), e.get('sid'), condition(e)) for e in
            (juliet.jingle('session-terminate'), juliet.jingle('session-terminate'))}
    t.equal(ends, {(BOB, 'one', 'gone'), (EVE, 'one', 'gone')}, 'the ends')
    t.equal(mercutio.jingle('session-terminate').get('peer'), BOB, 'who ends it')
    t.exits(process, 0)


def make(kind):
    return lambda folder: kind(folder, users=['juliet', 'mercutio'], components={NAME: SECRET}, tls='none')


if __name__ == '__main__':
    main(make({'prosody': Prosody, 'ejabberd': Ejabberd}[sys.argv.pop(1)]))
