#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How the command logs in: passwords, certificates, options, environment, configuration file."""
import os
import signal
import socket

from harness import JINGLE, main, test
from servers import Prosody, free_port, make_ca, make_certificate


def run(t, arguments, status, env=None, program=None):
    """`jingle` with just these arguments, which is to end with that status."""
    program = t.start([JINGLE, *arguments], env=t.clean(env), name='jingle')
    t.exits(program, status)
    return program


def check(t, status, *arguments, env=None):
    return run(t, ['check', *arguments], status, env)


class Bare(Prosody):
    has_proxy = False


def where(t):
    return ['--server', t.server.address, '--ca', t.server.ca]


# ---- what the server says --------------------------------------------------------------------

@test('check shows what is there and what is missing')
def _(t):
    done = t.jingle('juliet', 'check')
    t.exits(done, 0)
    for line in (r'^ok  logged in as juliet@localhost/\S+', 'ok  the connection is encrypted',
                 r'^ok  file transfer \(XEP-0234\)', r'^ok  in-band bytestreams', '^ok  1 contact can',
                 rf'^ok  proxy\.localhost  carries files .*\(at 127\.0\.0\.1:{t.server.ports["proxy65"]}\)',
                 '^ok  a connection that breaks is resumed'):
        t.says(done, line, 'out')


@test('check --json')
def _(t):
    done = t.jingle('juliet', 'check', '--json')
    t.exits(done, 0)
    events = done.events()
    t.true(all(e['event'] in ('done', 'failed') and e['text'] for e in events), 'an object without text')
    there = {e['reason']: e for e in events if e['event'] == 'done'}
    t.true('urn:xmpp:jingle:apps:file-transfer:5' in there, 'file transfer is not there')
    t.equal(there['http://jabber.org/protocol/bytestreams']['peer'], 'proxy.localhost', 'the proxy')
    t.true('urn:xmpp:sm:3' in there, 'Stream Management is not there')


@test('a wrong password')
def _(t):
    wrong = t.start([JINGLE, 'check', *t.account('juliet', 'wrong')], env=t.clean(None))
    t.exits(wrong, 3)
    t.says(wrong, 'refuses juliet@localhost: wrong password', 'err')


@test('a user that does not exist')
def _(t):
    t.server.users['nobody'] = 'x'
    t.last(lambda: t.server.users.pop('nobody'))
    wrong = t.jingle('nobody', 'send', 'romeo@localhost', t.file('a', b'a'))
    t.exits(wrong, 3)
    t.says(wrong, 'refuses nobody@localhost', 'err')


@test('a certificate that is not trusted')
def _(t):
    account = t.account('juliet', ca=False)
    for extra in ([], ['--ca', make_ca(t.folder('other-ca'))]):
        wrong = t.start([JINGLE, 'check', *account, *extra], env=t.clean(None))
        t.exits(wrong, 3)
        t.says(wrong, r'certificate of localhost is not trusted: .*--ca FILE', 'err')
    wrong = t.start([JINGLE, 'check', '--json', *account], env=t.clean(None))
    t.exits(wrong, 3)
    t.equal(wrong.event('failed')['reason'], 'certificate', 'the reason')


@test('a certificate for another name')
def _(t):
    make_ca(t.path('other', 'certs'))
    make_certificate(t.path('other', 'certs'), 'another.test')
    with Prosody(t.path('other'), users=['juliet'], domain='jx.test') as other:
        wrong = t.jingle('juliet', 'check', server=other)
        t.exits(wrong, 3)
        t.says(wrong, 'certificate of jx.test is not trusted: .*mismatch', 'err')


@test('a server of another domain')
def _(t):
    wrong = run(t, ['check', '--jid', 'juliet@other.example', '--password-file', t.file('p', b'x\n'), *where(t)], 3)
    t.says(wrong, 'cannot log in: 127.0.0.1 says: .*does not serve other.example', 'err')


