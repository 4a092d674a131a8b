# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An hour of enforcement every five minutes, compressed: what stands behind make soak.

    python3 tests/bench/soak.py --miners 500 --seconds 480

One process enforces one declaration on a simulated fleet, round after round; the clocks of the miners and of
this process go on by five minutes between two rounds. Before each round some miners drift, fail in one of the
simulator's ways, reboot, or are curtailed by somebody else for two rounds. At the end all faults and holds
are over, and the fleet must converge. Tokens, open files and memory must stay flat. What was done is printed,
and written into .build/reliability/soak.json for `make reliability`. The exit status is 0 only if all held.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import json
import os
import pathlib
import platform
import random
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))

import fleet as fleets
import tree

ROUNDS = 12
ROUND_SECONDS = 300
GENERATIONS = "1.3,1.4,2.0,2.2,3,3-only"
CONCURRENCY = 256
DRIFTING, FAILING, REBOOTING, CURTAILED = 0.05, 0.08, 0.03, 0.05
CURTAILED_ROUNDS = 2
# A miner that refused a token in the last round isn't asked for half an hour.
MOST_ROUNDS_TO_CONVERGE = 8
# A miner gives 32 in 30 minutes, and this collection stops before that.
MOST_TOKENS_IN_HALF_AN_HOUR = 24
# After the first rounds, which fill the caches.
WARM_ROUNDS = 3
MOST_GROWTH_MEGABYTES = 24
REASON = "soak"

OPTIONS = {
    "reboot_delay_seconds": 0.05,
    "reboot_seconds": 1.0,
    "restart_seconds": 0.2,
    "upfreq_seconds": 0.3,
    "power_off_seconds": 0.05,
    "limit_restart_seconds": 0.2,
}
DECLARED = {
    "pools": [{"url": "stratum+tcp://pool.example.com:3333", "user": "farm.1", "password": "x"}],
    "power": {"state": "on", "mode": "normal"},
    "wait_timeout": 20,
}
DRIFTS = (
    {"powered": False},
    {"mode": "Low"},
    {"mode": "High"},
    {"pools": [{"url": "stratum+tcp://other.example.com:443", "user": "thief", "password": "x"}]},
)
FAULTS = (
    {"refuse": True},
    {"silent": True},
    {"empty_close": True, "times": 2},
    {"garbage": True, "times": 2},
    {"truncated": True, "times": 2},
    {"oversize": True},
    {"deep_nesting": 200},
    {"segment_bytes": 7, "segment_delay_ms": 1},
    {"latency_ms": 300},
    {"bad_frame": "huge", "times": 2},
    {"bad_frame": "other_first"},
    {"btminer_down": True},
    {"token_limit": True},
    {"spoil_tokens": 1},
    {"write_silent": ["*"]},
    {"write_lost": ["*"]},
    {"write_lost": ["*"], "silent_how": "hang"},
    {"write_ignored": ["*"]},
    {"api_off": True},
    {"wrong_mac": "C4:05:08:FF:FF:FE"},
    {"only_api": "3", "silent": True},
)


