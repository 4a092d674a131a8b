# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all modules of the collection support, described once; a module states only its own support."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and predicts what a run then does, without writing to the miner.
    support: full
    details:
      - It can't know what only a write shows. It says changed also where the password is wrong, the API is
        switched off for writing, or the firmware refuses a command.
  diff_mode:
    description: Shows what changes, before and after; secrets are hidden.
    support: full
  action_group:
    description: Use C(group/minerops.whatsminer.whatsminer) in C(module_defaults) to set defaults for all
      modules of the collection.
    support: full
    membership:
      - minerops.whatsminer.whatsminer
  direct:
    description:
      - Over the connection P(minerops.whatsminer.api#connection) the module runs in the controller's own
        process; where a task's connection leads to another host, or with C(async), it is shipped there as an
        ordinary module.
    support: full
  platform:
    description: What it manages.
    support: full
    platforms: Whatsminer, API 1.3 to 2.2 on TCP port 4028 and API 3 on TCP port 4433
"""

    READS = r"""
options: {}
attributes:
  idempotent:
    description: Run again, it changes nothing.
    support: full
  facts:
    description: Returns facts.
    support: full
"""

    CONVERGES = r"""
options: {}
attributes:
  idempotent:
    description: Run again, it changes nothing.
    support: full
"""

    # Of a module that is a role: the task in which that does its work.
    ROLE = r"""
options:
  role_path:
    description: Where the role is.
    type: path
    required: true
attributes:
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Returns details on what has changed when in diff mode.
    support: none
  action_group:
    description: Use C(group/minerops.whatsminer.whatsminer) in C(module_defaults) to set defaults for all
      modules of the collection.
    support: full
    membership:
      - minerops.whatsminer.whatsminer
"""
