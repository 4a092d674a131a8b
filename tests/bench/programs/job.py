# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the programs beside this one share: a job comes in as JSON, what it took goes out as JSON.

Imports and preparations aren't timed: a user's own program has them once, and of Ansible's side, where a play without a task
is taken off, they aren't counted either.
"""

from __future__ import annotations

import asyncio
import json
import pathlib
import resource
import sys
import time


def collection() -> pathlib.Path:
    """The copy of the collection that is measured."""
    return pathlib.Path(sys.argv[1])


def read() -> dict:
    """The job. The limit of open files is raised first, so that no side lacks any."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return json.load(sys.stdin)


async def in_turns(one, things, concurrency: int) -> list:
    """``await one(thing)`` for all *things*, so many at once; what each returned, or the exception that it raised."""
    answers = []
    remaining = iter(things)

    async def work():
        for thing in remaining:
            try:
                answers.append(await one(thing))
            except Exception as error:  # noqa: BLE001 - told by whoever counts
                answers.append(error)

    await asyncio.gather(*(work() for _each in range(concurrency)))
    return answers


async def timed(job: dict, work, whole, of: int) -> None:
    """Do ``await work()`` as often as the job says and write down what it took; ``whole(answers)`` counts what was right."""
    least, wall, cpu = of, 0.0, 0.0
    for _repeat in range(job["repeats"]):
        started, used = time.monotonic(), time.process_time()
        answers = await work()
        wall, cpu = wall + time.monotonic() - started, cpu + time.process_time() - used
        least = min(least, whole(answers))
        for error in [answer for answer in answers if isinstance(answer, Exception)][:1]:
            print(repr(error), file=sys.stderr)
    pathlib.Path(sys.argv[2]).write_text(json.dumps({"wall": wall, "cpu": cpu, "whole": least, "of": of}), encoding="utf-8")
