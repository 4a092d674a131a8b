# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is sent, in each of its forms."""

from __future__ import annotations

import json

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import errors
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.reader import parse_reply
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.requests import (
    envelope,
    json_request,
    plain_text_command,
    text_request,
)
from hypothesis import given, settings
from hypothesis import strategies as st

# Milliseconds for one example: a busy machine may stall, a pattern that tries all ways takes longer.
PATIENCE = 2000


class TestRequest:
    def test_is_compact_json_with_the_token_first(self):
        assert (
            json_request("set_led", {"param": "auto"}, token="sign")
            == b'{"token":"sign","cmd":"set_led","param":"auto"}'
        )

    def test_needs_neither_parameters_nor_token(self):
        assert json_request("summary+pools") == b'{"cmd":"summary+pools"}'

    def test_names_the_command_as_the_firmware_of_2020_wants_it(self):
        assert json_request("summary", key="command") == b'{"command":"summary"}'

    def test_keeps_integers_and_strings_apart(self):
        assert (
            json_request("set_led", {"period": 60, "percent": "60"})
            == b'{"cmd":"set_led","period":60,"percent":"60"}'
        )

    def test_is_ascii_whatever_the_parameters(self):
        assert json_request("x", {"worker1": "caf\u00e9"}) == b'{"cmd":"x","worker1":"caf\\u00e9"}'

    def test_lets_no_parameter_replace_command_or_token(self):
        assert (
            json_request("status", {"cmd": "factory_reset", "token": "other"}, token="sign")
            == b'{"token":"sign","cmd":"status"}'
        )

    def test_never_sends_what_is_no_json_number(self):
        with pytest.raises(ValueError):
            json_request("x", {"percent": float("nan")})

    @settings(deadline=PATIENCE)
    @given(st.dictionaries(st.text(min_size=4), st.text() | st.integers()))
    def test_reads_back_as_it_was_written(self, params):
        assert json.loads(json_request("x", params)) == {**params, "cmd": "x"}


class TestTextRequest:
    def test_without_values_is_the_command(self):
        assert text_request("get_token") == b"get_token"

    def test_puts_values_behind_a_bar_and_commas_between(self):
        assert text_request("set_led", ("auto",)) == b"set_led|auto"
        assert text_request("set_led", ["red", 60, 20, 0]) == b"set_led|red,60,20,0"

    @pytest.mark.parametrize("value", ["a,b", "a|b", "a\nb", "a\0b"])
    def test_refuses_a_value_that_would_read_as_two(self, value):
        with pytest.raises(errors.BadParameter) as caught:
            text_request("set_hostname", [value])
        assert caught.value.command == "set_hostname"

    def test_is_signed_as_in_section_4_1(self):
        assert plain_text_command("$sign", text_request("set_led", ["auto"])) == b"token,$sign|set_led|auto"


class TestEnvelope:
    def test_as_json(self):
        assert envelope("QUJD+/==") == b'{"enc":1,"data":"QUJD+/=="}'

    def test_as_text(self):
        assert envelope("QUJD+/==", encoding="text") == b"enc|QUJD+/=="

    @pytest.mark.parametrize("encoding", ["json", "text"])
    def test_reads_back_as_a_sealed_reply(self, encoding):
        assert parse_reply(envelope("QUJD", encoding)).sealed == "QUJD"
