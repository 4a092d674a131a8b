#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: show
short_description: Show lines of text, whatever the settings of Ansible's output are
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Helps the roles and playbooks of this collection to show their tables. M(ansible.builtin.debug) shows
    nothing with C(display_ok_hosts=false), which is recommended for large fleets.
  - Characters that can't be seen, control a terminal or turn the direction of text are shown as escapes,
    since what is in a table may come from a miner. Long lines are cut.
  - It runs once for a play, on the controller, whatever its hosts.
attributes:
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Returns details on what has changed when in diff mode.
    support: none
options:
  lines:
    description: The lines, as a list, or as one text.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Show the table
  minerops.whatsminer.show:
    lines: "{{ report | minerops.whatsminer.drift_table }}"
"""

RETURN = r"""
lines:
  description: The lines as they were shown.
  returned: success
  type: list
  elements: str
  sample: ["miner    model      state", "rack1-01 M30S+_VE40 on"]
"""
