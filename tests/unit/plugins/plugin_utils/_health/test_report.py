# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report has the worst miners first, as a table, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
import json

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import (
    Judgement,
    Lost,
    judge,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.readings import reading_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.reasons import Reason
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.report import (
    Miner,
    miner_of,
    report_of,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.table import (
    csv_report,
    table_lines,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import Thresholds
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._health.sick_miners import (
    NOW,
    air,
)

AT = "2026-11-28T19:00:00Z"


def row(host, facts, **how):
    reading, limits = reading_of(facts, NOW), Thresholds()
    return miner_of(host, "192.0.2.7", judge(reading, limits, now=NOW, **how), reading, limits)


def lost(host):
    limits = Thresholds()
    return miner_of(host, None, judge(Lost("no_answer", "no route"), limits, now=NOW), None, limits)


def slow(host, ths):
    return row(host, air(hashrate_ths={"realtime": ths}))


def report():
    return report_of(
        [
            row("rack-10", air()),
            row("rack-2", air()),
            slow("a-bit", 110.0),
            slow("half", 60.0),
            slow("nothing", 0.0),
            lost("away"),
            row("off", air(state="off")),
            row("young", air(elapsed_seconds=5)),
        ],
        AT,
    )


def test_the_worst_come_first_and_of_two_the_one_that_loses_more():
    assert [miner.host for miner in report().miners] == [
        "nothing",
        "half",
        "away",
        "a-bit",
        "young",
        "off",
        "rack-2",
        "rack-10",
    ]


def test_json_holds_counts_reasons_and_what_was_seen():
    content = json.loads(json.dumps(report().to_dict()))
    assert content["at"] == AT
    assert content["counts"] == {
        "miners": 8,
        "ill": 2,
        "unreachable": 1,
        "watch": 1,
        "not_judged": 1,
        "held": 0,
        "off": 1,
        "ok": 2,
    }
    assert content["reasons"]["hashrate_low"] == 2 and content["reasons"]["no_answer"] == 1
    half = content["miners"][1]
    assert (half["expected_percent"], half["cooling"], half["mac"]) == (48.4, "air", "C4:11:22:00:00:05")
    assert half["reasons"][0]["threshold"] == 80


def test_no_share_is_said_of_a_miner_that_is_not_judged():
    young = next(miner for miner in report().miners if miner.host == "young")
    assert (young.hashrate_ths, young.expected_percent, young.expected_ths) == (123.5, None, None)


def test_what_another_machine_shows_is_not_in_the_report():
    found = row("a", air(), declared_mac="C4:11:22:00:00:99")
    assert (found.verdict, found.model, found.hashrate_ths) == ("unreachable", "", None)


def test_the_table_has_a_row_for_each_miner_and_its_reasons_below():
    lines = table_lines(report())
    assert lines[0].split()[:2] == ["verdict", "miner"]
    assert lines[1].startswith("ill          nothing  192.0.2.7  M50_VH84")
    assert lines[2] == "    not_mining: it is on, and makes nothing"
    assert lines[-1] == "8 miners: 2 ill, 1 unreachable, 1 watch, 1 not judged, 1 off, 2 ok"
    assert "    it is powered off" in lines


def test_of_many_miners_only_those_with_problems_are_shown():
    many = report_of([*(row(f"ok{number}", air()) for number in range(60)), slow("half", 60.0)], AT)
    assert [line.split()[1] for line in table_lines(many)[1:2]] == ["half"] and len(table_lines(many)) == 4
    assert len(table_lines(many, "all")) == 64
    assert table_lines(many, "none") == []


def test_of_very_many_problems_the_worst_are_shown_and_the_rest_is_counted():
    many = report_of([slow(f"m{number}", 60.0) for number in range(230)], AT)
    lines = table_lines(many)
    assert len(lines) == 1 + 2 * 200 + 2
    assert lines[-2].startswith("and 30 more: health_json_file")
    assert len(table_lines(many, "problems")) == 1 + 2 * 230 + 1


def test_a_fleet_without_problems_is_one_line():
    assert table_lines(report_of([row("a", air())], AT), "problems") == ["1 miner: 1 ok"]
    assert table_lines(report_of([], AT)) == ["0 miners: none"]


def test_many_reasons_are_cut_in_the_table_and_whole_in_the_files():
    reasons = tuple(Reason("error", "watch", f"error {number}", number) for number in range(9))
    found = report_of([miner_of("a", None, Judgement("watch", reasons), None, Thresholds())], AT)
    lines = table_lines(found)
    assert lines[7] == "    error: error 5" and lines[8] == "    and 3 reasons more"
    assert len(found.to_dict()["miners"][0]["reasons"]) == 9


def test_csv_has_a_row_for_each_miner():
    rows = list(csv.DictReader(io.StringIO(csv_report(report()))))
    assert [found["host"] for found in rows][:3] == ["nothing", "half", "away"]
    assert (rows[1]["verdict"], rows[1]["hashrate_ths"], rows[1]["reasons"]) == (
        "ill",
        "60.0",
        "hashrate_low",
    )
    assert rows[2]["model"] == "" and rows[2]["text"] == "no route"


def test_what_a_miner_says_is_neither_run_by_a_spreadsheet_nor_by_a_terminal():
    hostile = Miner("=cmd|' /C calc'!A0", None, "ok", model="\x1b[2J@SUM(1)")
    (found,) = csv.DictReader(io.StringIO(csv_report(report_of([hostile], AT))))
    assert found["host"] == "'=cmd|' /C calc'!A0" and "\x1b" not in found["model"]
    assert "\x1b" not in "".join(table_lines(report_of([hostile], AT)))
