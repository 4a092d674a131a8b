# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands of both APIs. A name tells the API: those of API 3 have dots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .v2 import commands as api2
from .v3 import commands as api3

if TYPE_CHECKING:
    from .commands import Command

COMMANDS: dict[str, Command] = {**api2.COMMANDS, **api3.COMMANDS}


def generation_of(command: str) -> int:
    """The generation of the API that *command* is of, 2 or 3."""
    return 3 if "." in command else 2


def is_write(command: str) -> bool:
    """Whether *command* changes a miner, or may, for all that's known of it.

    Of API 3, the name tells, also of a command that no document has.
    """
    entry = COMMANDS.get(command)
    return entry.writes if entry else not command.startswith("get.")
