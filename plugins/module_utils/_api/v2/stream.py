# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One connection to port 4028: a request, a reply, and for transfers the raw bytes that follow on it."""

from __future__ import annotations

import tempfile
import time
from typing import TYPE_CHECKING

from .. import streams
from ..errors import NotAMiner
from ..line import timed_out
from .reader import ReplyReader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ..network import Connection
    from ..pace import Pace
    from .replies import Reply


_MOST_HELD_BYTES = 1024 * 1024  # in memory


class Stream(streams.Stream):
    """A connection of API 2, which is good for one request."""

    def __init__(self, connection: Connection, reply_timeout: float) -> None:
        super().__init__(connection, reply_timeout)
        self._rest = b""

    async def reply(self) -> Reply:
        """The miner's reply, as soon as it's whole.

        Raises TimedOut, or NotAMiner if it can't be understood.
        """
        message = ReplyReader()
        try:
            await self._receive(message)
        except TimeoutError:
            try:
                message.timeout()
            except NotAMiner:
                raise timed_out(self._reply_timeout) from None
        self._rest = message.rest
        return message.reply()

    async def file(self, size: int, pace: Pace) -> AsyncIterator[bytes]:
        """As `streams.Stream.file`.

        A NUL or newline in front of the file is the end of the reply, if there is one byte more than the file
        has. Until that is known, the file is held back.
        """
        received, in_doubt = 0, True
        with tempfile.SpooledTemporaryFile(_MOST_HELD_BYTES) as held:
            async for data in self.raw(self._rest, pace):
                if not received and data[:1] not in (b"\0", b"\n"):
                    in_doubt = False
                data = data[: size + in_doubt - received]
                received += len(data)
                if in_doubt:
                    held.write(data)
                else:
                    yield data
                if received == size + in_doubt:
                    break
            if in_doubt:
                held.seek(received > size)
                while data := held.read(_MOST_HELD_BYTES):
                    yield data

    async def _receive(self, message: ReplyReader) -> None:
        deadline = time.monotonic() + self._reply_timeout
        while True:
            try:
                data = await self._connection.receive(deadline - time.monotonic())
            except TimeoutError:
                raise
            except OSError:  # a reset ends the reply as a close does
                data = b""
            if message.feed(data) if data else message.eof():
                return
