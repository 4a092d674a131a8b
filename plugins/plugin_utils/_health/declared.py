# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is declared of the judgement on health: the role's variables, of the play and of each host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import VERDICTS, Codes
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.readings import (
    Reading,
    cooling_of,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import (
    COOLINGS,
    UNKNOWN,
    Thresholds,
    thresholds,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

AUTO = "auto"
NONE = "none"


@dataclass(frozen=True)
class Declared:
    """What is declared for a play: which verdicts fail the run, and how error codes are taken."""

    fail_on: tuple[str, ...]
    codes: Codes
    table: str
    json_file: str
    csv_file: str


def declared_of(options: Mapping[str, Any]) -> Declared:
    """What *options*, the role's validated variables without their prefix, declare. Raises ValueError."""
    # YAML reads a bare off as false, which is text by now.
    fail_on = ["off" if word == "False" else word for word in options["fail_on"] if word]
    unknown = sorted(set(fail_on) - {*VERDICTS, NONE})
    if unknown:
        raise ValueError(
            f"health_fail_on must be a list of {', '.join((*VERDICTS, NONE))}, and {', '.join(unknown)} is "
            "none of them"
        )
    if NONE in fail_on and len(fail_on) > 1:
        raise ValueError("health_fail_on: none stands alone")
    return Declared(
        fail_on=tuple(verdict for verdict in VERDICTS if verdict in fail_on),
        codes=Codes(frozenset(options["ignored_errors"]), frozenset(options["ill_errors"])),
        table=options["table"],
        json_file=options["json_file"].strip(),
        csv_file=options["csv_file"].strip(),
    )


@dataclass(frozen=True)
class HostDeclared:
    """What is declared for one host: its thresholds by cooling, and how it is cooled if that is said."""

    thresholds: Mapping[str, Thresholds]
    cooling: str = AUTO

    def of(self, reading: Reading | None) -> Thresholds:
        """The Thresholds for the host, which showed *reading*, or nothing."""
        if self.cooling != AUTO:
            return self.thresholds[self.cooling]
        return self.thresholds[UNKNOWN if reading is None else cooling_of(reading)]


class HostDeclarations:
    """Reads what is declared for one host after another. Few differ, so only those are worked out anew."""

    def __init__(self) -> None:
        self._latest: tuple[Any, HostDeclared] | None = None

    def of(self, declared_thresholds: Any, cooling: Any) -> HostDeclared:
        """What the variables health_thresholds and health_cooling of a host declare; None is what it doesn't.

        Raises ValueError.
        """
        cooling = AUTO if cooling is None else cooling
        given = (declared_thresholds, cooling)
        if self._latest is None or self._latest[0] != given:
            choices = (AUTO, *COOLINGS[:-1])
            if cooling not in choices:
                raise ValueError(f"health_cooling must be one of {', '.join(choices)}, and not {cooling!r}")
            self._latest = given, HostDeclared(thresholds(declared_thresholds), cooling)
        return self._latest[1]
