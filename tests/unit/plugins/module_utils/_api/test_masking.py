# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One mask before all that is shown of an answer: it hides secrets, and nothing else."""

from __future__ import annotations

import json
import pathlib

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import masking
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.masking import (
    HIDDEN,
    Mask,
    is_secret_name,
    secrets_in,
)

FIXTURES = sorted((pathlib.Path(__file__).parents[1] / "fixtures").glob("api_*.json"))


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_an_innocent_answer_comes_through_as_it_is(path):
    replies = json.loads(path.read_text(encoding="utf-8"))
    replies.pop("get_token", None)
    assert Mask("hunter22", "x", "ab", "zz9", "admin").answer(replies) == replies


def test_a_secret_is_hidden_in_every_string_number_and_name_of_an_answer():
    body = {
        "Msg": {"echo hunter22!": ["hunter22", "a hunter22 b", {"n": 20240419, "m": 1}]},
        "Code": 131,
        "ok": True,
        "no": None,
    }
    shown = Mask("hunter22", "20240419").answer(body)
    assert shown == {
        "Msg": {f"echo {HIDDEN}!": [HIDDEN, f"a {HIDDEN} b", {"n": HIDDEN, "m": 1}]},
        "Code": 131,
        "ok": True,
        "no": None,
    }


def test_a_value_is_hidden_where_its_name_says_that_it_is_secret():
    body = {"Msg": {"passwd1": "unheard of", "token": 17, "key": {"a": "b"}, "password": "", "worker1": "w"}}
    assert Mask().answer(body) == {
        "Msg": {"passwd1": HIDDEN, "token": HIDDEN, "key": HIDDEN, "password": "", "worker1": "w"}
    }


def test_a_secret_is_hidden_as_json_and_as_python_show_it():
    secret = "it's \"ü\\2\n"
    shown = f"{secret}, {json.dumps(secret)}, {[secret]!r}"
    assert Mask(secret).text(shown) == f'{HIDDEN}, "{HIDDEN}", [\'{HIDDEN}\']'


def test_the_password_of_an_account_in_a_url_is_hidden_whose_ever_it_is():
    shown = 'stratum+tcp://user:p@ss:w@pool.example:3333, http://a@b, c:d@e, x://:y@z, {"user":"me@w"}'
    hidden = f"stratum+tcp://user:{HIDDEN}@pool.example:3333, http://a@b, c:{HIDDEN}@e, x://:{HIDDEN}@z"
    hidden += ', {"user":"me@w"}'
    assert Mask().text(shown) == hidden and Mask().answer({"a": [shown]}) == {"a": [hidden]}


def test_the_longest_secret_goes_first():
    assert Mask("hunt", "hunter22").text("hunter22 hunts") == f"{HIDDEN} {HIDDEN}s"


@pytest.mark.parametrize("secret", ["x", "ab", "123", "admin"])
def test_a_short_or_public_secret_is_hidden_only_where_it_is_a_whole_value(secret):
    mask = Mask(secret)
    assert mask.text(f"no x{secret}x, {secret} is 1{secret}") == f"no x{secret}x, {secret} is 1{secret}"
    assert mask.answer({"a": secret, "b": f" {secret} ", "c": f"x{secret}", "Code": 123}) == {
        "a": HIDDEN,
        "b": HIDDEN,
        "c": f"x{secret}",
        "Code": 123,
    }
    assert mask.text(f'{{"p":"{secret}"}}') == f'{{"p":"{HIDDEN}"}}'
    assert mask.text(f'\\"p\\":\\"{secret}\\"') == f'\\"p\\":\\"{HIDDEN}\\"'


@pytest.mark.parametrize("secret", ['quo"te\\d', "sla/sh/ed", "pässwörd", "a.c+(.*"])
def test_a_secret_is_text_and_is_hidden_as_json_writes_it_too(secret):
    mask = Mask(secret)
    quoted = json.dumps(secret)[1:-1]
    for form in (secret, quoted, json.dumps(secret, ensure_ascii=False)[1:-1], quoted.replace("/", "\\/")):
        assert mask.text(f"<{form}>") == f"<{HIDDEN}>"
    assert mask.text("abbc") == "abbc"


def test_an_excerpt_may_end_in_the_middle_of_a_secret_and_another_text_may_end_as_it_likes():
    assert Mask("hunter22").text("for hun...", excerpt=True) == f"for {HIDDEN}..."
    assert Mask("hunter22").text("for hu", excerpt=True) == "for hu"
    assert Mask("hunter22").text("good hunt") == "good hunt"


def test_a_secret_that_is_learnt_later_is_hidden_from_then_on():
    mask = Mask(None, "")
    assert mask.value(["hunter22", ""]) == ["hunter22", ""]
    mask.add("hunter22")
    assert mask.value(["hunter22", ""]) == [HIDDEN, ""]
    assert "hunter" not in repr(mask)


@pytest.mark.parametrize(
    "name",
    [
        "passwd",
        "passwd1",
        "password",
        "old_password",
        "newPassword",
        "PWD",
        "pool-pass",
        "apiKey",
        "key",
        "Token",
        "secret",
        "newsalt",
    ],
)
def test_a_name_tells_that_its_value_is_secret(name):
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    ["monkey", "design", "signature", "compass", "hostname", "Pool Rejected%", "worker1", "url", "bypass"],
)
def test_most_names_are_innocent(name):
    assert not is_secret_name(name)


def test_no_miner_can_fill_the_memory_with_names():
    before = masking._is_secret_name.cache_info().currsize
    for number in range(100):
        assert is_secret_name(f"{'x' * 10_000}{number}_password")
    assert masking._is_secret_name.cache_info().currsize == before


def test_secrets_are_found_under_their_names_however_deep():
    params = {
        "pool": {"passwd": "a1"},
        "keys": ["b2", {"x": 3}],
        "old": "c4",
        "n": [{"token": None, "pwd": True, "secret": 5}],
    }
    assert secrets_in(params) == ["a1", "b2", "3", "5"]
    assert secrets_in(params, frozenset(("old",))) == ["a1", "b2", "3", "c4", "5"]
    assert secrets_in("text") == []
