#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: rolling_restart
short_description: Restart miners batch by batch
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Restarts btminer, or reboots, a batch of the play's hosts at once, waits until each of them is back,
    pauses, and goes on with the next batch.
  - It stops once too many failed. Then the rest is left as it is.
  - Held miners are left alone, and so are miners that are off, since a restart may start mining. A miner that
    doesn't answer before is told, and is no failure.
  - It runs once for a play, on the controller, for all hosts of the play. Each is reached as its own
    variables say, over the connection P(minerops.whatsminer.api#connection).
attributes:
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying target.
    support: full
    details:
      - In check mode no miner is restarted, and it doesn't pause.
  diff_mode:
    description: Returns details on what has changed when in diff mode.
    support: none
options:
  scope:
    description: What to restart, as in M(minerops.whatsminer.whatsminer_reboot).
    type: str
    choices: [btminer, miner]
    default: btminer
  batch:
    description: How many at once, as a number or as a percentage such as V(5%) of all hosts of the play.
    type: str
    default: "10"
  pause:
    description: Seconds between batches.
    type: int
    default: 30
  max_failures:
    description: How many may fail. One more, and no further batch is begun.
    type: int
    default: 3
  wait_timeout:
    description: Seconds to wait until a miner is back, before it counts as failed.
    type: int
    default: 300
"""

EXAMPLES = r"""
- name: Reboot a hall overnight
  minerops.whatsminer.rolling_restart:
    scope: miner
    batch: 5%
    pause: 120
"""

RETURN = r"""
report:
  description:
    - C(restarted) are the hosts that were restarted, C(off) those that are off, and C(left) those that were
      to come after the stop.
    - C(held), C(failed) and C(lost) are those that were left alone, failed, and couldn't be read, with the
      reason for each.
  returned: success
  type: dict
  sample: {restarted: [rack1-07], held: {}, "off": [], lost: {}, failed: {}, left: []}
problem:
  description: What failed, in words. Empty if nothing did.
  returned: success
  type: str
  sample: ""
"""

from ansible_collections.minerops.whatsminer.plugins.module_utils._module import refuse_to_be_shipped

ARGUMENTS = {
    "scope": {"type": "str", "choices": ["btminer", "miner"], "default": "btminer"},
    "batch": {"type": "str", "default": "10"},
    "pause": {"type": "int", "default": 30},
    "max_failures": {"type": "int", "default": 3},
    "wait_timeout": {"type": "int", "default": 300},
}


def main() -> None:
    refuse_to_be_shipped("rolling_restart", ARGUMENTS)


if __name__ == "__main__":
    main()
