# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An inventory of what is there.

What a miner says of itself is data, never a template, and names nothing as it stands.
"""

from __future__ import annotations

DOCUMENTATION = r"""
name: discovery
short_description: Find the Whatsminers in networks
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Looks at each address of the given networks and makes a host of each Whatsminer that answers there. Needs
    no password and writes nothing.
  - The file's name must end with C(.whatsminer.yml) or C(.whatsminer.yaml).
  - "Each host gets C(ansible_connection), C(ansible_host), C(ansible_port) where that isn't 4028,
    C(whatsminer_mac) where the miner shows it, so that nothing is written to another machine that gets the
    address later, and C(whatsminer): the facts of M(minerops.whatsminer.whatsminer_facts), without C(raw)."
  - "Each host is in the group C(miners), and where it's known in one each by model, firmware, API generation
    and
    state: C(model_M30S_VE40), C(firmware_20210322_22_REL), C(api_1_4), C(state_on). The API generation is
      known if
    O(gather_subset) has C(min) or C(version). All spellings of a model have one group."
  - A miner that doesn't show which machine it is, as firmware of API 1.3 and 1.4 doesn't while it is off, is
    in the group C(unidentified) alone, named by its address, and no member of C(miners) nor of any other
    group. With O(cache=true) it keeps the identity that the last scan saw at its address, if the firmware is
    still the same and the MAC address isn't seen elsewhere. Identities are kept beyond O(cache_timeout).
  - What isn't a miner is skipped, unless O(report_others=true). What takes the connection and doesn't answer
    may be a miner that hangs, and is named in a warning.
  - What a miner says is untrusted. No value of it is ever a template. In names of hosts and groups everything
    but letters, digits and a few signs is replaced by C(_).
extends_documentation_fragment:
  - constructed
  - inventory_cache
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [minerops.whatsminer.discovery]
  networks:
    description:
      - Where to look, in IPv4. Networks (V(10.0.0.0/22), with every address in it), ranges
        (V(10.0.0.10-10.0.0.50) or V(10.0.0.10-50)), and single addresses.
    type: list
    elements: str
    required: true
  exclude:
    description: Where not to look, in the same forms.
    type: list
    elements: str
    default: []
  limit:
    description: How many addresses O(networks) may hold. Guards against a mistyped prefix length.
    type: int
    default: 65536
  port:
    description: TCP port of the miners' API.
    type: int
    default: 4028
  concurrency:
    description:
      - How many addresses to look at at once.
      - Where the limit of open files doesn't allow it, fewer. The soft limit is raised meanwhile as far as
        the hard limit lets it.
    type: int
    default: 512
  connect_timeout:
    description:
      - Seconds until a connection must stand. Addresses with nothing behind them cost this much,
        O(concurrency) of them at a time.
    type: float
    default: 2
  reply_timeout:
    description: Seconds until a reply must be whole.
    type: float
    default: 5
  retries:
    description:
      - How often a read is tried again that fails at once, once something took the connection. A time-out is
        not waited for again.
    type: int
    default: 2
  gather_subset:
    description:
      - Which facts to read. C(identity) is what one connection to a miner tells, MAC address, model, firmware
        version, state, power mode, hash rate, temperatures and fans. A miner that doesn't hash is asked for
        its state by a second one.
      - Others are those of M(minerops.whatsminer.whatsminer_facts), such as C(version), C(pools) or C(all),
        at a connection or more each.
    type: list
    elements: str
    default: [identity]
  hostname:
    description:
      - How hosts are named. V(address); V(mac), with dashes, since colons separate patterns; V(hostname), the
        miner's own host name, which API 2.0 shows, and for which C(get_miner_info) is read too; or a Jinja
        template over the host's variables.
      - A miner is named by its address instead, and a warning says so, if the fact is missing, if several
        miners would get the same name, or if the name isn't free. That is the name of a group, C(localhost),
        another address, or a host of another source that isn't in the group C(miners) or has another
        C(whatsminer_mac).
      - With O(strict=true), a template that uses a missing fact is an error.
    type: str
    default: address
  report_others:
    description: Warn of what answers and isn't a Whatsminer.
    type: bool
    default: false
"""

EXAMPLES = r"""
# site.whatsminer.yml: all miners of a site, each named by its address
plugin: minerops.whatsminer.discovery
networks: [10.0.0.0/22]
---
# hall.whatsminer.yml: named by row and MAC address, with groups by subnet and of those that run hot
plugin: minerops.whatsminer.discovery
networks:
  - 10.1.0.0/20
  - 10.2.0.10-10.2.0.250
exclude:
  - 10.1.0.1-20
