# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records of what was applied: believed as long as nothing can have undone it, and giving nothing away."""

from __future__ import annotations

import json
import time

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine import applied_records
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings.base import Setting

MAC = "C4:05:08:00:02:3B"
HOUR = 3600
DAY = 24 * HOUR


class Plain(Setting):
    name = "plain"


class Ephemeral(Setting):
    name = "ephemeral"
    ephemeral = True


class Secret(Setting):
    name = "secret"
    secret = True


class Clock:
    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock(1_700_000_000.0)
    monkeypatch.setattr(applied_records.time, "time", clock)
    return clock


def facts(uptime=DAY, elapsed=DAY - 60, **others):
    return {
        "uptime_seconds": int(uptime),
        "elapsed_seconds": int(elapsed),
        "firmware_version": "20210322.22.REL",
        "mac": MAC,
        "state": "on",
        **others,
    }


def without(known, *names):
    return {name: value for name, value in known.items() if name not in names}


def kept_by_a_cache(record):
    """What a fact cache gives back."""
    return json.loads(json.dumps(record))


# --- What a record says -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Plain, Ephemeral, Secret])
@pytest.mark.parametrize("value", [True, 80, "CST-8", {"a": 1, "b": [1, 2]}, [{"url": "u", "password": "p"}]])
def test_a_record_holds_and_matches_what_was_applied(kind, value):
    record = kept_by_a_cache(applied_records.made(kind(value), facts()))
    assert applied_records.holds(record, kind(value), facts())
    assert applied_records.matches(record, kind(value))


@pytest.mark.parametrize("kind", [Plain, Secret])
@pytest.mark.parametrize(
    ("one", "other"),
    [(True, False), (80, 81), (80, "80"), ("a", "b"), ({"a": 1}, {"a": 2}), ([1, 2], [2, 1])],
)
def test_a_record_matches_nothing_else(kind, one, other):
    assert not applied_records.matches(applied_records.made(kind(one), facts()), kind(other))


def test_the_order_of_a_dict_means_nothing():
    assert applied_records.matches(
        applied_records.made(Plain({"a": 1, "b": 2}), facts()), Plain({"b": 2, "a": 1})
    )


def test_a_record_is_small_and_json_and_holds_no_value():
    record = applied_records.made(Plain("Asia/Shanghai"), facts())
    assert set(record) == {"value", "at", "booted", "started", "firmware", "mac"}
    assert "Asia/Shanghai" not in json.dumps(record)
    assert len(json.dumps(record)) < 300


def test_a_secret_s_fingerprint_is_salted_and_slow():
    one, two = (applied_records.made(Secret("hunter22"), facts())["value"] for _each in range(2))
    assert one != two
    begun = time.perf_counter()
    for _each in range(10):
        applied_records.matches({"value": one}, Secret("guess"))
    assert (time.perf_counter() - begun) / 10 > 0.0005


def test_a_secret_leaves_no_unsalted_trace():
    plain, secret = (
        applied_records.made(Plain("hunter22"), facts())["value"],
        applied_records.made(Secret("hunter22"), facts())["value"],
    )
    assert plain.lstrip("$") not in secret
    assert "hunter22" not in secret


# --- What voids one -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Plain, Ephemeral, Secret])
@pytest.mark.parametrize("change", [{"mac": "C4:05:08:00:02:3C"}, {"firmware_version": "20230911.12.REL"}])
def test_another_machine_or_another_firmware_voids_a_record(kind, change):
    assert not applied_records.holds(applied_records.made(kind(1), facts()), kind(1), facts(**change))


def test_what_a_powered_off_miner_does_not_show_voids_nothing():
    record = applied_records.made(Plain(1), facts())
    assert applied_records.holds(record, Plain(1), {"state": "off"})


def test_a_restart_voids_only_what_it_undoes(clock):
    record, secret = applied_records.made(Ephemeral(80), facts()), applied_records.made(Plain(80), facts())
    clock.now += HOUR
    restarted = facts(uptime=DAY + HOUR, elapsed=60)
    assert not applied_records.holds(record, Ephemeral(80), restarted)
    assert applied_records.holds(secret, Plain(80), restarted)


def test_a_reboot_voids_what_it_undoes(clock):
    record = applied_records.made(Ephemeral(80), facts())
    clock.now += HOUR
    assert not applied_records.holds(record, Ephemeral(80), facts(uptime=60, elapsed=30))


@pytest.mark.parametrize("later", [1, HOUR, 30 * DAY])
def test_time_alone_voids_nothing(clock, later):
    record = applied_records.made(Ephemeral(80), facts())
    clock.now += later
    assert applied_records.holds(record, Ephemeral(80), facts(uptime=DAY + later, elapsed=DAY - 60 + later))


