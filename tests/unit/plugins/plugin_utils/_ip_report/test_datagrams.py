# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A press of the button is understood in every form in which it may be reported, and nothing else is one."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._ip_report.datagrams import Press, press_of
from hypothesis import given
from hypothesis import strategies as st

MAC = "C4:05:08:00:02:3B"
SENDER = "10.0.0.9"


@pytest.mark.parametrize(
    "data",
    [
        b"IP:192.168.1.10MAC:C4:05:08:00:02:3B",
        b"IP:192.168.1.10MAC:C4:05:08:00:02:3B\0",
        b"IP:192.168.1.10MAC:C4:05:08:00:02:3B\r\n\r\n",
        b"ip:192.168.1.10mac:c4:05:08:00:02:3b",
        b" IP : 192.168.1.10 , MAC : C4-05-08-00-02-3B ",
        b"IP:192.168.1.10,MAC:C405.0800.023B",
        b"IP=192.168.1.10;MAC=C4050800023B",
        b"192.168.1.10,C4:05:08:00:02:3B",
        b"IP Addr:[192.168.1.10] MAC Addr:[c4:05:08:00:02:3b]",
        b'{"mac": "C4:05:08:00:02:3B", "ip": "192.168.1.10", "gateway": "192.168.1.1"}',
        b'{"gateway":"192.168.1.1","IP":"192.168.1.10","MAC":"C4:05:08:00:02:3B"}',
        b"{'macaddr': 'c40508 00023b', 'ipaddr': '192.168.1.10'}",
        "IP:192.168.1.10MAC:C4:05:08:00:02:3B".encode("utf-16-le"),
        b"\xff\xfe\x1b[2JIP:192.168.1.10MAC:C4:05:08:00:02:3B\x80\x81",
        b"WhatsMiner IP:192.168.1.10MAC:C4:05:08:00:02:3BVER:1.2.3.4",
    ],
)
def test_a_press_is_understood_in_each_form(data):
    assert press_of(data, SENDER) == Press(MAC, "192.168.1.10")


@pytest.mark.parametrize(
    "data",
    [
        b"MAC:C4:05:08:00:02:3B",
        b"IP:MAC:C4:05:08:00:02:3B",
        b"IP:0.0.0.0MAC:C4:05:08:00:02:3B",
        b"IP:999.1.1.1MAC:C4:05:08:00:02:3B",
        b"IP:224.0.0.1MAC:C4:05:08:00:02:3B",
        b"IP:1.2.3.4.5MAC:C4:05:08:00:02:3B",
    ],
)
def test_where_no_address_is_told_the_sender_is_taken(data):
    assert press_of(data, SENDER) == Press(MAC, SENDER)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"OK\0\0\0\0\0\0\0\0",
        b"IP:192.168.1.10",
        b"IP:192.168.1.10MAC:",
        b"IP:192.168.1.10MAC:C4:05:08:00:02",
        b"IP:192.168.1.10MAC:C4:05:08:00:02:3B:44",
        b"IP:192.168.1.10MAC:00:00:00:00:00:00",
        b"IP:192.168.1.10MAC:FF:FF:FF:FF:FF:FF",
        b"IP:192.168.1.10MAC:G4:05:08:00:02:3B",
        b"deadbeefdeadbeefdeadbeef",
        b"\x00" * 2000,
        b"A" * 60_000,
        b"mac" * 20_000,
    ],
)
def test_what_is_no_press_is_none(data):
    assert press_of(data, SENDER) is None


@given(st.binary(max_size=300))
def test_whatever_comes_is_a_press_or_none(data):
    found = press_of(data, SENDER)
    assert found is None or len(found.mac) == len(MAC)