gather_subset: [identity, version, pools]
hostname: "{{ whatsminer.model | regex_replace('[+].*') }}-{{ whatsminer_mac | replace(':', '') | lower }}"
keyed_groups:
  - prefix: subnet
    key: ansible_host.split('.')[2]
  - prefix: pool
    key: whatsminer.pools | map(attribute='url') | first
groups:
  hot: whatsminer.temperature_c.chip_max > 90
  off_site_pool: whatsminer.pools | map(attribute='url') | reject('search', 'pool.example.com') | list |
    length > 0
compose:
  ansible_password: lookup('ansible.builtin.env', 'MINER_PASSWORD')
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.ansible/whatsminer/inventory
cache_timeout: 600
"""

import collections
import dataclasses
import re
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleError, AnsibleParserError, AnsibleUndefinedVariable
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable, get_cache_plugin
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    BadParameter,
    WhatsminerError,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import PORT
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.models import folded
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.values import mac_address
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery import scan
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shorten_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.shapes import Facts

try:
    from ansible.template import trust_as_template as _ours
except ImportError:
    # Before ansible-core 2.19 text is a template unless it's marked as data; since then the reverse.
    from ansible.utils.unsafe_proxy import wrap_var as _as_data

    def _ours(text: str) -> Any:
        return text

else:

    def _as_data(text: str) -> Any:
        return text


CONNECTION = "minerops.whatsminer.api"
GROUP = "miners"
#: Of the miners that don't show which machine they are.
UNIDENTIFIED = "unidentified"

# What a scan that can't see it takes from the last one that could.
_IDENTITY = ("mac", "model", "serial", "hostname", "network", "platform", "api_version")
# What is the same as long as it's the same machine, and off.
_STEADY = ("model", "serial", "platform", "firmware_version", "api_version")

_SHOWN = 10
_LONGEST_NAME = 64


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Runs a scan, or takes the last one from the cache, and makes hosts of what was found."""

    NAME = "minerops.whatsminer.discovery"

    def verify_file(self, path: str) -> bool:
        return super().verify_file(path) and path.endswith((".whatsminer.yml", ".whatsminer.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        self._last_seen: dict[str, Facts] = {}
        try:
            survey = self._survey(path, cache)
        except WhatsminerError as error:
            raise AnsibleParserError(f"{path}: {error}") from error
        self._report(survey)
        self._populate(survey.miners)

    # The scan, or the cache

    def _survey(self, path: str, cache: bool) -> scan.Survey:
        addresses, plan = self._plan()
        asked = {"networks": list(addresses.ranges), "port": plan.port, "commands": list(plan.commands)}
        if not self.get_option("cache"):
            return plan.run(addresses)
        self.load_cache_plugin()
        key = self.get_cache_key(path)
        identities = self._identities()
        self._last_seen = self._read_identities(identities, key)
        survey = self._cached(key, asked) if cache else None
        if survey is None:
            survey = plan.run(addresses)
            if survey.miners:  # a network that's down for a moment shouldn't be for the cache's whole time
                self._cache[key] = {"asked": asked, "survey": dataclasses.asdict(survey)}
            self._note_identities(survey.miners)
            identities[_of_identities(key)] = self._last_seen
            identities.update_cache_if_changed()
        return survey

    def _identities(self) -> Any:
        """The cache once more, without its timeout: a miner that is switched off for a season is the same one
        afterwards.
        """
        options = {"_uri": self.get_option("cache_connection"), "_prefix": self.get_option("cache_prefix")}
        given = {name: value for name, value in options.items() if value is not None}
        return get_cache_plugin(self.get_option("cache_plugin"), **given, _timeout=0)

    @staticmethod
    def _read_identities(identities: Any, key: str) -> dict[str, dict[str, Any]]:
        """address -> the facts of the miner that was identified there last."""
        try:
            last = identities[_of_identities(key)]
            return {
                address: known
                for address, known in last.items()
                if isinstance(known, dict) and "mac" in known
            }
        except (KeyError, AttributeError):  # nothing there, or what another version of the plugin kept
            return {}

    def _note_identities(self, miners: dict[str, dict[str, Any]]) -> None:
        """Renew ``_last_seen`` by *miners*, those of a scan: a machine that is seen now is nowhere else any
        more.
        """
        seen = {address: known for address, known in miners.items() if known.get("mac")}
        macs = {known["mac"] for known in seen.values()}
        left = {address: known for address, known in self._last_seen.items() if known["mac"] not in macs}
        self._last_seen = {**left, **seen}

    def _cached(self, key: str, asked: dict[str, Any]) -> scan.Survey | None:
        """What the cache has of the same question; the question is in the file, which may have changed."""
        try:
            cached = self._cache[key]
            return (
                scan.Survey(**cached["survey"]).in_order()
                if _listed(cached["asked"]) == _listed(asked)
                else None
            )
        except (KeyError, TypeError):  # nothing there, or what another version of the plugin kept
            return None

    def _plan(self) -> tuple[scan.Targets, scan.Scan]:
        """(scan.Targets, scan.Scan) of the options. Raises BadParameter."""
        for name, least, most in (
            ("port", 1, 65535),
            ("concurrency", 1, 65536),
            ("connect_timeout", 0.01, 3600),
            ("reply_timeout", 0.01, 3600),
            ("retries", 0, 100),
            ("limit", 1, 2**32),
        ):
            if not least <= self.get_option(name) <= most:
                raise BadParameter(name, f"between {least} and {most}")
        hostname = self.get_option("hostname")
        if hostname not in ("address", "mac", "hostname") and not _is_template(hostname):
            raise BadParameter(
                "hostname", f"address, mac, hostname or a Jinja template, and not {hostname!r}"
            )
        addresses = scan.targets(
            self.get_option("networks"), self.get_option("exclude"), self.get_option("limit")
        )
        commands = scan.commands_for(self.get_option("gather_subset"))
        if hostname == "hostname" and "get_miner_info" not in commands:
            commands += ("get_miner_info",)
        options = {
            name: self.get_option(name)
            for name in ("port", "concurrency", "connect_timeout", "reply_timeout", "retries")
        }
        return addresses, scan.Scan(commands=commands, **options)

    def _report(self, survey: scan.Survey) -> None:
        self.display.v(
            f"{survey.addresses} addresses in {survey.seconds:.1f} s, {survey.connections} at a time: "
            f"{len(survey.miners)} miners, {len(survey.others)} other machines, {len(survey.silent)} that "
            "took the connection and didn't answer"
        )
        if not survey.miners:
            self.display.warning(
                f"no miner found at {survey.addresses} addresses, port {self.get_option('port')}"
            )
        self._warn("took the connection and gave no whole answer; a miner may hang there", survey.silent)
        self._warn("miners weren't read completely", survey.partly)
        if self.get_option("report_others"):
            self._warn("aren't Whatsminers", survey.others)
        by_mac = collections.defaultdict(list)
        for address, known in survey.miners.items():
            by_mac[known.get("mac")].append(address)
        for mac, addresses in by_mac.items():
            if mac and len(addresses) > 1:
                self.display.warning(
                    f"{len(addresses)} addresses show the same MAC address {mac}: "
                    f"{shorten_list(addresses, _SHOWN)}"
                )

    def _warn(self, what: str, places: Mapping[str, str | None]) -> None:
        """Warn of *places*, address -> why or None."""
        if places:
            texts = [f"{address} ({why})" if why else address for address, why in places.items()]
            self.display.warning(f"{len(places)} {what}: {shorten_list(texts, _SHOWN)}")

    # Hosts and groups

    def _populate(self, found: dict[str, Facts]) -> None:
        miners, unidentified = self._identified(found)
        variables = {address: self._variables(address, known) for address, known in miners.items()}
        groups = {address: _groups(known) for address, known in miners.items()}
        # A name may be made of facts that only a miner that is on shows.
        last = {
            address: {**self._last_seen[address], **miners[address]}
            for address in miners
            if address in self._last_seen
        }
        naming = {
            **variables,
            **{address: self._variables(address, known) for address, known in last.items()},
        }
        names = self._names(naming, {GROUP, UNIDENTIFIED}.union(*groups.values()))
        for group in (GROUP, UNIDENTIFIED):
            self.inventory.add_group(group)
        self._add_unidentified(unidentified)
        for name in sorted(set().union(*groups.values())):
            self.inventory.add_group(name)
        strict = self.get_option("strict")
        compose, conditions, keys = (self.get_option(name) for name in ("compose", "groups", "keyed_groups"))
        for address, own in variables.items():
            host = names[address]
            self.inventory.add_host(host)
            self._keep_pin(host, own)
            for name, value in own.items():
                self.inventory.set_variable(host, name, value)
            for group in (GROUP, *groups[address]):
                self.inventory.add_child(group, host)
            self._set_composite_vars(compose, own, host, strict)
            self._add_host_to_composed_groups(conditions, own, host, strict)
            self._add_host_to_keyed_groups(keys, own, host, strict)

    def _identified(self, found: dict[str, dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
        """(those of *found* of which it's known which machine they are, with what an earlier scan saw of
        them; the others).
        """
        miners, unidentified = {}, {}
        for address, known in found.items():
            last = self._last_seen.get(address)
            if known.get("mac") or self._is_listed(address):
                miners[address] = known
            elif last and all(
                known[fact] == last[fact] for fact in _STEADY if fact in known and fact in last
            ):
                miners[address] = {**{fact: last[fact] for fact in _IDENTITY if fact in last}, **known}
            else:
                unidentified[address] = known
        return miners, unidentified

    def _is_listed(self, address: str) -> bool:
        """Whether another source says that the miner at *address* goes by that name."""
        host = self.inventory.hosts.get(address)
        return host is not None and GROUP in (group.name for group in host.get_groups())

    def _add_unidentified(self, unidentified: dict[str, dict[str, Any]]) -> None:
        """Hosts without any group that could bring variables: what is declared of one machine must not reach
        another.
        """
        for address, known in unidentified.items():
            self.inventory.add_host(address)
            for name, value in self._variables(address, known).items():
                self.inventory.set_variable(address, name, value)
            self.inventory.add_child(UNIDENTIFIED, address)
        self._warn(
            "miners don't show which machines they are, as firmware of API 1.3 and 1.4 doesn't while it is "
            f"off, and are in the group {UNIDENTIFIED}, not in {GROUP}; with the option cache they keep the "
            "identity that an earlier scan saw",
            dict.fromkeys(unidentified),
        )

    def _variables(self, address: str, known: Facts) -> dict[str, Any]:
        variables = {
            "ansible_connection": _ours(CONNECTION),
            "ansible_host": _ours(address),
            "whatsminer": never_a_template(known),
        }
        if self.get_option("port") != PORT:
            variables["ansible_port"] = self.get_option("port")
        if mac_address(known.get("mac")):
            variables["whatsminer_mac"] = _ours(mac_address(known["mac"]))
        return variables

    def _keep_pin(self, host: str, own: dict[str, Any]) -> None:
        """Where another source says which machine is meant, that isn't for the machine there to say."""
        pinned = self.inventory.hosts[host].vars.get("whatsminer_mac")
        if pinned:
            own["whatsminer_mac"] = pinned

    # Names

    def _names(self, variables: dict[str, dict[str, Any]], groups: set[str]) -> dict[str, str]:
        """{address: name} of all miners, each name once. *groups* are those about to be made."""
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
        hostname = self.get_option("hostname")
        if hostname == "address":
            return address
        if hostname == "mac":
            return own["whatsminer_mac"].replace(":", "-") if "whatsminer_mac" in own else None
        if hostname == "hostname":
            return host_name(own["whatsminer"].get("hostname"))
        self.templar.available_variables = own
        try:
            return host_name(self.templar.template(hostname))
        except AnsibleUndefinedVariable as error:
            if self.get_option("strict"):
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
            or name in self.inventory.groups
        ):
            return "a name that Ansible or a group has"
        host = self.inventory.hosts.get(name)
        if host is None:
            return None
        if GROUP not in (group.name for group in host.get_groups()):
            return "a host that isn't in the group miners"
        known, mine = mac_address(host.vars.get("whatsminer_mac")), own.get("whatsminer_mac")
        if known and mine and known != mine:
            return f"a host with MAC address {known}"
        if "whatsminer" in host.vars and not known and host.vars.get("ansible_host") != own["ansible_host"]:
            return "a miner that another source found"
        return None


def never_a_template(value: Any) -> Any:
    """*value*, text of a miner somewhere within, so that no version of ansible-core takes it for a template.

    Only text that could be one is marked: marks show in what ansible-inventory prints for other programs.
    """
    if isinstance(value, str):
        return _as_data(value) if "{" in value or "}" in value else value
    if isinstance(value, dict):
        return {name: never_a_template(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [never_a_template(inner) for inner in value]
    return value


def host_name(text: object) -> str | None:
    """*text* as the name of a host that is no pattern and no path; None where nothing is left."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", str(text or "").strip()).lstrip(".-")[:_LONGEST_NAME]
    return name if re.search(r"[A-Za-z0-9]", name) else None


def _groups(known: Facts) -> list[str]:
    """The groups that a miner's facts put it in."""
    api = ".".join(known.get("api_version", "").split(".")[:2])
    model = folded(known["model"]) if "model" in known else None
    kinds = {
        "model": model,
        "firmware": known.get("firmware_version"),
        "api": api,
        "state": known.get("state"),
    }
    return [
        f"{kind}_{re.sub(r'[^A-Za-z0-9_]', '_', value)[:_LONGEST_NAME]}"
        for kind, value in kinds.items()
        if value
    ]


def _of_identities(key: str) -> str:
    return f"{key}_identities"


def _is_template(text: str) -> bool:
    return "{{" in text or "{%" in text


def _listed(value: Any) -> Any:
    """*value* with lists for tuples, as a cache gives it back."""
    if isinstance(value, dict):
        return {name: _listed(inner) for name, inner in value.items()}
    return [_listed(inner) for inner in value] if isinstance(value, (list, tuple)) else value
