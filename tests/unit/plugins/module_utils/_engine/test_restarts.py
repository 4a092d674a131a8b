# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What proves a restart: a clock that began anew, and only for a miner without one that it was away."""

from __future__ import annotations

import time

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine import restarts
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.restarts import Watch


@pytest.fixture
def passed(monkeypatch):
    """`passed(seconds)` lets time go by."""
    offset = [0.0]
    really = time.monotonic
    monkeypatch.setattr(restarts.time, "monotonic", lambda: really() + offset[0])

    def forward(seconds):
        offset[0] += seconds

    return forward


def now():
    return restarts.time.monotonic()


def test_an_answer_that_lay_here_for_a_while_shows_no_restart(passed):
    watch = Watch({"uptime_seconds": 5000})
    asked = now()
    passed(30)  # a busy controller gets to read it only now
    assert not watch.restarted({"uptime_seconds": 5000}, asked)


def test_a_clock_that_goes_on_shows_no_restart_though_the_miner_was_away(passed):
    watch = Watch({"uptime_seconds": 5000})
    passed(60)
    watch.was_away = True
    assert not watch.restarted({"uptime_seconds": 5060}, now())


def test_a_clock_that_began_anew_shows_one(passed):
    watch = Watch({"uptime_seconds": 5000})
    passed(60)
    assert watch.restarted({"uptime_seconds": 30}, now())


def test_a_clock_that_is_too_young_to_have_gone_backwards_shows_one_once_the_miner_was_away(passed):
    watch = Watch({"uptime_seconds": 2})
    passed(100)
    assert not watch.restarted({"uptime_seconds": 101}, now())
    watch.was_away = True
    assert watch.restarted({"uptime_seconds": 90}, now())
    assert not watch.restarted({"uptime_seconds": 103}, now())


def test_without_a_clock_it_is_a_restart_to_have_been_away():
    watch = Watch({})
    assert not watch.restarted({"uptime_seconds": 5}, now())
    watch.was_away = True
    assert watch.restarted({}, now())


def test_a_btminer_whose_clock_does_not_show_is_not_known_to_have_restarted():
    watch = Watch({"elapsed_seconds": 5000, "state": "on"}, "btminer")
    assert not watch.restarted({"state": "on"}, now())
    assert watch.restarted({"elapsed_seconds": 3}, now())
