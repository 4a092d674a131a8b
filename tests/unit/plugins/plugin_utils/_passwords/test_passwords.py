# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who was on which password is told by label, and no password is told."""

from __future__ import annotations

import json

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._passwords.candidates import candidates_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._passwords.report import (
    STATUSES,
    counts_of,
    lines_of,
    problem_of,
    row_of,
    to_dict,
)

SECRETS = ("s3cret_n", "s3cret_1", "s3cret_2")
CANDIDATES = candidates_of(SECRETS[0], [SECRETS[1], {"label": "before 2024", "password": SECRETS[2]}])


def test_candidates_keep_their_order_and_have_labels():
    assert list(CANDIDATES.old.items()) == [("old 1", SECRETS[1]), ("before 2024", SECRETS[2])]
    assert [CANDIDATES.label(found) for found in ("new", "old 1", "old 2", "other")] == [
        "new", "old 1", "before 2024", "other",
    ]  # fmt: skip
    assert not any(secret in repr(CANDIDATES) for secret in SECRETS)


@pytest.mark.parametrize(
    ("new", "old"),
    [
        (None, ["s3cret_1"]),
        ("", ["s3cret_1"]),
        (["s3cret_n"], ["s3cret_1"]),
        ("s3cret_n", None),
        ("s3cret_n", "s3cret_1"),
        ("s3cret_n", []),
        ("s3cret_n", [["s3cret_1"]]),
        ("s3cret_n", [""]),
        ("s3cret_n", [{"label": "a"}]),
        ("s3cret_n", [{"label": "a", "password": "s3cret_1"}, {"label": "a", "password": "s3cret_2"}]),
        ("s3cret_n", [{"label": "it is s3cret_1", "password": "s3cret_1"}]),
    ],
)
def test_candidates_that_make_no_sense_are_refused_and_not_shown(new, old):
    with pytest.raises(ValueError, match="whatsminer_(new|old)_password") as caught:
        candidates_of(new, old)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("outcome", "status", "before", "now"),
    [
        ({"changed": True, "found": {"api2": "old 2"}, "passwords": {"api2": "new"}}, "changed",
         {"api2": "before 2024"}, {"api2": "new"}),
        ({"changed": False, "found": {"api3": "new"}, "passwords": {"api3": "new"}}, "already",
         {"api3": "new"}, {"api3": "new"}),
        ({"changed": True, "found": {"api2": "old 1", "api3": "other"},
          "passwords": {"api2": "new", "api3": "other"}, "warnings": ["left"]}, "partly",
         {"api2": "old 1", "api3": "other"}, {"api2": "new", "api3": "other"}),
        ({"failed": True, "msg": "m", "changed": True, "found": {"api2": "old 1", "api3": "old 1"},
          "passwords": {"api3": "new", "api2": "old"}}, "partly",
         {"api2": "old 1", "api3": "old 1"}, {"api3": "new", "api2": "old 1"}),
        ({"failed": True, "msg": "m", "cause": "wrong_password"}, "other", {}, {}),
        ({"failed": True, "msg": "m", "cause": "token_limit"}, "locked", {}, {}),
        ({"failed": True, "msg": "m", "found": {"api2": "old 1"}, "passwords": {"api2": "unknown"}},
         "unknown", {"api2": "old 1"}, {"api2": "unknown"}),
        ({"failed": True, "msg": "m", "cause": "access_denied"}, "failed", {}, {}),
        ({"unreachable": True, "msg": "m"}, "unreachable", {}, {}),
        ({"changed": False, "held": {"password": "by x"}}, "held", {}, {}),
    ],
)  # fmt: skip
def test_each_outcome_says_who_was_on_what_and_is_now(outcome, status, before, now):
    row = row_of("m", outcome, CANDIDATES)
    assert (row.status, row.before, row.now) == (status, before, now)
    assert bool(row.reason) == ("msg" in outcome or "warnings" in outcome)
    assert bool(problem_of([row])) == (status not in ("changed", "already"))


def test_the_report_has_the_worst_first_counts_all_and_shows_no_control_characters():
    rows = [
        row_of("m2", {"changed": True, "found": {"api2": "old 2"}, "passwords": {"api2": "new"}}, CANDIDATES),
        row_of("m10", {"unreachable": True, "msg": "away\x1b[2J"}, CANDIDATES),
        row_of("m9", {"failed": True, "msg": "none", "cause": "wrong_password"}, None),
    ]
    report = json.loads(json.dumps(to_dict(rows)))
    assert [miner["host"] for miner in report["miners"]] == ["m9", "m10", "m2"]
    assert report["counts"] == {
        "miners": 3, **dict.fromkeys(STATUSES, 0), "other": 1, "unreachable": 1, "changed": 1,
    }  # fmt: skip
    lines = lines_of(rows, check_mode=False)
    assert lines[-2:] == ["on before 2024 before: 1 miner", "3 miners: 1 other, 1 unreachable, 1 changed"]
    assert "\x1b" not in "".join(lines)
    assert counts_of([]) == {"miners": 0, **dict.fromkeys(STATUSES, 0)}
