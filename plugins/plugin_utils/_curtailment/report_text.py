# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a curtailment or the way back came to, as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.readings import named
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.shedding import ROUNDS
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import Report

_MOST_LINES = 20
_VERDICTS = {
    "deadline": "the deadline is over",
    "exhausted": "there are no more miners that may be curtailed and answer",
    "rounds": f"{ROUNDS} rounds of changes weren't enough",
}


def why_not_shed(report: Report) -> str:
    """What keeps a curtailment from being met, as text; empty if it is, or if that isn't known yet."""
    reasons = []
    if report["missing_kw"] or report["verdict"] in _VERDICTS:
        why = f": {_VERDICTS[report['verdict']]}" if report["verdict"] in _VERDICTS else ""
        reasons.append(f"{report['missing_kw']} kW are missing{why}")
    if report["unreached"] and report["verdict"]:
        count, names = counted(len(report["unreached"]), "miner"), named(report["unreached"])
        reasons.append(
            f"{count} couldn't be reached, and nobody knows what power is still taken there: {names}"
        )
    return "; ".join(reasons)


def why_not_back(report: Report) -> str:
    """What keeps the way back from being met, as text; empty if it is, or if that isn't known yet."""
    reasons = [f"not back: {counted(len(report['failed']), 'miner')}"] if report["failed"] else []
    if report["late"]:
        reasons.append(
            f"the deadline is over; left for the next resume: {counted(len(report['waiting']), 'miner')}"
        )
    if report["elsewhere"]:
        count, names = counted(len(report["elsewhere"]), "miner"), named(report["elsewhere"])
        reasons.append(f"not in this play, by its limit or its inventory, but remembered: {count}: {names}")
    return "; ".join(reasons)


def of_shedding(report: Report) -> list[str]:
    """The lines about a curtailment; the first of them is the sum."""
    would = _verb(report, "curtailed", "was", many="were")
    text = [
        f"{report['before_kw']} kW before, {report['after_kw']} kW "
        f"{'expected' if report['planned'] else 'now'}: {report['shed_kw']} kW less; "
        f"{counted(len(report['curtailed']), 'miner')} {would} curtailed, {len(report['failed'])} failed, "
        f"{len(report['lost'])} couldn't be reached, {len(report['off_before'])} had been off; "
        f"{report['seconds']} s",
    ]
    if report["continued"]:
        text.append("It goes on with a curtailment that hadn't reached its goal: kW before are those of then")
    offer = report["offer"]
    if report["planned"] or not report["verdict"]:
        text.append(f"Could be shed now: {offer['available_kw']} kW, by {counted(offer['miners'], 'miner')}")
    for row in offer["by_reason"]:
        text.append(
            f"Shed already by {row['reason']}: {row['shed_kw']} kW, {counted(row['miners'], 'miner')}"
        )
    if report["held"]:
        text.append(f"left alone, since others hold them: {_held(report['held'])}")
    text += [f"{row['told']}; it counts again" for row in report["came_back"][:_MOST_LINES]]
    return text + _remarks(report) + _tables(report, report["curtailed"], ("failed", "lost"))


def of_restoring(report: Report) -> list[str]:
    """The lines about the way back; the first of them is the sum."""
    would = _verb(report, "restored", "is", many="are")
    text = [
        f"{report['before_kw']} kW before, {report['after_kw']} kW "
        f"{'expected' if report['planned'] else 'now'}, of {report['was_kw']} kW before they were curtailed; "
        f"{counted(len(report['restored']), 'miner')} {would} back in "
        f"{counted(len(report['steps']), 'step')}, {len(report['failed'])} are not; {report['seconds']} s",
    ]
    if report["on_already"]:
        count = counted(len(report["on_already"]), "miner")
        text.append(f"ATTENTION: {count} had not stayed curtailed:")
        text += _cut([f"  {row['told']}" for row in report["on_already"]])
    if report["still_held"]:
        text.append(f"not to come back yet, since others hold them: {_held(report['still_held'])}")
    return text + _remarks(report) + _tables(report, report["restored"], ("failed", "not_preheated"))


def _held(rows: list[dict[str, Any]]) -> str:
    names = named([f"{row['host']} ({row['by']})" for row in rows])
    return f"{counted(len(rows), 'miner')}: {names}"


def _remarks(report: Report) -> list[str]:
    text = [report["why"][0].upper() + report["why"][1:]] if report["why"] else []
    if report["unmeasured"]:
        count, names = counted(len(report["unmeasured"]), "miner"), named(report["unmeasured"])
        text.append(f"on without showing what is taken, so that no kW here hold it: {count}: {names}")
    return text


def _verb(report: Report, name: str, one: str, *, many: str) -> str:
    if report["planned"]:
        return "would be"
    return one if len(report[name]) == 1 else many


def _tables(report: Report, rows: list[dict[str, Any]], troubles: tuple[str, ...]) -> list[str]:
    groups = [
        f"  group {row['group'] + ':':<20} {counted(row['miners'], 'miner'):>13} {row['change_kw']:>+10.2f} "
        "kW"
        for row in report["groups"]
    ]
    lines = [
        f"  {row['host']:<26} {row['how']:<10} {_shown(row['before_kw'])} -> {_shown(row['after_kw'])} kW"
        f"{_place(row)}"
        for row in rows
    ]
    text = _cut(groups) + _cut(lines)
    for name in troubles:
        text += _cut(
            [
                f"  {name.replace('_', ' ')}: {trouble['host']}{_place(trouble)}: {trouble['problem']}"
                for trouble in report[name]
            ]
        )
    return text


def _place(row: dict[str, Any]) -> str:
    """The columns of a miner's *row*, as they stand behind its name."""
    texts = [text for text in row["columns"].values() if text]
    return f" ({', '.join(texts)})" if texts else ""


def _shown(kilowatts: float | None) -> str:
    return f"{'?' if kilowatts is None else format(kilowatts, '.2f'):>8}"


def _cut(lines: list[str]) -> list[str]:
    more = len(lines) - _MOST_LINES
    return lines if more <= 0 else lines[:_MOST_LINES] + [f"  and {more} more"]
