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
import select
import socket
import time
from typing import TYPE_CHECKING

from .readiness import readiness

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import TracebackType
    from typing import Any, TypeVar, Union

    T = TypeVar("T")
    Connection = Union["Polled", "Socket"]
    #: What connect() takes, and that with its family of addresses before it.
    Address = tuple[Any, ...]
    Place = tuple[int, Address]

CHUNK_BYTES = 64 * 1024

# How much longer than one port the other may take: TCP itself dials again after a second.
PREFERENCE_SECONDS = 1.2
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
    if _on_a_loop():
        await asyncio.sleep(seconds)
    else:
        time.sleep(seconds)


async def connect(address: str, port: int, limit: float) -> Connection:
    """A connection that stands within *limit*: an object with ``send``, ``receive`` and ``close``."""
    deadline = time.monotonic() + limit
    if _on_a_loop():
        return await _dialled(address, port, deadline)
    return Socket(_connected(address, port, deadline))


async def connect_either(address: str, ports: tuple[int, int], limit: float) -> list[Connection | OSError]:
    """Connections to both *ports* of *address*, dialled at the same time; the error in place of one that
    doesn't stand.

    Once one stands, the other has PREFERENCE_SECONDS more: a firewall may drop what a closed port would
    refuse. Raises OSError or ValueError for a name that can't be looked up.
    """
    if _on_a_loop():
        return await _dialled_either(address, ports, limit)
    return list(_connected_either(address, ports, limit))


class Polled:
    """A connection on the event loop.

    Asyncio's own streams and its wait_for make a transport, three tasks and a dozen callbacks for each
    exchange, which is more work than all the rest of it. So the socket is simply used, and waited for where
    it isn't ready.
    """

    def __init__(self, family: int) -> None:
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._number = self._socket.fileno()
        self._readiness = readiness()

    async def dial(self, place: Address, deadline: float) -> int:
        """Lead it to *place*; return the error number with which that ends, 0 if it stands."""
        code = self._socket.connect_ex(place)
        if code in _UNDER_WAY:
            self._readiness.join(self._number)
            await self._readiness.wait(self._number, deadline, writing=True)
            code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        elif code == 0:
            self._readiness.join(self._number)
        return code

    async def send(self, data: bytes, limit: float) -> None:
        """Hand over *data* within *limit*."""
        deadline = time.monotonic() + limit
        left = memoryview(data)
        while left:
            try:
                left = left[self._socket.send(left) :]
            except BlockingIOError:
                await self._readiness.wait(self._number, deadline, writing=True)

    async def receive(self, limit: float) -> bytes:
        """What arrives next, within *limit*; b"" at the end."""
        deadline = time.monotonic() + limit
        waited = False
        while True:
            try:
                data = self._socket.recv(CHUNK_BYTES)
            except BlockingIOError:
                await self._readiness.wait(self._number, deadline, writing=False)
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
        self._readiness.leave(self._number)
        self._socket.close()


async def _dialled(address: str, port: int, deadline: float) -> Polled:
    fault = OSError(f"{address} has no address")
    for family, place in await _places(address, port, deadline):
        candidate, stands = Polled(family), False
        try:
            code = await candidate.dial(place, deadline)
            stands = code == 0
            if stands:
                return candidate
            fault = OSError(code, os.strerror(code))
        finally:
            if not stands:
                candidate.close()
    raise fault


async def _dialled_either(address: str, ports: tuple[int, int], limit: float) -> list[Connection | OSError]:
    """`connect_either` on the event loop."""
    dialling = [asyncio.ensure_future(connect(address, port, limit)) for port in ports]
    pending: set[asyncio.Future[Connection]] = set(dialling)
    try:
        while pending:
            stands = any(attempt.done() and not attempt.exception() for attempt in dialling)
            done, pending = await asyncio.wait(
                pending,
                timeout=PREFERENCE_SECONDS if stands else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not done:
                break
    finally:
        for attempt in pending:
            attempt.cancel()
    outcomes: list[Connection | OSError] = []
    for attempt in dialling:
        error = TimeoutError() if attempt in pending else attempt.exception()
        if error is not None and not isinstance(error, OSError):
            raise error
        outcomes.append(attempt.result() if error is None else error)
    return outcomes


async def _places(address: str, port: int, deadline: float) -> list[Place]:
    """Where *address* is, as [(family, what connect() takes)]; only a name has to be looked up, in a thread.
    """
    places = _numeric(address, port)
    if places is None:
        lookup = asyncio.get_running_loop().getaddrinfo(address, port, type=socket.SOCK_STREAM)
        with _Timeouts():
            found = await asyncio.wait_for(lookup, deadline - time.monotonic())
        places = [(answer[0], answer[-1]) for answer in found]
    return places


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

    async def send(self, data: bytes, limit: float) -> None:
        """Hand over *data* within *limit*."""
        self._limit(limit)
        with _Timeouts():
            self._socket.sendall(data)

    async def receive(self, limit: float) -> bytes:
        """What arrives next, within *limit*; b"" at the end."""
        self._limit(limit)
        with _Timeouts():
            return self._socket.recv(CHUNK_BYTES)

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
    places = _numeric(address, port)
    if places is None:
        places = [
            (answer[0], answer[-1]) for answer in socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)
        ]
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


def _connected_either(address: str, ports: tuple[int, int], limit: float) -> list[Socket | OSError]:
    """`connect_either` without an event loop."""
    deadline = time.monotonic() + limit
    dialling, poller = {}, select.poll()
    outcomes: list[Socket | OSError] = [TimeoutError(), TimeoutError()]
    for place, port in enumerate(ports):
        family, target = _likeliest_place(address, port)
        candidate = socket.socket(family, socket.SOCK_STREAM)
        candidate.setblocking(False)
        candidate.connect_ex(target)
        dialling[candidate.fileno()] = place, candidate
        poller.register(candidate, select.POLLOUT)
    while dialling and deadline > time.monotonic():
        for number, _event in poller.poll(max(deadline - time.monotonic(), 0) * 1000):
            poller.unregister(number)
            place, candidate = dialling.pop(number)
            code = candidate.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                candidate.close()
                outcomes[place] = OSError(code, os.strerror(code))
            else:
                outcomes[place] = Socket(candidate)
                deadline = min(deadline, time.monotonic() + PREFERENCE_SECONDS)
    for _place, candidate in dialling.values():
        candidate.close()
    return outcomes


def _likeliest_place(address: str, port: int) -> Place:
    """Where *address* is: of a name with several addresses, an IPv4 one if there is one."""
    places = _numeric(address, port)
    if places is None:
        found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)
        places = sorted(((it[0], it[-1]) for it in found), key=lambda it: it[0] != socket.AF_INET)
    return places[0]


class _Timeouts:
    """socket.timeout and asyncio.TimeoutError are TimeoutError only in newer Pythons (3.10, 3.11)."""

    def __enter__(self) -> _Timeouts:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        if isinstance(error, (socket.timeout, asyncio.TimeoutError)):
            raise TimeoutError from None


def _on_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
