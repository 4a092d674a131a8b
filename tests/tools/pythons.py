# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the Pythons of this machine, and make virtual environments of them.

From a shell: ``python3 tests/tools/pythons.py DIRECTORY FILE...`` makes or refreshes one virtual environment
with what the requirement files say, and does nothing when it is up to date.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys

REQUIREMENTS = pathlib.Path(__file__).resolve().parent.parent / "requirements"
OLDEST = (3, 10)
# Minor version of ansible-core -> the requirement file that has it, and the Python that its row of the matrix
# runs on: each supported minor version, and each Python that a controller may have. README lists them.
MATRIX = {
    "2.16": ("ansible-2.16", (3, 10)),
    "2.17": ("ansible", (3, 10)),
    "2.18": ("ansible-2.18", (3, 13)),
    "2.19": ("ansible", (3, 11)),
    "2.20": ("ansible-2.20", (3, 12)),
    "2.21": ("ansible", (3, 13)),
}
BUILD = REQUIREMENTS.parent.parent / ".build"
STAMP = ".installed"


class SetupError(Exception):
    """The machine lacks something; the text says what to do about it."""


def ask(python: str | os.PathLike) -> tuple[tuple[int, int], str] | None:
    """Return version and real path of an interpreter if it starts, else None: version managers put dead shims
    on the PATH.
    """
    command = [
        str(python),
        "-c",
        "import sys; print(*sys.version_info[:2], getattr(sys, '_base_executable', sys.executable))",
    ]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        major, minor, path = result.stdout.rstrip("\n").split(" ", 2)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return ((int(major), int(minor)), path) if result.returncode == 0 else None


def version_of(python: str | os.PathLike) -> tuple[int, int] | None:
    """Return (major, minor) of an interpreter, None if it does not start."""
    answer = ask(python)
    return answer and answer[0]


@functools.cache
def find() -> dict[tuple[int, int], str]:
    """Return the interpreters of this machine by version, from the PATH and from pyenv, those of the PATH
    first.
    """
    candidates = []
    for directory in os.get_exec_path():
        with contextlib.suppress(OSError):
            names = (name for name in os.listdir(directory) if re.fullmatch(r"python3(\.\d+)?", name))
            candidates += [os.path.join(directory, name) for name in sorted(names)]
    pyenv = shutil.which("pyenv")
    if pyenv:
        root = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=False).stdout.strip()
        candidates += sorted(
            str(path) for path in pathlib.Path(root or "/nowhere").glob("versions/3.*/bin/python")
        )
    found: dict[tuple[int, int], str] = {}
    for candidate in [sys.executable, *candidates]:
        answer = ask(candidate)
        if answer:
            found.setdefault(*answer)
    return dict(sorted(found.items()))


def usable(python: str) -> None:
    """Raise SetupError unless the interpreter is new enough and can make virtual environments."""
    version = version_of(python)
    if version is None:
        raise SetupError(f"{python} does not start. Name another Python: make PYTHON=python3.12 ...")
    if version < OLDEST:
        raise SetupError(
            f"{python} is Python {version[0]}.{version[1]}, and {OLDEST[0]}.{OLDEST[1]} is the oldest that "
            "works. Name a newer one: make PYTHON=python3.12 ..."
        )
    if subprocess.run([python, "-c", "import ensurepip, venv"], capture_output=True, check=False).returncode:
        raise SetupError(
            f"{python} can make no virtual environments. On Debian and Ubuntu: sudo apt install python3-venv "
            f"(or python{version[0]}.{version[1]}-venv). Without root: uv, pyenv or conda give a Python that "
            "can; name it with make PYTHON=/path/to/python3 ..."
        )


def fingerprint(python: str, files: list[pathlib.Path]) -> str:
    """Return what a virtual environment of this Python and these files is known by."""
    digest = hashlib.sha256(repr(version_of(python)).encode())
    for file in [*files, REQUIREMENTS / "constraints.txt"]:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def environment(python: str, directory: pathlib.Path, purposes: list[str]) -> pathlib.Path:
    """Make `directory` a virtual environment with the pinned requirements of `purposes`; return its
    interpreter.

    An environment that is up to date costs two short processes. Two callers at once are kept apart by a lock.
    """
    files = [REQUIREMENTS / f"{purpose}.txt" for purpose in purposes]
    inside = directory / "bin" / "python"
    BUILD.mkdir(exist_ok=True)
    with open(BUILD / "setup.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = fingerprint(python, files)
        stamp = directory / STAMP
        if (
            stamp.exists()
            and stamp.read_text(encoding="utf-8") == wanted
            and version_of(inside) == version_of(python)
        ):
            return inside
        usable(python)
        print(f"setting up {os.path.relpath(directory)} with {', '.join(purposes)} (once)", flush=True)
        log = BUILD / "setup.log"
        with open(log, "w", encoding="utf-8") as stream:
            # A fresh one each time: what an older requirement file brought in would otherwise stay.
            shutil.rmtree(directory, ignore_errors=True)
            directory.parent.mkdir(parents=True, exist_ok=True)
            install = [str(inside), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
            install += ["-c", str(REQUIREMENTS / "constraints.txt")]
            for file in files:
                install += ["-r", str(file)]
            for command in ([python, "-m", "venv", str(directory)], install):
                if subprocess.run(
                    command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, check=False
                ).returncode:
                    stream.flush()
                    tail = "".join(
                        log.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)[-15:]
                    )
                    raise SetupError(f"{tail}\nSetting up {directory} failed; all of it: {log}")
        stamp.write_text(wanted, encoding="utf-8")
    return inside


if __name__ == "__main__":
    try:
        environment(sys.executable, pathlib.Path(sys.argv[1]).absolute(), sys.argv[2:])
    except SetupError as error:
        sys.exit(f"error: {error}")
