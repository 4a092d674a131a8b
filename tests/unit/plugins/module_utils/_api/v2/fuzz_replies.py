# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Damaged replies for the wire format, by the thousand.

`check` says what must hold whatever a miner sends. test_reader.py runs it on a few hundred inputs, `make
fuzz` on as many as there is time for.
"""

from __future__ import annotations

import json

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    NotAMiner,
    WhatsminerError,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.reader import ReplyReader
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.replies import Reply, split_joined

CORPUS = (
    b'{"STATUS":[{"STATUS":"S","Msg":"Summary"}],"SUMMARY":[{"MHS av":67761775.18,"Power Mode":"","Error '
    b'Code 0":250,}],"id":1}',
    b'{"STATUS":[{"STATUS":"S","When":1594179080,"Code":11}],"POOLS":[{"User":"caf\xe9\n"},{"POOL":1,"Pool '
    b'Rejected%":nan}],"id":1',
    b'{"summary":[{"STATUS":[{"STATUS":"S"}],"SUMMARY":[{"Elapsed":1}]}],'
    b'"pools":[{"STATUS":[{"STATUS":"E","Code":"14"}]}],"id":1}',
    b'{"STATUS":"S","When":1603280777,"Code":131,"Msg":{"logfilelen":"12"},"Description":"whatsminer '
    b'v1.3"}\nfirst line',
    b'{"STATUS":"S","Code":131,"Msg":{"vin":"24050" '
    b'"temp0":"31.5","iin":-inf},"Description":"\\"\\\\\\u00e9\\ud800"}\0',
    b'{"STATUS":"S","Code":131,"Msg":{"error_code":["111":"2022-01-17 '
    b'11:28:11",{"218":1e999}]},"Description":""}',
    b'{"STATUS":"S","When":1,"Code":134,"Msg":{"time":"5626","salt":"BQ5hoXV9",'
    b'"newsalt":"jbzkfQls"},"Description":""}',
    b'{"enc":1,"data":"PNeWsf3DW4wYqc7jL0rHSA=="}',
    b"enc|PNeWsf3DW4wYqc7jL0rHSA==\n",
    b"1592555626 BQ5hoXV9 jbzkfQls\n",
    b"STATUS=S,When=1,Code=131,Msg=a\\,b,Description=d|SUMMARY,Elapsed=1,User=x|POOL=0,URL=u|\0",
    b"Socket connect failed: Connection refused",
    b"SSH-2.0-dropbear\r\n",
)

_TOKENS = (
    *(bytes([byte]) for byte in b'"\\{}[],:-\0\n\xff'),
    b"nan",
    b"1e999",
    b"9" * 5000,
    b"[" * 40,
    b"\\u",
    b'{"STATUS":',
)


def mutate(data, rng):
    """*data* with one to four pieces cut out, doubled, overwritten or put in."""
    data = bytearray(data)
    for _round in range(rng.randint(1, 4)):
        start = rng.randint(0, len(data))
        end = min(len(data), start + rng.choice((0, 1, 1, 2, 8, 200)))
        data[start:end] = rng.choice(
            (b"", data[start:end] * 2, rng.choice(_TOKENS), bytes([rng.randrange(256)]))
        )
    return bytes(data)


def pieces(data, rng):
    """*data* cut at random places."""
    cuts = sorted(rng.randint(0, len(data)) for _cut in range(rng.randint(0, 8)))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)])]


def outcome(segments):
    """What a reader makes of *segments*: (message, rest, reply), or the class of the error."""
    reader = ReplyReader()
    try:
        for segment in segments:
            reader.feed(segment)
        reader.eof()
        return reader.message, reader.rest, reader.reply()
    except NotAMiner as error:
        assert str(error).isprintable() and len(error.problem) < 300
        return type(error)


def check(data, rng):
    """Raise AssertionError, or whatever escapes, unless *data* is understood or refused, and in any pieces
    alike.
    """
    whole = outcome([data])
    assert outcome(pieces(data, rng)) == whole
    if isinstance(whole, type):
        return
    reply = whole[2]
    json.dumps(reply.body, allow_nan=False, ensure_ascii=False).encode("utf-8")  # can be passed on as it is
    assert (
        isinstance(reply.text, str)
        and isinstance(reply.data, dict)
        and all(isinstance(record, dict) for record in reply.records)
    )
    assert all(isinstance(number, int) or number is None for number in (reply.code, reply.when))
    assert (reply.error() is None) == reply.ok and isinstance(
        reply.error(sealed=True), (WhatsminerError, type(None))
    )
    assert all(isinstance(part, Reply) for part in split_joined(reply, ("summary", "pools")).values())
