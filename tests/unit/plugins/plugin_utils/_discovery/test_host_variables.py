# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host's variables lead to its miner; that none is run as a template is tested with the plugin."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.choice import ports_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.host_variables import (
    keep_pins,
    variables_of,
)


@pytest.mark.parametrize(
    ("ports", "more"),
    [
        ((4028, 4433), {}),
        ((4029, 4433), {"ansible_port": 4029, "whatsminer_api3_port": 4433}),
        ((4028, 5433), {"whatsminer_api3_port": 5433}),
        ((4029, 5433), {"ansible_port": 4029, "whatsminer_api3_port": 5433}),
    ],
)
def test_only_ports_that_are_not_the_usual_ones_are_said(ports, more):
    port, api3_port = ports
    variables = variables_of("10.0.0.1", {"mac": "c4-05-08-00-00-01"}, port=port, api3_port=api3_port)
    assert variables == {
        "ansible_connection": "minerops.whatsminer.api",
        "ansible_host": "10.0.0.1",
        "whatsminer_mac": "C4:05:08:00:00:01",
        "whatsminer": {"mac": "c4-05-08-00-00-01"},
        **more,
    }
    for api in ("auto", "2", "3"):
        said = variables.get("ansible_port"), variables.get("whatsminer_api3_port")
        assert ports_of(api, *said) == ports, "the connection dials what was scanned, whichever API is set"


def test_a_mac_that_is_none_pins_nothing():
    assert "whatsminer_mac" not in variables_of("10.0.0.1", {"mac": "none"}, port=4028, api3_port=4433)


@pytest.mark.parametrize(
    ("shown", "pinned"), [("HTM38X", "HTM38X"), ("", None), (7, "7"), ("HT\x1b[2J", None), ("9" * 65, None)]
)
def test_the_serial_number_that_a_miner_shows_pins_it_if_it_is_one(shown, pinned):
    found = variables_of("10.0.0.1", {"serial": shown}, port=4028, api3_port=4433)
    assert found.get("whatsminer_serial") == pinned


def test_the_pins_of_another_source_are_kept_and_those_of_the_machine_that_was_found_are_not_mixed_in():
    found = {"whatsminer_mac": "C4:05:08:00:00:01", "whatsminer_serial": "HTM1", "ansible_host": "10.0.0.1"}
    for listed in ({"whatsminer_mac": "c4-05-08-00-00-02"}, {"whatsminer_serial": "HTM2"}):
        own = dict(found)
        keep_pins(listed, own)
        assert own == {"ansible_host": "10.0.0.1", **listed}
    keep_pins({"rack": 7}, found)
    assert found["whatsminer_serial"] == "HTM1"
