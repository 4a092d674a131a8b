# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a scan found becomes an inventory: no miner is lost or doubled, and nothing that a miner says is
obeyed.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
import time

import pytest
import yaml
from ansible.errors import AnsibleParserError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader
from ansible.template import Templar
from ansible.vars.manager import VariableManager
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery import scan

NAME = "minerops.whatsminer.discovery"
FACTS = {
    "mac": "C4:05:08:00:02:3B",
    "model": "M30S+VE40",
    "firmware_version": "20210322.22.REL",
    "api_version": "1.4.0",
    "state": "on",
    "power_mode": "normal",
    "power_watts": 3472,
    "hostname": "rack1-01",
    "pools": [{"url": "stratum+tcp://a.example:3333", "user": "farm.1"}],
}


def miner(number=1, **facts):
    """Facts of one more miner; a fact that is None is missing."""
    known = {
        **copy.deepcopy(FACTS),
        "mac": f"C4:05:08:00:00:{number:02X}",
        "hostname": f"rack1-{number:02d}",
        **facts,
    }
    return {name: value for name, value in known.items() if value is not None}


class Discovery:
    """Parses configurations, with a scan that finds *miners* and counts how often it ran."""

    def __init__(self, directory):
        self.directory = directory
        self.survey = scan.Survey()
        self.scans = []
        self.warnings = []

    def finds(self, **others):
        for name, value in others.items():
            setattr(self.survey, name, value)

    def run(self, plan, addresses):
        self.scans.append((plan, addresses))
        survey = copy.deepcopy(self.survey)
        survey.addresses = len(addresses)
        return survey

    def parse(self, refresh=False, before="", **config):
        """The inventory; *before* is YAML of another source, which comes first."""
        path = self.directory / "site.whatsminer.yml"
        path.write_text(yaml.safe_dump({"plugin": NAME, "networks": ["10.0.0.0/28"], **config}))
        loader = DataLoader()
        sources = []
        if before:
            (self.directory / "static.yml").write_text(before)
            sources = [str(self.directory / "static.yml")]
        inventory = InventoryManager(loader, sources=sources or None)
        self.variables = VariableManager(loader, inventory)
        self.loader = loader
        plugin = inventory_loader.get(NAME)
        assert plugin.verify_file(str(path))
        plugin.display = self
        plugin.parse(inventory._inventory, loader, str(path), cache=not refresh)
        if config.get("cache"):
            plugin.update_cache_if_changed()  # as InventoryManager does
        inventory._inventory.reconcile_inventory()
        return inventory

    def warning(self, text):
        self.warnings.append(text)

    def v(self, text):
        pass

    def values(self, inventory, host):
        """The host's variables as a task sees them, templates resolved."""
        variables = self.variables.get_vars(host=inventory.get_host(host))
        own = {
            name: variables[name]
            for name in inventory.get_host(host).vars
            if not name.startswith("inventory_")
        }
        return Templar(loader=self.loader, variables=variables).template(own)


@pytest.fixture
def discovery(tmp_path, monkeypatch):
    found = Discovery(tmp_path)

    def run(plan, addresses):
        return found.run(plan, addresses)

    monkeypatch.setattr(scan.Scan, "run", run)
    return found


def rewrite(file, change):
    """Let *file*, of Ansible's cache, hold what *change* makes of its content."""
    content = json.loads(file.read_text())
    whole = content.get("__payload__")  # since ansible-core 2.19 it's wrapped
    changed = change(json.loads(whole) if whole else content)
    file.write_text(json.dumps({"__payload__": json.dumps(changed)} if whole else changed))


def hosts(inventory, group="all"):
    return sorted(host.name for host in inventory.get_hosts(group))


# --- The file, and its options ------------------------------------------------------------------------------


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
        port=4029,
        concurrency=7,
        connect_timeout=0.5,
        reply_timeout=1.5,
        retries=4,
        gather_subset=["identity", "pools"],
        hostname="hostname",
    )
    plan, addresses = discovery.scans[0]
    assert list(addresses) == [f"10.0.0.{number}" for number in (0, 2, 3, 4, 5, 6, 7, 10, 11)]
    assert plan == scan.Scan(("summary", "devdetails", "pools", "get_miner_info"), 4029, 7, 0.5, 1.5, 4)


# --- Hosts, groups, variables -------------------------------------------------------------------------------