class Soak:
    """The rounds over *miners*, a running fleet, in the directory *place*."""

    def __init__(self, miners: fleets.Fleet, place: pathlib.Path, seed: int) -> None:
        from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import fleet

        self._fleet = fleet
        self._miners = miners
        self._rng = random.Random(seed)
        self._place = place
        (place / "holds").mkdir(mode=0o700)
        self._names = {row["name"]: row for row in miners.listed()}
        self._applied: dict[str, dict] = {}
        self._curtailed: dict[str, int] = {}  # host -> until which round
        self._ahead = 0.0
        self.injected = collections.Counter()
        self.outcomes = collections.Counter()
        self.rounds: list[dict] = []
        self.undone: list[str] = []
        self.longest_tokens = 0

    # The site

    def prepare(self) -> None:
        """Quick miners, and clocks that can be put on."""
        self._miners.change({"options": OPTIONS})
        real = time.time
        time.time = lambda: real() + self._ahead

    def pass_time(self) -> None:
        """Five minutes go by, for the miners and for this process."""
        self._ahead += ROUND_SECONDS
        self._miners.change({"advance_seconds": ROUND_SECONDS})

    def _some(self, share: float) -> list[str]:
        return self._rng.sample(sorted(self._names), max(1, int(share * len(self._names))))

    def disturb(self, number: int) -> None:
        """What happens to some miners before round *number*."""
        self._miners.change({"faults": None})
        for host in self._some(DRIFTING):
            if host not in self._curtailed:
                self._change([host], {"state": self._rng.choice(DRIFTS)}, "drift")
        for host in self._some(FAILING):
            fault = self._rng.choice(FAULTS)
            self._change([host], {"faults": fault}, next(name for name in fault if name != "only_api"))
        rebooting = self._some(REBOOTING)
        self._change(rebooting, {"actions": ["reboot"]}, "reboot")

    def _change(self, hosts: list[str], change: dict, what: str) -> None:
        self._miners.change({**change, "names": hosts})
        self.injected[what] += len(hosts)

    # The controller

    def run(self, module, hosts, declared: dict) -> dict[str, dict]:
        """What *module* with the options *declared* comes to for each of *hosts*."""
        from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
        from ansible_collections.minerops.whatsminer.plugins.module_utils._module import OPTIONS as COMMON

        validator = ArgumentSpecValidator({**COMMON, **module.ARGUMENTS})
        jobs = []
        for host in hosts:
            row = self._names[host]
            given = {
                "host": row["address"],
                "port": row["port"],
                "password": fleets.PASSWORD,
                "mac": row["mac"],
                "connect_timeout": 5,
                "reply_timeout": 4,
                "retries": 1,
                "hold_as": host,
                "token_directory": str(self._place / "tokens"),
                "holds": str(self._place / "holds"),
                "applied": self._applied.get(host, {}),
                **declared,
            }
            validated = validator.validate(given)
            if validated.error_messages:
                raise ValueError(validated.error_messages)
            jobs.append(self._fleet.Job(host, validated.validated_parameters))
        tally = asyncio.run(
            self._fleet.run(
                module,
                jobs,
                check_mode=False,
                diff=False,
                concurrency=CONCURRENCY,
                most_lost=None,
                report=lambda text: None,
            )
        )
        for host, result in tally.outcomes.items():
            records = (result.get("ansible_facts") or {}).get("whatsminer_applied")
            if records is not None:
                self._applied[host] = json.loads(json.dumps(records))
        return tally.outcomes

    def curtail(self, number: int) -> None:
        """Somebody else takes some miners' power, until the round after next, and gives back what is over."""
        from ansible_collections.minerops.whatsminer.plugins.modules import whatsminer_hold, whatsminer_power

        over = [host for host, until in self._curtailed.items() if until <= number]
        self.run(whatsminer_hold, over, {"state": "absent", "reason": REASON})
        for host in over:
            del self._curtailed[host]
        if number >= ROUNDS:
            return
        chosen = [host for host in self._some(CURTAILED) if host not in self._curtailed]
        self.run(whatsminer_hold, chosen, {"reason": REASON, "kind": "power"})
        self.run(whatsminer_power, chosen, {"state": "off", "ignore_holds": True, "wait_timeout": 10})
        self._curtailed.update(dict.fromkeys(chosen, number + CURTAILED_ROUNDS))
        self.injected["curtailment"] += len(chosen)

    def enforce(self, number: int) -> dict:
        """One round of enforcement; return its row."""
        from ansible_collections.minerops.whatsminer.plugins.modules import whatsminer_config

        before = self._states()
        self._miners.requests()  # counts from now on
        started = time.monotonic()
        outcomes = self.run(whatsminer_config, self._names, DECLARED)
        seconds = time.monotonic() - started
        told = collections.Counter(map(_verdict, outcomes.values()))
        self.outcomes.update(told)
        after = self._states()
        for host in self._curtailed:
            if not before[host] and after[host]:
                self.undone.append(host)
        row = {
            "round": number,
            "seconds": round(seconds, 1),
            "outcomes": dict(sorted(told.items())),
            "tokens": self._miners.requests().get("get_token", 0),
            "open_files": len(os.listdir("/proc/self/fd")),
            "megabytes": _megabytes(),
        }
        self.rounds.append(row)
        print(json.dumps(row), flush=True)
        return row

    def _states(self) -> dict[str, bool]:
        return {row["name"]: row["state"]["powered"] for row in self._miners.listed(full=True)}

    def tokens(self) -> dict[str, int]:
        """How many tokens each miner gave so far."""
        return {row["name"]: row["counters"]["tokens"] for row in self._miners.listed(full=True)}


