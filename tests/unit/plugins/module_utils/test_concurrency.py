# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many processes on the same miners: each run ends and says what came of it, a miner is as one of them
declared, and no miner is asked for more tokens than it gives.
"""

from __future__ import annotations

import asyncio
import collections
import importlib
import json

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.module_utils import _module
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import BUDGET
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.processes import (
    SimulatedSite,
    in_processes,
)

PASSWORD = "sim12345"
PROCESSES = 100
ROUNDS = 2
QUICK = {"restart_seconds": 0.02, "upfreq_seconds": 0.0}


def serve(module, ports, tmp_path, **options):
    """The result of the module called *module*, as a process of the controller with its home in *tmp_path*
    runs it.
    """
    module = importlib.import_module(f"{_module.__package__[: -len('.module_utils')]}.modules.{module}")
    port, port3 = ports
    given = {
        "host": "127.0.0.1",
        "port": port or 1,
        "api3_port": port3 or 1,
        "password": PASSWORD,
        "reply_timeout": 20.0,
        "connect_timeout": 20.0,
        "token_directory": str(tmp_path / "tokens"),
        "holds": str(tmp_path / "holds"),
        **options,
    }
    checked = ArgumentSpecValidator({**_module.OPTIONS, **module.ARGUMENTS}).validate(given)
    assert not checked.error_messages, checked.error_messages
    return asyncio.run(_module.outcome(module.run, checked.validated_parameters, name="rack1-07"))


def home(path):
    path.mkdir()
    (path / "holds").mkdir(mode=0o700)
    return path


@pytest.mark.parametrize("generation", ["2.0", "3-only"])
def test_a_hundred_processes_change_one_miner_at_once_and_all_are_done(tmp_path, generation):
    """Over API 2 one token serves them all. A miner of API 3 has ten clients at once, and closes the others'
    connections, so that they come again.
    """
    controller = home(tmp_path / "controller")
    with SimulatedSite(m={"generation": generation, "options": QUICK}) as site:
        ports, command = site.ports["m"], "set_led" if generation == "2.0" else "set.system.led"

        def work(number):
            pattern = {"color": "red", "period": 1000 + number, "duration": 500, "start": 0}
            params = pattern if command == "set_led" else {"param": [pattern]}
            result = serve(
                "whatsminer_command", ports, controller, command=command, params=params, retries=12
            )
            return json.dumps([result.get("cause", "ok"), result.get("msg", "")]).encode()

        ended = collections.Counter(json.loads(each)[0] for each in in_processes(PROCESSES, work))
        seen = site.look()["m"]
    assert ended == {"ok": PROCESSES}
    assert seen["taken"] == {command: PROCESSES}
    assert seen["tokens"] == (1 if generation == "2.0" else 0)


def test_two_controllers_that_declare_different_things_leave_each_setting_as_one_of_them_declared(tmp_path):
    """Neither hangs, each says what came of it, and whichever runs alone afterwards has its way."""
    miners = {"old": "1.4", "new": "2.2", "both": "3", "three": "3-only"}
    controllers = [home(tmp_path / name) for name in ("north", "south")]
    declared = [
        {
            "pools": {"pools": [{"url": f"stratum+tcp://{name}{number}.example.com:3333", "user": name}]},
            "power": {"mode": mode},
        }
        for number, (name, mode) in enumerate((("north", "low"), ("south", "high")))
    ]
    wholes = [
        ([[each["pools"]["pools"][0]["url"], name]], mode)
        for each, (name, mode) in zip(declared, (("north", "Low"), ("south", "High")))
    ]
    with SimulatedSite(
        **{name: {"generation": each, "options": QUICK} for name, each in miners.items()}
    ) as site:

        def work(number):
            which, miner = number % 2, list(miners)[number // 2]
            said = []
            for _round in range(ROUNDS):
                result = serve(
                    "whatsminer_config",
                    site.ports[miner],
                    controllers[which],
                    wait_timeout=2,
                    **declared[which],
                )
                said.append([result.get("cause", "ok"), result.get("msg", "")])
            return json.dumps(said).encode()

        ended = [row for each in in_processes(2 * len(miners), work) for row in json.loads(each)]
        after = site.look()
        alone = [
            serve("whatsminer_config", site.ports[name], controllers[1], **declared[1]) for name in miners
        ]
        last = site.look()
    assert {cause for cause, _msg in ended} <= {"ok", "not_converged", "btminer_down", "outcome_unknown"}, (
        ended
    )
    assert sum(cause == "ok" for cause, _msg in ended) >= len(miners), ended
    for name, seen in after.items():
        assert seen["pools"] in [pools for pools, _mode in wholes], (name, seen)
        assert seen["mode"] in [mode for _pools, mode in wholes], (name, seen)
        assert seen["tokens"] <= 2 * BUDGET
    assert not [each for each in alone if each.get("failed")], alone
    assert all((seen["pools"], seen["mode"]) == wholes[1] for seen in last.values()), last
