# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Frames: a length of four bytes, little-endian, and so many bytes of JSON. No I/O."""

from __future__ import annotations

import struct

LENGTH = struct.Struct("<I")
MAX_REQUEST = 65536


class TooLong(Exception):
    """A frame that no client in its right mind sends."""


def encode(body: bytes) -> bytes:
    return LENGTH.pack(len(body)) + body


class Frames:
    """Bytes in, frames out. A frame of length 0 (`b""`) is a heartbeat."""

    __slots__ = ("_buffer",)

    def __init__(self):
        self._buffer = b""

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def next(self) -> bytes | None:
        """The next whole frame, or None. Raises TooLong."""
        if len(self._buffer) < LENGTH.size:
            return None
        (size,) = LENGTH.unpack_from(self._buffer)
        if size > MAX_REQUEST:
            raise TooLong
        end = LENGTH.size + size
        if len(self._buffer) < end:
            return None
        frame, self._buffer = self._buffer[LENGTH.size : end], self._buffer[end:]
        return frame

    def rest(self) -> bytes:
        """What came after the last frame: the start of a firmware image."""
        rest, self._buffer = self._buffer, b""
        return rest
