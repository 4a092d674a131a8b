# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How each generation words its replies, and the malformed ones."""

from __future__ import annotations

import json

import pytest
from simulator.malformed import FORMS
from simulator_client import parse, rows

LISTS = {"summary": "SUMMARY", "pools": "POOLS", "devs": "DEVS", "edevs": "DEVS", "devdetails": "DEVDETAILS"}


@pytest.mark.parametrize("cmd", LISTS)
@pytest.mark.parametrize("generation", ["1.3", "1.4", "2.0"])
def test_replies_of_btminer_have_a_list_status(start, generation, cmd):
    reply = start(generation).ask(cmd)
    assert reply["STATUS"][0]["STATUS"] == "S"
    assert ("When" in reply["STATUS"][0]) is (generation == "1.3")
    assert reply[LISTS[cmd]]


@pytest.mark.parametrize("cmd", ["get_version", "get_psu", "get_token"])
def test_replies_of_the_daemon_have_a_string_status(start, generation, cmd):
    reply = start(generation).ask(cmd)
    assert reply["STATUS"] == "S"
    assert isinstance(reply["Msg"], dict)
    assert isinstance(reply["When"], int) and isinstance(reply["Code"], int)


def test_status_has_three_forms(start):
    assert start("1.3").ask("status") == {"btmineroff": "false", "Firmware Version": "'20200207.23.1'"}
    assert start("1.4").ask("status")["Msg"] == {
        "btmineroff": "false",
        "Firmware Version": "'20210322.22.REL'",
    }
    renamed = start("2.0").ask("status")["Msg"]
    assert {
        "mineroff",
        "FirmwareVersion",
        "power_mode",
        "power_limit_set",
        "hash_percent",
        "mineroff_reason",
    } <= set(renamed)


def test_get_token_has_three_codes(start):
    assert [start(generation).ask("get_token")["Code"] for generation in ("1.3", "1.4", "2.0")] == [
        133,
        134,
        131,
    ]


@pytest.mark.parametrize("form, digits", [("short", 4), ("epoch", 10)])
def test_time_is_four_digits_or_the_whole_epoch(start, form, digits):
    client = start(options={"token_time": form})
    assert len(client.ask("get_token")["Msg"]["time"]) == digits
    assert client.code("set_led", param="auto") == 131


def test_versions_are_the_generations(start):
    versions = [start(generation).ask("get_version")["Msg"] for generation in ("1.3", "1.4", "2.0")]
    assert [version["api_ver"] for version in versions] == ["1.3.11", "whatsminer v1.4.0", "2.0.5"]
    assert [("platform" in version) for version in versions] == [False, False, True]
    assert not any("'" in version["fw_ver"] for version in versions)


def test_only_2_x_has_miner_info_error_codes_and_fast_boot(start, generation):
    client = start(generation)
    new = generation in ("2.0", "2.2")
    assert (
        client.ask("get_miner_info")["Code"] == client.ask("get_error_code")["Code"] == (131 if new else 14)
    )
    assert ("Btminer Fast Boot" in rows(client.ask("summary"))[0]) is new


def test_get_miner_info_gives_what_is_asked_for(start):
    assert set(start().ask("get_miner_info", info="ip,mac,nonsense")["Msg"]) == {"ip", "mac"}


def test_pools_count_from_0_or_1(start):
    assert [start(generation).ask("pools")["POOLS"][0]["POOL"] for generation in ("1.3", "1.4", "2.0")] == [
        0,
        1,
        1,
    ]


def test_some_numbers_are_strings_some_firmware_quoted(start):
    row = start("1.4").ask("summary")["SUMMARY"][0]
    assert isinstance(row["Error Code Count"], str) and isinstance(row["Power"], int)
    assert row["Firmware Version"] == "'20210322.22.REL'"
    assert start(options={"string_numbers": ["Power"]}).ask("summary")["SUMMARY"][0]["Power"].isdigit()
    assert start(options={"empty_power_mode": True}).ask("summary")["SUMMARY"][0]["Power Mode"] == ""


