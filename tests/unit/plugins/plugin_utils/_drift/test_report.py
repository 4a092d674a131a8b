# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report has its miners and groups in the order in which people count."""

from __future__ import annotations

from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._drift.drift_reports import (
    compared,
    report,
)


def test_groups_are_those_that_tell_some_miners_from_others():
    groups = {
        "all": ["a", "b"],
        "ungrouped": [],
        "miners": ["a", "b", "x"],
        "rack10": ["a"],
        "rack9": ["b", "x"],
        "none": ["x"],
    }
    shown = report([compared("a"), compared("b", drifted=[("power.mode", "high", "low")])], groups=groups)
    assert [(group["name"], group["miners"], group["drifted"]) for group in shown["groups"]] == [
        ("rack9", 1, 1),
        ("rack10", 1, 0),
    ]


def test_names_sort_as_people_count():
    shown = report([compared(host) for host in ("r10-2", "r2-10", "r2-9", "r", "10.0.0.9", "10.0.0.10")])
    assert [miner["host"] for miner in shown["miners"]] == [
        "10.0.0.9",
        "10.0.0.10",
        "r",
        "r2-9",
        "r2-10",
        "r10-2",
    ]
