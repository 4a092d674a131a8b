# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads over API 2: joined where firmware joins, tried again where that helps, bounded in time and size."""

from __future__ import annotations

import errno
import io
import json
import time

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    CommandRefused,
    EmptyReply,
    NotAMiner,
    NotRunning,
    TimedOut,
    UnknownCommand,
    Unreachable,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.json_text import MAX_REPLY_BYTES
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.stream import Stream
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import (
    DEEP,
    GARBAGE,
    MAC,
    NOT_RUNNING,
    POOLS,
    SUMMARY,
    Dribble,
    FakeMiner,
    Silence,
    failure,
    joined,
    refuses,
    says,
)


async def test_joinable_reads_share_one_connection_and_the_others_follow(token_directory):
    async with FakeMiner(
        {"summary+pools": joined(summary=SUMMARY, pools=POOLS), "status": says(msg={"btmineroff": "false"})}
    ) as fake:
        replies = await fake.api2(token_directory).ask("summary", "status", "pools")
    assert fake.asked() == ["summary+pools", "status"]
    assert replies["summary"].records[0]["MAC"] == MAC
    assert replies["pools"].records[0]["User"] == "w"
    assert replies["status"].data == {"btmineroff": "false"}


async def test_a_single_read_is_not_joined(token_directory):
    async with FakeMiner({"summary": SUMMARY}) as fake:
        assert (await fake.api2(token_directory).ask("summary"))["summary"].records
    assert fake.asked() == ["summary"]


@pytest.mark.parametrize("refusal", [refuses(14, "invalid cmd"), says(code=131, msg="what?"), b"[]"])
async def test_firmware_that_does_not_join_is_asked_one_by_one(token_directory, refusal):
    async with FakeMiner({"summary+pools": refusal, "summary": SUMMARY, "pools": POOLS}) as fake:
        replies = await fake.api2(token_directory).ask("summary", "pools")
    assert fake.asked() == ["summary+pools", "summary", "pools"]
    assert replies["summary"].records
    assert replies["pools"].records


async def test_what_a_join_leaves_out_is_asked_for_alone(token_directory):
    async with FakeMiner({"summary+pools": joined(summary=SUMMARY), "pools": POOLS}) as fake:
        replies = await fake.api2(token_directory).ask("summary", "pools")
    assert fake.asked() == ["summary+pools", "pools"]
    assert replies["pools"].records


async def test_garbage_on_a_join_falls_back_to_single_commands(token_directory):
    async with FakeMiner({"summary+pools": GARBAGE, "summary": SUMMARY, "pools": POOLS}) as fake:
        replies = await fake.api2(token_directory, retries=0).ask("summary", "pools")
    assert fake.asked() == ["summary+pools", "summary", "pools"]
    assert replies["summary"].records
    assert replies["pools"].records


async def test_an_error_in_one_part_of_a_join_is_that_command_s(token_directory):
    async with FakeMiner({"summary+pools": joined(summary=SUMMARY, pools=refuses(132))}) as fake:
        replies = await fake.api2(token_directory).ask("summary", "pools")
    assert replies["summary"].records
    assert isinstance(replies["pools"], CommandRefused)
    assert replies["pools"].command == "pools"
    assert fake.connections == 1


@pytest.mark.parametrize("code", [14, 45])
async def test_a_part_that_is_refused_for_being_joined_is_asked_for_alone(token_directory, code):
    async with FakeMiner(
        {"summary+pools": joined(summary=SUMMARY, pools=refuses(code)), "pools": POOLS}
    ) as fake:
        replies = await fake.api2(token_directory).ask("summary", "pools")
    assert replies["summary"].records
    assert replies["pools"].records
    assert fake.asked() == ["summary+pools", "pools"]


@pytest.mark.parametrize(
    "code, text", [(14, "invalid cmd"), (45, "command join err"), (132, "API command ERROR")]
)
async def test_commands_that_are_refused_together_are_asked_one_by_one_and_never_joined_again(
    token_directory, code, text
):
    async with FakeMiner({"summary+pools": refuses(code, text), "summary": SUMMARY, "pools": POOLS}) as fake:
        client = fake.api2(token_directory)
        for _each in range(2):
            replies = await client.ask("summary", "pools")
            assert replies["summary"].records
            assert replies["pools"].records
    assert fake.asked() == ["summary+pools", "summary", "pools", "summary", "pools"]


