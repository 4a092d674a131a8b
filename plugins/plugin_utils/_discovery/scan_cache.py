# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scan in the inventory's cache, together with the question that it answers."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery import scan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.targets import Targets


def question(addresses: Targets, plan: scan.Scan) -> dict[str, Any]:
    """What a scan of *addresses* by *plan* asks. It is in the inventory's file, which may have changed since
    the scan in the cache.
    """
    identify, rest = plan.subsets
    subsets = [*([scan.IDENTITY] if identify else []), *rest]
    ports = {str(generation): port for generation, port in plan.ports.items()}
    return {"networks": list(addresses.ranges), "ports": ports, "subsets": subsets}


def entry(asked: dict[str, Any], found: scan.ScanResult) -> dict[str, Any]:
    """What the cache gets: *found* is the answer to the question *asked*."""
    return {"asked": asked, "found": dataclasses.asdict(found)}


def answer(cache: Mapping[str, Any], key: str, asked: dict[str, Any]) -> scan.ScanResult | None:
    """The answer that *cache* has under *key* to the question *asked*; None without one."""
    try:
        cached = cache[key]
        if _with_lists(cached["asked"]) != _with_lists(asked):
            return None
        return scan.ScanResult(**cached["found"]).in_order()
    except (KeyError, TypeError):  # nothing there, or what another version of the plugin wrote
        return None


def _with_lists(value: Any) -> Any:
    """*value* with lists for tuples, as a cache gives it back."""
    if isinstance(value, dict):
        return {name: _with_lists(inner) for name, inner in value.items()}
    return [_with_lists(inner) for inner in value] if isinstance(value, (list, tuple)) else value
