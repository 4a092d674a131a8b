# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections and pauses: on the running event loop, or blocking where there is none.

An event loop serves thousands of miners at once. For one miner, it costs several milliseconds to set up, use and take
down, more than all else that the collection does for a task. So the same coroutines run without one: then no await ever
suspends, and `finish` runs them through.

Limits are in seconds and raise TimeoutError; what else goes wrong raises OSError, or ValueError for an impossible name.
"""

from __future__ import annotations

import asyncio
import socket
import time

CHUNK_BYTES = 64 * 1024


def finish(coroutine):
    """The result of *coroutine*, which pauses and connects by this module only, without an event loop."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    raise RuntimeError("what runs without an event loop waited for one")


async def sleep(seconds):
    """Pause."""
    if _on_a_loop():
        await asyncio.sleep(seconds)
    else:
        time.sleep(seconds)


async def connect(address, port, limit, connected=None):
    """A connection that stands within *limit*: an object with ``send``, ``receive`` and ``close``.

    *connected* is a socket that leads there already.
    """
    if _on_a_loop():
        where = {"sock": connected} if connected else {"host": address, "port": port}
        return Streams(*await _within(limit, asyncio.open_connection(limit=CHUNK_BYTES, **where)))
    return Socket(connected or _connected(address, port, time.monotonic() + limit))


class Streams:
    """A connection on the event loop."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer

    async def send(self, data, limit):
        """Hand over *data* within *limit*."""
        self._writer.write(data)
        await _within(limit, self._writer.drain())

    async def receive(self, limit):
        """What arrives next, within *limit*; b"" at the end."""
        return await _within(limit, self._reader.read(CHUNK_BYTES))

    def close(self):
        """End it."""
        self._writer.close()


class Socket:
    """A connection that blocks."""

    def __init__(self, connected):
        self._socket = connected

    async def send(self, data, limit):
        """Hand over *data* within *limit*."""
        self._limit(limit)
        with _Timeouts():
            self._socket.sendall(data)

    async def receive(self, limit):
        """What arrives next, within *limit*; b"" at the end."""
        self._limit(limit)
        with _Timeouts():
            return self._socket.recv(CHUNK_BYTES)

    def close(self):
        """End it."""
        self._socket.close()

    def _limit(self, limit):
        if limit <= 0:
            raise TimeoutError
        self._socket.settimeout(limit)


def _connected(address, port, deadline):
    fault = OSError(f"{address} has no address")
    for family, kind, protocol, _name, place in socket.getaddrinfo(address, port, type=socket.SOCK_STREAM):
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        candidate = socket.socket(family, kind, protocol)
        try:
            candidate.settimeout(left)
            with _Timeouts():
                candidate.connect(place)
            return candidate
        except OSError as error:
            candidate.close()
            fault = error
    raise fault


class _Timeouts:
    """socket.timeout and asyncio.TimeoutError are TimeoutError only in newer Pythons (3.10, 3.11)."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _traceback):
        if isinstance(error, (socket.timeout, asyncio.TimeoutError)):
            raise TimeoutError from None


async def _within(limit, awaitable):
    with _Timeouts():
        return await asyncio.wait_for(awaitable, limit)


def _on_a_loop():
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
