# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report on a fleet as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.report import by_urgency
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.verdicts import PROBLEMS, VERDICTS
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.wording import (
    all_differences,
    error_lines,
    hashrate,
    making,
    power,
    verdict_counts,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import columns
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.tables import aligned, fixed
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import Report

TABLES = ("auto", "all", "problems", "none")

# Up to so many miners all of them are in the table, unless told otherwise; of more, so many of those with
# problems.
_FEW = 40
_MOST_MINERS = 200
_MOST_DIFFERENCES = 6

_NAMES = ("verdict", "miner", "address")
_READINGS = ("model", "TH/s", "% exp.", "W", "chip °C", "errors")


def table_lines(report: Report, which: str = "auto") -> list[str]:
    """*report* as lines of text. *which* is one of TABLES; ValueError for another."""
    if which not in TABLES:
        raise ValueError(f"drift_table must be one of {', '.join(TABLES)}, and not {which}")
    if which == "none":
        return []
    miners = by_urgency(report["miners"])
    few = which == "auto" and len(miners) > _FEW
    if few or which == "problems":
        miners = [miner for miner in miners if miner["verdict"] in PROBLEMS]
    left = len(miners) - _MOST_MINERS if few else 0
    miners = miners[:_MOST_MINERS] if left > 0 else miners
    lines = _rows(report["miners"], miners) if miners else []
    for position, miner in reversed(list(enumerate(miners, 1))):
        lines[position + 1 : position + 1] = [f"    {line}" for line in _details(miner)]
    if left > 0:
        lines.append(
            f"and {left} more: drift_json_file and drift_html_file hold all, drift_table=problems shows them "
            "here"
        )
    if report["fleet"]["unknown"]:
        lines.append(
            "unknown: neither the miner nor a record of what was applied shows it; a fact cache keeps such "
            "records"
        )
    fleet = report["fleet"]
    return [*lines, _totals(fleet), f"{fleet['miners']} miners: {verdict_counts(fleet)}"]


def _totals(summary: dict[str, Any]) -> str:
    """The sums of a *summary* on one line."""
    said = [f"{summary['hashing']} hashing"]
    if summary["tuning"]:
        said.append(f"{summary['tuning']} tuning")
    said.append(" ".join(hashrate(summary["hashrate_ths"])))
    if summary["expected_percent"] is not None:
        said.append(f"{summary['expected_percent']} % of the expected")
    if summary["power_watts"] is not None:
        said.append(" ".join(power(summary["power_watts"])))
    if summary["efficiency_j_per_th"] is not None:
        said.append(f"{fixed(summary['efficiency_j_per_th'], 1)} J/TH")
    if summary["hottest"] is not None:
        said.append(f"hottest chip {fixed(summary['chip_max_c'], 1)} °C ({shown(summary['hottest'])})")
    return ", ".join([*said, f"{summary['with_errors']} with errors"])


def _rows(all_miners: list[dict[str, Any]], miners: list[dict[str, Any]]) -> list[str]:
    """The head of the table, and a row for each of *miners*."""
    names = columns.filled(list(all_miners[0]["columns"]), (miner["columns"] for miner in all_miners))
    head = (*_NAMES, *map(columns.title, names), *_READINGS)
    # All readings but the first and the last are numbers.
    numbers = range(len(head) - len(_READINGS) + 1, len(head) - 1)
    return aligned([head, *(_cells(miner, names) for miner in miners)], numbers)


def _cells(miner: dict[str, Any], names: list[str]) -> tuple[str, ...]:
    return (
        VERDICTS[miner["verdict"]],
        shown(miner["host"]),
        shown(miner["address"] or "-"),
        *(shown(miner["columns"][name] or "-") for name in names),
        shown(miner["model"] or "-"),
        making(miner) or "-",
        fixed(miner["expected_percent"], 0) or "-",
        fixed(miner["power_watts"], 0) or "-",
        fixed(miner["chip_max_c"], 1) or "-",
        " ".join(code for code, _meaning, _since in error_lines(miner)) or "-",
    )


def _details(miner: dict[str, Any]) -> Iterator[str]:
    """The lines below the row of *miner*."""
    if miner["message"]:
        yield shown(miner["message"])
    changed = all_differences(miner)
    for path, before, after in changed[:_MOST_DIFFERENCES]:
        yield f"{path}: {before} -> {after}"
    if len(changed) > _MOST_DIFFERENCES:
        yield f"and {len(changed) - _MOST_DIFFERENCES} more differences"
    for name, holder in miner["held"].items():
        yield f"{name}: {shown(holder)}"
    for name, reason in miner["unknown"].items():
        yield f"{name}: unknown, {reason}"
