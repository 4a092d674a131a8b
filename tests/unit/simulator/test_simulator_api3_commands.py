# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""API 3: each of its 39 commands, its parameters and its effect, and that both ports show one machine."""

from __future__ import annotations

import pytest
from api3_client import POOLS, Api3Client, frame
from simulator.v3 import commands
from simulator_client import rows

# Of each write: a parameter that is right, and what it changes.
EFFECTS = {
    "set.device.custom_data": ({"key": "msg9", "value": "rack 7"}, {"customer": {"msg9": "rack 7"}}),
    "set.fan.poweroff_cool": (1, {"poweroff_cool": True}),
    "set.fan.temp_offset": (-7, {"temp_offset": -7}),
    "set.fan.zero_speed": (1, {"fan_zero_speed": True}),
    "set.log.upload": (
        {"ip": "10.0.0.9", "port": "4001", "proto": "udp"},
        {"remote_log": {"ip": "10.0.0.9", "port": "4001", "proto": "udp"}},
    ),
    "set.miner.cointype": ({"cointype": "BCH"}, {"cointype": "BCH"}),
    "set.miner.fast_hash": (1, {"fast_hash": True}),
    "set.miner.fastboot": ("enable", {"fast_boot": True}),
    "set.miner.pools": (
        POOLS,
        {
            "pools": [
                {"url": "stratum+tcp://a.example:3333", "user": "w.1", "password": "p1"},
                {"url": "stratum+tcp://b.example:3333", "user": "w.2", "password": "p2"},
            ]
        },
    ),
    "set.miner.power": (3000, {"stored_watts": 3000, "target_watts": 3000}),
    "set.miner.power_limit": (3000, {"power_limit": 3000}),
    "set.miner.power_mode": ("low", {"mode": "Low"}),
    "set.miner.power_percent": ({"percent": "89", "mode": "fast"}, {"percent": 89, "percent_mode": "fast"}),
    "set.miner.report": ({"gap": 285}, {}),
    "set.miner.restore_setting": (None, {}),
    "set.miner.service": ("stop", {"powered": False}),
    "set.miner.target_freq": (-5, {"frequency_percent": -5}),
    "set.miner.upfreq_speed": (10, {"upfreq_speed": 10}),
    "set.system.hostname": ({"hostname": "rack-7"}, {"hostname": "rack-7"}),
    "set.system.led": (
        [{"color": "green", "period": 200, "duration": 100, "start": 50}],
        {"led": {"mode": "manual", "color": "green", "period": 200, "duration": 100, "start": 50}},
    ),
    "set.system.ntp_server": ("a.example,b.example", {"ntp_servers": ["a.example", "b.example"]}),
    "set.system.time_randomized": (
        {"start": 10, "stop": 120},
        {"time_randomized": {"start": 10, "stop": 120}},
    ),
    "set.system.timezone": (
        {"timezone": "EST5", "zonename": "America/New_York"},
        {"timezone": "EST5", "zonename": "America/New_York"},
    ),
    "set.system.webpools": ("disable", {"web_pools": False}),
}
# Tested elsewhere: liquid cooling, reboots, transfers, accounts.
ELSEWHERE = {
    "set.miner.heat_mode",
    "set.system.factory_reset",
    "set.system.net_config",
    "set.system.reboot",
    "set.system.update_firmware",
    "set.user.change_passwd",
    "set.user.permission",
}
LED = {"color": "red", "period": 200, "duration": 100, "start": 0}
NET = {"ip": "127.0.0.1", "netmask": "255.0.0.0", "gateway": "127.0.0.2", "dns": "127.0.0.3 127.0.0.4"}
REFUSED = [
    ("set.device.custom_data", {"key": "msg10", "value": "x"}, -1),
    ("set.device.custom_data", {"key": "msg1", "value": "x" * 128}, -1),
    ("set.device.custom_data", {"key": "msg1", "value": "a\nb"}, -1),
    ("set.device.custom_data", {"key": "msg1"}, -3),
    ("set.fan.poweroff_cool", 2, -1),
    ("set.fan.poweroff_cool", True, -1),
    ("set.fan.poweroff_cool", "1", -1),
    ("set.fan.temp_offset", 1, -1),
    ("set.fan.temp_offset", -31, -1),
    ("set.fan.zero_speed", 0.5, -1),
    ("set.log.upload", {"ip": "10.0.0.9", "port": 4001, "proto": "tcp"}, -1),
    ("set.log.upload", {"ip": "10.0.0.9", "port": "0", "proto": "tcp"}, -1),
    ("set.log.upload", {"ip": "host", "port": "1", "proto": "tcp"}, -1),
    ("set.log.upload", {"ip": "10.0.0.9", "port": "1", "proto": "sctp"}, -1),
    ("set.miner.cointype", {"cointype": "LTC"}, -1),
    ("set.miner.cointype", "BTC", -1),
    ("set.miner.fast_hash", 2, -1),
    ("set.miner.fastboot", "on", -1),
    ("set.miner.heat_mode", "heating", -1),
    ("set.miner.pools", [], -1),
    ("set.miner.pools", POOLS * 2, -1),
    ("set.miner.pools", [{"pool": "", "worker": "", "passwd": ""}], -1),
    ("set.miner.pools", [{"pool": "stratum+tcp://a", "worker": "", "passwd": ""}], -1),
    ("set.miner.pools", [{"pool": "stratum+tcp://a", "worker": "w"}], -3),
    ("set.miner.pools", [1], -1),
    ("set.miner.power", -1, -1),
    ("set.miner.power", 3601, -1),
    ("set.miner.power_limit", {"watts": 3000}, -1),
    ("set.miner.power_limit", "3000", -1),
    ("set.miner.power_limit", 3601, -1),
    ("set.miner.power_limit", 100000, -1),
    ("set.miner.power_mode", "Low", -1),
    ("set.miner.power_mode", 1, -1),
    ("set.miner.power_percent", {"percent": 89, "mode": "fast"}, -1),
    ("set.miner.power_percent", {"percent": "101", "mode": "fast"}, -1),
    ("set.miner.power_percent", {"percent": "89", "mode": "slow"}, -1),
    ("set.miner.power_percent", {"percent": "89"}, -3),
    ("set.miner.report", {"gap": 286}, -1),
    ("set.miner.report", {"gap": -1}, -1),
    ("set.miner.service", "reload", -1),
    ("set.miner.target_freq", 1, -1),
    ("set.miner.target_freq", -101, -1),
    ("set.miner.upfreq_speed", 11, -1),
    ("set.system.hostname", {"hostname": "_x"}, -1),
    ("set.system.hostname", {"hostname": "x" * 64}, -1),
    ("set.system.led", "manual", -1),
    ("set.system.led", [], -1),
    ("set.system.led", [{**LED, "color": "blue"}], -1),
    ("set.system.led", [{**LED, "duration": 201}], -1),
    ("set.system.led", [{**LED, "start": "0"}], -1),
    ("set.system.net_config", "static", -1),
    ("set.system.net_config", {**NET, "netmask": "255.0.255.0"}, -1),
    ("set.system.net_config", {**NET, "dns": "127.0.0.3,127.0.0.4"}, -1),
    ("set.system.net_config", {"ip": "127.0.0.1"}, -3),
    ("set.system.ntp_server", "a b", -1),
    ("set.system.ntp_server", ["a.example"], -1),
    ("set.system.time_randomized", {"start": 0, "stop": 121}, -1),
    ("set.system.time_randomized", {"start": 0}, -3),
    ("set.system.timezone", {"timezone": "EST5", "zonename": "a;b"}, -1),
    ("set.system.webpools", "1", -1),
]
NO_PARAM = {
    "set.miner.restore_setting",
    "set.system.factory_reset",
    "set.system.reboot",
    "set.system.update_firmware",
}


