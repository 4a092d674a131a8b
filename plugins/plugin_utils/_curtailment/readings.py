# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a miner showed at a moment, as far as a curtailment needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from ansible_collections.minerops.whatsminer.plugins.module_utils._engine import applied_records
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.clocks import CLOCKS
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.values import number
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings.power import Percent
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.declared import FULL
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shorten_list, shown

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.applied_records import Record
    from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.shapes import Facts
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

_LONGEST_PROBLEM = 300
# How many hosts a message names.
_NAMED = 10
# Texts come from miners, and end in variables of Ansible: no brace, no template.
_NO_TEMPLATE = {ord("{"): "(", ord("}"): ")"} | {code: " " for code in range(32)}


@dataclass(frozen=True)
class Reading:
    """What a miner showed. *lost* says why it showed nothing that can be used; the rest is None where it
    didn't show it.

    A miner that is off takes 0 W, and one that is tuning is on. *machine_seconds* and *mining_seconds* are
    how long the machine and its btminer have been running.
    """

    lost: str | None = None
    state: str = ""
    watts: int | None = None
    mode: str | None = None
    percent: float | None = None
    limit_watts: float | None = None
    efficiency: float | None = None
    mac: str | None = None
    machine_seconds: float | None = None
    mining_seconds: float | None = None


NOT_READ = Reading(lost="it wasn't read back")


def readings(results: list[TaskResult]) -> dict[str, Reading]:
    """host -> its Reading, of whatsminer_fleet's *results* of whatsminer_facts."""
    return {str(result["host"]): _reading(result) for result in results}


def _reading(result: TaskResult) -> Reading:
    facts: dict[str, Any] = (result.get("ansible_facts") or {}).get("whatsminer") or {}
    problem = problem_of(result)
    state = facts.get("state") or ("on" if facts.get("tuning") else None)
    if problem is None and state not in ("on", "off"):
        problem = "it doesn't show whether it is on"
    if problem is not None:
        return Reading(lost=problem)
    mac, efficiency = facts.get("mac"), facts.get("efficiency_j_per_th")
    return Reading(
        state=str(state),
        watts=0 if state == "off" else _watts(facts),
        mode=str(facts["power_mode"]) if facts.get("power_mode") else None,
        percent=number(facts.get("power_percent")),
        limit_watts=number(facts.get("power_limit_watts")),
        efficiency=None if efficiency is None else float(efficiency),
        mac=str(mac) if mac else None,
        machine_seconds=number(facts.get(CLOCKS["miner"])),
        mining_seconds=number(facts.get(CLOCKS["btminer"])),
    )


def _watts(facts: dict[str, Any]) -> int | None:
    """What a miner that is on takes, or None: a miner that is tuning shows zeros for minutes, and is about to
    take more.
    """
    watts = number(facts.get("power_watts"))
    if watts is None:
        return None
    return int(watts) if watts > 0 or (watts == 0 and not facts.get("tuning")) else None


def problem_of(result: TaskResult) -> str | None:
    """Why the fleet's *result* for one host is no success, as harmless text; None if it is one."""
    if not (result.get("failed") or result.get("unreachable")):
        return None
    text = str(result.get("msg") or "no reason given").removeprefix(f"{result['host']}: ")
    return shown(text.translate(_NO_TEMPLATE), _LONGEST_PROBLEM)


def named(hosts: list[str]) -> str:
    """The names of *hosts*, or the first of them, as harmless text."""
    return shorten_list(hosts, _NAMED).translate(_NO_TEMPLATE)


def known_percents(
    results: list[TaskResult], applied: dict[str, dict[str, Record]], age: float
) -> dict[str, int | None]:
    """host -> the power percent that was set, where a record in *applied* (host -> its whatsminer_applied)
    still holds.

    Older firmware doesn't show it, and records hold only a fingerprint: of 101 values, the one that has it.
    *age* is how many seconds old *results* may be: the miners' clocks, by which a record is judged, went on
    since.
    """
    known = {}
    for result in results:
        host = str(result["host"])
        record = (applied.get(host) or {}).get(Percent.name)
        facts = (result.get("ansible_facts") or {}).get("whatsminer")
        if not record or not facts:
            continue
        clocks = {name: facts[name] + age for name in CLOCKS.values() if name in facts}
        if applied_records.holds(record, Percent(FULL), cast("Facts", {**facts, **clocks})):
            percents = (
                percent for percent in range(FULL + 1) if applied_records.matches(record, Percent(percent))
            )
            known[host] = next(percents, None)
    return known
