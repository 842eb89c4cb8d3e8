# SPDX-License-Identifier: MIT
"""What the end-to-end tests share: a list of tests, and programs whose output is waited for.

    @test('a name')
    def _(t):
        receiver = t.jingle('romeo', 'receive', '--once', '--yes', '--to', t.folder('in'))
        receiver.expect(r'^ready (\\S+)')
        ...
        t.equal(receiver.wait(), 0)

    main(lambda folder: Prosody(folder, users=[...], contacts=True))

Nothing here sleeps and hopes: every wait is for a line, an exit or a file, and has a deadline. A
program in which a sanitizer has found something fails the test, whatever its exit status was to be.
"""
import contextlib
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import servers  # noqa: E402  (beside this file)

BUILD = os.environ.get('builddir', os.getcwd())
SOURCE = os.environ.get('srcdir', os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))
SHARED = os.environ.get('JINGLE_SHARED', os.path.join(SOURCE, '..', 'shared'))
JINGLE = os.path.join(BUILD, 'jingle')
FULL = os.environ.get('JINGLE_TEST_FULL') == '1'

DEADLINE = 120  # seconds for anything to happen: the machine may be very busy
MIB = 1 << 20
ENDING = 3  # seconds for programs that are no longer needed
SANITIZER_STATUS = 99
SUPPRESSIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'libstrophe.supp')
SANITIZER = re.compile(r'(ERROR: (Address|Leak)Sanitizer|runtime error:).*')
JSON_KEYS = {'event', 'peer', 'sid', 'file', 'bytes', 'size', 'path', 'hash', 'reason', 'text'}
JSON_EVENTS = {'ready', 'cut', 'warning', 'offer', 'start', 'progress', 'done', 'failed'}


class Failed(AssertionError):
    """A test has failed; the message says why, in one line."""


class Skipped(Exception):
    """A test cannot run here; the message says why."""


def one_line(text):
    return re.sub(r'\s+', ' ', str(text)).strip()[:300]


def with_sanitizers(env):
    environment = dict(os.environ, **(env or {}))
    for name, option in (('ASAN_OPTIONS', f'exitcode={SANITIZER_STATUS}'),
                         ('UBSAN_OPTIONS', f'exitcode={SANITIZER_STATUS}'),
                         ('LSAN_OPTIONS', f'suppressions={SUPPRESSIONS}:print_suppressions=0')):
        environment[name] = environment.get(name, '') + ':' + option
    return environment


