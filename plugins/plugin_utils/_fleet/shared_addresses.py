# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Warn of hosts that have one address: one of them is declared wrong, and a miner is managed as two."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from ansible import constants as C
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.client import PORT
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shorten_list

# A port in a variable wins over none; of the names of a variable, the last that is set counts, as for the
# connection.
_ADDRESS = ("ansible_host", "whatsminer_host")
_PORT = ("ansible_port", "whatsminer_port")
_NAMED = 20


def first_in_this_run() -> bool:
    """Whether this is the first call in this run of Ansible: its processes share a temporary directory."""
    path = os.path.join(C.DEFAULT_LOCAL_TMP, "whatsminer-addresses-compared")
    if os.path.exists(path):  # mostly, and each task asks
        return False
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError:
        return False
    return True


def warning(hostvars: Any, is_a_miner: Callable[[Mapping[str, Any]], bool]) -> str | None:
    """The text that names all hosts which share an address with another; None if no two do.

    *hostvars* is Ansible's variable of that name. All hosts are compared by the variables that the inventory
    gives to the host itself. Only what looks alike is compared by all of its variables, which cost much more;
    *is_a_miner* says by those whether the host counts.
    """
    shared = []
    for names in _alike((name, host.vars) for name, host in hostvars._inventory.hosts.items()):
        variables = {name: hostvars[name] for name in names}
        miners = ((name, given) for name, given in variables.items() if is_a_miner(given))
        shared += [(_place(variables[same[0]], same[0]), same) for same in _alike(miners)]
    if not shared:
        return None
    told = shorten_list([f"{', '.join(names)} at {address}" for (address, _port), names in shared], _NAMED)
    return (
        f"hosts of the inventory share an address: {told}. They are one miner, or one of them is at another "
        "address: correct ansible_host"
    )


def _alike(hosts: Any) -> list[list[str]]:
    """Of *hosts*, pairs of name and variables, the names that have one address and port, together."""
    places: dict[tuple[str, str], list[str]] = {}
    for name, variables in hosts:
        place = _place(variables, name)
        if "{{" not in place[0]:  # one template stands for many addresses
            places.setdefault(place, []).append(name)
    return [names for names in places.values() if len(names) > 1]


def _place(variables: Mapping[str, Any], name: str) -> tuple[str, str]:
    address, port = (
        next((variables[key] for key in reversed(keys) if key in variables), None)
        for keys in (_ADDRESS, _PORT)
    )
    return str(address or name), str(port or PORT)
