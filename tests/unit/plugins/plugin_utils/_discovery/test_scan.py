# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scan means the addresses that are written down, misses no miner that is there, and ends in time."""

from __future__ import annotations

import asyncio
import errno
import json
import pathlib
import random
import socket
import sys
import time
import types

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import network
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery import scan
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.scan import (
    Scan,
    ScanFailed,
    subsets_beside_identity,
    targets,
)

EXTENSIONS = pathlib.Path(__file__).resolve().parents[5] / "extensions"
if str(EXTENSIONS) not in sys.path:
    sys.path.insert(0, str(EXTENSIONS))

resource = pytest.importorskip("resource")


# --- Which addresses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["10.0.0.7"], ["10.0.0.7"]),
        (["10.0.0.0/30"], ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3"]),
        (["10.0.0.2/30"], ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3"]),
        (["10.0.0.7/32"], ["10.0.0.7"]),
        (["10.0.0.254-10.0.1.1"], ["10.0.0.254", "10.0.0.255", "10.0.1.0", "10.0.1.1"]),
        (["10.0.0.9-11"], ["10.0.0.9", "10.0.0.10", "10.0.0.11"]),
        ([" 10.0.0.9 - 10 "], ["10.0.0.9", "10.0.0.10"]),
        (["10.0.0.9", "10.0.0.2", "10.0.0.1-3"], ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.9"]),
        (["255.255.255.254/31"], ["255.255.255.254", "255.255.255.255"]),
        ([], []),
    ],
)
def test_networks_ranges_and_addresses_mean_what_they_say_each_address_once(written, meant):
    found = targets(written)
    assert list(found) == meant
    assert len(found) == len(meant)


@pytest.mark.parametrize(
    ("excluded", "left"),
    [
        (["10.0.0.3-4"], ["10.0.0.2", "10.0.0.5"]),
        (["10.0.0.2", "10.0.0.5"], ["10.0.0.3", "10.0.0.4"]),
        (["10.0.0.0/24"], []),
        (["10.0.0.0-2", "10.0.0.4-255"], ["10.0.0.3"]),
        (["10.0.1.0/24"], ["10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"]),
    ],
)
def test_excluded_addresses_are_left_out(excluded, left):
    assert list(targets(["10.0.0.2-5"], excluded)) == left


@pytest.mark.parametrize(
    "text",
    [
        *("", "10.0.0", "10.0.0.256", "10.0.0.1-", "10.0.0.1-256", "10.0.0.0/33"),
        *("fe80::1", "miner.example", "10.0.0.1-0.2", "1-2", "{{ x }}", "-5"),
    ],
)
def test_what_is_no_address_is_refused_and_quoted(text):
    with pytest.raises(BadParameter) as caught:
        targets([text])
    assert repr(text) in str(caught.value) and "networks must be" in str(caught.value)
    with pytest.raises(BadParameter, match="exclude must be"):
        targets([], [text])


def test_a_range_must_not_run_backwards():
    with pytest.raises(BadParameter, match="lower to the higher"):
        targets(["10.0.0.9-8"])


def test_a_mistyped_prefix_length_is_refused_with_the_count_and_the_option_to_raise():
    with pytest.raises(BadParameter, match=r"65536 addresses at most, and these are 16777216.*option limit"):
        targets(["10.0.0.0/8"])
    assert len(targets(["10.0.0.0/8"], limit=2**24)) == 2**24
    assert len(targets(["10.0.0.0/8"], ["10.0.0.0-10.254.255.255"])) == 2**16


# --- Which facts --------------------------------------------------------------------------------------------


def test_other_subsets_than_identity_come_on_top_and_min_among_them_only_where_it_is_named():
    assert subsets_beside_identity(["identity"]) == (True, ())
    assert subsets_beside_identity(["identity", "version"]) == (True, ("version", "!min"))
    assert subsets_beside_identity(["identity", "min"]) == (True, ("min",))
    assert subsets_beside_identity(["min"]) == (False, ("min",))
    with pytest.raises(BadParameter, match="gather_subset"):
        subsets_beside_identity(["identity", "nonsense"])


# --- Scans of simulated miners ------------------------------------------------------------------------------

PORT = 4028


@pytest.fixture
def block():
    """The first three bytes of addresses that nobody else uses: other test processes run beside this one."""
    while True:
        block = f"127.{random.randrange(200, 250)}.{random.randrange(256)}"
        taken = socket.socket()
        try:
            taken.bind((f"{block}.250", PORT))
        except OSError:
            taken.close()
            continue
        yield block
        taken.close()
        return


def fleet(*specs):
    from simulator import Fleet, MinerSpec

    return Fleet([MinerSpec(port=PORT, **spec) for spec in specs])


def test_miners_of_each_generation_are_found_and_read_over_one_connection_each(block):
    specs = [
        {"name": f"m{number}", "generation": generation, "address": f"{block}.{10 * number + 10}"}
        for number, generation in enumerate(("1.3", "1.4", "2.0"))
    ]
    with fleet(*specs) as running:
        survey = Scan(port=PORT).run(targets([f"{block}.0/24"]))
        assert {running[name].counters.as_dict()["connections"] for name in ("m0", "m1", "m2")} == {1}
    assert survey.addresses == 256
    assert list(survey.miners) == [f"{block}.10", f"{block}.20", f"{block}.30"]
    assert [known["model"] for known in survey.miners.values()] == ["M20SV10", "M30S+VE40", "M50SVH50"]
    assert {known["state"] for known in survey.miners.values()} == {"on"}
    assert all(
        known["mac"] and known["firmware_version"] and "raw" not in known for known in survey.miners.values()
    )
    assert survey.silent == survey.others == survey.partly == {}


def test_miners_that_are_off_are_found_with_their_state(block):
    specs = [
        {
            "name": f"m{number}",
            "generation": generation,
            "address": f"{block}.{number}",
            "state": {"powered": False},
        }
        for number, generation in enumerate(("1.3", "1.4", "2.0"), 10)
    ]
    with fleet(*specs):
        survey = Scan(port=PORT).run(targets([f"{block}.8-14"]))
    assert len(survey.miners) == 3
    assert {known["state"] for known in survey.miners.values()} == {"off"}
    assert all(known["firmware_version"] for known in survey.miners.values())
    assert survey.partly == {}


def test_what_does_not_answer_is_told_from_what_answers_otherwise_and_neither_holds_up_the_rest(block):
    silent = [{"silent": True}, {"empty_close": True}, {"truncated": True}]
    faults = [{}, *silent, {"garbage": True}, {"deep_nesting": 5000}, {"oversize": True}]
    specs = [
        {"name": f"m{number}", "address": f"{block}.{number + 10}", "faults": fault}
        for number, fault in enumerate(faults)
    ]
    started = time.monotonic()
    with fleet(*specs):
        survey = Scan(port=PORT, reply_timeout=0.5, retries=0).run(targets([f"{block}.0/26"]))
    assert time.monotonic() - started < 10
    assert list(survey.miners) == [f"{block}.10"]
    assert list(survey.silent) == [f"{block}.11", f"{block}.12", f"{block}.13"]
    assert set(survey.others) == {f"{block}.14", f"{block}.15", f"{block}.16"}
    assert all(survey.silent.values()) and all(survey.others.values())


def test_a_read_that_fails_once_is_tried_again(block, monkeypatch):
    from ansible_collections.minerops.whatsminer.plugins.module_utils._api import line

    monkeypatch.setattr(line, "BACK_OFF_SECONDS", 0.001)
    with fleet({"name": "m", "address": f"{block}.10", "faults": {"empty_close": True, "times": 1}}):
        assert list(Scan(port=PORT).run(targets([f"{block}.10"])).miners) == [f"{block}.10"]


def test_what_a_miner_left_unanswered_is_told(block):
    fault = {"silent": True, "only_commands": ["get_version"]}
    with fleet({"name": "m", "address": f"{block}.10", "faults": fault}):
        subsets = subsets_beside_identity(["identity", "version"])
        survey = Scan(port=PORT, subsets=subsets, reply_timeout=0.3, retries=0).run(targets([f"{block}.10"]))
    assert survey.miners[f"{block}.10"]["mac"]
    assert survey.partly[f"{block}.10"].startswith("get_version: ")


def answering(block, reply):
    """A machine that answers everything with *reply*."""

    async def serve(reader, writer):
        await reader.read(1000)
        writer.write(reply)
        writer.close()

    return asyncio.start_server(serve, f"{block}.10", PORT)


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"{}",
        b'{"STATUS":[{"STATUS":"E","Code":14,"Msg":"Invalid command"}],"id":1}',
        # An Antminer, which has the same kind of API at the same port.
        b'{"summary":[{"STATUS":[{"STATUS":"S","Code":11}],"SUMMARY":[{"Elapsed":5,"GHS 5s":13000.5,"Found '
        b'Blocks":0}],"id":1}],'
        b'"devdetails":[{"STATUS":[{"STATUS":"S","Code":69}],"DEVDETAILS":[{"DEVDETAILS":0,'
        b'"Driver":"BMM"}],"id":1}],"id":1}',
    ],
)
def test_another_kind_of_machine_is_no_miner(block, reply):
    async def look():
        async with await answering(block, reply):
            return await Scan(port=PORT, retries=0, reply_timeout=2).survey(targets([f"{block}.10"]))

    survey = asyncio.run(look())
    assert survey.miners == {} and list(survey.others) == [f"{block}.10"]


