# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shapes of facts, for annotations: nothing here does any work."""

from __future__ import annotations

from typing import Any, TypedDict

#: What a miner shows, by name of the fact (see RETURN of whatsminer_facts): none but those that it shows.
#: Values are of JSON's types, and differ from fact to fact.
Facts = dict[str, Any]


class ErrorFact(TypedDict):
    """What an error code is about."""

    code: int | None
    component: str
    meaning: str
    remedy: str
