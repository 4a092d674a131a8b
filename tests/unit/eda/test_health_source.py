# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source: changes only, each once, from thousands of miners, without growing, whatever fails."""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import time
import tracemalloc

import pytest
import yaml
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import (
    PROBLEMS,
    VERDICTS,
    Judgement,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.readings import Reading
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.reasons import Reason
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.report import miner_of, report_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import Thresholds

COLLECTION = pathlib.Path(__file__).resolve().parents[3]
SOURCE = COLLECTION / "extensions" / "eda" / "plugins" / "event_source" / "health.py"
ARGS = {"inventory": "inventory.yml", "interval_seconds": 10}


@pytest.fixture
def health(monkeypatch):
    """The source, loaded anew, as ansible-rulebook does."""
    spec = importlib.util.spec_from_file_location("health_source", SOURCE)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "health_source", module)  # dataclasses look there
    spec.loader.exec_module(module)
    return module


def row(host, verdict, *codes, **more):
    """A miner of a report of the role health."""
    reasons = [{"code": code, "severity": "ill", "text": code, "value": 1, "threshold": 2} for code in codes]
    return {"host": host, "verdict": verdict, "reasons": reasons, "model": "M50", **more}


def report(*rows):
    counts = {"miners": len(rows)}
    for each in rows:
        counts[each["verdict"]] = counts.get(each["verdict"], 0) + 1
    return {"at": "2026-11-28T19:05:11Z", "counts": counts, "miners": list(rows)}


def told(events):
    """(kind, host, verdict, before) of each event."""
    return [tuple(each["health"][name] for name in ("kind", "host", "verdict", "before")) for each in events]


class Enough(Exception):
    """The polls of a test are over."""


def run(health, monkeypatch, polls, args=None):
    """The events of *polls*, each a report or what to raise, and the pauses between them."""
    remaining, pauses = iter(polls), []

    async def poll(options):
        found = next(remaining, Enough())
        if isinstance(found, Exception):
            raise found
        return found

    async def sleep(seconds):
        pauses.append(seconds)

    async def go():
        queue = asyncio.Queue()
        with pytest.raises(Enough):
            await health.main(queue, args or ARGS)
        return [queue.get_nowait() for _each in range(queue.qsize())]

    monkeypatch.setattr(health, "poll", poll)
    monkeypatch.setattr(health.asyncio, "sleep", sleep)
    try:
        return asyncio.run(go()), pauses
    finally:
        monkeypatch.undo()


def test_each_change_is_one_event_and_what_stays_as_it_is_is_none(health, monkeypatch):
    polls = [
        report(row("a", "ok"), row("b", "ill", "board_missing"), row("c", "off", "off")),
        report(row("a", "ok"), row("b", "ill", "board_missing"), row("c", "off", "off")),
        report(row("a", "unreachable", "no_answer"), row("b", "ill", "board_missing", "fan_stopped")),
        report(row("a", "ok"), row("b", "ok")),
        report(row("a", "held", "held"), row("b", "ok")),
        report(row("a", "ok"), row("b", "ok")),
    ]
    events, _pauses = run(health, monkeypatch, polls)
    assert told(events) == [
        ("changed", "b", "ill", ""),
        ("changed", "a", "unreachable", "ok"),
        ("changed", "b", "ill", "ill"),
        ("gone", "c", "gone", "off"),
        ("recovered", "a", "ok", "unreachable"),
        ("recovered", "b", "ok", "ill"),
        ("changed", "a", "held", "ok"),
        ("changed", "a", "ok", "held"),
    ]


def test_an_event_says_which_miner_it_is_about_and_limits_what_is_run_to_it(health, monkeypatch):
    miner = row(
        "rack1-7", "ill", "board_missing", address="192.0.2.7", mac="C4:11:22:00:00:07", hashrate_ths=118.9
    )
    ((event,), _pauses) = run(health, monkeypatch, [report(miner, row("b", "ok"))])
    assert event["meta"] == {"hosts": "rack1-7"} and event["fleet"] == {"miners": 2, "ill": 1, "ok": 1}
    assert event["health"]["codes"] == ["board_missing"]
    assert event["health"]["reasons"] == miner["reasons"]
    assert event["health"]["miner"]["address"] == "192.0.2.7"
    assert event["health"]["miner"]["hashrate_ths"] == 118.9
    json.dumps(event)


