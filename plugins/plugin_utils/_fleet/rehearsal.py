# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run what tasks on hosts have in common, before ansible-core forks its workers, on a miner that is made up.

ansible-core makes a worker for each host and task, which runs the task's code once and ends. So no worker
would ever have the benefit of what Python does with code that has run before: since 3.11 it puts faster
instructions in the place of slower ones, and remembers which attributes the objects of a class have. And what
a worker is the first to change, it must copy from its parent, a page at a time. What the parent has run, its
workers inherit. Some ten milliseconds a run spare each worker about one.
"""

from __future__ import annotations

import contextlib
import functools
import json
import multiprocessing
import os
import socket
from typing import TYPE_CHECKING

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.known_apis import KnownApis
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.network import Socket, finish
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.converge import converge
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import OPTIONS, outcome
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings import pools, power

if TYPE_CHECKING:
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner, Params
    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.result import Result

# So often that Python has taken notice.
_TIMES = 5
_ADDRESS = "255.255.255.255"  # no connection leads there, and none is tried
_ARGUMENTS = {
    "host": _ADDRESS,
    "retries": 0,
    "api": "2",  # which isn't remembered
    "token_directory": os.devnull,
    "held": [],
}
# What is declared, and the one reply by which the made-up miner shows that it is so.
_STATUS = {"mineroff": "false", "power_mode": "Normal", "hash_percent": "100", "power_limit_set": "3600"}
_POOL = {"POOL": 1, "URL": "stratum+tcp://pool.example.com:3333", "User": "worker", "Status": "Alive"}
_SUMMARY = {
    "Elapsed": 60,
    "Uptime": 90,
    "MAC": "C4:05:08:00:00:01",
    "Firmware Version": "'20210322.22.REL'",
    "MHS av": 86123456.7,
    "HS RT": 86123456.7,
    "Factory GHS": 88000,
    "Power": 3400,
    "Power Limit": 3600,
    "Env Temp": 24.5,
    "Chip Temp Max": 81.2,
    "Fan Speed In": 5010,
    "Power Mode": "Normal",
}
_FRAME = {"STATUS": "S", "When": 1760000000, "Code": 131, "Description": ""}
_SCENES = (
    ({"state": "on"}, {**_FRAME, "Msg": _STATUS}),
    (
        {"pools": [{"url": _POOL["URL"], "user": _POOL["User"]}]},
        {
            "summary": [{"STATUS": [_FRAME], "SUMMARY": [_SUMMARY]}],
            "pools": [{"STATUS": [_FRAME], "POOLS": [_POOL]}],
        },
    ),
)


@functools.cache
def rehearse() -> None:
    """Do it, once a process; a worker doesn't, which ends with its task."""
    if multiprocessing.parent_process() is not None:
        return
    with contextlib.suppress(OSError):  # such as too many open files: tasks do without
        for _time in range(_TIMES):
            perform()


def perform() -> list[dict[str, Any]]:
    """The outcomes of tasks on the made-up miner, without a network and without any file."""
    return [_outcome({**_ARGUMENTS, **declared}, json.dumps(reply).encode()) for declared, reply in _SCENES]


def _outcome(arguments: Params, reply: bytes) -> dict[str, Any]:
    validator = ArgumentSpecValidator({**OPTIONS, **power.OPTIONS, **pools.OPTIONS})
    ours, miners = socket.socketpair()
    with miners:
        miners.sendall(reply)
        run = functools.partial(_run, Socket(ours))
        return finish(outcome(run, validator.validate(arguments).validated_parameters))


async def _run(connected: Socket, miner: Miner, params: Params, check_mode: bool) -> Result:
    KnownApis(params["token_directory"]).find(_ADDRESS)
    miner.use(connected)
    settings = [*power.declared(params), *pools.declared(params)]
    return await converge(miner, settings, params, check_mode=check_mode)
