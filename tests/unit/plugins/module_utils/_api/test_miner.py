# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One miner: reads are joined and retried, a write is sent once, the right machine is meant, and no secret
leaves.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import re
import socket
import time
import traceback

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import miner as miner_of
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import network
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    AccessDenied,
    BadParameter,
    CommandRefused,
    NotAMiner,
    NotRunning,
    OutcomeUnknown,
    TimedOut,
    TokenLimit,
    TokenRejected,
    TransferFailed,
    UnknownCommand,
    Unreachable,
    WhatsminerError,
    WrongMachine,
    WrongPassword,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.json_text import MAX_REPLY_BYTES
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.reader import parse_reply
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import (
    BUDGET,
    Tokens,
)
from ansible_collections.minerops.whatsminer.plugins.modules import whatsminer_command, whatsminer_facts
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import (
    MAC,
    NOT_RUNNING,
    PASSWORD,
    POOLS,
    SUMMARY,
    Dribble,
    FakeMiner,
    Sealed,
    Silence,
    refuses,
    says,
)

OTHER_MAC = "C4:05:08:00:02:3C"
DEEP = b'{"a":' * 100 + b"1" + b"}" * 100
NOISE = b'{"enc":"%s"}' % (b"A" * 64)  # sealed, but with none of this miner's keys
GARBAGE = b"HTTP/1.1 400 Bad Request\r\n\r\n"


def joined(**parts):
    return {**{name: [part] for name, part in parts.items()}, "id": 1}


async def failure(awaitable, kind=WhatsminerError):
    with pytest.raises(kind) as caught:
        await awaitable
    return caught.value


# --- Reads --------------------------------------------------------------------------------------------------


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
        client = fake.client(token_directory)
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


async def test_a_miner_that_shows_its_mac_elsewhere_than_in_summary_is_recognised_by_one_look_more(
    token_directory,
):
    answers = {"summary": says(msg={"MHS av": 1, "Uptime": 9}), "get_miner_info": says(msg={"mac": MAC})}
    async with FakeMiner(answers) as fake:
        client = fake.client(token_directory, mac=MAC)
        for _each in range(2):
            _replies, known = await client.read("summary")
            assert known["uptime_seconds"] == 9
    assert fake.asked() == ["summary", "get_miner_info", "summary"]


async def test_a_miner_that_is_not_pinned_needs_no_look_more(token_directory):
    async with FakeMiner({"summary": says(msg={"MHS av": 1})}) as fake:
        await fake.client(token_directory).read("summary")
    assert fake.asked() == ["summary"]


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


async def test_retries_back_off_ever_longer(token_directory, monkeypatch):
    pauses = []

    async def sleep(seconds):
        pauses.append(seconds)

    monkeypatch.setattr(miner_of, "BACK_OFF_SECONDS", 1.0)
    async with FakeMiner() as fake:
        client = fake.client(token_directory, retries=3)
        monkeypatch.setattr(asyncio, "sleep", sleep)
        await failure(client.ask("status"))
    assert [round(pause / 1.0) for pause in pauses[:2]] == [1, 2]
    assert 3.2 <= pauses[2] <= 4.8
    assert len(pauses) == 3


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


async def test_a_connection_that_does_not_come_about_is_waited_for_once(token_directory, monkeypatch):
    dialled = []

    async def connect(address, port, limit):
        dialled.append(port)
        await asyncio.sleep(limit)
        raise TimeoutError

    monkeypatch.setattr(network, "connect", connect)
    client = Miner("192.0.2.1", connect_timeout=0.05, retries=9, tokens=Tokens(token_directory))
    await failure(client.ask("status"), Unreachable)
    assert len(dialled) == 1


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


# --- The pace of transfers ----------------------------------------------------------------------------------


class Time:
    """A clock that goes on only when it's told."""

    now = 1000.0

    def __call__(self):
        return self.now


class Slow:
    """A connection over which *size* bytes go in each step, which takes *seconds*."""

    def __init__(self, clock, size, seconds):
        self.clock, self.size, self.seconds = clock, size, seconds
        self.open = True

    async def _step(self, limit):
        self.clock.now += min(self.seconds, limit)
        if self.seconds > limit:
            raise TimeoutError

    async def receive(self, limit):
        await self._step(limit)
        return b"x" * self.size

    async def send(self, data, limit):
        self.seconds = self.seconds and len(data) / self.size
        await self._step(limit)

    def close(self):
        self.open = False


@pytest.fixture
def transfer(token_directory, monkeypatch):
    """transfer(size, seconds): a Miner that took the command for a transfer, the connection for the bytes,
    and the clock.
    """

    def begin(size, seconds):
        clock = Time()
        connection = Slow(clock, size, seconds)
        client = Miner("192.0.2.1", password=PASSWORD, reply_timeout=10, tokens=Tokens(token_directory))

        @contextlib.asynccontextmanager
        async def dialogue(command, params):
            async with miner_of.Stream(connection, client.reply_timeout) as stream:
                yield stream, parse_reply(json.dumps({"logfilelen": "1000000"}).encode())

        monkeypatch.setattr(client, "_dialogue", dialogue)
        monkeypatch.setattr(network, "Pace", lambda really=network.Pace: really(clock))
        return client, connection, clock

    return begin


async def test_logs_that_come_a_byte_a_second_end_after_the_grace(transfer):
    client, connection, clock = transfer(1, 1)
    error = await failure(client.download("download_logs", io.BytesIO()), TransferFailed)
    assert "slower than 8 KiB/s" in str(error)
    assert clock.now - Time.now == pytest.approx(network.GRACE_SECONDS, abs=0.1)
    assert not connection.open


