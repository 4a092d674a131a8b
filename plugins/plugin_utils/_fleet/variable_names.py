# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find variables whose names look like this collection's, and that nothing of it reads: misspelt ones.

The names are found where they are defined: in the argument specs, defaults, vars and tasks of the roles, in
the playbooks, and in the documentation of the connection and the inventory plugin. They are looked up once,
when Ansible's process loads the first action plugin; its workers inherit them. A task then pays for a look at
its variables' names: some 40 microseconds.
"""

from __future__ import annotations

import difflib
import fnmatch
import pathlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

#: What the names of this collection's variables begin with.
PREFIXES = (
    "whatsminer_", "curtailment_", "dispatch_", "firmware_", "drift_", "baseline_",
    "health_", "remediation_", "export_", "adopt_", "passwords_",
)  # fmt: skip

#: The variable that lists names of somebody else's that begin so, and patterns of such names.
OWN = "whatsminer_own_variables"

#: The variable that lists the columns that reports have besides (_shared/columns.py): variables of hosts.
COLUMNS = "whatsminer_report_columns"

# What a host's variables may say of it for reports alone.
_FOR_REPORTS = ("whatsminer_location", "whatsminer_site")

#: The cause of an outcome that failed for a misspelt variable.
CAUSE = "unknown_variable"

_COLLECTION = pathlib.Path(__file__).parents[3]
_NAME = rf"(?:{'|'.join(PREFIXES)})\w+"
_KEY = re.compile(rf"^[ -]*({_NAME}):", re.MULTILINE)
_GIVEN_BY_A_TASK = re.compile(rf"\b(?:register|loop_var|index_var): *({_NAME})")
_OF_A_PLUGIN = re.compile(rf"- name: ({_NAME})")
# How alike two names are at least, of 1, for one to be the other misspelt.
_ALIKE = 0.7


def _read(files: Iterable[pathlib.Path]) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def _documented_names() -> frozenset[str]:
    """The names that a user may set."""
    plugins = [
        path
        for folder in ("connection", "inventory", "doc_fragments")
        for path in (_COLLECTION / "plugins" / folder).glob("*.py")
    ]
    roles = (_COLLECTION / "roles").glob("*/meta/argument_specs.yml")
    return frozenset(
        {OWN, COLUMNS, *_FOR_REPORTS, *_KEY.findall(_read(roles)), *_OF_A_PLUGIN.findall(_read(plugins))}
    )


def _internal_names() -> frozenset[str]:
    """The names that roles and playbooks of this collection hand to themselves, and its facts."""
    text = _read([*(_COLLECTION / "roles").rglob("*.yml"), *(_COLLECTION / "playbooks").glob("*.yml")])
    return frozenset({"whatsminer_applied", *_KEY.findall(text), *_GIVEN_BY_A_TASK.findall(text)})


DOCUMENTED = _documented_names()
KNOWN = DOCUMENTED | _internal_names()


def problem(variables: Mapping[str, Any], resolve: Callable[[Any], Any]) -> str | None:
    """What is wrong with the names of a host's *variables*, as text that says what to do; None if nothing is.

    *resolve* fills in the templates of a value.
    """
    unknown = sorted({name for name in variables if name.startswith(PREFIXES)} - KNOWN)
    if not unknown:
        return None
    patterns: list[str] = []
    for lists in (OWN, COLUMNS):
        own = resolve(variables.get(lists) or [])
        names = [own] if isinstance(own, str) else own
        if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
            return f"{lists} must be a list of names" + (
                ", or of patterns such as firmware_dell_*" if lists == OWN else ""
            )
        patterns += names
    unknown = [
        name for name in unknown if not any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
    ]
    if not unknown:
        return None
    names = ". ".join(map(_told, unknown))
    return f"{names}. Nothing was done: correct the name, or list it in {OWN} if it is a variable of your own"


def _told(name: str) -> str:
    nearest = difflib.get_close_matches(name, sorted(DOCUMENTED), n=1, cutoff=_ALIKE)
    meant = f"; the nearest is {nearest[0]}" if nearest else ""
    return f"{name} is no variable of minerops.whatsminer{meant}"
