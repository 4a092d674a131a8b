# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Metrics say what facts say, in base units, and the page and the dashboard know the same metrics."""

from __future__ import annotations

import json
import pathlib
import re

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._export.metrics import (
    METRICS,
    OF_A_MINER,
    OF_THE_EXPORT,
    without_account,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._export.exports import (
    HOSTILE,
    exposition_of,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._health.sick_miners import (
    air,
    facts_of,
    hydro,
)

COLLECTION = pathlib.Path(__file__).resolve().parents[5]
NAMES = {metric.name: metric for metric in METRICS}
M = '{host="a",model="M50_VH84",site="north"'


def lines(facts, **more):
    return exposition_of({"a": facts}, **more).text().splitlines()


def sample(facts, start):
    """The values of the samples that begin with *start*."""
    return [line.rpartition(" ")[2] for line in lines(facts) if line.startswith(f"whatsminer_{start}")]


def test_values_are_in_base_units():
    facts = air(
        hashrate_ths={"realtime": 118.5},
        boards=[{"slot": 2, "hashrate_ths": 39.1, "frequency_mhz": 610, "chips": 111}],
        pools=[{"priority": 0, "url": "a:1", "rejected_percent": 2.5, "accepted": 10, "rejected": 1}],
    )
    assert sample(facts, f"hashrate_hashes_per_second{M}}}") == ["118500000000000"]
    assert sample(facts, f'board_frequency_hertz{M},slot="2"}}') == ["610000000"]
    assert sample(facts, f'pool_rejected_ratio{M},pool="0",url="a:1"}}') == ["0.025"]
    assert sample(facts, f'pool_shares_total{M},pool="0",url="a:1",result="accepted"}}') == ["10"]
    assert sample(facts, f'temperature_celsius{M},sensor="chip_max"}}') == [
        str(facts["temperature_c"]["chip_max"]).removesuffix(".0")
    ]


def test_what_a_miner_does_not_show_has_no_sample():
    facts = air(psu=None, errors=None, pools=None, boards=None, tuning=None)
    text = "\n".join(lines(facts))
    for name in ("psu_", "error", "pool", "board", "tuning"):
        assert f"\nwhatsminer_{name}" not in text
    assert sample(air(errors=[]), "errors") == ["0"]


def test_a_miner_that_does_not_answer_is_down_with_its_verdict_and_reason():
    found = [line for line in lines(None, model="M50") if line.startswith("whatsminer_")]
    assert found[-3:] == [
        'whatsminer_up{host="a",model="M50",site="north"} 0',
        'whatsminer_health_verdict{host="a",model="M50",site="north",verdict="unreachable"} 1',
        'whatsminer_health_reason{host="a",model="M50",site="north",code="no_answer",severity="ill"} 1',
    ]
    assert len(found) == 3 + len(OF_THE_EXPORT)


def test_labels_that_nobody_set_are_left_out():
    (up,) = [line for line in lines(None, site="") if line.startswith("whatsminer_up")]
    assert up == 'whatsminer_up{host="a"} 0'


def test_health_is_that_of_the_health_role():
    facts = air(fans_rpm={"inlet": 0})
    assert sample(facts, f'health_verdict{M},verdict="ill"}}') == ["1"]
    assert sample(facts, f'health_reason{M},code="fan_stopped",severity="ill"}}') == ["1"]


@pytest.mark.parametrize("url", ["stratum+tcp://me:secret@pool:3333/x", "me:secret@pool:3333/x"])
def test_no_account_of_a_pool_is_a_label(url):
    assert without_account(url) == url.replace("me:secret@", "")
    assert without_account("stratum+ssl://pool:3333/a@b") == "stratum+ssl://pool:3333/a@b"


def test_no_sample_is_there_twice_whatever_a_miner_shows():
    double = {"slot": 1, "chips": 100}
    error = {"code": 530, "component": "hash board"}
    facts = air(
        boards=[double, dict(double, chips=7)], errors=[error, error], pools=[{"url": "a"}, {"url": "a"}]
    )
    found = [line.rpartition(" ")[0] for line in lines(facts)]
    assert len(found) == len(set(found))
    assert sample(facts, "board_chips") == ["100"]


def test_a_miner_without_measure_does_not_fill_the_file():
    many = [{"slot": number, "chips": 1} for number in range(5000)]
    errors = [{"code": number} for number in range(5000)]
    assert len(lines(air(boards=many, errors=errors))) < 300


def test_what_a_miner_says_stays_in_its_label():
    facts = air(
        model=HOSTILE, serial=HOSTILE, pools=[{"url": HOSTILE, "status": HOSTILE, "priority": HOSTILE}]
    )
    for line in lines(facts):
        assert line.isprintable() and re.fullmatch(r"#.*|\w+(\{.*\})? -?[0-9.e+-]+", line), line
    assert sample(facts, "up{") == ["1"]


def test_all_metrics_come_to_be():
    fleet = {
        "air": air(errors=[{"code": 530}], power_limit_watts=3000, fans_rpm={"inlet": 0}),
        "hydro": hydro(),
        "old": facts_of(2, "api_1_4_on"),
        "new": facts_of(3, "api_3_0_2_air"),
    }
    text = exposition_of(fleet).text()
    assert [name for name in NAMES if f"# TYPE {name} " not in text] == []


def test_the_page_lists_all_metrics_and_no_other():
    page = (COLLECTION / "docs" / "metrics.md").read_text()
    found = {}
    for name, kind, labels, text in re.findall(
        r"^\| `(whatsminer_\w+)` \| (\w+) \|(.*)\| (.*) \|$", page, re.M
    ):
        found[name] = (kind, tuple(re.findall(r"`(\w+)`", labels)), text)
    assert found == {name: (metric.kind, metric.labels, metric.help) for name, metric in NAMES.items()}
    assert set(re.findall(r"\bwhatsminer_(?!site|mac|serial|location)\w+", page)) <= set(NAMES)


def expressions():
    """All queries of the dashboard."""
    dashboard = json.loads((COLLECTION / "examples" / "grafana" / "whatsminer.json").read_text())
    found = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return found + [variable["query"]["query"] for variable in dashboard["templating"]["list"][1:]]


def test_the_dashboard_asks_for_metrics_and_labels_that_there_are():
    labels = {*OF_A_MINER, *(label for metric in METRICS for label in metric.labels)}
    used = set()
    for expression in expressions():
        metrics = re.findall(r"\bwhatsminer_\w+", expression)
        assert metrics and set(metrics) <= set(NAMES), expression
        for metric, selector in re.findall(r"(whatsminer_\w+)\{([^}]*)\}", expression):
            own = {*OF_A_MINER, *NAMES[metric].labels}
            assert set(re.findall(r"(\w+)(?:=|!=|=~|!~)\"", selector)) <= own, expression
        for group in re.findall(r"\b(?:by|on|group_left) \(([^)]*)\)", expression):
            assert set(re.split(r", *", group)) <= labels, expression
        used |= set(metrics)
    assert len(used) > 15
    assert all(text.count("(") == text.count(")") for text in expressions())


def test_the_dashboard_is_whole():
    dashboard = json.loads((COLLECTION / "examples" / "grafana" / "whatsminer.json").read_text())
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [tuple(panel["gridPos"].values()) for panel in panels]
    assert all(x + w <= 24 for x, _y, w, _h in places)
    overlaps = [
        (a, b)
        for number, a in enumerate(places)
        for b in places[number + 1 :]
        if a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]
    ]
    assert overlaps == []
    assert all(panel["title"] and panel["datasource"]["uid"] == "${datasource}" for panel in panels)
