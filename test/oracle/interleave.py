#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes up scenarios, lets model.py say what they must show, and plays them with test/replay.

  interleave.py [--seed N] [--count N] [--steps N] [--recorded]

Sids and peers collide and operations come at the wrong time, as in the recorded groups random-*;
beside that handlers call back in, types set states, and operations nest. --recorded first checks
the model itself against the recorded scenarios. What fails is kept in TMPDIR, cut to the step that
differs.
"""
import argparse
import json
import os
import random
import subprocess
import sys

import model
import wire

SRCDIR = os.environ.get('srcdir', os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))
DATA = os.path.join(SRCDIR, 'test', 'data', 'oracle')
TMPDIR = os.environ.get('TMPDIR', '/tmp')
REPLAY = os.environ.get('REPLAY', os.path.join('test', 'replay'))

OWN = 'm@self.example/main'
PEERS = ['z@peer.example/r1', 'z@peer.example/r2', 'a@peer.example/r1', 'z@peer.example', 'z@evil.example/r1']
SIDS = [f's{number}' for number in range(1, 8)] + ['S1', '\u00e9', 'constructor', 'a b', 'x' * 1023]
STUB, RTP, ASYNC, OTHER = ('urn:xmpp:jingle:apps:stub:0', 'urn:xmpp:jingle:apps:rtp:1',
                           'urn:xmpp:jingle:apps:async:0', 'urn:example:other:0')
TYPES = [{'application': STUB, 'type': 'stub'}, {'application': RTP, 'type': 'stub'},
         {'application': ASYNC, 'type': 'async'}]
TRANSPORT = "<transport xmlns='urn:xmpp:jingle:transports:stub:0'/>"
ACTIONS = sorted(wire.DEFINED) + ['welp']
STATES = ['starting', 'pending', 'active']
CONNECTIONS = ['starting', 'connecting', 'connected', 'disconnected', 'interrupted']
ERRORS = [('conflict', 'tie-break'), ('item-not-found', 'unknown-session'), ('unexpected-request', 'out-of-order'),
          ('feature-not-implemented', 'unsupported-info'), ('bad-request', None), ('service-unavailable', None),
          ('item-not-found', None)]
REPLIES = [None, None, None, {'condition': 'not-acceptable'}, {'type': 'wait', 'condition': 'resource-constraint'},
           {'type': 'modify', 'condition': 'feature-not-implemented', 'jingle': 'unsupported-info'}]
EVENTS = ['createdSession', 'incoming', 'outgoing', 'terminated', 'state', 'connection', 'error']


class Maker:
    """One scenario, made step by step beside the model, so that answers fit what was asked."""

    def __init__(self, seed, steps):
        self.random = random.Random(seed)
        self.sid = 0
        self.request = 0
        self.label = 0
        self.last_action = {}
        types = self.random.sample(TYPES, len(TYPES) if self.chance(0.8) else self.random.randint(0, 2))
        config = {'self': OWN, 'types': types + ([{'application': OTHER, 'type': 'base'}] if self.chance(0.1) else []),
                  'tie_break': self.pick(['default', 'default', 'default', 'always', 'never'])}
        if self.chance(0.3):
            config['on'] = {self.pick(EVENTS): self.reaction()}
        self.scenario = {'format': 1, 'name': f'interleaved-{seed}', 'group': 'interleaved',
                         'doc': 'made up', 'config': config, 'steps': []}
        self.model = model.Model(config)
        for _ in range(steps):
            self.add_step()

    def pick(self, choices):
        return self.random.choice(choices)

    def chance(self, of):
        return self.random.random() < of

    def reaction(self):
        op = self.pick(['accept', 'decline', 'cancel', 'end', 'send', 'send', 'start', 'set_connection', 'set_state',
                        'end_all', 'receive', 'create', 'complete'])
        if op == 'receive':
            return self.from_anybody()
        if op == 'create':
            return self.create()
        if op == 'complete':
            return {'op': op, 'id': f'i{self.random.randint(1, 10)}'}
        return {'op': op, **self.arguments(op)}

    def arguments(self, op):
        if op in ('end', 'end_peer', 'end_all'):
            return self.ending()
        if op == 'send':
            action = self.pick(sorted(wire.DEFINED))
            return {'action': action, 'payload': self.payload(action)}
        if op == 'set_connection':
            return {'connection': self.pick(CONNECTIONS)}
        if op == 'set_state':
            return {'state': self.pick(STATES)}
        return {}

    def ending(self):
        made = {}
        if self.chance(0.6):
            made['reason'] = self.pick(wire.REASONS)
        if self.chance(0.2):
            made['text'] = 'because of <this> & "that"'
        if made.get('reason') == 'alternative-session' and self.chance(0.5):
            made['alt_sid'] = 'other'
        if self.chance(0.25):
            made['silent'] = True
        return made

    def content(self, application, name='c1', creator="creator='initiator'"):
        return f"<content {creator} name='{name}'><description xmlns='{application}'/>{TRANSPORT}</content>"

    def payload(self, action):
        if action in ('session-initiate', 'session-accept', 'content-add', 'content-accept', 'content-reject',
                      'description-info'):
            return self.content(self.pick([STUB, RTP, ASYNC, OTHER]), self.pick(['c1', 'c2']))
        if action == 'session-info':
            return self.pick(['', '', "<ringing xmlns='urn:xmpp:jingle:apps:rtp:info:1'/>",
                              '<reason><success/></reason>'])
        if action == 'session-terminate':
            return self.pick(['', '<reason><busy/></reason>',
                              '<reason><decline/><text>a &lt; b</text></reason>',
                              '<reason><alternative-session><sid>s9</sid></alternative-session></reason>'])
        if action.startswith('transport'):
            return f"<content creator='initiator' name='c1'>{TRANSPORT}</content>"
        if action == 'content-modify':
            return "<content creator='initiator' name='c1' senders='initiator'></content>"
        return "<content creator='initiator' name='c1'/>"

    def offer(self):
        if self.chance(0.06):
            return self.pick(['', "<content creator='initiator' name='c1'/>", self.content(STUB, creator="creator='me'"),
                              f"<content creator='initiator'><description xmlns='{STUB}'/>{TRANSPORT}</content>",
                              self.content(STUB).replace('<content ', "<content disposition='early-session' "),
                              self.content(STUB).replace('<content ', "<content senders='all' ")])
        offer = self.content(self.pick([STUB, RTP, ASYNC, OTHER]), creator=self.pick(["creator='initiator'", '']))
        if self.chance(0.2):
            offer += self.content(self.pick([STUB, RTP, ASYNC, OTHER]), 'c2')
        return offer

    # ---- steps ----

    def add_step(self):
        step = self.random.choices(
            [self.from_session, self.from_anybody, self.create, self.operate, self.answer, self.complete, self.many],
            [30, 22, 12, 34, 22, 16, 3])[0]()
        if not step:
            return
        if step['op'] in ('receive', 'create'):
            self.label += 1
            step['as'] = f'S{self.label}'
        step['expect'] = self.model.play(step)
        self.scenario['steps'].append(step)

    def iq(self, peer, action, sid, inside):
        self.request += 1
        action = '' if action is None else f" action='{action}'"
        ident = f'i{self.request}' if self.chance(0.97) else 'i1'
        return {'op': 'receive', 'xml': f"<iq xmlns='jabber:client' type='set' id='{ident}' from='{peer}' to='{OWN}'>"
                                        f"<jingle xmlns='{wire.NS}'{action} sid='{sid}'>{inside}</jingle></iq>"}

    def from_session(self):
        """The peer of a session acts on it; often with the action of our last request."""
        if not self.model.sessions:
            return self.from_anybody()
        session = self.pick(self.model.sessions[-8:])
        action = self.pick(ACTIONS)
        if self.chance(0.3):
            action = 'session-accept' if session.initiator else 'transport-info'
        if session.unanswered and self.chance(0.4):
            action = self.pick(session.unanswered)[1]
        inside = self.offer() if action == 'session-initiate' else self.payload(action)
        return self.iq(session.peer, action, session.sid, inside)

    def from_anybody(self):
        action = 'session-initiate' if self.chance(0.7) else self.pick(ACTIONS + [None, ''])
        inside = self.offer() if action == 'session-initiate' else self.payload(action or 'session-info')
        return self.iq(self.pick(PEERS), action, self.pick(SIDS + ['']) if self.chance(0.98) else '', inside)

    def create(self):
        kind, application = self.pick([('stub', STUB), ('stub', RTP), ('async', ASYNC), ('base', OTHER)])
        return {'op': 'create', 'sid': self.pick(SIDS), 'peer': self.pick(PEERS), 'type': kind,
                'role': 'initiator' if self.chance(0.95) else 'responder', 'applications': [application]}

    def operate(self):
        if not self.model.labels:
            return None
        label = self.pick(list(self.model.labels)[-8:])
        op = self.random.choices(['start', 'accept', 'send', 'end', 'cancel', 'decline', 'set_connection', 'set_state'],
                                 [24, 20, 34, 8, 3, 3, 8, 2])[0]
        return {'op': op, 'session': label, **self.arguments(op)}

    def answer(self):
        """Answers a request of ours: most often one that waits, from whom it went to."""
        if not self.model.requests:
            return None
        session, action, ident = self.pick(self.model.requests[-6:])
        ids = [i for s, a, i in self.model.requests if s is session and a == action]
        placeholder = f'{{{{id:{self.model.label_of(session)}:{action}:{ids.index(ident) + 1}}}}}'
        peer = session.peer if self.chance(0.93) else self.pick(PEERS)
        inside, kind = '', 'result'
        if self.chance(0.35):
            kind = 'error'
            condition, jingle = self.pick(ERRORS)
            inside = f"<error type='cancel'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
            inside += f"<{jingle} xmlns='urn:xmpp:jingle:errors:1'/></error>" if jingle else '</error>'
        return {'op': 'receive', 'xml': f"<iq xmlns='jabber:client' type='{kind}' id='{placeholder}'"
                                        f" from='{peer}' to='{OWN}'>{inside}</iq>"}

    def complete(self):
        waiting = [request.ident for request in self.model.open if not request.answered]
        if not waiting or self.chance(0.05):
            waiting = [f'i{self.random.randint(1, self.request + 1)}']
        step = {'op': 'complete', 'id': self.pick(waiting)}
        error = self.pick(REPLIES)
        return dict(step, error=error) if error else step

    def many(self):
        if self.chance(0.8):
            return {'op': 'end_peer', 'peer': self.pick(PEERS), **self.ending()}
        return {'op': 'end_all', **self.ending()}


# ---- the model itself ----

def recorded():
    for name in sorted(os.listdir(DATA)):
        if name.endswith('.jsonl'):
            with open(os.path.join(DATA, name), encoding='utf-8') as file:
                yield from map(json.loads, file)


def comparable(observation, unordered, last):
    """In the form in which two observations are equal when they agree."""
    observation = json.loads(json.dumps(observation))
    for out in observation.get('out', []):
        out.pop('initiator', None)
        out.pop('responder', None)
    if 'sessions' in observation:
        sessions = observation['sessions']
        for label, values in sessions.items():
            sessions[label] = last[label] if values == '=' else values
        last.update(sessions)
    if unordered:
        merged = [observation['out'][e['out']] if e['event'] == 'send' else e for e in observation['events']]
        observation['events'] = sorted(merged, key=lambda event: event.get('session', ''))
        observation['out'] = len(observation['out'])
    return observation


def check_model():
    """@return the names of the recorded scenarios that it judges in another way"""
    wrong = []
    for scenario in recorded():
        judge = model.Model(scenario['config'])
        wanted_last, got_last = {}, {}
        for step in scenario['steps']:
            wanted = step['expect_best'] if 'expect_best' in step else step['expect']
            unordered = step.get('unordered', False)
            if comparable(judge.play(step), unordered, got_last) != comparable(wanted, unordered, wanted_last):
                wrong.append(scenario['name'])
                break
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--count', type=int, default=200)
    parser.add_argument('--steps', type=int, default=60)
    parser.add_argument('--recorded', action='store_true')
    options = parser.parse_args()
    bad = False
    if options.recorded:
        wrong = check_model()
        bad = bool(wrong)
        print(f'not ok model - judges {len(wrong)} recorded scenarios otherwise: {wrong[:3]}' if bad else 'ok model')
    path = os.path.join(TMPDIR, f'interleaved-{options.seed}.jsonl')
    with open(path, 'w', encoding='utf-8') as file:
        for seed in range(options.seed, options.seed + options.count):
            json.dump(Maker(seed, options.steps).scenario, file)
            file.write('\n')
    sys.stdout.flush()
    done = subprocess.run([REPLAY, '--repeat-each', '2', path], check=False)
    if done.returncode == 0:
        os.unlink(path)
        print(f'ok interleaved from {options.seed} on')
    sys.exit(1 if bad else done.returncode)


if __name__ == '__main__':
    main()
