# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: report_columns
short_description: The columns that a site declares for its reports
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Gives for each host the texts of the variables that C(whatsminer_report_columns) names. A value that isn't
    set or can't be worked out is an empty text, so that one host's mistake spoils no report of all.
positional: _input, hostvars, names
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
  names:
    description: The names of variables. V([whatsminer_location]) without them. None may name a secret.
    type: list
    elements: str
  only_filled:
    description: Whether to leave out variables that are empty for all hosts.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show where the miners stand
  ansible.builtin.debug:
    msg: "{{ groups.miners | minerops.whatsminer.report_columns(hostvars) }}"
"""

RETURN = r"""
_value:
  description: Host, name of the variable, text.
  type: dict
  sample: {rack1-01: {whatsminer_location: "hall 2, shelf 7"}}
"""

from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleFilterError
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import columns

if TYPE_CHECKING:
    from collections.abc import Callable


def report_columns(
    hosts: list[str], hostvars: Any, names: Any = None, *, only_filled: bool = False
) -> dict[str, dict[str, str]]:
    """``{host: {name: text}}``. Raises AnsibleFilterError for *names* that are none, or name a secret."""
    try:
        found = columns.columns_of_hosts(columns.declared_columns(names), hosts, hostvars)
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from error
    if not only_filled:
        return found
    filled = {name for row in found.values() for name, text in row.items() if text}
    return {host: {name: text for name, text in row.items() if name in filled} for host, row in found.items()}


class FilterModule:
    """The filter of this file's name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name -> function, as Ansible wants it."""
        return {"report_columns": report_columns}
