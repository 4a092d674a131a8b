# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a reply says, in each of its forms."""

from __future__ import annotations

import dataclasses
import json

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import errors, excerpt
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import NotAMiner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.reader import parse_reply
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.replies import split_joined
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils._api.v2.sample_replies import (
    READY,
    SUMMARY,
)


class TestReply:
    def test_of_btminer(self):
        reply = parse_reply(SUMMARY)
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
        assert parse_reply(
            b'{"STATUS":[{"STATUS":"S"}],"%b":[{"a":1},{"a":2}],"id":1}' % name.encode()
        ).records == [{"a": 1}, {"a": 2}]

    def test_holds_only_objects_as_records(self):
        assert parse_reply(b'{"STATUS":[{"STATUS":"S"}],"DEVS":[{"a":1},2,"x",[]]}').records == [{"a": 1}]
        assert parse_reply(b'{"STATUS":[{"STATUS":"S"}],"DEVS":"x"}').records == []

    def test_of_the_daemon_with_a_text(self):
        reply = parse_reply(READY)
        assert (reply.ok, reply.code, reply.text, reply.when, reply.description) == (
            True,
            131,
            "ready",
            1594179080,
            "whatsminer v1.3",
        )
        assert (reply.data, reply.records) == ({}, [])

    def test_of_the_daemon_with_an_object(self):
        reply = parse_reply(
            b'{"STATUS":"S","When":1603280777,"Code":131,"Msg":{"logfilelen":"12"},"Description":"whatsminer '
            b'v1.3"}'
        )
        assert (reply.data, reply.text) == ({"logfilelen": "12"}, "whatsminer v1.3")

    @pytest.mark.parametrize("code", [131, 133, 134, 999])
    def test_of_get_token_is_ok_with_any_code(self, code):
        reply = parse_reply(
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
        reply = parse_reply(json.dumps(bare).encode())
        assert (reply.ok, reply.data, reply.code, reply.text) == (True, bare, None, "")

    def test_of_a_bare_list_is_its_body(self):
        reply = parse_reply(b'[{"218":"2024-06-15 10:30:00"}]')
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
        assert parse_reply(json.dumps({"STATUS": status, "Code": 131}).encode()).ok is ok
        assert parse_reply(json.dumps({"STATUS": [{"STATUS": status, "Code": 131}]}).encode()).ok is ok

    @pytest.mark.parametrize("status", [[], [{}], [{"Code": 131}], {}, None, 1, [1]])
    def test_with_a_status_that_says_nothing_is_not_ok(self, status):
        assert not parse_reply(json.dumps({"STATUS": status, "Code": 131}).encode()).ok

    def test_may_lack_when_and_code_or_keep_them_outside(self):
        assert parse_reply(b'{"STATUS":[{"STATUS":"S","Msg":"Summary"}],"SUMMARY":[]}').code is None
        mixed = parse_reply(b'{"STATUS":[{"STATUS":"E","Msg":"no"}],"When":5,"Code":45}')
        assert (mixed.ok, mixed.code, mixed.when, mixed.text) == (False, 45, 5, "no")

    @pytest.mark.parametrize("given, number", [("14", 14), (" 14 ", 14), (14.0, 14), (14, 14), ("-1", -1)])
    def test_takes_numbers_as_strings_and_the_reverse(self, given, number):
        reply = parse_reply(json.dumps({"STATUS": "E", "Code": given, "When": given, "Msg": "no"}).encode())
        assert (reply.code, reply.when) == (number, number)

    @pytest.mark.parametrize("given", [14.5, "x", "", True, [], None])
    def test_takes_nothing_else_for_a_number(self, given):
        reply = parse_reply(
            json.dumps({"STATUS": "E", "Code": given, "When": given, "Msg": 14, "Description": 15}).encode()
        )
        assert (reply.code, reply.when, reply.text, reply.description) == (None, None, "", "")

    def test_takes_the_description_where_the_text_is_empty(self):
        assert (
            parse_reply(b'{"STATUS":"S","Msg":"","Description":"whatsminer v1.3"}').text == "whatsminer v1.3"
        )

    def test_stays_as_it_is(self):
        with pytest.raises(dataclasses.FrozenInstanceError):
            parse_reply(READY).ok = False

    def test_shows_no_payload_in_its_repr(self):
        reply = parse_reply(b'{"STATUS":"S","Code":134,"Msg":{"salt":"BQ5hoXV9"}}')
        assert "BQ5hoXV9" not in repr(reply) and "134" in repr(reply)
        assert "Elapsed" not in repr(parse_reply(SUMMARY))
        assert "QUJD" not in repr(parse_reply(b"enc|QUJD"))


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
        reply = parse_reply(data)
        assert (reply.ok, reply.sealed, reply.data) == (False, "QUJD", {})

    def test_that_nobody_opens_is_an_error(self):
        assert isinstance(parse_reply(b"enc|QUJD").error(), errors.NotAMiner)

    @pytest.mark.parametrize("data", [b'{"enc":1}', b'{"enc":1,"data":2}', b'{"enc":[]}'])
    def test_that_holds_nothing_is_refused(self, data):
        with pytest.raises(NotAMiner, match="encrypted"):
            parse_reply(data)

    def test_is_none_where_there_is_a_status(self):
        assert parse_reply(b'{"STATUS":"E","Code":23,"Msg":"enc json load err","enc":1}').sealed is None


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
        error = parse_reply(json.dumps({"STATUS": "E", "Code": code, "Msg": "no"}).encode()).error()
        assert (type(error), error.code, error.answer) == (kind, code, "no")

    def test_is_a_wrong_password_only_where_the_request_was_sealed(self):
        reply = parse_reply(b'{"STATUS":"E","Code":23,"Msg":"enc json load err"}')
        assert reply.error(sealed=True).__class__ is errors.WrongPassword
        assert reply.error().__class__ is errors.CommandRefused

    def test_without_code_or_text_is_a_refusal(self):
        assert parse_reply(b'{"STATUS":"E"}').error().__class__ is errors.CommandRefused

    def test_shows_the_answer_on_one_short_line(self):
        error = parse_reply(
            json.dumps({"STATUS": "E", "Code": 132, "Msg": "a\n\x1b[2J" + "x" * 500}).encode()
        ).error()
        assert error.answer.startswith("a\\n\\x1b[2Jxx") and len(error.answer) == excerpt.EXCERPT_LENGTH


class TestSplit:
    JOINED = (
        b'{"summary":[{"STATUS":[{"STATUS":"S","Code":11}],"SUMMARY":[{"Elapsed":7}],"id":1}],'
        b'"pools":[{"STATUS":[{"STATUS":"E","Code":14,"Msg":"invalid cmd"}],"id":1}],"id":1}'
    )

    def test_gives_each_command_its_own_reply(self):
        parts = split_joined(parse_reply(self.JOINED), ("summary", "pools"))
        assert list(parts) == ["summary", "pools"]
        assert parts["summary"].records == [{"Elapsed": 7}]
        assert parts["pools"].error().__class__ is errors.UnknownCommand

    def test_gives_only_what_was_asked_and_answered(self):
        assert list(split_joined(parse_reply(self.JOINED), ("devs", "pools"))) == ["pools"]

    def test_takes_a_part_without_its_list_or_without_status(self):
        parts = split_joined(
            parse_reply(b'{"summary":{"SUMMARY":[{"Elapsed":7}]},"edevs":[{"DEVS":[{"Slot":0}]}]}'),
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
        assert split_joined(parse_reply(data), ("summary",)) == {}

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
        parts = split_joined(parse_reply((joined % (summary, pools)).encode()), ("summary", "pools"))
        assert parts["summary"].ok and parts["summary"].records == [{"Elapsed": 7}]
        assert parts["pools"].ok and parts["pools"].records == [{"POOL": 1}, {"POOL": 2}]

    def test_takes_the_answer_to_one_command_alone_for_its_own(self):
        parts = split_joined(parse_reply(SUMMARY), ("summary", "pools"))
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
        parsed = parse_reply(reply.encode())
        assert (parsed.ok, parsed.records, parsed.holds) == (True, [{"a": 1}], True)

    @pytest.mark.parametrize(
        "reply",
        ['{"STATUS":"S","Msg":"Summary"}', '{"STATUS":"S","Msg":{}}', '{"STATUS":"S","Code":131}', "{}"],
    )
    def test_are_missing_where_a_reply_really_holds_nothing(self, reply):
        parsed = parse_reply(reply.encode())
        assert (parsed.records, parsed.holds) == ([], False)

    @pytest.mark.parametrize("reply", ['{"STATUS":"S","Msg":[]}', '{"STATUS":[{"STATUS":"S"}],"POOLS":[]}'])
    def test_an_empty_list_says_that_there_are_none(self, reply):
        parsed = parse_reply(reply.encode())
        assert (parsed.records, parsed.holds) == ([], True)

    def test_a_word_beside_the_records_is_text(self):
        parsed = parse_reply(b'{"STATUS":[{"STATUS":"S","Msg":"Summary"}],"Msg":{"a":1}}')
        assert (parsed.text, parsed.data) == ("Summary", {"a": 1})

    def test_a_time_in_milliseconds_is_one_in_seconds(self):
        assert (
            parse_reply(b'{"STATUS":"S","When":1771884065123}').when
            == parse_reply(b'{"STATUS":"S","When":1771884065}').when
        )


@pytest.mark.parametrize("code", ["1e308", "1" * 40, '"%s"' % ("1" * 40)])
def test_a_number_that_no_code_has_is_no_code(code):
    reply = parse_reply(b'{"STATUS":"E","Code":%b,"When":%b,"Msg":"no"}' % (code.encode(), code.encode()))
    assert (reply.ok, reply.code, reply.when, reply.text) == (False, None, None, "no")
