# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""API 3: all on one connection, writes signed and sent once, and no answer that does any harm."""

from __future__ import annotations

import json
import struct
import time

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import network
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    AccessDenied,
    CommandRefused,
    EmptyReply,
    NotAMiner,
    NotRunning,
    OutcomeUnknown,
    TimedOut,
    UnknownCommand,
    Unreachable,
    WhatsminerError,
    WrongMachine,
    WrongPassword,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3.reads import Read
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import (
    MAC,
    NOT_RUNNING,
    OTHER_MAC,
    PASSWORD,
    Dribble,
    Silence,
    failure,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner3 import (
    HEARTBEAT,
    SUMMARY,
    Ended,
    FakeMiner3,
    Then,
    frame,
    info,
    no,
    ok,
)

INFO, STATUS = Read("get.device.info", {}), Read("get.miner.status", {"param": "summary"})
HTTP = b"HTTP/1.1 400 Bad Request\r\n\r\n"
FAST = ("set.miner.fastboot", {"param": "enable"})


def takes(*commands, **answers):
    """A miner that shows its status, and takes *commands*."""
    shown = {"get.miner.status": ok({"summary": SUMMARY}), **dict.fromkeys(commands, ok())}
    return FakeMiner3({**shown, **answers.pop("answers", {})}, **answers)


async def mode_set(fake, token_directory, **options):
    """Have the power mode set; return how that ended."""
    miner = fake.client(token_directory, **options)
    try:
        return await miner.send("set.miner.power_mode", {"param": "low"})
    except WhatsminerError as error:
        return error
    finally:
        miner.close()


# --- One connection -----------------------------------------------------------------------------------------


async def test_reads_a_write_and_reading_back_share_one_connection(token_directory):
    async with takes("set.miner.power_mode") as fake:
        miner = fake.client(token_directory)
        await miner.read("power_mode", "uptime_seconds")
        await miner.send("set.miner.power_mode", {"param": "low"})
        await miner.read("power_mode")
        assert fake.connections == 1
        assert fake.asked().count("set.miner.power_mode") == 1


async def test_the_salt_comes_with_a_read_so_that_a_write_needs_no_other_question(token_directory):
    async with takes("set.miner.power_mode") as fake:
        miner = fake.client(token_directory)
        await miner.read("mac", "uptime_seconds")
        await miner.send("set.miner.power_mode", {"param": "low"})
    assert fake.asked() == ["get.device.info", "get.miner.status", "set.miner.power_mode"]


async def test_a_read_over_a_connection_that_the_miner_has_ended_is_made_over_another(token_directory):
    async with takes() as fake:
        client = fake.api3(token_directory, retries=0)
        await client.ask(INFO)
        await fake.hang_up()
        assert (await client.ask(STATUS))["get.miner.status"].data == {"summary": SUMMARY}
        assert fake.connections == 2


@pytest.mark.parametrize("reads", [1, 2])
async def test_a_write_over_a_connection_that_the_miner_has_ended_goes_over_another_and_once(
    token_directory, reads
):
    async with takes("set.miner.power_mode") as fake:
        miner = fake.client(token_directory)
        for _each in range(reads):
            await miner.read("mac", "uptime_seconds")
        await fake.hang_up()
        await miner.send("set.miner.power_mode", {"param": "low"})
        assert fake.asked().count("set.miner.power_mode") == 1
        assert fake.requests[-1].connection > 1


async def test_a_miner_that_ends_each_connection_after_one_reply_gets_a_write_once(token_directory):
    async with FakeMiner3(
        {
            "get.device.info": Ended(ok(info())),
            "get.miner.status": Ended(ok({"summary": SUMMARY})),
            "set.miner.power_mode": Ended(ok()),
        }
    ) as fake:
        miner = fake.client(token_directory)
        await miner.read("mac", "uptime_seconds")
        await miner.send("set.miner.power_mode", {"param": "low"})
    assert fake.asked().count("set.miner.power_mode") == 1
    assert len({request.connection for request in fake.requests}) == len(fake.requests)


async def test_closing_ends_the_connection(token_directory):
    async with takes() as fake:
        miner = fake.client(token_directory)
        await miner.read("mac")
        miner.close()
        await miner.read("mac")
        assert fake.connections == 2


# --- Signatures ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("refusal", [no(-4, "no permission"), no(-1, "Invalid JSON or password is wrong")])
async def test_a_refused_write_is_signed_again_with_the_salt_of_now(token_directory, refusal):
    async with takes("set.miner.power_mode", refusal=refusal) as fake:
        miner = fake.client(token_directory)
        await miner.send("set.miner.power_mode", {"param": "low"})
        fake.salt = "another9"
        await miner.send("set.miner.power_mode", {"param": "low"})
    assert fake.asked(signed=True) == ["set.miner.power_mode"] * 3
    assert len(fake.refused) == 1


@pytest.mark.parametrize("ahead", [-7200, 7200])
@pytest.mark.parametrize("refusal", [no(-4, "no permission"), no(-1, "password is wrong")])
async def test_a_write_that_a_miner_with_another_clock_refuses_is_signed_by_that_clock(
    token_directory, ahead, refusal
):
    async with takes("set.miner.power_mode", "set.miner.fastboot", refusal=refusal, ahead=ahead) as fake:
        miner = fake.client(token_directory)
        await miner.read("mac")
        await miner.send("set.miner.power_mode", {"param": "low"})
        assert len(fake.refused) == 1
        await miner.send(*FAST)
        assert len(fake.refused) == 1  # the clock is remembered


@pytest.mark.parametrize("refusal", [no(-4, "no permission"), no(-1, "password is wrong")])
@pytest.mark.parametrize("ahead", [0, 7200])
async def test_a_wrong_password_is_called_so_once_salt_and_clock_are_not_to_blame(
    token_directory, ahead, refusal
):
    async with takes("set.miner.power_mode", refusal=refusal, ahead=ahead) as fake:
        error = await mode_set(fake, token_directory, password="wrong")
    assert isinstance(error, WrongPassword)
    assert (error.code, error.command) == (refusal["code"], "set.miner.power_mode")
    assert fake.asked(signed=True) == ["set.miner.power_mode"] * (2 if ahead else 1)


async def test_a_refused_write_is_not_signed_again_where_neither_salt_nor_clock_differ(token_directory):
    async with takes("set.miner.power_mode") as fake:
        miner = fake.client(token_directory, password="wrong")
        await miner.read("mac")
        await failure(miner.send("set.miner.power_mode", {"param": "low"}), WrongPassword)
    assert fake.asked(signed=True) == ["set.miner.power_mode"]
    assert fake.asked()[-1] == "get.device.info"


async def test_an_account_without_the_right_to_is_denied_access(token_directory):
    async with takes("set.miner.power_mode", accounts={"super": PASSWORD}) as fake:
        error = await mode_set(fake, token_directory, account="user1")
    assert isinstance(error, AccessDenied)
    assert [it.body["account"] for it in fake.requests if it.signed] == ["user1"]


# --- Another machine ----------------------------------------------------------------------------------------


OTHER = ok({**info(OTHER_MAC), "salt": "px5hoXa9"})


@pytest.mark.parametrize("mac", [MAC, None])
async def test_a_machine_that_shows_another_mac_between_read_and_write_gets_no_write(token_directory, mac):
    async with takes(FAST[0], answers={"get.device.info": [ok(info()), *[OTHER] * 9]}) as fake:
        miner = fake.client(token_directory, mac=mac)
        assert (await miner.read("mac")).facts["mac"] == MAC
        error = await failure(miner.send(*FAST), WrongMachine)
    assert OTHER_MAC in error.problem and "Nothing was written" in error.remedy
    assert fake.asked(signed=True) == []


@pytest.mark.parametrize("shown", [ok({"network": {}}), ok({}), no(-3, "invalid param")])
async def test_a_miner_without_a_mac_on_the_way_to_a_write_gets_it_by_what_it_showed(token_directory, shown):
    def told(request):
        return shown if request.param == "network" else ok({**info(), "salt": "px5hoXa9"})

    async with takes(FAST[0], answers={"get.device.info": told}) as fake:
        fake.salt = "px5hoXa9"
        await fake.client(token_directory, mac=MAC).send(*FAST)
    assert fake.asked(signed=True) == [FAST[0]]


async def test_another_machine_at_the_end_of_a_new_connection_gets_no_write(token_directory):
    async with takes(FAST[0]) as fake:
        miner = fake.client(token_directory, mac=MAC)
        await miner.send(*FAST)
        miner.close()
        fake.answers["get.device.info"] = OTHER
        await failure(miner.send(*FAST), WrongMachine)
    assert fake.asked(signed=True) == [FAST[0]]


@pytest.mark.parametrize("shown", ["0", 0, False])
async def test_where_the_api_is_switched_off_reading_works_and_nothing_is_written(token_directory, shown):
    async with takes("set.miner.power_mode", answers={"get.device.info": ok(info(apiswitch=shown))}) as fake:
        miner = fake.client(token_directory)
        reading = await miner.read("mac", "api.writable")
        assert reading.facts["api"]["writable"] is False
        with pytest.raises(AccessDenied, match="switched off"):
            await miner.require_may_write("set.miner.power_mode", reading.facts)
        error = await mode_set(fake, token_directory)
        assert isinstance(error, AccessDenied)
        assert "Nothing was sent" in error.remedy
    assert fake.asked(signed=True) == []


async def test_without_a_password_nothing_is_sent(token_directory):
    async with takes("set.miner.power_mode") as fake:
        assert isinstance(await mode_set(fake, token_directory, password=""), WrongPassword)
    assert fake.connections == 0


async def test_an_own_password_is_that_of_api_3(token_directory):
    async with takes("set.miner.power_mode") as fake:
        reply = await mode_set(fake, token_directory, password="of-api-2", api3_password=PASSWORD)
    assert reply.ok


@pytest.mark.parametrize(("password", "known"), [(PASSWORD, True), ("wrong", False)])
async def test_whether_a_password_is_right_is_told_by_a_command_that_changes_nothing(
    token_directory, password, known
):
    async with takes("set.miner.report") as fake:
        assert await fake.client(token_directory).choice.three.knows(password) is known
    assert set(fake.asked(signed=True)) == {"set.miner.report"}
    assert fake.requests[-1].command == "set.miner.report" or fake.refused
    assert [request.param for request in fake.requests if request.signed][0] == {"gap": 0}


async def test_after_a_new_password_is_known_writes_are_signed_with_it(token_directory):
    async with takes("set.miner.report", "set.miner.power_mode") as fake:
        miner = fake.client(token_directory, password="old")
        assert await miner.choice.three.knows(PASSWORD)
        assert (await miner.send("set.miner.power_mode", {"param": "low"})).ok


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(no(-2, "invalid command"), UnknownCommand), (Silence(), OutcomeUnknown), (Ended(), OutcomeUnknown)],
)
async def test_what_does_not_tell_whether_a_password_is_right_is_no_verdict(token_directory, answer, kind):
    async with takes(answers={"set.miner.report": answer}) as fake:
        three = fake.client(token_directory, reply_timeout=0.1).choice.three
        error = await failure(three.knows(PASSWORD), kind)
    assert error.command == "set.miner.report"