@pytest.mark.parametrize("share", [0.9995, 1.0005])
def test_a_clock_that_drifts_voids_nothing(clock, share):
    record = applied_records.made(Ephemeral(80), facts())
    clock.now += 10 * DAY
    assert applied_records.holds(
        record, Ephemeral(80), facts(uptime=(11 * DAY) * share, elapsed=(11 * DAY - 60) * share)
    )


def test_a_restart_soon_after_does_not_hide_in_the_drift_of_the_days_that_follow(clock):
    record = applied_records.made(Ephemeral(80), facts(uptime=DAY, elapsed=60))
    clock.now += 120 + 10 * DAY  # btminer restarted two minutes after the record was made
    assert not applied_records.holds(record, Ephemeral(80), facts(uptime=11 * DAY + 120, elapsed=10 * DAY))


def test_powering_off_voids_what_a_restart_undoes():
    assert not applied_records.holds(
        applied_records.made(Ephemeral(80), facts()), Ephemeral(80), facts(state="off")
    )


@pytest.mark.parametrize("clocks", [("uptime_seconds", "elapsed_seconds")])
def test_where_no_clock_tells_of_a_restart_it_is_not_ruled_out(clocks):
    blind = without(facts(), *clocks)
    assert not applied_records.holds(applied_records.made(Ephemeral(80), facts()), Ephemeral(80), blind)
    assert not applied_records.holds(applied_records.made(Ephemeral(80), blind), Ephemeral(80), facts())


@pytest.mark.parametrize("missing", ["uptime_seconds", "elapsed_seconds"])
def test_one_of_two_clocks_is_enough(missing):
    known = without(facts(), missing)
    assert applied_records.holds(applied_records.made(Ephemeral(80), known), Ephemeral(80), known)


@pytest.mark.parametrize("kind", [Plain, Ephemeral, Secret])
def test_a_record_from_the_future_is_void_until_and_after_the_clock_has_caught_up(clock, kind):
    clock.now += DAY  # the controller's clock is ahead
    record = applied_records.made(kind(80), facts(uptime=HOUR, elapsed=HOUR))
    clock.now -= DAY
    assert not applied_records.holds(record, kind(80), facts(uptime=HOUR, elapsed=HOUR))
    # Half a day later the miner restarted, and a day later the record isn't from the future any more.
    clock.now += 1.5 * DAY
    restarted = facts(uptime=DAY, elapsed=DAY)
    assert applied_records.holds(record, kind(80), restarted) is not kind.ephemeral


def test_clocks_that_differ_by_a_minute_void_nothing(clock):
    record = applied_records.made(Plain(80), facts())
    clock.now -= 60
    assert applied_records.holds(record, Plain(80), facts(uptime=DAY - 60, elapsed=DAY - 120))


# --- What a fact cache may have made of it ------------------------------------------------------------------


@pytest.mark.parametrize(
    "record",
    [
        None,
        [],
        "x",
        7,
        {},
        {"value": None},
        {"value": 7},
        {"value": ["x"]},
        {"at": 1},
        {"value": "$x"},
        {"value": "$x", "at": "now"},
    ],
)
def test_what_is_no_record_does_not_hold(record):
    assert not applied_records.holds(record, Plain(1), facts())


@pytest.mark.parametrize(
    "damage",
    [{"at": "yesterday"}, {"at": None}, {"booted": "x", "started": []}, {"booted": None, "started": {}}],
)
def test_a_damaged_record_is_not_believed(damage):
    record = {**applied_records.made(Ephemeral(80), facts()), **damage}
    assert not applied_records.holds(record, Ephemeral(80), facts())


@pytest.mark.parametrize("value", ["", "$", "é$ü", "\ud800$x", "x" * 1000, "salt$" + "0" * 64])
def test_a_damaged_fingerprint_matches_nothing(value):
    assert not applied_records.matches({"value": value}, Secret("hunter22"))


HALF_A_PAIR = "\ud800"


def test_records_that_could_not_be_kept_again_are_dropped_and_the_others_stay():
    good = applied_records.made(Plain(1), facts())
    damaged = {
        "a": {**good, "mac": HALF_A_PAIR},
        "b": {**good, "value": HALF_A_PAIR + "$x"},
        "c": "x",
        "d": {**good, "at": []},
    }
    assert applied_records.usable({"good": good, **damaged}) == {"good": good}
    assert not any(applied_records.holds(record, Plain(1), facts()) for record in damaged.values())


@pytest.mark.parametrize("applied", [None, [], "x", 7])
def test_what_are_no_records_at_all_are_none(applied):
    assert applied_records.usable(applied) == {}
