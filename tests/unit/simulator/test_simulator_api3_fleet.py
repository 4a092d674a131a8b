# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets with miners of API 3: their ports, the inventory; fleets without them stay as they were."""

from __future__ import annotations

import dataclasses
import pathlib
import socket

import pytest
import simulator
import yaml
from simulator import GENERATIONS, Fleet, FleetError, MinerSpec, make_specs, read_fleet
from simulator.inventory import inventory
from simulator.state import State


def hosts(fleet, group):
    return yaml.safe_load(inventory(fleet))["miners"]["children"][group]["hosts"]


def test_fleets_get_miners_of_api_3_only_where_they_ask_for_them():
    assert GENERATIONS == ("1.3", "1.4", "2.0", "2.2")
    fleet = Fleet(make_specs(4))
    assert [miner.port3 for miner in fleet] == [None] * 4
    assert "port3" not in inventory(fleet) and "api3" not in inventory(fleet)
    assert all("port3" not in miner.brief() for miner in fleet)


def test_a_miner_of_api_3_has_port_4433_and_a_group():
    fleet = Fleet(
        read_fleet({"miners": [{"name": "a", "generation": "3"}, {"name": "b", "generation": "3-only"}]})
    )
    assert [(miner.port, miner.port3) for miner in fleet] == [(4028, 4433), (4028, 4433)]
    assert hosts(fleet, "api_3")["a"] == {
        "ansible_host": "127.10.0.1",
        "ansible_port": 4028,
        "whatsminer_mac": "C4:05:08:00:00:01",
    }
    assert "b" in hosts(fleet, "api_3_only")
    assert "a" in hosts(Fleet([MinerSpec(name="a", generation=3)]), "api_3"), (
        "a fleet file may say 3 without quotes"
    )


def test_other_ports_are_given_or_follow_the_first_and_stand_in_the_inventory():
    miners = {
        "miners": [
            {"name": "m", "count": 2, "ports_from": 14028, "generation": "3"},
            {"name": "x", "port3": 5433, "generation": "3"},
        ]
    }
    fleet = Fleet(read_fleet(miners))
    assert [(miner.port, miner.port3) for miner in fleet] == [(14028, 24028), (14029, 24029), (4028, 5433)]
    assert [row["whatsminer_api3_port"] for row in hosts(fleet, "api_3").values()] == [24028, 24029, 5433]


@pytest.mark.parametrize(
    "first, second, words",
    [
        ({"port3": 4028}, {}, "address .*4028 is given twice"),
        ({"port": 1, "port3": 5}, {"address": "127.0.0.1", "port": 2, "port3": 5}, "given twice"),
        ({"port": 60000}, {}, "port3"),
        ({"port3": "x"}, {}, "port3"),
    ],
)
def test_ports_that_cannot_be_are_refused(first, second, words):
    specs = [MinerSpec(name="a", address="127.0.0.1", generation="3", **first)]
    if second:
        specs.append(MinerSpec(name="b", generation="3", **second))
    with pytest.raises(FleetError, match=words):
        Fleet(specs)


def test_a_port_of_an_older_miner_may_be_any(start):
    assert Fleet([MinerSpec(port=60000)])["miner0001"].port == 60000


def test_a_port_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(FleetError, match=f"port {number}: "):
            Fleet([MinerSpec(address="127.0.0.1", port=0, port3=number, generation="3")]).start_in_thread()


@pytest.mark.parametrize(
    "options, words",
    [
        ({"apis": "4"}, "apis"),
        ({"api3_version": "3.0.4"}, "api3_version"),
        ({"api3_wrong_password_code": -2}, "api3_wrong_password_code"),
        ({"api3_salt_changes": ["monday"]}, "monday"),
        ({"api3_clients": -1}, "negative"),
    ],
)
def test_wrong_options_say_what_is_wrong(options, words):
    with pytest.raises(FleetError, match=words):
        Fleet([MinerSpec(generation="3", options=options)])


@pytest.mark.parametrize(
    "faults, words", [({"only_api": "4"}, "only_api"), ({"bad_frame": "odd"}, "bad_frame")]
)
def test_wrong_faults_say_what_is_wrong(faults, words):
    with pytest.raises(FleetError, match=words):
        Fleet([MinerSpec(generation="3", faults=faults)])


def test_each_option_of_api_3_with_choices_takes_all_of_them():
    from simulator.v3.options import CHOICES

    for name, values in CHOICES.items():
        for value in values:
            fleet = Fleet([MinerSpec(generation="3", options={name: value})])
            assert fleet["miner0001"].options.as_dict()[name] == value


def test_the_simulators_page_names_all_options_faults_and_state():
    page = (pathlib.Path(simulator.__file__).parent / "README.md").read_text(encoding="utf-8")
    kinds = (simulator.Options, simulator.Faults, State)
    names = [field.name for kind in kinds for field in dataclasses.fields(kind)]
    assert [name for name in names if f"`{name}`" not in page] == []
