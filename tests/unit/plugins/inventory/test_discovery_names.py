# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts are named as asked, each once, and none by a name that means something else."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleParserError
from ansible_collections.minerops.whatsminer.tests.unit.plugins.inventory.scanned_inventory import (
    STATIC,
    hosts,
    miner,
)


@pytest.mark.parametrize(
    ("hostname", "name"),
    [
        ("address", "10.0.0.1"),
        ("mac", "C4-05-08-00-00-01"),
        ("hostname", "rack1-01"),
        ("{{ whatsminer.model | lower }}-{{ whatsminer_mac[-2:] }}", "m30s_ve40-01"),
        ("m{{ whatsminer.power_watts }}", "m3472"),
        ("{{ whatsminer.power_watts / 2 }}w", "1736.0w"),
        ("{{ ansible_host | replace('.', '-') }}", "10-0-0-1"),
    ],
)
def test_hosts_are_named_as_asked(discovery, hostname, name):
    discovery.finds(miners={"10.0.0.1": miner()})
    inventory = discovery.parse(hostname=hostname)
    assert hosts(inventory) == [name]
    assert discovery.values(inventory, name)["ansible_host"] == "10.0.0.1"
    assert discovery.warnings == []


@pytest.mark.parametrize(
    ("hostname", "without"),
    [
        ("hostname", {"hostname": None}),
        ("hostname", {"hostname": "+++"}),
        ("{{ whatsminer.serial }}", {}),
        ("{{ whatsminer.network.hostname | lower }}", {}),
        ("{{ whatsminer.hostname }}", {"hostname": "/"}),
    ],
)
def test_a_miner_without_the_fact_is_named_by_its_address_and_that_is_said(discovery, hostname, without):
    discovery.finds(miners={"10.0.0.1": miner(1, **without)})
    assert hosts(discovery.parse(hostname=hostname)) == ["10.0.0.1"]
    assert len(discovery.warnings) == 1 and "named by their addresses: 10.0.0.1" in discovery.warnings[0]


def test_with_strict_a_name_from_a_missing_fact_is_an_error(discovery):
    discovery.finds(miners={"10.0.0.1": miner()})
    with pytest.raises(AnsibleParserError, match="10.0.0.1: hostname: "):
        discovery.parse(hostname="{{ whatsminer.serial }}", strict=True)


def test_a_template_that_is_none_is_an_error(discovery):
    discovery.finds(miners={"10.0.0.1": miner()})
    with pytest.raises(AnsibleParserError):
        discovery.parse(hostname="{{ whatsminer. }}")


def test_miners_that_share_a_name_are_all_there_under_their_addresses(discovery):
    discovery.finds(
        miners={f"10.0.0.{n}": miner(n, hostname="WhatsMiner" if n < 14 else "own") for n in range(1, 15)}
    )
    inventory = discovery.parse(hostname="hostname")
    assert hosts(inventory, "miners") == sorted([f"10.0.0.{n}" for n in range(1, 14)] + ["own"])
    assert len(discovery.warnings) == 1
    assert (
        discovery.warnings[0].startswith("13 share a name")
        and "10.0.0.1 (WhatsMiner)" in discovery.warnings[0]
    )
    assert discovery.warnings[0].endswith("and 3 more")


def test_names_that_only_sanitising_makes_alike_are_shared_too(discovery):
    discovery.finds(miners={"10.0.0.1": miner(1, hostname="a b"), "10.0.0.2": miner(2, hostname="a/b")})
    assert hosts(discovery.parse(hostname="hostname")) == ["10.0.0.1", "10.0.0.2"]


@pytest.mark.parametrize(
    "name",
    [
        "localhost",
        "LOCALHOST",
        "all",
        "ungrouped",
        "miners",
        "servers",
        "gateway",
        "model_M30S_VE40",
        "state_on",
        "10.0.0.9",
        "127.1",
        "7",
    ],
)
def test_a_miner_can_not_take_a_name_that_means_something_else(discovery, name):
    discovery.finds(miners={"10.0.0.2": miner(2, hostname=name)})
    inventory = discovery.parse(hostname="hostname", before=STATIC)
    assert "10.0.0.2" in hosts(inventory, "miners")
    assert discovery.values(inventory, "gateway") == {"ansible_host": "192.0.2.1"}
    assert len(discovery.warnings) == 1 and f"10.0.0.2 ({name}: " in discovery.warnings[0]


def test_a_miner_that_another_source_lists_gets_its_address_there(discovery):
    discovery.finds(miners={"10.0.0.1": miner(1, hostname="pinned"), "10.0.0.2": miner(2, hostname="known")})
    inventory = discovery.parse(hostname="hostname", before=STATIC)
    assert hosts(inventory, "miners") == ["10.0.0.1", "known", "pinned"]
    known = discovery.values(inventory, "known")
    assert (known["rack"], known["ansible_host"], known["whatsminer_mac"]) == (
        7,
        "10.0.0.2",
        "C4:05:08:00:00:02",
    )
    assert discovery.warnings == []


def test_what_another_source_pinned_stays_pinned(discovery):
    discovery.finds(miners={"10.0.0.1": miner(1), "10.0.0.2": miner(2, hostname="pinned")})
    assert (
        discovery.values(discovery.parse(before=STATIC), "10.0.0.1")["whatsminer_mac"] == "C4:05:08:00:00:99"
    )
    inventory = discovery.parse(hostname="hostname", before=STATIC)
    assert discovery.values(inventory, "pinned") == {"whatsminer_mac": "c4-05-08-00-00-01"}
    assert "a host with MAC address C4:05:08:00:00:01" in discovery.warnings[-1]