def test_a_miner_becomes_a_host_that_the_connection_reaches_with_its_facts(discovery):
    discovery.finds(miners={"10.0.0.1": miner()})
    inventory = discovery.parse()
    assert discovery.values(inventory, "10.0.0.1").items() >= {
        "ansible_connection": "minerops.whatsminer.api",
        "ansible_host": "10.0.0.1",
        "whatsminer_mac": "C4:05:08:00:00:01",
        "whatsminer": miner(),
    }.items()
    assert "ansible_port" not in inventory.get_host("10.0.0.1").vars
    assert discovery.warnings == []


def test_another_port_is_set(discovery):
    discovery.finds(miners={"10.0.0.1": miner()})
    assert discovery.parse(port=4029).get_host("10.0.0.1").vars["ansible_port"] == 4029


def test_miners_are_grouped_by_what_they_are(discovery):
    discovery.finds(
        miners={
            "10.0.0.1": miner(1),
            "10.0.0.2": miner(
                2, model="M50SVH50", api_version="2.0.5", firmware_version="20230911.12.REL", state="off"
            ),
            "10.0.0.3": {"mac": "C4:05:08:00:00:03", "firmware_version": "20200207.23.1"},
        }
    )
    inventory = discovery.parse()
    assert {
        group: hosts(inventory, group) for group in inventory.groups if group not in ("all", "ungrouped")
    } == {
        "miners": ["10.0.0.1", "10.0.0.2", "10.0.0.3"],
        "unidentified": [],
        "model_M30S_VE40": ["10.0.0.1"],
        "model_M50SVH50": ["10.0.0.2"],
        "firmware_20210322_22_REL": ["10.0.0.1"],
        "firmware_20230911_12_REL": ["10.0.0.2"],
        "firmware_20200207_23_1": ["10.0.0.3"],
        "api_1_4": ["10.0.0.1"],
        "api_2_0": ["10.0.0.2"],
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


# --- Miners that can't be identified ------------------------------------------------------------------------

#: What firmware of API 1.3 and 1.4 tells while it's off.
OFF = {"firmware_version": FACTS["firmware_version"], "state": "off"}


@pytest.mark.parametrize(
    "hostname", ["address", "mac", "hostname", "{{ whatsminer.model }}-{{ whatsminer_mac }}"]
)
def test_a_miner_that_does_not_show_which_machine_it_is_gets_no_group_that_brings_variables(
    discovery, hostname
):
    discovery.finds(miners={"10.0.0.1": miner(1), "10.0.0.2": dict(OFF)})
    inventory = discovery.parse(
        hostname=hostname,
        compose={"worker": "'farm.' ~ ansible_host"},
        groups={"off": "whatsminer.state == 'off'"},
        keyed_groups=[{"prefix": "state", "key": "whatsminer.state"}],
    )
    assert hosts(inventory, "unidentified") == ["10.0.0.2"]
    assert len(hosts(inventory, "miners")) == 1
    host = inventory.get_host("10.0.0.2")
    assert {group.name for group in host.get_groups()} == {"all", "unidentified"}
    assert "worker" not in host.vars and "whatsminer_mac" not in host.vars
    assert discovery.values(inventory, "10.0.0.2")["whatsminer"] == OFF
    (warning,) = discovery.warnings
    assert warning.startswith("1 miners don't show which machines they are") and warning.endswith(
        ": 10.0.0.2"
    )


def test_the_group_of_the_unidentified_is_there_without_any(discovery):
    discovery.finds(miners={"10.0.0.1": miner(1, hostname="unidentified")})
    inventory = discovery.parse(hostname="hostname")
    assert hosts(inventory, "unidentified") == [] and hosts(inventory, "miners") == ["10.0.0.1"]


def test_a_miner_that_another_source_lists_by_its_address_is_that_one(discovery):
    discovery.finds(miners={"10.0.0.1": dict(OFF)})
    inventory = discovery.parse(before=STATIC)
    assert hosts(inventory, "unidentified") == [] and "10.0.0.1" in hosts(inventory, "miners")
    assert discovery.values(inventory, "10.0.0.1")["whatsminer_mac"] == "C4:05:08:00:00:99"


NAMED = {
    "hostname": "{{ whatsminer.model | regex_replace('[+].*') }}-{{ whatsminer.pools[0].user }}-{{ "
    "whatsminer_mac[-2:] }}"
}


def test_with_a_cache_a_miner_that_is_off_keeps_name_pin_and_groups_for_as_long_as_it_is_off(
    discovery, cached
):
    short = {**cached, **NAMED, "cache_timeout": 1}
    discovery.finds(miners={"10.0.0.1": miner(1)})
    (name,) = hosts(discovery.parse(**short), "miners")
    assert name == "M30S-farm.1-01"
    for refresh in (True, True, False):
        discovery.finds(miners={"10.0.0.1": dict(OFF)})
        inventory = discovery.parse(refresh=refresh, **short)
        assert hosts(inventory, "miners") == [name] and hosts(inventory, "unidentified") == []
        assert (
            set(inventory.groups) >= {"model_M30S_VE40", "state_off"} and "state_on" not in inventory.groups
        )
        values = discovery.values(inventory, name)
        assert values["whatsminer_mac"] == "C4:05:08:00:00:01" and values["whatsminer"]["state"] == "off"
        assert "power_watts" not in values["whatsminer"], "it isn't what it takes now"
        (file,) = (discovery.directory / "cache").glob("*_identities")
        for path in (discovery.directory / "cache").iterdir():  # an hour later
            os.utime(path, (time.time() - 3600,) * 2)
        assert file.exists()
    assert discovery.warnings == []


@pytest.mark.parametrize(
    "now",
    [
        {"10.0.0.1": {**OFF, "firmware_version": "20190101.1"}},
        {"10.0.0.1": {**OFF, "api_version": "1.3.0"}},
        {"10.0.0.1": dict(OFF), "10.0.0.2": miner(1)},
        {"10.0.0.3": dict(OFF)},
    ],
)
def test_an_identity_that_is_not_plausible_any_more_is_none(discovery, cached, now):
    discovery.finds(miners={"10.0.0.1": miner(1)})
    discovery.parse(**cached)
    discovery.finds(miners=now)
    inventory = discovery.parse(refresh=True, **cached)
    assert hosts(inventory, "unidentified") == [
        address for address, known in now.items() if "mac" not in known
    ]
    assert hosts(inventory, "miners") == [address for address, known in now.items() if "mac" in known]


def test_a_miner_that_was_replaced_while_it_was_on_is_the_new_one(discovery, cached):
    for known in (miner(1), miner(2), dict(OFF)):
        discovery.finds(miners={"10.0.0.1": known})
        inventory = discovery.parse(refresh=True, **cached)
    assert discovery.values(inventory, "10.0.0.1")["whatsminer_mac"] == "C4:05:08:00:00:02"


@pytest.mark.parametrize("kept", ["nonsense", {"10.0.0.1": 7}, {"10.0.0.1": {"model": "M50"}}])
def test_identities_that_make_no_sense_are_none(discovery, cached, kept):
    discovery.finds(miners={"10.0.0.1": miner(1)})
    discovery.parse(**cached)
    (file,) = (discovery.directory / "cache").glob("*_identities")
    rewrite(file, lambda content: kept)
    discovery.finds(miners={"10.0.0.1": dict(OFF)})
    assert hosts(discovery.parse(refresh=True, **cached), "unidentified") == ["10.0.0.1"]


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


# --- Names --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hostname", "name"),
    [
        ("address", "10.0.0.1"),
        ("mac", "C4-05-08-00-00-01"),
        ("hostname", "rack1-01"),
        ("{{ whatsminer.model | lower }}-{{ whatsminer_mac[-2:] }}", "m30s_ve40-01"),
        ("m{{ whatsminer.power_watts }}", "m3472"),
        ("{{ whatsminer.power_watts / 2 }}w", "1736.0w"),
        ("{{ ansible_host | replace('.', '-') }}", "10-0-0-1"),
    ],
)
def test_hosts_are_named_as_asked(discovery, hostname, name):
    discovery.finds(miners={"10.0.0.1": miner()})
    inventory = discovery.parse(hostname=hostname)
    assert hosts(inventory) == [name]
    assert discovery.values(inventory, name)["ansible_host"] == "10.0.0.1"
    assert discovery.warnings == []


