# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure which branches of plugins/module_utils its unit tests run; what stands behind make coverage.

It prints what is missing, and fails unless nothing is. The settings, and what is left out for which reason,
stand in pyproject.toml. The figures are written into .build/reliability/coverage.json, for
`make reliability`.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import time

import parts
import pythons
import tree

# Until 3.11, Python doesn't tell what runs in a coroutine after an exception was thrown into it: a time limit
# or an interruption. All lines behind that would count as missing.
OLDEST = (3, 12)
TESTS = ("tests/unit/plugins/module_utils", "tests/unit/plugins/modules")


def python_that_tells() -> str:
    """Return the interpreter to measure with: this one, or the newest that has pins. Raises SetupError."""
    if sys.version_info[:2] >= OLDEST:
        return sys.executable
    pinned = {version for _file, version in pythons.MATRIX.values()}
    usable = [path for version, path in pythons.find().items() if version >= OLDEST and version in pinned]
    if not usable:
        oldest = ".".join(map(str, OLDEST))
        raise pythons.SetupError(f"coverage needs Python {oldest} or newer on the PATH or in pyenv")
    return usable[-1]


def main() -> int:
    """Run the tests, print the report, write the figures."""
    python = pythons.environment(
        python_that_tells(), tree.BUILD / "venv" / "coverage", ["ansible", "unit", "coverage"]
    )
    place = parts.Place(name="coverage", row="", python=python)
    log, figures = place.log("coverage"), place.root / "coverage.json"
    tool = [str(python), "-m", "coverage"]
    status = parts.call([*tool, "run", "-m", "pytest", "-q", "--color=no", *TESTS], place, log)
    print("".join(log.read_text(encoding="utf-8").splitlines(keepends=True)[-1:]), end="", flush=True)
    if status:
        print(f"error: the tests failed: see {log}")
        return status
    status = subprocess.run(
        [*tool, "report"], cwd=place.collection, env=place.environment(), check=False
    ).returncode
    parts.call([*tool, "json", "--fail-under=0", "-o", str(figures)], place, log, append=True)
    measured = json.loads(figures.read_text(encoding="utf-8"))
    write(measured, python)
    return status


def write(measured: dict, python: object) -> None:
    """Write the figures where `make reliability` reads them."""
    version = subprocess.run([str(python), "-V"], capture_output=True, text=True, check=True).stdout
    totals = measured["totals"]
    result = {
        "at": time.strftime("%Y-%m-%d", time.gmtime()),
        "python": version.split()[-1] if version else platform.python_version(),
        "coverage": measured["meta"]["version"],
        "files": len(measured["files"]),
        "statements": totals["num_statements"],
        "branches": totals["num_branches"],
        "missing": totals["missing_lines"] + totals["missing_branches"],
        "percent": totals["percent_covered"],
    }
    written = tree.BUILD / "reliability" / "coverage.json"
    written.parent.mkdir(parents=True, exist_ok=True)
    written.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except pythons.SetupError as error:
        sys.exit(f"error: {error}")
