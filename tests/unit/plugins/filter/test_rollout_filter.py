# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter says what is wrong, and what miners say is never a template."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.minerops.whatsminer.plugins.filter.rollout import FilterModule

rollout = FilterModule().filters()["rollout"]


def test_a_step_that_there_is_not_is_refused_naming_those_that_there_are():
    with pytest.raises(AnsibleError, match="step must be one of declared, kept, .*, and not 'guess'"):
        rollout([], "guess")


def test_a_damaged_state_file_is_told_with_what_to_do():
    with pytest.raises(AnsibleError, match="state file is damaged.*move it away"):
        rollout("{", "kept")


def test_what_is_wrong_with_a_declaration_is_an_error_of_the_filter():
    with pytest.raises(AnsibleError, match="firmware_declared"):
        rollout({}, "declared")


def test_what_was_kept_of_a_miner_is_no_template():
    text = '{"a-01": {"verdict": "failed", "reasons": ["{{ 6 * 7 }}"]}}'
    templar = Templar(DataLoader(), variables={"kept": rollout(text, "kept")})
    try:
        from ansible.template import trust_as_template
    except ImportError:
        template = "{{ kept['a-01'].reasons[0] }}"
    else:
        template = trust_as_template("{{ kept['a-01'].reasons[0] }}")
    assert templar.template(template) == "{{ 6 * 7 }}"
