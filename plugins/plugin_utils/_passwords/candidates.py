# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The passwords that a host's variables declare: the new one, and the old ones with their labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

OLD, NEW = "whatsminer_old_passwords", "whatsminer_new_password"


@dataclass(frozen=True)
class Candidates:
    """The *new* password, and the *old* ones by label, in the order in which they are tried.

    No password shows in its ``repr``.
    """

    new: str = field(repr=False)
    old: dict[str, str] = field(repr=False)

    def label(self, found: str) -> str:
        """The label of what whatsminer_password says that it *found*: ``new``, ``old 2`` or ``other``."""
        word, _blank, number = found.partition(" ")
        if word != "old":
            return found
        return list(self.old)[int(number) - 1]


def candidates_of(new: Any, old: Any) -> Candidates:
    """What *new* and *old*, the values of the variables, declare. Raises ValueError, which shows neither."""
    if not isinstance(new, str) or not new:
        raise ValueError(f"{NEW} must be set to the new password, a text, from a vault")
    if not isinstance(old, list) or not old:
        raise ValueError(f"{OLD} must be a list of the passwords that miners may have, from a vault")
    by_label: dict[str, str] = {}
    for number, given in enumerate(old, start=1):
        label, password = f"old {number}", given
        if isinstance(given, dict) and given.keys() == {"label", "password"}:
            label, password = str(given["label"]), given["password"]
        if not isinstance(password, str) or not password:
            raise ValueError(
                f"{OLD}: number {number} must be a password, a text, or a dictionary of label and password"
            )
        if label in by_label or label in ("new", "other") or password in label:
            raise ValueError(f"{OLD}: number {number} must have a label of its own, without the password")
        by_label[label] = password
    return Candidates(new, by_label)
