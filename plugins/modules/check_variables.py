#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: check_variables
short_description: Check the variables of a role of this collection
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Helps roles of this collection, and is of no use elsewhere.
  - Fails if a variable is misspelt, if a value isn't what the role's argument spec asks for, or if the values
    make no sense together. It asks no miner.
  - It runs once for a play, on the controller, whatever its hosts.
attributes:
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Returns details on what has changed when in diff mode.
    support: none
options:
  role_path:
    description: Where the role is.
    type: path
    required: true
  entry_point:
    description: The entry point of the role.
    type: str
    default: main
"""

EXAMPLES = r"""
- name: Check the variables
  minerops.whatsminer.check_variables:
    role_path: "{{ role_path }}"
    entry_point: main
"""

RETURN = r"""
msg:
  description: What is wrong.
  returned: failure
  type: str
  sample: drift_titel is no variable of minerops.whatsminer; the nearest is drift_title
"""
