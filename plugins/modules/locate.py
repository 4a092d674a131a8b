#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: locate
short_description: Let the LEDs of miners flash for a while
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Lets the LED of each host of the play flash, and gives it back as it was when the time is over.
  - So it does when the task fails, when it is interrupted by Ctrl-C, and when it is killed. Then a process of
    its own gives the LEDs back, which takes a few seconds more.
  - It runs once for a play, on the controller, for all hosts of the play. Each is reached as its own
    variables say, over the connection P(minerops.whatsminer.api#connection).
  - How an LED flashes can't be read. One that flashes already is given back what C(whatsminer_led) declares
    of it, or else left to the miner, which is told.
  - Held miners are left alone.
attributes:
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying target.
    support: full
    details:
      - In check mode no LED is set, and it doesn't wait.
  diff_mode:
    description: Returns details on what has changed when in diff mode.
    support: none
options:
  seconds:
    description: How long they flash.
    type: int
    default: 300
  color:
    description: The colour, such as V(red) or V(green).
    type: str
    default: red
  period:
    description: The flash cycle in ms.
    type: int
    default: 500
  duration:
    description: The time on in a cycle in ms.
    type: int
    default: 250
"""

EXAMPLES = r"""
- name: Show the technician where they are
  minerops.whatsminer.locate:
    seconds: 600
"""

RETURN = r"""
report:
  description:
    - C(flashed) are the hosts whose LEDs flashed, and C(taken_over) those that had flashed before.
    - C(held), C(failed) and C(not_back) are those that were left alone, couldn't be set, and couldn't be
      given back, with the reason for each.
  returned: success
  type: dict
  sample: {flashed: [rack1-07], held: {}, failed: {}, taken_over: [], not_back: {}}
problem:
  description: What failed, in words. Empty if nothing did.
  returned: success
  type: str
  sample: ""
"""

from ansible_collections.minerops.whatsminer.plugins.module_utils._module import refuse_to_be_shipped

ARGUMENTS = {
    "seconds": {"type": "int", "default": 300},
    "color": {"type": "str", "default": "red"},
    "period": {"type": "int", "default": 500},
    "duration": {"type": "int", "default": 250},
}


def main() -> None:
    refuse_to_be_shipped("locate", ARGUMENTS)


if __name__ == "__main__":
    main()
