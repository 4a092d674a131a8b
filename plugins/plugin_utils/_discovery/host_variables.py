# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of a host that was found: how to reach it, and its facts, none of which is a template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.client import PORT
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3.client import PORT as API3_PORT
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.values import (
    mac_address,
    serial_number,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.shapes import Facts

try:
    from ansible.template import trust_as_template as _ours
except ImportError:
    # Before ansible-core 2.19 text is a template unless it's marked as data; since then the reverse.
    from ansible.utils.unsafe_proxy import wrap_var as _as_data

    def _ours(text: str) -> Any:
        return text

else:

    def _as_data(text: str) -> Any:
        return text


#: The variables that say which machine is meant.
_PINS = ("whatsminer_mac", "whatsminer_serial")

CONNECTION = "minerops.whatsminer.api"


def variables_of(address: str, known: Facts, *, port: int, api3_port: int) -> dict[str, Any]:
    """The variables of the miner with the facts *known*, which was found at *address*, API 2 being looked for
    at *port* and API 3 at *api3_port*.
    """
    variables = {
        "ansible_connection": _ours(CONNECTION),
        "ansible_host": _ours(address),
        "whatsminer": never_a_template(known),
    }
    if port != PORT:
        variables["ansible_port"] = port
    if (port, api3_port) != (PORT, API3_PORT):  # or where API 3 alone is spoken, ansible_port is its port
        variables["whatsminer_api3_port"] = api3_port
    if mac_address(known.get("mac")):
        variables["whatsminer_mac"] = _ours(mac_address(known["mac"]))
    serial = serial_number(known.get("serial"))
    if serial:
        variables["whatsminer_serial"] = never_a_template(serial)
    return variables


def keep_pins(listed: Mapping[str, Any], own: dict[str, Any]) -> None:
    """Let *own*, the variables of the machine that was found, have the pins of *listed*, what another source
    says of the host: which machine is meant isn't for the machine there to say.
    """
    pins = {name: listed[name] for name in _PINS if listed.get(name)}
    if pins:
        for name in _PINS:  # of two machines, the pins of one say nothing of the other
            own.pop(name, None)
        own.update(pins)


def never_a_template(value: Any) -> Any:
    """*value*, text of a miner somewhere within, so that no version of ansible-core takes it for a template.

    Only text that could be one is marked: marks show in what ansible-inventory prints for other programs.
    """
    if isinstance(value, str):
        return _as_data(value) if "{" in value or "}" in value else value
    if isinstance(value, dict):
        return {name: never_a_template(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [never_a_template(inner) for inner in value]
    return value
