# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ails a miner shows in its readings, on both APIs."""

from __future__ import annotations

import pathlib

import pytest
import simulator
from api3_client import Api3Client
from simulator import Fleet, FleetError, MinerSpec, ailments
from simulator.faults import Faults
from simulator_client import rows


def boards_of(client):
    return rows(client.ask("edevs"), "DEVS")


def test_a_missing_board_is_gone_and_so_is_what_it_made(start):
    client = start(generation="2.0")
    whole = rows(client.ask("summary"))[0]["MHS av"]
    each = boards_of(client)[0]["MHS av"]
    client.patch(faults={"ailments": {"boards_missing": [1]}})
    found = boards_of(client)
    assert [row["Slot"] for row in found] == [0, 2]
    assert found[0]["MHS av"] == pytest.approx(each, rel=0.01)
    assert rows(client.ask("summary"))[0]["MHS av"] == pytest.approx(whole * 2 / 3, rel=0.01)


def test_a_dead_board_is_there_and_makes_nothing(start):
    client = start(generation="2.0", faults={"ailments": {"boards_dead": [2]}})
    dead = boards_of(client)[2]
    assert (dead["MHS av"], dead["Effective Chips"]) == (0, 0)


def test_pools_die_and_another_is_mined_at(start):
    client = start(faults={"ailments": {"pools_dead": [0], "pool_mined": 1, "rejected_percent": 12.5}})
    found = rows(client.ask("pools"), "POOLS")
    assert [row["Status"] for row in found] == ["Dead", "Alive", "Alive"]
    assert [row["Stratum Active"] for row in found] == [False, True, False]
    assert found[1]["Pool Rejected%"] == 12.5


def test_readings_are_whole_again_when_the_ailments_end(start):
    client = start(faults={"ailments": {"chip_celsius": 130, "inlet_rpm": 0}})
    ill = rows(client.ask("summary"))[0]
    assert (ill["Chip Temp Max"], ill["Fan Speed In"]) == (130, 0)
    client.patch(faults={"ailments": {}})
    well = rows(client.ask("summary"))[0]
    assert well["Chip Temp Max"] < 100 and well["Fan Speed In"] > 0


def test_api_3_shows_the_same_ailments(start):
    ailing = {
        "boards_missing": [0],
        "chip_celsius": 130,
        "board_celsius": 99,
        "outlet_rpm": 0,
        "pools_dead": [0],
        "pool_mined": 2,
        "psu_celsius": 100,
    }
    client = Api3Client(start("3", faults={"ailments": ailing}))
    status = client.msg("get.miner.status", "summary+pools+edevs")
    assert [row["id"] for row in status["edevs"]] == [1, 2]
    assert [row["stratum-active"] for row in status["pools"]] == [False, False, True]
    assert status["pools"][0]["status"] == "dead" and "number" not in status["pools"][0]
    summary = status["summary"]
    assert (summary["chip-temp-max"], summary["board-temperature"], summary["fan-speed-out"]) == (
        130,
        [99] * 3,
        0,
    )
    assert client.msg("get.device.info", "power")["power"]["temp0"] == 100


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"gout": 1}, "unknown ailment 'gout'"),
        ({"chip_celsius": "hot"}, "a number"),
        ({"boards_dead": 1}, "a list"),
        ({"board_percent": [1]}, "slot: number"),
        ([], "dictionary"),
    ],
)
def test_wrong_ailments_say_what_is_wrong(given, words):
    with pytest.raises(FleetError, match=words):
        Fleet([MinerSpec(faults={"ailments": given})])


def test_the_simulators_page_names_all_ailments():
    page = (pathlib.Path(simulator.__file__).parent / "README.md").read_text(encoding="utf-8")
    assert [name for name in ailments.KINDS if f"`{name}`" not in page] == []


def test_a_restart_and_a_reboot_mend_what_they_are_said_to(start):
    ailing = {"hashrate_percent": 0, "boards_missing": [1], "chip_celsius": 130}
    mended_by = {"hashrate_percent": "restart", "boards_missing": "reboot", "btminer_down": "restart"}
    faults = Faults().changed({"ailments": ailing, "btminer_down": True, "mended_by": mended_by})
    restarted, rebooted = faults.mended("restart"), faults.mended("reboot")
    assert set(restarted.ailments) == {"boards_missing", "chip_celsius"} and not restarted.btminer_down
    assert rebooted.as_dict() == {"ailments": {"chip_celsius": 130}}


@pytest.mark.parametrize("action", ["restart_btminer", "reboot"])
def test_what_mends_happens_to_the_miner(start, action):
    mended_by = {"boards_missing": "restart", "inlet_rpm": "reboot"}
    faults = {"ailments": {"boards_missing": [1], "inlet_rpm": 0}, "mended_by": mended_by}
    options = {"restart_seconds": 0.0, "reboot_seconds": 0.0, "reboot_delay_seconds": 0.0}
    client = start(generation="2.0", faults=faults, options=options)
    client.patch(actions=[action])
    client.until(lambda: client.miner.hashing and "boards_missing" not in client.miner.faults.ailments)
    assert len(boards_of(client)) == 3
    assert (rows(client.ask("summary"))[0]["Fan Speed In"] == 0) == (action == "restart_btminer")


@pytest.mark.parametrize("given", [["restart"], {"boards_missing": "prayer"}, {"rust": "reboot"}])
def test_what_mends_is_an_ailment_and_a_remedy(given):
    with pytest.raises(FleetError, match="mended_by"):
        Fleet([MinerSpec(faults={"mended_by": given})])
