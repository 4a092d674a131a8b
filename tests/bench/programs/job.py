# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the programs beside this one share: a job comes in as JSON, what it took goes out as JSON.

Imports aren't timed: a user's own program has them once, and of Ansible's side, where a play without a task
is taken off, the start isn't counted either.
"""

from __future__ import annotations

import asyncio
import json
import os
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


def cpu_seconds_of(pid: int) -> float:
    """CPU time that a process has used so far; 0 where the system doesn't tell."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    user, system = text.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


async def in_turns(one, things, concurrency: int) -> list:
    """``await one(thing)`` for all *things*, so many at once; what each returned, or the exception that it
    raised.
    """
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


async def timed(job: dict, work, whole, of: int, found: list | None = None) -> None:
    """Do ``await work()`` as often as the job says and write down what it took; ``whole(answers)`` counts
    what was right.

    *found* is what finding out about the miners took before, as `now` tells it.
    """
    least, taken = of, [0.0, 0.0, 0.0]
    for _repeat in range(job["repeats"]):
        before = now(job)
        answers = await work()
        taken = [sum(parts) - earlier for *parts, earlier in zip(taken, now(job), before)]
        least = min(least, whole(answers))
        for error in [answer for answer in answers if isinstance(answer, Exception)][:1]:
            print(repr(error), file=sys.stderr)
    said = {"seconds": taken, "found": found or [0.0, 0.0, 0.0], "whole": least, "of": of}
    pathlib.Path(sys.argv[2]).write_text(json.dumps(said), encoding="utf-8")


def now(job: dict) -> tuple[float, float, float]:
    """Seconds: wall-clock, CPU of this process, CPU of the simulator."""
    return time.monotonic(), time.process_time(), cpu_seconds_of(job["simulator"])
