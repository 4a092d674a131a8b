# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Firmware and logs over API 3: whole, or an error that says how far they came."""

from __future__ import annotations

import io

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import pace
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    AccessDenied,
    CommandRefused,
    TransferFailed,
    WrongPassword,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import (
    Dribble,
    Silence,
    Upload,
    failure,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner3 import (
    Ended,
    FakeMiner3,
    Then,
    info,
    no,
    ok,
)

IMAGE = bytes(range(256)) * 1000
LOGS = b"\x1f\x8b" + b"logs" * 50000
UPDATE, DOWNLOAD = "set.system.update_firmware", "get.log.download"


def takes_file(answer, size=None):
    return FakeMiner3({UPDATE: Upload(answer, size)})


async def sent(fake, token_directory, image=IMAGE, **options):
    """Have *image* sent; return what `upload` returned, and how far it said to be."""
    steps = []
    miner = fake.client(token_directory, **options)
    try:
        return await miner.upload(UPDATE, io.BytesIO(image), len(image), on_progress=steps.append), steps
    finally:
        miner.close()


# --- Firmware -----------------------------------------------------------------------------------------------


async def test_an_image_goes_out_whole_behind_its_length_on_the_same_connection(token_directory):
    async with takes_file(ok()) as fake:
        confirmed, steps = await sent(fake, token_directory)
    assert confirmed
    assert fake.files == [IMAGE]
    assert steps[-1] == len(IMAGE)
    assert fake.asked(signed=True) == [UPDATE]


@pytest.mark.parametrize("answer", [Ended(), Silence(), b"GET / HTTP/1.1\r\n"])
async def test_an_image_that_nothing_answers_is_unconfirmed_and_not_sent_again(token_directory, answer):
    async with takes_file(answer) as fake:
        confirmed, _steps = await sent(fake, token_directory, reply_timeout=0.3)
    assert not confirmed
    assert fake.files == [IMAGE]
    assert fake.asked(signed=True) == [UPDATE]


async def test_an_image_that_the_miner_refuses_has_failed(token_directory):
    async with takes_file(no(-1, "bad image")) as fake:
        error = await failure(sent(fake, token_directory), TransferFailed)
    assert (error.code, error.answer) == (-1, "bad image")
    assert "refused the file" in error.problem


async def test_an_image_that_breaks_off_says_how_far_it_came(token_directory):
    big = bytes(20_000_000)
    async with takes_file(Ended(), size=1000) as fake:
        error = await failure(sent(fake, token_directory, big, reply_timeout=1), TransferFailed)
    assert f"of {len(big)} bytes" in error.problem


async def test_a_file_that_is_shorter_than_was_said_has_failed(token_directory):
    async with takes_file(ok()) as fake:
        miner = fake.client(token_directory)
        error = await failure(miner.upload(UPDATE, io.BytesIO(IMAGE), len(IMAGE) + 1), TransferFailed)
    assert "the file ended" in error.problem


@pytest.mark.parametrize(
    ("options", "answers", "kind"),
    [
        ({"password": "wrong"}, {}, WrongPassword),
        ({}, {UPDATE: no(-1, "busy")}, CommandRefused),
        ({}, {"get.device.info": ok(info(apiswitch="0"))}, AccessDenied),
    ],
)
async def test_no_byte_of_an_image_is_sent_before_the_miner_is_ready(token_directory, options, answers, kind):
    async with FakeMiner3({UPDATE: Upload(ok()), **answers}) as fake:
        await failure(sent(fake, token_directory, **options), kind)
    assert fake.files == []


# --- Logs ---------------------------------------------------------------------------------------------------


async def fetched(fake, token_directory, **options):
    """What `download` returned, and the file."""
    file = io.BytesIO()
    miner = fake.client(token_directory, **options)
    try:
        return await miner.download(DOWNLOAD, file), file.getvalue()
    finally:
        miner.close()


@pytest.mark.parametrize("size", [len(LOGS), str(len(LOGS))])
@pytest.mark.parametrize("rest", [b"", b"and more that isn't part of it"])
async def test_logs_come_whole_also_where_they_begin_in_the_reply_s_packet(token_directory, size, rest):
    def at_once(request):
        return fake.said(ok({"logsize": size}), request) + LOGS + rest

    async with FakeMiner3({DOWNLOAD: at_once}) as fake:
        assert await fetched(fake, token_directory) == (len(LOGS), LOGS)
    assert fake.asked(signed=True) == []


async def test_after_logs_the_connection_is_not_used_again(token_directory):
    async with FakeMiner3({DOWNLOAD: Then([ok({"logsize": len(LOGS)}), LOGS])}) as fake:
        miner = fake.client(token_directory)
        await miner.read("mac")
        await miner.download(DOWNLOAD, io.BytesIO())
        await miner.read("mac")
        assert fake.connections == 2


@pytest.mark.parametrize("end", [Ended(LOGS[:1000]), Silence(LOGS[:1000])])
async def test_logs_that_break_off_say_how_far_they_came(token_directory, end):
    async with FakeMiner3({DOWNLOAD: Then([ok({"logsize": len(LOGS)}), end])}) as fake:
        error = await failure(fetched(fake, token_directory, reply_timeout=0.3), TransferFailed)
    assert f"broke off after 1000 of {len(LOGS)} bytes" in error.problem


@pytest.mark.parametrize("size", [None, "", "many", -1, 2**40, [1], {}, True])
async def test_logs_of_no_sensible_length_are_not_fetched(token_directory, size):
    async with FakeMiner3({DOWNLOAD: Then([ok({"logsize": size}), LOGS])}) as fake:
        error = await failure(fetched(fake, token_directory), TransferFailed)
    assert "how long the file is" in error.problem


async def test_logs_that_come_too_slowly_end_in_a_bounded_time(token_directory, monkeypatch):
    monkeypatch.setattr(pace, "GRACE_SECONDS", 0.3)
    async with FakeMiner3({DOWNLOAD: Then([ok({"logsize": len(LOGS)}), Dribble(LOGS[:100], 0.02)])}) as fake:
        error = await failure(fetched(fake, token_directory, reply_timeout=2), TransferFailed)
    assert "slower than" in error.problem


async def test_refused_logs_are_an_error_of_the_command(token_directory):
    async with FakeMiner3({DOWNLOAD: no(-1, "no logs")}) as fake:
        error = await failure(fetched(fake, token_directory), CommandRefused)
    assert (error.command, error.answer) == (DOWNLOAD, "no logs")
