# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the writes of API 2.0.5 and 2.2.2 do to a miner, and what it takes only later, or not for long."""

from __future__ import annotations

import pytest
from simulator_client import POOLS, rows

OFFERED_2_0_5 = {
    "adjust_power_limit": {"power_limit": "3000"},
    "adjust_upfreq_speed": {"upfreq_speed": "3"},
    "set_poweroff_cool": {"poweroff_cool": "1"},
    "set_fan_zero_speed": {"fan_zero_speed": "1"},
    "set_temp_offset": {"temp_offset": "-5"},
}
OFFERED_2_2_2 = {
    "set_power_pct_v2": {"percent": "90"},
    "restore_power_pct": {},
    "set_power": {"power": "3000"},
    "enable_btminer_init": {},
    "disable_btminer_init": {},
    "set_fast_mining": {"fast_mining": "1"},
    "set_fast_hash": {"fast_hash": "1"},
    "set_customer_msg": {"key": "msg0", "val": "rack 7"},
    "get_customer_msg": {},
}


def summary(client):
    return rows(client.ask("summary"))[0]


def status(client):
    return client.ask("status")["Msg"]


def state(client):
    return client.miner.describe()["state"]


def answers(client, offered):
    token = client.token()
    return {client.code(cmd, token, **params) for cmd, params in offered.items()}


def test_each_generation_knows_the_writes_of_its_document(start, generation):
    client = start(generation)
    assert answers(client, OFFERED_2_0_5) == {131 if generation in ("2.0", "2.2") else 14}
    assert answers(client, OFFERED_2_2_2) == {131 if generation == "2.2" else 14}


def test_a_write_can_be_known_early_or_unknown(start):
    early = start("2.0", options={"extra_commands": ["set_power_pct_v2"], "unknown_commands": ["set_led"]})
    assert early.code("set_power_pct_v2", percent="90") == 131
    assert early.code("set_led", param="auto") == 14


@pytest.mark.parametrize(
    "cmd, params",
    [
        ("adjust_power_limit", {"power_limit": 3000}),
        ("adjust_power_limit", {"power_limit": "-1"}),
        ("adjust_power_limit", {"power_limit": "3601"}),
        ("adjust_power_limit", {"power_limit": "100000"}),
        ("adjust_power_limit", {}),
        ("adjust_upfreq_speed", {"upfreq_speed": "11"}),
        ("set_poweroff_cool", {"poweroff_cool": "true"}),
        ("set_fan_zero_speed", {"fan_zero_speed": "2"}),
        ("set_temp_offset", {"temp_offset": "1"}),
        ("set_temp_offset", {"temp_offset": "-31"}),
        ("set_power_pct", {"percent": "101"}),
        ("set_power_pct_v2", {"percent": "101"}),
        ("set_power", {"power": "0"}),
        ("set_power", {"power": "3601"}),
        ("set_heat_mode", {"mode": "heating"}),
        ("set_fast_hash", {"fast_hash": "yes"}),
        ("set_customer_msg", {"key": "msg10", "val": "x"}),
        ("set_customer_msg", {"key": "msg1", "val": "x" * 257}),
        ("set_target_freq", {"percent": "-101"}),
    ],
)
def test_bad_parameters_are_refused_in_the_firmwares_words_and_change_nothing(start, cmd, params):
    client = start("2.2")
    before = state(client)
    refusal = client.order(cmd, **params)
    assert (refusal["Code"], refusal["Msg"]) == (132, "API command ERROR")
    assert state(client) == before
    assert client.miner.counters.btminer_starts == 0


def test_upfreq_speed_goes_to_9_until_2_2_2_and_shows_in_get_miner_info(start):
    assert start("2.0").code("adjust_upfreq_speed", upfreq_speed="10") == 132
    client = start("2.2")
    assert client.code("adjust_upfreq_speed", upfreq_speed="10") == 131
    assert client.ask("get_miner_info")["Msg"]["upfreq_speed"] == "10"


def test_upfreq_speed_shortens_tuning(start):
    client = start("2.2", options={"upfreq_seconds": 100.0}, state={"upfreq_speed": 9})
    client.code("restart_btminer")
    client.patch(advance_seconds=11)
    assert summary(client)["Hash Stable"] == "true"


def test_target_frequency_goes_to_minus_100_and_restarts_mining(start):
    client = start("2.2")
    assert client.code("set_target_freq", percent="-60") == 131
    assert client.miner.counters.btminer_starts == 1
    assert status(client)["hash_percent"] == "-60"
    assert start("1.4").code("set_target_freq", percent="-11") == 132


# --- the power limit


