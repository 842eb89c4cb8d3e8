#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run the drivers of test/suite.list in one or more builds and count each test once.

  run_suite.py --build plain=DIR [--build asan=DIR ...] [--stage check|quick|full] [NAME...]

With NAMEs, only the drivers are run whose name is or begins with one of them (any stage); --without NAME,
which may be given several times, leaves out those whose name is or begins with it. The format of the
list, and what a driver prints, is described at the head of test/suite.list.

Ends with one line `N passed, N failed` (`, N skipped` where some were). Exit status: 0 if nothing
failed and something passed, else 1; 2 for a mistake in the list or the command line.
"""
import argparse
import collections
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
STAGES = ('check', 'quick', 'full')
GROUPS = {'both': ('plain', 'asan')}
DEFAULT_TIMEOUT = 300
LOG_TAIL = 40
RESULT = re.compile(r'(ok|not ok|skip) (.*?)(?: - (.*))?$')
SKIPPED = 77  # a driver's exit status: nothing could be run here; its last line says why

Driver = collections.namedtuple('Driver', 'name builds stage timeout command')
Run = collections.namedtuple('Run', 'driver build results seconds log')


class Mistake(Exception):
    pass


def read_list(path):
    drivers = {}
    with open(path, encoding='utf-8') as f:
        for number, line in enumerate(f, 1):
            line = line.strip()
            if not line or line.startswith('#'):
                continue
            where = f'{path}:{number}'
            fields = line.split(None, 4)
            if len(fields) < 5:
                raise Mistake(f'{where}: name, builds, stage, timeout and command are wanted')
            name, builds, stage, timeout, command = fields
            if name in drivers:
                raise Mistake(f'{where}: a second driver named {name}')
            if stage not in STAGES:
                raise Mistake(f'{where}: stage is one of {", ".join(STAGES)}')
            if timeout != '-' and not timeout.isdigit():
                raise Mistake(f'{where}: timeout is a number of seconds or -')
            drivers[name] = Driver(name, GROUPS.get(builds) or tuple(builds.split(',')), stage,
                                   DEFAULT_TIMEOUT if timeout == '-' else int(timeout), command)
    return list(drivers.values())


def chosen(drivers, stage, names, without=()):
    for name in without:
        if not any(d.name.startswith(name) for d in drivers):
            raise Mistake(f'no driver is named {name}')
    drivers = [d for d in drivers if not d.name.startswith(tuple(without))]
    if not names:
        return [d for d in drivers if STAGES.index(d.stage) <= STAGES.index(stage)]
    picked = [d for d in drivers if any(d.name.startswith(n) for n in names)]
    for name in names:
        if not any(d.name.startswith(name) for d in drivers):
            raise Mistake(f'no driver is named {name}')
    return picked


PROGRAM = re.compile(r'(^|; do )(?=test/)')
SLOWNESS = 20  # of an emulated machine


def programs(drivers, under):
    """Only the drivers that are programs of the build, run under a command (none if it is empty)."""
    return [d._replace(command=PROGRAM.sub(r'\1' + (under and under + ' '), d.command),
                       timeout=d.timeout * (SLOWNESS if under else 1))
            for d in drivers if PROGRAM.search(d.command)]


def environment(driver, build, directory, srcdir, tmp, full):
    env = dict(os.environ)
    env.setdefault('CK_DEFAULT_TIMEOUT', '60')  # seconds for one unit test: the machine may be busy
    if full:
        env['JINGLE_TEST_FULL'] = '1'
    env.update(srcdir=srcdir, builddir=directory, BUILD=build, TMPDIR=tmp)
    env.setdefault('JINGLE_SHARED', os.path.join(srcdir, '..', 'shared'))
    # What is freed is kept back for a while, in 256 MiB by default; 2 MiB stay in the processor's caches.
    env.setdefault('ASAN_OPTIONS', 'detect_leaks=1:detect_stack_use_after_return=1'
                   + ('' if full else ':quarantine_size_mb=2'))
    env.setdefault('UBSAN_OPTIONS', 'print_stacktrace=1')
    env.setdefault('PYTHONDONTWRITEBYTECODE', '1')
    return env


def end_group(pid):
    """Ends what is left of a driver's process group; true if something was left."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True


