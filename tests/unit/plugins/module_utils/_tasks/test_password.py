# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The password of a miner that speaks API 3: of each API's account, whether firmware keeps one or two."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    AccessDenied,
    BadParameter,
    CommandRefused,
    NotConverged,
    OutcomeUnknown,
    WrongPassword,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.known_apis import KnownApis
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import Tokens
from ansible_collections.minerops.whatsminer.plugins.modules import whatsminer_led, whatsminer_password

OLD, NEW = "sim12345", "n3w_pw"
CHANGE_2, CHANGE_3 = "update_pwd", "set.user.change_passwd"


def simulated(generation="3", **fields):
    import simulator

    spec = simulator.MinerSpec(name="m", generation=generation, address="127.0.0.1", port=0, **fields)
    return simulator.Fleet([spec], seed=1)


def client_of(machine, token_directory, **options):
    return Miner(
        "127.0.0.1",
        machine.port or 1,
        api3_port=machine.port3 or 1,
        tokens=Tokens(token_directory),
        known_apis=KnownApis(token_directory),
        reply_timeout=2,
        **options,
    )


async def changed(machine, token_directory, *, old=(OLD,), new=NEW, check=False, own=None, **options):
    miner = client_of(machine, token_directory, api3_password=own, **options)
    params = {"old_password": list(old), "password": "", "api3_password": own, "new_password": new}
    try:
        return await whatsminer_password.run(miner, params, check)
    finally:
        miner.close()


def passwords(machine):
    return machine.state.password, machine.state.accounts["super"]["password"]


WAYS = [
    ("2.2", {}, {"api2": "new"}, [CHANGE_2]),
    ("3-only", {}, {"api3": "new"}, [CHANGE_3]),
    ("3", {}, {"api3": "new", "api2": "new"}, [CHANGE_3, CHANGE_2]),
    ("3", {"shared_password": True}, {"api3": "new", "api2": "new"}, [CHANGE_3]),
    ("3", {"api3_salt_changes": ("password",)}, {"api3": "new", "api2": "new"}, [CHANGE_3, CHANGE_2]),
    ("3", {"api3_wrong_password_code": -4}, {"api3": "new", "api2": "new"}, [CHANGE_3, CHANGE_2]),
]


@pytest.mark.parametrize(("generation", "options", "told", "commands"), WAYS)
async def test_each_api_gets_it_for_few_tokens_and_a_second_run_changes_nothing(
    token_directory, generation, options, told, commands
):
    async with simulated(generation, options=options) as fleet:
        machine = fleet["m"]
        before = passwords(machine)
        predicted = await changed(machine, token_directory, check=True)
        assert passwords(machine) == before
        assert (predicted.changed, predicted.commands, predicted.values["passwords"]) == (True, [], told)
        applied = await changed(machine, token_directory)
        assert applied.commands == commands
        assert applied.values["passwords"] == told
        assert (applied.before, applied.after) == (predicted.before, predicted.after)
        assert {f"api{2 + place}": "new" for place in (0, 1) if passwords(machine)[place] == NEW} == told
        for check in (True, False):
            again = await changed(machine, token_directory, check=check)
            assert (again.changed, again.commands, again.values["passwords"]) == (False, [], told)
        assert machine.counters.tokens <= 8


@pytest.mark.parametrize("super_has", ["super", "0ther_pw"])
async def test_accounts_with_two_old_passwords_get_one_new_one(token_directory, super_has):
    async with simulated() as fleet:
        machine = fleet["m"]
        machine.set_account_password("super", super_has)
        result = await changed(machine, token_directory, old=["wr0ng", super_has, OLD])
        assert passwords(machine) == (NEW, NEW)
        assert result.commands == [CHANGE_3, CHANGE_2]
        assert result.values["found"] == {"api3": "old 2", "api2": "old 3"}
        assert machine.counters.tokens <= 12


