# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account of an API of a miner, with which that is written to: admin of API 2, or one of API 3."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .choice import Client


class Account:
    """The account that *client* uses: its *name*, and the *generation* of its API."""

    def __init__(self, client: Client) -> None:
        self.name = client.account
        self.generation = client.generation
        self._client = client

    def __str__(self) -> str:
        return f"{self.name} (API {self.generation})"

    async def has(self, password: str) -> bool:
        """Whether *password* is this account's; from now on the miner is addressed with it over this API.

        A command that changes nothing tells. Raises TokenLimit and whatever else keeps the question open.
        """
        return await self._client.knows(password)
