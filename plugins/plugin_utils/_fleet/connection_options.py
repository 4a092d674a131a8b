# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the options of the connection are for a host, as its variables say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.masking import Mask, secrets_in
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import CONNECTION_OPTIONS
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import API_PLUGIN, plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class ConnectionOptions:
    """The options of the connection for one host after another.

    Few differ from one to the next, so only those are worked out anew.
    """

    def __init__(self, resolve: Callable[[Any], Any]) -> None:
        definitions = C.config.get_configuration_definitions("connection", API_PLUGIN)
        self._resolve = resolve
        self._variables = {
            option: [entry["name"] for entry in definitions[option]["vars"]] for option in CONNECTION_OPTIONS
        }
        # Option: (what its variables were, its value).
        self._latest: dict[str, tuple[dict[str, Any], Any]] = {}

    def of(self, variables: dict[str, Any]) -> dict[str, Any]:
        """``{option: value}`` (CONNECTION_OPTIONS) for the host that has *variables*.

        Raises AnsibleError.
        """
        options = {}
        for option, names in self._variables.items():
            given = {name: self._resolve(variables[name]) for name in names if name in variables}
            before, value = self._latest.get(option, (None, None))
            if given != before:
                try:
                    value = C.config.get_config_value(
                        option, plugin_type="connection", plugin_name=API_PLUGIN, variables=given
                    )
                except AnsibleError as error:  # which quotes a value of the wrong type
                    raise AnsibleError(Mask(*secrets_in(given)).text(str(error))) from None
                value = plain(value)
                self._latest[option] = given, value
            options[option] = value
        return options
