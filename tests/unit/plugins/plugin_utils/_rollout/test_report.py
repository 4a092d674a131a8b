# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report tells of each miner what it runs."""

from __future__ import annotations

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.report import make_report
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._rollout.rollout_results import (
    NEW,
    OLD,
    facts,
    flashed,
    look,
    lost,
)


def test_the_report_tells_of_each_miner_what_it_ran_runs_and_is_to_run():
    state = {
        **flashed("a-01", verdict="passed"),
        **flashed("a-02", verdict="failed", reasons=("it is slow",), batch=2),
    }
    results = [facts("a-01", version=NEW), facts("a-02", version=NEW, rate=10.0), facts("a-03"), lost("a-04")]
    results += [facts("a-05", model="M60"), facts("a-06", version=NEW)]
    report = make_report(look(results, state), state)
    rows = {row["host"]: row for row in report["miners"]}
    assert {host: row["verdict"] for host, row in rows.items()} == {
        "a-01": "passed",
        "a-02": "failed",
        "a-03": "left",
        "a-04": "lost",
        "a-05": "nothing declared",
        "a-06": "as declared",
    }
    assert report["counts"]["passed"] == 1 and sum(report["counts"].values()) == 6
    assert rows["a-02"] == {
        "host": "a-02",
        "columns": {},
        "model": "M30",
        "version_before": OLD,
        "version": NEW,
        "version_declared": NEW,
        "verdict": "failed",
        "batch": 2,
        "reasons": ["it is slow"],
    }
