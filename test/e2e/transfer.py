#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Files through a real Prosody, in-band, from `jingle send` to `jingle receive`, and what may come between."""
import os
import signal
import time

from harness import Failed, main, test
from servers import Prosody

PROGRESS = r'"event":"progress"'


def send(t, user, *arguments):
    """In-band; paths.py has the other ways."""
    return t.jingle(user, 'send', '--transport', 'ibb', *arguments)


def send_one(t, path, name, deadline=60, folder='in'):
    receiver = t.receiver('romeo', '--once', '--yes', folder=folder)
    sender = send(t, 'juliet', t.server.jid('romeo'), path)
    t.exits(sender, 0, deadline)
    t.exits(receiver, 0)
    t.same(path, t.path(folder, name))
    t.equal(t.files(folder, whole=False), [name], 'the folder')
    return receiver, sender


@test('an empty file')
def _(t):
    send_one(t, t.file('empty', b''), 'empty')


@test('a file of one byte')
def _(t):
    send_one(t, t.file('one.bin', b'\0'), 'one.bin')


@test('a file of 10 MB, verified by its hash')
def _(t):
    receiver, _ = send_one(t, t.random_file('ten.bin', 10_000_000), 'ten.bin')
    t.says(receiver, r'received .*ten\.bin .*, verified')


@test('a file of 100 MB', full=True)
def _(t):
    send_one(t, t.random_file('hundred.bin', 100_000_000), 'hundred.bin', 600)


@test('a name with quotes and non-ASCII')
def _(t):
    name = 'J\u00fcrgens "\u65e5\u672c\u8a9e" isn\'t <a&b> \u00df\U0001f600.txt'
    receiver = t.receiver('romeo', '--once', '--yes', '--json')
    sender = send(t, 'juliet', '--json', t.server.jid('romeo'), t.file(name, b'quoted'))
    t.exits(sender, 0)
    t.exits(receiver, 0)
    t.equal(len(t.files()), 1, 'number of files')
    got = t.files()[0]
    # Some of these no folder of some system could hold; the rest must be there.
    for part in ('J\u00fcrgens ', '\u65e5\u672c\u8a9e', " isn't ", 'a&b', '\u00df\U0001f600.txt'):
        t.true(part in got, f'{got!r} lacks {part!r}')
    t.equal(receiver.event('done')['file'], got, 'the name told')
    with open(t.path('in', got), 'rb') as f:
        t.equal(f.read(), b'quoted', 'the content')


@test('a name that exists is not overwritten')
def _(t):
    t.folder('in')
    t.file('in/a.txt', b'mine')
    receiver = t.receiver('romeo', '--once', '--yes')
    t.exits(send(t, 'juliet', t.server.jid('romeo'), t.file('a.txt', b'yours')), 0)
    t.exits(receiver, 0)
    t.equal(t.files(whole=False), ['a (2).txt', 'a.txt'], 'the folder')
    t.same(t.path('a.txt'), t.path('in', 'a (2).txt'))
    with open(t.path('in', 'a.txt'), 'rb') as f:
        t.equal(f.read(), b'mine', 'the file that was there')


@test('several files in one go, one of which is not there')
def _(t):
    receiver = t.receiver('romeo', '--yes')
    paths = [t.random_file(f'{i}.bin', 3000 * i) for i in range(1, 4)]
    t.exits(send(t, 'juliet', t.server.jid('romeo'), *paths), 0)
    for path in paths:
        receiver.expect(rf'^received .*{os.path.basename(path)} ')
        t.same(path, t.path('in', os.path.basename(path)))
    sender = send(t, 'juliet', t.server.jid('romeo'), paths[0], t.path('missing'))
    t.exits(sender, 1)
    t.says(sender, 'missing: No such file')
    receiver.signal(signal.SIGTERM)
    t.exits(receiver, 130)
    t.equal(len(t.files(whole=False)), 3, 'number of files')