def test_a_miner_that_was_ill_recovers_once_it_is_well_and_not_while_it_tunes_or_is_off(health, monkeypatch):
    states = ["ill", "not_judged", "off", "held", "ok"]
    events, _pauses = run(health, monkeypatch, [report(row("a", verdict, verdict)) for verdict in states])
    assert [each["health"]["kind"] for each in events] == ["changed"] * 4 + ["recovered"]


def test_reasons_in_another_sequence_are_the_same_reasons(health, monkeypatch):
    polls = [report(row("a", "ill", "x", "y")), report(row("a", "ill", "y", "x"))]
    assert len(run(health, monkeypatch, polls)[0]) == 1


def test_a_problem_that_goes_on_is_told_again_only_where_that_is_asked_for(health):
    for seconds, expected in ((0, []), (60, ["still", "still"])):
        changes = health.Changes(seconds)
        changes.of(report(row("a", "ill", "x"), row("b", "off", "off")), 0)
        events = [
            changes.of(report(row("a", "ill", "x"), row("b", "off", "off")), now) for now in (59, 61, 90, 125)
        ]
        assert [each["health"]["kind"] for some in events for each in some] == expected


def test_polls_that_fail_are_told_once_and_change_no_verdict(health, monkeypatch):
    ill = report(row("a", "ill", "x"))
    bad = health.PollFailed("no inventory was parsed")
    events, pauses = run(health, monkeypatch, [bad, bad, ill, bad, ill, report(row("a", "ok"))])
    assert [each["health"]["kind"] for each in events] == [
        "poll_failed", "poll_works", "changed", "poll_failed", "poll_works", "recovered",
    ]  # fmt: skip
    assert events[0]["health"]["problem"] == "no inventory was parsed" and "meta" not in events[0]
    assert len(pauses) == 6


def test_the_pause_is_what_the_poll_leaves_of_the_interval(health, monkeypatch):
    _events, pauses = run(health, monkeypatch, [report(row("a", "ok"))], {**ARGS, "interval_seconds": "300"})
    assert 299 < pauses[0] <= 300


def test_what_a_miner_says_is_neither_a_template_nor_controls_a_terminal(health, monkeypatch):
    hostile = row(
        "a", "ill", "pool_dead", model="{{ lookup('pipe', 'id') }}\x1b[2J", columns={"{{x}}": "{% y %}"}
    )
    hostile["reasons"][0]["text"] = "pool \u202e{# #} " + "x" * 5000
    ((event,), _pauses) = run(health, monkeypatch, [report(hostile)])
    text = json.dumps(event["health"], ensure_ascii=False)
    assert "{{" not in text and "{%" not in text and "{#" not in text
    assert text.isprintable() and len(text) < 2000


def ten_minutes():
    """Sixty polls of a thousand miners, each (report, what is to be told of it), by a table of its own."""
    chance = random.Random(14)
    names = [f"miner{number:04}" for number in range(1000)]
    rows = {(host, each): row(host, each, each) for host in names for each in VERDICTS}
    verdicts, was_ill = dict.fromkeys(names, "ok"), dict.fromkeys(names, False)
    for number in range(60):
        expected = set()
        for host in chance.sample(names, 50):
            before, verdict = verdicts[host], chance.choice(list(VERDICTS))
            verdicts[host] = verdict
            kind = "recovered" if verdict == "ok" and was_ill[host] else "changed"
            was_ill[host] = verdict in PROBLEMS or (was_ill[host] and number > 0 and verdict != "ok")
            if (number and verdict != before) or (not number and verdict in PROBLEMS):
                expected.add((kind, host, verdict, before if number else ""))
        yield report(*(rows[each] for each in verdicts.items())), expected


