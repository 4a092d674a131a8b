# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts from replies in the forms that each generation of firmware was seen to send, powered on and off.

A fixture maps a command to its reply: an object where it's sound JSON, else the text as it comes over the
wire.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    BadParameter,
    NotAMiner,
    NotRunning,
    TimedOut,
    UnknownCommand,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import readings
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.commands import COMMANDS
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.reader import parse_reply
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.readings import (
    commands_for,
    mac_address,
    normalise,
    number,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.replies import Reply
from hypothesis import given, settings
from hypothesis import strategies as st

FIXTURES = Path(__file__).parents[2] / "fixtures"
GENERATIONS = ["api_1_3", "api_1_4", "api_2_0", "api_2_2"]


def reply_to(answer):
    """What the miner's layer hands over for *answer*: a Reply, or the error that it stands for."""
    reply = parse_reply((answer if isinstance(answer, str) else json.dumps(answer)).encode("utf-8"))
    return reply.error() or reply


def replies(fixture):
    answers = json.loads((FIXTURES / f"{fixture}.json").read_text(encoding="utf-8"))
    return {command: reply_to(answer) for command, answer in answers.items()}


def facts_of(fixture, *commands):
    """The facts of a fixture, or of some of its commands, without ``raw``."""
    given = replies(fixture)
    known = normalise({command: given[command] for command in commands} if commands else given)
    known.pop("raw", None)
    return known


def daemon(**msg):
    return reply_to({"STATUS": "S", "When": 1, "Code": 131, "Msg": msg, "Description": ""})


def btminer(name, *records):
    return reply_to({"STATUS": [{"STATUS": "S", "Code": 11, "Msg": ""}], name: list(records), "id": 1})


def summary(**fields):
    return {"summary": btminer("SUMMARY", {name.replace("_", " "): value for name, value in fields.items()})}


# --- Three generations, on and off --------------------------------------------------------------------------


def test_the_document_s_generation_is_understood_whole():
    known = facts_of("api_1_3_on")
    boards, pools, psu = known.pop("boards"), known.pop("pools"), known.pop("psu")
    assert known == {
        "mac": "C4:05:08:00:02:3B",
        "model": "M20SV10",
        "firmware_version": "20200207.23.1",
        "api_version": "1.3.11",
        "platform": "allwinner_h3",
        "state": "on",
        "power_mode": "low",
        "power_watts": 3470,
        "hashrate_ths": {"average": 67.762, "realtime": 68.12, "factory": 44.397},
        "efficiency_j_per_th": 50.94,
        "uptime_seconds": 91051,
        "elapsed_seconds": 90872,
        "temperature_c": {"board_max": 72.0},
        "fans_rpm": {"inlet": 6060, "outlet": 6000, "psu": 9060},
        "errors": [
            {
                "code": 111,
                "component": "fan",
                "meaning": "outlet fan is off its target speed by more than 1000 RPM",
                "remedy": "Clean the fans and check their cables; replace the fan if the error comes back",
            },
            {
                "code": 250,
                "component": "power supply",
                "meaning": "protects itself: input under voltage",
                "remedy": "Measure the mains voltage under load; use low or normal power mode where the "
                "mains is weak",
            },
        ],
    }
    assert boards[0] == {
        "slot": 0,
        "temperature_c": 71.5,
        "frequency_mhz": 608,
        "hashrate_ths": 22.991,
        "serial": "Z5M1ES94100115K90371",
        "chips": 105,
    }
    assert [board["slot"] for board in boards] == [0, 1, 2]
    assert "serial" not in boards[2]
    assert pools[0] == {
        "url": "stratum+tcp://btc.ss.poolin.com:443",
        "user": "microbtinit",
        "status": "Alive",
        "priority": 0,
        "active": True,
        "accepted": 4615,
        "rejected": 3,
        "rejected_percent": 0.065,
        "difficulty": 262144.0,
        "last_share_epoch": 1587278148,
    }
    assert psu == {
        "model": "P21",
        "serial": "A1232B0120100049",
        "vendor": "7",
        "firmware": "190820.0103",
        "hardware": "R01",
        "temperature_c": 33.5,
        "input_voltage_volts": 224.25,
        "input_current_amperes": 15.42,
        "fan_rpm": 9060,
    }


def test_api_1_4_adds_what_the_document_doesn_t_have():
    known = facts_of("api_1_4_on")
    assert known["api_version"] == "1.4.0"
    assert known["platform"] == "h3"
    assert known["power_mode"] == "normal"
    assert known["power_limit_effective_watts"] == 3500
    assert "power_limit_watts" not in known
    assert known["temperature_c"] == {"environment": 28.4, "board_max": 71.5, "chip_max": 92.5}
    assert known["hashrate_ths"]["realtime"] == 67.395
    assert known["boards"][1]["chip_temperature_max_c"] == 92.5
    assert known["errors"] == []
    assert not {"network", "led", "hostname", "serial", "fast_boot"} & set(known)


def test_api_2_0_adds_the_network_and_the_times_of_errors():
    known = facts_of("api_2_0_on")
    assert known["mac"] == "CA:7A:0A:00:02:23"
    assert known["model"] == "M56S_VH30"
    assert known["serial"] == "HTM54X12345678901234567"
    assert known["firmware_version"] == "20230714.15.Rel"
    assert known["api_version"] == "2.0.5"
    assert known["hostname"] == "WhatsMiner"
    assert known["network"] == {
        "address": "10.4.12.4",
        "netmask": "255.255.255.0",
        "gateway": "10.4.12.1",
        "dns": ["114.114.114.114", "192.168.0.1"],
        "proto": "dhcp",
        "hostname": "WhatsMiner",
        "mac": "CA:7A:0A:00:02:23",
    }
    assert known["led"] == "auto"
    assert known["fast_boot"] is False
    assert known["psu"]["input_voltage_volts"] == 396.0
    assert known["psu"]["input_power_watts"] == 6940
    assert [{key: value for key, value in error.items() if key != "remedy"} for error in known["errors"]] == [
        {
            "code": 218,
            "component": "power supply",
            "meaning": "input voltage is too low for high power mode (under 230 V)",
            "since": "2024-06-15 10:30:00",
        },
        {
            "code": 530137,
            "component": "hash board",
            "meaning": "slot 0 chip 137: too few nonces",
            "since": "2024-06-15 11:02:41",
        },
    ]


@pytest.mark.parametrize("fixture", ["api_1_3_off", "api_1_4_off"])
def test_older_firmware_powered_off_tells_state_version_and_psu_and_nothing_else(fixture):
    known = facts_of(fixture)
    assert known["state"] == "off"
    assert known["psu"]["fan_rpm"] == 0
    assert set(known) <= {"state", "firmware_version", "api_version", "platform", "psu", "fans_rpm", "tuning"}
    assert set(known["fans_rpm"]) == {"psu"}


def test_api_2_0_powered_off_tells_zeros_and_is_off():
    known = facts_of("api_2_0_off")
    assert known["state"] == "off"
    assert known["power_watts"] == 13
    assert known["power_limit_effective_watts"] == 0
    assert known["tuning"] is False
    assert known["hashrate_ths"] == {"average": 0.0, "realtime": 0.0, "factory": 236.0}
    assert known["errors"] == []
    assert known["led"] == "manual"
    assert known["network"]["proto"] == "static"
    assert known["network"]["dns"] == []
    assert "efficiency_j_per_th" not in known
    assert "power_mode" not in known


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_generation_says_the_same_of_state_in_one_form(generation):
    assert facts_of(f"{generation}_on")["state"] == "on"
    assert facts_of(f"{generation}_off")["state"] == "off"


@pytest.mark.parametrize("generation", GENERATIONS)
def test_identity_survives_power_off_as_far_as_the_firmware_tells_it(generation):
    on, off = facts_of(f"{generation}_on"), facts_of(f"{generation}_off")
    for name in ("firmware_version", "api_version"):
        assert off[name] == on[name]


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json")), ids=lambda path: path.stem)
def test_any_one_command_alone_makes_facts(path):
    given = replies(path.stem)
    for command, reply in given.items():
        known = normalise({command: reply})
        json.dumps(known, allow_nan=False)
        if isinstance(reply, Exception):
            assert known == {}
        else:
            assert list(known["raw"]) == [command]


def test_no_replies_make_no_facts():
    assert normalise({}) == {}


# --- Firmware since 2024-11 ---------------------------------------------------------------------------------

TODAYS = ["api_2_0_5_on", "api_2_2_on", "api_2_2_mixed", "api_2_2_hydro"]


def test_a_miner_of_today_is_understood_whole():
    known = facts_of("api_2_2_on")
    boards, pools, psu, errors = (
        known.pop("boards"),
        known.pop("pools"),
        known.pop("psu"),
        known.pop("errors"),
    )
    assert known == {
        "mac": "C4:11:22:00:00:07",
        "model": "M60S_VK40",
        "serial": "SVM3CSWTRNW4H81FQEBR02YXBUVE00007",
        "firmware_version": "20251016.14.Rel2",
        "api_version": "2.2.2",
        "platform": "h616",
        "hostname": "WhatsMiner_6e07",
        "state": "on",
        "tuning": False,
        "power_mode": "normal",
        "power_watts": 3367,
        "power_limit_watts": 3400,
        "power_limit_effective_watts": 3400,
        "power_percent": 100,
        "frequency_percent": 0,
        "upfreq_speed": 3,
        "fast_hash": False,
        "fast_boot": False,
        "hashrate_ths": {"average": 178.412, "realtime": 178.5, "factory": 178.2, "expected": 178.2},
        "efficiency_j_per_th": 18.86,
        "uptime_seconds": 1903344,
        "elapsed_seconds": 41250,
        "temperature_c": {"environment": 22.81, "board_max": 72.5, "chip_max": 83.25},
        "fans_rpm": {"inlet": 3420, "outlet": 3481, "psu": 6200},
        "led": "auto",
        "network": {
            "address": "10.20.0.7",
            "netmask": "255.255.255.0",
            "gateway": "10.20.0.1",
            "dns": ["10.20.0.2"],
            "proto": "dhcp",
            "hostname": "WhatsMiner_6e07",
            "mac": "C4:11:22:00:00:07",
            "ntp_servers": ["0.cn.pool.ntp.org", "0.pool.ntp.org"],
        },
    }
    assert boards[2] == {
        "slot": 2,
        "temperature_c": 72.5,
        "frequency_mhz": 398,
        "hashrate_ths": 59.78,
        "hashrate_factory_ths": 59.4,
        "upfreq_complete": True,
        "serial": "SKM3CS01B1HB1QN00003",
        "chips": 225,
    }
    assert [pool["active"] for pool in pools] == [True, False]
    assert (psu["vendor"], psu["input_voltage_volts"], psu["input_current_amperes"]) == ("7", 224.0, 15.044)
    assert [(error["code"], error["since"], error["reason"]) for error in errors[:1]] == [
        (218, "2026-01-15 10:30:00", "power input voltage is lower than 230V")
    ]
    assert (errors[1]["code"], errors[1]["reason"], "since" in errors[1]) == (530, "slot 0 not found", False)
    assert all(error["remedy"] for error in errors)


@pytest.mark.parametrize("fixture", [*TODAYS, "api_1_3_on", "api_1_4_on", "api_2_0_on"])
def test_the_boards_make_what_the_miner_makes(fixture):
    known = facts_of(fixture)
    assert sum(board["hashrate_ths"] for board in known["boards"]) == pytest.approx(
        known["hashrate_ths"]["average"], rel=0.02
    )


def test_the_boards_of_a_miner_without_a_rate_are_told_by_size():
    for unit in (1, 1e6):
        boards = {"edevs": btminer("DEVS", {"Slot": 0, "MHS av": 61.5 * unit})}
        assert normalise(boards)["boards"][0]["hashrate_ths"] == 61.5


def test_shapes_may_be_mixed_in_one_miner():
    known, plain = facts_of("api_2_2_mixed"), facts_of("api_2_2_on")
    assert known["psu"]["input_current_amperes"] == 10.52
    assert [error["code"] for error in known["errors"]] == [218, 329]
    for name in set(plain) - {"psu", "errors", "fans_rpm"}:
        assert known[name] == plain[name], name


def test_a_powered_off_miner_of_today_has_no_marks_for_what_is_not_known():
    known = facts_of("api_2_2_off")
    assert (known["state"], known["tuning"], known["boards"], known["pools"], known["errors"]) == (
        "off",
        False,
        [],
        [],
        [],
    )
    assert (known["mac"], known["model"], known["led"]) == ("C4:11:22:00:00:07", "M60S_VK40", "manual")
    assert not {"power_watts", "power_mode", "fans_rpm", "efficiency_j_per_th"} & set(known)
    assert known["hashrate_ths"] == {"average": 0.0, "realtime": 0.0}
    assert known["psu"] == {**known["psu"], "input_power_watts": 22, "input_current_amperes": 0.131}
    assert not {"fan_rpm", "temperature_c"} & set(known["psu"])


def test_a_miner_whose_mining_begins_anew_is_on_and_tuning():
    known = facts_of("api_2_2_restarting")
    assert (
        known["state"],
        known["tuning"],
        known["power_limit_watts"],
        known["power_limit_effective_watts"],
    ) == ("on", True, 3100, 0)
    assert [error["code"] for error in known["errors"]] == [218]
    alone = facts_of("api_2_2_restarting", "summary", "status")
    assert (alone["state"], alone["tuning"]) == ("on", True)


def test_a_hydro_miner_has_four_boards_no_fans_and_a_liquid():
    known = facts_of("api_2_2_hydro")
    assert known["model"] == "M63S_VL50.H616"
    assert known["fans_rpm"] == {"inlet": 0, "outlet": 0}
    assert known["temperature_c"]["liquid"] == 35.5
    assert known["temperature_c"]["environment"] == -2.5
    assert [board["serial"][-1] for board in known["boards"]] == ["0", "0", "1", "1"]
    assert (known["psu"]["input_voltage_volts"], known["psu"]["input_current_amperes"]) == (409.0, 18.61)
    assert (known["power_percent"], known["frequency_percent"], known["fast_hash"]) == (120, -5, True)
    assert not {"power_limit_watts", "power_limit_effective_watts", "serial"} & set(known)
    assert [error["code"] for error in known["errors"]] == [326, 5079]


def test_firmware_that_has_no_status_is_off_where_it_makes_and_takes_nothing():
    off = summary(MHS_av=0, HS_RT=0, Power=0)
    assert normalise({**off, "status": UnknownCommand("no")})["state"] == "off"
    assert "state" not in normalise(off)
    assert "state" not in normalise({**summary(MHS_av=0, HS_RT=0, Power=410), "status": UnknownCommand("no")})


def test_the_version_of_very_old_firmware_may_be_its_whole_answer():
    assert (
        normalise({"get_version": reply_to({"STATUS": "S", "Code": 131, "Msg": "1.3.0"})})["api_version"]
        == "1.3.0"
    )


@pytest.mark.parametrize(
    "listing",
    [
        [{"218": "2026-01-15 10:30:00"}],
        {"218": "2026-01-15 10:30:00"},
        [{"218": "2026-01-15 10:30:00", "reason": "low"}],
        [{"code": 218, "time": "2026-01-15 10:30:00", "desc": "low"}],
        ["218"],
        [218],
        "218",
    ],
)
def test_errors_are_understood_in_every_form(listing):
    for msg in ({"error_code": listing}, [{"error_code": listing}]):
        errors = normalise({"get_error_code": reply_to({"STATUS": "S", "Code": 131, "Msg": msg})})["errors"]
        assert [error["code"] for error in errors] == [218]
        assert errors[0].get("since", "2026-01-15 10:30:00") == "2026-01-15 10:30:00"
        assert errors[0].get("reason", "low") == "low"


@pytest.mark.parametrize(
    "led, meaning",
    [("auto", "auto"), ("manual", "manual"), ("1,200,100,0 0,200,100,0 ", "manual"), ("", None)],
)
def test_any_pattern_of_the_led_is_manual(led, meaning):
    assert normalise({"get_miner_info": daemon(ledstat=led)}).get("led") == meaning


@pytest.mark.parametrize("limit", ["", "-1", "0", 2147483648, "4294967295", "99999"])
def test_what_is_no_limit_is_absent(limit):
    assert "power_limit_watts" not in normalise({"status": daemon(power_limit_set=limit)})


@pytest.mark.parametrize(
    "asked, expected",
    [
        ({}, 178.2),
        ({"power_mode": "low"}, None),
        ({"power_pct": "50"}, 89.1),
        ({"hash_percent": "-10"}, 160.38),
        ({"power_limit_set": "1800"}, 95.44),
        ({"mineroff": "true"}, None),
    ],
)
def test_the_expected_hash_rate_is_that_of_how_it_is_set(asked, expected):
    known = normalise({"summary": replies("api_2_2_on")["summary"], "status": daemon(**asked)})
    assert known["hashrate_ths"].get("expected") == (expected and pytest.approx(expected, abs=0.01))


def test_what_only_an_echo_holds_is_no_answer_of_a_command():
    assert readings.tells("summary", parse_reply(b'{"MHS av":1}')) and readings.tells(
        "get_error_code", parse_reply(b'{"error_code":[]}')
    )
    assert not readings.tells("summary", parse_reply(b'{"cmd":"summary"}')) and not readings.tells(
        "pools", parse_reply(b'{"uptime":3}')
    )


# --- Damaged and contradictory replies ----------------------------------------------------------------------


def test_what_makes_no_sense_is_absent_and_spoils_nothing_else():
    known = facts_of("malformed")
    assert known["elapsed_seconds"] == 12
    assert known["fans_rpm"] == {"inlet": 6060}
    assert known["mac"] == "C4:05:08:00:02:3B"
    assert known["model"] == "M30S+_VE40"
    assert known["firmware_version"] == "20200101.1"
    assert known["psu"] == {
        "model": "P21",
        "serial": "12345678",
        "temperature_c": 31.5,
        "input_voltage_volts": 231.0,
        "input_current_amperes": 12.5,
    }
    assert known["network"] == {"dns": ["8.8.8.8", "1.1.1.1"], "mac": "C4:05:08:00:02:3B"}
    assert known["temperature_c"] == {"board_max": 70.5}
    assert not {"state", "power_mode", "power_watts", "hashrate_ths", "fast_boot", "uptime_seconds"} & set(
        known
    )


def test_records_without_any_known_field_are_no_boards():
    assert facts_of("malformed")["boards"] == [{"slot": 0}, {"slot": 1, "temperature_c": 70.5}]


@pytest.mark.parametrize(
    "value", ["", "N/A", "n/a", None, "warm", [3400], {"watts": 3400}, True, "inf", "nan", "1_000"]
)
def test_what_is_no_number_is_an_absent_number(value):
    assert "power_watts" not in normalise(summary(Power=value))


@pytest.mark.parametrize("value", [3400, "3400", " 3400 ", 3400.4, "3400.00", "3.4e3"])
def test_a_number_may_come_as_text(value):
    assert normalise(summary(Power=value))["power_watts"] == 3400


@pytest.mark.parametrize("value", ["", "N/A", None, 7, [], {}, "sleep", True])
def test_a_power_mode_that_nobody_knows_is_absent(value):
    assert "power_mode" not in normalise(summary(Power_Mode=value))


@pytest.mark.parametrize(
    "names",
    [("Fan Speed In", "Fan Speed Out"), ("fan_speed_in", "FAN-SPEED-OUT"), ("FanSpeedIn", "fanspeedout")],
)
def test_a_field_s_name_may_differ_in_case_and_separators(names):
    reply = btminer("SUMMARY", dict(zip(names, (5400, 5280))))
    assert normalise({"summary": reply})["fans_rpm"] == {"inlet": 5400, "outlet": 5280}


def test_an_error_instead_of_a_reply_counts_as_not_asked():
    failed = {
        "summary": NotRunning("btminer isn't running"),
        "pools": TimedOut("no answer"),
        "get_miner_info": UnknownCommand("Code 14"),
    }
    assert normalise(failed) == {}


def test_a_reply_that_says_error_counts_as_not_asked():
    refused = parse_reply(b'{"STATUS":"E","When":1,"Code":14,"Msg":"invalid cmd","Description":""}')
    assert normalise({"summary": refused, "edevs": refused, "get_error_code": refused}) == {}


# --- Single facts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "state"),
    [
        ("mineroff", "true", "off"),
        ("mineroff", "false", "on"),
        ("btmineroff", "true", "off"),
        ("btmineroff", "False", "on"),
        ("mineroff", True, "off"),
        ("mineroff", False, "on"),
        ("mineroff", "", None),
        ("mineroff", "perhaps", None),
        ("mineroff", ["true"], None),
    ],
)
def test_state_is_what_status_says(name, value, state):
    assert normalise({"status": daemon(**{name: value})}).get("state") == state


