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
import contextlib
import errno
import os
import socket
import time

CHUNK_BYTES = 64 * 1024
#: What connect() says while it goes on.
UNDER_WAY = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY)


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
    deadline = time.monotonic() + limit
    if _on_a_loop():
        return Polled(connected or await _dialled(address, port, deadline))
    return Socket(connected or _connected(address, port, deadline))


class Polled:
    """A connection on the event loop.

    Asyncio's own streams and its wait_for make a transport, three tasks and a dozen callbacks for each exchange, which is
    more work than all the rest of it; so the loop is only asked when the socket is ready.
    """

    def __init__(self, connected):
        connected.setblocking(False)
        self._socket = connected
        self._loop = asyncio.get_running_loop()

    async def send(self, data, limit):
        """Hand over *data* within *limit*."""
        deadline = time.monotonic() + limit
        left = memoryview(data)
        while True:
            with contextlib.suppress(BlockingIOError):
                left = left[self._socket.send(left) :]
            if not left:
                return
            await _ready(self._loop.add_writer, self._loop.remove_writer, self._socket, deadline)

    async def receive(self, limit):
        """What arrives next, within *limit*; b"" at the end."""
        deadline = time.monotonic() + limit
        while True:  # asking first lets the others have their turn, however much arrives here
            await _ready(self._loop.add_reader, self._loop.remove_reader, self._socket, deadline)
            with contextlib.suppress(BlockingIOError):
                return self._socket.recv(CHUNK_BYTES)

    def close(self):
        """End it."""
        self._socket.close()


async def _dialled(address, port, deadline):
    loop = asyncio.get_running_loop()
    fault = OSError(f"{address} has no address")
    for family, place in await _places(loop, address, port, deadline):
        candidate = socket.socket(family, socket.SOCK_STREAM)
        try:
            candidate.setblocking(False)
            code = candidate.connect_ex(place)
            if code in UNDER_WAY:
                await _ready(loop.add_writer, loop.remove_writer, candidate, deadline)
                code = candidate.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code == 0:
                accepted, candidate = candidate, None
                return accepted
            fault = OSError(code, os.strerror(code))
        finally:
            if candidate is not None:
                candidate.close()
    raise fault


async def _places(loop, address, port, deadline):
    """Where *address* is, as [(family, what connect() takes)]; only a name has to be looked up, in a thread."""
    places = _numeric(address, port)
    if places is None:
        lookup = loop.getaddrinfo(address, port, type=socket.SOCK_STREAM)
        with _Timeouts():
            found = await asyncio.wait_for(lookup, deadline - time.monotonic())
        places = [(answer[0], answer[-1]) for answer in found]
    return places


def _numeric(address, port):
    """The places of an *address* that needs no looking up; None if it does."""
    try:
        socket.inet_pton(socket.AF_INET, address)
    except OSError:
        return None
    return [(socket.AF_INET, (address, port))]


async def _ready(watch, unwatch, connection, deadline):
    """Wait until the loop finds *connection* ready."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    number = connection.fileno()
    watch(number, _settle, ready)
    timer = loop.call_later(deadline - time.monotonic(), _expire, ready)
    try:
        await ready
    finally:
        timer.cancel()
        unwatch(number)


def _settle(ready):
    if not ready.done():
        ready.set_result(None)


def _expire(ready):
    if not ready.done():
        ready.set_exception(TimeoutError())


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
    places = _numeric(address, port)
    if places is None:
        places = [(answer[0], answer[-1]) for answer in socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)]
    for family, place in places:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        candidate = socket.socket(family, socket.SOCK_STREAM)
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


def _on_a_loop():
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
