# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection to another host, for tests: it leads back to this machine, and keeps a list of what came
through.
"""

from __future__ import annotations

DOCUMENTATION = r"""
name: passage
short_description: Lead back to this machine
description:
  - Runs here what is meant for another host, and writes a line for each command to the file that PASSAGE_LOG
    names.
author: The minerops.whatsminer authors (@minerops)
extends_documentation_fragment:
  - connection_pipelining
options:
  become_success_timeout:
    description: As in ansible.builtin.local.
    type: int
    default: 10
  become_strip_preamble:
    description: As in ansible.builtin.local.
    type: bool
    default: true
"""

import os

from ansible.plugins.connection.local import Connection as Local


class Connection(Local):
    """ansible.builtin.local under a name of its own."""

    transport = "passage"

    def exec_command(self, cmd, in_data=None, sudoable=True):
        with open(os.environ["PASSAGE_LOG"], "a", encoding="utf-8") as log:
            log.write(f"{cmd!r}\n")
        return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