@pytest.mark.parametrize("rate", [network.LEAST_BYTES_PER_SECOND // 2, network.LEAST_BYTES_PER_SECOND * 2])
async def test_a_transfer_of_a_known_size_ends_in_a_known_time(transfer, rate):
    client, _connection, clock = transfer(rate, 1)
    with contextlib.suppress(TransferFailed):
        await client.download("download_logs", io.BytesIO())
    assert clock.now - Time.now <= network.GRACE_SECONDS + 1000000 / network.LEAST_BYTES_PER_SECOND


async def test_logs_at_the_least_rate_come_whole(transfer):
    client, _connection, _clock = transfer(network.LEAST_BYTES_PER_SECOND, 1)
    file = io.BytesIO()
    assert await client.download("download_logs", file) == len(file.getvalue()) == 1000000


async def test_logs_that_stop_in_the_middle_end_with_the_reply_timeout_and_are_not_called_slow(transfer):
    client, connection, clock = transfer(100000, 1)
    error = await failure(client.download("download_logs", Stopping(connection)), TransferFailed)
    assert "broke off after 300000 of 1000000 bytes" in str(error)
    assert "slower" not in str(error)
    assert clock.now - Time.now == 3 + client.reply_timeout


class Stopping(io.BytesIO):
    """A file after whose third piece the connection goes silent."""

    def __init__(self, connection):
        super().__init__()
        self.connection = connection

    def write(self, data):
        super().write(data)
        if self.tell() == 300000:
            self.connection.seconds = 3600


async def test_an_image_that_is_taken_too_slowly_ends_in_a_bounded_time_saying_how_far_it_came(transfer):
    size = 10_000_000
    client, connection, clock = transfer(network.LEAST_BYTES_PER_SECOND * 0.9, 1)
    error = await failure(client.upload("update_firmware", io.BytesIO(bytes(size)), size), TransferFailed)
    assert re.search("broke off after [0-9]+ of 10000000 bytes: slower than 8 KiB/s", str(error))
    assert clock.now - Time.now <= network.GRACE_SECONDS + size / network.LEAST_BYTES_PER_SECOND
    assert not connection.open


async def test_an_image_that_is_taken_at_twice_the_least_rate_goes_out_whole(transfer):
    size = 10_000_000
    client, _connection, _clock = transfer(network.LEAST_BYTES_PER_SECOND * 2, 1)
    sent = []
    await client.upload("update_firmware", io.BytesIO(bytes(size)), size, progress=sent.append)
    assert sent[-1] == size


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


async def test_nobody_listening_is_unreachable_and_tried_again(token_directory, monkeypatch):
    opened = []
    really = network.connect

    async def connect(*args):
        opened.append(args)
        return await really(*args)

    async with FakeMiner() as fake:
        client = fake.client(token_directory, retries=2)
    monkeypatch.setattr(network, "connect", connect)
    error = await failure(client.ask("status"), Unreachable)
    assert not isinstance(error, TimedOut)
    assert len(opened) == 3
    assert str(error).startswith(f"127.0.0.1:{fake.port}: status: no connection: ")


async def test_a_connection_that_does_not_come_about_is_given_up(token_directory):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as clients:
        for _each in range(3):  # what the backlog doesn't take is neither accepted nor refused
            client = clients.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        client = Miner(*full.getsockname(), connect_timeout=0.05, retries=0, tokens=Tokens(token_directory))
        assert "no connection within 0.05 s" in str(await failure(client.ask("status"), Unreachable))


async def test_a_name_that_nobody_answers_for_is_given_up(token_directory, monkeypatch):
    async def never(*args, **kwargs):
        await asyncio.sleep(60)

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    client = Miner("miner.example", connect_timeout=0.05, retries=0, tokens=Tokens(token_directory))
    assert "no connection within 0.05 s" in str(await failure(client.ask("status"), Unreachable))


async def test_a_miner_is_found_by_its_name(token_directory):
    async with FakeMiner({"status": says()}) as fake:
        client = Miner("localhost", port=fake.port, retries=0, tokens=Tokens(token_directory))
        assert (await client.ask("status"))["status"].ok


@pytest.mark.parametrize("address", ["a..b", "a" * 70 + ".example", "no\0pe", ""])
async def test_an_address_that_can_not_be_one_is_unreachable(token_directory, address):
    await failure(
        Miner(address, port=9, retries=0, tokens=Tokens(token_directory)).ask("status"), Unreachable
    )


# --- cmd and command ----------------------------------------------------------------------------------------


def knows_only_command(reply):
    return lambda request: reply if "command" in request.params else refuses(24, "Missing JSON 'command'")


async def test_firmware_that_knows_only_the_key_command_is_asked_with_that_from_then_on(token_directory):
    async with FakeMiner({"status": knows_only_command(says(msg={}))}) as fake:
        client = fake.client(token_directory)
        for _each in range(2):
            await client.ask("status")
    assert [list(request.params) for request in fake.requests] == [["cmd"], ["command"], ["command"]]


async def test_a_sealed_order_switches_keys_too_and_takes_no_further_token(token_directory):
    async with FakeMiner({"reboot": knows_only_command(says())}) as fake:
        await fake.client(token_directory).send("reboot")
    assert fake.asked() == ["get_token", "reboot", "reboot"]
    assert [list(request.params) for request in fake.requests[1:]] == [["token", "cmd"], ["token", "command"]]


async def test_firmware_that_misses_both_keys_is_not_asked_for_ever(token_directory):
    async with FakeMiner({"status": refuses(24), "reboot": refuses(24)}) as fake:
        client = fake.client(token_directory)
        assert isinstance((await client.ask("status"))["status"], UnknownCommand)
        await failure(client.send("reboot"), UnknownCommand)
    assert fake.asked() == ["status", "status", "get_token", "reboot"]


# --- Orders -------------------------------------------------------------------------------------------------


async def test_an_order_is_sealed_signed_and_holds_the_parameters_as_the_document_types_them(token_directory):
    async with FakeMiner({"set_power_pct": says(), "set_led": says()}) as fake:
        client = fake.client(token_directory)
        await client.send("set_power_pct", {"percent": 80})
        await client.send("set_led", {"color": "red", "period": 200, "duration": 100, "start": 0})
    sign = fake.tokens[0][0]
    assert [request.params for request in fake.requests[1:]] == [
        {"token": sign, "cmd": "set_power_pct", "percent": "80"},
        {"token": sign, "cmd": "set_led", "color": "red", "period": 200, "duration": 100, "start": 0},
    ]


async def test_forty_orders_take_one_token(token_directory):
    async with FakeMiner({"ssh_open": says()}) as fake:
        for _each in range(20):
            client = fake.client(token_directory)  # each as in a process of its own
            for _each in range(2):
                await client.send("ssh_open")
    assert fake.asked().count("get_token") == 1
    assert fake.asked().count("ssh_open") == 40


@pytest.mark.parametrize("padding", ["zero", "pkcs7"])
@pytest.mark.parametrize("form", ["enc", "data", "text"])
@pytest.mark.parametrize("msg", ["API command OK", "x" * 13, "é" * 20])
async def test_sealed_replies_are_opened_in_every_form(token_directory, padding, form, msg):
    async with FakeMiner({"ssh_open": Sealed(says(msg=msg), padding, form)}) as fake:
        assert (await fake.client(token_directory).send("ssh_open")).text == msg


@pytest.mark.parametrize("wrap", [lambda reply: reply, Sealed], ids=["plain", "sealed"])
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (14, UnknownCommand),
        (45, AccessDenied),
        (132, CommandRefused),
        (136, TokenLimit),
        (137, CommandRefused),
        (99, CommandRefused),
    ],
)
async def test_a_refused_order_is_sent_once_and_the_error_is_the_code_s_plain_or_sealed(
    token_directory, wrap, code, kind
):
    async with FakeMiner({"ssh_open": wrap(refuses(code, "because"))}) as fake:
        error = await failure(fake.client(token_directory).send("ssh_open"), kind)
    assert fake.asked() == ["get_token", "ssh_open"]
    assert (error.code, error.answer, error.command) == (code, "because", "ssh_open")


