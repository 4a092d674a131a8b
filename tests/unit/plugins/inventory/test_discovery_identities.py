# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A miner that doesn't show which machine it is is taken for none, or for the one that it was."""

from __future__ import annotations

import os
import time

import pytest
from ansible_collections.minerops.whatsminer.tests.unit.plugins.inventory.scanned_inventory import (
    FACTS,
    STATIC,
    hosts,
    miner,
    rewrite,
)

#: What firmware of API 1.3 and 1.4 tells while it's off.
OFF = {"firmware_version": FACTS["firmware_version"], "state": "off"}


@pytest.mark.parametrize(
    "hostname", ["address", "mac", "hostname", "{{ whatsminer.model }}-{{ whatsminer_mac }}"]
)
def test_a_miner_that_does_not_show_which_machine_it_is_gets_no_group_that_brings_variables(
    discovery, hostname
):
    discovery.finds(miners={"10.0.0.1": miner(1), "10.0.0.2": dict(OFF)})
    inventory = discovery.parse(
        hostname=hostname,
        compose={"worker": "'farm.' ~ ansible_host"},
        groups={"off": "whatsminer.state == 'off'"},
        keyed_groups=[{"prefix": "state", "key": "whatsminer.state"}],
    )
    assert hosts(inventory, "unidentified") == ["10.0.0.2"]
    assert len(hosts(inventory, "miners")) == 1
    host = inventory.get_host("10.0.0.2")
    assert {group.name for group in host.get_groups()} == {"all", "unidentified"}
    assert "worker" not in host.vars and "whatsminer_mac" not in host.vars
    assert discovery.values(inventory, "10.0.0.2")["whatsminer"] == OFF
    (warning,) = discovery.warnings
    assert warning.startswith("1 miners don't show which machines they are") and warning.endswith(
        ": 10.0.0.2"
    )


def test_the_group_of_the_unidentified_is_there_without_any(discovery):
    discovery.finds(miners={"10.0.0.1": miner(1, hostname="unidentified")})
    inventory = discovery.parse(hostname="hostname")
    assert hosts(inventory, "unidentified") == [] and hosts(inventory, "miners") == ["10.0.0.1"]


def test_a_miner_that_another_source_lists_by_its_address_is_that_one(discovery):
    discovery.finds(miners={"10.0.0.1": dict(OFF)})
    inventory = discovery.parse(before=STATIC)
    assert hosts(inventory, "unidentified") == [] and "10.0.0.1" in hosts(inventory, "miners")
    assert discovery.values(inventory, "10.0.0.1")["whatsminer_mac"] == "C4:05:08:00:00:99"


NAMED = {
    "hostname": "{{ whatsminer.model | regex_replace('[+].*') }}-{{ whatsminer.pools[0].user }}-{{ "
    "whatsminer_mac[-2:] }}"
}


def test_with_a_cache_a_miner_that_is_off_keeps_name_pin_and_groups_for_as_long_as_it_is_off(
    discovery, cached
):
    short = {**cached, **NAMED, "cache_timeout": 1}
    discovery.finds(miners={"10.0.0.1": miner(1)})
    (name,) = hosts(discovery.parse(**short), "miners")
    assert name == "M30S-farm.1-01"
    for refresh in (True, True, False):
        discovery.finds(miners={"10.0.0.1": dict(OFF)})
        inventory = discovery.parse(refresh=refresh, **short)
        assert hosts(inventory, "miners") == [name] and hosts(inventory, "unidentified") == []
        assert (
            set(inventory.groups) >= {"model_M30S_VE40", "state_off"} and "state_on" not in inventory.groups
        )
        values = discovery.values(inventory, name)
        assert values["whatsminer_mac"] == "C4:05:08:00:00:01" and values["whatsminer"]["state"] == "off"
        assert "power_watts" not in values["whatsminer"], "it isn't what it takes now"
        (file,) = (discovery.directory / "cache").glob("*_identities")
        for path in (discovery.directory / "cache").iterdir():  # an hour later
            os.utime(path, (time.time() - 3600,) * 2)
        assert file.exists()
    assert discovery.warnings == []


@pytest.mark.parametrize(
    "now",
    [
        {"10.0.0.1": {**OFF, "firmware_version": "20190101.1"}},
        {"10.0.0.1": {**OFF, "api_version": "1.3.0"}},
        {"10.0.0.1": dict(OFF), "10.0.0.2": miner(1)},
        {"10.0.0.3": dict(OFF)},
    ],
)
def test_an_identity_that_is_not_plausible_any_more_is_none(discovery, cached, now):
    discovery.finds(miners={"10.0.0.1": miner(1)})
    discovery.parse(**cached)
    discovery.finds(miners=now)
    inventory = discovery.parse(refresh=True, **cached)
    assert hosts(inventory, "unidentified") == [
        address for address, known in now.items() if "mac" not in known
    ]
    assert hosts(inventory, "miners") == [address for address, known in now.items() if "mac" in known]


def test_a_miner_that_was_replaced_while_it_was_on_is_the_new_one(discovery, cached):
    for known in (miner(1), miner(2), dict(OFF)):
        discovery.finds(miners={"10.0.0.1": known})
        inventory = discovery.parse(refresh=True, **cached)
    assert discovery.values(inventory, "10.0.0.1")["whatsminer_mac"] == "C4:05:08:00:00:02"


@pytest.mark.parametrize("kept", ["nonsense", {"10.0.0.1": 7}, {"10.0.0.1": {"model": "M50"}}])
def test_identities_that_make_no_sense_are_none(discovery, cached, kept):
    discovery.finds(miners={"10.0.0.1": miner(1)})
    discovery.parse(**cached)
    (file,) = (discovery.directory / "cache").glob("*_identities")
    rewrite(file, lambda content: kept)
    discovery.finds(miners={"10.0.0.1": dict(OFF)})
    assert hosts(discovery.parse(refresh=True, **cached), "unidentified") == ["10.0.0.1"]
