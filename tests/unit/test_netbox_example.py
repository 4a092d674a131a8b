# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The example for NetBox makes our variables of what NetBox's interface shows, whatever isn't filled in."""

from __future__ import annotations

import pathlib

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "netbox"
COMPOSE = yaml.safe_load((EXAMPLE / "miners.netbox.yml").read_text())["compose"]
MAC = "C4:05:08:00:02:3B"
DEVICE = {
    "site": {"name": "North", "slug": "north"},
    "location": {"name": "hall 2"},
    "rack": {"name": "R07"},
    "position": 13.0,
    "asset_tag": "A-1",
    "serial": "HTM1",
}


def filled_in(text, variables):
    try:
        from ansible.template import trust_as_template
    except ImportError:  # before ansible-core 2.19
        return Templar(DataLoader(), variables=variables).template(text)
    return Templar(DataLoader(), variables=variables).template(trust_as_template(text))


def composed(**device):
    known = {**DEVICE, **device}
    return {name: filled_in("{{ " + expression + " }}", known) for name, expression in COMPOSE.items()}


def test_a_device_becomes_a_miner_with_its_place():
    assert composed() == {
        "ansible_connection": "minerops.whatsminer.api",
        "whatsminer_site": "north",
        "whatsminer_serial": "HTM1",
        "whatsminer_location": "North, hall 2, R07, 13.0",
        "asset_tag": "A-1",
    }


def test_what_is_not_filled_in_is_left_out():
    found = composed(location=None, rack=None, position=None, asset_tag=None)
    assert (found["whatsminer_location"], found["asset_tag"]) == ("North", "")


@pytest.mark.parametrize(
    ("interfaces", "mac"),
    [([{"mac_address": None}, {"mac_address": MAC}], MAC), ([{"name": "eth0"}], ""), ([], ""), (None, "")],
)
def test_the_pin_is_the_address_of_an_interface(interfaces, mac):
    text = yaml.safe_load((EXAMPLE / "group_vars" / "miners.yml").read_text())["whatsminer_mac"]
    assert filled_in(text, {} if interfaces is None else {"interfaces": interfaces}) == mac
