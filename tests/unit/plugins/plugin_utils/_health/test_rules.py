# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each planted fault is found, and no other is invented beside it."""

from __future__ import annotations

import pathlib
import re

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health import mining
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.reasons import CODES, NOTES
from ansible_collections.minerops.whatsminer.tests.unit.plugins.plugin_utils._health.sick_miners import (
    air,
    facts_of,
    hydro,
    judged,
    reasons,
)

ROLES = pathlib.Path(__file__).resolve().parents[5] / "roles"


def test_the_miners_that_faults_are_planted_in_are_healthy():
    assert reasons(air()) == reasons(hydro()) == []


def rates(ths):
    """Changes to the facts of `air`, which is to make 124 TH/s: all boards make less alike."""
    facts = air(hashrate_ths={"average": ths, "realtime": ths})
    for board in facts["boards"]:
        board["hashrate_ths"] = round(ths / 3, 3)
    return facts


def boards(*changes):
    """The facts of `air` with changes to its boards; None takes one out."""
    facts = air()
    facts["boards"] = [
        {**board, **change} for board, change in zip(facts["boards"], changes) if change is not None
    ]
    return facts


def pools(*rows):
    return air(
        pools=[
            {
                "priority": number,
                "url": f"stratum+tcp://{number}.example.com:3333",
                "status": status,
                "active": active,
                "accepted": 1000,
                "rejected": 0,
            }
            for number, (status, active) in enumerate(rows)
        ]
    )


# --- Hash rate


@pytest.mark.parametrize(
    ("ths", "found"),
    [
        (124.0, []),
        (115.0, []),
        (110.0, [("hashrate_low", "watch")]),
        (98.0, [("hashrate_low", "ill")]),
        (0.0, [("not_mining", "ill")]),
    ],
)
def test_the_hash_rate_is_judged_by_what_is_expected(ths, found):
    assert reasons(rates(ths)) == found


def test_the_reason_has_the_value_the_threshold_and_a_text():
    (reason,) = judged(rates(93.0)).reasons
    assert (reason.code, reason.value, reason.threshold) == ("hashrate_low", 75.0, 80)
    assert reason.text == "it makes 93.0 TH/s, 75 % of the expected 124.0 (ill below 80 %)"


def test_a_miner_that_is_set_to_less_is_expected_to_make_less():
    assert reasons({**rates(62.0), "power_percent": 50}) == []
    assert reasons({**rates(98.0), "frequency_percent": -20}) == []


def limited(made, *, watts, limit):
    """The facts of a miner of 186 TH/s that makes so much with a power limit."""
    return air(
        model="M60S_VK40",
        hashrate_ths={"factory": 186.0, "average": made, "realtime": made},
        power_watts=watts,
        power_limit_watts=limit,
        efficiency_j_per_th=watts / made,
    )


@pytest.mark.parametrize("share", [0.5, 0.66, 0.75])
def test_a_miner_that_takes_full_power_and_makes_too_little_is_ill_whatever_its_power_limit(share):
    assert ("hashrate_low", "ill") in reasons(limited(186 * share, watts=3511, limit=3600))


def test_a_power_limit_that_leaves_less_makes_no_miner_ill():
    codes = [code for code, _severity in reasons(limited(2500 / 19, watts=2490, limit=2500))]
    assert "hashrate_low" not in codes


def test_in_low_mode_less_is_expected_and_in_high_mode_no_less_than_the_factory_rate():
    assert reasons({**rates(93.0), "power_mode": "low"}) == []
    assert reasons({**rates(70.0), "power_mode": "low"}) == [("hashrate_low", "ill")]
    assert reasons({**rates(105.0), "power_mode": "high"}) == [("hashrate_low", "watch")]


def test_without_a_factory_rate_it_is_judged_by_the_declared_one_only():
    facts = rates(60.0)
    del facts["hashrate_ths"]["factory"], facts["hashrate_ths"]["expected"]
    assert reasons(facts) == []
    assert reasons(facts, {"expected_ths": 124}) == [("hashrate_low", "ill")]


def test_the_average_counts_where_the_present_rate_is_not_shown():
    facts = rates(60.0)
    del facts["hashrate_ths"]["realtime"]
    assert reasons(facts) == [("hashrate_low", "ill")]


def test_a_miner_that_has_recovered_is_not_judged_by_its_average():
    assert reasons(air(hashrate_ths={"average": 60.0})) == []


def test_a_miner_whose_btminer_does_not_answer_is_ill():
    shown = ("model", "mac", "firmware_version", "api_version", "state", "psu", "network", "led", "errors")
    facts = {name: value for name, value in air().items() if name in shown}
    facts["psu"]["fan_rpm"] = 0
    assert reasons(facts) == [("btminer_down", "ill")]
    del facts["state"]
    assert reasons(facts) == [("not_shown", "watch")]


