# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs from host to host is worked out for each."""

from __future__ import annotations

import types

import pytest
from ansible.errors import AnsibleError
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader
from ansible_collections.minerops.whatsminer.plugins.modules import whatsminer_facts
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.connection_options import (
    ConnectionOptions,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import API
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.host_jobs import (
    HostJobs,
    _without_omitted,
)


def test_what_is_omitted_is_left_out_however_deep_it_stands():
    given = {"a": "omit-1", "b": {"c": "omit-1", "d": [1, "omit-1", {"e": "omit-1"}]}, "f": ""}
    assert _without_omitted(given, "omit-1") == {"b": {"d": [1, {}]}, "f": ""}
    assert _without_omitted({"a": None}, None) == {"a": None}


@pytest.mark.parametrize("password", [["hunter22"], {"is": "hunter22"}, ["it's a \"hunter22"]])
@pytest.mark.parametrize("variable", ["ansible_password", "whatsminer_api3_password"])
def test_a_password_of_the_wrong_type_is_refused_and_not_quoted(variable, password):
    connection = connection_loader.get(API, PlayContext(), "/dev/null")
    for use in (
        ConnectionOptions(lambda value: value).of,
        lambda variables: connection.set_options(var_options=variables),
    ):
        with pytest.raises(AnsibleError, match=variable) as error:
            use({variable: password})
        assert "hunter22" not in str(error.value) and error.value.__cause__ is None


def test_a_template_that_can_not_be_worked_out_is_told_without_the_password_in_it(monkeypatch):
    def template(value):
        raise AnsibleError(f"template error while templating string: {value}")

    variables = {"ansible_connection": API, "ansible_password": "hunter22{{ x", "ansible_host": "192.0.2.7"}
    monkeypatch.setattr(HostJobs, "_variables", lambda self, hosts, task_vars: [("rack1-01", variables)])
    templar = types.SimpleNamespace(template=template, is_template=lambda value: False)
    play_context = types.SimpleNamespace(password=None)
    jobs = HostJobs(None, templar, play_context)
    (job,) = jobs.of(["rack1-01"], whatsminer_facts, shared={}, params={}, task_vars={})
    assert job.problem == "template error while templating string: ********"