def test_a_miner_that_hashes_is_on_without_status():
    assert facts_of("api_1_3_on", "summary")["state"] == "on"


def test_of_a_miner_that_does_not_hash_nothing_is_certain_without_status():
    assert "state" not in facts_of("api_2_0_off", "summary")


def test_status_outdoes_a_hash_rate():
    assert normalise({**summary(MHS_av=1e8), "status": daemon(mineroff="true")})["state"] == "off"


def test_efficiency_goes_by_the_real_time_hash_rate():
    assert normalise(summary(Power=3000, MHS_av=90e6, HS_RT=100e6))["efficiency_j_per_th"] == 30.0
    assert normalise(summary(Power=3000, MHS_av=100e6))["efficiency_j_per_th"] == 30.0


@pytest.mark.parametrize(
    "fields",
    [
        {"MHS_av": 1e8},
        {"Power": 3000},
        {"Power": 3000, "MHS_av": 0},
        {"Power": 3000, "HS_RT": 0, "MHS_av": 1e8},
    ],
)
def test_efficiency_is_absent_without_power_or_hashing(fields):
    assert "efficiency_j_per_th" not in normalise(summary(**fields))


@pytest.mark.parametrize(
    ("vin", "iin", "volts", "amperes"),
    [("22425", "15420", 224.25, 15.42), ("231", "12.5", 231.0, 12.5), (39600, 0, 396.0, 0.0)],
)
def test_the_power_supply_s_units_are_volts_and_amperes(vin, iin, volts, amperes):
    psu = normalise({"get_psu": daemon(vin=vin, iin=iin)})["psu"]
    assert (psu["input_voltage_volts"], psu["input_current_amperes"]) == (volts, amperes)