@pytest.mark.parametrize("generation", ["1.3", "1.4", "2.0"])
def test_the_summary_has_the_documents_fields(start, generation):
    row = start(generation, state={"errors": [250]}).ask("summary")["SUMMARY"][0]
    wanted = (
        "MHS av, Fan Speed In, Fan Speed Out, Power, Uptime, Power Fanspeed, Error Code Count, Error Code 0, "
        "Power Mode, Firmware Version, MAC, Factory GHS, Elapsed, HS RT, Temperature, Env Temp, Chip Temp "
        "Min, Chip Temp Max, Chip Temp Avg, Power Limit, Power Rate, Voltage, CB Platform, Upfreq Complete, "
        "Hash Stable, Target Freq"
    )
    assert not set(wanted.split(", ")) - set(row)


def test_pools_and_boards_have_the_documents_fields(start, generation):
    client = start(generation)
    wanted = (
        "POOL, URL, Status, Priority, Accepted, Rejected, User, Last Share Time, Stratum Active, Stratum "
        "URL, Stratum Difficulty, Pool Rejected%, Current Block Height, Current Block Version"
    )
    assert not set(wanted.split(", ")) - set(client.ask("pools")["POOLS"][0])
    assert not {"Slot", "Temperature", "Chip Frequency", "MHS av", "PCB SN"} - set(
        client.ask("edevs")["DEVS"][0]
    )
    if generation != "2.2":
        assert client.ask("devdetails")["DEVDETAILS"][0]["Model"] == client.miner.state.model


@pytest.mark.parametrize(
    "joins, two, three", [("none", False, False), ("two", True, False), ("all", True, True)]
)
def test_joins_go_as_far_as_the_firmware(start, joins, two, three):
    client = start(options={"joins": joins})
    for cmd, works in (("summary+pools", two), ("summary+pools+devs", three)):
        reply = client.ask(cmd)
        if works:
            assert reply["id"] == 1
            assert reply["summary"][0]["SUMMARY"] and reply["pools"][0]["POOLS"]
        else:
            assert reply["Code"] == 14


@pytest.mark.parametrize(
    "cmd", ["summary+status", "summary+get_version", "status+get_psu", "summary+reboot", "summary+"]
)
def test_get_status_and_writes_never_join(start, generation, cmd):
    assert start(generation).ask(cmd)["Code"] == 14


def test_joined_text_reads_follow_one_another(start):
    reply = start().raw("summary+pools")
    assert b"|SUMMARY," in reply and b"|POOL=0,POOL=1," in reply


# --- malformed


def broken(start, form, cmd, **fields):
    reply = start("2.0", options={"malformed": [form]}, **fields).raw(json.dumps({"cmd": cmd}))
    with pytest.raises(ValueError):
        json.loads(reply)
    return reply


@pytest.mark.parametrize(
    "form, cmd, part",
    [
        ("psu_missing_comma", "get_psu", b'"1""temp0"'),
        ("trailing_commas", "summary", b",}"),
        ("trailing_commas", "pools", b",]"),
        ("control_characters", "get_version", b'REL\n"'),
        ("control_characters", "edevs", b"\x01"),
        ("inf_nan", "summary", b":inf"),
        ("inf_nan", "pools", b":nan"),
        ("invalid_utf8", "get_psu", b"\xff"),
        ("invalid_utf8", "devdetails", b"\xff"),
    ],
)
def test_malformed_replies_are_malformed_in_the_known_way(start, form, cmd, part):
    assert part in broken(start, form, cmd)


def test_a_reply_cut_at_its_last_brace(start):
    assert not broken(start, "cut_brace", "summary").endswith(b"}")


def test_the_error_code_array_of_2_0_4(start):
    reply = broken(start, "error_code_array", "get_error_code", state={"errors": [111, 218]})
    assert b'"error_code":["111":"' in reply


def test_trailing_commas_leave_strings_and_empty_objects_alone():
    assert FORMS["trailing_commas"](b'{"a":"}]","b":{},"c":[1]}') == b'{"a":"}]","b":{},"c":[1,],}'


def test_malformed_replies_can_be_sealed_too(start):
    client = start()
    token = client.token()
    client.patch(options={"malformed": ["trailing_commas"]})
    sealed = parse(client.raw(client.packet(token, "summary")))
    assert b",}" in token.unseal(sealed["enc"])
