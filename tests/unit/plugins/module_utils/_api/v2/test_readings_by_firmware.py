# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts from replies in the forms that each generation of firmware was seen to send, powered on and off."""

from __future__ import annotations

import json

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    UnknownCommand,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import readings
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.reader import parse_reply
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.readings import normalise
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils._api.v2.recorded import (
    FIXTURES,
    GENERATIONS,
    btminer,
    daemon,
    facts_of,
    replies,
    reply_to,
    summary,
)

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
