# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a reply says, in one shape for all the forms in which firmware gives it.

A `Reply` looks the same whichever of the many forms it came in. Sections are those of the API document,
V1.3.11. What it doesn't say is what firmware in the field was seen to do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import NotAMiner, from_code
from ..excerpt import printable
from ..json_text import integer
from . import reads

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..errors import WhatsminerError


_SUCCESS = frozenset("SIW")  # success, information, warning; E and F are error and fatal

# Which section a command's records stand in; they can stand elsewhere too, see _records.
_SECTION_OF = {
    reads.SUMMARY: ("summary",),
    reads.POOLS: ("pools",),
    reads.DEVS: ("devs",),
    reads.EDEVS: ("edevs", "devs"),
    reads.DETAILS: ("devdetails",),
}
_SECTIONS = frozenset(
    name for sections in _SECTION_OF.values() for section in sections for name in (section, section.upper())
)
# What is around the records.
_FRAME = frozenset(("STATUS", "When", "Code", "Msg", "Description", "id"))

_MILLISECONDS = 100_000_000_000  # an epoch that is larger is none of seconds
_BEYOND_CODES = 2**63
_WHOLE_NUMBER = re.compile(r"\s*-?[0-9]+\s*")


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


def split_joined(reply: Reply, commands: Iterable[str]) -> dict[str, Reply]:
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
            return from_object(whole)
        if isinstance(value, (dict, list)) and _objects(value):
            return _unframed(value)
    return None


def from_json(body: Any) -> Reply:
    """The `Reply` that is *body*, an object or a list. Raises NotAMiner where it can't be understood."""
    return from_object(body) if isinstance(body, dict) else _unframed(body)


def from_object(body: dict[str, Any]) -> Reply:
    """The `Reply` that is *body*, an object."""
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


def _unframed(body: Any) -> Reply:
    """The `Reply` that is a list of objects, or one object, alone."""
    return Reply(ok=True, records=_objects(body), body=body, holds=_is_place(body), framed=False)


def _from_envelope(body: dict[str, Any]) -> Reply:
    sealed = body["enc"] if isinstance(body["enc"], str) and "data" not in body else body.get("data")
    if not isinstance(sealed, str):
        raise NotAMiner("the reply says that it is encrypted, and holds nothing to decrypt")
    return Reply(ok=False, body=body, sealed=sealed)


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


def _messages(body: dict[str, Any]) -> list[Any]:
    """The values of ``Msg``: that of the reply, and that of its STATUS where this is an object."""
    status = _only(body.get("STATUS"))
    return [holder["Msg"] for holder in (body, status) if isinstance(holder, dict) and "Msg" in holder]


def _only(value: Any) -> Any:
    """The object in a list of one, which is how cgminer wraps what there is one of."""
    return value[0] if isinstance(value, list) and value else value


def _is_place(value: Any) -> bool:
    return isinstance(value, list) or isinstance(value, dict) and bool(value)


def _objects(place: Any) -> list[dict[str, Any]]:
    """The objects in *place*, a list or an object. One without anything in it says nothing."""
    return [
        record
        for record in (place if isinstance(place, list) else [place])
        if isinstance(record, dict) and record
    ]


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: Any) -> int | None:
    """A whole number that came as a number or as a string, and that a code or a clock can be, else None."""
    if isinstance(value, str):
        value = integer(value.strip()) if _WHOLE_NUMBER.fullmatch(value) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and abs(value) < _BEYOND_CODES else None


def _epoch(value: Any) -> int | None:
    """Seconds since 1970 that came as such or as milliseconds, else None."""
    moment = _whole(value)
    return moment // 1000 if moment is not None and moment >= _MILLISECONDS else moment
