# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Readings are what the miner itself showed."""

from __future__ import annotations

from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._drift.drift_reports import (
    compared,
    one,
    read,
)


def test_what_another_machine_says_is_not_taken_for_the_miners():
    result = {"host": "a", "changed": False, "failed": True, "msg": "another", "cause": "wrong_machine"}
    assert one(result, read("a", model="M50", hashrate_ths={"realtime": 99.0}))["hashrate_ths"] is None
    assert (
        one({**result, "cause": "bad_parameter"}, read("a", hashrate_ths={"realtime": 99.0}))["hashrate_ths"]
        == 99.0
    )


def test_what_a_miner_does_not_give_is_null():
    miner = one(compared("a"), {"host": "a", "failed": True, "msg": "it went away"})
    assert miner["model"] is None and miner["hashrate_ths"] is None and miner["errors"] is None
