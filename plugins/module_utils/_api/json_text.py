# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON as firmware writes it, read within bounds: what the replies of all APIs have in common.

Sound JSON goes through Python's own parser. What that refuses goes through a tolerant one, since some
firmware writes its JSON by hand. Neither makes more of a reply than any miner has to say, whatever the reply
holds.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from .errors import NotAMiner, OversizedReply
from .excerpt import printable

# What no miner needs: its longest replies, boards and pools joined, have some kilobytes, and an error history
# some dozens.
MAX_REPLY_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_CONTAINERS = 4096
MAX_MEMBERS = 16 * 1024
MAX_ITEMS = 1024
MAX_TEXT = 16 * 1024

# No measure is longer. Python turns longer ones into integers slowly, or not at all.
MAX_DIGITS = 40


@dataclass(frozen=True)
class Limits:
    """The most that a reply may hold.

    Objects and lists (*containers*), *members* of all of them, *items* in one list, characters in one *text*.
    """

    containers: int = MAX_CONTAINERS
    members: int = MAX_MEMBERS
    items: int = MAX_ITEMS
    text: int = MAX_TEXT


LIMITS = Limits()


def no_number(_word: str) -> None:
    """What infinite and undefined numbers are worth."""


def integer(digits: str) -> int | None:
    """The whole number that *digits* are; None where no measure is so long."""
    return int(digits) if len(digits) <= MAX_DIGITS else None


def decimal(digits: str) -> float | None:
    """The finite number that *digits* are, else None."""
    number = float(digits)
    return number if math.isfinite(number) else None


# Python's own parser, which also takes control characters in strings.
DECODER = json.JSONDecoder(strict=False, parse_constant=no_number, parse_int=integer, parse_float=decimal)


def is_deeper(value: Any, depth: int) -> bool:
    """Whether containers in the JSON *value* are nested deeper than *depth*."""
    level = [value]
    for _each in range(depth):
        parts = [container.values() if isinstance(container, dict) else container for container in level]
        level = [part for inner in parts for part in inner if isinstance(part, (dict, list))]
        if not level:
            return False
    return True


_TOO_MANY_PARTS = "the reply has more parts than any miner's"


def check_extent(data: bytes | bytearray, limits: Limits = LIMITS, marks: bytes = b"{[") -> None:
    """Raise OversizedReply if the JSON in *data* would make more objects than any miner has to say.

    What stands in strings counts too. *marks* are the bytes that begin an object, in text another than in
    JSON.
    """
    if sum(map(data.count, marks)) > limits.containers or data.count(b",") > limits.members:
        raise OversizedReply(_TOO_MANY_PARTS)


def bounded(value: Any, data: bytes | bytearray, limits: Limits = LIMITS) -> Any:
    """The JSON *value* of *data*. Raises OversizedReply if a list, a text or a name in it is too long."""
    parts = [value] if len(data) > limits.text or data.count(b",") >= limits.items else []
    while parts:
        part = parts.pop()
        if (isinstance(part, str) and len(part) > limits.text) or (
            isinstance(part, list) and len(part) > limits.items
        ):
            kind = "text" if isinstance(part, str) else "list"
            raise OversizedReply(f"the reply has a {kind} that is longer than any miner's")
        if isinstance(part, dict):
            parts.extend(part)
            parts.extend(part.values())
        elif isinstance(part, list):
            parts.extend(part)
    return value


# A whole string, or one that doesn't end; or a bracket.
_STRING_OR_BRACKET = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|([{\[])|([}\]])', re.DOTALL)


def check_depth(data: bytes | bytearray, depth: int = MAX_DEPTH) -> None:
    """Raise NotAMiner if the JSON in *data*, sound or not, is nested deeper than *depth*."""
    if data.count(b"{") + data.count(b"[") <= depth:
        return
    level = 0
    for found in _STRING_OR_BRACKET.finditer(data):
        level += found.lastindex == 1
        level -= found.lastindex == 2
        if level > depth:
            raise NotAMiner(f"the reply is nested deeper than {depth} levels")


