# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records of what was applied, for settings that the API can't show.

``{setting: {"value", "at", "booted", "started", "firmware", "mac"}}`` is kept as the cacheable fact
``whatsminer_applied``. *value* is a fingerprint, never the value; *at* is epoch seconds; *booted* and *started* are when
the miner and its btminer came up, in epoch seconds. A record says "unchanged" only as long as nothing happened that
could have undone what it stands for.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time

from .facts import number
from .restarts import CLOCKS, DRIFT, SLACK_SECONDS

FACT = "whatsminer_applied"

# Slow enough to make guessing a pool's password dear, quick enough for a thousand miners a run.
_ITERATIONS = 6000


def made(setting, facts):
    """A new record of *setting*'s desired value, applied to the miner that *facts* (facts.normalise) describe."""
    now = time.time()
    record = {"value": _fingerprint(setting.desired, os.urandom(12).hex() if setting.secret else ""), "at": int(now)}
    for key, moment in _moments(facts, now).items():
        record[key] = int(moment)
    for key, fact in (("firmware", "firmware_version"), ("mac", "mac")):
        if fact in facts:
            record[key] = facts[fact]
    return record


def holds(record, setting, facts):
    """Whether *record* may still be believed: same machine, same firmware, and no restart if that would have undone it."""
    if not isinstance(record, dict) or not isinstance(record.get("value"), str):
        return False
    for key, fact in (("firmware", "firmware_version"), ("mac", "mac")):
        if key in record and fact in facts and record[key] != facts[fact]:
            return False
    return not (setting.ephemeral and came_up_since(record, facts))


def matches(record, setting):
    """Whether *record* stands for the value that is desired now."""
    value = record["value"].encode("utf-8", "replace")
    salt = value.partition(b"$")[0].decode()
    return hmac.compare_digest(value, _fingerprint(setting.desired, salt).encode())


def _moments(facts, now):
    names = {"booted": CLOCKS["miner"], "started": CLOCKS["btminer"]}
    return {key: now - facts[fact] for key, fact in names.items() if fact in facts}


def came_up_since(record, facts):
    """Whether the miner or its btminer may have come up since *record* was made: also where nothing tells."""
    now, at = time.time(), number(record.get("at"))
    moments = [(then, moment) for then, moment in _moments_then_and_now(record, facts, now) if then is not None]
    if facts.get("state") == "off" or at is None or not moments:
        return True
    # It came up when it had by then, give or take the drift of its clock, and that was before the record was made: a
    # restart soon after could hide in the drift of the days that follow.
    slack = SLACK_SECONDS + DRIFT * abs(now - at)
    return any(moment > min(then + slack, at + SLACK_SECONDS) for then, moment in moments)


def _moments_then_and_now(record, facts, now):
    return [(number(record.get(key)), moment) for key, moment in _moments(facts, now).items()]


def _fingerprint(value, salt):
    text = json.dumps(value, sort_keys=True).encode()
    if not salt:
        return "$" + hashlib.sha256(text).hexdigest()[:32]
    return f"{salt}${hashlib.pbkdf2_hmac('sha256', text, salt.encode(), _ITERATIONS).hex()}"
