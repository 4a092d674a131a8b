# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What miners have in common stands with a group, and each miner has just what was read of it."""

from __future__ import annotations

import random

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._adopt.placement import (
    group_equals,
    place,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._adopt.vars_text import Template


def groups_of(**hosts):
    return {group: frozenset(names.split()) for group, names in hosts.items()}


def effective(placement, groups):
    """What Ansible makes of *placement* for each host, whichever group it takes last."""
    found = []
    for order in (sorted(groups), sorted(groups, reverse=True)):
        of_hosts = {}
        for host, own in placement.of_hosts.items():
            carried = {}
            for group in order:
                if host in groups[group]:
                    carried.update(placement.of_groups[group])
            of_hosts[host] = {**carried, **own}
        found.append(of_hosts)
    assert found[0] == found[1]
    return found[0]


def test_what_all_hosts_of_a_group_share_stands_with_it_and_what_differs_with_the_host():
    variables = {host: {"power": "on", "mac": host} for host in "abc"}
    variables["c"]["power"] = "off"
    placement = place(variables, groups_of(miners="a b c"))
    assert placement.of_groups == {"miners": {"power": "on"}}
    assert placement.of_hosts == {"a": {"mac": "a"}, "b": {"mac": "b"}, "c": {"power": "off", "mac": "c"}}


def test_a_group_carries_nothing_that_was_not_read_of_each_of_its_hosts():
    variables = {"a": {"power": "on"}, "b": {"power": "on"}, "c": {}}
    groups = groups_of(miners="a b c", rack="a b", other="a b x")
    placement = place(variables, groups)
    assert placement.of_groups == {"miners": {}, "rack": {"power": "on"}, "other": {}}
    assert placement.of_hosts == {"a": {}, "b": {}, "c": {}}


def test_sites_with_pools_of_their_own_carry_those_and_not_all_together():
    variables = {f"{site}{n}": {"pools": site} for site in "xyz" for n in range(4)}
    groups = groups_of(
        miners=" ".join(variables), **{site: " ".join(f"{site}{n}" for n in range(4)) for site in "xyz"}
    )
    placement = place(variables, groups)
    assert placement.of_groups == {"miners": {}, **{site: {"pools": site} for site in "xyz"}}
    assert not any(placement.of_hosts.values())


def test_one_odd_miner_does_not_scatter_what_all_others_share_over_its_racks():
    variables = {f"m{n}": {"power": "on"} for n in range(12)}
    variables["m11"]["power"] = "off"
    racks = {f"rack{r}": " ".join(f"m{n}" for n in range(r * 4, r * 4 + 4)) for r in range(3)}
    placement = place(variables, groups_of(miners=" ".join(variables), **racks))
    assert {group: own for group, own in placement.of_groups.items() if own} == {"miners": {"power": "on"}}
    assert {host: own for host, own in placement.of_hosts.items() if own} == {"m11": {"power": "off"}}


def test_a_template_is_not_the_text_that_looks_like_it():
    text = "{{ inventory_hostname }}"
    placement = place(
        {"a": {"x": Template(text)}, "b": {"x": text}, "c": {"x": Template(text)}}, groups_of(miners="a b c")
    )
    assert isinstance(placement.of_groups["miners"]["x"], Template)
    assert placement.of_hosts["b"] == {"x": text}
    assert not isinstance(placement.of_hosts["b"]["x"], Template)


@pytest.mark.parametrize("seed", range(30))
def test_whatever_the_groups_are_each_host_has_what_was_read_of_it(seed):
    chance = random.Random(seed)
    hosts = [f"m{n}" for n in range(15)]
    variables = {
        host: {name: chance.choice("ab") for name in ("pools", "power", "led") if chance.random() < 0.9}
        for host in hosts
    }
    groups = {f"g{n}": frozenset(chance.sample(hosts, chance.randint(1, 15))) for n in range(8)}
    placement = place(variables, groups)
    assert effective(placement, groups) == variables
    made = group_equals(placement, groups)
    assert effective(placement, {**groups, **made}) == variables


def test_groups_are_made_for_what_no_group_carries():
    variables = {"a": {"led": 1}, "b": {"led": 1}, "c": {"led": 2}}
    taken = groups_of(adopted_led_1="c")
    placement = place(variables, taken)
    assert group_equals(placement, taken) == groups_of(adopted_led_2="a b")
    assert placement.of_groups["adopted_led_2"] == {"led": 1}
    assert placement.of_hosts == {"a": {}, "b": {}, "c": {"led": 2}}