async def test_boards_are_asked_for_under_the_name_that_the_firmware_knows(token_directory):
    devs = {"STATUS": [{"STATUS": "S"}], "DEVS": [{"Slot": 0}], "id": 1}
    async with FakeMiner({"edevs": refuses(14, "invalid cmd"), "devs": devs}) as fake:
        replies = await fake.api2(token_directory).ask("edevs")
    assert replies["devs"].records == [{"Slot": 0}]
    assert fake.asked() == ["edevs", "devs"]


async def test_an_echo_of_the_request_is_no_answer(token_directory):
    for command in ("summary", "status", "get_miner_info"):
        async with FakeMiner({command: {"cmd": command}}) as fake:
            await failure(fake.api2(token_directory, retries=0).ask(command), NotAMiner)


async def test_btminer_being_down_is_said_of_every_joined_command_and_costs_one_connection(token_directory):
    async with FakeMiner({"summary+pools": NOT_RUNNING, "status": says(msg={"btmineroff": "true"})}) as fake:
        replies = await fake.api2(token_directory).ask("summary", "pools", "status")
    assert isinstance(replies["summary"], NotRunning)
    assert isinstance(replies["pools"], NotRunning)
    assert replies["status"].data == {"btmineroff": "true"}
    assert fake.connections == 2


async def test_a_refused_read_is_an_answer_not_an_exception(token_directory):
    async with FakeMiner({"get_miner_info": refuses(14, "invalid cmd")}) as fake:
        replies = await fake.api2(token_directory).ask("get_miner_info")
    assert isinstance(replies["get_miner_info"], UnknownCommand)
    assert fake.connections == 1


async def test_one_read_that_fails_does_not_spoil_the_others(token_directory):
    async with FakeMiner(
        {"status": says(msg={}), "get_psu": GARBAGE, "get_version": says(msg={"api_ver": "2.0.5"})}
    ) as fake:
        replies = await fake.api2(token_directory).ask("status", "get_psu", "get_version")
    assert isinstance(replies["get_psu"], NotAMiner)
    assert replies["get_version"].data == {"api_ver": "2.0.5"}


@pytest.mark.parametrize("first", [b"", GARBAGE, b'{"STATUS":"S","Code":131,"Msg":{"a', b"\0\0", DEEP])
async def test_a_read_that_fails_is_tried_again(token_directory, first):
    async with FakeMiner({"status": [first, first, says(msg={"btmineroff": "false"})]}) as fake:
        replies = await fake.api2(token_directory, retries=2).ask("status")
    assert replies["status"].data == {"btmineroff": "false"}
    assert fake.connections == 3


@pytest.mark.parametrize("retries", [0, 1, 4])
async def test_a_read_is_tried_again_as_often_as_allowed_and_no_more(token_directory, retries):
    async with FakeMiner() as fake:
        error = await failure(fake.api2(token_directory, retries=retries).ask("status"), NotAMiner)
    assert fake.connections == retries + 1
    assert (error.miner, error.command) == (f"127.0.0.1:{fake.port}", "status")


async def test_a_refused_read_is_not_tried_again(token_directory):
    async with FakeMiner({"status": refuses(45)}) as fake:
        await fake.api2(token_directory).ask("status")
    assert fake.connections == 1


# --- Time and size ------------------------------------------------------------------------------------------


async def test_a_reply_is_whole_at_its_last_brace_though_the_miner_keeps_the_connection(token_directory):
    async with FakeMiner({"status": Silence(json.dumps(says(msg={"btmineroff": "false"})).encode())}) as fake:
        begun = time.monotonic()
        await fake.api2(token_directory, reply_timeout=20).ask("status")
    assert time.monotonic() - begun < 5


async def test_a_reply_byte_by_byte_is_bounded_as_a_whole(token_directory):
    async with FakeMiner({"status": Dribble(b'{"STATUS":"S","Msg":"' + b"x" * 1000, 0.02)}) as fake:
        begun = time.monotonic()
        error = await failure(
            fake.api2(token_directory, reply_timeout=0.2, retries=0).ask("status"), TimedOut
        )
    assert time.monotonic() - begun < 2
    assert "0.2 s" in str(error)


async def test_a_whole_reply_byte_by_byte_is_a_reply(token_directory):
    async with FakeMiner({"status": Dribble(b'{"STATUS":"S","Msg":{"btmineroff":"true"}}\0', 0)}) as fake:
        assert (await fake.api2(token_directory).ask("status"))["status"].data == {"btmineroff": "true"}