@pytest.mark.parametrize(
    ("hostname", "without"),
    [
        ("hostname", {"hostname": None}),
        ("hostname", {"hostname": "+++"}),
        ("{{ whatsminer.serial }}", {}),
        ("{{ whatsminer.network.hostname | lower }}", {}),
        ("{{ whatsminer.hostname }}", {"hostname": "/"}),
    ],
)
def test_a_miner_without_the_fact_is_named_by_its_address_and_that_is_said(discovery, hostname, without):
    discovery.finds(miners={"10.0.0.1": miner(1, **without)})
    assert hosts(discovery.parse(hostname=hostname)) == ["10.0.0.1"]
    assert len(discovery.warnings) == 1 and "named by their addresses: 10.0.0.1" in discovery.warnings[0]


def test_with_strict_a_name_from_a_missing_fact_is_an_error(discovery):
    discovery.finds(miners={"10.0.0.1": miner()})
    with pytest.raises(AnsibleParserError, match="10.0.0.1: hostname: "):
        discovery.parse(hostname="{{ whatsminer.serial }}", strict=True)


def test_a_template_that_is_none_is_an_error(discovery):
    discovery.finds(miners={"10.0.0.1": miner()})
    with pytest.raises(AnsibleParserError):
        discovery.parse(hostname="{{ whatsminer. }}")


