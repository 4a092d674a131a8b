# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What API 2 alone shows of the pools of a miner that speaks API 3 as well (reference on API 3, 3.1)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, cast

from .._facts.tables import pick
from .errors import WhatsminerError

if TYPE_CHECKING:
    from .._facts.shapes import Facts, PoolFacts
    from .v2.client import Client

_COUNTS = ("accepted", "rejected")


async def add(facts: Facts, client: Client) -> None:
    """Add the share counts to the pools in *facts* that lack them, if *client* gets an answer."""
    pools = facts.get("pools", [])
    if all("accepted" in pool for pool in pools):
        return
    counted = []
    with contextlib.suppress(WhatsminerError):  # the facts do without
        counted = client.normalise(await client.read(("pools",), {}, once=True)).get("pools", [])
    for pool, more in zip(pools, counted):
        if (pool.get("url"), pool.get("user")) == (more.get("url"), more.get("user")):
            pool.update(cast("PoolFacts", pick(more, _COUNTS)))
