# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replies as each generation of firmware was seen to send them, and the facts in them.

A fixture maps a command to its reply: an object where it's sound JSON, else the text as it comes over the
wire.
"""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.reader import parse_reply
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.readings import normalise

FIXTURES = Path(__file__).parents[2] / "fixtures"
GENERATIONS = ["api_1_3", "api_1_4", "api_2_0", "api_2_2"]


def reply_to(answer):
    """What the miner's layer hands over for *answer*: a Reply, or the error that it stands for."""
    reply = parse_reply((answer if isinstance(answer, str) else json.dumps(answer)).encode("utf-8"))
    return reply.error() or reply


def replies(fixture):
    answers = json.loads((FIXTURES / f"{fixture}.json").read_text(encoding="utf-8"))
    return {command: reply_to(answer) for command, answer in answers.items()}


def facts_of(fixture, *commands):
    """The facts of a fixture, or of some of its commands, without ``raw``."""
    given = replies(fixture)
    known = normalise({command: given[command] for command in commands} if commands else given)
    known.pop("raw", None)
    return known


def daemon(**msg):
    return reply_to({"STATUS": "S", "When": 1, "Code": 131, "Msg": msg, "Description": ""})


def btminer(name, *records):
    return reply_to({"STATUS": [{"STATUS": "S", "Code": 11, "Msg": ""}], name: list(records), "id": 1})


def summary(**fields):
    return {"summary": btminer("SUMMARY", {name.replace("_", " "): value for name, value in fields.items()})}
