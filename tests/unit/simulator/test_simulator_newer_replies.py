# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How firmware since 2024-11 (generation 2.2) answers, and the options for what differs between machines."""

from __future__ import annotations

import json

import pytest
from simulator import FleetError
from simulator.state import MODELS
from simulator_client import parse, rows

SUMMARY_2_2 = {
    "Elapsed", "MHS av", "MHS 1m", "MHS 15m", "HS RT", "freq_avg", "Fan Speed In", "Fan Speed Out", "Power",
    "Power Rate", "Pool Rejected%", "Uptime", "Hash Stable", "Hash Stable Cost Seconds", "Target Freq",
    "Env Temp", "Power Mode", "Factory GHS", "Power Limit", "Chip Temp Min", "Chip Temp Max", "Chip Temp Avg",
    "Debug", "Btminer Fast Boot",
}  # fmt: skip
BOARD_2_2 = {
    "Slot", "Temperature", "Chip Frequency", "MHS av", "MHS 1m", "MHS 15m", "HS RT", "Factory GHS",
    "Upfreq Complete", "Effective Chips", "PCB SN", "Chip Data",
}  # fmt: skip


def newer(start, **options):
    return start("2.2", options=options)


def summary(client):
    return rows(client.ask("summary"))[0]


def boards(client, cmd="edevs"):
    return rows(client.ask(cmd), "DEVS")


# --- as recorded


def test_the_summary_stands_flat_in_msg_with_the_recorded_fields(start):
    reply = start("2.2").ask("summary")
    assert (reply["STATUS"], reply["Code"]) == ("S", 131)
    assert set(reply["Msg"]) == SUMMARY_2_2
    assert isinstance(reply["Msg"]["Elapsed"], float)
    assert reply["Msg"]["Hash Stable"] == "true"


def test_numbers_of_the_summary_have_the_digits_of_single_precision(start):
    assert "18.8" in str(summary(start("2.2"))["Power Rate"])
    assert len(str(summary(start("2.2"))["Power Rate"])) > 10


@pytest.mark.parametrize("cmd", ["edevs", "devs"])
def test_boards_keep_their_section_with_the_recorded_fields_and_no_when(start, cmd):
    reply = start("2.2").ask(cmd)
    assert reply["STATUS"] == [{"STATUS": "S", "Msg": "3 ASC(s)"}]
    assert [set(row) for row in reply["DEVS"]] == [BOARD_2_2] * 3


@pytest.mark.parametrize("unit, divisor", [("ths", 1e6), ("mhs", 1)])
@pytest.mark.parametrize("model", ["M60S_VK40", "M63S_VL50"])
def test_boards_add_up_to_the_miner_in_either_unit(start, unit, divisor, model):
    client = start("2.2", options={"board_rates": unit}, model=model)
    assert sum(row["MHS av"] for row in boards(client)) == pytest.approx(
        summary(client)["MHS av"] / divisor, rel=1e-3
    )
    assert sum(row["Factory GHS"] for row in boards(client)) == MODELS[model].factory_ghs


def test_pools_keep_their_section(start):
    reply = start("2.2").ask("pools")
    assert reply["STATUS"] == [{"STATUS": "S", "Msg": "3 Pool(s)"}]
    assert len(reply["POOLS"]) == 3


def test_devdetails_is_deprecated_and_get_version_has_the_model(start):
    client = start("2.2")
    refusal = client.ask("devdetails")
    assert (refusal["Code"], refusal["Msg"]) == (132, "This command is deprecated.")
    version = client.ask("get_version")["Msg"]
    assert set(version) == {"api_ver", "fw_ver", "platform", "chip", "miner_type"}
    assert (version["api_ver"], version["miner_type"]) == ("2.2.2", "M60S_VK40")


def test_get_miner_info_gives_all_whatever_is_asked_for(start):
    row = start("2.2").ask("get_miner_info", info="ip,mac")["Msg"]
    assert set(row) == {
        "ntp", "ip", "proto", "netmask", "gateway", "dns", "hostname", "mac", "ledstat", "minersn", "powersn",
        "upfreq_speed",
    }  # fmt: skip
    assert isinstance(row["ntp"], list)


def test_ledstat_is_the_pattern_itself(start):
    client = start("2.2")
    client.code("set_led", color="green", period=200, duration=100, start=0)
    assert client.ask("get_miner_info")["Msg"]["ledstat"] == "1,200,100,0 "
    client.code("set_led", param="auto")
    assert client.ask("get_miner_info")["Msg"]["ledstat"] == "auto"


