# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decide which miners get a remedy now, and which one. It is pure: the loop does it.

What becomes of a miner is the first of these that fits:

==============  =====================================================================================
(not listed)    it is well, off, held, or not judged without having had a remedy
``waiting``     it had a remedy, and isn't judged yet
``left``        the policy doesn't cover why it is ill, or it tunes
``waiting``     its last remedy is too recent
``given_up``    it got all remedies that the policy has, and is ill still
``storm``       too many miners of its site are ill at once: that is a breaker or a network
``postponed``   it, or its site, has got as many remedies as may be within a day or at once
``planned``     it gets its next remedy now
==============  =====================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import PROBLEMS
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import ILL, WATCH
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.declared import (
    REMEDIES,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.saved_state import (
    DAY,
    REFUSED,
    Course,
    same_machine,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.reasons import Reason
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.report import Miner
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.declared import (
        Policy,
        Rules,
    )
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.saved_state import (
        Remedy,
        SavedState,
    )

PLANNED, LEFT, WAITING = "planned", "left", "waiting"
GIVEN_UP, STORM, POSTPONED = "given_up", "storm", "postponed"
#: Of a miner that is well again after a remedy.
MENDED = "mended"

# The reason of a miner that is judged although it tunes.
_TUNING = "tuning_long"
_HELD = "held"


@dataclass(frozen=True)
class Decision:
    """What becomes of a miner in this run: *status*, one of the table above, or what a remedy came to.

    *remedy* is the one that it gets, or would get, and *text* says why or what came of it.
    """

    host: str
    site: str
    status: str
    remedy: str | None = None
    text: str = ""


@dataclass(frozen=True)
class Site:
    """A site at this moment: how many of its *miners* should mine, and how many of those are *ill*.

    *busy* miners have got a remedy and are not seen to be well yet; *most* may be so at once. *storm* says
    why nothing is done there, and is empty else.
    """

    name: str
    miners: int
    ill: int
    busy: int
    most: int
    today: int
    storm: str


def note_health(
    state: SavedState,
    miners: Mapping[str, Miner],
    policies: Mapping[str, Policy],
    rules: Rules,
    *,
    now: float,
) -> tuple[SavedState, dict[str, Remedy]]:
    """(*state* with the miners that are well now, the last remedy of those that were ill when it was saved).

    What is saved of a machine that was replaced since is forgotten.
    """
    after, mended = {}, {}
    for host, course in state.items():
        miner = miners.get(host)
        after[host] = course
        if miner is None:
            continue
        after[host] = course = same_machine(course, miner.mac)
        if _is_well(miner, policies[host], rules):
            if course.present:
                mended[host] = course.present[-1]
            after[host] = replace(course, well_at=now, given_up_at=None)
    return after, mended


def _is_well(miner: Miner, policy: Policy, rules: Rules) -> bool:
    return miner.verdict == "ok" or (
        miner.verdict == "watch" and not any(_is_covered(reason, policy, rules) for reason in miner.reasons)
    )


def _is_covered(reason: Reason, policy: Policy, rules: Rules) -> bool:
    is_bad = reason.severity == ILL or (reason.severity == WATCH and WATCH in rules.verdicts)
    return is_bad and policy.covers(reason)


def survey(
    state: Mapping[str, Course], miners: Mapping[str, Miner], rules: Rules, *, now: float
) -> dict[str, Site]:
    """The sites of which some of *miners* were read. Those that were given up don't make a storm."""
    found = {}
    for name, hosts in rules.sites.items():
        seen = [miners[host] for host in hosts if host in miners]
        if not seen:
            continue
        working = [miner for miner in seen if miner.verdict not in ("held", "off")]
        ill = sum(
            miner.verdict in ("ill", "unreachable") and not _given_up(state, miner.host) for miner in working
        )
        courses = [state[host] for host in hosts if host in state]
        found[name] = Site(
            name,
            len(working),
            ill,
            busy=sum(_is_busy(course, rules, now) for course in courses),
            most=max(1, int(len(seen) * rules.site_percent / 100)),
            today=sum(course.within(DAY, now) for course in courses),
            storm=_storm(ill, len(working), rules),
        )
    return found


def _given_up(state: Mapping[str, Course], host: str) -> bool:
    return host in state and state[host].given_up_at is not None


def _is_busy(course: Course, rules: Rules, now: float) -> bool:
    return any(now - each.at < rules.wait_seconds for each in course.present)


def _storm(ill: int, working: int, rules: Rules) -> str:
    if ill < rules.storm_miners or ill * 100 <= working * rules.storm_percent:
        return ""
    return (
        f"{ill} of the {counted(working, 'miner')} that should mine are ill or unreachable, "
        f"{ill * 100 / working:.0f} %, and more than remediation_storm_percent, {rules.storm_percent:g} %: "
        "that is a breaker or a network. Nothing is done there"
    )


def decide(
    state: SavedState,
    miners: Sequence[Miner],
    policies: Mapping[str, Policy],
    rules: Rules,
    *,
    hosts: Sequence[str],
    now: float,
) -> tuple[list[Decision], dict[str, Site]]:
    """(the Decision on each of *hosts* that is ill and may concern this run, the sites by name).

    *miners* are all that were read, the worst first, and get what their site has left in that sequence.
    """
    sites = survey(state, {miner.host: miner for miner in miners}, rules, now=now)
    site_of = {host: name for name, members in rules.sites.items() for host in members}
    room = {name: _Room(site, rules) for name, site in sites.items()}
    wanted = set(hosts)
    found = []
    for miner in miners:
        if miner.host not in wanted:
            continue
        name = site_of[miner.host]
        course = state.get(miner.host, Course())
        status, text, remedy = _of_one(miner, course, policies[miner.host], rules, now=now)
        if status == GIVEN_UP and course.given_up_at is None and sites[name].storm:
            status = PLANNED  # in a storm no remedy has failed, and none is done
        if status == PLANNED:
            status, text = room[name].hindrance() or (status, text)
        if status:
            found.append(Decision(miner.host, name, status, remedy, text))
    return found, sites


class _Room:
    """How many remedies a site still may have now."""

    def __init__(self, site: Site, rules: Rules) -> None:
        self._site = site
        self._rules = rules
        self._at_once = site.most - site.busy
        self._today = rules.daily_per_site - site.today if rules.daily_per_site else None

    def hindrance(self) -> tuple[str, str] | None:
        """(status, text) of what keeps the next miner from its remedy; None if it may have it, and counts."""
        if self._site.storm:
            return STORM, "too many miners of its site are ill at once"
        if self._at_once <= 0:
            return POSTPONED, (
                f"{self._site.most} of its site may be under a remedy at once, by remediation_site_percent"
            )
        if self._today is not None and self._today <= 0:
            return POSTPONED, f"its site has had {self._rules.daily_per_site} remedies within a day"
        self._at_once -= 1
        self._today = None if self._today is None else self._today - 1
        return None


_NOTHING = ("", "", None)


def _of_one(
    miner: Miner, course: Course, policy: Policy, rules: Rules, *, now: float
) -> tuple[str, str, str | None]:
    """(status, text, remedy) of *miner*, as if it were alone; an empty status if there's nothing to say."""
    given_up = course.given_up_at is not None
    present = () if given_up and rules.retry_given_up else course.present
    if miner.verdict not in PROBLEMS:
        if miner.verdict == "not_judged" and present:
            return WAITING, "it isn't judged yet: " + ", ".join(reason.text for reason in miner.reasons), None
        return _NOTHING
    covered = [reason for reason in miner.reasons if _is_covered(reason, policy, rules)]
    if miner.verdict == "watch" and not covered:
        return _NOTHING
    hindrance = _not_for_a_remedy(miner, covered, policy, rules)
    if hindrance:
        return LEFT, hindrance, None
    if course.remedies and now - course.remedies[-1].at < rules.wait_seconds:
        left = (rules.wait_seconds - (now - course.remedies[-1].at)) / 60
        return WAITING, f"its next remedy is in {left:.0f} min at the soonest", None
    remedy = _next(policy.ladder(covered), present)
    if remedy is None and not present:
        return LEFT, "only a power cycle may mend it, and remediation_power_cycle names no command", None
    if remedy is None:
        return GIVEN_UP, "it is ill after all that remediation_policy has for it", None
    if course.within(DAY, now) >= rules.daily_per_miner:
        return POSTPONED, f"it has had {counted_remedies(rules.daily_per_miner)} within a day", remedy
    return PLANNED, "", remedy


def counted_remedies(number: int) -> str:
    """``1 remedy``, ``2 remedies``."""
    return "1 remedy" if number == 1 else f"{number} remedies"


def _not_for_a_remedy(miner: Miner, covered: Sequence[Reason], policy: Policy, rules: Rules) -> str:
    """Why nothing is to be done to *miner*, an ill one, if so.

    Of what the policy doesn't cover, such as heat, the rest may be a consequence, and a restart no remedy.
    """
    if miner.verdict not in rules.verdicts:
        return f"remediation_verdicts leaves miners that are {miner.verdict} alone"
    for reason in miner.reasons:
        if reason.code == _HELD:  # and unreachable besides
            return f"it is {reason.text}"
    not_covered = [
        reason.code for reason in miner.reasons if reason.severity == ILL and not policy.covers(reason)
    ]
    if not_covered or not covered:
        codes = dict.fromkeys(not_covered or [reason.code for reason in miner.reasons])
        return f"remediation_policy has no remedy for {', '.join(codes)}"
    if any(reason.code == _TUNING and not policy.covers(reason) for reason in miner.reasons):
        return "it is tuning"
    return ""


def _next(ladder: Sequence[str], present: Sequence[Remedy]) -> str | None:
    """The mildest remedy of *ladder* that is stronger than all that were tried; None if there is none."""
    tried = [REMEDIES.index(each.name) for each in present if each.outcome != REFUSED]
    strongest = max(tried, default=-1)
    return next((remedy for remedy in ladder if REMEDIES.index(remedy) > strongest), None)
