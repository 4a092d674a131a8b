# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which subsets of facts a user asks for, as in ``gather_subset``."""

from __future__ import annotations

from collections.abc import Iterable

from .errors import BadParameter

NAMES = (
    "all",
    "min",
    "boards",
    "errors",
    "fans",
    "hashrate",
    "network",
    "pools",
    "power",
    "psu",
    "state",
    "system",
    "temperature",
    "version",
)
"""All subsets that there are, of both APIs."""


def chosen(subsets: Iterable[str]) -> set[str]:
    """Those of NAMES that *subsets* choose, without ``all``.

    As elsewhere in Ansible: ``min`` is always part of it unless ``!min`` is there, ``!name`` leaves a subset
    out, ``!all`` leaves ``min``, and exclusions alone are taken from ``all``. Raises BadParameter for an
    unknown name.
    """
    wanted: set[str] = set()
    unwanted: set[str] = set()
    for subset in subsets:
        choice, name = (unwanted, subset[1:]) if subset.startswith("!") else (wanted, subset)
        if name not in NAMES:
            expected = f'made of {", ".join(NAMES)}, or these behind a "!", and not {subset!r}'
            raise BadParameter("gather_subset", expected)
        choice.add(name)
    if "all" in unwanted:
        wanted.discard("all")
    elif "all" in wanted or not wanted:
        wanted = set(NAMES) - {"all"}
    return (wanted | {"min"}) - unwanted
