# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which commands of API 2 show a subset of facts (API document V1.3.11, section 3)."""

from __future__ import annotations

from collections.abc import Iterable

from ..subsets import chosen

# The document has edevs and devs as one (section 3.3): the first is asked, either is understood.
BOARDS = ("edevs", "devs")

# Commands that join (section 3.8) stand first, so that who asks can put neighbours into one request.
SEQUENCE = (
    "summary",
    "edevs",
    "devdetails",
    "pools",
    "status",
    "get_version",
    "get_psu",
    "get_miner_info",
    "get_error_code",
)

OPTIONAL = frozenset(
    ("devdetails", "edevs", "devs", "status", "get_version", "get_psu", "get_miner_info", "get_error_code")
)
"""Commands that some firmware doesn't know, in whole or any more.

Its facts do without: that's no fault of the miner.
"""

READS = {
    "all": SEQUENCE,
    "min": ("summary", "devdetails", "status", "get_version", "get_miner_info"),
    "boards": ("edevs",),
    "errors": ("summary", "get_error_code"),
    "fans": ("summary", "get_psu"),
    "hashrate": ("summary",),
    "network": ("get_miner_info",),
    "pools": ("pools",),
    "power": ("summary", "status"),
    "psu": ("get_psu",),
    "state": ("summary", "status"),
    "system": ("summary", "get_miner_info"),
    "temperature": ("summary", "edevs"),
    "version": ("summary", "status", "get_version"),
}
"""Subset of facts -> the API commands that it needs.

``min`` is which machine it is, what it runs, and whether it's on.
"""


def commands_for(subsets: Iterable[str]) -> tuple[str, ...]:
    """The API commands that *subsets*, a list as in ``gather_subset``, need: a tuple, each once, joinable
    ones first.

    Subsets choose commands, not facts: what a command tells besides comes along. Raises BadParameter for an
    unknown name (`subsets.chosen`).
    """
    wanted = chosen(subsets)
    return tuple(command for command in SEQUENCE if any(command in READS[name] for name in wanted))