async def test_btminer_being_down_refuses_an_order(token_directory):
    async with FakeMiner({"update_pools": NOT_RUNNING, "ssh_open": NOT_RUNNING}) as fake:
        await failure(fake.client(token_directory).send("ssh_open"), NotRunning)


async def test_nothing_is_sent_for_a_bad_parameter(token_directory):
    async with FakeMiner() as fake:
        error = await failure(
            fake.client(token_directory).send("set_power_pct", {"percent": 101}), BadParameter
        )
    assert fake.connections == 0
    assert "nothing was sent" in str(error)


async def test_without_a_password_no_token_is_asked_for(token_directory):
    async with FakeMiner({"ssh_open": says()}) as fake:
        await failure(fake.client(token_directory, password="").send("ssh_open"), WrongPassword)
    assert fake.connections == 0


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0",
        b'{"STATUS":"S","Code":131,"Ms',
        GARBAGE,
        DEEP,
        b"[]",
        b"{}",
        b'"yes"',
        b"1234 saltsalt newsalt0",
        b'{"hello":"world"}',
        b'{"enc":"AAAA"}',
        b'{"enc":1}',
        Silence(),
        Silence(b'{"STATUS":"S",'),
        Sealed(GARBAGE),
        Sealed(b""),
        Sealed(b'{"STATUS":"S","Code":131,"Msg":'),
        Sealed(b"{}"),
        Sealed(Sealed(says())),
        lambda request: request.raw,
        lambda request: request.plain.rstrip(b"\0"),
        lambda request: Sealed(request.plain.rstrip(b"\0")),
    ],
)
async def test_an_order_without_an_answer_that_says_yes_or_no_is_sent_once_and_its_outcome_unknown(
    token_directory, answer
):
    async with FakeMiner({"ssh_open": answer}) as fake:
        error = await failure(
            fake.client(token_directory, reply_timeout=0.2).send("ssh_open"), OutcomeUnknown
        )
    assert fake.asked() == ["get_token", "ssh_open"]
    assert (error.miner, error.command) == (f"127.0.0.1:{fake.port}", "ssh_open")


@pytest.mark.parametrize("proof", [Sealed(says()), refuses(45), b"", Silence()])
async def test_noise_after_an_order_leaves_its_outcome_unknown_unless_a_read_shows_that_the_password_is_wrong(
    token_directory, proof
):
    async with FakeMiner({"ssh_open": NOISE, "get_version": proof}) as fake:
        await failure(fake.client(token_directory, reply_timeout=0.2).send("ssh_open"), OutcomeUnknown)
    assert fake.asked(sealed=True).count("ssh_open") == 1


async def test_an_error_sealed_with_the_miner_s_own_key_means_that_the_password_is_wrong(token_directory):
    async with FakeMiner({"undecryptable": Sealed(refuses(23))}) as fake:
        client = fake.client(token_directory, password="wrong")
        await failure(client.send("ssh_open"), WrongPassword)
        assert not await (await client.accounts())[0].has("wrong2")
    assert fake.asked().count("get_token") <= 3


