# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets: files, inventory, control API, command line, many miners, clean ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import pytest
import yaml
from simulator import Control, Fleet, FleetError, MinerSpec, load_fleet_file, make_specs, read_fleet
from simulator.inventory import inventory

PROGRAM = pathlib.Path(__file__).resolve().parents[3] / "extensions" / "simulator"

needs_loopback_range = pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no 127.0.0.0/8")


# --- specs and files


def test_a_fleet_file_expands_counts_and_defaults(tmp_path):
    path = tmp_path / "fleet.yml"
    path.write_text(
        """
defaults: {password: secret1, port: 5028, options: {reboot_seconds: 9.0}}
miners:
  - {name: old, count: 12, generation: 1.3, groups: [rack_1], options: {joins: none}}
  - {generation: "2.0", faults: {silent: true}, state: {mode: Low}, vars: {position: 7}}
  - {address: 127.99.0.1}
"""
    )
    assert {spec.port for spec in load_fleet_file(path, {"port": 6028})} == {6028}
    specs = load_fleet_file(path)
    assert [spec.name for spec in specs][:2] == ["old01", "old02"]
    assert [spec.address for spec in specs][10:] == [
        "127.10.0.11",
        "127.10.0.12",
        "127.10.0.13",
        "127.99.0.1",
    ]
    assert specs[0].options == {"reboot_seconds": 9.0, "joins": "none"}
    assert {spec.password for spec in specs} == {"secret1"} and {spec.port for spec in specs} == {5028}
    fleet = Fleet(specs)
    assert list(fleet.miners)[12:] == ["miner0013", "miner0014"]
    assert fleet["miner0013"].faults.silent and fleet["miner0013"].state.mode == "Low"


@pytest.mark.parametrize(
    "content, words",
    [
        ([], "list `miners`"),
        ({"miners": [], "x": 1}, "unknown key"),
        ({"miners": [1]}, "mapping"),
        ({"miners": [{"colour": "red"}]}, "colour"),
        ({"miners": [{"count": 0}]}, "count"),
        ({"miners": [{"generation": "3.0"}]}, "generation"),
        ({"miners": [{"model": "S9"}]}, "model"),
        ({"miners": [{"address": "host"}]}, "host"),
        ({"miners": [{"options": [1]}]}, "options"),
    ],
)
def test_a_wrong_fleet_file_says_what_is_wrong(content, words):
    with pytest.raises(FleetError, match=words):
        read_fleet(content)


@pytest.mark.parametrize(
    "specs, words",
    [
        ([], "at least one"),
        ([MinerSpec(name="a"), MinerSpec(name="a")], "name a is given twice"),
        ([MinerSpec(address="127.0.0.1"), MinerSpec(address="127.0.0.1")], "address"),
        ([MinerSpec(mac="C4:05:08:00:00:09"), MinerSpec(mac="C4:05:08:00:00:09")], "MAC"),
        ([MinerSpec(address="192.0.2.1")], "loopback"),
        ([MinerSpec(port=70000)], "port"),
        ([MinerSpec(faults={"nonsense": True})], "nonsense"),
        ([MinerSpec(options={"nonsense": True})], "nonsense"),
    ],
)
def test_an_impossible_fleet_is_refused(specs, words):
    with pytest.raises(FleetError, match=words):
        Fleet(specs)


def test_ports_from_gives_one_address_a_port_each():
    specs = make_specs(3, ["1.3", "2.0"], "127.0.0.1", ports_from=7000)
    assert [(spec.address, spec.port, spec.generation) for spec in specs] == [
        ("127.0.0.1", 7000, "1.3"),
        ("127.0.0.1", 7001, "2.0"),
        ("127.0.0.1", 7002, "1.3"),
    ]
    listed = read_fleet(
        {"miners": [{"count": 2, "address": "127.0.0.1", "ports_from": 7000}, {"address": "127.0.0.1"}]}
    )
    assert [(spec.address, spec.port) for spec in listed] == [
        ("127.0.0.1", 7000),
        ("127.0.0.1", 7001),
        ("127.0.0.1", 4028),
    ]


