# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ports of both APIs, dialled at the same time: what takes no connection on one may take it on the other.

A scan dials thousands of addresses, so both ports wait in one place: no task and no timer is made for them.
"""

from __future__ import annotations

import asyncio
import errno
import os
import select
import socket
import time
from typing import TYPE_CHECKING

from .network import Polled, Socket, is_on_a_loop, places, places_now
from .readiness import readiness

if TYPE_CHECKING:
    from collections.abc import Callable

    from .network import Address, Connection, Place

# How much longer than one port the other may take: TCP itself dials again after a second.
PREFERENCE_SECONDS = 1.2


async def connect_either(address: str, ports: tuple[int, int], limit: float) -> list[Connection | OSError]:
    """Connections to both *ports* of *address*, dialled at the same time; the error in place of one that
    doesn't stand.

    Once one stands, the other has PREFERENCE_SECONDS more: a firewall may drop what a closed port would
    refuse. Of a name with several addresses, one is dialled. Raises OSError or ValueError for a name that
    can't be looked up.
    """
    deadline = time.monotonic() + limit
    if is_on_a_loop():
        place = _likeliest(await places(address, ports[0], deadline))
        return await _dialled(place, ports, deadline)
    return _connected(_likeliest(places_now(address, ports[0])), ports, deadline)


def _likeliest(found: list[Place]) -> Place:
    """Of the places that a name has, an IPv4 one if there is one."""
    return min(found, key=lambda place: place[0] != socket.AF_INET)


class _Dialling:
    """Two ports, each of which is under way (an entry in *under_way*, by its index), or has an outcome."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.under_way: dict[int, Connection] = {}
        self.outcomes: list[Connection | OSError] = [TimeoutError(), TimeoutError()]

    @property
    def numbers(self) -> list[int]:
        """The file descriptors of what is under way."""
        return [candidate.number for candidate in self.under_way.values()]

    def begin(self, target: Address, ports: tuple[int, int], made: Callable[[], Connection]) -> None:
        """Dial both *ports* of *target*, each by what *made* gives."""
        for index, port in enumerate(ports):
            try:
                candidate = made()
            except OSError as error:  # this machine lacks a file for it
                self.outcomes[index] = error
                continue
            self._settle(index, candidate, candidate.begin((target[0], port, *target[2:])))

    def settle(self) -> None:
        """Look how far each port has come that is under way."""
        for index, candidate in list(self.under_way.items()):
            self._settle(index, candidate, candidate.dialled())

    def _settle(self, index: int, candidate: Connection, code: int) -> None:
        if code == errno.EINPROGRESS:
            self.under_way[index] = candidate
            return
        self.under_way.pop(index, None)
        if code:
            candidate.close()
            self.outcomes[index] = OSError(code, os.strerror(code))
        else:
            self.outcomes[index] = candidate
            self.deadline = min(self.deadline, time.monotonic() + PREFERENCE_SECONDS)

    def give_up(self) -> None:
        """Close what is under way."""
        for candidate in self.under_way.values():
            candidate.close()
        self.under_way.clear()

    def close(self) -> None:
        """Close all, what stands too."""
        self.give_up()
        for outcome in self.outcomes:
            if not isinstance(outcome, OSError):
                outcome.close()


async def _dialled(place: Place, ports: tuple[int, int], deadline: float) -> list[Connection | OSError]:
    """`connect_either` on the event loop."""
    family, target = place
    dialling = _Dialling(deadline)
    try:
        dialling.begin(target, ports, lambda: Polled(family))
        if not dialling.under_way:
            await asyncio.sleep(0)  # the others have their turn, however fast addresses refuse
        while dialling.under_way:
            try:
                await readiness().wait_either(dialling.numbers, dialling.deadline)
            except TimeoutError:
                break
            dialling.settle()
    except BaseException:  # an interruption
        dialling.close()
        raise
    dialling.give_up()
    return dialling.outcomes


def _connected(place: Place, ports: tuple[int, int], deadline: float) -> list[Connection | OSError]:
    """`connect_either` without an event loop."""
    family, target = place
    dialling = _Dialling(deadline)
    try:
        dialling.begin(target, ports, lambda: Socket(socket.socket(family, socket.SOCK_STREAM)))
        while dialling.under_way:
            left = dialling.deadline - time.monotonic()
            poller = select.poll()
            for number in dialling.numbers:
                poller.register(number, select.POLLOUT)
            if left <= 0 or not poller.poll(left * 1000):
                break
            dialling.settle()
    except BaseException:
        dialling.close()
        raise
    dialling.give_up()
    return dialling.outcomes