#: A miner since 2024, as far as a scan asks it: its summary has no MAC address, and it knows no devdetails.
SINCE_2024 = {
    "summary": {"STATUS": "S", "Msg": {"Uptime": 60, "HS RT": 180e6, "Power": 3600}},
    "devdetails": {"STATUS": "E", "Code": 132, "Msg": "This command is deprecated."},
    "get_miner_info": {"STATUS": "S", "Msg": {"mac": "C4:05:08:00:00:01", "hostname": "WhatsMiner_6e07"}},
    "get_version": {
        "STATUS": "S",
        "Msg": {"api_ver": "2.2.2", "fw_ver": "20250101.1.REL", "miner_type": "M60S_VK40"},
    },
}


@pytest.mark.parametrize("joins", [True, False])
def test_what_firmware_since_2024_took_out_of_summary_and_devdetails_is_asked_for_elsewhere(block, joins):
    asked = []

    async def serve(reader, writer):
        command = json.loads(await reader.read(1000))["cmd"]
        asked.append(command)
        parts = command.split("+")
        if len(parts) > 1:
            refusal = {"STATUS": "E", "Code": 45, "Msg": "command join err"}
            reply = {part: [SINCE_2024[part]] for part in parts} if joins else refusal
        else:
            reply = SINCE_2024[command]
        writer.write(json.dumps(reply).encode())
        writer.close()

    async def look():
        async with await asyncio.start_server(serve, f"{block}.10", PORT):
            return await Scan(port=PORT, retries=0, reply_timeout=2).survey(targets([f"{block}.10"]))

    survey = asyncio.run(look())
    known = survey.miners[f"{block}.10"]
    assert (known["mac"], known["model"], known["firmware_version"]) == (
        "C4:05:08:00:00:01",
        "M60S_VK40",
        "20250101.1.REL",
    )
    assert known["state"] == "on" and survey.partly == survey.others == {}
    assert sorted(asked[1 if joins else 3 :]) == ["get_miner_info", "get_version"], asked