async def test_an_api_that_has_it_already_is_left(token_directory):
    async with simulated() as fleet:
        machine = fleet["m"]
        machine.set_account_password("super", NEW)
        result = await changed(machine, token_directory)
        assert result.commands == [CHANGE_2]
        assert result.values["found"] == {"api3": "new", "api2": "old 1"}
        assert passwords(machine) == (NEW, NEW)


async def test_an_unknown_password_over_api_3_alone_is_a_warning_since_playbooks_worked_without_it(
    token_directory,
):
    async with simulated() as fleet:
        machine = fleet["m"]
        machine.set_account_password("super", "unkn0wn")
        result = await changed(machine, token_directory)
        assert passwords(machine) == (NEW, "unkn0wn")
        assert result.values["passwords"] == {"api3": "other", "api2": "new"}
        assert any("super (API 3)" in warning for warning in result.warnings)
        again = await changed(machine, token_directory)
        assert not again.changed
        assert again.warnings == result.warnings


async def test_a_password_of_its_own_that_is_declared_and_right_is_changed_too(token_directory):
    async with simulated() as fleet:
        machine = fleet["m"]
        machine.set_account_password("super", "0wn_pw")
        result = await changed(machine, token_directory, old=[OLD, "0wn_pw"], own="0wn_pw")
        assert result.values["passwords"] == {"api3": "new", "api2": "new"}
        assert passwords(machine) == (NEW, NEW)


@pytest.mark.parametrize("check", [True, False])
async def test_it_is_an_error_where_a_password_of_its_own_is_declared(token_directory, check):
    async with simulated() as fleet:
        machine = fleet["m"]
        machine.set_account_password("super", "unkn0wn")
        with pytest.raises(WrongPassword, match=r"super \(API 3\)"):
            await changed(machine, token_directory, own="0wn_pw", check=check)
        assert passwords(machine) == (OLD, "unkn0wn")


async def test_an_unknown_password_over_api_2_is_an_error_before_anything_is_changed(token_directory):
    async with simulated() as fleet:
        machine = fleet["m"]
        machine.set_password("unkn0wn")
        with pytest.raises(WrongPassword, match=r"admin \(API 2\)") as caught:
            await changed(machine, token_directory)
        assert caught.value.command == CHANGE_2
        assert passwords(machine) == ("unkn0wn", OLD)
        assert OLD not in str(caught.value)


@pytest.mark.parametrize("api", ["2", "3"])
async def test_the_option_api_limits_it_to_one(token_directory, api):
    async with simulated() as fleet:
        machine = fleet["m"]
        result = await changed(machine, token_directory, api=api)
        assert result.values["passwords"] == {f"api{api}": "new"}
        assert passwords(machine) == ((NEW, OLD) if api == "2" else (OLD, NEW))


async def test_where_the_second_fails_it_is_said_which_has_which(token_directory):
    async with simulated(faults={"deny": {CHANGE_2: "no"}}) as fleet:
        machine = fleet["m"]
        with pytest.raises((CommandRefused, AccessDenied)) as caught:
            await changed(machine, token_directory)
        assert passwords(machine) == (OLD, NEW)
        assert "super (API 3) has the new password and admin (API 2) has the old one" in str(caught.value)
        result = caught.value.result
        assert (result.changed, result.commands) == (True, [CHANGE_3])
        assert result.values["passwords"] == {"api3": "new", "api2": "old"}
        machine.faults.deny = {}
        assert (await changed(machine, token_directory)).commands == [CHANGE_2]


async def test_where_the_first_fails_nothing_is_changed(token_directory):
    async with simulated(faults={"deny": {CHANGE_3: "no"}}) as fleet:
        with pytest.raises((CommandRefused, AccessDenied)) as caught:
            await changed(fleet["m"], token_directory)
        assert passwords(fleet["m"]) == (OLD, OLD)
        assert not caught.value.result.changed
        assert "super (API 3) has the old one and admin (API 2) has the old one" in str(caught.value)


@pytest.mark.parametrize("generation", ["3", "3-only"])
async def test_a_lost_answer_is_no_lost_change(token_directory, generation):
    async with simulated(generation, faults={"write_silent": [CHANGE_3]}) as fleet:
        result = await changed(fleet["m"], token_directory)
        assert result.commands[0] == CHANGE_3
        assert passwords(fleet["m"])[1] == NEW


