# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shapes that replies come in: codes, envelopes, and the text form.

Where a read command's data stands differs by firmware and command (option `envelopes`): FORMS has all places.
"""

from __future__ import annotations

import json
import typing

if typing.TYPE_CHECKING:
    from .generations import Options

# The data is: the section's list; the same beside a mere word in Msg; Msg as an object; Msg as a list of
# objects; STATUS[0].Msg; or what is left without any envelope.
FORMS = ("section", "word", "msg", "msg_list", "status_msg", "bare")
# btminer's commands: the section, the words of STATUS, and their code.
SECTIONS = {
    "summary": ("SUMMARY", "Summary", 11),
    "pools": ("POOLS", "{} Pool(s)", 7),
    "devs": ("DEVS", "{} ASC(s)", 9),
    "edevs": ("DEVS", "{} ASC(s)", 9),
    "devdetails": ("DEVDETAILS", "Device Details", 69),
}
# Commands of the API daemon have no section: their data is in Msg from the start.
MESSAGES = ("status", "get_version", "get_psu", "get_miner_info", "get_error_code")

# Message codes of section 4.
INVALID_COMMAND = 14
INVALID_JSON = 23
MISSING_COMMAND = 24  # not in the document: field notes
PERMISSION_DENIED = 45
COMMAND_OK = 131
COMMAND_ERROR = 132
TOKEN_ERROR = 135
TOKEN_OVER_MAX = 136
BASE64_ERROR = 137

_TRAILERS = {"": b"", "nul": b"\0", "newline": b"\n"}


class Refused(Exception):
    """The miner says no: a Code of section 4 and its words, where they are not the firmware's usual ones."""

    def __init__(self, code: int, text: str = ""):
        super().__init__(text)
        self.code = code
        self.text = text


def dumps(value) -> bytes:
    """JSON as firmware writes it: no blanks, ASCII."""
    return json.dumps(value, separators=(",", ":")).encode()


def checked_forms(forms) -> dict:
    """`forms` ({command: form}) for the option `envelopes`. Raises ValueError naming what is wrong."""
    if not isinstance(forms, dict):
        raise ValueError(f"option envelopes: a mapping is wanted, not {forms!r}")
    for command, form in forms.items():
        known = FORMS if command in SECTIONS else FORMS[2:]
        if command not in SECTIONS and command not in MESSAGES:
            raise ValueError(f"option envelopes: {command!r} is none of {[*SECTIONS, *MESSAGES]}")
        if form not in known:
            raise ValueError(f"option envelopes {command}: {form!r} is none of {list(known)}")
    return dict(forms)


def btminer_reply(options: Options, command: str, rows: list, when: int) -> dict:
    """The reply to one of SECTIONS. Only summary is ever an object; several rows stay a list."""
    title, words, code = SECTIONS[command]
    words = words.format(len(rows))
    form = options.envelopes.get(command, "section")
    if form == "section":
        return {"STATUS": list_status(options, words, code, when), title: rows, "id": 1}
    if form == "word":
        return {**envelope(options, "S", COMMAND_OK, words, when), title: rows}
    if command == "summary":
        return _placed(options, form, rows[0], when)
    return {title: rows, "id": 1} if form == "bare" else _placed(options, form, rows, when)


def daemon_reply(options: Options, command: str, msg, when: int) -> dict:
    """The reply to one of MESSAGES."""
    usual = "bare" if command == "status" and options.status_form == "bare" else "msg"
    return _placed(options, options.envelopes.get(command, usual), msg, when)


def _placed(options, form, data, when):
    if form == "bare":
        return data
    if form == "status_msg":
        return {"STATUS": [{"STATUS": "S", "Msg": data}], "id": 1}
    if form == "msg_list" and not isinstance(data, list):
        data = [data]
    return envelope(options, "S", COMMAND_OK, data, when)


def _moment(options, when):
    return when * 1000 if options.when_milliseconds else when


def envelope(options: Options, status: str, code: int, msg, when: int) -> dict:
    """A reply of the API daemon (section 4): STATUS is a string."""
    return {
        "STATUS": status,
        "When": _moment(options, when),
        "Code": code,
        "Msg": msg,
        "Description": options.description,
    }


def list_status(options: Options, text: str, code: int, when: int) -> list:
    """The STATUS list of a cgminer-style reply."""
    if options.list_status_when:
        return [
            {
                "STATUS": "S",
                "When": _moment(options, when),
                "Code": code,
                "Msg": text,
                "Description": "btminer",
            }
        ]
    return [{"STATUS": "S", "Msg": text}]


def trailer(options: Options) -> bytes:
    return _TRAILERS[options.trailer]


def as_text(reply: dict) -> bytes:
    """A reply in the text form: `STATUS=S,When=..,Code=..,Msg=..,Description=..|`, and sections after it."""
    if "id" in reply and "STATUS" not in reply:  # joined commands: one after the other
        return b"".join(as_text(rows[0]) for name, rows in reply.items() if name != "id")
    if not isinstance(reply.get("STATUS"), (str, list)):  # section 3.8's bare status
        return ",".join("{}={}".format(*item) for item in reply.items()).encode() + b"|"
    head = reply["STATUS"][0] if isinstance(reply["STATUS"], list) else {key: reply[key] for key in reply}
    parts = [_section("", head)]
    for name, rows in reply.items():
        if name != "STATUS" and isinstance(rows, list):
            for number, row in enumerate(rows):
                parts.append(_section(name if len(rows) == 1 else f"{name[:-1]}={number}", row))
    return "|".join(parts).encode() + b"|"


def _section(title: str, row: dict) -> str:
    cells = []
    for key, value in row.items():
        if isinstance(value, (dict, list)):
            value = json.dumps(value, separators=(",", ":"))
        cells.append(f"{key}={value}")
    return ",".join(([title] if title else []) + cells)
