# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A miner that doesn't show which machine it is is the one that was there, as far as that's plausible."""

from __future__ import annotations

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.identities import (
    identify,
    renewed,
)

ONE = {"mac": "C4:05:08:00:00:01", "model": "M30S", "firmware_version": "1", "power_watts": 3400}
OTHER = {"mac": "C4:05:08:00:00:02", "model": "M50", "firmware_version": "2"}
OFF = {"state": "off", "firmware_version": "1"}


def nobody(address):
    return False


def test_a_machine_that_is_seen_is_nowhere_else_any_more():
    assert renewed({"10.0.0.1": ONE, "10.0.0.2": OTHER}, {"10.0.0.3": ONE}) == {
        "10.0.0.2": OTHER,
        "10.0.0.3": ONE,
    }
    assert renewed({"10.0.0.1": ONE}, {"10.0.0.1": OFF}) == {"10.0.0.1": ONE}


def test_what_it_showed_of_itself_is_taken_over_and_nothing_that_changes():
    miners, unidentified = identify({"10.0.0.1": OFF}, {"10.0.0.1": ONE}, nobody)
    assert miners == {"10.0.0.1": {"mac": ONE["mac"], "model": "M30S", **OFF}} and unidentified == {}


def test_a_miner_with_other_firmware_may_be_another_one():
    found = {"10.0.0.1": {**OFF, "firmware_version": "2"}}
    assert identify(found, {"10.0.0.1": ONE}, nobody) == ({}, found)


def test_a_miner_that_another_source_lists_is_that_one():
    assert identify({"10.0.0.1": OFF}, {}, lambda address: address == "10.0.0.1") == ({"10.0.0.1": OFF}, {})