@pytest.fixture
def miner3(start):
    def run(generation="3", **how):
        return Api3Client(start(generation, **how))

    return run


def test_there_are_the_39_commands_of_the_document():
    assert len(commands.READS) + len(commands.WRITES) == 39
    assert set(EFFECTS) | ELSEWHERE == set(commands.WRITES)


@pytest.mark.parametrize("cmd", EFFECTS)
def test_each_write_answers_ok_and_changes_what_it_says(miner3, cmd):
    api = miner3()
    before = dict(api.state(), customer={})
    param, changes = EFFECTS[cmd]
    reply = api.write(cmd, param)
    assert (reply["code"], reply["msg"], reply["desc"]) == (0, "ok", cmd)
    assert api.state() == {**before, **changes}
    assert api.miner.counters.taken == {cmd: 1}


def test_wrong_parameters_are_refused_and_change_nothing(miner3):
    api = miner3()
    before = api.state()
    for cmd, param, code in REFUSED:
        reply = api.write(cmd, param)
        assert reply["code"] == code, (cmd, param, reply)
    assert api.state() == before
    assert api.miner.counters.btminer_starts == api.miner.counters.reboots == 0


def test_a_parameter_that_is_missing_is_3(miner3):
    api = miner3()
    for cmd in set(commands.WRITES) - NO_PARAM:
        reply = api.write(cmd)
        assert (reply["code"], reply["msg"]) == (-3, "param item is null"), cmd


