#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: whatsminer_facts
short_description: Gather facts of a Whatsminer
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Reads what a miner says of itself and returns it in one form for all generations of firmware, also while it is
    powered off.
  - A value that the firmware doesn't give is absent.
  - Needs no password.
extends_documentation_fragment:
  - minerops.whatsminer.miner
  - minerops.whatsminer.miner.records
  - minerops.whatsminer.attributes
  - minerops.whatsminer.attributes.reads
options:
  gather_subset:
    description:
      - What to gather. C(min), the identity and the state, is always included, unless C(!min) is there.
      - Others are C(all), C(power), C(hashrate), C(temperature), C(fans), C(boards), C(pools), C(psu), C(errors),
        C(network) and C(version); C(!) before a name leaves it out.
    type: list
    elements: str
    default: [all]
  raw:
    description:
      - Whether the fact C(raw) holds the miner's replies as they came.
      - They are most of the result. Over thousands of miners at once, leave them out.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Gather everything
  minerops.whatsminer.whatsminer_facts:

- name: Gather what one connection can tell
  minerops.whatsminer.whatsminer_facts:
    gather_subset: [min, power, pools]

- name: Show miners that run hot
  ansible.builtin.debug:
    msg: "{{ ansible_facts.whatsminer.temperature_c.chip_max }} °C"
  when: ansible_facts.whatsminer.temperature_c.chip_max | default(0) > 85
"""

RETURN = r"""
ansible_facts:
  description: Facts of the miner.
  returned: success
  type: dict
  contains:
    whatsminer:
      description: What the miner says of itself, units in the names.
      type: dict
      returned: success
      sample:
        mac: "C4:05:08:00:02:3B"
        model: M30S+VE40
        firmware_version: 20210322.22.REL
        api_version: 1.4.0
        platform: h3
        state: "on"
        power_mode: normal
        power_watts: 3472
        power_limit_watts: 3500
        hashrate_ths: {average: 99.81, realtime: 100.2, factory: 100.0}
        efficiency_j_per_th: 34.65
        uptime_seconds: 91051
        temperature_c: {environment: 25.0, board_max: 71.5, chip_max: 84.0}
        fans_rpm: {inlet: 6060, outlet: 6000, psu: 9060}
        boards: [{slot: 0, temperature_c: 71.5, frequency_mhz: 608, hashrate_ths: 33.3}]
        pools: [{priority: 0, url: "stratum+tcp://pool.example.com:3333", user: farm.rack1, status: Alive}]
        psu: {model: P221C, serial: A1236B0120100049}
        errors: [{code: 250, component: power supply, meaning: input under voltage}]
        network: {address: 192.168.1.101, proto: dhcp}
        raw: {}
"""

from ansible_collections.minerops.whatsminer.plugins.module_utils.converge import Result
from ansible_collections.minerops.whatsminer.plugins.module_utils.errors import WhatsminerError, WrongMachine
from ansible_collections.minerops.whatsminer.plugins.module_utils.execution import run_module
from ansible_collections.minerops.whatsminer.plugins.module_utils.facts import OPTIONAL, commands_for, normalise

ARGUMENTS = {
    "gather_subset": {"type": "list", "elements": "str", "default": ["all"]},
    "raw": {"type": "bool", "default": True},
}

async def run(miner, params, check_mode=False):
    """Read the miner and return its facts; what it refused or left unanswered is a warning, never silently absent."""
    replies = await miner.ask(*commands_for(params["gather_subset"]))
    result = Result()
    known = normalise(replies)
    for command, error in replies.items():
        if isinstance(error, WhatsminerError) and not _is_expected(command, error, known):
            result.warnings.append(str(error))
    try:
        miner.recognise(known)
    except WrongMachine as error:
        error.remedy = error.remedy.removeprefix("Nothing was written. ")  # that isn't in question here
        result.warnings.append(str(error))
    if not params["raw"]:
        known.pop("raw", None)
    result.values["ansible_facts"] = {"whatsminer": known}
    return result


def _is_expected(command, error, known):
    """Whether this miner can't be expected to answer *command*: its firmware has none such, or btminer is off."""
    return error.cause in ("unknown_command", "btminer_down") and (command in OPTIONAL or known.get("state") == "off")


def main():
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
