# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Miners that speak both APIs: what a fleet task and a scan take over API 3, beside the same over API 2.

Both sides have the same miners and the same outcome: all facts, a fleet that is off, a list of machines. Each
side that switches off begins with a fleet that is on, and without tokens. Times as in fleet_read.py, and of
scans as in discovery.py.
"""

from __future__ import annotations

import discovery
import plays
import report
import stage

GENERATION = "3"  # with both ports
APIS = ("2", "3")
BEGIN = {
    "state": {"powered": True},
    "options": {"power_off_seconds": 0, "restart_seconds": 0},
}


def over(api: str, module: str, **params) -> dict:
    """A task that runs *module* on the whole fleet over this *api*."""
    return {**plays.by_fleet(module, **params), "vars": {"whatsminer_api": api}}


READS = {f"fleet facts over API {api}": over(api, "whatsminer_facts", raw=False) for api in APIS}
# What it costs to look up which API a miner speaks. All facts would cost more by design: some stand on port
# 4028 only.
READS["fleet power over API 3"] = over("3", "whatsminer_power", state="on")
KNOWN = {"fleet power, API known": over("auto", "whatsminer_power", state="on")}
READS.update(KNOWN)
OFF = {
    f"fleet off over API {api}": [over(api, "whatsminer_power", state="off", respond_before=True)]
    for api in APIS
}
SCANS = {"scan of port 4028": "2", "scan of port 4433": "3", "scan of both ports": "auto"}


class Api3:
    """Tokens are few enough in all rounds that no miner's limit is reached."""

    ROWS = [
        report.Row("fleet facts over API 3", "fleet facts over API 2", 0.8),
        report.Row("fleet power, API known", "fleet power over API 3"),
        report.Row("fleet off over API 3", "fleet off over API 2", 0.8),
        report.Row("scan of both ports", "scan of port 4028", 1.3),
        report.Row("scan of both ports", "scan of port 4433"),
    ]

    def __init__(self, on: stage.Stage) -> None:
        self._on = on
        self._miners = on.fleet(generations=GENERATION)
        self._player = on.plays(self._miners)

    def round(self, number: int) -> dict[str, report.Reading]:
        """Milliseconds a miner; of scans, an address."""
        if number == 0:
            self._miners.change(BEGIN)
        self._player.per_host_task(KNOWN, 0, once=frozenset(KNOWN))  # that is forgotten together with tokens
        sides = self._player.per_host_task(READS, number, once=frozenset(READS))
        for name in list(OFF)[:: 1 if number % 2 else -1]:
            self._miners.change({**BEGIN, "actions": ["void_tokens"]})
            self._player.forget_tokens()
            task = {name: OFF[name]}
            sides |= self._player.per_host_task(task, number, once=frozenset(task), changed=frozenset(task))
        self._miners.change(BEGIN)
        repeats = 3 if number else 1
        for name, api in SCANS.items():
            sides[name] = self._on.scan(self._miners, discovery.ADDRESSES, repeats, api)
        return sides
