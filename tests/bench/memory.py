# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The most memory that a task over a fleet takes: all facts of 1,000 miners beside pyasic, and of 10,000;
10,000 switched off.

All processes of a side together, what they share counted once. What Ansible holds of so many hosts in a play
that has no task is in it, and has rows of its own. Peaks hardly differ from run to run, so there is one
round.
"""

from __future__ import annotations

import fleet_power
import fleet_read
import plays
import report
import stage

MEGABYTES = 300
FACTS = [plays.by_fleet("whatsminer_facts", raw=False)]
OFF = fleet_power.TASK["fleet off"]


class Memory:
    """10,000 miners for us alone: that is one round by itself."""

    ROUNDS = 1
    WARMS_UP = False

    def __init__(self, on: stage.Stage) -> None:
        self._on = on
        self._many = 10 * on.count
        self._none, self._none_of_many = (f"no task, {count:,} hosts" for count in (on.count, self._many))
        self._facts_of_many, self._off_of_many = (
            f"{side}, {self._many:,} miners" for side in ("fleet facts", "fleet off")
        )
        self.ROWS = [
            report.Row("fleet facts", "pyasic", 0.5, unit="MB"),
            report.Row(self._none, "pyasic", unit="MB"),
            report.Row(self._off_of_many, None, MEGABYTES, unit="MB"),
            report.Row(self._facts_of_many, None, MEGABYTES, unit="MB"),
            report.Row(self._none_of_many, None, unit="MB"),
        ]

    def round(self, number: int) -> dict[str, report.Reading]:
        """Megabytes."""
        miners = self._on.fleet(generations=stage.PEER_GENERATION)
        concurrency = fleet_read.CONCURRENCY["pyasic"]
        sides = self._peaks(miners, {"fleet facts": FACTS, self._none: []})
        sides["pyasic"] = self._on.peer(miners, "pyasic", "facts", memory=True, concurrency=concurrency)
        many = self._on.fleet(self._many, generations=stage.PEER_GENERATION)
        many.change(fleet_power.BEGIN)
        return sides | self._peaks(
            many, {self._facts_of_many: FACTS, self._off_of_many: OFF, self._none_of_many: []}
        )

    def _peaks(self, miners, plays_of):
        player = self._on.plays(miners)
        player.forget_tokens()  # of other miners at the same addresses
        return {side: report.Reading(player.peak(tasks)) for side, tasks in plays_of.items()}
