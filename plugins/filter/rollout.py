# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: rollout
short_description: Plan and judge a rollout of firmware
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - The calculation behind the role P(minerops.whatsminer.firmware#role). It changes nothing and asks no
    miner.
positional: step
options:
  _input:
    description:
      - What the step is about. The variable C(firmware_declared) for V(declared); the text of the state file
        for V(kept), null where there is none; the C(results) of a fleet task for V(resume), V(survey),
        V(sent) and V(judge); a survey for V(plan), V(begin) and V(report); what is kept for V(pending).
    type: raw
    required: true
  step:
    description:
      - V(declared) checks what is declared. V(kept) reads what is kept of earlier runs, and V(resume) begins
        with it.
      - V(survey) says how each miner stands. V(plan) lists the batches to come. V(begin) chooses the next
        one.
      - V(sent) notes who got the image, V(judge) who passed the gate, V(pending) who waits for a verdict.
      - V(report) lists who is on what.
    type: str
    required: true
    choices: [declared, kept, resume, survey, plan, begin, sent, judge, pending, report]
  path:
    description: The state file, for V(kept).
    type: path
  hosts:
    description: The hosts in question, for V(survey) and V(pending).
    type: list
    elements: str
  declared:
    description: What is declared, for V(survey).
    type: dict
  images:
    description: What P(minerops.whatsminer.firmware_image#lookup) says of the image of each declared model,
      for V(survey).
    type: dict
  kept:
    description: What is kept of each host, for all steps but V(declared), V(kept) and V(pending).
    type: dict
  rules:
    description:
      - The role's variables without C(firmware_), and the inventory's C(groups); for V(resume), V(survey),
        V(plan), V(begin) and V(judge).
    type: dict
  final:
    description: Whether who doesn't pass fails, for V(judge).
    type: bool
    default: false
  settled:
    description: Whether miners that may have got an image have had time to restart, for V(judge).
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Look at the miners
  minerops.whatsminer.whatsminer_fleet:
    module: whatsminer_facts
  register: look

- name: Who waits for a verdict once the look is judged
  ansible.builtin.debug:
    msg: "{{ judged | minerops.whatsminer.rollout('pending', hosts=ansible_play_hosts) }}"
  vars:
    judged: "{{ look.results | minerops.whatsminer.rollout('judge', kept=firmware_kept, rules=firmware_rules)
      }}"
"""

RETURN = r"""
_value:
  description: What the step gives; the tasks of the role show how it's used.
  type: raw
"""

from typing import TYPE_CHECKING

from ansible.errors import AnsibleFilterError
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout import (
    batches,
    declaration,
    gate,
    report,
    saved_state,
    survey,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.declaration import (
        Entries,
        Image,
    )
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.saved_state import SavedState
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.survey import Survey
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult

try:
    from ansible.template import trust_as_template
except ImportError:
    trust_as_template = None

if trust_as_template is None:  # before ansible-core 2.19 all text is a template that isn't marked as data
    from ansible.utils.unsafe_proxy import wrap_var as _as_data
else:

    def _as_data(value: Any) -> Any:
        return value


# A step's options are the parameters of its function here, under the names that the filter documents.


def _resume(results: list[TaskResult], kept: SavedState, rules: dict[str, Any]) -> SavedState:
    return gate.resume(kept, results, Rules.of(rules))


def _survey(
    results: list[TaskResult],
    hosts: list[str],
    declared: Entries,
    images: dict[str, Image],
    kept: SavedState,
    rules: dict[str, Any],
) -> Survey:
    return survey.survey(results, hosts, entries=declared, images=images, state=kept, rules=Rules.of(rules))


def _plan(found: Survey, kept: SavedState, rules: dict[str, Any]) -> list[list[str]]:
    return batches.plan(found, kept, Rules.of(rules))


def _begin(found: Survey, kept: SavedState, rules: dict[str, Any]) -> dict[str, Any]:
    batch = batches.next_batch(found, kept, Rules.of(rules))
    return {
        "batch": batch,
        "jobs": batches.jobs(found, batch),
        "kept": saved_state.begin_batch(found, kept, batch),
    }


def _sent(results: list[TaskResult], kept: SavedState) -> SavedState:
    return saved_state.record_sent(kept, results)


def _judge(
    results: list[TaskResult],
    kept: SavedState,
    rules: dict[str, Any],
    final: bool = False,
    settled: bool = False,
) -> SavedState:
    return gate.judge(kept, results, Rules.of(rules), final=final, settled=settled)


def _report(found: Survey, kept: SavedState) -> dict[str, Any]:
    return report.make_report(found, kept)


_STEPS: dict[str, Callable[..., Any]] = {
    "declared": declaration.check_declared,
    "kept": saved_state.read_saved_state,
    "resume": _resume,
    "survey": _survey,
    "plan": _plan,
    "begin": _begin,
    "sent": _sent,
    "judge": _judge,
    "pending": saved_state.pending,
    "report": _report,
}


def _rollout(value: Any, step: str, **known: Any) -> Any:
    if step not in _STEPS:
        raise AnsibleFilterError(f"rollout: step must be one of {', '.join(_STEPS)}, and not {step!r}")
    try:
        # What miners say is in it, and must never become a template.
        return _as_data(_STEPS[step](value, **known))
    except ValueError as error:
        raise AnsibleFilterError(f"rollout: {error}") from error


class FilterModule:
    """The one filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"rollout": _rollout}
