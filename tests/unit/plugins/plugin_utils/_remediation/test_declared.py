# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.reasons import Reason
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._remediation.declared import (
    REST,
    Policies,
    policy_of,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._remediation.sick_fleets import (
    rules,
)


def ladder(policy, *codes):
    return policy.ladder([Reason(code, "ill", "") for code in codes])


def test_what_is_declared_is_merged_with_the_defaults():
    policy = policy_of({"hashrate_low": [], "pools_dead": ["restart"], "no_pools": None}, None)
    assert ladder(policy, "btminer_down") == ("restart", "reboot")
    assert ladder(policy, "hashrate_low") == ladder(policy, "no_pools") == ()
    assert ladder(policy, "pools_dead") == ("restart",)


@pytest.mark.parametrize(
    "code", ["chip_hot", "fan_stopped", "input_voltage_low", "pools_dead", "wrong_machine"]
)
def test_what_no_restart_mends_is_covered_only_where_that_is_declared(code):
    assert not policy_of(None, None).covers(Reason(code, "ill", ""))


def test_remedies_come_the_mildest_first_however_they_are_written():
    policy = policy_of({"error": ["power_cycle", "restart"], "board_low": ["reboot"]}, ["pdu"])
    assert ladder(policy, "error", "board_low") == ("restart", "reboot", "power_cycle")


def test_a_power_cycle_needs_a_command():
    assert ladder(policy_of(None, []), "no_answer") == ()
    policy = policy_of(None, ["pdu", 7])
    assert ladder(policy, "no_answer") == ("power_cycle",) and policy.command == ("pdu", "7")


@pytest.mark.parametrize(
    ("declared", "command", "words"),
    [
        ([], ["pdu"], None),
        (["restart"], None, "remediation_policy must be a dictionary"),
        ({"no_answer": "reboot"}, None, "remediation_policy.no_answer must be a list of restart, reboot"),
        ({"no_answer": ["pray"]}, None, "remediation_policy.no_answer must be a list of restart, reboot"),
        (
            {"btminer_dwon": ["restart"]},
            None,
            "btminer_dwon is no reason's code; the nearest is btminer_down",
        ),
        ({"held": ["restart"]}, None, "held is no reason's code"),
        ({"wrong_machine": ["reboot"]}, None, "another machine is at the address, and nothing is done"),
        ({}, "pdu --token s3cret", "remediation_power_cycle must be a list: a program and its arguments"),
        ({}, [["pdu", "s3cret"]], "remediation_power_cycle must be a list"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_and_no_command_shown(declared, command, words):
    if words is None:
        assert policy_of(declared, command).command == ("pdu",)
        return
    with pytest.raises(ValueError, match=words) as error:
        policy_of(declared, command)
    assert "s3cret" not in str(error.value)


def test_each_host_has_a_policy_of_its_own():
    policies = Policies()
    policies.note("a", {}, ["pdu", "1"])
    policies.note("b", {"no_answer": []}, ["pdu", "2"])
    assert policies.by_host["a"].command[1] == "1" and policies.by_host["b"].command[1] == "2"
    assert ladder(policies.by_host["b"], "no_answer") == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"verdicts": ["sick"]}, "remediation_verdicts must be a list of ill, unreachable, watch"),
        ({"site_percent": 0}, "remediation_site_percent must be between 0.1 and 100, and is 0"),
        ({"daily_per_miner": 0}, "remediation_daily_per_miner must be between 1 and 100"),
        ({"wait_minutes": -1}, "remediation_wait_minutes must be between 0 and 10080"),
        ({"sites": ["north"]}, "remediation_sites must be groups of the inventory, and there is no north"),
    ],
)
def test_limits_that_make_no_sense_are_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        rules(["m1"], **changes)


def test_without_sites_the_group_miners_and_the_plays_hosts_are_one():
    assert rules(["a", "x"], {"miners": ["a", "b"]}).sites == {"miners": ["a", "b", "x"]}
    assert rules(["x"]).sites == {"miners": ["x"]}


def test_a_host_is_in_the_first_site_that_has_it_and_the_rest_are_one():
    groups = {"north": ["a", "b"], "south": ["b", "c"]}
    found = rules(["a", "b", "x"], groups, sites=["north", "south"]).sites
    assert found == {"north": ["a", "b"], "south": ["c"], REST: ["x"]}
