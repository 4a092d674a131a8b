# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same with devices that take 100 ms to answer: then it's concurrency that decides.

One round, which informs.
"""

from __future__ import annotations

import fleet_read
import plays
import report
import stage

MILLISECONDS = 100
TASK = {"one task a host": [plays.by_host("whatsminer_power", **fleet_read.ON)]}
FLEET = {
    "fleet facts": [plays.by_fleet("whatsminer_facts", raw=False)],
    "fleet facts, 128 at once": [plays.by_fleet("whatsminer_facts", at_once=128, raw=False)],
}


class Latency:
    """Peers as in fleet_read.py."""

    ROUNDS = 1
    WARMS_UP = False
    ROWS = [
        report.Row("fleet facts", "bare client"),
        report.Row("fleet facts", "pyasic"),
        report.Row("fleet facts", "pyasic-rs"),
        report.Row("fleet facts, 128 at once", "fleet facts"),
        report.Row("fleet facts", "one task a host"),
    ]

    def __init__(self, on: stage.Stage) -> None:
        self._on = on
        self._miners = on.fleet(generations=stage.PEER_GENERATION, latency_ms=MILLISECONDS)
        self._player = on.plays(self._miners)

    def round(self, number: int) -> dict[str, report.Reading]:
        """Milliseconds a miner."""
        sides = self._player.per_host_task(TASK, number, self._on.hosts)
        sides.update(self._player.per_host_task(FLEET, number, once=frozenset(FLEET)))
        sides["bare client"] = self._on.bare(self._miners, "facts")
        for peer in stage.PEERS:
            sides |= self._on.peer_sides(self._miners, peer, "facts", fleet_read.CONCURRENCY[peer])
        return sides
