#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a scenario in the format of the recorded ones (test/data/oracle/FORMAT.md) of a run of the raw
program that fails.

  scenario.py [--keep DIR] COMMAND [ARGUMENT...]   runs test/sim/sim, passes on what it says, and adds the
                                                   scenarios of a run that fails; status is the command's
  scenario.py --self-test

What an engine was handed and what its program did become steps; what each must show is what the reference
model (test/oracle/model.py) demands. So test/replay fails on an engine that has the fault, and passes on one
that has it not any more. A scenario ends with the first step where the demand was not seen.
What no step can say is left out, and stands in the scenario's doc.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'oracle'))
import model  # noqa: E402
from wire import NS, read_error  # noqa: E402

SIM = os.environ.get('SIM', os.path.join('test', 'sim', 'sim'))
REPLAY = os.environ.get('REPLAY', os.path.join('test', 'replay'))
TMPDIR = os.environ.get('TMPDIR', '/tmp')
LINE = re.compile(r'    (\d+) ([<>*=+@.-]) (.*)')
EVENTS = {'created': 'createdSession'}
TYPES = [{'application': 'urn:xmpp:jingle:apps:stub:0', 'type': 'stub'},
         {'application': 'urn:xmpp:jingle:apps:async:0', 'type': 'async'}]
# What becomes of them is the clock's, or half a conversation.
CUT, JOINED = 'its connection is cut', 'its connection is there again'


def brief(out):
    """What is compared of a stanza that an engine sends."""
    return {key: out[key] for key in ('to', 'type', 'id', 'action', 'sid', 'error')
            if key in out and not (key == 'id' and out['type'] == 'set')}


