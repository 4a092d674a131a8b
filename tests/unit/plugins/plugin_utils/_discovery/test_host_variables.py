# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host's variables lead to its miner; that none is run as a template is tested with the plugin."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.host_variables import (
    variables_of,
)


@pytest.mark.parametrize(("port", "more"), [(4028, {}), (4029, {"ansible_port": 4029})])
def test_only_a_port_that_is_not_the_usual_one_is_said(port, more):
    assert variables_of("10.0.0.1", {"mac": "c4-05-08-00-00-01"}, port) == {
        "ansible_connection": "minerops.whatsminer.api",
        "ansible_host": "10.0.0.1",
        "whatsminer_mac": "C4:05:08:00:00:01",
        "whatsminer": {"mac": "c4-05-08-00-00-01"},
        **more,
    }


def test_a_mac_that_is_none_pins_nothing():
    assert "whatsminer_mac" not in variables_of("10.0.0.1", {"mac": "none"}, 4028)
