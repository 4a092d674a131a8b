# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Feed all targets for a bounded time, led by coverage; what stands behind make fuzz.

    python3 tests/fuzz/run.py --seconds 180                  all targets, as long as that together
    python3 tests/fuzz/run.py --seconds 600 reply2 frames3   these

A finding is an input that raises what isn't foreseen, takes more than SLOWEST_SECONDS, or more than
MOST_MEGABYTES. It is copied into .build/fuzz/findings. Mend what it shows at its source, and move it into
tests/fuzz/findings/TARGET: from then on the unit tests try it. What was tried is written into
.build/reliability/fuzz.json, for `make reliability`. The exit status is 0 only if there was no finding.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import importlib.metadata
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = CHECKOUT / ".build"
PLACE = pathlib.Path("ansible_collections", "minerops", "whatsminer")
SLOWEST_SECONDS = 10
MOST_MEGABYTES = 1024
LONGEST_INPUT_BYTES = 16 * 1024
_START_SECONDS = 300


def root() -> pathlib.Path:
    """A directory that holds ansible_collections with this very tree in it."""
    link = BUILD / "checkout" / PLACE
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(CHECKOUT)
    return BUILD / "checkout"


def fuzz(target, seconds: int) -> dict:
    """Feed *target* for so many seconds; return what came of it."""
    place = BUILD / "fuzz"
    corpus, findings = place / "corpus" / target.name, place / "findings" / target.name
    for directory in (corpus, findings):
        directory.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate([*target.seeds, *target.findings()]):
        (corpus / f"seed-{number}").write_bytes(data)
    before, tally = set(findings.iterdir()), place / f"{target.name}.json"
    tally.unlink(missing_ok=True)
    command = [sys.executable, str(CHECKOUT / "tests" / "fuzz" / "harness.py"), str(root()), target.name]
    command += [
        str(tally),
        f"-max_total_time={seconds}",
        f"-timeout={SLOWEST_SECONDS}",
        f"-rss_limit_mb={MOST_MEGABYTES}",
        f"-max_len={LONGEST_INPUT_BYTES}",
        f"-artifact_prefix={findings}/",
        str(corpus),
    ]
    with open(place / f"{target.name}.log", "wb") as log:
        try:
            status = subprocess.run(
                command, stdout=log, stderr=log, check=False, timeout=seconds + _START_SECONDS
            ).returncode
        except subprocess.TimeoutExpired:
            status = "no end"
    outcomes = json.loads(tally.read_text(encoding="utf-8")) if tally.exists() else {}
    found = sorted(path.name for path in set(findings.iterdir()) - before)
    if status and not found:
        found = [f"it ended with {status}: see {os.path.relpath(place / target.name)}.log"]
    return {
        "name": target.name,
        "what": target.what,
        "inputs": sum(outcomes.values()),
        "outcomes": dict(sorted(outcomes.items())),
        "findings": found,
    }


def main() -> int:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", help="all unless given")
    parser.add_argument("--seconds", type=int, default=180, help="for all targets together")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="targets at a time")
    options = parser.parse_args()
    sys.path.insert(0, str(root()))
    from ansible_collections.minerops.whatsminer.tests.fuzz.targets import TARGETS

    unknown = set(options.targets) - set(TARGETS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(TARGETS)}")
    chosen = [TARGETS[name] for name in options.targets or TARGETS]
    each = max(1, options.seconds * options.jobs // len(chosen))
    shutil.rmtree(BUILD / "fuzz" / "findings", ignore_errors=True)
    started, rows = time.monotonic(), []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for row in pool.map(lambda target: fuzz(target, each), chosen):
            rows.append(row)
            print(f"{row['name']:12} {row['inputs']:>9,} inputs  {', '.join(row['findings'])}", flush=True)
    result = {
        "at": time.strftime("%Y-%m-%d", time.gmtime()),
        "python": platform.python_version(),
        "atheris": importlib.metadata.version("atheris"),
        "seconds": round(time.monotonic() - started),
        "targets": rows,
    }
    written = BUILD / "reliability" / "fuzz.json"
    written.parent.mkdir(parents=True, exist_ok=True)
    written.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    count = sum(len(row["findings"]) for row in rows)
    print(f"{sum(row['inputs'] for row in rows):,} inputs, {count} findings")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
