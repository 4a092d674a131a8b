# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be declared: refused before anything is sent where it makes no sense."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils import _settings as package
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.catalogue import COMMANDS
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    BadParameter,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings import (
    cooling,
    led,
    net,
    pools,
    power,
    system,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings.base import (
    Setting,
    SingleValue,
    Unknown,
)
from hypothesis import given
from hypothesis import strategies as st

POOL = {"url": "stratum+tcp://one.example:3333", "user": "farm.1", "password": "x"}
ADDRESS = {
    "proto": "static",
    "address": "192.168.1.20",
    "netmask": "255.255.255.0",
    "gateway": "192.168.1.1",
    "dns": ["8.8.8.8"],
}


def refusal(declared, **options):
    with pytest.raises(BadParameter) as caught:
        declared(options)
    return caught.value.name


def test_powering_off_says_whether_the_answer_may_come_first():
    (plain,), (before,) = (
        power.declared({"state": "off"}),
        power.declared({"state": "off", "respond_before": True}),
    )
    assert plain.requests("on")[2] == [("power_off", {"respbefore": False})]
    assert before.requests("on")[2] == [("power_off", {"respbefore": True})]


def test_unused_pool_slots_are_sent_empty_and_all_nine_keys_always():
    ((command, params),) = pools.declared({"pools": [POOL]})[0].requests(None)[2]
    assert command == "update_pools"
    assert set(params) == {name + slot for slot in "123" for name in ("pool", "worker", "passwd")}
    assert [params[f"pool{slot}"] for slot in "123"] == [POOL["url"], "", ""]
    COMMANDS[command].encode(params)


@pytest.mark.parametrize(
    "declared",
    [pools.declared, power.declared, cooling.declared, system.declared, led.declared, net.declared],
)
def test_nothing_declared_is_nothing_to_do(declared):
    assert declared({}) == []


GROUPS = [
    importlib.import_module(f"{package.__name__}.{group.name}")
    for group in pkgutil.iter_modules(package.__path__)
]


def every_setting():
    kinds = {
        kind
        for group in GROUPS
        for kind in vars(group).values()
        if isinstance(kind, type) and issubclass(kind, Setting)
    }
    return sorted(kinds - {Setting, SingleValue}, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", every_setting())
def test_every_setting_has_a_name_of_its_own(kind):
    assert kind.name
    assert [other for other in every_setting() if other.name == kind.name] == [kind]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__.rpartition(".")[2])
def test_a_command_is_named_once_where_it_is_used(group):
    tree = ast.parse(Path(group.__file__).read_text(encoding="utf-8"))
    words = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    # An option may be called as a command is.
    named = [word for word in words if word in COMMANDS and word not in getattr(group, "OPTIONS", ())]
    assert named == list(dict.fromkeys(named))


# --- Pools --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 4])
def test_there_are_one_to_three_pools(count):
    assert refusal(pools.declared, pools=[POOL] * count) == "pools"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", ""),
        ("url", "a b"),
        ("url", "x;reboot"),
        ("url", "one.example:0"),
        ("user", ""),
        ("user", "a b"),
        ("user", "$(id)"),
    ]
    + [("password", "a b"), ("password", "`id`"), ("password", "é"), ("user", "w" * 256)],
)
def test_a_bad_pool_is_refused_by_its_place_and_option(field, value):
    assert refusal(pools.declared, pools=[POOL, {**POOL, field: value}]) == f"pools[1].{field}"


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("one.example", "stratum+tcp://one.example"),
        ("One.EXAMPLE:3333", "stratum+tcp://one.example:3333"),
        ("STRATUM+SSL://One.example:443/", "stratum+ssl://one.example:443"),
        ("stratum+tcp://one.example:443/Path/", "stratum+tcp://one.example:443/Path"),
        ("  one.example:1  ", "stratum+tcp://one.example:1"),
    ],
)
def test_urls_are_compared_in_one_form(written, normal):
    assert pools.normalised_url(written) == normal


@given(
    st.from_regex(
        r"([A-Za-z+]{1,8}://)?[A-Za-z0-9.]{1,20}(:[0-9]{1,5})?(/[A-Za-z]{0,5}){0,2}", fullmatch=True
    )
)
def test_the_normal_form_of_a_url_is_its_own_normal_form(url):
    assert pools.normalised_url(pools.normalised_url(url)) == pools.normalised_url(url)