def test_the_inventory_is_what_ansible_reads():
    fleet = Fleet(
        [
            MinerSpec(name="a", generation="1.3", groups=["rack_1"], vars={"position": 7}),
            MinerSpec(name="b", generation="2.0", groups=["rack_1"]),
            MinerSpec(name="c", generation="2.0", password="other"),
        ]
    )
    miners = yaml.safe_load(inventory(fleet))["miners"]
    assert miners["vars"] == {"ansible_connection": "minerops.whatsminer.api", "ansible_password": "sim12345"}
    assert miners["children"]["api_1_3"]["hosts"]["a"] == {
        "ansible_host": "127.10.0.1",
        "ansible_port": 4028,
        "whatsminer_mac": "C4:05:08:00:00:01",
        "position": 7,
    }
    assert miners["children"]["api_2_0"]["hosts"]["c"]["ansible_password"] == "other"
    assert set(miners["children"]["rack_1"]["hosts"]) == {"a", "b"}


def test_a_seed_makes_the_same_salts():
    tokens = []
    for seed in (1, 1, 2):
        miner = Fleet([MinerSpec(name="m")], seed=seed)["m"]
        tokens.append(miner.tokens.issue("c", "pw", 0, 0).salt)
    assert tokens[0] == tokens[1] != tokens[2]


# --- running


def ask(address, port, data=b'{"cmd":"summary"}'):
    with socket.create_connection((address, port), 10) as sock:
        sock.sendall(data)
        parts = []
        while part := sock.recv(65536):
            parts.append(part)
    return b"".join(parts)


def test_a_fleet_runs_in_a_coroutine():
    async def main():
        async with Fleet([MinerSpec(name="m", address="127.0.0.1", port=0)]) as fleet:
            reader, writer = await asyncio.open_connection("127.0.0.1", fleet["m"].port)
            writer.write(b'{"cmd":"summary"}')
            reply = await reader.read()
            writer.close()
            await fleet.until(lambda: fleet["m"].counters.connections == 1)
            with pytest.raises(TimeoutError):
                await fleet.until(lambda: False, timeout=0.01)
            return json.loads(reply)

    assert asyncio.run(main())["SUMMARY"]


def test_stopping_closes_every_socket_and_ends_the_thread():
    with Fleet(_free(5)) as fleet:
        ports = [(miner.address, miner.port) for miner in fleet]
        idle = socket.create_connection(ports[0])
    assert not [thread for thread in threading.enumerate() if thread.name == "simulator"]
    with idle, contextlib.suppress(ConnectionResetError):
        idle.settimeout(10)
        assert idle.recv(1) == b""
    for place in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(place, 5)


def _free(count):
    return [MinerSpec(address="127.0.0.1", port=0) for _number in range(count)]


def test_a_taken_port_is_named_and_nothing_is_left_open():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        specs = [
            MinerSpec(name="a", address="127.0.0.1", port=0),
            MinerSpec(name="b", address="127.0.0.1", port=taken.getsockname()[1]),
        ]
        fleet = Fleet(specs)
        with pytest.raises(FleetError, match="b cannot listen on 127.0.0.1 port"):
            fleet.start_in_thread()
        assert not fleet["a"].listening


@needs_loopback_range
def test_a_thousand_miners_start_and_answer():
    with Fleet(
        make_specs(1000, ("1.3", "1.4", "2.0"), address_from=f"127.{128 + os.getpid() % 100}.0.1")
    ) as fleet:
        macs = set()

        async def one(miner, slots):
            async with slots:
                reader, writer = await asyncio.open_connection(miner.address, miner.port)
                writer.write(b'{"cmd":"summary"}')
                reply = json.loads((await reader.read()).rstrip(b"\0"))
                writer.close()
                macs.add(reply["SUMMARY"][0]["MAC"])

        async def everyone():
            slots = asyncio.Semaphore(100)
            await asyncio.gather(*(one(miner, slots) for miner in fleet))

        asyncio.run(asyncio.wait_for(everyone(), 60))
        assert len(macs) == 1000
        assert sum(miner.counters.connections for miner in fleet) == 1000