def test_the_words_of_the_reference_server(miner3):
    api = miner3()
    words = {
        ("set.system.net_config", "ip"): {**NET, "ip": "x"},
        ("set.system.hostname", "hostname"): {"hostname": "a b"},
        ("set.miner.power_percent", "percent"): {"percent": 89, "mode": "fast"},
    }
    said = [api.write(cmd, param)["msg"] for (cmd, _name), param in words.items()]
    assert said == ["invalid network config", "invalid hostname", "percent must be a string"]


def test_bad_values_can_be_2_instead(miner3):
    api = miner3(options={"api3_bad_value_code": -2})
    assert api.code("set.miner.power_mode", "Low") == -2


@pytest.mark.parametrize("cmd", ["get.nothing", "set.nothing", "summary", "", None, 7, "x" * 500])
def test_an_unknown_command_is_2(miner3, cmd):
    reply = miner3().raw(frame({"cmd": cmd}))
    assert (reply["code"], reply["msg"]) == (-2, "invalid command")


def test_each_version_knows_the_commands_of_its_document(miner3):
    api = miner3()
    late = {
        "3.0.0": [-2, -2, -2],
        "3.0.1": [0, 0, -2],
        "3.0.2": [0, 0, 0],
        "3.0.3": [0, 0, 0],
        "3.0.5": [0, 0, 0],
    }
    for version, codes in late.items():
        api.client.patch(options={"api3_version": version})
        assert [
            api.ask("get.device.custom_data")["code"],
            api.code("set.device.custom_data", {"key": "msg0", "value": "x"}),
            api.code("set.miner.fast_hash", 1),
        ] == codes
    api.client.patch(options={"unknown_commands": ["set.miner.fast_hash"]})
    assert api.code("set.miner.fast_hash", 1) == -2


# --- sides of contradictions


def test_objects_can_come_as_strings_that_hold_json(miner3):
    api = miner3()
    for accepted, as_object, as_text in (("either", 0, 0), ("object", 0, -1), ("text", -1, 0)):
        api.client.patch(options={"api3_object_params": accepted})
        assert api.code("set.system.hostname", {"hostname": "a"}) == as_object
        assert api.code("set.system.hostname", '{"hostname": "b"}') == as_text
    assert api.code("set.system.hostname", "{") == -1


def test_the_percentage_is_a_string_a_number_or_either(miner3):
    api = miner3()
    for kind, text, number in (("text", 0, -1), ("number", -1, 0), ("either", 0, 0)):
        api.client.patch(options={"api3_percent_type": kind})
        assert api.code("set.miner.power_percent", {"percent": "80", "mode": "normal"}) == text
        assert api.code("set.miner.power_percent", {"percent": 80, "mode": "normal"}) == number


def test_heating_is_for_liquid_cooled_machines_in_either_word(miner3):
    api = miner3(model="M63S_VL50")
    assert api.code("set.miner.heat_mode", "anti-freezing") == 0
    assert api.state()["heat_mode"] == "anti-icing", "as port 4028 calls it"
    assert api.msg("get.device.info", "miner")["miner"]["heatmode"] == "anti-freezing"
    assert api.code("set.miner.heat_mode", "anti-icing") == -1
    api.client.patch(options={"api3_heat_word": "anti-icing"})
    assert (
        api.code("set.miner.heat_mode", "anti-icing"),
        api.code("set.miner.heat_mode", "anti-freezing"),
    ) == (0, -1)
    assert api.code("set.miner.heat_mode", "normal") == 0
    assert api.state()["heat_mode"] == ""


