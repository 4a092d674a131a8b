#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: whatsminer_led
short_description: Make a Whatsminer's LED show where it is
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Lets the LED flash, so that a machine is found on its rack, or gives it back to the miner.
  - How the LED flashes can't be read back. Without a fact cache a pattern is applied at each run.
extends_documentation_fragment:
  - minerops.whatsminer.miner
  - minerops.whatsminer.miner.records
  - minerops.whatsminer.attributes
  - minerops.whatsminer.attributes.converges
options:
  mode:
    description: V(auto) leaves the LED to the miner. V(manual), if any other option is given.
    type: str
    choices: [auto, manual]
  color:
    description: The colour, such as V(red) or V(green). V(red) if only O(mode) is given.
    type: str
  period:
    description: The flash cycle in ms. 1000 if not given.
    type: int
  duration:
    description: The time on in a cycle in ms. 500 if not given.
    type: int
  start:
    description: The offset of that in a cycle in ms. 0 if not given.
    type: int
"""

EXAMPLES = r"""
- name: Flash red, twice a second
  minerops.whatsminer.whatsminer_led:
    color: red
    period: 500
    duration: 250

- name: Enough of that
  minerops.whatsminer.whatsminer_led:
    mode: auto
"""

RETURN = r"""
commands:
  description: The API commands that the miner took, in order.
  returned: always
  type: list
  elements: str
  sample: [set_led]
held:
  description:
    - What was left as it is, since somebody else has the say over it, and who has. See
      M(minerops.whatsminer.whatsminer_hold).
  returned: when something is held
  type: dict
  sample: {led: "held since 14:50 by maintenance until 18:00"}
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

from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.converge import converge
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import run_module
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings import led

if TYPE_CHECKING:
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.result import Result

ARGUMENTS = led.OPTIONS


async def run(miner: Miner, params: dict[str, Any], check_mode: bool = False) -> Result:
    """Converge the declared LED; see converge.converge."""
    return await converge(miner, led.declared(params), params, check_mode=check_mode)


def main() -> None:
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
