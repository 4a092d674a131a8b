# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts from replies of API 3, in the shapes that firmware and document have.

A fixture maps a command to its reply.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import subsets
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter, TimedOut
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import readings as v2_readings
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import reads as v2_reads
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3 import readings, reads
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3.commands import COMMANDS
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3.readings import normalise
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3.reads import reads_for
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3.replies import parse
from hypothesis import given
from hypothesis import strategies as st

FIXTURES = Path(__file__).parent / "fixtures"
STATUS, INFO, SETTING = "get.miner.status", "get.device.info", "get.miner.setting"


def reply_to(answer):
    reply = parse(json.dumps(answer).encode("utf-8"))
    return reply.error() or reply


def replies(fixture):
    answers = json.loads((FIXTURES / f"{fixture}.json").read_text(encoding="utf-8"))
    return {command: reply_to(answer) for command, answer in answers.items()}


def facts_of(fixture, *commands):
    given = replies(fixture)
    return without_raw(normalise({command: given[command] for command in commands} if commands else given))


def without_raw(facts):
    facts.pop("raw", None)
    return facts


def read(command, **msg):
    return without_raw(normalise({command: reply_to({"code": 0, "when": 1, "msg": msg, "desc": command})}))


AIR = {
    "mac": "C4:08:28:00:1A:2B",
    "model": "M50S_VH30",
    "serial": "HTM50X20KU23110112345678A000001",
    "firmware_version": "20250812.14.Rel",
    "api_version": "3.0.2",
    "api": {"generation": 3, "version": "3.0.2", "writable": True},
    "platform": "h616",
    "hostname": "rack7-u12",
    "state": "on",
    "tuning": False,
    "power_mode": "normal",
    "power_watts": 3268,
    "power_limit_effective_watts": 3400,
    "frequency_percent": -5,
    "upfreq_speed": 2,
    "fast_boot": False,
    "coin_type": "BTC/BCH/BSV",
    "hashrate_ths": {"average": 125.871, "realtime": 126.113, "factory": 126.4, "expected": 120.08},
    "efficiency_j_per_th": 25.91,
    "uptime_seconds": 86401,
    "elapsed_seconds": 86210,
    "temperature_c": {"environment": 21.4, "board_max": 66.8, "chip_max": 91.6},
    "fans_rpm": {"inlet": 4710, "outlet": 4800, "psu": 5024},
    "cooling": {"poweroff_cool": True, "fan_zero_speed": False, "temp_offset": -10},
    "boards": [
        {
            "slot": 0,
            "temperature_c": 64.1,
            "chip_temperature_max_c": 89.9,
            "frequency_mhz": 741,
            "hashrate_ths": 41.9,
            "hashrate_factory_ths": 42.1,
            "chips": 111,
            "serial": "HHM50A0AAH330B00QA01",
        },
        {
            "slot": 1,
            "temperature_c": 66.8,
            "chip_temperature_max_c": 91.6,
            "frequency_mhz": 743,
            "hashrate_ths": 41.95,
            "hashrate_factory_ths": 42.1,
            "chips": 111,
            "serial": "HHM50A0AAH330B00QA02",
        },
        {
            "slot": 2,
            "temperature_c": 65.5,
            "chip_temperature_max_c": 90.2,
            "frequency_mhz": 742,
            "hashrate_ths": 42.021,
            "hashrate_factory_ths": 42.2,
            "chips": 110,
            "serial": "HHM50A0AAH330B00QA03",
        },
    ],
    "pools": [
        {
            "priority": 0,
            "url": "stratum+tcp://pool.example.com:3333",
            "user": "farm.rack7",
            "status": "Alive",
            "active": True,
            "rejected_percent": 0.25,
            "difficulty": 262144.0,
            "last_share_epoch": 1789999991,
        },
        {
            "priority": 1,
            "url": "stratum+tcp://backup.example.com:443",
            "user": "farm.rack7",
            "status": "Dead",
            "active": False,
            "rejected_percent": 0.0,
            "last_share_epoch": 0,
        },
    ],
    "psu": {
        "model": "P221B",
        "serial": "A1234G567890123",
        "vendor": "7",
        "firmware": "V02.11.V02.09",
        "hardware": "V00.07",
        "temperature_c": 61.0,
        "input_voltage_volts": 230.4,
        "input_current_amperes": 14.2,
        "input_power_watts": 3301,
        "fan_rpm": 5024,
    },
    "network": {
        "address": "10.20.30.41",
        "netmask": "255.255.252.0",
        "gateway": "10.20.28.1",
        "dns": ["10.20.28.1", "10.20.28.2"],
        "proto": "static",
        "hostname": "rack7-u12",
        "mac": "C4:08:28:00:1A:2B",
        "ntp_servers": ["0.pool.ntp.org", "time.example.com"],
    },
    "led": "auto",
    "web_access": True,
    "timezone": "CST-8",
    "zonename": "Asia/Shanghai",
    "remote_log": {"address": "10.20.28.9", "port": 9514, "proto": "udp"},
    "delay_seconds": {"start": 30, "stop": 15},
    "permissions": {"super": 255, "user1": 3, "user2": 0, "user3": 0},
    "custom_data": {
        "CustomerSn": "site-4.771",
        "msg0": "owner=acme",
        **{f"msg{number}": "" for number in range(1, 10)},
    },
    "errors": [],
}


