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


def tables(coverage_table):
    """(columns, rows) of each table of the page."""
    yield coverage_table.DECLARED_COLUMNS, coverage_table.declared_rows()
    yield coverage_table.FACT_COLUMNS, coverage_table.fact_rows()
    for api in coverage_table.APIS:
        yield coverage_table.COLUMNS[api], coverage_table.rows(api)


def test_no_cell_is_empty(coverage_table):
    assert [
        row
        for columns, rows in tables(coverage_table)
        for row in rows
        if len(row) != len(columns) or not all(row)
    ] == []


def test_each_section_of_the_document_has_a_row(coverage_table):
    sections = (
        [f"2.{number}" for number in range(1, 24)] + [f"3.{number}" for number in range(1, 9)] + ["4.1"]
    )
    assert set(sections) <= {row[0] for row in coverage_table.rows(2)}


def test_each_command_of_api_3_has_a_row(coverage_table):
    assert len(coverage_table.rows(3)) == 39


def test_each_option_that_declares_something_has_a_row_and_a_way_over_one_api_at_least(coverage_table):
    rows = coverage_table.declared_rows()
    assert {row[0] for row in rows} > {it.module for it in coverage_table.settings()}
    assert [row for row in rows if row[3] == row[5] == coverage_table.NOTHING] == []


def test_a_test_of_one_api_proves_nothing_of_the_other(coverage_table):
    for api, other in ((2, "/v3/"), (3, "/v2/")):
        assert [row for row in coverage_table.rows(api) if other in row[-1]] == []


def test_what_covers_a_command_and_proves_it_exists(coverage_table):
    modules = {path.stem for path in (coverage_table.ROOT / "plugins" / "modules").glob("*.py")} | {
        "all that write"
    }
    for api in coverage_table.APIS:
        for row in coverage_table.rows(api):
            assert set(row[-3].split(", ")) <= modules
            assert set(row[-1].split(", ")) <= set(coverage_table.tests())