class Engine:
    """What one engine went through, read from a trace."""

    def __init__(self, index):
        self.index = index
        self.own = None
        self.steps, self.seen = [], []
        self.left = []         # what is left out: (number of steps before it, text)
        self.nested = []       # done inside events: (number of steps, event, label, step)
        self.events = {}       # how often each came
        self.labels = {}       # of the trace -> of the scenario
        self.sessions = {}     # (peer, sid) -> label
        self.requests = []     # ours: (label, action, id)
        self.cut = self.over = self.timed = False
        self.loose = False     # what is sent now is not the last step's
        self.handed = None     # by whom it was handed something last
        self.created = None    # the sid of the newest session

    def leave_out(self, text):
        self.left.append((len(self.steps), text))

    def take(self, mark, rest):
        if self.over:
            return
        if self.timed and (mark == '>' or mark == '*' and not rest.startswith('log')):
            self.leave_out('then a time-out does something')
            self.over = True
            return
        {'<': self.on_receive, '>': self.on_send, '*': self.on_event, '=': self.on_step, '+': self.on_nested,
         '@': self.on_created, '-': self.on_other, '.': self.on_freed}[mark](rest)

    def add(self, step):
        self.timed = self.loose = False
        self.steps.append(step)
        self.seen.append([])

    def on_receive(self, xml):
        iq = ET.fromstring(xml)
        self.own = self.own or iq.get('to')
        self.handed = iq.get('from')
        step = {'op': 'receive', 'xml': xml.replace('<iq ', '<iq xmlns="jabber:client" ', 1)}
        for label, action, ident in self.requests:
            if ident == iq.get('id') and iq.get('type') in ('result', 'error'):
                same = [other for name, what, other in self.requests if (name, what) == (label, action)]
                step['xml'] = step['xml'].replace(
                    f'id="{ident}"', f'id="{{{{id:{label}:{action}:{1 + same.index(ident)}}}}}"', 1)
        self.add(step)

    def on_send(self, xml):
        iq = ET.fromstring(xml)
        self.own = self.own or iq.get('from')
        out = {'to': iq.get('to'), 'type': iq.get('type'), 'id': iq.get('id')}
        jingle = iq.find(f'{{{NS}}}jingle')
        if out['type'] == 'error':
            out['error'] = read_error(iq)
        elif jingle is not None and out['type'] == 'set':
            out.update(action=jingle.get('action'), sid=jingle.get('sid'))
            label = self.sessions.get((out['to'], out['sid']))
            if label:
                self.requests.append((label, out['action'], out['id']))
        if self.cut:
            self.leave_out('it sends without a connection')
        if self.seen and not self.loose:
            self.seen[-1].append(brief(out))

    def on_event(self, rest):
        event, sid = rest.split(' ')[:2]
        event = EVENTS.get(event, event)
        self.events[event] = self.events.get(event, 0) + 1
        if event == 'createdSession':
            self.created = sid

    def on_created(self, label):
        """The trace numbers sessions as they come; those that come behind another in a step are '?1' and on."""
        step = self.steps[-1]
        bound = step.get('as') in self.labels.values() and step.get('as') != label
        self.labels[label] = f'?{1 + sum(name[0] == "?" for name in self.labels.values())}' if bound else label
        if not bound:
            step['as'] = label
        if self.handed and self.handed.split('/')[0] != self.handed.split('/')[0].lower():
            self.left.append((len(self.steps) - 1, 'an offer comes from a JID that no server would let through'))
        peer = step['peer'] if step['op'] == 'create' and not bound else self.handed
        self.sessions[(peer, self.created)] = self.labels[label]

    def on_step(self, text):
        step = json.loads(text)
        if 'session' in step:
            step['session'] = self.labels.get(step['session'], step['session'])
        self.add(step)

    def on_nested(self, text):
        said = json.loads(text)
        step = said['step']
        label = self.labels.get(said['of'], said['of'])
        if step.get('session') and self.labels.get(step['session'], step['session']) != label:
            label = None
        step.pop('session', None)
        self.nested.append((len(self.steps), said['on'], label, step))

    def on_other(self, text):
        if text in (CUT, JOINED):
            self.cut = text == CUT
        else:
            within = text.startswith('it cannot')  # the step that has begun
            self.left.append((len(self.steps) - within, text))
            self.loose = True

    def on_freed(self, _):
        self.over = True

    # ---- what comes of it ----

    def reactions(self):
        """What is done inside events, as config.on says it; what it cannot say is left out."""
        on = {}
        for at, event, label, step in self.nested:
            fits = [other for other in self.nested if other[1] == event]
            if (label and len({name for _, name, _, _ in self.nested}) == 1 and len(fits) == self.events.get(event) and
                    step['op'] != 'create' and all(other[3] == step for other in fits)):
                on[event] = step
            else:
                self.left.append((at - 1, f'{step["op"]} inside the event {event}'))
        return on

    def settle(self):
        """How a reply was completed by the library is known by what it sent, if that was an answer alone."""
        for number, (step, seen) in enumerate(zip(self.steps, self.seen)):
            if not step.pop('as_seen', False):
                continue
            answer = next((out for out in seen if out.get('id') == step['id']), {})
            if 'error' in answer:
                step['error'] = answer['error']
            if [out for out in seen if out['type'] == 'set']:
                self.left.append((number, 'the library completes a reply with more than an answer'))

    def judge(self):
        """Lets the model say what each step must show. @return (scenario, number of the first step that did
        not; None: all did)"""
        config = {'self': self.own, 'types': TYPES, 'tie_break': 'default'}
        on = self.reactions()
        if on:
            config['on'] = on
        judge = model.Model(config)
        wrong = None
        for number, (step, seen) in enumerate(zip(self.steps, self.seen)):
            step['expect'] = judge.play(step)
            if [brief(out) for out in step['expect'].get('out', [])] != seen:
                wrong = number
                break
        steps = self.steps if wrong is None else self.steps[:wrong + 1]
        return {'format': 1, 'name': f'engine-{self.index}', 'group': 'sim', 'doc': '', 'config': config,
                'steps': steps}, wrong

    def left_out(self, before):
        """What is left out of the first steps, each once."""
        return list(dict.fromkeys(text for at, text in self.left if at < before))


def read_trace(lines):
    engines = {}
    for line in lines:
        match = LINE.fullmatch(line)
        if re.fullmatch(r'    \d+ ms pass', line):
            for engine in engines.values():
                engine.timed = True
        elif match:
            index = int(match.group(1))
            engines.setdefault(index, Engine(index)).take(match.group(2), match.group(3))
    for engine in engines.values():
        engine.settle()
    return [engines[index] for index in sorted(engines)]


def describe(name, fault, engine):
    """@return (scenario, whether it shows the fault)"""
    scenario, wrong = engine.judge()
    scenario['name'] = f'{name}-engine-{engine.index}'
    said = [fault]
    if wrong is None:
        said.append('each of these steps has shown what it must')
    else:
        said.append(f'seen in the last step: {json.dumps(engine.seen[wrong])}')
    left = engine.left_out(len(scenario['steps']))
    if left:
        said.append('left out: ' + ', '.join(left))
    scenario['doc'] = '; '.join(said)
    return scenario, wrong is not None


def scenarios_of(output):
    """The scenarios of a run that fails: of the engines that show the fault, or of all if none does."""
    lines = output.splitlines()
    if 'what happens:' not in lines:
        return []
    start = lines.index('what happens:')
    name = re.match(r'(raw): seed (\d+)', next(line for line in lines if ' fails, after' in line))
    if not name:
        return []
    faults = [line.strip() for line in lines[start:] if re.match(r'  \S', line)]
    engines = [engine for engine in read_trace(lines[start:]) if engine.own and engine.steps]
    made = [describe('-'.join(name.groups()), faults[0] if faults else '', engine) for engine in engines]
    return [one for one in made if one[1]] or made