def test_a_diff_of_pools_hides_passwords_set_or_unset():
    setting = pools.declared({"pools": [POOL]})[0]
    assert setting.shown([{"url": "u", "user": "w"}]) == [{"url": "u", "user": "w", "password": "********"}]
    assert setting.shown(setting.desired)[0]["password"] == "********"


# --- The others ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "options", "name"),
    [
        (power.declared, {"percent": 101}, "percent"),
        (power.declared, {"percent": -1}, "percent"),
        (power.declared, {"frequency_percent": 101}, "frequency_percent"),
        (power.declared, {"frequency_percent": -101}, "frequency_percent"),
        (power.declared, {"percent": 101, "percent_mode": "fast"}, "percent"),
        (power.declared, {"percent": 201, "percent_mode": "normal"}, "percent"),
        (power.declared, {"percent": 80, "target_watts": 3000}, "target_watts"),
        (power.declared, {"target_watts": 0}, "target_watts"),
        (power.declared, {"target_watts": 100000}, "target_watts"),
        (power.declared, {"limit_watts": "0"}, "limit_watts"),
        (power.declared, {"limit_watts": "-1"}, "limit_watts"),
        (power.declared, {"limit_watts": "99999"}, "limit_watts"),
        (power.declared, {"limit_watts": "100000"}, "limit_watts"),
        (power.declared, {"limit_watts": "3600 "}, "limit_watts"),
        (power.declared, {"limit_watts": "3.6e3"}, "limit_watts"),
        (power.declared, {"limit_watts": ""}, "limit_watts"),
        (power.declared, {"limit_watts": "True"}, "limit_watts"),
        (power.declared, {"upfreq_speed": 11}, "upfreq_speed"),
        (power.declared, {"upfreq_speed": -1}, "upfreq_speed"),
        (power.declared, {"upfreq_speed": 1, "fast_boot": True}, "upfreq_speed"),
        (cooling.declared, {"temp_offset": 1}, "temp_offset"),
        (cooling.declared, {"temp_offset": -31}, "temp_offset"),
        (system.declared, {"custom_data": {"msg10": "x"}}, "custom_data"),
        (system.declared, {"custom_data": {7: "x"}}, "custom_data"),
        (system.declared, {"custom_data": {"msg0": "$(id)"}}, "custom_data.msg0"),
        (system.declared, {"custom_data": {"msg0": ["x"]}}, "custom_data.msg0"),
        (system.declared, {"custom_data": {"CustomerSn": "x" * 256}}, "custom_data.CustomerSn"),
        (system.declared, {"hostname": "a_b"}, "hostname"),
        (net.declared, {**ADDRESS, "hostname": "a_b"}, "hostname"),
        (system.declared, {"hostname": "a;b"}, "hostname"),
        (system.declared, {"timezone": "CST-8"}, "zonename"),
        (system.declared, {"zonename": "Asia/Shanghai"}, "timezone"),
        (system.declared, {"timezone": "$(id)", "zonename": "UTC"}, "timezone"),
        (system.declared, {"ssh": True, "ssh_port": 65536}, "ssh_port"),
        (
            system.declared,
            {"remote_log": {"address": "::1", "port": 514, "proto": "udp"}},
            "remote_log.address",
        ),
        (system.declared, {"delay_seconds": {"start": 0, "stop": 121}}, "delay_seconds.stop"),
        (
            system.declared,
            {"remote_log": {"address": "192.168.1.2", "port": 0, "proto": "udp"}},
            "remote_log.port",
        ),
        (led.declared, {"mode": "auto", "color": "red"}, "mode"),
        (led.declared, {"color": "Red"}, "color"),
        (led.declared, {"period": 0}, "period"),
        (led.declared, {"period": 100, "duration": 101, "start": 0}, "duration"),
        (led.declared, {"period": 100, "duration": 50, "start": 101}, "start"),
        (net.declared, {"proto": "dhcp", "address": "192.168.1.20"}, "proto"),
        (net.declared, {**ADDRESS, "address": "192.168.1.256"}, "address"),
        (net.declared, {**ADDRESS, "address": "192.168.1.0"}, "address"),
        (net.declared, {**ADDRESS, "address": "192.168.1.255"}, "address"),
        (net.declared, {**ADDRESS, "address": "224.0.0.1"}, "address"),
        (net.declared, {**ADDRESS, "address": "0.0.0.1"}, "address"),
        (net.declared, {**ADDRESS, "netmask": "255.0.255.0"}, "netmask"),
        (net.declared, {**ADDRESS, "netmask": "255.255.255.255"}, "netmask"),
        (net.declared, {**ADDRESS, "gateway": "192.168.2.1"}, "gateway"),
        (net.declared, {**ADDRESS, "gateway": "192.168.1.20"}, "gateway"),
        (net.declared, {**ADDRESS, "dns": []}, "dns"),
        (net.declared, {**ADDRESS, "dns": ["8.8.8.8", "::1"]}, "dns"),
        (net.declared, {**ADDRESS, "dns": ["1.1.1.1"] * 4}, "dns"),
        (net.declared, {**ADDRESS, "hostname": "a b"}, "hostname"),
    ],
)
def test_what_makes_no_sense_is_refused_by_the_option_s_name(declared, options, name):
    assert refusal(declared, **options) == name


