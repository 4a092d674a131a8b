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
  - A machine is one host, whether it answers on the port of API 2, on that of API 3, or on both. API 3 is
    spoken where it answers, as the modules do.
  - "Each host gets C(ansible_connection), C(ansible_host), C(ansible_port) and C(whatsminer_api3_port) where
    O(port) and O(api3_port) aren't the usual ones, C(whatsminer_mac) and
    C(whatsminer_serial) where the miner shows them, so that nothing is written to another machine that gets
    the address later, and C(whatsminer): the facts of M(minerops.whatsminer.whatsminer_facts), without
    C(raw)."
  - "With O(api=auto), C(whatsminer.api.generations) lists the APIs whose ports answer, such as C([2, 3]).
    C(whatsminer.api.generation) is the one that was spoken."
  - "Each host is in the group C(miners), and where it's known in one each by model, firmware, API and state:
    C(model_M30S_VE40), C(firmware_20210322_22_REL), C(api_2), C(state_on). All spellings of a model have one
    group."
  - A miner that answers on both ports is in C(api_2) and in C(api_3). The group by the version of the API
    that was spoken, such as C(api_1_4), takes V(min) or V(version) in O(gather_subset) over API 2.
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
  api:
    description:
      - Which API to look for. V(auto) is both, dialled at the same time, so that an address with nothing
        behind it takes no longer than with one.
      - Hosts get no variable by it. Set C(whatsminer_api) for them where the modules are to speak one API
        only.
    type: str
    choices: [auto, "2", "3"]
    default: auto
  port:
    description: TCP port of API 2.
    type: int
    default: 4028
  api3_port:
    description: TCP port of API 3.
    type: int
    default: 4433
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
        version, state, power mode, hash rate, temperatures and fans. Over API 2, a miner that doesn't hash is
        asked for its state by a second one.
      - Others are those of M(minerops.whatsminer.whatsminer_facts), such as C(version), C(pools) or C(all),
        at a connection or more each over API 2, and over the same connection over API 3.
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
# hall.whatsminer.yml: named by model and MAC address, with groups by subnet and of those that run hot.
# The plugin and its networks are enough: each miner is named by its address then.
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
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    BadParameter,
    WhatsminerError,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery import scan, scan_cache
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.groups import (
    MINERS,
    UNIDENTIFIED,
    groups_of,
    is_member,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.host_names import (
    HostNames,
    is_hostname_option,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.host_variables import (
    keep_pins,
    variables_of,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.identities import (
    IdentityCache,
    identify,
    renewed,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.targets import targets
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shorten_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.shapes import Facts
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.targets import Targets

# How many miners a warning names.
_NAMED = 10


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
            found = self._scan(path, cache)
        except WhatsminerError as error:
            raise AnsibleParserError(f"{path}: {error}") from error
        self._show(found)
        self._populate(found.miners)

    # The scan, or the cache

    def _scan(self, path: str, cache: bool) -> scan.ScanResult:
        """The scan's result, or that of the last scan for the same question, if *cache* allows it."""
        addresses, plan = self._plan()
        if not self.get_option("cache"):
            return plan.run(addresses)
        self.load_cache_plugin()
        key = self.get_cache_key(path)
        identities = IdentityCache(
            self.get_option("cache_plugin"),
            key,
            connection=self.get_option("cache_connection"),
            prefix=self.get_option("cache_prefix"),
        )
        self._last_seen = identities.read()
        asked = scan_cache.question(addresses, plan)
        found = scan_cache.answer(self._cache, key, asked) if cache else None
        if found is None:
            found = plan.run(addresses)
            if found.miners:  # a network that's down for a moment shouldn't be for the cache's whole time
                self._cache[key] = scan_cache.entry(asked, found)
            self._last_seen = renewed(self._last_seen, found.miners)
            identities.write(self._last_seen)
        return found

    def _plan(self) -> tuple[Targets, scan.Scan]:
        """(Targets, Scan) of the options. Raises BadParameter."""
        for name, least, most in (
            ("port", 1, 65535),
            ("api3_port", 1, 65535),
            ("concurrency", 1, 65536),
            ("connect_timeout", 0.01, 3600),
            ("reply_timeout", 0.01, 3600),
            ("retries", 0, 100),
            ("limit", 1, 2**32),
        ):
            if not least <= self.get_option(name) <= most:
                raise BadParameter(name, f"between {least} and {most}")
        if self.get_option("port") == self.get_option("api3_port"):
            raise BadParameter("api3_port", "another port than that of API 2 (option port)")
        hostname = self.get_option("hostname")
        if not is_hostname_option(hostname):
            raise BadParameter(
                "hostname", f"address, mac, hostname or a Jinja template, and not {hostname!r}"
            )
        addresses = targets(
            self.get_option("networks"), self.get_option("exclude"), self.get_option("limit")
        )
        wanted = list(self.get_option("gather_subset"))
        if hostname == "hostname":  # the host name stands in that subset
            wanted = [*(subset for subset in wanted if subset != "!network"), "network"]
        subsets = scan.subsets_beside_identity(wanted)
        names = ("api", "port", "api3_port", "concurrency", "connect_timeout", "reply_timeout", "retries")
        return addresses, scan.Scan(subsets=subsets, **{name: self.get_option(name) for name in names})

    def _show(self, found: scan.ScanResult) -> None:
        """Tell of the scan, and warn of what an operator should look at."""
        self.display.v(
            f"{found.addresses} addresses in {found.seconds:.1f} s, {found.at_once} at a time: "
            f"{len(found.miners)} miners, {len(found.others)} other machines, {len(found.silent)} that "
            "took the connection and didn't answer"
        )
        if not found.miners:
            self.display.warning(
                f"no miner found at {found.addresses} addresses, {self._ports()}"
            )
        self._warn("took the connection and gave no whole answer; a miner may hang there", found.silent)
        self._warn("miners weren't read completely", found.partly)
        if self.get_option("report_others"):
            self._warn("aren't Whatsminers", found.others)
        by_mac = collections.defaultdict(list)
        for address, known in found.miners.items():
            by_mac[known.get("mac")].append(address)
        for mac, addresses in by_mac.items():
            if mac and len(addresses) > 1:
                self.display.warning(
                    f"{len(addresses)} addresses show the same MAC address {mac}: "
                    f"{shorten_list(addresses, _NAMED)}"
                )

    def _warn(self, what: str, places: Mapping[str, str | None]) -> None:
        """Warn of *places*, address -> why or None."""
        if places:
            texts = [f"{address} ({why})" if why else address for address, why in places.items()]
            self.display.warning(f"{len(places)} {what}: {shorten_list(texts, _NAMED)}")

    # Hosts and groups

    def _populate(self, found: dict[str, Facts]) -> None:
        """Make hosts and groups of the miners *found*, facts by address."""
        miners, unidentified = identify(found, self._last_seen, self._is_listed)
        variables = {address: self._variables(address, known) for address, known in miners.items()}
        groups = {address: groups_of(known) for address, known in miners.items()}
        # A name may be made of facts that only a miner that is on shows.
        last: dict[str, Facts] = {
            address: {**self._last_seen[address], **miners[address]}
            for address in miners
            if address in self._last_seen
        }
        naming = {
            **variables,
            **{address: self._variables(address, known) for address, known in last.items()},
        }
        names = self._host_names().of(naming, {MINERS, UNIDENTIFIED}.union(*groups.values()))
        for group in (MINERS, UNIDENTIFIED):
            self.inventory.add_group(group)
        self._add_unidentified(unidentified)
        for name in sorted(set().union(*groups.values())):
            self.inventory.add_group(name)
        strict = self.get_option("strict")
        compose, conditions, keys = (self.get_option(name) for name in ("compose", "groups", "keyed_groups"))
        for address, own in variables.items():
            host = names[address]
            self.inventory.add_host(host)
            keep_pins(self.inventory.hosts[host].vars, own)
            for name, value in own.items():
                self.inventory.set_variable(host, name, value)
            for group in (MINERS, *groups[address]):
                self.inventory.add_child(group, host)
            self._set_composite_vars(compose, own, host, strict)
            self._add_host_to_composed_groups(conditions, own, host, strict)
            self._add_host_to_keyed_groups(keys, own, host, strict)

    def _is_listed(self, address: str) -> bool:
        """Whether another source says that the miner at *address* goes by that name."""
        host = self.inventory.hosts.get(address)
        return host is not None and is_member(host)

    def _add_unidentified(self, unidentified: dict[str, Facts]) -> None:
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
            f"off, and are in the group {UNIDENTIFIED}, not in {MINERS}; with the option cache they keep the "
            "identity that an earlier scan saw",
            dict.fromkeys(unidentified),
        )

    def _variables(self, address: str, known: Facts) -> dict[str, Any]:
        port, api3_port = self.get_option("port"), self.get_option("api3_port")
        return variables_of(address, known, port=port, api3_port=api3_port)

    def _ports(self) -> str:
        """The ports that were looked at, as words."""
        api, port, api3_port = (self.get_option(name) for name in ("api", "port", "api3_port"))
        return {"2": f"port {port}", "3": f"port {api3_port}"}.get(api, f"ports {port} and {api3_port}")

    def _host_names(self) -> HostNames:
        return HostNames(
            self.get_option("hostname"),
            strict=self.get_option("strict"),
            templar=self.templar,
            inventory=self.inventory,
            warn=self._warn,
        )