async def test_a_connection_that_fails_before_an_order_is_tried_again_since_nothing_was_sent(
    token_directory, monkeypatch
):
    really, refused = network.connect, []

    async def connect(*args):
        if fake.asked() and len(refused) < 2:  # the token came, and then the miner is busy
            refused.append(1)
            raise ConnectionRefusedError(111, "Connection refused")
        return await really(*args)

    async with FakeMiner({"ssh_open": says()}) as fake:
        monkeypatch.setattr(network, "connect", connect)
        await fake.client(token_directory, retries=2).send("ssh_open")
    assert len(refused) == 2
    assert fake.asked() == ["get_token", "ssh_open"]


async def test_an_order_that_never_got_a_connection_is_unreachable_not_unknown(token_directory):
    async with FakeMiner() as fake:
        client = fake.client(token_directory, retries=1)
    error = await failure(client.send("ssh_open"), Unreachable)
    assert not isinstance(error, OutcomeUnknown)


# --- Tokens -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrap", [lambda reply: reply, Sealed], ids=["plain", "sealed"])
async def test_a_refused_token_costs_one_new_one_and_the_order_goes_through(token_directory, wrap):
    async with FakeMiner({"ssh_open": [wrap(refuses(135)), says()]}) as fake:
        await fake.client(token_directory).send("ssh_open")
    assert fake.asked() == ["get_token", "ssh_open", "get_token", "ssh_open"]
    assert fake.requests[1].params["token"] != fake.requests[3].params["token"]


async def test_a_token_refused_twice_is_the_end(token_directory):
    async with FakeMiner({"ssh_open": refuses(135, "check token err")}) as fake:
        error = await failure(fake.client(token_directory).send("ssh_open"), TokenRejected)
    assert fake.asked() == ["get_token", "ssh_open", "get_token", "ssh_open"]
    assert error.code == 135


async def test_a_wrong_password_is_called_so_after_a_second_fresh_token(token_directory):
    async with FakeMiner({"undecryptable": refuses(23, "enc json load err")}) as fake:
        error = await failure(fake.client(token_directory, password="wrong").send("ssh_open"), WrongPassword)
    assert fake.asked() == ["get_token", "undecryptable"] * 2
    assert (error.code, error.command) == (23, "ssh_open")


async def test_a_fresh_token_that_another_client_spoilt_is_replaced_once_after_a_pause(
    token_directory, monkeypatch
):
    pauses = []

    async def sleep(seconds):
        pauses.append(seconds)

    monkeypatch.setattr(network, "sleep", sleep)
    monkeypatch.setattr(miner_of, "SECOND_TOKEN_PAUSE_SECONDS", 1.0)
    async with FakeMiner({"ssh_open": says(), "undecryptable": refuses(23, "enc json load err")}) as fake:
        fake.spoil_next_token()
        await fake.client(token_directory).send("ssh_open")
    assert fake.asked() == ["get_token", "undecryptable", "get_token", "ssh_open"]
    assert [pause >= 1 for pause in pauses] == [True]


async def test_a_wrong_password_with_a_kept_token_costs_one_more(token_directory):
    async with FakeMiner({"ssh_open": says(), "undecryptable": refuses(23)}) as fake:
        await fake.client(token_directory).send("ssh_open")
        await failure(fake.client(token_directory, password="wrong").send("ssh_open"), WrongPassword)
    assert fake.asked() == ["get_token", "ssh_open", "undecryptable", *["get_token", "undecryptable"] * 2]


@pytest.mark.parametrize("code", [23, 135])
async def test_a_kept_token_that_a_reboot_made_stale_is_renewed(token_directory, code):
    async with FakeMiner({"ssh_open": says(), "undecryptable": refuses(code)}) as fake:
        await fake.client(token_directory).send("ssh_open")
        fake.forget_tokens()
        await fake.client(token_directory).send("ssh_open")
    assert fake.asked() == ["get_token", "ssh_open", "undecryptable", "get_token", "ssh_open"]


async def test_a_token_that_goes_stale_in_mid_task_is_renewed_and_not_taken_for_a_wrong_password(
    token_directory,
):
    async with FakeMiner({"ssh_open": says(), "undecryptable": refuses(23)}) as fake:
        client = fake.client(token_directory)
        await client.send("ssh_open")
        fake.forget_tokens()
        await client.send("ssh_open")
    assert fake.asked() == ["get_token", "ssh_open", "undecryptable", "get_token", "ssh_open"]


@pytest.mark.parametrize("command", ["reboot", "factory_reset"])
@pytest.mark.parametrize("answer", [says(), b""])
async def test_after_a_reboot_answered_or_not_the_old_token_is_not_used_again(
    token_directory, command, answer
):
    async with FakeMiner({command: answer, "ssh_open": says()}) as fake:
        client = fake.client(token_directory)
        with contextlib.suppress(OutcomeUnknown):
            await client.send(command)
        await client.send("ssh_open")
        await fake.client(token_directory).send("ssh_open")
    assert fake.asked() == ["get_token", command, "get_token", "ssh_open", "ssh_open"]


async def test_after_a_password_change_the_old_token_is_not_used_again(token_directory):
    async with FakeMiner({"update_pwd": says(), "ssh_open": says()}) as fake:
        client = fake.client(token_directory)
        await client.send("update_pwd", {"old": PASSWORD, "new": "newpass1"})
        await client.send("ssh_open")
    assert fake.asked() == ["get_token", "update_pwd", "get_token", "ssh_open"]


@pytest.mark.parametrize("command", ["get_token", "ssh_open"])
async def test_after_code_136_nobody_asks_for_a_token_any_more(token_directory, command):
    async with FakeMiner({"ssh_open": says(), command: refuses(136, "over max connect")}) as fake:
        await failure(fake.client(token_directory).send("ssh_open"), TokenLimit)
        before = fake.asked()
        error = await failure(fake.client(token_directory).send("ssh_open"), TokenLimit)
    assert fake.asked() == before
    assert before.count("get_token") == 1
    assert "asked again for" in str(error)


