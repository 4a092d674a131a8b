# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What newer firmware shows is compared and waited for, on a miner that is nothing but the facts it shows."""

from __future__ import annotations

import asyncio
import json
import time
import types

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import network
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    BadParameter,
    NotConverged,
    OutcomeUnknown,
    UnknownCommand,
    Unreachable,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.masking import Mask
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Reading
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.commands import COMMANDS
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine import applied_records
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine import converge as converge_of
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.converge import converge
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings import (
    cooling,
    pools,
    power,
    system,
)

FACTS = {
    "mac": "C4:05:08:00:02:3B",
    "firmware_version": "20260104.11.REL",
    "api_version": "2.2.2",
    "state": "on",
    "tuning": False,
    "power_mode": "normal",
    "power_limit_watts": 3600,
    "power_percent": 100,
    "frequency_percent": 0,
    "upfreq_speed": 0,
    "fast_hash": False,
    "fast_boot": False,
    "hostname": "WhatsMiner_6e07",
    "pools": [{"url": "stratum+tcp://one.example:3333", "user": "farm.1", "active": True}],
    "uptime_seconds": 90000,
    "elapsed_seconds": 80000,
}
CONVERGED = {
    "pools": [{"url": "one.example:3333", "user": "farm.1"}],
    "state": "on",
    "mode": "normal",
    "limit_watts": "3600",
    "percent": 100,
    "frequency_percent": 0,
    "upfreq_speed": 0,
    "fast_hash": False,
    "fast_boot": False,
}


class Machine:
    """A miner that shows *facts*.

    *effects*: what a command makes of them, or the exception with which it's answered. *coming* are changes
    of the facts that come by themselves, one each time that the miner is asked.
    """

    name = "m"
    address = "127.0.0.1"
    mask = Mask()
    identity = types.SimpleNamespace(is_recognised=True)

    def __init__(self, effects=None, coming=(), **facts):
        self.facts = {name: value for name, value in {**FACTS, **facts}.items() if value is not None}
        self.effects = effects or {}
        self.coming = list(coming)
        self.sent = []
        self.asked = []
        self.applied = {}

    async def read(self, *facts, once=False):
        if self.coming:
            self.facts.update(self.coming.pop(0))
        self.asked += facts
        return Reading(dict(self.facts))

    def requests_for(self, what, by_generation):
        return by_generation[2]

    async def send(self, command, params):
        encoded = COMMANDS[command].encode(params)
        effect = self.effects.get(command, {})
        self.sent.append((command, *encoded.values()))
        if isinstance(effect, Exception):
            raise effect.at(self.name, command)
        for fact, value in effect.items():
            (
                self.coming.extend
                if fact == "coming"
                else lambda value, fact=fact: self.facts.update({fact: value})
            )(value)

    async def require_may_write(self, command, known):
        pass

    def close(self):
        pass

    async def run(self, check=False, fact_cache=True, wait_timeout=5, **declared):
        """The Result of converging it to *declared*: options of any module."""
        settings = [
            setting for group in (pools, power, cooling, system) for setting in group.declared(declared)
        ]
        params = {"applied": self.applied if fact_cache else {}, "fact_cache": fact_cache}
        result = await converge(self, settings, params, check_mode=check, wait_timeout=wait_timeout)
        if fact_cache and result.applied is not None:
            self.applied = json.loads(json.dumps(result.applied))
        return result


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr(network, "sleep", lambda seconds: asyncio.sleep(0))


def after_limit(*coming, **facts):
    """What adjust_power_limit does: mining restarts, and *coming* is how it goes on."""
    return {"adjust_power_limit": {"tuning": True, "coming": coming, **facts}}


# --- Converged ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fact_cache", [True, False])
async def test_a_converged_miner_gets_nothing_and_needs_no_record_of_what_it_shows(fact_cache):
    machine = Machine()
    for _each in range(2):
        result = await machine.run(fact_cache=fact_cache, **CONVERGED)
        assert (result.changed, result.warnings, result.drifted, result.unknown) == (False, [], [], {})
    assert machine.sent == []
    assert machine.applied == {}


