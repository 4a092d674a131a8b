# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each module under each fault of the simulator, on each generation of miners.

A cell is one module run once on one miner of its own. What comes of it is judged by rules that hold for all
cells (`judge`): the outcome is a documented one, the message says where, at which command and what to do, no
write is sent twice, and the miner is as the result says.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import importlib
import json
import os
import pathlib
import re
import sys
import time
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.module_utils import _module
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import line
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.catalogue import COMMANDS
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import WhatsminerError
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import dialogues
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine import converge, restarts
from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks import firmware
from ansible_collections.minerops.whatsminer.tests.faults.declared import (
    MAC,
    MODULES,
    PASSWORD,
    SECRETS,
    VERSION,
    Declared,
    Place,
)

PLUGINS = "ansible_collections.minerops.whatsminer.plugins.modules."
GENERATIONS = ("1.3", "1.4", "2.0", "2.2", "3", "3-only")
OTHER_MAC = "C4:05:08:0F:0F:0F"
NAME = "rack1-07"
LONGEST_CELL_SECONDS = 90
WAIT_SECONDS = 3
QUICK = {
    "restart_seconds": 0.05,
    "upfreq_seconds": 0.0,
    "power_off_seconds": 0.0,
    "limit_restart_seconds": 0.0,
    "reboot_delay_seconds": 0.0,
    "reboot_seconds": 0.15,
    "flash_seconds": 0.0,
    "ssh_listens": False,
    "log_bytes": 4096,
}

# --- The faults ---------------------------------------------------------------------------------------------

#: What a fault makes of the names of the writes that the module takes.
Fault = t.Callable[[tuple[str, ...]], dict[str, t.Any]]


def _is(**faults: t.Any) -> Fault:
    return lambda writes: faults


def _at_write(**faults: t.Any) -> Fault:
    return lambda writes: {**faults, "only_commands": list(writes) or ["*"]}


_MUTE = {
    "no answer": {"silent": True},
    "connections end without an answer": {"empty_close": True},
    "garbage": {"garbage": True},
    "half of an answer": {"truncated": True},
}
_FRAMES = (
    *("big_endian", "too_long", "huge", "not_json", "not_object", "socket_text", "heartbeats", "other_first"),
)

#: name -> the faults, for all APIs.
FAULTS: dict[str, Fault] = {
    "none": _is(),
    "closed port": _is(refuse=True),
    **{name: _is(**faults) for name, faults in _MUTE.items()},
    **{f"{name}, once": _is(**faults, times=1) for name, faults in _MUTE.items()},
    **{f"{name}, to the write": _at_write(**faults) for name, faults in _MUTE.items()},
    "late answers": _is(latency_ms=60.0),
    "answers in pieces": _is(segment_bytes=400, segment_delay_ms=1.0),
    "an endless answer": _is(oversize=True),
    "an endless answer, to the write": _at_write(oversize=True),
    "a deeply nested answer": _is(deep_nesting=5000),
    "a deeply nested answer, to the write": _at_write(deep_nesting=5000),
    "sick hardware": _is(ailments={"hashrate_percent": 40, "boards_missing": [1], "pools_dead": [0]}),
    "btminer crashed, and a restart mends it": _is(btminer_down=True, mended_by={"btminer_down": "restart"}),
    "another machine": _is(wrong_mac=OTHER_MAC),
    "btminer crashed": _is(btminer_down=True),
    "API switched off": _is(api_off=True),
    "all commands refused": _is(deny=["*"]),
    "the write refused": lambda writes: {"deny": list(writes)},
    "the write answered by an echo": lambda writes: {"echo": list(writes)},
    "too many tokens": _is(token_limit=True),
    "one token spoilt": _is(spoil_tokens=1),
    "all tokens spoilt": _is(spoil_tokens=99),
    "write taken, connection closed": _is(write_silent=["*"]),
    "write taken, connection hangs": _is(write_silent=["*"], silent_how="hang"),
    "write lost, connection closed": _is(write_lost=["*"]),
    "write lost, connection hangs": _is(write_lost=["*"], silent_how="hang"),
    "write confirmed and ignored": _is(write_ignored=["*"]),
    "firmware transfer breaks off": _is(drop_upload_after=20000),
    "firmware stays the old one": _is(keep_old_version=True),
    "another machine after the reboot": _is(mac_after_reboot=OTHER_MAC),
    "logs break off": _is(cut_logs_after=100),
    "logs stop": _is(hold_logs_after=100),
    "away after the reboot": _is(hang_after_reboot=True),
}
#: Faults of frames, for miners of API 3.
FRAMES = {f"bad frame: {how.replace('_', ' ')}": _is(bad_frame=how) for how in _FRAMES}
#: Faults of one port, for miners that have both.
ONE_PORT = {
    f"{name}, port {port} only": _is(**faults, only_api=api)
    for api, port in (("2", "4028"), ("3", "4433"))
    for name, faults in {"closed port": {"refuse": True}, "no answer": {"silent": True}}.items()
}


