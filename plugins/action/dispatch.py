# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decide by the price of electricity, and by what stands of the curtailment for it: one task, no miner asked.

What is decided is in plugin_utils/_dispatch. What stands is read as the curtailment itself reads it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.modules import dispatch
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.keeper import Keeper
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._dispatch import price
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.role_action import RoleAction
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.role_variables import (
    declared,
    overriding,
)

if TYPE_CHECKING:
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import DispatchResult

# The goals that are a level of power: to shed as much again sheds nothing.
_LEVELS = {"curtailment_all", "curtailment_to_kw"}


class ActionModule(RoleAction):
    """Runs the role in ``role_path``, as far as that decides."""

    _validator = ArgumentSpecValidator(dispatch.ARGUMENTS)
    _prefix = "dispatch_"

    def _play(self, arguments: dict[str, Any]) -> DispatchResult:
        now = self.now()
        options = self._options(arguments["role_path"])
        wanted = price.declared_of(options, now)
        role = os.path.join(os.path.dirname(arguments["role_path"]), "curtailment")
        goal = overriding(role, "dispatch_curtailment", options["curtailment"])
        overrides: dict[str, Any] = {"curtailment_reason": wanted.reason}
        decision = price.decide(wanted, self._standing_of(role, overrides, goal), now)
        if decision.run == price.CURTAIL:
            overrides = {**goal, **overrides, **({"curtailment_ramp_kw": None} if decision.at_once else {})}
        self.say(f"{decision.why[0].upper()}{decision.why[1:]}: {decision.run or 'nothing is done'}")
        return {"changed": False, "run": decision.run, "why": decision.why, "overrides": overrides}

    def _standing_of(self, role: str, overrides: dict[str, Any], goal: dict[str, Any]) -> price.Standing:
        """What stands of the curtailment that *role* and *overrides* lead to. Raises ValueError."""
        variables = {**self._task_vars, **overrides}
        self._templar.available_variables = variables
        resolve = self._templar.template
        options = declared(role, "resume", variables, resolve=resolve, overrides=overrides)
        path = os.path.expanduser(options["curtailment_state_file"].strip())
        keeper = Keeper(self._hold_store(), path, overrides["curtailment_reason"], check_mode=True)
        state = keeper.load()
        keeper.recover(state, self._task_vars["ansible_play_hosts_all"])
        return price.Standing(
            miners=len(state.curtailed),
            goal_open=state.goal is not None,
            is_level=bool(_LEVELS & goal.keys()),
            resuming=state.resuming is not None,
            held_until=state.held_until,
        )
