#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dispatch
short_description: Decide by the price of electricity whether to curtail
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Is what the role P(minerops.whatsminer.dispatch#role) decides by, and is of no use elsewhere. What it
    decides by is declared by the role's variables.
  - It runs once for a play, on the controller. No miner is asked. The role does what it decides.
extends_documentation_fragment:
  - minerops.whatsminer.attributes.role
"""

EXAMPLES = r"""
- name: Decide by the price
  minerops.whatsminer.dispatch:
    role_path: "{{ role_path }}"
  run_once: true
  register: dispatch_result
"""

RETURN = r"""
run:
  description: What to run, V(curtail) or V(resume). Empty if all stays as it is.
  returned: success
  type: str
  sample: curtail
why:
  description: Why, in words.
  returned: success
  type: str
  sample: the price 312.5 is at or above the strike price 150
overrides:
  description: Variables of the role P(minerops.whatsminer.curtailment#role) for that.
  returned: success
  type: dict
  sample: {curtailment_reason: price, curtailment_all: true}
"""

from ansible_collections.minerops.whatsminer.plugins.module_utils._module import refuse_to_be_shipped

ARGUMENTS = {
    "role_path": {"type": "path", "required": True},
}


def main() -> None:
    refuse_to_be_shipped("dispatch", ARGUMENTS)


if __name__ == "__main__":
    main()