def test_a_thousand_miners_for_ten_minutes_no_event_is_lost_or_doubled_and_memory_is_flat(
    health, monkeypatch
):
    polls = list(ten_minutes())
    number_of_events = sum(len(expected) for _report, expected in polls)
    sizes, missing, clock = [], set(), [0.0]

    class Queue:
        async def put(self, event):
            missing.remove(told([event])[0])  # KeyError: nobody expects it, or it came before

    async def poll(options):
        assert not missing
        number = round(clock[0] / 10)
        if number in (10, len(polls)):
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])
        if number == len(polls):
            raise Enough
        missing.update(polls[number][1])
        return polls[number][0]

    async def sleep(seconds):
        clock[0] += 10

    monkeypatch.setattr(health, "poll", poll)
    monkeypatch.setattr(health.asyncio, "sleep", sleep)
    tracemalloc.start()
    try:
        with pytest.raises(Enough):
            asyncio.run(health.main(Queue(), ARGS))
    finally:
        tracemalloc.stop()
        monkeypatch.undo()
    assert clock[0] == 600 and number_of_events > 2000
    # Fifty reports that were kept would be half a megabyte.
    assert sizes[1] - sizes[0] < 100_000


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({}, "inventory must be a list of paths"),
        ({"inventory": []}, "inventory must be a list of paths"),
        ({"inventory": ["-e@x"]}, "inventory must be a list of paths"),
        ({"inventory": "i", "target": ""}, "target must be hosts or groups"),
        ({"inventory": "i", "interval": 5}, "interval: there are "),
        (
            {"inventory": "i", "interval_seconds": "often"},
            "interval_seconds must be a number of seconds, 1 or more",
        ),
        (
            {"inventory": "i", "interval_seconds": 0},
            "interval_seconds must be a number of seconds, 1 or more",
        ),
        ({"inventory": "i", "remind_seconds": True}, "remind_seconds must be a number of seconds"),
        ({"inventory": "i", "variables": ["x"]}, "variables must be a dictionary"),
    ],
)
def test_arguments_that_make_no_sense_are_named(health, args, words):
    with pytest.raises(ValueError) as caught:
        asyncio.run(health.main(asyncio.Queue(), args))
    assert words in str(caught.value)


def test_the_documented_options_are_those_that_there_are(health):
    documented = yaml.safe_load(health.DOCUMENTATION)["options"]
    args = {name: option["default"] for name, option in documented.items() if "default" in option}
    options = health.options_of({**args, "inventory": ["a", "b"], "eda_feedback_queue": object()})
    assert options == health.options_of({"inventory": ["a", "b"]})
    assert set(documented) == set(options.__dataclass_fields__)


def test_the_documented_event_is_like_those_that_come(health, monkeypatch):
    page = (COLLECTION / "docs" / "health-events.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    documented = json.loads(text)
    judgement = Judgement("ill", (Reason("board_missing", "ill", "it shows 2 hash boards", 2),))
    reading = Reading(model="M60S_VK40", mac="C4:11:22:00:00:07", rate_ths=118.9)
    miner = miner_of("rack1-7", "192.168.1.107", judgement, reading, Thresholds())
    written = json.loads(json.dumps(report_of([miner], "2026-11-28T19:05:11Z").to_dict()))
    ((event,), _pauses) = run(health, monkeypatch, [written])
    assert event["health"].keys() == documented["health"].keys() and event["meta"] == documented["meta"]
    assert event["health"]["reasons"][0].keys() == documented["health"]["reasons"][0].keys()
    assert event["health"]["miner"].keys() >= documented["health"]["miner"].keys()
    assert event["fleet"].keys() == documented["fleet"].keys()


# --- The poll itself, with a stand-in for ansible-playbook --------------------------------------------------


@pytest.fixture
def stand_in(health, tmp_path, monkeypatch):
    """stand_in(program): that is ansible-playbook; its command line is in the file given."""

    def make(program):
        path = tmp_path / "bin" / "ansible-playbook"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!{sys.executable}\nimport json, os, sys, time\n{program}\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")
        return health.options_of({**ARGS, "variables": {"health_thresholds": {"chip_c": {"ill": 90}}}})

    return make


READS = "given = json.load(open(sys.argv[-1][1:]))"


def test_a_poll_is_a_run_of_the_playbook(health, stand_in, tmp_path):
    options = stand_in(
        f"{READS}\n"
        "mode = os.stat(sys.argv[-1][1:]).st_mode\n"
        f"json.dump([sys.argv[1:-1], given, mode], open({str(tmp_path / 'seen')!r}, 'w'))\n"
        "json.dump({'at': 'now', 'counts': {}, 'miners': []}, open(given['health_json_file'], 'w'))"
    )
    assert asyncio.run(health.poll(options)) == {"at": "now", "counts": {}, "miners": []}
    words, given, mode = json.loads((tmp_path / "seen").read_text())
    assert words == ["minerops.whatsminer.health", "-i", "inventory.yml", "-e"] and mode & 0o077 == 0
    assert given["health_thresholds"] == {"chip_c": {"ill": 90}} and given["target"] == "miners"
    assert given["health_fail_on"] == ["none"]
    # Nothing is left behind.
    assert not os.path.exists(os.path.dirname(given["health_json_file"]))


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("print('[WARNING]: x')\nprint('fatal: the vault is shut')\nsys.exit(2)", "fatal: the vault is shut"),
        ("print('PLAY [x]')\nprint('[WARNING]: no inventory')", "[WARNING]: no inventory"),
        ("pass", "miners has no miners"),
        ("print('\\x1b[31m{{ x }}')", "\\x1b[31m(( x ))"),
        (f"{READS}\nopen(given['health_json_file'], 'w').write('[')", "the report can't be read"),
        (
            f"{READS}\nopen(given['health_json_file'], 'w').write('[]')",
            "the report can't be read: it isn't one of health",
        ),
    ],
)
def test_a_poll_without_a_report_says_why(health, stand_in, program, words):
    with pytest.raises(health.PollFailed) as caught:
        asyncio.run(health.run_playbook(stand_in(program)))
    assert str(caught.value).startswith(words)


