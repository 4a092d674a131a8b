# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the fault matrix; what stands behind make faults.

    python3 tests/faults/run.py                          all cells
    python3 tests/faults/run.py --module whatsminer_led --fault "closed port" --generation 2.0

Each finding is a line. A cell with one, or with a time-out, is run once more, with few others, since a busy
machine is slow to answer. What came of all is written into .build/faults.json, for table.py, and its sum into
.build/reliability/faults.json, for `make reliability`. The exit status is 0 only if there was no finding.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import platform
import shutil
import sys
import tempfile
import time

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = CHECKOUT / ".build"
PLACE = pathlib.Path("ansible_collections", "minerops", "whatsminer")
AT_ONCE, AT_ONCE_AGAIN = 40, 16


def root() -> pathlib.Path:
    """The directory with ansible_collections in it, where this checkout stands; made if need be."""
    if CHECKOUT.parts[-3:] == PLACE.parts:
        return CHECKOUT.parent.parent.parent
    link = BUILD / "checkout" / PLACE
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(CHECKOUT)
    return BUILD / "checkout"


def prepare() -> None:
    """Make the collection and the simulator importable, here and in what is started from here."""
    paths = [str(root()), str(CHECKOUT / "extensions")]
    sys.path[:0] = paths
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)


def work(numbers: list[int]) -> list[dict]:
    """Run the cells of these *numbers*, AT_ONCE at a time, in this process."""
    prepare()
    from ansible_collections.minerops.whatsminer.tests.faults import matrix

    scratch = pathlib.Path(tempfile.mkdtemp(prefix="whatsminer-faults-"))
    os.environ["HOME"] = str(scratch)
    every = matrix.cells()
    try:
        with matrix.short_pauses():
            return asyncio.run(_all([every[number] for number in numbers], scratch))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


async def _all(chosen: list, scratch: pathlib.Path) -> list[dict]:
    from ansible_collections.minerops.whatsminer.tests.faults import matrix

    async def one(number: int, cell: matrix.Cell, **options: float) -> matrix.Ended:
        async with slots:
            return await matrix.run(cell, _directory(scratch, f"{number}-{len(options)}"), **options)

    async def again(number: int, cell: matrix.Cell) -> matrix.Ended:
        ended = await one(number, cell, reply_timeout=3.0)
        for finding in ended.findings:
            print(f"{cell}: {finding}", flush=True)
        return ended

    slots = asyncio.Semaphore(AT_ONCE)
    every = dict(enumerate(await asyncio.gather(*(one(number, cell) for number, cell in enumerate(chosen)))))
    slots = asyncio.Semaphore(AT_ONCE_AGAIN)
    found = [number for number, each in every.items() if each.findings or each.outcome == "timed_out"]
    every.update(zip(found, await asyncio.gather(*(again(number, chosen[number]) for number in found))))
    return [dataclasses.asdict(each) for each in every.values()]


def _directory(scratch: pathlib.Path, name: str) -> pathlib.Path:
    path = scratch / name
    path.mkdir()
    return path


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("module", "fault", "generation"):
        parser.add_argument(f"--{name}", action="append", help="this one only; may be given several times")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time")
    parser.add_argument("--results", action="store_true", help="show each cell's result")
    options = parser.parse_args()
    prepare()
    from ansible_collections.minerops.whatsminer.tests.faults import matrix

    chosen = [
        number
        for number, cell in enumerate(matrix.cells())
        if all(
            getattr(cell, name) in (getattr(options, name) or [getattr(cell, name)])
            for name in ("module", "fault", "generation")
        )
    ]
    if not chosen:
        faults = {**matrix.FAULTS, **matrix.FRAMES, **matrix.ONE_PORT}
        parser.error(f"no such cell; modules: {', '.join(matrix.MODULES)}; faults: {', '.join(faults)}")
    started = time.monotonic()
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        parts = pool.map(work, [chosen[lane :: options.jobs] for lane in range(options.jobs)])
        rows = [row for part in parts for row in part]
    findings = sum(len(row["findings"]) for row in rows)
    for row in rows if options.results else ():
        cell = matrix.Cell(**row["cell"])
        print(f"{cell}: {row['outcome']} in {row['seconds']:.1f} s: {json.dumps(row['result'])}")
    if len(chosen) == len(matrix.cells()):
        write(rows, round(time.monotonic() - started))
    print(f"{len(rows):,} cells, {findings} findings, {time.monotonic() - started:.0f} s")
    return 1 if findings else 0


def write(rows: list[dict], seconds: int) -> None:
    """Write what came of all cells where table.py reads it, and the sum where `make reliability` does."""
    cells = [row["cell"] for row in rows]
    run = {
        "at": time.strftime("%Y-%m-%d", time.gmtime()),
        "python": platform.python_version(),
        "seconds": seconds,
        "cells": len(cells),
        "shipped": sum(cell["shipped"] for cell in cells),
        **{f"{name}s": len({cell[name] for cell in cells}) for name in ("module", "fault", "generation")},
        "findings": sum(len(row["findings"]) for row in rows),
        "outcomes": dict(collections.Counter(row["outcome"] for row in rows).most_common()),
    }
    every = {**run, "cells": [{**row["cell"], "outcome": row["outcome"]} for row in rows]}
    (BUILD / "reliability").mkdir(parents=True, exist_ok=True)
    for path, content in ((BUILD / "reliability" / "faults.json", run), (BUILD / "faults.json", every)):
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
