# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of API 3: it's the document's, and nothing gets through it that a miner could stumble over."""

from __future__ import annotations

import json

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.commands import Effect
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.commands import (
    COMMANDS as V2_COMMANDS,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3.commands import COMMANDS
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3.dialect import Dialect
from hypothesis import given
from hypothesis import strategies as st

POOL = {"pool": "stratum+tcp://pool.example.com:3333", "worker": "farm.r1", "passwd": "x"}
FLASH = {"color": "red", "period": 200, "duration": 100, "start": 0}
STATIC = {"ip": "10.0.0.5", "netmask": "255.255.255.0", "gateway": "10.0.0.1", "dns": "10.0.0.1 1.1.1.1"}

# The 39 commands of the document: params as they are given, and the param that is sent.
SENT = [
    ("get.device.info", {}, None),
    ("get.device.info", {"param": "error-code"}, "error-code"),
    ("get.miner.status", {"param": "summary"}, "summary"),
    ("get.miner.status", {"param": "summary+pools+edevs"}, "summary+pools+edevs"),
    ("get.miner.setting", {}, None),
    (
        "get.miner.history",
        {"begin": 1790000000, "end": "1790086400"},
        {"begin": "1790000000", "end": "1790086400"},
    ),
    ("get.miner.history", {"start": 5, "stop": 6}, {"start": "5", "stop": "6"}),
    ("get.fan.setting", {}, None),
    ("get.system.setting", {}, None),
    ("get.device.custom_data", {}, None),
    ("get.log.download", {}, None),
    ("set.device.custom_data", {"key": "msg9", "value": "rack=7"}, {"key": "msg9", "value": "rack=7"}),
    ("set.device.custom_data", {"key": "CustomerSn", "value": ""}, {"key": "CustomerSn", "value": ""}),
    ("set.fan.poweroff_cool", {"param": 1}, 1),
    ("set.fan.temp_offset", {"param": -30}, -30),
    ("set.fan.zero_speed", {"param": "0"}, 0),
    (
        "set.log.upload",
        {"ip": "10.0.0.9", "port": 514, "proto": "udp"},
        {"ip": "10.0.0.9", "port": "514", "proto": "udp"},
    ),
    ("set.miner.cointype", {"cointype": "SHA256"}, {"cointype": "SHA256"}),
    ("set.miner.fast_hash", {"param": 1}, 1),
    ("set.miner.fastboot", {"param": "enable"}, "enable"),
    ("set.miner.heat_mode", {"param": "anti-freezing"}, "anti-freezing"),
    ("set.miner.heat_mode", {"param": "anti-icing"}, "anti-icing"),
    ("set.miner.pools", {"param": [POOL]}, [POOL]),
    (
        "set.miner.pools",
        {"param": [POOL, {**POOL, "passwd": ""}, POOL]},
        [POOL, {**POOL, "passwd": ""}, POOL],
    ),
    ("set.miner.power", {"param": 3300}, 3300),
    ("set.miner.power_limit", {"param": "99999"}, 99999),
    ("set.miner.power_mode", {"param": "low"}, "low"),
    ("set.miner.power_percent", {"percent": 89, "mode": "fast"}, {"percent": "89", "mode": "fast"}),
    ("set.miner.report", {"gap": 285}, {"gap": 285}),
    ("set.miner.restore_setting", {}, None),
    ("set.miner.service", {"param": "stop"}, "stop"),
    ("set.miner.target_freq", {"param": -100}, -100),
    ("set.miner.upfreq_speed", {"param": 10}, 10),
    ("set.system.factory_reset", {}, None),
    ("set.system.hostname", {"hostname": "rack7-u12"}, {"hostname": "rack7-u12"}),
    ("set.system.led", {"param": "auto"}, "auto"),
    ("set.system.led", {"param": [FLASH, {**FLASH, "color": "green"}]}, [FLASH, {**FLASH, "color": "green"}]),
    ("set.system.net_config", {"param": "dhcp"}, "dhcp"),
    ("set.system.net_config", STATIC, STATIC),
    ("set.system.ntp_server", {"param": "0.pool.ntp.org,10.0.0.1"}, "0.pool.ntp.org,10.0.0.1"),
    ("set.system.reboot", {}, None),
    ("set.system.time_randomized", {"start": 120, "stop": "0"}, {"start": 120, "stop": 0}),
    (
        "set.system.timezone",
        {"timezone": "CST-8", "zonename": "Asia/Shanghai"},
        {"timezone": "CST-8", "zonename": "Asia/Shanghai"},
    ),
    ("set.system.update_firmware", {}, None),
    ("set.system.webpools", {"param": "disable"}, "disable"),
    (
        "set.user.change_passwd",
        {"account": "user1", "old": "user1", "new": "new_password_1"},
        {"account": "user1", "new": "new_password_1", "old": "user1"},
    ),
    (
        "set.user.permission",
        {"user": "user3", "permission": "set.system.led,set.miner.pools"},
        {"user": "user3", "permission": "set.system.led,set.miner.pools"},
    ),
]

REFUSED = [
    ("get.device.info", {"param": "pools"}),
    ("get.miner.status", {}),
    ("get.miner.status", {"param": "summary+psu"}),
    ("get.miner.status", {"param": "summary,pools"}),
    ("get.miner.history", {"begin": 0, "end": 86401}),
    ("get.miner.history", {"begin": 10, "end": 9}),
    ("get.miner.history", {"begin": 10, "stop": 11}),
    ("set.device.custom_data", {"key": "msg10", "value": "x"}),
    ("set.device.custom_data", {"key": "msg0", "value": "x" * 128}),
    ("set.device.custom_data", {"key": "msg0", "value": "$(reboot)"}),
    ("set.fan.poweroff_cool", {"param": 2}),
    ("set.fan.poweroff_cool", {"param": True}),
    ("set.fan.temp_offset", {"param": 1}),
    ("set.fan.temp_offset", {"param": -31}),
    ("set.log.upload", {"ip": "10.0.0.9", "port": 0, "proto": "udp"}),
    ("set.log.upload", {"ip": "10.0.0.9", "port": 514, "proto": "icmp"}),
    ("set.miner.cointype", {"cointype": "ETH"}),
    ("set.miner.heat_mode", {"param": "cold"}),
    ("set.miner.pools", {"param": []}),
    ("set.miner.pools", {"param": [POOL] * 4}),
    ("set.miner.pools", {"param": "auto"}),
    ("set.miner.pools", {"param": POOL}),
    ("set.miner.pools", {"param": [{**POOL, "pool": "a;b"}]}),
    ("set.miner.pools", {"param": [{**POOL, "pool": ""}]}),
    ("set.miner.pools", {"param": [{**POOL, "more": "x"}]}),
    ("set.miner.pools", {"param": [{"pool": POOL["pool"], "worker": "w"}]}),
    ("set.miner.power_limit", {"param": 100000}),
    ("set.miner.power_limit", {"param": 3000.5}),
    ("set.miner.power_limit", {"watts": 3000}),
    ("set.miner.power_mode", {"param": "Normal"}),
    ("set.miner.power_percent", {"percent": 201, "mode": "fast"}),
    ("set.miner.power_percent", {"percent": 50}),
    ("set.miner.report", {"gap": 286}),
    ("set.miner.service", {"param": "kill"}),
    ("set.miner.target_freq", {"param": 101}),
    ("set.miner.upfreq_speed", {"param": 11}),
    ("set.system.hostname", {"hostname": "a b"}),
    ("set.system.led", {"param": [{**FLASH, "color": "blue"}]}),
    ("set.system.led", {"param": [FLASH] * 9}),
    ("set.system.led", {"param": "flash"}),
    ("set.system.net_config", {**STATIC, "netmask": "255.0.255.0"}),
    ("set.system.net_config", {"ip": "10.0.0.5"}),
    ("set.system.ntp_server", {"param": "a,,b"}),
    ("set.system.ntp_server", {"param": ",".join("abcdefghi")}),
    ("set.system.reboot", {"param": "now"}),
    ("set.system.time_randomized", {"start": 121, "stop": 0}),
    ("set.system.timezone", {"timezone": "CST-8"}),
    ("set.user.change_passwd", {"account": "root", "old": "x", "new": "y"}),
    ("set.user.change_passwd", {"account": "super", "old": "x", "new": "with blank"}),
    ("set.user.permission", {"user": "super", "permission": "set.system.led"}),
    ("set.user.permission", {"user": "user1", "permission": "get.miner.status"}),
]


def test_the_table_has_all_39_commands_of_the_document_and_no_other():
    assert len(COMMANDS) == 39
    assert {name for name, _params, _param in SENT} == set(COMMANDS)
    assert sum(name.startswith("get.") for name in COMMANDS) == 8


@pytest.mark.parametrize(("name", "params", "param"), SENT)
def test_what_the_document_allows_is_sent_in_its_types_and_order(name, params, param):
    sent = COMMANDS[name].param(params)
    assert json.dumps(sent) == json.dumps(param)


@pytest.mark.parametrize(("name", "params"), REFUSED)
def test_what_the_document_does_not_allow_is_refused_by_name(name, params):
    with pytest.raises(BadParameter) as caught:
        COMMANDS[name].param(params)
    assert caught.value.command == name


def test_what_firmware_reads_as_text_can_be_sent_as_numbers():
    numbers = Dialect(numbers=True)
    percent = COMMANDS["set.miner.power_percent"].param({"percent": 89, "mode": "fast"}, numbers)
    assert percent == {"percent": 89, "mode": "fast"}
    assert COMMANDS["get.miner.history"].param({"begin": "5", "end": "6"}, numbers) == {"begin": 5, "end": 6}
    assert (
        COMMANDS["set.log.upload"].param({"ip": "10.0.0.9", "port": 1, "proto": "tcp"}, numbers)["port"]
        == "1"
    )


def test_only_writes_are_signed_and_only_two_encrypted():
    assert {name for name, command in COMMANDS.items() if command.privileged} == {
        name for name in COMMANDS if name.startswith("set.")
    }
    assert {name for name, command in COMMANDS.items() if command.encrypted} == {
        "set.miner.pools",
        "set.user.change_passwd",
    }


def test_only_two_commands_carry_secrets():
    secrets = {name: set(command.secrets) for name, command in COMMANDS.items() if command.secrets}
    assert secrets == {"set.miner.pools": {"passwd"}, "set.user.change_passwd": {"old", "new"}}


def test_what_follows_on_the_connection_is_told():
    streams = {name: command.stream for name, command in COMMANDS.items() if command.stream}
    assert streams == {
        "get.log.download": "download",
        "set.system.update_firmware": "upload",
        "set.miner.report": "reports",
    }


# As far as the document of API 3, or API 2's command for the same, tells.
EFFECTS = [
    ("set.miner.service", {"param": "stop"}, Effect.SWITCHES),
    ("set.miner.service", {"param": "start"}, Effect.SWITCHES),
    ("set.miner.service", {"param": "restart"}, Effect.RESTARTS),
    ("set.miner.service", {"param": "enable"}, Effect.CHANGES),
    ("set.miner.service", {"param": "disable"}, Effect.CHANGES),
    ("set.miner.report", {"gap": 5}, Effect.NOTHING),
    ("set.miner.power_limit", {"param": 3000}, Effect.RESTARTS),
    ("set.miner.power_mode", {"param": "low"}, Effect.RESTARTS),
    ("set.miner.target_freq", {"param": -5}, Effect.RESTARTS),
    ("set.miner.fastboot", {"param": "enable"}, Effect.CHANGES),
    ("set.system.led", {"param": "auto"}, Effect.CHANGES),
    ("set.system.reboot", {}, Effect.REBOOTS),
    ("set.system.update_firmware", {}, Effect.REBOOTS),
    ("set.system.net_config", {"param": "dhcp"}, Effect.MOVES),
    ("set.system.factory_reset", {}, Effect.RESETS),
]


@pytest.mark.parametrize(("name", "params", "effect"), EFFECTS)
def test_what_a_command_does_to_the_miner_is_told_by_its_word_too(name, params, effect):
    command = COMMANDS[name]
    assert command.effect_of(params) is effect
    assert command.effect >= effect
    assert command.may_stay_silent is (command.effect >= Effect.REBOOTS)


def test_reads_do_nothing_to_a_miner():
    assert all(not command.writes for name, command in COMMANDS.items() if name.startswith("get."))
    assert {name for name, command in COMMANDS.items() if name.startswith("set.") and not command.writes} == {
        "set.miner.report"
    }


@pytest.mark.parametrize(
    ("name", "parameter", "v2_name", "v2_parameter", "values"),
    [
        ("set.system.hostname", "hostname", "set_hostname", "hostname", ["a", "a-b", "-a", "a_b", "x" * 64]),
        ("set.system.timezone", "timezone", "set_zone", "timezone", ["CST-8", "CST6CDT,M3.2.0", "$x", "a"]),
        (
            "set.system.net_config",
            "netmask",
            "net_config",
            "mask",
            ["255.255.252.0", "255.0.255.0", "0.0.0.0"],
        ),
        ("set.fan.temp_offset", "param", "set_temp_offset", "temp_offset", [-30, 0, -31, 1, "-05"]),
        ("set.miner.power_limit", "param", "adjust_power_limit", "power_limit", [0, 99999, 100000, -1]),
    ],
)
def test_both_apis_take_and_refuse_the_same_values_of_the_same_thing(
    name, parameter, v2_name, v2_parameter, values
):
    new, old = COMMANDS[name].parameter(parameter), V2_COMMANDS[v2_name].parameter(v2_parameter)
    assert new.expected == old.expected
    assert len({_taken(new, value) for value in values}) == 2  # some are taken, and some aren't
    assert [_taken(new, value) for value in values] == [_taken(old, value) for value in values]


def _taken(parameter, value):
    try:
        parameter.encode(value)
    except BadParameter:
        return False
    return True


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(sorted(COMMANDS)), st.data())
def test_whatever_is_given_is_refused_or_sent_as_harmless_ascii(name, data):
    command = COMMANDS[name]
    form = data.draw(st.sampled_from(command.forms))
    params = {parameter.name: data.draw(_JSON, label=parameter.name) for parameter in form}
    try:
        sent = json.dumps(command.param(params))
    except BadParameter:
        return
    assert sent.isascii() and "\\" not in sent and not set(sent) & set("$`;|&<>()'*?!#")
