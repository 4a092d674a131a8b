# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Polling a miner, and telling by its clocks that it, or its btminer, has restarted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .._api import network, recognition
from .._api.errors import NotAMiner, NotConverged, Unreachable
from .._facts.clocks import CLOCKS
from .._facts.tables import find, pick

if TYPE_CHECKING:
    from .._api.miner import Miner
    from .._facts.shapes import Facts

LONGEST_PAUSE_SECONDS = 3.0

# Uptimes come in whole seconds, and clocks of miners drift by less than this share.
SLACK_SECONDS = 3
DRIFT = 0.001


class Pauses:
    """For ``async for``: comes at once, and then again and again, ever more slowly, until the caller stops.
    """

    # Not a generator: the event loop would have to clean up after each that isn't run to its end.

    def __init__(self) -> None:
        self._pause = 0.0

    def __aiter__(self) -> Pauses:
        return self

    async def __anext__(self) -> None:
        if self._pause:
            await network.sleep(self._pause)
        self._pause = min(self._pause * 1.6, LONGEST_PAUSE_SECONDS) or 0.1


class Watch:
    """Taken before a restart is ordered; `restarted` then tells, from later facts, whether it happened.

    *known* are facts of before, *scope* is ``miner`` or ``btminer``. That the API was away for a while proves
    nothing about the miner as long as there is a clock to look at; about btminer it does.
    """

    def __init__(self, known: Facts, scope: str = "miner") -> None:
        self._scope = scope
        self._before: dict[str, int] = pick(known, CLOCKS.values())
        self._begun = time.monotonic()
        # A btminer that had crashed has restarted once it answers.
        self.was_away = scope == "btminer" and known.get("state") == "on" and CLOCKS[scope] not in known

    def restarted(self, known: Facts, asked: float) -> bool:
        """Whether *known*, facts that were *asked* for at that moment of time.monotonic(), show a restart: a
        clock that began anew, or that it was away.

        The answer may have lain here for a while: by the time of now, a clock that went on would be slow.
        """
        if self._scope == "btminer":
            return self.was_away or any(self._began_anew(name, known, asked) for name in self._before)
        clock = CLOCKS["miner"]
        if clock in self._before and clock in known:
            return self._began_anew(clock, known, asked)
        return self.was_away

    def _began_anew(self, clock: str, known: Facts, asked: float) -> bool:
        if clock not in known:
            return False
        before, now, passed = self._before[clock], find(known, clock), asked - self._begun
        if before < SLACK_SECONDS and self.was_away:  # too young for its clock alone to prove anything
            return bool(now <= passed)
        return bool(now < before or now < before + passed * (1 - DRIFT) - SLACK_SECONDS)


async def wait_until_restarted(miner: Miner, watch: Watch, timeout: float) -> Facts:
    """Poll *miner* until *watch* sees that it has restarted and answers again; return its facts.

    It's also to be seen that it is the same machine. Raises NotConverged after *timeout* seconds, and
    WrongMachine if another one answers.
    """
    deadline = time.monotonic() + timeout
    async for _again in Pauses():
        fault, asked = "it shows no restart", time.monotonic()
        try:
            reading = await miner.read("state", *CLOCKS.values(), once=True)
            down = reading.down and reading.facts.get("state") != "off"
            watch.was_away = watch.was_away or down
            if not down and watch.restarted(reading.facts, asked):
                if await recognition.confirm(miner, reading.facts):
                    return reading.facts
                mac = miner.identity.pinned_mac
                fault = f"it answers and shows no MAC, so it can't be told whether it is {mac}"
        except (Unreachable, NotAMiner) as error:
            watch.was_away = True
            fault = error.problem
        if time.monotonic() > deadline:
            raise NotConverged(f"after {timeout:g} s {fault}", miner=miner.name)
    raise AssertionError("unreachable")


async def wait_until_mining(miner: Miner, timeout: float) -> bool | None:
    """Poll *miner* for at most *timeout* seconds until it mines at one of its pools; return whether it does.

    Pools can be set, and alive, and not be mined at (field notes). A miner that is powered off isn't waited
    for. Returns None where the firmware doesn't show it.
    """
    deadline = time.monotonic() + timeout
    async for _again in Pauses():
        known: Facts = {}
        down = True
        try:
            reading = await miner.read("pools", "state", once=True)
            known, down = reading.facts, reading.down
        except (Unreachable, NotAMiner):
            pass
        shown = [pool["active"] for pool in known.get("pools", ()) if "active" in pool]
        if any(shown) or known.get("state") == "off":
            return any(shown)
        if not down and not shown:
            return None
        if time.monotonic() > deadline:
            return False
    raise AssertionError("unreachable")


async def read_identity(miner: Miner, *, once: bool = False) -> Facts:
    """The facts of *miner* that a restart or a new firmware is judged by, and which machine it is.

    With *once*, what fails isn't tried again. Raises WrongMachine.
    """
    wanted = ("state", "firmware_version", "platform", "mac", *CLOCKS.values())
    return (await miner.read(*wanted, once=once)).facts
