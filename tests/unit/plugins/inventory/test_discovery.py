# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a scan found becomes an inventory: no miner is lost or doubled, and nothing that a miner says is
obeyed.
"""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.loader import inventory_loader
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery import scan
from ansible_collections.minerops.whatsminer.tests.unit.plugins.inventory.scanned_inventory import (
    NAME,
    hosts,
    miner,
)


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("site.whatsminer.yml", True),
        ("site.whatsminer.yaml", True),
        ("whatsminer.yml", False),
        ("site.yml", False),
        ("site.whatsminer.json", False),
        ("site.whatsminer.yml.bak", False),
    ],
)
def test_only_files_of_its_name_are_its_own(tmp_path, name, ours):
    (tmp_path / name).touch()
    assert inventory_loader.get(NAME).verify_file(str(tmp_path / name)) is ours


@pytest.mark.parametrize("api", ["1", "both", "3.0"])
def test_an_api_that_there_is_not_is_an_error(discovery, api):
    with pytest.raises(AnsibleError, match="api"):
        discovery.parse(api=api)


def test_a_file_that_is_not_there_is_not_its_own(tmp_path):
    assert not inventory_loader.get(NAME).verify_file(str(tmp_path / "no.whatsminer.yml"))


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"networks": ["10.0.0.0/8"]}, "65536 addresses at most, and these are 16777216"),
        ({"networks": ["10.0.0.0/28"], "limit": 15}, "15 addresses at most, and these are 16"),
        ({"networks": ["nonsense"]}, "networks must be"),
        ({"exclude": ["nonsense"]}, "exclude must be"),
        ({"port": 0}, "port must be"),
        ({"api3_port": 65536}, "api3_port must be"),
        ({"port": 4433}, "api3_port must be"),
        ({"concurrency": 0}, "concurrency must be"),
        ({"connect_timeout": 0}, "connect_timeout must be"),
        ({"reply_timeout": -1}, "reply_timeout must be"),
        ({"retries": -1}, "retries must be"),
        ({"limit": 0}, "limit must be"),
        ({"gather_subset": ["nonsense"]}, "gather_subset must be"),
        ({"hostname": "nonsense"}, "hostname must be"),
    ],
)
def test_an_option_that_makes_no_sense_is_an_error_that_names_it(discovery, config, said):
    with pytest.raises(AnsibleParserError, match=said):
        discovery.parse(**config)
    assert not discovery.scans


def test_a_scan_that_fails_is_an_error(discovery, monkeypatch):
    def fail(plan, addresses):
        raise scan.ScanFailed("no route")

    monkeypatch.setattr(discovery, "run", fail)
    with pytest.raises(AnsibleParserError, match=r"site.whatsminer.yml: no route"):
        discovery.parse()


def test_the_options_reach_the_scan(discovery):
    discovery.parse(
        networks=["10.0.0.0/29", "10.0.0.10-11"],
        exclude=["10.0.0.1"],
        api="auto",
        port=4029,
        api3_port=5433,
        concurrency=7,
        connect_timeout=0.5,
        reply_timeout=1.5,
        retries=4,
        gather_subset=["identity", "pools"],
        hostname="hostname",
    )
    plan, addresses = discovery.scans[0]
    assert list(addresses) == [f"10.0.0.{number}" for number in (0, 2, 3, 4, 5, 6, 7, 10, 11)]
    subsets = (True, ("pools", "network", "!min"))
    assert plan == scan.Scan(subsets, "auto", 4029, 5433, 7, 0.5, 1.5, 4)


def test_a_miner_becomes_a_host_that_the_connection_reaches_with_its_facts(discovery):
    discovery.finds(miners={"10.0.0.1": miner()})
    inventory = discovery.parse()
    assert (
        discovery.values(inventory, "10.0.0.1").items()
        >= {
            "ansible_connection": "minerops.whatsminer.api",
            "ansible_host": "10.0.0.1",
            "whatsminer_mac": "C4:05:08:00:00:01",
            "whatsminer": miner(),
        }.items()
    )
    assert "ansible_port" not in inventory.get_host("10.0.0.1").vars
    assert discovery.warnings == []


def test_another_port_is_set(discovery):
    discovery.finds(miners={"10.0.0.1": miner()})
    assert discovery.parse(port=4029).get_host("10.0.0.1").vars["ansible_port"] == 4029


BOTH = {"generation": 3, "version": "3.0.1", "generations": [2, 3]}


def test_miners_are_grouped_by_what_they_are(discovery):
    discovery.finds(
        miners={
            "10.0.0.1": miner(1),
            "10.0.0.2": miner(
                2, model="M50SVH50", api_version="2.0.5", firmware_version="20230911.12.REL", state="off"
            ),
            "10.0.0.3": {"mac": "C4:05:08:00:00:03", "firmware_version": "20200207.23.1"},
            "10.0.0.4": {"mac": "C4:05:08:00:00:04", "api_version": "3.0.1", "api": BOTH},
            "10.0.0.5": {"mac": "C4:05:08:00:00:05", "api": {"generation": 2, "generations": [2]}},
        }
    )
    inventory = discovery.parse()
    assert {
        group: hosts(inventory, group) for group in inventory.groups if group not in ("all", "ungrouped")
    } == {
        "miners": ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"],
        "unidentified": [],
        "model_M30S_VE40": ["10.0.0.1"],
        "model_M50SVH50": ["10.0.0.2"],
        "firmware_20210322_22_REL": ["10.0.0.1"],
        "firmware_20230911_12_REL": ["10.0.0.2"],
        "firmware_20200207_23_1": ["10.0.0.3"],
        "api_1_4": ["10.0.0.1"],
        "api_2_0": ["10.0.0.2"],
        "api_3_0": ["10.0.0.4"],
        "api_2": ["10.0.0.4", "10.0.0.5"],
        "api_3": ["10.0.0.4"],
        "state_on": ["10.0.0.1"],
        "state_off": ["10.0.0.2"],
    }


@pytest.mark.parametrize(
    ("group", "spellings"),
    [
        ("model_M30S_VE40", ["M30S+VE40", "M30S+_VE40", "M30S+_VE40.H616"]),
        ("model_M50VH84", ["M50VH84", "M50_VH84", "M50_VH84.H616"]),
    ],
)
def test_all_spellings_of_a_model_have_one_group(discovery, group, spellings):
    discovery.finds(
        miners={f"10.0.0.{number}": miner(number, model=model) for number, model in enumerate(spellings, 1)}
    )
    inventory = discovery.parse()
    assert hosts(inventory, group) == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    assert [name for name in inventory.groups if name.startswith("model_")] == [group]
    assert discovery.values(inventory, "10.0.0.2")["whatsminer"]["model"] == spellings[1], (
        "facts are as the miner says"
    )


def test_constructed_features_see_the_host_variables(discovery):
    discovery.finds(miners={"10.0.0.1": miner(1), "10.0.0.2": miner(2, power_mode="low", power_watts=2000)})
    inventory = discovery.parse(
        compose={"kilowatts": "whatsminer.power_watts / 1000", "absent": "whatsminer.nonsense.nonsense"},
        groups={"thirsty": "kilowatts | float > 3"},
        keyed_groups=[
            {"prefix": "mode", "key": "whatsminer.power_mode"},
            {"key": "whatsminer_mac[-2:]", "separator": "", "prefix": "m"},
        ],
    )
    assert hosts(inventory, "thirsty") == hosts(inventory, "mode_normal") == ["10.0.0.1"]
    assert hosts(inventory, "mode_low") == hosts(inventory, "m02") == ["10.0.0.2"]
    # Ansible-core 2.16 makes text of it.
    assert discovery.values(inventory, "10.0.0.2")["kilowatts"] in (2.0, "2.0")
    assert "absent" not in inventory.get_host("10.0.0.1").vars


@pytest.mark.parametrize(
    "option", [{"compose": {"x": "whatsminer.nonsense"}}, {"keyed_groups": [{"key": "whatsminer.nonsense"}]}]
)
def test_strict_makes_a_missing_fact_an_error(discovery, option):
    discovery.finds(miners={"10.0.0.1": miner()})
    discovery.parse(**option)
    with pytest.raises(Exception, match="10.0.0.1"):
        discovery.parse(strict=True, **option)


def test_leading_separator_can_be_left_out(discovery):
    discovery.finds(miners={"10.0.0.1": miner()})
    keyed = [{"key": "whatsminer.power_mode"}]
    assert "_normal" in discovery.parse(keyed_groups=keyed).groups
    assert "normal" in discovery.parse(keyed_groups=keyed, leading_separator=False).groups


def test_a_machine_found_at_two_addresses_is_reported(discovery):
    discovery.finds(miners={"10.0.0.1": miner(1), "10.0.0.2": miner(1, hostname="x")})
    assert hosts(discovery.parse()) == ["10.0.0.1", "10.0.0.2"]
    assert discovery.warnings == [
        "2 addresses show the same MAC address C4:05:08:00:00:01: 10.0.0.1, 10.0.0.2"
    ]


def test_nothing_that_a_miner_says_is_a_template_or_a_pattern(discovery, tmp_path):
    trace = tmp_path / "trace"
    evil = f"{{{{ lookup('ansible.builtin.pipe', 'touch {trace}') }}}}"
    words = dict.fromkeys(
        ("hostname", "model", "firmware_version", "api_version", "state", "power_mode"), evil
    )
    said = miner(1, **words, pools=[{"user": evil, "url": "{%"}])
    discovery.finds(miners={"10.0.0.1": said})
    inventory = discovery.parse(
        hostname="{{ whatsminer.hostname }}",
        compose={
            "user": "whatsminer.pools[0].user",
            "both": "whatsminer.pools[0].url ~ whatsminer.model",
            "deep": "whatsminer",
            "mine": "'{{ 1 + 1 }}'",
        },
        groups={"any": "whatsminer.model == 'x' or whatsminer.hostname"},
        keyed_groups=[
            {"key": "whatsminer.model"},
            {"key": "whatsminer.pools | map(attribute='user') | list", "parent_group": "parent"},
        ],
    )
    (host,) = inventory.get_hosts("miners")
    values = discovery.values(inventory, host.name)
    assert values["whatsminer"]["pools"][0]["user"] == values["user"] == values["deep"]["model"] == evil
    assert values["both"] == "{%" + evil
    for name in [host.name, *inventory.groups]:
        assert not set(name) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"), name
        assert len(name) < 300
    assert not trace.exists()


def test_the_lookup_of_the_test_above_would_leave_its_trace(discovery, tmp_path):
    trace = tmp_path / "trace"
    discovery.finds(miners={"10.0.0.1": miner()})
    discovery.parse(hostname=f"{{{{ lookup('ansible.builtin.pipe', 'touch {trace}') }}}}")
    assert trace.exists()


def test_other_machines_are_skipped_silently_unless_asked_for(discovery):
    discovery.finds(miners={"10.0.0.1": miner()}, others={"10.0.0.2": "it is a teapot"})
    assert hosts(discovery.parse()) == ["10.0.0.1"]
    assert discovery.warnings == []
    discovery.parse(report_others=True)
    assert discovery.warnings == ["1 aren't Whatsminers: 10.0.0.2 (it is a teapot)"]


def test_what_hangs_and_what_was_read_in_part_is_named(discovery):
    discovery.finds(
        miners={"10.0.0.1": miner()},
        partly={"10.0.0.1": "get_version: gone"},
        silent={"10.0.0.2": "no reply"},
    )
    discovery.parse()
    assert len(discovery.warnings) == 2
    assert (
        "10.0.0.2 (no reply)" in discovery.warnings[0]
        and "10.0.0.1 (get_version: gone)" in discovery.warnings[1]
    )


def test_finding_nothing_is_said(discovery):
    inventory = discovery.parse()
    assert hosts(inventory) == [] and "miners" in inventory.groups
    discovery.parse(api="3")
    assert discovery.warnings == [
        "no miner found at 16 addresses, ports 4028 and 4433",
        "no miner found at 16 addresses, port 4433",
    ]
