#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: whatsminer_pools
short_description: Declare the mining pools of a Whatsminer
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Makes a miner mine at the declared pools, in the declared order, and at no others.
extends_documentation_fragment:
  - minerops.whatsminer.miner
  - minerops.whatsminer.miner.records
  - minerops.whatsminer.attributes
  - minerops.whatsminer.attributes.converges
options:
  pools:
    description: One to three pools, the first with the highest priority.
    type: list
    elements: dict
    suboptions:
      url:
        description:
          - The pool's URL. Without a scheme, C(stratum+tcp://) is meant.
        type: str
        required: true
      user:
        description: The worker's name.
        type: str
        required: true
      password:
        description:
          - The worker's password. Most pools take any.
          - If it isn't given, the one that the miner has is left, until the pools are written for another
            reason. Then it is C(x), since the miner takes pools with their passwords only.
        type: str
  update_password:
    description:
      - Pool passwords can't be read back from a miner.
      - V(on_change) writes them when anything else of the pools differs, when a declared one differs from the
        record of what was applied last to these pools, or when there is no such record yet. Records are kept
        by a persistent fact cache. Without one, declared passwords are left as they are, with a warning,
        unless anything else of the pools differs.
      - V(always) writes the pools at each run.
    type: str
    choices: [on_change, always]
    default: on_change
  web_access:
    description:
      - Whether the miner's own web page may change the pools. It can't be read back, so without a fact cache
        it is applied at each run.
    type: bool
  wait:
    description:
      - Whether to wait until the miner mines at one of its pools, as far as it shows that. Pools can be set,
        and alive, without being mined at. That is no failure, RV(active) tells it.
    type: bool
    default: false
  wait_timeout:
    description: Seconds to wait for that.
    type: int
    default: 60
"""

EXAMPLES = r"""
- name: Mine at two pools
  minerops.whatsminer.whatsminer_pools:
    pools:
      - url: stratum+tcp://pool.example.com:3333
        user: "farm.{{ inventory_hostname }}"
      - url: stratum+tcp://backup.example.com:443
        user: "farm.{{ inventory_hostname }}"
        password: "{{ vault_pool_password }}"

- name: Set the pools, and see whether the miner mines there
  minerops.whatsminer.whatsminer_pools:
    pools: "{{ site_pools }}"
    wait: true
    wait_timeout: 300
  register: outcome

- name: Keep the web page from changing the pools
  minerops.whatsminer.whatsminer_pools:
    web_access: false
"""

RETURN = r"""
commands:
  description: The API commands that the miner took, in order.
  returned: always
  type: list
  elements: str
  sample: [update_pools]
active:
  description:
    - V(true) where the miner mines at one of its pools, V(false) where the pools are set and it doesn't mine
      at any of them yet.
  returned: with O(wait), not in check mode, where the firmware shows it
  type: bool
  sample: true
held:
  description:
    - What was left as it is, since somebody else has the say over it, and who has. See
      M(minerops.whatsminer.whatsminer_hold).
  returned: when something is held
  type: dict
  sample: {pools: "held since 14:50 by maintenance until 18:00"}
cause:
  description: What kind of error it was, for use in conditions.
  returned: failure
  type: str
  sample: wrong_password
code:
  description: The message code with which the miner refused.
  returned: when the miner gave one
  type: int
  sample: 132
"""

from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.converge import converge
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.restarts import (
    wait_until_mining,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import run_module
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings import pools

if TYPE_CHECKING:
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.result import Result

ARGUMENTS = {
    **pools.OPTIONS,
    "wait": {"type": "bool", "default": False},
    "wait_timeout": {"type": "int", "default": 60},
}


async def run(miner: Miner, params: dict[str, Any], check_mode: bool = False) -> Result:
    """Converge the declared pools (converge.converge); with ``wait`` look whether the miner mines at them."""
    result = await converge(miner, pools.declared(params), params, check_mode=check_mode)
    if params["wait"] and not check_mode:
        active = await wait_until_mining(miner, params["wait_timeout"])
        result.values.update({} if active is None else {"active": active})
    return result


def main() -> None:
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
