# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts of healthy miners, to be made ill in one known way, and what is judged of them, for tests."""

from __future__ import annotations

import copy
import datetime
import functools
import json
from pathlib import Path

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import readings as v2
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.reader import parse_reply
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3 import readings as v3
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3.replies import parse
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health import judge
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.readings import (
    cooling_of,
    reading_of,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import thresholds

MODULE_UTILS = Path(__file__).resolve().parents[2] / "module_utils"
FIXTURES = {2: MODULE_UTILS / "fixtures", 3: MODULE_UTILS / "_api" / "v3" / "fixtures"}

#: A moment at which the errors in the fixtures are history.
NOW = datetime.datetime(2027, 6, 1, 12, 0, tzinfo=datetime.timezone.utc).timestamp()


def epoch(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc).timestamp()


@functools.cache
def _facts(api, fixture):
    answers = json.loads((FIXTURES[api] / f"{fixture}.json").read_text(encoding="utf-8"))
    read = {2: parse_reply, 3: parse}[api]
    replies = {}
    for command, answer in answers.items():
        reply = read((answer if isinstance(answer, str) else json.dumps(answer)).encode())
        replies[command] = reply.error() or reply
    found = {2: v2, 3: v3}[api].normalise(replies)
    found.pop("raw", None)
    return found


def facts_of(api, fixture):
    return copy.deepcopy(_facts(api, fixture))


def air(**changes):
    """The facts of a healthy miner with fans, with *changes*: ``temperature_c={"chip_max": 120}``."""
    return changed(facts_of(2, "api_2_0_5_on"), **changes)


def hydro(**changes):
    facts = facts_of(2, "api_2_2_hydro")
    facts.update(errors=[], power_percent=100, frequency_percent=0)
    return changed(facts, **changes)


def changed(facts, **changes):
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(facts.get(name), dict):
            facts[name].update(value)
        elif value is None:
            facts.pop(name, None)
        else:
            facts[name] = value
    return facts


def judged(facts, declared=None, *, now=NOW, cooling=None, **how):
    reading = reading_of(facts, now)
    limits = thresholds(declared)[cooling or cooling_of(reading)]
    return judge.judge(reading, limits, now=now, **how)


def reasons(facts, declared=None, **how):
    """[(code, severity)] of the reasons for the verdict."""
    return [(reason.code, reason.severity) for reason in judged(facts, declared, **how).reasons]
