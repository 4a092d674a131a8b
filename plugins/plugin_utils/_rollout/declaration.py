# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variable ``firmware_declared``: the firmware that miners of each model are to run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.models import fits
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.values import firmware_version
from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks.files import checksum_of

if TYPE_CHECKING:
    from typing import TypedDict

    class Target(TypedDict):
        """The firmware that a miner is to run."""

        version: str | None
        checksum: str

    class Entry(Target):
        """The firmware that is declared of a model, and where its image is."""

        src: str

    #: What is declared, by model.
    Entries = dict[str, Entry]

    class Image(TypedDict):
        """Where an image is, and for which platforms; an empty list is for any."""

        path: str
        platforms: list[str]


def check_declared(given: dict[str, Any]) -> Entries:
    """*given*, the variable firmware_declared, with each version and checksum in the form in which they're
    compared.

    Raises ValueError naming the model and what its entry lacks.
    """
    if not given:
        raise ValueError(
            "firmware_declared must say which firmware miners of which model run, and it is empty"
        )
    entries: Entries = {}
    for model, entry in given.items():
        where = f"firmware_declared[{model!r}]"
        if not isinstance(model, str):
            raise ValueError(f"{where}: a model must be text, in quotes if it looks like a number")
        twice = next((other for other in entries if fits(model, other) and fits(other, model)), None)
        if twice is not None:
            raise ValueError(
                f"{where} is the same model as {twice!r}, in another spelling: declare one of them"
            )
        if not isinstance(entry, dict) or set(entry) != {"version", "src", "checksum"}:
            raise ValueError(f"{where} must have version, src and checksum, and nothing else")
        for name, value in entry.items():
            if not isinstance(value, str) or not value.strip():
                raise ValueError(f"{where}: {name} must be text, in quotes if it looks like a number")
        try:
            checksum = "{}:{}".format(*checksum_of(entry["checksum"]))
        except BadParameter as error:
            raise ValueError(f"{where}: {error.problem}") from None
        entries[model] = {
            "version": firmware_version(entry["version"]),
            "src": entry["src"],
            "checksum": checksum,
        }
    return entries


def entry_for(entries: Entries, model: str | None) -> str | None:
    """The name of the first of *entries* that is the *model*, or a pattern that fits it; None without one."""
    return next((name for name in entries if model and fits(model, name)), None)


def target_of(entry: Entry) -> Target:
    """The Target that *entry* declares."""
    return {"version": entry["version"], "checksum": entry["checksum"]}
