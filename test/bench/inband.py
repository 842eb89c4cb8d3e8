#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""In-band bytestreams through a real Prosody: what the server lets through, and what `jingle receive` takes.

  inband.py [--size MIB] [--block OCTETS] [--window BLOCKS] [--pairs N]

In the top folder of a build. One raw client sends blocks, so many at a time without an answer, to one after the
other of: a raw client that only answers (the server's own limit), a bare libstrophe program that decodes and
answers (inband_floor), `jingle receive` (which also hashes and writes a file), N times in turn after an untimed one.
No TLS on any of the connections. Prints the medians, from the first block to the last answer, and the processor
time of the receiver; the last line is the rate of `jingle receive` divided by that of the bare program."""
import argparse
import base64
import os
import re
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.environ.get('builddir', os.getcwd())
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'e2e'))
from rawpeer import RawPeer, Upload  # noqa: E402
from servers import Prosody  # noqa: E402

ID = re.compile(rb'<iq [^>]*?\bid=[\'"]([^\'"]+)[^>]*>')


class Quiet(Prosody):
    """It writes no stanza into its log."""

    def prepare(self):
        super().prepare()
        path = os.path.join(self.folder, 'prosody.cfg.lua')
        with open(path, encoding='utf-8') as f:
            text = f.read()
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text.replace('min = "debug"', 'min = "warn"').replace('"stanza_debug";', ''))


def answer_all(connection, to):
    """The raw receiver, once it is logged in: answers by the stanzas' heads alone."""
    rest = b''
    while True:
        data = connection.recv(1 << 18)
        if not data:
            return
        rest += data
        heads = list(ID.finditer(rest))
        if heads:
            connection.sendall(b''.join(b"<iq type='result' id='%s' to='%s'/>" % (h.group(1), to) for h in heads))
            rest = rest[heads[-1].end():]
        else:
            rest = rest[-2000:]


def log_in(server, user, resource_name):
    """A stream without a reader of its own."""
    class Mute(RawPeer):
        def loop(self):
            return
    return Mute(server, user, resource_name, priority=None)


def pump(sender, to, data, block, window, stream):
    """Sends all blocks; returns the seconds until the last has been answered."""
    blocks = [(f"<iq type='set' id='b{n}' to='{to}'><data xmlns='http://jabber.org/protocol/ibb' seq='{n % 65536}' "
               f"sid='{stream}'>").encode() + base64.b64encode(data[at:at + block]) + b'</data></iq>'
              for n, at in enumerate(range(0, len(data), block))]
    connection, sent, answered, rest = sender.socket, 0, 0, b''
    connection.settimeout(120)
    began = time.monotonic()
    while answered < len(blocks):
        while sent < len(blocks) and sent - answered < window:
            ready = blocks[sent:sent + window - (sent - answered)]
            connection.sendall(b''.join(ready))
            sent += len(ready)
        rest += connection.recv(1 << 16)
        if b"type='error'" in rest:
            raise SystemExit(f'a block was refused: {rest[-300:]}')
        found = re.findall(rb"<iq [^>]*?/>", rest)
        answered += len([f for f in found if b"id='b" in f])
        rest = rest[rest.rfind(b'/>') + 2:] if found else rest
    return time.monotonic() - began


def children_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def by_raw(server, sender, data, args, number):
    sink = log_in(server, 'romeo', 'sink')
    sink.socket.settimeout(None)
    thread = threading.Thread(target=answer_all, args=(sink.socket, sender.jid.encode()), daemon=True)
    thread.start()
    seconds = pump(sender, sink.jid, data, args.block, args.window, f's{number}')
    sink.close()
    return seconds, 0.0


def program(argv, env):
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, env={**os.environ, **env})
    for line in process.stdout:
        if line.startswith(b'ready '):
            return process, line.split()[1].decode()
    raise SystemExit(f'{argv[0]} did not come up')


