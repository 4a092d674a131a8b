# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An event for each miner whose health has changed.

Who is ill is judged in one place, by the role ``health``. So each poll is a run of its playbook: one process
reads all miners, and ends. It has the inventory, the vault, the thresholds and the holds as they are by then,
and takes neither memory nor time of ansible-rulebook, whose loop must not wait for thousands of miners. What
lasts from one poll to the next is the latest verdict on each miner.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

DOCUMENTATION = r"""
---
short_description: Events for miners that became ill or recovered
description:
  - An event source of ansible-rulebook. It runs the playbook minerops.whatsminer.health now and then, and
    puts an event for each miner whose verdict, or whose reasons for it, aren't what they were. A miner that
    is well when it is seen first has no event.
  - The event has C(health), with C(kind), C(host), C(verdict), C(before), C(codes), C(reasons), C(miner) and
    C(at); C(fleet), the number of miners by verdict; and C(meta.hosts), the miner, which limits what a rule
    runs.
  - C(kind) is C(changed), C(recovered) for a miner that was ill, unreachable or to be watched and is well,
    C(still) for one that has gone on so for O(remind_seconds), and C(gone) for one that is no longer in the
    inventory.
  - Where a poll fails, the kind is C(poll_failed), with C(problem), once; and C(poll_works) when one works
    again. The verdicts stay as they were meanwhile.
  - Verdicts, codes and thresholds are those of the role minerops.whatsminer.health. docs/health-events.md
    says more.
  - ansible-playbook must be in the environment of ansible-rulebook, or on the PATH.
options:
  inventory:
    description: Inventories, as for option -i of ansible-playbook.
    type: list
    elements: str
    required: true
  target:
    description: The hosts or groups to look at.
    type: str
    default: miners
  interval_seconds:
    description: How long it is from the beginning of a poll to that of the next.
    type: float
    default: 300
  remind_seconds:
    description: Put the event of a problem again while that goes on, after so long each time. 0 doesn't.
    type: float
    default: 0
  timeout_seconds:
    description: A poll that takes longer is stopped, and has failed.
    type: float
    default: 900
  variables:
    description: Variables for the playbook, as health_thresholds. They hold instead of the inventory's.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- minerops.whatsminer.health:
    inventory: [/srv/whatsminers/inventory]
    interval_seconds: 120
"""

_PLAYBOOK = "minerops.whatsminer.health"
_PROBLEMS = ("ill", "unreachable", "watch")
_WELL = "ok"
_LONGEST_TEXT = 500
# How much of what a poll says last is looked at, and how a line of Ansible begins that tells of an error.
_READ_BYTES = 65536
_ERRORS = ("fatal:", "failed:", "ERROR!", "[ERROR]")
# How long a poll that is to end may take for that.
_GRACE_SECONDS = 10
_SHORTEST_PAUSE_SECONDS = 1

logger = logging.getLogger(__name__)

Event = dict[str, Any]
Report = Mapping[str, Any]


class PollFailed(Exception):
    """Nobody knows how the miners are; the text says why."""


@dataclass(frozen=True)
class Options:
    """The arguments of the source."""

    inventory: tuple[str, ...]
    target: str
    interval_seconds: float
    remind_seconds: float
    timeout_seconds: float
    variables: dict[str, Any]


async def main(queue: asyncio.Queue[Any], args: dict[str, Any]) -> None:
    """Put events into *queue* until this is cancelled. Raises ValueError for *args* that make no sense."""
    options = options_of(args)
    changes = Changes(options.remind_seconds)
    while True:
        begun = time.monotonic()
        for event in await _seen(options, changes):
            await queue.put(event)
        spent = time.monotonic() - begun
        await asyncio.sleep(max(options.interval_seconds - spent, _SHORTEST_PAUSE_SECONDS))


async def _seen(options: Options, changes: Changes) -> list[Event]:
    """The events of a poll."""
    try:
        report = await poll(options)
    except PollFailed as error:
        logger.error("the health of %s can't be judged: %s", options.target, error)
        return changes.failed(str(error))
    return changes.of(report, time.monotonic())


def options_of(args: Mapping[str, Any]) -> Options:
    """*args*, of which text is what variables of a rulebook were. Raises ValueError, which names what is
    wrong.
    """
    known = {"inventory", "target", "interval_seconds", "remind_seconds", "timeout_seconds", "variables"}
    # What ansible-rulebook itself hands over.
    unknown = sorted(name for name in args if name not in known and not name.startswith("eda_"))
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: there are {', '.join(sorted(known))}")
    given = args.get("inventory")
    inventory = [given] if isinstance(given, str) else given
    if not isinstance(inventory, list) or not inventory or not all(map(_is_name, inventory)):
        raise ValueError("inventory must be a list of paths")
    target = args.get("target", "miners")
    if not _is_name(target):
        raise ValueError("target must be hosts or groups")
    variables = args.get("variables") or {}
    if not isinstance(variables, dict):
        raise ValueError("variables must be a dictionary")
    return Options(
        tuple(map(os.path.expanduser, inventory)),
        target,
        _seconds(args, "interval_seconds", 300, least=1),
        _seconds(args, "remind_seconds", 0, least=0),
        _seconds(args, "timeout_seconds", 900, least=1),
        variables,
    )


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and not value.startswith("-")


