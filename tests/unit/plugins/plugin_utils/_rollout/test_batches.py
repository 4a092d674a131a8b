# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rollout takes nobody down beyond the share, and tries canaries first."""

from __future__ import annotations

import collections
import random

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout import batches, gate, saved_state
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.readings import readings
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._rollout.rollout_results import (
    MENDED,
    NEW,
    declaration,
    declared,
    facts,
    flashed,
    look,
    lost,
    many,
    rules,
    surveyed,
)


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
    state, answers = {}, {result["host"]: result for result in results}
    survey = surveyed(results, chosen, state)
    left = [host for host in hosts if survey.miners[host].status == "left"]
    sizes, down = {}, {}
    for host in hosts:
        site = site_of(host, chosen)
        sizes[site] = sizes.get(site, 0) + 1
        down[site] = down.get(site, 0) + (not survey.miners[host].up)
    try:
        plan = batches.plan(survey, state, chosen)
    except ValueError as error:
        share = chosen.max_down_percent / 100
        tight = [
            site for site in {site_of(host, chosen) for host in left} if down[site] + 1 > sizes[site] * share
        ]
        assert tight and "firmware_max_down_percent" in str(error)
        return
    assert sorted(host for batch in plan for host in batch) == sorted(left)
    proven, done, share_reached = {}, 0, [batches.at_least(len(left), share) for share in chosen.batches]
    waiting = collections.Counter(survey.miners[host].group for host in left)
    for batch in plan:
        # The plan is what is done, if every gate is passed.
        assert batches.next_batch(survey, state, chosen) == batch and batch
        for site in sizes:
            taken = sum(site_of(host, chosen) == site for host in batch)
            assert not taken or down[site] + taken <= sizes[site] * chosen.max_down_percent / 100 + 1e-9
        untried = {group for group in waiting if proven.get(group, 0) < min(chosen.canaries, waiting[group])}
        groups = [survey.miners[host].group for host in batch]
        if untried:
            assert set(groups) <= untried
            assert all(proven.get(group, 0) + groups.count(group) <= chosen.canaries for group in groups)
        else:
            assert done + len(batch) <= next(size for size in share_reached if size > done)
        state = saved_state.begin_batch(survey, state, batch)
        for host in batch:
            answers[host] = facts(
                host, model=answers[host]["ansible_facts"]["whatsminer"]["model"], version=NEW
            )
        results = [answers[host] for host in hosts]
        state = gate.judge(
            saved_state.record_sent(state, [{"host": host, "changed": True} for host in batch]),
            readings(results),
            chosen,
        )
        assert saved_state.pending(state, hosts) == []
        survey = surveyed(results, chosen, state)
        done += len(batch)
        for group in groups:
            proven[group] = proven.get(group, 0) + 1
    assert batches.plan(survey, state, chosen) == []
    assert sorted({saved.batch for saved in state.values()}) == list(range(1, len(plan) + 1))


def test_a_site_where_nobody_may_go_down_is_refused_with_the_share_that_would_do():
    with pytest.raises(
        ValueError, match=r"10 % of the 9 miners of the fleet are 0, and 0 are down already.*11\.12 %"
    ):
        batches.plan(look(many(9)), {}, rules())
    assert batches.plan(look(many(9)), {}, rules(max_down_percent=11.12))


def test_who_is_down_for_another_reason_takes_the_room_of_a_batch():
    survey = look([*many(18), lost("b-01"), facts("b-02", state="off", rate=0.0)])
    with pytest.raises(ValueError, match="2 are down already.*15 % would do"):
        batches.plan(survey, {}, rules())
    assert [len(batch) for batch in batches.plan(survey, {}, rules(max_down_percent=20, batches=[100]))] == [
        1
    ] + [2] * 8 + [1]


def test_batches_grow_to_the_shares_of_all_who_are_to_be_flashed():
    planned = batches.plan(look(many(60)), {}, rules(max_down_percent=100))
    assert [len(batch) for batch in planned] == [1, 2, 9, 18, 30]


def test_a_rollout_that_is_resumed_goes_on_at_the_size_where_it_was():
    state = {}
    results = many(60)
    for host in range(12):
        state.update(flashed(f"a-{host:02d}", verdict="passed"))
        results[host] = facts(f"a-{host:02d}", version=NEW)
    survey = look(results, state)
    assert [len(batch) for batch in batches.plan(survey, state, rules(max_down_percent=100))] == [18, 30]


def test_miners_that_had_the_version_before_prove_nothing():
    survey = look([*many(20), *(facts(f"b-{number:02d}", version=NEW) for number in range(40))])
    assert [len(batch) for batch in batches.plan(survey, {}, rules(max_down_percent=100))] == [1, 3, 6, 10]


def test_each_site_has_a_share_of_its_own():
    groups = {"hall_a": [f"a-{number:02d}" for number in range(20)]}
    results = [*many(20), *(facts(f"b-{number:02d}") for number in range(10))]
    survey = look(results, sites=["hall_a"], groups=groups)
    planned = batches.plan(survey, {}, rules(sites=["hall_a"], groups=groups, batches=[100]))
    assert planned[0] == ["a-00"]
    assert all(sum(host in groups["hall_a"] for host in batch) <= 2 for batch in planned)
    assert all(sum(host not in groups["hall_a"] for host in batch) <= 1 for batch in planned)
    assert planned[1] == ["a-01", "a-02", "b-00"]


def test_who_failed_gets_the_mended_image_first_even_if_the_version_is_the_same():
    known = declared(declaration(MENDED, M30=NEW))
    state = flashed("a-05", verdict="failed")
    results = [
        *many(5),
        facts("a-05", version=NEW, rate=40.0),
        *(facts(f"a-{number:02d}") for number in range(6, 20)),
    ]
    survey = look(results, state, known)
    planned = batches.plan(survey, state, rules())
    assert planned[0] == ["a-05"] and sorted(sum(planned, [])) == sorted(result["host"] for result in results)
    assert batches.jobs(survey, ["a-05", "a-00"], known) == {
        "a-05": {"src": "/M30.bin", "version": NEW, "force": True},
        "a-00": {"src": "/M30.bin", "version": NEW, "force": False},
    }


def test_a_miner_that_failed_is_down_already_and_fits_where_nobody_else_does():
    known = declared(declaration(MENDED, M30=NEW))
    state = flashed("a-00", verdict="failed")
    survey = look([facts("a-00", version=NEW, rate=40.0), *many(10)[1:]], state, known)
    assert batches.next_batch(survey, state, rules()) == ["a-00"]