def test_without_ansible_a_poll_says_what_to_install(health, monkeypatch, tmp_path):
    monkeypatch.setattr(health.sys, "executable", str(tmp_path / "python3"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(health.PollFailed, match="there is no ansible-playbook"):
        asyncio.run(health.run_playbook(health.options_of(ARGS)))


def test_a_poll_that_takes_too_long_is_stopped(health, stand_in, tmp_path):
    options = stand_in("time.sleep(600)")
    options = type(options)(**{**vars(options), "timeout_seconds": 0.2})
    for run_it in (health.run_playbook, health.poll):
        with pytest.raises(health.PollFailed, match=r"longer than 0.2 s, and was stopped"):
            asyncio.run(run_it(options))


def is_gone(pid_file):
    """Nothing is left of the stand-in that wrote *pid_file*."""
    pid, path = pid_file.read_text().split(" ", 1)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)
    return not os.path.exists(os.path.dirname(path))


@pytest.fixture
def endless(stand_in, tmp_path):
    """(options of a poll that never ends, a file that names its process)."""
    pid_file = tmp_path / "pid"
    options = stand_in(
        f"{READS}\nopen({str(pid_file)!r} + '.new', 'w').write(f'{{os.getpid()}} {{sys.argv[-1][1:]}}')\n"
        f"os.rename({str(pid_file)!r} + '.new', {str(pid_file)!r})\ntime.sleep(600)"
    )
    return options, pid_file


def test_cancelled_it_leaves_no_process_and_no_file_behind(health, endless):
    async def go():
        task = asyncio.ensure_future(health.main(asyncio.Queue(), ARGS))
        while not endless[1].exists():
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(go())
    assert is_gone(endless[1])


def test_a_poll_ends_when_nobody_waits_for_it_any_more(endless):
    options, pid_file = endless
    given = json.dumps(vars(options)).encode() + b"\n"
    with subprocess.Popen([sys.executable, SOURCE], stdin=subprocess.PIPE) as process:
        process.stdin.write(given)
        process.stdin.flush()
        while not pid_file.exists():
            time.sleep(0.01)
        process.stdin.close()  # as the system does for a process that was killed
        assert process.wait(60) == 1
    assert is_gone(pid_file)


def test_the_process_of_a_poll_that_fails_to_start_is_told(health, monkeypatch, tmp_path):
    monkeypatch.setattr(health, "__file__", str(tmp_path / "nowhere.py"))
    with pytest.raises(health.PollFailed, match=r"ended, with status 2"):
        asyncio.run(health.poll(health.options_of(ARGS)))
