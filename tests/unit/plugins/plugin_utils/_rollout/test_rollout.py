# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rollout takes nobody down beyond the share, tries canaries first, and never passes over a gate."""

from __future__ import annotations

import collections
import json
import random

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout import rollout
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.rollout import Rules

OLD, NEW = "20210322.22.REL", "20240419.22.REL"
CHECKSUM, MENDED = "sha256:" + "1" * 64, "sha256:" + "2" * 64
VARIABLES = {
    "canaries": 1,
    "batches": [5, 20, 50, 100],
    "max_down_percent": 10,
    "hashrate_percent": 90,
    "expected_hashrate_percent": 70,
    "allowed_errors": [],
    "retry_failed": False,
    "wait_timeout": 900,
    "gate_timeout": 1800,
    "gate_delay": 15,
    "settle": 120,
    "sites": [],
    "groups": {},
}


def rules(**changes):
    return Rules.of({**VARIABLES, **changes})


def declaration(checksum=CHECKSUM, **versions):
    return {
        model: {"version": version, "src": f"{model}.bin", "checksum": checksum}
        for model, version in versions.items()
    }


ENTRIES = declaration(M30=NEW, M50=NEW)
IMAGES = {"M30": {"path": "/M30.bin", "platforms": ["h6os"]}, "M50": {"path": "/M50.bin", "platforms": []}}


def facts(host, model="M30", version=OLD, rate=100.0, errors=(), mac=None, state="on", **more):
    """The result of whatsminer_facts for a miner, as a fleet task gives it."""
    known = {
        "model": model,
        "platform": "h6os",
        "mac": mac or "C4:05:08:00:00:" + host[-2:],
        "state": state,
        "firmware_version": version,
        "hashrate_ths": {"average": rate - 1, "realtime": rate, "factory": 100.0},
        "errors": [{"code": code, "component": "fan", "meaning": "unknown"} for code in errors],
        **more,
    }
    shown = {name: value for name, value in known.items() if value is not None}
    return {"host": host, "changed": False, "ansible_facts": {"whatsminer": shown}}


def lost(host):
    return {"host": host, "unreachable": True, "changed": False, "msg": f"{host}: no connection"}


def look(results, kept=None, entries=ENTRIES, images=None, **changes):
    hosts = [result["host"] for result in results]
    return rollout.survey(
        results, hosts, entries, IMAGES if images is None else images, kept or {}, rules(**changes)
    )


def standings(results, **more):
    return {host: miner["standing"] for host, miner in look(results, **more)["miners"].items()}


def flashed(host, **keep):
    """What is kept of a miner that was well before it got the image."""
    entry = {
        "verdict": "pending",
        "reasons": [],
        "batch": 1,
        "sent": True,
        "target": {"version": NEW, "checksum": CHECKSUM},
        "before": {"version": OLD, "mac": "C4:05:08:00:00:" + host[-2:], "hashrate_ths": 100.0, "errors": []},
        "earlier": None,
    }
    return {host: {**entry, **keep}}


# --- What is declared ---------------------------------------------------------------------------------------


def test_versions_and_checksums_are_compared_in_one_form():
    entry = rollout.declared({"M30*": {"version": f"'{NEW}' ", "src": "a.bin", "checksum": " " + "AB" * 32}})[
        "M30*"
    ]
    assert entry == {"version": NEW, "src": "a.bin", "checksum": "sha256:" + "ab" * 32}


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({}, "is empty"),
        ({"M30": {"version": NEW, "src": "a"}}, r"firmware_declared\['M30'\] must have version, src and "
            r"checksum"),
        ({"M30": {"version": NEW, "src": "a", "checksum": "1" * 64, "sha": ""}}, "and nothing else"),
        ({"M30": "a.bin"}, "must have version"),
        ({"M30": {"version": 20240419.22, "src": "a", "checksum": "1" * 64}}, "version must be text, in "
            "quotes"),
        ({"M30": {"version": NEW, "src": " ", "checksum": "1" * 64}}, "src must be text"),
        ({"M30": {"version": NEW, "src": "a", "checksum": "crc:1"}}, r"\['M30'\].*checksum"),
        (declaration(**{"M30S+VE40": NEW, "M30S+_VE40.H616": OLD}), r"'M30S\+_VE40.H616'\] is the same model "
            r"as 'M30S\+VE40'"),
        (declaration(**{"M30*": NEW, "m30*": OLD}), r"'m30\*'\] is the same model as 'M30\*'"),
        ({30: {}}, "must be text, in quotes"),
    ],
)
def test_a_declaration_that_lacks_something_is_refused_naming_the_model(given, complaint):
    with pytest.raises(ValueError, match=complaint):
        rollout.declared(given)