async def test_silence_is_a_timeout_and_a_timeout_is_unreachable(token_directory):
    async with FakeMiner({"status": Silence()}) as fake:
        error = await failure(
            fake.api2(token_directory, reply_timeout=0.05, retries=1).ask("status"), TimedOut
        )
    assert isinstance(error, Unreachable)


async def test_a_timeout_of_joined_reads_names_them(token_directory):
    async with FakeMiner({"summary+pools": Silence()}) as fake:
        client = fake.api2(token_directory, reply_timeout=0.05)
        error = await failure(client.ask("summary", "pools", "status"), TimedOut)
    assert ": summary+pools: no whole reply" in str(error)


@pytest.mark.parametrize("command", ["status", "summary"])
async def test_a_timeout_is_waited_for_once_whatever_the_retries(token_directory, command):
    async with FakeMiner({command: Silence(b'{"STATUS":')}) as fake:
        begun = time.monotonic()
        await failure(
            fake.api2(token_directory, reply_timeout=0.3, retries=9).ask(command, "get_version"), TimedOut
        )
    assert time.monotonic() - begun < 0.6
    assert fake.connections == 1


async def test_failures_that_come_late_are_not_repeated_beyond_the_time_that_a_timeout_allows(
    token_directory,
):
    async with FakeMiner({"status": Dribble(b"{" * 6, 0.02)}) as fake:
        error = await failure(
            fake.api2(token_directory, reply_timeout=0.2, retries=9).ask("status"), NotAMiner
        )
    assert error.cause == "truncated_reply"
    assert fake.connections == 2


async def test_reads_beside_one_that_timed_out_wait_together_no_longer_than_that_and_are_still_made(
    token_directory,
):
    answers = {
        "get_psu": Silence(),
        "get_version": Silence(),
        "get_error_code": Silence(),
        "get_miner_info": says(msg={"ip": "a"}),
    }
    async with FakeMiner({"status": says(msg={}), **answers}) as fake:
        begun = time.monotonic()
        replies = await fake.api2(token_directory, reply_timeout=0.5, retries=2).ask("status", *answers)
    assert time.monotonic() - begun < 1.1
    assert replies["get_miner_info"].data == {"ip": "a"}
    assert [command for command, reply in replies.items() if isinstance(reply, TimedOut)] == [
        "get_psu",
        "get_version",
        "get_error_code",
    ]


@pytest.mark.parametrize("endless", [b'{"STATUS":"S","Msg":"', b'{"STATUS":[', b"x"])
async def test_an_oversize_reply_is_cut_off_at_a_megabyte(token_directory, endless):
    taken = []

    def flood(_request):
        taken.append(1)
        return endless + b" " * (4 * MAX_REPLY_BYTES)

    async with FakeMiner({"status": flood}) as fake:
        error = await failure(
            fake.api2(token_directory, reply_timeout=10, retries=0).ask("status"), NotAMiner
        )
    assert "longer than" in error.problem


async def test_a_deeply_nested_reply_is_refused(token_directory):
    async with FakeMiner({"status": b'{"a":' * 5000}) as fake:
        error = await failure(fake.api2(token_directory, retries=0).ask("status"), NotAMiner)
    assert "nested deeper" in error.problem


# --- Logs ---------------------------------------------------------------------------------------------------

LOGS = b"\x1f\x8b" + b"logs" * 50000


@pytest.mark.parametrize("end_of_reply", [b"", b"\0", b"\n"])
@pytest.mark.parametrize("logs", [LOGS, b"\0" + LOGS, b"\n" + LOGS, b"\0"])
async def test_logs_are_whole_whatever_ends_the_reply_before_them_and_whatever_they_begin_with(
    token_directory, end_of_reply, logs
):
    header = json.dumps(says(msg={"logfilelen": str(len(logs))})).encode()
    async with FakeMiner({"download_logs": header + end_of_reply + logs}) as fake:
        file = io.BytesIO()
        assert await fake.client(token_directory).download("download_logs", file) == len(logs)
    assert file.getvalue() == logs


async def test_a_reply_that_a_reset_ends_is_cut_off_and_not_unreachable(token_directory):
    class Reset:
        async def send(self, data, limit):
            pass

        async def receive(self, limit):
            raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")

    with pytest.raises(EmptyReply):
        await Stream(Reset(), 2).reply()
