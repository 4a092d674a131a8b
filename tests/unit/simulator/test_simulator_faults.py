# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults, each by itself, and switched while the miner runs."""

from __future__ import annotations

import json
import socket
import time

import pytest
from simulator import Faults
from simulator_client import parse, rows

SUMMARY = b'{"cmd":"summary"}'


def test_latency_holds_the_reply_back(start):
    client = start(options={"latency_ms": 60.0}, faults={"latency_ms": 60})
    before = time.monotonic()
    client.ask("summary")
    assert time.monotonic() - before >= 0.12


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_reply_in_pieces_is_the_same_reply(start, size):
    client = start()
    whole = client.ask("pools")
    client.patch(faults={"segment_bytes": size})
    assert client.ask("pools")["POOLS"][0].keys() == whole["POOLS"][0].keys()


def test_pieces_really_come_one_by_one(start):
    client = start(faults={"segment_bytes": 1, "segment_delay_ms": 5})
    with client.connect() as sock:
        sock.sendall(b'{"cmd":"get_version"}')
        sizes = [len(sock.recv(1000)) for _number in range(5)]
    assert max(sizes) <= 2


def test_a_silent_miner_takes_and_says_nothing(start):
    client = start(faults={"silent": True}, options={"idle_seconds": 0.1})
    with client.connect() as sock:
        sock.sendall(SUMMARY)
        client.until(lambda: client.miner.counters.requests["summary"] == 1)
        sock.settimeout(0.6)
        with pytest.raises(socket.timeout):
            sock.recv(1)
    client.until(lambda: not client.fleet.connections)
    assert client.fleet.journal_entries()[-1]["outcome"] == "silent"
    client.patch(faults={"silent": False})
    assert client.ask("summary")["SUMMARY"]


def test_refuse_closes_the_port_and_opens_it_again(start):
    client = start()
    client.patch(faults={"refuse": True})
    with pytest.raises(ConnectionRefusedError):
        client.connect()
    client.patch(faults=None)
    assert client.ask("summary")["SUMMARY"]


def test_empty_close(start):
    assert start(faults={"empty_close": True}).raw(SUMMARY) == b""


def test_garbage_is_no_json(start):
    reply = start(faults={"garbage": True}).raw(SUMMARY)
    assert len(reply) == 200
    with pytest.raises(ValueError):
        json.loads(reply)


