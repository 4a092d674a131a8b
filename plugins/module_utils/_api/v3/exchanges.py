# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Exchanges of API 3: requests and their replies, one after the other on a connection that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import EmptyReply, TimedOut, Unreachable
from ..line import summary_of
from . import reads, requests
from .commands import COMMANDS, PARAM
from .frames import frame
from .stream import Stream

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..line import Line
    from ..network import Connection
    from .replies import Reply

    Params = dict[str, Any]


# What shows which machine is at the other end, and little else.
_WHO = (reads.INFO, {PARAM: "network"})


class Exchanges:
    """Makes exchanges over *line* at *port*. *on_info* is called with what get.device.info shows."""

    def __init__(self, line: Line, port: int, on_info: Callable[[dict[str, Any]], object]) -> None:
        self._line = line
        self._port = port
        self._on_info = on_info
        self._stream: Stream | None = None
        self._is_kept: bool | None = None  # whether a connection outlasts a reply, once known

    def use(self, connected: Connection) -> None:
        """Send the next requests over *connected*, a connection to this port."""
        self.close()
        self._stream = Stream(connected, self._line.reply_timeout)

    def close(self) -> None:
        """End the connection that stands, if one does."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def standing(self) -> Stream:
        """The connection over which the last reply has just come."""
        if self._stream is None:
            raise AssertionError("a reply leaves its connection standing")
        return self._stream

    async def ensure_kept(self) -> None:
        """Connect for a write, unless a connection stands that is known to be kept.

        Some miners, or what stands before them, end a connection after one reply. A write that crosses that
        would have an unknown outcome, so a second read is sent first: it tells. A new connection may lead to
        another machine. What is read shows which one it is.
        """
        if self._stream is None:
            await self.ask(*_WHO)
        if self.standing().replies == 1 and self._is_kept is None:
            await self.ask(*_WHO)
            self._is_kept = self.standing().replies > 1
        stream = self.standing()
        if stream.has_ended() or (stream.replies == 1 and not self._is_kept):
            self.close()
            connection = await self._line.retrying(lambda: self._line.connect(self._port))
            self._stream = Stream(connection, self._line.reply_timeout)

    async def ask(
        self, command: str, params: Params, *, retries: int | None = None, limit: float | None = None
    ) -> Reply:
        """The reply to *command*, which isn't signed and may be sent again.

        Raises Unreachable or NotAMiner.
        """
        request = requests.plain(command, param_of(command, params))
        return await self._line.retrying(lambda: self._read_once(command, request, limit), retries)

    async def _read_once(self, command: str, request: bytes, limit: float | None) -> Reply:
        was_standing = self._stream is not None
        try:
            return await self.once(command, request, limit)
        except (EmptyReply, Unreachable) as error:
            if not was_standing or isinstance(error, TimedOut):
                raise
        return await self.once(command, request, limit)  # the miner had ended the connection that stood

    async def once(self, command: str, request: bytes, limit: float | None = None) -> Reply:
        """The reply to *request*, for which the miner has *limit* seconds, or the line's own time."""
        return await self._line.traced(
            f"API 3, port {self._port}",
            command,
            self._sent(command, request, limit),
            summary=lambda reply: summary_of(reply.code, reply.ok, reply.text),
        )

    async def _sent(self, command: str, request: bytes, limit: float | None) -> Reply:
        if self._stream is None:
            self._stream = Stream(await self._line.connect(self._port), self._line.reply_timeout)
        stream = self._stream
        try:
            await stream.send(frame(request))
            reply = await stream.reply(command, limit)
        except BaseException:  # an interruption too: nobody knows any more what a later reply answers
            self.close()
            raise
        if command == reads.INFO and reply.ok:
            self._on_info(reply.data)
        return reply


def param_of(command: str, params: Params) -> Any:
    """The request's ``param`` for *params*, by name. A command that isn't in the table takes any."""
    if command in COMMANDS:
        return COMMANDS[command].param(params)
    return params[PARAM] if params.keys() == {PARAM} else params or None
