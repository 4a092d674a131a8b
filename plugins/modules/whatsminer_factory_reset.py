#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: whatsminer_factory_reset
short_description: Restore a Whatsminer to factory settings
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Resets everything on the miner, its pools, its network settings, its passwords and permissions, and the
    switch of its API.
  - Afterwards the passwords are the factory's again, C(admin) over API 2 and C(super) over API 3, and the
    miner takes no writes over either. Someone has to change the password and switch the API on, with
    WhatsMinerTool, before this collection can write to the miner again. It may also come back at another
    address.
extends_documentation_fragment:
  - minerops.whatsminer.miner
  - minerops.whatsminer.miner.records
  - minerops.whatsminer.attributes
attributes:
  idempotent:
    description: Run again, it changes nothing.
    support: none
    details:
      - It is an act, not a state, and each run does it.
options:
  confirm:
    description: Must be V(true), or nothing is done.
    type: bool
    default: false
  wait_timeout:
    description: Seconds in which a miner that doesn't answer must be seen to reset.
    type: int
    default: 120
"""

EXAMPLES = r"""
- name: Give the machine back
  minerops.whatsminer.whatsminer_factory_reset:
    confirm: true
"""

RETURN = r"""
commands:
  description: The API commands that the miner took, in order.
  returned: always
  type: list
  elements: str
  sample: [factory_reset]
held:
  description:
    - What was left as it is, since somebody else has the say over it, and who has. See
      M(minerops.whatsminer.whatsminer_hold).
  returned: when something is held
  type: dict
  sample: {factory_reset: "curtailed since 14:50 by ercot-4cp until 18:00"}
cause:
  description: What kind of error it was, for use in conditions.
  returned: failure
  type: str
  sample: outcome_unknown
code:
  description: The message code with which the miner refused.
  returned: when the miner gave one
  type: int
  sample: 132
"""

from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.commands import Effect
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holding import leaves_held
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.result import Result
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import run_module
from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks.restart import (
    FACTORY_RESET,
    restart,
)

if TYPE_CHECKING:
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner

ARGUMENTS = {"confirm": {"type": "bool", "default": False}, "wait_timeout": {"type": "int", "default": 120}}

_LOST = (
    "the miner's password is the default again and its API takes no writes: change the password and switch "
    "the API on with WhatsMinerTool. It may have another address now"
)


@leaves_held("factory_reset", Effect.RESETS)
async def run(miner: Miner, params: dict[str, Any], check_mode: bool = False) -> Result:
    """Reset the miner, and void all records of what was applied to it."""
    if not params["confirm"]:
        raise BadParameter(
            "confirm", "true, since a factory reset loses pools, network, password and the API switch"
        )
    result = Result(
        changed=True, before={"factory settings": False}, after={"factory settings": True}, warnings=[_LOST]
    )
    result.commands += await restart(
        miner, FACTORY_RESET, wait=False, timeout=params["wait_timeout"], check_mode=check_mode
    )
    if params["applied"] and not check_mode:
        result.applied = {}
    return result


def main() -> None:
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
