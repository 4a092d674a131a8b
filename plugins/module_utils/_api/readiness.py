# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting, on an event loop, until sockets can be read or written."""

from __future__ import annotations

import asyncio
import select
import time
import weakref
from collections.abc import Collection

# How late a limit may be noticed at most.
_TICK_SECONDS = 0.05


class Readiness:
    """The sockets of one event loop, by their file descriptors: which are waited for, and until when.

    One timer looks at all limits: timers of their own would be half of what waiting costs.
    """

    def __init__(self) -> None:
        # File descriptor -> (future, deadline).
        self._waiting: dict[int, tuple[asyncio.Future[None], float]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def join(self, number: int) -> None:
        """From now on *number* may be waited for."""

    def leave(self, number: int) -> None:
        """It's about to be closed."""

    async def wait(self, number: int, deadline: float, writing: bool) -> None:
        """Wait until the socket may be ready for what it just wasn't, *writing* or reading."""
        await self._ready((number,), deadline)

    async def wait_either(self, numbers: Collection[int], deadline: float) -> None:
        """Wait until one of the sockets, or more, may be ready for writing."""
        await self._ready(numbers, deadline)

    async def _ready(self, numbers: Collection[int], deadline: float) -> None:
        loop = asyncio.get_running_loop()
        ready = loop.create_future()
        for number in numbers:
            self._waiting[number] = ready, deadline
        if self._timer is None:
            self._timer = loop.call_later(_TICK_SECONDS, self._expire)
        try:
            await ready
        finally:
            for number in numbers:
                self._waiting.pop(number, None)

    def _wake(self, number: int) -> None:
        ready, _deadline = self._waiting.get(number, (None, None))
        if ready is not None and not ready.done():
            ready.set_result(None)

    def _expire(self) -> None:
        now = time.monotonic()
        for ready, deadline in self._waiting.values():
            if deadline <= now and not ready.done():
                ready.set_exception(TimeoutError())
        self._timer = (
            asyncio.get_running_loop().call_later(_TICK_SECONDS, self._expire) if self._waiting else None
        )


class _ByEpoll(Readiness):
    """All behind one file for the loop, which so needn't be told of each wait."""

    def __init__(self) -> None:
        super().__init__()
        self._members: set[int] = set()
        self._epoll: select.epoll | None = None

    def join(self, number: int) -> None:
        if self._epoll is None:
            self._epoll = select.epoll()
            asyncio.get_running_loop().add_reader(self._epoll.fileno(), self._wake_all)
        # Told of changes only: what is used until it isn't ready, and waited for then, needs no more.
        self._epoll.register(number, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)
        self._members.add(number)

    def leave(self, number: int) -> None:
        self._members.discard(number)  # closing it is all that the system needs
        if not self._members and self._epoll is not None:
            asyncio.get_running_loop().remove_reader(self._epoll.fileno())
            self._epoll.close()
            self._epoll = None

    def _wake_all(self) -> None:
        for number, _events in self._epoll.poll(0) if self._epoll else ():
            self._wake(number)


class _ByLoop(Readiness):
    """Where there is no epoll, as on macOS: the loop is told of each wait."""

    async def wait(self, number: int, deadline: float, writing: bool) -> None:
        loop = asyncio.get_running_loop()
        watch, unwatch = (
            (loop.add_writer, loop.remove_writer) if writing else (loop.add_reader, loop.remove_reader)
        )
        watch(number, self._wake, number)
        try:
            await super().wait(number, deadline, writing)
        finally:
            unwatch(number)

    async def wait_either(self, numbers: Collection[int], deadline: float) -> None:
        loop = asyncio.get_running_loop()
        for number in numbers:
            loop.add_writer(number, self._wake, number)
        try:
            await super().wait_either(numbers, deadline)
        finally:
            for number in numbers:
                loop.remove_writer(number)


_of_loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Readiness] = weakref.WeakKeyDictionary()


def readiness() -> Readiness:
    """That of the running loop."""
    loop = asyncio.get_running_loop()
    if loop not in _of_loops:
        _of_loops[loop] = _ByEpoll() if hasattr(select, "epoll") else _ByLoop()
    return _of_loops[loop]