async def test_a_limit_that_the_miner_has_is_not_sent():
    machine = Machine()
    assert not (await machine.run(limit_watts="3600")).changed
    assert machine.sent == []


async def test_whether_a_record_is_needed_goes_by_what_the_miner_shows_not_by_its_version():
    machine = Machine(power_percent=None, effects={"set_power_pct": {}})
    assert (await machine.run(percent=80)).commands == ["set_power_pct"]
    assert (await machine.run(percent=80)).commands == []
    assert set(machine.applied) == {"power.percent"}


# --- The limit, and tuning ----------------------------------------------------------------------------------


async def test_a_new_limit_is_sent_once_and_the_end_of_tuning_awaited():
    machine = Machine(after_limit({}, {}, {"tuning": False}, power_limit_watts=3200))
    result = await machine.run(limit_watts="3200")
    assert machine.sent == [("adjust_power_limit", "3200")]
    assert (result.before, result.after) == ({"power.limit_watts": 3600}, {"power.limit_watts": 3200})
    assert machine.coming == []
    assert "tuning" not in result.values


async def test_a_miner_that_tunes_longer_than_the_wait_is_no_failure_and_told():
    machine = Machine(after_limit(power_limit_watts=3200))
    result = await machine.run(limit_watts="3200", wait_timeout=0.05)
    assert (result.changed, result.values) == (True, {"tuning": True})


async def test_a_limit_counts_as_applied_while_the_miner_tunes_and_does_not_show_it_yet():
    machine = Machine(after_limit())
    machine.effects["adjust_power_limit"]["power_limit_watts"] = 0
    assert (await machine.run(limit_watts="3200", wait_timeout=0.05)).values == {"tuning": True}


async def test_a_limit_that_never_shows_on_a_miner_that_does_not_tune_has_not_converged():
    with pytest.raises(NotConverged, match="limit_watts is 3600 and not 3200"):
        await Machine({"adjust_power_limit": {}}).run(limit_watts="3200", wait_timeout=0.05)


async def test_a_limit_without_an_answer_was_taken_where_the_miner_comes_to_show_it():
    shown = Machine(
        {"adjust_power_limit": OutcomeUnknown("no answer")}, coming=[{}, {"power_limit_watts": 3200}]
    )
    assert (await shown.run(limit_watts="3200")).commands == ["adjust_power_limit"]
    tuning = Machine({"adjust_power_limit": OutcomeUnknown("no answer")}, coming=[{}, {"tuning": True}])
    with pytest.raises(OutcomeUnknown):
        await tuning.run(limit_watts="3200", wait_timeout=0.05)


async def test_a_miner_that_tunes_is_not_powered_on():
    machine = Machine(state=None, tuning=True)
    assert not (await machine.run(state="on")).changed
    assert machine.sent == []


async def test_a_reset_limit_is_sent_once_and_then_a_matter_of_record():
    machine = Machine(after_limit({"tuning": False}, power_limit_watts=None))
    machine.effects["adjust_power_limit"].pop("power_limit_watts")
    assert (await machine.run(limit_watts="reset")).changed
    assert not (await machine.run(limit_watts="reset")).changed
    assert machine.sent == [("adjust_power_limit", "99999")]


async def test_a_record_that_the_miner_refutes_is_dropped():
    machine = Machine(after_limit({"tuning": False}))
    await machine.run(limit_watts="reset")
    await machine.run(limit_watts="3600")  # which it shows, so that the limit was set by somebody else
    assert machine.applied == {}
    assert (await machine.run(limit_watts="reset")).changed


@pytest.mark.parametrize(
    ("declared", "name"),
    [
        ({"limit_watts": "3200"}, "power.limit_watts"),
        ({"mode": "low"}, "power.mode"),
        ({"frequency_percent": 5}, "power.frequency_percent"),
    ],
)
@pytest.mark.parametrize("state", [{}, {"state": "off"}])
async def test_what_would_start_a_powered_off_miner_is_left_with_a_warning_and_is_no_drift(
    declared, name, state
):
    machine = Machine(state="off")
    result = await machine.run(**declared, **state)
    assert (result.changed, result.drifted, list(result.unknown), machine.sent) == (False, [], [name], [])
    assert f"{name} left as it is" in result.warnings[0]


