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


@pytest.mark.parametrize(
    "text", ["", " \n", "{", "[]", "null", "{{ kept }}", '{"a-01": {}}', '{"version": 1, "curtailed": {}}']
)
def test_a_state_file_that_holds_no_rollout_is_refused_and_named_with_its_variable(text):
    with pytest.raises(
        AnsibleError, match="firmware_state_file: /srv/state.json .*(move it away|name another)"
    ):
        rollout(text, "kept", path="/srv/state.json")


@pytest.mark.parametrize("path", ["", "  ", "/srv/{{ site }}.json", "{% raw %}/srv/state.json"])
def test_a_path_that_is_none_is_not_taken_for_a_file_that_is_not_there(path):
    with pytest.raises(AnsibleError, match="firmware_state_file must name a file"):
        rollout(None, "kept", path=path)


def test_without_a_state_file_nothing_is_kept():
    assert (
        rollout(None, "kept", path="/srv/state.json") == rollout("{}", "kept", path="/srv/state.json") == {}
    )


def test_what_is_wrong_with_a_declaration_is_an_error_of_the_filter():
    with pytest.raises(AnsibleError, match="firmware_declared"):
        rollout({}, "declared")


def test_what_was_kept_of_a_miner_is_no_template():
    text = '{"a-01": {"verdict": "failed", "reasons": ["{{ 6 * 7 }}"], "target": {}, "before": {}}}'
    templar = Templar(DataLoader(), variables={"kept": rollout(text, "kept", path="/srv/state.json")})
    try:
        from ansible.template import trust_as_template
    except ImportError:
        template = "{{ kept['a-01'].reasons[0] }}"
    else:
        template = trust_as_template("{{ kept['a-01'].reasons[0] }}")
    assert templar.template(template) == "{{ 6 * 7 }}"