def test_status_shows_what_was_set(start):
    client = start(
        "2.2",
        state={"power_limit": 3000, "percent": 80, "frequency_percent": -5, "fast_hash": True, "mode": "Low"},
    )
    row = client.ask("status")["Msg"]
    shown = (
        "power_limit_set",
        "power_pct",
        "hash_percent",
        "fast_hash",
        "fast_mining",
        "power_mode",
        "mineroff",
    )
    assert [row[name] for name in shown] == ["3000", "80", "-5", "true", "true", "low", "false"]


def test_firmware_of_2023_shows_no_target_frequency_and_a_limit_only_where_one_was_set(start):
    for limit, shown in ((99999, ""), (3000, "3000")):
        row = start("2.0", state={"power_limit": limit, "frequency_percent": 5}).ask("status")["Msg"]
        assert (row["power_limit_set"], row["hash_percent"]) == (shown, "")
        assert "power_pct" not in row


def test_what_it_does_not_know_is_code_14(start):
    refusal = start("2.2").ask("stats")
    assert (refusal["Code"], refusal["Msg"]) == (14, "invalid cmd")


def test_hydro_has_no_fans_four_boards_shared_serials_and_400_volts(start):
    client = start("2.2", model="M63S_VL50")
    row = summary(client)
    assert (row["Fan Speed In"], row["Fan Speed Out"]) == (0, 0)
    serials = [board["PCB SN"] for board in boards(client)]
    assert len(serials) == 4 and len(set(serials)) == 2
    assert client.ask("get_psu")["Msg"]["vin"] == "39600"
    assert float(client.ask("status")["Msg"]["liquid_temp"]) > 20


# --- where the data stands


@pytest.mark.parametrize(
    "form, place",
    [
        ("section", lambda reply: reply["SUMMARY"][0]),
        ("word", lambda reply: reply["SUMMARY"][0]),
        ("msg", lambda reply: reply["Msg"]),
        ("msg_list", lambda reply: reply["Msg"][0]),
        ("status_msg", lambda reply: reply["STATUS"][0]["Msg"]),
        ("bare", lambda reply: reply),
    ],
)
@pytest.mark.parametrize("generation", ["2.0", "2.2"])
def test_the_summary_stands_where_the_option_says(start, generation, form, place):
    reply = start(generation, options={"envelopes": {"summary": form}}).ask("summary")
    assert place(reply)["Power"] > 1000
    assert ("SUMMARY" in reply) is (form in ("section", "word"))
    assert ("STATUS" in reply) is (form != "bare")


def test_a_word_beside_the_section_is_no_data(start):
    assert newer(start, envelopes={"summary": "word"}).ask("summary")["Msg"] == "Summary"


@pytest.mark.parametrize("form", ["msg", "msg_list"])
def test_several_rows_are_a_list_in_msg(start, form):
    reply = newer(start, envelopes={"pools": form, "edevs": form})
    assert len(reply.ask("pools")["Msg"]) == len(reply.ask("edevs")["Msg"]) == 3


def test_several_rows_bare_are_their_section_alone(start):
    assert set(newer(start, envelopes={"edevs": "bare"}).ask("edevs")) == {"DEVS", "id"}


def test_one_miner_mixes_shapes_and_keeps_those_not_named(start):
    client = newer(start, envelopes={"pools": "msg_list", "status": "bare", "get_version": "msg_list"})
    assert client.ask("summary")["Msg"]["Power"] > 1000
    assert client.ask("pools")["Msg"][0]["POOL"] == 1
    assert client.ask("status")["mineroff"] == "false"
    assert client.ask("get_version")["Msg"][0]["api_ver"] == "2.2.2"
    client.patch(options={"envelopes": {"pools": "section"}})
    assert client.ask("pools")["POOLS"] and client.ask("status")["mineroff"] == "false"


@pytest.mark.parametrize(
    "forms", [{"summary": "flat"}, {"set_led": "msg"}, {"status": "section"}, ["summary"]]
)
def test_places_that_do_not_exist_are_refused(start, forms):
    with pytest.raises((ValueError, FleetError), match="envelopes"):
        newer(start, envelopes=forms)


# --- joins


def test_parts_of_a_joined_reply_have_each_their_own_shape(start):
    reply = start("2.2").ask("summary+pools+edevs")
    assert reply["summary"][0]["Msg"]["Power"] > 1000
    assert reply["pools"][0]["POOLS"] and reply["edevs"][0]["DEVS"]


def test_a_part_can_be_refused_alone(start):
    client = newer(start, join_refused=["edevs"])
    reply = client.ask("summary+edevs+devdetails")
    assert reply["summary"][0]["STATUS"] == "S"
    assert [reply[part][0]["Code"] for part in ("edevs", "devdetails")] == [14, 132]
    assert boards(client)