def write(scenario):
    head = json.dumps({**scenario, 'steps': []}, indent=1)
    steps = ',\n'.join('  ' + json.dumps(step, separators=(',', ':')) for step in scenario['steps'])
    return head.replace('"steps": []', f'"steps": [\n{steps}\n ]') + '\n'


def run(command, keep):
    """@return the command's status"""
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding='utf-8', check=False)
    print(done.stdout, end='', flush=True)
    if done.returncode:
        for scenario, shows in scenarios_of(done.stdout):
            path = os.path.join(keep, scenario['name'] + '.json')
            with open(path, 'w', encoding='utf-8') as file:
                file.write(write(scenario))
            print(f'a scenario that {"shows it" if shows else "leads to it"}, kept as {path}:')
            print(write(scenario), end='')
    return done.returncode


# ---- are the scenarios worth something? ----

def play(scenarios):
    """@return whether test/replay passes all of them, and what it says"""
    path = os.path.join(TMPDIR, 'made.json')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(''.join(map(write, scenarios)))
    done = subprocess.run([REPLAY, path], stdout=subprocess.PIPE, encoding='utf-8', check=False)
    return done.returncode == 0, done.stdout


def simulate(*arguments):
    return subprocess.run([SIM, *map(str, arguments)], stdout=subprocess.PIPE, encoding='utf-8', check=False).stdout


def say(name, why=None):
    print(f'ok {name}' if why is None else f'not ok {name} - {why}', flush=True)
    return why is None


def check_good(seeds, acts):
    """Runs without a fault: each engine has shown in each step what the model demands, and test/replay finds
    the same of the engine."""
    made, steps, wrong = [], 0, None
    for seed in range(1, seeds + 1):
        for engine in read_trace(simulate('--trace', '--seed', seed, '--acts', acts, 'raw').splitlines()):
            if not engine.own:
                continue
            engine.reactions()
            whole = min([at for at, _ in engine.left] or [len(engine.steps)])
            engine.steps, engine.seen, engine.left, engine.nested = engine.steps[:whole], engine.seen[:whole], [], [
                nested for nested in engine.nested if nested[0] <= whole]
            scenario, shows = describe(f'good-{seed}', '', engine)
            steps += whole
            made.append(scenario)
            if shows and not wrong:
                wrong = f'seed {seed}: {write(scenario)}'
    good, text = play([scenario for scenario in made if scenario['steps']])
    why = wrong or (None if good else text)
    return say('scenario/good-runs', why or (None if steps > 10 * seeds else f'only {steps} steps'))


def seen_instead(scenario, seen):
    """The same scenario, that expects what was seen in its last step. The answers that are there are all that
    can differ."""
    copy = json.loads(json.dumps(scenario))
    expect = copy['steps'][-1]['expect']
    expect['out'] = seen
    expect['events'] = [event for event in expect['events'] if event['event'] != 'send' or event['out'] < len(seen)]
    return copy


def check_planted(fault, seeds):
    """The engine has no fault, so it must pass what is demanded, and fail what was seen."""
    shown = 0
    for seed in range(1, seeds + 1):
        for scenario, shows in scenarios_of(simulate('--planted', fault, '--seed', seed, '--acts', 60)):
            good, text = play([scenario])
            if not good and ' left out: ' not in scenario['doc']:
                return say(f'scenario/{fault}', f'seed {seed}: {text}')
            if not shows or not good:
                continue
            seen = json.loads(re.search(r'last step: (\[.*?\])(?:; left out|$)', scenario['doc']).group(1))
            if play([seen_instead(scenario, seen)])[0]:
                return say(f'scenario/{fault}', f'seed {seed}: the fault passes as well')
            shown += 1
    return say(f'scenario/{fault}', None if shown > seeds // 4 else f'shown in {shown} runs only')


def self_test():
    good = check_good(60, 100)
    for fault in ('lost', 'doubled', 'another-id', 'swapped', 'inverted'):
        good = check_planted(fault, 12) and good
    return 0 if good else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--self-test', action='store_true')
    parser.add_argument('--keep', default=TMPDIR, help='where scenarios are written')
    parser.add_argument('command', nargs=argparse.REMAINDER)
    args = parser.parse_args()
    if args.self_test:
        return self_test()
    if not args.command:
        parser.error('no command')
    return run(args.command, args.keep)


if __name__ == '__main__':
    sys.exit(main())
