# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The loops of a curtailment and of the way back: save, change, read, and again.

Whenever this is killed, what was saved last is enough to go on: run the same again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment import restoring, shedding
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.declared import (
    UNLIMITED,
    as_number,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.readings import (
    known_percents,
    problem_of,
    readings,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.run_lock import Busy
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.applied_records import Record
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.changes import Change
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.declared import (
        Curtailing,
        Resuming,
    )
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.keeper import Keeper
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.readings import Reading
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.restoring import Restoring
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.shedding import Shedding
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import Groups, TaskResult

# With "network" for the MAC address, which firmware since 2024 doesn't show besides.
_WHO = ("!min", "power", "network")
_POWER = ("!min", "power")


class Site(Protocol):
    """The miners, the meter and the people, as the loops know them."""

    check_mode: bool

    def now(self) -> float:
        """The present moment."""

    def read(self, hosts: Sequence[str], subsets: Sequence[str]) -> list[TaskResult]:
        """The results of whatsminer_facts for *hosts*."""

    def change(self, change: Change) -> list[TaskResult]:
        """The results of whatsminer_power for *change*."""

    def meter_watts(self, measured: str) -> float:
        """What the site's meter shows, by the number or command *measured*. Raises CurtailmentError."""

    def pause(self, seconds: float) -> None:
        """Let so much time go by."""

    def say(self, text: str) -> None:
        """Show a line of progress."""

    def stands(self, text: str) -> None:
        """Keep *text*, what is to be said if this is interrupted from now on."""


# --- Curtail ------------------------------------------------------------------------------------------------


def curtail(
    site: Site,
    keeper: Keeper,
    declared: Curtailing,
    *,
    hosts: Sequence[str],
    groups: Groups,
    applied: dict[str, dict[str, Record]],
) -> Shedding:
    """Curtail *hosts* as *declared*; return what came of it.

    *applied* are the hosts' records of what was applied. Raises CurtailmentError, Busy and HoldStoreFault;
    nothing is half done then.
    """
    with keeper.alone("curtail", hosts):
        begun = site.now()
        state = keeper.load()
        keeper.recover(state, hosts)
        results = site.read(hosts, _WHO)
        seen = readings(results)
        now = site.now()
        shared, blocked = keeper.others(seen, now)
        run = shedding.begin(
            declared,
            state,
            seen,
            groups=groups,
            percents=known_percents(results, applied, age=now - begun),
            shared=shared,
            blocked=blocked,
            meter_watts=None if declared.measured is None else site.meter_watts(declared.measured),
            begun=begun,
            now=now,
        )
        if site.check_mode:
            return run
        _shed(site, keeper, run, held=[host for host in hosts if host in state.curtailed])
    if run.verdict == "met" and declared.recheck_seconds and state.curtailed:
        _recheck(site, keeper, run, hosts=hosts)
    return run


def _shed(site: Site, keeper: Keeper, run: Shedding, *, held: Iterable[str]) -> None:
    """Make the changes of *run* until there are none; *held* are hosts that are curtailed already."""
    declared, state = run.declared, run.state
    to_hold = dict.fromkeys(held)
    while True:
        to_hold.update(dict.fromkeys(run.adopted))
        to_hold.update((host, None) for change in run.changes for host in change.hosts)
        keeper.save(state)
        keeper.take(state, to_hold, declared.until, now=site.now())
        to_hold.clear()
        if not run.changes:
            return
        site.stands(_standing(run))
        site.say(_progress(run))
        problems = _changed(site, run.changes)
        site.pause(declared.settle_seconds)
        seen = readings(site.read(list(run.miners), _POWER))
        run.follow(problems, seen, site.now(), meter_watts=_meter(site, declared))
        if run.changes:
            site.pause(declared.ramp_pause_seconds if declared.ramp_watts < UNLIMITED else 0)


def _recheck(site: Site, keeper: Keeper, run: Shedding, *, hosts: Sequence[str]) -> None:
    """Look again after a while, and shed again what has come back on; others may work meanwhile."""
    site.stands(_standing(run))
    site.say(f"the goal is reached; looking again in {run.declared.recheck_seconds} s")
    saved = run.state.to_dict()
    site.pause(run.declared.recheck_seconds)
    try:
        with keeper.alone("curtail", hosts):
            if keeper.load().to_dict() != saved:
                site.say("not looked again: another run has changed the curtailment since")
                return
            seen = readings(site.read(list(run.miners), _POWER))
            run.look_again(seen, site.now(), _meter(site, run.declared))
            for came in run.came_back:
                site.say(came.told(site.now()))
            _shed(site, keeper, run, held=())
    except Busy as error:
        site.say(f"not looked again: {error}")


def _meter(site: Site, declared: Curtailing) -> float | None:
    """What the meter shows now, if it can be asked."""
    if declared.measured is None or as_number(declared.measured) is not None:
        return None
    return site.meter_watts(declared.measured)


def _changed(site: Site, changes: Iterable[Change]) -> dict[str, str | None]:
    """host -> what went wrong as the changes were made, or None."""
    return {str(result["host"]): problem_of(result) for change in changes for result in site.change(change)}


def _progress(run: Shedding) -> str:
    chosen = [host for change in run.changes for host in change.hosts]
    expected = sum(run.miners[host].saving for host in chosen) / 1000
    return (
        f"round {run.round}: {run.watts / 1000:.2f} kW are taken, {run.missing_watts / 1000:.2f} kW too "
        f"much; {counted(len(chosen), 'miner')} by {run.declared.demand.by}: {expected:.2f} kW less expected"
    )


def _standing(run: Shedding) -> str:
    count = counted(len(run.state.curtailed), "miner")
    return (
        f"{count} curtailed by {run.declared.reason} stay so, and are saved with what they were: run the "
        "same again to go on, or minerops.whatsminer.resume to go back"
    )


# --- Resume -------------------------------------------------------------------------------------------------


def resume(
    site: Site, keeper: Keeper, declared: Resuming, *, hosts: Sequence[str]
) -> tuple[Restoring, dict[str, Reading]] | None:
    """Take back what was curtailed of *hosts*; return what came of it, and what the restored miners show in
    the end. None if nothing is curtailed.

    Raises what `curtail` raises.
    """
    state = keeper.load()
    keeper.recover(state, hosts)
    if not state.curtailed:
        return None
    with keeper.alone("resume", [host for host in hosts if host in state.curtailed]):
        begun = site.now()
        state = keeper.load()
        keeper.recover(state, hosts)
        if not state.curtailed:
            return None
        seen = readings(_read(site, [host for host in hosts if host in state.curtailed], _WHO))
        now = site.now()
        shared, blocked = keeper.others(seen, now)
        run = restoring.begin(
            declared,
            state,
            seen,
            hosts=hosts,
            shared=shared,
            blocked=blocked,
            ended=keeper.ended(seen, now),
            begun=begun,
            now=now,
        )
        if not site.check_mode:
            for came in run.on_already:
                site.say(came.told(now))
            _restore(site, keeper, run)
        back = [host for host, miner in run.miners.items() if miner.restored]
        return run, readings(_read(site, back, _POWER))


def _restore(site: Site, keeper: Keeper, run: Restoring) -> None:
    """Make the changes of *run*, step by step."""
    declared = run.declared
    _strike(keeper, run)
    if run.changes and run.wait_first:
        # The run before was interrupted in a step: the breakers need the time between two steps.
        site.pause(declared.pause_seconds)
    while run.changes:
        step = run.step
        site.stands(
            f"{counted(len(run.state.curtailed), 'miner')} curtailed by {declared.reason} are not back yet, "
            "and are saved: run the same again to go on"
        )
        hosts = [host for change in run.changes for host in change.hosts]
        site.say(f"step {step + 1} of {len(run.steps)}: {counted(len(hosts), 'miner')}")
        preheated = _changed(site, [run.to_preheat] if run.to_preheat else [])
        problems = _changed(site, run.changes)
        run.follow(preheated, problems, readings(_read(site, hosts, _POWER)), now=site.now())
        _strike(keeper, run)
        if run.changes and run.step != step:
            site.pause(declared.pause_seconds)


def _strike(keeper: Keeper, run: Restoring) -> None:
    keeper.end({host: run.miners[host].goes_to.mac for host in run.ended})
    keeper.save(run.state)


def _read(site: Site, hosts: Sequence[str], subsets: Sequence[str]) -> list[TaskResult]:
    return site.read(hosts, subsets) if hosts else []
