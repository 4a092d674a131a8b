# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/reliability.md: what was tried against the promises under failure, and what came of it.

    python3 tests/tools/reliability.py

Each part of the page is a function in PARTS. A part with figures gets what tests/reliability/NAME.json holds;
what measures them writes .build/reliability/NAME.json, and this program takes that over. A part whose figures
nobody measured yet isn't on the page. To add one, add a function and its row in PARTS.
"""

from __future__ import annotations

import json
import pathlib
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "reliability.md"
MEASURED = ROOT / ".build" / "reliability"
FIGURES = ROOT / "tests" / "reliability"
HEAD = """<!--
SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
SPDX-License-Identifier: GPL-3.0-or-later
Written by `make reliability`; changes made here are lost.
-->

# What was tried, and what came of it

Figures about version {version}. `make test` proves each row that has no figure.
"""

FUZZING = """`make fuzz` feeds what reads miners with bytes that are led by coverage. {at}: {inputs:,}
inputs in {seconds} s, {findings} findings; atheris {atheris}, Python {python}. A finding is an input
that raises anything but an error of the collection's own, takes more than 10 s, or more than 1 GiB.
{kept} inputs that once were findings are tried again by each `make test`.

"""
ATTACKS = """{count} attacks on tasks. The miner answers as it likes. The task ends within its time
limits, takes no more than 16 MiB, says nothing unprintable, and fails with the cause in the last
column; `ok` is a task that is done. A connection is also ended at each byte of a reply: a read then
shows all or nothing, and a write is sent once and never taken for done.

"""
WORDS = """

Besides, all recorded miners answer with {ways}. Terminal escapes, templates, formulas, markup and text
that turns direction stand in them. In facts, task results, the inventory with its hosts and groups,
reports on health, drift, firmware and curtailment, the HTML page, CSV and metrics, nothing of it runs,
is templated, or is shown as it came."""
SOAK = """`make soak` enforces one declaration every five minutes, compressed. {at}: {miners:,}
simulated miners of API {generations}, {disturbed_rounds} rounds with faults, {rounds_to_converge}
rounds to converge once they were over, {seconds} s; Python {python}, seed {seed}, {cpus} CPUs, whose load
was {load} when it began. What isn't a fault of a miner and is late all the same was late by the load.

{held}

Miners that were disturbed: {injected}.

Outcomes of all rounds: {outcomes}.

Tokens: {tokens[all]:,}, of one miner {tokens[most]} at most.

"""
FAULTS = """`make faults` runs {modules} modules under {faults} faults on miners of {generations} generations.
{at}: {cells:,} cells, {shipped} of them shipped as to another host, in {seconds} s; {findings} findings
against its rules; Python {python}. The rules, the causes, and what each module ends with under each
fault: [fault-matrix.md](fault-matrix.md).

"""
COVERAGE = """`make coverage` measures `plugins/module_utils`, which speaks to miners and decides.
{at}: its unit tests run {percent:g} % of {statements:,} statements and {branches:,} branches in
{files} files; {missing} are missing; coverage {coverage}, Python {python}. Left out are lines for the
type checker, methods that each subclass has for itself, and lines that say that nothing gets there:
`pyproject.toml` names them."""
SECRETS = """\
The integration target `secrets` gives miners, pools, accounts and playbooks {passwords} passwords
that stand nowhere else. It drives all {modules} modules, {roles} roles and {playbooks} playbooks at
`-vvvv`, in the controller's process and shipped, on miners that do what they are told and on miners
that refuse, fall silent, answer nonsense, or tell what they heard. Then it searches for {secrets:,}
texts: the passwords, also in base64, hex and quoted, and each key, sign and token that was made of
them. {at}: none in {files:,} files of {megabytes} MB: output, logs, {results:,} results as
callbacks get them, fact caches, state files, reports, stores, temporary files, and the arguments
and environments of {processes:,} processes, looked at while they ran. A secret that is planted in
output, log, fact cache, home directory, a passing temporary file, arguments or an environment is
found.

A new module, role or playbook that isn't driven fails the test."""
CONCURRENCY = """\
- 100 processes change one miner at the same moment, over API 2 and API 3. All are done, each once;
  over API 2 one token serves them.
- Two controllers enforce different declarations on the same miners. Each run ends, and says what
  came of it. Each setting is then whole as one of the two declares it, and the controller that runs
  next has its way.
- 100 processes want a token of one miner at once: one asks, and all get it. 4 processes change the
  holds of the same miners at once: none is lost.
- Two runs of a role on the same miners: the second is refused, and says who has them.
- Where the token store is damaged, full, read-only or another user's, tasks work on, and a miner is
  asked for no more than a token or two beside. Where the store of holds is damaged or full, or may
  not be read or written, the run that needs it fails, and names the store and what to do: nothing
  is written to a miner that may be held."""


MATRIX = """`make matrix` runs all unit tests, integration targets and sanity tests on each minor version of
ansible-core that is supported, and `make test` on one of them. A sanity test counts once for each
Python that it compiles or imports for. Not run are sanity tests that have nothing to look at here, and
those of Pythons that the machine hasn't. What failed is run again by itself once it is mended.

"""


