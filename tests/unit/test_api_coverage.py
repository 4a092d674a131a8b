# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/api-coverage.md is what tests/tools/coverage_table.py would write now, and leaves nothing out."""

from __future__ import annotations

import importlib.util
import pathlib

import pytest

TOOL = pathlib.Path(__file__).resolve().parent.parent / "tools" / "coverage_table.py"


@pytest.fixture(scope="module")
def coverage_table():
    spec = importlib.util.spec_from_file_location("coverage_table", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date(coverage_table):
    assert coverage_table.PAGE.read_text(encoding="utf-8") == coverage_table.page(), "run: make tables"


def test_no_cell_is_empty(coverage_table):
    assert [
        row for row in coverage_table.rows() if len(row) != len(coverage_table.COLUMNS) or not all(row)
    ] == []


def test_each_section_of_the_document_has_a_row(coverage_table):
    sections = (
        [f"2.{number}" for number in range(1, 24)] + [f"3.{number}" for number in range(1, 9)] + ["4.1"]
    )
    assert set(sections) <= {row[0] for row in coverage_table.rows()}


def test_what_covers_a_command_and_proves_it_exists(coverage_table):
    modules = {path.stem for path in (coverage_table.ROOT / "plugins" / "modules").glob("*.py")} | {
        "all that write"
    }
    for row in coverage_table.rows():
        assert row[4] in modules
        assert set(row[6].split(", ")) <= set(coverage_table.tests())
