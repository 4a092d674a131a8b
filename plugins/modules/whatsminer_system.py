#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: whatsminer_system
short_description: Declare host name, time, SSH, remote log and own data of a Whatsminer
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Declares the rest of a miner's system.
  - API 3 shows all of this but SSH, which its port shows. With API 2, time zone, remote log and own data
    can't be read back, nor can the host name with API 1.3 and 1.4. Without a fact cache these are applied at
    each run.
extends_documentation_fragment:
  - minerops.whatsminer.miner
  - minerops.whatsminer.miner.records
  - minerops.whatsminer.attributes
  - minerops.whatsminer.attributes.converges
options:
  hostname:
    description:
      - The host name, of letters, digits and V(-).
      - Some firmware shows the old one until the miner has restarted, see RV(after_restart).
    type: str
  timezone:
    description: The POSIX time zone, such as V(CST-8). Needs O(zonename).
    type: str
  zonename:
    description: The zone's name, such as V(Asia/Shanghai). Needs O(timezone).
    type: str
  ssh:
    description:
      - Whether the miner's SSH server is open. Whether it is now, its port shows.
      - API 3 has no command for it. Of a miner that speaks API 3 it goes over API 2, if that is there too.
    type: bool
  ssh_port:
    description: The port at which SSH is looked for, where something between forwards it.
    type: int
    default: 22
  remote_log:
    description: Where the miner sends its log.
    type: dict
    suboptions:
      address:
        description: IPv4 address of the log server.
        type: str
        required: true
      port:
        description: Its port.
        type: int
        required: true
      proto:
        description: Its protocol.
        type: str
        choices: [tcp, udp]
        default: udp
  ntp_servers:
    description:
      - The time servers, one to eight host names or IPv4 addresses, in their order. API 3.
    type: list
    elements: str
  delay_seconds:
    description:
      - The longest random delay before a start and before a stop, so that the load of a site that is switched
        changes smoothly. API 2 has it undocumented, and doesn't show it.
    type: dict
    suboptions:
      start:
        description: Seconds before a start, 0 to 120.
        type: int
        required: true
      stop:
        description: Seconds before a stop, 0 to 120.
        type: int
        required: true
  custom_data:
    description:
      - The owner's own texts, by the keys V(CustomerSn) and V(msg0) to V(msg9). They hold letters, digits and
        C(_.@+=:,/%-).
      - Keys that aren't given are left as they are. API 2.2.2, and API 3.0.1 and later.
    type: dict
"""

EXAMPLES = r"""
- name: Set time zone and host name, close SSH
  minerops.whatsminer.whatsminer_system:
    hostname: "{{ inventory_hostname_short }}"
    timezone: CST-8
    zonename: Asia/Shanghai
    ssh: false

- name: Send the log to a server
  minerops.whatsminer.whatsminer_system:
    remote_log:
      address: 192.168.1.5
      port: 514
      proto: udp

- name: Take the time from the site's own servers
  minerops.whatsminer.whatsminer_system:
    ntp_servers: [192.168.1.5, ntp.example.com]

- name: Write down where the miner stands
  minerops.whatsminer.whatsminer_system:
    custom_data:
      CustomerSn: "SN-{{ inventory_hostname_short }}"
      msg0: "{{ rack }}"
"""

RETURN = r"""
commands:
  description: The API commands that the miner took, in order.
  returned: always
  type: list
  elements: str
  sample: [set_hostname, ssh_close]
after_restart:
  description:
    - The settings that are set and take effect at the next start only, as far as the miner shows that. They
      are no drift.
  returned: when there are some
  type: list
  elements: str
  sample: [hostname]
held:
  description:
    - What was left as it is, since somebody else has the say over it, and who has. See
      M(minerops.whatsminer.whatsminer_hold).
  returned: when something is held
  type: dict
  sample: {timezone: "held since 14:50 by maintenance until 18:00"}
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
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings import system

if TYPE_CHECKING:
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.result import Result

ARGUMENTS = system.OPTIONS


async def run(miner: Miner, params: dict[str, Any], check_mode: bool = False) -> Result:
    """Converge the declared system settings; see converge.converge."""
    return await converge(miner, system.declared(params), params, check_mode=check_mode)


def main() -> None:
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
