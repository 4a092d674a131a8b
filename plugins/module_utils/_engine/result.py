# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run over one miner did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._api.excerpt import printable
from . import applied_records

if TYPE_CHECKING:
    from typing import Any

    from .applied_records import Record

_LONGEST_WARNING = 2000


@dataclass
class Result:
    """What a run did: or, in check mode, would do.

    *before* and *after* hold what changed, by setting, with secrets hidden. *commands* are the API commands
    that the miner took, in order. *applied* is the host's new ``whatsminer_applied`` fact, or None if it's as
    before. *values* are a module's own return values.

    *drifted* are the names of the settings that weren't as desired, as the miner or the record of what was
    applied shows; *unknown* says of those that neither shows why. What is neither was as desired, or is in
    *after_restart*: set, and in effect from the next start on. *held* says of what somebody else has the say
    over by whom it is held: that is left as it is, and is no drift.
    """

    changed: bool = False
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    drifted: list[str] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    after_restart: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    applied: dict[str, Record] | None = None
    values: dict[str, Any] = field(default_factory=dict)

    def note(self, command: str) -> None:
        """The miner took *command*."""
        self.commands.append(command)
        self.changed = True

    def to_dict(self, diff: bool = False) -> dict[str, Any]:
        """As a task result; *diff*: with before and after."""
        result = {"changed": self.changed, "commands": self.commands, **self.values}
        if diff:
            result["diff"] = {"before": self.before, "after": self.after}
        if self.after_restart:
            result["after_restart"] = self.after_restart
        if self.held:
            result["held"] = self.held
        if self.warnings:
            # Values of a miner may stand in them, and Ansible shows them as they are.
            result["warnings"] = [printable(warning, _LONGEST_WARNING) for warning in self.warnings]
        if self.applied is not None:
            result["ansible_facts"] = {**result.get("ansible_facts", {}), applied_records.FACT: self.applied}
        return result
