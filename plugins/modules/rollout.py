#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: rollout
short_description: Roll firmware out over a fleet
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Is what the role P(minerops.whatsminer.firmware#role) consists of, and is of no use elsewhere. What it
    does is declared by the role's variables.
  - It runs once for a play, on the controller, and works on all hosts of the play together. Each is reached
    as its own variables say, over the connection P(minerops.whatsminer.api#connection).
  - It fails only where nothing can be begun, as with a variable that makes no sense. That a gate failed is in
    RV(problem), so that RV(report) and the counts reach workflows all the same.
  - A line is shown for each batch, and while a gate is waited at. Interrupted by Ctrl-C or SIGTERM, it stops
    at once and says what stands.
extends_documentation_fragment:
  - minerops.whatsminer.attributes.role
"""

EXAMPLES = r"""
- name: Roll out
  minerops.whatsminer.rollout:
    role_path: "{{ role_path }}"
  run_once: true
  register: firmware_result
"""

RETURN = r"""
report:
  description: Which firmware each miner runs, and the verdict on it. Empty in check mode.
  returned: success
  type: dict
problem:
  description: Why the rollout stopped before all miners that can be flashed were. Empty if all is well.
  returned: success
  type: str
  sample: ""
"""

from ansible_collections.minerops.whatsminer.plugins.module_utils._module import refuse_to_be_shipped

ARGUMENTS = {"role_path": {"type": "path", "required": True}}


def main() -> None:
    refuse_to_be_shipped("rollout", ARGUMENTS)


if __name__ == "__main__":
    main()
