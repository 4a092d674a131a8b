#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: collect_logs
short_description: Collect what a vendor wants to see of miners
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Reads and judges all hosts of the play as the role P(minerops.whatsminer.health#role) does, and puts for
    each that is chosen into a folder of its own the log archive, the facts with the miner's replies, the
    verdict with its reasons, and the errors.
  - An index as CSV and as text lists them all, with serial numbers and your columns, also those that didn't
    answer.
  - Passwords, keys and tokens in facts and replies are hidden. The log archive is as the miner sends it; look
    at it before you give it away. All files can be read by the user alone that runs Ansible.
  - It runs once for a play, on the controller, for all hosts of the play. Each is reached as its own
    variables say, over the connection P(minerops.whatsminer.api#connection).
  - Nothing is written to any miner.
attributes:
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying target.
    support: full
    details:
      - In check mode miners are read and judged, and nothing is fetched or written.
  diff_mode:
    description: Returns details on what has changed when in diff mode.
    support: none
options:
  dest:
    description: The folder, on the controller. It is made if it isn't there.
    type: str
    required: true
  verdicts:
    description:
      - Of which miners, by their verdicts. Any of V(ill), V(unreachable), V(watch), V(not_judged), V(held),
        V(off), V(ok), or V(all) alone.
    type: list
    elements: str
    default: [ill, unreachable]
  archives:
    description: Whether to fetch the log archives, too.
    type: bool
    default: true
  concurrency:
    description: From how many miners at once archives are fetched.
    type: int
    default: 16
"""

EXAMPLES = r"""
- name: Collect for the vendor what sick miners say
  minerops.whatsminer.collect_logs:
    dest: case-4711
"""

RETURN = r"""
report:
  description:
    - C(miners) are the rows of the index, C(counts) how many of them there are, and how many archives were
      fetched.
  returned: success
  type: dict
  sample:
    counts: {miners: 1, archives: 1, failed: 0}
    miners:
      - host: rack1-07
        folder: rack1-07
        verdict: ill
        reasons: board_missing
        archive: logs.tgz
        problem: ""
problem:
  description: What failed, in words. Empty if nothing did.
  returned: success
  type: str
  sample: ""
"""

from ansible_collections.minerops.whatsminer.plugins.module_utils._module import refuse_to_be_shipped

ARGUMENTS = {
    "dest": {"type": "str", "required": True},
    "verdicts": {"type": "list", "elements": "str", "default": ["ill", "unreachable"]},
    "archives": {"type": "bool", "default": True},
    "concurrency": {"type": "int", "default": 16},
}


def main() -> None:
    refuse_to_be_shipped("collect_logs", ARGUMENTS)


if __name__ == "__main__":
    main()
