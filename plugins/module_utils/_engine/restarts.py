# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Polling a miner, and telling by its clocks that it, or its btminer, has restarted."""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING

from .._api import network
from .._api.errors import (
    NotAMiner,
    NotConverged,
    NotRunning,
    OutcomeUnknown,
    UnknownCommand,
    Unreachable,
    WhatsminerError,
)
from .._api.v2 import readings as facts_of
from .._api.v2.commands import COMMANDS

if TYPE_CHECKING:

    from .._api.miner import Miner, Replies
    from .._facts.shapes import Facts

LONGEST_PAUSE_SECONDS = 3.0

# Uptimes come in whole seconds, and clocks of miners drift by less than this share.
SLACK_SECONDS = 3
DRIFT = 0.001

#: The fact that counts seconds since the last start of each.
CLOCKS = {"miner": "uptime_seconds", "btminer": "elapsed_seconds"}


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


def without_retries(miner: Miner) -> Miner:
    """*miner* for polling: a failed read isn't tried again at once, since the next poll does that."""
    poller = copy.copy(miner)
    poller.retries = 0
    return poller


def is_down(replies: Replies) -> bool:
    """Whether btminer doesn't answer, in *replies* (Miner.ask).

    Raises any error that means something else.
    """
    down = False
    for command, reply in replies.items():
        if isinstance(reply, UnknownCommand) and command in facts_of.OPTIONAL:
            continue
        if isinstance(reply, (NotRunning, UnknownCommand)):
            down = down or COMMANDS[command].joinable
        elif isinstance(reply, WhatsminerError):
            raise reply
    return down


class Watch:
    """Taken before a restart is ordered; `restarted` then tells, from later facts, whether it happened.

    *known* are facts of before, *scope* is ``miner`` or ``btminer``. That the API was away for a while proves
    nothing about the miner as long as there is a clock to look at; about btminer it does.
    """

    def __init__(self, known: Facts, scope: str = "miner") -> None:
        self._scope = scope
        self._before = {name: known[name] for name in CLOCKS.values() if name in known}
        self._begun = time.monotonic()
        # A btminer that had crashed has restarted once it answers.
        self.was_away = scope == "btminer" and known.get("state") == "on" and CLOCKS[scope] not in known

    def restarted(self, known: Facts) -> bool:
        """Whether *known*, facts of now, show a restart: a clock that began anew, or that it was away."""
        if self._scope == "btminer":
            return self.was_away or any(self._began_anew(name, known) for name in self._before)
        clock = CLOCKS["miner"]
        return self._began_anew(clock, known) if clock in self._before and clock in known else self.was_away

    def _began_anew(self, clock: str, known: Facts) -> bool:
        if clock not in known:
            return False
        before, now, passed = self._before[clock], known[clock], time.monotonic() - self._begun
        if before < SLACK_SECONDS and self.was_away:  # too young for its clock alone to prove anything
            return bool(now <= passed)
        return bool(now < before or now < before + passed * (1 - DRIFT) - SLACK_SECONDS)


async def wait_until_restarted(miner: Miner, watch: Watch, timeout: float) -> Facts:
    """Poll *miner* until *watch* sees that it has restarted and answers again; return its facts.

    It's also to be seen that it is the same machine. Raises NotConverged after *timeout* seconds, and
    WrongMachine if another one answers.
    """
    poller = without_retries(miner)
    deadline = time.monotonic() + timeout
    async for _again in Pauses():
        known, fault = {}, "it shows no restart"
        try:
            replies = await poller.ask("summary", "status")
            known = facts_of.normalise(replies)
            miner.recognise(known)
            down = is_down(replies) and known.get("state") != "off"
            watch.was_away = watch.was_away or down
            if not down and watch.restarted(known):
                if await miner.confirm(known):
                    return known
                fault = f"it answers and shows no MAC, so it can't be told whether it is {miner.pinned_mac}"
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
    poller = without_retries(miner)
    deadline = time.monotonic() + timeout
    async for _again in Pauses():
        known, down = {}, True
        try:
            replies = await poller.ask("pools", "status")
            known, down = facts_of.normalise(replies), is_down(replies)
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


async def read_identity(miner: Miner) -> Facts:
    """The facts of *miner* that a restart or a new firmware is judged by, and which machine it is.

    Raises WrongMachine.
    """
    replies = await miner.ask("summary", "status", "get_version")
    is_down(replies)
    known = facts_of.normalise(replies)
    if "mac" not in known:
        known = facts_of.normalise({**replies, **await miner.ask("get_miner_info")})
    miner.recognise(known)
    return known


async def restart(miner: Miner, command: str, scope: str, wait: bool, timeout: float) -> None:
    """Order *command*, which restarts *scope* (``miner`` or ``btminer``), once, and prove by its clock that
    it happened.

    Without *wait* the miner's word is enough, if it gave one. Raises OutcomeUnknown if it neither answered
    nor restarted within *timeout* seconds, NotConverged if it answered and didn't.
    """
    known = await read_identity(miner)
    miner.require_recognised(command, known)
    watch = Watch(known, scope)
    unanswered = None
    try:
        await miner.order(command)
    except OutcomeUnknown as error:
        unanswered = error
    if unanswered is None and not wait:
        return
    try:
        await wait_until_restarted(miner, watch, timeout)
    except NotConverged as error:
        if unanswered is None:
            raise NotConverged(f"it took {command}, and {error.problem}", miner=miner.name) from None
        if wait or not watch.was_away:
            raise unanswered from None