@test('--insecure takes any certificate, and says so')
def _(t):
    done = t.start([JINGLE, 'check', '--insecure', *t.account('juliet', ca=False)], env=t.clean(None))
    t.exits(done, 0)
    t.says(done, r'^--  the connection is encrypted, but the certificate was not checked')


@test('a server without TLS gets no password')
def _(t):
    with Bare(t.path('plain'), users=['juliet'], tls='none', resume=None, stanzas_logged=True) as plain:
        account = t.account('juliet', server=plain)
        t.exits(t.start([JINGLE, 'check', *account], env=t.clean(None)), 3)
        t.says(t.programs[-1], 'offers no encryption .*the password was not sent', 'err')
        t.true('<auth' not in plain.log() and '[auth]' not in plain.log(), 'a password was sent')
        t.exits(t.start([JINGLE, 'check', '--insecure', *account], env=t.clean(None)), 0)
        for line in ('the connection is not encrypted', 'no proxy at the server', 'a connection that breaks is not'):
            t.says(t.programs[-1], f'^--  {line}', 'out')
        t.true('<auth' in plain.log() or '[auth]' in plain.log(), 'the log would not have shown it')


@test('no server there')
def _(t):
    password = ['--jid', 'juliet@localhost', '--password-file', t.file('p', b'x\n')]
    wrong = check(t, 3, *password, '--server', f'127.0.0.1:{free_port([])}')
    t.says(wrong, 'cannot reach the server 127.0.0.1: Connection refused', 'err')
    wrong = check(t, 3, *password, '--server', 'does-not-exist.invalid:5222')
    t.says(wrong, 'cannot reach the server does-not-exist.invalid', 'err')


@test('a server that says nothing')
def _(t):
    silent = socket.create_server(('127.0.0.1', 0))
    t.last(silent.close)
    wrong = check(t, 3, '--jid', 'juliet@localhost', '--password-file', t.file('p', b'x\n'), '--timeout', '1',
                  '--server', f'127.0.0.1:{silent.getsockname()[1]}')
    t.says(wrong, 'does not answer in time', 'err')


@test('--ca that is none')
def _(t):
    account = t.account('juliet', ca=False)
    wrong = t.start([JINGLE, 'check', *account, '--ca', t.path('missing')], env=t.clean(None))
    t.exits(wrong, 2)
    wrong = t.start([JINGLE, 'check', *account, '--ca', t.file('empty', b'x')], env=t.clean(None))
    t.exits(wrong, 3)
    t.says(wrong, 'holds no certificate', 'err')


# ---- where settings come from ----------------------------------------------------------------

@test('everything from the environment')
def _(t):
    env = {'JINGLE_JID': 'juliet@localhost', 'JINGLE_PASSWORD': t.server.password('juliet'),
           'JINGLE_SERVER': t.server.address}
    check(t, 0, '--ca', t.server.ca, env=env)
    check(t, 0, '--ca', t.server.ca, env={**env, 'JINGLE_SERVER': '[127.0.0.1]:' + t.server.address.split(':')[-1]})
    t.says(check(t, 2, env={**env, 'JINGLE_SERVER': 'host:0'}), "JINGLE_SERVER: 'host:0' is not HOST:PORT", 'err')


def config(t, text, mode=0o600, name='home/.config/jingle/config'):
    os.makedirs(os.path.dirname(t.path(name)), exist_ok=True)
    return t.file(name, text, mode)


def account_text(t, user, name, **other):
    keys = {'jid': f'{user}@localhost', 'password': t.server.password(user), 'server': t.server.address,
            'ca': t.server.ca, **other}
    return f'[account {name}]\n' + ''.join(f'{k} = {v}\n' for k, v in keys.items() if v is not None)


