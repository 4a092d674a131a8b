# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/reliability.md is what its generator writes, and says what was measured."""

from __future__ import annotations

import json
import pathlib
import sys

import pytest

TOOLS = pathlib.Path(__file__).resolve().parent.parent / "tools"


@pytest.fixture
def reliability(monkeypatch):
    monkeypatch.syspath_prepend(str(TOOLS))
    import reliability

    yield reliability
    sys.modules.pop("reliability")


def test_the_page_is_as_the_figures_are(reliability):
    assert reliability.PAGE.read_text(encoding="utf-8") == reliability.page()


def test_a_part_that_nobody_measured_is_not_on_the_page(reliability, monkeypatch, tmp_path):
    monkeypatch.setattr(reliability, "FIGURES", tmp_path)
    assert [line for line in reliability.page().splitlines() if line.startswith("## ")] == [
        "## Miners that are hostile",
        "## Many at once, and broken stores",
    ]


def test_what_was_measured_last_is_taken_over(reliability, monkeypatch, tmp_path):
    monkeypatch.setattr(reliability, "FIGURES", tmp_path / "figures")
    monkeypatch.setattr(reliability, "MEASURED", tmp_path)
    run = {"at": "2026-11-28", "python": "3.11", "atheris": "3", "seconds": 9, "targets": []}
    (tmp_path / "fuzz.json").write_text(json.dumps(run), encoding="utf-8")
    reliability.take_over()
    assert "0 inputs in 9 s, 0 findings" in " ".join(reliability.page().split())


@pytest.mark.parametrize(
    ("name", "figures", "said"),
    [
        (
            "faults",
            {"cells": 4448, "shipped": 96, "modules": 16, "faults": 54, "generations": 6, "findings": 0},
            "16 modules under 54 faults on miners of 6 generations. 2026-11-28: 4,448 cells, 96 of them",
        ),
        (
            "coverage",
            {"coverage": "7", "files": 8, "statements": 6460, "branches": 1608, "missing": 0, "percent": 100},
            "run 100 % of 6,460 statements and 1,608 branches in 8 files; 0 are missing",
        ),
    ],
)
def test_what_the_faults_and_the_coverage_found_is_said(reliability, name, figures, said):
    run = {"at": "2026-11-28", "python": "3.13", "seconds": 9, "outcomes": {"done": 1}, **figures}
    (part,) = (part for part in reliability.PARTS if part.name == name)
    assert said in " ".join(part.render(run).split())


def test_what_the_matrix_found_is_said_by_version(reliability):
    found = {"at": "2026-11-29", "passed": 9, "failed": [], "not run": 1}
    run = {core: {"unit": {"row": f"ansible-core {core}.1 on 3.13", **found}} for core in ("2.9", "2.16")}
    (part,) = (part for part in reliability.PARTS if part.name == "matrix")
    assert part.render(run).splitlines()[-2:] == [
        "| ansible-core 2.9.1 on 3.13 | unit | 2026-11-29 | 9 | 0 | 1 |",
        "| ansible-core 2.16.1 on 3.13 | unit | 2026-11-29 | 9 | 0 | 1 |",
    ]


def test_a_run_of_the_matrix_leaves_what_is_known_of_other_rows(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(TOOLS))
    import run

    log = tmp_path / "log"
    for passed, (row, part) in enumerate(
        [("2.16.1 on 3.10", "unit"), ("2.16.2 on 3.10", "unit"), ("2.21.0 on 3.13", "sanity")], 1
    ):
        monkeypatch.setattr(run.tree, "BUILD", tmp_path)
        monkeypatch.setattr(run.tree, "CHECKOUT", tmp_path)
        report = run.Report()
        outcomes = [run.parts.Outcome("a test", "passed", log)] * passed
        row = f"ansible-core {row}"
        is_matrix = part == "sanity"
        report.add(run.Job(row if is_matrix else "", part, list), outcomes, 0)
        report.keep("" if is_matrix else row, is_whole=True)
    known = json.loads((tmp_path / "reliability" / "matrix.json").read_text(encoding="utf-8"))
    assert {
        (core, part): (found["row"], found["passed"]) for core in known for part, found in known[core].items()
    } == {
        ("2.16", "unit"): ("ansible-core 2.16.2 on 3.10", 2),
        ("2.21", "sanity"): ("ansible-core 2.21.0 on 3.13", 3),
    }


def test_what_failed_and_is_run_again_is_counted_once(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(TOOLS))
    import run

    def outcomes(**results):
        return [run.parts.Outcome(name, result, tmp_path) for name, result in results.items()]

    first = run.figures(outcomes(a="passed", b="failed", c="failed", d="not run"), {})
    assert (first["passed"], first["failed"], first["not run"]) == (1, ["b", "c"], 1)
    again = run.figures(outcomes(b="passed"), first)
    assert (again["passed"], again["failed"], again["not run"]) == (2, ["c"], 1)
    worse = run.figures(outcomes(a="failed"), again)
    assert (worse["passed"], worse["failed"]) == (1, ["c", "a"])