@pytest.mark.parametrize(
    ("command", "params", "plain"),
    [
        (
            "set.miner.pools",
            {"param": [{"pool": "stratum+tcp://a.example:3333", "worker": "w", "passwd": "p00l"}]},
            [{"pool": "stratum+tcp://a.example:3333", "worker": "w", "passwd": "p00l"}],
        ),
        (
            "set.user.change_passwd",
            {"account": "super", "new": "n3w", "old": PASSWORD},
            {"account": "super", "new": "n3w", "old": PASSWORD},
        ),
    ],
)
async def test_secret_parameters_go_encrypted_and_open_to_the_document_s_json(
    token_directory, command, params, plain
):
    async with takes(command) as fake:
        await fake.client(token_directory).send(command, params)
        request = fake.requests[-1]
        assert fake.decrypted(request) == plain
    assert b"p00l" not in request.raw and b"n3w" not in request.raw and PASSWORD.encode() not in request.raw


async def test_a_number_goes_as_text_where_firmware_was_seen_to_read_text_alone(token_directory):
    async with takes("set.miner.power_percent", "set.miner.power_limit") as fake:
        miner = fake.client(token_directory)
        await miner.send("set.miner.power_percent", {"percent": 80, "mode": "fast"})
        assert fake.requests[-1].param == {"percent": "80", "mode": "fast"}
        await miner.send("set.miner.power_limit", {"param": 3400})
        assert fake.requests[-1].param == 3400