@test('everything from the configuration file')
def _(t):
    config(t, '# mine\n\n' + account_text(t, 'juliet', 'home'))
    t.says(check(t, 0), 'logged in as juliet@')
    elsewhere = t.folder('xdg')
    config(t, account_text(t, 'romeo', 'any'), name='xdg/jingle/config')
    t.says(check(t, 0, env={'XDG_CONFIG_HOME': elsewhere}), 'logged in as romeo@')
    path = config(t, account_text(t, 'romeo', 'any'), name='own')
    t.says(check(t, 0, '--config', path), 'logged in as romeo@')


@test('option, environment, file, in this order')
def _(t):
    config(t, account_text(t, 'juliet', 'a', password='wrong'))
    check(t, 3)
    right = {'JINGLE_PASSWORD': t.server.password('juliet')}
    check(t, 0, env=right)
    check(t, 3, '--password-file', t.file('wrong', b'wrong\n'), env=right)
    check(t, 0, '--password-file', t.file('right', right['JINGLE_PASSWORD'] + '\n'),
          env={'JINGLE_PASSWORD': 'wrong'})
    romeo = {'JINGLE_JID': 'romeo@localhost', 'JINGLE_PASSWORD': t.server.password('romeo')}
    t.says(check(t, 0, *where(t), env=romeo), 'logged in as romeo@')
    check(t, 3, '--server', f'127.0.0.1:{free_port([])}', env=right)


@test('--account, and which one is taken without it')
def _(t):
    config(t, account_text(t, 'juliet', 'one') + account_text(t, 'romeo', 'two'))
    t.says(check(t, 0, '--account', 'two'), 'logged in as romeo@')
    t.says(check(t, 0, '--jid', 'juliet@localhost'), 'logged in as juliet@')
    t.says(check(t, 2), 'several accounts; choose one with --account', 'err')
    t.says(check(t, 2, '--account', 'three'), r'no \[account three\]', 'err')
    config(t, account_text(t, 'juliet', 'one') + account_text(t, 'romeo', 'default'))
    t.says(check(t, 0), 'logged in as romeo@')


@test('--account wins over what the environment says of another account')
def _(t):
    config(t, account_text(t, 'juliet', 'one') + account_text(t, 'romeo', 'two'))
    other = {'JINGLE_JID': 'juliet@localhost', 'JINGLE_PASSWORD': 'wrong', 'JINGLE_SERVER': '127.0.0.1:1'}
    t.says(check(t, 0, '--account', 'two', env=other), 'logged in as romeo@')
    # Of the same account it says more.
    check(t, 3, '--account', 'one', env={**other, 'JINGLE_SERVER': ''})


@test('what the environment says of one account is not used for another that an option names')
def _(t):
    config(t, account_text(t, 'romeo', 'one'))
    other = {'JINGLE_JID': 'juliet@localhost', 'JINGLE_PASSWORD': t.server.password('juliet'),
             'JINGLE_SERVER': '127.0.0.1:1'}
    t.says(check(t, 0, '--jid', 'romeo@localhost', env=other), 'logged in as romeo@')
    mine = {**other, 'JINGLE_SERVER': t.server.address}
    t.says(check(t, 0, '--jid', 'Juliet@LOCALHOST/here', '--ca', t.server.ca, env=mine), 'logged in as juliet@localhost/here')
    t.says(check(t, 0, '--jid', 'juliet@localhost', '--ca', t.server.ca, env={**mine, 'JINGLE_JID': ''}),
           'logged in as juliet@')


@test('--quiet says what is missing, and nothing else')
def _(t):
    config(t, account_text(t, 'juliet', 'one'))
    t.equal(check(t, 0, '--quiet').text(), '', 'what was said')


@test('one account\'s password is not used for another')
def _(t):
    config(t, account_text(t, 'juliet', 'one'))
    t.says(check(t, 2, '--jid', 'romeo@localhost'), 'no password', 'err')


