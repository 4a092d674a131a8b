# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the module of this file's name: each name in this folder is a link to this one file.

A name each, because ansible-core imports an action plugin that bears a task's name once, before it forks a
worker for each host; what is imported here, the workers inherit.
"""

from __future__ import annotations

import importlib

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import DirectAction

_MODULES = "ansible_collections.minerops.whatsminer.plugins.modules."


class ActionModule(DirectAction):
    """Runs its module in this process, or ships it where the task's connection leads."""

    module = importlib.import_module(_MODULES + __name__.rpartition(".")[2])
