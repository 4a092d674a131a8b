# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which commands of API 2 show a subset of facts (API document V1.3.11, section 3)."""

from __future__ import annotations

from collections.abc import Iterable

from ..subsets import chosen

SUMMARY = "summary"
EDEVS = "edevs"
DEVS = "devs"
DETAILS = "devdetails"
POOLS = "pools"
STATUS = "status"
VERSION = "get_version"
PSU = "get_psu"
INFO = "get_miner_info"
ERRORS = "get_error_code"

# The document has edevs and devs as one (section 3.3): the first is asked, either is understood.
BOARDS = (EDEVS, DEVS)

# Commands that join (section 3.8) stand first, so that who asks can put neighbours into one request.
SEQUENCE = (
    SUMMARY,
    EDEVS,
    DETAILS,
    POOLS,
    STATUS,
    VERSION,
    PSU,
    INFO,
    ERRORS,
)

OPTIONAL = frozenset(
    (DETAILS, EDEVS, DEVS, STATUS, VERSION, PSU, INFO, ERRORS)
)
"""Commands that some firmware doesn't know, in whole or any more.

Its facts do without: that's no fault of the miner.
"""

READS = {
    "all": SEQUENCE,
    "min": (SUMMARY, DETAILS, STATUS, VERSION, INFO),
    "boards": (EDEVS,),
    "errors": (SUMMARY, ERRORS),
    "fans": (SUMMARY, PSU),
    "hashrate": (SUMMARY,),
    "network": (INFO,),
    "pools": (POOLS,),
    "power": (SUMMARY, STATUS),
    "psu": (PSU,),
    "state": (SUMMARY, STATUS),
    "system": (SUMMARY, INFO),
    "temperature": (SUMMARY, EDEVS),
    "version": (SUMMARY, STATUS, VERSION),
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
