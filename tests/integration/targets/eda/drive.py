# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the rulebooks of the collection under ansible-rulebook, and drive them as programs and miners would."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

SCRATCH = pathlib.Path(os.environ["SCRATCH"])
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
TOKEN = secrets.token_hex(24)
# That, and the miners' password.
SECRETS = (TOKEN, "fleet-pw")
# A machine that is busy with other tests is slow.
PATIENCE_SECONDS = 120


def ask(path, change=None):
    """The answer of the simulator's control API, to a *change* if there is one."""
    body = None if change is None else json.dumps(change).encode()
    method = "GET" if body is None else "PATCH"
    request = urllib.request.Request(os.environ["CONTROL"] + path, body, method=method)
    with OPENER.open(request, timeout=30) as reply:
        return json.load(reply)


def off():
    """The names of the miners that are off."""
    return {each["name"] for each in ask("/miners?full=1")["miners"] if not each["state"]["powered"]}


def held(reason):
    """The miners with a hold of *reason*."""
    miners = [json.loads(path.read_text()) for path in (SCRATCH / "holds").glob("*.json")]
    return {each["host"] for each in miners if reason in [hold["reason"] for hold in each["holds"]]}


def command_lines():
    """process -> its words, of all there are."""
    found = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found[path.parent.name] = path.read_text(errors="replace").split("\0")
    return found


