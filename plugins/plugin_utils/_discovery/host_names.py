# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Name the hosts that were found: each name once, and none that means something else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleError, AnsibleParserError, AnsibleUndefinedVariable
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.values import mac_address
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.groups import is_member

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LONGEST_NAME = 64


class HostNames:
    """Names by *hostname*, the option of that name, among the hosts and groups of *inventory*.

    *warn* is called with what is wrong with some miners, and their addresses with the reason or None.
    """

    def __init__(
        self,
        hostname: str,
        *,
        strict: bool,
        templar: Any,
        inventory: Any,
        warn: Callable[[str, Mapping[str, str | None]], None],
    ) -> None:
        self._hostname = hostname
        self._strict = strict
        self._templar = templar
        self._inventory = inventory
        self._warn = warn

    def of(self, variables: dict[str, dict[str, Any]], groups: set[str]) -> dict[str, str]:
        """{address: name} of all miners, given their *variables* by address. *groups* are those about to be
        made.
        """
        wanted: dict[str, list[str]] = {}
        missing: dict[str, None] = {}
        refused: dict[str, str] = {}
        for address, own in variables.items():
            name = self._wanted_name(address, own)
            why = name and name != address and self._not_free(name, own, groups)
            if not name:
                missing[address] = None
            elif why:
                refused[address] = f"{name}: {why}"
            else:
                wanted.setdefault(name, []).append(address)
        names = {address: address for address in variables}
        shared: dict[str, str] = {}
        for name, addresses in wanted.items():
            if len(addresses) == 1:
                names[addresses[0]] = name
            else:
                shared.update((address, name) for address in addresses)
        self._warn(
            "don't show what they are to be named by (option hostname) and are named by their addresses",
            missing,
        )
        self._warn("share a name with others and are named by their addresses", shared)
        self._warn("show a name that isn't free and are named by their addresses", refused)
        return names

    def _wanted_name(self, address: str, own: dict[str, Any]) -> str | None:
        """The name that the option gives to the miner with variables *own*; None where a fact is missing."""
        if self._hostname == "address":
            return address
        if self._hostname == "mac":
            return own["whatsminer_mac"].replace(":", "-") if "whatsminer_mac" in own else None
        if self._hostname == "hostname":
            return host_name(own["whatsminer"].get("hostname"))
        self._templar.available_variables = own
        try:
            return host_name(self._templar.template(self._hostname))
        except AnsibleUndefinedVariable as error:
            if self._strict:
                raise AnsibleParserError(f"{address}: hostname: {error}") from error
            return None
        except AnsibleError as error:
            raise AnsibleParserError(f"{address}: hostname: {error}") from error

    def _not_free(self, name: str, own: dict[str, Any], groups: set[str]) -> str | None:
        """Why the miner with the variables *own* can't be called *name*; None if it can."""
        if re.fullmatch(r"[0-9.]+", name):
            return "an address"
        if (
            name.lower() in ("all", "ungrouped", "localhost")
            or name in groups
            or name in self._inventory.groups
        ):
            return "a name that Ansible or a group has"
        host = self._inventory.hosts.get(name)
        if host is None:
            return None
        if not is_member(host):
            return "a host that isn't in the group miners"
        known, mine = mac_address(host.vars.get("whatsminer_mac")), own.get("whatsminer_mac")
        if known and mine and known != mine:
            return f"a host with MAC address {known}"
        if "whatsminer" in host.vars and not known and host.vars.get("ansible_host") != own["ansible_host"]:
            return "a miner that another source found"
        return None


def host_name(text: object) -> str | None:
    """*text* as the name of a host that is no pattern and no path; None where nothing is left."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", str(text or "").strip()).lstrip(".-")[:_LONGEST_NAME]
    return name if re.search(r"[A-Za-z0-9]", name) else None


def is_hostname_option(hostname: str) -> bool:
    """Whether *hostname* is a value of the option of that name."""
    return hostname in ("address", "mac", "hostname") or "{{" in hostname or "{%" in hostname