def faults_of(generation: str) -> dict[str, Fault]:
    """The faults that miners of *generation* can have."""
    return {
        **FAULTS,
        **(FRAMES if generation.startswith("3") else {}),
        **(ONE_PORT if generation == "3" else {}),
    }


# --- Cells --------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Cell:
    """*module* under *fault* on a miner of *generation*, in-process or *shipped*."""

    module: str
    fault: str
    generation: str
    shipped: bool = False

    def __str__(self) -> str:
        how = ", shipped" if self.shipped else ""
        return f"{self.module}, {self.fault}, {self.generation}{how}"


@dataclasses.dataclass
class Ended:
    """How a cell ended: ``done``, ``unchanged`` or the cause; what breaks the rules; the task result."""

    cell: Cell
    outcome: str
    findings: list[str]
    result: dict[str, t.Any]
    seconds: float


#: Those that end soon where pauses and limits are as long as ever, as in a module that was shipped.
_SHIPPED = (
    *("none", "closed port", "connections end without an answer", "garbage", "half of an answer"),
    *("late answers", "another machine", "API switched off", "all commands refused", "the write refused"),
    "too many tokens",
)


def cells() -> list[Cell]:
    """All cells in-process, and of each module and generation one shipped, under faults in turn."""
    found = [
        Cell(module, fault, generation)
        for generation in GENERATIONS
        for module in MODULES
        for fault in faults_of(generation)
    ]
    shipped = [
        Cell(module, _SHIPPED[(place + 2 * row) % len(_SHIPPED)], generation, shipped=True)
        for place, generation in enumerate(GENERATIONS)
        for row, module in enumerate(MODULES)
    ]
    return found + shipped


@contextlib.contextmanager
def short_pauses() -> t.Iterator[None]:
    """Wait tenths of seconds where playbooks wait minutes: simulated miners are that quick."""
    places = [
        (line, "BACK_OFF_SECONDS", 0.01),
        (dialogues, "SECOND_TOKEN_PAUSE_SECONDS", 0.01),
        (converge, "PATIENCE_SECONDS", 0.5),
        (restarts, "LONGEST_PAUSE_SECONDS", 0.2),
        (firmware, "PATIENCE_SECONDS", 0.5),
        (firmware, "UNCONFIRMED_SECONDS", 1),
    ]
    before = [getattr(module, name) for module, name, _value in places]
    defaults = converge.converge.__kwdefaults__
    waits = defaults["wait_timeout"]
    try:
        for module, name, value in places:
            setattr(module, name, value)
        defaults["wait_timeout"] = WAIT_SECONDS
        yield
    finally:
        defaults["wait_timeout"] = waits
        for (module, name, _value), value in zip(places, before):
            setattr(module, name, value)


async def run(cell: Cell, scratch: pathlib.Path, *, reply_timeout: float = 1.0) -> Ended:
    """Run *cell* on a simulated miner of its own, with its files in *scratch*, a directory that is empty."""
    import simulator

    declared = MODULES[cell.module]
    spec = simulator.MinerSpec(
        name="m",
        generation=cell.generation,
        address="127.0.0.1",
        port=0,
        mac=MAC,
        options=QUICK,
        state=declared.state,
        faults=faults_of(cell.generation)[cell.fault](declared.writes),
    )
    # Enough for a transfer to be in the middle where the fault ends it.
    size = 1_000_000 if "transfer" in cell.fault else 4096
    async with simulator.Fleet([spec], seed=1) as fleet:
        machine = fleet["m"]
        place = Place(scratch, str(scratch / "image.bin"))
        (scratch / "holds").mkdir(mode=0o700)
        if cell.module == "whatsminer_firmware":
            simulator.images.write(place.image, machine.platform, VERSION, size)
        options = {
            "host": "127.0.0.1",
            "port": machine.port or 1,
            "api3_port": machine.port3 or 1,
            "login_password" if cell.module == "whatsminer_user" else "password": PASSWORD,
            "mac": MAC if cell.fault == "another machine" else None,
            "connect_timeout": 2.0,
            "reply_timeout": reply_timeout,
            "retries": 1,
            "token_directory": str(scratch / "tokens"),
            "holds": str(scratch / "holds"),
            **declared.options(place, cell.generation),
        }
        module = importlib.import_module(PLUGINS + cell.module)
        if "wait_timeout" in module.ARGUMENTS:
            options["wait_timeout"] = WAIT_SECONDS
        begun = time.monotonic()
        ask = _shipped if cell.shipped else _in_process
        try:
            result = await asyncio.wait_for(ask(module, options), LONGEST_CELL_SECONDS)
        except asyncio.TimeoutError:
            return Ended(cell, "no end", [f"takes more than {LONGEST_CELL_SECONDS} s"], {}, 0)
        seconds = time.monotonic() - begun
        # A reset begins with the reboot, which comes after the answer.
        with contextlib.suppress(TimeoutError):
            await fleet.until(lambda: declared.done(machine, place), 0.5 if result.get("changed") else 0)
        findings = judge(cell, declared, result, machine, place)
    return Ended(cell, outcome_of(result), findings, result, seconds)


