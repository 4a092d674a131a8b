# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a program, and tell what it took."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import subprocess
import time

SAMPLE_SECONDS = 0.05


@dataclasses.dataclass(frozen=True)
class Usage:
    """*status* is the exit status; *wall* and *cpu* are seconds, children included; *memory*: see `run`."""

    status: int
    wall: float
    cpu: float
    memory: float | None


def run(
    command: list[str], log, given: str = "", environment: dict | None = None, memory: bool = False
) -> Usage:
    """Run *command* with *given* as its input and the open file *log* for what it says.

    With *memory*, ``Usage.memory`` is the most that the program and its children held at once, in megabytes:
    what several of them share is counted once. Looking costs time, so a run whose time counts doesn't.
    """
    started = time.monotonic()
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=log, stderr=log, text=True
    )
    most = 0.0
    try:
        process.stdin.write(given)
        process.stdin.close()
        pid = 0
        while not pid:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG if memory else 0)
            if not pid:
                most = max(most, _held_by_tree(process.pid))
                time.sleep(SAMPLE_SECONDS)
    except BaseException:
        process.terminate()
        process.wait()
        raise
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    return Usage(process.returncode, wall, usage.ru_utime + usage.ru_stime, most / 1e6 if memory else None)


def _held_by_tree(pid: int) -> int:
    """Bytes that a process and its descendants hold; 0 for what has just ended."""
    try:
        place = pathlib.Path(f"/proc/{pid}")
        children = (place / "task" / str(pid) / "children").read_text(encoding="ascii").split()
        held = next(
            line
            for line in (place / "smaps_rollup").read_text(encoding="ascii").splitlines()
            if line.startswith("Pss:")
        )
    except (OSError, StopIteration):
        return 0
    return int(held.split()[1]) * 1024 + sum(_held_by_tree(int(child)) for child in children)
