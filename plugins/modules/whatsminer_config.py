#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: whatsminer_config
short_description: Declare the whole desired state of a Whatsminer
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Converges a miner to all that is declared of it in one task, with one plan and at most one token. What disturbs
    mining least comes first.
  - What isn't declared is left as it is.
extends_documentation_fragment:
  - minerops.whatsminer.miner
  - minerops.whatsminer.miner.records
  - minerops.whatsminer.attributes
  - minerops.whatsminer.attributes.converges
options:
  pools:
    description:
      - The pools, as a list like the option O(minerops.whatsminer.whatsminer_pools#module:pools), or as a dictionary of
        all options of M(minerops.whatsminer.whatsminer_pools).
    type: raw
  power:
    description: The options O(minerops.whatsminer.whatsminer_power#module:state) and O(minerops.whatsminer.whatsminer_power#module:mode).
    type: dict
    suboptions:
      state:
        description: V(on) mines; V(off) stops mining, while the API stays up.
        type: str
        choices: ["on", "off"]
      mode:
        description: The power mode. Changing it restarts btminer.
        type: str
        choices: [low, normal, high]
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
- name: Declare a miner
  minerops.whatsminer.whatsminer_config:
    pools:
      - url: stratum+tcp://pool.example.com:3333
        user: "farm.{{ inventory_hostname }}"
    power:
      state: "on"
      mode: normal

- name: See what would change
  minerops.whatsminer.whatsminer_config:
    power:
      mode: low
  check_mode: true
  diff: true
"""

RETURN = r"""
commands:
  description: The API commands that the miner took, in order.
  returned: always
  type: list
  elements: str
  sample: [update_pools, set_low_power]
cause:
  description: What kind of error it was, for use in conditions.
  returned: failure
  type: str
  sample: wrong_machine
code:
  description: The message code with which the miner refused.
  returned: when the miner gave one
  type: int
  sample: 132
"""

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.minerops.whatsminer.plugins.module_utils.converge import converge
from ansible_collections.minerops.whatsminer.plugins.module_utils.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.module_utils.execution import run_module
from ansible_collections.minerops.whatsminer.plugins.module_utils.settings import pools, power

ARGUMENTS = {
    "pools": {"type": "raw"},
    "power": {"type": "dict", "options": power.OPTIONS},
    **power.WAIT_OPTIONS,
}

_POOLS = ArgumentSpecValidator(pools.OPTIONS)


async def run(miner, params, check_mode=False):
    """Converge all that is declared; see converge.converge."""
    settings = pools.declared(_pools(params["pools"])) + power.declared(params["power"] or {})
    return await converge(
        miner, settings, params, check_mode, wait=params["wait"], wait_timeout=params["wait_timeout"]
    )


def _pools(declared):
    """The options of whatsminer_pools in *declared*: a list of pools, or those options themselves."""
    if declared is None:
        return {}
    validated = _POOLS.validate({"pools": declared} if isinstance(declared, list) else _dict(declared))
    if validated.error_messages:
        raise BadParameter("pools", f"like the options of whatsminer_pools ({'; '.join(validated.error_messages)})")
    return validated.validated_parameters


def _dict(declared):
    if not isinstance(declared, dict):
        raise BadParameter("pools", "a list of pools, or a dictionary of the options of whatsminer_pools")
    return declared


def main():
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
