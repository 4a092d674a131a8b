# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report on a run of a remediation, as JSON and as lines of text.

As JSON it is a dict:

- ``at``: when it ended; ``check``: whether it was in check mode, and nothing was done;
- ``counts``: how many miners there are of each status; ``problems``: why the run is to fail, as texts;
- ``columns``: the names of those that whatsminer_report_columns declares;
- ``sites``: a dict for each, with its numbers, and ``storm``, which is empty unless nothing is done there;
- ``miners``: a dict for each that is ill, or was: its status, the remedy, the reasons, the remedies so far.

Texts and names come from miners and inventories: they are escaped where they are shown, and never templated.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.moments import told
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation import choose
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.saved_state import (
    BEGUN,
    DONE,
    FAILED,
    REFUSED,
    UNKNOWN,
    Course,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import columns
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.tables import aligned, natural_key
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import (
    counted,
    shorten_list,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.loop import Done
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import Report

#: Status -> what it is called, in the sequence of the table.
STATUSES = {
    FAILED: "failed",
    UNKNOWN: "unknown",
    choose.GIVEN_UP: "given up",
    DONE: "done",
    choose.PLANNED: "planned",
    choose.STORM: "storm",
    choose.POSTPONED: "postponed",
    choose.WAITING: "waiting",
    choose.LEFT: "left",
    choose.MENDED: "mended",
}
_NAMES = ("status", "miner", "address")
_WHAT = ("verdict", "remedy", "reasons")
_MOST_MINERS = 200
_NAMED = 5
_OUTCOMES = {BEGUN: "interrupted", REFUSED: "not sent", UNKNOWN: "outcome unknown", FAILED: "failed"}


def make_report(done: Done, at: str, *, check: bool, names: Sequence[str] = ()) -> Report:
    """The report on what was *done*, as JSON, at the moment *at*, a text, with columns of these *names*."""
    rows = [{**asdict(each), **_of_miner(done, each.host)} for each in done.decisions]
    statuses = list(STATUSES)
    rows.sort(key=lambda row: statuses.index(row["status"]))  # of one status, the worst first
    counts = Counter(row["status"] for row in rows)
    return {
        "at": at,
        "check": check,
        "columns": list(names),
        "counts": {"miners": len(done.miners), **{status: counts[status] for status in STATUSES}},
        "problems": _problems(done),
        "sites": [asdict(site) for site in done.sites.values()],
        "miners": rows,
    }


def _of_miner(done: Done, host: str) -> dict[str, Any]:
    miner, course = done.miners[host], done.state.get(host, Course())
    return {
        "address": miner.address,
        "columns": miner.columns,
        "model": miner.model,
        "verdict": miner.verdict,
        "reasons": [{"code": reason.code, "text": reason.text} for reason in miner.reasons],
        "remedies": [{**asdict(remedy), "reasons": list(remedy.reasons)} for remedy in course.remedies],
    }


def _problems(done: Done) -> list[str]:
    """Why the run is to fail: a storm, remedies that failed, miners that are given up from now on."""
    found = [f"{site.name}: {site.storm}" for site in done.sites.values() if site.storm]
    failed = [each.host for each in done.decisions if each.status in (FAILED, UNKNOWN)]
    for hosts, what in ((failed, "got a remedy that failed"), (list(done.given_up), "given up")):
        if hosts:
            names = shorten_list(sorted(hosts, key=natural_key), _NAMED)
            found.append(f"{counted(len(hosts), 'miner')} {what}: {names}")
    return found


def table_lines(report: Report, now: float) -> list[str]:
    """*report* as lines of text at the moment *now*."""
    rows = report["miners"][:_MOST_MINERS]
    names = columns.filled(report["columns"], (row["columns"] for row in rows))
    head = (*_NAMES, *map(columns.title, names), *_WHAT)
    lines = aligned([head, *(_cells(row, names) for row in rows)]) if rows else []
    out = lines[:1]
    for line, row in zip(lines[1:], rows):
        out.append(line)
        if row["text"]:
            out.append(f"    {shown(row['text'])}")
        if row["remedies"]:
            out.append(f"    so far: {', '.join(_past(remedy, now) for remedy in row['remedies'][-4:])}")
    left = len(report["miners"]) - len(rows)
    if left > 0:
        out.append(f"and {left} more: remediation_json_file holds all")
    counts = report["counts"]
    said = [f"{counts[status]} {name}" for status, name in STATUSES.items() if counts[status]]
    storms = [f"{shown(site['name'])}: {site['storm']}" for site in report["sites"] if site["storm"]]
    return [*out, *storms, f"{counted(counts['miners'], 'miner')}: {', '.join(said) or 'nothing to remedy'}"]


def _cells(row: dict[str, Any], names: Sequence[str]) -> tuple[str, ...]:
    return (
        STATUSES[row["status"]],
        shown(row["host"]),
        shown(row["address"] or "-"),
        *(row["columns"].get(name) or "-" for name in names),
        row["verdict"].replace("_", " "),
        (row["remedy"] or "-").replace("_", " "),
        ", ".join(dict.fromkeys(reason["code"] for reason in row["reasons"])) or "-",
    )


def _past(remedy: dict[str, Any], now: float) -> str:
    outcome = _OUTCOMES.get(remedy["outcome"])
    name = remedy["name"].replace("_", " ")
    return f"{name} {told(remedy['at'], now)}" + (f" ({outcome})" if outcome else "")
