# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How requests are taken in, and what the miner refuses."""

from __future__ import annotations

import json
import threading

import pytest
from simulator import requests
from simulator_client import POOLS, Client, parse, rows, unsealed


def test_a_token_gives_a_write_that_takes_effect(start, generation):
    client = start(generation)
    assert client.order("set_hostname", hostname="rack-1")["Code"] == 131
    assert client.miner.state.hostname == "rack-1"


@pytest.mark.parametrize("padding", ["zero", "pkcs7"])
def test_either_padding_is_accepted_and_sent(start, generation, padding):
    client = start(generation, options={"padding": padding})
    token = client.token()
    for name in ("a", "ab", "abcdefghijklmnop"):
        reply = client.reply(token, client.raw(client.packet(token, "set_hostname", padding, hostname=name)))
        assert reply["Code"] == 131
        assert client.miner.state.hostname == name


def test_the_text_form_of_section_4_1_works(start, generation):
    client = start(generation)
    time, salt, newsalt = client.raw("get_token").rstrip(b"\0\n").decode().split(" ")
    assert len(time) == 10
    from simulator_client import PASSWORD, Token

    token = Token({"time": time, "salt": salt, "newsalt": newsalt}, PASSWORD)
    sealed = token.seal(f"token,{token.sign}|set_led|auto".encode())
    reply = client.raw(f"enc|{sealed}").rstrip(b"\0\n")
    assert reply.startswith(b"enc|")
    assert b"Code=131" in token.unseal(reply[4:])


def test_text_reads_answer_in_text(start, generation):
    reply = start(generation).raw("summary")
    assert reply.startswith(b"STATUS=S")
    assert b"|SUMMARY,Elapsed=" in reply or b'Msg={"Elapsed":' in reply


def test_sealed_reads_answer_sealed(start, generation):
    client = start(generation)
    token = client.token()
    reply = parse(client.raw(client.packet(token, "summary")))
    assert "enc" in reply
    assert rows(unsealed(token, reply))


def test_sealed_replies_have_their_generations_form(start):
    forms = {}
    for generation in ("1.3", "1.4", "2.0"):
        client = start(generation)
        forms[generation] = parse(client.raw(client.packet(client.token(), "set_led", param="auto")))
    assert forms["1.3"]["enc"] == 1 and isinstance(forms["1.3"]["data"], str)
    assert isinstance(forms["1.4"]["enc"], str)
    assert isinstance(forms["2.0"]["enc"], str)


# --- refusals


def refusal(reply, code):
    assert reply["STATUS"] == "E"
    assert reply["Code"] == code
    return reply["Msg"]


@pytest.mark.parametrize(
    "data", ['{"cmd":bad}', '{"cmd":"summary"} x', "{]", '{"enc":1}', '{"enc":2,"data":"AAAA"}']
)
def test_invalid_json_is_code_23(start, generation, data):
    refusal(parse(start(generation).raw(data)), 23)


def test_json_that_ends_early_is_code_23(start, generation):
    refusal(parse(start(generation).raw('{"cmd":"summ', finish=True)), 23)


def test_an_unknown_command_is_code_14(start, generation):
    client = start(generation)
    refusal(client.ask("frobnicate"), 14)
    refusal(client.order("frobnicate"), 14)
    refusal(client.ask(""), 14)
    assert b"Code=14" in client.raw("frobnicate")


def test_plaintext_writes_are_refused(start):
    for generation, code in (("1.3", 45), ("1.4", 45), ("2.0", 14)):
        client = start(generation)
        refusal(client.ask("reboot"), code)
        assert b"Code=%d" % code in client.raw("power_off|true")
        assert client.miner.counters.refused == {"reboot": 1, "power_off": 1}
        assert not client.miner.counters.taken


def test_bad_base64_is_code_137(start, generation):
    client = start(generation)
    refusal(parse(client.raw('{"enc":1,"data":"***"}')), 137)
    assert b"Code=137" in client.raw("enc|****\n") or b'"Code":137' in client.raw("enc|****\n")


@pytest.mark.parametrize("data", ["", "QUJD", "QUJDREVGR0hJSktMTU5PUA=="])
def test_what_cannot_be_decrypted_is_code_23(start, generation, data):
    words = refusal(parse(start(generation).raw(json.dumps({"enc": 1, "data": data}))), 23)
    assert words in ("enc json load err", "json cmd err")


def test_a_wrong_password_is_code_23(start, generation):
    client = start(generation)
    refusal(client.order("reboot", client.token("wrong")), 23)


def test_another_clients_token_is_code_23(start, generation):
    client = start(generation)
    other = Client(client.fleet, client.miner, source="127.0.0.2")
    token = client.token()
    refusal(other.order("reboot", token), 23)
    assert client.code("set_led", token, param="auto") == 131