def test_the_fan_named_in_is_the_inlet():
    assert normalise(summary(Fan_Speed_In=6060, Fan_Speed_Out=6000))["fans_rpm"] == {
        "inlet": 6060,
        "outlet": 6000,
    }


@pytest.mark.parametrize(
    ("value", "flag"), [("enable", True), ("disable", False), ("Enable", True), ("", None), ("maybe", None)]
)
def test_fast_boot_is_a_bool(value, flag):
    assert normalise(summary(Btminer_Fast_Boot=value)).get("fast_boot") is flag


def test_the_first_board_that_knows_its_model_names_the_miner():
    reply = btminer("DEVDETAILS", {"Model": ""}, {"Model": "M30S+_VE40"}, {"Model": "M31S"})
    assert normalise({"devdetails": reply})["model"] == "M30S+_VE40"


def test_the_hottest_board_and_chip_are_the_boards_own_maxima():
    boards = btminer(
        "DEVS", {"Temperature": 61, "Chip Temp Max": 80}, {"Temperature": 66.5, "Chip Temp Max": 79}
    )
    assert normalise({"edevs": boards, **summary(Temperature=60, Env_Temp=20)})["temperature_c"] == {
        "environment": 20.0,
        "board_max": 66.5,
        "chip_max": 80.0,
    }


