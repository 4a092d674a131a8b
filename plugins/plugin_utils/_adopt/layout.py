# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The texts that miners are written down in: files of variables beside an inventory, or one inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._adopt.vars_text import text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._adopt.placement import Placement

#: The group that playbooks run over, and that each miner is in.
MINERS = "miners"

_HEADER = """\
#
# What the miners have, as they showed it. Edit it: adopt overwrites no file that was edited.
# A value with !unsafe is a miner's own text, which is never filled in as a template.
"""

_VAULT = """\
#
# Passwords can't be read, so none is here. Keep them in a vault, and declare them in a file of your own:
#   ansible-vault create group_vars/miners/vault.yml
#     vault_miner_password: ...           password of the miners' account
#     vault_pool_password: ...            password of the workers, if the pools check it
#   ansible_password: "{{ vault_miner_password }}"
#   and in each pool of whatsminer_pools, password: "{{ vault_pool_password }}"
"""

_KEPT_OUT = """\
#
# Miners that couldn't be read are not in here.
"""

#: The variables that need a vault, and what is in them.
NEEDS_VAULT = {
    "ansible_password": "the password of the miners' account, to write to them",
    "whatsminer_api3_password": "the same over API 3, where it is another one",
    "whatsminer_pools[].password": "the workers' passwords, if the pools check them",
}


def vars_file(variables: Mapping[str, Any], *, is_of_group: bool) -> str:
    """The text of a file in ``group_vars`` or ``host_vars``."""
    return f"{_HEADER}{_VAULT if is_of_group else ''}---\n{text_of(variables)}"


def inventory_file(
    placement: Placement,
    groups: Mapping[str, frozenset[str]],
    ways: Mapping[str, Mapping[str, Any]],
    *,
    shared: Mapping[str, Any],
) -> str:
    """The text of an inventory of all miners in *placement*.

    *groups* are all in which they are, *ways* the variables that lead to each, *shared* those of all.
    """
    miners: dict[str, Any] = {
        "vars": {**shared, **placement.of_groups.get(MINERS, {})},
        "hosts": {host: {**ways[host], **own} for host, own in placement.of_hosts.items()},
    }
    children = {
        group: {
            **({"vars": placement.of_groups[group]} if placement.of_groups.get(group) else {}),
            "hosts": {host: {} for host in placement.of_hosts if host in hosts},
        }
        for group, hosts in sorted(groups.items())
        if group != MINERS
    }
    if children:
        miners["children"] = children
    return f"{_HEADER}{_KEPT_OUT}{_VAULT}---\n{text_of({MINERS: miners})}"
