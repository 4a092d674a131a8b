# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Desired meets actual, on simulated miners: what drifted is changed, once and in order, and nothing is made
up.
"""

from __future__ import annotations

import asyncio
import json

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    AccessDenied,
    CommandRefused,
    NotRunning,
    OutcomeUnknown,
    Unreachable,
    WrongMachine,
    WrongPassword,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import failure
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.site import (
    ANY_ONE,
    ANY_TWO,
    ONE,
    OTHER_MAC,
    PASSWORD,
    TWO,
)

GENERATIONS = ["1.3", "1.4", "2.0", "2.2"]


# --- As desired already -------------------------------------------------------------------------------------


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_a_miner_in_the_desired_state_costs_reads_only_no_token_and_no_write(site, generation):
    async with site(generation, state={"pools": [ONE, TWO], "mode": "Low"}) as here:
        for _each in range(2):
            result = await here.run(pools=[ANY_ONE, ANY_TWO], mode="low", state="on")
            assert (result.changed, result.commands, result.before, result.after) == (False, [], {}, {})
        assert here.taken == {}
        assert here.machine.counters.tokens == here.machine.counters.sealed == 0


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_a_second_run_changes_nothing(site, generation):
    declared = {"pools": [ONE], "web_access": False, "mode": "high", "percent": 80, "frequency_percent": -5}
    declared.update(timezone="CST-8", zonename="Asia/Shanghai", state="on")
    async with site(generation) as here:
        first = await here.run(**declared)
        taken, tokens = here.taken, here.machine.counters.tokens
        second = await here.run(**declared)
        assert first.changed
        assert (second.changed, second.commands) == (False, [])
        assert (
            (here.taken, here.machine.counters.tokens)
            == (taken, tokens)
            == (dict.fromkeys(first.commands, 1), 1)
        )


# --- The plan -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_what_disturbs_least_comes_first_and_what_a_restart_loses_last(site, generation):
    async with site(generation) as here:
        result = await here.run(pools=[ONE], web_access=False, mode="low", percent=70, state="on")
        assert result.commands == ["update_pools", "disable_web_pools", "set_low_power", "set_power_pct"]
        assert here.machine.state.percent == 70


async def test_mining_stops_after_everything_else(site):
    async with site("2.0") as here:
        result = await here.run(pools=[ONE], mode="low", state="off")
        assert result.commands == ["update_pools", "set_low_power", "power_off"]


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("powered", [True, False])
@pytest.mark.parametrize(
    "declared",
    [
        {"pools": [ONE, TWO]},
        {"pools": [TWO], "mode": "high", "state": "on"},
        {"web_access": False, "state": "off"},
        {"timezone": "CST-8", "zonename": "Asia/Shanghai", "percent": 80, "state": "on"},
    ],
)
async def test_check_mode_predicts_what_the_run_then_does(site, generation, powered, declared):
    async with site(generation, state={"powered": powered}) as here:
        foretold = await here.run(check=True, **declared)
        assert here.sent == {}
        assert here.machine.counters.tokens == 0
        done = await here.run(**declared)
        assert (foretold.changed, foretold.before, foretold.after) == (done.changed, done.before, done.after)
        assert foretold.commands == []
        again = await here.run(check=True, **declared)
        assert (again.changed, again.before, again.after) == (False, {}, {})


async def test_before_and_after_hold_only_what_changes_and_no_password(site):
    async with site("2.0", state={"pools": [ONE], "mode": "Low"}) as here:
        result = await here.run(pools=[TWO], mode="low")
        hidden = "********"
        assert result.before == {"pools": [{"url": ONE["url"], "user": "farm.1", "password": hidden}]}
        assert result.after == {"pools": [{"url": TWO["url"], "user": "farm.2", "password": hidden}]}


async def test_no_password_is_in_a_result_or_a_record(site):
    async with site("2.0") as here:
        result = await here.run(pools=[ONE, TWO], mode="high")
        said = json.dumps(result.to_dict(diff=True))
        for secret in (ONE["password"], TWO["password"], PASSWORD):
            assert secret not in said


# --- Pools --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "one.example:3333",
        "stratum+tcp://one.example:3333/",
        "STRATUM+TCP://One.Example:3333",
        " stratum+tcp://one.example:3333 ",
    ],
)
async def test_the_same_pool_written_otherwise_is_no_change(site, url):
    async with site("2.0", state={"pools": [ONE]}) as here:
        assert not (await here.run(pools=[{**ANY_ONE, "url": url}])).changed


@pytest.mark.parametrize(
    "url",
    [
        "stratum+ssl://one.example:3333",
        "one.example:3334",
        "one.example",
        "two.example:3333",
        "one.example:3333/path",
    ],
)
async def test_another_pool_is_a_change(site, url):
    async with site("2.0", state={"pools": [ONE]}) as here:
        assert (await here.run(pools=[{**ONE, "url": url}])).commands == ["update_pools"]


async def test_a_pool_that_is_not_declared_is_removed(site):
    async with site("2.0", state={"pools": [ONE, TWO]}) as here:
        await here.run(pools=[ONE])
        assert here.machine.state.pools == [ONE]


async def test_order_is_priority(site):
    async with site("2.0", state={"pools": [ONE, TWO]}) as here:
        assert (await here.run(pools=[TWO, ONE])).changed
        assert here.machine.state.pools == [TWO, ONE]


async def test_a_changed_pool_password_is_seen_by_the_record(site):
    async with site("2.0") as here:
        await here.run(pools=[ONE])
        result = await here.run(pools=[{**ONE, "password": "other"}])
        assert result.commands == ["update_pools"]
        assert here.machine.state.pools[0]["password"] == "other"
        assert not (await here.run(pools=[{**ONE, "password": "other"}])).changed


async def test_without_a_fact_cache_a_declared_pool_password_is_left_with_one_warning(site):
    async with site("2.0", state={"pools": [ONE, TWO]}) as here:
        result = await here.run(pools=[{**ONE, "password": "other"}, TWO], web_access=True, fact_cache=False)
        assert result.commands == ["enable_web_pools"]
        (warning,) = [warning for warning in result.warnings if "password" in warning]
        assert "fact_caching" in warning
        assert "update_password: always" in warning
        assert set(result.unknown) == {"pools", "web_access"}
        assert here.machine.state.pools == [ONE, TWO]


async def test_a_declared_pool_password_without_a_record_is_applied_once(site):
    async with site("2.0", state={"pools": [ONE]}) as here:
        other = {**ONE, "password": "other"}
        foretold = await here.run(check=True, pools=[other])
        assert (foretold.changed, foretold.drifted, set(foretold.unknown)) == (True, [], {"pools"})
        assert (await here.run(pools=[other])).commands == ["update_pools"]
        assert here.machine.state.pools == [other]
        again = await here.run(pools=[other])
        assert (again.changed, again.unknown) == (False, {})


@pytest.mark.parametrize("fact_cache", [True, False])
async def test_a_pool_password_that_is_not_declared_is_left_without_a_record_and_without_a_word(
    site, fact_cache
):
    async with site("2.0", state={"pools": [ONE, TWO]}) as here:
        result = await here.run(pools=[ANY_ONE, ANY_TWO], fact_cache=fact_cache)
        assert (result.changed, result.warnings, result.unknown, result.applied) == (False, [], {}, None)
        assert here.machine.state.pools == [ONE, TWO]


async def test_a_pool_password_that_is_declared_no_longer_is_left(site):
    async with site("2.0") as here:
        await here.run(pools=[ONE, TWO])
        for declared in ([ANY_ONE, TWO], [ANY_ONE, ANY_TWO], [ONE, TWO]):
            assert not (await here.run(pools=declared)).changed
        assert here.machine.state.pools == [ONE, TWO]


async def test_a_pool_password_that_is_declared_beside_others_for_the_first_time_is_applied(site):
    async with site("2.0") as here:
        await here.run(pools=[ONE, ANY_TWO])
        assert here.machine.state.pools == [ONE, {**TWO, "password": "x"}]
        foretold = await here.run(check=True, pools=[ONE, TWO])
        assert (foretold.drifted, set(foretold.unknown)) == ([], {"pools"})
        assert (await here.run(pools=[ONE, TWO])).changed
        assert here.machine.state.pools == [ONE, TWO]


async def test_a_record_of_other_pools_says_nothing_of_the_password_of_these(site):
    async with site("2.0") as here:
        await here.run(pools=[ONE])
        here.machine.patch({"state": {"pools": [TWO]}})  # by hand, and the declaration followed
        result = await here.run(check=True, pools=[TWO])
        assert (result.drifted, set(result.unknown)) == ([], {"pools"})
        assert (await here.run(pools=[TWO])).commands == ["update_pools"]
        assert not (await here.run(pools=[TWO])).changed


async def test_other_pools_than_those_recorded_are_drift_while_the_miner_shows_none(site):
    async with site("1.3", state={"powered": False}) as here:
        await here.run(pools=[ONE])
        result = await here.run(check=True, pools=[TWO])
        assert (result.drifted, result.unknown) == (["pools"], {})


async def test_powering_off_records_nothing_that_was_not_seen(site):
    async with site("1.4", state={"pools": [ONE]}) as here:
        result = await here.run(pools=[{**ONE, "password": "other"}], state="off", fact_cache=False)
        assert result.commands == ["power_off"]
        assert "pools" not in (result.applied or {})
        hidden = await here.run(mode="high", state="preheated")
        assert "power.mode" in hidden.warnings[0]
        assert "power.mode" not in here.applied


@pytest.mark.parametrize("fact_cache", [True, False])
async def test_update_password_always_writes_each_time(site, fact_cache):
    async with site("2.0", state={"pools": [ONE]}) as here:
        for _each in range(3):
            assert (
                await here.run(pools=[ONE], update_password="always", fact_cache=fact_cache)
            ).commands == ["update_pools"]
        assert here.taken == {"update_pools": 3}


# --- What can't be read back --------------------------------------------------------------------------------


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_an_unreadable_setting_is_applied_once_and_then_known_by_its_record(site, generation):
    async with site(generation) as here:
        assert (await here.run(web_access=False)).commands == ["disable_web_pools"]
        assert not (await here.run(web_access=False)).changed
        assert (await here.run(web_access=True)).commands == ["enable_web_pools"]
        assert here.taken == {"disable_web_pools": 1, "enable_web_pools": 1}


async def test_without_a_fact_cache_an_unreadable_setting_is_applied_each_time_with_a_warning(site):
    async with site("2.0") as here:
        for _each in range(2):
            result = await here.run(web_access=False, fact_cache=False)
            assert result.changed
            (warning,) = result.warnings
            assert "web_access" in warning
            # True of the first run, too.
            assert "applied at each run" in warning
            assert "fact_caching" in warning
        assert here.taken == {"disable_web_pools": 2}


async def test_with_a_fact_cache_there_is_no_warning(site):
    async with site("2.0") as here:
        assert (await here.run(web_access=False)).warnings == []


@pytest.mark.parametrize(
    "events",
    [
        [{"state": {"firmware": "20260101.1.REL"}}, {"state": {"firmware": "20260201.1.REL"}}],
        [{"faults": {"wrong_mac": OTHER_MAC}}, {"faults": {"wrong_mac": "C4:05:08:00:00:FF"}}],
    ],
    ids=["new firmware", "another machine"],
)
@pytest.mark.parametrize("generation", ["2.0", "2.2"])
async def test_a_record_is_void_after(site, generation, events):
    # Newer firmware shows its version beside the frequency.
    declared = {"web_access": False, "frequency_percent": 5}
    async with site(generation) as here:
        for event in ({}, *events):
            here.machine.patch(event)
            assert "disable_web_pools" in (await here.run(**declared)).commands
            assert not (await here.run(**declared)).changed


async def test_a_restart_voids_the_record_of_what_it_loses_and_no_other(site):
    async with site("2.0") as here:
        await here.run(percent=80, web_access=False)
        assert not (await here.run(percent=80, web_access=False)).changed
        here.machine.restart_btminer()
        assert (await here.run(percent=80, web_access=False)).commands == ["set_power_pct"]
        assert here.machine.state.percent == 80


async def test_a_percentage_is_not_applied_to_a_miner_that_stays_off_and_a_warning_says_so(site):
    async with site("2.0", state={"powered": False}) as here:
        result = await here.run(percent=80)
        assert (result.changed, result.commands) == (False, [])
        assert "power.percent" in result.warnings[0]


async def test_records_of_other_tasks_are_kept(site):
    async with site("2.0") as here:
        await here.run(web_access=False)
        await here.run(timezone="CST-8", zonename="Asia/Shanghai")
        assert set(here.applied) == {"web_access", "timezone"}


# --- Powered off, and starting ------------------------------------------------------------------------------


@pytest.mark.parametrize("generation", ["1.3", "1.4"])
async def test_pools_of_a_powered_off_miner_that_shows_none_are_written_once(site, generation):
    async with site(generation, state={"powered": False}) as here:
        assert (await here.run(pools=[ONE])).commands == ["update_pools"]
        assert here.machine.state.pools == [ONE]
        assert not (await here.run(pools=[ONE])).changed
        assert (await here.run(pools=[TWO])).commands == ["update_pools"]


@pytest.mark.parametrize("generation", ["1.3", "1.4"])
async def test_what_was_written_blindly_is_seen_once_the_miner_is_on(site, generation):
    async with site(generation, state={"powered": False}) as here:
        result = await here.run(pools=[ONE], state="on")
        assert result.commands == ["update_pools", "power_on"]
        assert not (await here.run(pools=[ONE], state="on")).changed


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize(
    ("powered", "state", "command"), [(True, "off", "power_off"), (False, "on", "power_on")]
)
async def test_a_miner_is_powered_off_and_on_once(site, generation, powered, state, command):
    async with site(generation, state={"powered": powered}) as here:
        assert (await here.run(state=state)).commands == [command]
        assert here.machine.state.powered is (state == "on")
        assert not (await here.run(state=state)).changed
        assert here.taken == {command: 1}


@pytest.mark.parametrize("generation", ["1.3", "1.4"])
async def test_a_btminer_that_is_starting_is_waited_for(site, generation):
    async with site(generation, {"restart_seconds": 0.4}, state={"pools": [ONE]}) as here:
        here.machine.restart_btminer()
        assert not (await here.run(pools=[ANY_ONE])).changed
        assert here.taken == {}


@pytest.mark.parametrize("check", [True, False])
async def test_a_btminer_that_starts_for_ever_is_compared_with_nothing(site, check):
    async with site("1.4", faults={"btminer_down": True}) as here:
        error = await failure(here.run(pools=[ONE], check=check, wait_timeout=0.3), NotRunning)
        assert here.sent == {}
        assert "0.3 s" in str(error)


async def test_without_wait_nothing_is_read_back(site):
    async with site("1.4", {"restart_seconds": 30}) as here:
        assert (await here.run(mode="low", wait=False)).changed


# --- Failures -----------------------------------------------------------------------------------------------


async def test_a_failure_in_the_middle_says_what_was_done_and_stops_there(site):
    async with site("2.0", faults={"deny": {"set_low_power": "not now"}}) as here:
        error = await failure(here.run(pools=[ONE], mode="low", state="off"), CommandRefused)
        assert (error.command, error.answer) == ("set_low_power", "not now")
        assert (error.result.changed, error.result.commands) == (True, ["update_pools"])
        assert here.taken == {"update_pools": 1}
        assert here.machine.state.powered


async def test_after_a_failure_in_the_middle_the_next_run_does_the_rest(site):
    async with site("2.0", faults={"deny": {"set_low_power": "not now"}}) as here:
        await failure(here.run(pools=[ANY_ONE], mode="low"), CommandRefused)
        here.machine.patch({"faults": None})
        assert (await here.run(pools=[ANY_ONE], mode="low")).commands == ["set_low_power"]


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("check", [True, False])
async def test_another_machine_gets_nothing_and_check_mode_says_so_too(site, generation, check):
    async with site(generation) as here:
        error = await failure(here.run(pools=[ONE], mac=OTHER_MAC, check=check), WrongMachine)
        assert here.sent == {}
        assert here.machine.counters.tokens == 0
        assert not error.result.changed


@pytest.mark.parametrize("check", [True, False])
async def test_a_powered_off_machine_that_shows_no_mac_gets_nothing(site, check):
    async with site("1.3", state={"powered": False}) as here:
        await failure(here.run(pools=[ONE], mac=here.machine.state.mac, check=check), WrongMachine)
        assert here.sent == {}


async def test_a_powered_off_machine_that_shows_no_mac_is_powered_on_and_recognised_before_the_rest(site):
    async with site("1.3", state={"powered": False}) as here:
        result = await here.run(pools=[ONE], state="on", mac=here.machine.state.mac)
        assert result.commands == ["power_on", "update_pools"]


async def test_a_machine_that_turns_out_to_be_another_once_it_is_on_gets_no_more(site):
    async with site("1.3", state={"powered": False}) as here:
        error = await failure(here.run(pools=[ONE], state="on", mac=OTHER_MAC), WrongMachine)
        assert here.sent == {"power_on": 1}
        assert error.result.commands == ["power_on"]


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_a_wrong_password_changes_nothing_and_costs_two_tokens(site, generation):
    async with site(generation) as here:
        error = await failure(here.run(pools=[ONE], password="wrong"), WrongPassword)
        assert (here.taken, here.machine.counters.tokens, error.result.changed) == ({}, 2, False)


async def test_an_api_that_is_off_denies_access(site):
    async with site("2.0", faults={"api_off": True}) as here:
        error = await failure(here.run(pools=[ONE]), AccessDenied)
        assert (error.code, error.result.changed) == (45, False)


async def test_a_miner_that_is_away_is_unreachable(site):
    async with site("2.0") as here:
        here.machine.patch({"faults": {"refuse": True}})
        error = await failure(here.run(pools=[ONE]), Unreachable)
        assert not error.result.changed


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_a_mode_is_waited_for_through_the_restart_it_brings(site, generation):
    async with site(generation, {"restart_seconds": 0.3}) as here:
        assert (await here.run(mode="low")).commands == ["set_low_power"]
        assert here.machine.btminer_answers


async def test_a_new_pool_password_without_an_answer_has_an_unknown_outcome_since_nothing_shows_it(site):
    async with site("2.0") as here:
        await here.run(pools=[ONE])
        here.machine.patch({"faults": {"write_lost": ["update_pools"]}})
        await failure(here.run(pools=[{**ONE, "password": "other"}]), OutcomeUnknown)
        here.machine.patch({"faults": None})
        assert (await here.run(pools=[{**ONE, "password": "other"}])).changed
        assert here.machine.state.pools[0]["password"] == "other"


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_a_converged_setting_that_a_restart_in_the_same_run_loses_is_applied_again(site, generation):
    async with site(generation) as here:
        await here.run(percent=80, mode="normal")
        result = await here.run(percent=80, mode="high")
        assert result.commands == ["set_high_power", "set_power_pct"]
        assert here.machine.state.percent == 80
        assert not (await here.run(percent=80, mode="high")).changed


async def test_check_mode_of_a_restart_foretells_what_it_loses(site):
    async with site("2.0") as here:
        await here.run(percent=80, mode="normal")
        foretold = await here.run(check=True, percent=80, mode="high")
        assert set(foretold.after) == {"power.mode", "power.percent"}


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_a_miner_declared_off_in_a_mode_is_as_declared_once_it_is_off(site, generation):
    async with site(generation) as here:
        await here.run(mode="high", pools=[ONE])
        assert (await here.run(state="off", mode="high", pools=[ONE])).commands == ["power_off"]
        again = await here.run(state="off", mode="high", pools=[ONE])
        assert (again.changed, again.warnings) == (False, [])


async def test_the_mode_of_a_miner_that_stays_off_is_left_alone_with_a_warning(site):
    async with site("1.3") as here:
        await here.run(state="off")
        result = await here.run(mode="high")
        assert not result.changed
        assert "power.mode" in result.warnings[0]


async def exchanged(machine, command):
    """Another machine has the address as soon as *machine* has taken *command*."""
    while not machine.counters.taken.get(command):
        await asyncio.sleep(0.005)
    machine.patch({"faults": {"wrong_mac": OTHER_MAC}})


# Firmware since 2024 shows its MAC in get_miner_info alone, which isn't read of a miner that isn't pinned.
@pytest.mark.parametrize("generation", [generation for generation in GENERATIONS if generation != "2.2"])
async def test_another_machine_that_answers_after_a_write_is_no_success_though_none_was_pinned(
    site, generation
):
    async with site(generation, {"restart_seconds": 0.3}) as here:
        run = failure(here.run(mode="high", state="on"), WrongMachine)
        error, _exchanged = await asyncio.gather(run, exchanged(here.machine, "set_high_power"))
        assert {OTHER_MAC, here.machine.state.mac} <= set(error.problem.replace(",", "").split())
        assert "Nothing was written" not in str(error)
