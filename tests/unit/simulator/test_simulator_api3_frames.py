# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""API 3: frames, many requests on one connection, clients too many, and faults on the wire."""

from __future__ import annotations

import json
import socket
import struct

import pytest
from api3_client import Api3Client, frame
from simulator.v3.frames import MAX_REQUEST, Frames, TooLong, encode
from simulator_client import QUICK

FAN = frame({"cmd": "get.fan.setting"})
SECTIONS = ["network", "miner", "system", "power", "salt", "error-code"]


@pytest.fixture
def miner3(start):
    def run(generation="3", **how):
        return Api3Client(start(generation, **how))

    return run


def test_frames_come_out_whole_in_whatever_pieces_they_came_in():
    data = encode(b'{"a":1}') + encode(b"") + encode(b"{}")
    for size in range(1, len(data) + 1):
        frames, out = Frames(), []
        for start in range(0, len(data), size):
            frames.feed(data[start : start + size])
            while (found := frames.next()) is not None:
                out.append(found)
        assert out == [b'{"a":1}', b"", b"{}"]
    assert frames.rest() == b""


def test_the_length_is_little_endian_and_limited():
    assert encode(b"abc") == b"\x03\0\0\0abc"
    frames = Frames()
    frames.feed(struct.pack("<I", MAX_REQUEST + 1))
    with pytest.raises(TooLong):
        frames.next()


def test_many_requests_on_one_connection_in_one_segment_or_byte_by_byte(miner3):
    api = miner3()
    with api.connect() as wire:
        wire.send(FAN * 300)
        assert {wire.reply()["desc"] for _number in range(300)} == {"get.fan.setting"}
        for byte in FAN:
            wire.send(bytes([byte]))
        assert wire.reply()["code"] == 0
    assert api.miner.counters.connections == 1
    assert api.miner.counters.requests["get.fan.setting"] == 301


def test_a_reply_has_code_time_message_and_the_command(miner3):
    reply = miner3().ask("get.fan.setting")
    assert list(reply) == ["code", "when", "msg", "desc"]
    assert (reply["code"], reply["desc"]) == (0, "get.fan.setting")
    assert isinstance(reply["when"], int)


def test_a_param_of_null_is_no_param_and_a_read_ignores_tokens(miner3):
    api = miner3()
    request = {"cmd": "get.device.info", "param": None, "ts": 1, "token": "x", "account": "nobody"}
    assert list(api.raw(frame(request))["msg"]) == SECTIONS


def test_replies_stay_below_the_8_kib_of_the_vendors_demo(miner3):
    api = miner3("3-only", model="M63S_VL50")
    now = api.miner.epoch
    asked = [
        ("get.device.info", None),
        ("get.miner.status", "summary+pools+edevs"),
        ("get.miner.history", {"begin": str(now - 86400), "end": str(now)}),
    ]
    for cmd, param in asked:
        assert 100 < len(json.dumps(api.msg(cmd, param))) < 8000


@pytest.mark.parametrize("how, answer", [("swallow", b""), ("echo", bytes(4)), ("close", None)])
def test_heartbeats(miner3, how, answer):
    api = miner3(options={"api3_heartbeat": how})
    with api.connect() as wire:
        wire.send(bytes(4) + FAN)
        if answer is None:
            assert wire.ended()
        else:
            assert wire.read(len(answer)) == answer
            assert wire.reply()["desc"] == "get.fan.setting"


def test_a_frame_that_is_no_json_is_answered_and_closed_or_just_closed(miner3):
    api = miner3()
    for body in (b"no JSON", b"[1]", b"\xff\xfe", b"[" * 5000):
        with api.connect() as wire:
            wire.send(frame(body))
            reply = wire.reply()
            assert (reply["code"], reply["msg"], reply["desc"]) == (-1, "invalid json", "")
            assert wire.ended()
    api.client.patch(options={"api3_bad_json": "close"})
    with api.connect() as wire:
        wire.send(frame(b"no JSON"))
        assert wire.ended()


def test_a_frame_too_long_ends_the_connection(miner3):
    with miner3().connect() as wire:
        wire.send(struct.pack("<I", MAX_REQUEST + 1) + b"{")
        assert wire.ended()


def test_an_idle_connection_is_closed(miner3):
    with miner3(options={"api3_idle_seconds": 0.1}).connect() as wire:
        assert wire.ended()


