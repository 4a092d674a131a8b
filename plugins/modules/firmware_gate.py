#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: firmware_gate
short_description: Wait until miners with new firmware are as good as before
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Helps the role P(minerops.whatsminer.firmware#role), and is of no use elsewhere.
  - Reads the miners again and again until each has passed the gate, or the time for that is over.
  - It runs once for a play, on the controller, whatever its hosts.
attributes:
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Returns details on what has changed when in diff mode.
    support: none
options:
  hosts:
    description: The hosts that wait for their verdict.
    type: list
    elements: str
    required: true
  kept:
    description: What is kept of each host, as P(minerops.whatsminer.rollout#filter) gives it.
    type: dict
    required: true
  rules:
    description: The role's variables without C(firmware_), and the inventory's C(groups).
    type: dict
    required: true
  gather_subset:
    description: The subsets of facts by which a miner is judged.
    type: list
    elements: str
    default: [min, errors, hashrate]
"""

EXAMPLES = r"""
- name: Wait until they are as good as before
  minerops.whatsminer.firmware_gate:
    hosts: "{{ firmware_gated }}"
    kept: "{{ firmware_kept }}"
    rules: "{{ firmware_rules }}"
  register: firmware_judged
"""

RETURN = r"""
kept:
  description: What is kept of each host, with the verdicts.
  returned: success
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule

ARGUMENTS = {
    "hosts": {"type": "list", "elements": "str", "required": True},
    "kept": {"type": "dict", "required": True},
    "rules": {"type": "dict", "required": True},
    "gather_subset": {"type": "list", "elements": "str", "default": ["min", "errors", "hashrate"]},
}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.fail_json(
        msg="firmware_gate runs on the controller, by its action plugin: without async and without "
        "delegate_to"
    )


if __name__ == "__main__":
    main()