def test_devs_serves_where_edevs_was_not_answered():
    devs = replies("api_1_4_on")["edevs"]
    assert (
        normalise({"devs": devs, "edevs": UnknownCommand("Code 14")})["boards"]
        == facts_of("api_1_4_on")["boards"]
    )


def test_boards_are_in_the_order_of_slots():
    reply = btminer("DEVS", {"Temperature": 1}, {"Slot": 2}, {"Slot": "0"}, {"ASC": 1})
    assert [board.get("slot") for board in normalise({"edevs": reply})["boards"]] == [0, 1, 2, None]


@pytest.mark.parametrize("first", [0, 1])
def test_pools_are_in_the_order_of_priority_whatever_their_numbers(first):
    pools = [{"POOL": first + i, "URL": f"pool{p}", "Priority": p} for i, p in enumerate((2, 0, 1))]
    assert [pool["url"] for pool in normalise({"pools": btminer("POOLS", *pools)})["pools"]] == [
        "pool0",
        "pool1",
        "pool2",
    ]


def test_an_empty_pool_slot_is_no_pool():
    reply = btminer("POOLS", {"POOL": 1, "URL": "pool", "Priority": 0}, {"POOL": 2, "URL": "", "Priority": 1})
    assert [pool["url"] for pool in normalise({"pools": reply})["pools"]] == ["pool"]


