# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a hold covers, how it is told, and how it is written."""

from __future__ import annotations

import datetime
import json

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import (
    Held,
    Hold,
    checked_reason,
    decode,
    encode,
)

NOW = datetime.datetime(2026, 12, 1, 14, 50).timestamp()
GRID = Hold("power", "ercot-4cp", NOW, NOW + 3600, before={"state": "on", "watts": 3000})
REPAIR = Hold("all", "maintenance", NOW, comment="fan of board 2")


def test_a_hold_on_power_covers_the_power_settings_and_one_on_all_everything():
    assert GRID.covers("power.state") and not GRID.covers("pools") and not GRID.covers("powers")
    assert REPAIR.covers("power.state") and REPAIR.covers("pools")


def test_a_hold_is_told_with_since_when_by_whom_and_until_when():
    assert GRID.told(NOW) == "curtailed since 14:50 by ercot-4cp until 15:50"
    assert REPAIR.told(NOW) == "held since 14:50 by maintenance"


def test_of_several_holds_that_cover_a_setting_the_one_that_ends_last_is_told():
    held = Held("a", None, (GRID, REPAIR))
    assert held.covering("power.state", NOW) == REPAIR and held.covering("pools", NOW) == REPAIR
    longer = Hold("power", "price", NOW, NOW + 7200)
    assert Held("a", None, (longer, GRID)).covering("power.mode", NOW) == longer
    assert Held("a", None, (GRID,)).covering("pools", NOW) is None


def test_a_hold_past_its_end_no_longer_holds_and_is_still_there_to_be_reported():
    held = Held("a", None, (GRID, REPAIR))
    assert held.holding(NOW + 3599) == [GRID, REPAIR] and not held.over(NOW + 3599)
    assert held.holding(NOW + 3600) == [REPAIR] and held.over(NOW + 3600) == [GRID]
    assert Held("a", None, (GRID,)).covering("power.state", NOW + 3600) is None


def test_a_miner_has_one_hold_of_a_reason():
    later = Hold("power", "ercot-4cp", NOW + 5)
    assert Held("a", None, (GRID, REPAIR)).with_hold(later).holds == (REPAIR, later)
    assert Held("a", None, (GRID, REPAIR)).without("ercot-4cp").holds == (REPAIR,)
    assert Held("a", None, (GRID,)).by("maintenance") is None


def test_holds_are_read_as_they_were_written():
    held = Held("rack1-01", "C4:05:08:00:02:3B", (GRID, REPAIR))
    assert decode(encode(held)) == held


WHOLE = json.loads(encode(Held("a", None, (GRID,))))


def changed(**fields):
    return json.dumps({**WHOLE, "holds": [{**WHOLE["holds"][0], **fields}]})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        encode(Held("a", None, (GRID,)))[:-9],
        '{"version": 2, "host": "a", "holds": []}',
    ]
    + ['{"version": 1, "host": 1, "holds": []}', '{"version": 1, "host": "a", "holds": [1]}']
    + ['{"version": 1, "host": "a"}', json.dumps({**WHOLE, "holds": WHOLE["holds"] * 2})]
    + [changed(kind="none"), changed(since="now"), changed(until=True), changed(before=[]), changed(more=1)]
    + [changed(since=when) for when in (float("nan"), float("inf"), 1e300, 10**300, -1e15)]
    + [changed(until=float("nan")), changed(until=1e300)]
    + [changed(reason="\x1b[2J"), changed(comment="{{ x }}")]
    + [changed(reason="\ud800"), json.dumps({**WHOLE, "host": "\ud800"})]
    + [json.dumps({**WHOLE, "holds": [{"kind": "power"}]})],
)
def test_anything_else_is_no_holds(text):
    with pytest.raises(ValueError):
        decode(text)


@pytest.mark.parametrize("reason", ["", " ", None, "a\nb", "x" * 101, "{{ x }}", "\x1b[2J"])
def test_a_reason_is_one_printable_line(reason):
    with pytest.raises(BadParameter, match="curtailment_reason must be 1 to 100 printable"):
        checked_reason(reason, "curtailment_reason")
    assert checked_reason(" ercot 4CP ") == "ercot 4CP"
