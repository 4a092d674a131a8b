# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: holds
short_description: Who has the say over miners
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Tells the holds on miners, which M(minerops.whatsminer.whatsminer_hold) and curtailments take, without
    asking a miner.
options:
  _terms:
    description: Names of hosts in the inventory.
    required: true
  mac:
    description: The MAC address of the miner, where one host is asked for. Its holds are found by that under
      another name too.
    type: str
  holds:
    description: The directory on the controller in which holds are kept.
    type: path
    default: ~/.ansible/whatsminer/holds
    vars:
      - name: whatsminer_holds
    env:
      - name: ANSIBLE_WHATSMINER_HOLDS
    ini:
      - section: whatsminer
        key: holds
"""

EXAMPLES = r"""
- name: Show which miners are held
  ansible.builtin.debug:
    msg: "{{ query('minerops.whatsminer.holds', *ansible_play_hosts) }}"
  run_once: true
"""

RETURN = r"""
_raw:
  description: The holds on all of the hosts. Those that are over, and that nobody has ended, are among them.
  type: list
  elements: dict
  contains:
    host:
      description: The host.
      type: str
    kind:
      description: V(power) or V(all).
      type: str
    reason:
      description: Why, and by whom, the miner is held.
      type: str
    until:
      description: When the hold ends by itself, in epoch seconds; null if it doesn't.
      type: float
    over:
      description: Whether it no longer holds.
      type: bool
    told:
      description: It in words.
      type: str
  sample:
    - host: rack1-01
      kind: power
      reason: ercot-4cp
      until: 1795888800.0
      over: false
      told: curtailed since 14:50 by ercot-4cp until 18:00
"""

import time
from typing import TYPE_CHECKING

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import (
    HoldStore,
    HoldStoreFault,
)

if TYPE_CHECKING:
    from typing import Any


class LookupModule(LookupBase):
    """Looks up the holds on hosts."""

    def run(
        self, terms: list[str], variables: dict[str, Any] | None = None, **options: Any
    ) -> list[dict[str, Any]]:
        self.set_options(var_options=variables, direct=options)
        store, mac, now = HoldStore(self.get_option("holds")), self.get_option("mac"), time.time()
        found = []
        for host in terms:
            try:
                held = store.find(str(host), mac)
            except HoldStoreFault as error:
                raise AnsibleLookupError(str(error)) from None
            for hold in held.holds if held else ():
                found.append(
                    {
                        "host": str(host),
                        "kind": hold.kind,
                        "reason": hold.reason,
                        "until": hold.until,
                        "over": hold.is_over(now),
                        "told": hold.told(now),
                    }
                )
        return found