# --- Writes that get no answer ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        *(Silence(), Silence(b"\x10\0\0\0{"), Ended(), Ended(b"\x10\0\0\0{"), Ended(HEARTBEAT)),
        *(HTTP, b"\xff\xff\xff\xff", frame(b"[]"), frame(b'{"hello":1}'), frame(b"\xff\xfe")),
        Then([HEARTBEAT, {"code": 0, "desc": "get.miner.report"}, Silence()]),
    ],
)
async def test_a_write_without_an_answer_that_says_yes_or_no_is_sent_once_and_its_outcome_unknown(
    token_directory, answer
):
    async with takes(answers={"set.miner.power_mode": answer}) as fake:
        error = await mode_set(fake, token_directory, reply_timeout=0.2)
    assert isinstance(error, OutcomeUnknown)
    assert (error.miner, error.command) == (f"127.0.0.1:{fake.port}", "set.miner.power_mode")
    assert fake.asked().count("set.miner.power_mode") == 1


async def test_after_a_write_without_an_answer_the_next_read_takes_another_connection(token_directory):
    async with takes(answers={"set.miner.power_mode": Silence()}) as fake:
        miner = fake.client(token_directory, reply_timeout=0.2)
        await failure(miner.send("set.miner.power_mode", {"param": "low"}), OutcomeUnknown)
        assert (await miner.read("mac")).facts["mac"] == MAC
        assert fake.connections == 2


