# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections and pauses: on the running event loop, or blocking where there is none.

An event loop serves thousands of miners at once. For one miner, it costs several milliseconds to set up, use
and take down, more than all else that the collection does for a task. So the same coroutines run without one:
then no await ever suspends, and `finish` runs them through.

Limits are in seconds and raise TimeoutError; what else goes wrong raises OSError, or ValueError for an
impossible name.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import time
from typing import TYPE_CHECKING

from .readiness import readiness

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any, TypeVar, Union

    T = TypeVar("T")
    Connection = Union["Polled", "Socket"]
    #: What connect() takes, and that with its family of addresses before it.
    Address = tuple[Any, ...]
    Place = tuple[int, Address]

CHUNK_BYTES = 64 * 1024

# These are TimeoutError only in newer Pythons (3.10, 3.11).
_TIMEOUTS = (socket.timeout, asyncio.TimeoutError)

# What connect() says while it goes on.
_UNDER_WAY = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY)


def finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of *coroutine*, which pauses and connects by this module only, without an event loop."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise RuntimeError("what runs without an event loop waited for one")


async def sleep(seconds: float) -> None:
    """Pause."""
    if is_on_a_loop():
        await asyncio.sleep(seconds)
    else:
        time.sleep(seconds)


async def connect(address: str, port: int, limit: float) -> Connection:
    """A connection that stands within *limit*: an object with ``send``, ``receive`` and ``close``."""
    deadline = time.monotonic() + limit
    if is_on_a_loop():
        return await _dialled(address, port, deadline)
    return Socket(_connected(address, port, deadline))


class Polled:
    """A connection on the event loop.

    Asyncio's own streams and its wait_for make a transport, three tasks and a dozen callbacks for each
    exchange, which is more work than all the rest of it. So the socket is simply used, and waited for where
    it isn't ready.
    """

    def __init__(self, family: int) -> None:
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self.number = self._socket.fileno()
        self._readiness = readiness()

    def begin(self, place: Address) -> int:
        """Begin to lead it to *place*; return 0 if it stands, EINPROGRESS if that goes on, or the number of
        an error.
        """
        code = _begun(self._socket, place)
        if code in (0, errno.EINPROGRESS):
            self._readiness.join(self.number)
        return code

    def dialled(self) -> int:
        """How far `begin` has come by now, as it tells itself."""
        return _dialled_by_now(self._socket)

    async def dial(self, place: Address, deadline: float) -> int:
        """Lead it to *place*; return the error number with which that ends, 0 if it stands."""
        code = self.begin(place)
        if code == errno.EINPROGRESS:
            await self._readiness.wait(self.number, deadline, writing=True)
            code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        else:
            await asyncio.sleep(0)  # the others have their turn, however fast addresses refuse
        return code

    async def send(self, data: bytes, limit: float) -> None:
        """Hand over *data* within *limit*."""
        deadline = time.monotonic() + limit
        left = memoryview(data)
        while left:
            try:
                left = left[self._socket.send(left) :]
            except BlockingIOError:
                await self._readiness.wait(self.number, deadline, writing=True)

    async def receive(self, limit: float) -> bytes:
        """What arrives next, within *limit*; b"" at the end."""
        if limit <= 0:  # who never stops sending never has to be waited for
            raise TimeoutError
        deadline = time.monotonic() + limit
        waited = False
        while True:
            try:
                data = self._socket.recv(CHUNK_BYTES)
            except BlockingIOError:
                await self._readiness.wait(self.number, deadline, writing=False)
                waited = True
                continue
            if not waited:
                await asyncio.sleep(0)  # the others have their turn, however fast it arrives here
            return data

    def has_ended(self) -> bool:
        """Whether the other side has ended it, as far as that is known here by now."""
        return _has_ended(self._socket)

    def close(self) -> None:
        """End it."""
        self._readiness.leave(self.number)
        self._socket.close()


