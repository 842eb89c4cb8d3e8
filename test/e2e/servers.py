#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Private XMPP servers for tests: Prosody and ejabberd on loopback, all they own in one folder.

    with Prosody(folder, users=['juliet', 'romeo'], components={'bot.localhost': 'secret'}) as server:
        server.address           # '127.0.0.1:23456', for --server
        server.ca                # the PEM file of the CA that signed its certificate, for --ca
        server.password('romeo')
        server.restart()         # same ports, same accounts; kill() is as if the machine had died

Ports are free ones, picked anew for each server; TLS uses a certificate for the domain, signed by a CA
made for the occasion. A server belongs to the process group of the program that started it, and
ends by its own process id and no other way. Where the programs are missing, Missing is raised.

From a shell, one runs until it is told to end, or the shell that started it ends:

    servers.py prosody|ejabberd FOLDER [--domain NAME] [--user NAME:PASSWORD]... [--component JID:SECRET]...

When clients can connect, it prints NAME=VALUE lines that say where, and FOLDER/env holds the same.
"""
import argparse
import ctypes
import glob
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

LOOPBACK = '127.0.0.1'
PORTS = ('c2s', 'component', 'http', 'proxy65')


class Missing(Exception):
    """A program that is needed is not installed; skip the test."""


class Failed(Exception):
    """A server did not come up; the message has the end of its log."""


def program(name, package=None):
    path = shutil.which(name, path=os.environ.get('PATH', '') + ':/usr/bin:/usr/sbin:/usr/local/bin')
    if not path:
        raise Missing(f'{name} is not installed (Debian: apt-get install {package or name})')
    return path


def openssl(*arguments, cwd):
    done = subprocess.run([program('openssl'), *arguments], cwd=cwd, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise Failed(f'openssl {" ".join(arguments)}:\n{done.stdout}')


NEW_KEY = ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes')


def make_ca(folder):
    """A CA in `folder`: ca.key, ca.pem. Returns the path of ca.pem."""
    os.makedirs(folder, exist_ok=True)
    openssl('req', '-x509', *NEW_KEY, '-days', '30', '-subj', '/CN=test CA', '-keyout', 'ca.key',
            '-out', 'ca.pem', '-addext', 'basicConstraints=critical,CA:TRUE',
            '-addext', 'keyUsage=critical,keyCertSign,cRLSign', cwd=folder)
    return os.path.join(folder, 'ca.pem')


def make_certificate(folder, domain):
    """A certificate for `domain` from the CA in `folder`: server.key, server.crt, server.pem (both)."""
    with open(os.path.join(folder, 'server.ext'), 'w', encoding='utf-8') as f:
        f.write(f'subjectAltName=DNS:{domain},DNS:*.{domain},DNS:localhost,IP:{LOOPBACK}\n')
    openssl('req', *NEW_KEY, '-subj', f'/CN={domain}', '-keyout', 'server.key', '-out', 'server.csr',
            cwd=folder)
    openssl('x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial',
            '-days', '30', '-extfile', 'server.ext', '-out', 'server.crt', cwd=folder)
    with open(os.path.join(folder, 'server.pem'), 'w', encoding='utf-8') as out:
        for name in ('server.key', 'server.crt'):
            with open(os.path.join(folder, name), encoding='utf-8') as f:
                out.write(f.read())


def listening(port, host=LOOPBACK):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex((host, port)) == 0


def free_port(taken):
    """A port below those that the system gives to outgoing connections, so none of them takes it."""
    while True:
        port = random.randrange(20000, 32000)
        if port in taken:
            continue
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind((LOOPBACK, port))
            except OSError:
                continue
        return port


def tail(path, lines=20):
    try:
        with open(path, encoding='utf-8', errors='replace') as f:
            return ''.join(f.readlines()[-lines:])
    except OSError:
        return ''


class Server:
    """What both servers share. `users` is {name: password}, or names alone (the password is then the
    name and "pw"); `components` is {JID: secret}. `tls` is 'required', 'optional' or 'none'."""

    host = LOOPBACK          # where it listens
    proxy_listens = None     # where its SOCKS5 proxy does; None: there too
    proxy = None             # what it says its proxy's address is; None: host
    has_proxy = True
    proxy_name = None        # its JID, of Prosody's; None: below the domain, which makes the server name it

    def __init__(self, folder, users=(), components=None, domain='localhost', tls='required'):
        self.folder = os.path.abspath(folder)
        self.users = dict(users) if isinstance(users, dict) else {u: u + 'pw' for u in users}
        self.components = dict(components or {})
        self.domain = domain
        self.tls = tls
        self.ports = {}
        self.process = None
        self.ca = os.path.join(self.folder, 'certs', 'ca.pem')
        self.log_path = os.path.join(self.folder, 'server.log')

    # What a server of either kind has to say
    port_taken = 'a line of its log for a port that is not free'
    http_paths = 'websocket', 'BOSH'

    def prepare(self):
        """Writes the configuration for self.ports."""
        raise NotImplementedError

    def command(self):
        """(argv, additions to the environment)"""
        raise NotImplementedError

    def is_up(self):
        return all(listening(self.ports[name], (self.proxy_listens if name == 'proxy65' else None) or self.host)
                   for name in PORTS if (name != 'component' or self.components)
                   and (name != 'proxy65' or self.has_proxy))

    # What everybody uses
    @property
    def address(self):
        return f'{self.host}:{self.ports["c2s"]}'

    @property
    def component_address(self):
        return f'{self.host}:{self.ports["component"]}'

    @property
    def pid(self):
        return self.process.pid

    def jid(self, user):
        return f'{user}@{self.domain}'

    def password(self, user):
        return self.users[user]

    def log(self):
        """All it has logged, over all its lives."""
        return self.read_log(0)

    def read_log(self, begin):
        if not os.path.exists(self.log_path):
            return ''
        with open(self.log_path, 'rb') as f:
            f.seek(begin)
            return f.read().decode('utf-8', 'replace')

    def start(self):
        """Starts it and waits until it takes connections."""
        if not os.path.exists(self.ca):
            make_ca(os.path.dirname(self.ca))
            make_certificate(os.path.dirname(self.ca), self.domain)
        keep = bool(self.ports)
        for _ in range(5):
            if not keep:
                self.ports = {}
                for name in PORTS:
                    self.ports[name] = free_port(self.ports.values())
            self.prepare()
            if self.launch():
                self.write_env()
                return self
            if keep:
                break
        raise Failed(f'{type(self).__name__} cannot have its ports: {self.ports}')

    def launch(self, patience=60):
        """True if it is up, false if another program has one of its ports."""
        log_begin = os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0
        argv, environment = self.command()
        with open(os.path.join(self.folder, 'out'), 'ab') as out:
            self.process = subprocess.Popen(argv, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=out, env={**os.environ, **environment})
        try:
            deadline = time.monotonic() + patience
            while not self.is_up():
                if self.port_taken in self.read_log(log_begin):
                    self.stop()
                    return False
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise Failed(f'{type(self).__name__} did not come up:\n{tail(self.log_path)}'
                                 + tail(os.path.join(self.folder, 'out')))
                time.sleep(0.02)
        except BaseException:
            self.kill()
            raise
        return True

    def stop(self, patience=15):
        """Ends it in an orderly way; by force if that takes too long."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process = None

    def kill(self):
        """Ends it at once, connections cut."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process = None

    def restart(self):
        self.stop()
        return self.start()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def environment(self):
        """Where it is, under the names that interoperability scripts read from FOLDER/env."""
        websocket, bosh = self.http_paths
        http = f'{self.host}:{self.ports["http"]}'
        return {
            'JX_PID': str(self.pid),
            'JX_DOMAIN': self.domain,
            'JX_ADDR': self.host,
            'JX_C2S': str(self.ports['c2s']),
            'JX_COMPONENT': str(self.ports['component']),
            'JX_HTTP': str(self.ports['http']),
            'JX_WS': f'ws://{http}{websocket}',
            'JX_BOSH': f'http://{http}{bosh}',
            'JX_PROXY65': f'proxy.{self.domain}',
            'JX_PROXY65_PORT': str(self.ports['proxy65']),
            'JX_CA': self.ca,
            'JX_SECRET': next(iter(self.components.values()), ''),
        }

    def write_env(self):
        path = os.path.join(self.folder, 'env')
        with open(path + '.new', 'w', encoding='utf-8') as f:
            f.writelines(f'{name}={value}\n' for name, value in self.environment().items())
        os.rename(path + '.new', path)


def lua(value):
    """A Python value as Lua."""
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + ''.join(c if ' ' <= c <= '~' and c not in '"\\' else ''.join(
            f'\\{byte:03}' for byte in c.encode()) for c in value) + '"'
    if isinstance(value, dict):
        return '{ ' + ''.join(f'[{lua(k)}] = {lua(v)}; ' for k, v in value.items()) + '}'
    return '{ ' + ''.join(lua(v) + '; ' for v in value) + '}'


def lua_file_name(text):
    """As Prosody's internal storage names a file."""
    return ''.join(c if c.isascii() and c.isalnum() else ''.join(f'%{byte:02x}' for byte in c.encode())
                   for c in text)


