#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: whatsminer_firmware
short_description: Bring a Whatsminer to a firmware version
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Sends an image to the miner, waits until it is back, and verifies that it runs the declared version and is
    the same machine.
  - With new firmware the miner may speak another API. Which one it speaks is found out anew then.
  - Of a combined image only the part for the miner's platform is sent. If there is none, nothing is.
  - Progress is shown while it runs.
  - A transfer ends in a time that follows from the size of the image. After 60 seconds it must have gone on
    at 8 KiB/s on average, or the task fails.
extends_documentation_fragment:
  - minerops.whatsminer.miner
  - minerops.whatsminer.miner.records
  - minerops.whatsminer.attributes
  - minerops.whatsminer.attributes.converges
options:
  src:
    description:
      - The image. Looked for as Ansible looks for files, in C(files/) of the role and of the playbook.
      - A regular file of at most 512 MiB.
      - Where the task's connection leads to another host, a path on that host.
    type: str
    required: true
  version:
    description:
      - The version that the image brings, as the miner shows it. A miner that runs it is left alone.
      - Without it, a miner that runs the version which this very image brought according to the records of
        the fact cache is left alone.
    type: str
  checksum:
    description: What the image must hash to, C(sha256:DIGEST); also C(sha512), C(sha1) and C(md5).
    type: str
  force:
    description: Whether to send the image though the version is there.
    type: bool
    default: false
  wait:
    description: Whether to wait until the miner is back, and verify the version.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait for that, before the task fails.
    type: int
    default: 900
"""

EXAMPLES = r"""
- name: Upgrade
  minerops.whatsminer.whatsminer_firmware:
    src: whatsminer-h6-20240419.22.bin
    version: 20240419.22.REL
    checksum: sha256:{{ firmware_sha256 }}
"""

RETURN = r"""
commands:
  description: The API commands that the miner took, in order.
  returned: always
  type: list
  elements: str
  sample: [update_firmware]
version:
  description: The version that the miner runs now; in check mode the declared one.
  returned: always
  type: str
  sample: 20240419.22.REL
previous_version:
  description: The version that it ran before.
  returned: always
  type: str
  sample: 20210322.22.REL
held:
  description:
    - What was left as it is, since somebody else has the say over it, and who has. See
      M(minerops.whatsminer.whatsminer_hold).
  returned: when something is held
  type: dict
  sample: {firmware: "curtailed since 14:50 by ercot-4cp until 18:00"}
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

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.commands import Effect
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holding import leaves_held
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import run_module
from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks.firmware import flash

if TYPE_CHECKING:
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.result import Result

ARGUMENTS = {
    "src": {"type": "str", "required": True},
    "version": {"type": "str"},
    "checksum": {"type": "str"},
    "force": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 900},
}


@leaves_held("firmware", Effect.REBOOTS)
async def run(miner: Miner, params: dict[str, Any], check_mode: bool = False) -> Result:
    """Bring the miner to the declared version; see firmware.flash."""
    return await flash(miner, params, check_mode)


def main() -> None:
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
