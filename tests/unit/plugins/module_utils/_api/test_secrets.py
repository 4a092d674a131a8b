# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret that a miner echoes is in an error, a result, or facts."""

from __future__ import annotations

import json
import traceback

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    CommandRefused,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.plugins.modules import whatsminer_command, whatsminer_facts
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import (
    PASSWORD,
    SUMMARY,
    FakeMiner,
    Sealed,
    failure,
    refuses,
    says,
)

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

    options = {"command": command, "params": params, "param": None, "sealed": "auto", "encoding": "json"}
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
