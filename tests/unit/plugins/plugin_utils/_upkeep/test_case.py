# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A folder for the vendor has a folder for each miner, and an index."""

from __future__ import annotations

import csv

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.reasons import Reason
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.report import Miner
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._upkeep import case

SICK = Miner(
    "rack1-07",
    "192.0.2.7",
    "ill",
    (Reason("board_missing", "ill", "it shows 2 hash boards"), Reason("board_missing", "ill", "again")),
    model="M60S\x1b",
    serial="=HTM1",
    columns={"whatsminer_location": "hall 2", "owner": ""},
)


def row(**more):
    given = {"archive": "logs.tgz", "problem": "", **more}
    return case.row_of(SICK, "rack1-07", {"errors": [{"code": 530}, {"code": 530}, {"code": 110}]}, **given)


@pytest.mark.parametrize(
    ("hosts", "names"),
    [
        (["rack1-07", "10.0.0.1"], ["rack1-07", "10.0.0.1"]),
        (["../../etc", "..", ".", "/"], ["_.._etc", "_", "_-2", "_-3"]),
        (["a/b", "a_b", "A_B"], ["a_b", "a_b-2", "A_B-3"]),
        (["x" * 300], ["x" * 100]),
    ],
)
def test_a_folder_leads_nowhere_else_and_no_two_are_alike(hosts, names):
    assert list(case.folders(hosts).values()) == names


def test_the_index_lists_verdicts_errors_serials_and_columns():
    (found,) = csv.DictReader(case.index_csv([row()], ["whatsminer_location", "owner"]).splitlines())
    assert (found["reasons"], found["errors"], found["serial"]) == ("board_missing", "530 110", "'=HTM1")
    assert (found["whatsminer_location"], found["archive"]) == ("hall 2", "logs.tgz")


def test_the_text_is_for_people_and_shows_nothing_raw():
    text = case.index_text(
        [row(problem="logs: it doesn't\x1b send")], ["whatsminer_location", "owner"], "now"
    )
    assert "\x1b" not in text and "hall 2" in text and "owner" not in text
    assert text.endswith("rack1-07: logs: it doesn't\\x1b send\n")
    assert case.index_text([], [], "now")


def test_verdicts_choose_the_miners():
    assert case.chosen_verdicts(["ill", "watch"]) == {"ill", "watch"}
    assert len(case.chosen_verdicts(["all"])) == 7
    assert case.chosen_verdicts(["False"]) == {"off"}  # a bare off in YAML


@pytest.mark.parametrize("words", [[], ["sick"], ["all", "ill"]])
def test_verdicts_that_are_none_are_refused(words):
    with pytest.raises(ValueError, match="verdicts must be a list of ill, unreachable, "):
        case.chosen_verdicts(words)
