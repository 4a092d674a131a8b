# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that carries a resumption on."""

from __future__ import annotations

DOCUMENTATION = r"""
name: resume
short_description: Decide which curtailed miners are restored next
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - From what curtailed miners show, works out who is restored next and to what, in steps, for the role
    P(minerops.whatsminer.curtailment#role), which gives the orders.
  - It calculates only, and touches neither miners nor files.
positional: _input, settings
options:
  _input:
    description: RV(minerops.whatsminer.whatsminer_fleet#module:results) of reading the miners with
      whatsminer_facts.
    type: list
    elements: dict
    required: true
  settings:
    description: The role's variables, without C(curtailment_) before their names.
    type: dict
    required: true
  run:
    description: What this filter returned last in the same resumption. Without it, one begins.
    type: dict
  preheated:
    description: RV(minerops.whatsminer.whatsminer_fleet#module:results) of preheating.
    type: list
    elements: dict
    default: []
  ordered:
    description: RV(minerops.whatsminer.whatsminer_fleet#module:results) of the orders in O(run).
    type: list
    elements: dict
    default: []
  begun:
    description: When the resumption began, in epoch seconds.
    type: float
  memory:
    description: What the file with the memory of the curtailment holds. Without it, there is no such file; an
      empty one is an error.
    type: str
  hosts:
    description: The hosts of the play. Hosts that the memory names besides are in C(elsewhere), and keep the
      resumption from being met.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: In which steps the curtailed miners would come back
  ansible.builtin.debug:
    msg: "{{ (fleet.results | minerops.whatsminer.resume({'step_miners': 20}, memory=file)).steps }}"
  vars:
    file: "{{ lookup('ansible.builtin.file', '~/curtailed.json') }}"
"""

RETURN = r"""
_value:
  description:
    - The resumption on its way. C(steps) are all its steps, lists of hosts; C(orders) are the next ones, a
      list of C(hosts) and C(params) for whatsminer_power, none once it is over; C(memory) is what is left to
      restore.
  type: dict
"""

import time
from typing import TYPE_CHECKING

from ansible.errors import AnsibleFilterError
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment import curtailment
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult


def resume(
    results: list[TaskResult],
    settings: dict[str, Any],
    run: dict[str, Any] | None = None,
    preheated: Sequence[TaskResult] = (),
    ordered: Sequence[TaskResult] = (),
    begun: float | None = None,
    memory: str | None = None,
    hosts: list[str] | None = None,
) -> dict[str, Any]:
    results, settings = plain(results), plain(settings)
    now = time.time()
    try:
        if run:
            return curtailment.resume_on(plain(run), plain(preheated), plain(ordered), results, now)
        remembered = curtailment.recalled(plain(memory), settings.get("state_file", "memory"))
        return curtailment.resume(results, settings, remembered, float(begun or now), now, plain(hosts))
    except curtailment.CurtailmentError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """The filter `resume`."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"resume": resume}
