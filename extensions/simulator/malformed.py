# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The malformed JSON that real firmware sends (field notes), made from a well-formed reply."""

from __future__ import annotations

import re

_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|[}\]]')


def psu_missing_comma(reply: bytes) -> bytes:
    """get_psu without the comma before "temp0"."""
    return reply.replace(b',"temp0"', b'"temp0"')


def trailing_commas(reply: bytes) -> bytes:
    """`,}` and `,]`."""
    out, last = [], 0
    for match in _TOKENS.finditer(reply):
        mark = match.group()
        if mark in (b"}", b"]") and reply[: match.start()].rstrip()[-1:] not in (b"{", b"["):
            out.append(reply[last : match.start()] + b"," + mark)
            last = match.end()
    return b"".join(out) + reply[last:]


def control_characters(reply: bytes) -> bytes:
    """Raw newlines and control characters inside strings."""
    reply = re.sub(
        rb'("(?:fw_ver|Firmware Version|FirmwareVersion)":"[^"]*)"',
        lambda match: match.group(1) + b'\n"',
        reply,
    )
    return re.sub(
        rb'("(?:PCB SN|Stratum URL|serial_no|Kernel)":"[^"]*)"',
        lambda match: match.group(1) + b'\x01\t"',
        reply,
    )


def inf_nan(reply: bytes) -> bytes:
    """Bare `inf` and `nan` where a division went wrong."""
    reply = re.sub(rb'("Power Rate":)("?)[-0-9.]+\2', rb"\1inf", reply)
    return re.sub(rb'("(?:Pool Rejected%|Pool Stale%|Hash Deviation%)":)[-0-9.]+', rb"\1nan", reply)


def cut_brace(reply: bytes) -> bytes:
    """The last `}` is missing."""
    end = reply.rfind(b"}")
    return reply if end < 0 else reply[:end]


def error_code_array(reply: bytes) -> bytes:
    """2.0.4: `"error_code":["111":"2022-01-17 11:28:11"]`, an array of key:value pairs."""
    match = re.search(rb'"error_code":\[(.*?)\]', reply)
    if not match:
        return reply
    pairs = match.group(1).replace(b"{", b"").replace(b"}", b"")
    return reply[: match.start(1)] + pairs + reply[match.end(1) :]


def invalid_utf8(reply: bytes) -> bytes:
    """Bytes that are no UTF-8 in names: of the power supply, of the board driver, of the serial number."""
    return re.sub(
        rb'("(?:name|vendor|Name|Driver|Stratum URL|powersn)":"[^"]*)"',
        lambda match: match.group(1) + b'\xff\xc3("',
        reply,
    )


FORMS = {
    "psu_missing_comma": psu_missing_comma,
    "trailing_commas": trailing_commas,
    "control_characters": control_characters,
    "inf_nan": inf_nan,
    "cut_brace": cut_brace,
    "error_code_array": error_code_array,
    "invalid_utf8": invalid_utf8,
}


def damage(reply: bytes, forms) -> bytes:
    for name in forms:
        reply = FORMS[name](reply)
    return reply
