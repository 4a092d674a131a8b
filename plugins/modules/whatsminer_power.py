#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: whatsminer_power
short_description: Declare whether and how a Whatsminer runs
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Switches mining on and off, and sets the power mode.
extends_documentation_fragment:
  - minerops.whatsminer.miner
  - minerops.whatsminer.miner.records
  - minerops.whatsminer.attributes
  - minerops.whatsminer.attributes.converges
options:
  state:
    description:
      - V(on) mines; V(off) stops mining and switches the power board's output off, while the API stays up.
      - V(preheated) is off and warm, so that V(on) reaches full power soon. A miner that is on is powered off first. The
        API can't show whether a miner is preheated, so without a fact cache preheating is asked for at each run.
    type: str
    choices: ["on", "off", preheated]
  mode:
    description: The power mode. Changing it restarts btminer.
    type: str
    choices: [low, normal, high]
  percent:
    description:
      - Power in percent of what the mode gives, 0 to 100. Quick and approximate, and lost when btminer restarts.
      - It can't be read back, so without a fact cache it is applied at each run.
    type: int
  frequency_percent:
    description:
      - Target frequency in percent above or below what the mode gives, -10 to 100.
      - It can't be read back, so without a fact cache it is applied at each run.
    type: int
  fast_boot:
    description:
      - Whether btminer starts fast. Firmware with API 2.0 shows it; with older firmware and without a fact cache it is
        applied at each run.
    type: bool
  respond_before:
    description: Whether the miner answers to power off before it does the work, instead of after.
    type: bool
    default: false
  wait:
    description: Whether to wait until the miner shows what was changed.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait for that, before the task fails.
    type: int
    default: 120
"""

EXAMPLES = r"""
- name: Stop mining
  minerops.whatsminer.whatsminer_power:
    state: "off"

- name: Mine in low power mode
  minerops.whatsminer.whatsminer_power:
    state: "on"
    mode: low

- name: Shed a fifth of the power, quickly
  minerops.whatsminer.whatsminer_power:
    percent: 80

- name: Stop mining, but stay warm
  minerops.whatsminer.whatsminer_power:
    state: preheated
    wait_timeout: 600
"""

RETURN = r"""
commands:
  description: The API commands that the miner took, in order.
  returned: always
  type: list
  elements: str
  sample: [set_low_power]
cause:
  description: What kind of error it was, for use in conditions.
  returned: failure
  type: str
  sample: not_converged
code:
  description: The message code with which the miner refused.
  returned: when the miner gave one
  type: int
  sample: 132
"""

from ansible_collections.minerops.whatsminer.plugins.module_utils.converge import converge
from ansible_collections.minerops.whatsminer.plugins.module_utils.execution import run_module
from ansible_collections.minerops.whatsminer.plugins.module_utils.settings import power

ARGUMENTS = {**power.OPTIONS, **power.WAIT_OPTIONS}


async def run(miner, params, check_mode=False):
    """Converge the declared power settings; see converge.converge."""
    return await converge(
        miner, power.declared(params), params, check_mode, wait=params["wait"], wait_timeout=params["wait_timeout"]
    )


def main():
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
