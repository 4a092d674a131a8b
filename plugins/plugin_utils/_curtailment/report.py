# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a curtailment or the way back came to, as JSON; report_text.py says it for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.moments import iso
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment import report_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment import restoring, shedding
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.readings import Reading
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.restoring import Restoring
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.shedding import Shedding
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.columns import Columns
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import Groups, Report

    ColumnsOf = Callable[[Iterable[str]], Mapping[str, Columns]]

_LISTS = frozenset(
    ("curtailed", "restored", "failed", "lost", "unreached", "unmeasured", "off_before", "waiting", "steps")
    + ("not_preheated", "elsewhere", "held", "still_held", "came_back", "on_already")
)
# The lists whose rows are miners.
_OF_MINERS = ("curtailed", "restored", "failed", "lost", "not_preheated")
# What isn't for set_stats: long, and of no use to a workflow.
_NO_SUMMARY = ("groups", "offer")


def of_shedding(
    run: Shedding, groups: Groups, now: float, *, columns_of: ColumnsOf = lambda hosts: {}
) -> Report:
    """What the curtailment *run* came to, or in check mode would; *groups* as for `shedding.begin`.

    *columns_of* gives the columns of hosts that whatsminer_report_columns declares.
    """
    goal, miners, entries = run.goal, run.miners, run.state.curtailed
    demand = run.declared.demand
    planned = {host for change in run.changes for host in change.hosts}
    rows = []
    for host, entry in entries.items():
        if host in miners and (host in planned or (entry.done and entry.at >= goal.at)):
            after = miners[host].expected if host in planned else miners[host].now.watts
            rows.append(_row(host, how(entry.order), entry.watts, after=after))
    after_watts = run.watts - sum(miners[host].saving for host in planned)
    missing = run.missing_watts if not planned or demand.of_all else after_watts - goal.level_watts
    report: Report = {
        "action": "curtail",
        "reason": run.declared.reason,
        "asked": demand.to_dict(),
        "planned": bool(planned),
        "met": run.verdict == "met",
        "verdict": run.verdict,
        "continued": run.continued,
        "until": None if run.declared.until is None else iso(run.declared.until),
        "measured": run.declared.measured is not None,
        "before_kw": kw(goal.before_watts),
        "after_kw": kw(after_watts),
        "shed_kw": kw(goal.before_watts - after_watts),
        "missing_kw": kw(max(0, 0 if planned and demand.of_all else missing)),
        "seconds": round(now - run.begun, 1),
        "rounds": run.round,
        "curtailed": rows,
        "groups": _by_group(rows, groups),
        "failed": _troubles(miners),
        "lost": [{"host": host, "problem": problem} for host, problem in run.lost.items()],
        "unreached": run.unreached,
        "unmeasured": _unmeasured(miners),
        "off_before": run.off_before,
        "held": [{"host": host, "by": why} for host, why in run.blocked.items()],
        "came_back": [{**came.to_dict(), "told": came.told(now)} for came in run.came_back],
        "offer": offer(run),
    }
    _add_columns(report, columns_of)
    report["why"] = report_text.why_not_shed(report)
    return {**report, "text": report_text.of_shedding(report), "summary": _summary(report)}


def offer(run: Shedding) -> dict[str, Any]:
    """What could be shed now, for those who bid it: ``priority`` has a row for each miner in the order in
    which miners are taken, ``by_reason`` what is shed already.
    """
    priority, total = [], 0
    for host in run.chosen:
        saving = run.could_save(host)
        if saving is None:
            continue
        total += saving
        priority.append({"host": host, "shed_kw": kw(saving), "total_kw": kw(total)})
    return {
        "by": run.declared.demand.by,
        "available_kw": kw(total),
        "miners": len(priority),
        "priority": priority,
        "by_reason": [
            {"reason": reason, "miners": len(watts), "shed_kw": kw(sum(watts))}
            for reason, watts in sorted(run.shed_by_reason().items())
        ],
    }


