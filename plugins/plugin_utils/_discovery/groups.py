# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The groups of the miners that were found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.models import folded

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.shapes import Facts

#: Of all miners that show which machine they are.
MINERS = "miners"
#: Of the miners that don't show it.
UNIDENTIFIED = "unidentified"

_LONGEST_VALUE = 64


def groups_of(known: Facts) -> list[str]:
    """The groups that a miner's facts *known* put it in.

    It is in a group for each API that answers, ``api_2`` and ``api_3``, and in one for the version of the API
    that is spoken, ``api_1_4``.
    """
    api = known.get("api", {})
    generations = api.get("generations") or ([api["generation"]] if "generation" in api else [])
    kinds = [
        ("model", folded(known["model"]) if "model" in known else None),
        ("firmware", known.get("firmware_version")),
        *(("api", str(generation)) for generation in generations),
        ("api", ".".join(known.get("api_version", "").split(".")[:2])),
        ("state", known.get("state")),
    ]
    return [
        f"{kind}_{re.sub(r'[^A-Za-z0-9_]', '_', value)[:_LONGEST_VALUE]}" for kind, value in kinds if value
    ]


def is_member(host: Any) -> bool:
    """Whether *host*, of Ansible's inventory, is in the group `MINERS`."""
    return MINERS in (group.name for group in host.get_groups())
