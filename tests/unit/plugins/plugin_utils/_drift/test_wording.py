# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each difference is told in words, and no secret is."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.wording import differences, headline
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._drift.drift_reports import (
    HOSTILE,
    compared,
    one,
    pool,
)


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("high", "low", [("x", "high", "low")]),
        (True, False, [("x", "true", "false")]),
        ({"ssh": True}, {"ssh": False, "dns": ["1.1.1.1"]},
         [("x.ssh", "true", "false"), ("x.dns", "nothing", "1.1.1.1")]),
        ({"dns": ["1.1.1.1", "8.8.8.8"]}, {"dns": ["1.1.1.1"]}, [("x.dns", "1.1.1.1, 8.8.8.8", "1.1.1.1")]),
        ([pool("a"), pool("b")], [pool("a"), pool("c")], [("x[1].user", "b", "c")]),
        ([pool("a")], [], [("x[0].url", "stratum+tcp://a:1", "nothing"), ("x[0].user", "a", "nothing")]),
        ([pool("a")], [pool("a")],
         [("x", "another password, by the record of what was applied last", "the declared one")]),
        ("unknown: no command shows it", "UTC",
         [("x", "another value, by the record of what was applied last", "UTC")]),
        ("unknown: no command shows it", {"timezone": "UTC", "on": True},
         [("x", "another value, by the record of what was applied last", "timezone UTC, on true")]),
    ],
)  # fmt: skip
def test_differences_are_told_one_by_one_and_no_password_is(before, after, lines):
    (entry,) = one(compared("a", drifted=[("x", before, after)]))["drift"]
    assert differences(entry) == lines


def test_one_difference_is_told_whole_and_several_by_their_settings():
    mode = ("power.mode", "high", "low")
    assert headline(one(compared("a", drifted=[mode]))) == [("drift", "power.mode: high → low")]
    several = one(compared("a", drifted=[mode, ("hostname", "a", "b")], unknown={"timezone": "why"}))
    assert headline(several) == [("drift", "power.mode, hostname"), ("unknown", "timezone unknown")]


def headline_of(before, after, *others):
    ((_kind, text),) = headline(one(compared("a", drifted=[("pools", before, after), *others])))
    return text


def test_a_headline_about_pools_says_which_they_are():
    ours, theirs = pool("farm.1"), pool("thief", url="stratum+tcp://evil:3333")
    assert headline_of([theirs], [ours]) == "pools: stratum+tcp://evil:3333 → stratum+tcp://a:1"
    mode = ("power.mode", "high", "low")
    assert (
        headline_of([theirs], [ours], mode)
        == "pools: stratum+tcp://evil:3333 → stratum+tcp://a:1, power.mode"
    )
    assert headline_of([pool("b")], [ours]) == "pools[0].user: b → farm.1 (stratum+tcp://a:1)"
    assert headline_of([pool("b"), pool("c")], [ours, pool("d")]) == "pools (stratum+tcp://a:1)"
    assert headline_of([ours], [ours]).endswith("(stratum+tcp://a:1)") and "another password" in headline_of(
        [ours], [ours]
    )
    assert headline_of([pool("a", url=HOSTILE)], [pool("a", url=HOSTILE)]).isprintable()


def test_a_headline_names_what_is_held_and_by_whom():
    held = {"power.state": "curtailed by grid", "power.mode": "curtailed by grid"}
    assert headline(one(compared("a", held=held))) == [("held", "power.state, power.mode curtailed by grid")]
