# SPDX-License-Identifier: MIT
"""What model.py keeps of requests and sessions."""
from wire import TYING


class Request:
    """One that arrived: answered once."""

    def __init__(self, peer, ident, action, jingle):
        self.peer, self.ident, self.action, self.jingle = peer, ident, action, jingle
        self.session = None
        self.answered = False
        self.held = False


class Session:
    def __init__(self, peer, sid, role, kind, applications):
        self.peer, self.sid, self.kind, self.applications = peer, sid, kind, applications
        self.initiator = role == 'initiator'
        self.state = self.connection = 'starting'
        self.tracked = True
        self.ident = None     # of the peer's offer
        self.started = self.accepted = self.offer_sent = self.acked = self.known = False
        self.announcing = self.busy = self.offered = False
        self.queue = []
        self.current = None
        self.unanswered = []  # (id, action)
        self.offer = []       # contents of the peer's: creator, name, description, transport

    def pending(self):
        if self.state == 'ended':
            return None
        tying = [action for _, action in self.unanswered if action in TYING]
        return tying[-1] if tying else None

    def waits_for(self, action):
        return any(action == other for _, other in self.unanswered)

    def offer_waits(self):
        return self.state == 'pending' and self.waits_for('session-initiate')

    def not_started(self):
        return self.initiator and self.state == 'starting'

    def values(self):
        return {'state': self.state, 'connection': self.connection, 'pending_action': self.pending(),
                'initiator': self.initiator, 'tracked': self.tracked}


class Skipped(Exception):
    """The step cannot be done."""