@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        ({"batches": []}, "firmware_batches"),
        ({"batches": [5, 50]}, "firmware_batches"),
        ({"batches": [50, 20, 100]}, "firmware_batches"),
        ({"batches": [0, 100]}, "firmware_batches"),
        ({"batches": ["some", 100]}, "firmware_batches"),
        ({"batches": [100, 101]}, "firmware_batches"),
        ({"canaries": 0}, "firmware_canaries"),
        ({"max_down_percent": 0}, "firmware_max_down_percent"),
        ({"max_down_percent": 101}, "firmware_max_down_percent"),
        ({"hashrate_percent": -1}, "firmware_hashrate_percent"),
        ({"expected_hashrate_percent": None}, "firmware_expected_hashrate_percent"),
        ({"gate_delay": 0}, "firmware_gate_delay"),
        ({"wait_timeout": 100000}, "firmware_wait_timeout"),
        ({"sites": ["hall_c"]}, "firmware_sites.*hall_c"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_naming_its_variable(changes, variable):
    with pytest.raises(ValueError, match=variable):
        rules(**changes)


def test_rules_may_come_as_text():
    text = rules(canaries="2", max_down_percent="2.5", batches=["10", "100"])
    assert text == rules(canaries=2, max_down_percent=2.5, batches=[10, 100])


@pytest.mark.parametrize(
    ("model", "name"),
    [("M30S+VE40", "M30S*"), ("M50", "M50"), ("M50SVH50", None), ("M50_VH84.H616", "M50VH84"), (None, None)],
)
def test_a_model_is_the_first_that_it_fits_however_it_is_spelt(model, name):
    assert rollout.entry_for({"M30S*": {}, "M50": {}, "M30S+VE40": {}, "M50VH84": {}}, model) == name


# --- How miners stand ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "standing", "reason"),
    [
        (facts("a-01"), "left", None),
        (facts("a-01", version=NEW), "done", None),
        (facts("a-01", version=NEW, errors=[110], rate=1.0), "done", None),
        (lost("a-01"), "lost", "no connection"),
        (
            {"host": "a-01", "failed": True, "changed": False, "msg": "wrong password"},
            "lost",
            "wrong password",
        ),
        (facts("a-01", state="off", rate=0.0), "unfit", "it is off"),
        (facts("a-01", state="off", model=None), "unfit", "it is off"),
        (facts("a-01", model=None), "unfit", "doesn't show its model"),
        (facts("a-01", model="M60"), "undeclared", None),
        (facts("a-01", errors=[110]), "unfit", "it has errors: 110"),
        (facts("a-01", rate=69.0), "unfit", "69 % of the 100"),
        (facts("a-01", hashrate_ths=None), "unfit", "it doesn't hash"),
        (facts("a-01", rate=0.0, tuning=True), "unfit", "it is tuning"),
        (facts("a-01", hashrate_ths={"realtime": 60.0, "expected": 62.0, "factory": 100.0}), "left", None),
        (facts("a-01", rate=60.0, power_mode="low"), "left", None),
        (
            facts("a-01", hashrate_ths={"realtime": 40.0, "expected": 62.0, "factory": 100.0}),
            "unfit",
            "65 % of the 62 expected",
        ),
    ],
)
def test_only_a_miner_that_is_well_is_to_be_flashed(result, standing, reason):
    miner = look([result])["miners"]["a-01"]
    assert miner["standing"] == standing
    assert (reason in " ".join(miner["reasons"])) if reason else miner["reasons"] == []


def test_a_miner_that_shows_no_mac_is_left_out_as_it_could_not_be_recognised():
    result = facts("a-01")
    del result["ansible_facts"]["whatsminer"]["mac"]
    assert look([result])["miners"]["a-01"]["reasons"] == ["it doesn't show its MAC"]


def test_errors_that_are_allowed_do_not_matter():
    assert standings([facts("a-01", errors=[110])], allowed_errors=[110]) == {"a-01": "left"}


def test_a_miner_that_was_not_asked_is_lost():
    survey = rollout.survey([], ["a-01"], ENTRIES, IMAGES, {}, rules())
    assert survey["miners"]["a-01"]["standing"] == "lost"