def test_miners_that_share_a_name_are_all_there_under_their_addresses(discovery):
    discovery.finds(
        miners={f"10.0.0.{n}": miner(n, hostname="WhatsMiner" if n < 14 else "own") for n in range(1, 15)}
    )
    inventory = discovery.parse(hostname="hostname")
    assert hosts(inventory, "miners") == sorted([f"10.0.0.{n}" for n in range(1, 14)] + ["own"])
    assert len(discovery.warnings) == 1
    assert (
        discovery.warnings[0].startswith("13 share a name")
        and "10.0.0.1 (WhatsMiner)" in discovery.warnings[0]
    )
    assert discovery.warnings[0].endswith("and 3 more")


def test_names_that_only_sanitising_makes_alike_are_shared_too(discovery):
    discovery.finds(miners={"10.0.0.1": miner(1, hostname="a b"), "10.0.0.2": miner(2, hostname="a/b")})
    assert hosts(discovery.parse(hostname="hostname")) == ["10.0.0.1", "10.0.0.2"]


def test_a_machine_found_at_two_addresses_is_reported(discovery):
    discovery.finds(miners={"10.0.0.1": miner(1), "10.0.0.2": miner(1, hostname="x")})
    assert hosts(discovery.parse()) == ["10.0.0.1", "10.0.0.2"]
    assert discovery.warnings == [
        "2 addresses show the same MAC address C4:05:08:00:00:01: 10.0.0.1, 10.0.0.2"
    ]


STATIC = """
servers: {hosts: {gateway: {ansible_host: 192.0.2.1}}}
miners:
  hosts:
    known: {rack: 7}
    pinned: {whatsminer_mac: "c4-05-08-00-00-01"}
    10.0.0.1: {whatsminer_mac: "C4:05:08:00:00:99"}
"""


@pytest.mark.parametrize(
    "name",
    [
        "localhost",
        "LOCALHOST",
        "all",
        "ungrouped",
        "miners",
        "servers",
        "gateway",
        "model_M30S_VE40",
        "state_on",
        "10.0.0.9",
        "127.1",
        "7",
    ],
)
def test_a_miner_can_not_take_a_name_that_means_something_else(discovery, name):
    discovery.finds(miners={"10.0.0.2": miner(2, hostname=name)})
    inventory = discovery.parse(hostname="hostname", before=STATIC)
    assert "10.0.0.2" in hosts(inventory, "miners")
    assert discovery.values(inventory, "gateway") == {"ansible_host": "192.0.2.1"}
    assert len(discovery.warnings) == 1 and f"10.0.0.2 ({name}: " in discovery.warnings[0]


def test_a_miner_that_another_source_lists_gets_its_address_there(discovery):
    discovery.finds(miners={"10.0.0.1": miner(1, hostname="pinned"), "10.0.0.2": miner(2, hostname="known")})
    inventory = discovery.parse(hostname="hostname", before=STATIC)
    assert hosts(inventory, "miners") == ["10.0.0.1", "known", "pinned"]
    known = discovery.values(inventory, "known")
    assert (known["rack"], known["ansible_host"], known["whatsminer_mac"]) == (
        7,
        "10.0.0.2",
        "C4:05:08:00:00:02",
    )
    assert discovery.warnings == []


