# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a miner shows is taken for no more than it says."""

from __future__ import annotations

import time

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine import applied_records
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings.power import Percent
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.readings import (
    known_percents,
    readings,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._curtailment.sites import (
    lost,
    shown,
)


@pytest.mark.parametrize(
    "result, state, watts",
    [
        (shown("m", 3000), "on", 3000),
        (shown("m", 3000, "off"), "off", 0),
        (shown("m", None), "on", None),
        (shown("m", -1), "on", None),
        (shown("m", 0), "on", 0),
        (shown("m", 0, tuning=True), "on", None),
        (shown("m", 0, None, tuning=True), "on", None),
    ],
)
def test_power_that_is_not_known_is_neither_none_nor_less_than_none(result, state, watts):
    reading = readings([result])["m"]
    assert (reading.state, reading.watts, reading.lost) == (state, watts, None)


@pytest.mark.parametrize(
    "result, why",
    [
        (lost("m", "m: no {{ answer }}\n"), "no (( answer )) "),
        ({"host": "m", "failed": True}, "no reason given"),
        (shown("m", state=None), "it doesn't show whether it is on"),
        (shown("m", state="asleep"), "it doesn't show whether it is on"),
        ({"host": "m"}, "it doesn't show whether it is on"),
    ],
)
def test_a_miner_that_shows_nothing_of_use_is_lost_and_why_is_no_template(result, why):
    assert readings([result])["m"].lost == why


def test_a_percentage_is_known_from_its_record_as_long_as_that_holds():
    facts = shown("m1", uptime_seconds=5000, elapsed_seconds=4000)["ansible_facts"]["whatsminer"]
    applied = {"m1": {"power.percent": applied_records.made(Percent(80), facts)}}
    same = [shown("m1", uptime_seconds=5000, elapsed_seconds=4000)]
    assert known_percents(same, applied, age=0) == {"m1": 80}
    # The whole fleet took a while to be read.
    earlier = [shown("m1", uptime_seconds=4940, elapsed_seconds=3940)]
    assert known_percents(earlier, applied, age=60) == {"m1": 80}
    applied["m1"]["power.percent"]["at"] = int(time.time()) - 1000
    restarted = [shown("m1", uptime_seconds=5000, elapsed_seconds=10)]
    assert known_percents(restarted, applied, age=60) == {}
