# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each setting on miners of API 3, with and without port 4028: changed once, and then as desired."""

from __future__ import annotations

import json

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    AccessDenied,
    NotConverged,
    OutcomeUnknown,
    Unsupported,
    WrongMachine,
    WrongPassword,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings import user
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils._settings import (
    test_requests_by_api,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import failure
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.site import (
    ANY_ONE,
    ANY_TWO,
    ONE,
    OTHER_MAC,
    PASSWORD,
    TWO,
    closed_port,
    settings_of,
)

GENERATIONS = ["3", "3-only"]

# (declared, the commands that set it, whether API 3 shows all of it). What isn't shown needs a record.
SETTINGS = [
    ({"pools": [ANY_ONE, ANY_TWO]}, ["set.miner.pools"], True),
    ({"pools": [ONE]}, ["set.miner.pools"], False),
    ({"web_access": False}, ["set.system.webpools"], True),
    ({"state": "off"}, ["set.miner.service"], True),
    ({"mode": "low"}, ["set.miner.power_mode"], True),
    ({"mode": "high"}, ["set.miner.power_mode"], True),
    ({"limit_watts": "3200"}, ["set.miner.power_limit"], True),
    ({"limit_watts": "reset"}, ["set.miner.power_limit"], False),
    ({"frequency_percent": -5}, ["set.miner.target_freq"], True),
    ({"fast_boot": True}, ["set.miner.fastboot"], True),
    ({"upfreq_speed": 3}, ["set.miner.upfreq_speed"], True),
    ({"fast_hash": True}, ["set.miner.fast_hash"], True),
    ({"autostart": False}, ["set.miner.service"], False),
    ({"percent": 80}, ["set.miner.power_percent"], None),
    ({"percent": 80, "percent_mode": "normal"}, ["set.miner.power_percent"], None),
    ({"target_watts": 3000}, ["set.miner.power"], None),
    ({"heat_mode": "heating"}, ["set.miner.heat_mode"], None),
    ({"heat_mode": "anti-icing"}, ["set.miner.heat_mode"], None),
    ({"poweroff_cool": True}, ["set.fan.poweroff_cool"], True),
    ({"fan_zero_speed": True}, ["set.fan.zero_speed"], True),
    ({"temp_offset": -5}, ["set.fan.temp_offset"], True),
    ({"hostname": "rack1-07"}, ["set.system.hostname"], None),
    ({"timezone": "UTC-1", "zonename": "Europe/Berlin"}, ["set.system.timezone"], True),
    ({"remote_log": {"address": "192.168.1.2", "port": 514, "proto": "udp"}}, ["set.log.upload"], True),
    ({"delay_seconds": {"start": 30, "stop": 5}}, ["set.system.time_randomized"], True),
    ({"ntp_servers": ["0.pool.ntp.org", "10.0.0.1"]}, ["set.system.ntp_server"], True),
    ({"custom_data": {"CustomerSn": "SN-1", "msg3": "a"}}, ["set.device.custom_data"] * 2, True),
    ({"GROUP": "LED", "color": "red"}, ["set.system.led"], False),
    (
        {"GROUP": "NET", "proto": "static", "address": "127.0.0.1", "gateway": "127.0.0.2"},
        ["set.system.net_config"],
        True,
    ),
]


# The newer firmware shows more.
@pytest.mark.parametrize(("generation", "version"), [("3", "3.0.5"), ("3-only", "3.0.2")])
@pytest.mark.parametrize(("declared", "commands", "shown"), SETTINGS)
async def test_a_setting_is_changed_once_and_then_as_desired(
    site, generation, version, declared, commands, shown
):
    model = {"model": "M63S_VL50"} if "heat_mode" in declared else {}
    async with site(generation, {"api3_version": version}, **model) as here:
        foretold = await here.run(check=True, **declared)
        assert here.taken == {}
        first = await here.run(**declared)
        assert (first.changed, first.commands) == (True, commands)
        assert (foretold.changed, foretold.before, foretold.after) == (True, first.before, first.after)
        taken = here.taken
        second = await here.run(**declared)
        assert (second.changed, second.commands) == (False, [])
        assert here.taken == taken == {commands[0]: len(commands)}
        if shown is not None:
            assert (here.applied == {}) is shown
        assert here.machine.counters.tokens == 0


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_a_miner_in_the_desired_state_costs_one_connection_and_no_write(site, generation):
    state = {"pools": [ONE, TWO], "mode": "Low", "hostname": "rack1-07", "power_limit": 3200}
    declared = {"pools": [ANY_ONE, ANY_TWO], "mode": "low", "hostname": "rack1-07", "limit_watts": "3200"}
    async with site(generation, {"api3_version": "3.0.5"}, state=state) as here:
        await here.run(**declared)  # which API it speaks is found out
        before = here.machine.counters.as_dict()["connections"]
        result = await here.run(fact_cache=False, **declared)
        assert (result.changed, result.warnings, result.drifted, result.unknown) == (False, [], [], {})
        assert here.machine.counters.as_dict()["connections"] == before + 1
        assert here.taken == {}


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_all_of_it_at_once_least_disruptive_first_and_a_second_run_changes_nothing(site, generation):
    declared = {
        "pools": [ONE],
        "web_access": False,
        "mode": "high",
        "percent": 80,
        "timezone": "UTC-1",
        "zonename": "Europe/Berlin",
        "poweroff_cool": True,
        "state": "on",
    }
    async with site(generation) as here:
        result = await here.run(**declared)
        assert result.commands[-2:] == ["set.miner.power_mode", "set.miner.power_percent"]
        assert here.machine.state.percent == 80
        second = await here.run(**declared)
        assert (second.changed, second.commands) == (False, [])


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_a_miner_is_powered_on_again(site, generation):
    async with site(generation, state={"powered": False}) as here:
        assert (await here.run(state="on")).commands == ["set.miner.service"]
        assert here.machine.state.powered
        assert not (await here.run(state="on")).changed


@pytest.mark.parametrize(("declared", "command"), [({"ssh": True}, "ssh_open")])
async def test_what_only_port_4028_has_goes_by_that_where_it_is_open(site, declared, command):
    async with site("3", {"ssh_listens": True}) as here:
        declared = {**declared, "ssh_port": closed_port()}
        result = await failure(here.run(wait_timeout=0.2, **declared), NotConverged)  # nothing listens there
        assert result.result.commands == [command]


@pytest.mark.parametrize("declared", [{"ssh": True}, {"state": "preheated"}])
@pytest.mark.parametrize("check", [True, False])
async def test_what_only_port_4028_has_is_unsupported_where_that_is_closed(site, declared, check):
    async with site("3-only") as here:
        error = await failure(here.run(check=check, pools=[ANY_ONE], **declared), Unsupported)
        assert "API 3" in error.problem
        assert here.taken == {}


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("how", ["close", "hang"])
async def test_a_write_that_was_taken_without_a_word_is_a_change_and_sent_once(site, generation, how):
    async with site(generation, faults={"write_silent": ["*"], "silent_how": how}) as here:
        result = await here.run(mode="low", reply_timeout=0.4)
        assert (result.changed, result.commands) == (True, ["set.miner.power_mode"])
        assert here.taken == {"set.miner.power_mode": 1}


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize(("fault", "kind"), [("write_lost", OutcomeUnknown), ("write_ignored", NotConverged)])
async def test_a_write_that_was_lost_or_never_shows_is_no_success_and_sent_once(
    site, generation, fault, kind
):
    async with site(generation, faults={fault: ["*"]}) as here:
        await failure(here.run(mode="low", wait_timeout=0.2), kind)
        assert here.machine.counters.requests["set.miner.power_mode"] == 1
        assert here.machine.state.mode == "Normal"


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("check", [True, False])
async def test_another_machine_gets_nothing(site, generation, check):
    async with site(generation) as here:
        await failure(here.run(mode="low", mac=OTHER_MAC, check=check), WrongMachine)
        assert here.taken == {}


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_a_wrong_password_changes_nothing(site, generation):
    async with site(generation) as here:
        error = await failure(here.run(mode="low", password="wrong"), WrongPassword)
        assert (here.taken, error.result.changed) == ({}, False)


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("check", [True, False])
async def test_an_api_that_is_off_denies_access_before_anything_is_sent_in_check_mode_too(
    site, generation, check
):
    async with site(generation, state={"api_on": False}) as here:
        error = await failure(here.run(mode="low", check=check), AccessDenied)
        assert "switched off" in error.problem
        assert here.taken == {}
        assert here.machine.counters.sealed == 0
        assert not (await here.run(mode="normal")).changed  # reading works


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_no_password_is_in_a_result_or_a_record(site, generation):
    async with site(generation) as here:
        result = await here.run(pools=[ONE, TWO], mode="high")
        said = json.dumps([result.to_dict(diff=True), here.applied])
        for secret in (ONE["password"], TWO["password"], PASSWORD):
            assert secret not in said


@pytest.mark.parametrize(
    "options",
    [
        *({"api3_padding": "pkcs7"}, {"api3_wrong_password_code": -4}, {"api3_pools": "percent"}),
        *({"api3_form": "document"}, {"api3_form": "m60s"}, {"api3_heartbeat": "echo"}),
        *({"api3_ts_window_seconds": 5.0}, {"api3_limit_unset": "int_max"}, {"api3_sealed_json": "once"}),
        {"api3_closed_while_restarting": True, "restart_seconds": 0.3},
    ],
    ids=lambda options: next(iter(options)),
)
async def test_whatever_the_firmware_is_like_a_run_converges(site, options):
    declared = {"pools": [ONE], "mode": "low"}
    declared.update({"limit_watts": "3200"} if "api3_limit_unset" in options else {})
    async with site("3-only", options) as here:
        assert (await here.run(**declared)).changed
        second = await here.run(**declared)
        assert (second.changed, second.commands) == (False, [])


def test_the_table_has_each_setting_of_api_3():
    here = {type(setting) for declared, _commands, _shown in SETTINGS for setting in settings_of(declared)}
    there = {
        type(declared(options)[0])
        for declared, options, requests in test_requests_by_api.EXAMPLES
        if requests.keys() >= {3} and declared is not user.declared  # which has tests of its own
    }
    assert here == there
