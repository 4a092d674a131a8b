# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task that reads all facts of the whole fleet, beside a bare client, the peers, and `debug` on each
host.

Of a play, what counts is what it takes beyond a play that has no task: variables, templates, results and
output are in it, the start of Ansible isn't. Of the programs, what counts is the time from their first
connection to their last miner. In the round that only warms up, the simulator's counters prove that the bare
client asks for exactly what our task asks for. As the peers, our task gives facts and not the replies that
they are made of.

All begin with a list of addresses. A peer first finds out what kind of miner each is, as its documentation
shows (get_miner), and that is part of what it takes; what it takes in a program that knows them already has a
row beside.
"""

from __future__ import annotations

import plays
import report
import stage

# How many miners at once gives each peer its best whole result; with more they lose some.
CONCURRENCY = {"pyasic": 100, "pyasic-rs": 100}
ON = {"state": "on", "mode": "normal"}
TASKS = {
    "debug": [plays.debug("all")],
    "fleet power": plays.by_fleet("whatsminer_power", **ON),
    "fleet facts": plays.by_fleet("whatsminer_facts", raw=False),
}


class FleetRead:
    """The hosts of a play are all of the fleet, also for `debug`."""

    ROWS = [
        report.Row("fleet power", "debug", 0.15),
        report.Row("fleet facts", "debug"),
        report.Row("fleet facts", "bare client", 1.4),
        report.Row("fleet facts", "pyasic", 0.45),
        report.Row("fleet facts", "pyasic" + stage.KNOWN),
        report.Row("fleet facts", "pyasic-rs"),
    ]

    def __init__(self, on: stage.Stage) -> None:
        self._on = on
        self._miners = on.fleet(generations=stage.PEER_GENERATION)
        self._player = on.plays(self._miners)

    def round(self, number: int) -> dict[str, report.Reading]:
        """Milliseconds a miner."""
        if number == 0:
            read = {"fleet facts": TASKS["fleet facts"]}
            stage.same_requests(
                self._miners,
                lambda: self._player.per_host_task(read, 0, once=frozenset(read)),
                lambda: self._on.bare(self._miners, "facts"),
            )
        repeats = plays.REPEATS if number else 1
        sides = self._player.per_host_task(TASKS, number, once=frozenset(["fleet power", "fleet facts"]))
        sides["bare client"] = self._on.bare(self._miners, "facts", repeats=repeats)
        for peer in stage.PEERS:
            sides |= self._on.peer_sides(self._miners, peer, "facts", CONCURRENCY[peer])
        return sides
