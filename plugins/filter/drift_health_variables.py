# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: drift_health_variables
short_description: What hosts declare of their health
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Gives those variables of each host by which the role P(minerops.whatsminer.health#role) judges it, as far
    as they are set. A variable that can't be worked out is left out.
positional: _input, hostvars
options:
  _input:
    description: Names of hosts.
    type: list
    elements: str
    required: true
  hostvars:
    description: Ansible's variable of this name.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show by which thresholds the miners are judged
  ansible.builtin.debug:
    msg: "{{ groups.miners | minerops.whatsminer.drift_health_variables(hostvars) }}"
"""

RETURN = r"""
_value:
  description: The variables of each host.
  type: dict
  sample: {rack1-01: {health_cooling: immersion}, rack1-02: {}}
"""

from typing import TYPE_CHECKING

from ansible.errors import AnsibleError
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.health import VARIABLES
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def drift_health_variables(hosts: list[str], hostvars: Any) -> dict[str, dict[str, Any]]:
    """``{host: {variable: value}}``."""
    return {host: _declared(hostvars[host]) for host in hosts}


def _declared(variables: Any) -> dict[str, Any]:
    found = {}
    for name in VARIABLES:
        try:
            value = variables.get(name)
        except AnsibleError:
            continue
        if value is not None:
            found[name] = plain(value)
    return found


class FilterModule:
    """The filter of this file's name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name -> function, as Ansible wants it."""
        return {"drift_health_variables": drift_health_variables}