def test_truncated_ends_in_the_middle(start):
    client = start()
    whole = len(client.raw(SUMMARY))
    client.patch(faults={"truncated": True})
    assert abs(len(client.raw(SUMMARY)) - whole // 2) < 20


def test_oversize_never_ends(start):
    client = start(faults={"oversize": True})
    got = 0
    with client.connect() as sock:
        sock.sendall(SUMMARY)
        while got < 20 * (1 << 20):
            got += len(sock.recv(1 << 20))
    client.until(lambda: not client.fleet.connections)


def test_deep_nesting(start):
    reply = start(faults={"deep_nesting": 100000}).raw(SUMMARY)
    assert reply.count(b"[") == 100000


def test_only_commands_limits_a_fault_and_times_ends_it(start):
    client = start(faults={"truncated": True, "only_commands": ["summary"], "times": 2})
    assert client.ask("pools")["POOLS"]
    for _number in range(2):
        with pytest.raises(ValueError):
            client.ask("summary")
    assert client.ask("summary")["SUMMARY"]
    assert client.miner.faults == Faults()


def test_silent_for_one_command_wears_off_too(start):
    client = start(faults={"empty_close": True, "only_commands": ["get_version"], "times": 1})
    assert client.ask("summary")["SUMMARY"]
    assert client.raw(b'{"cmd":"get_version"}') == b""
    assert client.ask("get_version")["Code"] == 131


def test_wrong_mac_shows_wherever_a_mac_shows(start):
    client = start(faults={"wrong_mac": "C4:05:08:FF:FF:FF"})
    assert (
        client.ask("summary")["SUMMARY"][0]["MAC"]
        == client.ask("get_miner_info")["Msg"]["mac"]
        == "C4:05:08:FF:FF:FF"
    )


def test_another_mac_after_a_reboot(start):
    client = start(faults={"mac_after_reboot": "C4:05:08:FF:FF:FF"})
    before = client.ask("summary")["SUMMARY"][0]["MAC"]
    client.code("reboot")
    client.until_rebooted()
    assert client.ask("summary")["SUMMARY"][0]["MAC"] == "C4:05:08:FF:FF:FF" != before


def test_api_off(start):
    client = start(faults={"api_off": True})
    assert client.code("set_led", param="auto") == 45
    assert client.ask("summary")["SUMMARY"]


def test_deny_refuses_the_named_commands_in_the_given_words(start):
    client = start(faults={"deny": {"set_led": "not today"}})
    reply = client.order("set_led", param="auto")
    assert (reply["Code"], reply["Msg"]) == (132, "not today")
    assert client.code("set_hostname", hostname="a") == 131
    client.patch(faults={"deny": ["set_hostname"]})
    assert client.code("set_hostname", hostname="a") == 132


def test_echo_does_nothing_and_says_all_that_was_heard(start):
    client = start(faults={"echo": ["set_hostname", "make_coffee"]})
    for command in ("set_hostname", "make_coffee"):
        reply = client.order(command, hostname="new")
        assert (reply["Code"], reply["Msg"]["cmd"], reply["Msg"]["hostname"]) == (131, command, "new")
        assert reply["Msg"]["token"] in reply["Msg"]["heard"]
    assert client.miner.state.hostname != "new"


def write(client, cmd, **params):
    return client.raw(client.packet(client.token(), cmd, **params))


def test_write_silent_is_taken_without_a_reply(start):
    client = start(faults={"write_silent": ["reboot", "set_hostname"]})
    assert write(client, "set_hostname", hostname="new") == b""
    assert client.miner.state.hostname == "new"
    assert write(client, "reboot") == b""
    client.until_rebooted()
    assert client.miner.counters.taken == {"set_hostname": 1, "reboot": 1}


def test_write_lost_is_not_taken_and_not_answered(start):
    client = start(faults={"write_lost": ["*"]})
    assert write(client, "set_hostname", hostname="new") == b""
    assert client.miner.state.hostname != "new"
    assert client.miner.counters.lost == {"set_hostname": 1} and not client.miner.counters.taken


def test_lost_writes_may_hang_instead(start):
    client = start(faults={"write_lost": ["*"], "silent_how": "hang"})
    with client.connect() as sock:
        sock.sendall(client.packet(client.token(), "reboot"))
        client.until(lambda: client.miner.counters.lost["reboot"] == 1)
        sock.settimeout(0.1)
        with pytest.raises(socket.timeout):
            sock.recv(1)


def test_write_ignored_says_ok_and_does_nothing(start):
    client = start(faults={"write_ignored": ["set_hostname", "reboot"]})
    assert client.code("set_hostname", hostname="new") == 131
    assert client.code("reboot") == 131
    assert client.miner.state.hostname != "new" and not client.miner._rebooting
    assert client.miner.counters.ignored == {"set_hostname": 1, "reboot": 1}


def test_token_limit_refuses_at_once(start):
    client = start(faults={"token_limit": True})
    assert client.ask("get_token")["Code"] == 136
    assert client.miner.counters.token_refusals == 1
    client.patch(faults={"token_limit": None})
    assert client.code("set_led", param="auto") == 131


def test_btminer_down(start, generation):
    client = start(generation, faults={"btminer_down": True})
    reply = client.raw(SUMMARY).rstrip(b"\0\n")
    assert reply.startswith(b"Socket connect failed") or parse(reply)["Code"] == 14
    assert client.ask("get_version")["Code"] == 131
    client.patch(faults=None)
    assert rows(client.ask("summary"))


def test_hang_after_reboot_never_comes_back_until_the_fault_ends(start):
    client = start(faults={"hang_after_reboot": True})
    client.code("reboot")
    client.until(lambda: client.miner.phase == "gone")
    with pytest.raises(ConnectionRefusedError):
        client.connect()
    client.patch(faults={"hang_after_reboot": False})
    assert client.ask("summary")["SUMMARY"]


@pytest.mark.parametrize(
    "faults",
    [
        {"nonsense": 1},
        {"silent": 1},
        {"latency_ms": -1},
        {"deny": 5},
        {"write_lost": 5},
        {"silent_how": "x"},
        {"times": True},
    ],
)
def test_unknown_and_wrong_faults_are_named(faults):
    with pytest.raises(ValueError, match=next(iter(faults))):
        Faults().changed(faults)


def test_a_bad_patch_changes_nothing(start):
    client = start()
    before = client.miner.describe()
    for changes in (
        {"faults": {"silent": True}, "state": {"hostname": 1}},
        {"faults": {"silent": True}, "options": {"joins": "five"}},
        {"faults": {"silent": True}, "actions": ["explode"]},
        {"faults": {"silent": True}, "advance_seconds": -1},
        {"nonsense": 1},
        {"state": {"nonsense": 1}},
        {"state": {"mode": "Turbo"}},
        {"options": {"malformed": ["x"]}},
        {"options": {"reboot_seconds": "3"}},
    ):
        with pytest.raises(ValueError):
            client.patch(**changes)
    after = client.miner.describe()
    assert {key: after[key] for key in ("state", "faults", "options")} == {
        key: before[key] for key in ("state", "faults", "options")
    }
