# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wait until all miners of a batch have passed the gate, or its time is over: one task, many looks."""

from __future__ import annotations

import os
import time
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.utils.display import Display
from ansible_collections.minerops.whatsminer.plugins.action import whatsminer_fleet
from ansible_collections.minerops.whatsminer.plugins.modules import firmware_gate, whatsminer_facts
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import fleet
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import plain
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.gate import judge
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.rules import Rules
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.saved_state import pending
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted

# How long a wait goes on at most before it is seen whether the process that started this one is still there.
_WATCH_SECONDS = 1


class ActionModule(whatsminer_fleet.ActionModule):
    """Reads the option ``hosts`` again and again, and judges what they show, until none is pending."""

    _validator = ArgumentSpecValidator(firmware_gate.ARGUMENTS)

    def _run(self, task_vars: Any) -> dict[str, Any]:
        self._prepare(task_vars)
        options = self._validator.validate(plain(self._task.args)).validated_parameters
        hosts, rules = self._hosts(options["hosts"], task_vars), Rules.of(options["rules"])
        timeout, delay, settle = (
            float(options["rules"][name]) for name in ("gate_timeout", "gate_delay", "settle")
        )
        bounds = {"concurrency": len(hosts) or 1, "max_fail_percentage": None}
        facts = {"gather_subset": options["gather_subset"], "raw": False}
        jobs = list(self._jobs(hosts, whatsminer_facts, shared={}, params=facts, task_vars=task_vars))
        begun, told, results = time.monotonic(), None, []
        while hosts:
            tally = self._serve(
                whatsminer_facts, fleet.Jobs(len(jobs), jobs), options=bounds, served=None, hosts=hosts
            )
            results = [{"host": host, **tally.outcomes[host]} for host in hosts]
            seconds = time.monotonic() - begun
            waiting = pending(judge(options["kept"], results, rules, settled=seconds > settle), hosts)
            if not waiting or seconds > timeout:
                break
            if told != len(waiting):
                told = len(waiting)
                Display().display(
                    f"{len(hosts) - told} of {counted(len(hosts), 'miner')} passed the gate, {seconds:.0f} s"
                )
            _pause(delay)
        kept = judge(options["kept"], results, rules, final=True)
        verdicts = [kept[host]["verdict"] for host in hosts if host in kept]
        return {
            "changed": False,
            "kept": kept,
            "msg": f"{verdicts.count('passed')} of {counted(len(hosts), 'miner')} passed the gate, "
            f"after {time.monotonic() - begun:.0f} s",
        }


def _pause(seconds: float) -> None:
    """Wait *seconds*. Ends this process if the one that started it is gone: nobody waits for the verdicts."""
    parent, until = os.getppid(), time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, _WATCH_SECONDS))
        if os.getppid() != parent:
            os._exit(1)