def test_an_image_without_a_part_for_the_platform_is_a_problem_before_anything_is_begun():
    (problem,) = look([facts("a-01", platform="h3"), facts("a-02", platform="h3"), facts("a-03")])["problems"]
    assert "M30" in problem and "h3 of a-01, a-02" in problem and "h6os" in problem


def test_an_image_that_does_not_say_for_which_platforms_it_is_is_for_all():
    assert look([facts("a-01", model="M50", platform="zynq")])["problems"] == []


# --- Who is next --------------------------------------------------------------------------------------------


def fleet(rng):
    """A random fleet: results, rules."""
    sites = {f"site_{name}": [] for name in range(rng.randint(0, 3))}
    results = []
    for number in range(rng.randint(1, 120)):
        host = f"{rng.choice('abc')}{number}-{number % 100:02d}"
        if sites and rng.random() < 0.8:
            sites[rng.choice(list(sites))].append(host)
        kind = rng.random()
        if kind < 0.05:
            results.append(lost(host))
        elif kind < 0.1:
            results.append(facts(host, state="off", rate=0.0))
        elif kind < 0.2:
            results.append(facts(host, version=NEW))
        else:
            results.append(facts(host, model=rng.choice(["M30", "M50", "M60"]), platform="h6os"))
    chosen = rules(
        canaries=rng.randint(1, 4),
        batches=sorted(rng.sample(range(1, 100), rng.randint(0, 4))) + [100],
        max_down_percent=rng.choice([1, 5, 10, 33.3, 50, 100]),
        sites=list(sites),
        groups=sites,
    )
    return results, chosen


def site_of(host, chosen):
    return next((site for site, members in chosen.sites.items() if host in members), "")


@pytest.mark.parametrize("seed", range(150))
def test_everybody_left_is_in_one_batch_after_the_canaries_and_never_more_than_the_share_is_down(seed):
    results, chosen = fleet(random.Random(seed))
    hosts = [result["host"] for result in results]
    kept, answers = {}, {result["host"]: result for result in results}
    survey = rollout.survey(results, hosts, ENTRIES, IMAGES, kept, chosen)
    left = [host for host in hosts if survey["miners"][host]["standing"] == "left"]
    sizes, down = {}, {}
    for host in hosts:
        site = site_of(host, chosen)
        sizes[site] = sizes.get(site, 0) + 1
        down[site] = down.get(site, 0) + (not survey["miners"][host]["up"])
    try:
        plan = rollout.plan(survey, kept, chosen)
    except ValueError as error:
        share = chosen.max_down_percent / 100
        tight = [
            site for site in {site_of(host, chosen) for host in left} if down[site] + 1 > sizes[site] * share
        ]
        assert tight and "firmware_max_down_percent" in str(error)
        return
    assert sorted(host for batch in plan for host in batch) == sorted(left)
    proven, done, share_reached = {}, 0, [rollout.at_least(len(left), share) for share in chosen.batches]
    waiting = collections.Counter(survey["miners"][host]["group"] for host in left)
    for batch in plan:
        # The plan is what is done, if every gate is passed.
        assert rollout.next_batch(survey, kept, chosen) == batch and batch
        for site in sizes:
            taken = sum(site_of(host, chosen) == site for host in batch)
            assert not taken or down[site] + taken <= sizes[site] * chosen.max_down_percent / 100 + 1e-9
        untried = {group for group in waiting if proven.get(group, 0) < min(chosen.canaries, waiting[group])}
        groups = [survey["miners"][host]["group"] for host in batch]
        if untried:
            assert set(groups) <= untried
            assert all(proven.get(group, 0) + groups.count(group) <= chosen.canaries for group in groups)
        else:
            assert done + len(batch) <= next(size for size in share_reached if size > done)
        kept = rollout.commence(survey, kept, batch)
        for host in batch:
            answers[host] = facts(
                host, model=answers[host]["ansible_facts"]["whatsminer"]["model"], version=NEW
            )
        results = [answers[host] for host in hosts]
        kept = rollout.judge(
            rollout.sent(kept, [{"host": host, "changed": True} for host in batch]), results, chosen
        )
        assert rollout.pending(kept, hosts) == []
        survey = rollout.survey(results, hosts, ENTRIES, IMAGES, kept, chosen)
        done += len(batch)
        for group in groups:
            proven[group] = proven.get(group, 0) + 1
    assert rollout.plan(survey, kept, chosen) == []
    assert sorted({keep["batch"] for keep in kept.values()}) == list(range(1, len(plan) + 1))


