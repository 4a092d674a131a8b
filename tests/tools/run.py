# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the tests: what stands behind make test, unit, integration, sanity, package and matrix.

    python3 tests/tools/run.py unit integration sanity package        all of it
    python3 tests/tools/run.py integration --only connection          one integration target
    python3 tests/tools/run.py unit --only test_reader.py             one file, or anything that pytest takes
    python3 tests/tools/run.py matrix                                 on each supported ansible-core
    python3 tests/tools/run.py matrix --core 2.18 --parts unit        one row of it, or one part

All parts are run whatever fails. The last line is always ``N passed, N failed``: pytest tests, integration
targets, sanity tests and package checks added up. The exit status is 0 only if nothing failed. Logs are in
.build/logs. What a whole part came to is written down for `make reliability`, beside what earlier runs found
on other versions of ansible-core.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import dataclasses
import functools
import json
import os
import pathlib
import queue
import re
import shutil
import signal
import sys
import threading
import time
import typing as t

import parts
import pythons
import tree

PARTS = ("unit", "integration", "sanity", "package")
MATRIX_PARTS = ("unit", "integration", "sanity")
RESULTS = ("passed", "failed", "not run")


@dataclasses.dataclass
class Job:
    """One process-sized piece of work, to be run beside others."""

    row: str
    part: str
    run: t.Callable[[int], list[parts.Outcome]]
    label: str = ""


class Report:
    """Collects outcomes; prints a line as each job ends, and the summary."""

    def __init__(self) -> None:
        self.outcomes: dict[tuple[str, str], list[parts.Outcome]] = collections.defaultdict(list)
        self.lock = threading.Lock()
        self.started = time.monotonic()

    def add(self, job: Job, outcomes: list[parts.Outcome], seconds: float) -> None:
        """Take a finished job's outcomes and print its line."""
        name = " ".join(filter(None, (job.row, job.part, job.label)))
        with self.lock:
            self.outcomes[job.row, job.part] += outcomes
            counts = collections.Counter(outcome.result for outcome in outcomes)
            text = ", ".join(f"{counts[result]} {result}" for result in RESULTS if counts[result])
            print(f"{name:44} {text or 'nothing':32} {seconds:4.0f} s", flush=True)
            for outcome in outcomes:
                if outcome.result == "failed":
                    print(f"  FAILED {outcome.name}\n         see {os.path.relpath(outcome.log)}", flush=True)

    def table(self) -> None:
        """Print one row for each (row, part)."""
        print(f"\n{'':36}{'passed':>8}{'failed':>8}{'not run':>8}")
        for (row, part), outcomes in self.outcomes.items():
            counts = collections.Counter(outcome.result for outcome in outcomes)
            print(f"{row + ' ' + part:36}" + "".join(f"{counts[result]:8}" for result in RESULTS))

    def keep(self, own: str, is_whole: bool) -> None:
        """Write down what came of each part of each row, and leave what is known of the others; *own* is the
        row of what has none. Of a part that isn't run whole, what failed before may have passed now.
        """
        name = "matrix.json"
        written = tree.BUILD / "reliability" / name
        known: dict[str, dict] = {}
        for path in (tree.CHECKOUT / "tests" / "reliability" / name, written):
            if path.exists():
                known = json.loads(path.read_text(encoding="utf-8"))
        for (row, part), outcomes in self.outcomes.items():
            core = re.match(r"ansible-core (\d+\.\d+)\.", row or own)
            if core is None or part not in MATRIX_PARTS:
                continue
            parts_of_row = known.setdefault(core.group(1), {})
            if is_whole or part in parts_of_row:
                before = {} if is_whole else parts_of_row[part]
                parts_of_row[part] = {"row": row or own, **figures(outcomes, before)}
        if not known:
            return
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    def finish(self) -> int:
        """Print what was not run, what failed, and the last line; return the exit status."""
        skipped: dict[tuple[str, str], list[str]] = collections.defaultdict(list)
        failed: list[str] = []
        for (row, part), outcomes in self.outcomes.items():
            where = f"{row} {part}".strip()
            for outcome in outcomes:
                if outcome.result == "not run":
                    skipped[where, outcome.why].append(outcome.name)
                elif outcome.result == "failed":
                    failed.append(
                        f"  {where}: {outcome.name}: {outcome.why or f'see {os.path.relpath(outcome.log)}'}"
                    )
        if skipped:
            print("\nNot run:")
        for (where, why), names in skipped.items():
            print(f"  {where}: {', '.join(names)}: {why}")
        if failed:
            print("\nFailed:", *failed, sep="\n")
        print(f"\n{time.monotonic() - self.started:.0f} s, logs in {os.path.relpath(tree.BUILD / 'logs')}")
        passed = sum(
            outcome.result == "passed" for outcomes in self.outcomes.values() for outcome in outcomes
        )
        print(f"{passed} passed, {len(failed)} failed", flush=True)
        return 1 if failed or not passed else 0


def figures(outcomes: list[parts.Outcome], before: dict[str, t.Any]) -> dict[str, t.Any]:
    """What a part came to, as the figures of this day; *before* are those of the run that this one repeats a
    part of.
    """
    names: dict[str, list[str]] = collections.defaultdict(list)
    for outcome in outcomes:
        names[outcome.result].append(outcome.name)
    passed, failed, left_out = len(names["passed"]), names["failed"], len(names["not run"])
    if before:
        seen = {outcome.name for outcome in outcomes}
        all_of_part = before["passed"] + len(before["failed"])
        failed = [name for name in before["failed"] if name not in seen] + failed
        passed, left_out = all_of_part - len(failed), before["not run"]
    at = time.strftime("%Y-%m-%d", time.gmtime())
    return {"at": at, "passed": passed, "failed": failed, "not run": left_out}