async def test_code_136_to_get_token_is_not_retried(token_directory):
    async with FakeMiner({"get_token": refuses(136)}) as fake:
        await failure(fake.client(token_directory, retries=5).send("ssh_open"), TokenLimit)
    assert fake.asked() == ["get_token"]


async def test_an_uptime_of_zero_is_no_reboot_and_lifts_no_lockout(token_directory):
    async with FakeMiner({"get_token": refuses(136)}) as fake:
        for _each in range(3):
            client = fake.client(token_directory)
            client.recognise({"uptime_seconds": 0})
            await failure(client.send("ssh_open"), TokenLimit)
    assert fake.asked() == ["get_token"]


async def test_a_known_reboot_lifts_the_lockout(token_directory, monkeypatch):
    async with FakeMiner({"get_token": refuses(136), "ssh_open": says()}) as fake:
        await failure(fake.client(token_directory).send("ssh_open"), TokenLimit)
        del fake.answers["get_token"]
        client = fake.client(token_directory)
        now = time.time()
        monkeypatch.setattr(miner_of.time, "time", lambda: now + 120)
        client.recognise({"uptime_seconds": 60})
        await client.send("ssh_open")
    assert fake.asked() == ["get_token", "get_token", "ssh_open"]


async def test_a_miner_that_is_away_costs_nothing_of_the_budget_of_tokens(token_directory):
    async with FakeMiner({"ssh_open": says()}) as fake:
        pass
    for _each in range(BUDGET + 1):
        await failure(fake.client(token_directory, retries=0).send("ssh_open"), Unreachable)


async def test_a_token_that_makes_no_sense_is_no_token(token_directory):
    async with FakeMiner({"get_token": says(msg={"time": "x", "salt": "$", "newsalt": ""})}) as fake:
        error = await failure(fake.client(token_directory, retries=0).send("ssh_open"), NotAMiner)
    assert error.command == "get_token"


# --- Identity -----------------------------------------------------------------------------------------------


async def after(function, *arguments):
    function(*arguments)


@pytest.fixture
def neighbours(monkeypatch, tmp_path):
    """`neighbours(mac)`: what this machine's kernel says has the fake miner's address."""
    table = tmp_path / "arp"
    monkeypatch.setattr(network, "_NEIGHBOURS", str(table))

    def set_to(mac):
        rows = [("192.0.2.9", "0x2", "C4:05:08:09:09:09"), ("127.0.0.1", "0x2", mac.lower())]
        lines = ["IP address       HW type     Flags       HW address            Mask     Device"]
        lines += [
            f"{address:16} 0x1         {flags}         {mac}     *        eth0"
            for address, flags, mac in rows
        ]
        table.write_text("\n".join(lines) + "\n", encoding="ascii")

    return set_to


def unseen(off):
    """The answers of a machine that shows no MAC; *off* is what its status says of btmineroff."""
    status = says(msg={"btmineroff": off}) if off else refuses(14)
    return {"summary": NOT_RUNNING, "get_miner_info": refuses(14), "status": status}


def shows(mac):
    summary = {**SUMMARY, "SUMMARY": [{"MAC": mac, "Uptime": 1000}]}
    return {"summary": summary, "get_miner_info": refuses(14), "ssh_open": says(), "power_on": says()}


async def test_the_pinned_machine_gets_the_order_and_is_recognised_once(token_directory):
    async with FakeMiner(shows(MAC)) as fake:
        client = fake.client(token_directory, mac="c40508-00023b")
        for _each in range(2):
            await client.send("ssh_open")
    assert fake.asked() == ["summary", "get_token", "ssh_open", "ssh_open"]


@pytest.mark.parametrize("command", ["ssh_open", "power_on", "reboot"])
async def test_another_machine_gets_nothing_not_even_a_question_for_a_token(token_directory, command):
    async with FakeMiner({**shows(OTHER_MAC), "reboot": says()}) as fake:
        error = await failure(fake.client(token_directory, mac=MAC).send(command), WrongMachine)
    assert set(fake.asked()) == {"summary"}
    assert OTHER_MAC in str(error)
    assert MAC in str(error)


async def test_a_machine_whose_mac_only_api_2_shows_is_recognised_too(token_directory):
    answers = {"summary": NOT_RUNNING, "get_miner_info": says(msg={"mac": MAC}), "ssh_open": says()}
    async with FakeMiner(answers) as fake:
        await fake.client(token_directory, mac=MAC).send("ssh_open")
    assert fake.asked()[-1] == "ssh_open"


@pytest.mark.parametrize("command", ["ssh_open", "reboot", "power_off", "factory_reset"])
async def test_a_machine_whose_mac_can_not_be_read_gets_nothing(token_directory, command):
    async with FakeMiner({**unseen("true"), command: says()}) as fake:
        error = await failure(fake.client(token_directory, mac=MAC).send(command), WrongMachine)
    assert set(fake.asked()) == {"summary", "get_miner_info", "status"}
    assert "powered off" in error.problem
    assert "power the miner on first" in str(error)


@pytest.mark.parametrize(
    ("off", "problem"), [("false", "isn't powered off, but its btminer is down"), ("", "shows no MAC")]
)
async def test_the_error_about_a_mac_that_can_not_be_read_names_the_real_state_and_the_way_out(
    token_directory, off, problem
):
    async with FakeMiner(unseen(off)) as fake:
        error = await failure(
            fake.client(token_directory, mac=MAC, retries=0).send("restart_btminer"), WrongMachine
        )
    assert problem in error.problem
    assert MAC in error.problem
    assert "whatsminer_mac_required: false" in str(error)
    assert "power the miner on" not in str(error)