def test_an_air_cooled_miner_of_3_0_2_shows_all_its_facts():
    assert facts_of("api_3_0_2_air") == AIR


def test_a_liquid_cooled_miner_of_3_0_5_that_starts_shows_what_it_knows_and_no_marks():
    facts = facts_of("api_3_0_5_hydro")
    assert facts["api"] == {"generation": 3, "version": "3.0.5", "writable": False}
    assert (facts["state"], facts["tuning"]) == ("on", True)
    assert (facts["power_limit_watts"], facts["power_limit_effective_watts"]) == (7000, 0)
    assert (facts["power_target_watts"], facts["power_percent"], facts["power_mode"]) == (6500, 80, "low")
    assert (facts["fast_hash"], facts["heat_mode"], facts["upfreq_speed"]) == (True, "anti-icing", 10)
    assert facts["hashrate_ths"] == {
        "average": 0,
        "realtime": 0,
    }  # -0.001 a board: the factory's rate isn't known
    assert facts["temperature_c"] == {
        "environment": 25.0,
        "board_max": 41.7,
        "chip_max": 51.5,
        "liquid": 38.6,
    }
    assert [board["slot"] for board in facts["boards"]] == [0, 1, 2, 3]
    assert [board["serial"] for board in facts["boards"]] == ["BLM63A01", "BLM63A02", "BLM63A03", "BLM63A04"]
    assert [board["temperature_c"] for board in facts["boards"]] == [40.1, 40.9, 39.8, 41.7]
    assert [error["code"] for error in facts["errors"]] == [264, 530]
    assert (
        facts["errors"][1]["reason"] == "Slot0 not found."
        and facts["errors"][1]["since"] == "2026-08-02 04:12:44"
    )
    assert len(facts["pools"]) == 1  # an empty slot is no pool
    assert {"accepted": 812, "rejected": 3, "rejected_percent": 1.5, "priority": 0}.items() <= facts["pools"][
        0
    ].items()
    assert (facts["custom_data"], facts["led"]) == ({"CustomerSn": "site-5.12", "msg0": "x"}, "manual")
    assert not {"remote_log", "cooling", "permissions"} & set(facts)


def test_a_miner_of_3_0_0_that_is_off_shows_what_its_daemon_knows():
    facts = facts_of("api_3_0_0_off")
    assert (facts["state"], facts["tuning"], facts["power_mode"]) == ("off", False, "high")
    assert (facts["fast_hash"], facts["power_percent"]) == (True, 100)
    assert not {
        "power_limit_watts",
        "power_target_watts",
        "boards",
        "pools",
        "hashrate_ths",
        "heat_mode",
    } & set(facts)
    assert [(error["code"], error.get("since")) for error in facts["errors"]] == [
        (110, None),
        (531, "2026-03-12 14:52:35"),
        (2010, "2026-03-12 14:52:36"),
    ]


