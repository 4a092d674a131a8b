# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is written down of a miner is what it is: a run that declares it does nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.known_apis import KnownApis
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import Tokens
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine import observing
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.converge import converge
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import HoldStore
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holding import NOTHING_HELD
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import POWER, Hold
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings import power
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.site import PASSWORD

KINDS = ("1.3", "1.4", "2.0", "2.2", "3", "3-only")
# As far as the miner's API has it.
LIVELY = {
    "power_limit": 3000,
    "percent": 80,
    "fan_zero_speed": True,
    "customer": {"msg0": "rack7"},
    "remote_log": {"ip": "192.0.2.9", "port": 514, "proto": "udp"},
    "mode": "High",
}


def miner_of(here):
    return Miner(
        "127.0.0.1",
        here.port,
        PASSWORD,
        api=here.api,
        api3_port=here.machine.port3 or None,
        retries=0,
        reply_timeout=2,
        tokens=Tokens(here.directory),
        known_apis=KnownApis(here.directory),
    )


def params_of(**more):
    return {"applied": {}, "fact_cache": False, **more}


async def observed(here, **more):
    """(identity, options, reasons for what is left) of the miner."""
    miner = miner_of(here)
    try:
        values = (await observing.run(miner, params_of(**more))).values
    finally:
        miner.close()
    return values["identity"], values["options"], values["left"]


def settings_of(options):
    return [setting for name, given in options.items() for setting in observing.GROUPS[name].declared(given)]


@pytest.mark.parametrize("powered", [True, False])
@pytest.mark.parametrize("state", [{}, LIVELY])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_run_that_declares_what_was_written_down_changes_nothing(site, kind, state, powered):
    async with site(kind, state={**state, "powered": powered}) as here:
        identity, options, left = await observed(here)
        unique = {setting.name: setting for setting in settings_of(options)}
        result = await converge(miner_of(here), list(unique.values()), params_of(), check_mode=True)
        assert (result.changed, result.unknown, result.warnings, result.drifted) == (False, {}, [], [])
        assert options["power"]["state"] == ("on" if powered else "off")
        if kind in KINDS[2:]:
            assert identity["serial"] == here.machine.state.serial
            assert set(options) >= {"power", "net", "system", "led"}
        if powered:
            assert options["pools"]["pools"][0]["user"] == here.machine.state.pools[0]["user"]
            assert "password" not in options["pools"]["pools"][0]


async def test_of_api_3_all_that_it_shows_is_written_down(site):
    async with site("3-only", {"api3_version": "3.0.3"}, state=LIVELY) as here:
        _identity, options, _left = await observed(here)
    assert options["cooling"] == {"poweroff_cool": False, "fan_zero_speed": True, "temp_offset": 0}
    assert options["power"]["mode"] == "high"
    assert options["power"]["limit_watts"] == "3000"
    assert options["power"]["percent"] == 80
    assert options["system"]["remote_log"] == {"address": "192.0.2.9", "port": 514, "proto": "udp"}
    assert options["system"]["custom_data"] == {"msg0": "rack7"}
    assert set(options["system"]) >= {"hostname", "timezone", "zonename", "ntp_servers"}
    assert options["pools"]["web_access"] is True


async def test_what_can_not_be_set_over_the_api_of_the_miner_is_left_out_with_the_reason(site):
    async with site("2.2") as here:
        _identity, options, left = await observed(here)
    assert "ntp_servers" not in options["system"]
    assert "can't be set over the API" in left["ntp_servers"]


async def test_the_power_of_a_curtailed_miner_is_not_written_down_as_its_own(site, tmp_path):
    async with site("3", state={"powered": False}) as here:
        directory = str(tmp_path / "holds")
        store = HoldStore(directory)
        (tmp_path / "holds").mkdir(mode=0o700)
        hold = Hold(POWER, "ercot-4cp", 1.0)
        store.change([("rack1-01", None)], lambda held: replace(held, holds=(hold,)))
        _identity, options, left = await observed(here, holds=directory, hold_as="rack1-01")
    assert "power" not in options
    assert "ercot-4cp" in left["power.state"]
    assert "net" in options


def test_values_that_can_not_be_declared_or_do_not_go_together_are_left_out_with_the_reason():
    known = {
        "state": "on",
        "hostname": "WhatsMiner_6e07",
        "power_percent": 150,
        "power_target_watts": 3000,
        "fast_boot": True,
        "upfreq_speed": 4,
        "pools": [{"url": "stratum+tcp://a.example:1", "user": "farm\n1"}],
        "remote_log": {"port": 514},
        "network": {"proto": "static", "address": "10.0.0.7", "netmask": "255.255.255.0"},
        "led": "manual",
    }

    def choose(_what, by_generation):
        return next(iter(by_generation.values()))

    found = observing.observed(known, params_of(), choose=choose, held=NOTHING_HELD)
    percent = {"percent": 150, "percent_mode": "normal"}
    assert found.options == {"power": {"state": "on", **percent, "fast_boot": True}}
    assert set(found.left) == {
        "system.hostname", "power.target_watts", "power.upfreq_speed", "pools.pools[0].user", "net",
    }
    for reason in found.left.values():
        assert "isn't" in reason


def test_what_a_miner_shows_in_a_shape_that_nothing_has_is_not_written_down():
    found = observing.observed(
        {}, params_of(), choose=lambda what, by: next(iter(by.values())), held=NOTHING_HELD
    )
    assert (found.options, found.left) == ({}, {})


async def test_a_miner_whose_btminer_is_down_is_written_down_in_part_and_that_is_said(site):
    async with site("2.0", faults={"btminer_down": True}) as here:
        miner = miner_of(here)
        result = await observing.run(miner, params_of())
        miner.close()
        assert "pools" not in result.values["options"]
        assert ["btminer is down" in warning for warning in result.warnings] == [True]


def test_where_nothing_can_be_declared_nothing_is_left():
    options, left = {"percent": 500}, {}
    observing._drop_what_does_not_go_together("power", options, left)
    assert options == {}
    assert "it isn't" in left["power.percent"]


def test_100_percent_is_not_written_down_beside_target_watts_since_each_undoes_the_other():
    facts = {"power_percent": 100, "power_target_watts": 3000}
    assert [set(options) for options in power.observed(facts)] == [{"target_watts"}]
    assert {"percent": 100} in power.observed({"power_percent": 100})
