# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Positions are names and patterns, as in an inventory's hosts."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._ip_report.positions import (
    expanded,
    of_file,
)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("hall 2, shelf 7", ["hall 2, shelf 7"]),
        ("r[1:3]", ["r1", "r2", "r3"]),
        ("r[08:10]", ["r08", "r09", "r10"]),
        ("[1:2]-[a:b]", ["1-a", "1-b", "2-a", "2-b"]),
        ("[A:C]1", ["A1", "B1", "C1"]),
        ("r[3:1]", []),
        ("r[1:x]", ["r[1:x]"]),
        ("  ", []),
    ],
)
def test_a_pattern_stands_for_positions_of_which_the_last_range_runs_fastest(pattern, expected):
    assert expanded([pattern], "positions") == expected


def test_a_position_that_is_there_twice_is_refused():
    with pytest.raises(ValueError, match="positions: r2 is there twice"):
        expanded(["r[1:2]", "r[2:3]"], "positions")


def test_a_pattern_without_end_is_refused():
    with pytest.raises(ValueError, match="makes more than 100000 positions"):
        expanded(["r[1:999999999999]"], "positions")


def test_a_file_has_a_position_or_a_pattern_on_each_line(tmp_path):
    path = tmp_path / "places.txt"
    path.write_text("# hall 2\nr[1:2]\n\n  hall 3, shelf 1  \r\n")
    assert of_file(str(path), "positions_file") == ["r1", "r2", "hall 3, shelf 1"]


def test_a_file_that_is_none_is_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match=r"positions_file: .*nowhere can't be read: No such file"):
        of_file(str(tmp_path / "nowhere"), "positions_file")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"positions_file: .*bytes can't be read: it is no text"):
        of_file(str(tmp_path / "bytes"), "positions_file")