@test('receive goes on for the next file, from another sender')
def _(t):
    receiver = t.receiver('romeo', '--yes')
    for user in ('juliet', 'mercutio'):
        t.exits(send(t, user, receiver.jid, t.file(f'{user}.txt', user)), 0)
        receiver.expect(rf'^received .*{user}\.txt ', 'out')
    receiver.signal(signal.SIGINT)
    t.exits(receiver, 130)


@test('--json tells all of a transfer on both sides')
def _(t):
    path = t.random_file('data.bin', 300_000)
    receiver = t.receiver('romeo', '--once', '--yes', '--json')
    sender = send(t, 'juliet', '--json', t.server.jid('romeo'), path)
    t.exits(sender, 0)
    t.exits(receiver, 0)
    for program in (receiver, sender):
        events = [e for e in program.events() if e['event'] not in ('ready', 'progress')]
        t.equal([e['event'] for e in events], ['offer', 'start', 'done'], f'events of {program.name}')
        for e in events:
            t.equal((e['file'], e['size']), ('data.bin', 300_000), 'name and size')
        t.equal(len({e['sid'] for e in events}), 1, 'number of sids')
        t.equal(events[-1]['bytes'], 300_000, 'bytes')
    done = receiver.event('done')
    t.equal(done['hash'], os.popen(f'sha256sum {path}').read().split()[0], 'the hash')
    t.same(path, os.path.join(t.top, done['path']))
    t.true(done['peer'].startswith(t.server.jid('juliet') + '/'), f'peer is {done["peer"]}')
    t.equal(sender.event('done')['peer'], receiver.jid, 'peer')
    t.equal(sender.event('done')['sid'], done['sid'], 'the sid on both sides')


@test('--quiet leaves the ready line alone')
def _(t):
    receiver = t.receiver('romeo', '--once', '--yes', '--quiet')
    sender = send(t, 'juliet', '--quiet', receiver.jid, t.file('q.txt', b'q'))
    t.exits(sender, 0)
    t.exits(receiver, 0)
    t.equal(sender.text(), '', 'what the sender said')
    t.equal(receiver.text(), f'ready {receiver.jid}', 'what the receiver said')


@test('--verbose shows the session and no secrets')
def _(t):
    content = b'do not show this data' * 10
    receiver = t.receiver('romeo', '--once', '--yes', '--verbose')
    sender = send(t, 'juliet', '--verbose', receiver.jid, t.file('v.txt', content))
    t.exits(sender, 0)
    t.exits(receiver, 0)
    t.says(sender, r'^-> iq set .*session-initiate .*^<- iq set .*session-accept ', 'err')
    t.says(sender, 'in-band, through the servers, which can read it', 'err')
    for program in (sender, receiver):
        for secret in (t.server.password('juliet'), t.server.password('romeo'), 'ZG8gbm90', 'do not show'):
            t.true(secret not in program.text(), f'{program.name} shows {secret}')


def under_way(t, *receive):
    """A transfer that data flows in."""
    receiver = t.receiver('romeo', '--json', '--yes', *receive)
    sender = send(t, 'juliet', '--json', t.server.jid('romeo'), t.large_file(size=1 << 28))
    for program in (receiver, sender):
        program.expect(PROGRESS)
    return receiver, sender


@test('the sender is interrupted')
def _(t):
    receiver, sender = under_way(t, '--once')
    sender.signal(signal.SIGINT)
    t.exits(sender, 130)
    t.exits(receiver, 1)
    t.equal(sender.event('failed')['text'], 'interrupted', 'what the sender says')
    t.equal(receiver.event('failed')['reason'], 'cancelled', 'the reason')
    t.equal(t.files(), [], 'whole files')


@test('the receiver is interrupted')
def _(t):
    receiver, sender = under_way(t, '--once')
    receiver.signal(signal.SIGINT)
    t.exits(receiver, 130)
    t.exits(sender, 1)
    t.equal(sender.event('failed')['reason'], 'cancelled', 'the reason')
    t.equal(t.files(), [], 'whole files')