async def test_a_write_that_never_got_a_connection_is_unreachable_not_unknown(token_directory):
    async with takes() as fake:
        pass
    error = await mode_set(fake, token_directory, retries=1)
    assert isinstance(error, Unreachable)


async def test_a_connection_that_fails_before_a_write_is_tried_again_since_nothing_was_sent(
    token_directory, monkeypatch
):
    really, refused = network.connect, []

    async def connect(*args):
        if fake.asked() and len(refused) < 2:
            refused.append(1)
            raise ConnectionRefusedError(111, "Connection refused")
        return await really(*args)

    async with takes("set.miner.power_mode", answers={"get.device.info": Ended(ok(info()))}) as fake:
        monkeypatch.setattr(network, "connect", connect)
        assert (await mode_set(fake, token_directory)).ok
    assert len(refused) == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (no(-2, "invalid command"), UnknownCommand),
        (no(-1, "fail"), CommandRefused),
        (no(-3, "Parameter item is null"), CommandRefused),
        (no(-5), CommandRefused),
        (no(-1, "btminer process is down err"), NotRunning),
        (ok("Socket connect failed: Connection refused"), NotRunning),
        (NOT_RUNNING, NotRunning),
    ],
)
async def test_a_refused_write_is_sent_once_and_the_error_is_the_code_s(token_directory, answer, kind):
    async with takes(answers={"set.miner.power_mode": answer}) as fake:
        error = await mode_set(fake, token_directory)
    assert error.__class__ is kind
    assert fake.asked().count("set.miner.power_mode") == 1


async def test_another_machine_gets_no_write(token_directory):
    async with takes("set.miner.power_mode") as fake:
        assert isinstance(await mode_set(fake, token_directory, mac=OTHER_MAC), WrongMachine)
    assert fake.asked(signed=True) == []


# --- What else may come -------------------------------------------------------------------------------------


async def test_heartbeats_and_reports_that_nobody_asked_for_are_passed_over(token_directory):
    report = {"code": 0, "msg": {"summary": {}}, "desc": "get.miner.report"}
    answers = {"get.miner.status": Then([HEARTBEAT * 3, report, HEARTBEAT, report, ok({"summary": SUMMARY})])}
    async with takes(answers=answers) as fake:
        replies = await fake.api3(token_directory).ask(INFO, STATUS)
    assert replies["get.miner.status"].data == {"summary": SUMMARY}


async def test_a_reply_byte_by_byte_is_a_reply(token_directory):
    def slowly(request):
        return Dribble(HEARTBEAT + fake.said(ok(info()), request), 0)

    async with FakeMiner3({"get.device.info": slowly}) as fake:
        assert (await fake.client(token_directory).read("mac")).facts["mac"] == MAC


async def test_a_reply_byte_by_byte_is_bounded_as_a_whole(token_directory):
    async with FakeMiner3({"get.device.info": Dribble(frame(b" " * 5000), 0.02)}) as fake:
        begun = time.monotonic()
        await failure(fake.client(token_directory, reply_timeout=0.2).read("mac"), TimedOut)
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (HTTP, NotAMiner),
        (struct.pack("<I", 2**32 - 1) + b"x" * 100, NotAMiner),
        (b'{"STATUS":"S"}', NotAMiner),
        (frame(b"{" * 5000), NotAMiner),
        (frame(b'{"code":"yes"}'), NotAMiner),
        (HEARTBEAT * 3000, NotAMiner),
        (Ended(), EmptyReply),
        (Silence(), TimedOut),
    ],
)
async def test_what_is_no_reply_is_an_error_and_the_connection_is_given_up(token_directory, answer, kind):
    async with FakeMiner3({"get.device.info": [answer] * 9}) as fake:
        client = fake.api3(token_directory, reply_timeout=0.3, retries=0)
        await failure(client.ask(INFO), kind)
        fake.answers.clear()
        assert (await client.ask(INFO))["get.device.info"].ok
        assert fake.requests[-1].connection == fake.connections > 1