def of_restoring(
    run: Restoring,
    groups: Groups,
    seen: Mapping[str, Reading],
    *,
    now: float,
    columns_of: ColumnsOf = lambda hosts: {},
) -> Report:
    """What the way back *run* came to, or in check mode would; *seen* is what the restored miners show once
    more. *columns_of* as for `of_shedding`.
    """
    miners = run.miners
    planned = {host for step in run.steps for host in step} if run.changes else set()
    rows = []
    for host, miner in miners.items():
        if host in planned or miner.restored:
            again = seen.get(host)
            shown = miner.now.watts if again is None or again.lost is not None else again.watts
            after = miner.was_watts if host in planned else shown
            rows.append(
                _row(host, "on" if miner.found_watts == 0 else "as it was", miner.found_watts, after=after)
            )
    left = [host for host, miner in miners.items() if not miner.back and not miner.problem]
    report: Report = {
        "action": "resume",
        "reason": run.declared.reason,
        "planned": bool(planned),
        "met": all(miner.back for miner in miners.values()) and not run.elsewhere,
        "late": run.late,
        "before_kw": round(sum(row["before_kw"] or 0 for row in rows), 2),
        "after_kw": round(sum(row["after_kw"] or 0 for row in rows), 2),
        "was_kw": kw(sum(miners[row["host"]].was_watts or 0 for row in rows)),
        "seconds": round(now - run.begun, 1),
        "steps": [len(step) for step in run.steps],
        "restored": rows,
        "groups": _by_group(rows, groups),
        "failed": _troubles(miners),
        "waiting": left,
        "not_preheated": [{"host": host, "problem": problem} for host, problem in run.cold.items()],
        "unmeasured": _unmeasured({host: miners[host] for host in miners if host not in seen}, seen),
        "remembered": len(run.state.curtailed),
        "elsewhere": run.elsewhere,
        "still_held": [
            {"host": host, "by": miner.held_by} for host, miner in miners.items() if miner.held_by
        ],
        "on_already": [{**came.to_dict(), "told": came.told(now)} for came in run.on_already],
    }
    _add_columns(report, columns_of)
    report["why"] = report_text.why_not_back(report)
    return {**report, "text": report_text.of_restoring(report), "summary": _summary(report)}


def _add_columns(report: Report, columns_of: ColumnsOf) -> None:
    """Give each miner that *report* lists its columns."""
    rows = [row for name in _OF_MINERS for row in report.get(name, ())]
    found = columns_of({row["host"]: None for row in rows})
    for row in rows:
        row["columns"] = dict(found.get(row["host"], {}))


def how(order: dict[str, Any]) -> str:
    """What a curtailed miner was told, in a word."""
    if "percent" in order:
        return f"{order['percent']} %"
    if "limit_watts" in order:
        return f"{order['limit_watts']} W"
    return str(order.get("state") or order.get("mode"))


def kw(watts: float | None) -> float | None:
    """*watts* in kW, as reports show them."""
    return None if watts is None else round(watts / 1000, 2)


def _row(host: str, told: str, before: float | None, *, after: float | None) -> dict[str, Any]:
    before, after = kw(before), kw(after)
    change = None if before is None or after is None else round(after - before, 2)
    return {"host": host, "how": told, "before_kw": before, "after_kw": after, "change_kw": change}


def _troubles(miners: Mapping[str, shedding.Miner | restoring.Miner]) -> list[dict[str, Any]]:
    return [{"host": host, "problem": miner.problem} for host, miner in miners.items() if miner.problem]


def _unmeasured(
    miners: Mapping[str, shedding.Miner | restoring.Miner], seen: Mapping[str, Reading] | None = None
) -> list[str]:
    """The hosts of *miners* that are on and don't show what they take."""
    shown = {**{host: miner.now for host, miner in miners.items()}, **(seen or {})}
    return [host for host, now in shown.items() if now.state == "on" and now.watts is None]


def _by_group(rows: list[dict[str, Any]], groups: Groups) -> list[dict[str, Any]]:
    """How many of *rows*, and how much of their change, as far as it's known, fall to each of the inventory's
    *groups*.
    """
    change = {row["host"]: row["change_kw"] for row in rows}
    found = []
    for group in sorted(set(groups) - {"all", "ungrouped"}):
        hosts: Collection[str] = [host for host in groups[group] if host in change]
        if hosts:
            watts = round(sum(change[host] or 0 for host in hosts), 2)
            found.append({"group": group, "miners": len(hosts), "change_kw": watts})
    return found


def _summary(report: Report) -> dict[str, Any]:
    """*report* with numbers instead of lists of miners, for set_stats."""
    return {
        name: len(value) if name in _LISTS else value
        for name, value in report.items()
        if name not in _NO_SUMMARY
    }
