# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replies that are text: a token, a sealed reply, cgminer's form, and what is said while btminer is down."""

from __future__ import annotations

import re
from dataclasses import replace

from ..errors import NotAMiner
from ..excerpt import printable
from ..json_text import check_extent
from .replies import Reply, from_object

_BTMINER_DOWN = re.compile(r"socket connect failed", re.IGNORECASE)
_TOKEN = re.compile(r"([0-9]+) (\S+) (\S+)")
_SEALED = re.compile(r"enc\|(.*)", re.DOTALL)

# cgminer's text form: a backslash escapes what else would separate.
_SECTION = re.compile(r"(?:[^|\\]+|\\.)+", re.DOTALL)
_ITEM = re.compile(r"(?:[^,\\]+|\\.)+", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def from_text(text: str, message: bytes) -> Reply:
    """The `Reply` that is *text*; *message* are its bytes.

    Raises NotAMiner where it can't be understood, OversizedReply where it has more parts than any miner's.
    """
    check_extent(message, marks=b"|")
    sealed = _SEALED.fullmatch(text)
    if sealed is not None:
        return Reply(ok=False, body=text, sealed=sealed.group(1))
    token = _TOKEN.fullmatch(text)
    if token is not None:
        return Reply(ok=True, records=[dict(zip(("time", "salt", "newsalt"), token.groups()))], body=text)
    if text.startswith("STATUS="):
        return _from_sections(text)
    if _BTMINER_DOWN.match(text):
        return Reply(ok=False, text=text, body=text)
    if text == "ready":  # to update_firmware, section 2.7
        return Reply(ok=True, text=text, body=text)
    raise NotAMiner(f'the answer is not a Whatsminer reply: "{printable(message)}"')


def _from_sections(text: str) -> Reply:
    """``STATUS=S,When=1,Code=131,Msg=...,Description=...|SUMMARY,key=value,...|``: all values are strings."""
    sections = [_pairs(section) for section in _SECTION.findall(text)]
    head, records = sections[0], [section for section in sections[1:] if section]
    reply = from_object({**head, "SUMMARY": records})
    return replace(reply, body=text)


def _pairs(section: str) -> dict[str, str]:
    """``SUMMARY,Elapsed=1,User=a,b`` as a dict.

    What has no equals sign belongs to the value before it, if there is one.
    """
    pairs, name = {}, None
    for item in _ITEM.findall(section):
        key, equals, value = item.partition("=")
        if equals:
            name = key
            pairs[name] = [value]
        elif name is not None:
            pairs[name].append(item)
    return {name: _ESCAPED.sub(r"\1", ",".join(parts)).strip('"') for name, parts in pairs.items()}