# --- control API


def http(url, method="GET", path="/", body=None):
    request = urllib.request.Request(
        url + path, None if body is None else json.dumps(body).encode(), method=method
    )
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@pytest.fixture
def controlled():
    with Fleet(_free(2)) as fleet:
        asyncio.run_coroutine_threadsafe(Control(fleet).start(), fleet.loop).result(10)
        yield fleet, fleet.control.url


def test_the_control_api_lists_shows_and_changes(controlled):
    fleet, url = controlled
    listed = http(url, path="/miners")[1]["miners"]
    assert [miner["name"] for miner in listed] == ["miner0001", "miner0002"]
    assert http(url, path="/miners?full=1")[1]["miners"][0]["state"]["pools"]
    status, miner = http(
        url, "PATCH", "/miners/miner0001", {"faults": {"silent": True}, "state": {"hostname": "x"}}
    )
    assert status == 200 and miner["faults"] == {"silent": True} and miner["state"]["hostname"] == "x"
    assert http(url, path="/miners/miner0001")[1]["state"]["password"] == "sim12345"
    assert http(url, "PATCH", "/miners", {"names": ["miner0002"], "faults": {"refuse": True}})[1] == {
        "changed": 1
    }
    assert not fleet["miner0002"].listening and fleet["miner0001"].listening
    assert http(url, "PATCH", "/miners", {"faults": None})[1] == {"changed": 2}
    assert fleet["miner0002"].listening


def test_the_control_api_tells_what_arrived(controlled):
    fleet, url = controlled
    ask("127.0.0.1", fleet["miner0001"].port)
    ask("127.0.0.1", fleet["miner0002"].port, b'{"cmd":"get_version"}')
    entries = http(url, path="/journal")[1]["journal"]
    assert [(e["miner"], e["command"], e["outcome"], e["client"]) for e in entries] == [
        ("miner0001", "summary", 131, "127.0.0.1"),
        ("miner0002", "get_version", 131, "127.0.0.1"),
    ]
    assert len(http(url, path="/journal?miner=miner0001")[1]["journal"]) == 1
    assert len(http(url, path="/journal?command=get_version")[1]["journal"]) == 1
    assert http(url, path="/counters")[1]["requests"] == {"summary": 1, "get_version": 1}
    assert http(url, "POST", "/reset-counters")[1] == {"ok": True}
    assert http(url, path="/counters")[1]["connections"] == 0
    assert http(url, path="/journal")[1]["journal"] == []


@pytest.mark.parametrize(
    "method, path, body, status, words",
    [
        ("GET", "/miners/nobody", None, 404, "nobody"),
        ("PATCH", "/miners", {"names": ["nobody"]}, 404, "nobody"),
        ("GET", "/nothing", None, 404, "nothing"),
        ("DELETE", "/miners/miner0001", None, 405, "PATCH"),
        ("PATCH", "/miners/miner0001", {"faults": {"nonsense": 1}}, 400, "nonsense"),
        ("PATCH", "/miners/miner0001", [1], 400, "object"),
        ("PATCH", "/miners/miner0001", {"state": {"pools": [1]}}, 400, "pools"),
    ],
)
def test_the_control_api_says_what_is_wrong(controlled, method, path, body, status, words):
    answer = http(controlled[1], method, path, body)
    assert answer[0] == status
    assert words in answer[1]["error"]


def test_the_control_api_stays_on_loopback():
    async def main():
        async with Fleet(_free(1)) as fleet:
            with pytest.raises(ValueError, match="loopback"):
                await Control(fleet).start("0.0.0.0")

    asyncio.run(main())


def test_the_journal_is_bounded():
    with Fleet(_free(1), journal_limit=3) as fleet:
        for _number in range(5):
            ask("127.0.0.1", fleet["miner0001"].port)
        assert len(fleet.journal) == 3


# --- command line


def program(*arguments, **how):
    command = [sys.executable, str(PROGRAM), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **how)


