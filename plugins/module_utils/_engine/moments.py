# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moments as people write and read them, in the controller's time zone."""

from __future__ import annotations

import datetime
import re

from .._api.errors import BadParameter

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_SPAN = re.compile(r"\+(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)
_SECONDS = (86400, 3600, 60, 1)
# The longest span: longer ones are typing errors, and some don't fit into a date.
_LONGEST_SECONDS = 10 * 366 * 86400

_EXPECTED = (
    "a moment to come: an ISO time (2026-12-01T18:00), a time of day in quotes ('18:00', the next time it is "
    "that late), or a span from now (+2h, +90m, +1d12h)"
)


def moment(text: str, now: float, option: str = "until") -> float:
    """The moment that *text* stands for, in epoch seconds; *now* is the present one.

    A time without a zone is one of the controller's zone. Raises BadParameter, which names *option*, for what
    is no moment, or is over.
    """
    text = str(text).strip()
    found = _span(text, now)
    if found is None:
        found = _time_of_day(text, now)
    if found is None:
        found = _iso(text)
    if found is None or not now < found <= now + _LONGEST_SECONDS:
        raise BadParameter(option, _EXPECTED)
    return found


def _span(text: str, now: float) -> float | None:
    found = _SPAN.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    # More digits than these are more seconds than any span may have, and than Python makes numbers of.
    seconds = (int((digits or "0")[:12]) * seconds for digits, seconds in zip(found.groups(), _SECONDS))
    return int(now) + sum(seconds)


def _time_of_day(text: str, now: float) -> float | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    today = datetime.datetime.fromtimestamp(now).replace(
        hour=int(found.group(1)), minute=int(found.group(2)), second=0, microsecond=0
    )
    if today.timestamp() <= now:
        today += datetime.timedelta(days=1)
    return today.timestamp()


def _iso(text: str) -> float | None:
    if not re.match(r"\d{4}-\d", text):  # a bare number isn't meant as a year
        return None
    try:
        return datetime.datetime.fromisoformat(re.sub("[Zz]$", "+00:00", text)).timestamp()
    except (ValueError, OverflowError):
        return None


def told(when: float, now: float) -> str:
    """The moment *when* as people read it: with its date where that isn't the day of *now*."""
    then, today = datetime.datetime.fromtimestamp(when), datetime.datetime.fromtimestamp(now)
    return then.strftime("%H:%M" if then.date() == today.date() else "%Y-%m-%d %H:%M")


def iso(when: float) -> str:
    """The moment *when* as programs read it."""
    return datetime.datetime.fromtimestamp(when).astimezone().isoformat(timespec="seconds")