def test_api_3_gives_the_facts_of_api_2_under_the_same_names():
    assert set(v2_readings._FACTS) - set(readings._FACTS) == set()
    boards, pools = set(v2_readings._BOARD), set(v2_readings._POOL)
    assert boards - set(readings._BOARD) == {
        "temperature_c",
        "serial",
        "upfreq_complete",
    }  # the first two from elsewhere
    assert pools - set(readings._POOL) == set()


@pytest.mark.parametrize("fixture", ["api_3_0_2_air", "api_3_0_5_hydro", "api_3_0_0_off"])
def test_facts_can_be_written_as_json_and_hold_no_marks_for_not_known(fixture):
    def values(part):
        parts = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        return (
            [part]
            if not isinstance(part, (dict, list))
            else [value for inner in parts for value in values(inner)]
        )

    facts = facts_of(fixture)
    json.dumps(facts, allow_nan=False)
    assert not [value for value in values(facts) if value is None or value in (-1, 2147483647, "n/a")]
    assert "" not in values({name: value for name, value in facts.items() if name != "custom_data"})


def test_the_whole_replies_are_shown_without_the_salt():
    facts = normalise(replies("api_3_0_2_air"))
    assert set(facts["raw"]) == set(replies("api_3_0_2_air"))
    assert facts["raw"][INFO]["msg"]["miner"]["hash-board"] == "H30"
    assert "Zq8/x.4B" not in json.dumps(facts)


def test_a_filtered_reply_gives_the_facts_of_its_section():
    assert read(INFO, system={"api": "3.0.1", "apiswitch": "0"}) == {
        "api_version": "3.0.1",
        "api": {"generation": 3, "version": "3.0.1", "writable": False},
    }
    assert read(INFO, salt="px5hoXa9") == {"api": {"generation": 3}}


@pytest.mark.parametrize(
    ("listed", "codes"),
    [
        ([], []),
        ("", []),
        ("218", [218]),
        (["218", 110], [110, 218]),
        ([{"218": "2026-01-01 00:00:00"}, {"218": "2026-01-02 00:00:00"}], [218]),
        ([{"0": ""}, None, [], "x"], []),
    ],
)
def test_error_codes_are_read_in_all_forms(listed, codes):
    assert [error["code"] for error in read(INFO, **{"error-code": listed})["errors"]] == codes


@pytest.mark.parametrize(
    ("ids", "priorities"),
    [([1, 2, 3], [0, 1, 2]), ([0, 1], [0, 1]), ([2], [1]), ([3, 1], [0, 2]), ([None], [None])],
)
def test_pools_are_numbered_from_0_in_order(ids, priorities):
    pools = [
        {"url": f"pool{number}.example.com", **({} if number is None else {"id": number})} for number in ids
    ]
    shown = read(STATUS, pools=pools)["pools"]
    assert [pool.get("priority") for pool in shown] == priorities
    assert all("id" not in pool for pool in shown)


@pytest.mark.parametrize(("shown", "mode"), [("0", "low"), ("1", "normal"), ("2", "high"), (2, "high")])
def test_the_power_supply_s_number_tells_the_mode_where_the_settings_do_not(shown, mode):
    assert read(INFO, power={"mode": shown})["power_mode"] == mode
    info = reply_to({"code": 0, "msg": {"power": {"mode": shown}}, "desc": INFO})
    setting = reply_to({"code": 0, "msg": {"power-mode": "normal"}, "desc": SETTING})
    assert normalise({INFO: info, SETTING: setting})["power_mode"] == "normal"


