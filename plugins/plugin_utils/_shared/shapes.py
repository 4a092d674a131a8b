# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shapes of what Ansible hands over, for annotations: nothing here does any work."""

from __future__ import annotations

from typing import Any

#: What a task says of one host; those of a fleet task have its name as ``host``.
TaskResult = dict[str, Any]

#: The groups of the inventory, and the names of their hosts.
Groups = dict[str, list[str]]

#: What a report for people and programs holds: JSON's types.
Report = dict[str, Any]
