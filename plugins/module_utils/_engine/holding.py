# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module leaves alone of a miner, since somebody else has the say over it.

A task that declares settings leaves those out that are covered (plan.py). A task that does something, such as
a reboot, is left alone as a whole.
"""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._api.commands import Effect
from .hold_store import HoldStore, is_used
from .holds import ALL, POWER, Hold, hold_from, longest
from .restarts import read_identity
from .result import Result

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .._api.miner import Miner, Params

    Run = Callable[[Miner, Params, bool], Awaitable[Result]]

_LEFT = (
    "left as {it} {is_}, since somebody else has the say: {names}. With ignore_holds: true it is changed all "
    "the same"
)
_IGNORED = "changed although somebody else has the say: {names} (ignore_holds)"


@dataclass
class Holding:
    """The *holds* on a miner that aren't over at the moment *now*, and whether they are *ignored*.

    It notes what would have been changed but for them, or is changed in spite of them, for the warning.
    """

    holds: tuple[Hold, ...] = ()
    ignored: bool = False
    now: float = 0.0
    _concerned: dict[str, str] = field(default_factory=dict)

    def keeps(self, name: str) -> bool:
        """Whether the setting of this name is left as it is, whatever is declared of it."""
        return not self.ignored and any(hold.covers(name) for hold in self.holds)

    def on_setting(self, name: str, effect: Effect = Effect.CHANGES, *, changes: bool = True) -> str | None:
        """By whom the setting of this name is left alone, as text; None if it isn't.

        *effect* is what a change of it does to the miner, and *changes* says whether it would be changed.
        """
        return self._left([hold for hold in self.holds if hold.covers(name)], name, effect, changes=changes)

    def on_task(self, name: str, effect: Effect) -> str | None:
        """By whom the task of this name, which does *effect* to the miner, is left alone, or None."""
        return self._left([hold for hold in self.holds if hold.kind == ALL], name, effect, changes=True)

    def _left(self, covering: list[Hold], name: str, effect: Effect, *, changes: bool) -> str | None:
        endangered = [hold for hold in self.holds if _endangers(hold, effect)]
        last = longest([*covering, *endangered])
        if last is None:
            return None
        holder = last.told(self.now)
        if changes:
            self._concerned[name] = holder
        return None if self.ignored else holder

    def warnings(self) -> list[str]:
        """What to say of what was left alone, or changed all the same."""
        if not self._concerned:
            return []
        if self.ignored:
            return [_IGNORED.format(names=_named(self._concerned))]
        one = len(self._concerned) == 1
        names = _named(self._concerned)
        return [_LEFT.format(it="it" if one else "they", is_="is" if one else "are", names=names)]


NOTHING_HELD = Holding()


def _endangers(hold: Hold, effect: Effect) -> bool:
    """Whether what does *effect* to a miner takes its power out of the hands of *hold*.

    A restart may start mining on a miner that is off, and loses a power percentage.
    """
    return hold.kind == POWER and effect >= Effect.RESTARTS


# All miners of a process share one.
_store_in = functools.lru_cache(maxsize=None)(HoldStore)


def holding(params: Params, mac: str | None) -> Holding:
    """What holds the miner that *params*, a module's, lead to, and that has or is to have *mac*.

    Raises HoldStoreFault.
    """
    now = time.time()
    found = params.get("held")
    if found is not None:  # looked up on the controller, from where this module was shipped
        holds = tuple(map(hold_from, found))
    else:
        directory = params.get("holds")
        held = None
        if directory is not None:
            held = _store_in(directory).find(params.get("hold_as") or params.get("host"), mac)
        holds = held.holds if held else ()
    return Holding(
        tuple(hold for hold in holds if not hold.is_over(now)), bool(params.get("ignore_holds")), now
    )


def leaves_held(name: str, effect: Effect) -> Callable[[Run], Run]:
    """Makes a module's ``run``, which does *effect* to the miner, leave a held miner alone.

    Its Result then is unchanged, and says who holds what *name* stands for.
    """

    def decorate(run: Run) -> Run:
        @functools.wraps(run)
        async def run_unless_held(miner: Miner, params: Params, check_mode: bool = False) -> Result:
            held, result = await held_task(miner, params, name, effect=effect)
            if result is not None:
                return result
            result = await run(miner, params, check_mode)
            result.warnings += held.warnings()
            return result

        return run_unless_held

    return decorate


async def held_task(
    miner: Miner, params: Params, name: str, *, effect: Effect
) -> tuple[Holding, Result | None]:
    """(what holds *miner*; the Result of a task called *name* that is left alone by that, else None).

    A miner that nothing pins is found by the MAC address that it shows. Raises HoldStoreFault.
    """
    mac = miner.identity.pinned_mac
    held = holding(params, mac)
    if mac is None and not held.holds and params.get("held") is None and is_used(params.get("holds")):
        held = holding(params, (await read_identity(miner)).get("mac"))
    holder = held.on_task(name, effect)
    return held, None if holder is None else Result(held={name: holder}, warnings=held.warnings())


def _named(held: dict[str, str]) -> str:
    """``power.mode, power.state (curtailed since 14:50 by grid)``: names of one holder stand together."""
    by: dict[str, list[str]] = {}
    for name, holder in held.items():
        by.setdefault(holder, []).append(name)
    return "; ".join(f"{', '.join(names)} ({holder})" for holder, names in by.items())