def _verdict(result: dict) -> str:
    if result.get("unreachable") or result.get("failed"):
        return result.get("cause", "failed")
    if result.get("changed"):
        return "changed"
    return "held" if result.get("held") else "as declared"


def _megabytes() -> float:
    for line in pathlib.Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


class Site(fleets.Fleet):
    """A fleet whose miners can be told apart."""

    def listed(self, full: bool = False) -> list[dict]:
        """What the simulator tells of each miner."""
        return self._ask("GET", "/miners?full=1" if full else "/miners")["miners"]

    def requests(self) -> dict[str, int]:
        """How often each command was asked for since the last time."""
        counters = self._ask("GET", "/counters")["requests"]
        since = {name: count - self._seen.get(name, 0) for name, count in counters.items()}
        self._seen = counters
        return since

    _seen: dict[str, int] = {}


def verdicts(soak: Soak, settled: list[dict], tokens: dict[str, int]) -> dict[str, bool]:
    """What must hold, and whether it did."""
    warm = soak.rounds[min(WARM_ROUNDS, len(soak.rounds) - 1) :]
    files = [row["open_files"] for row in warm]
    memory = [row["megabytes"] for row in warm]
    last = settled[-1]["outcomes"]
    growth = memory[-1] - memory[0]
    return {
        "converged: all miners as declared, and nothing written": set(last) == {"as declared"}
        and settled[-1]["tokens"] == 0,
        "no curtailment was undone": not soak.undone,
        "no miner gave more tokens in an hour than two half hours allow": max(tokens.values())
        <= 2 * MOST_TOKENS_IN_HALF_AN_HOUR,
        "open files stay flat": max(files) - min(files) <= 2,
        f"memory grows by less than {MOST_GROWTH_MEGABYTES} MB": growth < MOST_GROWTH_MEGABYTES,
        "no fault of the collection's own": not soak.outcomes["failed"],
    }


def main() -> int:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--miners", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=480, help="no round begins after so many")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="whatsminer-soak-") as scratch:
        place = pathlib.Path(scratch)
        collection = tree.copy(place / "tree")
        sys.path.insert(0, str(place / "tree"))
        started, load = time.monotonic(), round(os.getloadavg()[0], 1)
        with Site(collection, place, options.miners, GENERATIONS) as miners:
            soak = Soak(miners, place, options.seed)
            soak.prepare()
            soak.enforce(0)
            for number in range(1, ROUNDS + 1):
                if time.monotonic() - started > options.seconds:
                    break
                soak.pass_time()
                soak.disturb(number)
                soak.curtail(number)
                soak.enforce(number)
            miners.change({"faults": None})
            settled = []
            for number in range(ROUNDS + 1, ROUNDS + 1 + MOST_ROUNDS_TO_CONVERGE):
                soak.pass_time()
                soak.curtail(number + CURTAILED_ROUNDS)
                settled.append(soak.enforce(number))
                if settled[-1]["outcomes"] == {"as declared": options.miners}:
                    break
            tokens = soak.tokens()
    held = verdicts(soak, settled, tokens)
    result = {
        "at": time.strftime("%Y-%m-%d", time.gmtime()),
        "python": platform.python_version(),
        "seed": options.seed,
        "load": load,
        "cpus": os.cpu_count(),
        "miners": options.miners,
        "generations": GENERATIONS,
        "seconds": round(time.monotonic() - started),
        "disturbed_rounds": len(soak.rounds) - len(settled) - 1,
        "rounds_to_converge": len(settled),
        "injected": dict(sorted(soak.injected.items())),
        "outcomes": dict(sorted(soak.outcomes.items())),
        "tokens": {"most": max(tokens.values()), "all": sum(tokens.values())},
        "rounds": soak.rounds,
        "held": held,
    }
    written = tree.BUILD / "reliability" / "soak.json"
    written.parent.mkdir(parents=True, exist_ok=True)
    written.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    for what, is_so in held.items():
        print(f"{'ok    ' if is_so else 'FAILED'} {what}")
    return 0 if all(held.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
