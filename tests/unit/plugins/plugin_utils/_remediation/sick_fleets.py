# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet for the tests of a remediation: what ails a miner, what mends it; a clock that only work moves."""

from __future__ import annotations

from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import HoldStore
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.reasons import Reason
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.report import Miner
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.declared import (
    Rules,
    policy_of,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.keeper import Keeper
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.loop import remediate
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils.mortal_controllers import (
    MortalController,
)

DEFAULTS = {
    "verdicts": ["ill", "unreachable"],
    "wait_minutes": 30,
    "confirm_seconds": 90,
    "daily_per_miner": 3,
    "daily_per_site": 0,
    "sites": [],
    "site_percent": 100,
    "storm_percent": 20,
    "storm_miners": 5,
    "wait_timeout": 300,
    "retry_given_up": False,
}
# The scopes of whatsminer_reboot, and a power cycle, the mildest first.
STRENGTHS = ("btminer", "miner", "power")


def miner(host, verdict="ok", *codes, severity="ill", mac=None, columns=None):
    """A Miner of the health report, with reasons of these *codes*."""
    reasons = tuple(Reason(code, severity, f"{code} it is") for code in codes)
    return Miner(host, "192.0.2.1", verdict, reasons, model="M30S", mac=mac, columns=columns or {})


def is_mended(needs, scope):
    """Whether *scope* is at least what a miner *needs*; None is mended by nothing."""
    return needs is not None and STRENGTHS.index(scope) >= STRENGTHS.index(needs)


class FakeFleet(MortalController):
    """Miners that are well but for those in *ill*: host -> (Miner, what mends it, one of STRENGTHS or None).

    *results* are what whatsminer_reboot comes to by host, where it doesn't restart the miner. *dies_at* is
    the number of the call that touches miners at which the controller is killed, before it does anything, or
    with *after* once it has. *done* is all that was done.
    """

    def __init__(self, hosts, ill=(), command=(), policy=None):
        super().__init__(1_000_000.0)
        self.hosts = list(hosts)
        self.ill = dict(ill)
        self.policies = dict.fromkeys(self.hosts, policy_of(policy, list(command)))
        self.results = {}
        self.problems = {}
        self.done = []
        self.judged = []
        self.on_pause = lambda: None

    def judge(self, hosts):
        self.judged.append(list(hosts))
        return [self.ill[host][0] if host in self.ill else miner(host) for host in hosts]

    def restart(self, options):
        return self.call(lambda: [self._restarted(host, given) for host, given in options.items()])

    def _restarted(self, host, options):
        if host in self.results:
            return {"host": host, **self.results[host]}
        self._treat(host, options["scope"])
        return {"host": host, "changed": True, "commands": ["reboot"]}

    def power_cycle(self, hosts):
        return self.call(lambda: {host: self._treat(host, "power") for host in hosts})

    def _treat(self, host, scope):
        self.done.append((host, scope))
        if host in self.ill and is_mended(self.ill[host][1], scope):
            del self.ill[host]
        return self.problems.get(host)

    def pause(self, seconds):
        super().pause(seconds)
        self.on_pause()


def rules(hosts, groups=None, **changes):
    return Rules.of({**DEFAULTS, **changes}, groups or {}, list(hosts))


def keeper(place, check_mode=False):
    (place / "holds").mkdir(exist_ok=True)
    return Keeper(HoldStore(str(place / "holds")), str(place / "state.json"), check_mode=check_mode)


def run(fleet, place, hosts=None, groups=None, **changes):
    """{host: status}, and what was Done, of a run over *hosts* with *changes* of the rules."""
    hosts = fleet.hosts if hosts is None else hosts
    chosen = rules(hosts, groups, **changes)
    done = remediate(fleet, keeper(place, fleet.check_mode), chosen, hosts)
    return {each.host: each.status for each in done.decisions}, done


def names(count):
    return [f"m{number:03}" for number in range(count)]


def dead(*hosts, needs="btminer"):
    """*ill* for FakeFleet: btminer of these *hosts* is down."""
    return {host: (miner(host, "ill", "btminer_down"), needs) for host in hosts}