async def test_a_miner_that_is_switched_on_gets_its_limit_too():
    machine = Machine(
        {"adjust_power_limit": {"power_limit_watts": 3200}, "power_on": {"state": "on"}}, state="off"
    )
    assert (await machine.run(limit_watts="3200", state="on")).commands == ["adjust_power_limit", "power_on"]


async def test_a_miner_that_is_switched_off_gets_its_limit_before_and_is_not_kept_on_by_its_tuning():
    machine = Machine({**after_limit(power_limit_watts=3200), "power_off": {"state": "off", "tuning": False}})
    assert (await machine.run(limit_watts="3200", state="off")).commands == [
        "adjust_power_limit",
        "power_off",
    ]


# --- Percentages --------------------------------------------------------------------------------------------


async def test_a_percentage_waits_until_the_miner_has_tuned():
    machine = Machine(
        {"set_power_pct": {"power_percent": 80}}, tuning=True, coming=[{}, {}, {}, {"tuning": False}]
    )
    assert (await machine.run(percent=80)).commands == ["set_power_pct"]
    assert machine.coming == []


async def test_a_percentage_is_not_sent_to_a_miner_that_tunes_for_ever():
    machine = Machine(tuning=True)
    with pytest.raises(NotConverged, match=r"power\.percent wasn't sent"):
        await machine.run(percent=80, wait_timeout=0.05)
    assert machine.sent == []


async def test_a_percentage_follows_a_new_limit_once_that_is_tuned():
    machine = Machine(
        {**after_limit({}, {"tuning": False}, power_limit_watts=3200), "set_power_pct": {"power_percent": 80}}
    )
    await machine.run(limit_watts="3200", percent=80)
    assert machine.sent == [("adjust_power_limit", "3200"), ("set_power_pct", "80")]


async def test_100_percent_is_what_a_restart_leaves_so_it_is_not_sent_after_one():
    machine = Machine(after_limit({"tuning": False}, power_limit_watts=3200))
    await machine.run(limit_watts="3200", percent=100)
    assert machine.sent == [("adjust_power_limit", "3200")]


async def test_100_percent_that_only_a_record_tells_is_recorded_after_a_restart_without_being_sent():
    machine = Machine({"set_low_power": {"power_mode": "low"}}, power_percent=None)
    assert (await machine.run(mode="low", percent=100)).commands == ["set_low_power"]
    assert (await machine.run(mode="low", percent=100)).commands == []
    assert set(machine.applied) == {"power.percent"}


async def test_a_percentage_that_a_restart_of_the_run_undoes_is_in_the_diff_and_not_sent():
    machine = Machine({"set_low_power": {"power_mode": "low", "power_percent": 100}}, power_percent=80)
    result = await machine.run(mode="low", percent=100)
    assert (result.commands, result.before["power.percent"], result.after["power.percent"]) == (
        ["set_low_power"],
        80,
        100,
    )


@pytest.mark.parametrize("mode", ["fast", "normal"])
async def test_100_percent_undoes_a_percentage_by_its_own_command_or_without_that_by_a_number(mode):
    machine = Machine({"restore_power_pct": {"power_percent": 100}}, power_percent=80)
    assert (await machine.run(percent=100, percent_mode=mode)).commands == ["restore_power_pct"]
    number = {"fast": "set_power_pct", "normal": "set_power_pct_v2"}[mode]
    machine = Machine(
        {"restore_power_pct": UnknownCommand("no", code=14), number: {"power_percent": 100}}, power_percent=80
    )
    assert (await machine.run(percent=100, percent_mode=mode)).commands == [number]


