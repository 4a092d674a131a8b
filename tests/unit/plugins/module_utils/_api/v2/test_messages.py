# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wire format: what is sent, where a reply ends, and what it says in each of its forms."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import random
import time
import tracemalloc

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import errors, excerpt
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import messages
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils._api.v2 import fuzz_messages
from hypothesis import given, settings
from hypothesis import strategies as st

# Milliseconds for one example: a busy machine may stall, a pattern that tries all ways takes longer.
PATIENCE = 2000

SUMMARY = (
    b'{"STATUS":[{"STATUS":"S","When":1594179080,"Code":11,"Msg":"Summary","Description":"btminer"}],'
    b'"SUMMARY":[{"Elapsed":7}],"id":1}'
)
READY = b'{"STATUS":"S","When":1594179080,"Code":131,"Msg":"ready","Description":"whatsminer v1.3"}'

# What firmware in the field was seen to send, and what it means.
MALFORMED = {
    "a comma before a brace": (b'{"a":1,"b":{"c":2,},}', {"a": 1, "b": {"c": 2}}),
    "a comma before a bracket": (b'{"a":[1,2,],"b":[{"c":1},]}', {"a": [1, 2], "b": [{"c": 1}]}),
    "commas behind blanks": (b'{"a":[1 , ] , }', {"a": [1]}),
    "a newline in a string": (b'{"a":"one\r\ntwo"}', {"a": "one\r\ntwo"}),
    "control characters in a string": (b'{"a":"\x01\x1f\x7f\t"}', {"a": "\x01\x1f\x7f\t"}),
    "a NUL in a string": (b'{"a":"x\0y"}', {"a": "x\0y"}),
    "control characters between members": (b'{"a":1,\x01\0"b":2}', {"a": 1, "b": 2}),
    "no comma before temp0": (
        b'{"Msg":{"fan_speed":"6000" "temp0":"31.5","vin":"240"}}',
        {"Msg": {"fan_speed": "6000", "temp0": "31.5", "vin": "240"}},
    ),
    "no comma behind a number": (b'{"iin":12.5"temp0":31}', {"iin": 12.5, "temp0": 31}),
    "no comma between objects": (
        b'{"a":[{"b":1}{"c":2}[3]"x"]"d":4}',
        {"a": [{"b": 1}, {"c": 2}, [3], "x"], "d": 4},
    ),
    "inf and nan": (
        b'{"a":inf,"b":nan,"c":-inf,"d":[inf,nan]}',
        {"a": None, "b": None, "c": None, "d": [None, None]},
    ),
    "NaN and Infinity": (
        b'{"a":NaN,"b":Infinity,"c":-Infinity,"d":-nan}',
        {"a": None, "b": None, "c": None, "d": None},
    ),
    "a number beyond all floats": (b'{"a":1e999,"b":-1e999,"c":1e999,}', {"a": None, "b": None, "c": None}),
    "an integer of 5000 digits": (
        b'{"a":%b,"b":[-%b,]}' % (b"9" * 5000, b"9" * 5000),
        {"a": None, "b": [None]},
    ),
    "integers of 40 and 41 digits": (
        b'{"a":%b,"b":%b}' % (b"1" * 40, b"1" * 41),
        {"a": int("1" * 40), "b": None},
    ),
    "digits that Python writes otherwise": (
        b'{"a":007,"b":+5,"c":.5,"d":5.,"e":-1.5e3,}',
        {"a": 7, "b": 5, "c": 0.5, "d": 5.0, "e": -1500.0},
    ),
    "pairs in an array": (
        b'{"error_code":["111":"2022-01-17 11:28:11","218":"x"]}',
        {"error_code": [{"111": "2022-01-17 11:28:11"}, {"218": "x"}]},
    ),
    "pairs among objects": (
        b'{"error_code":["111":"x",{"218":"y"},"z"]}',
        {"error_code": [{"111": "x"}, {"218": "y"}, "z"]},
    ),
    "invalid UTF-8": (b'{"worker":"caf\xe9\xff"}', {"worker": "caf\ufffd\ufffd"}),
    "invalid UTF-8 before a quote": (b'{"worker":"\xe2\x82"}', {"worker": "\ufffd"}),
    "half a surrogate pair": (
        b'{"a":"\\ud83d","b":"\\ud83d\\ude00 \\uDE00"}',
        {"a": "\ufffd", "b": "\U0001f600 \ufffd"},
    ),
    "a byte order mark": (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
    "blanks first": (b' \r\n\0{"a":1}', {"a": 1}),
    "a NUL behind": (b'{"a":1}\0', {"a": 1}),
    "a newline behind": (b'{"a":1}\n', {"a": 1}),
    "a backslash that escapes nothing": (
        b'{"User":"farm\\worker\\\\1\\"\\/\\b\\n\\u00e9"}',
        {"User": 'farm\\worker\\1"/\b\n\u00e9'},
    ),
    "a key twice": (b'{"a":1,"a":2}', {"a": 2}),
    "a key twice, and a comma": (b'{"a":1,"a":2,}', {"a": 2}),
    "literals": (b'{"a":true,"b":false,"c":null,}', {"a": True, "b": False, "c": None}),
    "brackets and quotes in strings": (b'{"a":"}]{[","b":"\\"}",}', {"a": "}]{[", "b": '"}'}),
    "commas and words in strings": (b'{"a":",}nan,]","b":"x\\u002c}",}', {"a": ",}nan,]", "b": "x,}"}),
    "no last brace behind a string": (b'{"STATUS":"S","Msg":"ready"', {"STATUS": "S", "Msg": "ready"}),
    "no last brace behind an object": (b'{"Msg":{"a":1},"b":{"c":2}', {"Msg": {"a": 1}, "b": {"c": 2}}),
    "no last brace behind cgminer's id": (b'{"SUMMARY":[{"a":1}],"id":1', {"SUMMARY": [{"a": 1}], "id": 1}),
    "no last brace behind a literal": (b'{"a":true', {"a": True}),
    "no last brace but a newline and NUL": (b'{"a":[1]\n\0', {"a": [1]}),
    "no last brace and a comma too many": (b'{"a":{"b":1,}', {"a": {"b": 1}}),
}


def whole(data):
    return [data]


def byte_by_byte(data):
    return [data[i : i + 1] for i in range(len(data))]


def at_random(data):
    return fuzz_messages.pieces(data, random.Random(len(data)))


def read(segments, **bounds):
    reader = messages.Reader(**bounds)
    for segment in segments:
        reader.feed(segment)
    reader.eof()
    return reader


def body(data):
    return messages.parse(data).body


class TestRequest:
    def test_is_compact_json_with_the_token_first(self):
        assert (
            messages.request("set_led", {"param": "auto"}, token="sign")
            == b'{"token":"sign","cmd":"set_led","param":"auto"}'
        )

    def test_needs_neither_parameters_nor_token(self):
        assert messages.request("summary+pools") == b'{"cmd":"summary+pools"}'

    def test_names_the_command_as_the_firmware_of_2020_wants_it(self):
        assert messages.request("summary", key="command") == b'{"command":"summary"}'

    def test_keeps_integers_and_strings_apart(self):
        assert (
            messages.request("set_led", {"period": 60, "percent": "60"})
            == b'{"cmd":"set_led","period":60,"percent":"60"}'
        )

    def test_is_ascii_whatever_the_parameters(self):
        assert messages.request("x", {"worker1": "caf\u00e9"}) == b'{"cmd":"x","worker1":"caf\\u00e9"}'

    def test_lets_no_parameter_replace_command_or_token(self):
        assert (
            messages.request("status", {"cmd": "factory_reset", "token": "other"}, token="sign")
            == b'{"token":"sign","cmd":"status"}'
        )

    def test_never_sends_what_is_no_json_number(self):
        with pytest.raises(ValueError):
            messages.request("x", {"percent": float("nan")})

    @settings(deadline=PATIENCE)
    @given(st.dictionaries(st.text(min_size=4), st.text() | st.integers()))
    def test_reads_back_as_it_was_written(self, params):
        assert json.loads(messages.request("x", params)) == {**params, "cmd": "x"}


class TestTextRequest:
    def test_without_values_is_the_command(self):
        assert messages.request_text("get_token") == b"get_token"

    def test_puts_values_behind_a_bar_and_commas_between(self):
        assert messages.request_text("set_led", ("auto",)) == b"set_led|auto"
        assert messages.request_text("set_led", ["red", 60, 20, 0]) == b"set_led|red,60,20,0"

    @pytest.mark.parametrize("value", ["a,b", "a|b", "a\nb", "a\0b"])
    def test_refuses_a_value_that_would_read_as_two(self, value):
        with pytest.raises(errors.BadParameter) as caught:
            messages.request_text("set_hostname", [value])
        assert caught.value.command == "set_hostname"

    def test_is_signed_as_in_section_4_1(self):
        assert (
            messages.plain_text_command("$sign", messages.request_text("set_led", ["auto"]))
            == b"token,$sign|set_led|auto"
        )


class TestEnvelope:
    def test_as_json(self):
        assert messages.envelope("QUJD+/==") == b'{"enc":1,"data":"QUJD+/=="}'

    def test_as_text(self):
        assert messages.envelope("QUJD+/==", encoding="text") == b"enc|QUJD+/=="

    @pytest.mark.parametrize("encoding", ["json", "text"])
    def test_reads_back_as_a_sealed_reply(self, encoding):
        assert messages.parse(messages.envelope("QUJD", encoding)).sealed == "QUJD"


class TestMalformedReplies:
    @pytest.mark.parametrize("segmentation", [whole, byte_by_byte, at_random])
    @pytest.mark.parametrize("data, meaning", MALFORMED.values(), ids=MALFORMED.keys())
    def test_are_understood_in_any_pieces(self, data, meaning, segmentation):
        assert read(segmentation(data)).reply().body == meaning

    @pytest.mark.parametrize("data, meaning", MALFORMED.values(), ids=MALFORMED.keys())
    def test_are_understood_alone(self, data, meaning):
        assert body(data) == meaning

    @pytest.mark.parametrize(
        "data",
        b'{"a":} {"a""b"} {1:2} {"a":tru} {"a":1_000} {"a":0x1f} {] {"a":[1}] {"a":b} {:"b"} ["a":] '
        b'{"a":--1}'.split(),
    )
    def test_beyond_recognition_are_refused_with_an_excerpt(self, data):
        with pytest.raises(messages.NotAMiner) as caught:
            messages.parse(data)
        assert f'"{data.decode()}"' in str(caught.value)


class TestReader:
    def test_needs_no_end_of_connection_once_the_value_is_whole(self):
        reader = messages.Reader()
        arrivals = [reader.feed(byte) for byte in byte_by_byte(SUMMARY)]
        assert arrivals == [False] * (len(SUMMARY) - 1) + [True]
        assert (reader.message, reader.rest) == (SUMMARY, b"")

    def test_takes_brackets_and_quotes_within_strings_for_text(self):
        data = b'{"a":"}","b":"\\"}","c":"\\\\"}'
        arrivals = [messages.Reader().feed(data[:length]) for length in range(1, len(data) + 1)]
        assert arrivals == [False] * (len(data) - 1) + [True]

    @pytest.mark.parametrize("following", [b"\n", b"\0", b"\nfirst line of a log", b"{", b"\n\0\x1f\x8b"])
    def test_leaves_every_byte_behind_the_last_bracket(self, following):
        reader = messages.Reader()
        assert reader.feed(READY + following)
        assert (reader.message, reader.rest) == (READY, following)

    def test_keeps_what_comes_after_the_reply(self):
        reader = messages.Reader()
        reader.feed(READY + b"a")
        assert reader.feed(b"b") and reader.feed(b"") and reader.eof()
        assert (reader.message, reader.rest) == (READY, b"ab")

    @pytest.mark.parametrize("terminator", [b"\n", b"\0"])
    def test_ends_text_at_newline_or_nul(self, terminator):
        reader = messages.Reader()
        assert not reader.feed(b"1592555626 BQ5hoXV9")
        assert reader.feed(b" jbzkfQls" + terminator + b"more")
        assert (reader.message, reader.rest) == (b"1592555626 BQ5hoXV9 jbzkfQls", b"more")

    @pytest.mark.parametrize("end", ["eof", "timeout"])
    def test_ends_text_with_the_connection_or_the_time(self, end):
        reader = messages.Reader()
        assert not reader.feed(b"Socket connect failed: Connection refused")
        assert getattr(reader, end)()
        assert reader.message == b"Socket connect failed: Connection refused"

    @pytest.mark.parametrize("end", ["eof", "timeout"])
    def test_mends_a_reply_without_its_last_brace(self, end):
        reader = messages.Reader()
        assert not reader.feed(READY[:-1])
        assert (reader.message, reader.rest) == (None, b"")
        assert getattr(reader, end)()
        assert (reader.message, reader.rest) == (READY, b"")

    @pytest.mark.parametrize("received", [b"", b"\0", b" \r\n"])
    def test_says_so_when_nothing_came(self, received):
        with pytest.raises(messages.EmptyReply):
            read([received])

    @pytest.mark.parametrize("length", range(1, len(SUMMARY) - 1))
    def test_says_so_when_the_reply_broke_off(self, length):
        reader = messages.Reader()
        reader.feed(SUMMARY[:length])
        try:
            reader.eof()
        except messages.TruncatedReply as error:
            assert messages.printable(SUMMARY[:length]) in str(error)
        else:  # only between two members can nobody tell that more should come
            assert (
                SUMMARY[length : length + 1] == b","
                and json.loads(SUMMARY[:length] + b"}") == reader.reply().body
            )

    @pytest.mark.parametrize(
        "data",
        [
            *b'{ {"a" {"a": {"a":"b", {"a":"b {"a":"b\\" {"a":[1 {"a":{"b":1 ["a" [{"a":1} {"a":tru'.split(),
            b'{"a":b"',
        ],
    )
    def test_mends_nothing_but_the_last_brace(self, data):
        with pytest.raises(messages.TruncatedReply):
            read([data])

    @pytest.mark.parametrize(
        "data", [b'{"STATUS":"E","Code":13', b'{"power":34', b'{"a":1.', b'{"myid":1', b'{"a":"id":1']
    )
    def test_trusts_no_number_that_the_end_may_have_cut(self, data):
        with pytest.raises(messages.TruncatedReply):
            read([data])

    def test_gives_no_reply_before_it_is_whole(self):
        reader = messages.Reader()
        reader.feed(READY[:-1])
        with pytest.raises(RuntimeError):
            reader.reply()

    @pytest.mark.parametrize("data", [b'{"a":"12345"}', b"x" * 13, b" " * 13, b'{"a":' + b"1" * 8])
    def test_is_bounded_in_size(self, data):
        within = messages.Reader(limit=13)
        within.feed(data)  # to the limit and no further
        with pytest.raises(messages.NotAMiner, match="longer than 12 bytes"):
            messages.Reader(limit=12).feed(data)

    def test_refuses_too_much_before_it_is_whole(self):
        reader = messages.Reader(limit=12)
        reader.feed(b'{"a":"12345')
        with pytest.raises(messages.NotAMiner):
            reader.feed(b"67")

    def test_does_not_count_what_follows_the_reply(self):
        assert messages.Reader(limit=len(READY)).feed(READY + b"x" * 1000)

    def test_is_bounded_in_depth(self):
        reader = messages.Reader(depth=3)
        assert not reader.feed(b'{"a":[[')
        with pytest.raises(messages.NotAMiner, match="deeper than 3 levels"):
            reader.feed(b"{")

    def test_counts_depth_not_brackets(self):
        assert messages.Reader(depth=2).feed(b"[" + b"{}," * 100 + b"{}]")

    def test_refuses_by_default_a_megabyte_and_32_levels(self):
        with pytest.raises(messages.NotAMiner):
            messages.Reader().feed(b"x" * (1024 * 1024 + 1))
        assert not messages.Reader().feed(b"[" * 32)
        with pytest.raises(messages.NotAMiner):
            messages.Reader().feed(b"[" * 33)

    @pytest.mark.parametrize("data", [b'{"a":"%b"}', b'{"a":[%b]}', b'{"a":"\\"%b', b"%b"])
    def test_looks_at_each_byte_once_however_small_the_pieces(self, data):
        def seconds(length):
            reader, segments = messages.Reader(), byte_by_byte(data.replace(b"%b", b"1" * length))
            started = time.process_time()
            for segment in segments:
                reader.feed(segment)
            return time.process_time() - started

        short, long = min(seconds(4_000) for _round in range(5)), min(seconds(64_000) for _round in range(2))
        assert long < 16 * short * 4  # looking again at every byte would make it 16 times 16

    @pytest.mark.parametrize(
        "data",
        [
            b'{"a":%bx}' % (b"1" * 20_000),
            b'{"a":1.%bx}' % (b"1" * 20_000),
            b'{"a":1e%bx}' % (b"1" * 20_000),
            b'{"a":%b.5,}' % (b"1" * 20_000),
            b'{%b"a"}' % (b", " * 10_000),
            b'{"a":"%b' % (b"\\n" * 10_000),
            b'{"a":[%b' % (b'"b":' * 5_000),
            b'{"a":%b' % (b'"b" ' * 5_000),
            b"STATUS=%b" % (b"\\" * 20_001),
            b"STATUS=%b" % (b"=|,a" * 5_000),
            b"STATUS=%b" % (b"S,a" * 5_000),
            b"1%b" % (b"1 " * 10_000),
            b"%b !" % (b"1" * 20_000),
            b"x%by" % (b" " * 20_000),
        ],
    )
    def test_loses_no_time_on_nonsense(self, data):
        started = time.process_time()
        with contextlib.suppress(messages.NotAMiner):
            messages.parse(data)
        # A few milliseconds, or ten seconds where a pattern tries all ways.
        assert time.process_time() - started < 1

    def test_reads_a_text_of_escapes(self):
        data = b'{"a":"' + b"\\x" * 8000 + b'"}'
        assert body(data) == {"a": "\\x" * 8000}


class TestReply:
    def test_of_btminer(self):
        reply = messages.parse(SUMMARY)
        assert (reply.ok, reply.code, reply.text, reply.when, reply.description) == (
            True,
            11,
            "Summary",
            1594179080,
            "btminer",
        )
        assert (reply.records, reply.data, reply.sealed, reply.body) == (
            [{"Elapsed": 7}],
            {"Elapsed": 7},
            None,
            json.loads(SUMMARY),
        )
        assert reply.error() is None

    @pytest.mark.parametrize("name", ["SUMMARY", "POOLS", "DEVS", "EDEVS", "DEVDETAILS"])
    def test_holds_the_records_of_each_read(self, name):
        assert messages.parse(
            b'{"STATUS":[{"STATUS":"S"}],"%b":[{"a":1},{"a":2}],"id":1}' % name.encode()
        ).records == [{"a": 1}, {"a": 2}]

    def test_holds_only_objects_as_records(self):
        assert messages.parse(b'{"STATUS":[{"STATUS":"S"}],"DEVS":[{"a":1},2,"x",[]]}').records == [{"a": 1}]
        assert messages.parse(b'{"STATUS":[{"STATUS":"S"}],"DEVS":"x"}').records == []

    def test_of_the_daemon_with_a_text(self):
        reply = messages.parse(READY)
        assert (reply.ok, reply.code, reply.text, reply.when, reply.description) == (
            True,
            131,
            "ready",
            1594179080,
            "whatsminer v1.3",
        )
        assert (reply.data, reply.records) == ({}, [])

    def test_of_the_daemon_with_an_object(self):
        reply = messages.parse(
            b'{"STATUS":"S","When":1603280777,"Code":131,"Msg":{"logfilelen":"12"},"Description":"whatsminer '
            b'v1.3"}'
        )
        assert (reply.data, reply.text) == ({"logfilelen": "12"}, "whatsminer v1.3")

    @pytest.mark.parametrize("code", [131, 133, 134, 999])
    def test_of_get_token_is_ok_with_any_code(self, code):
        reply = messages.parse(
            b'{"STATUS":"S","When":1,"Code":%d,"Msg":{"time":"5626","salt":"BQ5hoXV9","newsalt":"jbzkfQls"}}'
            % code
        )
        assert (reply.ok, reply.code, reply.data) == (
            True,
            code,
            {"time": "5626", "salt": "BQ5hoXV9", "newsalt": "jbzkfQls"},
        )

    @pytest.mark.parametrize(
        "bare",
        [
            {"time": "5626", "salt": "a", "newsalt": "b"},
            {"btmineroff": "false", "Firmware Version": "'20210322.22.REL'"},
        ],
    )
    def test_of_the_document_s_bare_forms_is_ok(self, bare):
        reply = messages.parse(json.dumps(bare).encode())
        assert (reply.ok, reply.data, reply.code, reply.text) == (True, bare, None, "")

    def test_of_a_bare_list_is_its_body(self):
        reply = messages.parse(b'[{"218":"2024-06-15 10:30:00"}]')
        assert (reply.ok, reply.body, reply.data, reply.records) == (
            True,
            [{"218": "2024-06-15 10:30:00"}],
            {"218": "2024-06-15 10:30:00"},
            [{"218": "2024-06-15 10:30:00"}],
        )

    @pytest.mark.parametrize(
        "status, ok",
        [
            ("S", True),
            ("I", True),
            ("W", True),
            (" S", True),
            ("E", False),
            ("F", False),
            ("", False),
            ("Invalid", False),
        ],
    )
    def test_trusts_the_status(self, status, ok):
        assert messages.parse(json.dumps({"STATUS": status, "Code": 131}).encode()).ok is ok
        assert messages.parse(json.dumps({"STATUS": [{"STATUS": status, "Code": 131}]}).encode()).ok is ok

    @pytest.mark.parametrize("status", [[], [{}], [{"Code": 131}], {}, None, 1, [1]])
    def test_with_a_status_that_says_nothing_is_not_ok(self, status):
        assert not messages.parse(json.dumps({"STATUS": status, "Code": 131}).encode()).ok

    def test_may_lack_when_and_code_or_keep_them_outside(self):
        assert messages.parse(b'{"STATUS":[{"STATUS":"S","Msg":"Summary"}],"SUMMARY":[]}').code is None
        mixed = messages.parse(b'{"STATUS":[{"STATUS":"E","Msg":"no"}],"When":5,"Code":45}')
        assert (mixed.ok, mixed.code, mixed.when, mixed.text) == (False, 45, 5, "no")

    @pytest.mark.parametrize("given, number", [("14", 14), (" 14 ", 14), (14.0, 14), (14, 14), ("-1", -1)])
    def test_takes_numbers_as_strings_and_the_reverse(self, given, number):
        reply = messages.parse(
            json.dumps({"STATUS": "E", "Code": given, "When": given, "Msg": "no"}).encode()
        )
        assert (reply.code, reply.when) == (number, number)

    @pytest.mark.parametrize("given", [14.5, "x", "", True, [], None])
    def test_takes_nothing_else_for_a_number(self, given):
        reply = messages.parse(
            json.dumps({"STATUS": "E", "Code": given, "When": given, "Msg": 14, "Description": 15}).encode()
        )
        assert (reply.code, reply.when, reply.text, reply.description) == (None, None, "", "")

    def test_takes_the_description_where_the_text_is_empty(self):
        assert (
            messages.parse(b'{"STATUS":"S","Msg":"","Description":"whatsminer v1.3"}').text
            == "whatsminer v1.3"
        )

    def test_stays_as_it_is(self):
        with pytest.raises(dataclasses.FrozenInstanceError):
            messages.parse(READY).ok = False

    def test_shows_no_payload_in_its_repr(self):
        reply = messages.parse(b'{"STATUS":"S","Code":134,"Msg":{"salt":"BQ5hoXV9"}}')
        assert "BQ5hoXV9" not in repr(reply) and "134" in repr(reply)
        assert "Elapsed" not in repr(messages.parse(SUMMARY))
        assert "QUJD" not in repr(messages.parse(b"enc|QUJD"))


class TestSealedReply:
    @pytest.mark.parametrize(
        "data",
        [
            b'{"enc":"QUJD"}',
            b'{"enc":1,"data":"QUJD"}',
            b'{"enc":"1","data":"QUJD"}',
            b"enc|QUJD",
            b"enc|QUJD\r\n",
        ],
    )
    def test_is_handed_on_to_be_opened(self, data):
        reply = messages.parse(data)
        assert (reply.ok, reply.sealed, reply.data) == (False, "QUJD", {})

    def test_that_nobody_opens_is_an_error(self):
        assert isinstance(messages.parse(b"enc|QUJD").error(), errors.NotAMiner)

    @pytest.mark.parametrize("data", [b'{"enc":1}', b'{"enc":1,"data":2}', b'{"enc":[]}'])
    def test_that_holds_nothing_is_refused(self, data):
        with pytest.raises(messages.NotAMiner, match="encrypted"):
            messages.parse(data)

    def test_is_none_where_there_is_a_status(self):
        assert messages.parse(b'{"STATUS":"E","Code":23,"Msg":"enc json load err","enc":1}').sealed is None


class TestTextReply:
    def test_of_get_token(self):
        reply = messages.parse(b"1592555626 BQ5hoXV9 jbzkfQls")
        assert (reply.ok, reply.data, reply.body) == (
            True,
            {"time": "1592555626", "salt": "BQ5hoXV9", "newsalt": "jbzkfQls"},
            "1592555626 BQ5hoXV9 jbzkfQls",
        )

    def test_ready_is_ok(self):
        reply = messages.parse(b"ready\r\n")
        assert (reply.ok, reply.text) == (True, "ready")

    def test_of_a_miner_whose_btminer_is_down(self):
        reply = messages.parse(b"Socket connect failed: Connection refused\n")
        assert (reply.ok, reply.text) == (False, "Socket connect failed: Connection refused")
        assert reply.error().__class__ is errors.NotRunning

    def test_of_cgminer(self):
        data = (
            b"STATUS=S,When=1,Code=11,Msg=Summary,Description=cgminer "
            b"4|SUMMARY,Elapsed=7,User=a\\,b\\=c,Note=x,y,|POOL=0,URL=http://h?a=b|\0"
        )
        reply = messages.parse(data)
        assert (reply.ok, reply.code, reply.text, reply.when, reply.description) == (
            True,
            11,
            "Summary",
            1,
            "cgminer 4",
        )
        assert reply.records == [
            {"Elapsed": "7", "User": "a,b=c", "Note": "x,y"},
            {"POOL": "0", "URL": "http://h?a=b"},
        ]
        assert reply.body == data[:-1].decode()

    def test_of_the_daemon_with_its_quotes(self):
        reply = messages.parse(
            b'STATUS="E",When="1594179080",Code="135",Msg="check token, err",Description=""'
        )
        assert (reply.ok, reply.code, reply.when, reply.text, reply.records) == (
            False,
            135,
            1594179080,
            "check token, err",
            [],
        )
        assert reply.error().__class__ is errors.TokenRejected

    @pytest.mark.parametrize(
        "data",
        [
            b"SSH-2.0-dropbear",
            b"HTTP/1.1 400 Bad Request\r\n",
            b"\x15\x03\x01",
            b"readyish",
            b"1 2",
            b"\x1f",
            b"\xff\xfe{",
        ],
    )
    def test_of_another_machine_is_refused_with_an_excerpt(self, data):
        with pytest.raises(messages.NotAMiner) as caught:
            messages.parse(data)
        assert messages.printable(data.rstrip()) in str(caught.value)


class TestError:
    @pytest.mark.parametrize(
        "code, kind",
        [
            (14, errors.UnknownCommand),
            (24, errors.UnknownCommand),
            (45, errors.AccessDenied),
            (132, errors.CommandRefused),
            (135, errors.TokenRejected),
            (136, errors.TokenLimit),
            (137, errors.CommandRefused),
            (999, errors.CommandRefused),
        ],
    )
    def test_is_what_the_code_stands_for(self, code, kind):
        error = messages.parse(json.dumps({"STATUS": "E", "Code": code, "Msg": "no"}).encode()).error()
        assert (type(error), error.code, error.answer) == (kind, code, "no")

    def test_is_a_wrong_password_only_where_the_request_was_sealed(self):
        reply = messages.parse(b'{"STATUS":"E","Code":23,"Msg":"enc json load err"}')
        assert reply.error(sealed=True).__class__ is errors.WrongPassword
        assert reply.error().__class__ is errors.CommandRefused

    def test_without_code_or_text_is_a_refusal(self):
        assert messages.parse(b'{"STATUS":"E"}').error().__class__ is errors.CommandRefused

    def test_shows_the_answer_on_one_short_line(self):
        error = messages.parse(
            json.dumps({"STATUS": "E", "Code": 132, "Msg": "a\n\x1b[2J" + "x" * 500}).encode()
        ).error()
        assert error.answer.startswith("a\\n\\x1b[2Jxx") and len(error.answer) == excerpt.EXCERPT_LENGTH


class TestSplit:
    JOINED = (
        b'{"summary":[{"STATUS":[{"STATUS":"S","Code":11}],"SUMMARY":[{"Elapsed":7}],"id":1}],'
        b'"pools":[{"STATUS":[{"STATUS":"E","Code":14,"Msg":"invalid cmd"}],"id":1}],"id":1}'
    )

    def test_gives_each_command_its_own_reply(self):
        parts = messages.split(messages.parse(self.JOINED), ("summary", "pools"))
        assert list(parts) == ["summary", "pools"]
        assert parts["summary"].records == [{"Elapsed": 7}]
        assert parts["pools"].error().__class__ is errors.UnknownCommand

    def test_gives_only_what_was_asked_and_answered(self):
        assert list(messages.split(messages.parse(self.JOINED), ("devs", "pools"))) == ["pools"]

    def test_takes_a_part_without_its_list_or_without_status(self):
        parts = messages.split(
            messages.parse(b'{"summary":{"SUMMARY":[{"Elapsed":7}]},"edevs":[{"DEVS":[{"Slot":0}]}]}'),
            ("summary", "edevs"),
        )
        assert (parts["summary"].records, parts["edevs"].records) == ([{"Elapsed": 7}], [{"Slot": 0}])

    @pytest.mark.parametrize(
        "data",
        [
            READY,
            b'{"summary":[]}',
            b'{"summary":[1]}',
            b'{"summary":{}}',
            b"[]",
            b"ready",
            b'{"STATUS":"E","Code":14}',
            b"enc|QUJD",
        ],
    )
    def test_of_a_reply_that_holds_no_part_is_empty(self, data):
        assert messages.split(messages.parse(data), ("summary",)) == {}

    @pytest.mark.parametrize(
        "summary",
        [
            '[{"STATUS":"S","Code":131,"Msg":{"Elapsed":7},"Description":""}]',
            '{"STATUS":"S","Code":131,"Msg":{"Elapsed":7}}',
            '[{"STATUS":"S","Msg":[{"Elapsed":7}]}]',
            '[{"STATUS":[{"STATUS":"S","Msg":{"Elapsed":7}}]}]',
            '[{"Elapsed":7}]',
            '{"Elapsed":7}',
        ],
    )
    @pytest.mark.parametrize("pools", ['[{"POOLS":[{"POOL":1},{"POOL":2}]}]', '[{"POOL":1},{"POOL":2}]'])
    @pytest.mark.parametrize(
        "joined", ['{"summary":%s,"pools":%s,"id":1}', '{"STATUS":"S","Msg":{"summary":%s,"pools":%s}}']
    )
    def test_takes_parts_of_any_shape(self, summary, pools, joined):
        parts = messages.split(messages.parse((joined % (summary, pools)).encode()), ("summary", "pools"))
        assert parts["summary"].ok and parts["summary"].records == [{"Elapsed": 7}]
        assert parts["pools"].ok and parts["pools"].records == [{"POOL": 1}, {"POOL": 2}]

    def test_takes_the_answer_to_one_command_alone_for_its_own(self):
        parts = messages.split(messages.parse(SUMMARY), ("summary", "pools"))
        assert list(parts) == ["summary"] and parts["summary"].records == [{"Elapsed": 7}]


class TestRecords:
    """They are found wherever firmware puts them: by what a reply looks like, never by its version."""

    @pytest.mark.parametrize(
        "reply",
        [
            '{"STATUS":[{"STATUS":"S","Code":11,"Msg":"Summary"}],"SUMMARY":[{"a":1}],"id":1}',
            '{"STATUS":[{"STATUS":"S"}],"SUMMARY":{"a":1}}',
            '{"STATUS":"S","Code":131,"Msg":{"a":1},"Description":""}',
            '{"STATUS":"S","Code":131,"Msg":[{"a":1}]}',
            '{"STATUS":[{"STATUS":"S","Msg":{"a":1}}],"id":1}',
            '{"STATUS":[{"STATUS":"S","Msg":[{"a":1}]}],"Msg":"Summary"}',
            '{"STATUS":[{"STATUS":"S","Msg":"Summary"}],"Msg":{"a":1}}',
            '{"STATUS":"S","Msg":{"SUMMARY":[{"a":1}]}}',
            '{"STATUS":"S","Code":131,"When":1,"Description":"","a":1}',
            '{"STATUS":"S","Msg":"Summary","a":1}',
            '{"SUMMARY":[{"a":1}]}',
            '{"a":1}',
            '[{"a":1}]',
        ],
    )
    def test_are_found_in_any_shape(self, reply):
        parsed = messages.parse(reply.encode())
        assert (parsed.ok, parsed.records, parsed.holds) == (True, [{"a": 1}], True)

    @pytest.mark.parametrize(
        "reply",
        ['{"STATUS":"S","Msg":"Summary"}', '{"STATUS":"S","Msg":{}}', '{"STATUS":"S","Code":131}', "{}"],
    )
    def test_are_missing_where_a_reply_really_holds_nothing(self, reply):
        parsed = messages.parse(reply.encode())
        assert (parsed.records, parsed.holds) == ([], False)

    @pytest.mark.parametrize("reply", ['{"STATUS":"S","Msg":[]}', '{"STATUS":[{"STATUS":"S"}],"POOLS":[]}'])
    def test_an_empty_list_says_that_there_are_none(self, reply):
        parsed = messages.parse(reply.encode())
        assert (parsed.records, parsed.holds) == ([], True)

    def test_a_word_beside_the_records_is_text(self):
        parsed = messages.parse(b'{"STATUS":[{"STATUS":"S","Msg":"Summary"}],"Msg":{"a":1}}')
        assert (parsed.text, parsed.data) == ("Summary", {"a": 1})

    def test_a_time_in_milliseconds_is_one_in_seconds(self):
        assert (
            messages.parse(b'{"STATUS":"S","When":1771884065123}').when
            == messages.parse(b'{"STATUS":"S","When":1771884065}').when
        )


class TestDoublyEncoded:
    REFUSAL = '{"STATUS":"E","When":1,"Code":45,"Msg":"permission denied"}'

    def test_a_refusal_in_a_json_string_is_read(self):
        error = messages.parse(json.dumps(self.REFUSAL).encode()).error()
        assert (type(error), error.code) == (errors.AccessDenied, 45)

    def test_an_envelope_in_a_json_string_is_read(self):
        assert messages.parse(json.dumps('{"enc":"QUJD"}').encode()).sealed == "QUJD"

    def test_its_end_is_seen_without_the_end_of_the_connection(self):
        reader = messages.Reader()
        data = json.dumps(self.REFUSAL).encode()
        assert not reader.feed(data[:40]) and reader.feed(data[40:]) and reader.reply().code == 45

    @pytest.mark.parametrize("text", ['"hello"', '""', '"{"', json.dumps("[" * 100)])
    def test_another_text_is_no_reply(self, text):
        with pytest.raises(errors.NotAMiner):
            messages.parse(text.encode())


class TestBounds:
    """What no miner needs isn't kept: it ends the reading as soon as it's seen."""

    @pytest.mark.parametrize(
        "reply",
        [
            json.dumps({"POOLS": [{"URL": "x"}] * 80_000}),
            json.dumps({"POOLS": [{"URL": "x"}] * 5000}),
            json.dumps({"POOLS": [1] * 2000}),
            json.dumps({"a": [[]] * 5000}),
            json.dumps(dict.fromkeys(map(str, range(20_000)), 1)),
            json.dumps({"a": "x" * 20_000}),
            json.dumps({"a": "x" * 300_000}),
            json.dumps({"a": "é" + "x" * 20_000}, ensure_ascii=False).replace("}", ",}"),
        ],
    )
    def test_a_reply_beyond_any_miner_s_is_refused(self, reply):
        with pytest.raises(messages.OversizedReply):
            messages.parse(reply.encode())

    def test_what_is_refused_costs_no_memory(self):
        reply = json.dumps(
            {"STATUS": "S", "POOLS": [{"URL": f"stratum+tcp://p{n}"} for n in range(40_000)]}
        ).encode()
        tracemalloc.start()
        try:
            reader = messages.Reader()
            with pytest.raises(messages.OversizedReply):
                for start in range(0, len(reply), 65536):
                    reader.feed(reply[start : start + 65536])
            assert tracemalloc.get_traced_memory()[1] < 2 * messages.MAX_REPLY_BYTES
        finally:
            tracemalloc.stop()

    def test_what_a_miner_can_have_is_taken(self):
        errors_of_years = [{"218": "2024-06-15 10:30:00", "reason": "power input"}] * 1000
        reply = messages.parse(
            json.dumps(
                {"STATUS": "S", "Msg": {"error_code": errors_of_years, "Debug": "x" * 10_000}}
            ).encode()
        )
        assert len(reply.data["error_code"]) == 1000


class TestPrintable:
    def test_leaves_text_alone(self):
        assert messages.printable('caf\u00e9 \\ "x"') == 'caf\u00e9 \\ "x"'
        assert messages.printable("caf\u00e9".encode()) == "caf\u00e9"

    def test_escapes_what_a_terminal_would_obey(self):
        assert messages.printable(b"a\n\0\x1b[2J\xff") == "a\\n\\x00\\x1b[2J\\xff"
        assert messages.printable("\u202e\ud800") == "\\u202e\\ud800"

    def test_is_short(self):
        assert messages.printable("x" * 120) == "x" * 120
        assert messages.printable("x" * 121) == "x" * 117 + "..."
        assert messages.printable(b"\0" * 10, length=12) == "\\x00\\x00\\..."
        assert messages.printable(bytearray(b"abc"), length=3) == "abc"


# --- Properties ---------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)
OBJECTS = st.dictionaries(TEXT, VALUES, max_size=6)


def sloppily(value, rng):
    """*value* in JSON as firmware writes it: commas too many or missing, pairs in arrays, raw control
    characters.
    """
    if isinstance(value, dict):
        members = [(key, sloppily(item, rng)) for key, item in value.items()]
        return "{" + "".join(f"{written(key, rng)}:{item}{rng.choice(', ')}" for key, item in members) + "}"
    if isinstance(value, list):
        items = [sloppily(item, rng) for item in value]
        return (
            "["
            + "".join(
                (pair(item, rng) or text) + rng.choice((",", " ,\0")) for item, text in zip(value, items)
            )
            + "]"
        )
    if isinstance(value, str):
        return written(value, rng)
    return rng.choice(("nan", "inf", "-inf", "null")) if value is None else json.dumps(value)


def pair(item, rng):
    """An object of one member without its braces, now and then."""
    if isinstance(item, dict) and len(item) == 1 and rng.random() < 0.5:
        ((key, value),) = item.items()
        return f"{written(key, rng)} : {sloppily(value, rng)}"
    return None


def written(text, rng):
    if rng.random() < 0.5:
        return json.dumps(text)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class TestProperties:
    @settings(deadline=PATIENCE)
    @given(OBJECTS, st.randoms(use_true_random=False), st.booleans())
    def test_sound_json_reads_as_json_does_in_any_pieces(self, value, rng, ascii_only):
        data = json.dumps(value, ensure_ascii=ascii_only).encode()
        reader = messages.Reader()
        arrivals = [reader.feed(segment) for segment in fuzz_messages.pieces(data + b"\nrest", rng)]
        assert arrivals[-1] and reader.rest == b"\nrest"
        try:
            assert reader.reply().body == value
        except messages.NotAMiner:
            assert "enc" in value

    @settings(deadline=PATIENCE)
    @given(OBJECTS, st.randoms(use_true_random=False))
    def test_sloppy_json_means_what_sound_json_means(self, value, rng):
        value.pop("enc", None)
        assert body(sloppily(value, rng).encode()) == value

    @settings(deadline=PATIENCE)
    @given(OBJECTS)
    def test_a_reply_without_its_last_brace_is_whole(self, value):
        data = json.dumps({"a": value, "Description": "whatsminer v1.3"}).encode()
        assert read([data[:-1]]).message == data

    @settings(deadline=PATIENCE, max_examples=300)
    @given(st.sampled_from(fuzz_messages.CORPUS), st.randoms(use_true_random=False))
    def test_damaged_replies_are_understood_or_refused_in_any_pieces_alike(self, data, rng):
        fuzz_messages.check(fuzz_messages.mutate(data, rng), rng)

    @settings(deadline=PATIENCE, max_examples=200)
    @given(st.binary(max_size=64), st.randoms(use_true_random=False))
    def test_any_bytes_are_understood_or_refused(self, data, rng):
        fuzz_messages.check(data, rng)
