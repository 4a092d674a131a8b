# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of assets has a row for each machine, with the serial numbers of its parts."""

from __future__ import annotations

import csv
import io

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._export.assets import asset_of, assets_csv
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._health.sick_miners import air

AT = "2026-11-28T19:05:11Z"


def asset(host, facts, **more):
    given = {"site": "north", "declared": {}, "columns": {"whatsminer_location": "hall 2"}, **more}
    return asset_of(host, "192.0.2.1", facts, **given)


def rows(*assets):
    return list(csv.DictReader(io.StringIO(assets_csv(assets, ["whatsminer_location", "owner"], AT))))


def test_a_row_holds_the_serials_of_miner_boards_and_psu():
    facts = air(
        serial="HTM1",
        boards=[{"slot": 0, "serial": "B0"}, {"slot": 2, "serial": "B2"}],
        psu={"serial": "P1", "model": "P222C"},
    )
    (row,) = rows(asset("a", facts))
    assert (row["serial"], row["psu_serial"], row["psu_model"]) == ("HTM1", "P1", "P222C")
    assert [row[f"board_{slot}_serial"] for slot in range(4)] == ["B0", "", "B2", ""]
    assert (row["site"], row["whatsminer_location"], row["owner"]) == ("north", "hall 2", "")
    assert (row["answered"], row["read_at"], row["model"]) == ("yes", AT, facts["model"])


def test_a_miner_that_does_not_answer_has_what_the_inventory_says():
    declared = {"mac": "C4:05:08:00:02:3B", "serial": "HTM7"}
    (row,) = rows(asset("a", {}, declared=declared))
    assert (row["answered"], row["mac"], row["serial"]) == ("no", "C4:05:08:00:02:3B", "HTM7")
    assert (row["model"], row["address"]) == ("", "192.0.2.1")
    assert rows(asset("a", air(serial="HTM8"), declared=declared))[0]["serial"] == "HTM8"


def test_rows_are_in_the_sequence_that_people_expect():
    found = rows(asset("rack-10", {}), asset("rack-2", {}))
    assert [row["host"] for row in found] == ["rack-2", "rack-10"]


def test_odd_slots_do_not_widen_the_table_without_end():
    boards = [{"slot": 10**9, "serial": "x"}, {"slot": 5, "serial": "y"}, {"serial": "z"}]
    (row,) = rows(asset("a", air(boards=boards)))
    assert [row.get(f"board_{slot}_serial") for slot in (2, 5, 6)] == ["z", "y", None]


def test_no_serial_is_a_formula():
    (row,) = rows(asset("a", air(serial="=HYPERLINK(1)", boards=[{"slot": 0, "serial": "@x"}])))
    assert (row["serial"], row["board_0_serial"]) == ("'=HYPERLINK(1)", "'@x")