class Suite:
    def __init__(self, builds, srcdir, jobs, full):
        self.full = full
        self.builds = builds
        self.srcdir = srcdir
        self.jobs = jobs
        self.runs = []
        self.running = {}
        self.lock = threading.Lock()
        self.stopping = False
        self.tty = sys.stdout.isatty()

    def go(self, drivers):
        # In the list's order, which has those first that take long.
        queue = collections.deque((d, b) for d in drivers for b in d.builds if b in self.builds)
        self.total = len(queue)

        def work():
            while True:
                with self.lock:
                    if not queue or self.stopping:
                        return
                    driver, build = queue.popleft()
                self.report(self.run(driver, build))

        threads = [threading.Thread(target=work) for _ in range(self.jobs)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except KeyboardInterrupt:
            with self.lock:
                self.stopping = True
                for process in self.running.values():
                    end_group(process.pid)
            for thread in threads:
                thread.join()
            raise

    def run(self, driver, build):
        directory = self.builds[build]
        slug = driver.name.replace('/', '-')
        log = os.path.join(directory, 'test-log', slug + '.log')
        tmp = os.path.join(directory, 'test-tmp', slug)
        shutil.rmtree(tmp, ignore_errors=True)
        os.makedirs(tmp)
        os.makedirs(os.path.dirname(log), exist_ok=True)
        began = time.monotonic()
        timed_out = False
        # Apart, so that what is said on stderr never lands in the middle of a buffered result line
        with open(log, 'wb') as out, open(log + '.err', 'wb') as err:
            process = subprocess.Popen(
                ['/bin/sh', '-c', driver.command], cwd=directory, stdin=subprocess.DEVNULL,
                stdout=out, stderr=err, start_new_session=True,
                env=environment(driver, build, directory, self.srcdir, tmp, self.full))
            with self.lock:
                self.running[driver, build] = process
                self.progress()
            try:
                process.wait(driver.timeout)
            except subprocess.TimeoutExpired:
                timed_out = True
                os.killpg(process.pid, signal.SIGTERM)  # let it stop its servers
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    pass
            left_behind = end_group(process.pid)
            process.wait()
            if left_behind and not timed_out:
                err.write(b'(processes were left running and have been killed)\n')
        results = self.judge(driver, process.returncode, timed_out, log)
        if not any(status == 'not ok' for status, _ in results.values()):
            shutil.rmtree(tmp, ignore_errors=True)
        with self.lock:
            del self.running[driver, build]
        return Run(driver, build, results, time.monotonic() - began, log)

    @staticmethod
    def judge(driver, status, timed_out, log):
        """The driver's lines as {test: (status, why)}; its own failure is a test named '-'."""
        results = {}
        last = ''
        with open(log, encoding='utf-8', errors='replace') as f:
            for line in f:
                match = RESULT.match(line.rstrip())
                if match:
                    verdict, name, why = match.groups()
                    if results.get(name, ('ok',))[0] != 'not ok':  # a name used twice fails if one does
                        results[name] = (verdict, why or '')
                last = line.strip() or last
        failed = any(verdict == 'not ok' for verdict, _ in results.values())
        if timed_out:
            results['-'] = ('not ok', f'timed out after {driver.timeout} s')
        elif status == SKIPPED and all(verdict == 'skip' for verdict, _ in results.values()):
            if not results:
                results['-'] = ('skip', last)
        elif status < 0:
            results['-'] = ('not ok', f'killed by {signal.Signals(-status).name}')
        elif status != 0 and not failed:
            results['-'] = ('not ok', f'exit status {status}')
        elif not results:
            results['-'] = ('not ok', 'printed no test')
        return results

    def report(self, run):
        count = collections.Counter(verdict for verdict, _ in run.results.values())
        failed = count['not ok']
        label = f'{run.driver.name} ({run.build})'
        tests = f'{count["ok"]} ok'
        if failed:
            tests += f', {failed} FAILED'
        if count['skip']:
            tests += f', {count["skip"]} skipped'
        lines = [f'{label:44} {tests:28} {run.seconds:6.1f} s']
        for name, (verdict, why) in run.results.items():
            if verdict == 'not ok' or name == '-':
                lines.append(f'    {verdict}: {name if name != "-" else run.driver.name}'
                             + (f' - {why}' if why else ''))
        if failed:
            for path in (run.log, run.log + '.err'):
                with open(path, encoding='utf-8', errors='replace') as f:
                    tail = collections.deque(f, LOG_TAIL)
                if tail:
                    lines.append(f'    the end of {path}:')
                    lines += ['    | ' + line.rstrip('\n') for line in tail]
        with self.lock:
            if self.stopping:
                return
            self.runs.append(run)
            self.clear()
            print('\n'.join(lines), flush=True)
            self.progress()

    def clear(self):
        if self.tty:
            sys.stdout.write('\r\033[K')

    def progress(self):
        if self.tty and not self.stopping:
            now = ', '.join(f'{driver.name} ({build})' for driver, build in self.running)
            width = shutil.get_terminal_size().columns - 1
            sys.stdout.write('\r\033[K' + f'[{len(self.runs)}/{self.total}] {now}'[:width])
            sys.stdout.flush()

    def totals(self):
        """(passed, failed, skipped): a test counts once, and fails if it fails in one build."""
        rank = {'skip': 0, 'ok': 1, 'not ok': 2}
        tests = {}
        for run in self.runs:
            for name, (verdict, _) in run.results.items():
                key = (run.driver.name, name)
                if rank[verdict] >= rank[tests.get(key, 'skip')]:
                    tests[key] = verdict
        count = collections.Counter(tests.values())
        return count['ok'], count['not ok'], count['skip']


def pair(text):
    name, equals, directory = text.partition('=')
    if not equals:
        raise argparse.ArgumentTypeError('NAME=DIR is wanted')
    return name, os.path.abspath(directory)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--build', type=pair, action='append', default=[], metavar='NAME=DIR')
    parser.add_argument('--failed-build', action='append', default=[], metavar='NAME',
                        help='a build that could not be made: counts as a failed test')
    parser.add_argument('--srcdir', default=os.path.dirname(HERE))
    parser.add_argument('--stage', choices=STAGES, default='quick')
    parser.add_argument('--programs', metavar='COMMAND',
                        help='only drivers that are programs of the build, run under COMMAND if it is not empty')
    parser.add_argument('--without', action='append', default=[], metavar='NAME', help='leave out the drivers of that name')
    parser.add_argument('-j', '--jobs', type=int, default=3 + max(2, os.cpu_count() or 1),
                        help='drivers at a time (default: processors + 3, as some wait for servers)')
    parser.add_argument('names', nargs='*', metavar='NAME')
    args = parser.parse_args()
    srcdir = os.path.abspath(args.srcdir)
    try:
        drivers = chosen(read_list(os.path.join(srcdir, 'test', 'suite.list')), args.stage, args.names, args.without)
    except (Mistake, OSError) as mistake:
        print(f'run_suite: {mistake}', file=sys.stderr)
        return 2
    if args.programs is not None:
        drivers = programs(drivers, args.programs)
    # SIGTERM ends the drivers too, as Ctrl-C does
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    suite = Suite(dict(args.build), srcdir, args.jobs, args.stage == 'full')
    interrupted = False
    try:
        suite.go(drivers)
    except KeyboardInterrupt:
        interrupted = True
    suite.clear()
    passed, failed, skipped = suite.totals()
    failed += len(args.failed_build)
    if interrupted:
        print('interrupted')
        failed += 1
    print(f'{passed} passed, {failed} failed' + (f', {skipped} skipped' if skipped else ''))
    return 0 if passed and not failed else 1


if __name__ == '__main__':
    sys.exit(main())
