# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: drift_addresses
short_description: Where hosts are, as far as their variables can be worked out
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Gives the C(ansible_host) of each host, and none for a host whose variable can't be worked out, so that
    one host's mistake spoils no report of all.
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
- name: Show where the miners are
  ansible.builtin.debug:
    msg: "{{ groups.miners | minerops.whatsminer.drift_addresses(hostvars) }}"
"""

RETURN = r"""
_value:
  description: Each host's address, or null.
  type: dict
  sample: {rack1-01: 192.168.1.101}
"""

from typing import TYPE_CHECKING

from ansible.errors import AnsibleError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def drift_addresses(hosts: list[str], hostvars: Any) -> dict[str, str | None]:
    """``{host: address or None}``."""
    return {host: _address(host, hostvars) for host in hosts}


def _address(host: str, hostvars: Any) -> str | None:
    try:
        return str(hostvars[host].get("ansible_host", host))
    except AnsibleError:
        return None


class FilterModule:
    """The filter of this file's name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name -> function, as Ansible wants it."""
        return {"drift_addresses": drift_addresses}
