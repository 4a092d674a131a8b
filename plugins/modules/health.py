#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: health
short_description: Judge the health of all miners of a play
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Is what the role P(minerops.whatsminer.health#role) consists of, and is of no use elsewhere. What it does
    is declared by the role's variables.
  - It runs once for a play, on the controller, and reads all hosts of the play together. Each is reached as
    its own variables say, over the connection P(minerops.whatsminer.api#connection). Nothing is written to
    any miner, and no token is taken.
  - It fails only where nothing can be done, as with a variable that makes no sense. That miners are ill is in
    RV(problem), so that RV(report) reaches workflows all the same.
extends_documentation_fragment:
  - minerops.whatsminer.attributes.role
attributes:
  check_mode:
    details:
      - It only reads, so check mode makes no difference. Reports are written in check mode, too.
"""

EXAMPLES = r"""
- name: Judge all miners
  minerops.whatsminer.health:
    role_path: "{{ role_path }}"
  run_once: true
  register: health_result
"""

RETURN = r"""
report:
  description:
    - The report, as the file of C(health_json_file) has it.
    - C(report.counts) are the numbers of miners by verdict, C(report.miners) the miners, the worst first.
  returned: success
  type: dict
  sample:
    at: "2026-11-28T19:05:11Z"
    counts: {miners: 1, ill: 1, unreachable: 0, watch: 0, not_judged: 0, held: 0, "off": 0, ok: 0}
    reasons: {board_missing: 1}
    miners:
      - host: rack1-07
        address: 192.168.1.107
        verdict: ill
        reasons:
          - code: board_missing
            severity: ill
            text: "it shows 2 hash boards: none in slot 1"
            value: 2
            threshold:
        model: M60S_VK40
        hashrate_ths: 118.9
        expected_percent: 66.7
problem:
  description: Which miners fail the run by C(health_fail_on), in words. Empty if none does.
  returned: success
  type: str
  sample: ""
"""

from ansible_collections.minerops.whatsminer.plugins.module_utils._module import refuse_to_be_shipped

ARGUMENTS = {
    "role_path": {"type": "path", "required": True},
}


def main() -> None:
    refuse_to_be_shipped("health", ARGUMENTS)


if __name__ == "__main__":
    main()