class Prosody(Server):
    """`contacts`: all users have each other in their rosters, both ways. `resume`: for how many seconds a
    stream that was cut can be resumed (XEP-0198), None for no stream management. `options` are further
    global options, `modules` further modules. The log holds every stanza."""

    http_paths = '/xmpp-websocket', '/http-bind'
    port_taken = 'Failed to open server port'

    def __init__(self, folder, users=(), components=None, domain='localhost', tls='required',
                 contacts=False, resume=60, modules=(), options=None, stanzas_logged=False):
        super().__init__(folder, users, components, domain, tls)
        self.stanzas_logged = stanzas_logged  # costs a quarter more
        self.contacts = contacts
        self.resume = resume
        self.modules = list(modules)
        self.options = dict(options or {})

    def prepare(self):
        certs = os.path.join(self.folder, 'certs')
        modules = ['roster', 'saslauth', 'disco', 'ping', 'presence', 'message', 'iq', 'carbons', 'pep',
                   'blocklist', 'time', 'version', 'bosh', 'websocket', *self.modules]
        if self.stanzas_logged:
            modules.append('stanza_debug')
        if self.tls != 'none':
            modules.append('tls')
        if self.resume is not None:
            modules.append('smacks')
        options = {
            'run_as_root': True,
            # 0.12's default backend, epoll, stalls mod_proxy65 after a few kilobytes
            'network_backend': 'select',
            'pidfile': os.path.join(self.folder, 'prosody.pid'),
            'data_path': os.path.join(self.folder, 'data'),
            'certificates': certs,
            'ssl': {'key': os.path.join(certs, 'server.key'),
                    'certificate': os.path.join(certs, 'server.crt')},
            'interfaces': [self.host],
            'local_interfaces': [self.host],
            'component_interfaces': [self.host],
            'proxy65_interfaces': [self.proxy_listens or self.host],
            'c2s_ports': [self.ports['c2s']],
            'component_ports': [self.ports['component']],
            'http_ports': [self.ports['http']],
            'proxy65_ports': [self.ports['proxy65']],
            'c2s_direct_tls_ports': [],
            'https_ports': [],
            's2s_ports': [],
            'c2s_require_encryption': self.tls == 'required',
            'allow_unencrypted_plain_auth': self.tls != 'required',
            'consider_bosh_secure': True,
            'consider_websocket_secure': True,
            'cross_domain_bosh': True,
            'cross_domain_websocket': True,
            'authentication': 'internal_plain',
            'storage': 'internal',
            'smacks_hibernation_time': self.resume or 0,
            'modules_enabled': modules,
            'modules_disabled': ['s2s'],
            **self.options,
        }
        proxy = {'proxy65_address': self.proxy or self.host, 'proxy65_acl': [self.domain]}
        with open(os.path.join(self.folder, 'prosody.cfg.lua'), 'w', encoding='utf-8') as f:
            f.writelines(f'{name} = {lua(value)}\n' for name, value in options.items())
            level = 'debug' if self.stanzas_logged else 'info'
            f.write(f'log = {{ {{ levels = {{ min = "{level}" }}; to = "file"; '
                    f'filename = {lua(self.log_path)}; }} }}\n')
            f.write(f'VirtualHost {lua(self.domain)}\n')
            if self.has_proxy:
                f.write(f'Component {lua(self.proxy_name or "proxy." + self.domain)} "proxy65"\n')
                f.writelines(f'{name} = {lua(value)}\n' for name, value in proxy.items())
            for jid, secret in self.components.items():
                f.write(f'Component {lua(jid)}\ncomponent_secret = {lua(secret)}\n')
        for user, password in self.users.items():
            self.store('accounts', user, {'password': password})
            if self.contacts:
                self.store('roster', user, {self.jid(other): {'subscription': 'both', 'groups': {}}
                                            for other in self.users if other != user})

    def store(self, kind, user, value):
        path = os.path.join(self.folder, 'data', lua_file_name(self.domain), kind,
                            lua_file_name(user) + '.dat')
        if not os.path.exists(path):  # what the server has changed since stays
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'w', encoding='utf-8') as f:
                f.write(f'return {lua(value)};\n')

    def command(self):
        return [program('prosody'), '--config', os.path.join(self.folder, 'prosody.cfg.lua'), '-F'], {}


