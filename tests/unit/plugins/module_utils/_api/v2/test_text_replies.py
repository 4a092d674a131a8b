# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a reply says that is no JSON."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import errors
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import NotAMiner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.excerpt import printable
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.reader import parse_reply


class TestTextReply:
    def test_of_get_token(self):
        reply = parse_reply(b"1592555626 BQ5hoXV9 jbzkfQls")
        assert (reply.ok, reply.data, reply.body) == (
            True,
            {"time": "1592555626", "salt": "BQ5hoXV9", "newsalt": "jbzkfQls"},
            "1592555626 BQ5hoXV9 jbzkfQls",
        )

    def test_ready_is_ok(self):
        reply = parse_reply(b"ready\r\n")
        assert (reply.ok, reply.text) == (True, "ready")

    def test_of_a_miner_whose_btminer_is_down(self):
        reply = parse_reply(b"Socket connect failed: Connection refused\n")
        assert (reply.ok, reply.text) == (False, "Socket connect failed: Connection refused")
        assert reply.error().__class__ is errors.NotRunning

    def test_of_cgminer(self):
        data = (
            b"STATUS=S,When=1,Code=11,Msg=Summary,Description=cgminer "
            b"4|SUMMARY,Elapsed=7,User=a\\,b\\=c,Note=x,y,|POOL=0,URL=http://h?a=b|\0"
        )
        reply = parse_reply(data)
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
        reply = parse_reply(b'STATUS="E",When="1594179080",Code="135",Msg="check token, err",Description=""')
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
        with pytest.raises(NotAMiner) as caught:
            parse_reply(data)
        assert printable(data.rstrip()) in str(caught.value)
