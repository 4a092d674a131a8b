# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: drift_table
short_description: A report on a fleet as lines of text
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Shows a report of P(minerops.whatsminer.drift_report#filter) as a table, the miners that need a look
    first.
positional: _input, which
options:
  _input:
    description: The report.
    type: dict
    required: true
  which:
    description:
      - V(auto) shows all miners of a small fleet, and of one with more than 40 the first 200 of those that
        drifted, failed or didn't answer; V(problems) shows all of those, V(all) all miners, and V(none)
        nothing.
    type: str
    choices: [auto, all, problems, none]
    default: auto
"""

EXAMPLES = r"""
- name: Show who drifted
  ansible.builtin.debug:
    msg: "{{ report | minerops.whatsminer.drift_table('problems') }}"
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""

from typing import TYPE_CHECKING

from ansible.errors import AnsibleFilterError
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.table import table_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def drift_table(report: dict[str, Any], which: str = "auto") -> list[str]:
    """The lines of the table. Raises AnsibleFilterError where *which* is none of its tables."""
    try:
        return table_lines(report, which)
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """The filter of this file's name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name -> function, as Ansible wants it."""
        return {"drift_table": drift_table}