def test_a_wrong_sign_is_code_135(start, generation):
    client = start(generation)
    token = client.token()
    token.sign = "x" * 22
    assert refusal(client.order("reboot", token), 135) == "check token err"


def test_an_expired_token_is_code_135(start, generation):
    client = start(generation)
    token = client.token()
    client.patch(advance_seconds=1801)
    refusal(client.order("set_led", token, param="auto"), 135)


def test_sealed_get_token_is_refused(start, generation):
    client = start(generation)
    refusal(client.order("get_token"), 14)


def test_the_33rd_token_is_code_136(start, generation):
    client = start(generation)
    for _number in range(32):
        client.token()
    refusal(client.ask("get_token"), 136)
    assert b"Code=136" in client.raw("get_token")
    assert client.miner.counters.tokens == 32
    assert client.miner.counters.token_refusals == 2
    other = Client(client.fleet, client.miner, source="127.0.0.2")
    other.token()


def test_the_default_password_bars_writes(start, generation):
    client = start(generation, password="admin")
    refusal(client.order("set_led", param="auto"), 45)
    client.patch(options={"enforce_default_password": False})
    assert client.code("set_led", param="auto") == 131


def test_an_api_that_is_off_bars_writes_not_reads(start, generation):
    client = start(generation, state={"api_on": False})
    refusal(client.order("set_led", param="auto"), 45)
    assert rows(client.ask("summary"))


def test_firmware_that_knows_only_command_says_so(start, generation):
    client = start(generation, options={"request_key": "command"})
    assert refusal(client.ask("summary"), 24) == "Missing JSON 'command'"
    assert rows(parse(client.raw('{"command":"summary"}')))


def test_both_keys_are_known_otherwise(start, generation):
    assert parse(start(generation).raw('{"command":"get_version"}'))["Msg"]["fw_ver"]


BAD = [
    ("update_pools", {}),
    ("update_pools", {key: value for key, value in POOLS.items() if key != "passwd3"}),
    ("update_pools", {**POOLS, "passwd1": 1}),
    ("update_pools", {**POOLS, "pool1": ""}),
    ("update_pools", {**POOLS, "worker2": ""}),
    ("update_pools", {**POOLS, "pool1": "x" * 257}),
    ("update_pools", {**POOLS, "worker1": "a\nb"}),
    ("power_off", {"respbefore": True}),
    ("set_led", {}),
    ("set_led", {"param": "off"}),
    ("set_led", {"color": "red", "period": "60", "duration": 20, "start": 0}),
    ("set_led", {"color": "red", "period": 60, "duration": 20.0, "start": 0}),
    ("set_led", {"color": "red", "period": 60, "duration": True, "start": 0}),
    ("set_led", {"color": "red", "period": 60, "duration": 61, "start": 0}),
    ("set_led", {"color": "blue", "period": 60, "duration": 20, "start": 0}),
    ("set_target_freq", {"percent": 10}),
    ("set_target_freq", {"percent": "-101"}),
    ("set_target_freq", {"percent": "101"}),
    ("set_target_freq", {}),
    ("set_power_pct", {"percent": 50}),
    ("set_power_pct", {"percent": "-1"}),
    ("set_power_pct", {"percent": "101"}),
    ("set_power_pct", {"percent": "5.5"}),
    ("update_pwd", {"old": "wrong", "new": "abc"}),
    ("update_pwd", {"old": "sim12345", "new": "123456789"}),
    ("update_pwd", {"old": "sim12345", "new": ""}),
    ("update_pwd", {"new": "abc"}),
    ("net_config", {}),
    ("net_config", {"param": "static"}),
    (
        "net_config",
        {"ip": "127.0.0.300", "mask": "255.0.0.0", "gate": "127.0.0.1", "dns": "127.0.0.1", "host": "a"},
    ),
    (
        "net_config",
        {"ip": "127.0.0.3", "mask": "255.0.255.0", "gate": "127.0.0.1", "dns": "127.0.0.1", "host": "a"},
    ),
    (
        "net_config",
        {"ip": "127.0.0.3", "mask": "255.0.0.0", "gate": "127.0.0.1", "dns": "1.1.1.1,2.2.2.2", "host": "a"},
    ),
    ("net_config", {"ip": "127.0.0.3", "mask": "255.0.0.0", "gate": "127.0.0.1", "dns": "1.1.1.1"}),
    ("set_hostname", {"hostname": "a b"}),
    ("set_hostname", {"hostname": "a;reboot"}),
    ("set_hostname", {"hostname": ""}),
    ("set_hostname", {"hostname": "x" * 64}),
    ("set_zone", {"timezone": "CST-8"}),
    ("set_zone", {"timezone": "CST-8", "zonename": "$(reboot)"}),
    ("load_log", {"ip": "127.0.0.1", "port": 514, "proto": "udp"}),
    ("load_log", {"ip": "127.0.0.1", "port": "0", "proto": "udp"}),
    ("load_log", {"ip": "127.0.0.1", "port": "514", "proto": "icmp"}),
    ("load_log", {"ip": "host", "port": "514", "proto": "udp"}),
    ("pre_power_on", {"complete": "false", "msg": "wait for adjust temp"}),  # it is on
]