def test_what_a_static_address_leaves_out_stays_as_the_miner_shows_it():
    network = {
        "address": "192.168.1.9",
        "netmask": "255.255.255.0",
        "gateway": "192.168.1.1",
        "dns": ["8.8.8.8"],
    }
    shown = {"network": network, "hostname": "h"}
    setting = net.declared({"address": "192.168.1.20"})[0].completed(shown)
    assert setting.requests(None)[2] == [
        (
            "net_config",
            {
                "ip": "192.168.1.20",
                "mask": "255.255.255.0",
                "gate": "192.168.1.1",
                "dns": "8.8.8.8",
                "host": "h",
            },
        )
    ]


@pytest.mark.parametrize("missing", ["netmask", "gateway", "dns", "hostname"])
def test_what_neither_the_user_nor_the_miner_says_is_asked_for_by_name(missing):
    options = {name: value for name, value in {**ADDRESS, "hostname": "h"}.items() if name != missing}
    setting = net.declared(options)[0]
    with pytest.raises(BadParameter) as caught:
        setting.completed({})
    assert caught.value.name == missing


def test_a_limit_of_0_is_refused_with_the_reason():
    with pytest.raises(BadParameter, match="no limit"):
        power.declared({"limit_watts": "0"})


def test_a_host_name_with_an_underscore_that_the_miner_has_is_kept():
    shown = {"hostname": "WhatsMiner_6e07"}
    assert net.declared(ADDRESS)[0].completed(shown).requests(None)[2][0][1]["host"] == "WhatsMiner_6e07"


def test_a_host_name_that_the_miner_has_and_that_can_not_be_sent_is_asked_for():
    with pytest.raises(BadParameter, match="hostname must be given, since the one that the miner has"):
        net.declared(ADDRESS)[0].completed({"hostname": "a; reboot"})


def test_a_declared_host_name_is_sent_and_not_the_one_that_the_miner_has():
    setting = net.declared({**ADDRESS, "hostname": "rack1-07"})[0].completed({"hostname": "old"})
    assert setting.requests(None)[2][0][1]["host"] == "rack1-07"


def test_a_netmask_alone_is_right_or_wrong_only_with_the_miner_s_address():
    (setting,) = net.declared({"netmask": "255.255.255.252"})
    shown = {"address": "10.0.0.20", "gateway": "10.0.0.21", "dns": ["10.0.0.21"]}
    with pytest.raises(BadParameter, match="network or broadcast address"):
        setting.completed({"network": shown, "hostname": "h"})


# --- What the miner shows, where its firmware does ----------------------------------------------------------

# (option, desired, the fact that shows it, another value than the desired one)
SHOWN = [
    ({"limit_watts": "3600"}, {"power_limit_watts": 3600}, {"power_limit_watts": 3400}),
    ({"percent": 80}, {"power_percent": 80}, {"power_percent": 100}),
    ({"frequency_percent": -5}, {"frequency_percent": -5}, {"frequency_percent": 0}),
    ({"upfreq_speed": 3}, {"upfreq_speed": 3}, {"upfreq_speed": 0}),
    ({"fast_hash": True}, {"fast_hash": True}, {"fast_hash": False}),
    ({"heat_mode": "heating"}, {"heat_mode": "heating"}, {"heat_mode": "normal"}),
    ({"target_watts": 3000}, {"power_target_watts": 3000}, {"power_target_watts": 3400}),
    ({"fast_boot": True}, {"fast_boot": True}, {"fast_boot": False}),
]


