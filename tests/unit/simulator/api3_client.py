# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of API 3 for these tests, with a library that the simulator doesn't use: PyCryptodome."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import socket
import struct

from Crypto.Cipher import AES
from simulator_client import PASSWORD, TIMEOUT

SEALED = ("set.miner.pools", "set.user.change_passwd")
POOLS = [
    {"pool": "stratum+tcp://a.example:3333", "worker": "w.1", "passwd": "p1"},
    {"pool": "stratum+tcp://b.example:3333", "worker": "w.2", "passwd": "p2"},
]


def frame(body) -> bytes:
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return struct.pack("<I", len(body)) + body


def digest(cmd, password, salt, ts):
    return hashlib.sha256((cmd + password + salt + str(ts)).encode()).digest()


def token(secret):
    return base64.b64encode(secret).decode()[:8]


def seal(secret, plain: bytes, padding="pkcs7"):
    missing = 16 - len(plain) % 16 if padding == "pkcs7" else -len(plain) % 16
    plain += bytes([missing if padding == "pkcs7" else 0]) * missing
    return base64.b64encode(AES.new(secret, AES.MODE_ECB).encrypt(plain)).decode()


class Wire:
    """One connection."""

    def __init__(self, sock):
        self.sock = sock

    def send(self, data: bytes):
        self.sock.sendall(data)

    def read(self, count) -> bytes:
        data = b""
        while len(data) < count:
            more = self.sock.recv(count - len(data))
            if not more:
                raise EOFError(data)
            data += more
        return data

    def reply(self):
        (size,) = struct.unpack("<I", self.read(4))
        return json.loads(self.read(size)) if size else None

    def ask(self, cmd, param=None):
        request = {"cmd": cmd}
        if param is not None:
            request["param"] = param
        self.send(frame(request))
        return self.reply()

    def ended(self) -> bool:
        """Waits until the miner closes; False if it sends something."""
        try:
            return self.sock.recv(1) == b""
        except ConnectionResetError:
            return True


class Api3Client:
    """A careful client of the miner that *client*, one of port 4028, has."""

    def __init__(self, client, account="super", password=PASSWORD):
        self.client = client
        self.miner = client.miner
        self.account = account
        self.password = password

    @contextlib.contextmanager
    def connect(self):
        with socket.create_connection((self.miner.address, self.miner.port3), TIMEOUT) as sock:
            yield Wire(sock)

    def raw(self, data: bytes):
        """The reply to *data*, on a connection of its own."""
        with self.connect() as wire:
            wire.send(data)
            return wire.reply()

    def ask(self, cmd, param=None):
        with self.connect() as wire:
            return wire.ask(cmd, param)

    def msg(self, cmd, param=None):
        reply = self.ask(cmd, param)
        assert reply["code"] == 0, reply
        return reply["msg"]

    def request(self, cmd, param=None, ts=None, padding="pkcs7", plain=None, **fields):
        """The request of a write; *fields* win over what a careful client would send."""
        ts = self.miner.epoch if ts is None else ts
        secret = digest(cmd, self.password, self.miner.state.api3_salt, ts)
        request = {"cmd": cmd, "ts": ts, "token": token(secret), "account": self.account}
        if cmd in SEALED and param is not None:
            param = seal(secret, plain or json.dumps(param).encode(), padding)
        if param is not None:
            request["param"] = param
        return {**request, **fields}

    def write(self, cmd, param=None, **how):
        return self.raw(frame(self.request(cmd, param, **how)))

    def code(self, cmd, param=None, **how):
        return self.write(cmd, param, **how)["code"]

    def state(self):
        return self.client.fleet.call(self.miner.describe)["state"]