def test_liquid_cooled_machines_have_no_fans_and_take_more(miner3):
    api = miner3(model="M63S_VL50")
    for cmd in ("set.fan.poweroff_cool", "set.fan.zero_speed", "set.fan.temp_offset"):
        assert api.code(cmd, 0) == -1
    assert api.code("set.miner.target_freq", 20) == 0
    assert api.code("set.miner.power_percent", {"percent": "200", "mode": "normal"}) == 0
    assert api.code("set.miner.power_percent", {"percent": "201", "mode": "normal"}) == -1


def test_fast_hash_is_for_some_models(miner3):
    assert miner3(model="M50SVH50").code("set.miner.fast_hash", 1) == -1


# --- effects over time


def test_start_stop_and_restart(miner3):
    api = miner3()

    def working():
        return api.msg("get.device.info", "miner")["miner"]["working"]

    assert api.code("set.miner.service", "stop") == 0
    assert working() == "false"
    assert api.code("set.miner.service", "start") == 0
    assert working() == "true"
    starts = api.miner.counters.btminer_starts
    assert api.code("set.miner.service", "restart") == 0
    assert api.miner.counters.btminer_starts == starts + 1


def test_without_autostart_it_does_not_mine_after_a_reboot(miner3):
    api = miner3()
    api.code("set.miner.service", "disable")
    assert api.code("set.system.reboot") == 0
    api.client.until_rebooted()
    assert api.msg("get.device.info", "miner")["miner"]["working"] == "false"
    api.code("set.miner.service", "enable")
    assert api.state()["autostart"] is True


def test_the_limit_restarts_mining_and_so_do_mode_and_frequency(miner3):
    api = miner3()
    sent = [
        ("set.miner.power_limit", 3000),
        ("set.miner.power_limit", 3000),
        ("set.miner.power_mode", "high"),
        ("set.miner.power_mode", "high"),
        ("set.miner.target_freq", -3),
        ("set.miner.upfreq_speed", 3),
    ]
    starts = []
    for cmd, param in sent:
        api.code(cmd, param)
        starts.append(api.miner.counters.btminer_starts)
    assert starts == [1, 2, 3, 3, 4, 4]


def test_99999_is_the_machines_own_limit_and_too_much_can_be_clamped(miner3):
    api = miner3(
        state={"power_limit": 3000}, options={"limit_above_nominal": "clamp", "limit_restart_seconds": 0.0}
    )
    assert api.code("set.miner.power_limit", 5000) == 0
    assert api.msg("get.miner.setting")["power-limit"] == 3600
    assert api.code("set.miner.power_limit", 99999) == 0
    assert api.msg("get.device.info", "miner")["miner"]["power-limit-set"] == ""


def test_the_percentage_is_lost_by_a_reboot_and_before_tuning_has_ended(miner3):
    api = miner3(options={"api3_version": "3.0.3"})
    percent = {"percent": "50", "mode": "fast"}
    api.code("set.miner.power_percent", percent)
    assert api.msg("get.miner.setting")["power-percent"] == 50
    api.code("set.system.reboot")
    api.client.until_rebooted()
    assert api.msg("get.miner.setting")["power-percent"] == 0
    api.client.patch(options={"upfreq_seconds": 100.0})
    assert api.code("set.miner.power_percent", percent) == 0
    assert api.msg("get.miner.setting")["power-percent"] == 0


def test_watts_wait_for_the_next_start_before_tuning_has_ended_and_survive_it(miner3):
    api = miner3(options={"upfreq_seconds": 100.0})
    api.code("set.miner.service", "restart")
    assert api.code("set.miner.power", 2000) == 0
    assert (api.state()["target_watts"], api.state()["stored_watts"]) == (0, 2000)
    for _time in range(2):
        api.code("set.miner.service", "restart")
        assert api.state()["target_watts"] == 2000
    api.client.patch(advance_seconds=101)
    summary = api.msg("get.miner.status", "summary")["summary"]
    assert summary["power-realtime"] == pytest.approx(2000, rel=0.01)
    assert api.code("set.miner.power", 0) == 0
    assert api.state()["target_watts"] == 0


