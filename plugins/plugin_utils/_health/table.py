# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report on the health of a fleet as lines of text, and as CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import PROBLEMS, VERDICTS
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.reasons import NOTE
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

_COLUMNS = ("verdict", "miner", "address", "model", "TH/s", "% exp.", "W", "chip °C")
_NUMBERS = (4, 5, 6, 7)

_CSV_COLUMNS = (
    "verdict", "host", "address", "model", "mac", "serial", "firmware_version", "cooling", "state",
    "power_mode", "hashrate_ths", "expected_ths", "expected_percent", "power_watts", "chip_max_c",
)  # fmt: skip
# What a spreadsheet takes for a formula begins so.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
    rows = aligned([_COLUMNS, *map(_cells, miners)], _NUMBERS) if miners else []
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


def _cells(miner: Miner) -> tuple[str, ...]:
    return (
        VERDICTS[miner.verdict],
        shown(miner.host),
        shown(miner.address or "-"),
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


def csv_text(report: Report) -> str:
    """*report* as CSV: a row for each miner, the worst first, with its reasons' codes and texts."""
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow([*_CSV_COLUMNS, "reasons", "text"])
    for miner in report.miners:
        cells = [getattr(miner, name) for name in _CSV_COLUMNS]
        codes = " ".join(dict.fromkeys(reason.code for reason in miner.reasons))
        text = "; ".join(reason.text for reason in miner.reasons)
        rows.writerow([_cell(cell) for cell in (*cells, codes, text)])
    return file.getvalue()


def _cell(value: object) -> object:
    """*value* as it stands in a cell. Texts come from miners, and a spreadsheet must not run any."""
    if not isinstance(value, str):
        return value
    text = shown(value, 2000)
    return f"'{text}" if text.startswith(_FORMULA) else text
