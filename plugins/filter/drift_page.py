# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: drift_page
short_description: A report on a fleet as an HTML page
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Shows a report of P(minerops.whatsminer.drift_report#filter) as one page that asks nothing of any network.
  - All of the report is escaped, and the page forbids its reader's browser to load or run anything else.
positional: _input
options:
  _input:
    description: The report.
    type: dict
    required: true
  title:
    description: The title of the page.
    type: str
    required: true
  template:
    description: The page in the language of Jinja2; values are escaped. See C(templates/page.html.j2) of
      the role C(drift).
    type: str
    required: true
  style:
    description: The style sheet that goes into it.
    type: str
    required: true
  script:
    description: The script that goes into it.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Write the page
  ansible.builtin.copy:
    content: >-
      {{ report | minerops.whatsminer.drift_page(
         title='Hall A', template=lookup('ansible.builtin.file', 'page.html.j2'),
         style=lookup('ansible.builtin.file', 'page.css'),
         script=lookup('ansible.builtin.file', 'page.js')) }}
    dest: /var/www/fleet.html
    mode: "0644"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
_value:
  description: The page.
  type: str
"""

from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.page import make_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class FilterModule:
    """The filter of this file's name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name -> function, as Ansible wants it."""
        return {"drift_page": make_page}
