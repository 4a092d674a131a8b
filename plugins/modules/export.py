#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: export
short_description: Write metrics and assets of all miners of a play
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Is what the role P(minerops.whatsminer.export#role) consists of, and is of no use elsewhere. What it does
    is declared by the role's variables.
  - It runs once for a play, on the controller, and reads all hosts of the play together. Each is reached as
    its own variables say, over the connection P(minerops.whatsminer.api#connection). Nothing is written to
    any miner, and no token is taken.
extends_documentation_fragment:
  - minerops.whatsminer.attributes.role
attributes:
  check_mode:
    details:
      - It only reads, so check mode makes no difference. Files are written in check mode, too.
"""

EXAMPLES = r"""
- name: Write metrics and assets
  minerops.whatsminer.export:
    role_path: "{{ role_path }}"
  run_once: true
  register: export_result
"""

RETURN = r"""
report:
  description: How many miners were asked, and how many samples and assets were written.
  returned: success
  type: dict
  sample: {miners: 30, samples: 1760, assets: 30}
"""

from ansible_collections.minerops.whatsminer.plugins.module_utils._module import refuse_to_be_shipped

ARGUMENTS = {
    "role_path": {"type": "path", "required": True},
}


def main() -> None:
    refuse_to_be_shipped("export", ARGUMENTS)


if __name__ == "__main__":
    main()
