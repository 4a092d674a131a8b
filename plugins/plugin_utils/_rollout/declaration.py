# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is declared: the firmware that miners of each model are to run, and the images of what they had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.models import fits
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.values import firmware_version
from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks.files import checksum_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_DECLARED, _PREVIOUS = "firmware_declared", "firmware_previous"


@dataclass(frozen=True)
class Target:
    """The firmware that a miner is to run."""

    version: str | None
    checksum: str


@dataclass(frozen=True)
class Entry:
    """The firmware that is declared of a *model*, or of those that fit this pattern, and its image."""

    model: str
    target: Target
    src: str


@dataclass(frozen=True)
class Image:
    """Where an image is, and for which platforms; no platforms: for any."""

    path: str
    platforms: tuple[str, ...] = ()

    def is_for(self, platform: str | None) -> bool:
        """Whether it has a part for *platform*."""
        return not self.platforms or (platform or "") in self.platforms


#: What is declared, by model; and the images of what is declared.
Entries = dict[str, Entry]
Images = dict[Entry, Image]


@dataclass(frozen=True)
class Declared:
    """*entries* are the firmware to run, *previous* what miners may have had before; *images* are those of
    all that may be sent.
    """

    entries: Entries
    previous: tuple[Entry, ...]
    images: Images

    @property
    def targets(self) -> list[Target]:
        """All that is to run on some miner."""
        return [entry.target for entry in self.entries.values()]

    def image_of(self, model: str | None, version: str | None, platform: str | None) -> Entry | None:
        """The Entry whose image brings *version* to a miner of *model* and *platform*; None without one."""
        for entry in (*self.entries.values(), *self.previous):
            if (
                model
                and entry.target.version == version
                and fits(model, entry.model)
                and entry in self.images
                and self.images[entry].is_for(platform)
            ):
                return entry
        return None


def check_declared(given: dict[Any, Any]) -> Entries:
    """*given*, the variable firmware_declared, with each version and checksum in the form in which they're
    compared.

    Raises ValueError naming the model and what its entry lacks.
    """
    if not given:
        raise ValueError(f"{_DECLARED} must say which firmware miners of which model run, and it is empty")
    _check_models(given, _DECLARED)
    return {model: _entry(model, entry, f"{_DECLARED}[{model!r}]") for model, entry in given.items()}


def check_previous(given: dict[Any, Any]) -> tuple[Entry, ...]:
    """The same for the variable firmware_previous, which has a list of entries for each model."""
    _check_models(given, _PREVIOUS)
    entries = []
    for model, listed in given.items():
        where = f"{_PREVIOUS}[{model!r}]"
        if not isinstance(listed, list):
            raise ValueError(f"{where} must be a list, each item with version, src and checksum")
        entries += [_entry(model, entry, where) for entry in listed]
    return tuple(entries)


def _check_models(models: Iterable[Any], variable: str) -> None:
    known: list[str] = []
    for model in models:
        where = f"{variable}[{model!r}]"
        if not isinstance(model, str):
            raise ValueError(f"{where}: a model must be text, in quotes if it looks like a number")
        twice = next((other for other in known if fits(model, other) and fits(other, model)), None)
        if twice is not None:
            raise ValueError(
                f"{where} is the same model as {twice!r}, in another spelling: declare one of them"
            )
        known.append(model)


def _entry(model: str, entry: Any, where: str) -> Entry:
    if not isinstance(entry, dict) or set(entry) != {"version", "src", "checksum"}:
        raise ValueError(f"{where} must have version, src and checksum, and nothing else")
    for name, value in entry.items():
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{where}: {name} must be text, in quotes if it looks like a number")
    try:
        checksum = "{}:{}".format(*checksum_of(entry["checksum"]))
    except BadParameter as error:
        raise ValueError(f"{where}: {error.problem}") from None
    return Entry(model, Target(firmware_version(entry["version"]), checksum), entry["src"])


def entry_for(entries: Entries, model: str | None) -> Entry | None:
    """The first of *entries* that is the *model*, or a pattern that fits it; None without one."""
    return next((entry for name, entry in entries.items() if model and fits(model, name)), None)
