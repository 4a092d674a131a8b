# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bytes to messages and back: the miner's API on port 4028, without any I/O.

A request is one message, and so is the answer to it. Going out, `request`, `request_text` and `envelope` give
the bytes to send. Coming in, a `Reader` takes bytes in whatever pieces they arrive and says when the reply is
whole, and `parse` makes a `Reply` of it, which looks the same whichever of the firmware's many forms it came
in.

Sections are those of the API document, V1.3.11. What it doesn't say is what firmware in the field was seen to
do.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..errors import BadParameter, EmptyReply, NotAMiner, OversizedReply, TruncatedReply, from_code
from ..excerpt import printable
from ..json_text import (
    DECODER,
    MAX_DEPTH,
    MAX_REPLY_BYTES,
    bounded,
    check_extent,
    integer,
    is_deeper,
    load,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from ..errors import WhatsminerError

# --- Requests -----------------------------------------------------------------------------------------------


def request(
    command: str, params: Mapping[str, Any] | None = None, key: str = "cmd", token: str | None = None
) -> bytes:
    """The JSON form of a request (sections 2 and 3): bytes.

    *params* is a dict of JSON values. *token* is the sign, for writes, which then must be sealed and go out
    in an `envelope`. *key* is ``command`` for the firmware of 2020 that knows no ``cmd``. Joined reads
    (section 3.8) are one command: ``summary+pools``.
    """
    if token is None and not params:
        return _bare_request(key, command)
    message: dict[str, Any] = {} if token is None else {"token": token}
    message[key] = command
    for name, value in (params or {}).items():
        message.setdefault(name, value)  # a parameter never replaces the command or the token
    return _COMPACT.encode(message).encode("ascii")


@functools.lru_cache(maxsize=256)  # nearly all reads of a fleet are among a dozen
def _bare_request(key: str, command: str) -> bytes:
    return _COMPACT.encode({key: command}).encode("ascii")


_COMPACT = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def request_text(command: str, values: Iterable[object] = ()) -> bytes:
    """The text form of a request (sections 3.7 and 4.1), ``get_token`` or ``set_led|auto``: bytes.

    Raises BadParameter for a value that would read as two, since the form knows no escapes.
    """
    texts = [str(value) for value in values]
    for text in texts:
        if not text.isprintable() or "," in text or "|" in text:
            raise BadParameter(
                "a value of a text command", "printable, without commas and bars", command=command
            )
    return "|".join([command, ",".join(texts)] if texts else [command]).encode("utf-8")


def plain_text_command(sign: str, text: bytes) -> bytes:
    """What is sealed to send the text command *text* (section 4.1, step 1), ``token,$sign|set_led|auto``:
    bytes.
    """
    return f"token,{sign}|".encode("ascii") + text


def envelope(data: str, encoding: str = "json") -> bytes:
    """A sealed request as it is sent (section 4.1): bytes.

    *data* is base64; *encoding* is ``json`` or ``text``.
    """
    if encoding == "text":
        return f"enc|{data}".encode("ascii")
    return _COMPACT.encode({"enc": 1, "data": data}).encode("ascii")


# --- Replies: where one ends --------------------------------------------------------------------------------

_BLANK = b" \t\r\n\0\xef\xbb\xbf"  # with the byte order mark, which no JSON or text begins with otherwise
_STARTS_JSON = b'{["'  # a text that holds the JSON of the reply begins with a quote
_ENDS_JSON = (b"}", b"]")
# A reply of some kilobytes comes in about as many pieces.
_TRIES = 8
# Up to the next bracket or string, over whole strings without escapes: a flat object is crossed in a few such
# steps. Not in a single one, since the repetition takes memory.
_MARK = re.compile(rb'[^"{}\[\]]*(?:"[^"\\]*"[^"{}\[\]]*){0,64}(["{}\[\]])')
_STRING_MARK = re.compile(rb'[^"\\]*(["\\])')
_END_OF_TEXT = re.compile(rb"[\n\0]")

# How an object may end whose closing brace alone is missing. A number there may have lost digits with the
# brace, and a Code of 13 isn't a Code of 131; cgminer's "id", which always comes last, tells nothing.
_WHOLE_MEMBER = re.compile(rb'(?:["\]}]|\btrue|\bfalse|\bnull|"id"\s*:\s*\d+)\Z')
_LONGEST_MEMBER_END = 64


class Reader:
    """Finds the end of one reply in bytes that arrive in any pieces.

    A JSON reply ends with its outermost bracket, any other at NUL, newline or the end of the connection. So
    nobody has to wait for a miner that leaves its connection open. The bytes are looked at once, however
    small the pieces.

    *limit* bounds the reply in bytes, and *depth* its nesting: OversizedReply or NotAMiner is raised as soon
    as one is exceeded.
    """

    def __init__(self, limit: int = MAX_REPLY_BYTES, depth: int = MAX_DEPTH) -> None:
        self._limit = limit
        self._max_depth = depth
        self._buffer = bytearray()
        self._start: int | None = None  # where the reply begins, behind blanks
        self._position = 0  # where to look on; may lie behind the buffer, when that ends in a backslash
        self._depth = 0
        self._in_string = False
        self._tries = _TRIES
        self._body: dict[str, Any] | list[Any] | None = None  # the JSON, if that was parsed already
        # The bytes of the reply, without its terminator, once it is whole.
        self.message: bytes | None = None
        # What came after it. Behind a JSON reply that is every byte after its last bracket: a log file can
        # begin with the newline that looks like the reply's own, and only the caller knows whether a file is
        # due.
        self.rest = b""

    def feed(self, data: bytes) -> bool:
        """Take *data*; True once the reply is whole. Bytes that come later join `rest`, without bound."""
        if self.message is not None:
            self.rest += data
            return True
        self._buffer += data
        end, behind = self._try_parsing(data) or self._scan()
        if (len(self._buffer) if end is None else end) > self._limit:
            raise OversizedReply(f"the reply is longer than {self._limit} bytes")
        if end is None or behind is None:
            return False
        self._finish(end, behind)
        return True

    def eof(self) -> bool:
        """The connection ended: make do with what is there. True, or EmptyReply or TruncatedReply is raised.

        A JSON object that lacks nothing but its closing brace is whole: some firmware forgets it.
        """
        if self.message is not None:
            return True
        if self._start is None:
            raise EmptyReply("the connection ended without a reply")
        if self._buffer[self._start] in _STARTS_JSON:
            self._buffer = bytearray(self._with_last_brace())
        self._finish(len(self._buffer), len(self._buffer))
        return True

    # Nor does it matter to the reply whether the miner closed the connection or sat on it until the time was
    # up.
    timeout = eof

    def reply(self) -> Reply:
        """The `Reply` that the message holds. Raises NotAMiner where it can't be understood."""
        if self.message is None:
            raise RuntimeError("the reply isn't whole yet")
        return (
            _interpret(self.message) if self._body is None else _from_json(bounded(self._body, self.message))
        )

    def _finish(self, end: int, behind: int) -> None:
        self.message = bytes(self._buffer[self._start : end])
        self.rest = bytes(self._buffer[behind:])

    def _try_parsing(self, data: bytes) -> tuple[int, int] | None:
        """What `_scan` returns, where the JSON so far is sound, and whole with *data*; else None.

        So it's nearly always, and the parser finds the end in a quarter of the time. Only a few tries are
        made, since who sends closing brackets one by one could make each of them long.
        """
        if not self._tries or not data.rstrip(_BLANK).endswith(_ENDS_JSON):
            return None
        self._tries -= 1
        check_extent(self._buffer)
        start = self._find_start()
        if start is None or not self._buffer.isascii() or b"\\u" in self._buffer:
            return None
        try:
            body, end = DECODER.raw_decode(self._buffer.decode("ascii"), start)
        except (ValueError, RecursionError):
            return None
        brackets = self._buffer.count(b"{") + self._buffer.count(b"[")
        if (
            not isinstance(body, (dict, list))
            or brackets > self._max_depth
            and is_deeper(body, self._max_depth)
        ):
            return None
        self._body = body
        return end, end

    def _scan(self) -> tuple[int, int] | tuple[None, None]:
        """(where the reply ends, where the bytes after it begin), or two Nones while it isn't whole."""
        start = self._find_start()
        if start is None:
            return None, None
        if self._buffer[start] in _STARTS_JSON:
            end = self._end_of_json()
            return (None, None) if end is None else (end, end)
        return self._end_of_text()

    def _find_start(self) -> int | None:
        """Where the reply begins, behind blanks; None as long as there is nothing else."""
        buffer = self._buffer
        if self._start is None:
            while self._position < len(buffer) and buffer[self._position] in _BLANK:
                self._position += 1
            if self._position < len(buffer):
                self._start = self._position
        return self._start

    def _end_of_text(self) -> tuple[int, int] | tuple[None, None]:
        found = _END_OF_TEXT.search(self._buffer, self._position)
        if found is None:
            self._position = len(self._buffer)
            return None, None
        return found.start(), found.end()

    def _end_of_json(self) -> int | None:
        while True:
            pattern = _STRING_MARK if self._in_string else _MARK
            found = pattern.match(self._buffer, self._position)
            if found is None:
                self._position = max(self._position, len(self._buffer))
                return None
            self._position = found.end()
            if self._closes(found.group(1)):
                return self._position

    def _closes(self, mark: bytes) -> bool:
        """Take in one *mark*; True if it closes the outermost bracket, or the string that is the whole reply.
        """
        if self._in_string:
            if mark == b'"':
                self._in_string = False
                return self._depth == 0
            self._position += 1  # a backslash: the next byte means nothing, even if it hasn't come yet
        elif mark == b'"':
            self._in_string = True
        elif mark in b"{[":
            self._depth += 1
            if self._depth > self._max_depth:
                raise NotAMiner(f"the reply is nested deeper than {self._max_depth} levels")
        else:
            self._depth -= 1
            return self._depth == 0
        return False

    def _with_last_brace(self) -> bytes:
        """The buffer with the closing brace it lacks, where that is all it lacks.

        Else raises TruncatedReply.
        """
        start = self._start
        text = bytes(self._buffer).rstrip(_BLANK)
        if _WHOLE_MEMBER.search(text[-_LONGEST_MEMBER_END:]):
            try:
                load(text[start:] + b"}")
                return text + b"}"
            except NotAMiner:
                pass  # more than the brace is missing: a key without its value, say
        raise TruncatedReply(f'the connection ended in the middle of a reply: "{printable(text[start:])}"')


# --- Replies: what one says ---------------------------------------------------------------------------------

_SUCCESS = frozenset("SIW")  # success, information, warning; E and F are error and fatal

# Which section a command's records stand in; they can stand elsewhere too, see _records.
_SECTION_OF = {
    "summary": ("summary",),
    "pools": ("pools",),
    "devs": ("devs",),
    "edevs": ("edevs", "devs"),
    "devdetails": ("devdetails",),
}
_SECTIONS = frozenset(
    name for sections in _SECTION_OF.values() for section in sections for name in (section, section.upper())
)
# What is around the records.
_FRAME = frozenset(("STATUS", "When", "Code", "Msg", "Description", "id"))

_BTMINER_DOWN = re.compile(r"socket connect failed", re.IGNORECASE)
_TOKEN = re.compile(r"([0-9]+) (\S+) (\S+)")
_SEALED = re.compile(r"enc\|(.*)", re.DOTALL)

_MILLISECONDS = 100_000_000_000  # an epoch that is larger is none of seconds


@dataclass(frozen=True)
class Reply:
    """What a miner answered, in one shape for all its forms (section 4, "JSON API RETURN format").

    *ok* is the miner's own STATUS; a reply without one is ok. *code* is its message code, *when* its clock in
    seconds since 1970, both None where it gave none. *text* is for people. *records* is the list of objects
    that it holds, and *data* the first of them; *holds* tells an empty list from none at all. *framed* tells
    whether it has a STATUS: without one, only what it holds can tell that it's a miner's. *body* is the JSON
    or the text as it came. *sealed* is the base64 of an encrypted reply, which is not ok until it is opened
    and parsed again.
    """

    ok: bool
    code: int | None = None
    text: str = ""
    records: list[dict[str, Any]] = field(default_factory=list, repr=False)
    when: int | None = None
    description: str = ""
    body: object = field(default=None, repr=False)
    sealed: str | None = field(default=None, repr=False)
    holds: bool = True
    framed: bool = True

    @property
    def data(self) -> dict[str, Any]:
        """The object that it holds, where it is one; an empty one where it holds nothing."""
        return self.records[0] if self.records else {}

    def error(self, sealed: bool = False) -> WhatsminerError | None:
        """The WhatsminerError that this reply stands for, or None.

        *sealed*: whether the request was encrypted.
        """
        if self.ok:
            return None
        if self.sealed is not None:
            return NotAMiner("the reply is encrypted, and wasn't expected to be")
        return from_code(self.code, printable(self.text), sealed=sealed)


def parse(data: bytes) -> Reply:
    """The `Reply` in *data*, all the bytes of one reply. Raises NotAMiner where it can't be understood."""
    reader = Reader()
    reader.feed(data)
    reader.eof()
    return reader.reply()


def split(reply: Reply, commands: Iterable[str]) -> dict[str, Reply]:
    """The parts of a joined reply (section 3.8), as a dict of command to `Reply`.

    ``{"summary":[{...}],"pools":[{...}],"id":1}``: each part is a whole reply, and may be an error of its
    own, or is the list of records alone. Firmware that puts objects into ``Msg`` may put the parts there. Of
    *commands* the dict holds those that were answered: none at all where the firmware doesn't join.
    """
    body = reply.body if isinstance(reply.body, dict) else {}
    for holder in (body, *_messages(body)):
        held = {name.lower(): value for name, value in holder.items()} if isinstance(holder, dict) else {}
        found = {command: _part(command, held) for command in commands}
        parts = {command: part for command, part in found.items() if part is not None}
        if parts:
            return parts
    return {}


def has_message(reply: Reply) -> bool:
    """Whether *reply* has a ``Msg`` at all, if only an empty one."""
    return isinstance(reply.body, dict) and bool(_messages(reply.body))


def _part(command: str, held: dict[str, Any]) -> Reply | None:
    """The `Reply` to *command* among the parts *held*, by lower-case name, of a joined reply; None where it
    isn't there.
    """
    for name in (command, *_SECTION_OF.get(command, ())):
        value = held.get(name)
        whole = value[0] if isinstance(value, list) and value else value
        if isinstance(whole, dict) and ("STATUS" in whole or not _SECTIONS.isdisjoint(whole)):
            return _from_object(whole)
        if isinstance(value, (dict, list)) and _objects(value):
            return _unframed(value)
    return None


def _only(value: Any) -> Any:
    """The object in a list of one, which is how cgminer wraps what there is one of."""
    return value[0] if isinstance(value, list) and value else value


def _interpret(message: bytes) -> Reply:
    if message[0] not in _STARTS_JSON:
        return _from_text(message.decode("utf-8", "replace").rstrip(), message)
    body = load(message)
    # Some refusals of sealed requests are JSON in a JSON string. Each layer doubles its backslashes: there
    # can't be many.
    return parse(body.encode("utf-8", "replace")) if isinstance(body, str) else _from_json(body)


def _from_json(body: Any) -> Reply:
    return _from_object(body) if isinstance(body, dict) else _unframed(body)


def _unframed(body: Any) -> Reply:
    """The `Reply` that is a list of objects, or one object, alone."""
    return Reply(ok=True, records=_objects(body), body=body, holds=_is_place(body), framed=False)


def _from_object(body: dict[str, Any]) -> Reply:
    if "STATUS" not in body and "enc" in body:
        return _from_envelope(body)
    status = _only(body.get("STATUS", "S"))
    # cgminer keeps When, Code and Msg beside the inner STATUS, the daemon beside the outer; some firmware
    # mixes them.
    head = {**body, **status} if isinstance(status, dict) else {**body, "STATUS": status}
    text = next(filter(None, map(_string, _messages(body))), "")
    description = _string(head.get("Description"))
    records = _records(body)
    return Reply(
        ok=_string(head.get("STATUS")).strip() in _SUCCESS,
        code=_whole(head.get("Code")),
        text=text or description,
        records=_objects(records),
        when=_epoch(head.get("When")),
        description=description,
        body=body,
        holds=_is_place(records),
        framed="STATUS" in body,
    )


def _from_envelope(body: dict[str, Any]) -> Reply:
    sealed = body["enc"] if isinstance(body["enc"], str) and "data" not in body else body.get("data")
    if not isinstance(sealed, str):
        raise NotAMiner("the reply says that it is encrypted, and holds nothing to decrypt")
    return Reply(ok=False, body=body, sealed=sealed)


def _messages(body: dict[str, Any]) -> list[Any]:
    """The values of ``Msg``: that of the reply, and that of its STATUS where this is an object."""
    status = _only(body.get("STATUS"))
    return [holder["Msg"] for holder in (body, status) if isinstance(holder, dict) and "Msg" in holder]


def _records(body: dict[str, Any]) -> Any:
    """Where the records of *body* stand, a list or an object; an empty object where there is no such place.

    They stand in their section, as in ``{"SUMMARY": [{...}]}``; in ``Msg``, that of the STATUS included, as a
    list, as an object, or in their section there; or bare, beside the frame or without one. Which it is
    depends on firmware and command, and isn't told by any version.
    """
    messages = _messages(body)
    for holder in (body, *messages):
        for name in _SECTIONS.intersection(holder) if isinstance(holder, dict) else ():
            if _is_place(holder[name]):
                return holder[name]
    for message in messages:
        if _is_place(message):
            return message
    return {name: value for name, value in body.items() if name not in _FRAME and name not in _SECTIONS}


def _is_place(value: Any) -> bool:
    return isinstance(value, list) or isinstance(value, dict) and bool(value)


def _objects(place: Any) -> list[dict[str, Any]]:
    """The objects in *place*, a list or an object. One without anything in it says nothing."""
    return [
        record
        for record in (place if isinstance(place, list) else [place])
        if isinstance(record, dict) and record
    ]


def _from_text(text: str, message: bytes) -> Reply:
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


# cgminer's text form: a backslash escapes what else would separate.
_SECTION = re.compile(r"(?:[^|\\]+|\\.)+", re.DOTALL)
_ITEM = re.compile(r"(?:[^,\\]+|\\.)+", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def _from_sections(text: str) -> Reply:
    """``STATUS=S,When=1,Code=131,Msg=...,Description=...|SUMMARY,key=value,...|``: every value is a string.
    """
    sections = [_pairs(section) for section in _SECTION.findall(text)]
    head, records = sections[0], [section for section in sections[1:] if section]
    reply = _from_object({**head, "SUMMARY": records})
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


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


_WHOLE_NUMBER = re.compile(r"\s*-?[0-9]+\s*")


def _whole(value: Any) -> int | None:
    """A whole number that came as a number or as a string, else None."""
    if isinstance(value, str):
        value = integer(value.strip()) if _WHOLE_NUMBER.fullmatch(value) else None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _epoch(value: Any) -> int | None:
    """Seconds since 1970 that came as such or as milliseconds, else None."""
    moment = _whole(value)
    return moment // 1000 if moment is not None and moment >= _MILLISECONDS else moment