@pytest.mark.parametrize("command", ["restart_btminer", "reboot", "power_on"])
async def test_the_kernel_s_neighbour_table_vouches_for_a_machine_that_shows_no_mac(
    token_directory, neighbours, command
):
    neighbours(MAC)
    async with FakeMiner({**unseen("false"), command: says()}) as fake:
        client = fake.client(token_directory, mac=MAC)
        await client.send(command)
        assert fake.asked()[-1] == command
        neighbours(OTHER_MAC)
        if command == "reboot":  # after which it's looked at anew
            await failure(client.send(command), WrongMachine)


@pytest.mark.parametrize("command", ["restart_btminer", "power_on"])
async def test_a_machine_that_is_another_by_the_neighbour_table_gets_nothing(
    token_directory, neighbours, command
):
    neighbours(OTHER_MAC)
    async with FakeMiner({**unseen("true"), command: says()}) as fake:
        error = await failure(fake.client(token_directory, mac=MAC).send(command), WrongMachine)
    assert command not in fake.asked()
    assert OTHER_MAC in str(error)
    assert MAC in str(error)


async def test_where_no_mac_is_required_a_machine_that_shows_none_is_taken_for_the_pinned_one(
    token_directory,
):
    async with FakeMiner({**unseen("false"), "restart_btminer": says()}) as fake:
        await fake.client(token_directory, mac=MAC, mac_required=False).send("restart_btminer")
    assert fake.asked()[-1] == "restart_btminer"


async def test_where_no_mac_is_required_a_machine_that_shows_another_gets_nothing_all_the_same(
    token_directory,
):
    async with FakeMiner(shows(OTHER_MAC)) as fake:
        await failure(
            fake.client(token_directory, mac=MAC, mac_required=False).send("ssh_open"), WrongMachine
        )
    assert "ssh_open" not in fake.asked()


async def test_the_first_mac_that_a_machine_shows_pins_it(token_directory):
    async with FakeMiner({**shows(MAC), "reboot": says()}) as fake:
        client = fake.client(token_directory)
        client.recognise({"uptime_seconds": 5})
        client.recognise({"mac": MAC})
        await client.send("reboot")
        error = await failure(after(client.recognise, {"mac": OTHER_MAC}), WrongMachine)
        fake.answers.update(shows(OTHER_MAC))
        await failure(client.send("ssh_open"), WrongMachine)
    assert "ssh_open" not in fake.asked()
    assert {MAC, OTHER_MAC} <= set(error.problem.replace(",", "").split())
    assert "Nothing was written" not in str(error)


async def test_a_machine_is_confirmed_by_what_it_shows_now_and_not_by_what_it_showed(token_directory):
    shown = [says(msg={"mac": MAC}), refuses(14), says(msg={"mac": OTHER_MAC})]
    async with FakeMiner({**unseen("false"), "get_miner_info": shown}) as fake:
        client = fake.client(token_directory)
        assert await client.confirm({})  # nothing to compare with
        client.recognise({"mac": MAC})
        assert await client.confirm({"mac": MAC})
        assert fake.asked() == []
        assert await client.confirm({})
        assert not await client.confirm({})
        await failure(client.confirm({}), WrongMachine)


async def test_a_machine_whose_mac_can_not_be_read_may_be_powered_on_which_makes_it_show(token_directory):
    async with FakeMiner({"summary": NOT_RUNNING, "get_miner_info": refuses(14), "power_on": says()}) as fake:
        await fake.client(token_directory, mac=MAC).send("power_on")
    assert fake.asked()[-1] == "power_on"


async def test_after_a_reboot_the_machine_is_recognised_anew(token_directory):
    async with FakeMiner({**shows(MAC), "reboot": says()}) as fake:
        client = fake.client(token_directory, mac=MAC)
        await client.send("reboot")
        fake.answers.update(shows(OTHER_MAC))
        await failure(client.send("ssh_open"), WrongMachine)
    assert "ssh_open" not in fake.asked()


@pytest.mark.parametrize("mac", ["C4:05:08:00:02", "nonsense", "00:00:00:00:00:00"])
def test_a_pin_that_is_no_mac_pins_nothing_and_so_is_refused(mac):
    with pytest.raises(BadParameter, match="mac"):
        Miner("192.0.2.1", mac=mac)


# --- The escape hatch ---------------------------------------------------------------------------------------


async def test_any_command_can_be_called_plain(token_directory):
    async with FakeMiner({"get_something": says(msg="fine")}) as fake:
        assert (await fake.client(token_directory).send("get_something", {"a": [1]}, sealed=False)).text == "fine"
    assert fake.requests[0].params == {"cmd": "get_something", "a": [1]}


async def test_a_parameter_of_an_unknown_command_replaces_neither_command_nor_token(token_directory):
    async with FakeMiner({"set_something": says()}) as fake:
        await fake.client(token_directory).send("set_something", {"cmd": "reboot", "token": "x"})
    assert fake.requests[-1].params == {"token": fake.tokens[0][0], "cmd": "set_something"}


async def test_an_unknown_sealed_command_counts_as_a_write(token_directory):
    async with FakeMiner({**shows(OTHER_MAC), "set_something": b""}) as fake:
        await failure(fake.client(token_directory, mac=MAC).send("set_something"), WrongMachine)
        await failure(fake.client(token_directory).send("set_something"), OutcomeUnknown)
    assert fake.asked().count("set_something") == 1


