# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CSV file that a spreadsheet may open."""

from __future__ import annotations

import csv
import io

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.csv_text import csv_text


def read(text):
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "＝1+1", '=HYPERLINK("http://x")'])
def test_no_text_is_a_formula(text):
    assert read(csv_text([text], [[text]])) == [[f"'{text}"], [f"'{text}"]]


def test_numbers_stay_numbers_and_innocent_text_as_it_is():
    rows = read(csv_text(["a", "b"], [[-3.5, "A-3=x"], [None, 'say "so", and\tso']]))
    assert rows == [["a", "b"], ["-3.5", "A-3=x"], ["", 'say "so", and\\tso']]


def test_what_a_miner_says_is_one_line_and_never_more():
    rows = read(csv_text(["a"], [["x\r\n=1\x1b[2J\ud800"]]))
    assert rows[1:] == [["x\\r\\n=1\\x1b[2J\\ud800"]]