def many(count, **more):
    return [facts(f"a-{number:02d}", **more) for number in range(count)]


def test_a_site_where_nobody_may_go_down_is_refused_with_the_share_that_would_do():
    with pytest.raises(
        ValueError, match=r"10 % of the 9 miners of the fleet are 0, and 0 are down already.*11\.12 %"
    ):
        rollout.plan(look(many(9)), {}, rules())
    assert rollout.plan(look(many(9)), {}, rules(max_down_percent=11.12))


def test_a_survey_says_that_nobody_may_go_down_before_anything_is_planned():
    assert "10 % of the 9 miners of the fleet are 0" in look(many(9))["crowded"]
    assert look(many(10))["crowded"] == look([])["crowded"] == ""


def test_what_a_miner_says_of_itself_cannot_control_the_screen_or_fill_it():
    (miner,) = look([facts("a-01", model="M\x1b[2J\u202e", version="9" * 10_000)])["miners"].values()
    assert miner["model"] == "M\\x1b[2J\\u202e" and len(miner["version"]) == 80


def test_who_is_down_for_another_reason_takes_the_room_of_a_batch():
    survey = look([*many(18), lost("b-01"), facts("b-02", state="off", rate=0.0)])
    with pytest.raises(ValueError, match="2 are down already.*15 % would do"):
        rollout.plan(survey, {}, rules())
    assert [len(batch) for batch in rollout.plan(survey, {}, rules(max_down_percent=20, batches=[100]))] == [
        1
    ] + [2] * 8 + [1]


def test_batches_grow_to_the_shares_of_all_who_are_to_be_flashed():
    batches = rollout.plan(look(many(60)), {}, rules(max_down_percent=100))
    assert [len(batch) for batch in batches] == [1, 2, 9, 18, 30]


def test_a_rollout_that_is_resumed_goes_on_at_the_size_where_it_was():
    kept = {}
    results = many(60)
    for host in range(12):
        kept.update(flashed(f"a-{host:02d}", verdict="passed"))
        results[host] = facts(f"a-{host:02d}", version=NEW)
    survey = look(results, kept)
    assert [len(batch) for batch in rollout.plan(survey, kept, rules(max_down_percent=100))] == [18, 30]


def test_miners_that_had_the_version_before_prove_nothing():
    survey = look([*many(20), *(facts(f"b-{number:02d}", version=NEW) for number in range(40))])
    assert [len(batch) for batch in rollout.plan(survey, {}, rules(max_down_percent=100))] == [1, 3, 6, 10]


def test_each_site_has_a_share_of_its_own():
    groups = {"hall_a": [f"a-{number:02d}" for number in range(20)]}
    results = [*many(20), *(facts(f"b-{number:02d}") for number in range(10))]
    survey = look(results, sites=["hall_a"], groups=groups)
    batches = rollout.plan(survey, {}, rules(sites=["hall_a"], groups=groups, batches=[100]))
    assert batches[0] == ["a-00"]
    assert all(sum(host in groups["hall_a"] for host in batch) <= 2 for batch in batches)
    assert all(sum(host not in groups["hall_a"] for host in batch) <= 1 for batch in batches)
    assert batches[1] == ["a-01", "a-02", "b-00"]


# --- Gates --------------------------------------------------------------------------------------------------


def verdict(result, final=False, settled=False, allowed_errors=(), **keep):
    kept = rollout.judge(
        flashed("a-01", **keep), [result], rules(allowed_errors=allowed_errors), final, settled
    )
    return (kept["a-01"]["verdict"], " ".join(kept["a-01"]["reasons"])) if "a-01" in kept else None


def test_a_miner_that_is_as_good_as_before_with_the_version_passes():
    assert verdict(facts("a-01", version=NEW, rate=90.0)) == ("passed", "")


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (lost("a-01"), "no connection"),
        (facts("a-01"), f"it runs {OLD} and not {NEW}"),
        (facts("a-01", version=NEW, rate=89.9), "it hashes at 89.9 TH/s, 90 % of the 100 before"),
        (facts("a-01", version=NEW, state="off", hashrate_ths=None), "it hashes at 0 TH/s"),
        (facts("a-01", version=NEW, errors=[110, 530137]), "it has new errors: 110, 530137"),
        (facts("a-01", version=None), f"it runs None and not {NEW}"),
    ],
)
def test_who_is_not_as_good_waits_until_the_time_is_up_and_fails_then(result, reason):
    assert verdict(result)[0] == "pending"
    final, reasons = verdict(result, final=True)
    assert final == "failed" and reason in reasons