class Program:
    """A process with its output, line by line: what=('out', line) or ('err', line) in the order read."""

    def __init__(self, argv, env=None, cwd=None, stdin=subprocess.DEVNULL, name=None, binary=False):
        environment = with_sanitizers(env)
        self.name = name or os.path.basename(argv[0])
        self.lines = []
        self.seen = {}  # by pattern: for expect_again()
        self.data = b''  # binary: what came on stdout
        self.binary = binary
        self.news = threading.Condition()
        self.process = subprocess.Popen(argv, env=environment, cwd=cwd, stdin=stdin,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.readers = [threading.Thread(target=self.read, args=(kind, pipe), daemon=True)
                        for kind, pipe in (('out', self.process.stdout), ('err', self.process.stderr))]
        for reader in self.readers:
            reader.start()
        self.pid = self.process.pid

    def read(self, kind, pipe):
        for line in pipe:
            with self.news:
                if self.binary and kind == 'out':
                    self.data += line
                    continue
                self.lines.append((kind, line.decode('utf-8', 'replace').rstrip('\r\n')))
                self.news.notify_all()
        with self.news:
            self.news.notify_all()

    def text(self, kind=None):
        with self.news:
            return '\n'.join(line for k, line in self.lines if kind in (None, k))

    def expect(self, pattern, kind=None, deadline=DEADLINE):
        """Waits for a line in which the pattern is found; returns the match."""
        end = time.monotonic() + deadline
        seen = 0
        with self.news:
            while True:
                for k, line in self.lines[seen:]:
                    match = re.search(pattern, line) if kind in (None, k) else None
                    if match:
                        return match
                seen = len(self.lines)
                if not any(reader.is_alive() for reader in self.readers):
                    raise Failed(f'{self.name} ended without a line like /{pattern}/: '
                                 + one_line(' | '.join(line for _, line in self.lines[-5:])))
                if time.monotonic() > end:
                    raise Failed(f'{self.name}: no line like /{pattern}/ within {deadline} s')
                self.news.wait(0.2)

    def expect_again(self, pattern, kind=None, deadline=DEADLINE):
        """As expect(), and each time for another line: first for the second one."""
        end = time.monotonic() + deadline
        wanted = self.seen[pattern] = self.seen.get(pattern, 1) + 1
        with self.news:
            while True:
                found = [match for k, line in self.lines if kind in (None, k)
                         for match in [re.search(pattern, line)] if match]
                if len(found) >= wanted:
                    return found[wanted - 1]
                if time.monotonic() > end:
                    raise Failed(f'{self.name}: no line no. {wanted} like /{pattern}/ within {deadline} s')
                self.news.wait(0.2)

    def event(self, name, deadline=DEADLINE):
        """With --json: waits for the event of that name; returns the object."""
        return json.loads(self.expect(rf'^\{{"event":"{name}".*', 'out', deadline).group(0))

    def events(self):
        """With --json: all of stdout. Every line must be a proper object."""
        found = []
        for line in self.text('out').splitlines():
            try:
                found.append(json.loads(line))
            except ValueError as error:
                raise Failed(f'{self.name}: not JSON ({error}): {line}') from None
            if not set(found[-1]) <= JSON_KEYS or found[-1].get('event') not in JSON_EVENTS:
                raise Failed(f'{self.name}: a key or event that there is not: {line}')
        return found

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, deadline=DEADLINE):
        """Waits for its end; returns the exit status."""
        try:
            status = self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise Failed(f'{self.name} did not end within {deadline} s; its last lines: '
                         + one_line(' | '.join(line for _, line in self.lines[-5:]))) from None
        for reader in self.readers:
            reader.join(10)
        self.check()
        return status

    def check(self):
        found = SANITIZER.search(self.text('err'))
        if found or self.process.returncode == SANITIZER_STATUS:
            raise Failed(f'{self.name}: a sanitizer says: '
                         + (found.group(0) if found else f'exit status {SANITIZER_STATUS}'))

    def kill(self, deadline=0):
        """Ends it, by force when it has not ended by then."""
        try:
            self.process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Terminal(Program):
    """A program that believes that somebody sits there: stdin and stderr are a terminal."""

    def __init__(self, argv, env=None, cwd=None, name=None):
        self.master, slave = os.openpty()
        environment = with_sanitizers(env)
        self.name = name or os.path.basename(argv[0])
        self.lines = []
        self.binary = False
        self.news = threading.Condition()
        self.process = subprocess.Popen(argv, env=environment, cwd=cwd, stdin=slave,
                                        stdout=subprocess.PIPE, stderr=slave, start_new_session=True)
        os.close(slave)
        self.screen = ''
        self.readers = [threading.Thread(target=self.read, args=('out', self.process.stdout), daemon=True),
                        threading.Thread(target=self.read_screen, daemon=True)]
        for reader in self.readers:
            reader.start()
        self.pid = self.process.pid

    def echoes(self):
        return bool(termios.tcgetattr(self.master)[3] & termios.ECHO)

    def read_screen(self):
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:  # the other end is closed
                data = b''
            with self.news:
                self.screen += data.decode('utf-8', 'replace')
                self.news.notify_all()
            if not data:
                return

    def text(self, kind=None):
        with self.news:
            return self.screen if kind == 'err' else super().text(kind)

    def expect_screen(self, pattern, deadline=DEADLINE):
        end = time.monotonic() + deadline
        with self.news:
            while True:
                match = re.search(pattern, self.screen)
                if match:
                    return match
                if time.monotonic() > end or self.process.poll() is not None:
                    raise Failed(f'{self.name}: nothing like /{pattern}/ on the screen: '
                                 + one_line(self.screen[-200:]))
                self.news.wait(0.2)

    def type(self, text):
        os.write(self.master, text.encode())

    def check(self):
        super().check()
        if SANITIZER.search(self.screen):
            raise Failed(f'{self.name}: a sanitizer says: {SANITIZER.search(self.screen).group(0)}')


