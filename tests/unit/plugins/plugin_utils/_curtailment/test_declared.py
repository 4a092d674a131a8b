# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is declared of a curtailment is checked before any miner is asked."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.declared import (
    CurtailmentError,
    Demand,
    curtailing,
    resuming,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._curtailment.sites import begin


@pytest.mark.parametrize(
    "options, words",
    [
        ({}, "exactly one"),
        ({"shed_kw": 1, "to_kw": 1}, "curtailment_shed_kw, curtailment_to_kw"),
        ({"shed_kw": "much"}, "curtailment_shed_kw must be a number of 0 or more"),
        ({"shed_kw": True}, "curtailment_shed_kw"),
        ({"shed_kw": float("nan")}, "curtailment_shed_kw"),
        ({"shed_percent": 101}, "from 0 to 100"),
        ({"shed_kw": 1, "by": "magic"}, "curtailment_by"),
        ({"shed_kw": 1, "by": "percent"}, "curtailment_percent"),
        ({"shed_kw": 1, "percent": 50}, "curtailment_percent"),
        ({"shed_kw": 1, "by": "limit"}, "curtailment_limit_watts, from 1 to 99998"),
        ({"shed_kw": 1, "by": "percent", "percent": 50, "limit_watts": 1}, "curtailment_limit_watts"),
        ({"shed_kw": 1, "by": "limit", "limit_watts": 0}, "curtailment_limit_watts"),
        ({"shed_kw": 1, "first": "worst"}, "curtailment_first"),
        ({"shed_kw": 1, "first": {"groups": ["nowhere"]}}, "curtailment_first names nowhere"),
        ({"shed_kw": 1, "spare": ["misspelt"]}, "curtailment_spare names misspelt"),
        ({"shed_kw": 1, "rest": "sleep"}, "curtailment_rest"),
        ({"shed_kw": 1, "reason": "a\nb"}, "curtailment_reason must be 1 to 100 printable"),
        ({"shed_kw": 1, "until": "soon"}, "curtailment_until must be a moment to come"),
        ({"shed_kw": 1, "ramp_kw": 0}, "curtailment_ramp_kw"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_name_of_the_variable(options, words):
    with pytest.raises(CurtailmentError, match=words):
        begin(options)


def test_two_sizes_of_a_step_are_refused():
    with pytest.raises(CurtailmentError, match="only one"):
        resuming({"step_kw": 2, "step_miners": 2})


@pytest.mark.parametrize(
    "options, params",
    [
        ({}, {"state": "off"}),
        ({"by": False}, {"state": "off"}),  # YAML reads a bare off as false
        ({"by": "low"}, {"mode": "low"}),
        ({"by": "percent", "percent": "0"}, {"percent": 0}),
        ({"by": "limit", "limit_watts": 2000}, {"limit_watts": 2000}),
    ],
)
def test_each_way_is_an_option_of_whatsminer_power(options, params):
    assert curtailing({"shed_kw": 1, **options}, 0).demand.params == params


def test_a_demand_is_written_as_it_was_declared():
    assert Demand("shed_kw", 5.0, "percent", 50).to_dict() == {"shed_kw": 5.0, "by": "percent", "percent": 50}
    assert Demand("all", 0, "off").to_dict() == {"all": True, "by": "off"}


def test_power_settles_by_itself_only_where_nothing_is_switched_off_and_no_meter_lags():
    settle = {"shed_kw": 1, "settle_seconds": 20}
    assert curtailing(settle, 0).settle_seconds == 0
    assert curtailing({**settle, "by": "low"}, 0).settle_seconds == 20
    assert curtailing({**settle, "measured_kw": 500}, 0).settle_seconds == 0
    assert curtailing({**settle, "measured_kw": "meter --kw"}, 0).settle_seconds == 20
