# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report on the health of a fleet as lines of text, and as CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import PROBLEMS, VERDICTS
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.reasons import NOTE
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import columns
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.csv_text import csv_text
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.tables import aligned, fixed
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted, shown

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.report import Miner, Report

TABLES = ("auto", "all", "problems", "none")

# Up to so many miners all of them are in the table, unless told otherwise; of more, so many of those with
# problems.
_FEW = 40
_MOST_MINERS = 200
_MOST_REASONS = 6

_NAMES = ("verdict", "miner", "address")
_READINGS = ("model", "TH/s", "% exp.", "W", "chip °C")

_CSV_COLUMNS = (
    "verdict", "host", "address", "model", "mac", "serial", "firmware_version", "cooling", "state",
    "power_mode", "hashrate_ths", "expected_ths", "expected_percent", "power_watts", "chip_max_c",
)  # fmt: skip


def table_lines(report: Report, which: str = "auto") -> list[str]:
    """*report* as lines of text, the worst first. *which* is one of TABLES."""
    if which == "none":
        return []
    miners = list(report.miners)
    few = which == "auto" and len(miners) > _FEW
    if few or which == "problems":
        miners = [miner for miner in miners if miner.verdict in PROBLEMS]
    left = len(miners) - _MOST_MINERS if few else 0
    miners = miners[:_MOST_MINERS] if left > 0 else miners
    rows = _rows(report, miners) if miners else []
    lines = rows[:1]
    for row, miner in zip(rows[1:], miners):
        lines += [row, *(f"    {line}" for line in _reasons(miner))]
    if left > 0:
        lines.append(
            f"and {left} more: health_json_file and health_csv_file hold all, health_table=problems shows "
            "them here"
        )
    return [*lines, verdict_counts(report)]


def verdict_counts(report: Report) -> str:
    """The verdicts of *report* in words: ``30 miners: 2 ill, 28 ok``."""
    counts = report.counts
    said = [f"{counts[verdict]} {name}" for verdict, name in VERDICTS.items() if counts[verdict]]
    return f"{counted(counts['miners'], 'miner')}: {', '.join(said) or 'none'}"


def _rows(report: Report, miners: list[Miner]) -> list[str]:
    """The head of the table, and a row for each of *miners*."""
    names = columns.filled(report.columns, (miner.columns for miner in report.miners))
    head = (*_NAMES, *map(columns.title, names), *_READINGS)
    cells = [_cells(miner, names) for miner in miners]
    return aligned([head, *cells], range(len(head) - len(_READINGS) + 1, len(head)))


def _cells(miner: Miner, names: list[str]) -> tuple[str, ...]:
    return (
        VERDICTS[miner.verdict],
        shown(miner.host),
        shown(miner.address or "-"),
        *(miner.columns.get(name) or "-" for name in names),
        shown(miner.model or "-"),
        fixed(miner.hashrate_ths, 1) or "-",
        fixed(miner.expected_percent, 0) or "-",
        fixed(miner.power_watts, 0) or "-",
        fixed(miner.chip_max_c, 1) or "-",
    )


def _reasons(miner: Miner) -> list[str]:
    lines = [
        shown(reason.text if reason.severity == NOTE else f"{reason.code}: {reason.text}")
        for reason in miner.reasons
    ]
    more = len(lines) - _MOST_REASONS
    return lines if more <= 0 else [*lines[:_MOST_REASONS], f"and {counted(more, 'reason')} more"]


def csv_report(report: Report) -> str:
    """*report* as CSV: a row for each miner, the worst first, with its reasons' codes and texts."""
    rows = []
    for miner in report.miners:
        cells = [getattr(miner, name) for name in _CSV_COLUMNS]
        declared = [miner.columns.get(name, "") for name in report.columns]
        codes = " ".join(dict.fromkeys(reason.code for reason in miner.reasons))
        text = "; ".join(reason.text for reason in miner.reasons)
        rows.append([*cells, *declared, codes, text])
    return csv_text([*_CSV_COLUMNS, *report.columns, "reasons", "text"], rows)