@pytest.fixture
def running(tmp_path):
    """`running(*arguments)`: a simulator process that is ready, and what its ready file says."""
    started = []

    def run(*arguments):
        ready = tmp_path / "ready.json"
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM), "run", "--ready-file", str(ready), *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        line = process.stdout.readline()
        assert "miners from" in line, process.stderr.read()
        while not ready.exists():
            assert process.poll() is None
        return process, json.loads(ready.read_text())

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def first_free_port(count):
    """The first of *count* free ports in a row, below those that systems give to outgoing connections, which
    come at any time.
    """
    while True:
        first = random.randrange(10000, 32000)
        with contextlib.ExitStack() as stack:
            try:
                for port in range(first, first + count):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
        return first


def test_the_program_runs_shows_and_ends_cleanly(running, tmp_path):
    port = first_free_port(2)
    hosts = tmp_path / "inventory.yml"
    process, ready = running(
        "--miners",
        2,
        "--ports-from",
        port,
        "--control",
        "127.0.0.1:0",
        "--inventory",
        hosts,
        "--password",
        "pw",
    )
    assert ready["pid"] == process.pid and ready["miners"] == 2 and ready["inventory"] == str(hosts)
    assert yaml.safe_load(hosts.read_text())["miners"]["vars"]["ansible_password"] == "pw"
    assert b"SUMMARY" in ask("127.0.0.1", port + 1)
    ctl = ("ctl", "--ready-file", tmp_path / "ready.json")
    assert program(*ctl, "list").stdout.splitlines()[0].startswith("miner0001  127.0.0.1:")
    assert json.loads(program(*ctl, "set", "miner0001", '{"faults": {"silent": true}}').stdout)["faults"] == {
        "silent": True
    }
    assert json.loads(program(*ctl, "get", "miner0001").stdout)["faults"] == {"silent": True}
    assert json.loads(program(*ctl, "set", "*", '{"faults": null}').stdout) == {"changed": 2}
    assert json.loads(program(*ctl, "counters").stdout)["requests"] == {"summary": 1}
    assert len(json.loads(program(*ctl, "journal", "miner0002").stdout)["journal"]) == 1
    assert program(*ctl, "reset").returncode == 0
    wrong = program(*ctl, "get", "nobody")
    assert wrong.returncode == 1 and "nobody" in wrong.stderr and "Traceback" not in wrong.stderr
    environment = {**os.environ, "SIMULATOR_READY_FILE": str(tmp_path / "ready.json")}
    assert program("ctl", "list", env=environment).returncode == 0
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert process.stderr.read() == ""
    assert not (tmp_path / "ready.json").exists()


def test_the_program_ends_when_its_parent_is_gone(running):
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process, _ready = running("--miners", 1, "--ports-from", first_free_port(1), "--parent-pid", parent.pid)
    assert process.poll() is None
    parent.communicate(b"\n")
    assert process.wait(10) == 0


def test_the_program_says_why_it_cannot_start(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = program("run", "--miners", 1, "--ports-from", port)
        assert answer.returncode == 1
        assert f"cannot listen on 127.0.0.1 port {port}" in answer.stderr and "Traceback" not in answer.stderr
    for arguments in (
        ("run", "--fleet", tmp_path / "none.yml"),
        ("run", "--generations", "9"),
        ("run", "--miners", 0),
        ("ctl", "list"),
        ("image", tmp_path / "x"),
    ):
        answer = program(*arguments)
        assert answer.returncode == 1 and answer.stderr.startswith("simulator: "), arguments


def test_the_program_builds_images(tmp_path):
    from simulator import images

    plain, combined = tmp_path / "plain.bin", tmp_path / "combined.bin"
    assert program("image", plain, "--platform", "H616", "--version", "v9", "--size", 5000).returncode == 0
    assert plain.read_bytes() == images.build("H616", "v9", 5000)
    assert program("image", combined, "--combine", f"h616={plain}", f"zynq={plain}").returncode == 0
    assert combined.read_bytes() == images.build_combined(
        [("h616", plain.read_bytes()), ("zynq", plain.read_bytes())]
    )
