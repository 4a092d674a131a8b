# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections that lead nowhere: what comes over them is given, and no time goes by.

The collection's coroutines run over them without an event loop, thousands of times a second.
"""

from __future__ import annotations

import contextlib
from unittest import mock

from ansible_collections.minerops.whatsminer.plugins.module_utils._api import choice, network

#: More than any exchange takes: whoever goes on after so many connections never ends.
MOST_CONNECTIONS = 200


def pieces(data: bytes, rng) -> list[bytes]:
    """*data* cut at up to eight places, which *rng* chooses."""
    cuts = sorted(rng.randint(0, len(data)) for _cut in range(rng.randint(0, 8)))
    return [piece for piece in map(data.__getitem__, map(slice, [0, *cuts], [*cuts, len(data)])) if piece]


class Wire:
    """A connection over which *arriving* comes, piece by piece; then *ending*: an exception, or the end where
    it is None.
    """

    number = -1

    def __init__(self, arriving: list[bytes], ending: BaseException | None = None) -> None:
        self._arriving = arriving[::-1]
        self._ending = ending
        self.sent = bytearray()
        self.is_open = True

    async def send(self, data, limit: float) -> None:
        if limit <= 0:
            raise TimeoutError
        self.sent += data

    async def receive(self, limit: float) -> bytes:
        if limit <= 0:
            raise TimeoutError
        if self._arriving:
            return self._arriving.pop()
        if self._ending is not None:
            raise self._ending
        return b""

    def has_ended(self) -> bool:
        return not self._arriving and self._ending is None

    def close(self) -> None:
        self.is_open = False


class Exchange:
    """Makes a Wire for each connection: over the first come the first of *replies*, and so on, cut by *rng*.

    With *keeps_on*, what is left comes over the first one. The last of *replies* comes again and again where
    *repeats* is set.
    """

    def __init__(self, replies: list[bytes], rng, *, repeats: bool = False, keeps_on: bool = False) -> None:
        self._replies = replies
        self._rng = rng
        self._repeats = repeats
        self._keeps_on = keeps_on
        self.wires: list[Wire] = []

    def wire(self) -> Wire:
        """The next connection."""
        assert len(self.wires) < MOST_CONNECTIONS, "it connects again and again"
        if self._keeps_on:
            data, self._replies = b"".join(self._replies), [] if not self._repeats else self._replies
        elif self._replies:
            data = self._replies[0]
            self._replies = self._replies[1:] or (self._replies if self._repeats else [])
        else:
            data = b""
        ending = self._rng.choice((None, TimeoutError(), ConnectionResetError(104, "Connection reset")))
        self.wires.append(Wire(pieces(data, self._rng), ending))
        return self.wires[-1]

    @contextlib.contextmanager
    def standing_in(self):
        """While the block runs, all connections of the collection are these, and no pause takes time."""

        async def connect(address, port, limit):
            return self.wire()

        async def connect_either(address, ports, limit):
            return [self.wire() for _port in ports]

        async def sleep(seconds):
            return None

        with (
            mock.patch.object(network, "connect", connect),
            mock.patch.object(choice, "connect_either", connect_either),
            mock.patch.object(network, "sleep", sleep),
        ):
            yield self
        assert not any(wire.is_open for wire in self.wires), "a connection was left open"
