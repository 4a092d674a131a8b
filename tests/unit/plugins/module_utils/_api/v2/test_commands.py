# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of commands: it's the document's, and nothing gets through it that a miner's shell could stumble
over.
"""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.commands import (
    COMMANDS,
    Effect,
)
from hypothesis import given, settings
from hypothesis import strategies as st

# The API document, V1.3.11, section by section: what a request holds besides "cmd" and "token". Where it has
# two forms there are two entries.
POOLS = {f"{name}{slot}" for slot in "123" for name in ("pool", "worker", "passwd")}
DOCUMENT = [
    ("2.1", "update_pools", POOLS),
    ("2.2", "restart_btminer", set()),
    ("2.3", "power_off", {"respbefore"}),
    ("2.4", "power_on", set()),
    ("2.5", "set_led", {"param"}),
    ("2.5", "set_led", {"color", "period", "duration", "start"}),
    ("2.6", "set_low_power", set()),
    ("2.7", "update_firmware", set()),
    ("2.8", "reboot", set()),
    ("2.9", "factory_reset", set()),
    ("2.10", "ssh_open", set()),
    ("2.10", "ssh_close", set()),
    ("2.11", "update_pwd", {"old", "new"}),
    ("2.12", "net_config", {"param"}),
    ("2.12", "net_config", {"ip", "mask", "gate", "dns", "host"}),
    ("2.13", "download_logs", set()),
    ("2.14", "set_target_freq", {"percent"}),
    ("2.15", "enable_btminer_fast_boot", set()),
    ("2.16", "disable_btminer_fast_boot", set()),
    ("2.17", "enable_web_pools", set()),
    ("2.18", "disable_web_pools", set()),
    ("2.19", "set_hostname", {"hostname"}),
    ("2.20", "set_zone", {"timezone", "zonename"}),
    ("2.21", "load_log", {"ip", "port", "proto"}),
    ("2.22", "set_power_pct", {"percent"}),
    ("2.23", "pre_power_on", {"complete", "msg"}),
    ("3.1", "summary", set()),
    ("3.2", "pools", set()),
    ("3.3", "edevs", set()),
    ("3.3", "devs", set()),
    ("3.4", "devdetails", set()),
    ("3.5", "get_psu", set()),
    ("3.6", "get_version", set()),
    ("3.7", "get_token", set()),
    ("3.8", "status", set()),
]
POWER_MODES = ("set_low_power", "set_normal_power", "set_high_power")
# What the documents of later APIs and the field notes add: the API that has it first, the command, its
# parameters.
ADDED = [
    ("1.3", "set_normal_power", set()),
    ("1.3", "set_high_power", set()),
    ("2.0", "get_miner_info", {"info"}),
    ("2.0", "get_error_code", set()),
    ("2.0.5", "adjust_power_limit", {"power_limit"}),
    ("2.0.5", "adjust_upfreq_speed", {"upfreq_speed"}),
    ("2.0.5", "set_poweroff_cool", {"poweroff_cool"}),
    ("2.0.5", "set_fan_zero_speed", {"fan_zero_speed"}),
    ("2.0.5", "set_temp_offset", {"temp_offset"}),
    ("2.0.5", "set_power_pct_v2", {"percent"}),
    ("2.2.2", "restore_power_pct", set()),
    ("2.2.2", "set_power", {"power"}),
    ("2.2.2", "set_heat_mode", {"mode"}),
    ("2.2.2", "enable_btminer_init", set()),
    ("2.2.2", "disable_btminer_init", set()),
    ("2.2.2", "set_fast_mining", {"fast_mining"}),
    ("2.2.2", "set_fast_hash", {"fast_hash"}),
    ("2.2.2", "set_customer_msg", {"key", "val"}),
    ("2.2.2", "get_customer_msg", set()),
    ("1.3", "time_randomized", {"start_net_max_delay_seconds", "stop_mining_max_delay_seconds"}),
    ("1.3", "set_fan_speed", {"percent"}),
]

# A valid value of every parameter, and what goes over the wire for it.
VALID = {
    "update_pools": {
        "pool1": "stratum+tcp://pool.example.com:3333",
        "worker1": "farm.rack-1_07",
        "passwd1": "x",
        "pool2": "btc.example.org",
        "worker2": "a@b.example,c=d:e/f%g+h",
        "passwd2": "d=1024,p=1",
        "pool3": "",
        "worker3": "",
        "passwd3": "",
    },
    "power_off": {"respbefore": "true"},
    "set_led": {"color": "red", "period": 200, "duration": 100, "start": 0},
    "update_pwd": {"old": "admin", "new": "s3cret_9"},
    "net_config": {
        "ip": "192.168.1.20",
        "mask": "255.255.255.0",
        "gate": "192.168.1.1",
        "dns": "114.114.114.114 192.168.0.1",
        "host": "rack1-07",
    },
    "set_target_freq": {"percent": "-10"},
    "set_hostname": {"hostname": "rack1-07"},
    "set_zone": {"timezone": "CST-8", "zonename": "Asia/Shanghai"},
    "load_log": {"ip": "192.168.1.2", "port": "514", "proto": "udp"},
    "set_power_pct": {"percent": "100"},
    "pre_power_on": {"complete": "false", "msg": "wait for adjust temp"},
    "get_miner_info": {"info": "ip,mac,ledstat"},
    "adjust_power_limit": {"power_limit": "3600"},
    "adjust_upfreq_speed": {"upfreq_speed": "5"},
    "set_poweroff_cool": {"poweroff_cool": "1"},
    "set_fan_zero_speed": {"fan_zero_speed": "0"},
    "set_temp_offset": {"temp_offset": "-5"},
    "set_power_pct_v2": {"percent": "120"},
    "set_power": {"power": "3000"},
    "set_heat_mode": {"mode": "anti-icing"},
    "set_fast_mining": {"fast_mining": "1"},
    "set_fast_hash": {"fast_hash": "1"},
    "set_customer_msg": {"key": "msg0", "val": "rack-1_07"},
    "time_randomized": {"start_net_max_delay_seconds": "60", "stop_mining_max_delay_seconds": "0"},
    "set_fan_speed": {"percent": "80"},
}
PARAMETERS = [(command, name) for command, params in VALID.items() for name in params]
# Where a number goes, and its range.
RANGES = [
    ("set_target_freq", "percent", -100, 100),
    ("set_power_pct", "percent", 0, 100),
    ("set_power_pct_v2", "percent", 0, 200),
    ("load_log", "port", 1, 65535),
    ("set_led", "period", 1, 3_600_000),
    ("set_led", "duration", 0, 3_600_000),
    ("set_led", "start", 0, 3_600_000),
    ("adjust_power_limit", "power_limit", 0, 99999),
    ("set_power", "power", 0, 99999),
    ("adjust_upfreq_speed", "upfreq_speed", 0, 10),
    ("set_poweroff_cool", "poweroff_cool", 0, 1),
    ("set_fan_zero_speed", "fan_zero_speed", 0, 1),
    ("set_fast_mining", "fast_mining", 0, 1),
    ("set_fast_hash", "fast_hash", 0, 1),
    ("set_temp_offset", "temp_offset", -30, 0),
    ("time_randomized", "start_net_max_delay_seconds", 0, 86400),
    ("time_randomized", "stop_mining_max_delay_seconds", 0, 86400),
    ("set_fan_speed", "percent", 0, 100),
]
NUMBERS = [place[:2] for place in RANGES]
TRUTHS = [("power_off", "respbefore"), ("pre_power_on", "complete")]
OPTIONAL = ("power_off", "pre_power_on", "get_miner_info")
# The present password must be given as it is, whatever its characters are.
SHELL_SAFE = [place for place in PARAMETERS if place != ("update_pwd", "old")]


def encode(command, **changes):
    return COMMANDS[command].encode({**VALID.get(command, {}), **changes})


def refusal(command, name, value):
    with pytest.raises(BadParameter) as caught:
        encode(command, **{name: value})
    return caught.value


# --- The table ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("section", "command", "params"), DOCUMENT)
def test_every_command_of_the_document_is_there_with_its_parameters(section, command, params):
    assert COMMANDS[command].section == section
    assert params in [{parameter.name for parameter in form} for form in COMMANDS[command].forms]


@pytest.mark.parametrize(("since", "command", "params"), ADDED)
def test_every_command_of_later_apis_is_there_with_its_parameters_and_the_api_that_has_it(
    since, command, params
):
    assert COMMANDS[command].since == since
    assert [{parameter.name for parameter in form} for form in COMMANDS[command].forms] == [params]


def test_what_later_documents_dropped_says_so():
    dropped = {name: command.until for name, command in COMMANDS.items() if command.until}
    assert dropped == {
        "ssh_open": "2.0.5",
        "ssh_close": "2.0.5",
        "pre_power_on": "2.2.2",
        "devdetails": "2.2.2",
    }
    assert COMMANDS["ssh_open"].apis == "API 1.3 to before 2.0.5"
    assert COMMANDS["set_power"].apis == "API 2.2.2 on"


def test_no_command_and_no_form_is_there_that_neither_the_documents_nor_the_field_notes_have():
    documented = {(command, frozenset(params)) for _which, command, params in DOCUMENT + ADDED}
    assert {
        (command.name, frozenset(parameter.name for parameter in form))
        for command in COMMANDS.values()
        for form in command.forms
    } == documented


def test_what_section_2_describes_writes_and_is_sealed_but_for_downloading_logs_which_is_only_sealed():
    for section, command, _params in DOCUMENT:
        written = section.startswith("2.")
        assert COMMANDS[command].privileged is written, command
        assert COMMANDS[command].writes is (written and command != "download_logs"), command


def test_what_later_apis_added_writes_and_is_sealed_but_for_reads_of_which_one_is_sealed_too():
    for _since, command, _params in ADDED:
        assert COMMANDS[command].writes is not command.startswith("get_"), command
        assert COMMANDS[command].privileged is (command not in ("get_miner_info", "get_error_code")), command


def test_only_what_btminer_answers_joins():
    joinable = {name for name, command in COMMANDS.items() if command.joinable}
    assert joinable == {"summary", "pools", "edevs", "devs", "devdetails"}


@pytest.mark.parametrize(
    "command",
    ["reboot", "restart_btminer", "power_off", "factory_reset", "net_config", *POWER_MODES],
)
def test_commands_that_firmware_takes_without_a_word_are_marked(command):
    assert COMMANDS[command].may_stay_silent


def test_effects_order_a_plan_from_harmless_to_drastic():
    order = ["summary", "update_pools", "set_low_power", "power_off", "reboot", "net_config", "factory_reset"]
    effects = [COMMANDS[command].effect for command in order]
    assert effects == sorted(effects)
    assert len(set(effects)) == len(Effect)


def test_passwords_are_the_secrets_and_nothing_else_is():
    secrets = {(command.name, name) for command in COMMANDS.values() for name in command.secrets}
    assert secrets == {("update_pools", f"passwd{slot}") for slot in "123"} | {
        ("update_pwd", "old"),
        ("update_pwd", "new"),
    }


# --- What is sent -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", VALID)
def test_valid_parameters_are_sent_as_given_and_in_the_document_s_order(command):
    encoded = encode(command)
    assert encoded == VALID[command]
    assert list(encoded) == list(VALID[command])


def test_set_led_s_times_travel_as_integers_even_if_given_as_text():
    encoded = encode("set_led", period="200", duration=100, start="0")
    assert [(type(encoded[name]), encoded[name]) for name in ("period", "duration", "start")] == [
        (int, 200),
        (int, 100),
        (int, 0),
    ]


@pytest.mark.parametrize(
    ("command", "name", "value"),
    [("set_power_pct", "percent", 80), ("set_target_freq", "percent", -5), ("load_log", "port", 514)]
    + [
        ("adjust_power_limit", "power_limit", 3600),
        ("set_temp_offset", "temp_offset", -5),
        ("set_fast_hash", "fast_hash", 1),
    ],
)
def test_percentages_ports_watts_and_switches_travel_as_strings_even_if_given_as_integers(
    command, name, value
):
    assert encode(command, **{name: value})[name] == str(value)


@pytest.mark.parametrize(("command", "name"), TRUTHS)
def test_truths_travel_as_words(command, name):
    assert [encode(command, **{name: value})[name] for value in (True, False)] == ["true", "false"]


def test_set_led_and_net_config_have_a_form_of_one_word():
    assert COMMANDS["set_led"].encode({"param": "auto"}) == {"param": "auto"}
    assert COMMANDS["net_config"].encode({"param": "dhcp"}) == {"param": "dhcp"}


@pytest.mark.parametrize("command", OPTIONAL)
def test_some_commands_go_without_parameters_too(command):
    assert COMMANDS[command].encode({}) == {}


# --- Which parameters ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("command", "name"), [place for place in PARAMETERS if place[0] not in OPTIONAL])
def test_a_missing_parameter_is_refused(command, name):
    params = {key: value for key, value in VALID[command].items() if key != name}
    with pytest.raises(BadParameter, match=name):
        COMMANDS[command].encode(params)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_extra_parameter_is_refused_by_name(command):
    with pytest.raises(BadParameter, match="sneaky") as caught:
        encode(command, sneaky="1")
    assert caught.value.command == command


@pytest.mark.parametrize(
    ("command", "params"),
    [
        ("set_led", {"param": "auto", **VALID["set_led"]}),
        ("net_config", {"param": "dhcp", "ip": "192.168.1.20"}),
        ("set_led", {"param": "manual"}),
        ("net_config", {"param": "static"}),
        ("power_on", {1: "a number as a name", "and": "a word"}),
    ],
)
def test_mixed_and_unknown_forms_are_refused(command, params):
    with pytest.raises(BadParameter):
        COMMANDS[command].encode(params)


def test_a_refusal_says_which_parameter_what_it_must_be_and_that_nothing_was_sent():
    error = refusal("set_power_pct", "percent", 101)
    assert str(error) == "set_power_pct: percent must be a whole number, 0 to 100; nothing was sent."


def test_a_refusal_never_shows_the_value():
    assert "hunter;2" not in str(refusal("update_pwd", "new", "hunter;2"))


# --- Which values -------------------------------------------------------------------------------------------

HOSTILE = ";&|`$()<>\\\"'*?!#{}[]^~\n\r\t\0\x1b\x7f"


@pytest.mark.parametrize(("command", "name"), SHELL_SAFE)
def test_no_character_that_means_something_to_a_shell_gets_through(command, name):
    value = (str(VALID[command][name]) or "x")[:7]
    for character in HOSTILE:
        for hostile in (character, value + character, character + value, value[:1] + character + value[1:]):
            assert refusal(command, name, hostile).name == name


@pytest.mark.parametrize("character", "\n\r\t\0\x1b\x7f ")
def test_the_present_password_is_printable_too(character):
    assert refusal("update_pwd", "old", f"ad{character}min").name == "old"


@pytest.mark.parametrize(("command", "name"), PARAMETERS)
def test_no_character_beyond_ascii_gets_through_not_even_digits(command, name):
    for stranger in "éß中１٣\u00a0\u2028\u200b\ud800\U0001f600":
        for value in (stranger, str(VALID[command][name])[:7] + stranger):
            assert refusal(command, name, value).name == name


@pytest.mark.parametrize(("command", "name"), PARAMETERS)
def test_blanks_around_a_value_are_refused(command, name):
    value = str(VALID[command][name]) or "x"
    for blank in (f" {value}", f"{value} ", f"{value}\n", f"{value}\r\n", f"\t{value}", " ", "\n"):
        assert refusal(command, name, blank).name == name


@pytest.mark.parametrize(("command", "name"), PARAMETERS)
def test_values_of_another_type_are_refused(command, name):
    for value in (
        None,
        1.0,
        0.5,
        float("nan"),
        [],
        ["x"],
        ("x",),
        {},
        {"x": "y"},
        b"x",
        10**30,
        10**5000,
        -(10**30),
    ):
        assert refusal(command, name, value).name == name


@pytest.mark.parametrize(("command", "name"), [place for place in PARAMETERS if place not in TRUTHS])
def test_a_truth_is_neither_a_name_nor_a_number(command, name):
    for value in (True, False):
        assert refusal(command, name, value).name == name


@pytest.mark.parametrize(("command", "name"), PARAMETERS)
def test_too_long_a_value_is_refused(command, name):
    filler = "1" if (command, name) in NUMBERS else "a"
    assert refusal(command, name, filler * 256).name == name


@pytest.mark.parametrize(
    ("command", "name"), [place for place in PARAMETERS if place[0] != "update_pools" and place[1] != "val"]
)
def test_nothing_but_a_pool_slot_and_own_data_may_be_empty(command, name):
    assert refusal(command, name, "").name == name


@pytest.mark.parametrize(("command", "name", "least", "most"), RANGES)
def test_numbers_keep_to_their_range(command, name, least, most):
    for value in (least, most):
        assert str(encode(command, **{name: value})[name]) == str(value)
        assert str(encode(command, **{name: str(value)})[name]) == str(value)
    for value in (least - 1, most + 1, min(least, -most) - 1, 10**12):
        assert refusal(command, name, value).name == name
        assert refusal(command, name, str(value)).name == name


@pytest.mark.parametrize(
    ("version", "least"), [("1.4.0", -10), ("2.0.5", -100), ("2.2.2", -100), (None, -100)]
)
def test_the_target_frequency_has_a_smaller_range_on_api_1(version, least):
    parameter = COMMANDS["set_target_freq"].parameter("percent").of_api(version)
    assert [parameter.encode(value) for value in (least, 100)] == [str(least), "100"]
    with pytest.raises(BadParameter, match="frequency_percent"):
        parameter.encode(least - 1, label="frequency_percent")


@pytest.mark.parametrize(
    "text", ["", "+5", "5.0", "5e1", "0x5", "0b1", "1_0", "05", "-0", "--5", "- 5", "five", "1,0", "inf"]
)
@pytest.mark.parametrize(("command", "name"), NUMBERS)
def test_a_number_is_written_in_plain_digits(command, name, text):
    assert refusal(command, name, text).name == name


IPV4 = [("net_config", "ip"), ("net_config", "gate"), ("net_config", "dns"), ("load_log", "ip")]


@pytest.mark.parametrize(
    "text",
    [
        "::1",
        "fe80::1",
        "::ffff:192.168.1.1",
        "192.168.1",
        "192.168.1.256",
        "192.168.1.1.1",
        "192.168.01.1",
        "192.168.1.-1",
        "1",
    ]
    + ["0x7f.0.0.1", "192.168.1.1/24", "192.168.1.1:80", "localhost", "3232235777"],
)
@pytest.mark.parametrize(("command", "name"), [*IPV4, ("net_config", "mask")])
def test_addresses_are_ipv4_in_dotted_form(command, name, text):
    assert refusal(command, name, text).name == name


@pytest.mark.parametrize("text", ["255.0.255.0", "0.0.0.0", "0.255.255.255", "192.168.1.1", "255.255.255.1"])
def test_a_netmask_is_ones_and_then_zeros(text):
    assert refusal("net_config", "mask", text).name == "mask"


@pytest.mark.parametrize("text", ["255.255.255.252", "255.255.128.0", "255.0.0.0", "128.0.0.0"])
def test_netmasks_of_any_length_are_taken(text):
    assert encode("net_config", mask=text)["mask"] == text


@pytest.mark.parametrize(
    "text", ["8.8.8.8,1.1.1.1", "8.8.8.8  1.1.1.1", "1.1.1.1 2.2.2.2 3.3.3.3 4.4.4.4", "8.8.8.8 ::1"]
)
def test_dns_is_one_to_three_addresses_with_single_blanks_between(text):
    assert refusal("net_config", "dns", text).name == "dns"


@pytest.mark.parametrize("servers", ["8.8.8.8", "8.8.8.8 1.1.1.1", "8.8.8.8 1.1.1.1 9.9.9.9"])
def test_up_to_three_dns_servers_are_taken(servers):
    assert encode("net_config", dns=servers)["dns"] == servers


@pytest.mark.parametrize(("command", "name"), [("set_hostname", "hostname"), ("net_config", "host")])
def test_host_names_are_labels_of_at_most_63_bytes(command, name):
    assert encode(command, **{name: "a" * 63})[name] == "a" * 63
    for value in ("a" * 64, "-a", "a-", "-", "a.b", "_a", "a_", "a b", "a/b"):
        assert refusal(command, name, value).name == name


def test_a_host_name_with_an_underscore_may_be_kept_and_not_be_set():
    assert encode("net_config", host="WhatsMiner_6e07")["host"] == "WhatsMiner_6e07"
    assert refusal("set_hostname", "hostname", "WhatsMiner_6e07").name == "hostname"


@pytest.mark.parametrize(
    "url",
    [
        "stratum+tcp://pool.example.com:3333",
        "stratum+ssl://pool.example.com:443/path_1",
        "stratum2+tcp://10.0.0.1:1",
        "pool.example.com",
        "pool.example.com:65535",
        "tcp://10.0.0.1:3333/",
    ],
)
def test_pool_urls_as_they_are_in_the_field_are_taken(url):
    assert encode("update_pools", pool1=url)["pool1"] == url


@pytest.mark.parametrize(
    "url",
    [
        "stratum+tcp://[::1]:3333",
        "::1",
        "stratum+tcp://pool.example.com:0",
        "stratum+tcp://pool.example.com:65536",
        "stratum+tcp://pool.example.com:99999/x",
        "stratum+tcp://pool.example.com:",
        "stratum+tcp://pool.example.com:port",
        "stratum+tcp://",
        "://pool.example.com",
        "STRATUM://pool.example.com",
        "stratum+tcp://user@pool.example.com",
        "stratum+tcp://pool.example.com:3333?x=1",
        "stratum+tcp://-pool.example.com",
        "-pool.example.com",
        "stratum+tcp://a://b",
        "a b",
    ],
)
@pytest.mark.parametrize("slot", "123")
def test_what_is_no_pool_url_is_refused(url, slot):
    assert refusal("update_pools", f"pool{slot}", url).name == f"pool{slot}"


@pytest.mark.parametrize("slot", "123")
def test_a_worker_can_not_look_like_an_option_of_a_program(slot):
    assert refusal("update_pools", f"worker{slot}", "-rf").name == f"worker{slot}"
    assert refusal("update_pools", f"passwd{slot}", "--help").name == f"passwd{slot}"


def test_pool_parameters_have_at_most_255_bytes():
    assert (
        encode("update_pools", worker1="w" * 255, passwd1="p" * 255, pool1="p" * 255)["worker1"] == "w" * 255
    )


@pytest.mark.parametrize("name", ["old", "new"])
def test_a_password_has_1_to_8_bytes(name):
    assert encode("update_pwd", **{name: "a" * 8})[name] == "a" * 8
    for value in ("", "a" * 9):
        assert refusal("update_pwd", name, value).name == name


def test_a_new_password_is_letters_digits_and_underscores_while_the_old_one_is_what_it_is():
    assert encode("update_pwd", old="a;b$c!d'")["old"] == "a;b$c!d'"
    for character in "-.+:/@%, ":
        assert refusal("update_pwd", "new", f"a{character}b").name == "new"


@pytest.mark.parametrize(
    ("timezone", "zonename"),
    [("CST-8", "Asia/Shanghai"), ("EST5EDT,M3.2.0,M11.1.0", "America/New_York"), ("UTC", "UTC")]
    + [
        ("GMT+3", "Etc/GMT-14"),
        ("ART3", "America/Argentina/Buenos_Aires"),
        ("EST5EDT", "America/Port-au-Prince"),
    ],
)
def test_time_zones_as_they_are_in_the_world_are_taken(timezone, zonename):
    assert encode("set_zone", timezone=timezone, zonename=zonename) == {
        "timezone": timezone,
        "zonename": zonename,
    }


@pytest.mark.parametrize(
    "zonename",
    ["../etc/passwd", "/etc/passwd", "Asia//Shanghai", "Asia/", "Asia/..", "a.b", "Asia/Shanghai" * 6],
)
def test_a_zone_s_name_is_no_path_out_of_the_zones(zonename):
    assert refusal("set_zone", "zonename", zonename).name == "zonename"


@pytest.mark.parametrize("timezone", ["-8", "C8", "<+03>-3", ":/etc/passwd", "../x", "CST 8", "C" * 65])
def test_a_time_zone_begins_with_a_name(timezone):
    assert refusal("set_zone", "timezone", timezone).name == "timezone"


@pytest.mark.parametrize(
    ("command", "name", "values"),
    [
        ("load_log", "proto", ("icmp", "TCP", "tc", "tcpudp")),
        ("power_off", "respbefore", ("True", "yes", "1", "on", 1, 0)),
        ("pre_power_on", "complete", ("True", "yes", "1", 1)),
        ("pre_power_on", "msg", ("adjust", "Adjust Complete", "adjust  complete")),
        ("set_led", "color", ("Red", "red1", "a" * 17, "#ff0000")),
    ],
)
def test_words_are_the_document_s(command, name, values):
    for value in values:
        assert refusal(command, name, value).name == name


@settings(max_examples=300, deadline=None)
@given(
    place=st.sampled_from(PARAMETERS),
    value=st.one_of(st.text(max_size=300), st.integers(), st.booleans(), st.none(), st.floats()),
)
def test_whatever_is_given_is_refused_or_sent_as_harmless_text(place, value):
    command, name = place
    try:
        sent = str(encode(command, **{name: value})[name])
    except BadParameter as error:
        assert error.name == name
        return
    assert sent.isascii()
    assert sent.isprintable()
    assert len(sent) <= 255
    assert place == ("update_pwd", "old") or not set(sent) & set(HOSTILE)
