# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Healthy miners of all generations are ok: nothing is invented."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.readings import (
    cooling_of,
    reading_of,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._health.sick_miners import (
    FIXTURES,
    NOW,
    epoch,
    facts_of,
    judged,
    reasons,
)

ALL = [(api, path.stem) for api, folder in FIXTURES.items() for path in sorted(folder.glob("*.json"))]


@pytest.mark.parametrize(
    ("api", "fixture"),
    [(2, "api_1_4_on"), (2, "api_2_0_on"), (2, "api_2_0_5_on"), (3, "api_3_0_2_air")],
)
def test_a_healthy_miner_is_ok(api, fixture):
    facts = facts_of(api, fixture)
    if fixture == "api_3_0_2_air":  # its backup pool is dead
        facts["pools"][1]["status"] = "Alive"
    assert judged(facts).reasons == ()
    assert judged(facts).verdict == "ok"


@pytest.mark.parametrize(
    ("fixture", "codes"),
    [
        ("api_1_3_on", [111, 250]),
        ("api_2_2_on", [530]),
        ("api_2_2_mixed", [329]),
        ("api_2_2_hydro", [326, 5079]),
    ],
)
def test_a_miner_that_makes_what_it_should_and_reports_errors_is_watched_for_nothing_else(fixture, codes):
    """Errors without a time, or with one of 1970, count always."""
    found = judged(facts_of(2, fixture))
    assert (found.verdict, [reason.value for reason in found.reasons]) == ("watch", codes)
    assert {reason.code for reason in found.reasons} == {"error"}


def test_a_dead_backup_pool_is_watched():
    assert reasons(facts_of(3, "api_3_0_2_air")) == [("pool_dead", "watch")]


def test_errors_count_for_a_week():
    facts = facts_of(2, "api_2_0_on")  # errors of 2024-06-15
    assert reasons(facts, now=epoch("2024-06-16T12:00:00")) == [("error", "watch")] * 2
    assert reasons(facts, now=epoch("2024-07-01T12:00:00")) == []


@pytest.mark.parametrize(
    ("api", "fixture"),
    [(2, "api_1_3_off"), (2, "api_1_4_off"), (2, "api_2_0_off"), (2, "api_2_2_off"), (3, "api_3_0_0_off")],
)
def test_a_miner_that_is_off_is_off_whatever_else_it_shows(api, fixture):
    assert judged(facts_of(api, fixture)).verdict == "off"


@pytest.mark.parametrize(("api", "fixture"), [(2, "api_2_2_restarting"), (3, "api_3_0_5_hydro")])
def test_a_miner_that_is_tuning_is_not_judged(api, fixture):
    assert reasons(facts_of(api, fixture)) == [("tuning", "note")]


@pytest.mark.parametrize(
    ("api", "fixture", "cooling"),
    [
        (2, "api_1_3_on", "air"),
        (2, "api_1_4_on", "air"),
        (2, "api_2_0_on", "immersion"),
        (2, "api_2_0_5_on", "air"),
        (2, "api_2_2_on", "air"),
        (2, "api_2_2_hydro", "hydro"),
        (3, "api_3_0_2_air", "air"),
        (3, "api_3_0_5_hydro", "hydro"),
    ],
)
def test_the_cooling_is_told_by_model_liquid_and_fans(api, fixture, cooling):
    assert cooling_of(reading_of(facts_of(api, fixture), NOW)) == cooling


@pytest.mark.parametrize(
    ("facts", "cooling"),
    [
        ({"model": "M53S_VJ40"}, "hydro"),
        ({"model": "M66S_VK30", "temperature_c": {"liquid": 40.0}}, "immersion"),
        ({"model": "M50_VH84", "fans_rpm": {"inlet": 0, "outlet": 0}}, "air"),
        ({"model": "M50_VH84", "temperature_c": {"liquid": 40.0}}, "hydro"),
        ({"model": "XP9", "fans_rpm": {"inlet": 4000, "outlet": 0}}, "air"),
        ({"model": "XP9", "fans_rpm": {"inlet": 0, "outlet": 0}}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_a_model_that_nobody_knows_is_told_by_what_it_shows(facts, cooling):
    assert cooling_of(reading_of(facts, NOW)) == cooling


@pytest.mark.parametrize(("api", "fixture"), ALL)
def test_whatever_is_missing_of_the_facts_it_is_judged(api, fixture):
    facts = facts_of(api, fixture)
    for name in facts:
        assert judged({other: value for other, value in facts.items() if other != name}).verdict
    assert judged({}).verdict
