# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The most memory that reading all facts takes, of 1,000 and of 10,000 miners, beside pyasic.

All processes of a side together, what they share counted once. What Ansible holds of so many hosts in a play that has no task is
in it, and has a row of its own. Peaks hardly differ from run to run, so there is one round.
"""

from __future__ import annotations

import fleet_read
import plays
import report
import stage

MEGABYTES = 300
TASK = plays.by_fleet("whatsminer_facts", raw=False)


class Memory:
    """10,000 miners for us alone: that is one round by itself."""

    ROUNDS = 1
    WARMS_UP = False

    def __init__(self, on: stage.Stage) -> None:
        self._on = on
        self._many = 10 * on.count
        self._side = f"fleet facts, {self._many:,} miners"
        self._idle = f"no task, {self._many:,} hosts"
        self.ROWS = [
            report.Row("fleet facts", "pyasic", 0.5, unit="MB"),
            report.Row(self._side, None, MEGABYTES, unit="MB"),
            report.Row(self._idle, None, unit="MB"),
        ]

    def round(self, number: int) -> dict[str, report.Reading]:
        """Megabytes."""
        miners = self._on.fleet(generations=stage.PEER_GENERATION)
        concurrency = fleet_read.CONCURRENCY["pyasic"]
        sides = {
            "fleet facts": report.Reading(self._on.plays(miners).peak([TASK])),
            "pyasic": self._on.peer(miners, "pyasic", "facts", memory=True, concurrency=concurrency),
        }
        many = self._on.fleet(self._many, generations=stage.PEER_GENERATION)
        sides[self._side] = report.Reading(self._on.plays(many).peak([TASK]))
        sides[self._idle] = report.Reading(self._on.plays(many).peak([]))
        return sides
