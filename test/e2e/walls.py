#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Two hosts with a server between them, made of network namespaces: directly, then with a wall so that
only the proxy works, then without the proxy too, so that only in-band is left; and directly once more, over IPv6.

The namespaces have no names: each lives as long as a process in it, and those end when this one does,
however it ends. All traffic is between addresses in them. Skipped, and said, where they cannot be made."""
import os
import shutil
import subprocess
import sys

from harness import JINGLE, Skipped, main, test
from servers import Failed, Prosody

SERVER, PROXY = '10.78.0.1', '10.78.0.2'
NETS = {'juliet': '10.78.1', 'romeo': '10.78.2'}
SERVER6 = 'fd78::1'
NETS6 = {'juliet': 'fd78:1', 'romeo': 'fd78:2'}
FORWARD = '/proc/sys/net/ipv4/ip_forward'
FORWARD6 = '/proc/sys/net/ipv6/conf/all/forwarding'
SIZE = 2_000_000


def run(*argv):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    if done.returncode:
        raise Failed(f'{" ".join(argv)}: {done.stdout}')


class Host:
    """A namespace with one interface, whose other end is here."""

    def __init__(self, user):
        self.user, self.net = user, NETS[user]
        # cat ends with its input, and with it the namespace.
        self.holder = subprocess.Popen(['unshare', '--net', 'sh', '-c', 'echo up; exec cat'],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.holder.stdout.readline() != b'up\n':
            raise Failed('unshare --net does not work')
        self.enter = ['nsenter', f'--net=/proc/{self.holder.pid}/ns/net']
        here = f'to-{user}'
        run('ip', 'link', 'add', 'name', here, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', str(self.holder.pid))
        run('ip', 'addr', 'add', f'{self.net}.1/24', 'dev', here)
        run('ip', 'link', 'set', here, 'up')
        for words in ('link set lo up', f'addr add {self.net}.2/24 dev eth0', 'link set eth0 up',
                      f'route add default via {self.net}.1'):
            run(*self.enter, 'ip', *words.split())

    def leave_ipv4(self):
        net = NETS6[self.user]
        run(*self.enter, 'ip', '-4', 'addr', 'flush', 'dev', 'eth0')
        run('ip', 'addr', 'add', f'{net}::1/64', 'dev', f'to-{self.user}', 'nodad')
        for words in (f'addr add {net}::2/64 dev eth0 nodad', f'-6 route add default via {net}::1'):
            run(*self.enter, 'ip', *words.split())


class Between(Prosody):
    """Prosody in the namespace between the two, its proxy under an address of its own."""
    host = SERVER
    proxy = proxy_listens = PROXY

    def __init__(self, folder):
        super().__init__(folder, users=list(NETS))
        self.hosts = {}
        self.without_ipv6 = None

    def start(self):
        if not self.hosts:
            run('ip', 'link', 'set', 'lo', 'up')
            for address in (SERVER, PROXY):
                run('ip', 'addr', 'add', f'{address}/32', 'dev', 'lo')
            try:
                run('ip', 'addr', 'add', f'{SERVER6}/128', 'dev', 'lo', 'nodad')
                self.options['interfaces'] = [SERVER, SERVER6]
            except Failed as why:
                self.without_ipv6 = why
            self.hosts = {user: Host(user) for user in NETS}
        return super().start()


def jingle(t, user, command, *arguments):
    return t.start([*t.server.hosts[user].enter, JINGLE, command, *t.account(user), *arguments],
                   name=f'jingle {command}', env=t.clean(None))


def transfer(t, way, *options):
    path = t.random_file('data.bin', SIZE)
    romeo = jingle(t, 'romeo', 'receive', '--to', t.folder('in'), '--once', '--yes', *options)
    jid = romeo.expect(r'^ready (\S+)$', 'out').group(1)
    juliet = jingle(t, 'juliet', 'send', *options, jid, path)
    t.exits(juliet, 0)
    t.exits(romeo, 0)
    t.same(path, t.path('in', 'data.bin'))
    t.says(juliet, f'sending data.bin {way}')
    t.says(romeo, f'receiving data.bin {way}')


def wall(t, *words):
    """Packets between the two networks are dropped."""
    for a, b in (('juliet', 'romeo'), ('romeo', 'juliet')):
        run('ip', 'rule', *words, 'from', f'{NETS[a]}.0/24', 'to', f'{NETS[b]}.0/24', 'pref', '10', 'blackhole')


@test('directly from host to host')
def _(t):
    with open(FORWARD, 'w', encoding='ascii') as f:
        f.write('1\n')
    transfer(t, 'directly')


@test('a wall between them: by the proxy')
def _(t):
    wall(t, 'add')
    transfer(t, r'by the proxy 10\.78\.0\.2')


@test('a wall, and a proxy that cannot be reached: in-band')
def _(t):
    run('ip', 'addr', 'del', f'{PROXY}/32', 'dev', 'lo')
    run('ip', 'route', 'add', 'blackhole', f'{PROXY}/32')
    transfer(t, 'in-band')


@test('directly, between hosts that have IPv6 alone')
def _(t):
    if t.server.without_ipv6:
        raise Skipped(f'there is no IPv6 here: {t.server.without_ipv6}')
    with open(FORWARD6, 'w', encoding='ascii') as f:
        f.write('1\n')
    for host in t.server.hosts.values():
        host.leave_ipv4()
    transfer(t, 'directly', '--server', f'[{SERVER6}]:{t.server.ports["c2s"]}')


def enter():
    """Goes on in a new namespace, or says why not."""
    for name in ('ip', 'unshare', 'nsenter'):
        if not shutil.which(name):
            print(f'{name} is not installed (Debian: apt-get install {"iproute2" if name == "ip" else "util-linux"})')
            sys.exit(77)
    argv = ['unshare', '--net', *([] if os.getuid() == 0 else ['--user', '--map-root-user'])]
    probe = subprocess.run([*argv, 'sh', '-c', f'ip link add name here type veth peer name there && echo 0 >{FORWARD}'],
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                           check=False)
    if probe.returncode:
        print('network namespaces cannot be made here: ' + ' '.join(probe.stdout.split()))
        sys.exit(77)
    os.execvp(argv[0], [*argv, sys.executable, __file__, 'inside', *sys.argv[1:]])


if __name__ == '__main__':
    if sys.argv[1:2] != ['inside']:
        enter()
    del sys.argv[1]
    main(Between)