def test_errors_that_it_had_before_or_that_are_allowed_do_not_keep_a_miner_from_passing():
    before = {**flashed("a-01")["a-01"]["before"], "errors": [110]}
    assert verdict(facts("a-01", version=NEW, errors=[110]), before=before)[0] == "passed"
    assert verdict(facts("a-01", version=NEW, errors=[111]), allowed_errors=[111])[0] == "passed"
    assert (
        verdict(facts("a-01", version=NEW, errors=[112]), before=before, allowed_errors=[111])[0] == "pending"
    )


@pytest.mark.parametrize(
    ("fact", "reason"),
    [("mac", "it doesn't show its MAC"), ("errors", "it doesn't show whether it has errors")],
)
def test_who_does_not_show_yet_what_the_gate_needs_waits(fact, reason):
    result = facts("a-01", version=NEW)
    del result["ansible_facts"]["whatsminer"][fact]
    assert verdict(result) == ("pending", reason)


def test_another_machine_fails_at_once():
    assert verdict(facts("a-01", version=NEW, mac="C4:05:08:00:00:99")) == (
        "failed",
        "another machine is at its address: C4:05:08:00:00:99 and not C4:05:08:00:00:01",
    )


@pytest.mark.parametrize(
    ("result", "expected", "was_sent"),
    [
        ({"changed": True}, "pending", True),
        ({"changed": True, "failed": True, "msg": "it came back with the old version"}, "failed", True),
        (
            {"changed": False, "failed": True, "msg": "the transfer broke off", "cause": "transfer_failed"},
            "failed",
            False,
        ),
        (
            {"changed": False, "failed": True, "msg": "another machine", "cause": "wrong_machine"},
            "unsent",
            False,
        ),
        (
            {"changed": False, "unreachable": True, "msg": "no connection", "cause": "unreachable"},
            "unsent",
            False,
        ),
    ],
)
def test_who_got_the_image_is_told_from_who_did_not(result, expected, was_sent):
    keep = rollout.sent(flashed("a-01", sent=None), [{"host": "a-01", **result}])["a-01"]
    assert (keep["verdict"], keep["sent"]) == (expected, was_sent)
    assert keep["reasons"] == ([result["msg"]] if "msg" in result else [])


def test_a_miner_that_was_out_of_reach_is_not_tried_again_in_the_same_run():
    kept = flashed("a-01", verdict="unsent", sent=False, reasons=["no connection"])
    assert standings([facts("a-01")], kept=kept) == {"a-01": "lost"}


# --- Runs after one that was killed, or that failed ---------------------------------------------------------


def test_who_may_have_got_the_image_is_given_time_to_restart_and_is_flashed_if_it_has_not():
    assert verdict(facts("a-01"), sent=None)[0] == "pending"
    assert verdict(facts("a-01"), sent=None, settled=True) is None
    assert verdict(facts("a-01"), sent=None, final=True) is None
    assert verdict(facts("a-01", rate=10.0), sent=None, settled=True)[0] == "pending"
    assert verdict(facts("a-01", rate=10.0), sent=None, final=True)[0] == "failed"
    assert verdict(facts("a-01", version=NEW), sent=None)[0] == "passed"
    assert verdict(facts("a-01"), sent=True, settled=True)[0] == "pending"


def test_who_has_no_verdict_is_neither_flashed_nor_up():
    survey = look([facts("a-01", version=NEW), *many(3)[2:]], flashed("a-01"))
    assert survey["miners"]["a-01"]["standing"] == "unjudged" and not survey["miners"]["a-01"]["up"]
    assert rollout.next_batch(survey, flashed("a-01"), rules(max_down_percent=100)) == ["a-02"]


def resumed(result, entries=ENTRIES, **keep):
    """(standing, what is kept) of a miner when another run begins."""
    kept = rollout.resume(flashed("a-01", **keep), [result], rules())
    return standings([result], kept=kept, entries=entries)["a-01"], kept.get("a-01")


def test_who_failed_stays_failed_until_it_is_as_good_as_before():
    assert resumed(facts("a-01", version=NEW, rate=40.0), verdict="failed")[0] == "failed"
    assert resumed(facts("a-01", rate=100.0), verdict="failed")[0] == "failed"
    assert resumed(lost("a-01"), verdict="failed")[0] == "failed"
    standing, keep = resumed(facts("a-01", version=NEW, rate=99.0), verdict="failed")
    assert (standing, keep["verdict"]) == ("done", "passed")


