# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Metrics of miners whose facts are known, for tests."""

from __future__ import annotations

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._export.exposition import (
    Exposition,
    label_pairs,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._export.metrics import (
    METRICS,
    OF_THE_EXPORT,
    MinerSamples,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import Lost, judge
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.readings import (
    cooling_of,
    reading_of,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.report import miner_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import (
    UNKNOWN,
    thresholds,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._health.sick_miners import NOW

HOSTILE = 'a"b\\c\n} 1\u202e\x1b[2J\ud800 {{ 7*7 }}'


def judged(host, facts):
    """The row of the miner *host*, which showed *facts*; None if it didn't answer."""
    reading = reading_of(facts, NOW) if facts else None
    limits = thresholds(None)[cooling_of(reading) if reading else UNKNOWN]
    verdict = judge(reading or Lost("no_answer", "no route"), limits, now=NOW)
    return miner_of(host, "192.0.2.1", verdict, reading, limits)


def exposition_of(fleet, *, site="north", location="hall 2", model=""):
    """The Exposition of *fleet*, ``{host: facts or None}``, with the samples of the export itself."""
    exposition = Exposition(METRICS)
    samples = MinerSamples(exposition)
    for host, facts in fleet.items():
        known = (facts or {}).get("model") or model
        samples.add(judged(host, facts), facts or {}, model=known, site=site, location=location)
    for metric in OF_THE_EXPORT:
        exposition.add(metric.name, 1.5, label_pairs({"export": "north"}))
    return exposition
