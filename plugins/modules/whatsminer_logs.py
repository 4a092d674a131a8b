#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: whatsminer_logs
short_description: Fetch the log archive of a Whatsminer
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Downloads the miner's logs into a file, whole or not at all. The file is readable only by the user that
    runs Ansible.
  - A transfer ends in a time that follows from the size of the logs, of which there may be 256 MiB. After 60
    seconds it must have gone on at 8 KiB/s on average, or the task fails.
  - Over API 3 it needs no password.
  - Changed if the file's content is. Check mode doesn't fetch anything, so it can't tell, and always
    foretells a change.
extends_documentation_fragment:
  - minerops.whatsminer.miner
  - minerops.whatsminer.miner.records
  - minerops.whatsminer.attributes
  - minerops.whatsminer.attributes.converges
options:
  dest:
    description:
      - The file to write. Its directory is made if it isn't there. Have O(dest) hold the host's name where
        there are several.
      - What is there already must be a regular file of at most 512 MiB.
      - Where the task's connection leads to another host, a path on that host.
    type: path
    required: true
"""

EXAMPLES = r"""
- name: Fetch the logs
  minerops.whatsminer.whatsminer_logs:
    dest: "logs/{{ inventory_hostname }}.tgz"
"""

RETURN = r"""
commands:
  description: The API commands that the miner took, in order.
  returned: always
  type: list
  elements: str
  sample: [download_logs]
file:
  description: The file.
  returned: when the logs were fetched
  type: str
  sample: logs/rack1-01.tgz
size:
  description: Its size in bytes.
  returned: when the logs were fetched
  type: int
  sample: 120345
checksum:
  description: Its SHA-256.
  returned: when the logs were fetched
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
cause:
  description: What kind of error it was, for use in conditions.
  returned: failure
  type: str
  sample: outcome_unknown
code:
  description: The message code with which the miner refused.
  returned: when the miner gave one
  type: int
  sample: 132
"""

from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.module_utils._module import run_module
from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks.logs import fetch

if TYPE_CHECKING:
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.result import Result

ARGUMENTS = {"dest": {"type": "path", "required": True}}


async def run(miner: Miner, params: dict[str, Any], check_mode: bool = False) -> Result:
    """Fetch the logs; see logs.fetch."""
    return await fetch(miner, params["dest"], check_mode)


def main() -> None:
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
