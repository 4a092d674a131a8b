#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: whatsminer_net
short_description: Declare the network settings of a Whatsminer
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Gives a miner a static address, or lets it get one by DHCP. The miner reboots; it is followed to its new
    address, and its MAC address is checked there.
  - What isn't declared stays as the miner shows it. Firmware with API 1.3 and 1.4 shows none of this, so
    there a static address needs all options, and without a fact cache it is applied, with the reboot, at each
    run.
  - The inventory isn't changed. After a move, the following tasks need the new address as C(ansible_host).
  - A miner that isn't at its C(ansible_host) is looked for at the declared O(address). If it shows its
    C(whatsminer_mac) there, the task goes on there, and a warning says so.
extends_documentation_fragment:
  - minerops.whatsminer.miner
  - minerops.whatsminer.miner.records
  - minerops.whatsminer.attributes
  - minerops.whatsminer.attributes.converges
options:
  proto:
    description: Where the address comes from. V(static), if any of the other options but O(hostname) is
      given.
    type: str
    choices: [dhcp, static]
  address:
    description: The IPv4 address.
    type: str
  netmask:
    description: The netmask, such as V(255.255.255.0).
    type: str
  gateway:
    description: The default gateway, inside the miner's network.
    type: str
  dns:
    description: One to three name servers.
    type: list
    elements: str
  hostname:
    description: The host name. Changed alone it needs no reboot.
    type: str
  wait:
    description: Whether to wait until the miner answers at its new address.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait for that, before the task fails.
    type: int
    default: 300
"""

EXAMPLES = r"""
- name: Give the miner a fixed address
  minerops.whatsminer.whatsminer_net:
    address: 192.168.1.101
    netmask: 255.255.255.0
    gateway: 192.168.1.1
    dns: [192.168.1.1, 9.9.9.9]
    hostname: rack1-01

- name: Back to DHCP
  minerops.whatsminer.whatsminer_net:
    proto: dhcp
"""

RETURN = r"""
commands:
  description: The API commands that the miner took, in order.
  returned: always
  type: list
  elements: str
  sample: [net_config]
address:
  description: The address at which the miner is now; null if it gets one by DHCP.
  returned: when the network settings were changed, or the miner was found at its declared address
  type: str
  sample: 192.168.1.101
held:
  description:
    - What was left as it is, since somebody else has the say over it, and who has. See
      M(minerops.whatsminer.whatsminer_hold).
  returned: when something is held
  type: dict
  sample: {net: "held since 14:50 by maintenance until 18:00"}
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
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings import net

if TYPE_CHECKING:
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.result import Result

ARGUMENTS = {
    **net.OPTIONS,
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 300},
}


async def run(miner: Miner, params: dict[str, Any], check_mode: bool = False) -> Result:
    """Converge the declared network settings; see converge.converge."""
    return await converge(
        miner,
        net.declared(params),
        params,
        check_mode=check_mode,
        wait=params["wait"],
        wait_timeout=params["wait_timeout"],
    )


def main() -> None:
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
