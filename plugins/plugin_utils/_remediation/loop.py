# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run of a remediation: judge, choose, judge again, save, remedy, save.

A miner gets one remedy in a run: whether that mended it is seen by the next. Whenever this is killed, what
was saved last is enough to go on: a remedy that may have been done is never done again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.report import report_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation import choose, saved_state
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.choose import Decision
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.declared import (
    POWER_CYCLE,
    REBOOT,
    RESTART,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.outcomes import (
    Outcome,
    of_command,
    of_result,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.saved_state import Remedy
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.report import Miner
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.choose import Site
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.declared import (
        Policy,
        Rules,
    )
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.keeper import Keeper
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.saved_state import (
        SavedState,
    )
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

# Remedy -> the option `scope` of whatsminer_reboot.
_SCOPES = {RESTART: "btminer", REBOOT: "miner"}


class Fleet(Protocol):
    """The miners and the people, as the loop knows them."""

    check_mode: bool

    @property
    def policies(self) -> Mapping[str, Policy]:
        """host -> its Policy, of all that were judged."""

    def now(self) -> float:
        """The present moment."""

    def judge(self, hosts: Sequence[str]) -> list[Miner]:
        """*hosts*, read and judged now."""

    def restart(self, options: Mapping[str, dict[str, Any]]) -> list[TaskResult]:
        """The results of whatsminer_reboot, with the *options* of each host."""

    def power_cycle(self, hosts: Sequence[str]) -> dict[str, str | None]:
        """host -> what went wrong with its command, or None."""

    def pause(self, seconds: float) -> None:
        """Let so much time go by."""

    def say(self, text: str) -> None:
        """Show a line of progress."""

    def stands(self, text: str) -> None:
        """Keep *text*, what is to be said if this is interrupted from now on."""


@dataclass(frozen=True)
class Done:
    """What came of a run: the *decisions* on the miners that are ill, or were.

    *given_up* are the miners that are given up in this run, and *changed* says whether anything was done.
    """

    decisions: tuple[Decision, ...]
    sites: Mapping[str, Site]
    miners: Mapping[str, Miner]
    state: SavedState
    given_up: tuple[str, ...]
    changed: bool


def remediate(fleet: Fleet, keeper: Keeper, rules: Rules, hosts: Sequence[str]) -> Done:
    """Remedy those of *hosts* that the policy covers, as far as *rules* allow, and return what came of it.

    Raises ValueError, Busy and HoldStoreFault where that can't even begin.
    """
    with keeper.alone():
        return _Run(fleet, keeper, rules, list(hosts)).run()


class _Run:
    def __init__(self, fleet: Fleet, keeper: Keeper, rules: Rules, hosts: list[str]) -> None:
        self._fleet = fleet
        self._keeper = keeper
        self._rules = rules
        self._hosts = hosts
        self._concerned = frozenset(hosts)
        self._state = keeper.load()  # before any miner is asked
        self._miners: dict[str, Miner] = {}
        self._mended: list[Decision] = []
        self._site_of = {host: name for name, members in rules.sites.items() for host in members}

    def run(self) -> Done:
        # All of a site is read, whatever the play is limited to: a storm is seen in the whole site only.
        sites = [members for members in self._rules.sites.values() if self._concerned.intersection(members)]
        decisions, sites_now = self._look(list(dict.fromkeys(host for members in sites for host in members)))
        chosen = _planned(decisions)
        if chosen and not self._fleet.check_mode:
            decisions, sites_now = self._confirm(chosen, decisions, sites_now)
        given_up = self._give_up(decisions)
        results: dict[str, Outcome] = {}
        if not self._fleet.check_mode:
            self._keeper.save(self._state)
            results = self._remedy([each for each in decisions if each.status == choose.PLANNED])
        decisions = [
            replace(each, status=results[each.host].status, text=results[each.host].text)
            if each.host in results
            else each
            for each in decisions
        ]
        planned = bool(_planned(decisions))
        return Done(
            (*decisions, *self._mended),
            sites_now,
            self._miners,
            self._state,
            tuple(given_up),
            changed=planned or any(outcome.sent for outcome in results.values()),
        )

    def _look(self, hosts: Sequence[str]) -> tuple[list[Decision], dict[str, Site]]:
        """Judge *hosts*, and decide by that and by what was seen before."""
        self._miners.update((miner.host, miner) for miner in self._fleet.judge(hosts))
        now = self._fleet.now()
        self._state, mended = choose.note_health(
            self._state, self._miners, self._fleet.policies, self._rules, now=now
        )
        self._mended += [
            Decision(host, self._site_of[host], choose.MENDED, remedy.name)
            for host, remedy in mended.items()
            if host in self._concerned
        ]
        worst_first = report_of(self._miners.values(), "").miners
        return choose.decide(
            self._state, worst_first, self._fleet.policies, self._rules, hosts=self._hosts, now=now
        )

    def _confirm(
        self, chosen: list[str], decisions: list[Decision], sites: dict[str, Site]
    ) -> tuple[list[Decision], dict[str, Site]]:
        """Judge *chosen* a second time: what is ill only for a moment needs no remedy.

        A miner that wasn't chosen before isn't now, either: it was seen only once.
        """
        seconds = self._rules.confirm_seconds
        self._fleet.say(f"{counted(len(chosen), 'miner')} to be remedied; looking again in {seconds:g} s")
        self._fleet.pause(seconds)
        again, sites = self._look(chosen)
        once = {each.host: each for each in decisions}
        return [
            once.get(each.host, each) if each.status == choose.PLANNED and each.host not in chosen else each
            for each in again
        ], sites

    def _give_up(self, decisions: Sequence[Decision]) -> list[str]:
        """Note which miners are given up; return those that weren't before."""
        new = []
        for each in decisions:
            if each.status == choose.GIVEN_UP:
                course = self._state[each.host]
                if course.given_up_at is None:
                    new.append(each.host)
                    self._state[each.host] = replace(course, given_up_at=self._fleet.now())
        return new

    # The remedies

    def _remedy(self, planned: Sequence[Decision]) -> dict[str, Outcome]:
        """Do what is *planned*; host -> what came of it."""
        restarts = {each.host: each.remedy for each in planned if each.remedy in _SCOPES}
        cycles = {each.host: each.remedy for each in planned if each.remedy == POWER_CYCLE}
        outcomes = {}
        if restarts:
            self._begin(restarts)
            options = {
                host: {"scope": _SCOPES[str(remedy)], "wait": True, "wait_timeout": self._rules.wait_timeout}
                for host, remedy in restarts.items()
            }
            outcomes = {str(result["host"]): of_result(result) for result in self._fleet.restart(options)}
            self._conclude(outcomes)
        if cycles:
            self._begin(cycles)
            cycled = {
                host: of_command(problem) for host, problem in self._fleet.power_cycle(list(cycles)).items()
            }
            self._conclude(cycled)
            outcomes.update(cycled)
        return outcomes

    def _begin(self, remedies: Mapping[str, str | None]) -> None:
        now = self._fleet.now()
        for host, remedy in remedies.items():
            miner = self._miners[host]
            codes = tuple(dict.fromkeys(reason.code for reason in miner.reasons))
            saved_state.add(self._state, host, Remedy(str(remedy), now, codes), miner.mac)
        self._keeper.save(self._state)
        self._fleet.stands(
            f"{counted(len(remedies), 'miner')} got a remedy, or may have. That is saved: the next run "
            "waits, and sees whether it helped"
        )
        self._fleet.say(f"remedies for {counted(len(remedies), 'miner')}: {_by_remedy(remedies)}")

    def _conclude(self, outcomes: Mapping[str, Outcome]) -> None:
        for host, outcome in outcomes.items():
            saved_state.conclude(self._state, host, outcome.saved_as, outcome.text)
        self._keeper.save(saved_state.pruned(self._state, self._fleet.now()))


def _planned(decisions: Sequence[Decision]) -> list[str]:
    return [each.host for each in decisions if each.status == choose.PLANNED]


def _by_remedy(remedies: Mapping[str, str | None]) -> str:
    given = list(remedies.values())
    return ", ".join(f"{given.count(name)} {name}" for name in dict.fromkeys(given))
