# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/fault-matrix.md: what each module ended with under each fault in the last run of the matrix."""

from __future__ import annotations

import collections
import json
import re
import typing as t

from run import BUILD, CHECKOUT, prepare

PAGE = CHECKOUT / "docs" / "fault-matrix.md"
FIGURES = BUILD / "faults.json"
HEAD = """\
<!--
SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
SPDX-License-Identifier: GPL-3.0-or-later
-->

# What a task ends with when something fails

`make faults` runs each module under each fault that the simulator knows, and writes this page. It does so on
miners of API {generations}: `3` speaks API 3 beside API 2.2, and `3-only` API 3
alone. Each cell has to keep these rules:

- A task that fails has one of the causes below. Its message names the miner, the command, and what to do.
- A write is sent once. Nothing is sent again unless the miner said no.
- `changed` and `commands` are what the miner took. A task that says `done` has left the miner as declared, or
  has the miner's word for what no firmware shows.
- A task that says that nothing changed has changed nothing. Where nobody can know, the cause is
  `outcome_unknown` or `transfer_failed`.
- No password shows, and no task goes on for ever.

{at}, version {version}, Python {python}: {count:,} cells, {shipped} of them shipped as to another host,
{findings} against a rule.

## Causes

A failed task has a `cause`, for use in conditions. A miner that can't be reached is `unreachable`, unless
something had been changed by then.

| cause | what happened | what to do |
| --- | --- | --- |
"""
MODULE = """
## {module}

| ends with | under |
| --- | --- |
"""


def page(figures: dict[str, t.Any]) -> str:
    """The whole page."""
    from ansible_collections.minerops.whatsminer.tests.faults import matrix

    galaxy = (CHECKOUT / "galaxy.yml").read_text(encoding="utf-8")
    version = re.search(r"^version: (\S+)", galaxy, re.MULTILINE)
    cells = figures["cells"]
    text = HEAD.format(
        generations=", ".join(f"`{name}`" for name in matrix.GENERATIONS),
        at=figures["at"],
        version=version[1] if version else "",
        python=figures["python"],
        count=len(cells),
        shipped=sum(cell["shipped"] for cell in cells),
        findings=figures["findings"] or "none",
    )
    text += "".join(_row(f"`{cause}`", *_told(kind)) for cause, kind in sorted(matrix.CAUSES.items()))
    for module in matrix.MODULES:
        text += MODULE.format(module=module) + "".join(_rows(cells, module))
    return text


def _told(kind: type) -> tuple[str, str]:
    """What an error means, and its remedy, each as one line."""
    meaning = " ".join((kind.__doc__ or "").split("\n\n")[0].split())
    return meaning.removesuffix("."), kind.remedy or "The message says"


def _row(*columns: str) -> str:
    return f"| {' | '.join(columns)} |\n"


def _rows(cells: list[dict[str, t.Any]], module: str) -> t.Iterator[str]:
    """A row for each outcome of *module*, with the faults that lead to it."""
    from ansible_collections.minerops.whatsminer.tests.faults import matrix

    by_fault: dict[str, dict[str, str]] = collections.defaultdict(dict)
    faults = [*matrix.FAULTS, *matrix.FRAMES, *matrix.ONE_PORT]
    for cell in sorted(cells, key=lambda it: (faults.index(it["fault"]), it["generation"])):
        if cell["module"] == module and not cell["shipped"]:
            by_fault[cell["fault"]][cell["generation"]] = cell["outcome"]
    rows: dict[str, list[str]] = collections.defaultdict(list)
    for fault, outcomes in by_fault.items():
        rows[_summed(outcomes)].append(fault)
    for ends in sorted(rows, key=lambda ends: (ends.startswith("`"), ends)):
        yield _row(ends, "; ".join(rows[ends]))


def _summed(outcomes: dict[str, str]) -> str:
    """What most generations end with, and then the others by name."""
    by_outcome: dict[str, list[str]] = collections.defaultdict(list)
    for generation, outcome in outcomes.items():
        by_outcome[outcome].append(generation)
    (most, _of), *others = sorted(by_outcome.items(), key=lambda item: -len(item[1]))
    return "; ".join([_code(most), *(f"{', '.join(of)}: {_code(outcome)}" for outcome, of in others)])


def _code(outcome: str) -> str:
    return outcome if outcome in ("done", "unchanged") else f"`{outcome}`"


if __name__ == "__main__":
    prepare()
    PAGE.write_text(page(json.loads(FIGURES.read_text(encoding="utf-8"))), encoding="utf-8")