def _seconds(args: Mapping[str, Any], name: str, default: float, *, least: float) -> float:
    value = args.get(name, default)
    try:
        found = None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        found = None
    if found is None or not least <= found < float("inf"):
        raise ValueError(f"{name} must be a number of seconds, {least:g} or more, and not {value!r}")
    return found


# --- What has changed ---------------------------------------------------------------------------------------


@dataclass
class _Known:
    """The latest verdict on a miner. *is_open*: it had a problem and wasn't seen to be well since. *told_at*:
    the moment of its latest event.
    """

    verdict: str
    codes: tuple[str, ...]
    is_open: bool
    told_at: float


class Changes:
    """Compares each report with the one before. It keeps a verdict and its codes for each miner, no more."""

    def __init__(self, remind_seconds: float = 0) -> None:
        self._remind_seconds = remind_seconds
        self._known: dict[str, _Known] = {}
        self._works = True

    def of(self, report: Report, now: float) -> list[Event]:
        """The events of *report*, as the health role writes it; *now* only goes forward, in seconds."""
        fleet = dict(report["counts"])
        at = report["at"]
        events = [] if self._works else [{"health": {"kind": "poll_works", "at": at}, "fleet": fleet}]
        self._works = True
        hosts = set()
        for miner in report["miners"]:
            hosts.add(miner["host"])
            found = self._kind(miner, now)
            if found is not None:
                events.append(_event(found[0], miner, before=found[1], fleet=fleet, at=at))
        for host in [host for host in self._known if host not in hosts]:
            before = self._known.pop(host).verdict
            gone = {"host": host, "verdict": "gone", "reasons": []}
            events.append(_event("gone", gone, before=before, fleet=fleet, at=at))
        return events

    def failed(self, problem: str) -> list[Event]:
        """The event of a poll that failed, unless the one before did, too."""
        events = [{"health": {"kind": "poll_failed", "problem": problem}}] if self._works else []
        self._works = False
        return events

    def _kind(self, miner: Mapping[str, Any], now: float) -> tuple[str, str] | None:
        """(the kind of the event for *miner*, its verdict before), if it has one."""
        verdict = miner["verdict"]
        codes = tuple(sorted({reason["code"] for reason in miner["reasons"]}))
        before = self._known.get(miner["host"])
        is_problem = verdict in _PROBLEMS
        known = _Known(verdict, codes, is_problem, now)
        if before is None:
            self._known[miner["host"]] = known
            return ("changed", "") if is_problem else None
        # Off, held or tuning, it isn't well yet.
        known.is_open = is_problem or (before.is_open and verdict != _WELL)
        if (verdict, codes) == (before.verdict, before.codes):
            if not is_problem or not self._remind_seconds or now - before.told_at < self._remind_seconds:
                return None
            self._known[miner["host"]] = known
            return "still", verdict
        self._known[miner["host"]] = known
        return ("recovered" if before.is_open and verdict == _WELL else "changed"), before.verdict


# What an event says of the miner itself. Columns of the site's own come along.
_OF_THE_MINER = ("address", "model", "mac", "serial", "firmware_version", "state", "power_mode")
_NUMBERS = ("hashrate_ths", "expected_ths", "expected_percent", "power_watts", "chip_max_c")


def _event(kind: str, miner: Mapping[str, Any], *, before: str, fleet: dict[str, int], at: str) -> Event:
    host = miner["host"]
    reasons = [_harmless(reason) for reason in miner["reasons"]]
    shown = {name: miner.get(name) for name in (*_OF_THE_MINER, *_NUMBERS)}
    return {
        "health": {
            "kind": kind,
            "host": host,
            "verdict": miner["verdict"],
            "before": before,
            "codes": [reason["code"] for reason in reasons],
            "reasons": reasons,
            "miner": {**_harmless(shown), "columns": _harmless(miner.get("columns") or {})},
            "at": at,
        },
        "fleet": fleet,
        "meta": {"hosts": host},
    }


def _harmless(value: Any) -> Any:
    """*value*, with text as it may stand in a log and in a variable of Ansible: what a miner says is no
    template, and controls no terminal.
    """
    if isinstance(value, dict):
        return {_harmless(name): _harmless(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_harmless(inner) for inner in value]
    if not isinstance(value, str):
        return value
    text = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in value[:_LONGEST_TEXT])
    return text.replace("{", "(").replace("}", ")")


# --- A poll -------------------------------------------------------------------------------------------------
#
# It is done by this file once more, as a program. That ends the playbook when it has no one to answer to: the
# Java in ansible-rulebook takes SIGTERM for itself, so that no coroutine there learns of its end.


