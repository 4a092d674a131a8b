# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report says what was done, what wasn't and why, for people and for programs."""

from __future__ import annotations

import json

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment import report
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.readings import readings
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._curtailment.saved_state import (
    Before,
    Entry,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._curtailment.sites import (
    FLEET,
    GROUPS,
    all_off,
    begin,
    but,
    curtailed,
    followed,
    go_back,
    go_on,
    hosts_of,
    lost,
    resume,
    shown,
    taken,
)


def of(run, now=103.0):
    return report.of_shedding(run, GROUPS, now)


def of_back(run, read=(), now=202.0):
    return report.of_restoring(run, GROUPS, readings(read), now=now)


def test_it_says_what_was_shed_by_which_miner_and_group():
    run = begin({"shed_kw": 4, "until": "+1h"})
    told = of(go_on(run, taken(run), followed(run)))
    assert (told["before_kw"], told["after_kw"], told["shed_kw"], told["missing_kw"]) == (12, 6, 6, 0)
    assert told["met"] and {row["host"]: row["change_kw"] for row in told["curtailed"]} == {
        "m2": -3,
        "m3": -3,
    }
    assert told["groups"] == [
        {"group": "hall", "miners": 1, "change_kw": -3},
        {"group": "old", "miners": 1, "change_kw": -3},
    ]
    assert told["reason"] == "curtailment" and told["until"].startswith("1970-01-01T")
    assert told["summary"]["curtailed"] == 2 and json.loads(json.dumps(told)) == told
    assert "offer" not in told["summary"]


def test_a_plan_is_told_as_what_would_be():
    told = of(begin({"shed_kw": 4}))
    assert told["planned"] and (told["after_kw"], told["shed_kw"], told["missing_kw"]) == (6, 6, 0)
    assert "would be" in told["text"][0]


def test_a_plan_says_what_will_be_missing():
    assert of(begin({"shed_kw": 40}))["missing_kw"] == 28


def test_a_plan_says_what_could_be_shed_now_by_priority_and_what_is_shed_by_which_reason():
    price = Entry(50.0, {"state": "off"}, Before("on", watts=2500)).hold("price", None)
    fleet = but(shown("m4", 0, "off"), shown("m1", None))
    told = of(begin({"shed_kw": 3, "spare": ["m4"]}, fleet, shared={"m4": [price]}))
    assert told["offer"] == {
        "by": "off",
        "available_kw": 6,
        "miners": 2,
        "priority": [
            {"host": "m2", "shed_kw": 3, "total_kw": 3},
            {"host": "m3", "shed_kw": 3, "total_kw": 6},
        ],
        "by_reason": [{"reason": "price", "miners": 1, "shed_kw": 2.5}],
    }
    assert "Could be shed now: 6.0 kW, by 2 miners" in told["text"]
    assert "Shed already by price: 2.5 kW, 1 miner" in told["text"]


def test_miners_that_do_not_show_their_power_are_named():
    told = of(begin({"shed_kw": 5}, but(shown("m2", None))))
    assert told["unmeasured"] == ["m2"] and told["before_kw"] == 9
    assert "on without showing what is taken, so that no kW here hold it: 1 miner: m2" in told["text"]


def test_of_all_miners_it_says_what_is_known():
    fleet = [FLEET[0], shown("m2", None)]
    for options in ({"all": True, "by": "low"}, {"all": True, "by": "percent", "percent": 50}):
        planned = of(begin(options, fleet))
        assert {row["host"]: row["change_kw"] for row in planned["curtailed"]}["m2"] is None, planned
    run = begin({"all": True}, fleet)
    told = of(go_on(run, taken(run), followed(run, fleet)))
    assert told["met"] and told["unmeasured"] == [] and told["shed_kw"] == 3
    rows = {row["host"]: (row["before_kw"], row["after_kw"], row["change_kw"]) for row in told["curtailed"]}
    assert rows["m2"] == (None, 0, None)
    assert {row["group"]: row["change_kw"] for row in told["groups"]} == {"old": 0}


def test_of_all_miners_it_names_those_that_nobody_knows_of():
    run = begin({"all": True}, [FLEET[0], lost("m2", "{{ no }} answer")])
    told = of(go_on(run, taken(run), [shown("m1", 0, "off")]))
    assert told["why"] == "1 miner couldn't be reached, and nobody knows what power is still taken there: m2"
    assert told["unreached"] == ["m2"] and told["summary"]["unreached"] == 1 and not told["met"]


def test_miners_that_others_hold_or_that_came_back_are_told():
    run = begin({"shed_kw": 3}, blocked={"m1": "it is held since 14:50 by maintenance"})
    go_on(run, taken(run), followed(run))
    run.look_again(readings(but(shown("m2", 3000, uptime_seconds=60, elapsed_seconds=50))), 400.0)
    told = of(go_on(run, taken(run), followed(run), now=401.0))
    assert told["held"] == [{"host": "m1", "by": "it is held since 14:50 by maintenance"}]
    assert [(row["host"], row["how"], row["since"]) for row in told["came_back"]] == [
        ("m2", "by itself", 350.0)
    ]
    assert any("others hold them: 1 miner: m1 (it is held" in line for line in told["text"])
    assert any(line.startswith("m2 was on already since ") for line in told["text"])


def test_tables_of_large_fleets_are_cut():
    fleet = [shown(f"m{number}") for number in range(1, 500)]
    told = of(begin({"all": True}, fleet))
    assert len(told["curtailed"]) == 499 and len(told["text"]) < 50 and told["text"][-1] == "  and 479 more"


# --- The way back -------------------------------------------------------------------------------------------


def test_the_way_back_says_which_miners_are_back_and_why_others_are_not():
    state = curtailed({"shed_kw": 7})
    run = resume({}, state, [lost("m2"), shown("m3", 0, "off"), shown("m4", 0, "off")])
    told = of_back(run)
    assert told["planned"] and [row["after_kw"] for row in told["restored"]] == [3, 3]
    go_back(run, {"m4": "refused", "m3": None}, [shown("m4", 0, "off"), shown("m3")])
    told = of_back(run, [shown("m3", 2900)])
    assert not told["met"] and {row["host"]: row["problem"] for row in told["failed"]} == {
        "m2": "no answer",
        "m4": "refused",
    }
    assert (told["after_kw"], told["was_kw"], told["why"]) == (2.9, 3.0, "not back: 2 miners")
    assert json.loads(json.dumps(told)) == told


def test_a_miner_that_tunes_after_it_was_switched_on_is_back_without_a_number():
    state = curtailed({"shed_kw": 1})
    run = resume({}, state, all_off(state))
    tuning = [shown("m2", 0, tuning=True)]
    told = of_back(go_back(run, taken(run), tuning), tuning)
    assert told["met"] and told["unmeasured"] == ["m2"]
    assert told["restored"][0]["after_kw"] is None and told["restored"][0]["change_kw"] is None


def test_hosts_outside_the_play_are_named_and_no_templates():
    state = curtailed({"shed_kw": 7})
    state.curtailed["{{ 7*7 }}"] = state.curtailed.pop("m4")
    run = resume({}, state, [shown("m2", 0, "off")], hosts=["m1", "m2"])
    told = of_back(go_back(run, taken(run), [shown("m2")]))
    assert not told["met"] and not told["failed"]
    assert (
        told["why"]
        == "not in this play, by its limit or its inventory, but remembered: 2 miners: m3, (( 7*7 ))"
    )
    assert not set("{}") & set(told["why"] + "".join(told["text"]))


def test_what_waits_for_the_next_resume_is_told():
    state = curtailed({"all": True})
    run = resume({"step_miners": 1, "deadline_seconds": 60, "step_pause_seconds": 30}, state, all_off(state))
    told = of_back(go_back(run, taken(run), [FLEET[0]], now=231.0))
    assert told["late"] and not told["met"] and set(told["waiting"]) == {"m2", "m3", "m4"}
    assert told["why"] == "the deadline is over; left for the next resume: 3 miners"


def test_miners_that_were_on_already_or_stay_held_are_told_loudly():
    price = Entry(50.0, {"state": "off"}, Before("on", watts=3000)).hold("price", None)
    state = curtailed({"shed_kw": 4})
    fleet = [shown("m2", 3000, uptime_seconds=9000, elapsed_seconds=50), shown("m3", 0, "off")]
    run = resume({}, state, fleet, shared={"m3": [price]})
    assert hosts_of(run) == []
    told = of_back(run)
    assert told["met"] and told["summary"]["on_already"] == 1
    assert "ATTENTION: 1 miner had not stayed curtailed:" in told["text"]
    assert any(
        "m2 was on already since" in line and "by a person or another" in line for line in told["text"]
    )
    assert any("not to come back yet, since others hold them: 1 miner: m3 (" in line for line in told["text"])
