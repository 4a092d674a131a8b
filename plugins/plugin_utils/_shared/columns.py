# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Columns of a site's own in reports: variables of hosts, such as whatsminer_location.

Which they are, the variable whatsminer_report_columns says. Their values are the inventory's. In tables a
column that is empty for all miners isn't shown.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleError
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.masking import HIDDEN, is_secret_name
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import plain
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.variable_names import COLUMNS
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

#: The variable that names the columns, and what it is where nobody sets it.
VARIABLE = COLUMNS
DEFAULT = ("whatsminer_location",)

_PREFIX = "whatsminer_"
_LONGEST = 200
# The types of a value out of a vault, in the versions of ansible-core.
_OUT_OF_A_VAULT = ("AnsibleVaultEncryptedUnicode", "EncryptedString")

#: Name of a column -> the text in it, for one host.
Columns = dict[str, str]


def declared_columns(value: Any) -> tuple[str, ...]:
    """The names of the columns that *value*, that of whatsminer_report_columns, declares.

    None declares the DEFAULT. Raises ValueError for what is no list of names, and for the name of a secret.
    """
    if value is None:
        return DEFAULT
    names = plain([value] if isinstance(value, str) else value)
    if not isinstance(names, list) or not all(
        isinstance(name, str) and name.isidentifier() for name in names
    ):
        raise ValueError(f"{VARIABLE} must be a list of names of variables, and is {shown(value)}")
    for name in names:
        if is_secret_name(name):
            raise ValueError(f"{VARIABLE}: {name} may hold a secret, and reports hold none")
    return tuple(dict.fromkeys(names))


def columns_of(names: Sequence[str], variables: Mapping[str, Any], resolve: Callable[[Any], Any]) -> Columns:
    """The texts of the columns *names* of a host with these *variables*; *resolve* fills in templates.

    A value that can't be worked out is empty: one host's mistake spoils no report. One out of a vault is
    hidden.
    """
    return {name: _text(name, variables, lambda name: resolve(variables.get(name))) for name in names}


def columns_of_hosts(names: Sequence[str], hosts: Iterable[str], hostvars: Any) -> dict[str, Columns]:
    """The same of each of *hosts*, by Ansible's variable *hostvars*."""
    found = {}
    for host in hosts:
        variables = hostvars[host]  # which fills in the templates of what it is asked for
        found[host] = {
            name: _text(name, getattr(variables, "_vars", variables), variables.get) for name in names
        }
    return found


def _text(name: str, variables: Mapping[str, Any], value_of: Callable[[str], Any]) -> str:
    if type(variables.get(name)).__name__ in _OUT_OF_A_VAULT:
        return HIDDEN
    try:
        value = plain(value_of(name))
    except AnsibleError:
        return ""
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        value = json.dumps(value, default=str)
    return shown(value, _LONGEST)


def title(name: str) -> str:
    """What the column *name* is called at the head of a table."""
    return name.removeprefix(_PREFIX)


def filled(names: Sequence[str], rows: Iterable[Mapping[str, str]]) -> list[str]:
    """Those of the columns *names* that aren't empty in all *rows*."""
    found = {name for row in rows for name, text in row.items() if text}
    return [name for name in names if name in found]
