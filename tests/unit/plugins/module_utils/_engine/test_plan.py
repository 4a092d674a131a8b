# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of each setting, line by line of the table in plan.py, and what is drift."""

from __future__ import annotations

import time

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    BadParameter,
    Unsupported,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine import applied_records
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.plan import Planner
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings.base import Setting
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.site import ONE

UP = {"state": "on", "uptime_seconds": 90000, "elapsed_seconds": 80000}
OFF = {"state": "off", "uptime_seconds": 90000}


class State(Setting):
    """What a miner is declared to be at the end."""

    name = "power.state"
    fact = "state"

    def requests(self, current):
        return {2: [("power_on" if self.desired == "on" else "power_off", {})]}


class Plain(Setting):
    """A setting with the flags that a test gives it."""

    name = "plain"
    fact = "shown"
    command = "ssh_open"

    def __init__(self, desired="new", whole=True, **flags):
        super().__init__(desired)
        self.whole = whole
        self.__dict__.update(flags)

    def fully_read(self):
        return self.whole

    def requests(self, current):
        return {2: [(self.command, {})]}


def record(value, facts=UP, **flags):
    """The record of what set it to *value*, made a while ago."""
    made = applied_records.made(Plain(value, **flags), facts)
    return {"plain": {**made, "at": int(time.time()) - 1000}}


def plan(settings, facts, applied=None, fact_cache=True, recognised=True):
    planner = Planner(
        settings if isinstance(settings, list) else [settings],
        facts,
        applied or {},
        fact_cache=fact_cache,
        choose=lambda name, by_api: by_api[2],
    )
    return planner.plan(recognised)


def verdict(setting, facts, applied=None, fact_cache=True, state=None):
    """(what becomes of *setting*; whether it has drifted; whether it counts as unknown)."""
    made = plan([setting] + ([State(state)] if state else []), facts, applied, fact_cache)
    outcomes = {
        "change": [change.setting.name for change in made.changes],
        "await": made.after_restart,
        "left": [setting.name for text in made.warnings if text.startswith((setting.name, "the declared"))],
        "done": [setting.name],
    }
    kind = next(kind for kind, names in outcomes.items() if setting.name in names)
    return kind, setting.name in made.drifted, setting.name in made.unknown


SEEN = {**UP, "shown": "new"}
OTHER = {**UP, "shown": "old"}


@pytest.mark.parametrize(
    ("setting", "facts", "recorded", "fact_cache", "expected"),
    [
        # ephemeral, and the miner stays off
        (Plain(ephemeral=True), {**OFF, "shown": "old"}, None, True, ("left", False, False)),
        (Plain(ephemeral=True), OFF, None, True, ("left", False, True)),
        # deferred, and no start since a record
        (Plain(deferred=True), OTHER, "new", True, ("await", False, False)),
        (Plain(deferred=True), SEEN, "new", True, ("done", False, False)),
        (Plain(deferred=True), OTHER, "older", True, ("change", True, False)),
        (Plain(deferred=True), SEEN, "older", True, ("change", True, False)),
        # shown, and differs
        (Plain(), OTHER, None, True, ("change", True, False)),
        (Plain(), OTHER, "new", True, ("change", True, False)),
        (Plain(always=True), OTHER, None, True, ("change", True, False)),
        # always written
        (Plain(always=True), SEEN, None, True, ("change", False, False)),
        # shown as a whole, as desired
        (Plain(), SEEN, None, True, ("done", False, False)),
        (Plain(), SEEN, "older", True, ("done", False, False)),
        # a record
        (Plain(), UP, "new", True, ("done", False, False)),
        (Plain(), UP, "older", True, ("change", True, False)),
        (Plain(whole=False), SEEN, "new", True, ("done", False, False)),
        (Plain(whole=False), SEEN, "older", True, ("change", True, False)),
        # not shown, no record
        (Plain(), UP, None, True, ("change", False, True)),
        (Plain(), UP, None, False, ("change", False, True)),
        # shown in part
        (Plain(whole=False), SEEN, None, True, ("change", False, True)),
        (Plain(whole=False), SEEN, None, False, ("left", False, True)),
        # starts mining, and the miner is off and stays off
        (Plain(starts_mining=True), {**OFF, "shown": "old"}, None, True, ("left", False, True)),
        (Plain(starts_mining=True), OTHER, None, True, ("change", True, False)),
    ],
)
def test_each_line_of_the_table(setting, facts, recorded, fact_cache, expected):
    applied = record(recorded) if recorded else {}
    assert verdict(setting, facts, applied, fact_cache) == expected


@pytest.mark.parametrize("flag", ["ephemeral", "starts_mining"])
def test_a_miner_that_is_switched_on_or_off_is_judged_by_what_it_will_be(flag):
    setting = Plain(**{flag: True})
    assert verdict(setting, {**OFF, "shown": "old"}, state="on")[0] == "change"
    # What is ephemeral would be lost; what starts mining does no harm to a miner that is on still.
    assert verdict(setting, OTHER, state="off")[0] == ("left" if flag == "ephemeral" else "change")