def by_floor(server, sender, data, args, number):
    host, port = server.address.split(':')
    before = children_cpu()
    process, jid = program([os.path.join(BUILD, 'test', 'bench', 'inband_floor'), server.jid('romeo'), host, port],
                           {'JINGLE_PASSWORD': server.password('romeo')})
    seconds = pump(sender, jid, data, args.block, args.window, f's{number}')
    sender.raw(f"<iq type='set' id='c{number}' to='{jid}'><close xmlns='http://jabber.org/protocol/ibb' sid='s'/></iq>")
    process.wait()
    return seconds, children_cpu() - before


def by_jingle(server, sender, data, args, number):
    folder = tempfile.mkdtemp(dir=server.folder)
    before = children_cpu()
    process, jid = program([os.path.join(BUILD, 'jingle'), 'receive', '--jid', server.jid('romeo'), '--insecure', '--server',
                            server.address, '--once', '--yes', '--quiet', '--to', folder],
                           {'JINGLE_PASSWORD': server.password('romeo'), 'XDG_CONFIG_HOME': '', 'HOME': folder})
    peer = Handing(server, 'juliet', f'j{number}', priority=None)
    upload = Upload(peer, jid, 'data.bin', data)
    upload.content = upload.content.replace("block-size='4096'", f"block-size='{args.block}'")
    upload.block = args.block
    upload.open()
    peer.thread.join()
    seconds = pump(peer, jid, data, args.block, args.window, upload.stream)
    peer.socket.settimeout(None)
    threading.Thread(target=RawPeer.loop, args=(peer,), daemon=True).start()
    upload.close()
    process.wait()
    peer.close()
    if process.returncode:
        raise SystemExit(f'jingle receive ended with status {process.returncode}')
    return seconds, children_cpu() - before


class Handing(RawPeer):
    """Its reader ends with the answer to <open/>: parsing XML here would be measured."""
    last = None

    def send_iq(self, kind, to, payload):
        if payload.startswith('<open'):
            self.last = f'raw{next(self.ids)}'
            self.raw(f"<iq type='{kind}' id='{self.last}' to='{to}'>{payload}</iq>")
            return self.last
        return super().send_iq(kind, to, payload)

    def loop(self):
        while True:
            element = self.next()
            if not self.answer(element):
                with self.news:
                    self.inbox.append(element)
                    self.news.notify_all()
            if self.last and element.get('id') == self.last:
                return


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--size', type=int, default=16, help='MiB (default: 16)')
    parser.add_argument('--block', type=int, default=11520, help='octets (default: 11520, as the command)')
    parser.add_argument('--window', type=int, default=16, help='blocks without an answer (default: 16)')
    parser.add_argument('--pairs', type=int, default=5, help='times each (default: 5)')
    args = parser.parse_args()
    data = os.urandom(args.size << 20)
    receivers = {'raw client': by_raw, 'bare libstrophe': by_floor, 'jingle receive': by_jingle}
    times = {name: [] for name in receivers}
    cpu = {name: [] for name in receivers}
    with tempfile.TemporaryDirectory(prefix='inband-') as folder, \
            Quiet(folder, users=['juliet', 'romeo'], tls='none', contacts=True,
                    options={'allow_unencrypted_plain_auth': True}) as server:
        for turn in range(args.pairs + 1):
            for number, (name, run) in enumerate(receivers.items()):
                sender = log_in(server, 'juliet', f'n{turn}-{number}') if run is not by_jingle else None
                seconds, used = run(server, sender, data, args, turn * 10 + number)
                if sender:
                    sender.close()
                if turn:
                    times[name].append(seconds)
                    cpu[name].append(used)
    for name in receivers:
        print(f'{name:16} {args.size / statistics.median(times[name]):7.2f} MiB/s, receiver '
              f'{statistics.median(cpu[name]):5.2f} s of processor time')
    print(f'ratio {statistics.median(times["bare libstrophe"]) / statistics.median(times["jingle receive"]):.2f}')


if __name__ == '__main__':
    main()