async def test_the_normal_mode_of_the_percentage_is_another_command():
    machine = Machine({"set_power_pct_v2": {"power_percent": 120}}, fans_rpm={"inlet": 0, "outlet": 0})
    await machine.run(percent=120, percent_mode="normal")
    assert machine.sent == [("set_power_pct_v2", "120")]


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    ("facts", "declared"),
    [
        ({"fans_rpm": {"inlet": 4000}}, {"percent": 120, "percent_mode": "normal"}),
        ({"api_version": "1.4.0"}, {"frequency_percent": -20}),
    ],
)
async def test_what_this_miner_cannot_take_is_refused_in_check_mode_too(check, facts, declared):
    machine = Machine(**facts)
    with pytest.raises(BadParameter, match=next(iter(declared))):
        await machine.run(check, **declared)
    assert machine.sent == []


# --- What takes effect at the next start --------------------------------------------------------------------

LATER = {
    "enable_btminer_fast_boot": {},
    "disable_btminer_fast_boot": {},
    "set_hostname": {},
    "set_temp_offset": {},
}


@pytest.mark.parametrize(
    ("declared", "name"), [({"fast_boot": True}, "power.fast_boot"), ({"hostname": "rack1-07"}, "hostname")]
)
async def test_what_shows_after_a_restart_only_is_changed_not_failed_and_no_drift_until_then(declared, name):
    machine = Machine(LATER)
    begun = time.monotonic()
    first = await machine.run(**declared, wait_timeout=60)
    assert time.monotonic() - begun < 5
    assert (first.changed, first.after_restart) == (True, [name])
    assert "after a restart" in first.warnings[0]
    for check in (True, False):
        again = await machine.run(check, **declared)
        assert (again.changed, again.drifted, again.warnings, again.after_restart) == (False, [], [], [name])
    assert len(machine.sent) == 1


async def test_once_the_miner_has_restarted_an_old_value_is_drift():
    machine = Machine(LATER)
    await machine.run(fast_boot=True)
    machine.facts.update(uptime_seconds=1, elapsed_seconds=1)
    machine.applied["power.fast_boot"].update(booted=0, started=0, at=int(time.time()) - 600)
    result = await machine.run(check=True, fast_boot=True)
    assert (result.changed, result.drifted) == (True, ["power.fast_boot"])


async def test_a_value_that_waits_for_the_restart_is_taken_back_though_the_old_one_shows():
    machine = Machine(LATER)
    await machine.run(fast_boot=True)
    result = await machine.run(fast_boot=False)
    assert result.commands == ["disable_btminer_fast_boot"]
    assert result.drifted == ["power.fast_boot"]
    assert not (await machine.run(fast_boot=False)).changed


async def test_a_value_that_waits_is_not_sent_again_while_the_miner_is_off():
    machine = Machine(LATER)
    await machine.run(fast_boot=True)
    machine.facts.update(state="off", uptime_seconds=0, elapsed_seconds=0)
    assert not (await machine.run(fast_boot=True)).changed


async def test_once_it_shows_the_record_has_served():
    machine = Machine(LATER)
    await machine.run(fast_boot=True)
    machine.facts["fast_boot"] = True
    result = await machine.run(fast_boot=True)
    assert (result.changed, result.after_restart, machine.applied) == (False, [], {})


async def test_firmware_that_shows_it_at_once_is_told_nothing_of_a_restart():
    machine = Machine({"enable_btminer_fast_boot": {"fast_boot": True}})
    result = await machine.run(fast_boot=True)
    assert (result.changed, result.after_restart, result.warnings, machine.applied) == (True, [], [], {})


async def test_an_offset_that_no_firmware_shows_is_told_to_wait_for_the_restart_and_recorded():
    machine = Machine(LATER)
    first, second = await machine.run(temp_offset=-5), await machine.run(temp_offset=-5)
    assert (first.changed, first.after_restart, first.to_dict()["after_restart"]) == (
        True,
        *[["cooling.temp_offset"]] * 2,
    )
    assert (second.changed, second.after_restart) == (False, [])


