# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Miners for the inventory plugin, and inventories made of scans that find them, for tests."""

from __future__ import annotations

import copy
import json

import yaml
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


STATIC = """
servers: {hosts: {gateway: {ansible_host: 192.0.2.1}}}
miners:
  hosts:
    known: {rack: 7}
    pinned: {whatsminer_mac: "c4-05-08-00-00-01"}
    10.0.0.1: {whatsminer_mac: "C4:05:08:00:00:99"}
"""


class Discovery:
    """Parses configurations, with a scan that finds *miners* and counts how often it ran."""

    def __init__(self, directory):
        self.directory = directory
        self.found = scan.ScanResult()
        self.scans = []
        self.warnings = []

    def finds(self, **others):
        for name, value in others.items():
            setattr(self.found, name, value)

    def run(self, plan, addresses):
        self.scans.append((plan, addresses))
        found = copy.deepcopy(self.found)
        found.addresses = len(addresses)
        return found

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


def rewrite(file, change):
    """Let *file*, of Ansible's cache, hold what *change* makes of its content."""
    content = json.loads(file.read_text())
    whole = content.get("__payload__")  # since ansible-core 2.19 it's wrapped
    changed = change(json.loads(whole) if whole else content)
    file.write_text(json.dumps({"__payload__": json.dumps(changed)} if whole else changed))


def hosts(inventory, group="all"):
    return sorted(host.name for host in inventory.get_hosts(group))
