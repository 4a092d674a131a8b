# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a miner showed at a moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._facts.shapes import Facts
    from .errors import WhatsminerError


@dataclass(frozen=True)
class Reading:
    """What a miner showed at a moment.

    *down*: btminer doesn't answer, as far as was asked. *faults*: command -> how it failed, where neither the
    firmware nor a miner that is off explains that.
    """

    facts: Facts
    down: bool = False
    faults: dict[str, WhatsminerError] = field(default_factory=dict)