async def test_an_offset_that_a_restart_of_the_same_run_brings_in_is_not_told_to_wait():
    machine = Machine({**LATER, "set_low_power": {"power_mode": "low"}})
    result = await machine.run(temp_offset=-5, mode="low")
    assert (result.commands, result.after_restart) == (["set_temp_offset", "set_low_power"], [])


async def test_a_deferred_write_without_an_answer_has_an_unknown_outcome(monkeypatch):
    monkeypatch.setattr(converge_of, "PATIENCE_SECONDS", 0.05)
    with pytest.raises(OutcomeUnknown):
        await Machine({"set_hostname": OutcomeUnknown("no answer")}).run(hostname="rack1-07")


# --- What a firmware doesn't know ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "option", "command", "apis"),
    [
        ({"limit_watts": "3200"}, "power.limit_watts", "adjust_power_limit", "API 2.0.5 on"),
        ({"upfreq_speed": 5}, "power.upfreq_speed", "adjust_upfreq_speed", "API 2.0.5 on"),
        ({"target_watts": 3000}, "power.target_watts", "set_power", "API 2.2.2 on"),
        ({"poweroff_cool": True}, "cooling.poweroff_cool", "set_poweroff_cool", "API 2.0.5 on"),
        ({"custom_data": {"msg0": "x"}}, "custom_data", "set_customer_msg", "API 2.2.2 on"),
        ({"state": "preheated"}, "power.state", "pre_power_on", "API 1.3 to before 2.2.2"),
    ],
)
async def test_what_the_firmware_does_not_know_fails_naming_option_firmware_and_api(
    declared, option, command, apis
):
    machine = Machine(
        {command: UnknownCommand("no", code=14, answer="invalid cmd"), "power_off": {"state": "off"}},
        api_version="1.4.0",
    )
    with pytest.raises(UnknownCommand) as caught:
        await machine.run(**declared)
    said = str(caught.value)
    assert (
        f"{option} can't be set: firmware 20260104.11.REL with API 1.4.0 doesn't know {command} ({apis})"
        in said
    )
    assert (caught.value.code, caught.value.answer, caught.value.cause) == (
        14,
        "invalid cmd",
        "unknown_command",
    )
    assert command not in caught.value.result.commands


@pytest.mark.parametrize("shown", [True, False])
async def test_the_firmware_is_asked_for_where_it_is_not_known_yet_and_may_stay_unknown(shown):
    machine = Machine(
        {"set_low_power": UnknownCommand("no", code=14)}, api_version=None, firmware_version=None
    )
    read = machine.read

    async def asked(*facts, once=False):
        if "api_version" not in facts:
            return await read(*facts)
        if not shown:
            raise Unreachable("gone")
        return Reading(FACTS)

    machine.read = asked
    with pytest.raises(UnknownCommand) as caught:
        await machine.run(mode="low")
    firmware, api = ("20260104.11.REL", "2.2.2") if shown else ("of unknown version",) * 2
    assert f"firmware {firmware} with API {api} doesn't know set_low_power" in str(caught.value)


async def test_a_percentage_that_the_firmware_does_not_know_is_not_tried_by_another_command():
    machine = Machine({"set_power_pct": UnknownCommand("no", "m", "set_power_pct", code=14)})
    with pytest.raises(UnknownCommand):
        await machine.run(percent=80)
    assert [command for command, _params in machine.sent] == ["set_power_pct"]


# --- Own data -----------------------------------------------------------------------------------------------


async def test_own_data_is_sent_key_by_key_and_recorded_as_a_whole():
    machine = Machine()
    declared = {"custom_data": {"CustomerSn": "SN-1", "msg0": "rack1"}}
    assert (await machine.run(**declared)).commands == ["set_customer_msg"] * 2
    assert not (await machine.run(**declared)).changed
    assert machine.sent == [("set_customer_msg", "CustomerSn", "SN-1"), ("set_customer_msg", "msg0", "rack1")]
    assert "SN-1" not in json.dumps(machine.applied)
    assert applied_records.matches(machine.applied["custom_data"], system.declared(declared)[0])
