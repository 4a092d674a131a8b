# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records of what was applied, for settings that the API can't show.

``{setting: {"value", "of", "at", "booted", "started", "firmware", "mac"}}`` is kept as the cacheable fact
``whatsminer_applied``. *value* holds fingerprints, never the value; *of*, where there is one, is the
fingerprint of what else the record was made for (Setting.subject); *at* is epoch seconds; *booted* and
*started* are when the miner and its btminer came up, in epoch seconds. A record says "unchanged" only as long
as nothing happened that could have undone what it stands for.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
from typing import TYPE_CHECKING

from .._facts.clocks import CLOCKS
from .._facts.tables import find
from .._facts.values import number
from .._settings.base import Unknown
from .restarts import DRIFT, SLACK_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .._facts.shapes import Facts
    from .._settings.base import Setting

    Record = dict[str, Any]

FACT = "whatsminer_applied"

# Controllers that share a fact cache needn't agree to the second. A record from further ahead was made by a
# wrong clock.
_AHEAD_SECONDS = 300

# Slow enough to make guessing a pool's password dear, quick enough for a thousand miners a run.
_ITERATIONS = 6000


def made(setting: Setting, facts: Facts) -> Record:
    """A new record of *setting*'s desired value, applied to the miner that *facts*
    describe.
    """
    now = time.time()
    salt = os.urandom(12).hex() if setting.secret else ""
    marks = _fingerprints(setting.unshown(), salt)
    record = {"value": f"{salt}${','.join(marks)}", "at": int(now)}
    subject = setting.subject(setting.desired)
    if subject is not None:
        record["of"] = _plain_fingerprint(subject)
    for key, moment in _moments(facts, now).items():
        record[key] = int(moment)
    for key, fact in (("firmware", "firmware_version"), ("mac", "mac")):
        if fact in facts:
            record[key] = find(facts, fact)
    return record


def holds(record: Any, setting: Setting, facts: Facts) -> bool:
    """Whether *record* may still be believed of *setting*.

    That needs the same machine, the same firmware, no restart if that would have undone it, and a record that
    was made for what the miner shows now, by a clock that wasn't ahead.
    """
    if not _is_record(record) or not isinstance(record.get("value"), str):
        return False
    at = number(record.get("at"))
    if at is None or at > time.time() + _AHEAD_SECONDS or not _is_about(record, setting, facts):
        return False
    for key, fact in (("firmware", "firmware_version"), ("mac", "mac")):
        if key in record and fact in facts and record[key] != find(facts, fact):
            return False
    return not (setting.ephemeral and came_up_since(record, facts))


def matches(record: Record, setting: Setting) -> bool:
    """Whether *record*, which holds, stands for the value that is desired now."""
    subject = setting.subject(setting.desired)
    if subject is not None and record.get("of") != _plain_fingerprint(subject):
        return False
    salt, marks = _parts(record)
    wanted = _fingerprints(setting.unshown(), salt)
    return len(marks) == len(wanted) and all(
        not want or _same(mark, want) for mark, want in zip(marks, wanted)
    )


def usable(applied: object) -> dict[str, Record]:
    """The records in *applied*, what a fact cache gave back: a damaged file must not end a play."""
    return (
        {name: record for name, record in applied.items() if _is_record(record)}
        if isinstance(applied, dict)
        else {}
    )


def _is_record(record: Any) -> bool:
    """Whether *record* has the form of one, with nothing in it that couldn't be kept again."""
    if not isinstance(record, dict):
        return False
    for value in record.values():
        if isinstance(value, str):
            try:
                value.encode()
            except UnicodeEncodeError:  # half a surrogate pair
                return False
        elif not isinstance(value, (int, float)):
            return False
    return True


def _is_about(record: Record, setting: Setting, facts: Facts) -> bool:
    """Whether *record* was made for what *facts* show of *setting*, and says something of all that they can't
    show.
    """
    subject = setting.subject(setting.desired)
    if subject is None:
        return True
    made_for, current = record.get("of"), setting.current(facts)
    shown = made_for if isinstance(current, Unknown) else _plain_fingerprint(setting.subject(current))
    if made_for is None or made_for != shown:
        return False
    if made_for != _plain_fingerprint(subject):
        return True
    _salt, marks = _parts(record)
    unshown = setting.unshown()
    return len(marks) == len(unshown) and all(mark or value is None for mark, value in zip(marks, unshown))


def _moments(facts: Facts, now: float) -> dict[str, float]:
    names = {"booted": CLOCKS["miner"], "started": CLOCKS["btminer"]}
    return {key: now - find(facts, fact) for key, fact in names.items() if fact in facts}


def came_up_since(record: Record, facts: Facts) -> bool:
    """Whether the miner or its btminer may have come up since *record* was made: also where nothing tells."""
    now, at = time.time(), number(record["at"])
    moments = [
        (then, moment) for then, moment in _moments_then_and_now(record, facts, now) if then is not None
    ]
    if facts.get("state") == "off" or not moments or at is None:
        return True
    # It came up when it had by then, give or take the drift of its clock, and that was before the record was
    # made: a restart soon after could hide in the drift of the days that follow. If it came up earlier than
    # it had by then, the clock that made the record was ahead, and a restart could hide in that.
    slack = SLACK_SECONDS + DRIFT * abs(now - at)
    return any(
        not then - slack <= moment <= min(then + slack, at + SLACK_SECONDS) for then, moment in moments
    )


def _moments_then_and_now(record: Record, facts: Facts, now: float) -> list[tuple[float | None, float]]:
    return [(number(record.get(key)), moment) for key, moment in _moments(facts, now).items()]


def _parts(record: Record) -> tuple[str, list[str]]:
    """(salt, the fingerprints) of a record's value."""
    salt, _dollar, marks = record["value"].partition("$")
    return salt, marks.split(",")


def _fingerprints(values: Sequence[object], salt: str) -> list[str]:
    """A fingerprint of each of *values*, slow with a *salt*; "" for None.

    Equal ones are made once: each takes milliseconds.
    """
    texts = [None if value is None else json.dumps(value, sort_keys=True) for value in values]
    marks = {
        text: _slow_fingerprint(text, salt) if salt else _digest(text)
        for text in set(texts)
        if text is not None
    }
    return ["" if text is None else marks[text] for text in texts]


def _plain_fingerprint(value: object) -> str:
    return _digest(json.dumps(value, sort_keys=True))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _slow_fingerprint(text: str, salt: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", text.encode(), salt.encode("utf-8", "replace"), _ITERATIONS).hex()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())
