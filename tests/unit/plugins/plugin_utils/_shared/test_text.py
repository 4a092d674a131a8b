# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a miner says is shown, and does nothing else; a message that names many stays readable."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import text


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("M30S+ VE40 äß 矿机", "M30S+ VE40 äß 矿机"),
        ("\x1b[2J\x07gone", "\\x1b[2J\\x07gone"),
        ("\u202eevil\u2066", "\\u202eevil\\u2066"),
        ("two\nlines\r", "two\\nlines\\r"),
        (17, "17"),
    ],
)
def test_what_cannot_be_seen_or_turns_text_around_is_shown_as_its_escape(said, expected):
    assert text.shown(said) == expected


@pytest.mark.parametrize("said", ["x" * 1000, "\x1b" * 1000, "\u202e" * 1_000_000])
def test_text_is_cut_to_a_length_also_if_it_grows(said):
    assert len(text.shown(said, 50)) == 50 and text.shown(said, 50).endswith("…")


def test_all_text_in_a_structure_is_cleaned_and_all_else_is_as_it_was():
    assert text.shown_in({"\x1b": [1, None, True, {"a": ("\x07", 2.5)}]}) == {
        "\\x1b": [1, None, True, {"a": ["\\x07", 2.5]}]
    }


def test_one_is_singular():
    assert [text.counted(number, "step") for number in (0, 1, 2)] == ["0 steps", "1 step", "2 steps"]


def test_many_names_are_cut_and_their_number_said():
    assert text.shorten_list([f"h{number}" for number in range(25)], 20).endswith("h18, h19 and 5 more")


def test_few_names_are_all_said():
    assert text.shorten_list(["a", "b"], 2) == "a, b"
    assert text.shorten_list([], 2) == ""


def test_a_part_is_told_in_whole_percent():
    assert text.percentage(89.6, 100.0) == "90 %"
