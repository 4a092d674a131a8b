# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A curtailment on its way: which miners are told what next, until the power is shed.

Calculation alone: readings go in, and the next changes come out. The loop around it is in loop.py.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment import effects, saved_state
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.changes import Change, as_it_is
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.declared import (
    FULL,
    UNLIMITED,
    CurtailmentError,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.priority import prioritised
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.readings import (
    NOT_READ,
    Reading,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.returned import (
    Returned,
    returned,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import Hold
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.declared import Curtailing
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.saved_state import (
        Entry,
        State,
    )
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import Groups

TRIES = 3
ROUNDS = 20


@dataclass
class Miner:
    """What a curtailment knows of one miner.

    *shared* are holds of other curtailments on it, and *shared_watts* what it took before them: it counts
    with that until this curtailment holds it too.
    """

    now: Reading
    was_watts: int | None
    shared: list[Hold] = field(default_factory=list)
    shared_watts: float = 0
    expected: int | None = None
    tries: int = 0
    done: bool = False
    problem: str | None = None

    @property
    def saving(self) -> int:
        """The watts that it is expected to save by its next change, as far as that is known."""
        watts = self.now.watts
        return 0 if watts is None or self.expected is None else watts - self.expected


@dataclass
class Shedding:
    """A curtailment by *declared*, whose saved *state* it changes.

    *verdict* is empty as long as there are *changes* to make; then ``met``, ``unreached`` where all are to be
    curtailed and some didn't answer, ``exhausted``, ``deadline`` or ``rounds``. *offset* is what the site's
    meter shows besides the miners.
    """

    declared: Curtailing
    state: State
    begun: float
    continued: bool
    miners: dict[str, Miner]
    lost: dict[str, str]
    blocked: dict[str, str]
    chosen: list[str]
    unreached: list[str]
    off_before: list[str]
    goal: saved_state.Goal
    deadline: float
    offset: float = 0
    round: int = 0
    last_round: int = ROUNDS
    queue: list[str] = field(default_factory=list)
    adopted: list[str] = field(default_factory=list)
    came_back: list[Returned] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    verdict: str = ""
    missing_watts: float = 0

    @property
    def watts(self) -> float:
        """What is taken now, where a miner that only others hold counts as if it were back."""
        return self.offset + sum(map(self._counts, self.miners))

    def _counts(self, host: str) -> float:
        miner = self.miners[host]
        shared = 0 if host in self.state.curtailed else miner.shared_watts
        return max(miner.now.watts or 0, shared)

    # The next changes

    def choose(self, now: float) -> None:
        """Work out the next changes, and save of their miners what they are; or the verdict."""
        demand = self.declared.demand
        self.changes = []
        self.adopted = []
        self._adopt(now)
        self.missing_watts = max(0, self.watts - self.goal.level_watts)
        tried = [host for host, miner in self.miners.items() if miner.tries and not miner.done]
        if not self.queue:
            untried = [host for host in self.chosen if not self.miners[host].tries]
            self.queue = [host for host in untried if effects.can_shed(demand, self.miners[host].now)]
        if not self.queue:
            self.queue = [host for host in tried if self.miners[host].tries < TRIES]
        if demand.of_all:
            left = {*tried, *self.queue}
            self.missing_watts = sum(self.miners[host].now.watts or 0 for host in left)
            self.verdict = "" if left else "unreached" if self.unreached else "met"
        else:
            self.verdict = "" if self.missing_watts > 0 else "met"
        self.verdict = self.verdict or self._end(now)
        if not self.verdict:
            self._change(now)
        elif self.verdict == "met":
            self.state.goal = None

    def _end(self, now: float) -> str:
        """Why no more can be done; empty if more can."""
        ends = {
            "exhausted": not self.queue,
            "deadline": now >= self.deadline,
            "rounds": self.round >= self.last_round,
        }
        return next((verdict for verdict, ended in ends.items() if ended), "")

    def _adopt(self, now: float) -> None:
        """Hold as well what other curtailments have made as low as this one would: as much as is needed."""
        watts, demand = self.watts, self.declared.demand
        for host in self.chosen:
            miner = self.miners[host]
            if not miner.shared or host in self.state.curtailed or effects.can_shed(demand, miner.now):
                continue
            if not demand.of_all and watts <= self.goal.level_watts:
                return
            told = saved_state.entry_of(miner.shared[0], miner.now.mac)
            if told is None:
                continue
            watts -= self._counts(host)
            self.state.curtailed[host] = replace(
                told, at=now, order=demand.params, watts=miner.shared_watts, done=True
            )
            watts += self._counts(host)
            miner.done = True
            miner.tries = 1
            self.adopted.append(host)

    def _change(self, now: float) -> None:
        demand, most = self.declared.demand, self.declared.ramp_watts
        chosen: list[str] = []
        saved = 0.0
        for host in self.queue:
            if not demand.of_all and saved >= self.missing_watts:
                break
            miner = self.miners[host]
            miner.expected = effects.expected_watts(demand, miner.now, self.declared.low_percent)
            # Of a miner that others have lessened, what they save counts from now on.
            saving = miner.saving + self._counts(host) - (miner.now.watts or 0)
            if saving > most:
                raise CurtailmentError(
                    f"curtailment_ramp_kw must be enough for any one miner, and {host} sheds "
                    f"{saving / 1000:g} kW"
                )
            # A miner whose power nobody knows fills a step.
            unknown = miner.now.watts is None and most < UNLIMITED
            if chosen and (unknown or saved + saving > most):
                break
            miner.tries += 1
            saved += saving
            chosen.append(host)
            self._save(host, miner, now)
            if unknown:
                break
        self.round += 1
        self.queue = self.queue[len(chosen) :]
        left = max(1, min(self.declared.wait_timeout, self.deadline - now))
        self.changes = [Change(chosen, {**demand.params, "wait_timeout": int(left)})]

    def _save(self, host: str, miner: Miner, now: float) -> None:
        old = self.state.curtailed.get(host)
        if old is None and miner.shared:
            old = saved_state.entry_of(miner.shared[0], miner.now.mac)
        order = self.declared.demand.params
        self.state.curtailed[host] = saved_state.entry_for(old, miner.now, order, now=now)

    def could_save(self, host: str) -> int | None:
        """The watts that *host* is expected to save if it is curtailed as demanded; None if it can't be, or
        nobody knows.
        """
        demand, now = self.declared.demand, self.miners[host].now
        expected = effects.expected_watts(demand, now, self.declared.low_percent)
        if not effects.can_shed(demand, now) or now.watts is None or expected is None:
            return None
        return now.watts - expected

    def shed_by_reason(self) -> dict[str, list[float]]:
        """The watts that each curtailed miner saves now, by the reason of each of its curtailments."""
        found: dict[str, list[float]] = {}
        for host, miner in self.miners.items():
            entry = self.state.curtailed.get(host)
            if entry is not None and entry.done and entry.before.watts is not None:
                saved = max(0, entry.before.watts - (miner.now.watts or 0))
                found.setdefault(self.declared.reason, []).append(saved)
            for hold in miner.shared:
                saved = max(0, (hold.before.get("watts") or 0) - (miner.now.watts or 0))
                found.setdefault(hold.reason, []).append(saved)
        return found

    # What came of them

    def follow(
        self,
        problems: Mapping[str, str | None],
        seen: Mapping[str, Reading],
        now: float,
        *,
        meter_watts: float | None = None,
    ) -> None:
        """Take what came of the changes, and choose the next.

        *problems* are those of the changed hosts, None where there was none; *seen* is what all miners show,
        and *meter_watts* the site's meter, if it was asked. A miner that is lost now counts with what it took
        when it was last seen.
        """
        demand = self.declared.demand
        self._take(seen, meter_watts)
        for host, problem in problems.items():
            miner, reading = self.miners[host], seen.get(host, NOT_READ)
            miner.problem = problem or reading.lost
            miner.done = reading.lost is None and effects.has_followed(
                demand, miner.now, miner.problem is None
            )
            if miner.done:
                miner.problem = None
                self.state.curtailed[host] = replace(self.state.curtailed[host], done=True)
            elif miner.problem is None:
                miner.problem = f"it took the change, and {as_it_is(miner.now)}"
        for miner in self.miners.values():
            if miner.done and miner.now.state == "on" and miner.expected is not None:
                # It may still be on its way: one that has just restarted takes less than it's going to.
                miner.now = replace(miner.now, watts=max(miner.now.watts or 0, miner.expected))
        self.choose(now)

    def look_again(self, seen: Mapping[str, Reading], now: float, meter_watts: float | None = None) -> None:
        """After the goal was met: find the miners that have come back since, and choose what to do."""
        demand = self.declared.demand
        self._take(seen, meter_watts)
        for host, miner in self.miners.items():
            entry = self.state.curtailed.get(host)
            if entry is None or not miner.done or host not in seen or seen[host].lost is not None:
                continue
            if effects.has_stayed(demand, miner.now):
                continue
            self.came_back.append(returned(host, entry, miner.now, now=now))
            miner.done = False
            miner.tries = 0
        self.state.goal = self.goal
        self.queue = []
        self.deadline = now + self.declared.deadline_seconds
        self.last_round += self.round
        self.choose(now)

    def _take(self, seen: Mapping[str, Reading], meter_watts: float | None) -> None:
        for host, miner in self.miners.items():
            reading = seen.get(host, NOT_READ)
            if reading.lost is not None:
                continue
            before = miner.now
            shown = {
                name: value
                for name in ("watts", "percent", "limit_watts")
                if (value := getattr(reading, name)) is not None
            }
            clocks = {name: getattr(reading, name) for name in ("machine_seconds", "mining_seconds")}
            miner.now = replace(
                before, state=reading.state, mode=reading.mode or before.mode, **shown, **clocks
            )
        if meter_watts is not None:
            self.offset = meter_watts - sum(miner.now.watts or 0 for miner in self.miners.values())


def begin(
    declared: Curtailing,
    state: State,
    seen: Mapping[str, Reading],
    *,
    groups: Groups,
    percents: Mapping[str, int | None],
    shared: Mapping[str, list[Hold]],
    blocked: Mapping[str, str],
    meter_watts: float | None = None,
    begun: float,
    now: float,
) -> Shedding:
    """The curtailment that *declared* asks for, with its first changes; *state* is changed.

    *seen* is what all miners show, *groups* maps the inventory's groups to their hosts, *percents* is from
    `known_percents`. *shared* are the holds of other curtailments by host, and *blocked* says of hosts that
    somebody else has the say over. *meter_watts* is what the site's meter shows. Raises CurtailmentError.
    """
    chosen = prioritised(seen, declared, groups)
    miners = {
        host: _miner(reading, percents.get(host), state.curtailed.get(host), shared=shared.get(host, []))
        for host, reading in seen.items()
        if reading.lost is None
    }
    of_miners = sum(miner.now.watts or 0 for miner in miners.values())
    demand = declared.demand
    run = Shedding(
        declared=declared,
        state=state,
        begun=begun,
        continued=False,
        miners=miners,
        lost={host: reading.lost for host, reading in seen.items() if reading.lost is not None},
        blocked={host: why for host, why in blocked.items() if host in miners},
        chosen=[host for host in chosen if host in miners and host not in blocked],
        unreached=[host for host in chosen if host not in miners] if demand.of_all else [],
        off_before=sorted(
            host for host, miner in miners.items() if miner.now.state == "off" and not miner.shared
        ),
        goal=saved_state.Goal({}, now, 0, 0),
        deadline=begun + declared.deadline_seconds,
        last_round=ROUNDS + (len(miners) if declared.ramp_watts < UNLIMITED else 0),
        offset=0 if meter_watts is None else meter_watts - of_miners,
    )
    request = {**demand.to_dict(), "hosts": hashlib.sha256("\n".join(sorted(seen)).encode()).hexdigest()[:16]}
    if state.goal is not None and state.goal.request == request:
        run.continued, run.goal = True, state.goal
    else:
        total = run.watts
        run.goal = saved_state.Goal(request, now, total, demand.level_watts(total, total - run.offset))
    state.goal, state.resuming = run.goal, None
    held_until = state.held_until if state.curtailed and state.held_until else 0
    if declared.hold_seconds:
        held_until = max(held_until, now + declared.hold_seconds)
    state.held_until = held_until or None
    run.choose(now)
    return run


def _miner(reading: Reading, percent: float | None, entry: Entry | None, *, shared: list[Hold]) -> Miner:
    """What a run knows of one miner.

    Its percentage is what it shows, or else the *percent* of its record, or else that of its *entry* if its
    power agrees.
    """
    if reading.percent is not None:
        percent = reading.percent
    elif percent is None and entry and entry.done and "percent" in entry.order:
        was, told = entry.before.watts, entry.order["percent"]
        if was and reading.watts is not None and reading.watts <= was * (told + 10) / FULL:
            percent = told
    before = (hold.before.get("watts") or 0 for hold in shared)
    return Miner(replace(reading, percent=percent), reading.watts, shared, max(before, default=0))