def test_a_list_answered_empty_is_empty_and_one_not_answered_is_absent():
    known = normalise(
        {"edevs": btminer("DEVS"), "pools": btminer("POOLS"), "get_error_code": daemon(error_code=[])}
    )
    assert (known["boards"], known["pools"], known["errors"]) == ([], [], [])
    assert not {"boards", "pools", "errors"} & set(normalise(summary(Elapsed=1)))


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (
            b'{"STATUS":"S","Msg":{"error_code":[{"218":"2024-06-15 10:30:00"}]}}',
            {218: "2024-06-15 10:30:00"},
        ),
        (b'{"STATUS":"S","Msg":{"error_code":["218":"2024-06-15 10:30:00"]}}', {218: "2024-06-15 10:30:00"}),
        (
            b'{"STATUS":"S","Msg":{"error_code":{"218":"","111":"2024-06-15 10:30:00"}}}',
            {111: "2024-06-15 10:30:00", 218: None},
        ),
        (b'{"STATUS":"S","Msg":{"error_code":{}}}', {}),
        (b'{"STATUS":"S","Msg":[{"218":"2024-06-15 10:30:00"}]}', {218: "2024-06-15 10:30:00"}),
        (b'[{"218":"2024-06-15 10:30:00"}]', {218: "2024-06-15 10:30:00"}),
        (b'{"STATUS":"S","Msg":{"error_code":[218,"111",0,"why",null,[530]]}}', {111: None, 218: None}),
    ],
)
def test_error_codes_are_found_however_they_are_listed(body, found):
    errors = normalise({"get_error_code": parse_reply(body)})["errors"]
    assert {error["code"]: error.get("since") for error in errors} == found
    assert [error["code"] for error in errors] == sorted(found)


