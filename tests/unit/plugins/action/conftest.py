# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests of action plugins share that are a role."""

from __future__ import annotations

import pytest


@pytest.fixture
def inventory(monkeypatch):
    """inventory(variables by host, ways): has each host the variables that it is given.

    What leads to its miner is *ways* and its pin, or a ``problem`` of its variables with its ``cause``.
    """
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.fleet import Job
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.host_jobs import HostJobs

    def have(variables, **ways):
        def of(self, hosts, module, **more):
            for host in hosts:
                own = self._templar.available_variables = variables[host]
                if self._note is not None:
                    self._note(host, own, self._resolved)
                if "problem" in own:
                    yield Job(host, problem=own["problem"], cause=own.get("cause"))
                else:
                    yield Job(host, {"host": "192.0.2.1", "mac": own.get("whatsminer_mac"), **ways})

        monkeypatch.setattr(HostJobs, "of", of)

    return have
