# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which subsets of facts a user asks for, as in ``gather_subset``."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from .errors import BadParameter


def chosen(subsets: Iterable[str], names: Collection[str]) -> set[str]:
    """Those of *names* that *subsets* choose, without ``all``.

    As elsewhere in Ansible: ``min`` is always part of it unless ``!min`` is there, ``!name`` leaves a subset
    out, ``!all`` leaves ``min``, and exclusions alone are taken from ``all``. Raises BadParameter for an
    unknown name.
    """
    wanted: set[str] = set()
    unwanted: set[str] = set()
    for subset in subsets:
        choice, name = (unwanted, subset[1:]) if subset.startswith("!") else (wanted, subset)
        if name not in names:
            expected = f'made of {", ".join(names)}, or these behind a "!", and not {subset!r}'
            raise BadParameter("gather_subset", expected)
        choice.add(name)
    if "all" in unwanted:
        wanted.discard("all")
    elif "all" in wanted or not wanted:
        wanted = set(names) - {"all"}
    return (wanted | {"min"}) - unwanted