def test_restore_setting_sets_the_miners_settings_back_and_leaves_the_rest(miner3):
    changed = {
        "mode": "Low",
        "power_limit": 3000,
        "upfreq_speed": 3,
        "fast_boot": True,
        "frequency_percent": -4,
    }
    api = miner3(state={**changed, "hostname": "kept", "pools": [{"url": "stratum+tcp://a", "user": "w"}]})
    kept = {name: value for name, value in api.state().items() if name not in changed}
    assert api.code("set.miner.restore_setting") == 0
    after = api.state()
    assert {name: after[name] for name in changed} == {
        "mode": "Normal",
        "power_limit": 99999,
        "upfreq_speed": 0,
        "fast_boot": False,
        "frequency_percent": 0,
    }
    assert {name: value for name, value in after.items() if name not in changed} == kept
    assert api.miner.counters.btminer_starts == 1


def test_a_factory_reset_sets_everything_back_and_turns_the_switch_off(miner3):
    api = miner3(
        state={
            "hostname": "x",
            "ntp_servers": ["a"],
            "cointype": "BCH",
            "time_randomized": {"start": 1, "stop": 2},
        }
    )
    api.code("set.user.permission", {"user": "user1", "permission": "set.system.led"})
    salt = api.state()["api3_salt"]
    assert api.code("set.system.factory_reset") == 0
    api.client.until_rebooted()
    after = api.state()
    assert (after["hostname"], after["cointype"], after["api_on"]) == ("WhatsMiner", "BTC", False)
    assert after["accounts"]["super"]["password"] == "super"
    assert after["accounts"]["user1"] == {"password": "user1", "permissions": []}
    assert (len(after["ntp_servers"]), after["time_randomized"]) == (4, {"start": 0, "stop": 0})
    assert after["api3_salt"] == salt
    api.password = "super"
    assert api.code("set.system.reboot") == -4


def test_net_config_moves_both_ports_and_keeps_the_host_name(miner3):
    api = miner3(options={"reboot_seconds": 0.0}, state={"hostname": "kept"})
    target = {**NET, "ip": "127.0.0.77"}
    assert api.code("set.system.net_config", target) == 0
    api.client.until_rebooted()
    assert api.miner.address == "127.0.0.77"
    network = api.msg("get.device.info", "network")["network"]
    assert (network["ip"], network["proto"], network["hostname"]) == ("127.0.0.77", "static", "kept")
    assert (network["netmask"], network["gateway"], network["dns"]) == (
        NET["netmask"],
        NET["gateway"],
        NET["dns"],
    )
    assert api.client.ask("get_miner_info")["Msg"]["ip"] == "127.0.0.77"
    assert api.code("set.system.net_config", "dhcp") == 0
    api.client.until_rebooted(2)
    assert api.msg("get.device.info", "network")["network"]["ip"] == "127.0.0.1"


def test_what_shows_after_a_restart_only(miner3):
    api = miner3(options={"after_restart": ["hostname", "zone"]})
    api.code("set.system.hostname", {"hostname": "late"})
    api.code("set.system.timezone", {"timezone": "EST5", "zonename": "America/New_York"})
    assert api.msg("get.system.setting")["timezone"] == "CST-8"
    api.code("set.system.reboot")
    api.client.until_rebooted()
    shown = api.msg("get.system.setting")
    assert (shown["hostname"], shown["timezone"]) == ("late", "EST5")


# --- one machine on both ports


