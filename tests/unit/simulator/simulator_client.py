# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of the miner API for these tests, with libraries that the simulator doesn't use: passlib and
PyCryptodome.
"""

from __future__ import annotations

import base64
import hashlib
import json
import socket

from Crypto.Cipher import AES
from passlib.hash import md5_crypt

# Reboots and restarts that take no noticeable time; a test that needs the time in between sets its own.
QUICK = {
    "reboot_delay_seconds": 0.0,
    "reboot_seconds": 0.02,
    "restart_seconds": 0.0,
    "upfreq_seconds": 0.0,
    "power_off_seconds": 0.0,
    "preheat_seconds": 0.0,
    "flash_seconds": 0.0,
    "ssh_listens": False,
}
TIMEOUT = 10
PASSWORD = "sim12345"
POOLS = {
    "pool1": "stratum+tcp://a.example:3333",
    "worker1": "w.1",
    "passwd1": "p1",
    "pool2": "stratum+tcp://b.example:3333",
    "worker2": "w.2",
    "passwd2": "p2",
    "pool3": "",
    "worker3": "",
    "passwd3": "",
}


def md5(word, salt):
    return md5_crypt.using(salt=salt).hash(word).rsplit("$", 1)[1]


class Token:
    def __init__(self, msg, password):
        key = md5(password, msg["salt"])
        self.sign = md5(key + msg["time"][-4:], msg["newsalt"])
        self.secret = hashlib.sha256(key.encode()).digest()

    def seal(self, plain, padding="zero"):
        missing = -len(plain) % 16
        if padding == "pkcs7":
            missing = missing or 16
            plain += bytes([missing]) * missing
        else:
            plain += bytes(missing)
        return base64.b64encode(AES.new(self.secret, AES.MODE_ECB).encrypt(plain)).decode()

    def unseal(self, data):
        plain = AES.new(self.secret, AES.MODE_ECB).decrypt(base64.b64decode(data))
        if 1 <= plain[-1] <= 16:
            return plain[: -plain[-1]]
        return plain.rstrip(b"\0")


class Client:
    """What a careful client would do, and, through raw(), what a careless one does."""

    def __init__(self, fleet, miner, source=None):
        self.fleet = fleet
        self.miner = miner
        self.source = source

    def connect(self):
        source = (self.source, 0) if self.source else None
        return socket.create_connection((self.miner.address, self.miner.port), TIMEOUT, source)

    def raw(self, data, finish=False):
        """All that comes until the miner closes."""
        if isinstance(data, str):
            data = data.encode()
        with self.connect() as sock:
            sock.sendall(data)
            if finish:
                sock.shutdown(socket.SHUT_WR)
            return read_all(sock)

    def ask(self, cmd, **params):
        return parse(self.raw(json.dumps({"cmd": cmd, **params})))

    def token(self, password=PASSWORD):
        return Token(self.ask("get_token")["Msg"], password)

    def packet(self, token, cmd, padding="zero", **params):
        plain = json.dumps({"token": token.sign, "cmd": cmd, **params}).encode()
        return json.dumps({"enc": 1, "data": token.seal(plain, padding)}).encode()

    def order(self, cmd, token=None, **params):
        token = token or self.token(self.miner.state.password)
        return self.reply(token, self.raw(self.packet(token, cmd, **params)))

    def reply(self, token, data):
        return unsealed(token, parse(data))

    def code(self, cmd, token=None, **params):
        return self.order(cmd, token, **params)["Code"]

    def patch(self, **changes):
        return self.fleet.patch("m", changes)

    def until(self, predicate):
        self.fleet.wait_until(predicate, TIMEOUT)

    def until_rebooted(self, times=1):
        self.until(lambda: self.miner.counters.reboots >= times and self.miner.phase == "up")


def rows(reply, section="SUMMARY"):
    """The rows of a reply of btminer, in its section or in Msg."""
    data = reply[section] if section in reply else reply["Msg"]
    return data if isinstance(data, list) else [data]


def unsealed(token, reply):
    if "enc" not in reply:
        return reply
    return json.loads(token.unseal(reply["data"] if reply["enc"] == 1 else reply["enc"]))


def parse(data):
    return json.loads(data.rstrip(b"\0\n"))


def read_all(sock):
    parts = []
    while True:
        data = sock.recv(65536)
        if not data:
            return b"".join(parts)
        parts.append(data)
