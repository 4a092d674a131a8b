#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: passwords
short_description: Bring all miners of a play from several old passwords to a new one
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Is what the role P(minerops.whatsminer.passwords#role) consists of, and is of no use elsewhere. What it
    does is declared by the role's variables.
  - It runs once for a play, on the controller, and serves all hosts of the play together, each as
    M(minerops.whatsminer.whatsminer_password) does.
  - It fails only where nothing can be done, as without a new password. That miners aren't on the new password
    is in RV(problem), so that RV(report) reaches workflows all the same.
extends_documentation_fragment:
  - minerops.whatsminer.attributes.role
attributes:
  check_mode:
    details:
      - Passwords are tried in check mode too, which costs tokens. None is changed.
"""

EXAMPLES = r"""
- name: Give all miners the new password
  minerops.whatsminer.passwords:
    role_path: "{{ role_path }}"
  run_once: true
  register: passwords_result
"""

RETURN = r"""
report:
  description:
    - Which miner is on which password, by label, as the file of C(passwords_json_file) has it.
    - C(report.counts) are the numbers of miners by status, C(report.miners) the miners, the worst first.
  returned: success
  type: dict
  sample:
    counts: {miners: 2, unknown: 0, other: 1, locked: 0, failed: 0, partly: 0, unreachable: 0, held: 0,
             changed: 1, already: 0}
    miners:
      - host: rack1-07
        status: other
        before: {}
        now: {}
        reason: "rack1-07: neither an old password nor the new one is that of admin (API 2)"
      - host: rack1-01
        status: changed
        before: {api2: old 2}
        now: {api2: new}
        reason: ""
problem:
  description: Which miners aren't on the new password, in words. Empty if all are.
  returned: success
  type: str
  sample: ""
"""

from ansible_collections.minerops.whatsminer.plugins.module_utils._module import refuse_to_be_shipped

ARGUMENTS = {
    "role_path": {"type": "path", "required": True},
}


def main() -> None:
    refuse_to_be_shipped("passwords", ARGUMENTS)


if __name__ == "__main__":
    main()
