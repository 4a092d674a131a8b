# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write constraints.txt: the exact version of everything that the requirement files bring along, for each
Python.

Run it (make pins) after a change in tests/requirements. It needs every Python from 3.10 on that the pins are
to cover.
"""

from __future__ import annotations

import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import pythons

# Resolved together, so that one version of a thing serves all: on each Python, and of the matrix on its own.
SET = ("ansible", "unit", "sanity", "lint", "docs", "coverage")
MATRIX_SETS = [((file, "unit", "sanity"), version) for file, version in pythons.MATRIX.values()]
HEAD = """\
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Everything that the other files here bring along, exactly. Made by: make pins
"""


def resolve(python: str, purposes: tuple[str, ...]) -> dict[str, str]:
    """Return name -> version of all that pip would install."""
    with tempfile.TemporaryDirectory() as scratch:
        venv, report = pathlib.Path(scratch, "venv"), pathlib.Path(scratch, "report.json")
        subprocess.run([python, "-m", "venv", venv], check=True)
        pip = [venv / "bin" / "python", "-m", "pip"]
        subprocess.run([*pip, "install", "-q", "pip>=23.2"], check=True)  # for --report with markers
        command = [*pip, "install", "-q", "--dry-run", "--report", report]
        for purpose in purposes:
            command += ["-r", pythons.REQUIREMENTS / f"{purpose}.txt"]
        subprocess.run(command, check=True)
        installed = json.loads(report.read_text(encoding="utf-8"))["install"]
    return {
        item["metadata"]["name"].lower().replace("_", "-"): item["metadata"]["version"] for item in installed
    }


def main() -> None:
    """Resolve every set on every Python, merge, write."""
    found = {version: path for version, path in pythons.find().items() if version >= pythons.OLDEST}
    pins: dict[str, dict[tuple[int, int], str]] = collections.defaultdict(dict)
    for version, python in found.items():
        for purposes in [SET, *(purposes for purposes, own in MATRIX_SETS if own == version)]:
            for name, pin in resolve(python, purposes).items():
                if name == "ansible-core":
                    continue  # pinned by the requirement files themselves
                before = pins[name].setdefault(version, pin)
                if before != pin:
                    sys.exit(
                        f"{name} would be {before} and {pin} on Python {version}: pin it in its own "
                        "requirement file"
                    )
    lines = []
    for name, versions in sorted(pins.items()):
        if len(set(versions.values())) == 1:
            lines.append(f"{name}=={next(iter(versions.values()))}")
            continue
        for version, pin in versions.items():
            sign = ">=" if version == max(found) else "=="
            lines.append(f"{name}=={pin} ; python_version {sign} '{version[0]}.{version[1]}'")
    (pythons.REQUIREMENTS / "constraints.txt").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