@pytest.mark.parametrize("code, words", [(14, "invalid cmd"), (45, "command join err")])
def test_joins_can_be_refused_together(start, code, words):
    client = newer(start, joins="none", join_refusal_code=code)
    refusal = client.ask("summary+pools")
    assert (refusal["STATUS"], refusal["Code"], refusal["Msg"]) == ("E", code, words)
    assert summary(client)


# --- commands that are missing


@pytest.mark.parametrize(
    "cmd, other", [("status", "summary"), ("edevs", "devs"), ("devdetails", "get_version")]
)
def test_a_command_can_be_unknown(start, cmd, other):
    client = newer(start, unknown_commands=[cmd])
    assert client.ask(cmd)["Code"] == 14
    assert client.ask(other)["STATUS"]


def test_devdetails_can_be_known(start):
    client = newer(start, deprecated_commands=[])
    assert client.ask("devdetails")["DEVDETAILS"][0]["Model"] == "M60S_VK40"


@pytest.mark.parametrize("shown", ["M30S+_VE40", "M50_VH84.H616"])
def test_a_model_can_be_spelt_otherwise(start, shown):
    client = newer(start, shown_model=shown, deprecated_commands=[])
    assert client.ask("get_version")["Msg"]["miner_type"] == shown
    assert client.ask("devdetails")["DEVDETAILS"][0]["Model"] == shown


# --- types and marks


def test_whole_numbers_come_as_floats(start):
    assert isinstance(summary(newer(start, whole_floats=True))["Fan Speed In"], float)


def test_fields_can_be_missing_from_the_summary(start):
    assert "MAC" in summary(start("2.0"))
    assert not {"MAC", "Error Code Count"} & set(
        summary(start("2.0", options={"summary_without": ["MAC", "Error Code Count"]}))
    )


@pytest.mark.parametrize(
    "mark, cmd, shown",
    [
        ("power", "summary", {"Power": -1}),
        ("fans", "summary", {"Fan Speed In": -1, "Fan Speed Out": -1}),
        ("factory", "summary", {"Factory GHS": -1}),
        ("factory", "edevs", {"Factory GHS": -1}),
        ("limit", "summary", {"Power Limit": 2147483648}),
        ("limit", "status", {"power_limit_set": "2147483648"}),
        ("psu", "get_psu", {"iin": "-1", "fan_speed": "-1"}),
        ("texts", "summary", {"Power Mode": ""}),
        ("texts", "status", {"power_mode": "", "hash_percent": "", "power_pct": ""}),
        ("texts", "get_miner_info", {"minersn": ""}),
    ],
)
def test_what_is_not_known_has_its_mark(start, mark, cmd, shown):
    row = rows(newer(start, unknown=[mark]).ask(cmd), "DEVS")[0]
    assert shown.items() <= row.items()
    assert not shown.items() <= rows(start("2.2").ask(cmd), "DEVS")[0].items()


def test_when_can_be_in_milliseconds(start):
    assert len(str(newer(start, when_milliseconds=True).ask("get_version")["When"])) == 13


@pytest.mark.parametrize("form, kind", [("ma", str), ("ma_decimals", str), ("a", float)])
def test_the_current_of_the_power_supply_has_three_forms(start, form, kind):
    client = newer(start, psu_current=form)
    current = client.ask("get_psu")["Msg"]["iin"]
    assert isinstance(current, kind)
    amperes = float(current) / (1 if form == "a" else 1000)
    assert amperes * 226.5 == pytest.approx(summary(client)["Power"], rel=0.01)
    assert ("." in str(current)) is (form != "ma")


def test_power_supplies_spell_their_vendor_and_give_volts_in_two_ways(start):
    psu = newer(start, psu_vendor_key="vender", psu_voltage="volts").ask("get_psu")["Msg"]
    assert "vender" in psu and "vendor" not in psu
    assert psu["vin"] == 226


ERRORS = [
    {"code": 218, "since": "2025-01-02 03:04:05"},
    {"code": 530137, "since": "1970-01-01 00:00:09", "reason": "slot0 chip"},
]


@pytest.mark.parametrize(
    "form, shown",
    [
        ("pairs", [{"218": "2025-01-02 03:04:05"}, {"530137": "1970-01-01 00:00:09"}]),
        ("object", {"218": "2025-01-02 03:04:05", "530137": "1970-01-01 00:00:09"}),
        ("strings", ["218", "530137"]),
        ("numbers", [218, 530137]),
        (
            "reasons",
            [
                {"218": "2025-01-02 03:04:05", "reason": "error 218"},
                {"530137": "1970-01-01 00:00:09", "reason": "slot0 chip"},
            ],
        ),
        ("described", [{"code": 218, "desc": "error 218"}, {"code": 530137, "desc": "slot0 chip"}]),
    ],
)
def test_error_lists_have_six_forms(start, form, shown):
    client = start("2.2", options={"error_form": form}, state={"errors": ERRORS})
    assert client.ask("get_error_code")["Msg"]["error_code"] == shown


