# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A slice of the fault matrix keeps its rules, and the matrix has all modules, faults and causes.

`make faults` runs all of it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import pathlib

import pytest
from ansible_collections.minerops.whatsminer.tests.faults import matrix

ROOT = pathlib.Path(__file__).resolve().parents[4]
PAGE = (ROOT / "docs" / "fault-matrix.md").read_text(encoding="utf-8")


def slice_of_the_matrix():
    """Each fault once, and by turns each module and generation."""
    chosen = []
    for place, fault in enumerate({**matrix.FAULTS, **matrix.FRAMES, **matrix.ONE_PORT}):
        able = [name for name in matrix.GENERATIONS if fault in matrix.faults_of(name)]
        module = list(matrix.MODULES)[place % len(matrix.MODULES)]
        chosen.append(matrix.Cell(module, fault, able[place % len(able)]))
    return [*chosen, matrix.Cell("whatsminer_power", "the write refused", "2.0", shipped=True)]


async def test_each_fault_ends_in_a_documented_way_with_the_miner_as_reported(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))

    async def run(number, cell):
        scratch = tmp_path / str(number)
        scratch.mkdir()
        return await matrix.run(cell, scratch, reply_timeout=2.0)

    with matrix.short_pauses():
        cells = slice_of_the_matrix()
        every = await asyncio.gather(*(run(number, cell) for number, cell in enumerate(cells)))
    assert [f"{ended.cell}: {finding}" for ended in every for finding in ended.findings] == []


@pytest.mark.parametrize("module", sorted(path.stem for path in ROOT.glob("plugins/modules/whatsminer_*.py")))
def test_each_module_is_in_the_matrix(module):
    # whatsminer_fleet is the others, run for many miners at once.
    assert module in matrix.MODULES or module == "whatsminer_fleet"
    assert f"## {module}\n" in PAGE or module == "whatsminer_fleet"


def test_each_fault_of_the_simulator_is_in_the_matrix():
    from simulator.faults import Faults

    used = set()
    for fault in [*matrix.FAULTS.values(), *matrix.FRAMES.values(), *matrix.ONE_PORT.values()]:
        used |= set(fault(("update_pools",)))
    assert {field.name for field in dataclasses.fields(Faults)} == used


@pytest.mark.parametrize("cause", sorted(matrix.CAUSES))
def test_each_cause_is_documented(cause):
    assert f"| `{cause}` | " in PAGE


# --- The rules find what they are there for -----------------------------------------------------------------


def judged(result, **changes):
    """What the rules say of *result* of a module that was to set the power mode of a miner."""
    import simulator

    spec = simulator.MinerSpec(name="m", generation="2.0", address="127.0.0.1", port=0)
    machine = simulator.Fleet([spec], seed=1)["m"]
    machine.counters.taken.update(changes.get("taken", {}))
    cell = matrix.Cell("whatsminer_power", "none", "2.0")
    declared = matrix.MODULES["whatsminer_power"]
    return matrix.judge(cell, declared, {"changed": False, "commands": [], **result}, machine, None)


GOOD = "rack1-07: set_low_power: the outcome is unknown. Look at the miner, then run again."
MODE = {"set_low_power": 1}


@pytest.mark.parametrize(
    ("result", "taken", "said"),
    [
        ({"failed": True, "cause": "error", "msg": GOOD}, {}, "no documented cause"),
        ({"failed": True, "cause": "outcome_unknown", "msg": GOOD[10:]}, {}, "doesn't name the miner"),
        ({"failed": True, "cause": "outcome_unknown", "msg": "rack1-07: no. Wait."}, {}, "names no command"),
        ({"failed": True, "cause": "outcome_unknown", "msg": GOOD[:40]}, {}, "says no remedy"),
        ({"unreachable": True, "cause": "timed_out", "msg": GOOD, "changed": True}, MODE, "is unreachable"),
        ({"x": matrix.PASSWORD}, {}, "shows"),
        ({}, {"set_low_power": 2}, "more than once"),
        ({"commands": ["set_low_power"]}, {}, "to which the miner didn't say yes"),
        ({"changed": True}, {}, "it isn't"),
        ({}, MODE, "says that nothing changed, and the miner took"),
        ({"failed": True, "cause": "not_a_miner", "msg": GOOD}, MODE, "nothing changed (not_a_miner)"),
        ({"failed": True, "cause": "not_converged", "msg": GOOD, "changed": True}, {}, "took nothing"),
    ],
)
def test_a_result_that_breaks_a_rule_is_found(result, taken, said):
    assert any(said in finding for finding in judged(result, taken=taken))


def test_a_result_that_keeps_the_rules_is_not():
    assert judged({}) == []
    assert judged({"failed": True, "cause": "outcome_unknown", "msg": GOOD}, taken=MODE) == []
