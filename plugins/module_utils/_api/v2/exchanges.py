# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Single exchanges of API 2: one connection, one plain request, one reply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..line import summary_of
from .requests import json_request, text_request
from .stream import Stream

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import Any, TypeVar

    from ..line import Line
    from ..network import Connection
    from .replies import Reply

    Params = dict[str, Any]
    AnyReply = TypeVar("AnyReply")

_MISSING_KEY = 24  # "Missing JSON 'command'": firmware of 2020 that doesn't know the key "cmd" (field notes)


class Exchanges:
    """Makes exchanges over *line* at *port*. *key* is the JSON key that names the command."""

    def __init__(self, line: Line, port: int) -> None:
        self.line = line
        self.port = port
        self.key = "cmd"
        self._standing: Connection | None = None

    def use(self, connected: Connection) -> None:
        """Make the next exchange over *connected*, a connection to this port, and close that then."""
        self.close()
        self._standing = connected

    def close(self) -> None:
        """End the connection that stands, if one does."""
        standing, self._standing = self._standing, None
        if standing is not None:
            standing.close()

    async def open(self, limit: float | None = None) -> Stream:
        """A connection for one exchange, whose reply may take *limit* seconds. Raises Unreachable."""
        connection, self._standing = self._standing, None
        return Stream(
            connection or await self.line.connect(self.port),
            self.line.reply_timeout if limit is None else limit,
        )

    async def plain(
        self,
        command: str,
        params: Params | None = None,
        encoding: str = "json",
        *,
        limit: float | None = None,
    ) -> Reply:
        """The reply to *command*, sent plainly with *params*. Raises TimedOut, Unreachable or NotAMiner."""
        while True:
            request = encoded(command, params, encoding, key=self.key)
            reply = await self.traced(command, self._exchange(request, limit))
            if not self.switched_key(reply):
                return reply

    def switched_key(self, reply: Reply) -> bool:
        """Whether the miner wants the other key for the command's name; if so, it gets that from now on."""
        if reply.code == _MISSING_KEY and self.key == "cmd":
            self.key = "command"
            return True
        return False

    async def traced(self, command: str, exchange: Awaitable[AnyReply]) -> AnyReply:
        """The outcome of *exchange*, about *command*, shown as a line of the trace."""
        if self.line.trace is None:
            return await exchange
        return await self.line.traced(f"API 2, port {self.port}", command, exchange, summary=_summary_of)

    def raise_for(self, reply: Reply, command: str) -> Reply:
        """*reply*, if it says yes; else raises the error that it stands for."""
        error = reply.error()
        if error is not None:
            raise self.line.explained(error, command)
        return reply

    async def _exchange(self, request: bytes, limit: float | None = None) -> Reply:
        stream = await self.open(limit)
        try:
            await stream.send(request)
            return await stream.reply()
        finally:
            stream.close()


def encoded(command: str, params: Params | None, encoding: str, *, key: str) -> bytes:
    """*command* and *params* as bytes; *encoding* is ``json``, or ``text`` for ``command|value,value``."""
    if encoding == "text":
        return text_request(command, (params or {}).values())
    return json_request(command, params, key=key)


def _summary_of(reply: Any) -> str:
    """*reply* in a line of a trace; None is one that another key than ours opens."""
    return "sealed with another key" if reply is None else summary_of(reply.code, reply.ok, reply.text)
