# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interrupt a fleet task: interrupt.py SIGNAL group|process CONTROL NAMES ORDERS LEAST COMMAND...

That is once LEAST of the miners whose names begin with NAMES have got one of ORDERS, commands with commas
between. It must end within seconds, leave no process behind, and say by name who was done, halfway and not
begun: and that must be so.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.request

# Ansible gives its workers a second, and a loaded machine needs more than that for anything.
LIMIT_SECONDS = 30

number, whom, control, names, orders, least, *command = sys.argv[1:]
log = pathlib.Path(os.environ["SCRATCH"], "interrupted.log")


def miners():
    with urllib.request.urlopen(f"{control}/miners?full=1", timeout=60) as answer:
        return {
            miner["name"]: miner["counters"]
            for miner in json.load(answer)["miners"]
            if miner["name"].startswith(names)
        }


def got():
    return {
        name: sum(counters["requests"].get(order, 0) for order in orders.split(","))
        for name, counters in miners().items()
    }


def until(condition, what):
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"not within {LIMIT_SECONDS} s: {what}\n{said()[-3000:]}"
        time.sleep(0.2)  # a look at a thousand miners is work


def said():
    return log.read_text(encoding="utf-8")


def children(pid):
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(child) for child in found.stdout.split()]


def is_running(pid):
    try:
        return (
            pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
        )
    except OSError:
        return False


def listed(what):
    found = re.search(rf"^  (\d+) {what}[^:\n]*: (.*)$", said(), re.MULTILINE)
    names = found.group(2).split(", ") if found else []
    assert len(names) == (int(found.group(1)) if found else 0)
    return set(names)


before = got()
# As a terminal does: a group of its own, in which Ctrl-C isn't ignored, as it is in the background of a
# script.
signal.signal(signal.SIGINT, signal.default_int_handler)
with open(log, "w", encoding="utf-8") as output:
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
    )
try:
    until(
        lambda: sum(got().values()) - sum(before.values()) >= int(least) or process.poll() is not None,
        "the middle of the run",
    )
    assert process.poll() is None, f"it ended before it was interrupted\n{said()[-3000:]}"
    workers = children(process.pid)
    (os.killpg if whom == "group" else os.kill)(process.pid, getattr(signal, number))
    until(lambda: process.poll() is not None, "Ansible ends")
    until(lambda: not any(map(is_running, workers)), "its worker ends")
finally:
    for pid in [process.pid, *children(process.pid)]:
        if is_running(pid):
            os.kill(pid, signal.SIGKILL)

until(lambda: " halfway " in said(), "it says who was halfway")
assert process.returncode != 0
done, halfway, not_begun = listed("done"), listed("halfway"), listed("not begun")
after = got()
assert not (done & halfway or done & not_begun or halfway & not_begun)
assert done | halfway | not_begun == set(after), set(after) - done - halfway - not_begun
assert set(re.findall(r"^changed: \[(\S+)\]", said(), re.MULTILINE)) <= done
written = {name for name in after if after[name] > before[name]}
assert done <= written <= done | halfway, (done - written, written & not_begun)
assert halfway
