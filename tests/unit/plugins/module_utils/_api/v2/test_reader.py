# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a reply ends, and what is refused before it does."""

from __future__ import annotations

import contextlib
import json
import random
import time
import tracemalloc

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import errors
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    EmptyReply,
    NotAMiner,
    OversizedReply,
    TruncatedReply,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.excerpt import printable
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.json_text import MAX_REPLY_BYTES
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.reader import (
    ReplyReader,
    parse_reply,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils._api.v2 import fuzz_replies
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils._api.v2.sample_replies import (
    READY,
    SUMMARY,
)
from hypothesis import given, settings
from hypothesis import strategies as st

# Milliseconds for one example: a busy machine may stall, a pattern that tries all ways takes longer.
PATIENCE = 2000

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
    return fuzz_replies.pieces(data, random.Random(len(data)))


def read(segments, **bounds):
    reader = ReplyReader(**bounds)
    for segment in segments:
        reader.feed(segment)
    reader.eof()
    return reader


def body(data):
    return parse_reply(data).body


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
        with pytest.raises(NotAMiner) as caught:
            parse_reply(data)
        assert f'"{data.decode()}"' in str(caught.value)


class TestReader:
    def test_needs_no_end_of_connection_once_the_value_is_whole(self):
        reader = ReplyReader()
        arrivals = [reader.feed(byte) for byte in byte_by_byte(SUMMARY)]
        assert arrivals == [False] * (len(SUMMARY) - 1) + [True]
        assert (reader.message, reader.rest) == (SUMMARY, b"")

    def test_takes_brackets_and_quotes_within_strings_for_text(self):
        data = b'{"a":"}","b":"\\"}","c":"\\\\"}'
        arrivals = [ReplyReader().feed(data[:length]) for length in range(1, len(data) + 1)]
        assert arrivals == [False] * (len(data) - 1) + [True]

    @pytest.mark.parametrize("following", [b"\n", b"\0", b"\nfirst line of a log", b"{", b"\n\0\x1f\x8b"])
    def test_leaves_every_byte_behind_the_last_bracket(self, following):
        reader = ReplyReader()
        assert reader.feed(READY + following)
        assert (reader.message, reader.rest) == (READY, following)

    def test_keeps_what_comes_after_the_reply(self):
        reader = ReplyReader()
        reader.feed(READY + b"a")
        assert reader.feed(b"b") and reader.feed(b"") and reader.eof()
        assert (reader.message, reader.rest) == (READY, b"ab")

    @pytest.mark.parametrize("terminator", [b"\n", b"\0"])
    def test_ends_text_at_newline_or_nul(self, terminator):
        reader = ReplyReader()
        assert not reader.feed(b"1592555626 BQ5hoXV9")
        assert reader.feed(b" jbzkfQls" + terminator + b"more")
        assert (reader.message, reader.rest) == (b"1592555626 BQ5hoXV9 jbzkfQls", b"more")

    @pytest.mark.parametrize("end", ["eof", "timeout"])
    def test_ends_text_with_the_connection_or_the_time(self, end):
        reader = ReplyReader()
        assert not reader.feed(b"Socket connect failed: Connection refused")
        assert getattr(reader, end)()
        assert reader.message == b"Socket connect failed: Connection refused"

    @pytest.mark.parametrize("end", ["eof", "timeout"])
    def test_mends_a_reply_without_its_last_brace(self, end):
        reader = ReplyReader()
        assert not reader.feed(READY[:-1])
        assert (reader.message, reader.rest) == (None, b"")
        assert getattr(reader, end)()
        assert (reader.message, reader.rest) == (READY, b"")

    @pytest.mark.parametrize("received", [b"", b"\0", b" \r\n"])
    def test_says_so_when_nothing_came(self, received):
        with pytest.raises(EmptyReply):
            read([received])

    @pytest.mark.parametrize("length", range(1, len(SUMMARY) - 1))
    def test_says_so_when_the_reply_broke_off(self, length):
        reader = ReplyReader()
        reader.feed(SUMMARY[:length])
        try:
            reader.eof()
        except TruncatedReply as error:
            assert printable(SUMMARY[:length]) in str(error)
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
        with pytest.raises(TruncatedReply):
            read([data])

    @pytest.mark.parametrize(
        "data", [b'{"STATUS":"E","Code":13', b'{"power":34', b'{"a":1.', b'{"myid":1', b'{"a":"id":1']
    )
    def test_trusts_no_number_that_the_end_may_have_cut(self, data):
        with pytest.raises(TruncatedReply):
            read([data])

    def test_gives_no_reply_before_it_is_whole(self):
        reader = ReplyReader()
        reader.feed(READY[:-1])
        with pytest.raises(RuntimeError):
            reader.reply()

    @pytest.mark.parametrize("data", [b'{"a":"12345"}', b"x" * 13, b" " * 13, b'{"a":' + b"1" * 8])
    def test_is_bounded_in_size(self, data):
        within = ReplyReader(limit=13)
        within.feed(data)  # to the limit and no further
        with pytest.raises(NotAMiner, match="longer than 12 bytes"):
            ReplyReader(limit=12).feed(data)

    def test_refuses_too_much_before_it_is_whole(self):
        reader = ReplyReader(limit=12)
        reader.feed(b'{"a":"12345')
        with pytest.raises(NotAMiner):
            reader.feed(b"67")

    def test_does_not_count_what_follows_the_reply(self):
        assert ReplyReader(limit=len(READY)).feed(READY + b"x" * 1000)

    def test_is_bounded_in_depth(self):
        reader = ReplyReader(depth=3)
        assert not reader.feed(b'{"a":[[')
        with pytest.raises(NotAMiner, match="deeper than 3 levels"):
            reader.feed(b"{")

    def test_counts_depth_not_brackets(self):
        assert ReplyReader(depth=2).feed(b"[" + b"{}," * 100 + b"{}]")

    def test_refuses_by_default_a_megabyte_and_32_levels(self):
        with pytest.raises(NotAMiner):
            ReplyReader().feed(b"x" * (1024 * 1024 + 1))
        assert not ReplyReader().feed(b"[" * 32)
        with pytest.raises(NotAMiner):
            ReplyReader().feed(b"[" * 33)

    @pytest.mark.parametrize("data", [b'{"a":"%b"}', b'{"a":[%b]}', b'{"a":"\\"%b', b"%b"])
    def test_looks_at_each_byte_once_however_small_the_pieces(self, data):
        def seconds(length):
            reader, segments = ReplyReader(), byte_by_byte(data.replace(b"%b", b"1" * length))
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
        with contextlib.suppress(NotAMiner):
            parse_reply(data)
        # A few milliseconds, or ten seconds where a pattern tries all ways.
        assert time.process_time() - started < 1

    def test_reads_a_text_of_escapes(self):
        data = b'{"a":"' + b"\\x" * 8000 + b'"}'
        assert body(data) == {"a": "\\x" * 8000}


class TestDoublyEncoded:
    REFUSAL = '{"STATUS":"E","When":1,"Code":45,"Msg":"permission denied"}'

    def test_a_refusal_in_a_json_string_is_read(self):
        error = parse_reply(json.dumps(self.REFUSAL).encode()).error()
        assert (type(error), error.code) == (errors.AccessDenied, 45)

    def test_an_envelope_in_a_json_string_is_read(self):
        assert parse_reply(json.dumps('{"enc":"QUJD"}').encode()).sealed == "QUJD"

    @pytest.mark.parametrize("data", [json.dumps(REFUSAL).encode(), b'"hello"'])
    def test_ends_with_its_string_whatever_comes_behind(self, data):
        for behind in (b"},{", b'"', b"\n[", b'""'):
            reader = ReplyReader()
            assert reader.feed(data + behind) and reader.message == data and reader.rest == behind

    def test_its_end_is_seen_without_the_end_of_the_connection(self):
        reader = ReplyReader()
        data = json.dumps(self.REFUSAL).encode()
        assert not reader.feed(data[:40]) and reader.feed(data[40:]) and reader.reply().code == 45

    @pytest.mark.parametrize("text", ['"hello"', '""', '"{"', json.dumps("[" * 100)])
    def test_another_text_is_no_reply(self, text):
        with pytest.raises(errors.NotAMiner):
            parse_reply(text.encode())


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
            json.dumps({"x" * 20_000: 1}),
            json.dumps([{"a": [{"x" * 20_000: 1}]}]),
            "{" + " ".join(f'"{number}":1' for number in range(21_000)) + "}",  # no comma counts them
            "STATUS=S," + "a=," * 20_000,
            "STATUS=S|" + "a=|" * 5000,
        ],
    )
    def test_a_reply_beyond_any_miner_s_is_refused(self, reply):
        with pytest.raises(OversizedReply):
            parse_reply(reply.encode())

    def test_what_is_refused_costs_no_memory(self):
        reply = json.dumps(
            {"STATUS": "S", "POOLS": [{"URL": f"stratum+tcp://p{n}"} for n in range(40_000)]}
        ).encode()
        tracemalloc.start()
        try:
            reader = ReplyReader()
            with pytest.raises(OversizedReply):
                for start in range(0, len(reply), 65536):
                    reader.feed(reply[start : start + 65536])
            assert tracemalloc.get_traced_memory()[1] < 2 * MAX_REPLY_BYTES
        finally:
            tracemalloc.stop()

    def test_what_a_miner_can_have_is_taken(self):
        errors_of_years = [{"218": "2024-06-15 10:30:00", "reason": "power input"}] * 1000
        reply = parse_reply(
            json.dumps(
                {"STATUS": "S", "Msg": {"error_code": errors_of_years, "Debug": "x" * 10_000}}
            ).encode()
        )
        assert len(reply.data["error_code"]) == 1000


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
        reader = ReplyReader()
        arrivals = [reader.feed(segment) for segment in fuzz_replies.pieces(data + b"\nrest", rng)]
        assert arrivals[-1] and reader.rest == b"\nrest"
        try:
            assert reader.reply().body == value
        except NotAMiner:
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
    @given(st.sampled_from(fuzz_replies.CORPUS), st.randoms(use_true_random=False))
    def test_damaged_replies_are_understood_or_refused_in_any_pieces_alike(self, data, rng):
        fuzz_replies.check(fuzz_replies.mutate(data, rng), rng)

    @settings(deadline=PATIENCE, max_examples=200)
    @given(st.binary(max_size=64), st.randoms(use_true_random=False))
    def test_any_bytes_are_understood_or_refused(self, data, rng):
        fuzz_replies.check(data, rng)