async def _dialled(address: str, port: int, deadline: float) -> Polled:
    fault = OSError(f"{address} has no address")
    for family, place in await places(address, port, deadline):
        candidate = Polled(family)
        try:
            code = await candidate.dial(place, deadline)
        except BaseException:  # an interruption too
            candidate.close()
            raise
        if code == 0:
            return candidate
        candidate.close()
        fault = OSError(code, os.strerror(code))
    raise fault


async def places(address: str, port: int, deadline: float) -> list[Place]:
    """Where *address* is, as [(family, what connect() takes)]; only a name has to be looked up, in a thread.
    """
    numeric = _numeric(address, port)
    if numeric is not None:
        return numeric
    lookup = asyncio.get_running_loop().getaddrinfo(address, port, type=socket.SOCK_STREAM)
    try:
        found = await asyncio.wait_for(lookup, deadline - time.monotonic())
    except _TIMEOUTS:
        raise TimeoutError from None
    return [(answer[0], answer[-1]) for answer in found]


def places_now(address: str, port: int) -> list[Place]:
    """The same without an event loop."""
    numeric = _numeric(address, port)
    if numeric is not None:
        return numeric
    return [(answer[0], answer[-1]) for answer in socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)]


def _numeric(address: str, port: int) -> list[Place] | None:
    """The places of an *address* that needs no looking up; None if it does."""
    try:
        socket.inet_pton(socket.AF_INET, address)
    except OSError:
        return None
    return [(socket.AF_INET, (address, port))]


class Socket:
    """A connection that blocks."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self.number = connected.fileno()

    def begin(self, place: Address) -> int:
        """As `Polled.begin`: this doesn't block yet."""
        self._socket.setblocking(False)  # each further use sets its own limit
        return _begun(self._socket, place)

    def dialled(self) -> int:
        """As `Polled.dialled`."""
        return _dialled_by_now(self._socket)

    async def send(self, data: bytes, limit: float) -> None:
        """Hand over *data* within *limit*."""
        self._limit(limit)
        try:
            self._socket.sendall(data)
        except _TIMEOUTS:
            raise TimeoutError from None

    async def receive(self, limit: float) -> bytes:
        """What arrives next, within *limit*; b"" at the end."""
        self._limit(limit)
        try:
            return self._socket.recv(CHUNK_BYTES)
        except _TIMEOUTS:
            raise TimeoutError from None

    def has_ended(self) -> bool:
        """Whether the other side has ended it, as far as that is known here by now."""
        return _has_ended(self._socket)

    def close(self) -> None:
        """End it."""
        self._socket.close()

    def _limit(self, limit: float) -> None:
        if limit <= 0:
            raise TimeoutError
        self._socket.settimeout(limit)


def _begun(candidate: socket.socket, place: Address) -> int:
    code = candidate.connect_ex(place)
    if code in _UNDER_WAY:  # or refused by now, which needn't be waited for
        return candidate.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) or errno.EINPROGRESS
    return code


def _dialled_by_now(candidate: socket.socket) -> int:
    code = candidate.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code == 0:
        try:
            candidate.getpeername()
        except OSError:  # nobody there yet
            return errno.EINPROGRESS
    return code


def _has_ended(connected: socket.socket) -> bool:
    connected.setblocking(False)  # each further use sets its own limit
    try:
        return not connected.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _connected(address: str, port: int, deadline: float) -> socket.socket:
    fault = OSError(f"{address} has no address")
    for family, place in places_now(address, port):
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        candidate = socket.socket(family, socket.SOCK_STREAM)
        try:
            candidate.settimeout(left)
            candidate.connect(place)
            return candidate
        except OSError as error:
            candidate.close()
            fault = TimeoutError() if isinstance(error, _TIMEOUTS) else error
    raise fault


def is_on_a_loop() -> bool:
    """Whether an event loop runs this. Asked without the exception by which asyncio usually says no."""
    return asyncio._get_running_loop() is not None
