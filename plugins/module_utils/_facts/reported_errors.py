# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The error codes that a miner reports, in all the forms that firmware has, as the fact ``errors``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from . import error_codes
from .values import BLANKS_OR_COMMAS, number, text, whole

if TYPE_CHECKING:
    from .shapes import ErrorFact

_SINCE = ("time", "since", "when", "date")
_REASON = ("reason", "desc", "description", "msg")

Entry = tuple[Any, Any, Any]


def explained(entries: Iterable[Entry]) -> list[ErrorFact]:
    """The fact ``errors`` of *entries*, ``(code, since, reason)``: by code, each code once, 0 being none."""
    errors: dict[int, ErrorFact] = {}
    for reported, since, reason in entries:
        code = whole(reported)
        if code:
            error = errors.setdefault(code, cast("ErrorFact", {**error_codes.explain(code)}))
            moment, words = text(since), text(reason)
            if moment:
                error.setdefault("since", moment)
            if words:
                error.setdefault("reason", words)
    return [errors[code] for code in sorted(errors)]


def listing(value: Any) -> list[Any] | None:
    """What a reply holds of error codes, such as ``"218,219"``, ``218`` or a list, as a list; or None."""
    if isinstance(value, str):
        entries = [word for word in BLANKS_OR_COMMAS.split(value) if word]
        return entries if all(number(word) is not None for word in entries) else None
    return value if isinstance(value, (list, type(None))) else [value]


def entries_of(reported: Iterable[Any] | None) -> list[Entry]:
    """``(code, since, reason)`` of each entry of a `listing`, in all the forms that firmware has.

    They are ``"218"``, ``218``, ``{"218": "2024-06-15 10:30:00"}``, the same with ``"reason"`` beside the
    code, and ``{"code": 218, "desc": "..."}``.
    """
    found: list[Entry] = []
    for entry in reported or ():
        if not isinstance(entry, dict):
            found.append((entry, None, None))
            continue
        told = {name.lower(): value for name, value in entry.items()}
        reason = next((told[name] for name in _REASON if name in told), None)
        if "code" in told:
            found.append((told["code"], next((told[name] for name in _SINCE if name in told), None), reason))
        else:
            found += [(name, value, reason) for name, value in told.items() if number(name) is not None]
    return found
