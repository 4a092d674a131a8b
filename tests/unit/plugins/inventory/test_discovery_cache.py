# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scan in the cache answers the same question, and no other."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.tests.unit.plugins.inventory.scanned_inventory import (
    hosts,
    miner,
    rewrite,
)


def test_a_cached_scan_gives_the_same_inventory_without_a_scan(discovery, cached):
    evil = "{{ lookup('ansible.builtin.pipe', 'false') }}"
    miners = {"10.0.0.1": miner(1, hostname=evil), "10.0.0.2": miner(2), "10.0.0.10": miner(10)}
    discovery.finds(miners=miners, silent={"10.0.0.3": "no reply"})

    def look():
        inventory = discovery.parse(**cached)
        names = [host.name for host in inventory.get_hosts()]
        return {name: discovery.values(inventory, name) for name in names}, names, sorted(inventory.groups)

    first, warned = look(), list(discovery.warnings)
    discovery.finds(miners={})
    discovery.warnings.clear()
    assert look() == first
    assert discovery.warnings == warned
    assert len(discovery.scans) == 1
    assert first[0]["10.0.0.1"]["whatsminer"]["hostname"] == evil


def test_a_refresh_scans_again_and_renews_the_cache(discovery, cached):
    discovery.finds(miners={"10.0.0.1": miner(1)})
    discovery.parse(**cached)
    discovery.finds(miners={"10.0.0.2": miner(2)})
    assert hosts(discovery.parse(refresh=True, **cached)) == ["10.0.0.2"]
    discovery.finds(miners={})
    assert hosts(discovery.parse(**cached)) == ["10.0.0.2"]
    assert len(discovery.scans) == 2


def test_another_question_is_not_answered_from_the_cache(discovery, cached):
    discovery.finds(miners={"10.0.0.1": miner(1)})
    discovery.parse(**cached)
    others = (
        {"networks": ["10.0.0.0/27"]},
        {"exclude": ["10.0.0.9"]},
        {"port": 4029},
        {"api3_port": 5433},
        {"api": "2"},
        {"gather_subset": ["all"]},
    )
    for number, config in enumerate(others, 2):
        discovery.parse(**cached, **config)
        assert len(discovery.scans) == number
    discovery.parse(**cached, gather_subset=["all"], hostname="mac", concurrency=3)
    assert len(discovery.scans) == number


@pytest.mark.parametrize("kept", [[], {"asked": None}, {"found": {"nonsense": 1}}])
def test_a_cache_that_makes_no_sense_is_renewed(discovery, cached, tmp_path, kept):
    discovery.finds(miners={"10.0.0.1": miner(1)})
    discovery.parse(**cached)
    (file,) = (path for path in (tmp_path / "cache").iterdir() if not path.name.endswith("_identities"))
    rewrite(file, lambda content: {**content, **kept} if kept else kept)
    assert hosts(discovery.parse(**cached)) == ["10.0.0.1"]
    assert len(discovery.scans) == 2


def test_an_empty_scan_is_not_kept(discovery, cached):
    discovery.parse(**cached)
    discovery.finds(miners={"10.0.0.1": miner(1)})
    assert hosts(discovery.parse(**cached)) == ["10.0.0.1"]


def test_without_the_option_nothing_is_cached(discovery, cached, tmp_path):
    discovery.finds(miners={"10.0.0.1": miner(1)})
    discovery.parse(**{**cached, "cache": False})
    discovery.parse(**{**cached, "cache": False})
    assert len(discovery.scans) == 2 and not (tmp_path / "cache").exists()
