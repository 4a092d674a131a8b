# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import stat

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.run_lock import Busy
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._remediation.sick_fleets import (
    FakeFleet,
    dead,
    keeper,
    miner,
    names,
    run,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils.mortal_controllers import Killed

HALF_AN_HOUR = 30 * 60


def later(fleet, seconds=HALF_AN_HOUR):
    fleet.time += seconds


def test_a_miner_is_restarted_then_rebooted_then_given_up(tmp_path):
    fleet = FakeFleet(names(10), dead("m003", needs=None))
    statuses = []
    for _again in range(4):
        found, done = run(fleet, tmp_path)
        statuses.append(found["m003"])
        later(fleet)
    assert statuses == ["done", "done", "given_up", "given_up"]
    assert fleet.done == [("m003", "btminer"), ("m003", "miner")]
    assert done.given_up == ()  # it was so before


def test_a_miner_that_is_mended_is_reported_once_and_left(tmp_path):
    fleet = FakeFleet(names(10), dead("m003"))
    run(fleet, tmp_path)
    later(fleet)
    found, done = run(fleet, tmp_path)
    assert found == {"m003": "mended"} and done.decisions[0].remedy == "restart"
    assert run(fleet, tmp_path)[0] == {} and len(fleet.done) == 1


def test_an_illness_after_a_recovery_begins_with_the_mildest_remedy(tmp_path):
    fleet = FakeFleet(names(10), dead("m003"))
    run(fleet, tmp_path)
    later(fleet)
    run(fleet, tmp_path)
    fleet.ill.update(dead("m003"))
    run(fleet, tmp_path)
    assert fleet.done == [("m003", "btminer")] * 2


def test_a_power_cycle_is_the_last_remedy_where_a_command_is_declared(tmp_path):
    fleet = FakeFleet(names(10), dead("m003", needs="power"), command=["pdu", "7"])
    for _again in range(4):
        found, _done = run(fleet, tmp_path)
        later(fleet)
    assert [scope for _host, scope in fleet.done] == ["btminer", "miner", "power"]
    assert found == {"m003": "mended"}


def test_a_miner_that_does_not_answer_gets_a_power_cycle_or_nothing(tmp_path):
    away = {"m1": (miner("m1", "unreachable", "no_answer"), "power")}
    assert run(FakeFleet(["m1"], away), tmp_path)[0] == {"m1": "left"}
    fleet = FakeFleet(["m1"], away, command=["pdu"])
    assert run(fleet, tmp_path)[0] == {"m1": "done"} and fleet.done == [("m1", "power")]


def test_no_remedy_comes_before_its_time(tmp_path):
    fleet = FakeFleet(names(10), dead("m003", needs=None))
    run(fleet, tmp_path)
    later(fleet, HALF_AN_HOUR - 91)
    assert run(fleet, tmp_path)[0] == {"m003": "waiting"} and len(fleet.done) == 1
    later(fleet, 91)
    assert run(fleet, tmp_path)[0] == {"m003": "done"}


def test_a_miner_gets_at_most_so_many_remedies_within_a_day(tmp_path):
    fleet = FakeFleet(names(10))
    for _again in range(5):
        fleet.ill.update(dead("m003"))
        found, _done = run(fleet, tmp_path, daily_per_miner=2)
        later(fleet)
        run(fleet, tmp_path, daily_per_miner=2)  # sees it well, if it is
    assert found == {"m003": "postponed"} and len(fleet.done) == 2
    later(fleet, 86400)
    assert run(fleet, tmp_path, daily_per_miner=2)[0] == {"m003": "done"}


def test_a_site_gets_at_most_so_many_remedies_within_a_day(tmp_path):
    fleet = FakeFleet(names(10), dead("m001", "m002", "m003"))
    found, _done = run(fleet, tmp_path, daily_per_site=2)
    assert sorted(found.values()) == ["done", "done", "postponed"]
    later(fleet)
    run(fleet, tmp_path, daily_per_site=2)
    assert len(fleet.done) == 2


def test_no_more_of_a_site_than_declared_is_under_a_remedy_at_once(tmp_path):
    fleet = FakeFleet(names(100), dead(*names(12), needs=None))
    found, done = run(fleet, tmp_path, site_percent=5)
    assert list(found.values()).count("done") == 5 and list(found.values()).count("postponed") == 7
    found, done = run(fleet, tmp_path, site_percent=5)  # at once: those five are settling
    assert "done" not in found.values() and len(fleet.done) == 5
    assert done.sites["miners"].busy == 5
    later(fleet)
    run(fleet, tmp_path, site_percent=5)
    assert len(fleet.done) == 10


def test_each_site_has_limits_of_its_own_and_a_host_is_in_one(tmp_path):
    groups = {"north": names(50), "south": names(100)}
    fleet = FakeFleet(names(100), dead("m001", "m002", "m003", "m060", needs=None))
    found, done = run(fleet, tmp_path, groups=groups, sites=["north", "south"], site_percent=4)
    assert found == {"m001": "done", "m002": "done", "m003": "postponed", "m060": "done"}
    assert done.sites["south"].miners == 50


def test_in_a_storm_nothing_is_done_there_and_it_says_why(tmp_path):
    groups = {"north": names(50), "south": names(100)[50:]}
    ill = dead(*names(11), "m060")
    fleet = FakeFleet(names(100), ill)
    found, done = run(fleet, tmp_path, groups=groups, sites=["north", "south"])
    assert fleet.done == [("m060", "btminer")] and set(found.values()) == {"storm", "done"}
    assert "11 of the 50 miners that should mine are ill or unreachable, 22 %" in done.sites["north"].storm
    assert done.sites["south"].storm == ""


def test_a_few_ill_miners_of_a_small_site_are_no_storm(tmp_path):
    fleet = FakeFleet(names(5), dead("m001", "m002", "m003", "m004"))
    assert set(run(fleet, tmp_path)[0].values()) == {"done"}


def test_miners_that_are_held_or_off_make_no_site_larger(tmp_path):
    ill = dead(*names(5))
    ill.update({host: (miner(host, "held"), None) for host in names(30)[5:20]})
    fleet = FakeFleet(names(30), ill)
    assert set(run(fleet, tmp_path)[0].values()) == {"storm"}


def test_miners_that_were_given_up_make_no_storm(tmp_path):
    fleet = FakeFleet(names(10), dead(*names(4), needs=None))
    for _again in range(3):
        run(fleet, tmp_path, storm_percent=50)
        later(fleet)
    fleet.ill.update(dead("m008", "m009"))
    found, done = run(fleet, tmp_path)
    assert found["m008"] == found["m009"] == "done" and done.sites["miners"].ill == 2


def test_no_miner_is_given_up_in_a_storm(tmp_path):
    fleet = FakeFleet(names(10), dead("m000", needs=None))
    for _again in range(2):
        run(fleet, tmp_path)
        later(fleet)
    fleet.ill.update(dead(*names(10), needs=None))
    found, done = run(fleet, tmp_path)
    assert set(found.values()) == {"storm"} and done.given_up == ()


def test_a_limit_of_the_play_limits_what_is_remedied_and_not_what_is_looked_at(tmp_path):
    groups = {"miners": names(30)}
    fleet = FakeFleet(names(30), dead(*names(20)))
    found, _done = run(fleet, tmp_path, hosts=["m001"], groups=groups)
    assert found == {"m001": "storm"} and len(fleet.judged[0]) == 30
    fleet.ill = dead("m001", "m002")
    found, _done = run(fleet, tmp_path, hosts=["m001"], groups=groups)
    assert fleet.done == [("m001", "btminer")]


def test_a_site_without_hosts_of_the_play_is_not_read(tmp_path):
    groups = {"north": names(5), "south": names(10)[5:]}
    fleet = FakeFleet(names(10), dead("m001"))
    run(fleet, tmp_path, hosts=["m001"], groups=groups, sites=["north", "south"])
    assert sorted(fleet.judged[0]) == names(5)


@pytest.mark.parametrize("verdict", ["held", "off", "not_judged", "ok", "watch"])
def test_a_miner_that_is_not_ill_gets_nothing(tmp_path, verdict):
    fleet = FakeFleet(["m1"], {"m1": (miner("m1", verdict, "tuning", severity="note"), "btminer")})
    assert run(fleet, tmp_path)[0] == {} and fleet.done == []


def test_what_the_policy_does_not_cover_keeps_the_miner_from_a_remedy(tmp_path):
    fleet = FakeFleet(["m1"], {"m1": (miner("m1", "ill", "hashrate_low", "chip_hot"), "btminer")})
    found, done = run(fleet, tmp_path)
    assert found == {"m1": "left"} and "no remedy for chip_hot" in done.decisions[0].text and not fleet.done


def test_a_miner_that_tunes_is_left_unless_that_is_what_is_to_be_remedied(tmp_path):
    ill = miner("m1", "ill", "board_low")
    tunes = miner("m1", "ill", "tuning_long", severity="watch")
    both = type(ill)("m1", None, "ill", ill.reasons + tunes.reasons)
    fleet = FakeFleet(["m1"], {"m1": (both, "btminer")})
    assert run(fleet, tmp_path)[0] == {"m1": "left"} and not fleet.done
    fleet = FakeFleet(["m1"], {"m1": (both, "btminer")}, policy={"tuning_long": ["restart"]})
    assert run(fleet, tmp_path)[0] == {"m1": "done"}


def test_a_held_miner_that_does_not_answer_is_not_power_cycled(tmp_path):
    away, held = miner("m1", "unreachable", "no_answer"), miner("m1", "held", "held", severity="note")
    both = type(away)("m1", None, "unreachable", away.reasons + held.reasons)
    fleet = FakeFleet(["m1"], {"m1": (both, "power")}, command=["pdu"])
    found, done = run(fleet, tmp_path)
    assert found == {"m1": "left"} and fleet.done == [] and done.decisions[0].text == "it is held it is"


def test_only_miners_of_the_declared_verdicts_get_remedies(tmp_path):
    ill = {**dead("m1"), "m2": (miner("m2", "unreachable", "no_answer"), None)}
    fleet = FakeFleet(["m1", "m2"], ill, command=["pdu"])
    assert run(fleet, tmp_path, verdicts=["unreachable"])[0] == {"m1": "left", "m2": "done"}


def test_watched_miners_get_remedies_only_where_that_is_declared(tmp_path):
    def fleet():
        seen = miner("m1", "watch", "hashrate_low", severity="watch")
        return FakeFleet(["m1"], {"m1": (seen, "btminer")})

    assert run(fleet(), tmp_path)[0] == {}
    assert run(fleet(), tmp_path, verdicts=["ill", "watch"])[0] == {"m1": "done"}


def test_what_is_ill_for_a_moment_only_gets_nothing(tmp_path):
    fleet = FakeFleet(names(10), dead("m001", "m002"))
    fleet.on_pause = lambda: fleet.ill.pop("m001", None)
    assert run(fleet, tmp_path)[0] == {"m002": "done"} and fleet.judged[1] == ["m001", "m002"]


def test_a_hold_that_is_taken_meanwhile_is_respected(tmp_path):
    fleet = FakeFleet(["m1", "m2"], dead("m1", "m2"))
    fleet.on_pause = lambda: fleet.ill.update(m1=(miner("m1", "held"), None))
    fleet.results["m2"] = {"changed": False, "held": {"reboot": "held by ann"}}
    found, done = run(fleet, tmp_path)
    assert found == {"m2": "left"} and fleet.done == [] and not done.changed
    del fleet.results["m2"]
    later(fleet)
    assert run(fleet, tmp_path)[0]["m2"] == "done"
    assert fleet.done == [("m2", "btminer")]  # the mildest: it had none


def test_no_outcome_counts_as_if_it_had_been_done(tmp_path):
    fleet = FakeFleet(["m1"], dead("m1", needs=None))
    fleet.results["m1"] = {
        "failed": True,
        "cause": "outcome_unknown",
        "msg": "m1 (192.0.2.1:4028): no answer",
    }
    found, done = run(fleet, tmp_path)
    assert found == {"m1": "unknown"} and done.changed and done.decisions[0].text == "no answer"
    fleet.results.clear()
    assert run(fleet, tmp_path)[0] == {"m1": "waiting"}
    later(fleet)
    run(fleet, tmp_path)
    assert fleet.done == [("m1", "miner")]


def test_a_password_that_is_missing_uses_up_no_remedy(tmp_path):
    fleet = FakeFleet(["m1"], dead("m1", needs=None))
    fleet.results["m1"] = {"failed": True, "cause": "wrong_password", "msg": "wrong", "commands": []}
    found, done = run(fleet, tmp_path)
    assert found == {"m1": "failed"} and not done.changed
    assert run(fleet, tmp_path)[0] == {"m1": "waiting"}  # nor is it tried again and again
    fleet.results.clear()
    later(fleet)
    run(fleet, tmp_path)
    assert fleet.done == [("m1", "btminer")]


def test_a_command_that_failed_says_so_and_counts(tmp_path):
    fleet = FakeFleet(["m1"], {"m1": (miner("m1", "unreachable", "no_answer"), None)}, command=["pdu"])
    fleet.problems["m1"] = "the command failed with status 1: no such outlet"
    found, done = run(fleet, tmp_path)
    assert found == {"m1": "failed"} and "no such outlet" in done.decisions[0].text
    later(fleet)
    assert run(fleet, tmp_path)[0] == {"m1": "given_up"}


def test_check_mode_says_what_would_be_done_and_does_and_saves_nothing(tmp_path):
    fleet = FakeFleet(names(10), dead("m001"))
    fleet.check_mode = True
    found, done = run(fleet, tmp_path)
    assert found == {"m001": "planned"} and done.decisions[0].remedy == "restart" and done.changed
    assert fleet.done == [] and fleet.judged == [names(10)] and not (tmp_path / "state.json").exists()


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("dies_at", [1, 2])
def test_a_controller_killed_at_any_step_doubles_no_remedy(tmp_path, dies_at, after):
    ill = {**dead("m001", needs=None), "m002": (miner("m002", "unreachable", "no_answer"), None)}
    fleet = FakeFleet(names(10), ill, command=["pdu"])
    fleet.dies_at, fleet.after = dies_at, after
    with pytest.raises(Killed):
        run(fleet, tmp_path)
    assert "next run waits" in fleet.standing
    again, _done = run(fleet, tmp_path)
    begun = ["m001"] if dies_at == 1 else ["m001", "m002"]
    assert [again[host] for host in begun] == ["waiting"] * len(begun)
    for _again in range(4):
        later(fleet)
        run(fleet, tmp_path)
    assert len(set(fleet.done)) == len(fleet.done)


def test_all_is_saved_before_it_is_done(tmp_path):
    fleet = FakeFleet(["m1"], dead("m1"))
    seen = []
    treat = fleet._treat
    fleet._treat = lambda *given: (
        seen.append(json.loads((tmp_path / "state.json").read_text())),
        treat(*given),
    )
    run(fleet, tmp_path)
    (remedy,) = seen[0]["miners"]["m1"]["remedies"]
    assert (remedy["name"], remedy["outcome"]) == ("restart", "begun")
    assert stat.S_IMODE((tmp_path / "state.json").stat().st_mode) == 0o600


def test_a_second_run_is_refused(tmp_path):
    fleet = FakeFleet(["m1"], dead("m1"))
    with keeper(tmp_path).alone(), pytest.raises(Busy, match="a remediation since"):
        run(fleet, tmp_path)
    assert fleet.judged == []


def test_another_machine_at_the_miners_place_begins_anew(tmp_path):
    def ill(mac):
        return {"m1": (miner("m1", "ill", "btminer_down", mac=mac), None)}

    fleet = FakeFleet(["m1"], ill("C4:05:08:00:00:01"))
    for _again in range(3):
        run(fleet, tmp_path)
        later(fleet)
    fleet.ill = ill("C4:05:08:00:00:02")
    assert run(fleet, tmp_path)[0] == {"m1": "done"} and fleet.done[-1] == ("m1", "btminer")


def test_miners_that_were_given_up_begin_anew_where_that_is_wanted(tmp_path):
    fleet = FakeFleet(["m1"], dead("m1", needs=None))
    for _again in range(3):
        run(fleet, tmp_path)
        later(fleet)
    later(fleet, 86400)
    assert run(fleet, tmp_path)[0] == {"m1": "given_up"}
    for _again in range(3):
        found, _done = run(fleet, tmp_path, retry_given_up=True)
        later(fleet)
    assert found == {"m1": "given_up"}
    assert [scope for _host, scope in fleet.done] == ["btminer", "miner"] * 2


def test_a_weaker_remedy_does_not_follow_a_stronger_one(tmp_path):
    policy = {"board_missing": ["reboot"], "btminer_down": ["restart", "reboot"]}
    fleet = FakeFleet(["m1"], {"m1": (miner("m1", "ill", "board_missing"), None)}, policy=policy)
    run(fleet, tmp_path)
    later(fleet)
    fleet.ill = dead("m1", needs=None)
    assert run(fleet, tmp_path)[0] == {"m1": "given_up"} and fleet.done == [("m1", "miner")]


def test_a_site_of_300_miners_is_mended_within_its_limits_over_its_runs(tmp_path):
    hosts = names(300)
    ill = {
        **dead(*hosts[:8]),
        **dead(*hosts[8:16], needs="miner"),
        **dead(*hosts[16:20], needs=None),
        **{host: (miner(host, "ill", "chip_hot"), "btminer") for host in hosts[20:45]},
    }
    fleet = FakeFleet(hosts, ill)
    before = 0
    for _again in range(6):
        found, done = run(fleet, tmp_path, site_percent=4)
        assert len(fleet.done) - before <= 12
        before = len(fleet.done)
        later(fleet)
    assert set(fleet.ill) == {*hosts[16:45]}  # what nothing mends, and what no policy covers
    assert max(fleet.done.count(each) for each in fleet.done) == 1
    assert sorted(host for host, status in found.items() if status == "given_up") == hosts[16:20]
    assert all(found[host] == "left" for host in hosts[20:45])
    assert len(fleet.done) == 20 + 12
