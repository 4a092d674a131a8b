# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is received -> what is meant, or None: the converters that the readings of all APIs use.

There is one rule: a value that the firmware doesn't give, or gives in a form that makes no sense, is None.
Nothing is guessed. All take any JSON value and never raise.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

Converter = Callable[[Any], Any]


def tamed(value: str) -> str:
    """The text *value* without what acts on a screen, or on who reads it: that is there as its escape. Blanks
    and line ends stay.
    """
    if value.isprintable():
        return value
    return "".join(
        c if c.isprintable() or c in "\t\n\r" else c.encode("unicode_escape").decode("ascii") for c in value
    )


_LONGEST_TEXT = 1000  # the longest there are, URLs of pools and error texts, have a tenth of it


def text(value: Any) -> str | None:
    """*value* as a string, `tamed` and without blanks around it; None where it says nothing, is no text, or
    is longer than any miner's. 7 is ``"7"``.

    Much of what the miners of a fleet say is the same: as one string for all, it's a fifth of their facts'
    memory.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        return None
    value = tamed(value.strip())
    return sys.intern(value) if value and value.lower() != "n/a" else None


#: What stands in place of a secret.
HIDDEN = "********"

# Some firmware shows a URL without its scheme, too. No longer, or a miner could make it take long.
_PASSWORD_IN_URL = re.compile(r":(?!//)[^\s/\"]{0,256}@")


def without_url_passwords(text: str) -> str:
    """*text* without the passwords of accounts in the URLs in it: ``stratum+tcp://user:********@...``."""
    return _PASSWORD_IN_URL.sub(f":{HIDDEN}@", text) if "@" in text else text


def url(value: Any) -> str | None:
    """`text` without the password of an account in it, which a pool's URL may have."""
    value = text(value)
    return without_url_passwords(value) if value else None


_BEYOND_MEASURE = 1e30


def number(value: Any) -> int | float | None:
    """*value* as an int or a finite float; None where it is no number. Text that reads as a number is one."""
    if isinstance(value, str):
        if "_" in value:  # a separator to Python, not to a miner
            return None
        try:
            value = int(value) if value.strip().lstrip("+-").isdecimal() else float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if -_BEYOND_MEASURE < value < _BEYOND_MEASURE else None


# Compiled at import, as everything here is: a worker that Ansible forks for each task would compile it again
# and again.
_BETWEEN_DIGITS = re.compile(r"[:.\-\s]")
_TWELVE_DIGITS = re.compile(r"[0-9A-F]{12}")
_DOTTED_NUMBER = re.compile(r"(?<![0-9])[0-9]+(?:\.[0-9]+)+")
BLANKS_OR_COMMAS = re.compile(r"[\s,]+")


def serial_number(value: Any) -> str | None:
    """A serial number by which a machine can be told from others; None where *value* is none."""
    found = text(value)
    return found if found is not None and _SERIAL.fullmatch(found) else None


# What can be shown of ASCII, but the backslash of what can't be (`tamed`).
_SERIAL = re.compile(r"[ -\[\]-~]{1,64}")


def mac_address(value: Any) -> str | None:
    """A MAC address in the form ``C4:05:08:00:02:3B``, however it's written; None where *value* is none.

    All zeros or all ones name no machine, so they are none either.
    """
    digits = _BETWEEN_DIGITS.sub("", value).upper() if isinstance(value, str) else ""
    if not _TWELVE_DIGITS.fullmatch(digits) or digits in ("0" * 12, "F" * 12):
        return None
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))


def firmware_version(value: Any) -> str | None:
    """A firmware version without the quotes that some firmware puts around it: ``"'20210322.22.REL'"``."""
    value = text(value)
    return text(value.strip("'\" ")) if value else None


def api_version(value: Any) -> str | None:
    """The digits of an API version: ``1.4.0`` from ``whatsminer v1.4.0``."""
    found = _DOTTED_NUMBER.search(text(value) or "")
    return found.group() if found else None


