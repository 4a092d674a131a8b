# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet for the tests of a rollout: miners that run what is flashed, and a clock that only work moves."""

from __future__ import annotations

from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import HoldStore
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.keeper import Keeper
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.loop import Rollout
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._rollout.rollout_results import (
    OLD,
    declared,
    facts,
    lost,
    rules,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils.mortal_controllers import (
    MortalController,
)


class FakeFleet(MortalController):
    """Miners of the model M30, that run OLD and hash at 100 TH/s.

    *harm* says at how many TH/s a miner hashes with an image, by (host, version). *dies_at* is the number of
    the call at which the controller is killed, before it does anything, or with *after* once it has.
    *on_flash* is called with the fleet before each flash.
    """

    def __init__(self, hosts, dies_at=None, after=False):
        super().__init__(1000.0, dies_at, after)
        self.versions = dict.fromkeys(hosts, OLD)
        self.harm = {}
        self.lost = set()
        self.flashed = []
        self.verified = []
        self.on_flash = lambda fleet: None

    def read(self, hosts):
        return self.call(lambda: [self._shown(host) for host in hosts])

    def _shown(self, host):
        if host in self.lost:
            return lost(host)
        version = self.versions[host]
        return facts(host, version=version, rate=self.harm.get((host, version), 100.0))

    def flash(self, options):
        self.on_flash(self)
        return self.call(lambda: [self._flashed(host, given) for host, given in options.items()])

    def _flashed(self, host, options):
        if host in self.lost:
            return {"host": host, "unreachable": True, "changed": False, "msg": f"{host}: no connection"}
        changed = options["force"] or self.versions[host] != options["version"]
        if changed:
            self.flashed.append((host, options["version"]))
            self.versions[host] = options["version"]
        return {"host": host, "changed": changed}

    def image(self, entry):
        self.verified.append(entry.src)


def keeper(place, check_mode=False):
    """The keeper of the state and the holds in the directory *place*."""
    return Keeper(HoldStore(str(place / "holds")), str(place / "state.json"), check_mode=check_mode)


def roll_out(fleet, place, hosts=None, asked=None, known=None, **changes):
    """The Rollout of what is *known* to be declared, with *changes* of the rules, once it has run."""
    hosts = list(fleet.versions) if hosts is None else hosts
    chosen = rules(**{"max_down_percent": 50, "batches": [50, 100], **changes})
    run = Rollout(
        fleet,
        keeper(place, fleet.check_mode),
        known or declared(),
        chosen,
        hosts=hosts,
        asked=hosts if asked is None else asked,
    )
    run.run()
    return run
