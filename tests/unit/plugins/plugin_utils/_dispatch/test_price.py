# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done about a price: hysteresis, hours, at once above a second price, and what stands already."""

from __future__ import annotations

import datetime
import zoneinfo

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._dispatch import price
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._dispatch.price import Standing

CHICAGO = zoneinfo.ZoneInfo("America/Chicago")
# A Tuesday.
NOW = datetime.datetime(2026, 7, 14, 15, 30, tzinfo=CHICAGO).timestamp()
OPTIONS = {
    "price": 100,
    "strike_price": 150,
    "resume_price": 80,
    "hours": [],
    "timezone": "America/Chicago",
    "max_age_seconds": 600,
    "reason": "price",
}
SHED = Standing(miners=3)


NOTHING_SHED = Standing()


def decided(now=NOW, standing=NOTHING_SHED, **options):
    return price.decide(price.declared_of({**OPTIONS, **options}, NOW), standing, now)


@pytest.mark.parametrize(
    "now_price, standing, expected",
    [
        (149.99, Standing(), ""),
        (150, Standing(), "curtail"),
        (9000, Standing(), "curtail"),
        (150, SHED, ""),
        (80, SHED, ""),
        (79.99, SHED, "resume"),
        (-30, SHED, "resume"),
        (-30, Standing(), ""),
    ],
)
def test_it_sheds_from_the_strike_price_on_and_takes_that_back_below_the_resume_price(
    now_price, standing, expected
):
    assert decided(price=now_price, standing=standing).run == expected


def test_a_goal_that_was_not_reached_is_gone_on_with():
    assert decided(price=150, standing=Standing(miners=3, goal_open=True)).run == "curtail"


def test_a_resume_that_is_not_over_is_turned_back():
    assert decided(price=150, standing=Standing(miners=3, resuming=True)).run == "curtail"


def test_what_came_back_on_by_itself_is_shed_again_where_that_sheds_no_more_than_declared():
    assert decided(price=150, standing=Standing(miners=3, is_level=True)).run == "curtail"


def test_it_sheds_at_once_at_the_immediate_price_only():
    assert decided(price=150, immediate_price=1000).at_once is False
    assert decided(price=1000, immediate_price=1000).at_once is True


def test_nothing_is_taken_back_before_it_may_be():
    held = Standing(miners=3, held_until=NOW + 60)
    found = decided(price=0, standing=held)
    assert found.run == "" and "the curtailment may not be taken back before " in found.why
    assert decided(price=0, standing=held, now=NOW + 61).run == "resume"


@pytest.mark.parametrize(
    "hours, at, is_in",
    [
        ("14:00-20:00", "2026-07-14 15:30", True),
        ("14:00-20:00", "2026-07-14 20:00", False),
        ("mon-fri 14:00-20:00", "2026-07-18 15:30", False),
        ("sat,sun 00:00-24:00", "2026-07-18 23:59", True),
        ("fri-mon 10:00-11:00", "2026-07-13 10:30", True),
        ("fri-mon 10:00-11:00", "2026-07-14 10:30", False),
        ("tue 22:00-06:00", "2026-07-14 23:00", True),
        ("tue 22:00-06:00", "2026-07-15 05:59", True),
        ("tue 22:00-06:00", "2026-07-14 05:59", False),
        ("Mon-Fri 14:00 - 20:00", "2026-07-14 15:30", True),
    ],
)
def test_outside_its_hours_a_price_sheds_nothing_and_what_was_shed_comes_back(hours, at, is_in):
    now = datetime.datetime.fromisoformat(at).replace(tzinfo=CHICAGO).timestamp()
    options = {**OPTIONS, "price": 500, "hours": ["sun 03:00-03:01", hours]}
    declared = price.declared_of(options, now)
    assert price.decide(declared, Standing(), now).run == ("curtail" if is_in else "")
    assert price.decide(declared, SHED, now).run == ("" if is_in else "resume")


def test_the_hours_are_those_of_the_declared_zone():
    hours = ["15:00-16:00"]
    assert decided(price=500, hours=hours).run == "curtail"
    assert decided(price=500, hours=hours, timezone="Europe/Oslo").run == ""


def test_a_price_that_waited_too_long_is_left_alone():
    found = decided(price=500, price_at=NOW - 601)
    assert found.run == "" and "601 s old" in found.why
    assert decided(price=500, price_at=NOW - 599).run == "curtail"


@pytest.mark.parametrize(
    "options, words",
    [
        ({"resume_price": 151}, "dispatch_resume_price, 151, must be at most dispatch_strike_price, 150"),
        ({"immediate_price": 149}, "dispatch_immediate_price, 149, must be at least"),
        ({"price": float("nan")}, "dispatch_price must be a number"),
        ({"price_at": NOW * 1000}, "in seconds since 1970"),
        ({"timezone": "Texas"}, "dispatch_timezone must be a time zone that this machine knows"),
        ({"hours": ["weekdays"]}, "dispatch_hours must be a list of hours such as"),
        ({"hours": ["mo-fr 14:00-20:00"]}, "'mo-fr' in 'mo-fr 14:00-20:00' is no day"),
        ({"hours": ["14:00-24:30"]}, "24:30 in '14:00-24:30' is no time of a day"),
        ({"hours": ["14:00-14:00"]}, "has no length"),
        ({"hours": ["24:00-06:00"]}, "has no length"),
    ],
)
def test_what_makes_no_sense_is_named(options, words):
    with pytest.raises(ValueError) as caught:
        price.declared_of({**OPTIONS, **options}, NOW)
    assert words in str(caught.value)