@pytest.mark.parametrize("first", [Ended(), HTTP, frame(b"{"), Ended(b"\x10\0\0\0{"), b"\xff\xff\xff\xff"])
async def test_a_read_that_fails_is_tried_again(token_directory, first):
    async with FakeMiner3({"get.device.info": [first, first, ok(info())]}) as fake:
        assert (await fake.client(token_directory).read("mac")).facts["mac"] == MAC


async def test_a_timeout_is_waited_for_once_whatever_the_retries(token_directory):
    async with FakeMiner3({"get.device.info": Silence()}) as fake:
        begun = time.monotonic()
        await failure(fake.client(token_directory, reply_timeout=0.3, retries=9).read("mac"), TimedOut)
    assert time.monotonic() - begun < 0.6
    assert fake.connections == 1


@pytest.mark.parametrize(
    "said", [NOT_RUNNING, no(-1, "btminer process is down err"), ok("Socket connect failed")]
)
async def test_a_btminer_that_is_down_is_told_as_a_reading_and_no_failure(token_directory, said):
    async with FakeMiner3({"get.device.info": said, "get.miner.status": said}) as fake:
        reading = await fake.client(token_directory).read("uptime_seconds")
        assert reading.down
        assert "state" not in reading.facts


async def test_one_read_that_fails_does_not_spoil_the_others(token_directory):
    answers = {"get.miner.setting": HTTP, "get.system.setting": no(-2), "get.fan.setting": Ended()}
    async with takes(answers=answers) as fake:
        reading = await fake.client(token_directory, retries=0).gather(["all"])
    assert reading.facts["mac"] == MAC
    assert reading.facts["uptime_seconds"] == SUMMARY["bootup-time"]
    assert set(reading.faults) == {"get.miner.setting", "get.fan.setting"}


async def test_reads_beside_ones_that_hang_wait_together_no_longer_than_twice_the_timeout(token_directory):
    hanging = ("get.miner.setting", "get.system.setting", "get.fan.setting")
    async with takes(answers=dict.fromkeys(hanging, Silence())) as fake:
        begun = time.monotonic()
        reading = await fake.client(token_directory, reply_timeout=0.4).gather(["all"])
    assert time.monotonic() - begun < 0.9
    assert reading.facts["uptime_seconds"] == SUMMARY["bootup-time"]


# --- Secrets ------------------------------------------------------------------------------------------------

POOL_SECRET, NEW_SECRET = "p00l-secret", "n3wsecret"


def echoing(request):
    text = json.dumps(request.body)
    return {"code": -1, "msg": f"what? {text} {PASSWORD} {POOL_SECRET} {NEW_SECRET}"}


@pytest.mark.parametrize(
    ("command", "params"),
    [
        ("set.miner.pools", {"param": [{"pool": "a.example", "worker": "w", "passwd": POOL_SECRET}]}),
        ("set.user.change_passwd", {"account": "user1", "new": NEW_SECRET, "old": POOL_SECRET}),
    ],
)
async def test_no_secret_is_in_the_trace_or_an_error_even_if_the_miner_echoes_it(
    token_directory, command, params
):
    lines = []
    async with takes(answers={command: echoing}) as fake:
        miner = fake.client(token_directory)
        miner.line.trace = lines.append
        error = await failure(miner.send(command, params), CommandRefused)
        sent = fake.requests[-1]
    said = "\n".join([str(error), repr(error), repr(error.args), repr(error.to_dict()), *lines])
    present = [name for name in (PASSWORD, sent.body["token"], sent.param) if name in said]
    assert present == []
    assert (POOL_SECRET if command == "set.miner.pools" else NEW_SECRET) not in said


async def test_the_trace_shows_each_exchange(token_directory):
    lines = []
    async with takes("set.miner.power_mode", answers={"set.miner.fastboot": no(-1, "not now")}) as fake:
        miner = fake.client(token_directory)
        miner.line.trace = lines.append
        await miner.read("uptime_seconds")
        await failure(miner.send(*FAST), CommandRefused)
    where = f"API 3, port {fake.port}: "
    assert [line.rpartition(", ")[0] for line in lines] == [
        f"{where}get.device.info: Code 0",
        f"{where}get.miner.status: Code 0",
        f"{where}set.miner.fastboot: Code -1, not now",
    ]


async def test_the_salt_is_in_no_raw_facts(token_directory):
    async with takes() as fake:
        reading = await fake.client(token_directory).gather(["all"])
    assert fake.salt not in json.dumps(reading.facts)


async def test_a_refusal_that_comes_after_the_signature_was_read_tells_that_the_password_is_right(
    token_directory,
):
    async with takes(answers={"set.miner.report": no(-1, "invalid param")}) as fake:
        assert await fake.client(token_directory).choice.three.knows(PASSWORD)
