#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: whatsminer_config
short_description: Declare the whole desired state of a Whatsminer
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Converges a miner to all that is declared of it in one task, with one plan and at most one token. What
    disturbs mining least comes first.
  - What isn't declared is left as it is.
extends_documentation_fragment:
  - minerops.whatsminer.miner
  - minerops.whatsminer.miner.records
  - minerops.whatsminer.attributes
  - minerops.whatsminer.attributes.converges
options:
  pools:
    description:
      - The pools, as a list like the option O(minerops.whatsminer.whatsminer_pools#module:pools), or as a
        dictionary of the options of M(minerops.whatsminer.whatsminer_pools), without O(wait) and
        O(wait_timeout).
    type: raw
  power:
    description: The options of M(minerops.whatsminer.whatsminer_power), without O(wait) and O(wait_timeout).
    type: dict
  cooling:
    description: The options of M(minerops.whatsminer.whatsminer_cooling).
    type: dict
  net:
    description: The options of M(minerops.whatsminer.whatsminer_net), without O(wait) and O(wait_timeout).
    type: dict
  system:
    description: The options of M(minerops.whatsminer.whatsminer_system).
    type: dict
  led:
    description: The options of M(minerops.whatsminer.whatsminer_led).
    type: dict
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
      limit_watts: 3400
    cooling:
      poweroff_cool: true
    system:
      hostname: "{{ inventory_hostname_short }}"
      ssh: false
    led:
      mode: auto

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
address:
  description: The address at which the miner is now; null if it gets one by DHCP.
  returned: when the network settings were changed, or the miner was found at its declared address
  type: str
  sample: 192.168.1.101
declared:
  description: The settings that are declared, by the names that diffs give them.
  returned: success
  type: list
  elements: str
  sample: [pools, power.mode, timezone]
drifted:
  description: Those of them that weren't as declared, as the miner or the record of what was applied shows.
  returned: success
  type: list
  elements: str
  sample: [power.mode]
unknown:
  description: Those of them that neither the miner nor a record shows, or that wait until a powered-off miner
    is on, and why.
  returned: success
  type: dict
  sample: {timezone: the API has no command that shows it}
after_restart:
  description:
    - The settings that are set and take effect at the next start only, as far as the miner shows that. They
      are no drift.
  returned: when there are some
  type: list
  elements: str
  sample: [power.fast_boot]
tuning:
  description: V(true) where the miner was still tuning its frequencies, after a new power limit, when
    O(wait_timeout) was over.
  returned: when it was
  type: bool
  sample: true
held:
  description:
    - What was left as it is, since somebody else has the say over it, and who has. See
      M(minerops.whatsminer.whatsminer_hold).
  returned: when something is held
  type: dict
  sample: {power.state: "curtailed since 14:50 by ercot-4cp until 18:00"}
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

from typing import TYPE_CHECKING

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.converge import converge
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import run_module, without_secrets
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings import (
    cooling,
    led,
    net,
    pools,
    power,
    system,
)

if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.result import Result
    from ansible_collections.minerops.whatsminer.plugins.module_utils._settings.base import Setting

GROUPS: dict[str, ModuleType] = {
    "pools": pools,
    "power": power,
    "cooling": cooling,
    "net": net,
    "system": system,
    "led": led,
}

ARGUMENTS: dict[str, Any] = {
    **{name: {"type": "raw" if name == "pools" else "dict"} for name in GROUPS},
    **power.WAIT_OPTIONS,
}

# The pools may stand there as they are, without their group around them.
_OF_A_GROUP = {
    **{name: group.OPTIONS for name, group in GROUPS.items()},
    "pools": {**pools.OPTIONS, **pools.OPTIONS["pools"]["options"]},
}
SHOWN = {name: {**ARGUMENTS[name], "options": options} for name, options in _OF_A_GROUP.items()}

_VALIDATORS = {name: ArgumentSpecValidator(group.OPTIONS) for name, group in GROUPS.items()}


async def run(miner: Miner, params: dict[str, Any], check_mode: bool = False) -> Result:
    """Converge all that is declared; see converge.converge."""
    settings = [setting for name in GROUPS for setting in _declared(name, params[name])]
    # The host name may stand under net and under system.
    unique = {setting.name: setting for setting in settings}
    result = await converge(
        miner,
        list(unique.values()),
        params,
        check_mode=check_mode,
        wait=params["wait"],
        wait_timeout=params["wait_timeout"],
    )
    result.values.update(declared=list(unique), drifted=result.drifted, unknown=result.unknown)
    return result


def _declared(name: str, options: Any) -> list[Setting]:
    """The settings of the group called *name*.

    Raises BadParameter naming the option as whatsminer_config knows it.
    """
    if options is None:
        return []
    if name == "pools" and isinstance(options, list):
        options = {"pools": options}
    if not isinstance(options, dict):
        raise BadParameter(name, f"the options of whatsminer_{name}")
    validated = _VALIDATORS[name].validate(options)
    if validated.error_messages:
        problems = without_secrets("; ".join(validated.error_messages), options, GROUPS[name].OPTIONS)
        raise BadParameter(name, f"the options of whatsminer_{name} ({problems})")
    try:
        settings: list[Setting] = GROUPS[name].declared(validated.validated_parameters)
        return settings
    except BadParameter as error:
        raise BadParameter(f"{name}: {error.name}", error.expected) from None


def main() -> None:
    run_module(ARGUMENTS, run, SHOWN)


if __name__ == "__main__":
    main()
