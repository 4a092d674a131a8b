#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: whatsminer_cooling
short_description: Declare how a Whatsminer is cooled
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Declares when the fans turn and which temperature the miner aims at. Firmware with API 2.0.5 and later has
    these settings; with older firmware an option fails, naming the option, the firmware and the API.
  - API 3 shows them. With API 2 they can't be read back, so without a fact cache they are applied at each
    run.
extends_documentation_fragment:
  - minerops.whatsminer.miner
  - minerops.whatsminer.miner.records
  - minerops.whatsminer.attributes
  - minerops.whatsminer.attributes.converges
options:
  poweroff_cool:
    description: Whether cooling goes on when mining is stopped.
    type: bool
  fan_zero_speed:
    description: Whether the fans may stand still.
    type: bool
  temp_offset:
    description:
      - How many degrees Celsius the target temperature differs from the machine's own, -30 to 0. It takes
        effect at the next start.
    type: int
"""

EXAMPLES = r"""
- name: Cool on when mining is stopped
  minerops.whatsminer.whatsminer_cooling:
    poweroff_cool: true

- name: Run five degrees cooler, from the next start on
  minerops.whatsminer.whatsminer_cooling:
    temp_offset: -5
"""

RETURN = r"""
commands:
  description: The API commands that the miner took, in order.
  returned: always
  type: list
  elements: str
  sample: [set_poweroff_cool]
after_restart:
  description: The settings of this run that take effect at the next start only.
  returned: when there are some
  type: list
  elements: str
  sample: [cooling.temp_offset]
held:
  description:
    - What was left as it is, since somebody else has the say over it, and who has. See
      M(minerops.whatsminer.whatsminer_hold).
  returned: when something is held
  type: dict
  sample: {cooling.poweroff_cool: "held since 14:50 by maintenance until 18:00"}
cause:
  description: What kind of error it was, for use in conditions.
  returned: failure
  type: str
  sample: unknown_command
code:
  description: The message code with which the miner refused.
  returned: when the miner gave one
  type: int
  sample: 14
"""

from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.converge import converge
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import run_module
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings import cooling

if TYPE_CHECKING:
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.result import Result

ARGUMENTS = cooling.OPTIONS


async def run(miner: Miner, params: dict[str, Any], check_mode: bool = False) -> Result:
    """Converge the declared cooling settings; see converge.converge."""
    return await converge(miner, cooling.declared(params), params, check_mode=check_mode)


def main() -> None:
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