def polls():
    """The processes that read the miners for the event source."""
    wanted = {"minerops.whatsminer.health", str(SCRATCH / "ill.yml")}
    return {process for process, words in command_lines().items() if wanted <= set(words)}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Rulebook:
    """ansible-rulebook at work."""

    def __init__(self, name, **given):
        self.port = given.get("WHATSMINER_WEBHOOK_PORT")
        self.path = SCRATCH / f"{name}.log"
        command = ["ansible-rulebook", "-r", f"minerops.whatsminer.{name}", "-i", os.environ["INVENTORY"]]
        command += ["-E", ",".join(given), "-v"]
        variables = {"TMPDIR": str(SCRATCH), **{name: str(value) for name, value in given.items()}}
        with open(self.path, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                command, env={**os.environ, **variables}, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, cwd=SCRATCH,
            )  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, kind, *exc_info):
        if kind is not None:
            print(f"--- the log of {self.path.name}", self.log, sep="\n", file=sys.stderr)
        # In the group of this test, so that it ends with that if the test is interrupted.
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @property
    def log(self):
        return self.path.read_text(encoding="utf-8", errors="replace")

    def until(self, condition, what):
        """Wait until *condition*() is true, as long as the rulebook runs."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert self.process.poll() is None, f"ansible-rulebook ended before {what}"
            assert time.monotonic() < deadline, f"never came: {what}"
            time.sleep(0.1)

    def post(self, event, token=TOKEN):
        """Send *event*; the HTTP status."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/", body, headers)
        try:
            with OPENER.open(request, timeout=30) as reply:
                return reply.status
        except urllib.error.HTTPError as error:
            return error.code

    def listens(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def plays(self):
        """How many playbooks have come to their end."""
        return self.log.count("PLAY RECAP")

    def play(self, event, meanwhile=lambda: None):
        """Send *event*, and wait for the end of the playbook that it starts; what the log says of that."""
        before, length = self.plays(), len(self.log)
        assert self.post(event) == 200
        self.until(lambda: meanwhile() or self.plays() > before, f"the end of {event}")
        return " ".join(self.log[length:].split())


def curtail():
    """Events by the webhook."""
    given = {"WHATSMINER_WEBHOOK_TOKEN": TOKEN, "WHATSMINER_WEBHOOK_PORT": free_port()}
    with Rulebook("curtail", **given) as rulebook:
        rulebook.until(rulebook.listens, "the webhook")

        print("--- without the token nothing is taken, and what makes no sense is told and not run")
        event = {"event": "curtail", "all": True}
        assert rulebook.post(event, token=None) == 401
        assert rulebook.post(event, token="wrong") == 401
        assert rulebook.post(b"{", token=TOKEN) == 400
        bad = [
            [],
            {"event": "explode"},
            {**event, "measured_kw": "touch /tmp/gotcha"},
            {**event, "state_file": "/etc/passwd"},
            {**event, "reason": "{{ lookup('pipe', 'id') }}"},
            {**event, "shed_kw": 3},
            {**event, "reason": "curtailment"},
        ]
        for each in bad:
            assert rulebook.post(each) == 200
        rulebook.until(lambda: rulebook.log.count("REFUSED: ") == len(bad), "all refusals")
        assert not rulebook.plays() and not off()

        print("--- curtail: a goal in the inventory is another's; the same event again is none")
        both, seen = "north:south", []
        event = {"event": "curtail", "all": True, "target": "north", "id": "ev-1", "until": "+2h"}
        rulebook.play(event, lambda: seen.extend(command_lines().values()))
        assert seen and not any(secret in word for words in seen for word in words for secret in SECRETS)
        assert off() == {"n1", "n2", "n3"} == held("grid"), off()
        assert rulebook.post(event) == 200
        rulebook.until(lambda: "the event ev-1 was taken before" in rulebook.log, "the repeated event")

        print("--- a price between the two does nothing; one above the strike price curtails for itself")
        said = rulebook.play({"event": "price", "price": 100, "target": both})
        assert "is between 80 and 150: nothing is done" in said, said
        said = rulebook.play({"event": "price", "price": 150, "target": both})
        assert "strike price 150: curtail" in said, said
        assert len(off()) == 6 == len(held("price")), (off(), held("price"))

        print("--- the grid's resume leaves what the price holds")
        rulebook.play({"event": "resume", "target": "north"})
        assert not held("grid") and len(off()) == 6, off()

        print("--- hysteresis: between the two all stays curtailed, below the resume price all comes back")
        said = rulebook.play({"event": "price", "price": 80, "target": both})
        assert "is between 80 and 150: nothing is done" in said and len(off()) == 6, said
        said = rulebook.play({"event": "price", "price": -5, "target": both})
        assert "is below the resume price 80: resume" in said, said
        assert not off() and not held("price"), (off(), held("price"))
        assert rulebook.log.count("REFUSED: ") == len(bad)
    assert not any(secret in rulebook.log for secret in SECRETS)


def restarted():
    """The miners whose btminer was restarted, in their order."""
    return [entry["miner"] for entry in ask("/journal?command=restart_btminer")["journal"]]


def mend():
    """Miners become ill."""
    inventory = SCRATCH / "ill.yml"
    shutil.copy(os.environ["INVENTORY"], inventory)
    given = {
        "WHATSMINER_INVENTORY": inventory,
        "WHATSMINER_TARGET": "ill",
        "WHATSMINER_INTERVAL_SECONDS": 4,
    }
    mended_by_restart = {"ailments": {"hashrate_percent": 40}, "mended_by": {"hashrate_percent": "restart"}}
    ask("/miners/i1", {"faults": mended_by_restart})
    ask("/miners/i2", {"faults": {"refuse": True}})
    with Rulebook("remediate", **given) as rulebook:
        print("--- a miner that is ill is mended, alone, and recovers; one that doesn't answer is left")
        rulebook.until(lambda: "RECOVERED: i1 was ill" in rulebook.log, "the recovery")
        assert restarted() == ["i1"]
        assert rulebook.plays() == 1, "the miners of a poll were to be in one run"

        print("--- an inventory that makes no sense is told, and what was known stays known")
        inventory.write_text("ill: [")
        ask("/miners/i2", {"faults": None})
        rulebook.until(lambda: "NOT JUDGED: " in rulebook.log, "the poll that fails")
        shutil.copy(os.environ["INVENTORY"], inventory)
        rulebook.until(lambda: "RECOVERED: i2 was unreachable" in rulebook.log, "the recovery after that")
        assert rulebook.log.count("RECOVERED: ") == 2 and restarted() == ["i1"]

        print("--- ended in the middle of a poll, it leaves neither that nor its files behind")
        before = polls()
        rulebook.until(lambda: polls() - before, "the next poll")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while polls() or list(SCRATCH.glob("whatsminer-health-*")):
        assert time.monotonic() < deadline, polls()
        time.sleep(0.1)
    assert not any(secret in rulebook.log for secret in SECRETS)


if __name__ == "__main__":
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for done in [pool.submit(curtail), pool.submit(mend)]:
            done.result()