async def poll(options: Options) -> Report:
    """The report of the playbook, run now by a process that ends when this one does. Raises PollFailed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        __file__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        with contextlib.suppress(ConnectionError):
            process.stdin.write(json.dumps(asdict(options)).encode() + b"\n")
            await process.stdin.drain()
        said = await process.stdout.read()
    finally:
        process.stdin.close()
        await _ended(process)
    try:
        answer = json.loads(said)
    except ValueError:
        raise PollFailed(
            f"the process that reads the miners ended, with status {process.returncode}"
        ) from None
    if "problem" in answer:
        raise PollFailed(answer["problem"])
    report: Report = answer["report"]
    return report


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Wait until *process* has ended what it runs, and itself."""
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(process.wait(), 3 * _GRACE_SECONDS)
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _answer() -> None:
    """Be the process of a poll: take its options from standard input, and write what comes of it. Where
    standard input ends before that, nobody waits for it.
    """
    options = Options(**json.loads(await asyncio.to_thread(sys.stdin.buffer.readline)))
    work = asyncio.ensure_future(run_playbook(options))
    left_alone = asyncio.ensure_future(asyncio.to_thread(sys.stdin.buffer.read))
    await asyncio.wait({work, left_alone}, return_when=asyncio.FIRST_COMPLETED)
    status = 0
    if work.done():
        problem = work.exception()
        answer = {"report": work.result()} if problem is None else {"problem": str(problem)}
        sys.stdout.write(json.dumps(answer))
        sys.stdout.flush()
    else:
        status = 1
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError, PollFailed):
            await work
    # Not by the end of the loop: a thread still reads.
    os._exit(status)


async def run_playbook(options: Options) -> Report:
    """The report of the playbook, run now. Raises PollFailed."""
    with tempfile.TemporaryDirectory(prefix="whatsminer-health-") as directory:
        path = os.path.join(directory, "report.json")
        said = os.path.join(directory, "said")
        await _run(_command(options, directory, path), said, options.timeout_seconds)
        try:
            return await asyncio.to_thread(_read, path)
        except FileNotFoundError:
            problem = await asyncio.to_thread(_why, said)
            raise PollFailed(problem or f"{options.target} has no miners") from None
        except (OSError, ValueError) as error:
            raise PollFailed(f"the report can't be read: {error}") from None


def _command(options: Options, directory: str, path: str) -> list[str]:
    """The command line. Variables go by a file: others see a command line."""
    variables = {
        **options.variables,
        "target": options.target,
        "health_json_file": path,
        "health_csv_file": "",
        "health_fail_on": ["none"],
        "health_table": "none",
    }
    given = os.path.join(directory, "variables.json")
    with open(given, "w", encoding="utf-8", opener=_private) as file:
        json.dump(variables, file)
    # ansible-rulebook's own environment may not be on the PATH.
    places = [os.environ.get("PATH", os.defpath), os.path.dirname(sys.executable)]
    program = shutil.which("ansible-playbook", path=os.pathsep.join(places))
    if program is None:
        raise PollFailed("there is no ansible-playbook: install ansible-core where ansible-rulebook is")
    inventories = [word for path in options.inventory for word in ("-i", path)]
    return [program, _PLAYBOOK, *inventories, "-e", f"@{given}"]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


async def _run(command: list[str], said: str, timeout_seconds: float) -> None:
    """Run *command*, with what it says in the file *said*. Raises PollFailed."""
    handle = _private(said, os.O_WRONLY | os.O_CREAT)
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=handle,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"},
        )
    except OSError as error:
        raise PollFailed(f"ansible-playbook can't be run: {error.strerror}") from None
    finally:
        os.close(handle)
    try:
        await asyncio.wait_for(process.wait(), timeout_seconds)
    except asyncio.TimeoutError:
        raise PollFailed(f"it took longer than {timeout_seconds:g} s, and was stopped") from None
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End *process* and what it started, if that hasn't come to its end."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(process.wait(), _GRACE_SECONDS)


def _read(path: str) -> Report:
    with open(path, encoding="utf-8") as file:
        found = json.load(file)
    if not isinstance(found, dict) or not {"counts", "miners", "at"} <= found.keys():
        raise ValueError("it isn't one of health")
    return found


def _why(said: str) -> str:
    """What the file *said* says of a run that failed, on one line: from the first error on, or all of it."""
    with open(said, "rb") as file:
        file.seek(max(os.path.getsize(said) - _READ_BYTES, 0))
        text = file.read().decode(errors="replace")
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith(("PLAY", "TASK", "skipping:"))]
    first = next((number for number, line in enumerate(lines) if line.startswith(_ERRORS)), 0)
    return str(_harmless(" ".join(lines[first:])))


if __name__ == "__main__":
    asyncio.run(_answer())
