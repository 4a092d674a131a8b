# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task in-process beside the same task shipped as an ordinary module, as it is to a gateway: here to this
machine.
"""

from __future__ import annotations

import sys

import desired
import report
import stage

LIMIT = 0.10
HOSTS = 25
POOLS = {"minerops.whatsminer.whatsminer_pools": {"pools": desired.pools()}}
HERE = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
TASKS = {"in-process": POOLS, "shipped": {**POOLS, "vars": HERE}}


class Shipped:
    """On fewer hosts, since each costs a Python process."""

    ROWS = [report.Row("in-process", "shipped", LIMIT)]

    def __init__(self, on: stage.Stage) -> None:
        self._player = on.plays(on.fleet())
        self._hosts = min(HOSTS, on.hosts)

    def round(self, number: int) -> dict[str, report.Reading]:
        """Milliseconds a host and task."""
        return self._player.per_host_task(TASKS, number, hosts=self._hosts)
