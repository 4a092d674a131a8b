#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: remediation
short_description: Restart and reboot miners that are ill
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Is what the role P(minerops.whatsminer.remediate#role) consists of, and is of no use elsewhere. What it
    does is declared by the role's variables.
  - It runs once for a play, on the controller, and judges the miners as P(minerops.whatsminer.health#role)
    does. Each is reached as its own variables say, over the connection P(minerops.whatsminer.api#connection).
  - It fails only where nothing can be done, as with a variable that makes no sense. That miners are given up
    is in RV(problem), so that RV(report) reaches workflows all the same.
extends_documentation_fragment:
  - minerops.whatsminer.attributes.role
attributes:
  check_mode:
    details:
      - Check mode says which miner would get which remedy, and changes neither miners nor the state file.
"""

EXAMPLES = r"""
- name: Remedy the miners that are ill
  minerops.whatsminer.remediation:
    role_path: "{{ role_path }}"
  run_once: true
  register: remediation_result
"""

RETURN = r"""
report:
  description:
    - The report, as the file of C(remediation_json_file) has it.
    - C(report.counts) are the numbers of miners by status, C(report.miners) the miners that are ill or were.
  returned: success
  type: dict
  sample:
    at: "2026-11-28T19:05:11Z"
    check: false
    counts: {miners: 300, failed: 0, unknown: 0, given_up: 0, done: 1, planned: 0, storm: 0, postponed: 0,
             waiting: 0, left: 0, mended: 0}
    problems: []
    columns: [whatsminer_location]
    sites:
      - {name: miners, miners: 298, ill: 1, busy: 0, most: 15, today: 0, storm: ""}
    miners:
      - host: rack1-07
        site: miners
        status: done
        remedy: restart
        text: ""
        address: 192.168.1.107
        columns: {whatsminer_location: "hall 2, rack 1"}
        model: M60S_VK40
        verdict: ill
        reasons:
          - code: btminer_down
            text: it is on, and btminer doesn't answer
        remedies:
          - {name: restart, at: 1795892711.2, reasons: [btminer_down], outcome: done, text: ""}
problem:
  description:
    - Why the run is to fail, in words. Empty if nothing failed, no miner was given up now, and no site had
      too many ill miners at once.
  returned: success
  type: str
  sample: ""
"""

from ansible_collections.minerops.whatsminer.plugins.module_utils._module import refuse_to_be_shipped

ARGUMENTS = {
    "role_path": {"type": "path", "required": True},
}


def main() -> None:
    refuse_to_be_shipped("remediation", ARGUMENTS)


if __name__ == "__main__":
    main()
