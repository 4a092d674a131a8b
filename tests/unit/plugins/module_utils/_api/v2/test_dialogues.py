# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sealed commands of API 2: each is sent once, with few tokens, under the key that the firmware knows."""

from __future__ import annotations

import contextlib
import time

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import network
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    AccessDenied,
    BadParameter,
    CommandRefused,
    NotAMiner,
    NotRunning,
    OutcomeUnknown,
    TokenLimit,
    TokenRejected,
    UnknownCommand,
    Unreachable,
    WrongPassword,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import dialogues
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import BUDGET
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import (
    DEEP,
    GARBAGE,
    NOISE,
    NOT_RUNNING,
    PASSWORD,
    FakeMiner,
    Sealed,
    Silence,
    failure,
    refuses,
    says,
)


def knows_only_command(reply):
    return lambda request: reply if "command" in request.params else refuses(24, "Missing JSON 'command'")


async def test_firmware_that_knows_only_the_key_command_is_asked_with_that_from_then_on(token_directory):
    async with FakeMiner({"status": knows_only_command(says(msg={}))}) as fake:
        client = fake.client(token_directory)
        for _each in range(2):
            await client.choice.two.ask("status")
    assert [list(request.params) for request in fake.requests] == [["cmd"], ["command"], ["command"]]


async def test_a_sealed_command_switches_keys_too_and_takes_no_further_token(token_directory):
    async with FakeMiner({"reboot": knows_only_command(says())}) as fake:
        await fake.client(token_directory).send("reboot")
    assert fake.asked() == ["get_token", "reboot", "reboot"]
    assert [list(request.params) for request in fake.requests[1:]] == [["token", "cmd"], ["token", "command"]]


async def test_firmware_that_misses_both_keys_is_not_asked_for_ever(token_directory):
    async with FakeMiner({"status": refuses(24), "reboot": refuses(24)}) as fake:
        client = fake.client(token_directory)
        assert isinstance((await client.choice.two.ask("status"))["status"], UnknownCommand)
        await failure(client.send("reboot"), UnknownCommand)
    assert fake.asked() == ["status", "status", "get_token", "reboot"]


# --- Commands that write ------------------------------------------------------------------------------------


async def test_a_command_is_sealed_signed_and_holds_parameters_as_the_document_types_them(token_directory):
    async with FakeMiner({"set_power_pct": says(), "set_led": says()}) as fake:
        client = fake.client(token_directory)
        await client.send("set_power_pct", {"percent": 80})
        await client.send("set_led", {"color": "red", "period": 200, "duration": 100, "start": 0})
    sign = fake.tokens[0][0]
    assert [request.params for request in fake.requests[1:]] == [
        {"token": sign, "cmd": "set_power_pct", "percent": "80"},
        {"token": sign, "cmd": "set_led", "color": "red", "period": 200, "duration": 100, "start": 0},
    ]


async def test_forty_commands_take_one_token(token_directory):
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
async def test_a_refused_command_is_sent_once_and_the_error_is_the_code_s_plain_or_sealed(
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
async def test_a_command_without_an_answer_that_says_yes_or_no_is_sent_once_and_its_outcome_unknown(
    token_directory, answer
):
    async with FakeMiner({"ssh_open": answer}) as fake:
        error = await failure(
            fake.client(token_directory, reply_timeout=0.2).send("ssh_open"), OutcomeUnknown
        )
    assert fake.asked() == ["get_token", "ssh_open"]
    assert (error.miner, error.command) == (f"127.0.0.1:{fake.port}", "ssh_open")


@pytest.mark.parametrize("proof", [Sealed(says()), refuses(45), b"", Silence()])
async def test_noise_after_a_command_leaves_its_outcome_unknown_unless_a_read_shows_a_wrong_password(
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


async def test_a_connection_that_fails_before_a_command_is_tried_again_since_nothing_was_sent(
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


async def test_a_command_that_never_got_a_connection_is_unreachable_not_unknown(token_directory):
    async with FakeMiner() as fake:
        client = fake.client(token_directory, retries=1)
    error = await failure(client.send("ssh_open"), Unreachable)
    assert not isinstance(error, OutcomeUnknown)


# --- Tokens -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrap", [lambda reply: reply, Sealed], ids=["plain", "sealed"])
async def test_a_refused_token_costs_one_new_one_and_the_command_goes_through(token_directory, wrap):
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
    monkeypatch.setattr(dialogues, "SECOND_TOKEN_PAUSE_SECONDS", 1.0)
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
        monkeypatch.setattr(time, "time", lambda: now + 120)
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


@pytest.mark.parametrize(("answer", "knows"), [(says(), True), (refuses(132), True), (refuses(23), False)])
async def test_a_sealed_read_tells_whether_a_password_is_right_also_where_it_is_refused(
    token_directory, answer, knows
):
    async with FakeMiner({"get_version": answer}) as fake:
        assert await fake.client(token_directory).choice.two.knows(PASSWORD) is knows


@pytest.mark.parametrize(
    ("answer", "kind"), [(refuses(132), CommandRefused), (refuses(136), TokenLimit), (GARBAGE, NotAMiner)]
)
async def test_a_miner_that_gives_no_token_leaves_open_whether_a_password_is_right(
    token_directory, answer, kind
):
    async with FakeMiner({"get_token": answer, "get_version": says()}) as fake:
        await failure(fake.client(token_directory, retries=0).choice.two.knows(PASSWORD), kind)