def test_a_record_that_a_restart_voids_tells_nothing():
    started = {**UP, "uptime_seconds": 100, "elapsed_seconds": 50}
    assert verdict(Plain(ephemeral=True), started, record("new", UP))[0] == "change"
    assert verdict(Plain(), started, record("new", UP))[0] == "done"


def test_the_least_disruptive_comes_first_and_what_a_restart_loses_last():
    settings = [
        Plain(name="moves", command="net_config"),
        Plain(name="lost", command="ssh_close", ephemeral=True),
        State("off"),
        Plain(name="restarts", command="set_low_power"),
        Plain(name="changes"),
    ]
    made = plan([it for it in settings if it.name not in ("moves", "power.state")], OTHER)
    assert [change.setting.name for change in made.changes] == ["changes", "restarts", "lost"]
    made = plan([settings[2], settings[3]], OTHER)
    assert [change.setting.name for change in made.changes] == ["restarts", "power.state"]


def test_what_is_as_declared_is_sent_again_where_a_restart_of_the_plan_loses_it():
    lost = Plain(name="lost", ephemeral=True)
    restarts = Plain("other", name="restarts", command="set_low_power")
    made = plan([lost, restarts], SEEN)
    assert [change.setting.name for change in made.changes] == ["restarts", "lost"]
    assert made.drifted == ["restarts"]
    assert [it.setting.name for it in plan([lost, Plain("other", name="changes")], SEEN).changes] == [
        "changes"
    ]


def test_what_makes_an_unrecognised_miner_show_itself_comes_first():
    settings = [Plain(), State("on")]
    facts = {**OFF, "shown": "old"}
    assert [it.setting.name for it in plan(settings, facts).changes] == ["plain", "power.state"]
    assert [it.setting.name for it in plan(settings, facts, recognised=False).changes] == [
        "power.state",
        "plain",
    ]


def test_one_warning_names_all_that_is_applied_at_each_run_for_want_of_a_fact_cache():
    settings = [Plain(name="one"), Plain(name="two"), Plain(name="three", always=True)]
    (warning,) = plan(settings, UP, fact_cache=False).warnings
    assert warning.startswith("one, two can't be read back")
    assert plan(settings, UP).warnings == []


def test_what_no_api_of_the_miner_has_or_no_command_may_carry_is_refused_while_planning():
    def choose(name, by_api):
        raise Unsupported(f"{name} isn't supported")

    with pytest.raises(Unsupported):
        Planner([Plain()], OTHER, {}, fact_cache=True, choose=choose).plan()
    broken = Plain(command="set_hostname")
    broken.requests = lambda current: {2: [("set_hostname", {"hostname": "a;b"})]}
    with pytest.raises(BadParameter) as caught:
        plan(broken, OTHER)
    assert caught.value.name == "plain"


def test_what_no_api_has_is_no_fault_of_a_miner_that_is_as_declared():
    assert Planner([Plain()], SEEN, {}, fact_cache=True, choose=None).plan().changes == []


# --- What is drift, and what nobody knows, on simulated miners ----------------------------------------------


@pytest.mark.parametrize("check", [True, False])
async def test_what_differs_is_drift_and_what_neither_the_miner_nor_a_record_shows_is_unknown(site, check):
    async with site("2.0") as here:
        result = await here.run(check=check, mode="high", state="on", web_access=False, pools=[ONE])
        assert result.drifted == ["pools", "power.mode"]
        assert list(result.unknown) == ["web_access"]
        assert "doesn't show it" in result.unknown["web_access"]


async def test_what_is_as_declared_by_its_record_is_neither(site):
    async with site("2.0") as here:
        await here.run(mode="high", web_access=False, percent=80)
        result = await here.run(check=True, mode="high", web_access=False, percent=80)
        assert (result.drifted, result.unknown) == ([], {})


async def test_another_value_than_the_one_recorded_is_drift_though_the_miner_does_not_show_it(site):
    async with site("2.0") as here:
        await here.run(web_access=False, pools=[ONE])
        result = await here.run(check=True, web_access=True, pools=[{**ONE, "password": "other"}])
        assert (set(result.drifted), result.unknown) == ({"pools", "web_access"}, {})


async def test_what_a_miner_that_is_off_hides_or_would_lose_is_unknown(site):
    async with site("1.3", state={"powered": False}) as here:
        result = await here.run(check=True, mode="high", percent=80)
        assert (result.drifted, set(result.unknown)) == ([], {"power.mode", "power.percent"})


@pytest.mark.parametrize("powered", [True, False])
async def test_what_is_written_always_is_drift_only_where_it_is_seen_to_differ(site, powered):
    async with site("1.4", state={"powered": powered, "pools": [{**ONE}]}) as here:
        result = await here.run(check=True, pools=[ONE], update_password="always")
        assert result.changed
        assert (result.drifted, set(result.unknown)) == ([], set() if powered else {"pools"})


async def test_what_only_a_restart_of_the_run_would_lose_is_no_drift(site):
    async with site("2.0") as here:
        await here.run(percent=80, mode="normal")
        result = await here.run(check=True, percent=80, mode="high")
        assert (result.drifted, result.unknown) == (["power.mode"], {})
