#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: curtailment
short_description: Shed a declared power, or take that back
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Is what the role P(minerops.whatsminer.curtailment#role) consists of, and is of no use elsewhere. What it
    does is declared by the role's variables.
  - It runs once for a play, on the controller, and works on all hosts of the play together. Each is reached
    as its own variables say, over the connection P(minerops.whatsminer.api#connection).
  - It fails only where nothing can be done, as with a variable that makes no sense. That the power wasn't
    shed, or a miner isn't back, is in RV(problem), so that RV(report) reaches workflows all the same.
  - A line is shown for each round. Interrupted by Ctrl-C or SIGTERM, it stops at once and says what stands.
extends_documentation_fragment:
  - minerops.whatsminer.attributes.role
options:
  entry_point:
    description: The entry point of the role, V(main) or V(resume).
    type: str
    choices: [main, resume]
    default: main
"""

EXAMPLES = r"""
- name: Curtail
  minerops.whatsminer.curtailment:
    role_path: "{{ role_path }}"
  run_once: true
  register: curtailment_result
"""

RETURN = r"""
report:
  description: What it came to. In check mode, what would be.
  returned: success
  type: dict
problem:
  description: Why the power wasn't shed, or miners aren't back. Empty if all is well.
  returned: success
  type: str
  sample: ""
"""

from ansible_collections.minerops.whatsminer.plugins.module_utils._module import refuse_to_be_shipped

ARGUMENTS = {
    "role_path": {"type": "path", "required": True},
    "entry_point": {"type": "str", "choices": ["main", "resume"], "default": "main"},
}


def main() -> None:
    refuse_to_be_shipped("curtailment", ARGUMENTS)


if __name__ == "__main__":
    main()
