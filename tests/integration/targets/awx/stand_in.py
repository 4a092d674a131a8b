# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for a module of awx.awx: takes the options that the real one documents, and writes down what it
was given.
"""

from __future__ import annotations

import json
import os
import pathlib

import yaml
from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

TYPES = ("str", "int", "float", "bool", "dict", "list")


def spec(documented):
    """An argument spec of one entry of options.yml."""
    names = {name: kind for kind in TYPES for name in documented.get(kind, ())}
    found = {name.lstrip("+"): {"type": kind, "required": name[0] == "+"} for name, kind in names.items()}
    for name, choices in documented.get("choices", {}).items():
        found[name]["choices"] = choices
    return found


def plain(value):
    """*value* as JSON has it, without Ansible's marks."""
    return json.loads(json.dumps(value, default=str))


class ActionModule(ActionBase):
    """Raises AnsibleActionFail for what the real module would refuse."""

    def run(self, tmp=None, task_vars=None):
        options = yaml.safe_load(pathlib.Path(os.environ["AWX_OPTIONS"]).read_text(encoding="utf-8"))
        name = self._task.action.rpartition(".")[2]
        given = self._valid(options, name, plain(self._task.args))
        for node in given.get("schema") or ():
            self._valid(options, "node", node)
            self._valid(options, "unified_job_template", node["unified_job_template"])
            self._valid(options, "related", node["related"])
        with open(os.environ["AWX_RECORD"], "a", encoding="utf-8") as record:
            record.write(
                json.dumps([name, {key: value for key, value in given.items() if value is not None}]) + "\n"
            )
        return {"changed": True}

    @staticmethod
    def _valid(options, what, given):
        validated = ArgumentSpecValidator(spec(options[what])).validate(given)
        if validated.error_messages:
            raise AnsibleActionFail(
                f"{what} {given.get('name') or given.get('identifier')}: "
                f"{'; '.join(validated.error_messages)}"
            )
        return validated.validated_parameters