@pytest.mark.parametrize("reply", [says(msg={"api_ver": "2.0.5"}), b'{"api_ver":"2.0.5"}'])
async def test_a_read_can_be_sealed_and_needs_no_status(token_directory, reply):
    async with FakeMiner({"get_version": Sealed(reply)}) as fake:
        assert (await fake.client(token_directory).send("get_version")).data == {
            "api_ver": "2.0.5"
        }


@pytest.mark.parametrize(
    ("answer", "kind"), [(Silence(), TimedOut), (b"", NotAMiner), (Sealed(GARBAGE), NotAMiner)]
)
async def test_a_sealed_read_that_fails_has_no_outcome_to_be_unknown(token_directory, answer, kind):
    async with FakeMiner({"get_version": answer}) as fake:
        await failure(fake.client(token_directory, reply_timeout=0.1).send("get_version"), kind)


async def test_the_text_encoding_is_the_document_s(token_directory):
    async with FakeMiner(
        {"set_led|auto": b"STATUS=S,When=1,Code=131,Msg=API command OK,Description=|"}
    ) as fake:

        def sealed_text(request):
            assert request.raw.startswith(b"enc|")
            assert request.plain.rstrip(b"\0") == f"token,{fake.tokens[0][0]}|set_led|auto".encode()
            return Sealed(b"STATUS=S,When=1,Code=131,Msg=API command OK,Description=|", form="text")

        fake._answer = lambda request: sealed_text(request) if request.sealed else fake._token(request)
        reply = await fake.client(token_directory).send(
            "set_led", {"param": "auto"}, encoding="text"
        )
    assert (reply.ok, reply.code, reply.text) == (True, 131, "API command OK")


async def test_the_text_encoding_of_a_read_is_its_bare_name(token_directory):
    async with FakeMiner({"get_token": b"1592555626 BQ5hoXV9 jbzkfQls"}) as fake:
        reply = await fake.client(token_directory).send("get_token", encoding="text", sealed=False)
    assert fake.requests[0].raw == b"get_token"
    assert reply.data == {"time": "1592555626", "salt": "BQ5hoXV9", "newsalt": "jbzkfQls"}


# --- Secrets ------------------------------------------------------------------------------------------------

POOL_PASSWORD = "p00l-secret"
NEW_PASSWORD = "n3wsecre"
POOL_PARAMS = {
    "pool1": "stratum+tcp://a.example:3333",
    "worker1": "w",
    "passwd1": POOL_PASSWORD,
    **{name + slot: "" for slot in "23" for name in ("pool", "worker", "passwd")},
}


def everything_said(error):
    said = [str(error), repr(error), repr(error.args), repr(error.to_dict())]
    return "\n".join(said + traceback.format_exception(type(error), error, error.__traceback__))


def echo_of(request):
    return request.plain.rstrip(b"\0")


@pytest.mark.parametrize(
    "answer",
    [
        lambda request: refuses(132, f"bad: {echo_of(request).decode()} for {PASSWORD}"),
        lambda request: Sealed(refuses(132, f"{echo_of(request).decode()} {PASSWORD}")),
        lambda request: refuses(45, PASSWORD),
        lambda request: says("E", 132, "", Description=f"{echo_of(request).decode()} {PASSWORD}"),
        lambda request: b"what is " + echo_of(request) + PASSWORD.encode(),
        lambda request: Sealed(b"what is " + echo_of(request)),
        lambda request: Sealed(b"x " + PASSWORD.encode()),
        *(
            lambda request, cut=cut: b" " * 3 + echo_of(request)[:cut]
            for cut in (30, 60, 115, 118, 121, 140, 170)
        ),
        *(
            lambda request, pad=pad: b"!" * pad + POOL_PASSWORD.encode() + b"!" * 50
            for pad in range(100, 120)
        ),
    ],
)
async def test_no_secret_is_in_an_error_even_if_the_miner_echoes_it(token_directory, answer):
    async with FakeMiner({"update_pools": answer}) as fake:
        error = await failure(fake.client(token_directory).send("update_pools", POOL_PARAMS))
        sign = fake.tokens[-1][0]
    said = everything_said(error).replace("test_no_secret", "")
    for secret in (PASSWORD, POOL_PASSWORD, sign):
        assert secret[:4] not in said, said


async def test_no_password_is_in_an_error_about_changing_it(token_directory):
    async with FakeMiner({"update_pwd": lambda request: refuses(132, echo_of(request).decode())}) as fake:
        client = fake.client(token_directory)
        error = await failure(
            client.send("update_pwd", {"old": PASSWORD, "new": NEW_PASSWORD}), CommandRefused
        )
    assert PASSWORD not in everything_said(error)
    assert NEW_PASSWORD not in everything_said(error)


@pytest.mark.parametrize("wrap", [lambda text: refuses(132, text), lambda text: f"what? {text}".encode()])
async def test_no_secret_is_in_an_error_of_a_plain_call(token_directory, wrap):
    async with FakeMiner({"update_pools": lambda request: wrap(f"{POOL_PASSWORD} {PASSWORD}")}) as fake:
        error = await failure(fake.client(token_directory).send("update_pools", POOL_PARAMS, sealed=False))
    assert POOL_PASSWORD not in everything_said(error)
    assert PASSWORD not in everything_said(error)


