# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scan misses no miner that is there, and ends in time."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import json
import pathlib
import random
import socket
import sys
import time
import types

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import line, network
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery import scan
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.scan import (
    Scan,
    ScanFailed,
    subsets_beside_identity,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.targets import targets

EXTENSIONS = pathlib.Path(__file__).resolve().parents[5] / "extensions"
if str(EXTENSIONS) not in sys.path:
    sys.path.insert(0, str(EXTENSIONS))

resource = pytest.importorskip("resource")


# --- Which facts --------------------------------------------------------------------------------------------


def test_identity_comes_first_and_takes_the_place_of_the_least_facts():
    assert subsets_beside_identity(["identity"]) == (True, ())
    assert subsets_beside_identity(["identity", "version"]) == (True, ("version", "!min"))
    assert subsets_beside_identity(["pools", "identity", "!min"]) == (True, ("pools", "!min", "!min"))
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

    return Fleet([MinerSpec(**{"port": PORT, **spec}) for spec in specs])


def test_miners_of_each_generation_are_found_and_read_over_one_connection_each(block):
    specs = [
        {"name": f"m{number}", "generation": generation, "address": f"{block}.{10 * number + 10}"}
        for number, generation in enumerate(("1.3", "1.4", "2.0"))
    ]
    with fleet(*specs) as running:
        found = Scan(port=PORT).run(targets([f"{block}.0/24"]))
        assert {running[name].counters.as_dict()["connections"] for name in ("m0", "m1", "m2")} == {1}
    assert found.addresses == 256
    assert list(found.miners) == [f"{block}.10", f"{block}.20", f"{block}.30"]
    assert [known["model"] for known in found.miners.values()] == ["M20SV10", "M30S+VE40", "M50SVH50"]
    assert {known["state"] for known in found.miners.values()} == {"on"}
    assert all(
        known["mac"] and known["firmware_version"] and "raw" not in known for known in found.miners.values()
    )
    assert found.silent == found.others == found.partly == {}


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
        found = Scan(port=PORT).run(targets([f"{block}.8-14"]))
    assert len(found.miners) == 3
    assert {known["state"] for known in found.miners.values()} == {"off"}
    assert all(known["firmware_version"] for known in found.miners.values())
    assert found.partly == {}


def test_what_does_not_answer_is_told_from_what_answers_otherwise_and_neither_holds_up_the_rest(block):
    silent = [{"silent": True}, {"empty_close": True}, {"truncated": True}]
    faults = [{}, *silent, {"garbage": True}, {"deep_nesting": 5000}, {"oversize": True}]
    specs = [
        {"name": f"m{number}", "address": f"{block}.{number + 10}", "faults": fault}
        for number, fault in enumerate(faults)
    ]
    started = time.monotonic()
    with fleet(*specs):
        found = Scan(port=PORT, reply_timeout=0.5, retries=0).run(targets([f"{block}.0/26"]))
    assert time.monotonic() - started < 10
    assert list(found.miners) == [f"{block}.10"]
    assert list(found.silent) == [f"{block}.11", f"{block}.12", f"{block}.13"]
    assert set(found.others) == {f"{block}.14", f"{block}.15", f"{block}.16"}
    assert all(found.silent.values()) and all(found.others.values())


def test_a_read_that_fails_once_is_tried_again(block, monkeypatch):
    monkeypatch.setattr(line, "BACK_OFF_SECONDS", 0.001)
    with fleet({"name": "m", "address": f"{block}.10", "faults": {"empty_close": True, "times": 1}}):
        assert list(Scan(port=PORT).run(targets([f"{block}.10"])).miners) == [f"{block}.10"]


def test_what_a_miner_left_unanswered_is_told(block):
    fault = {"silent": True, "only_commands": ["get_version"]}
    with fleet({"name": "m", "address": f"{block}.10", "faults": fault}):
        found = Scan(
            port=PORT, subsets=subsets_beside_identity(["identity", "version"]), reply_timeout=0.3, retries=0
        ).run(targets([f"{block}.10"]))
    assert found.miners[f"{block}.10"]["mac"]
    assert found.partly[f"{block}.10"].startswith("get_version: ")


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
            return await Scan(port=PORT, retries=0, reply_timeout=2).find(targets([f"{block}.10"]))

    found = asyncio.run(look())
    assert found.miners == {} and list(found.others) == [f"{block}.10"]


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
            return await Scan(port=PORT, retries=0, reply_timeout=2).find(targets([f"{block}.10"]))

    found = asyncio.run(look())
    known = found.miners[f"{block}.10"]
    assert (known["mac"], known["model"], known["firmware_version"]) == (
        "C4:05:08:00:00:01",
        "M60S_VK40",
        "20250101.1.REL",
    )
    assert known["state"] == "on" and found.partly == found.others == {}
    assert sorted(asked[1 if joins else 3 :]) == ["get_miner_info", "get_version"], asked


# --- Miners of API 3 ----------------------------------------------------------------------------------------


def test_a_machine_is_one_miner_whichever_ports_it_answers_on(block):
    specs = [
        {"name": f"m{number}", "generation": generation, "address": f"{block}.{number}"}
        for number, generation in enumerate(("2.0", "3", "3-only"), 10)
    ]
    with fleet(*specs) as running:
        found = Scan().run(targets([f"{block}.0/24"]))
        counters = {name: running[name].counters.as_dict() for name in ("m10", "m11", "m12")}
    assert list(found.miners) == [f"{block}.10", f"{block}.11", f"{block}.12"]
    assert [known["api"]["generation"] for known in found.miners.values()] == [2, 3, 3]
    assert [known["api"]["generations"] for known in found.miners.values()] == [[2], [2, 3], [3]]
    assert [known["api"]["port"] for known in found.miners.values()] == [4028, 4433, 4433]
    for known in found.miners.values():
        assert known["mac"] and known["model"] and known["firmware_version"] and known["state"] == "on"
        assert known["power_mode"] and known["hashrate_ths"]["realtime"] and "raw" not in known
    assert found.silent == found.others == found.partly == {}
    # One connection over API 3; what stands beside it is asked for nothing.
    asked = {"get.device.info": 1, "get.miner.status": 1}
    assert [counters[name]["requests"] for name in ("m11", "m12")] == [asked, asked]
    assert [counters[name]["connections"] for name in ("m10", "m11", "m12")] == [1, 2, 1]


@pytest.mark.parametrize(("api", "generations"), [("2", [2, 2]), ("3", [3, 3])])
def test_one_api_is_looked_for_where_that_is_asked_for(block, api, generations):
    specs = [
        {"name": f"m{number}", "generation": generation, "address": f"{block}.{number}"}
        for number, generation in enumerate(("2.0", "3", "3", "3-only"), 10)
    ]
    with fleet(*specs) as running:
        found = Scan(api=api).run(targets([f"{block}.8-15"]))
        both = running["m11"].counters.as_dict()
    assert [known["api"]["generation"] for known in found.miners.values()][:2] == generations
    assert len(found.miners) == 3 and found.silent == found.others == {}
    assert not any("generations" in known["api"] for known in found.miners.values()), "nobody asked"
    assert both["connections"] >= 1


def test_miners_of_api_3_that_are_off_are_found_with_their_state(block):
    specs = [
        {"name": f"m{number}", "generation": generation, "address": f"{block}.{number}"}
        for number, generation in enumerate(("3", "3-only"), 10)
    ]
    with fleet(*({**spec, "state": {"powered": False}} for spec in specs)):
        found = Scan().run(targets([f"{block}.8-15"]))
    assert [(known["state"], bool(known["mac"])) for known in found.miners.values()] == [("off", True)] * 2
    assert found.partly == {}


def test_other_ports_are_dialled_where_they_are_given(block):
    specs = [
        {"name": "m", "generation": "3", "address": f"{block}.10", "port": 4029, "port3": 4434},
        {"name": "n", "generation": "3-only", "address": f"{block}.11", "port": 4029, "port3": 4434},
    ]
    with fleet(*specs):
        assert Scan().run(targets([f"{block}.8-15"])).miners == {}
        found = Scan(port=4029, api3_port=4434).run(targets([f"{block}.8-15"]))
    assert [known["api"]["generations"] for known in found.miners.values()] == [[2, 3], [3]]


@pytest.mark.parametrize(
    "fault", [{"silent": True}, {"empty_close": True}, {"garbage": True}, {"bad_frame": "huge"}]
)
def test_where_api_3_does_not_answer_properly_the_machine_is_found_over_api_2_and_that_is_told(block, fault):
    specs = [
        {"name": f"m{number}", "generation": generation, "address": f"{block}.{number}"}
        for number, generation in enumerate(("3", "3-only"), 10)
    ]
    faults = {**fault, "only_api": "3"}
    with fleet(*({**spec, "faults": faults} for spec in specs)):
        found = Scan(reply_timeout=0.4, retries=0).run(targets([f"{block}.8-15"]))
    assert list(found.miners) == [f"{block}.10"]
    assert found.miners[f"{block}.10"]["api"]["generations"] == [2]
    assert found.partly[f"{block}.10"].startswith("port 4433: ")
    assert list({**found.silent, **found.others}) == [f"{block}.11"]


def test_something_else_on_both_ports_is_no_miner_and_what_hangs_on_one_may_be_one(block):
    specs = [
        {"name": "m", "generation": "3", "address": f"{block}.10", "faults": {"garbage": True}},
        {"name": "n", "generation": "3", "address": f"{block}.11", "faults": {"silent": True}},
    ]
    with fleet(*specs):
        found = Scan(reply_timeout=0.3, retries=0).run(targets([f"{block}.8-15"]))
    assert found.miners == {} and list(found.others) == [f"{block}.10"]
    assert list(found.silent) == [f"{block}.11"]
    for text in (found.others[f"{block}.10"], found.silent[f"{block}.11"]):
        assert "port 4433: " in text and "port 4028: " in text


def test_the_share_counts_come_over_api_2_where_that_is_open_beside_api_3(block):
    specs = [
        {"name": f"m{number}", "generation": generation, "address": f"{block}.{number}"}
        for number, generation in enumerate(("3", "3-only"), 10)
    ]
    with fleet(*specs):
        subsets = subsets_beside_identity(["identity", "pools"])
        found = Scan(subsets=subsets).run(targets([f"{block}.8-15"]))
    pools = [known["pools"][0] for known in found.miners.values()]
    assert ["accepted" in pool for pool in pools] == [True, False]
    assert found.partly == {}


def test_each_address_takes_as_many_files_as_ports_are_dialled(monkeypatch, block):
    asked = []

    @contextlib.contextmanager
    def open_files_for(wanted, each):
        asked.append((wanted, each))
        yield wanted

    monkeypatch.setattr(scan, "open_files_for", open_files_for)
    Scan().run(targets([f"{block}.0/28"]))
    Scan(api="3", concurrency=3).run(targets([f"{block}.0/28"]))
    assert asked == [(16, 2), (3, 1)]


# --- Addresses where nothing is, or hangs -------------------------------------------------------------------


def test_addresses_that_swallow_packets_cost_the_connect_timeout_all_at_once(block):
    """A full backlog is the one thing on loopback that drops."""
    full = []
    try:
        for place in itertools.product([f"{block}.{number}" for number in range(10, 20)], (PORT, 4433)):
            listener = socket.socket()
            listener.bind(place)
            listener.listen(0)
            full.append(listener)
            for _filler in range(3):
                filler = socket.socket()
                filler.setblocking(False)
                filler.connect_ex(place)
                full.append(filler)
        started = time.monotonic()
        found = Scan(port=PORT, connect_timeout=0.5, retries=0).run(targets([f"{block}.0/26"]))
        assert 0.4 < time.monotonic() - started < 2
        assert found.miners == found.silent == {}
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
    shortages += [errno.ENETUNREACH] * 32
    with pytest.raises(ScanFailed, match="no route"):
        Scan(port=PORT).run(targets([f"{block}.0/28"]))
    shortages += [errno.ENETUNREACH] * 31
    assert Scan(port=PORT).run(targets([f"{block}.0/28"])).miners == {}


def test_a_scan_of_nothing_finds_nothing():
    assert Scan().run(targets([])).miners == {}


def test_a_scan_leaves_nothing_behind(block, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    with fleet({"name": "m", "address": f"{block}.10"}):
        assert Scan(port=PORT).run(targets([f"{block}.10"])).miners
    assert list(tmp_path.iterdir()) == []
