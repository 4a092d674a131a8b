# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A miner of API 3 that does what a test says, byte by byte, and remembers what arrived.

It frames, signs and decrypts with nothing of the collection's, so that an error there can't hide.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import struct
import time

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import Tokens
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import (
    MAC,
    PASSWORD,
    Dribble,
    Endless,
    Silence,
    Upload,
)
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SALT = "px5hoXa9"
HEARTBEAT = bytes(4)
SUMMARY = {"elapsed": 900, "bootup-time": 1000, "hash-average": 210.5}
_CLOCKS_AGREE_SECONDS = 60


def frame(body):
    """*body*, bytes or what JSON can hold, as a frame."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return struct.pack("<I", len(body)) + body


def ok(msg="ok", **others):
    """A reply that says yes."""
    return {"code": 0, "msg": msg, **others}


def no(code, msg="no"):
    """A reply that says no."""
    return {"code": code, "msg": msg}


def info(mac=MAC, **system):
    """What get.device.info shows."""
    return {
        "salt": SALT,
        "network": {"mac": mac, "ip": "127.0.0.1"},
        "miner": {"working": "true", "type": "M60S_VK40"},
        "system": {"api": "3.0.3", "fwversion": "20260104.11.REL", "apiswitch": "1", **system},
    }


class Then(list):
    """Several answers to one request, one after the other."""


class Ended:
    """End the connection once *last* is said."""

    def __init__(self, last=None):
        self.last = last


class Request:
    """What arrived in one frame, on which connection."""

    def __init__(self, raw, connection):
        self.raw = raw
        self.connection = connection
        self.body = json.loads(raw)
        self.command = self.body["cmd"]
        self.param = self.body.get("param")
        self.signed = "token" in self.body


class FakeMiner3:
    """Answers each command with the next of its *answers*, a list, or always with the same where it is no
    list.

    An answer is a dict (a frame), bytes (sent as they are), Then, Ended, Silence, Dribble, Endless, Upload,
    or a function of the Request that returns one of these. get.device.info shows `info` unless it's scripted;
    anything else says no. A signed request is looked at first: *accounts* are those that it takes, *refusal*
    what it says to others, *ahead* how many seconds its clock is before ours.
    """

    def __init__(self, answers=None, accounts=None, refusal=None, ahead=0):
        self.answers = dict(answers or {})
        self.accounts = {"super": PASSWORD} if accounts is None else accounts
        self.refusal = refusal or no(-4, "no permission")
        self.ahead = ahead
        self.salt = SALT
        self.requests = []
        self.refused = []
        self.files = []
        self.connections = 0
        self._server = None
        self._open = {}

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc_info):
        self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def client(self, tokens, **options):
        """A Miner that leads here, over API 3 unless *options* say otherwise."""
        defaults = {"password": PASSWORD, "api": "3", "connect_timeout": 2, "reply_timeout": 2, "retries": 2}
        return Miner("127.0.0.1", api3_port=self.port, tokens=Tokens(tokens), **{**defaults, **options})

    def api3(self, tokens, **options):
        """The client of API 3 of such a Miner."""
        return self.client(tokens, **options).choice.three

    def asked(self, signed=None):
        """The commands that arrived, in order; *signed*: only those that were, or weren't."""
        return [request.command for request in self.requests if signed in (None, request.signed)]

    async def hang_up(self):
        """End all connections, as a miner does with idle ones, and let that arrive."""
        for writer in self._open.values():
            writer.close()
        await asyncio.sleep(0.02)

    @property
    def now(self):
        """The miner's clock."""
        return int(time.time()) + self.ahead

    def digest(self, request):
        """What *request* is to be signed, and encrypted, with."""
        body = request.body
        secret = f"{request.command}{self.accounts[body['account']]}{self.salt}{body['ts']}"
        return hashlib.sha256(secret.encode()).digest()

    def decrypted(self, request):
        """The JSON in the encrypted parameter of *request*."""
        cipher = Cipher(algorithms.AES(self.digest(request)), modes.ECB()).decryptor()
        plain = cipher.update(base64.b64decode(request.param)) + cipher.finalize()
        return json.loads(plain[: -plain[-1]])

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._open[task] = writer
        self.connections += 1
        number = self.connections
        try:
            while True:
                (size,) = struct.unpack("<I", await reader.readexactly(4))
                if size:
                    request = Request(await reader.readexactly(size), number)
                    self.requests.append(request)
                    if await self._say(self._answer(request), request, reader, writer):
                        return
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.pop(task, None)
            writer.close()

    def _answer(self, request):
        if request.signed and not self._is_signed_right(request):
            self.refused.append(request)
            return self.refusal
        default = ok({**info(), "salt": self.salt}) if request.command == "get.device.info" else no(-2)
        answer = self.answers.get(request.command, default)
        if isinstance(answer, list) and not isinstance(answer, Then):
            answer = answer.pop(0) if answer else no(-2)
        return answer

    def _is_signed_right(self, request):
        body = request.body
        if body["account"] not in self.accounts or abs(body["ts"] - self.now) > _CLOCKS_AGREE_SECONDS:
            return False
        return body["token"] == base64.b64encode(self.digest(request))[:8].decode()

    async def _say(self, answer, request, reader, writer):
        """Say *answer*; return whether the connection ends."""
        answer = answer(request) if callable(answer) else answer
        if isinstance(answer, Then):
            for each in answer:
                if await self._say(each, request, reader, writer):
                    return True
        elif isinstance(answer, Ended):
            if answer.last is not None:
                await self._say(answer.last, request, reader, writer)
            return True
        elif isinstance(answer, Silence):
            writer.write(answer.first)
            await reader.read(1)
            return True
        elif isinstance(answer, Dribble):
            for byte in answer.data:
                writer.write(bytes([byte]))
                await asyncio.sleep(answer.seconds)
        elif isinstance(answer, Endless):
            await answer.say(writer)
        elif isinstance(answer, Upload):
            return await self._take_file(answer, request, reader, writer)
        else:
            writer.write(self.said(answer, request))
            await writer.drain()
        return False

    async def _take_file(self, upload, request, reader, writer):
        writer.write(self.said(ok("ready"), request))
        (size,) = struct.unpack("<I", await reader.readexactly(4))
        self.files.append(await reader.readexactly(size if upload.size is None else upload.size))
        return await self._say(upload.answer, request, reader, writer)

    def said(self, answer, request):
        """*answer* as it goes out: a dict with all that a reply to *request* has."""
        if isinstance(answer, bytes):
            return answer
        return frame({"when": self.now, "desc": request.command, **answer})