async def _in_process(module: t.Any, options: dict[str, t.Any]) -> dict[str, t.Any]:
    checked = ArgumentSpecValidator({**_module.OPTIONS, **module.ARGUMENTS}).validate(options)
    assert not checked.error_messages, checked.error_messages
    return await _module.outcome(module.run, checked.validated_parameters, name=NAME)


async def _shipped(module: t.Any, options: dict[str, t.Any]) -> dict[str, t.Any]:
    """As Ansible runs it elsewhere: a process of its own, with the arguments on its standard input."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module.__name__),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(pathlib.Path(module.__file__).parents[5])},
    )
    given = json.dumps({"ANSIBLE_MODULE_ARGS": options})
    try:
        said, errors = await process.communicate(given.encode())
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    if not said:
        return {"failed": True, "changed": False, "msg": errors.decode(), "cause": "crash"}
    result = json.loads(said)
    return {key: value for key, value in result.items() if key != "invocation"}


def outcome_of(result: dict[str, t.Any]) -> str:
    """``done``, ``unchanged``, or the cause of the failure."""
    if result.get("failed") or result.get("unreachable"):
        return str(result.get("cause"))
    return "done" if result["changed"] else "unchanged"


# --- The rules ----------------------------------------------------------------------------------------------


def _kinds(kind: type[WhatsminerError]) -> t.Iterator[type[WhatsminerError]]:
    yield kind
    for more in kind.__subclasses__():
        yield from _kinds(more)


#: cause -> its error, of those that a task can end with. The others are for the code alone.
CAUSES = {
    kind.cause: kind
    for kind in reversed(list(_kinds(WhatsminerError)))
    if kind.cause not in ("error", "another_api", "join_refused", "scan_failed")
}
#: At these no command was under way, or none that matters.
_NO_COMMAND = {"unreachable", "wrong_machine", "unsupported", "bad_parameter", "hold_store", "not_converged"}
#: After these the miner may have taken what nothing shows.
_OPEN = {"outcome_unknown", "transfer_failed", "not_converged"}
_SENTENCES = re.compile(r"[^.]\. [A-Z]")


def judge(
    cell: Cell, declared: Declared, result: dict[str, t.Any], machine: t.Any, place: Place
) -> list[str]:
    """What of *result*, and of the *machine* afterwards, breaks the rules."""
    findings = []
    failed = bool(result.get("failed") or result.get("unreachable"))
    if failed:
        findings += _of_message(cell, result)
    shown = json.dumps(result)
    findings += [f"shows {secret}" for secret in SECRETS if secret in shown]
    findings += _of_state(declared, result, machine, place, failed=failed)
    return findings


def _of_message(cell: Cell, result: dict[str, t.Any]) -> list[str]:
    findings = []
    cause, msg = result.get("cause"), result.get("msg", "")
    if cause not in CAUSES:
        return [f"ends with {cause}, which is no documented cause: {msg}"]
    name = "127.0.0.1" if cell.shipped else NAME
    if not msg.startswith(name):
        findings.append(f"doesn't name the miner: {msg}")
    if cause not in _NO_COMMAND and not any(command in msg for command in COMMANDS):
        findings.append(f"names no command: {msg}")
    if not _SENTENCES.search(msg):
        findings.append(f"says no remedy: {msg}")
    if result.get("unreachable") and result["changed"]:
        findings.append("is unreachable, and changed something")
    return findings


def _of_state(
    declared: Declared, result: dict[str, t.Any], machine: t.Any, place: Place, *, failed: bool
) -> list[str]:
    counters, findings = machine.counters, []
    taken = {name for name in counters.taken if name != "set.miner.report"}
    for name in taken:
        if counters.taken[name] + counters.lost[name] + counters.ignored[name] > 1:
            findings.append(f"had {name} taken more than once")
    # An echo bears the code of a yes.
    said_yes = taken | set(counters.ignored) | (set(machine.faults.echo) & set(counters.requests))
    claimed = [name for name in result.get("commands", []) if name in COMMANDS and COMMANDS[name].writes]
    findings += [f"claims {name}, to which the miner didn't say yes" for name in set(claimed) - said_yes]
    changed, done = result["changed"], declared.done(machine, place)
    # What no firmware shows is done where the miner says so.
    has_its_word = bool(claimed) and not taken and not declared.proved
    if not failed and changed and not done and not has_its_word:
        findings.append("says that it's done, and it isn't")
    if not failed and not changed and taken:
        findings.append(f"says that nothing changed, and the miner took {sorted(taken)}")
    if failed and not changed and taken and result["cause"] not in _OPEN:
        findings.append(f"says that nothing changed ({result['cause']}), and the miner took {sorted(taken)}")
    if failed and changed and not said_yes and not counters.upload_bytes:
        findings.append("says that something changed, and the miner took nothing")
    return findings
