# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The line to one miner: its address, the time limits, and what may be shown of what goes over it.

The clients of both APIs use one. A Line knows no protocol.
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import time
from typing import TYPE_CHECKING

from . import network
from .errors import (
    NoConnection,
    NotAMiner,
    OutcomeUnknown,
    OversizedReply,
    TimedOut,
    Unreachable,
    WhatsminerError,
)
from .excerpt import printable
from .masking import Mask

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from typing import TypeVar

    from .network import Connection

    T = TypeVar("T")

CONNECT_TIMEOUT_SECONDS = 5.0
REPLY_TIMEOUT_SECONDS = 10.0
RETRIES = 2
BACK_OFF_SECONDS = 0.25


class Line:
    """How the miner at *address* is reached.

    *connect_timeout* is the time in seconds until a connection stands, *reply_timeout* until a reply is
    whole. *retries* is how often a failed read is tried again, unless the time of a timeout has gone by then.
    *port* is that of the API which is spoken, and *label* what people call the miner. *mask* hides secrets in
    all that is shown of its answers. *trace*, if set, is called with a line of text for each exchange.
    """

    def __init__(
        self,
        address: str,
        port: int,
        *,
        connect_timeout: float = CONNECT_TIMEOUT_SECONDS,
        reply_timeout: float = REPLY_TIMEOUT_SECONDS,
        retries: int = RETRIES,
        label: str | None = None,
        mask: Mask | None = None,
    ) -> None:
        self.address = address
        self.connect_timeout = connect_timeout
        self.reply_timeout = reply_timeout
        self.retries = retries
        self.port = port
        self.label = label
        self.mask = mask or Mask()
        self.trace: Callable[[str], object] | None = None

    @property
    def name(self) -> str:
        """What people call the miner, and where it is: ``rack1-01 (192.168.1.101:4028)``."""
        place = f"{self.address}:{self.port}"
        return place if self.label in (None, self.address) else f"{self.label} ({place})"

    async def connect(self, port: int) -> Connection:
        """A connection to *port* of the miner. Raises Unreachable."""
        try:
            return await network.connect(self.address, port, self.connect_timeout)
        except (OSError, ValueError) as error:
            raise self.no_connection(error, port) from None

    def no_connection(self, error: OSError | ValueError, port: int) -> Unreachable:
        """What *error*, with which a connection to *port* failed, means to a user."""
        where = "" if port == self.port else f" to port {port}"
        if isinstance(error, TimeoutError):
            return NoConnection(f"no connection{where} within {self.connect_timeout:g} s", miner=self.name)
        # A ValueError is of a name that can't be one.
        return Unreachable(f"no connection{where}: {_why(error)}", miner=self.name)

    async def retrying(self, attempt: Callable[[], Awaitable[T]], retries: int | None = None) -> T:
        """The result of *attempt*, which is made again where it fails soon: a time-out is waited for once and
        no more. *retries* is how often at most, in place of the line's own number.
        """
        retries = self.retries if retries is None else retries
        # Not counting the pauses: a miner that is restarting refuses at once, and is worth waiting for.
        spent = 0.0
        for pause in range(retries + 1):
            begun = time.monotonic()
            try:
                return await attempt()
            except (Unreachable, NotAMiner) as error:
                spent += time.monotonic() - begun
                # A time-out may have been shorter than the line's own.
                permanent = isinstance(error, (OversizedReply, TimedOut)) or spent >= min(
                    self.connect_timeout, self.reply_timeout
                )
                if pause == retries or permanent:
                    self.explained(error)
                    raise
                await network.sleep(BACK_OFF_SECONDS * 2**pause * random.uniform(0.8, 1.2))
        raise AssertionError("unreachable")

    async def traced(
        self, where: str, command: str, exchange: Awaitable[T], *, summary: Callable[[T], str]
    ) -> T:
        """The outcome of *exchange*, about *command*; with a `trace`, a line of it that holds no secret.

        *where* is the API and the port; *summary* makes a few words of the outcome.
        """
        if self.trace is None:
            return await exchange
        begun, said = time.monotonic(), "interrupted"
        try:
            reply = await exchange
            said = summary(reply)
            return reply
        except WhatsminerError as error:
            said = error.problem
            raise
        finally:
            milliseconds = (time.monotonic() - begun) * 1000
            self.trace(self.mask.text(f"{where}: {printable(command)}: {said}, {milliseconds:.0f} ms"))

    def explained(self, error: WhatsminerError, command: str | None = None) -> WhatsminerError:
        """The same error, saying where it happened, and with no secret in what it quotes of the miner."""
        return error.without(self.mask).at(self.name, command)


def summary_of(code: int | None, ok: bool, text: str) -> str:
    """A reply in a few words: its code, and what it says where it says no."""
    said = "no code" if code is None else f"Code {code}"
    return said if ok else f"{said}, {printable(text) or 'refused'}"


@contextlib.contextmanager
def outcome_unknown(command: str) -> Iterator[None]:
    """What goes wrong once *command*, a write, is on its way leaves open whether the miner took it."""
    try:
        yield
    except (Unreachable, NotAMiner) as error:
        raise OutcomeUnknown(f"sent, and then {error.problem}", command=command) from None


def timed_out(seconds: float) -> TimedOut:
    """No whole reply came within *seconds*."""
    return TimedOut(f"no whole reply within {seconds:g} s")


def _why(error: OSError | ValueError) -> object:
    """What *error* means; the event loop's own text only repeats the address.

    What resolves names has other numbers.
    """
    number = getattr(error, "errno", None) or 0
    if number > 0 and not isinstance(error, socket.gaierror):
        return os.strerror(number)
    return getattr(error, "strerror", None) or error
