#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: json_file
short_description: Keep data in a JSON file on the controller
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Writes data as JSON into a file that only its owner may read. It's replaced whole or not at all, whenever
    the controller is killed, and missing directories are made.
  - Runs in the controller's own process, whatever the task's connection is, in a tenth of the time that
    M(ansible.builtin.copy) takes.
  - Roles of this collection use it for what must be remembered before something is ordered.
attributes:
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying the file.
    support: full
  diff_mode:
    description: Returns details on what has changed when in diff mode.
    support: none
options:
  path:
    description: The file. What is there already must be a regular file.
    type: path
    required: true
  data:
    description: What to keep.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Keep the report
  minerops.whatsminer.json_file:
    path: ~/reports/drift.json
    data: "{{ drift_report }}"
"""

RETURN = r"""
path:
  description: The file.
  returned: success
  type: str
  sample: /home/operator/reports/drift.json
"""

import json
import os
from typing import TYPE_CHECKING

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks.files import (
    opened,
    whole_or_nothing,
)

if TYPE_CHECKING:
    from typing import Any

ARGUMENTS = {"path": {"type": "path", "required": True}, "data": {"type": "dict", "required": True}}


def keep(path: str, data: Any, check_mode: bool = False) -> bool:
    """Make the file at *path* hold *data*; whether that's a change.

    Raises OSError, and BadParameter for a device or the like.
    """
    text = (json.dumps(data) + "\n").encode()
    try:
        with opened(path, "path") as (file, size):
            if size == len(text) and file.read(size) == text:
                return False
    except FileNotFoundError:
        pass
    if not check_mode:
        os.makedirs(os.path.dirname(os.path.abspath(path)), mode=0o700, exist_ok=True)
        with whole_or_nothing(os.path.abspath(path)) as file:
            file.write(text)
    return True


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    path = module.params["path"]
    try:
        changed = keep(path, module.params["data"], module.check_mode)
    except OSError as error:
        module.fail_json(msg=f"path {path} can't be written: {error.strerror}")
    except BadParameter as error:
        module.fail_json(msg=f"path must be {error.expected}")
    module.exit_json(changed=changed, path=path)


if __name__ == "__main__":
    main()