@test('how one account is reached is not used for another')
def _(t):
    home = socket.create_server(('127.0.0.1', 0))
    t.last(home.close)
    config(t, account_text(t, 'juliet', 'one', server='127.0.0.1:%d' % home.getsockname()[1], ca=t.path('none'),
                           insecure='yes'))
    mine = {'JINGLE_PASSWORD': 'secret'}
    done = check(t, 3, '--jid', 'romeo@other.invalid', '--timeout', '5', env=mine)
    t.says(done, 'cannot reach the server other.invalid', 'err')
    home.setblocking(False)
    try:
        home.accept()
        t.true(False, 'the password was taken to the server of another account')
    except BlockingIOError:
        pass
    done = check(t, 3, '--jid', 'romeo@localhost', '--server', t.server.address, env=mine)
    t.says(done, 'certificate of localhost is not trusted', 'err')


@test('a configuration file with a password that others can read')
def _(t):
    for mode in (0o640, 0o604, 0o644):
        config(t, account_text(t, 'juliet', 'a'), mode)
        t.says(check(t, 2), "others can read it; make it yours alone: chmod 600", 'err')
    config(t, account_text(t, 'juliet', 'a', password=None), 0o644)
    check(t, 0, '--password-file', t.file('p', t.server.password('juliet')))


@test('a configuration file that is wrong')
def _(t):
    for text, words in (('[account a]\nnonsense = 1\n', ':2: there is no such key: nonsense$'),
                        ('jid = a@b\n', r':1: \[account NAME\] must come before'),
                        ('[other]\n', r':1: \[account NAME\] is wanted'),
                        ('[account ]\n', ':1: the account has no name'),
                        ('[account a]\njid\n', ':2: key = value is wanted'),
                        ('[account a]\njid = nobody\n', ":2: jid: 'nobody' is not a JID"),
                        ('[account a]\nyes = perhaps\n', ":2: yes: 'perhaps' is not yes or no"),
                        ('[account a]\njid = a@b\njid = c@d\n', ':3: this account already has the key'),
                        ('[account a]\n[account a]\n', ':2: a second account'),
                        ('[account a]\njid = \n', ':2: jid: a value is missing'),
                        ('[account a]\njid = a@b\0c\n', ':2: this line is not text$')):
        config(t, text)
        t.says(check(t, 2), words, 'err')
    t.says(check(t, 2, '--config', t.path('missing')), 'cannot read .*No such file', 'err')


@test('what is wrong in a configuration file is not shown: it may be a password')
def _(t):
    for text, words in (('password hunter2', 'key = value is wanted here: password$'), ('hunter2', 'key = value is wanted'),
                        ('password: hunter2', 'key = value is wanted'), ('password hunter2=', 'there is no such key'),
                        ('pasword = hunter2', 'there is no such key: pasword$'),
                        ('hunter=2hunter2', 'there is no such key$'), ('hunter2 = a', 'there is no such key$'), ('hunter = ', 'no such key$'), ('[hunter2]', 'is wanted'),
                        ('password = hunter2\0', 'is not text'), ('password = a\npassword = hunter2', 'already has the key password$')):
        config(t, f'[account a]\n{text}\n')
        told = check(t, 2)
        t.says(told, words, 'err')
        t.true('hunter2' not in told.text(), told.text())
    path = config(t, 'jid = a@b\n', name='a\033]0;b')
    told = check(t, 2, '--config', path)
    t.says(told, 'must come before the key jid$', 'err')
    t.true('\033' not in told.text(), 'the name of the file does something to the terminal')


@test('settings in the file do as the options do')
def _(t):
    config(t, account_text(t, 'romeo', 'a', yes='yes', once='on', json='true', to=t.folder('in'),
                           **{'max-size': '5'}))
    receiver = t.start([JINGLE, 'receive'], env=t.clean(None))
    jid = receiver.event('ready')['peer']
    t.exits(t.jingle('juliet', 'send', jid, t.file('six', b'666666')), 1)
    t.exits(t.jingle('juliet', 'send', jid, t.file('five', b'55555')), 0)
    t.exits(receiver, 0)
    t.equal(t.files(), ['five'], 'the folder')