def test_a_heartbeat_keeps_a_connection_open_for_300_seconds_more(miner3):
    api = miner3(options={"api3_heartbeat": "echo"})
    with api.connect() as wire:
        wire.send(bytes(4))
        wire.read(4)
        (connection,) = api.client.fleet.connections
        now = api.client.fleet.loop.time()
        assert 299 < connection.deadline - now <= 300
        connection.deadline = now + 5
        wire.send(bytes(4))
        wire.read(4)
        assert connection.deadline - now >= 300


def test_without_end_of_the_clients_side_a_reply_still_comes(miner3):
    api = miner3(options={"latency_ms": 20.0})
    with api.connect() as wire:
        wire.send(FAN)
        wire.sock.shutdown(socket.SHUT_WR)
        assert wire.reply()["code"] == 0
        assert wire.ended()


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_client_too_many_is_turned_away(miner3, how):
    api = miner3(options={"api3_clients": 1, "api3_crowded": how})
    with api.connect() as first:
        assert first.ask("get.fan.setting")["code"] == 0
        try:
            with api.connect() as second:
                assert second.sock.recv(1) == b"" and how == "close"
        except ConnectionResetError:  # while it connects, or reads
            assert how == "reset"
        assert first.ask("get.fan.setting")["code"] == 0
    api.client.until(lambda: not api.client.fleet.connections)
    assert api.ask("get.fan.setting")["code"] == 0


def test_a_client_too_many_can_wait_for_another_to_go(miner3):
    api = miner3(options={"api3_clients": 1, "api3_crowded": "wait"})
    with api.connect() as first:
        assert first.ask("get.fan.setting")["code"] == 0
        with api.connect() as second:
            second.send(FAN)
            first.sock.close()
            assert second.reply()["code"] == 0


def test_ten_clients_fit_at_once():
    from simulator.generations import PRESETS

    assert PRESETS["3"].api3_clients == 10


def test_latency_and_segments(miner3):
    api = miner3(faults={"segment_bytes": 7, "latency_ms": 1.0})
    with api.connect() as wire:
        for _number in range(3):
            assert wire.ask("get.device.info")["code"] == 0


@pytest.mark.parametrize("fault", ["silent", "empty_close", "garbage", "truncated"])
def test_faults_of_the_reply(miner3, fault):
    api = miner3(faults={fault: True, "times": 1})
    with api.connect() as wire:
        wire.send(FAN)
        if fault == "silent":
            wire.sock.settimeout(0.1)
            with pytest.raises(socket.timeout):
                wire.read(1)
        elif fault == "empty_close":
            assert wire.ended()
        else:
            with pytest.raises((EOFError, json.JSONDecodeError)):
                wire.reply()
    assert api.ask("get.fan.setting")["code"] == 0, "the fault has worn off"


def test_a_reply_without_end_and_one_nested_deep(miner3):
    api = miner3(faults={"oversize": True})
    with api.connect() as wire:
        wire.send(FAN)
        assert wire.read(4) == b"\xff\xff\xff\x7f"
        assert len(wire.read(300000)) == 300000
    api.client.patch(faults={"oversize": False, "deep_nesting": 50})
    assert json.dumps(api.ask("get.fan.setting")["msg"]) == "[" * 50 + "]" * 50


@pytest.mark.parametrize("form", ["big_endian", "too_long", "huge", "not_json", "not_object", "socket_text"])
def test_frames_can_be_bad(miner3, form):
    api = miner3(faults={"bad_frame": form})
    with api.connect() as wire:
        wire.send(FAN)
        data = b""
        while more := wire.sock.recv(4096):
            data += more
    size, body = struct.unpack("<I", data[:4])[0], data[4:]
    right = size == len(body)
    assert right == (form in ("not_json", "not_object"))
    if form == "not_json":
        with pytest.raises(json.JSONDecodeError):
            json.loads(body)
    if form == "not_object":
        assert isinstance(json.loads(body), list)
    if form == "socket_text":
        assert data == b"Socket connect failed: Connection refused\n"


def test_heartbeats_and_reports_can_come_before_the_reply(miner3):
    api = miner3(faults={"bad_frame": "heartbeats"})
    with api.connect() as wire:
        assert wire.ask("get.fan.setting") is None
        assert wire.reply() is None
        assert wire.reply()["desc"] == "get.fan.setting"
        api.client.patch(faults={"bad_frame": "other_first"})
        assert wire.ask("get.fan.setting")["desc"] == "get.miner.report"
        assert wire.reply()["desc"] == "get.fan.setting"


