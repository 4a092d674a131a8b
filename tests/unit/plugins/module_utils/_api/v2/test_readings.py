# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts over API 2: single ones, those of damaged replies, and which commands a subset needs."""

from __future__ import annotations

import json

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    BadParameter,
    NotAMiner,
    NotRunning,
    TimedOut,
    UnknownCommand,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import readings, reads
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.commands import COMMANDS
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.reader import parse_reply
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.readings import normalise
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.reads import commands_for
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.replies import Reply
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils._api.v2.recorded import (
    btminer,
    daemon,
    facts_of,
    replies,
    summary,
)
from hypothesis import given, settings
from hypothesis import strategies as st

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


# --- Subsets ------------------------------------------------------------------------------------------------


EVERYTHING = commands_for(["all"])


def test_each_subset_asks_for_commands_that_exist_and_only_read():
    for commands in reads.READS.values():
        assert commands
        for command in commands:
            assert not COMMANDS[command].writes


def test_all_is_every_command_once_and_joinable_ones_first():
    assert len(EVERYTHING) == len(set(EVERYTHING))
    assert set(EVERYTHING) == {command for commands in reads.READS.values() for command in commands}
    joinable = [COMMANDS[command].joinable for command in EVERYTHING]
    assert joinable == sorted(joinable, reverse=True)


@pytest.mark.parametrize("name", sorted(reads.READS))
def test_a_subset_s_commands_are_asked_besides_those_of_min(name):
    assert set(commands_for([name])) == set(reads.READS[name]) | set(reads.READS["min"])


@pytest.mark.parametrize(
    ("subsets", "commands"),
    [
        (["all"], EVERYTHING),
        ([], EVERYTHING),
        (["all", "pools"], EVERYTHING),
        (["min"], reads.READS["min"]),
        (["!all"], reads.READS["min"]),
        (["all", "!all"], reads.READS["min"]),
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
    assert names <= set(facts_of("api_2_0_on", *reads.READS[subset]))
    assert set(reads.READS[subset]) <= set(EVERYTHING)


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


@pytest.mark.parametrize(
    ("command", "reply", "told"),
    [
        ("get_error_code", b'["110", "2010"]', True),
        ("get_error_code", b'{"cmd":"get_error_code"}', False),
        ("status", b'["110"]', False),
        ("get_version", b'{"api_ver":"2.0.5"}', True),
    ],
)
def test_a_reply_without_a_frame_is_told_by_its_fields_and_a_list_of_error_codes_by_being_one(
    command, reply, told
):
    assert readings.tells(command, parse_reply(reply)) is told
