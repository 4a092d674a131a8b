# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which machine was seen last at each address: for miners that don't show it while they are off."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ansible.plugins.inventory import get_cache_plugin
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.tables import find, pick

if TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.shapes import Facts

    #: address -> facts of the miner there.
    Miners = dict[str, Facts]

# What a scan that can't see it takes from the last one that could.
_IDENTITY = ("mac", "model", "serial", "hostname", "network", "platform", "api_version")
# What is the same as long as it's the same machine, and off.
_STEADY = ("model", "serial", "platform", "firmware_version", "api_version")


class IdentityCache:
    """The inventory's cache once more, without its timeout: a miner that is switched off for a season is the
    same one afterwards.
    """

    def __init__(self, plugin: str, key: str, *, connection: str | None, prefix: str | None) -> None:
        options = {"_uri": connection, "_prefix": prefix}
        given = {name: value for name, value in options.items() if value is not None}
        self._cache = get_cache_plugin(plugin, **given, _timeout=0)
        self._key = f"{key}_identities"

    def read(self) -> Miners:
        """address -> the facts of the miner that was identified there last."""
        try:
            last = self._cache[self._key]
            return {
                address: cast("Facts", known)
                for address, known in last.items()
                if isinstance(known, dict) and "mac" in known
            }
        except (KeyError, AttributeError):  # nothing there, or what another version of the plugin wrote
            return {}

    def write(self, last_seen: Miners) -> None:
        """Let `read` give *last_seen* from now on."""
        self._cache[self._key] = last_seen
        self._cache.update_cache_if_changed()


def renewed(last_seen: Miners, miners: Miners) -> Miners:
    """*last_seen* after a scan that found *miners*: a machine that is seen now is nowhere else any more."""
    seen = {address: known for address, known in miners.items() if known.get("mac")}
    macs = {known["mac"] for known in seen.values()}
    left = {address: known for address, known in last_seen.items() if known["mac"] not in macs}
    return {**left, **seen}


def identify(found: Miners, last_seen: Miners, is_listed: Callable[[str], bool]) -> tuple[Miners, Miners]:
    """(the miners of *found* that are known to be one certain machine, with what an earlier scan saw of them;
    the others).

    *is_listed* tells of an address whether another source of the inventory says that a miner is there.
    """
    miners: Miners = {}
    unidentified: Miners = {}
    for address, known in found.items():
        last = last_seen.get(address)
        if known.get("mac") or is_listed(address):
            miners[address] = known
        elif last and all(find(known, fact) in (None, value) for fact, value in pick(last, _STEADY).items()):
            miners[address] = {**cast("Facts", pick(last, _IDENTITY)), **known}
        else:
            unidentified[address] = known
    return miners, unidentified