@pytest.mark.parametrize(
    ("shown", "expected"), [("3600", 3600), ("", None), ("0", None), (2147483647, None), ("4294967295", None)]
)
def test_a_limit_that_was_not_asked_for_is_no_fact(shown, expected):
    info = reply_to({"code": 0, "msg": {"miner": {"power-limit-set": shown}}, "desc": INFO})
    setting = reply_to({"code": 0, "msg": {"power-limit": 3500}, "desc": SETTING})
    assert normalise({INFO: info, SETTING: setting}).get("power_limit_watts") == expected
    assert normalise({SETTING: setting})["power_limit_watts"] == 3500


def test_a_miner_that_hashes_is_on_where_only_its_status_was_asked():
    assert read(STATUS, summary={"hash-average": 98.5, "up-freq-finish": 0})["state"] == "on"
    assert read(STATUS, summary={"hash-average": 98.5, "up-freq-finish": 0})["tuning"] is True
    assert "state" not in read(STATUS, summary={"hash-average": 0})


def test_refusals_and_failures_count_as_not_asked():
    given = replies("api_3_0_2_air")
    given[STATUS] = TimedOut("no reply")
    facts = normalise(given)
    assert "boards" not in facts and facts["state"] == "on"
    assert STATUS not in facts["raw"]
    assert normalise({STATUS: TimedOut("no reply")}) == {}


def test_sections_are_asked_for_once_and_pools_never_alone():
    assert reads_for(["!all", "!min", "pools"]) == ((STATUS, {"param": "summary+pools"}),)
    assert reads_for(["min"]) == ((INFO, {}), (STATUS, {"param": "summary"}))
    assert [read.command for read in reads_for(["all"])] == [
        INFO,
        SETTING,
        "get.system.setting",
        "get.fan.setting",
        STATUS,
    ]
    assert reads_for(["all"])[-1].params == {"param": "summary+pools+edevs"}
    assert reads_for(["!all", "!min"]) == ()


def test_all_reads_are_commands_that_need_no_signature():
    for read_ in (*reads_for(["all"]), reads.Read(reads.CUSTOM_DATA, {})):
        command = COMMANDS[read_.command]
        command.param(read_.params)
        assert not command.privileged
    assert set(COMMANDS) > reads.OPTIONAL


def test_subsets_are_those_of_api_2():
    assert list(reads.READS) == list(v2_reads.READS) == list(subsets.NAMES)
    with pytest.raises(BadParameter, match="gather_subset"):
        reads_for(["everything"])


# fmt: off
_NAMES = (
    "summary", "pools", "edevs", "miner", "system", "network", "power", "salt", "error-code", "id",
    "slot", "url", "pool-priority", "hash-average", "board-temperature", "power-realtime",
    "factory-hash", "up-freq-finish", "log-upload", "time-randomized", "ip", "permission",
    "working", "iin", "vin", "pin", "power-limit-set", "hash-realtime", "power-limit", "mode",
    "ntp-server", "218", "reason", "code", "CustomerSn",
)
# fmt: on
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=5),
    max_leaves=25,
)


@given(st.dictionaries(st.sampled_from([*reads.OPTIONAL, INFO, STATUS]), _ANY, max_size=4))
def test_whatever_a_miner_says_gives_facts_that_json_can_hold(messages):
    answers = {
        command: parse(json.dumps({"code": 0, "msg": msg, "desc": command}).encode())
        for command, msg in messages.items()
    }
    facts = without_raw(normalise(answers))
    json.dumps(facts, allow_nan=False)


def test_a_board_of_which_nothing_is_known_is_none_and_the_others_keep_their_slots():
    board = {"slot": 0, "hash-average": 41.9, "chip-temp-max": 89.9}
    facts = read(STATUS, edevs=[board, {"vendor": "x"}, "nonsense", {**board, "slot": 2}])
    assert [row["slot"] for row in facts["boards"]] == [0, 2]
    assert "boards" not in read(STATUS, edevs="nonsense", summary={"elapsed": 1})
