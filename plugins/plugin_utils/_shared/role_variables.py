# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of a role of this collection, checked by its argument spec once for all hosts of a play."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import without_secrets
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import plain
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def declared(
    role_path: str,
    entry_point: str,
    variables: Mapping[str, Any],
    *,
    resolve: Callable[[Any], Any],
    overrides: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What *variables* declare of the role's *entry_point*, of the types and choices of its argument spec.

    *resolve* fills in the templates of a value. *overrides* hold instead of *variables*, as they are. Raises
    ValueError with what is wrong.
    """
    options = _argument_specs(role_path)[entry_point]["options"]
    given = {name: plain(resolve(variables[name])) for name in options if name in variables}
    given.update((name, value) for name, value in (overrides or {}).items() if name in options)
    validated = ArgumentSpecValidator(options).validate(given)
    if validated.error_messages:
        raise ValueError(without_secrets("; ".join(validated.error_messages), given, options))
    parameters: dict[str, Any] = validated.validated_parameters
    return parameters


def overriding(role_path: str, variable: str, value: Any) -> dict[str, Any]:
    """*value*, that of *variable*, if it is a dictionary of the role's other variables. Raises ValueError."""
    given = plain(value) or {}
    if not isinstance(given, dict):
        raise ValueError(f"{variable} must be a dictionary of variables of the role")
    known = {name for entry_point in _argument_specs(role_path).values() for name in entry_point["options"]}
    unknown = sorted(str(name) for name in given if name not in known - {variable})
    if unknown:
        raise ValueError(f"{variable}: {shown(', '.join(unknown))} can't be set by it")
    return given


def _argument_specs(role_path: str) -> dict[str, Any]:
    """Entry point -> its part of the role's argument spec."""
    with open(os.path.join(role_path, "meta", "argument_specs.yml"), encoding="utf-8") as file:
        found: dict[str, Any] = yaml.safe_load(file)["argument_specs"]
    return found
