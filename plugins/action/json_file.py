# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module of the same name, in the controller's own process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.modules import json_file

if TYPE_CHECKING:
    from typing import Any


class ActionModule(ActionBase):
    """Keeps the option ``data`` in the file ``path``."""

    _requires_connection = False
    _supports_check_mode = True
    _validator = ArgumentSpecValidator(json_file.ARGUMENTS)

    def run(self, tmp: None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        validated = self._validator.validate(self._task.args)
        if validated.error_messages:
            raise AnsibleActionFail("; ".join(validated.error_messages))
        path = validated.validated_parameters["path"]
        try:
            result["changed"] = json_file.keep(
                path, validated.validated_parameters["data"], self._task.check_mode
            )
        except OSError as error:
            raise AnsibleActionFail(f"path {path} can't be written: {error.strerror}") from None
        except BadParameter as error:
            raise AnsibleActionFail(f"path must be {error.expected}") from None
        return {**result, "path": path}