@test('SIGTERM is as good as Ctrl-C')
def _(t):
    receiver, sender = under_way(t)
    sender.signal(signal.SIGTERM)
    t.exits(sender, 130)
    receiver.event('failed')
    t.equal(t.files(), [], 'whole files')
    receiver.signal(signal.SIGTERM)
    t.exits(receiver, 130)


@test('with a server that hangs, Ctrl-C ends all the same, and the second at once')
def _(t):
    receiver, sender = under_way(t)
    os.kill(t.server.pid, signal.SIGSTOP)
    t.last(lambda: os.kill(t.server.pid, signal.SIGCONT))
    began = time.monotonic()
    sender.signal(signal.SIGINT)
    t.exits(sender, 130)
    took = time.monotonic() - began
    t.true(took < 20, f'it took {took:.1f} s')
    t.equal(sender.event('failed')['text'], 'interrupted', 'what the first lets it say')
    # Both come before anything else is done. Two of one kind would be one to a process that is stopped.
    for number in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT):
        receiver.signal(number)
    t.exits(receiver, 130)
    t.true('"event":"failed"' not in receiver.text(), 'the second waited for what the first had begun')


@test('the receiver is killed')
def _(t):
    receiver, sender = under_way(t)
    receiver.signal(signal.SIGKILL)
    t.exits(sender, 1)
    t.true(sender.event('failed')['text'], 'no words about why')
    t.equal(t.files(), [], 'what looks complete')


@test('the sender is killed')
def _(t):
    receiver, sender = under_way(t, '--once')
    sender.signal(signal.SIGKILL)
    t.exits(receiver, 1)
    t.true(receiver.event('failed')['text'], 'no words about why')
    t.equal(t.files(), [], 'whole files')


@test('the server is killed and restarted')
def _(t):
    receiver, sender = under_way(t, '--timeout', '12')
    t.server.kill()
    try:
        t.exits(receiver, 1)
        reasons = [e.get('reason') for e in receiver.events() if e['event'] == 'failed']
        t.true('disconnected' in reasons, f'the receiver says {reasons}')
        sender.signal(signal.SIGINT)  # it has more patience
        t.exits(sender, 130)
        t.equal(t.files(), [], 'whole files')
    finally:
        t.server.start()  # for the tests that follow
    send_one(t, t.file('again.txt', b'again'), 'again.txt', folder='after')


@test('a folder that cannot be written to is known before the login')
def _(t):
    for folder in (t.path('nowhere'), t.file('file', b'')):
        receiver = t.jingle('romeo', 'receive', '--to', folder)
        t.exits(receiver, 2)
        t.says(receiver, 'cannot put files into')


@test('what is neither file nor folder is not sent')
def _(t):
    os.mkfifo(t.path('pipe'))
    for path, words in ((t.path('pipe'), 'neither a file nor a folder'), (t.path('missing'), 'No such file')):
        sender = send(t, 'juliet', t.server.jid('romeo'), path)
        t.exits(sender, 1)
        t.says(sender, words)


@test('a bar with rate and time left on a terminal')
def _(t):
    receiver = t.receiver('romeo', '--once', '--yes')
    sender = t.terminal('juliet', 'send', '--transport', 'ibb', receiver.jid, t.large_file('bar.bin'))
    bar = sender.expect_screen(r'\r(bar\.bin \[[#.]{24}\] +\d+ %  [\d.]+ [KM]iB/s  [\d:]+ left)')
    t.true(len(bar.group(1)) < 80, 'the bar does not fit 80 columns')
    sender.signal(signal.SIGINT)
    t.exits(sender, 130)
    t.exits(receiver, 1)
    if '[K' not in sender.screen:
        raise Failed('the bar was not taken away')


if __name__ == '__main__':
    main(lambda folder: Prosody(folder, users=['juliet', 'romeo', 'mercutio'], contacts=True, resume=2))