@pytest.mark.parametrize("wrap", [lambda reply: reply, Sealed])
@pytest.mark.parametrize("command", ["update_pools", "make_coffee"])
async def test_no_secret_is_in_a_successful_answer_that_echoes_the_request(token_directory, wrap, command):
    params = (
        POOL_PARAMS
        if command == "update_pools"
        else {"cup": {"Passwd": POOL_PASSWORD}, "key": NEW_PASSWORD, "milk": "much"}
    )

    def answer(request):
        text = echo_of(request).decode()
        return wrap(
            says(
                msg={"heard": request.params, "as": [text, f"for {PASSWORD}"], "raw": request.raw.decode()},
                Description=text,
            )
        )

    options = {"command": command, "params": params, "sealed": "auto", "encoding": "json"}
    async with FakeMiner({command: answer}) as fake:
        client = fake.client(token_directory)
        result = (await whatsminer_command.run(client, options)).to_dict(diff=True)
        sign = fake.tokens[-1][0]
        sealed = json.loads(fake.requests[-1].raw)["data"]
    shown = json.dumps(result)
    for secret in (PASSWORD, POOL_PASSWORD, NEW_PASSWORD, sign, sealed):
        assert secret not in shown
    assert result["reply"]["Msg"]["heard"]["cmd"] == command
    assert ("milk" in shown) == (command == "make_coffee")


async def test_no_secret_is_in_raw_facts(token_directory):
    told = says(msg={"a": f"<{PASSWORD}>", "passwd1": POOL_PASSWORD, "b": "c"})
    async with FakeMiner({"summary": SUMMARY, "status": told}) as fake:
        params = {"gather_subset": ["!all", "!min", "state"], "raw": True}
        facts = (await whatsminer_facts.run(fake.client(token_directory), params)).values["ansible_facts"][
            "whatsminer"
        ]
    assert facts["raw"]["status"]["Msg"] == {"a": "<********>", "passwd1": "********", "b": "c"}


async def test_a_short_password_does_not_blot_out_the_answer(token_directory):
    async with FakeMiner({"update_pools": refuses(132, "exceeds x")}) as fake:
        error = await failure(
            fake.client(token_directory).send("update_pools", {**POOL_PARAMS, "passwd1": "x"})
        )
    assert error.answer == "exceeds x"


def test_a_miner_shows_no_password():
    assert PASSWORD not in repr(Miner("192.0.2.1", password=PASSWORD)) + str(
        Miner("192.0.2.1", password=PASSWORD)
    )


# --- Against the simulator, whose cryptography is not ours --------------------------------------------------

QUICK = {"restart_seconds": 0.0, "upfreq_seconds": 0.0, "power_off_seconds": 0.0, "ssh_listens": False}
SIM_PASSWORD = "sim12345"


@contextlib.asynccontextmanager
async def simulated(token_directory, generation, options=None, **fields):
    import simulator

    spec = simulator.MinerSpec(
        name="m",
        generation=generation,
        address="127.0.0.1",
        port=0,
        options={**QUICK, **(options or {})},
        **fields,
    )
    async with simulator.Fleet([spec], seed=1) as fleet:
        machine = fleet["m"]
        yield machine, Miner("127.0.0.1", machine.port, password=SIM_PASSWORD, tokens=Tokens(token_directory))


@pytest.mark.parametrize("sealed_reply", ["enc_data", "enc", "plain"])
@pytest.mark.parametrize("padding", ["zero", "pkcs7"])
@pytest.mark.parametrize("generation", ["1.3", "1.4", "2.0"])
async def test_every_generation_takes_our_orders_and_we_its_answers(
    token_directory, generation, padding, sealed_reply
):
    async with simulated(token_directory, generation, {"padding": padding, "sealed_reply": sealed_reply}) as (
        machine,
        client,
    ):
        reply = await client.send("set_power_pct", {"percent": 80})
        assert reply.code == 131
        assert machine.state.percent == 80


@pytest.mark.parametrize("generation", ["1.3", "1.4", "2.0"])
async def test_a_stale_token_is_renewed_on_every_generation(token_directory, generation):
    async with simulated(token_directory, generation) as (machine, client):
        await client.send("ssh_open")
        machine.tokens.void(remember=machine.options.stale_token_code == 135)
        await client.send("set_power_pct", {"percent": 70})
        assert (machine.state.percent, machine.counters.tokens) == (70, 2)


@pytest.mark.parametrize("generation", ["1.3", "1.4", "2.0"])
@pytest.mark.parametrize("joins", ["none", "two", "all"])
async def test_reads_come_back_from_firmware_that_joins_and_firmware_that_does_not(
    token_directory, generation, joins
):
    async with simulated(token_directory, generation, {"joins": joins}) as (_machine, client):
        replies = await client.ask(
            "summary", "pools", "edevs", "devdetails", "status", "get_version", "get_psu"
        )
    assert not [command for command, reply in replies.items() if isinstance(reply, Exception)]


# --- The trace ----------------------------------------------------------------------------------------------


async def test_a_trace_shows_each_exchange_and_no_secret(token_directory):
    lines = []
    answers = {
        "summary+pools": joined(summary=SUMMARY, pools=POOLS),
        "status": says(msg={"btmineroff": "false"}),
        "ssh_open": refuses(132, f"no, {PASSWORD}"),
        "get_psu": GARBAGE,
    }
    async with FakeMiner(answers) as fake:
        client = fake.client(token_directory, retries=0)
        client.line.trace = lines.append
        await client.ask("summary", "pools", "status", "get_psu")
        await failure(client.send("ssh_open"), CommandRefused)
    shown = [line.rpartition(", ")[0] for line in lines]
    assert all(line.endswith(" ms") and line.startswith(f"API 2, port {fake.port}: ") for line in lines)
    where = f"API 2, port {fake.port}: "
    assert [line.removeprefix(where) for line in shown][:2] == ["summary+pools: no code", "status: Code 131"]
    assert "get_psu: the answer is not a Whatsminer reply" in shown[2]
    assert [line.removeprefix(where) for line in shown][3:] == [
        "get_token: Code 131",
        "ssh_open: Code 132, no, ********",
    ]