# Half a surrogate pair: a string with it can't be encoded, and would fail far from here.
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


def load(data: bytes | bytearray, limits: Limits = LIMITS) -> Any:
    """The JSON value in *data*, whose nesting the caller has bounded (`check_depth`).

    Infinite and undefined numbers are None. Raises NotAMiner.
    """
    check_extent(data, limits)
    text = data.decode("utf-8", "replace")
    if not _SURROGATE_ESCAPE.search(text):
        try:
            return bounded(DECODER.decode(text), data, limits)
        except ValueError:
            pass
    try:
        return bounded(_Tolerant(text, limits).value(), data, limits)
    except _Nonsense as error:
        raise NotAMiner(f'the answer is not a Whatsminer reply: "{printable(data)}"') from error


class _Nonsense(ValueError):
    """Not even the tolerant parser makes sense of it."""


class _Tolerant:
    """A parser for JSON as firmware writes it by hand.

    Commas are no more than blanks, so one too many or one missing is nothing. Control characters are blanks
    outside of strings and text inside. A ``key:value`` pair in an array is an object of its own. Backslashes
    that escape nothing are kept. The caller has bounded the nesting, so recursion is safe. Raises
    OversizedReply for more values than *limits* allow.
    """

    _BLANKS = re.compile(r"[\x00-\x20,\ufeff]*")
    _COLON = re.compile(r"[\x00-\x20]*:[\x00-\x20]*")
    _STRING = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL)
    _ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
    _ESCAPED = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
    _WORD = re.compile(r'[^\x00-\x20,:"{}\[\]]+')
    _WORDS = {"true": True, "false": False, "null": None}
    _INTEGER = re.compile(r"[+-]?[0-9]+")
    _DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
    _UNDEFINED = re.compile(r"[+-]?(?:inf|infinity|nan)", re.IGNORECASE)

    def __init__(self, text: str, limits: Limits) -> None:
        self._text = text
        self._position = 0
        self._left = limits.containers + limits.members  # values: no comma need stand between them

    def value(self) -> Any:
        self._left -= 1
        if self._left < 0:
            raise OversizedReply(_TOO_MANY_PARTS)
        mark = self._text[self._position : self._position + 1]
        if mark == "{":
            return self._object()
        if mark == "[":
            return self._array()
        if mark == '"':
            return self._string()
        return self._word()

    def _object(self) -> dict[str, Any]:
        members = {}
        self._position += 1
        while not self._closed_by("}"):
            name = self._string()
            self._need(self._COLON)
            members[name] = self.value()
        return members

    def _array(self) -> list[Any]:
        items = []
        self._position += 1
        while not self._closed_by("]"):
            item = self.value()
            if isinstance(item, str) and self._take(self._COLON):
                item = {item: self.value()}
            items.append(item)
        return items

    def _closed_by(self, bracket: str) -> bool:
        """Step over blanks; True if *bracket* comes next, and over that too."""
        self._take(self._BLANKS)
        if self._text[self._position : self._position + 1] != bracket:
            return False
        self._position += 1
        return True

    def _string(self) -> str:
        text = self._ESCAPE.sub(self._unescape, self._need(self._STRING).group(1))
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # joins pairs, drops halves

    def _unescape(self, found: re.Match[str]) -> str:
        escape = found.group(1)
        if len(escape) > 1:
            return chr(int(escape[1:], 16))
        return self._ESCAPED.get(escape, found.group())

    def _word(self) -> bool | int | float | None:
        word = self._need(self._WORD).group()
        if word in self._WORDS:
            return self._WORDS[word]
        if self._INTEGER.fullmatch(word):
            return integer(word)
        if self._DECIMAL.fullmatch(word):
            return decimal(word)
        if self._UNDEFINED.fullmatch(word):
            return None
        raise _Nonsense(word)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._position)
        if found is not None:
            self._position = found.end()
        return found

    def _need(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = self._take(pattern)
        if found is None:
            raise _Nonsense(self._position)
        return found
