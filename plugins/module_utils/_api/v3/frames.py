# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bytes to frames and back: the miner's API on port 4433, without any I/O (reference on API 3, section 1).

A frame is its length, four bytes with the least first, and as many bytes of JSON. A frame of no length is a
heartbeat. Requests and replies follow each other on one connection. Where a log file follows a reply, or a
firmware image a request, it isn't framed.
"""

from __future__ import annotations

import struct

from ..errors import EmptyReply, NotAMiner, NotRunning, TruncatedReply
from ..excerpt import printable

# The document's own client takes 8 KiB, the vendor's newest one this.
MAX_FRAME_BYTES = 1024 * 1024
# No miner was seen to send one. So many in a row, without any reply, are no answer.
MAX_HEARTBEATS = 1024

HEADER_BYTES = 4
HEARTBEAT = bytes(HEADER_BYTES)

REMEDY = "Check that the address is a Whatsminer's and that its API 3 listens at this port (4433)"

# What firmware answers without a frame while btminer is down: "Socket connect failed: Connection refused".
_DOWN = b"Sock"
# How JSON and text without a frame begin, as API 2 sends them.
_UNFRAMED = (b'{"', b"{ ", b"[{", b"STAT", b"HTTP", b"<")

_HEADER = struct.Struct("<I")


def header(length: int) -> bytes:
    """The header of *length* bytes; also that of a firmware image, which follows it as it is (5.1)."""
    return _HEADER.pack(length)


def frame(body: bytes) -> bytes:
    """The frame around *body*, the JSON of a request."""
    return header(len(body)) + body


class Reader:
    """Cuts frames out of bytes that arrive in any pieces.

    `feed` takes bytes, and `next_frame` gives the frames in them, one by one. `missing` tells how many bytes
    to read for the next one: whoever reads no more holds never more than one frame. After an exception nobody
    knows where a frame begins: the connection is of no more use, and each further call raises the same.

    *limit* bounds the frame in bytes: NotAMiner is raised at its header already.
    """

    def __init__(self, limit: int = MAX_FRAME_BYTES) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._heartbeats = 0
        self._error: NotAMiner | NotRunning | None = None

    def feed(self, data: bytes) -> None:
        """Take *data*, any piece of what the miner sends."""
        self._buffer += data

    def next_frame(self) -> bytes | None:
        """The next frame's JSON, without heartbeats before it and blanks around it; None until it's whole.

        Raises NotAMiner or NotRunning for what was no frame, or for too many heartbeats.
        """
        while True:
            length = self._length()
            if length is None or len(self._buffer) < HEADER_BYTES + length:
                return None
            body = bytes(self._buffer[HEADER_BYTES : HEADER_BYTES + length])
            del self._buffer[: HEADER_BYTES + length]
            body = body.strip(b" \t\r\n\0")  # some count the NUL behind a text
            if body:
                self._heartbeats = 0
                return body
            self._heartbeats += 1
            if self._heartbeats > MAX_HEARTBEATS:
                self._fail(NotAMiner("the miner sends heartbeats and no reply", remedy=REMEDY))

    @property
    def missing(self) -> int:
        """How many bytes the next frame lacks, as far as is known: at least 1, unless it's whole."""
        length = self._length()
        return max((HEADER_BYTES if length is None else HEADER_BYTES + length) - len(self._buffer), 0)

    def take_rest(self) -> bytes:
        """What came behind the last frame, which is of no frame: the beginning of a log file (5.2)."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    def eof(self) -> None:
        """The connection ended, or the time is up, too early: raises EmptyReply or TruncatedReply."""
        if self._error is not None:
            raise self._error
        if not self._buffer:
            self._fail(EmptyReply("the connection ended without a reply"))
        shown = printable(self._buffer[HEADER_BYTES:])
        self._fail(TruncatedReply(f'the connection ended in the middle of a reply: "{shown}"'))

    def _length(self) -> int | None:
        """What the header says; None while it isn't whole."""
        if self._error is not None:
            raise self._error
        if len(self._buffer) < HEADER_BYTES:
            return None
        length: int = _HEADER.unpack_from(self._buffer)[0]
        if length > self._limit:
            self._fail(self._nonsense(length))
        return length

    def _nonsense(self, length: int) -> NotAMiner | NotRunning:
        """The error that a header of this *length* stands for: it's too long, or no header at all."""
        if self._buffer.startswith(_DOWN):
            return NotRunning("btminer isn't running", answer=printable(self._buffer))
        if self._buffer.startswith(_UNFRAMED):
            shown = printable(self._buffer)
            return NotAMiner(f'the answer is not a reply of API 3: "{shown}"', remedy=REMEDY)
        # What is no frame mostly looks like one of gigabytes. Nothing of it was read: it's asked for again.
        return NotAMiner(f"the reply is longer than {self._limit} bytes: {length}", remedy=REMEDY)

    def _fail(self, error: NotAMiner | NotRunning) -> None:
        self._error = error
        raise error