class Test:
    """What a test function gets."""

    def __init__(self, name, server, folder):
        self.name = name
        self.program = JINGLE
        self.server = server
        self.top = folder
        self.programs = []
        self.at_end = []

    # -- files
    def path(self, *names):
        return os.path.join(self.top, *names)

    def folder(self, name):
        path = self.path(name)
        os.makedirs(path, exist_ok=True)
        return path

    def file(self, name, content=b'', mode=0o600):
        path = self.path(name)
        if isinstance(content, str):
            content = content.encode()
        with open(path, 'wb') as f:
            f.write(content)
        os.chmod(path, mode)
        return path

    def random_file(self, name, size):
        with open(self.path(name), 'wb') as f:
            for offset in range(0, size, MIB):
                f.write(os.urandom(min(MIB, size - offset)))
        return self.path(name)

    def large_file(self, name='large', size=1 << 30):
        """One that is still under way when something is done to its transfer. It takes little room: most of it are
        holes. Each part says where it belongs, so that octets lost, doubled or misplaced are not like those that
        were sent: a few here and there, all of them at the beginning and where an offset outgrows 31 or 32 bits."""
        noise = random.Random(f'{name} {size}')
        step = max(1 << 16, size >> 13)
        marks = [(offset + offset // step * 4099 % step, f'{offset:x} of {name} '.encode() + noise.randbytes(20))
                 for offset in range(0, size, step)]  # not at the same place of all steps
        marks += [(begin, noise.randbytes(length))
                  for begin, length in ((0, 8 << 20), ((2 << 30) - MIB, 2 * MIB), ((4 << 30) - MIB, 2 * MIB))]
        with open(self.path(name), 'wb', buffering=0) as f:
            for offset, mark in marks:
                os.pwrite(f.fileno(), mark[:max(0, size - offset)], offset)
            f.truncate(size)
        return self.path(name)

    # -- programs
    def start(self, argv, **options):
        program = Program(argv, **options)
        self.programs.append(program)
        return program

    def account(self, user, password=None, server=None, ca=True):
        server = server or self.server
        secret = self.path(f'{user}.password')
        if password or not os.path.exists(secret):  # another program may be reading it
            self.file(f'{user}.password', (password or server.password(user)) + '\n')
        return ['--jid', server.jid(user), '--password-file', secret, '--server', server.address,
                *(['--ca', server.ca] if ca else [])]

    def jingle(self, user, command, *arguments, server=None, env=None, cwd=None):
        return self.start([JINGLE, command, *self.account(user, server=server), *arguments],
                          name=f'jingle {command}', env=self.clean(env), cwd=cwd)

    def terminal(self, user, command, *arguments, env=None):
        program = Terminal([JINGLE, command, *self.account(user), *arguments], name=f'jingle {command}',
                           env=self.clean(env))
        self.programs.append(program)
        return program

    def clean(self, env):
        """No setting of whoever runs the tests gets in."""
        base = {name: '' for name in ('JINGLE_JID', 'JINGLE_PASSWORD', 'JINGLE_SERVER')}
        return {**base, 'HOME': self.folder('home'), 'XDG_CONFIG_HOME': '', **(env or {})}

    def receiver(self, user, *arguments, folder='in', **options):
        """`jingle receive` that is ready; its full JID is in .jid."""
        program = self.jingle(user, 'receive', '--to', self.folder(folder), *arguments, **options)
        if '--json' in arguments:
            program.jid = program.event('ready')['peer']
        else:
            program.jid = program.expect(r'^ready (\S+)$', 'out').group(1)
        return program

    def last(self, function):
        """Has the function called when the test is over."""
        self.at_end.append(function)

    def close(self):
        for function in reversed(self.at_end):
            function()
        # Asked first: a program that is killed does not write what it has gone through (scripts/coverage).
        for program in self.programs:
            if program.process.poll() is None:
                program.signal(signal.SIGTERM)
        deadline = time.monotonic() + ENDING
        for program in self.programs:
            program.kill(deadline)
        for program in self.programs:
            for reader in program.readers:
                reader.join(5)

    # -- judging
    def equal(self, got, wanted, what='value'):
        if got != wanted:
            raise Failed(f'{what} is {got!r}, wanted {wanted!r}')

    def true(self, value, why):
        if not value:
            raise Failed(why)

    def says(self, program, pattern, kind=None):
        if not re.search(pattern, program.text(kind), re.MULTILINE | re.DOTALL):
            raise Failed(f'{program.name} did not say /{pattern}/ but: ' + one_line(program.text(kind)[-300:]))

    def exits(self, program, status, deadline=DEADLINE):
        got = program.wait(deadline)
        if got != status:
            raise Failed(f'{program.name}: exit status {got}, wanted {status}; it said: '
                         + one_line(program.text()[-250:]))

    def same(self, path, other):
        def digest(name):
            whole = hashlib.sha256()
            with open(name, 'rb') as f:
                for piece in iter(lambda: f.read(MIB), b''):
                    whole.update(piece)
            return whole.hexdigest()
        if not os.path.exists(other):
            raise Failed(f'there is no {other}; the folder has {os.listdir(os.path.dirname(other))}')
        self.true(digest(path) == digest(other), f'{os.path.basename(other)} is not what was sent')

    def files(self, folder='in', whole=True):
        """Names in a folder; with whole, what is kept of transfers that were cut is left out."""
        return sorted(n for n in os.listdir(self.path(folder))
                      if not (whole and (n.endswith('.part') or n.startswith('.jingle-'))))

    def written(self, folder='in', only=''):
        """The size of the largest file in a folder, of those whose names end with `only`."""
        largest = 0
        for name in self.files(folder, whole=False):
            with contextlib.suppress(FileNotFoundError):  # a temporary one that has got its name meanwhile
                if name.endswith(only):
                    largest = max(largest, os.path.getsize(self.path(folder, name)))
        return largest


TESTS = []


def test(name, full=False):
    """Registers a test. full: a long one, for the full stage alone."""
    def register(function):
        if not full or FULL:
            TESTS.append((name, function))
        return function
    return register


def run_test(name, function, server, folder):
    t = Test(name, server, folder)
    began = time.monotonic()
    try:
        try:
            function(t)
            for program in t.programs:
                if program.process.poll() is not None:
                    program.check()
        except BaseException:
            for program in t.programs:  # before they are killed
                state = program.process.poll()
                print(f'--- {name}: {program.name} ({"runs" if state is None else state})\n'
                      + program.text()[-3000:], file=sys.stderr)
            raise
        print(f'ok {name}', flush=True)
        print(f'{time.monotonic() - began:6.2f} s  {name}', file=sys.stderr)
        return True
    except Skipped as why:
        print(f'skip {name} - {one_line(why)}', flush=True)
        return True
    except (Failed, servers.Failed, OSError, KeyError, ValueError, IndexError) as why:
        print(f'not ok {name} - {one_line(f"{type(why).__name__}: {why}" if not isinstance(why, Failed) else why)}',
              flush=True)
        return False
    finally:
        t.close()


def main(make_server, tests=None):
    """Runs the tests in one server's life. With words on the command line: those that contain one."""
    def end(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    top = tempfile.mkdtemp(prefix='e2e-', dir=os.environ.get('TMPDIR'))
    chosen = [(n, f) for n, f in (tests or TESTS) if not sys.argv[1:] or any(w in n for w in sys.argv[1:])]
    good = True
    try:
        with make_server(os.path.join(top, 'server')) as server:
            for number, (name, function) in enumerate(chosen):
                folder = os.path.join(top, str(number))
                os.mkdir(folder)
                good = run_test(name, function, server, folder) and good
                if good:
                    shutil.rmtree(folder, ignore_errors=True)
    except servers.Missing as why:
        print(why)
        sys.exit(77)
    if good:
        shutil.rmtree(top, ignore_errors=True)
    sys.exit(0 if good else 1)