@pytest.mark.parametrize(
    "body",
    [
        b'{"STATUS":"S","Msg":"none"}',
        b'{"STATUS":"S","Msg":{"error_code":"later"}}',
        b'{"STATUS":"S","Msg":{"a":1}}',
    ],
)
def test_an_answer_without_a_list_does_not_claim_that_there_are_no_errors(body):
    assert "errors" not in normalise({"get_error_code": parse_reply(body)})


def test_error_codes_of_both_commands_are_merged_and_keep_their_times():
    known = normalise(
        {
            **summary(Error_Code_Count=3, Error_Code_0=530, Error_Code_1="218", Error_Code_2=218),
            "get_error_code": daemon(
                error_code=[{"218": "2024-06-15 10:30:00"}, {"111": "2024-06-15 10:31:00"}]
            ),
        }
    )
    assert [(error["code"], error.get("since")) for error in known["errors"]] == [
        (111, "2024-06-15 10:31:00"),
        (218, "2024-06-15 10:30:00"),
        (530, None),
    ]


def test_raw_is_each_reply_as_it_was_received():
    given = replies("api_1_4_off")
    raw = normalise(given)["raw"]
    assert set(raw) == {"status", "get_version", "get_psu"}
    assert raw["status"]["Msg"] == {"btmineroff": "true", "Firmware Version": "'20210322.22.REL'"}