@test('a resource that no option gives is for receive alone: nobody else throws that off')
def _(t):
    config(t, account_text(t, 'juliet', 'a', jid='juliet@localhost/inbox', yes='yes', to=t.folder('in')))
    receiver = t.start([JINGLE, 'receive'], env=t.clean(None), name='jingle receive')
    t.equal(receiver.expect(r'^ready (\S+)$', 'out').group(1), 'juliet@localhost/inbox', 'the address')
    for env in (None, {'JINGLE_JID': 'juliet@localhost/inbox'}):
        t.says(check(t, 0, env=env), 'logged in as juliet@localhost/jingle')
    run(t, ['devices', 'juliet@localhost'], 0)
    run(t, ['send', 'juliet@localhost/inbox', t.file('a', b'a')], 0)
    t.true(receiver.process.poll() is None, 'it was thrown off')
    t.says(check(t, 0, '--jid', 'juliet@localhost/here'), 'logged in as juliet@localhost/here')


@test('paths in the file may begin at home')
def _(t):
    t.folder('home')
    with open(t.server.ca, 'rb') as ca:
        t.file('home/ca.pem', ca.read())
    t.file('home/secret', t.server.password('juliet') + '\n')
    config(t, account_text(t, 'juliet', 'a', password=None, ca='~/ca.pem', **{'password-file': '~/secret'}))
    t.says(check(t, 0), 'logged in as juliet@')
    for home in ('', t.folder('empty')):
        done = check(t, 2, '--account', 'a', env={'HOME': home})
        t.says(done, f'there is no configuration file.*{os.path.basename(home)}', 'err')


@test('a password file that is odd')
def _(t):
    me = ['--jid', 'juliet@localhost', *where(t), '--password-file']
    for content in (b'', b'\n', b'\r\n', b'\nsecret\n'):
        t.says(check(t, 2, *me, t.file('empty', content)), 'the first line of the password file .* is empty', 'err')
    secret = t.server.password('juliet')
    for content in (secret, secret + '\r\n', secret + '\nmore\n'):
        t.says(check(t, 0, *me, t.file('p', content)), 'logged in as juliet@')
    warning = 'warning: others can read .*; better: chmod 600'
    t.says(check(t, 0, *me, t.file('open', secret, 0o644)), warning, 'err')
    quiet = check(t, 0, *me, t.file('open', secret, 0o644), '--json')
    t.true('warning' not in quiet.text('err'), 'a warning for a program')


@test('a password asked for on the terminal, without echo')
def _(t):
    from harness import Terminal
    program = Terminal([JINGLE, 'check', '--jid', 'juliet@localhost', *where(t)], env=t.clean(None), name='jingle')
    t.programs.append(program)
    program.expect_screen('Password of juliet@localhost: ')
    t.true(not program.echoes(), 'what is typed after the prompt would be shown')
    program.type(t.server.password('juliet') + '\n')
    t.exits(program, 0)
    t.true(t.server.password('juliet') not in program.screen, 'the password was echoed')


@test('Ctrl-C at the question for the password gives the echo back')
def _(t):
    from harness import Terminal
    program = Terminal([JINGLE, 'check', '--jid', 'juliet@localhost', *where(t)], env=t.clean(None), name='jingle')
    t.programs.append(program)
    program.expect_screen('Password of juliet@localhost: ')
    program.signal(signal.SIGINT)
    t.exits(program, 130)
    t.true(program.echoes(), 'the terminal does not echo any more')


@test('no password and nobody to ask')
def _(t):
    t.says(check(t, 2, '--jid', 'juliet@localhost', *where(t)), 'no password; give --password-file', 'err')


@test('the password does not belong on the command line')
def _(t):
    for option in (['--password=secret'], ['--password', 'secret']):
        t.says(check(t, 2, *option), 'seen by all', 'err')


# ---- the command line ------------------------------------------------------------------------