@pytest.mark.parametrize(
    "cmd, params", BAD, ids=[f"{cmd}-{number}" for number, (cmd, _params) in enumerate(BAD)]
)
def test_bad_parameters_are_code_132_and_change_nothing(start, cmd, params):
    client = start()
    before = client.miner.describe()["state"]
    refusal(client.order(cmd, **params), 132)
    assert client.miner.describe()["state"] == before
    assert client.miner.counters.refused == {cmd: 1}
    assert client.miner.counters.reboots == 0


# --- framing


def test_a_request_may_come_byte_by_byte(start, generation):
    client = start(generation)
    for request in (b'{"cmd": "get_version"}', b'{"cmd":"x\\u0041"}', b"get_version"):
        with client.connect() as sock:
            for byte in request:
                sock.sendall(bytes([byte]))
            assert sock.recv(10)


@pytest.mark.parametrize(
    "request_bytes", [b'{"cmd":"summary","a":[true,null,-1,"\\u00e4"]}', b"get_token", '{"cmd":"ä"}'.encode()]
)
def test_no_beginning_of_a_request_is_mistaken_for_bad_json(request_bytes):
    for end in range(1, len(request_bytes)):
        assert requests.parse(request_bytes[:end], ended=False) is None, request_bytes[:end]
    assert requests.parse(request_bytes, ended=False) is not None


def test_a_silent_client_is_cut_off_after_the_idle_timeout(start):
    client = start(options={"idle_seconds": 0.2})
    assert client.raw("") == b""
    refusal(parse(client.raw('{"cmd":')), 23)


def test_a_miner_may_leave_the_socket_open_until_the_idle_timeout(start):
    client = start(options={"idle_seconds": 0.5, "close_after_reply": False})
    with client.connect() as sock:
        sock.sendall(b'{"cmd":"get_version"}')
        assert parse(sock.recv(65536))["Code"] == 131
        assert len(client.fleet.connections) == 1
        assert sock.recv(10) == b""


@pytest.mark.parametrize("trailer, end", [("", b"}"), ("nul", b"}\0"), ("newline", b"}\n")])
def test_a_reply_has_the_trailer_asked_for(start, trailer, end):
    assert start(options={"trailer": trailer}).raw('{"cmd":"get_version"}').endswith(end)


def test_a_huge_request_is_refused(start):
    reply = start().raw(b'{"cmd":"' + b"x" * 70000)
    assert reply == b"" or parse(reply)["Code"] == 23


def test_counters_and_journal_tell_what_arrived(start):
    client = start()
    client.ask("summary")
    client.order("set_led", param="auto")
    client.order("set_led", param="off")
    counters = client.miner.counters
    assert counters.requests == {"summary": 1, "get_token": 2, "set_led": 2}
    assert counters.tokens == 2 and counters.sealed == 2 and counters.connections == 5
    assert counters.taken == {"set_led": 1} and counters.refused == {"set_led": 1}
    outcomes = [(e["command"], e["sealed"], e["outcome"]) for e in client.fleet.journal_entries("m")]
    assert outcomes == [
        ("summary", False, 131),
        ("get_token", False, 131),
        ("set_led", True, 131),
        ("get_token", False, 131),
        ("set_led", True, 132),
    ]
    client.fleet.call(client.fleet.reset_counters)
    assert client.miner.counters.connections == 0 and not client.fleet.journal


def test_made_up_commands_are_counted_together(start):
    client = start()
    for name in ("frobnicate", "x" * 100, "summary+nonsense"):
        client.ask(name)
    client.ask("summary+pools")
    assert client.miner.counters.requests == {"(other)": 3, "summary+pools": 1}
    assert max(len(entry["command"]) for entry in client.fleet.journal_entries()) == 64


def test_many_clients_at_once_each_get_their_own_token_checked(start):
    client = start()
    results = []

    def work(number):
        own = Client(client.fleet, client.miner, source=f"127.0.0.{number + 2}")
        results.append(own.code("set_led", param="auto"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [131] * 10
