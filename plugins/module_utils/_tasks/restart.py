# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restarts of the miner, of its btminer, and the one of a factory reset: sent once, and proved by a clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._api.errors import NotConverged, OutcomeUnknown, WrongMachine
from .._engine.restarts import Watch, read_identity, wait_until_restarted
from .._engine.result import Result
from .._settings.base import with_value

if TYPE_CHECKING:
    from .._api.miner import Miner
    from .._settings.base import ByApi


@dataclass(frozen=True)
class Restart:
    """What restarts, the *clock* that shows it (a key of CLOCKS), and the requests by API."""

    name: str
    clock: str
    by_api: ByApi


MINER = Restart("a reboot", "miner", {2: [("reboot", {})], 3: [("set.system.reboot", {})]})
BTMINER = Restart(
    "a restart of btminer",
    "btminer",
    {2: [("restart_btminer", {})], 3: [with_value("set.miner.service", "restart")]},
)
FACTORY_RESET = Restart(
    "a factory reset", "miner", {2: [("factory_reset", {})], 3: [("set.system.factory_reset", {})]}
)


async def restart(
    miner: Miner, what: Restart, *, wait: bool, timeout: float, check_mode: bool = False
) -> list[str]:
    """Restart *what*, and prove that it happened; return the commands taken, none in check mode.

    Without *wait* the miner's word is enough, if it gave one. Raises OutcomeUnknown if it neither answered
    nor restarted within *timeout* seconds, NotConverged if it answered and didn't: its *command* was taken;
    WrongMachine, with a result, if another machine answers afterwards.
    """
    known = await read_identity(miner)
    ((command, params),) = miner.requests_for(what.name, what.by_api)
    await miner.require_may_write(command, known)
    if check_mode:
        return []
    watch = Watch(known, what.clock)
    unanswered = None
    try:
        await miner.send(command, params)
    except OutcomeUnknown as error:
        unanswered = error
    if unanswered is None and not wait:
        return [command]
    try:
        await wait_until_restarted(miner, watch, timeout)
    except NotConverged as error:
        if unanswered is None:
            raise NotConverged(
                f"it took {command}, and {error.problem}", miner=miner.name, command=command
            ) from None
        if wait or not watch.was_away:
            raise unanswered from None
    except WrongMachine as error:
        error.result = Result(changed=True, commands=[command])
        raise
    return [command]