@pytest.mark.parametrize("generation", ["3", "3-only"])
async def test_a_yes_that_changed_nothing_is_found_out(token_directory, generation):
    async with simulated(generation, faults={"write_ignored": [CHANGE_3]}) as fleet:
        with pytest.raises(NotConverged) as caught:
            await changed(fleet["m"], token_directory)
        assert caught.value.result.values["passwords"]["api3"] == "unknown"
        assert passwords(fleet["m"])[1] == OLD


@pytest.mark.parametrize("generation", ["2.0", "3", "3-only"])
async def test_a_change_that_nothing_answers_and_that_does_not_show_is_unknown_and_the_old_one_is_left(
    token_directory, generation
):
    async with simulated(generation, faults={"write_lost": [CHANGE_2, CHANGE_3]}) as fleet:
        with pytest.raises(OutcomeUnknown) as caught:
            await changed(fleet["m"], token_directory)
        result = caught.value.result
        assert (result.changed, result.commands) == (False, [])
        assert set(result.values["passwords"].values()) == {"old"}


async def test_a_change_over_one_api_that_spoils_the_password_of_the_other_says_which_are_in_doubt(
    token_directory, monkeypatch
):
    async with simulated() as fleet:
        machine = fleet["m"]
        send = Miner.send

        async def spoiling(self, command, params):
            await send(self, command, params)
            machine.set_password("an0ther")

        monkeypatch.setattr(Miner, "send", spoiling)
        with pytest.raises(
            WrongPassword, match="doesn't work any more, and the new one doesn't either"
        ) as caught:
            await changed(machine, token_directory)
        assert "admin (API 2) has one of both" in str(caught.value)
        assert caught.value.result.values["passwords"] == {"api3": "new", "api2": "unknown"}


@pytest.mark.parametrize("check", [True, False])
async def test_a_miner_whose_api_is_switched_off_is_asked_to_be_switched_on(token_directory, check):
    async with simulated() as fleet:
        machine = fleet["m"]
        machine.state.api_on = False
        with pytest.raises(AccessDenied, match="switch"):
            await changed(machine, token_directory, own=OLD, check=check)
        assert passwords(machine) == (OLD, OLD)


@pytest.mark.parametrize("new", ["123456789", "admin", "super", "a b", ""])
async def test_a_password_that_one_of_the_apis_would_not_take_is_refused_before_anything_is_asked(
    token_directory, new
):
    async with simulated() as fleet:
        with pytest.raises(BadParameter, match="new_password"):
            await changed(fleet["m"], token_directory, new=new)
        assert fleet["m"].counters.connections == 0


async def test_api_3_alone_takes_a_longer_one(token_directory):
    long = "l0nger_than_eight"
    async with simulated("3-only") as fleet:
        machine = fleet["m"]
        assert (await changed(machine, token_directory, new=long, api="3")).changed
        assert passwords(machine)[1] == long
        assert (await changed(machine, token_directory, old=[long])).changed
        assert passwords(machine)[1] == NEW


async def test_later_tasks_use_the_new_one_over_api_3_though_that_had_been_given_up(token_directory):
    """The miner was managed over API 2, since its password over API 3 wasn't known."""
    led = {"applied": {}, "fact_cache": True, "mode": "manual", **dict.fromkeys(("color", "period", "start"))}
    led["duration"] = None
    async with simulated() as fleet:
        machine = fleet["m"]
        machine.set_account_password("super", "super")
        miner = client_of(machine, token_directory, password=OLD)
        miner.choice._known_apis.remember(miner.choice._place, fallen_back())
        miner.close()
        await changed(machine, token_directory, old=[OLD, "super"])
        result = await whatsminer_led.run(client_of(machine, token_directory, password=NEW), led)
        assert result.commands == ["set.system.led"]


def fallen_back():
    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.known_apis import Known

    return Known(2, beside=True, refused="super")
