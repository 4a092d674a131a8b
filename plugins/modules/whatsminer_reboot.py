#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: whatsminer_reboot
short_description: Reboot a Whatsminer, or restart its btminer
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Restarts the miner once, over whichever API it speaks, and proves by its own clock that it happened.
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
  scope:
    description: V(miner) reboots the control board; V(btminer) restarts the mining program only.
    type: str
    choices: [miner, btminer]
    default: miner
  wait:
    description: Whether to wait until the miner answers again and its clock shows the restart.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait for that, before the task fails.
    type: int
    default: 300
"""

EXAMPLES = r"""
- name: Reboot and wait until it is back
  minerops.whatsminer.whatsminer_reboot:

- name: Restart the mining program
  minerops.whatsminer.whatsminer_reboot:
    scope: btminer
"""

RETURN = r"""
commands:
  description: The API commands that the miner took, in order.
  returned: always
  type: list
  elements: str
  sample: [reboot]
held:
  description:
    - What was left as it is, since somebody else has the say over it, and who has. See
      M(minerops.whatsminer.whatsminer_hold).
  returned: when something is held
  type: dict
  sample: {reboot: "curtailed since 14:50 by ercot-4cp until 18:00"}
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
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import NotConverged
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holding import leaves_held
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.result import Result
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import run_module
from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks.restart import (
    BTMINER,
    MINER,
    restart,
)

if TYPE_CHECKING:
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner

ARGUMENTS = {
    "scope": {"type": "str", "choices": ["miner", "btminer"], "default": "miner"},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 300},
}

_RESTARTS = {"miner": MINER, "btminer": BTMINER}


@leaves_held("reboot", Effect.REBOOTS)
async def run(miner: Miner, params: dict[str, Any], check_mode: bool = False) -> Result:
    """Restart what is asked for; see restart.restart."""
    scope = params["scope"]
    result = Result(changed=True, before={scope: "running"}, after={scope: "restarted"})
    try:
        result.commands += await restart(
            miner,
            _RESTARTS[scope],
            wait=params["wait"],
            timeout=params["wait_timeout"],
            check_mode=check_mode,
        )
    except NotConverged as error:
        error.result = Result(commands=[error.command] if error.command else [])
        raise
    return result


def main() -> None:
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