def test_nothing_of_a_token_becomes_a_fact():
    assert normalise({"get_token": daemon(time="5626", salt="BQ5hoXV9", newsalt="jbzkfQls")}) == {}


# --- Helpers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "C4:05:08:00:02:3B",
        "c4-05-08-00-02-3b",
        "C4050800023B",
        "c405.0800.023b",
        " c4:05:08:00:02:3b\n",
        "C4 05 08 00 02 3B",
    ],
)
def test_a_mac_address_has_one_form(written):
    assert mac_address(written) == "C4:05:08:00:02:3B"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "N/A",
        None,
        7,
        [],
        "C4:05:08:00:02",
        "C4:05:08:00:02:3B:00",
        "G4:05:08:00:02:3B",
        "00:00:00:00:00:00",
        "ff:ff:ff:ff:ff:ff",
    ],
)
def test_what_names_no_machine_is_no_mac_address(written):
    assert mac_address(written) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, 7),
        ("7", 7),
        ("-7", -7),
        (7.5, 7.5),
        ("7.50", 7.5),
        ("1e3", 1000.0),
        (True, None),
        ("", None),
        ("x", None),
        ("1_0", None),
    ]
    + [(float("nan"), None), (float("inf"), None), ("inf", None), (None, None), ([], None), ({}, None)]
    + [
        pytest.param(text, None, id=f"enormous {name}")
        for name, text in (("int", 10**5000), ("text", "9" * 5000), ("decimal", "9" * 400 + ".5"))
    ],
)
def test_number_takes_numbers_and_their_text(value, expected):
    assert number(value) == expected


@pytest.mark.parametrize(
    "written", ["'20210322.22.REL'", '"20210322.22.REL"', " 20210322.22.REL ", "20210322.22.REL"]
)
def test_a_firmware_version_loses_its_quotes(written):
    assert readings.firmware_version(written) == "20210322.22.REL"


@pytest.mark.parametrize("written", ["", "''", "N/A", "'N/A'", None, [], {}])
def test_an_empty_firmware_version_is_none(written):
    assert readings.firmware_version(written) is None


@pytest.mark.parametrize(
    ("written", "version"),
    [("1.3.11", "1.3.11"), ("whatsminer v1.4.0", "1.4.0"), ("2.0.5", "2.0.5"), ("v2", None), (2.0, None)],
)
def test_an_api_version_is_its_digits(written, version):
    assert readings.api_version(written) == version


# --- Subsets ------------------------------------------------------------------------------------------------

EVERYTHING = commands_for(["all"])


def test_each_subset_asks_for_commands_that_exist_and_only_read():
    for commands in readings.READS.values():
        assert commands
        for command in commands:
            assert not COMMANDS[command].writes


def test_all_is_every_command_once_and_joinable_ones_first():
    assert len(EVERYTHING) == len(set(EVERYTHING))
    assert set(EVERYTHING) == {command for commands in readings.READS.values() for command in commands}
    joinable = [COMMANDS[command].joinable for command in EVERYTHING]
    assert joinable == sorted(joinable, reverse=True)


@pytest.mark.parametrize("name", sorted(readings.READS))
def test_a_subset_s_commands_are_asked_besides_those_of_min(name):
    assert set(commands_for([name])) == set(readings.READS[name]) | set(readings.READS["min"])


