# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole declared state of all miners in one task, on a converged and on a drifted fleet, beside a bare
client.

Each side of the drifted fleet finds other pools than it wants, and has no tokens. Ours records what it
applied besides, under slow fingerprints of the pools' passwords, which is why this only informs. Times as in
fleet_read.py.
"""

from __future__ import annotations

import desired
import plays
import report
import stage

NAMES = ("pool", "other")
BEGIN = {"options": {"power_off_seconds": 0}, "actions": ["void_tokens"], "advance_seconds": 1801}


class FleetBaseline:
    """The pools that a side finds are those that the one before it has left."""

    ROUNDS = 3
    ROWS = [
        report.Row("fleet converged", "bare client, converged"),
        report.Row("fleet drifted", "bare client, drifted"),
    ]

    def __init__(self, on: stage.Stage) -> None:
        self._on = on
        self._miners = on.fleet(generations=stage.PEER_GENERATION)
        self._player = on.plays(self._miners)
        self._turn = 0

    def round(self, number: int) -> dict[str, report.Reading]:
        """Milliseconds a miner."""
        sides = {}
        if number == 0:
            self._ours("drifted", 0)
            stage.same_requests(self._miners, lambda: self._ours("drifted", 0), lambda: self._bare("drifted"))
            stage.same_requests(
                self._miners, lambda: self._ours("converged", 0), lambda: self._bare("converged")
            )
        for what in ("drifted", "converged"):
            sides[f"fleet {what}"] = self._ours(what, number)
            sides[f"bare client, {what}"] = self._bare(what)
        return sides

    def _begin(self, what):
        """The name of the pools to declare."""
        self._miners.change(BEGIN)
        self._player.forget_tokens()
        self._turn += what == "drifted"
        return NAMES[self._turn % 2]

    def _ours(self, what, number):
        # The same user for all, since the bare client has no templates.
        pools = [{**pool, "user": "farm.all"} for pool in desired.pools(self._begin(what))]
        task = {what: [plays.by_fleet("whatsminer_config", pools=pools, power=desired.POWER)]}
        return self._player.per_host_task(task, number, once=frozenset(task), changed=frozenset(["drifted"]))[
            what
        ]

    def _bare(self, what):
        pools = [(pool["url"], "farm.all") for pool in desired.pools(self._begin(what))]
        return self._on.bare(self._miners, what, pools=pools)
