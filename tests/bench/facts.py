# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of the fleet, in-process, beside `debug` on the same hosts."""

from __future__ import annotations

import plays
import report
import stage

TASKS = {
    "debug": plays.debug("all"),
    "min": {"minerops.whatsminer.whatsminer_facts": {"gather_subset": ["min"]}},
    "all": {"minerops.whatsminer.whatsminer_facts": {}},
}


class Facts:
    """They bring much more home than `debug` does, so they only inform."""

    ROUNDS = 3
    ROWS = [
        report.Row("min", "debug"),
        report.Row("all", "debug"),
    ]

    def __init__(self, on: stage.Stage) -> None:
        self._player = on.plays(on.fleet())
        self._hosts = on.hosts

    def round(self, number: int) -> dict[str, report.Reading]:
        """Milliseconds a host and task."""
        return self._player.per_host_task(TASKS, number, self._hosts)