@pytest.mark.parametrize("generation", ["2.0", "2.2"])
def test_a_limit_restarts_mining_and_shows_zeros_while_not_off(start, generation):
    client = start(generation, options={"limit_restart_seconds": 90.0})
    for starts in (1, 2):
        assert client.code("adjust_power_limit", power_limit="3000") == 131
        assert client.miner.counters.btminer_starts == starts, "with an unchanged value too"
        row = summary(client)
        assert row["Power Limit"] == row["MHS av"] == row["HS RT"] == row["Power"] == 0
        assert (status(client)["mineroff"], status(client)["power_limit_set"]) == ("false", "3000")
        client.patch(advance_seconds=91)
        assert summary(client)["Power Limit"] == 3000
        assert summary(client)["MHS av"] > 1000


def test_a_limit_throttles(start):
    client = start("2.2")
    before = summary(client)
    client.code("adjust_power_limit", power_limit="1750")
    client.patch(advance_seconds=5)
    after = summary(client)
    assert after["Power"] == pytest.approx(1750, rel=0.01)
    assert after["MHS av"] == pytest.approx(before["MHS av"] / 2, rel=0.01)


@pytest.mark.parametrize("watts, asked, effective", [("99999", "3600", 3600), ("0", "0", 3600)])
def test_99999_is_the_machines_own_limit_and_0_is_none(start, watts, asked, effective):
    client = start("2.2", state={"power_limit": 3000})
    client.code("adjust_power_limit", power_limit=watts)
    client.patch(advance_seconds=5)
    assert (status(client)["power_limit_set"], summary(client)["Power Limit"]) == (asked, effective)
    assert summary(client)["Power"] > 3000


def test_a_limit_above_nominal_can_be_clamped(start):
    client = start("2.2", options={"limit_above_nominal": "clamp"})
    assert client.code("adjust_power_limit", power_limit="5000") == 131
    assert status(client)["power_limit_set"] == "3600"


def test_a_limit_survives_a_reboot_and_starts_nothing_that_is_off(start):
    client = start("2.2", state={"powered": False})
    client.code("adjust_power_limit", power_limit="3000")
    assert client.miner.counters.btminer_starts == 0
    client.code("reboot")
    client.until_rebooted()
    assert (status(client)["power_limit_set"], status(client)["mineroff"]) == ("3000", "true")


# --- percent and watts


def test_a_percentage_before_tuning_has_ended_is_taken_and_forgotten(start):
    client = start("2.2", options={"upfreq_seconds": 100.0})
    client.code("restart_btminer")
    for cmd in ("set_power_pct", "set_power_pct_v2"):
        assert client.code(cmd, percent="50") == 131
        assert status(client)["power_pct"] == "100"
    client.patch(advance_seconds=101)
    client.code("set_power_pct", percent="50")
    assert (status(client)["power_pct"], state(client)["percent_mode"]) == ("50", "fast")
    older = start("2.0", options={"upfreq_seconds": 100.0})
    older.code("restart_btminer")
    older.code("set_power_pct", percent="50")
    assert older.miner.state.percent == 50


def test_percent_and_watts_are_lost_by_a_reboot_and_the_frequency_stays(start):
    client = start("2.2", state={"frequency_percent": -5})
    client.code("set_power_pct_v2", percent="70")
    client.code("set_power", power="2000")
    assert summary(client)["Power"] == pytest.approx(2000, rel=0.01)
    assert state(client)["percent_mode"] == "normal"
    client.code("reboot")
    client.until_rebooted()
    after = state(client)
    assert (after["percent"], after["percent_mode"], after["target_watts"], after["frequency_percent"]) == (
        100,
        "",
        0,
        -5,
    )


def test_restore_power_pct_undoes_either_without_a_restart(start):
    client = start("2.2")
    for cmd in ("set_power_pct", "set_power_pct_v2"):
        client.code(cmd, percent="50")
        client.code("restore_power_pct")
        assert status(client)["power_pct"] == "100"
    assert client.miner.counters.btminer_starts == 0


def test_only_liquid_cooled_machines_go_above_100_percent_and_heat(start):
    client = start("2.2", model="M63S_VL50")
    assert client.code("set_power_pct_v2", percent="200") == 131
    assert client.code("set_power_pct_v2", percent="201") == 132
    assert client.code("set_heat_mode", mode="anti-icing") == 131
    assert state(client)["heat_mode"] == "anti-icing"


# --- the rest


def test_fast_hash_and_fast_mining_are_one_thing_of_some_models(start):
    client = start("2.2")
    client.code("set_fast_mining", fast_mining="1")
    assert status(client)["fast_hash"] == status(client)["fast_mining"] == "true"
    client.code("set_fast_hash", fast_hash="0")
    assert status(client)["fast_mining"] == "false"
    assert start("2.2", model="M50SVH50").code("set_fast_hash", fast_hash="1") == 132


def test_cooling_settings_are_stored(start):
    client = start("2.2")
    client.code("set_poweroff_cool", poweroff_cool="1")
    client.code("set_fan_zero_speed", fan_zero_speed="1")
    client.code("set_temp_offset", temp_offset="-7")
    after = state(client)
    assert (after["poweroff_cool"], after["fan_zero_speed"], after["temp_offset"]) == (True, True, -7)
    assert client.code("set_temp_offset", temp_offset=-3) == 131, "a public client sends an integer"


