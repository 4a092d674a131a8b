# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prometheus' own parser reads the metrics, and reads what was meant."""

from __future__ import annotations

import re

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._export.metrics import METRICS, OF_A_MINER
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._export.exports import (
    HOSTILE,
    exposition_of,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._health.sick_miners import (
    air,
    facts_of,
    hydro,
)
from prometheus_client.parser import text_string_to_metric_families

METRIC = {metric.name: metric for metric in METRICS}
FLEET = {
    "air": air(errors=[{"code": 530, "component": "hash board"}]),
    "hydro": hydro(),
    "old": facts_of(2, "api_1_4_on"),
    "new": facts_of(3, "api_3_0_2_air"),
    HOSTILE: air(model=HOSTILE, pools=[{"url": HOSTILE, "status": "Alive"}]),
    "away": None,
}


def families():
    return list(text_string_to_metric_families(exposition_of(FLEET, location=HOSTILE).text()))


def test_each_metric_has_its_type_and_says_what_it_is():
    found = families()
    assert len(found) > 25
    for family in found:
        name = family.name if family.name in METRIC else f"{family.name}_total"
        assert (family.type, family.documentation) == (METRIC[name].kind, METRIC[name].help)


def test_each_sample_has_the_labels_of_its_metric_and_is_there_once():
    seen = set()
    for family in families():
        for sample in family.samples:
            labels = {*METRIC[sample.name].labels, *(() if "export" in sample.labels else OF_A_MINER)}
            assert set(sample.labels) <= labels
            key = (sample.name, *sorted(sample.labels.items()))
            assert key not in seen
            seen.add(key)
    assert len(seen) == len(exposition_of(FLEET, location=HOSTILE))


def test_samples_are_of_the_miner_that_showed_them():
    up = {
        sample.labels["host"]: sample.value
        for family in families()
        if family.name == "whatsminer_up"
        for sample in family.samples
    }
    assert {host for host, value in up.items() if value == 0} == {"away"}
    assert len(up) == len(FLEET)
    (hostile,) = set(up) - set(FLEET)
    assert hostile.startswith('a"b\\c\\n} 1') and hostile.isprintable()


def test_names_follow_the_conventions():
    units = (
        "seconds",
        "celsius",
        "watts",
        "volts",
        "amperes",
        "hertz",
        "hashes_per_second",
        "ratio",
        "total",
    )
    counts = ("up", "info", "verdict", "reason", "on", "tuning", "rpm", "boards", "chips", "alive", "active")
    for name, metric in METRIC.items():
        assert re.fullmatch(r"whatsminer_[a-z]+(_[a-z]+)*", name)
        assert name.endswith((*units, *counts, "errors", "error", "miners")), name
        assert name.endswith("_total") == (metric.kind == "counter")
