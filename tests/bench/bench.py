# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure speed against a simulated fleet, always beside something else, and print how the two compare.

    tests/bench/run                      all measurements
    tests/bench/run --only task          one of them
    tests/bench/run --quick              fewer miners and rounds: does it work, and roughly how fast

What is compared runs in turns, in several rounds; a row's ratio is that of the two medians. Limits are on
wall-clock time; the CPU time of all processes is given too, since it suffers less from what else the machine
does.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import platform
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))

import api3
import baseline
import connection
import discovery
import facts
import firmware
import fleet
import fleet_baseline
import fleet_power
import fleet_read
import latency
import memory
import plays
import report
import shipped
import simulator
import stage
import task
import tree

# A measurement is one file here and one entry in this table. Its class has ROWS, and round(number) -> {side:
# Reading}; perhaps ROUNDS, the most that make sense, and WARMS_UP = False.
MEASUREMENTS = {
    "task": task.Task,
    "shipped": shipped.Shipped,
    "baseline": baseline.Baseline,
    "facts": facts.Facts,
    "connection": connection.Connection,
    "simulator": simulator.Simulator,
    "fleet_read": fleet_read.FleetRead,
    "fleet_power": fleet_power.FleetPower,
    "fleet_baseline": fleet_baseline.FleetBaseline,
    "discovery": discovery.Discovery,
    "api3": api3.Api3,
    "firmware": firmware.Firmware,
    "latency": latency.Latency,
    "memory": memory.Memory,
}
ROUNDS, MINERS, HOSTS = 5, 1000, 100
QUICK_ROUNDS, QUICK_MINERS = 2, 100
PLACE = tree.BUILD / "bench"


def main() -> int:
    """Run what the command line asks for; the exit status is 1 if a limit isn't met."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = list(MEASUREMENTS)
    parser.add_argument(
        "--only", nargs="+", choices=names, default=names, metavar="ROW", help="measure only these"
    )
    parser.add_argument("--rounds", type=int, help=f"default {ROUNDS}, at least 5 for a result that counts")
    parser.add_argument("--miners", type=int, help=f"default {MINERS}")
    parser.add_argument(
        "--hosts",
        type=int,
        default=HOSTS,
        help="so many of them where a task runs on each (default %(default)s)",
    )
    parser.add_argument(
        "--forks", type=int, default=10, help="of ansible-playbook, on both sides (default %(default)s)"
    )
    parser.add_argument(
        "--quick", action="store_true", help=f"{QUICK_ROUNDS} rounds on {QUICK_MINERS} miners"
    )
    options = parser.parse_args()
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    miners = options.miners or (QUICK_MINERS if options.quick else MINERS)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    PLACE.mkdir(parents=True, exist_ok=True)
    try:
        with stage.Stage(tree.copy(PLACE), PLACE, miners, options.hosts, options.forks) as on:
            results = [
                result for name in options.only for result in measure(name, MEASUREMENTS[name](on), rounds)
            ]
            versions = on.versions()
    except KeyboardInterrupt:
        return 130
    except (fleet.FleetError, plays.PlayError, stage.ClientError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    report.show(results)
    machine = {"cpus": os.cpu_count(), "system": platform.platform(), "processor": _processor()}
    about = {
        "miners": miners,
        "hosts": on.hosts,
        "rounds": rounds,
        "forks": options.forks,
        "concurrency": stage.CONCURRENCY,
    }
    about |= {**machine, **versions}
    path = report.write(PLACE, about, results)
    print(
        f"\n{miners} miners, {rounds} rounds, {options.forks} forks, {about['ansible']}, {os.cpu_count()} "
        "CPUs.",
        end=" ",
    )
    print(os.path.relpath(path))
    return 0 if all(result.met in (True, None) for result in results) else 1


def _processor() -> str:
    """The name of the processor, where Linux tells."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.processor()
    )


def measure(name: str, measurement, rounds: int) -> list[report.Result]:
    """Run the measurement's rounds, with one before that doesn't count; return its rows."""
    readings: dict[str, list[report.Reading]] = {}
    rounds = min(rounds, getattr(measurement, "ROUNDS", rounds))
    for number in range(0 if getattr(measurement, "WARMS_UP", True) else 1, rounds + 1):
        started = time.monotonic()
        sides = measurement.round(number)
        what = "warming up" if number == 0 else f"round {number} of {rounds}"
        print(
            f"{name}: {what}: {report.line(sides)} ({time.monotonic() - started:.0f} s)",
            file=sys.stderr,
            flush=True,
        )
        if number:
            for side, reading in sides.items():
                readings.setdefault(side, []).append(reading)
    return [report.Result.of(name, row, readings) for row in measurement.ROWS]


if __name__ == "__main__":
    sys.exit(main())
