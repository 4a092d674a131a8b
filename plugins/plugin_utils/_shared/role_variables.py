# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of a role of this collection, checked by its argument spec once for all hosts of a play."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def declared(
    role_path: str, entry_point: str, variables: Mapping[str, Any], *, resolve: Callable[[Any], Any]
) -> dict[str, Any]:
    """What *variables* declare of the role's *entry_point*, of the types and choices of its argument spec.

    *resolve* fills in the templates of a value. Raises ValueError with what is wrong.
    """
    with open(os.path.join(role_path, "meta", "argument_specs.yml"), encoding="utf-8") as file:
        options = yaml.safe_load(file)["argument_specs"][entry_point]["options"]
    given = {name: plain(resolve(variables[name])) for name in options if name in variables}
    validated = ArgumentSpecValidator(options).validate(given)
    if validated.error_messages:
        raise ValueError("; ".join(validated.error_messages))
    parameters: dict[str, Any] = validated.validated_parameters
    return parameters