@test('mistakes on the command line')
def _(t):
    me = ['--jid', 'juliet@localhost', '--password-file', t.file('p', b'x\n')]
    for arguments, words in (([], 'usage:'), (['dance'], "no subcommand 'dance'"), (['send', *me, 'a@b'], 'send wants'),
                             (['receive', *me, 'file'], 'receive wants'), (['check', *me, 'x'], 'check wants'),
                             (['devices', *me], 'devices wants'), (['devices', *me, 'a@b/c'], 'devices wants'),
                             (['check', '--nonsense'], "^jingle: unrecognized option '--nonsense'"),
                             (['check', '--ca'], "^jingle: option '--ca' requires an argument"), (['check'], 'no account; give --jid'),
                             (['check', '--jid', 'juliet'], "'juliet' is not a JID"),
                             *((['check', '--jid', jid], 'is not a JID')
                               for jid in ('@localhost', 'a@', 'a@b@c', 'a@/c', 'a b@c', 'a@b c', 'a@b/', 'a@b/\x01',
                                           'a\x7f@b')),
                             *((['check', *me, '--server', at], 'is not HOST:PORT')
                               for at in ('[::1', '[::1]x', '[]:1', 'host:', ':1', 'host:0', 'host:65536', 'host:1x',
                                          '[::1]:')),
                             *((['check', *me, '--timeout', time], 'is not a number of seconds')
                               for time in ('x', '5x', '-1', '99999999999', '99999999999999999999')),
                             *((['receive', *me, '--from', jid], 'is not a JID, such as user@')
                               for jid in ('juliet', 'juliet@', 'a.b@c@d', 'two words.example', 'server.example/')),
                             *((['send', *me, jid, t.path('p')], 'PEER: .* is not a JID, such as user@')
                               for jid in ('', 'bob', '@', 'bob@', 'two words@server.example', 'bob@server.example/')),
                             (['devices', *me, 'bob'], "PEER: 'bob' is not a JID, such as user@"),
                             *((['receive', *me, '--port', port], 'is not a port or a range of ports')
                               for port in ('0', '65536', 'x', '5000x', '-5', '5-', '5-4', '5-65536', '5-6-7', '5,6')),
                             *((['send', *me, '--proxy', jid, 'a@b/c', t.path('p')], 'is not the JID of a proxy')
                               for jid in ('proxy', '192 0', 'a@b@c')),
                             (['send', *me, *(w for i in range(17) for w in ('--proxy', f'p{i}.x')), 'a@b/c', t.path('p')],
                              "'p16.x' is not one of 16 proxies at most"),
                             (['check', *me, '--transport', 'pigeon'], "'pigeon' is not auto, s5b or ibb"),
                             *((['receive', *me, '--type', kind], 'is not a media type')
                               for kind in ('image', '/png', 'image/')),
                             *((['receive', *me, '--max-size', size], 'is not a size')
                               for size in ('0', '4KB', 'K', '4{')),
                             (['check', *me, '--server', 'host:port'], 'is not HOST:PORT'),
                             (['check', *me, '--server', '::1'], 'in brackets'),
                             (['check', *me, '--timeout', '0'], 'is not a number of seconds'),
                             (['check', *me, '--once'], "--once is for 'jingle receive'"),
                             (['receive', *me, '--max-size', '4X'], 'is not a size'),
                             (['receive', *me, '--max-size', '-1'], 'is not a size'),
                             (['receive', *me, '--max-size', '99999999999G'], 'is not a size'),
                             (['receive', *me, '--quiet', '--verbose'], 'do not go together'),
                             (['check', '--password-file', t.path('none'), '--jid', 'a@b'], 'cannot read the password')):
        t.says(run(t, arguments, 2), words, 'err')


@test('--help and --version')
def _(t):
    t.says(run(t, ['--help'], 0), '^usage: jingle send', 'out')
    t.says(run(t, ['send', '--help'], 0), '^usage: jingle send', 'out')
    t.says(run(t, ['--version'], 0), r'^jingle \d+\.\d+', 'out')


if __name__ == '__main__':
    main(lambda folder: Prosody(folder, users=['juliet', 'romeo'], contacts=True))