def test_addresses_that_swallow_packets_cost_the_connect_timeout_all_at_once(block):
    """A full backlog is the one thing on loopback that drops."""
    full = []
    try:
        for number in range(10, 20):
            listener = socket.socket()
            listener.bind((f"{block}.{number}", PORT))
            listener.listen(0)
            full.append(listener)
            for _filler in range(3):
                filler = socket.socket()
                filler.setblocking(False)
                filler.connect_ex((f"{block}.{number}", PORT))
                full.append(filler)
        started = time.monotonic()
        survey = Scan(port=PORT, connect_timeout=0.5, retries=0).run(targets([f"{block}.0/26"]))
        assert 0.4 < time.monotonic() - started < 2
        assert survey.miners == survey.silent == {}
    finally:
        for each in full:
            each.close()


# --- This machine's own limits ------------------------------------------------------------------------------


class ScarceSocket(socket.socket):
    """Fails to be made, or to connect, as often as `shortages` says."""

    shortages = []

    def __init__(self, *args, **kwargs):
        if self.shortages and self.shortages[0] == errno.EMFILE:
            raise OSError(self.shortages.pop(0), "scarce")
        super().__init__(*args, **kwargs)

    def connect_ex(self, address):
        return self.shortages.pop(0) if self.shortages else super().connect_ex(address)


@pytest.fixture
def shortages(monkeypatch):
    monkeypatch.setattr(network, "socket", types.SimpleNamespace(**{**vars(socket), "socket": ScarceSocket}))
    monkeypatch.setattr(scan, "_SHORTAGE_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(ScarceSocket, "shortages", [])
    return ScarceSocket.shortages


def test_a_passing_shortage_on_this_machine_loses_no_miner(block, shortages):
    with fleet({"name": "m", "address": f"{block}.10"}):
        shortages += [errno.EMFILE, errno.ENOBUFS, errno.EADDRNOTAVAIL, errno.EMFILE]
        assert list(Scan(port=PORT).run(targets([f"{block}.10"])).miners) == [f"{block}.10"]


def test_a_lasting_shortage_ends_the_scan_with_an_error(block, shortages, monkeypatch):
    monkeypatch.setattr(scan, "_LONGEST_SHORTAGE_SECONDS", 0.05)
    shortages += [errno.EMFILE] * 10000
    with pytest.raises(ScanFailed, match=r"can't open more connections.*Lower the option concurrency"):
        Scan(port=PORT).run(targets([f"{block}.0/28"]))


def test_no_route_to_anything_is_an_error_and_no_empty_fleet(block, shortages):
    shortages += [errno.ENETUNREACH] * 16
    with pytest.raises(ScanFailed, match="no route"):
        Scan(port=PORT).run(targets([f"{block}.0/28"]))
    shortages += [errno.ENETUNREACH] * 15
    assert Scan(port=PORT).run(targets([f"{block}.0/28"])).miners == {}


def test_a_scan_of_nothing_finds_nothing():
    assert Scan().run(targets([])).miners == {}


def test_a_scan_leaves_nothing_behind(block, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    with fleet({"name": "m", "address": f"{block}.10"}):
        assert Scan(port=PORT).run(targets([f"{block}.10"])).miners
    assert list(tmp_path.iterdir()) == []
