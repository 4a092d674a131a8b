# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Columns stand below each other, and names are in the sequence that people expect."""

from __future__ import annotations

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.tables import (
    aligned,
    fixed,
    natural_key,
)


def test_columns_stand_below_each_other_and_numbers_to_the_right():
    assert aligned([("miner", "W"), ("a", "3400"), ("rack10", "5")], (1,)) == [
        "miner      W",
        "a       3400",
        "rack10     5",
    ]


def test_no_line_ends_in_blanks_and_no_rows_are_no_lines():
    assert aligned([("miner", "x"), ("rack1", "")])[1] == "rack1"
    assert aligned([]) == []


def test_what_is_no_number_is_shown_as_nothing():
    assert (fixed(1.26, 1), fixed(None, 1), fixed("many", 1)) == ("1.3", "", "")


def test_rack_2_comes_before_rack_10():
    assert sorted(["rack-10", "rack-2", "hall"], key=natural_key) == ["hall", "rack-2", "rack-10"]


def test_what_one_miner_says_pulls_no_column_of_the_others_apart():
    lines = aligned([("miner", "model", "pool"), ("rack1", "M" * 1000, "x" * 1000), ("rack2", "M60S", "y")])
    assert lines[2] == f"rack2  {'M60S':<100}  y"
    assert lines[1] == f"rack1  {'M' * 99}…  {'x' * 1000}"