def test_what_another_source_pinned_stays_pinned(discovery):
    discovery.finds(miners={"10.0.0.1": miner(1), "10.0.0.2": miner(2, hostname="pinned")})
    assert (
        discovery.values(discovery.parse(before=STATIC), "10.0.0.1")["whatsminer_mac"] == "C4:05:08:00:00:99"
    )
    inventory = discovery.parse(hostname="hostname", before=STATIC)
    assert discovery.values(inventory, "pinned") == {"whatsminer_mac": "c4-05-08-00-00-01"}
    assert "a host with MAC address C4:05:08:00:00:01" in discovery.warnings[-1]


# --- Untrusted ----------------------------------------------------------------------------------------------


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


# --- What is said of the rest -------------------------------------------------------------------------------


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
    assert discovery.warnings == ["no miner found at 16 addresses, port 4028"]


# --- The cache ----------------------------------------------------------------------------------------------


@pytest.fixture
def cached(discovery, tmp_path):
    yield {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(tmp_path / "cache"),
    }
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)


def test_a_cached_scan_gives_the_same_inventory_without_a_scan(discovery, cached):
    evil = "{{ lookup('ansible.builtin.pipe', 'false') }}"
    miners = {"10.0.0.1": miner(1, hostname=evil), "10.0.0.2": miner(2), "10.0.0.10": miner(10)}
    discovery.finds(miners=miners, silent={"10.0.0.3": "no reply"})

    def look():
        inventory = discovery.parse(**cached)
        names = [host.name for host in inventory.get_hosts()]
        return {name: discovery.values(inventory, name) for name in names}, names, sorted(inventory.groups)

    first, warned = look(), list(discovery.warnings)
    discovery.finds(miners={})
    discovery.warnings.clear()
    assert look() == first
    assert discovery.warnings == warned
    assert len(discovery.scans) == 1
    assert first[0]["10.0.0.1"]["whatsminer"]["hostname"] == evil


def test_a_refresh_scans_again_and_renews_the_cache(discovery, cached):
    discovery.finds(miners={"10.0.0.1": miner(1)})
    discovery.parse(**cached)
    discovery.finds(miners={"10.0.0.2": miner(2)})
    assert hosts(discovery.parse(refresh=True, **cached)) == ["10.0.0.2"]
    discovery.finds(miners={})
    assert hosts(discovery.parse(**cached)) == ["10.0.0.2"]
    assert len(discovery.scans) == 2


def test_another_question_is_not_answered_from_the_cache(discovery, cached):
    discovery.finds(miners={"10.0.0.1": miner(1)})
    discovery.parse(**cached)
    others = (
        {"networks": ["10.0.0.0/27"]},
        {"exclude": ["10.0.0.9"]},
        {"port": 4029},
        {"gather_subset": ["all"]},
    )
    for number, config in enumerate(others, 2):
        discovery.parse(**cached, **config)
        assert len(discovery.scans) == number
    discovery.parse(**cached, gather_subset=["all"], hostname="mac", concurrency=3)
    assert len(discovery.scans) == number


@pytest.mark.parametrize("kept", [[], {"asked": None}, {"survey": {"nonsense": 1}}])
def test_a_cache_that_makes_no_sense_is_renewed(discovery, cached, tmp_path, kept):
    discovery.finds(miners={"10.0.0.1": miner(1)})
    discovery.parse(**cached)
    (file,) = (path for path in (tmp_path / "cache").iterdir() if not path.name.endswith("_identities"))
    rewrite(file, lambda content: {**content, **kept} if kept else kept)
    assert hosts(discovery.parse(**cached)) == ["10.0.0.1"]
    assert len(discovery.scans) == 2


def test_an_empty_scan_is_not_kept(discovery, cached):
    discovery.parse(**cached)
    discovery.finds(miners={"10.0.0.1": miner(1)})
    assert hosts(discovery.parse(**cached)) == ["10.0.0.1"]


def test_without_the_option_nothing_is_cached(discovery, cached, tmp_path):
    discovery.finds(miners={"10.0.0.1": miner(1)})
    discovery.parse(**{**cached, "cache": False})
    discovery.parse(**{**cached, "cache": False})
    assert len(discovery.scans) == 2 and not (tmp_path / "cache").exists()
