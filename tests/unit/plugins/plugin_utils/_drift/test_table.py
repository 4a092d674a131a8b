# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table begins with what needs a look, and holds no more than anyone reads."""

from __future__ import annotations

import re

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.report import make_report
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.table import table_lines
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._drift.drift_reports import (
    AT,
    HOSTILE,
    compared,
    fleet_of,
    named,
    page,
    read,
    report,
)

ALL = ["lost0", "drifted0", "clean0"]


@pytest.mark.parametrize(("which", "shown"), [("auto", ALL), ("all", ALL), ("problems", ALL[:2])])
def test_a_small_fleet_is_shown_as_asked_what_needs_a_look_first(which, shown):
    lines = table_lines(fleet_of(1, 1, 1), which)
    assert named(lines) == shown
    assert "    power.mode: high -> low" in lines and "    silent" in lines
    assert lines[-1] == "3 miners: 1 as declared, 1 drifted, 1 no answer"


def test_errors_stand_above_what_is_not_known_and_below_what_drifted():
    failing = read("sick", errors=[{"code": 110, "component": "fan", "meaning": "lost"}])
    results = [compared("well"), compared("unknown", unknown={"timezone": "why"}), compared("sick")]
    results += [
        compared("undeclared", declared=[]),
        compared("drifted", drifted=[("power.mode", "high", "low")]),
    ]
    shown = report(results, [failing])
    order = ["drifted", "sick", "unknown", "undeclared", "well"]
    assert [line.split()[-8] for line in table_lines(shown) if line.endswith((" -", " 110"))] == order
    assert re.findall(r'<th scope="row">(\w+)', page(shown)) == order


def test_of_a_large_fleet_only_what_drifted_or_was_lost_is_shown_and_no_more_than_anyone_reads():
    assert named(table_lines(fleet_of(50, 2, 1))) == ["lost0", "drifted0", "drifted1"]
    assert len(named(table_lines(fleet_of(50, 300)))) == 200
    assert "and 100 more" in table_lines(fleet_of(50, 300))[-3]
    assert len(named(table_lines(fleet_of(50, 300), "problems"))) == 300
    assert len(named(table_lines(fleet_of(50, 300), "all"))) == 350
    assert table_lines(fleet_of(50))[:-2] == []


def test_many_differences_of_a_miner_do_not_bury_the_others():
    shown = report([compared("a", drifted=[(f"x{number}", 1, 2) for number in range(9)])])
    lines = table_lines(shown)
    assert sum("->" in line for line in lines) == 6 and "    and 3 more differences" in lines


def test_nothing_in_the_table_turns_text_around_or_moves_the_cursor():
    facts = read(HOSTILE, model="\x1b[2J\u202e", errors=[{"code": 1}])
    shown = report([compared(HOSTILE, drifted=[("hostname", HOSTILE, "a")])], [facts])
    text = "".join(table_lines(shown))
    assert text.isprintable() and "\\u202e" in text and "{{ 7*7 }}" in text


def test_what_is_held_is_told_with_who_holds_it_and_is_no_problem():
    held = {"power.state": "curtailed since 14:50 by grid until 18:00"}
    lines = table_lines(report([compared("a", held=held)]), "all")
    assert "    power.state: curtailed since 14:50 by grid until 18:00" in lines
    assert lines[-1] == "1 miners: 1 held"
    assert not any(
        "power.state" in line for line in table_lines(report([compared("a", held=held)]), "problems")
    )


def test_declared_columns_stand_behind_the_address_where_some_miner_fills_them():
    results = [compared("a"), compared("b")]
    own = {
        "a": {"whatsminer_location": "hall 2\x1b", "owner": ""},
        "b": {"whatsminer_location": "", "owner": ""},
    }
    found = make_report(results, [], addresses={"a": "10.0.0.1", "b": None}, groups={}, at=AT, columns=own)
    lines = table_lines(found)
    assert lines[0].split()[:4] == ["verdict", "miner", "address", "location"] and "owner" not in lines[0]
    assert "hall 2\\x1b" in lines[1] and found["miners"][0]["columns"] == own["a"]
    assert "<small>hall 2\\x1b</small></th>" in page(found)
