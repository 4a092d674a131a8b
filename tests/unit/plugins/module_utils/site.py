# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulated miner, and runs of the engine over it."""

from __future__ import annotations

import json
import socket

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.known_apis import KnownApis
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import Tokens
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.converge import converge
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings import (
    cooling,
    led,
    net,
    pools,
    power,
    system,
)

PASSWORD = "sim12345"
OTHER_MAC = "C4:05:08:0F:0F:0F"
QUICK = {
    "restart_seconds": 0.0,
    "upfreq_seconds": 0.0,
    "power_off_seconds": 0.0,
    "ssh_listens": False,
    "reboot_delay_seconds": 0.0,
    "reboot_seconds": 0.1,
}
ONE = {"url": "stratum+tcp://one.example:3333", "user": "farm.1", "password": "pw-one-1"}
TWO = {"url": "stratum+tcp://two.example:443", "user": "farm.2", "password": "pw-two-2"}
# The same with no password declared.
ANY_ONE, ANY_TWO = ({"url": pool["url"], "user": pool["user"]} for pool in (ONE, TWO))

WRITES = {
    "update_pools",
    "enable_web_pools",
    "disable_web_pools",
    "set_low_power",
    "set_normal_power",
    "set_high_power",
}
WRITES |= {"power_on", "power_off", "set_power_pct", "set_target_freq", "set_zone", "set_hostname"}

#: Options of these groups may be declared of a Site together: no two have one of the same name.
TOGETHER = (pools, system, power, cooling)


def closed_port():
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def settings_of(declared):
    """The Settings in *declared*, options of the groups TOGETHER, or of the one that GROUP names."""
    declared = dict(declared)
    groups = {"LED": (led,), "NET": (net,)}.get(declared.pop("GROUP", ""), TOGETHER)
    return [setting for group in groups for setting in group.declared(declared)]


class Site:
    """A simulated miner, and the runs over it; ``applied`` is kept from run to run, as a fact cache does."""

    def __init__(self, machine, directory):
        self.machine = machine
        self.directory = directory
        self.applied = {}
        # A miner of API 3 alone has no other port.
        self.port = closed_port() if machine.generation == "3-only" else machine.port
        self.api = "auto" if machine.generation.startswith("3") else "2"

    async def run(
        self,
        check=False,
        fact_cache=True,
        wait=True,
        wait_timeout=5,
        mac=None,
        password=PASSWORD,
        reply_timeout=2,
        **declared,
    ):
        """The Result of converging to *declared* (`settings_of`)."""
        miner = Miner(
            "127.0.0.1",
            self.port,
            password,
            api=self.api,
            api3_port=self.machine.port3 or None,
            mac=mac,
            reply_timeout=reply_timeout,
            retries=1,
            tokens=Tokens(self.directory),
            known_apis=KnownApis(self.directory),
        )
        params = {"applied": self.applied if fact_cache else {}, "fact_cache": fact_cache}
        result = await converge(
            miner, settings_of(declared), params, check_mode=check, wait=wait, wait_timeout=wait_timeout
        )
        if fact_cache and result.applied is not None and not check:
            self.applied = json.loads(json.dumps(result.applied))
        return result

    @property
    def taken(self):
        return dict(self.machine.counters.taken)

    @property
    def sent(self):
        """How often each writable command arrived, taken or not."""
        return {
            name: count
            for name, count in self.machine.counters.requests.items()
            if name in WRITES or name.startswith("set.")
        }
