# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way back from a curtailment: which miners are restored next, and to what.

Calculation alone: readings go in, and the next changes come out. The loop around it is in loop.py.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.moments import told
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment import saved_state
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.changes import Change, as_it_is
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.declared import (
    FULL,
    UNLIMITED,
    CurtailmentError,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.readings import (
    NOT_READ,
    Reading,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.returned import (
    Returned,
    returned,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import Hold
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.declared import Resuming
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.saved_state import (
        Entry,
        State,
    )


@dataclass
class Miner:
    """What the way back knows of one miner.

    *goes_to* is its entry, as it is to be taken back while others hold it; *held_by* says who. *found_watts*
    is what it took at the start.
    """

    now: Reading
    goes_to: Entry
    found_watts: int | None
    held_by: str | None = None
    blocked: bool = False
    percent_set: bool = False
    limit_set: bool = False
    back: bool = False
    restored: bool = False
    problem: str | None = None

    @property
    def was_watts(self) -> float | None:
        """What it took before it was curtailed."""
        return self.goes_to.before.watts


@dataclass
class Restoring:
    """The way back by *declared*, in *steps*, lists of hosts; its saved *state* is changed.

    *elsewhere* are curtailed hosts outside the play. *ended* are the hosts that have been found to be back
    since the last look: their holds are to be ended, before the state is saved.
    """

    declared: Resuming
    state: State
    begun: float
    deadline: float | None
    wait_first: bool
    elsewhere: list[str]
    miners: dict[str, Miner] = field(default_factory=dict)
    steps: list[list[str]] = field(default_factory=list)
    step: int = -1
    late: bool = False
    cold: dict[str, str] = field(default_factory=dict)
    on_already: list[Returned] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    to_preheat: Change | None = None
    ended: list[str] = field(default_factory=list)

    def follow(
        self,
        preheated: Mapping[str, str | None],
        problems: Mapping[str, str | None],
        seen: Mapping[str, Reading],
        *,
        now: float,
    ) -> None:
        """Take what came of the changes, and choose the next. A miner that is seen to be back is struck.

        *preheated* and *problems* are the problems of the preheated and of the changed hosts, None where
        there was none; *seen* is what they show. A miner that couldn't be preheated is powered on all the
        same.
        """
        self.ended = []
        self.cold.update({host: problem for host, problem in preheated.items() if problem})
        for host, problem in problems.items():
            miner, reading = self.miners[host], seen.get(host, NOT_READ)
            problem = problem or reading.lost or another(miner.goes_to, reading)
            if problem is None:
                asked = restoration(miner)
                miner.now = reading
                miner.percent_set = miner.percent_set or "percent" in asked
                miner.limit_set = miner.limit_set or "limit_watts" in asked
                if not restoration(miner):
                    self._strike(host)
                    miner.restored = True
                elif restoration(miner) == asked:
                    problem = f"it took the change, and {as_it_is(miner.now)}"
            miner.problem = problem
        self.proceed(now)

    def _strike(self, host: str) -> None:
        self.miners[host].back = True
        self.ended.append(host)
        del self.state.curtailed[host]

    def proceed(self, now: float) -> None:
        """Work out what is left to change in this step, or else the changes of the next one, if there's time
        for it.
        """
        self.changes = self._of_step(now)
        self.to_preheat = None
        if self.changes:
            return
        if self.step + 1 >= len(self.steps):
            self.state.resuming = None
            return
        self.late = self.deadline is not None and now + self.declared.pause_seconds >= self.deadline
        if self.late:
            return
        self.step += 1
        self.changes = self._of_step(now)
        if self.declared.preheat:
            cold = [host for host in self.steps[self.step] if self.miners[host].now.state == "off"]
            timeout = self._left(now, self.declared.preheat_timeout)
            if cold:
                self.to_preheat = Change(cold, {"state": "preheated", "wait_timeout": timeout})

    def _of_step(self, now: float) -> list[Change]:
        """The changes of the miners of the step that aren't back and may yet come."""
        alike: dict[str, list[str]] = {}
        for host in self.steps[self.step] if self.step >= 0 else ():
            miner = self.miners[host]
            if not miner.back and miner.problem is None:
                alike.setdefault(json.dumps(restoration(miner), sort_keys=True), []).append(host)
        timeout = self._left(now, self.declared.wait_timeout)
        return [
            Change(hosts, {**json.loads(params), "wait_timeout": timeout}) for params, hosts in alike.items()
        ]

    def _left(self, now: float, timeout: float) -> int:
        """Seconds that a change given *now* may take: whole, and at least one."""
        return int(max(1, timeout if self.deadline is None else min(timeout, self.deadline - now)))

    def _divide(self) -> list[list[str]]:
        """Lists of hosts to restore together, each within the declared kW or number of miners.

        The most efficient come first. Raises CurtailmentError.
        """
        most_watts, most_miners = self.declared.step_watts, self.declared.step_miners

        def best(host: str) -> tuple[bool, float, str]:
            efficiency = self.miners[host].goes_to.before.efficiency
            return (efficiency is None, efficiency or 0, host)

        steps: list[list[str]] = []
        watts = 0.0
        left = [host for host, miner in self.miners.items() if not miner.back and not miner.problem]
        for host in sorted(left, key=best):
            miner = self.miners[host]
            # A miner whose power nobody knows fills a step.
            rise = 0 if most_watts == UNLIMITED else most_watts
            if miner.was_watts is not None:
                rise = max(0, miner.was_watts - (miner.found_watts or 0))
            if rise > most_watts:
                raise CurtailmentError(
                    f"curtailment_step_kw must be enough for any one miner, and {host} takes "
                    f"{rise / 1000:g} kW"
                )
            if not steps or watts + rise > most_watts or len(steps[-1]) >= most_miners:
                steps.append([])
                watts = 0.0
            steps[-1].append(host)
            watts += rise
        return steps


def another(entry: Entry, reading: Reading) -> str | None:
    """What is wrong if *reading* is of another machine than *entry*; None if it isn't."""
    if entry.mac and reading.mac and entry.mac != reading.mac:
        return f"another machine is there, {reading.mac} instead of the {entry.mac} that was curtailed"
    return None


def restoration(miner: Miner) -> dict[str, Any]:
    """The options of whatsminer_power that bring *miner* a step closer to what it was; none if it's there."""
    entry, now = miner.goes_to, miner.now
    before = entry.before
    if before.state == "off":
        return {}
    if now.state == "off":
        return {"state": "on"}
    params: dict[str, Any] = {}
    if before.mode and now.mode and before.mode != now.mode:
        params["mode"] = before.mode
    if entry.limit_set and not _limit_is_back(miner):
        params["limit_watts"] = "reset" if before.limit_watts is None else str(int(before.limit_watts))
    # A restart makes it full power, which is what a miner is taken to have had if nothing else is known.
    percent = FULL if before.percent is None else before.percent
    is_set = miner.percent_set if now.percent is None else now.percent == percent
    if (entry.percent_set or percent != FULL) and (params or not is_set):
        params["percent"] = percent
    return params


def _limit_is_back(miner: Miner) -> bool:
    shown, before = miner.now.limit_watts, miner.goes_to.before.limit_watts
    if shown is None or before is None:
        return miner.limit_set
    return shown == before


def begin(
    declared: Resuming,
    state: State,
    seen: Mapping[str, Reading],
    *,
    hosts: Sequence[str],
    shared: Mapping[str, list[Hold]],
    blocked: Mapping[str, str],
    ended: Mapping[str, float],
    begun: float,
    now: float,
) -> Restoring:
    """The way back that *declared* asks for, with all its steps; *state* is changed.

    *seen* is what the curtailed miners show, *hosts* are those of the play. *shared* are holds of other
    curtailments by host, *blocked* says of hosts that somebody else has the say over, and *ended* since when
    holds have been over. Raises CurtailmentError, also where it's too early.
    """
    allowed = state.held_until
    if declared.hold_seconds is not None:
        ordered_at = max((entry.at for entry in state.curtailed.values()), default=0)
        allowed = ordered_at + declared.hold_seconds
    if state.curtailed and allowed is not None and now < allowed:
        raise CurtailmentError(
            f"the curtailment by {declared.reason} may not be taken back before {told(allowed, now)} "
            "(curtailment_hold_seconds): run it then, or with curtailment_hold_seconds=0 to take it back now"
        )
    play = set(hosts)
    run = Restoring(
        declared=declared,
        state=state,
        begun=begun,
        deadline=begun + declared.deadline_seconds if declared.deadline_seconds else None,
        wait_first=state.resuming is not None,
        elsewhere=[host for host in state.curtailed if host not in play],
    )
    state.goal, state.resuming = None, now
    for host, reading in seen.items():
        _look_at(run, host, reading, shared=shared.get(host, []), blocked=blocked.get(host), now=now)
    # Of a hold that is over, nobody was kept from switching the miner on.
    run.on_already = [came for came in run.on_already if not _was_free(came, ended.get(came.host))]
    run.steps = run._divide()
    run.proceed(now)
    return run


def _was_free(came: Returned, ended: float | None) -> bool:
    return ended is not None and (came.since is None or came.since >= ended)


def _look_at(
    run: Restoring, host: str, reading: Reading, *, shared: list[Hold], blocked: str | None, now: float
) -> None:
    entry = run.state.curtailed[host]
    miner = Miner(
        reading,
        saved_state.beside(entry, shared),
        reading.watts if reading.lost is None else None,
        held_by=", ".join(hold.told(now) for hold in shared) or None,
        blocked=blocked is not None,
        problem=reading.lost or another(entry, reading) or blocked,
    )
    run.miners[host] = miner
    if miner.problem is not None:
        return
    if reading.state == "on" and entry.done and entry.order.get("state") == "off":
        run.on_already.append(returned(host, entry, reading, now=now))
    if not restoration(miner):
        run._strike(host)