@dataclass(frozen=True)
class Part:
    """A part of the page: *name* is that of its figures, *render* makes Markdown of them, or of None where it
    needs none.
    """

    name: str
    heading: str
    render: Callable[[dict], str]
    needs_figures: bool = True


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table in Markdown."""
    head = list(head)
    lines = [head, ["---"] * len(head), *([_cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return text.replace("|", "\\|")


def counts(found: dict[str, int]) -> str:
    """``ok 5, failed 2``: the most frequent first."""
    return ", ".join(f"{name} {count:,}" for name, count in sorted(found.items(), key=lambda row: -row[1]))


def version() -> str:
    """That of the collection."""
    found = re.search(r"(?m)^version: (\S+)$", (ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    return found.group(1) if found else "?"


# --- The parts ----------------------------------------------------------------------------------------------


def fuzzing(run: dict) -> str:
    """What make fuzz tried."""
    rows = run["targets"]
    text = FUZZING.format(
        **run,
        inputs=sum(row["inputs"] for row in rows),
        findings=sum(len(row["findings"]) for row in rows),
        kept=len(list((ROOT / "tests" / "fuzz" / "findings").glob("*/*.bin"))),
    )
    return text + table(
        ("what was fed", "inputs", "what came of them", "findings"),
        ((row["what"], row["inputs"], counts(row["outcomes"]), len(row["findings"])) for row in rows),
    )


def hostile(_none: dict) -> str:
    """What a hostile miner does, of the table that the tests prove."""
    from ansible_collections.minerops.whatsminer.tests.unit.hostile_words import WAYS
    from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils import attacks

    rows = (
        (row.api, row.act, row.what, " or ".join(f"`{cause}`" for cause in row.causes))
        for row in attacks.ATTACKS
    )
    head = ("API", "while a task does", "the miner gives", "the task ends with")
    return ATTACKS.format(count=len(attacks.ATTACKS)) + table(head, rows) + WORDS.format(ways=", ".join(WAYS))


def soak(run: dict) -> str:
    """What make soak did."""
    held = "\n".join(f"- {'' if is_so else '**not so:** '}{what}" for what, is_so in run["held"].items())
    said = {name: counts(run[name]) for name in ("injected", "outcomes")}
    text = SOAK.format(**{**run, **said, "held": held, "generations": run["generations"].replace(",", ", ")})
    names = ("round", "seconds", "outcomes", "tokens", "open_files", "megabytes")
    rows = (
        [counts(row[name]) if name == "outcomes" else row[name] for name in names] for row in run["rounds"]
    )
    return text + table(("round", "seconds", "outcomes", "tokens", "open files", "MB"), rows)


def faults(run: dict) -> str:
    """What make faults tried."""
    rows = ((f"`{name}`" if "_" in name else name, count) for name, count in run["outcomes"].items())
    return FAULTS.format(**run) + table(("a task ends with", "cells"), rows)


def coverage(run: dict) -> str:
    """What make coverage measured."""
    return COVERAGE.format(**run)


def secrets(run: dict) -> str:
    """What the integration target secrets searched."""
    return SECRETS.format(**run)


def matrix(run: dict) -> str:
    """What make matrix found."""
    rows = sorted(run.items(), key=lambda row: [int(number) for number in row[0].split(".")])
    head = ("on Python", "tests", "at", "passed", "failed", "not run")
    cells = (
        (found["row"], part, found["at"], found["passed"], len(found["failed"]), found["not run"])
        for _core, parts in rows
        for part, found in sorted(parts.items())
    )
    return MATRIX + table(head, cells)


def concurrency(_none: dict) -> str:
    """What unit tests with processes prove."""
    return CONCURRENCY


PARTS = (
    Part("fuzz", "Bytes that nobody chose", fuzzing),
    Part("hostile", "Miners that are hostile", hostile, needs_figures=False),
    Part("faults", "Each module under each fault", faults),
    Part("secrets", "Secrets", secrets),
    Part("concurrency", "Many at once, and broken stores", concurrency, needs_figures=False),
    Part("soak", "An hour of enforcement", soak),
    Part("coverage", "What the unit tests run", coverage),
    Part("matrix", "Each supported ansible-core", matrix),
)


# --- The page -----------------------------------------------------------------------------------------------


def page() -> str:
    """The whole page."""
    text = HEAD.format(version=version())
    for part in PARTS:
        path = FIGURES / f"{part.name}.json"
        if part.needs_figures and not path.exists():
            continue
        figures = json.loads(path.read_text(encoding="utf-8")) if part.needs_figures else {}
        text += f"\n## {part.heading}\n\n{part.render(figures)}\n"
    return text


def take_over() -> None:
    """Keep what was measured last."""
    FIGURES.mkdir(exist_ok=True)
    for part in PARTS:
        path = MEASURED / f"{part.name}.json"
        if path.exists():
            (FIGURES / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")


def main() -> None:
    """Take over what was measured, and write the page."""
    link = ROOT / ".build" / "checkout" / "ansible_collections" / "minerops" / "whatsminer"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(ROOT)
    sys.path.insert(0, str(ROOT / ".build" / "checkout"))
    take_over()
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