@pytest.mark.parametrize("faulty", ["2", "3"])
def test_faults_can_be_of_one_port_alone(miner3, faulty):
    api = miner3(faults={"truncated": True, "only_api": faulty})

    def cut_2():
        try:
            return api.client.ask("get_version") is None
        except json.JSONDecodeError:
            return True

    def cut_3():
        try:
            return api.ask("get.fan.setting") is None
        except EOFError:
            return True

    assert (cut_2(), cut_3()) == (faulty == "2", faulty == "3")
    api.client.patch(faults={"truncated": False, "refuse": True})
    (closed, port), (_open, other) = sorted(
        ((p.listening, p.number) for p in (api.miner.ports.api2, api.miner.ports.api3)),
        key=lambda item: item[0],
    )
    assert not closed and _open
    assert port == (api.miner.port if faulty == "2" else api.miner.port3)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((api.miner.address, port), 10)
    socket.create_connection((api.miner.address, other), 10).close()


@pytest.mark.parametrize(
    "apis, listens", [("both", [True, True]), ("2", [True, False]), ("3", [False, True])]
)
def test_both_ports_or_either_are_open(miner3, apis, listens):
    api = miner3(options={"apis": apis})
    assert [port.listening for port in (api.miner.ports.api2, api.miner.ports.api3)] == listens
    assert api.miner.listening
    assert (api.miner.port3 is None) == (apis == "2")
    assert miner3("3-only").miner.options.apis == "3"
    assert ("port3" in api.miner.brief()) == (apis != "2")


def test_apis_can_be_opened_and_closed_while_it_runs(miner3):
    api = miner3()
    api.client.patch(options={"apis": "2"})
    assert not api.miner.ports.api3.listening
    api.client.patch(options={"apis": "both"})
    assert api.ask("get.fan.setting")["code"] == 0


def test_4433_can_be_closed_while_btminer_restarts(miner3):
    options = {**QUICK, "api3_closed_while_restarting": True, "restart_seconds": 60.0}
    api = miner3(options=options)
    with api.connect() as wire:
        wire.send(frame(api.request("set.miner.service", "restart")))
        assert wire.reply()["msg"] == "ok"
        assert wire.ended()
    api.client.until(lambda: not api.miner.ports.api3.listening)
    assert api.client.ask("get_version")["Code"] == 131, "4028 stays open"
    api.client.patch(advance_seconds=61)
    assert api.ask("get.fan.setting")["code"] == 0


def test_btminer_that_starts_opens_4433_by_itself(miner3):
    api = miner3(options={"api3_closed_while_restarting": True, "restart_seconds": 0.1})
    api.code("set.miner.service", "restart")
    api.client.until(lambda: not api.miner.ports.api3.listening)
    api.client.until(lambda: api.miner.ports.api3.listening)
    assert api.ask("get.fan.setting")["code"] == 0


def test_silent_lost_and_ignored_writes(miner3):
    api = miner3(faults={"write_silent": ["set.miner.fastboot"]})
    with api.connect() as wire:
        wire.send(frame(api.request("set.miner.fastboot", "enable")))
        assert wire.ended()
    assert api.state()["fast_boot"] is True
    api.client.patch(faults={"write_silent": [], "write_lost": ["set.miner.fastboot"], "silent_how": "hang"})
    with api.connect() as wire:
        wire.send(frame(api.request("set.miner.fastboot", "disable")))
        api.client.until(lambda: api.miner.counters.lost["set.miner.fastboot"] == 1)
        wire.sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            wire.sock.recv(1)
    api.client.patch(faults={"write_lost": [], "write_ignored": ["*"]})
    assert api.code("set.miner.fastboot", "disable") == 0
    assert api.state()["fast_boot"] is True
    outcomes = [entry["outcome"] for entry in api.client.fleet.journal_entries("m")]
    assert outcomes == ["silent, taken", "lost", 0]


def test_denied_and_echoed_commands(miner3):
    api = miner3(faults={"deny": {"get.fan.setting": "not today"}, "echo": ["set.system.hostname"]})
    assert (api.ask("get.fan.setting")["code"], api.ask("get.fan.setting")["msg"]) == (-1, "not today")
    sent = api.request("set.system.hostname", {"hostname": "x y"})
    assert api.raw(frame(sent))["msg"].items() >= sent.items()