def jobs_of(selected: list[str], only: list[str], row: str, python: pathlib.Path, lanes: int) -> list[Job]:
    """Return the jobs of the selected parts, the longest first."""
    jobs = []
    make = functools.partial(parts.Place, python=python, row=row)
    if "sanity" in selected:
        jobs.append(Job(row, "sanity", lambda lane: parts.sanity(make(name="sanity"), only)))
    if "unit" in selected:
        jobs.append(Job(row, "unit", lambda lane: parts.unit(make(name="unit"), only)))
    if "integration" in selected:
        # A lane has its own copy of the tree: two runs of ansible-test in one would remove each other's
        # files.
        places = [make(name=f"integration-{lane}") for lane in range(lanes)]
        targets = parts.integration_targets(places[0])
        for target in targets:
            if not only or target in only:
                run = functools.partial(lambda target, lane: parts.integration(places[lane], target), target)
                jobs.append(Job(row, "integration", run, target))
        if not targets:
            jobs.append(
                Job(row, "integration", lambda lane: parts.nothing(places[0], "no integration targets found"))
            )
    if "package" in selected:
        jobs.append(Job(row, "package", lambda lane: parts.package(make(name="package"))))
    return jobs


def run_all(jobs: list[Job], lanes: int, report: Report) -> None:
    """Run the jobs, `lanes` of them at a time."""
    free: queue.Queue[int] = queue.Queue()
    for lane in range(lanes):
        free.put(lane)

    def run(job: Job) -> None:
        lane, started = free.get(), time.monotonic()
        try:
            outcomes = job.run(lane)
        except Exception as error:  # pylint: disable=broad-except
            outcomes = [parts.Outcome(f"{job.part} itself", "failed", tree.BUILD / "logs", why=repr(error))]
        finally:
            free.put(lane)
        report.add(job, outcomes, time.monotonic() - started)

    with concurrent.futures.ThreadPoolExecutor(lanes) as pool:
        try:
            list(pool.map(run, jobs))
        except KeyboardInterrupt:
            parts.stop_all()  # before the pool waits for what runs
            raise


def matrix(
    selected: list[str], only: list[str], *, cores: list[str], lanes: int, report: Report
) -> list[Job]:
    """Set up the rows of the matrix, those of `cores` alone if any are named; return the jobs of all of them.

    A row whose Python isn't on this machine is reported as not run.
    """
    found = pythons.find()
    print("Pythons found: " + ", ".join(f"{major}.{minor}" for major, minor in found), flush=True)
    jobs = []
    for core, (requirements, version) in pythons.MATRIX.items():
        if cores and core not in cores:
            continue
        name = f"Python {version[0]}.{version[1]}"
        if version not in found:
            why = "not found on the PATH or in pyenv"
            outcome = parts.Outcome(name, "not run", tree.BUILD / "logs", why=why)
            report.add(Job(f"ansible-core {core}", "matrix", lambda lane: []), [outcome], 0)
            continue
        directory = tree.BUILD / "matrix" / core
        python = pythons.environment(found[version], directory / "venv", [requirements, "unit", "sanity"])
        row = f"{parts.ansible_version(python)} on {version[0]}.{version[1]}"
        jobs += jobs_of(selected, only, row, python, lanes)
    return jobs


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="+", choices=[*PARTS, "matrix"])
    parser.add_argument(
        "--only", nargs="*", default=[], help="integration targets, pytest arguments or sanity tests"
    )
    # One more than there are processors: tests wait a lot, for miners that reboot and answers that don't
    # come.
    parser.add_argument("--lanes", type=int, default=min(4, (os.cpu_count() or 1) + 1), help="jobs at a time")
    rows = parser.add_argument_group("of the matrix")
    rows.add_argument("--core", nargs="*", default=[], choices=list(pythons.MATRIX), help="its rows")
    rows.add_argument("--parts", nargs="*", default=list(MATRIX_PARTS), choices=PARTS, dest="matrix_parts")
    options = parser.parse_args()
    report, row = Report(), ""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    shutil.rmtree(tree.BUILD / "logs", ignore_errors=True)
    try:
        if "matrix" in options.parts:
            jobs = matrix(
                options.matrix_parts,
                options.only,
                cores=options.core,
                lanes=options.lanes,
                report=report,
            )
        else:
            python = pythons.environment(
                sys.executable, tree.CHECKOUT / ".venv", ["ansible", "unit", "sanity"]
            )
            row = f"{parts.ansible_version(python)} on {sys.version_info[0]}.{sys.version_info[1]}"
            print(f"{row}; {options.lanes} at a time", flush=True)
            jobs = jobs_of(options.parts, options.only, "", python, options.lanes)
        run_all(jobs, options.lanes, report)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        return 130
    except pythons.SetupError as error:
        print(f"error: {error}\n0 passed, 1 failed", flush=True)
        return 1
    if "matrix" in options.parts:
        report.table()
    report.keep(row, is_whole=not options.only)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
