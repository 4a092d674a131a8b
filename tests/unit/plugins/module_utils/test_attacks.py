# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever a miner does, a task ends soon, with a cause that is documented, and what it says can be shown."""

from __future__ import annotations

import json
import random
import time
import tracemalloc

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    NotAMiner,
    OutcomeUnknown,
    Unreachable,
    WhatsminerError,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.network import finish
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import cipher
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import Tokens
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import OPTIONS, outcome
from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks import firmware
from ansible_collections.minerops.whatsminer.plugins.modules import (
    whatsminer_facts,
    whatsminer_firmware,
    whatsminer_logs,
    whatsminer_power,
)
from ansible_collections.minerops.whatsminer.tests.fuzz.wires import Exchange
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils import fake_miner3
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.attacks import (
    ATTACKS,
    IMAGE,
    LOGS,
    ON_2,
    ON_3,
    READ,
    WRITE,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import (
    PASSWORD,
    FakeMiner,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner3 import FakeMiner3

MOST_SECONDS = 10
MOST_CONNECTIONS = 100
MOST_MEGABYTES = 16
MODULES = {
    READ: (whatsminer_facts, {}),
    WRITE: (whatsminer_power, {"state": "off", "wait_timeout": 0}),
    LOGS: (whatsminer_logs, {}),
    IMAGE: (whatsminer_firmware, {"version": "20991231.1.REL", "wait_timeout": 0}),
}
# Of what ends so, some ends only when the time is up.
WAITING = {"timed_out", "outcome_unknown", "transfer_failed"}


class Everything(dict):
    """The same answer to every command but those that it holds."""

    def __init__(self, answer, others=()):
        super().__init__(others)
        self._answer = answer

    def get(self, name, default=None):
        return super().get(name, self._answer)


def hostile(attack):
    """The miner that leads *attack*."""
    fake = FakeMiner() if attack.api == 2 else FakeMiner3()
    if not isinstance(attack.answers, dict):
        fake.answers = Everything(attack.answers)
    elif attack.api == 2:
        fake.answers = {**ON_2, **attack.answers}
    else:
        fake.answers = {**ON_3, **attack.answers}
        fake.salt = ON_3["get.device.info"]["msg"]["salt"]
    return fake


async def told(fake, api, module, options, tmp_path):
    """The task result of *module* over *api*."""
    given = {
        "host": "127.0.0.1",
        "port": fake.port,
        "password": PASSWORD,
        "api": str(api),
        "reply_timeout": 2,
        "retries": 1,
        "token_directory": str(tmp_path / "tokens"),
        "holds": str(tmp_path / "holds"),
        **options,
    }
    validated = ArgumentSpecValidator({**OPTIONS, **module.ARGUMENTS}).validate(given)
    assert not validated.error_messages
    return await outcome(module.run, validated.validated_parameters, diff=True, name="rack1-01")


def require_showable(result):
    """What Ansible shows of *result* as it is, is one line each, not too long, and holds no password. Nothing
    in it acts on a screen, or is an object to ansible-core's JSON.
    """
    text = json.dumps(result, allow_nan=False)
    assert PASSWORD not in text
    for said in (result.get("msg", ""), *result.get("warnings", ())):
        assert said.isprintable() and len(said) <= 2000
    for said, is_name in strings_in(result):
        assert said.translate(BLANKS).isprintable(), said
        assert not (is_name and said.startswith(("_ansible", "__ansible"))), said


BLANKS = dict.fromkeys(map(ord, "\t\n\r"), " ")


def strings_in(value):
    """Each text in *value*, and whether it is a name."""
    if isinstance(value, str):
        yield value, False
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name, True
            yield from strings_in(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from strings_in(inner)


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
async def test_an_attack_ends_soon_with_a_cause_that_is_documented(attack, tmp_path, monkeypatch):
    monkeypatch.setattr(firmware, "UNCONFIRMED_SECONDS", 0)
    (tmp_path / "holds").mkdir(mode=0o700)
    module, options = MODULES[attack.act]
    if WAITING.intersection(attack.causes):
        options = {**options, "reply_timeout": 0.5}
    if attack.act == LOGS:
        options = {**options, "dest": str(tmp_path / "logs.tgz")}
    if attack.act == IMAGE:
        (tmp_path / "image.bin").write_bytes(bytes(200_000))
        options = {**options, "src": str(tmp_path / "image.bin")}
    async with hostile(attack) as fake:
        tracemalloc.start()
        started = time.monotonic()
        try:
            result = await told(fake, attack.api, module, options, tmp_path)
            assert tracemalloc.get_traced_memory()[1] < MOST_MEGABYTES * 1024 * 1024
        finally:
            tracemalloc.stop()
    assert time.monotonic() - started < MOST_SECONDS
    assert fake.connections <= MOST_CONNECTIONS
    require_showable(result)
    assert result.get("cause", "ok") in attack.causes


# --- Connections that end at each byte ----------------------------------------------------------------------

SEAL = cipher.Seal(PASSWORD, cipher.Challenge("5626", "BQ5hoXV9", "jbzkfQls"))
TOKEN = b'{"STATUS":"S","When":1,"Code":134,"Msg":{"time":"5626","salt":"BQ5hoXV9","newsalt":"jbzkfQls"}}'
TAKEN_2 = b'{"enc":"%s"}' % SEAL.close(b'{"STATUS":"S","When":1,"Code":131,"Msg":"API command OK"}').encode()
INFO_3 = fake_miner3.frame(ON_3["get.device.info"])
TAKEN_3 = fake_miner3.frame({"code": 0, "when": 1790000000, "msg": "ok", "desc": "set.miner.service"})


def said_over(replies, api, act, *, keeps_on=False):
    """What *act* with a miner comes to, over connections with *replies*; and the connections."""
    exchange = Exchange(replies, random.Random(1), keeps_on=keeps_on)
    miner = Miner("192.0.2.1", password=PASSWORD, api=api, retries=0, tokens=Tokens("/dev/null/tokens"))
    with exchange.standing_in():
        try:
            return finish(act(miner)), exchange.wires
        except WhatsminerError as error:
            return error, exchange.wires
        finally:
            miner.close()


def test_a_read_whose_connection_ends_at_any_byte_shows_nothing_or_all():
    for api, reply in (("2", json.dumps(ON_2["get_miner_info"]).encode()), ("3", INFO_3)):
        outcomes = [
            said_over([reply[:length]], api, lambda miner: miner.read("network.address"))[0]
            for length in range(len(reply) + 1)
        ]
        for found in outcomes[:-1]:  # some firmware forgets the last brace
            if not isinstance(found, (NotAMiner, Unreachable)):
                assert {**found.facts, "raw": None} == {**outcomes[-1].facts, "raw": None}
        assert all(isinstance(found, NotAMiner) for found in outcomes[: len(reply) * 3 // 4])


def test_a_write_whose_connection_ends_at_any_byte_is_sent_once_and_never_taken_for_done():
    for length in range(len(TAKEN_2) - 1):
        outcome, wires = said_over([TOKEN, TAKEN_2[:length]], "2", lambda miner: miner.send("power_off"))
        assert isinstance(outcome, OutcomeUnknown), length
        assert sum(b'"enc"' in wire.sent for wire in wires) == 1
    for length in range(len(TAKEN_3)):
        outcome, wires = said_over(
            [INFO_3, INFO_3, TAKEN_3[:length]],
            "3",
            lambda miner: miner.send("set.miner.service", {"param": "stop"}),
            keeps_on=True,
        )
        assert isinstance(outcome, OutcomeUnknown), length
        assert sum(wire.sent.count(b'"token"') for wire in wires) == 1
    assert said_over([TOKEN, TAKEN_2], "2", lambda miner: miner.send("power_off"))[0].ok
