# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task that switches the whole fleet off, beside a bare client that does the same and the peers, who do
less.

Ours and the bare client look, get a token, order, and read back; the peers get a token and order. Each side
begins with a fleet that is on, and without tokens. Times as in fleet_read.py. Miners here do their work at
once: how long a real one takes to stop is the same for all.
"""

from __future__ import annotations

import plays
import report
import stage

CONCURRENCY = {"pyasic": 100, "pyasic-rs": 100}
TASK = {"fleet off": [plays.by_fleet("whatsminer_power", state="off", respond_before=True)]}
BEGIN = {
    "state": {"powered": True},
    "options": {"power_off_seconds": 0, "restart_seconds": 0},
    "actions": ["void_tokens"],
}


class FleetPower:
    """Tokens are voided on both sides, and the miners' clocks set on by half an hour, so that their limit
    isn't reached.
    """

    ROWS = [
        report.Row("fleet off", "bare client", 1.4),
        report.Row("fleet off", "pyasic", 0.55),
        report.Row("fleet off", "pyasic" + stage.KNOWN),
        report.Row("fleet off", "pyasic-rs"),
    ]

    def __init__(self, on: stage.Stage) -> None:
        self._on = on
        self._miners = on.fleet(generations=stage.PEER_GENERATION)
        self._player = on.plays(self._miners)

    def round(self, number: int) -> dict[str, report.Reading]:
        """Milliseconds a miner."""
        if number == 0:
            stage.same_requests(self._miners, lambda: self._ours(0), self._bare)
        sides = {"fleet off": self._ours(number), "bare client": self._bare()}
        for peer in stage.PEERS:
            self._begin()
            sides |= self._on.peer_sides(self._miners, peer, "power_off", CONCURRENCY[peer])
        self._begin()
        return sides

    def _begin(self):
        self._miners.change({**BEGIN, "advance_seconds": 1801})
        self._player.forget_tokens()

    def _ours(self, number):
        self._begin()
        return self._player.per_host_task(TASK, number, once=frozenset(TASK), changed=frozenset(TASK))[
            "fleet off"
        ]

    def _bare(self):
        self._begin()
        return self._on.bare(self._miners, "power_off")