def test_error_lists_can_be_malformed_too(start):
    client = start("2.2", options={"malformed": ["error_code_array"]}, state={"errors": [329]})
    assert b'"error_code":["329":"' in client.raw('{"cmd":"get_error_code"}')


def test_get_version_of_very_old_firmware_is_a_mere_text(start):
    client = start("1.3", options={"version_is_text": True, "api_ver": "1.3.0"})
    assert client.ask("get_version")["Msg"] == "1.3.0"


def test_power_mode_can_be_sleep_while_off(start):
    client = start("2.2", options={"sleep_when_off": True}, state={"powered": False})
    assert client.ask("status")["Msg"]["power_mode"] == "sleep"


@pytest.mark.parametrize("form, code", [("132", 132), ("-1", -1)])
def test_a_dead_btminer_has_more_words(start, form, code):
    client = start("2.2", options={"btminer_down_reply": form}, faults={"btminer_down": True})
    refusal = client.ask("summary")
    assert (refusal["Code"], refusal["Msg"]) == (code, "btminer process is down err")


# --- sealed requests and tokens


def test_refusals_of_sealed_requests_can_be_encoded_twice(start):
    client = newer(start, double_encoded_refusals=True)
    token = client.token()
    outer = json.loads(client.raw(client.packet(token, "set_power_pct_v2", percent="101")))
    assert isinstance(outer, str)
    assert client.reply(token, outer.encode())["Code"] == 132
    wrong = client.token("wrong_pw")
    outer = json.loads(client.raw(client.packet(wrong, "set_led", param="auto")))
    assert json.loads(outer)["Code"] == 23
    assert client.code("set_led", param="auto") == 131
    assert client.ask("stats")["Code"] == 14, "a plain request's refusal is encoded once"


@pytest.mark.parametrize("timeout, lives", [("0", True), ("600", False)])
def test_get_token_can_say_how_long_it_lasts(start, timeout, lives):
    client = newer(start, token_timeout=timeout)
    token = client.token()
    assert client.ask("get_token")["Msg"]["timeout"] == timeout
    client.patch(advance_seconds=500)
    assert client.code("set_led", token, param="auto") == 131
    client.patch(advance_seconds=500)
    assert client.code("set_led", token, param="auto") == 131, "it counts from the last use"
    client.patch(advance_seconds=601)
    assert (client.code("set_led", token, param="auto") == 131) is lives
    assert "timeout" not in start("2.2").ask("get_token")["Msg"]


@pytest.mark.parametrize("renews", [True, False])
def test_the_lock_of_180_seconds_ends_and_asking_may_renew_it(start, renews):
    client = newer(start, tokens_per_address=1, token_lock_renews=renews)
    client.token()
    refusal = client.ask("get_token")
    assert (refusal["Code"], refusal["Msg"]) == (136, "over max connect")
    client.patch(advance_seconds=170)
    assert client.ask("get_token")["Code"] == 136
    client.patch(advance_seconds=20)
    assert (client.ask("get_token")["Code"] == 136) is renews
    client.patch(advance_seconds=181, options={"tokens_per_address": 32})
    assert client.code("set_led", param="auto") == 131


def test_a_spoiled_token_fails_with_code_23_and_the_next_one_works(start):
    client = start("2.2", faults={"spoil_tokens": 1})
    token = client.token()
    assert [client.code("set_led", token, param="auto") for _try in range(2)] == [23, 23]
    assert client.code("set_led", param="auto") == 131


# --- connections


def turns_of_the_loop(client):
    """Enough of them for all that is in the backlog to be accepted."""
    for _turn in range(20):
        client.fleet.call(lambda: None)


def test_one_connection_at_a_time_lets_the_others_wait(start):
    client = newer(start, one_connection=True)
    with client.connect() as first, client.connect() as second:
        second.sendall(b'{"cmd":"get_version"}')
        turns_of_the_loop(client)
        assert client.miner.counters.connections == 1
        first.sendall(b'{"cmd":"summary"}')
        assert b"Elapsed" in first.recv(65536)
        assert parse(second.recv(65536))["Msg"]["api_ver"] == "2.2.2"
    client.patch(options={"one_connection": False})
    assert summary(client)


def test_one_connection_at_a_time_survives_a_reboot(start):
    client = newer(start, one_connection=True)
    with client.connect(), client.connect():
        turns_of_the_loop(client)
        client.patch(actions=["reboot"])
        client.until_rebooted()
        assert summary(client)
