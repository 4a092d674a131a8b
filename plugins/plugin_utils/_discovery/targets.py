# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which addresses are looked at: networks, ranges and single addresses, without those that are excluded."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    #: The first and the last of some addresses, as numbers.
    Range = tuple[int, int]

LIMIT = 65536

_FORMS = (
    "made of networks (10.0.0.0/22), ranges (10.0.0.10-10.0.0.50 or 10.0.0.10-50) and addresses (10.0.0.7), "
    "all IPv4"
)


class Targets:
    """A set of IPv4 addresses, kept as ranges, so that a network of any size costs nothing.

    Iterates in order, as text.
    """

    def __init__(self, ranges: Iterable[Range]) -> None:
        self.ranges = _merged(ranges)

    def __len__(self) -> int:
        return sum(last - first + 1 for first, last in self.ranges)

    def __iter__(self) -> Iterator[str]:
        for first, last in self.ranges:
            for number in range(first, last + 1):
                yield socket.inet_ntoa(number.to_bytes(4, "big"))

    def without(self, others: Targets) -> Targets:
        """These addresses without those of *others*."""
        left = []
        for first, last in self.ranges:
            for hole_first, hole_last in others.ranges:
                if hole_last < first or hole_first > last:
                    continue
                if first < hole_first:
                    left.append((first, hole_first - 1))
                first = hole_last + 1
            if first <= last:
                left.append((first, last))
        return Targets(left)


def targets(networks: Iterable[str], exclude: Iterable[str] = (), limit: int = LIMIT) -> Targets:
    """The Targets that *networks* and *exclude*, lists of texts, mean.

    Raises BadParameter, also for more than *limit*. A network means every address in it, its first and last
    too: in a larger one these are machines like others.
    """
    found = Targets(_range("networks", text) for text in networks).without(
        Targets(_range("exclude", text) for text in exclude)
    )
    if len(found) > limit:
        raise BadParameter(
            "networks",
            f"{limit} addresses at most, and these are {len(found)}: if that is meant, raise the option "
            "limit",
        )
    return found


def _range(option: str, text: str) -> Range:
    """(first, last) as numbers."""
    try:
        if "/" in text:
            network = ipaddress.IPv4Network(text.strip(), strict=False)
            return int(network[0]), int(network[-1])
        lower, dash, upper = "".join(text.split()).partition("-")
        if dash and "." not in upper:
            upper = f"{lower.rpartition('.')[0]}.{upper}"
        first, last = int(ipaddress.IPv4Address(lower)), int(ipaddress.IPv4Address(upper if dash else lower))
    except ValueError:
        raise BadParameter(option, f"{_FORMS}, and not {text!r}") from None
    if first > last:
        raise BadParameter(option, f"ranges from the lower to the higher address, and not {text!r}")
    return first, last


def _merged(ranges: Iterable[Range]) -> list[Range]:
    merged: list[Range] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
