# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of a curtailment share: results of reading miners, and a site whose miners do as they are
told.
"""

from __future__ import annotations

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment import (
    declared,
    restoring,
    saved_state,
    shedding,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.readings import readings
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils.mortal_controllers import (
    MortalController,
)

GROUPS = {"all": ["m1", "m2", "m3", "m4"], "hall": ["m3", "m4"], "old": ["m2"]}


def shown(host, watts=3000, state="on", mode="normal", efficiency=30.0, mac=None, **facts):
    """A result of reading *host*."""
    facts = {
        "state": state,
        "power_watts": watts,
        "power_mode": mode,
        "efficiency_j_per_th": efficiency,
        "mac": mac,
        **facts,
    }
    return {
        "host": host,
        "ansible_facts": {"whatsminer": {name: value for name, value in facts.items() if value is not None}},
    }


def lost(host, msg="no answer"):
    return {"host": host, "unreachable": True, "msg": msg}


FLEET = (
    shown("m1", efficiency=20.0),
    shown("m2", efficiency=40.0),
    shown("m3", efficiency=30.0),
    shown("m4", efficiency=25.0),
)


def but(*results, fleet=FLEET):
    """*fleet* with *results* instead of those of the same hosts."""
    hosts = {result["host"] for result in results}
    return [*results, *(result for result in fleet if result["host"] not in hosts)]


def begin(options, fleet=FLEET, state=None, percents=None, now=100.0, **more):
    """A curtailment by *options*."""
    return shedding.begin(
        declared.curtailing(options, now),
        saved_state.State("curtailment") if state is None else state,
        readings(fleet),
        groups=GROUPS,
        percents=percents or {},
        shared=more.pop("shared", {}),
        blocked=more.pop("blocked", {}),
        begun=now,
        now=now,
        **more,
    )


def hosts_of(run):
    """The hosts that *run* changes next."""
    return [host for change in run.changes for host in change.hosts]


def taken(run):
    """No problem with any of the changes."""
    return dict.fromkeys(hosts_of(run))


def followed(run, fleet=FLEET):
    """What the fleet shows when all were switched off as *run* demands."""
    hosts = hosts_of(run)
    return [shown(item["host"], 0, "off") if item["host"] in hosts else item for item in fleet]


def go_on(run, problems, fleet, now=101.0):
    """Hand what came of the changes to a curtailment."""
    run.follow(problems, readings(fleet), now)
    return run


def curtailed(options, fleet=FLEET, percents=None):
    """The state after a whole curtailment by *options*."""
    run = begin(options, fleet, percents=percents)
    return go_on(run, taken(run), followed(run, fleet)).state


def resume(options, state, fleet, now=200.0, hosts=None, **more):
    """The way back by *options*."""
    return restoring.begin(
        declared.resuming(options),
        state,
        readings(fleet),
        hosts=[result["host"] for result in fleet] if hosts is None else hosts,
        shared=more.pop("shared", {}),
        blocked=more.pop("blocked", {}),
        ended=more.pop("ended", {}),
        begun=now,
        now=now,
    )


def go_back(run, problems, fleet, now=201.0, preheated=None):
    """Hand what came of the changes to the way back."""
    run.follow(preheated or {}, problems, readings(fleet), now=now)
    return run


def all_off(state):
    return [shown(host, 0, "off") for host in state.curtailed]


class FakeSite(MortalController):
    """Miners that take 3 kW each and do as they are told, and a clock that only pauses move.

    *dies_at* is the number of the call at which the controller is killed, before it does anything, or with
    *after* once it has. *on_pause* is called with the site at each pause.
    """

    def __init__(self, miners, dies_at=None, after=False):
        super().__init__(1000.0, dies_at, after)
        self.miners = {host: {"state": "on", "mode": "normal", "percent": 100} for host in miners}
        self.journal = []
        self.pauses = []
        self.meter = []
        self.on_pause = lambda site: None

    def read(self, hosts, subsets):
        return self.call(lambda: [self._shown(host) for host in hosts])

    def _shown(self, host):
        miner = self.miners[host]
        watts = {"off": 0, "on": 30 * miner["percent"]}[miner["state"]]
        watts = watts * 0.8 if miner["mode"] == "low" else watts
        return shown(
            host,
            watts,
            miner["state"],
            miner["mode"],
            power_percent=miner["percent"],
            uptime_seconds=miner.get("uptime"),
            elapsed_seconds=miner.get("elapsed"),
        )

    def change(self, change):
        return self.call(lambda: [self._changed(host, change.params) for host in change.hosts])

    def _changed(self, host, params):
        params = {name: value for name, value in params.items() if name in ("state", "mode", "percent")}
        self.journal.append((host, params))
        self.miners[host].update(params)
        return {"host": host, "changed": True}

    def meter_watts(self, measured):
        return float(measured) * 1000 if measured.isdigit() else self.meter.pop(0)

    def pause(self, seconds):
        super().pause(seconds)
        if seconds:
            self.pauses.append(seconds)
            self.on_pause(self)

    def off(self):
        return {host for host, miner in self.miners.items() if miner["state"] == "off"}
