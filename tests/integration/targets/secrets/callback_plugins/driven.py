# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write down which modules, roles and playbooks were driven, and their results as callbacks get them."""

from __future__ import annotations

DOCUMENTATION = """
name: driven
type: aggregate
short_description: Write down what was driven
description:
  - Each result is a line of JSON in C(results) in the directory of the environment variable C(OUT).
"""

import json
import os

from ansible.plugins.callback import CallbackBase

COLLECTION = "minerops.whatsminer."


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "driven"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self._playbook = ""

    def v2_playbook_on_start(self, playbook):
        self._playbook = os.path.basename(playbook._file_name)

    def v2_runner_on_ok(self, result):
        self._note(result, "ok")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._note(result, "failed")

    def v2_runner_on_unreachable(self, result):
        self._note(result, "failed")

    def _note(self, result, outcome):
        task, raw = result._task, result._result
        role = task._role.get_name() if task._role else ""
        if not (str(task.resolved_action).startswith(COLLECTION) or role.startswith(COLLECTION)):
            return
        if raw.get("failed") or raw.get("unreachable"):
            outcome = "failed"  # as of whatsminer_fleet with ignore_errors
        line = {
            "outcome": outcome,
            "way": "shipped" if "_ansible_delegated_vars" in raw else "in-process",
            "module": task.resolved_action,
            "role": role,
            "playbook": self._playbook,
            "result": raw,
        }
        with open(os.path.join(os.environ["OUT"], "results"), "a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str) + "\n")
