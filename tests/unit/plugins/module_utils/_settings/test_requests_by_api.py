# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each declared setting sends over which API, and what shows it."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.catalogue import (
    COMMANDS,
    generation_of,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import UnknownCommand
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import readings as api2
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3 import readings as api3
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings import (
    cooling,
    led,
    net,
    pools,
    power,
    system,
    user,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings.base import Unknown
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils._settings.test_settings import (
    ADDRESS,
    POOL,
    every_setting,
)

# One example of each setting that there is: (declared, the requests it makes of an unknown state, by API).
EXAMPLES = [
    (
        power.declared,
        {"state": "off"},
        {2: [("power_off", {"respbefore": False})], 3: [("set.miner.service", {"param": "stop"})]},
    ),
    (
        power.declared,
        {"state": "on"},
        {2: [("power_on", {})], 3: [("set.miner.service", {"param": "start"})]},
    ),
    (
        power.declared,
        {"state": "preheated"},
        {2: [("pre_power_on", {"complete": False, "msg": "wait for adjust temp"})]},
    ),
    (
        power.declared,
        {"mode": "low"},
        {2: [("set_low_power", {})], 3: [("set.miner.power_mode", {"param": "low"})]},
    ),
    (
        power.declared,
        {"mode": "normal"},
        {2: [("set_normal_power", {})], 3: [("set.miner.power_mode", {"param": "normal"})]},
    ),
    (
        power.declared,
        {"mode": "high"},
        {2: [("set_high_power", {})], 3: [("set.miner.power_mode", {"param": "high"})]},
    ),
    (
        power.declared,
        {"percent": 0},
        {
            2: [("set_power_pct", {"percent": 0})],
            3: [("set.miner.power_percent", {"percent": 0, "mode": "fast"})],
        },
    ),
    (
        power.declared,
        {"frequency_percent": -10},
        {2: [("set_target_freq", {"percent": -10})], 3: [("set.miner.target_freq", {"param": -10})]},
    ),
    (
        power.declared,
        {"fast_boot": True},
        {2: [("enable_btminer_fast_boot", {})], 3: [("set.miner.fastboot", {"param": "enable"})]},
    ),
    (
        power.declared,
        {"fast_boot": False},
        {2: [("disable_btminer_fast_boot", {})], 3: [("set.miner.fastboot", {"param": "disable"})]},
    ),
    (
        power.declared,
        {"limit_watts": "3600"},
        {2: [("adjust_power_limit", {"power_limit": 3600})], 3: [("set.miner.power_limit", {"param": 3600})]},
    ),
    (
        power.declared,
        {"limit_watts": "reset"},
        {
            2: [("adjust_power_limit", {"power_limit": 99999})],
            3: [("set.miner.power_limit", {"param": 99999})],
        },
    ),
    (
        power.declared,
        {"target_watts": 3000},
        {2: [("set_power", {"power": 3000})], 3: [("set.miner.power", {"param": 3000})]},
    ),
    (
        power.declared,
        {"percent": 80, "percent_mode": "normal"},
        {
            2: [("set_power_pct_v2", {"percent": 80})],
            3: [("set.miner.power_percent", {"percent": 80, "mode": "normal"})],
        },
    ),
    (
        power.declared,
        {"percent": 200, "percent_mode": "normal"},
        {
            2: [("set_power_pct_v2", {"percent": 200})],
            3: [("set.miner.power_percent", {"percent": 200, "mode": "normal"})],
        },
    ),
    (
        power.declared,
        {"percent": 100},
        {
            2: [("set_power_pct", {"percent": 100})],
            3: [("set.miner.power_percent", {"percent": 100, "mode": "fast"})],
        },
    ),
    (
        power.declared,
        {"frequency_percent": -100},
        {2: [("set_target_freq", {"percent": -100})], 3: [("set.miner.target_freq", {"param": -100})]},
    ),
    (
        power.declared,
        {"upfreq_speed": 10},
        {2: [("adjust_upfreq_speed", {"upfreq_speed": 10})], 3: [("set.miner.upfreq_speed", {"param": 10})]},
    ),
    (
        power.declared,
        {"fast_hash": True},
        {2: [("set_fast_hash", {"fast_hash": 1})], 3: [("set.miner.fast_hash", {"param": 1})]},
    ),
    (
        power.declared,
        {"autostart": True},
        {2: [("enable_btminer_init", {})], 3: [("set.miner.service", {"param": "enable"})]},
    ),
    (
        power.declared,
        {"autostart": False},
        {2: [("disable_btminer_init", {})], 3: [("set.miner.service", {"param": "disable"})]},
    ),
    (
        power.declared,
        {"heat_mode": "heating"},
        {3: [("set.miner.heat_mode", {"param": "heating"})], 2: [("set_heat_mode", {"mode": "heating"})]},
    ),
    (
        power.declared,
        {"heat_mode": "anti-icing"},
        {
            3: [("set.miner.heat_mode", {"param": "anti-freezing"})],
            2: [("set_heat_mode", {"mode": "anti-icing"})],
        },
    ),
    (power.declared, {"heat_mode": "normal"}, {3: [("set.miner.heat_mode", {"param": "normal"})]}),
    (
        cooling.declared,
        {"poweroff_cool": True},
        {2: [("set_poweroff_cool", {"poweroff_cool": 1})], 3: [("set.fan.poweroff_cool", {"param": 1})]},
    ),
    (
        cooling.declared,
        {"fan_zero_speed": False},
        {2: [("set_fan_zero_speed", {"fan_zero_speed": 0})], 3: [("set.fan.zero_speed", {"param": 0})]},
    ),
    (
        cooling.declared,
        {"temp_offset": -30},
        {2: [("set_temp_offset", {"temp_offset": -30})], 3: [("set.fan.temp_offset", {"param": -30})]},
    ),
    (
        system.declared,
        {"custom_data": {"CustomerSn": "SN-1", "msg9": 7}},
        {
            2: [
                ("set_customer_msg", {"key": "CustomerSn", "val": "SN-1"}),
                ("set_customer_msg", {"key": "msg9", "val": "7"}),
            ],
            3: [
                ("set.device.custom_data", {"key": "CustomerSn", "value": "SN-1"}),
                ("set.device.custom_data", {"key": "msg9", "value": "7"}),
            ],
        },
    ),
    (
        pools.declared,
        {"web_access": True},
        {2: [("enable_web_pools", {})], 3: [("set.system.webpools", {"param": "enable"})]},
    ),
    (
        pools.declared,
        {"web_access": False},
        {2: [("disable_web_pools", {})], 3: [("set.system.webpools", {"param": "disable"})]},
    ),
    (
        system.declared,
        {"hostname": "rack1-07"},
        {
            2: [("set_hostname", {"hostname": "rack1-07"})],
            3: [("set.system.hostname", {"hostname": "rack1-07"})],
        },
    ),
    (system.declared, {"ssh": True}, {2: [("ssh_open", {})]}),
    (system.declared, {"ssh": False}, {2: [("ssh_close", {})]}),
    (
        system.declared,
        {"timezone": "CST-8", "zonename": "Asia/Shanghai"},
        {
            2: [("set_zone", {"timezone": "CST-8", "zonename": "Asia/Shanghai"})],
            3: [("set.system.timezone", {"timezone": "CST-8", "zonename": "Asia/Shanghai"})],
        },
    ),
    (
        system.declared,
        {"remote_log": {"address": "192.168.1.2", "port": 514, "proto": "udp"}},
        {
            2: [("load_log", {"ip": "192.168.1.2", "port": 514, "proto": "udp"})],
            3: [("set.log.upload", {"ip": "192.168.1.2", "port": 514, "proto": "udp"})],
        },
    ),
    (
        led.declared,
        {"mode": "auto"},
        {2: [("set_led", {"param": "auto"})], 3: [("set.system.led", {"param": "auto"})]},
    ),
    (
        led.declared,
        {"color": "green"},
        {
            2: [("set_led", {"color": "green", "period": 1000, "duration": 500, "start": 0})],
            3: [
                (
                    "set.system.led",
                    {"param": [{"color": "green", "period": 1000, "duration": 500, "start": 0}]},
                )
            ],
        },
    ),
    (
        net.declared,
        {"proto": "dhcp"},
        {2: [("net_config", {"param": "dhcp"})], 3: [("set.system.net_config", {"param": "dhcp"})]},
    ),
    (
        net.declared,
        {**ADDRESS, "hostname": "rack1-07"},
        {
            2: [
                (
                    "net_config",
                    {
                        "ip": "192.168.1.20",
                        "mask": "255.255.255.0",
                        "gate": "192.168.1.1",
                        "dns": "8.8.8.8",
                        "host": "rack1-07",
                    },
                )
            ],
            3: [
                (
                    "set.system.net_config",
                    {
                        "ip": "192.168.1.20",
                        "netmask": "255.255.255.0",
                        "gateway": "192.168.1.1",
                        "dns": "8.8.8.8",
                    },
                )
            ],
        },
    ),
    (
        system.declared,
        {"ntp_servers": ["pool.ntp.org", "10.0.0.1"]},
        {3: [("set.system.ntp_server", {"param": "pool.ntp.org,10.0.0.1"})]},
    ),
    (
        system.declared,
        {"delay_seconds": {"start": 30, "stop": 0}},
        {
            2: [
                (
                    "time_randomized",
                    {"start_net_max_delay_seconds": 30, "stop_mining_max_delay_seconds": 0},
                )
            ],
            3: [("set.system.time_randomized", {"start": 30, "stop": 0})],
        },
    ),
    (
        pools.declared,
        {"pools": [POOL]},
        {
            2: [
                (
                    "update_pools",
                    {
                        "pool1": POOL["url"],
                        "worker1": "farm.1",
                        "passwd1": "x",
                        **{name + slot: "" for slot in "23" for name in ("pool", "worker", "passwd")},
                    },
                )
            ],
            3: [
                (
                    "set.miner.pools",
                    {"param": [{"pool": POOL["url"], "worker": "farm.1", "passwd": "x"}]},
                )
            ],
        },
    ),
    (
        user.declared,
        {"account": "user1", "password": "n3w_pw"},
        {
            3: [
                ("set.user.change_passwd", {"account": "user1", "new": "n3w_pw", "old": "user1"}),
                ("set.user.change_passwd", {"account": "user1", "new": "n3w_pw", "old": "n3w_pw"}),
            ]
        },
    ),
    (
        user.declared,
        {"account": "user2", "permissions": ["set.system.led", "set.miner.service"]},
        {3: [("set.user.permission", {"user": "user2", "permission": "set.miner.service,set.system.led"})]},
    ),
]


@pytest.mark.parametrize(("declared", "options", "requests"), EXAMPLES)
def test_a_declared_setting_makes_the_requests_of_each_api(declared, options, requests):
    setting = declared(options)[0]
    assert setting.requests(Unknown("not asked")) == requests
    for generation, sent in requests.items():
        for command, params in sent:
            COMMANDS[command].encode(params)
            assert generation_of(command) == generation


def test_every_setting_has_an_example_here():
    examples = {type(setting) for declared, options, _requests in EXAMPLES for setting in declared(options)}
    assert set(every_setting()) == examples


@pytest.mark.parametrize(("declared", "options", "_requests"), EXAMPLES)
def test_what_shows_a_setting_can_be_read_without_a_password(declared, options, _requests):
    setting = declared(options)[0]
    replies = {}
    while commands := api2.commands_that_show(setting.facts, replies):
        assert not [command for command in commands if COMMANDS[command].privileged]
        replies.update(dict.fromkeys(commands, UnknownCommand("no")))
    replies = {}
    while reads := api3.reads_that_show(setting.facts, replies):
        assert not [command for command, _params in reads if COMMANDS[command].writes]
        replies.update({command: UnknownCommand("no") for command, _params in reads})


@pytest.mark.parametrize(("declared", "options", "_requests"), EXAMPLES)
def test_without_any_fact_a_setting_is_unknown_never_guessed(declared, options, _requests):
    setting = declared(options)[0]
    if setting.name != "ssh":  # that is found out by connecting
        assert isinstance(setting.current({}), Unknown)
        assert str(setting.current({})).startswith("unknown: ")