def test_without_autostart_it_does_not_mine_after_a_reboot(start):
    client = start("2.2")
    client.code("disable_btminer_init")
    assert status(client)["mineroff"] == "false"
    client.code("reboot")
    client.until_rebooted()
    assert status(client)["mineroff"] == "true"
    client.code("enable_btminer_init")
    client.code("power_on")
    client.code("reboot")
    client.until_rebooted(2)
    assert status(client)["mineroff"] == "false"


def test_customer_texts_are_kept_and_read_with_a_token_only(start):
    client = start("2.2")
    client.code("set_customer_msg", key="CustomerSn", val="A-17")
    client.code("set_customer_msg", key="msg9", val="rack 7")
    texts = client.order("get_customer_msg")["Msg"]
    assert (texts["CustomerSn"], texts["msg9"], texts["msg0"]) == ("A-17", "rack 7", "")
    assert client.ask("get_customer_msg")["Code"] == 14


@pytest.mark.parametrize("how", ["close", "hang"])
def test_power_modes_can_be_taken_without_a_reply(start, how):
    client = start(
        "2.2", options={"idle_seconds": 0.05}, faults={"write_silent": ["set_low_power"], "silent_how": how}
    )
    with client.connect() as sock:
        sock.sendall(client.packet(client.token(), "set_low_power"))
        client.until(lambda: client.miner.state.mode == "Low")
        if how == "close":
            assert sock.recv(1) == b""
        else:
            sock.setblocking(False)
            with pytest.raises(BlockingIOError):
                sock.recv(1)
    assert status(client)["power_mode"] == "low"


def test_host_names_may_have_underscores(start):
    client = start("2.2")
    assert client.code("set_hostname", hostname="WhatsMiner_6e07") == 131
    assert client.ask("get_miner_info")["Msg"]["hostname"] == "WhatsMiner_6e07"
    assert client.code("set_hostname", hostname="_x") == 132


def test_some_settings_show_after_a_restart_only(start):
    client = start("2.2", options={"after_restart": ["fast_boot", "hostname", "temp_offset", "zone"]})
    before = state(client)
    client.code("enable_btminer_fast_boot")
    client.code("set_hostname", hostname="rack-1")
    client.code("set_temp_offset", temp_offset="-7")
    client.code("set_zone", timezone="EST5", zonename="America/New_York")
    client.code("set_poweroff_cool", poweroff_cool="1")
    assert state(client) == {**before, "poweroff_cool": True}
    assert summary(client)["Btminer Fast Boot"] == "disable"
    client.code("restart_btminer")
    after = state(client)
    assert (after["fast_boot"], after["hostname"], after["temp_offset"]) == (True, "rack-1", -7)
    assert (after["timezone"], after["zonename"]) == ("EST5", "America/New_York")
    assert client.miner.describe()["pending"] == {}


def test_the_latest_host_name_is_the_one_that_shows_after_a_restart(start):
    client = start("2.2", options={"after_restart": ["hostname"]})
    client.code("set_hostname", hostname="first")
    static = {
        "ip": "127.0.0.1",
        "mask": "255.0.0.0",
        "gate": "127.0.0.2",
        "dns": "127.0.0.1",
        "host": "second",
    }
    client.code("net_config", **static)
    client.until_rebooted()
    assert client.ask("get_miner_info")["Msg"]["hostname"] == "second"


def test_new_pools_can_be_alive_and_not_mined_on_for_a_time(start):
    client = start("2.2", options={"pools_idle_seconds": 60.0})
    assert client.ask("pools")["POOLS"][0]["Stratum Active"] is True
    client.code("update_pools", **POOLS)
    client.patch(advance_seconds=30)
    first = client.ask("pools")["POOLS"][0]
    assert (first["Status"], first["Stratum Active"]) == ("Alive", False)
    assert client.miner.epoch - first["Last Share Time"] > 30
    client.patch(advance_seconds=31)
    assert client.ask("pools")["POOLS"][0]["Stratum Active"] is True


@pytest.mark.parametrize("how", ["command", "control"])
def test_power_off_need_not_last(start, how):
    client = start("2.2", options={"power_off_lasts_seconds": 120.0})
    if how == "command":
        client.code("power_off", respbefore="false")
    else:
        client.patch(state={"powered": False})
    client.patch(advance_seconds=100)
    assert status(client)["mineroff"] == "true"
    client.patch(advance_seconds=21)
    assert status(client)["mineroff"] == "false"
    assert summary(client)["Power"] > 1000


def test_a_factory_reset_forgets_the_newer_settings_too(start):
    client = start(
        "2.2", state={"power_limit": 3000, "fast_hash": True, "autostart": False, "customer": {"msg0": "x"}}
    )
    client.code("factory_reset")
    client.until_rebooted()
    after = state(client)
    assert (after["power_limit"], after["fast_hash"], after["autostart"], after["customer"]) == (
        99999,
        False,
        True,
        {},
    )
