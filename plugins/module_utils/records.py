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
    return not (setting.ephemeral and _came_up_since(record, facts))


def matches(record, setting):
    """Whether *record* stands for the value that is desired now."""
    salt = record["value"].partition("$")[0]
    return hmac.compare_digest(record["value"], _fingerprint(setting.desired, salt))


def _moments(facts, now):
    names = {"booted": CLOCKS["miner"], "started": CLOCKS["btminer"]}
    return {key: now - facts[fact] for key, fact in names.items() if fact in facts}


def _came_up_since(record, facts):
    if facts.get("state") == "off":
        return True
    now = time.time()
    slack = SLACK_SECONDS + DRIFT * abs(now - record.get("at", now))
    return any(key in record and moment > record[key] + slack for key, moment in _moments(facts, now).items())


def _fingerprint(value, salt):
    text = json.dumps(value, sort_keys=True).encode()
    if not salt:
        return "$" + hashlib.sha256(text).hexdigest()[:32]
    return f"{salt}${hashlib.pbkdf2_hmac('sha256', text, salt.encode(), _ITERATIONS).hex()}"
