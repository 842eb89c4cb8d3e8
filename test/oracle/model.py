# SPDX-License-Identifier: MIT
"""A second, slow implementation of the engine's rules, written from DEVIATIONS.md alone: it says
what each step of a scenario must show. interleave.py lets it judge scenarios that it makes up."""
import json
import re
import xml.etree.ElementTree as ET

from parts import Request, Session, Skipped
from wire import (NS, TYING, SOURCES, DEFINED, BAD_REQUEST, UNKNOWN, OUT_OF_ORDER, TIE_BREAK,
                  UNSUPPORTED_INFO, split, escape, canonical, children, namespace, well_formed,
                  reason_of, reason_xml, read_error)


class Model:
    def __init__(self, config):
        self.own = config['self']
        self.types = config['types']
        self.tie_break = config.get('tie_break', 'default')
        self.on = config.get('on', {})
        self.labels = {}
        self.sessions = []   # in order of creation
        self.open = []       # requests that async sessions hold
        self.requests = []   # ours: (session, action, id)
        self.ended = []      # offers whose sessions are over: (peer, sid, id)
        self.last = {}
        self.out, self.events, self.label = [], [], None
        self.asks_for_sources = any(entry['type'] in ('stub', 'async') for entry in self.types)

    # ---- what is observed ----

    def label_of(self, session):
        return next(label for label, other in self.labels.items() if other is session)

    def emit(self, event, session, **more):
        if event == 'createdSession':
            if self.label and self.label not in self.labels:
                self.labels[self.label] = session
            else:
                self.labels[f'?{1 + sum(name[0] == "?" for name in self.labels)}'] = session
            self.label = None
        self.events.append({'event': event, 'session': self.label_of(session), **more})
        if event in self.on:
            try:
                self.perform(self.on[event], session)
            except Skipped:
                pass

    def send(self, **out):
        self.events.append({'event': 'send', 'out': len(self.out)})
        self.out.append(out)

    def answer(self, request, error=None):
        if request.answered:
            return
        request.answered = True
        if error:
            self.send(to=request.peer, type='error', id=request.ident, error=error)
        else:
            self.send(to=request.peer, type='result', id=request.ident)

    def request(self, session, action, payload):
        ident = f'our-{len(self.requests)}'
        self.requests.append((session, action, ident))
        if action != 'session-terminate':
            session.unanswered.append((ident, action))
        out = {'to': session.peer, 'type': 'set', 'id': '*', 'action': action, 'sid': session.sid,
               'payload': payload, 'session': self.label_of(session)}
        if action in ('session-initiate', 'session-accept'):
            out['initiator' if session.initiator else 'responder'] = self.own
        self.send(**out)

    # ---- sessions ----

    def set_state(self, session, state):
        if session.state != state:
            session.state = state
            self.emit('state', session, value=state)

    def finish(self, session, reason, silent=False, by_peer=False):
        if session.state == 'ended':
            return
        tell = not silent and not by_peer and (session.known or not session.initiator)
        session.tracked = False
        if session.ident is not None:
            self.ended.append((session.peer, session.sid, session.ident))
        self.set_state(session, 'ended')
        current = session.current
        if tell and current and current.action == 'session-initiate':
            self.answer(current)
        while session.queue:
            waiting = session.queue.pop(0)
            self.answer(waiting, None if waiting.action == 'session-terminate' else UNKNOWN)
        if tell:
            self.request(session, 'session-terminate', reason_xml(reason))
        session.unanswered = []
        self.emit('terminated', session, reason=reason)

    def find(self, peer, sid):
        return next((s for s in self.sessions if s.tracked and s.peer == peer and s.sid == sid), None)

    def add(self, session):
        self.sessions.append(session)

    # ---- what arrives ----

    def receive(self, iq):
        peer, ident, kind = iq.get('from'), iq.get('id'), iq.get('type')
        if kind in ('result', 'error'):
            self.receive_answer(peer, ident, iq if kind == 'error' else None)
            return
        jingle = next(child for child in iq if child.tag == f'{{{NS}}}jingle')
        action, sid = jingle.get('action'), jingle.get('sid')
        request = Request(peer, ident, action, jingle)
        if kind != 'set' or not action or not sid:  # XEP-0166 has no get
            self.answer(request, BAD_REQUEST)
            return
        session = self.find(peer, sid)
        if (not session or session.not_started()) and action != 'session-initiate':
            defined = action in DEFINED and (action not in SOURCES or self.asks_for_sources)
            self.answer(request, UNKNOWN if defined else BAD_REQUEST)
        elif action == 'session-initiate':
            self.receive_offer(request, session, sid)
        else:
            request.session = session
            error = self.judge(session, action)
            if error:
                self.answer(request, error)
            else:
                session.queue.append(request)
                self.pump(session)

    def receive_offer(self, request, session, sid):
        if session and not session.acked and session.ident is not None and session.ident == request.ident:
            request.session = session  # the very same once more: the first is answered first
            session.queue.append(request)
            self.pump(session)
            return
        if session:
            if not session.offer_waits():
                self.answer(request, OUT_OF_ORDER)
                return
            if self.own.encode() < session.peer.encode():
                self.answer(request, TIE_BREAK)
                return
            if not well_formed(request.jingle):
                self.answer(request, BAD_REQUEST)
                return
            self.finish(session, {'condition': 'alternative-session'}, silent=True)
        if (request.peer, sid, request.ident) in self.ended[-64:]:
            self.answer(request, UNKNOWN)
            return
        error = self.judge_offer(request, sid)
        if error:
            self.answer(request, error)
            return
        contents = children(request.jingle, 'content')
        applications = [namespace(content, 'description') for content in contents]
        kind = next((entry['type'] for entry in self.types if entry['application'] in applications), 'base')
        session = Session(request.peer, sid, 'responder', kind, list(dict.fromkeys(applications)))
        session.offered = True
        session.ident = request.ident
        session.offer = [(content.get('creator', 'initiator'), content.get('name'),
                          namespace(content, 'description'), namespace(content, 'transport'))
                         for content in contents]
        if self.find(request.peer, sid):  # made inside the end of ours
            self.answer(request, OUT_OF_ORDER)
            return
        request.session = session
        self.add(session)
        session.announcing, session.current = True, request
        self.emit('createdSession', session)
        session.announcing, session.current = False, None
        if session.state == 'ended':
            self.answer(request, UNKNOWN)
            return
        session.queue.insert(0, request)
        self.pump(session)

    def judge_offer(self, request, sid):
        applications = [namespace(content, 'description') for content in children(request.jingle, 'content')]
        for ours in self.sessions:
            if (ours.tracked and ours.peer == request.peer and ours.initiator and ours.offer_waits()
                    and sid.encode() > ours.sid.encode() and self.competes(ours, applications)):
                return TIE_BREAK
        return None if well_formed(request.jingle) else BAD_REQUEST

    def competes(self, ours, applications):
        if self.tie_break == 'default':
            return any(application in applications for application in ours.applications)
        return self.tie_break == 'always'

    def judge(self, session, action):
        """What does not fit the state, and ties; on arrival and again when the turn comes."""
        if action == 'session-accept' and not (session.initiator and session.state == 'pending'):
            return OUT_OF_ORDER
        if session.initiator and action in TYING and session.waits_for(action):
            return TIE_BREAK
        return None

    def pump(self, session):
        if session.busy or session.announcing:
            return
        session.busy = True
        while not session.current and session.queue and session.state != 'ended':
            request = session.queue.pop(0)
            if request.action != 'session-initiate':
                error = self.judge(session, request.action)
            else:
                error = OUT_OF_ORDER if session.acked else None
            sources = request.action in SOURCES and session.kind == 'base'
            if not error and (request.action not in DEFINED or sources):
                error = BAD_REQUEST
            if error:
                self.answer(request, error)
            else:
                session.current = request
                self.handle(session, request)
        session.busy = False

    def done(self, request):
        session = request.session
        if session.current is request:
            session.current = None
            self.pump(session)

    def handle(self, session, request):
        if request.action == 'session-terminate':
            self.finish(session, reason_of(request.jingle), by_peer=True)
            self.answer(request)
            self.done(request)
        elif session.kind == 'base':
            self.handle_base(session, request)
        elif session.kind == 'async':
            request.held = True
            self.open.append(request)
        else:
            self.ack(request)

    def handle_base(self, session, request):
        action = request.action
        rejects = {'content-add': ('content-reject', 'failed-application'),
                   'transport-replace': ('transport-reject', 'failed-transport')}
        if action in ('session-initiate', 'session-accept'):
            self.ack(request)
        elif action == 'session-info' and all(split(c.tag) == (NS, 'reason') for c in request.jingle):
            self.ack(request)
        elif action in ('session-info', 'security-info', 'description-info', 'transport-info'):
            self.refuse(request, UNSUPPORTED_INFO)
        elif action in rejects:
            answer, condition = rejects[action]
            contents = ''.join(f'<content creator="{content.get("creator", "initiator")}"'
                               f' name="{escape(content.get("name"), True)}"/>'
                               for content in children(request.jingle, 'content'))
            self.answer(request)
            if session.state != 'ended':
                reason = {'condition': condition, 'text': f'{action} is not supported'}
                self.request(session, answer, contents + reason_xml(reason))
            self.done(request)
        else:
            self.refuse(request, BAD_REQUEST)

    def ack(self, request):
        session, action = request.session, request.action
        live = session.state != 'ended'
        if live and action == 'session-initiate':
            if session.state == 'starting':
                self.set_state(session, 'pending')
        elif live and action == 'session-accept':
            self.set_state(session, 'active')
        if live and action == 'session-initiate' and not request.answered:
            session.acked = session.known = True
        fresh = not request.answered
        self.answer(request)
        if live and fresh and action == 'session-initiate' and session.state != 'ended':
            self.emit('incoming', session)
        self.done(request)

    def refuse(self, request, error):
        session = request.session
        self.answer(request, error)
        if request.action == 'session-initiate':
            self.finish(session, {'condition': 'general-error'}, silent=True)
        self.done(request)

    def receive_answer(self, peer, ident, iq):
        for session in self.sessions:
            entry = next((entry for entry in session.unanswered if entry[0] == ident), None)
            if entry and session.peer == peer:
                break
        else:
            return
        session.unanswered.remove(entry)
        offer = entry[1] == 'session-initiate'
        if iq is None:
            session.acked = session.acked or offer
            return
        error = read_error(iq)
        offer = offer and session.state != 'active'
        if offer and error.get('jingle') == 'tie-break':
            self.finish(session, {'condition': 'alternative-session'}, silent=True)
            return
        self.emit('error', session, **error)
        if error.get('jingle') == 'unknown-session':
            # The peer's end is here already, and comes in its turn: that is what the session ends with.
            here = [session.current] * bool(session.current) + session.queue
            if any(request.action == 'session-terminate' and not request.answered for request in here):
                return
            self.finish(session, {'condition': 'gone'}, silent=True)
        elif offer:
            self.finish(session, {'condition': 'general-error'}, silent=True)

    # ---- what we do ----

    def resolve(self, match):
        kind, label, *rest = match.group(1).split(':')
        if label not in self.labels:
            raise Skipped
        session = self.labels[label]
        if kind == 'sid':
            return session.sid
        ids = [ident for other, action, ident in self.requests if other is session and action == rest[0]]
        index = int(rest[1]) - 1 if len(rest) > 1 else len(ids) - 1
        if not 0 <= index < len(ids):
            raise Skipped
        return ids[index]

    def send_contents(self, session, action, contents):
        self.request(session, action, ''.join(
            f'<content creator="{creator}" name="{escape(name, True)}"><description xmlns="{description}"/>'
            f'<transport xmlns="{transport}"/></content>' for creator, name, description, transport in contents))

    def open_session(self, session, contents):
        """session-initiate: the state, the event, the stanza."""
        session.started = True
        self.set_state(session, 'pending')
        if session.state != 'ended':
            self.emit('outgoing', session)
        if session.state != 'ended' and not session.offer_sent:
            session.offer_sent = session.known = True
            contents()

    def accept_session(self, session, contents):
        session.accepted = True
        self.set_state(session, 'active')
        if session.state != 'ended':
            contents()

    def may_open(self, session):
        return session.initiator and session.state == 'starting' and not session.started

    def may_accept(self, session):
        return not session.initiator and session.state == 'pending' and session.acked and not session.accepted

    def end(self, session, args, default='success'):
        reason = {'condition': args.get('reason', default)}
        reason.update({key: args[name] for key, name in (('text', 'text'), ('sid', 'alt_sid')) if name in args})
        self.finish(session, reason, silent=args.get('silent', False))

    def send_action(self, session, action, payload):
        jingle = ET.fromstring(f'<jingle xmlns="{NS}">{payload}</jingle>')

        def put():
            self.request(session, action, ''.join(canonical(child) for child in jingle))
        if session.state == 'ended':
            return
        if action == 'session-terminate':
            self.finish(session, reason_of(jingle))
        elif action == 'session-initiate':
            if self.may_open(session):
                self.open_session(session, put)
        elif action == 'session-accept':
            if self.may_accept(session):
                self.accept_session(session, put)
        elif session.known and (action not in SOURCES or self.asks_for_sources or session.kind != 'base'):
            put()

    def start(self, session):
        if session.kind == 'base':
            self.finish(session, {'condition': 'unsupported-applications'}, silent=True)
        elif self.may_open(session):
            contents = [('initiator', f'c{number}', application, 'urn:xmpp:jingle:transports:stub:0')
                        for number, application in enumerate(session.applications, 1)]
            self.open_session(session, lambda: self.send_contents(session, 'session-initiate', contents))

    def accept(self, session):
        if session.kind == 'base':
            self.finish(session, {'condition': 'unsupported-applications'})
        elif self.may_accept(session):
            self.accept_session(session, lambda: self.send_contents(session, 'session-accept', session.offer))

    def complete(self, ident, error):
        request = next((r for r in self.open if r.ident == ident and not r.answered), None)
        if not request:
            raise Skipped
        if error:
            self.refuse(request, {'type': 'cancel', **error})
        else:
            self.ack(request)

    def create(self, args):
        if self.find(args['peer'], args['sid']):
            return
        session = Session(args['peer'], args['sid'], args['role'], args['type'], args['applications'])
        self.add(session)
        self.emit('createdSession', session)

    def end_many(self, args, peer=None):
        for session in [s for s in self.sessions if s.tracked and peer in (None, s.peer)]:
            self.end(session, args, default='gone')

    def perform(self, step, session=None):
        op = step['op']
        if op == 'receive':
            self.receive(ET.fromstring(re.sub(r'\{\{(.*?)\}\}', self.resolve, step['xml'])))
        elif op == 'create':
            self.create(step)
        elif op == 'complete':
            self.complete(step['id'], step.get('error'))
        elif op == 'end_peer':
            self.end_many(step, step['peer'])
        elif op == 'end_all':
            self.end_many(step)
        else:
            session = session or self.labels.get(step['session'])
            if not session:
                raise Skipped
            self.perform_on(session, step)

    def perform_on(self, session, step):
        op = step['op']
        if op in ('start', 'accept'):
            getattr(self, op)(session)
        elif op in ('cancel', 'decline'):
            self.end(session, {'reason': op})
        elif op == 'end':
            self.end(session, step)
        elif op == 'send':
            self.send_action(session, step['action'], step['payload'])
        elif op == 'set_state':
            if session.state != 'ended':
                # not while the peer's offer waits for its answer
                if step['state'] != 'starting' and (session.acked or not session.offered):
                    session.known = True
                self.set_state(session, step['state'])
        elif op == 'set_connection' and session.connection != step['connection']:
            session.connection = step['connection']
            self.emit('connection', session, value=session.connection)

    def play(self, step):
        """@return what is observed"""
        self.out, self.events, self.label = [], [], step.get('as')
        try:
            self.perform(step)
        except Skipped:
            return {'skipped': True}
        listed = {}
        for label, session in self.labels.items():
            values = session.values()
            if session.tracked or values != self.last.get(label):
                listed[label] = values
            self.last[label] = values
        return json.loads(json.dumps({'out': self.out, 'events': self.events, 'sessions': listed}))