@pytest.mark.parametrize(
    ("subsets", "commands"),
    [
        (["all"], EVERYTHING),
        ([], EVERYTHING),
        (["all", "pools"], EVERYTHING),
        (["min"], readings.READS["min"]),
        (["!all"], readings.READS["min"]),
        (["all", "!all"], readings.READS["min"]),
        (["!all", "!min"], ()),
        (["pools", "!min"], ("pools",)),
        (["!all", "pools", "!min"], ("pools",)),
        (["psu", "pools", "!min"], ("pools", "get_psu")),
        (["!pools"], tuple(command for command in EVERYTHING if command != "pools")),
        (
            ["all", "!pools", "!psu", "!fans"],
            tuple(command for command in EVERYTHING if command not in ("pools", "get_psu")),
        ),
        (["pools", "!pools", "!min"], ()),
    ],
)
def test_subsets_combine_as_in_gather_subset(subsets, commands):
    assert commands_for(subsets) == commands


@pytest.mark.parametrize("name", ["everything", "!everything", "!!all", "", "!", "Pools"])
def test_an_unknown_subset_is_refused_by_name(name):
    with pytest.raises(BadParameter) as caught:
        commands_for(["pools", name])
    assert caught.value.name == "gather_subset"
    assert repr(name) in str(caught.value)
    assert "temperature" in str(caught.value)


@pytest.mark.parametrize(
    ("subset", "names"),
    [
        ("min", {"mac", "model", "firmware_version", "api_version", "platform", "state"}),
        ("state", {"state"}),
        ("power", {"power_mode", "power_watts", "power_limit_watts"}),
        ("hashrate", {"hashrate_ths"}),
        ("temperature", {"temperature_c"}),
        ("fans", {"fans_rpm"}),
        ("boards", {"boards"}),
        ("pools", {"pools"}),
        ("psu", {"psu"}),
        ("errors", {"errors"}),
        ("network", {"network"}),
        ("version", {"firmware_version", "api_version", "platform"}),
        ("system", {"hostname", "serial", "led", "fast_boot", "uptime_seconds"}),
    ],
)
def test_a_subset_s_own_commands_are_enough_for_its_facts(subset, names):
    assert names <= set(facts_of("api_2_0_on", *readings.READS[subset]))
    assert set(readings.READS[subset]) <= set(EVERYTHING)


# --- Whatever a miner sends ---------------------------------------------------------------------------------

_NAMES = sorted(
    {
        source.partition(".")[2] or source
        for table in (readings._FACTS, readings._BOARD, readings._POOL)
        for _c, sources in table.values()
        for source in sources
    }
    | {"error_code", "Error Code 0", "Error Code Count"}
)
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(
        [
            "",
            "N/A",
            "true",
            "enable",
            "7",
            "-1.5",
            "nan",
            "1e999",
            "9" * 5000,
            "C4:05:08:00:02:3B",
            10**400,
            -(10**400),
        ]
    )
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_RECORDS = st.dictionaries(st.sampled_from(_NAMES) | st.text(max_size=80), _VALUES, max_size=12)
_REPLIES = st.builds(
    Reply,
    ok=st.sampled_from([True, True, True, False]),
    records=st.lists(_RECORDS, max_size=3),
    body=_VALUES,
) | st.just(TimedOut("no answer"))


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from([*EVERYTHING, "devs", "get_token"]), _REPLIES))
def test_facts_of_any_replies_fit_into_json(given_replies):
    known = normalise(given_replies)
    raw = known.pop("raw", {})
    assert set(raw) <= set(given_replies)
    assert json.loads(json.dumps(known, allow_nan=False)) == known


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(EVERYTHING), _VALUES))
def test_facts_of_any_json_over_the_wire_fit_into_json(bodies):
    given_replies = {}
    for command, body in bodies.items():
        try:
            given_replies[command] = parse_reply(json.dumps(body).encode("utf-8"))
        except (NotAMiner, ValueError):
            continue
    known = normalise(given_replies)
    assert json.loads(json.dumps(known, allow_nan=False)) == known


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["api_1_4_on", "api_2_0_on"]),
    st.sampled_from(EVERYTHING),
    st.sampled_from(_NAMES),
    _VALUES,
)
def test_one_bad_field_never_costs_the_facts_of_other_commands(fixture, command, name, value):
    answers = replies(fixture)
    clean = normalise({**answers, command: TimedOut("no answer")})
    damaged = Reply(ok=True, records=[{name: value}], body={})
    known = normalise({**answers, command: damaged})
    for kept in ("boards", "pools", "psu", "network"):
        if kept in clean:
            assert kept in known
