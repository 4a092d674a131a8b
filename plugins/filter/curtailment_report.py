# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that tells what a curtailment or a resumption came to."""

from __future__ import annotations

DOCUMENTATION = r"""
name: curtailment_report
short_description: Tell what a curtailment or a resumption came to
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - kW before and after, by whom, and who failed or couldn't be reached; for the role
    P(minerops.whatsminer.curtailment#role). In check mode, what would be.
positional: _input
options:
  _input:
    description: What P(minerops.whatsminer.curtail#filter) or P(minerops.whatsminer.resume#filter) returned
      last.
    type: dict
    required: true
  groups:
    description: The inventory's groups and their hosts.
    type: dict
  read:
    description:
      - RV(minerops.whatsminer.whatsminer_fleet#module:results) of reading the restored miners with
        whatsminer_facts at the end.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ (run | minerops.whatsminer.curtailment_report(groups=groups)).text }}"
"""

RETURN = r"""
_value:
  description: The report. C(text) is a list of lines for people, C(summary) the same without lists of miners.
  type: dict
"""

import time
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment import curtailment
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult


def curtailment_report(
    run: dict[str, Any], groups: dict[str, list[str]] | None = None, read: Sequence[TaskResult] = ()
) -> dict[str, Any]:
    run, groups = plain(run), plain(groups or {})
    if "goal" in run:
        return curtailment.curtail_report(run, groups, time.time())
    return curtailment.resume_report(run, groups, plain(read), time.time())


class FilterModule:
    """The filter `curtailment_report`."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"curtailment_report": curtailment_report}
