# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A miner that does what a test says, byte by byte, and remembers what arrived.

The simulator answers as firmware does; this one answers as nothing should. It seals with the simulator's
libraries, so that an error in the collection's own can't hide.
"""

from __future__ import annotations

import asyncio
import base64
import json
import struct

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import WhatsminerError
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import Tokens

PASSWORD = "hunter22"
MAC = "C4:05:08:00:02:3B"


def says(status="S", code=131, msg="API command OK", **others):
    """A reply of the API daemon, as a dict."""
    return {"STATUS": status, "When": 1, "Code": code, "Msg": msg, "Description": "", **others}


def refuses(code, msg="no"):
    return says("E", code, msg)


def btminer(section, *records):
    """A reply of btminer, as a dict."""
    return {"STATUS": [{"STATUS": "S", "Code": 11, "Msg": section}], section: list(records), "id": 1}


SUMMARY = btminer("SUMMARY", {"MAC": MAC, "Uptime": 1000, "Elapsed": 900, "MHS av": 1.0})
POOLS = btminer("POOLS", {"POOL": 0, "URL": "stratum+tcp://a.example:3333", "User": "w"})
NOT_RUNNING = b"Socket connect failed: Connection refused\n"
OTHER_MAC = "C4:05:08:00:02:3C"
DEEP = b'{"a":' * 100 + b"1" + b"}" * 100
NOISE = b'{"enc":"%s"}' % (b"A" * 64)  # sealed, but with none of this miner's keys
GARBAGE = b"HTTP/1.1 400 Bad Request\r\n\r\n"


def joined(**parts):
    """The replies to joined commands, as a dict."""
    return {**{name: [part] for name, part in parts.items()}, "id": 1}


async def failure(awaitable, kind=WhatsminerError):
    """The error of this *kind* that *awaitable* raises."""
    with pytest.raises(kind) as caught:
        await awaitable
    return caught.value


def shows_mac(mac):
    """The answers of a machine that shows *mac*, and takes two commands."""
    summary = {**SUMMARY, "SUMMARY": [{"MAC": mac, "Uptime": 1000}]}
    return {"summary": summary, "get_miner_info": refuses(14), "ssh_open": says(), "power_on": says()}


class Silence:
    """Take the request, say *first*, and nothing more until the other side goes."""

    def __init__(self, first=b""):
        self.first = first


class Dribble:
    """Say *data* one byte at a time, each after *seconds*."""

    def __init__(self, data, seconds):
        self.data = data
        self.seconds = seconds


class Endless:
    """Say *first*, and then *again* for ever."""

    def __init__(self, first, again):
        self.first = first
        self.again = again

    async def say(self, writer):
        writer.write(self.first)
        while True:
            writer.write(self.again)
            await writer.drain()


class Sealed:
    """Say *reply* sealed: with *padding* (``zero``, ``pkcs7``) in the envelope *form* (``data``, ``enc``,
    ``text``).
    """

    def __init__(self, reply, padding="zero", form="enc"):
        self.reply = reply
        self.padding = padding
        self.form = form


class Upload:
    """Say ready, take a file (``files``), and give *answer*; take only *size* bytes, if set."""

    def __init__(self, answer, size=None):
        self.answer = answer
        self.size = size


class Request:
    """What arrived on one connection."""

    def __init__(self, raw, plain, sealed, token):
        self.raw = raw
        self.plain = plain
        self.sealed = sealed
        self.token = token
        try:
            self.params = json.loads(plain.rstrip(b"\0"))
        except ValueError:
            self.params = {"cmd": plain.rstrip(b"\0").decode("utf-8", "replace")}
        self.command = self.params.get("cmd", self.params.get("command", ""))


class FakeMiner:
    """Answers each command with the next of its *answers*, a list, or always with the same where it is no
    list.

    An answer is a dict (sent as JSON), bytes (sent as they are), Sealed, Silence, Dribble, Endless, Upload,
    or a function of the Request that returns one of these. ``get_token`` gives a new token each time unless
    it's scripted. A command without an answer left gets b"", so that the connection just ends.
    """

    def __init__(self, answers=None, password=PASSWORD):
        import simulator.crypto

        self.crypto = simulator.crypto
        self.answers = dict(answers or {})
        self.password = password
        self.requests = []
        self.files = []
        self.tokens = []
        self.connections = 0
        self._spoilt = False
        self._server = None
        self._tasks = set()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc_info):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def client(self, tokens, **options):
        """A Miner that leads here, over API 2. Its tokens are kept in the directory *tokens*."""
        defaults = {
            "password": self.password,
            "api": "2",
            "connect_timeout": 2,
            "reply_timeout": 2,
            "retries": 2,
        }
        return Miner("127.0.0.1", self.port, tokens=Tokens(tokens), **{**defaults, **options})

    def api2(self, tokens, **options):
        """The client of API 2 of such a Miner."""
        return self.client(tokens, **options).choice.two

    def asked(self, sealed=None):
        """The commands that arrived, in order; *sealed*: only those that were, or weren't."""
        return [request.command for request in self.requests if sealed in (None, request.sealed)]

    def forget_tokens(self):
        """As a reboot does."""
        self.tokens.clear()

    def spoil_next_token(self):
        """As another client does that gets a token at the same moment: the next one opens nothing."""
        self._spoilt = True

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        self.connections += 1
        try:
            raw = await reader.read(65536)
            if raw:
                request = self._read(raw)
                self.requests.append(request)
                await self._act(self._answer(request), request, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    def _answer(self, request):
        answer = self.answers.get(request.command, self._token if request.command == "get_token" else b"")
        if isinstance(answer, list):
            answer = answer.pop(0) if answer else b""
        return answer(request) if callable(answer) else answer

    async def _act(self, answer, request, reader, writer):
        if isinstance(answer, Silence):
            writer.write(answer.first)
            await reader.read(1)
        elif isinstance(answer, Dribble):
            for byte in answer.data:
                writer.write(bytes([byte]))
                await asyncio.sleep(answer.seconds)
        elif isinstance(answer, Upload):
            writer.write(self._bytes(says(msg="ready"), request))
            (size,) = struct.unpack("<I", await reader.readexactly(4))
            self.files.append(await reader.readexactly(size if answer.size is None else answer.size))
            await self._act(answer.answer, request, reader, writer)
        elif isinstance(answer, Endless):
            await answer.say(writer)
        else:
            writer.write(self._bytes(answer, request))
            await writer.drain()

    def _bytes(self, answer, request):
        if isinstance(answer, Sealed):
            secret = request.token[1] if request.token else self.tokens[-1][1]
            sealed = base64.b64encode(
                self.crypto.encrypt(secret, self._bytes(answer.reply, request), answer.padding)
            )
            forms = {"enc": b'{"enc":"%s"}', "data": b'{"enc":1,"data":"%s"}', "text": b"enc|%s\n"}
            return forms[answer.form] % sealed
        return json.dumps(answer).encode() if isinstance(answer, dict) else answer

    def _token(self, _request):
        number = len(self.tokens) + self.connections * 100
        time, salt, newsalt = f"{number % 10000:04d}", f"s{number:06d}", f"n{number:06d}"
        key = self.crypto.token_key(self.password, salt)
        if not self._spoilt:
            self.tokens.append((self.crypto.token_sign(key, newsalt, time), self.crypto.aes_key(key)))
        self._spoilt = False
        return says(msg={"time": time, "salt": salt, "newsalt": newsalt})

    def _read(self, raw):
        ciphertext = self._ciphertext(raw)
        if ciphertext is None:
            return Request(raw, raw, False, None)
        for token in reversed(self.tokens):
            plain = self.crypto.decrypt(token[1], ciphertext)
            if plain.startswith((b"{", b"token,")):
                return Request(raw, plain, True, token)
        return Request(raw, b'{"cmd":"undecryptable"}', True, None)

    @staticmethod
    def _ciphertext(raw):
        if raw.startswith(b"enc|"):
            return base64.b64decode(raw[4:])
        fields = json.loads(raw) if raw.startswith(b"{") else {}
        return base64.b64decode(fields["data"]) if "enc" in fields else None
