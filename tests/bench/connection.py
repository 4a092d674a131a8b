# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection's connection costs the tasks of others: `debug` over it, beside `debug` over
ansible-core's own.
"""

from __future__ import annotations

import plays
import report
import stage

TASKS = {
    "debug": plays.debug("all"),
    "debug over the api": {**plays.debug("all"), "vars": {}},
}


class Connection:
    """In a play without a task of the collection, each worker loads the connection plugin itself."""

    ROUNDS = 3
    ROWS = [report.Row("debug over the api", "debug")]

    def __init__(self, on: stage.Stage) -> None:
        self._player = on.plays(on.fleet())
        self._hosts = on.hosts

    def round(self, number: int) -> dict[str, report.Reading]:
        """Milliseconds a host and task."""
        return self._player.per_host_task(TASKS, number, self._hosts)