def both(api):
    """What the two ports say of the same things."""
    info, setting = api.msg("get.device.info"), api.msg("get.miner.setting")
    status = api.msg("get.miner.status", "summary+pools+edevs")
    old = {
        cmd: api.client.ask(cmd)
        for cmd in ("status", "get_miner_info", "get_version", "pools", "summary", "edevs")
    }
    v2, machine = old["status"]["Msg"], old["get_miner_info"]["Msg"]
    version, summary = old["get_version"]["Msg"], rows(old["summary"])[0]
    boards = rows(old["edevs"], "DEVS")
    new = {
        "off": info["miner"]["working"] == "false",
        "mode": setting["power-mode"],
        "mac": info["network"]["mac"],
        "ip": info["network"]["ip"],
        "host": info["network"]["hostname"],
        "serial": info["miner"]["miner-sn"],
        "psu": info["power"]["sn"],
        "firmware": info["system"]["fwversion"],
        "platform": info["system"]["platform"],
        "model": info["miner"]["type"],
        "frequency": str(setting["target-freq"]),
        "upfreq": str(setting["upfreq-speed"]),
        "limit": str(setting["power-limit"]),
        "fast boot": setting["fast-boot"],
        "led": info["system"]["ledstatus"] == "auto",
        "ntp": api.msg("get.system.setting")["ntp-server"],
        "pools": [(pool["url"], pool["account"], pool["stratum-active"]) for pool in status.get("pools", ())],
        "ths": pytest.approx(status["summary"]["hash-average"], rel=0.01),
        "watts": pytest.approx(status["summary"]["power-realtime"], abs=1),
        "boards": [pytest.approx(board["hash-average"], rel=0.01) for board in status["edevs"]],
    }
    pools = [(pool["URL"], pool["User"], pool["Stratum Active"]) for pool in old["pools"]["POOLS"]]
    return new, {
        "off": v2["mineroff"] == "true",
        "mode": v2["power_mode"],
        "mac": machine["mac"],
        "ip": machine["ip"],
        "host": machine["hostname"],
        "serial": machine["minersn"],
        "psu": machine["powersn"],
        "firmware": version["fw_ver"],
        "platform": version["platform"],
        "model": version["miner_type"],
        "frequency": v2["hash_percent"],
        "upfreq": machine["upfreq_speed"],
        "limit": v2["power_limit_set"],
        "fast boot": summary["Btminer Fast Boot"],
        "led": machine["ledstat"] == "auto",
        "ntp": machine["ntp"],
        "pools": pools if api.miner.state.powered else [],
        "ths": summary["MHS av"] / 1e6,
        "watts": summary["Power"],
        "boards": [board["MHS av"] for board in boards],
    }


def test_both_ports_show_one_machine_whichever_changes_it(miner3):
    api = miner3()
    new, old = both(api)
    assert new == old
    over_3 = [
        ("set.miner.pools", POOLS),
        ("set.miner.power_mode", "low"),
        ("set.miner.target_freq", -5),
        ("set.miner.upfreq_speed", 4),
        ("set.miner.fastboot", "enable"),
        ("set.system.hostname", {"hostname": "rack-7"}),
        ("set.system.ntp_server", "a.example"),
        ("set.system.led", [LED, {**LED, "color": "green"}]),
        ("set.miner.power_limit", 3000),
    ]
    for cmd, param in over_3:
        assert api.code(cmd, param) == 0
    api.client.patch(advance_seconds=5)
    new, old = both(api)
    assert new == old
    assert (new["mode"], new["limit"], new["host"], new["ntp"]) == ("low", "3000", "rack-7", ["a.example"])
    assert api.client.ask("get_miner_info")["Msg"]["ledstat"] == "0,200,100,0 1,200,100,0 "
    over_2 = [
        ("set_high_power", {}),
        ("set_target_freq", {"percent": "0"}),
        ("set_led", {"param": "auto"}),
        ("set_hostname", {"hostname": "again"}),
        ("power_off", {"respbefore": "false"}),
    ]
    for cmd, params in over_2:
        assert api.client.code(cmd, **params) == 131
    new, old = both(api)
    assert new == old
    assert (new["mode"], new["off"], new["led"], new["host"]) == ("high", True, True, "again")


def test_cooling_zone_and_log_set_over_4028_are_read_over_4433(miner3):
    api = miner3()
    api.client.code("set_poweroff_cool", poweroff_cool="1")
    api.client.code("set_temp_offset", temp_offset="-7")
    api.client.code("set_zone", timezone="EST5", zonename="America/New_York")
    api.client.code("load_log", ip="10.0.0.9", port="4001", proto="tcp")
    api.client.code("disable_web_pools")
    api.client.code("set_customer_msg", key="msg0", val="rack 7")
    assert api.msg("get.fan.setting") == {"fan-poweroff-cool": 1, "fan-zero-speed": 0, "fan-temp-offset": -7}
    shown = api.msg("get.system.setting")
    assert (shown["timezone"], shown["zonename"], shown["web-pool"]) == ("EST5", "America/New_York", 0)
    assert shown["log-upload"] == {"ip": "10.0.0.9", "port": "4001", "proto": "tcp"}
    assert api.msg("get.device.custom_data")["msg0"] == "rack 7"


def test_4028_says_2_2_2_where_4433_says_3(miner3):
    api = miner3()
    assert api.client.ask("get_version")["Msg"]["api_ver"] == "2.2.2"
    assert api.msg("get.device.info", "system")["system"]["api"] == "3.0.2"
