# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sums are of what is known, and only of that."""

from __future__ import annotations

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.table import table_lines
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._drift.drift_reports import (
    compared,
    page,
    read,
    report,
)


def test_a_summary_adds_up_what_is_known_and_only_that():
    cool, hot = {"chip_max": 80.0}, {"chip_max": 95.5}
    facts = [
        read(
            "a",
            state="on",
            hashrate_ths={"realtime": 100.0, "average": 1.0},
            power_watts=3000,
            temperature_c=cool,
            errors=[],
        ),
        read(
            "b",
            state="on",
            hashrate_ths={"average": 50.0},
            power_watts=2000,
            temperature_c=hot,
            errors=[{"code": 1}],
        ),
        read("c", state="off", hashrate_ths={"realtime": 0.0}, power_watts=20),
        read("d", state="on", hashrate_ths={"realtime": 10.0}),
    ]
    fleet = report([compared(host) for host in "abcde"], facts)["fleet"]
    wanted = {
        "miners": 5,
        "hashing": 3,
        "with_errors": 1,
        "hashrate_ths": 160.0,
        "power_watts": 5020,
        "chip_max_c": 95.5,
        "hottest": "b",
    }
    assert {name: fleet[name] for name in wanted} == wanted
    assert fleet["efficiency_j_per_th"] == 33.33, "of those that tell both"


def test_the_share_of_the_expected_rate_is_of_miners_that_are_up_and_tell_both():
    facts = [
        read(
            "low",
            state="on",
            hashrate_ths={"average": 59.0, "realtime": 61.0, "expected": 60.0, "factory": 100.0},
            tuning=False,
        ),
        read("sick", state="on", hashrate_ths={"average": 0.0, "expected": 40.0}),
        read("off", state="off", hashrate_ths={"average": 0.0, "expected": 100.0}),
        read(
            "tuning",
            state="on",
            hashrate_ths={"average": 0.0, "realtime": 0.0, "expected": 100.0},
            tuning=True,
        ),
        read("mute", state="on", hashrate_ths={"average": 70.0}),
    ]
    shown = report([compared(host) for host in ("low", "sick", "off", "tuning", "mute")], facts)
    assert {miner["host"]: miner["expected_percent"] for miner in shown["miners"]} == {
        "low": 98, "sick": 0, "off": None, "tuning": None, "mute": None,
    }  # fmt: skip
    assert shown["fleet"]["expected_percent"] == 59
    assert "59 % of the expected" in table_lines(shown)[-2]
    assert "98" in next(line for line in table_lines(shown) if "low" in line).split()


def test_a_miner_that_is_tuning_is_neither_off_nor_drifted_nor_failed():
    facts = read(
        "a", state="on", tuning=True, power_watts=0, hashrate_ths={"average": 0.0, "realtime": 0.0}, errors=[]
    )
    shown = report([compared("a")], [facts])
    assert shown["miners"][0]["verdict"] == "as_declared"
    assert (shown["fleet"]["tuning"], shown["fleet"]["hashing"]) == (1, 0)
    row = table_lines(shown)[1].split()
    assert "tuning" in row and "off" not in row and "1 tuning" in table_lines(shown)[-2]
    assert (
        ">tuning</td>" in page(shown)
        and ">off</td>" not in page(shown)
        and "All 1 miners are as declared" in page(shown)
    )


def test_a_fleet_that_says_nothing_sums_up_to_nothing():
    fleet = report([compared("a")])["fleet"]
    assert (fleet["hashing"], fleet["hashrate_ths"], fleet["efficiency_j_per_th"], fleet["hottest"]) == (
        0,
        0,
        None,
        None,
    )
    assert fleet["power_watts"] is None and fleet["expected_percent"] is None
    assert "kW" not in "".join(table_lines(report([compared("a")]))), "nobody knows, which isn't 0"
    page(report([compared("a")]))
    assert table_lines(report([compared("a")]))[-1] == "1 miners: 1 as declared"