class Ejabberd(Server):
    """`resume`: for how many seconds a stream that was cut can be resumed (XEP-0198). `options` are further
    options at the top of its configuration, as domain_balancing."""

    http_paths = '/ws', '/http-bind'
    port_taken = 'eaddrinuse'

    def __init__(self, folder, users=(), components=None, domain='localhost', tls='required',
                 resume=300, options=None):
        super().__init__(folder, users, components, domain, tls)
        self.resume = resume
        self.options = dict(options or {})
        self.log_path = os.path.join(self.folder, 'ejabberd.log')

    def prepare(self):
        os.makedirs(os.path.join(self.folder, 'database'), exist_ok=True)
        starttls = {'required': {'starttls_required': True}, 'optional': {'starttls': True}, 'none': {}}
        configuration = {
            'hosts': [self.domain],
            'loglevel': 'info',
            'auth_method': 'internal',
            'auth_password_format': 'plain',
            'certfiles': [os.path.join(self.folder, 'certs', 'server.pem')],
            'ca_file': self.ca,
            'listen': [
                {'port': self.ports['c2s'], 'ip': self.host, 'module': 'ejabberd_c2s',
                 'max_stanza_size': 262144, 'shaper': 'none', 'access': 'all', **starttls[self.tls]},
                {'port': self.ports['component'], 'ip': self.host, 'module': 'ejabberd_service',
                 'access': 'all', 'shaper_rule': 'none', 'global_routes': False,
                 'hosts': {jid: {'password': secret} for jid, secret in self.components.items()}},
                {'port': self.ports['http'], 'ip': self.host, 'module': 'ejabberd_http',
                 'request_handlers': {'/ws': 'ejabberd_http_ws', '/http-bind': 'mod_bosh'}},
            ],
            'modules': {
                'mod_disco': {}, 'mod_ping': {}, 'mod_roster': {}, 'mod_caps': {}, 'mod_carboncopy': {},
                'mod_stream_mgmt': {'resend_on_timeout': 'if_offline', 'resume_timeout': self.resume}, 'mod_bosh': {},
                'mod_proxy65': {'host': f'proxy.{self.domain}', 'ip': self.proxy_listens or self.host, 'access': 'all',
                                **({'hostname': self.proxy} if self.proxy else {}), 'port': self.ports['proxy65']},
            },
            **self.options,
        }
        with open(os.path.join(self.folder, 'ejabberd.yml'), 'w', encoding='utf-8') as f:
            json.dump(configuration, f, indent=2)  # all JSON is YAML

    def command(self):
        erl = program('erl', 'ejabberd')
        found = glob.glob('/usr/lib/*/ejabberd-*/ebin/ejabberd.app') + glob.glob(
            '/usr/lib/ejabberd*/ebin/ejabberd.app')
        if not found:
            raise Missing('ejabberd is not installed (Debian: apt-get install ejabberd)')
        libraries = os.path.dirname(os.path.dirname(os.path.dirname(found[0])))

        def binary(text):
            return '<<' + ','.join(str(byte) for byte in text.encode()) + '>>'

        steps = ['{ok, _} = application:ensure_all_started(ejabberd)']
        for user, password in self.users.items():
            steps.append('ejabberd_auth:try_register('
                         f'{binary(user)}, {binary(self.domain)}, {binary(password)})')
        self.ready = os.path.join(self.folder, 'ready')
        if os.path.exists(self.ready):
            os.unlink(self.ready)
        steps.append(f'ok = file:write_file({binary(self.ready)}, <<>>)')
        argv = [erl, '+sbwt', 'none', '+sbwtdcpu', 'none', '+sbwtdio', 'none', '-noinput', '-mnesia', 'dir',
                json.dumps(os.path.join(self.folder, 'database')), '-eval', ', '.join(steps) + '.']
        return argv, {
            'HOME': self.folder,
            'ERL_LIBS': libraries,
            'ERL_CRASH_DUMP': os.path.join(self.folder, 'crash'),
            'EJABBERD_CONFIG_PATH': os.path.join(self.folder, 'ejabberd.yml'),
            'EJABBERD_LOG_PATH': self.log_path,
        }

    def is_up(self):
        return os.path.exists(self.ready) and super().is_up()


def end_with_parent():
    """Have the system send us SIGTERM when the program that started us ends."""
    if sys.platform == 'linux':
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def main():
    def pair(text):
        name, colon, value = text.partition(':')
        if not colon:
            raise argparse.ArgumentTypeError('a colon is wanted')
        return name, value

    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('kind', choices=('prosody', 'ejabberd'))
    parser.add_argument('folder')
    parser.add_argument('--domain', default='localhost')
    parser.add_argument('--user', type=pair, action='append', default=[], metavar='NAME:PASSWORD')
    parser.add_argument('--component', type=pair, action='append', default=[], metavar='JID:SECRET')
    args = parser.parse_args()

    def end(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    end_with_parent()
    kind = {'prosody': Prosody, 'ejabberd': Ejabberd}[args.kind]
    try:
        with kind(args.folder, dict(args.user), dict(args.component), args.domain) as server:
            for name, value in server.environment().items():
                print(f'{name}={value}', flush=True)
            return server.process.wait()
    except (Missing, Failed) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


if __name__ == '__main__':
    sys.exit(main())
