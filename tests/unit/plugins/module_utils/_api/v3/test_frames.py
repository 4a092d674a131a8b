# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Frames of API 3: any pieces give the same ones, and no miner makes us hold more than one."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import errors
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3 import frames
from hypothesis import given
from hypothesis import strategies as st

OK = b'{"code":0,"when":1790000000,"msg":"ok","desc":"set.miner.pools"}'


def pieces_of(data, cuts):
    bounds = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
    return [data[start:end] for start, end in zip(bounds, bounds[1:])]


def drained(reader):
    found = []
    while (body := reader.next_frame()) is not None:
        found.append(body)
    return found


def test_a_frame_is_its_length_in_four_bytes_the_least_first_and_its_json():
    assert frames.frame(b"{}" * 150) == b"\x2c\x01\x00\x00" + b"{}" * 150
    assert frames.HEARTBEAT == b"\0\0\0\0"
    assert frames.header(70000) == struct.pack("<I", 70000)


@given(
    st.lists(
        st.one_of(st.just(b""), st.binary(min_size=1, max_size=40).map(lambda data: b"{" + data + b"}")),
        max_size=8,
    ),
    st.lists(st.integers(min_value=0, max_value=10_000), max_size=30),
)
def test_any_pieces_give_the_frames_that_were_sent_without_heartbeats(bodies, cuts):
    reader = frames.Reader()
    found = []
    for piece in pieces_of(b"".join(map(frames.frame, bodies)), cuts):
        reader.feed(piece)
        found += drained(reader)
    assert found == [body for body in bodies if body]


@given(
    st.lists(st.binary(max_size=60).map(lambda data: b"[" + data + b"]"), min_size=1, max_size=5),
    st.binary(max_size=50),
)
def test_whoever_reads_what_is_missing_reads_frame_by_frame_and_not_a_byte_more(bodies, rest):
    stream = b"".join(map(frames.frame, bodies)) + rest
    reader, position = frames.Reader(), 0
    for body in bodies:
        while (found := reader.next_frame()) is None:
            assert 0 < reader.missing <= len(body) + frames.HEADER_BYTES
            piece = stream[position : position + reader.missing]
            position += len(piece)
            reader.feed(piece)
        assert found == body
    assert stream[position:] == rest
    assert reader.take_rest() == b""


def test_what_comes_behind_a_reply_is_left_for_the_file_that_follows():
    reader = frames.Reader()
    reader.feed(frames.frame(OK) + b"\x1f\x8b\x08\x00 the log")
    assert reader.next_frame() == OK
    assert reader.take_rest() == b"\x1f\x8b\x08\x00 the log"
    assert reader.next_frame() is None


@pytest.mark.parametrize("length", [frames.MAX_FRAME_BYTES + 1, 2**31, 2**32 - 1])
def test_a_length_that_no_reply_has_is_refused_before_anything_is_read(length):
    reader = frames.Reader()
    reader.feed(struct.pack("<I", length))
    with pytest.raises(errors.NotAMiner):
        reader.next_frame()


def test_the_longest_frame_is_taken():
    reader = frames.Reader()
    body = b"[" + b"1" * (frames.MAX_FRAME_BYTES - 2) + b"]"
    reader.feed(frames.frame(body))
    assert reader.next_frame() == body


@given(st.binary(max_size=300), st.lists(st.integers(min_value=0, max_value=300), max_size=6))
def test_no_bytes_make_the_reader_ask_for_more_than_one_frame(data, cuts):
    reader = frames.Reader(limit=100)
    try:
        for piece in pieces_of(data, cuts):
            reader.feed(piece)
            drained(reader)
            assert 1 <= reader.missing <= 100 + frames.HEADER_BYTES
        reader.eof()
    except errors.WhatsminerError as error:
        with pytest.raises(type(error)):  # of no more use, and it says so again
            reader.next_frame()
        with pytest.raises(type(error)):
            reader.eof()


def test_heartbeats_without_end_are_no_answer():
    reader = frames.Reader()
    reader.feed(frames.HEARTBEAT * frames.MAX_HEARTBEATS)
    assert reader.next_frame() is None
    reader.feed(frames.HEARTBEAT)
    with pytest.raises(errors.NotAMiner, match="heartbeats"):
        reader.next_frame()


def test_a_reply_between_heartbeats_is_an_answer():
    reader = frames.Reader()
    reader.feed((frames.HEARTBEAT * frames.MAX_HEARTBEATS + frames.frame(OK)) * 2)
    assert drained(reader) == [OK, OK]


@pytest.mark.parametrize("padded", [OK + b"\0", b"\r\n" + OK + b"\n\0\0"])
def test_blanks_and_the_nul_behind_a_text_are_no_part_of_a_reply(padded):
    reader = frames.Reader()
    reader.feed(frames.frame(padded))
    assert reader.next_frame() == OK


@pytest.mark.parametrize("sent", [b"", frames.HEARTBEAT])
def test_an_end_before_any_reply_is_an_empty_reply(sent):
    reader = frames.Reader()
    reader.feed(sent)
    assert reader.next_frame() is None
    with pytest.raises(errors.EmptyReply):
        reader.eof()


@pytest.mark.parametrize("sent", [b"\x10", frames.header(80), frames.header(80) + OK])
def test_an_end_within_a_frame_is_a_truncated_reply(sent):
    reader = frames.Reader()
    reader.feed(sent)
    assert reader.next_frame() is None
    with pytest.raises(errors.TruncatedReply):
        reader.eof()


def test_the_unframed_words_of_firmware_whose_btminer_is_down_are_understood():
    reader = frames.Reader()
    reader.feed(b"Socket connect failed: Connection refused\n")
    with pytest.raises(errors.NotRunning):
        reader.next_frame()


@pytest.mark.parametrize(
    "sent", [b'{"STATUS":"E","Code":14}', b"HTTP/1.1 400 Bad Request\r\n", b"<html></html>"]
)
def test_what_speaks_something_else_is_named_with_the_port_to_check(sent):
    reader = frames.Reader()
    reader.feed(sent)
    with pytest.raises(errors.NotAMiner) as caught:
        reader.next_frame()
    assert "4433" in str(caught.value) and "4028" not in str(caught.value)
    assert sent[:4].decode() in str(caught.value)