def test_what_a_miner_that_mines_does_not_show_is_said():
    assert reasons(air(pools=None, boards=None)) == [("not_shown", "watch")] * 2
    assert reasons(air(hashrate_ths=None)) == [("not_shown", "watch")]


# --- Hash boards


@pytest.mark.parametrize("slot", [0, 1, 2])
def test_a_missing_board_is_found_in_each_slot(slot):
    found = judged(boards(*({} if number != slot else None for number in range(3))))
    assert [(reason.code, reason.severity) for reason in found.reasons] == [("board_missing", "ill")]
    assert found.reasons[0].value == 2


def test_the_slot_of_a_missing_board_is_named_where_it_is_known():
    assert judged(boards({}, None, {})).reasons[0].text == "it shows 2 hash boards: none in slot 1"


def test_the_last_of_four_boards_is_missed_by_the_factory_rate():
    facts = hydro()
    del facts["boards"][3]
    assert reasons(facts) == [("board_missing", "ill")]


@pytest.mark.parametrize("dead", [{"hashrate_ths": 0.0, "chips": 0}, {"chips": 0}, {"hashrate_ths": 0.1}])
def test_a_dead_board_is_found(dead):
    found = judged(boards({}, dead, {}))
    assert [(reason.code, reason.severity) for reason in found.reasons] == [("board_dead", "ill")]
    assert found.reasons[0].text.startswith("slot 1: ")


@pytest.mark.parametrize(("ths", "found"), [(34.0, [("board_low", "watch")]), (25.0, [("board_low", "ill")])])
def test_a_board_that_makes_less_than_the_others_is_found(ths, found):
    assert reasons(boards({}, {}, {"hashrate_ths": ths})) == found


def test_boards_of_different_kinds_are_judged_by_their_own_factory_rates():
    assert reasons(boards({}, {}, {"hashrate_ths": 30.0, "hashrate_factory_ths": 30.5})) == []


@pytest.mark.parametrize(("chips", "found"), [(118, [("chips_low", "watch")]), (90, [("chips_low", "ill")])])
def test_chips_that_do_not_work_are_found(chips, found):
    assert reasons(boards({"chips": chips}, {}, {})) == found


def test_when_nothing_is_mined_no_board_is_called_dead():
    assert reasons(rates(0.0)) == [("not_mining", "ill")]


# --- Temperatures, fans, power supply


@pytest.mark.parametrize(
    ("temperatures", "found"),
    [
        ({"chip_max": 104.0}, []),
        ({"chip_max": 108.0}, [("chip_hot", "watch")]),
        ({"chip_max": 116.0}, [("chip_hot", "ill")]),
        ({"board_max": 90.0}, [("board_hot", "watch")]),
        ({"board_max": 96.0}, [("board_hot", "ill")]),
        ({"environment": 42.0}, [("environment_hot", "watch")]),
        ({"environment": 51.0}, [("environment_hot", "ill")]),
        ({"environment": -12.0}, []),
        ({"board_max": 0.0}, []),
    ],
)
def test_heat_is_found(temperatures, found):
    assert reasons(air(temperature_c=temperatures)) == found


@pytest.mark.parametrize(
    ("temperatures", "found"),
    [
        ({"chip_max": 102.0}, [("chip_hot", "watch")]),
        ({"chip_max": 111.0}, [("chip_hot", "ill")]),
        ({"liquid": 55.0}, [("liquid_hot", "watch")]),
        ({"liquid": 61.0}, [("liquid_hot", "ill")]),
        ({"environment": 55.0}, []),
    ],
)
def test_a_miner_that_a_liquid_cools_is_judged_by_the_liquid(temperatures, found):
    assert reasons(hydro(temperature_c=temperatures)) == found


@pytest.mark.parametrize(
    ("fans", "found"),
    [
        ({"inlet": 0, "outlet": 0}, [("fan_stopped", "ill")] * 2),
        ({"outlet": 0}, [("fan_stopped", "ill")]),
        ({"inlet": 700, "outlet": 750}, [("fan_slow", "watch")] * 2),
        ({"outlet": 3000}, [("fan_slow", "watch")]),
        ({"outlet": 1900}, [("fan_slow", "ill")]),
    ],
)
def test_fans_that_stand_still_or_lag_behind_are_found(fans, found):
    assert reasons(air(fans_rpm=fans)) == found


def test_fans_may_stand_still_while_nothing_is_mined():
    facts = rates(0.0)
    facts["fans_rpm"].update(inlet=0, outlet=0)
    assert reasons(facts) == [("not_mining", "ill")]


def test_fans_that_may_stand_still_are_left():
    stopped = {"inlet": 0, "outlet": 0}
    assert reasons(air(fans_rpm=stopped, cooling={"fan_zero_speed": True})) == []


