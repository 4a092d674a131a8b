# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What isn't a setting: reading facts, fetching logs, changing the password."""

from __future__ import annotations

import errno
import os

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    AccessDenied,
    BadParameter,
    CommandRefused,
    NotAMiner,
    NotRunning,
    TransferFailed,
    WrongPassword,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import Tokens
from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks import logs, password
from ansible_collections.minerops.whatsminer.plugins.modules import whatsminer_facts, whatsminer_password
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import (
    NOT_RUNNING,
    SUMMARY,
    FakeMiner,
    refuses,
    says,
)

READS = (
    "summary",
    "edevs",
    "devs",
    "devdetails",
    "pools",
    "status",
    "get_version",
    "get_psu",
    "get_miner_info",
    "get_error_code",
)
PASSWORD = "sim12345"


def simulated(**fields):
    import simulator

    spec = simulator.MinerSpec(name="m", generation="2.0", address="127.0.0.1", port=0, **fields)
    return simulator.Fleet([spec], seed=1)


def client_of(machine, token_directory, secret=PASSWORD):
    return Miner("127.0.0.1", machine.port, secret, reply_timeout=2, tokens=Tokens(token_directory))


# --- Facts --------------------------------------------------------------------------------------------------


async def facts_of(token_directory, answers, subset=("all",)):
    async with FakeMiner(answers) as fake:
        client = fake.client(token_directory, retries=0)
        return await whatsminer_facts.run(client, {"gather_subset": list(subset), "raw": True})


@pytest.mark.parametrize("code", [14, 45, 132])
async def test_a_machine_that_refuses_every_read_has_no_facts_and_so_fails(token_directory, code):
    with pytest.raises((CommandRefused, AccessDenied)) as caught:
        await facts_of(
            token_directory, dict.fromkeys((*READS, "summary+edevs+devdetails+pools"), refuses(code))
        )
    assert caught.value.code == code


async def test_a_machine_that_answers_with_nothing_that_is_a_fact_fails(token_directory):
    with pytest.raises(NotAMiner):
        await facts_of(
            token_directory, dict.fromkeys(READS, says(msg={"toaster": 3})), subset=("!all", "!min", "psu")
        )


async def test_a_subset_that_a_miner_hides_while_it_is_off_is_a_failure_that_says_so(token_directory):
    with pytest.raises(NotRunning):
        await facts_of(token_directory, {"pools": NOT_RUNNING}, subset=("!all", "!min", "pools"))


async def test_one_fact_is_enough_and_what_was_refused_is_a_warning(token_directory):
    result = await facts_of(token_directory, {**dict.fromkeys(READS, refuses(132)), "summary": SUMMARY})
    assert result.values["ansible_facts"]["whatsminer"]["mac"]
    assert result.warnings


# --- Logs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["there.tgz", "one/two/new.tgz"])
async def test_logs_make_their_directory(token_directory, tmp_path, path):
    dest = tmp_path / path
    async with simulated(options={"log_bytes": 1000}) as fleet:
        client = client_of(fleet["m"], token_directory)
        foretold = await logs.fetch(client, str(dest), check_mode=True)
        assert foretold.changed
        assert os.listdir(tmp_path) == []
        await logs.fetch(client, str(dest))
    assert dest.stat().st_size == 1000


async def test_a_relative_path_is_one_from_where_the_module_runs(token_directory, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with simulated(options={"log_bytes": 10}) as fleet:
        await logs.fetch(client_of(fleet["m"], token_directory), "logs/m.tgz")
    assert (tmp_path / "logs" / "m.tgz").stat().st_size == 10


@pytest.mark.parametrize("check", [True, False])
async def test_where_no_directory_can_be_made_nothing_is_asked(token_directory, tmp_path, check):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    async with FakeMiner() as fake:
        with pytest.raises(BadParameter, match="dest"):
            await logs.fetch(fake.client(token_directory), str(tmp_path / "file" / "logs" / "m.tgz"), check)
    assert fake.requests == []


@pytest.mark.parametrize(
    "faults",
    [
        {"only_commands": ["download_logs"], "garbage": True},
        {"only_commands": ["download_logs"], "silent": True},
        {"only_commands": ["download_logs"], "truncated": True},
    ],
)
async def test_logs_that_do_not_begin_to_come_leave_the_old_file(token_directory, tmp_path, faults):
    dest = tmp_path / "old.tgz"
    dest.write_bytes(b"old")
    async with simulated(faults=faults) as fleet:
        client = client_of(fleet["m"], token_directory)
        client.line.reply_timeout = 0.3
        with pytest.raises(TransferFailed, match="doesn't begin to send its logs") as caught:
            await logs.fetch(client, str(dest))
    assert caught.value.command == "download_logs"
    assert dest.read_bytes() == b"old"


async def test_a_full_disk_is_an_error_of_the_file(token_directory, tmp_path, monkeypatch):
    def full(_handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    async with simulated(options={"log_bytes": 10}) as fleet:
        with pytest.raises(TransferFailed, match=r"m\.tgz can't be written: No space left"):
            await logs.fetch(client_of(fleet["m"], token_directory), str(tmp_path / "m.tgz"))
    assert not (tmp_path / "m.tgz").exists()


async def test_an_old_file_that_can_not_be_read_is_not_replaced(tmp_path, monkeypatch):
    def refused(*_arguments, **_keywords):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(logs, "digest_of", refused)
    with pytest.raises(BadParameter, match="dest must be a file that can be read and replaced"):
        await logs.fetch(None, str(tmp_path / "m.tgz"))


# --- The password -------------------------------------------------------------------------------------------


async def changed(machine, token_directory, old, new="n3w_pw", check=False, secret=""):
    params = {"old_password": old, "password": secret, "api3_password": None, "new_password": new}
    return await whatsminer_password.run(client_of(machine, token_directory, secret), params, check)


@pytest.mark.parametrize(
    "old", [[PASSWORD], ["wrong_1", PASSWORD], ["wrong_1", "wrong_2", PASSWORD, "wrong_3"]]
)
async def test_the_old_password_is_any_of_those_given(token_directory, old):
    async with simulated() as fleet:
        machine = fleet["m"]
        assert (await changed(machine, token_directory, old, check=True)).changed
        assert machine.state.password == PASSWORD
        assert (await changed(machine, token_directory, old)).commands == ["update_pwd"]
        assert machine.state.password == "n3w_pw"
        assert not (await changed(machine, token_directory, old)).changed
        assert machine.counters.tokens <= 12


async def test_without_an_old_password_that_of_the_connection_is_tried(token_directory):
    async with simulated() as fleet:
        assert (await changed(fleet["m"], token_directory, None, secret=PASSWORD)).changed


@pytest.mark.parametrize("old", [None, [], ["wrong_1"], ["wrong_1", "wrong_1", "wrong_2"]])
async def test_where_no_old_password_is_right_nothing_is_changed(token_directory, old):
    async with simulated() as fleet:
        with pytest.raises(WrongPassword) as caught:
            await changed(fleet["m"], token_directory, old)
        assert dict(fleet["m"].counters.taken) == {}
        assert "wrong_1" not in str(caught.value)


@pytest.mark.parametrize("old", [["a b"], ["right1", "; reboot"], [f"pw_{number}" for number in range(9)]])
async def test_old_passwords_that_can_not_be_tried_are_refused_before_anything_is_sent(token_directory, old):
    async with FakeMiner() as fake:
        with pytest.raises(BadParameter) as caught:
            await password.change(fake.client(token_directory), old, "n3w_pw")
    assert "old_password" in str(caught.value)
    assert fake.requests == []
