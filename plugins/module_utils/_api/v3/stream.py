# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One connection to port 4433: many requests and their replies, one after the other."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .. import streams
from ..line import timed_out
from . import frames, replies

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ..network import Connection
    from ..pace import Pace
    from .replies import Reply


class Stream(streams.Stream):
    """A connection of API 3. After any error it is of no more use."""

    def __init__(self, connection: Connection, reply_timeout: float) -> None:
        super().__init__(connection, reply_timeout)
        self._reader = frames.Reader()
        self.replies = 0  # that have come over it

    async def reply(self, command: str, limit: float | None = None) -> Reply:
        """The miner's reply to *command*, as soon as it's whole; what else it sends is passed over (3.3).

        It may take *limit* seconds, in place of the reply timeout.
        Raises TimedOut, EmptyReply where the connection had ended, or NotAMiner if it can't be understood.
        """
        limits = replies.HISTORY_LIMITS if command == replies.HISTORY else replies.LIMITS
        limit = self._reply_timeout if limit is None else limit
        deadline = time.monotonic() + limit
        while True:
            body = self._reader.next_frame()
            if body is not None:
                reply = replies.parse(body, limits)
                if reply.answers(command):
                    self.replies += 1
                    return reply
                continue
            try:
                data = await self._connection.receive(deadline - time.monotonic())
            except TimeoutError:
                raise timed_out(limit) from None
            except OSError:  # a reset ends the reply as a close does
                data = b""
            if not data:
                self._reader.eof()
            self._reader.feed(data)

    async def file(self, size: int, pace: Pace) -> AsyncIterator[bytes]:
        """As `streams.Stream.file`; the beginning of the file may have come together with the reply (5.2)."""
        received = 0
        async for data in self.raw(self._reader.take_rest(), pace):
            data = data[: size - received]
            received += len(data)
            yield data
            if received == size:
                return