@pytest.mark.parametrize("verdict", ["failed", "unsent"])
def test_who_failed_and_got_nothing_is_as_any_other_in_the_next_run(verdict):
    assert resumed(facts("a-01"), verdict=verdict, sent=False) == ("left", None)
    assert resumed(lost("a-01"), verdict=verdict, sent=False) == ("lost", None)


def test_who_seemed_to_have_got_nothing_and_runs_the_version_has_to_pass_the_gate():
    assert resumed(facts("a-01", version=NEW, rate=40.0), verdict="failed", sent=False)[0] == "failed"
    assert resumed(facts("a-01", version=NEW), verdict="failed", sent=False)[0] == "done"


def test_a_machine_that_replaces_one_that_failed_begins_anew():
    assert resumed(facts("a-01", mac="C4:05:08:00:00:99"), verdict="failed") == ("left", None)


def test_who_failed_gets_the_mended_image_first_even_if_the_version_is_the_same():
    entries = declaration(MENDED, M30=NEW)
    kept = flashed("a-05", verdict="failed")
    results = [
        *many(5),
        facts("a-05", version=NEW, rate=40.0),
        *(facts(f"a-{number:02d}") for number in range(6, 20)),
    ]
    survey = look(results, kept, entries)
    batches = rollout.plan(survey, kept, rules())
    assert batches[0] == ["a-05"] and sorted(sum(batches, [])) == sorted(result["host"] for result in results)
    assert rollout.jobs(survey, ["a-05", "a-00"]) == {
        "a-05": {"src": "/M30.bin", "version": NEW, "force": True},
        "a-00": {"src": "/M30.bin", "version": NEW, "force": False},
    }


def test_the_level_before_the_image_that_failed_stays_the_measure():
    entries = declaration(MENDED, M30=NEW)
    earlier = flashed("a-01", verdict="failed")
    results = [facts("a-01", version=NEW, rate=40.0, errors=[110])]
    survey = look(results, earlier, entries)
    kept = rollout.commence(survey, earlier, ["a-01"])
    assert kept["a-01"]["before"] == earlier["a-01"]["before"]
    kept = rollout.sent(
        kept, [{"host": "a-01", "unreachable": True, "changed": False, "msg": "no connection"}]
    )
    assert rollout.resume(kept, results, rules()) == earlier


def test_who_failed_is_tried_with_the_same_image_only_if_that_is_wanted():
    kept = flashed("a-01", verdict="failed")
    assert standings([facts("a-01", version=NEW, rate=40.0)], kept=kept) == {"a-01": "failed"}
    assert standings([facts("a-01", version=NEW, rate=40.0)], kept=kept, retry_failed=True) == {
        "a-01": "retry"
    }


def test_who_failed_is_down_already_and_fits_where_nobody_else_does():
    entries = declaration(MENDED, M30=NEW)
    kept = flashed("a-00", verdict="failed")
    survey = look([facts("a-00", version=NEW, rate=40.0), *many(10)[1:]], kept, entries)
    assert rollout.next_batch(survey, kept, rules()) == ["a-00"]


def test_what_is_kept_survives_json():
    kept = rollout.commence(look(many(3)), {}, ["a-00"])
    assert json.loads(json.dumps(kept)) == kept


# --- Who is on what -----------------------------------------------------------------------------------------


def test_the_report_tells_of_each_miner_what_it_ran_runs_and_is_to_run():
    kept = {
        **flashed("a-01", verdict="passed"),
        **flashed("a-02", verdict="failed", reasons=["it is slow"], batch=2),
    }
    results = [facts("a-01", version=NEW), facts("a-02", version=NEW, rate=10.0), facts("a-03"), lost("a-04")]
    results += [facts("a-05", model="M60"), facts("a-06", version=NEW)]
    report = rollout.report(look(results, kept), kept)
    rows = {row["host"]: row for row in report["miners"]}
    assert {host: row["verdict"] for host, row in rows.items()} == {
        "a-01": "passed",
        "a-02": "failed",
        "a-03": "left",
        "a-04": "lost",
        "a-05": "nothing declared",
        "a-06": "as declared",
    }
    assert report["counts"]["passed"] == 1 and sum(report["counts"].values()) == 6
    assert rows["a-02"] == {
        "host": "a-02",
        "model": "M30",
        "version_before": OLD,
        "version": NEW,
        "version_declared": NEW,
        "verdict": "failed",
        "batch": 2,
        "reasons": ["it is slow"],
    }