def test_a_miner_in_a_tank_needs_no_fans():
    stopped = {"inlet": 0, "outlet": 0, "psu": 0}
    facts = air(fans_rpm=stopped, psu={"fan_rpm": 0})
    assert reasons(facts, cooling="immersion") == []
    assert reasons({**facts, "model": "M56S_VH30"}) == []


def test_the_fan_of_the_power_supply_is_watched():
    assert reasons(air(psu={"fan_rpm": 0})) == [("psu_fan_stopped", "watch")]


@pytest.mark.parametrize(
    ("psu", "found"),
    [
        ({"temperature_c": 79.0}, []),
        ({"temperature_c": 90.0}, [("psu_hot", "watch")]),
        ({"temperature_c": 96.0}, [("psu_hot", "ill")]),
        ({"input_voltage_volts": 208.0}, []),
        ({"input_voltage_volts": 195.0}, [("input_voltage_low", "watch")]),
        ({"input_voltage_volts": 170.0}, [("input_voltage_low", "ill")]),
        ({"input_voltage_volts": 396.0}, []),
        ({"input_voltage_volts": 330.0}, [("input_voltage_low", "watch")]),
        ({"input_voltage_volts": 0.0}, []),
    ],
)
def test_a_power_supply_that_is_hot_or_gets_too_little_is_found(psu, found):
    assert reasons(air(psu=psu)) == found


# --- Pools and errors


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([("Alive", True), ("Alive", False)], []),
        ([], [("no_pools", "ill")]),
        ([("Dead", False), ("Dead", False)], [("pools_dead", "ill")]),
        ([("Alive", False), ("Alive", False)], [("pool_not_mined", "ill")]),
        ([("Dead", False), ("Alive", True)], [("on_backup_pool", "watch"), ("pool_dead", "watch")]),
        ([("Alive", False), ("Alive", True)], [("on_backup_pool", "watch")]),
        ([("Alive", True), ("Dead", False)], [("pool_dead", "watch")]),
        ([(None, None)], []),
    ],
)
def test_what_is_wrong_with_the_pools_is_found(rows, found):
    assert reasons(pools(*rows)) == found


@pytest.mark.parametrize(
    ("percent", "found"),
    [(2.0, []), (5.0, [("shares_rejected", "watch")]), (12.0, [("shares_rejected", "ill")])],
)
def test_shares_that_are_rejected_are_found(percent, found):
    facts = air()
    facts["pools"][0]["rejected_percent"] = percent
    assert reasons(facts) == found


def test_few_shares_say_nothing():
    facts = air()
    facts["pools"][0].update(accepted=10, rejected=3, rejected_percent=23.0)
    assert reasons(facts) == []


def error(code, component="fan"):
    return {"code": code, "component": component, "meaning": "x", "remedy": "y"}


def test_an_error_is_watched():
    (reason,) = judged(air(errors=[error(110)])).reasons
    assert (reason.severity, reason.value, reason.text) == ("watch", 110, "error 110, fan: x")


def test_error_codes_can_be_ignored_or_make_a_miner_ill():
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import Codes

    codes = Codes(ignored=frozenset((110,)), ill=frozenset((530,)))
    assert reasons(air(errors=[error(110)]), codes=codes) == []
    assert reasons(air(errors=[error(110), error(530)]), codes=codes) == [("error", "ill")]


def test_an_error_about_security_makes_a_miner_ill():
    assert reasons(air(errors=[error(110001, "security")])) == [("error", "ill")]


def test_several_faults_are_all_found_and_the_worst_come_first():
    facts = boards({}, {"hashrate_ths": 0.0, "chips": 0}, {})
    facts["hashrate_ths"].update(realtime=82.6, average=82.6)
    facts["fans_rpm"]["inlet"] = 900
    assert reasons(facts) == [
        ("hashrate_low", "ill"),
        ("board_dead", "ill"),
        ("fan_slow", "watch"),
    ]


def test_api_3_and_api_2_are_judged_alike():
    facts = facts_of(3, "api_3_0_2_air")
    facts["pools"][1]["status"] = "Alive"
    facts["boards"][1]["hashrate_ths"] = 20.0
    facts["temperature_c"]["chip_max"] = 120.0
    assert reasons(facts) == [("board_low", "ill"), ("chip_hot", "ill")]


def test_the_codes_of_reasons_are_those_that_the_roles_page_lists():
    text = (ROLES / "health" / "README.md").read_text(encoding="utf-8")
    table = text.partition("## Reasons")[2].partition("\nEach reason has")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted([*CODES, *NOTES])


def test_no_rule_gives_a_reason_of_another_code():
    folder = pathlib.Path(mining.__file__).parent
    found = set()
    for path in folder.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r'(?:Reason|Lost)\(\s*"(\w+)"', text))
    assert found and found <= {*CODES, *NOTES}
