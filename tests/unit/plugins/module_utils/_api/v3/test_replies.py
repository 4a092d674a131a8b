# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replies of API 3: every code of the document has its error, and nothing that a miner sends does harm."""

from __future__ import annotations

import json

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import errors
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3 import replies
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3.replies import HISTORY_LIMITS, parse
from hypothesis import given
from hypothesis import strategies as st


def reply(code, msg, desc="set.miner.pools"):
    return parse(json.dumps({"code": code, "when": 1790000000, "msg": msg, "desc": desc}).encode())


# code, msg, error to a signed request, error to a plain one
CODES = [
    (-1, "fail", errors.CommandRefused, errors.CommandRefused),
    (-1, "invalid encrypted param", errors.CommandRefused, errors.CommandRefused),
    (-1, "Invalid JSON or password is wrong", errors.WrongPassword, errors.CommandRefused),
    (-1, "btminer process is down err", errors.NotRunning, errors.NotRunning),
    (0, "btminer process is down err", errors.NotRunning, errors.NotRunning),
    (-1, "no permission", errors.AccessDenied, errors.AccessDenied),
    (-1, "invalid command", errors.UnknownCommand, errors.UnknownCommand),
    (-2, "invalid command", errors.UnknownCommand, errors.UnknownCommand),
    (-2, "password is wrong", errors.UnknownCommand, errors.UnknownCommand),  # the code comes first
    (-3, "Parameter item is null", errors.CommandRefused, errors.CommandRefused),
    (-4, "no permission", errors.AccessDenied, errors.AccessDenied),
    (-4, {}, errors.AccessDenied, errors.AccessDenied),
    (-5, "out of memory", errors.CommandRefused, errors.CommandRefused),
    (-6, "something new", errors.CommandRefused, errors.CommandRefused),
    (132, None, errors.CommandRefused, errors.CommandRefused),
]


@pytest.mark.parametrize(("code", "msg", "signed", "plain"), CODES)
def test_every_code_has_its_error_which_says_what_the_miner_said(code, msg, signed, plain):
    answer = reply(code, msg)
    assert not answer.ok
    for error, kind in ((answer.error(signed=True), signed), (answer.error(), plain)):
        assert error.__class__ is kind
        assert (error.code, error.answer) == (code, msg if isinstance(msg, str) else "")
        assert error.remedy


def test_a_refusal_says_what_the_code_says():
    assert "out of memory" in reply(-5, "").error(signed=True).problem
    assert "misses a part" in reply(-3, "").error(signed=True).problem
    assert "api3_password" in str(reply(-1, "password is wrong").error(signed=True))


def test_every_code_of_the_document_is_among_them():
    assert {code for code, *_rest in CODES} >= set(replies.Code)


@pytest.mark.parametrize("msg", ["no permission", "password is wrong"])
def test_where_the_account_may_write_a_refusal_of_permission_is_a_wrong_password(msg):
    assert reply(-4, msg).error(signed=True, allowed=True).__class__ is errors.WrongPassword
    assert reply(-4, msg).error(signed=True, allowed=False).__class__ is errors.AccessDenied
    assert reply(-4, msg).error(signed=False, allowed=True).__class__ is errors.AccessDenied


@pytest.mark.parametrize("msg", ["ok", "ready", {"salt": "px5hoXa9"}, None])
def test_a_success_is_no_error(msg):
    answer = reply(0, msg)
    assert answer.ok and answer.error(signed=True) is None
    assert (answer.text, answer.data) == (
        msg if isinstance(msg, str) else "",
        msg if isinstance(msg, dict) else {},
    )
    assert answer.when == 1790000000


def test_reports_that_come_in_between_are_told_from_the_answer():
    assert reply(0, "ok").answers("set.miner.pools")
    assert not reply(0, {}, "get.miner.report").answers("set.miner.pools")
    assert reply(-1, "invalid json", "").answers("set.miner.pools")


@pytest.mark.parametrize(
    "sent",
    [b'{"code":"0","msg":"ok","desc":"x"}', b'{"code":0,"msg":"ok",,"desc":"x",}', b'{"msg":"ok" "code":0}'],
)
def test_json_as_firmware_writes_it_is_understood(sent):
    assert parse(sent).ok and parse(sent).text == "ok"


@pytest.mark.parametrize(
    "sent",
    [b"", b"[]", b"{}", b"null", b"ok", b'{"STATUS":"S","Code":131}', b'{"code":true}', b'{"code":0,"msg":'],
)
def test_what_is_no_reply_is_no_miner_s(sent):
    with pytest.raises(errors.NotAMiner):
        parse(sent)


@pytest.mark.parametrize("opening", ["[", '{"a":', '"\\"[', '{"a":"x","b":['])
def test_a_deeply_nested_reply_is_refused_sound_or_not(opening):
    sent = b'{"code":0,"msg":' + opening.encode() * 3000
    with pytest.raises(errors.NotAMiner):
        parse(sent)


def test_brackets_in_texts_are_no_nesting_not_even_where_the_text_never_ends():
    sent = b'{"code":0,"msg":"' + b'\\"' * 100_000 + b"[" * 100
    with pytest.raises(errors.NotAMiner, match="not a Whatsminer reply"):
        parse(sent)
    assert parse(b'{"code":0,"msg":"' + b"[" * 100 + b'"}').text == "[" * 100


def test_a_reply_has_no_more_parts_than_any_miner_s():
    with pytest.raises(errors.OversizedReply):
        parse(b'{"code":0,"msg":[' + b"1," * 20_000 + b"1]}")
    with pytest.raises(errors.OversizedReply):
        parse(b'{"code":0,"msg":"' + b"x" * 20_000 + b'"}')


def test_the_history_of_a_day_may_be_long():
    records = " ".join(
        f"17900{number:05},126.1,3268,64.1,65.2,66.0,4710,4800" for number in range(0, 86400, 20)
    )
    sent = json.dumps({"code": 0, "msg": {"Data": records}, "desc": "get.miner.history"}).encode()
    assert parse(sent, HISTORY_LIMITS).data["Data"] == records
    with pytest.raises(errors.OversizedReply):
        parse(sent)


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\0ae-cdmsgo \0', max_size=200).map(str.encode))
def test_nothing_that_comes_raises_anything_but_our_errors(data):
    try:
        answer = parse(data)
    except errors.NotAMiner:
        return
    assert answer.ok is (answer.error() is None)
