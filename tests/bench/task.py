# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task of the collection on a converged fleet, in-process, beside `debug` on the same hosts."""

from __future__ import annotations

import desired
import plays
import report
import stage

LIMIT = 1.15
TASKS = {
    "debug": plays.debug(desired.POWER),
    "debug of the same pools": plays.debug(desired.pools()),
    "whatsminer_pools": {"minerops.whatsminer.whatsminer_pools": {"pools": desired.pools()}},
    "whatsminer_power": {"minerops.whatsminer.whatsminer_power": desired.POWER},
}


class Task:
    """What an operator runs most: nothing to change, so reads only."""

    ROWS = [
        report.Row("whatsminer_power", "debug", LIMIT),
        report.Row("whatsminer_pools", "debug of the same pools", LIMIT),
        report.Row("whatsminer_pools", "debug"),
    ]

    def __init__(self, on: stage.Stage) -> None:
        self._player = on.plays(on.fleet())
        self._hosts = on.hosts

    def round(self, number: int) -> dict[str, report.Reading]:
        """Milliseconds a host and task."""
        return self._player.per_host_task(TASKS, number, self._hosts)
