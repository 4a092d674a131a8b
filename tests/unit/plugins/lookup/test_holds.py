# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who has the say over miners is told without asking them."""

from __future__ import annotations

import time

import pytest
from ansible.errors import AnsibleLookupError
from ansible.plugins.loader import lookup_loader
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import HoldStore
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import Hold

MAC = "C4:05:08:00:02:3B"
NOW = time.time()


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "holds").mkdir()
    store = HoldStore(str(tmp_path / "holds"))
    for host, mac, hold in (
        ("a", MAC, Hold("power", "grid", NOW - 60, NOW + 600)),
        ("a", MAC, Hold("all", "repair", NOW - 60, NOW - 1)),
        ("b", None, Hold("all", "repair", NOW - 60)),
    ):
        store.change([(host, mac)], lambda held, hold=hold: held.with_hold(hold))
    return str(tmp_path / "holds")


def holds(*hosts, **options):
    return lookup_loader.get("minerops.whatsminer.holds").run(list(hosts), {}, **options)


def test_all_holds_are_told_those_that_are_over_too(directory):
    found = holds("a", "b", "c", holds=directory)
    assert [(hold["host"], hold["kind"], hold["reason"], hold["over"]) for hold in found] == [
        ("a", "power", "grid", False),
        ("a", "all", "repair", True),
        ("b", "all", "repair", False),
    ]
    assert found[0]["told"].startswith("curtailed since ") and found[2]["until"] is None


def test_the_directory_is_a_variable_and_the_mac_finds_another_name(directory):
    lookup = lookup_loader.get("minerops.whatsminer.holds")
    assert len(lookup.run(["renamed"], {"whatsminer_holds": directory}, mac=MAC)) == 2


def test_holds_that_can_not_be_read_are_an_error():
    with pytest.raises(AnsibleLookupError, match="nowhere"):
        holds("a", holds="/nowhere/holds")
