# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is received -> what is meant, of the values that API 3 alone has."""

from __future__ import annotations

import re
from typing import Any

from ..._facts.values import celsius, lower, share, text

_POWER_MODES = {"0": "low", "1": "normal", "2": "high"}


def power_mode_number(value: Any) -> str | None:
    """The power mode, of its number."""
    return _POWER_MODES.get(text(value) or "")


def percent(value: Any) -> int | None:
    """A power percentage; 0 is that none was asked for."""
    shown: int | None = share(value)
    return 100 if shown == 0 else shown


def pool_status(value: Any) -> str | None:
    """``Alive``, as API 2 has it, for ``alive``."""
    status = text(value)
    return status.capitalize() if status and status.islower() else status


def heat_mode(value: Any) -> str | None:
    """The heating mode, in API 2's words."""
    mode = lower(value)
    return "anti-icing" if mode == "anti-freezing" else mode


def hottest(value: Any) -> float | None:
    """The highest of the boards' temperatures."""
    temperatures = map(celsius, value if isinstance(value, list) else [value])
    return max((degrees for degrees in temperatures if degrees is not None), default=None)


# A name begins with a letter: those that begin with __ansible mean something to ansible-core's caches.
_RIGHTS = re.compile(r"([A-Za-z][A-Za-z0-9_]{0,31})=([0-9]{1,9})")


def permissions(value: Any) -> dict[str, int] | None:
    """``super=255 user1=0`` as a dict of account to number."""
    return {account: int(bits) for account, bits in _RIGHTS.findall(text(value) or "")} or None