def lower(value: Any) -> str | None:
    """Text in lower-case letters."""
    value = text(value)
    return sys.intern(value.lower()) if value else None


def one_of(*choices: str) -> Converter:
    """A converter to one of these words."""

    def convert(value: Any) -> str | None:
        value = lower(value)
        return value if value in choices else None

    return convert


_FLAGS = {"true": True, "false": False, "enable": True, "disable": False, "1": True, "0": False}


def flag(value: Any) -> bool | None:
    """A truth in any of the words that firmware has for it."""
    return value if isinstance(value, bool) else _FLAGS.get(lower(value) or "")


def on_unless(value: Any) -> str | None:
    """``off`` or ``on``, of what tells whether the miner is off."""
    off = flag(value)
    if off is None:
        return None
    return "off" if off else "on"


def on_if(value: Any) -> str | None:
    """``on`` or ``off``, of what tells whether the miner is on."""
    on = flag(value)
    if on is None:
        return None
    return "on" if on else "off"


def led(value: Any) -> str | None:
    """Firmware since 2024 shows the pattern itself where the LED isn't automatic."""
    value = lower(value)
    return value if value in (None, "auto") else "manual"


def whole(value: Any) -> int | None:
    """The nearest whole number."""
    value = number(value)
    return None if value is None else round(value)


def scaled(divisor: float, digits: int) -> Converter:
    """A converter to a number divided by *divisor*, with so many *digits* after the point."""

    def convert(value: Any) -> float | None:
        value = number(value)
        return None if value is None else round(value / divisor, digits)

    return convert


def known(convert: Converter) -> Converter:
    """*convert* for what can't be negative: firmware since 2024 shows -1 where it doesn't know a value."""

    def converted(value: Any) -> Any:
        value = convert(value)
        return None if value is None or value < 0 else value

    return converted


def within(least: float, most: float, convert: Converter) -> Converter:
    """*convert* for what no miner has outside of *least* to *most*: one that shows more would drown all
    others in the sums of a fleet.
    """

    def converted(value: Any) -> Any:
        value = convert(value)
        return value if value is not None and least <= value <= most else None

    return converted


def _rate(divisor: float) -> Converter:
    """A converter to TH/s; the strongest miners there are make some hundreds."""
    return within(0, 100_000, scaled(divisor, 3))


count = known(whole)
decimal = scaled(1, 2)
measure = known(decimal)
ths = _rate(1)
ths_from_mhs = _rate(1_000_000)
ths_from_ghs = _rate(1_000)
celsius = within(-274, 1_000, decimal)
percent = within(-1_000, 1_000, whole)
share = known(percent)
# No power limit goes beyond (API 2.0.5, "Adjust power limit"), and no miner takes half of it.
watts = within(0, 99_999, whole)


_MOST_BOARDS = 64  # none has more than a dozen


def slot(value: Any) -> int | None:
    """The number of a hash board's slot, from 0: what lies between the least and the highest is missing."""
    number_shown: int | None = count(value)
    return number_shown if number_shown is not None and number_shown < _MOST_BOARDS else None


# adjust_power_limit takes up to 99999, which resets the limit (API 2.0.5, "Adjust power limit").
_NO_LIMIT_WATTS = 99_999


def limit(value: Any) -> int | None:
    """A power limit in effect; 2^31 and the like mean that it isn't known."""
    watts = count(value)
    return watts if watts is not None and watts < _NO_LIMIT_WATTS else None


def asked_limit(value: Any) -> int | None:
    """A power limit that was asked for; 0 is none."""
    return limit(value) or None


def volts(value: Any) -> float | None:
    """Power supplies give volts or hundredths of them; no mains has more than 1000 V."""
    shown: float | None = measure(value)
    return shown if shown is None or shown <= 1000 else round(shown / 100, 2)


def words(value: Any) -> list[str] | None:
    """A list of words, given as a list or as text with blanks or commas between."""
    if isinstance(value, str):
        value = BLANKS_OR_COMMAS.split(value)
    return [word for word in map(text, value) if word] if isinstance(value, list) else None
