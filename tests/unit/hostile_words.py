# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Miners whose replies are well formed, and whose every value is an attack on whoever shows it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import NotAMiner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import reader
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import readings as readings2
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3 import readings as readings3
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3 import replies
from ansible_collections.minerops.whatsminer.tests.fuzz.targets import API_2, API_3

#: A terminal, Jinja, a spreadsheet, a shell, a browser, a log and a reader of right-to-left text: what each
#: takes for more than text.
WORDS = (
    "\x1b[2J\x1b]0;owned\x07{{ 6 * 7 }}{% for x in range(9) %}x{% endfor %}{# gone #}"
    "\u202e\u2028\r\n=1+1'\";touch hit;$(touch hit)</script><script>hit()</script>\x00\x85\x9b31m"
)
#: What stands in a text that was run as a template, and nowhere in WORDS.
RUN = "xxxxxxxxx"

# The frames of replies stay as they are, or nothing else would be looked at.
_FRAME = frozenset(("STATUS", "Code", "code", "desc", "Description", "id"))


def _words(value: Any, _rng: random.Random) -> Any:
    return WORDS if isinstance(value, str) else value


def _behind(value: Any, _rng: random.Random) -> Any:
    return value + WORDS if isinstance(value, str) else value


def _before(value: Any, _rng: random.Random) -> Any:
    return f"=+-@{WORDS}{value}" if isinstance(value, str) else value


_NUMBERS = (
    10**29,
    -(10**29),
    10**400,
    1e308,
    -1e308,
    1e-300,
    0,
    -1,
    "9" * 30,
    "1e999",
    "nan",
    "-inf",
    2**31,
    2**63,
)


def _numbers(value: Any, rng: random.Random) -> Any:
    is_number = isinstance(value, (int, float)) or isinstance(value, str) and value[:1].isdigit()
    return rng.choice(_NUMBERS) if is_number else value


_KINDS = (None, True, [], {}, [[]], [WORDS], {WORDS: WORDS}, "", WORDS, 7, [None, {}, 1])


def _kinds(_value: Any, rng: random.Random) -> Any:
    return rng.choice(_KINDS)


DISGUISES = {
    "words instead of each text": _words,
    "words behind each text": _behind,
    "a formula before each text": _before,
    "numbers that nobody can have": _numbers,
    "values of other kinds": _kinds,
}


def disguised(value: Any, change, rng: random.Random) -> Any:
    """*value*, JSON of a reply, with *change* made to what stands in it, but not to its frame."""
    if isinstance(value, dict):
        return {
            name: inner if name in _FRAME else disguised(inner, change, rng) for name, inner in value.items()
        }
    if isinstance(value, list) and value:
        return [disguised(inner, change, rng) for inner in value]
    return change(value, rng)


def doubled(text: bytes) -> bytes:
    """The JSON *text* with each member twice: as it was, and with words."""
    words = json.dumps(WORDS)

    def twice(pairs):
        return (
            "{"
            + ",".join(f"{json.dumps(name)}:{value},{json.dumps(name)}:{words}" for name, value in pairs)
            + "}"
        )

    def written(value):
        if isinstance(value, dict):
            return twice([(name, written(inner)) for name, inner in value.items()])
        return "[" + ",".join(map(written, value)) + "]" if isinstance(value, list) else json.dumps(value)

    return written(json.loads(text)).encode()


def not_utf_8(text: bytes) -> bytes:
    """The JSON *text* with bytes in each value that are no UTF-8."""
    return text.replace(b'": "', b'": "\xff\xc3(\xed\xa0\x80').replace(
        b'"STATUS": "\xff\xc3(\xed\xa0\x80', b'"STATUS": "'
    )


def replies_of(miner: dict[str, bytes], how: str) -> dict[str, bytes]:
    """The replies of *miner*, command -> bytes, disguised: *how* is one of DISGUISES or of IN_BYTES."""
    if how in IN_BYTES:
        return {command: IN_BYTES[how](reply) for command, reply in miner.items()}
    rng = random.Random(how)
    return {
        command: json.dumps(disguised(json.loads(reply), DISGUISES[how], rng)).encode()
        for command, reply in miner.items()
    }


IN_BYTES = {"each member twice": doubled, "bytes that are no UTF-8": not_utf_8}
WAYS = (*DISGUISES, *IN_BYTES)


def facts_of(how: str) -> Iterator[dict[str, Any]]:
    """The facts of each recorded miner, disguised; how they came is as in whatsminer_facts."""
    for miners, parse, normalise in (
        (API_2, reader.parse_reply, readings2.normalise),
        (API_3, replies.parse, readings3.normalise),
    ):
        for miner in miners:
            if not all(_is_json(reply) for reply in miner.values()):
                continue
            given = {}
            for command, reply in replies_of(miner, how).items():
                try:
                    parsed = parse(reply)
                    given[command] = parsed.error() or parsed
                except NotAMiner as error:
                    given[command] = error
            known = normalise(given)
            known.pop("raw", None)
            known.setdefault("api", {"generation": 2, "port": 4028})
            yield known


def _is_json(reply: bytes) -> bool:
    try:
        json.loads(reply)
    except ValueError:
        return False
    return True