@pytest.mark.parametrize(("options", "same", "other"), SHOWN)
def test_what_the_miner_shows_is_compared_and_needs_no_record(options, same, other):
    (setting,) = power.declared(options)
    assert setting.met_by(setting.current(same))
    assert not setting.met_by(setting.current(other))
    assert setting.fully_read()


def test_a_limit_that_is_reset_is_a_matter_of_record():
    assert isinstance(
        power.declared({"limit_watts": "reset"})[0].current({"power_limit_watts": 3600}), Unknown
    )


@pytest.mark.parametrize(
    ("shown", "command"),
    [({"power_percent": 80}, ("restore_power_pct", {})), ({}, ("set_power_pct", {"percent": 100}))],
)
def test_100_percent_undoes_the_percentage_where_the_miner_shows_one(shown, command):
    (setting,) = power.declared({"percent": 100})
    assert setting.requests(setting.current(shown))[2] == [command]


def test_0_percent_is_unknown_over_api_3_which_has_0_for_none():
    (setting,) = power.declared({"percent": 0})
    assert isinstance(setting.current({"power_percent": 100, "api": {"generation": 3}}), Unknown)
    assert setting.current({"power_percent": 0, "api": {"generation": 2}}) == 0


def test_a_miner_that_tunes_is_on_though_nothing_says_so():
    (setting,) = power.declared({"state": "on"})
    assert setting.current({"tuning": True}) == "on"
    assert isinstance(setting.current({"tuning": False}), Unknown)


@pytest.mark.parametrize(
    ("facts", "refused"),
    [
        ({"fans_rpm": {"inlet": 4000, "outlet": 4100}}, True),
        ({"fans_rpm": {"inlet": 4000}, "temperature_c": {"liquid": 41.5}}, False),
        ({"fans_rpm": {"inlet": 0, "outlet": 0}}, False),
        ({"fans_rpm": {"psu": 6000}}, False),
        ({}, False),
    ],
)
def test_more_than_100_percent_is_refused_where_the_miner_is_known_to_be_air_cooled(facts, refused):
    (setting,) = power.declared({"percent": 101, "percent_mode": "normal"})
    if refused:
        with pytest.raises(BadParameter, match="air-cooled"):
            setting.completed(facts)
    else:
        assert setting.completed(facts) is setting
    assert power.declared({"percent": 100, "percent_mode": "normal"})[0].completed(facts)


@pytest.mark.parametrize(
    ("generation", "fans", "refused"), [(3, 4000, True), (3, 0, False), (2, 4000, False)]
)
def test_a_higher_frequency_is_refused_over_api_3_where_the_miner_is_air_cooled(generation, fans, refused):
    facts = {"api": {"generation": generation}, "fans_rpm": {"inlet": fans}}
    (setting,) = power.declared({"frequency_percent": 5})
    if refused:
        with pytest.raises(BadParameter, match="air-cooled"):
            setting.completed(facts)
    else:
        assert setting.completed(facts) is setting
    assert power.declared({"frequency_percent": -5})[0].completed(facts)


def test_a_frequency_that_only_newer_apis_take_is_refused_on_api_1_and_asks_for_the_version():
    (setting,), (plain,) = (
        power.declared({"frequency_percent": -11}),
        power.declared({"frequency_percent": -10}),
    )
    assert "api_version" in setting.facts
    assert "api_version" not in plain.facts
    with pytest.raises(BadParameter, match="frequency_percent must be a whole number, -10 to 100"):
        setting.completed({"api_version": "1.4.0"})
    assert setting.completed({"api_version": "2.0.5"}) is setting
    assert setting.completed({}) is setting


def test_only_what_a_restart_loses_is_ephemeral_and_only_what_holds_passwords_is_secret():
    kinds = every_setting()
    assert [kind.name for kind in kinds if kind.ephemeral] == ["power.percent", "power.target_watts"]
    assert [kind.name for kind in kinds if kind.secret] == ["pools", "user.password"]
