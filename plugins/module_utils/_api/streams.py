# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What connections of both APIs have in common: bytes sent, and files that follow a request or a reply."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from .errors import TimedOut, TransferFailed, Unreachable
from .pace import Pace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from types import TracebackType
    from typing import BinaryIO, TypeVar

    from .network import Connection

    T = TypeVar("T", bound="Stream")
    OnProgress = Callable[[int], object]

# Little enough to be taken within the reply timeout at the least rate of a transfer (Pace).
UPLOAD_CHUNK_BYTES = 64 * 1024
MAX_DOWNLOAD_BYTES = 256 * 1024 * 1024


class Stream:
    """One connection to a miner. Subclasses know how requests and replies stand on it."""

    def __init__(self, connection: Connection, reply_timeout: float) -> None:
        self._connection = connection
        self._reply_timeout = reply_timeout

    async def __aenter__(self: T) -> T:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def has_ended(self) -> bool:
        """Whether the miner has ended the connection, as far as that is known here by now."""
        return self._connection.has_ended()

    async def send(self, data: bytes, pace: Pace | None = None) -> None:
        """Send *data*, at the *pace* of a transfer if that is part of one.

        Raises TimedOut, or Unreachable if the miner drops the connection.
        """
        try:
            limit = pace.limit(self._reply_timeout) if pace else self._reply_timeout
            await self._connection.send(data, limit)
            if pace:
                pace.moved(len(data))
        except TimeoutError:
            raise TimedOut(f"the request wasn't taken within {self._reply_timeout:g} s") from None
        except OSError as error:
            raise Unreachable(f"the connection broke: {error.strerror or error}") from None

    async def send_file(self, file: BinaryIO, size: int, on_progress: OnProgress | None = None) -> None:
        """Send the length *size*, four bytes with the least first, and so many bytes of *file*, in chunks.

        *on_progress* is called with the number of bytes sent so far. Raises TransferFailed saying how far it
        came, also where that is too slow (Pace).
        """
        sent, pace = 0, Pace()
        try:
            await self.send(struct.pack("<I", size))
            while sent < size:
                chunk = file.read(min(UPLOAD_CHUNK_BYTES, size - sent))
                if not chunk:
                    raise TransferFailed(f"the file ended after {sent} of {size} bytes")
                await self.send(chunk, pace)
                sent += len(chunk)
                if on_progress:
                    on_progress(sent)
        except Unreachable as error:
            why = pace.verdict() or f": {error.problem}"
            raise TransferFailed(f"the transfer broke off after {sent} of {size} bytes{why}") from None

    async def save_file(self, file: BinaryIO, size: object, on_progress: OnProgress | None = None) -> int:
        """Write the *size* bytes that the miner sends now into *file*; return their number.

        Raises TransferFailed if the miner gave no size that makes sense, or the connection ends, goes silent
        or is too slow (Pace) before all of it came.
        """
        if not isinstance(size, int) or not 0 <= size <= MAX_DOWNLOAD_BYTES:
            raise TransferFailed("the miner doesn't say how long the file is")
        received, pace = 0, Pace()
        async for data in self.file(size, pace):
            file.write(data)
            received += len(data)
            if on_progress:
                on_progress(received)
        if received < size:
            raise TransferFailed(f"the transfer broke off after {received} of {size} bytes{pace.verdict()}")
        return size

    def file(self, size: int, pace: Pace) -> AsyncIterator[bytes]:
        """The *size* bytes that follow the reply, in pieces; fewer, if the connection ends, goes silent, or
        loses *pace*.
        """
        raise NotImplementedError

    async def raw(self, first: bytes, pace: Pace) -> AsyncIterator[bytes]:
        """Bytes as they come: *first*, which came with the reply, and then what arrives, as long as it keeps
        *pace*.
        """
        data = first
        while True:
            if data:
                pace.moved(len(data))
                yield data
            try:
                data = await self._connection.receive(pace.limit(self._reply_timeout))
            except OSError:  # a timeout too
                return
            if not data:
                return
