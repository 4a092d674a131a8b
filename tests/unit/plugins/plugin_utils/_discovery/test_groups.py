# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Groups are named by what a miner shows, and their names mean nothing to Ansible."""

from __future__ import annotations

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.groups import groups_of


def test_a_miner_is_in_a_group_for_each_kind_that_it_shows():
    known = {"model": "M30S+VE40", "firmware_version": "20210322.22.REL", "api_version": "1.4.0"}
    assert groups_of({**known, "state": "on"}) == [
        "model_M30S_VE40",
        "firmware_20210322_22_REL",
        "api_1_4",
        "state_on",
    ]
    assert groups_of({**known, "api": {"generation": 2}})[2:] == ["api_2", "api_1_4"]
    assert groups_of({"state": "off"}) == ["state_off"]
    assert groups_of({}) == []


def test_a_miner_is_in_a_group_for_each_api_that_answers_and_for_the_version_that_was_spoken():
    spoken = {"api_version": "3.0.1", "api": {"generation": 3, "version": "3.0.1"}}
    assert groups_of(spoken) == ["api_3", "api_3_0"]
    both = {**spoken, "api": {**spoken["api"], "generations": [2, 3]}}
    assert groups_of(both) == ["api_2", "api_3", "api_3_0"]


def test_a_value_is_cut_and_nothing_of_it_is_a_sign():
    (group,) = groups_of({"state": "{{ 7 * 7 }}" * 100})
    assert set(group) <= set("state_7") and len(group) == len("state_") + 64
