# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of a role, checked once for all hosts."""

from __future__ import annotations

import pytest
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.role_variables import declared

SPECS = """
argument_specs:
  main:
    options:
      some_password: {type: int}
      some_pools:
        type: list
        elements: dict
        options: {url: {type: str}}
"""


@pytest.mark.parametrize("given", [{"some_password": "hunter22"}, {"some_pools": [["hunter22"]]}])
def test_a_variable_of_the_wrong_type_is_refused_without_the_secret_in_it(tmp_path, given):
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "argument_specs.yml").write_text(SPECS, encoding="utf-8")
    with pytest.raises(ValueError, match="some_password|pools") as error:
        declared(str(tmp_path), "main", given, resolve=lambda value: value)
    assert "hunter22" not in str(error.value)
