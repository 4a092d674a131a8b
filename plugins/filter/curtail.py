# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that carries a curtailment on."""

from __future__ import annotations

DOCUMENTATION = r"""
name: curtail
short_description: Decide which miners are curtailed next
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - From what all miners show, works out who is curtailed next, for the role
    P(minerops.whatsminer.curtailment#role), which gives the orders.
  - It calculates only, and touches neither miners nor files.
positional: _input, settings
options:
  _input:
    description: RV(minerops.whatsminer.whatsminer_fleet#module:results) of reading all miners with
      whatsminer_facts.
    type: list
    elements: dict
    required: true
  settings:
    description: The role's variables, without C(curtailment_) before their names.
    type: dict
    required: true
  run:
    description: What this filter returned last in the same curtailment. Without it, one begins.
    type: dict
  ordered:
    description: RV(minerops.whatsminer.whatsminer_fleet#module:results) of the orders in O(run).
    type: list
    elements: dict
    default: []
  begun:
    description: When the curtailment began, in epoch seconds.
    type: float
  memory:
    description: What the file with the memory of earlier curtailments holds. Without it, there is no such
      file; an empty one is an error.
    type: str
  groups:
    description: The inventory's groups and their hosts.
    type: dict
  hostvars:
    description: Where the records of applied settings are.
    type: dict
"""

EXAMPLES = r"""
- name: Read what the miners take
  minerops.whatsminer.whatsminer_fleet:
    module: whatsminer_facts
    max_fail_percentage: 100
  register: fleet

- name: Who would be switched off to shed 500 kW
  ansible.builtin.debug:
    msg: "{{ run.orders | map(attribute='hosts') | flatten }}"
  vars:
    run: "{{ fleet.results | minerops.whatsminer.curtail({'shed_kw': 500}, begun=now().timestamp(),
      groups=groups) }}"
"""

RETURN = r"""
_value:
  description:
    - The curtailment on its way. C(orders) are the next ones, a list of C(hosts) and C(params) for
      whatsminer_power; C(verdict) is V(met), V(unreached), V(exhausted), V(deadline) or V(rounds) once there
      are none.
    - C(memory) is what must be in the file before they are given.
  type: dict
"""

import time
from typing import TYPE_CHECKING

from ansible.errors import AnsibleFilterError
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment import curtailment
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import plain, records_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult


def curtail(
    results: list[TaskResult],
    settings: dict[str, Any],
    run: dict[str, Any] | None = None,
    ordered: Sequence[TaskResult] = (),
    begun: float | None = None,
    memory: str | None = None,
    groups: dict[str, list[str]] | None = None,
    hostvars: Any = None,
) -> dict[str, Any]:
    results, settings = plain(results), plain(settings)
    now = time.time()
    try:
        if run:
            return curtailment.curtail_on(plain(run), plain(ordered), results, now)
        remembered = curtailment.recalled(plain(memory), settings.get("state_file", "memory"))
        applied = {}
        if hostvars is not None:
            applied = {
                result["host"]: records_of(hostvars.raw_get(result["host"]))["applied"] for result in results
            }
        begun = float(begun or now)
        percents = curtailment.known_percents(results, applied, age=now - begun)
        return curtailment.curtail(results, settings, remembered, plain(groups or {}), percents, begun, now)
    except curtailment.CurtailmentError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """The filter `curtail`."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"curtail": curtail}
