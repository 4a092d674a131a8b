# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report on a rollout, for programs and for people: which firmware each miner runs, and the verdict."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.saved_state import PASSED
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.survey import Status
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import columns
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.rules import Rules
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.saved_state import SavedState
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.survey import Survey
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.columns import Columns
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import Report

# How many hosts whose gate failed are named, with how much of their reasons.
_NAMED = 20
_LONGEST_REASONS = 300
_ROW = " %-16.32s %-20.40s %-20.40s %-20.40s %5s  %s"
# The statuses that the plan names one by one: of miners that get nothing.
_LEFT_OUT = (Status.HELD, Status.UNFIT, Status.LOST, Status.UNDECLARED, Status.UNJUDGED)


def make_report(
    survey: Survey, state: SavedState, own: Mapping[str, Columns] | None = None
) -> Report:
    """``{"miners": [a dict for each host], "counts": {verdict: number}}``.

    *own* are the columns of each host that whatsminer_report_columns declares.
    """
    rows: list[dict[str, Any]] = []
    for host, miner in survey.miners.items():
        saved, reading = state.get(host), miner.reading
        declared = miner.target.version if miner.target else None
        # Of this version, if not of this very image.
        ours = saved if saved and saved.target.version == declared else None
        passed = ours is not None and ours.verdict == PASSED and miner.status == Status.DONE
        stuck = saved if miner.status in (Status.FAILED, Status.UNJUDGED) else None
        batched = ours or stuck
        rows.append(
            {
                "host": host,
                "columns": dict((own or {}).get(host, {})),
                "model": reading.model,
                "version_before": ours.before.version if ours else reading.version,
                "version": reading.version,
                "version_declared": declared,
                "verdict": "passed" if passed else miner.status,
                "batch": batched.batch if batched else None,
                "reasons": list(miner.reasons),
            }
        )
    return {"miners": rows, "counts": dict(Counter(row["verdict"] for row in rows))}


def report_lines(report: Report) -> list[str]:
    """*report* as a table."""
    rows = report["miners"]
    names = columns.filled(list(rows[0]["columns"]) if rows else [], (row["columns"] for row in rows))
    own = "%-24s" + " %-20.40s" * len(names)
    head = ("model", "before", "now", "declared", "batch", "verdict")
    lines = [own % ("miner", *map(columns.title, names)) + _ROW % head]
    for row in rows:
        cells = [row[name] or "-" for name in ("model", "version_before", "version", "version_declared")]
        told = row["verdict"] + (f": {', '.join(row['reasons'])}" if row["reasons"] else "")
        places = [row["columns"][name] or "-" for name in names]
        lines.append(own % (row["host"], *places) + _ROW % (*cells, row["batch"] or "-", told))
    return [*lines, ", ".join(f"{verdict}: {number}" for verdict, number in report["counts"].items())]


def plan_lines(plan: Sequence[Sequence[str]], survey: Survey, rules: Rules) -> list[str]:
    """The batches of *plan* as text: which miner gets what, and which get nothing."""
    batches = "1 batch" if len(plan) == 1 else f"{len(plan)} batches"
    lines = [
        f"{sum(map(len, plan))} of {counted(len(survey.miners), 'miner')} to flash, in {batches}, never more "
        f"than {rules.max_down_percent:g} % down"
    ]
    for number, batch in enumerate(plan, 1):
        for host in batch:
            reading, target = survey.miners[host].reading, survey.miners[host].target
            declared = target.version if target else None
            lines.append(
                f"batch {number:<4} {host:<24} {_cell(reading.model):<16} {reading.version} -> {declared}"
            )
    for host, miner in survey.miners.items():
        if miner.status in _LEFT_OUT:
            reading, reasons = miner.reading, ", ".join(miner.reasons)
            lines.append(
                f"{miner.status:<10} {host:<24} {_cell(reading.model):<16} {_cell(reading.version, 40)} "
                f"{reasons}"
            )
    return lines


def failure(hosts: Sequence[str], survey: Survey, state: SavedState) -> str:
    """Why a rollout stops at the gate that *hosts* failed, and what to do."""
    named = "; ".join(f"{host} ({_reasons(survey.miners[host].reasons)})" for host in hosts[:_NAMED])
    others = f" and {len(hosts) - _NAMED} others" if len(hosts) > _NAMED else ""
    return (
        f"the gate of batch {max(state[host].batch for host in hosts)} failed: {named}{others}. No "
        "miner outside the batches so far was touched. Look at these miners. Then declare an image that "
        "mends it, or set firmware_retry_failed to send the same once more, or leave them out with --limit, "
        "and run again: it goes on with those that are left"
    )


def _reasons(reasons: Iterable[str]) -> str:
    return shown(", ".join(reasons), _LONGEST_REASONS)


def _cell(text: str | None, most: int = 32) -> str:
    return (text or "-")[:most]
