# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which requests of API 3 show a subset of facts, or sections of the status (reference on API 3, 3.1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from ..subsets import chosen
from .commands import PARAM, STATUS_SECTIONS

INFO = "get.device.info"
STATUS = "get.miner.status"
MINER_SETTING = "get.miner.setting"
SYSTEM_SETTING = "get.system.setting"
FAN_SETTING = "get.fan.setting"
CUSTOM_DATA = "get.device.custom_data"

SUMMARY, POOLS, BOARDS = STATUS_SECTIONS


class Read(NamedTuple):
    """A command that reads, and its parameters."""

    command: str
    params: dict[str, str]


OPTIONAL = frozenset((MINER_SETTING, SYSTEM_SETTING, FAN_SETTING, CUSTOM_DATA))
"""Commands that some firmware or model doesn't know. Its facts do without: that's no fault of the miner."""

_ORDER = (INFO, MINER_SETTING, SYSTEM_SETTING, FAN_SETTING, CUSTOM_DATA)

# Subset of facts -> the commands and the sections of the status that it needs.
READS = {
    "all": (INFO, MINER_SETTING, SYSTEM_SETTING, FAN_SETTING, *STATUS_SECTIONS),
    "min": (INFO, SUMMARY),
    "boards": (INFO, SUMMARY, BOARDS),
    "errors": (INFO,),
    "fans": (INFO, FAN_SETTING, SUMMARY),
    "hashrate": (SUMMARY,),
    "network": (INFO, SYSTEM_SETTING),
    "pools": (POOLS,),
    "power": (INFO, MINER_SETTING, SUMMARY),
    "psu": (INFO,),
    "state": (INFO, SUMMARY),
    "system": (INFO, SYSTEM_SETTING, SUMMARY),
    "temperature": (INFO, SUMMARY, BOARDS),
    "version": (INFO,),
}


def reads_for(subsets: Iterable[str], besides: Collection[str] = ()) -> tuple[Read, ...]:
    """The requests that *subsets*, a list as in ``gather_subset``, need, and those of *besides*, commands and
    sections of the status.

    Raises BadParameter for an unknown name. The status is asked for once, with all the sections that any
    subset needs.
    """
    return reads_of({*besides, *(need for name in chosen(subsets) for need in READS[name])})


def reads_of(needed: Collection[str]) -> tuple[Read, ...]:
    """The requests for *needed*, commands and sections of the status, in the order in which to send them."""
    reads = [Read(command, {}) for command in _ORDER if command in needed]
    sections = [section for section in STATUS_SECTIONS if section in needed]
    return (*reads, status_read(sections)) if sections else tuple(reads)


def status_read(sections: Iterable[str]) -> Read:
    """The request for *sections* of the status, and the summary in any case.

    While mining is stopped, pools alone are refused by some firmware, and together with the summary left out
    (3.1).
    """
    wanted = {SUMMARY, *sections}
    return Read(STATUS, {PARAM: "+".join(section for section in STATUS_SECTIONS if section in wanted)})
