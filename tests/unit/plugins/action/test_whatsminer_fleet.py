# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet task runs modules of this collection only."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.minerops.whatsminer.plugins.action import whatsminer_fleet as action


@pytest.mark.parametrize(
    "name", ["whatsminer_fleet", "ping", "ansible.builtin.command", "", "../power", "whatsminer_power.x"]
)
def test_only_modules_of_the_collection_that_manage_a_miner_are_run(name):
    with pytest.raises(AnsibleActionFail, match="module must be one of this collection"):
        action._module(name)


@pytest.mark.parametrize("name", ["whatsminer_power", "minerops.whatsminer.whatsminer_power"])
def test_a_module_is_found_by_either_name(name):
    assert action._module(name).__name__.endswith(".whatsminer_power")
