# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the tests: each runs something, keeps its log, and says what came out."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import glob
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tarfile
import threading
from xml.etree import ElementTree

import pythons
import tree

NAME = "minerops.whatsminer"
# Long enough for a slow machine, short enough that a hung test is reported by the run that it hangs.
TIMEOUT = 15 * 60
# The kinds of plugins that carry documentation of their own.
DOCUMENTED = (
    "become",
    "cache",
    "callback",
    "connection",
    "filter",
    "inventory",
    "lookup",
    "module",
    "strategy",
    "test",
    "vars",
)
# What the package must hold beside the plugins, and what it must not.
WANTED = (
    *("README.md", "LICENSE", "CHANGELOG.rst", "requirements.txt", "meta/runtime.yml"),
    *("plugins", "roles", "playbooks", "extensions/simulator", "examples/gitops/.gitlab-ci.yml"),
)
UNWANTED = ("tests", "Makefile", "pyproject.toml", "changelogs/fragments", "__pycache__")

_running: dict[int, subprocess.Popen] = {}
_key_lock = threading.Lock()
_running_lock = threading.Lock()
_stopping = threading.Event()


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What came of one test: `result` is passed, failed or not run."""

    name: str
    result: str
    log: pathlib.Path
    why: str = ""


@dataclasses.dataclass(frozen=True)
class Place:
    """Where and with which Python a part runs: each part has its own copy of the tree, so parts can run side
    by side.
    """

    name: str
    row: str
    python: pathlib.Path

    @property
    def root(self) -> pathlib.Path:
        """The directory that holds ansible_collections."""
        return tree.BUILD / "test" / slug(self.row) / self.name

    @functools.cached_property
    def collection(self) -> pathlib.Path:
        """The collection's directory, copied on first use."""
        return tree.copy(self.root)

    def log(self, name: str) -> pathlib.Path:
        """Return the path of a log file."""
        path = tree.BUILD / "logs" / slug(self.row) / f"{name}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def tool(self, name: str) -> str:
        """Return the path of a command in the virtual environment."""
        return str(self.python.parent / name)

    def environment(self) -> dict[str, str]:
        """Return an environment in which the user's own Ansible settings, tokens and caches play no part."""
        kept = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("ANSIBLE_", "PYTHON", "VIRTUAL_ENV", "MAKE"))
        }
        # The other Pythons by their real places: ansible-test looks for them on the PATH, and would start
        # dead shims.
        directories = [str(self.python.parent), *(os.path.dirname(path) for path in pythons.find().values())]
        kept.update(
            PATH=os.pathsep.join([*dict.fromkeys(directories), os.environ.get("PATH", os.defpath)]),
            HOME=str(home(self.python)),
            ANSIBLE_COLLECTIONS_PATH=str(self.root),
            ANSIBLE_NOCOLOR="1",
            # Else ansible-test would ask the checkout's git, which ignores .build, and find an empty
            # collection.
            ANSIBLE_TEST_CONTENT_ROOT=str(self.root / tree.PLACE),
            PYTHONUNBUFFERED="1",
        )
        return kept


def slug(text: str) -> str:
    """Return a text as one plain path component, nothing for nothing."""
    return "".join(character if character.isalnum() or character in ".-" else "-" for character in text)


@functools.cache
def home(python: pathlib.Path) -> pathlib.Path:
    """Make a home directory for the tools, so that nothing outside of the checkout is written.

    ansible-test gives pip neither the caller's environment nor, with this home, the caller's pip.conf: what
    pip is configured to do for the caller is written down where it will look.
    """
    directory = tree.BUILD / "home"
    settings = directory / ".config" / "pip" / "pip.conf"
    settings.parent.mkdir(parents=True, exist_ok=True)
    listed = subprocess.run(
        [python, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    cache = subprocess.run([python, "-m", "pip", "cache", "dir"], capture_output=True, text=True, check=False)
    options = {"cache-dir": cache.stdout.strip()} if cache.returncode == 0 else {}
    for line in listed.stdout.splitlines():
        name, _equals, value = line.partition("=")
        section, _dot, option = name.rpartition(".")
        # Printed in the order in which pip lets them override each other.
        if section in ("global", "install", ":env:"):
            options[option] = value.strip("'\"").replace("%", "%%")
    fresh = settings.with_suffix(f".{threading.get_ident()}")
    fresh.touch(mode=0o600)
    fresh.write_text(
        "[global]\n" + "".join(f"{name} = {value}\n" for name, value in options.items()), encoding="utf-8"
    )
    fresh.replace(settings)  # whole, as another part may be reading it
    make_ssh_key(directory / ".ansible" / "test" / "id_rsa")
    return directory


def make_ssh_key(key: pathlib.Path) -> None:
    """Make the key that each ansible-test makes for itself where there is none: two at once would stumble
    over each other.
    """
    with _key_lock:
        if not key.exists() and shutil.which("ssh-keygen"):
            key.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(
                ["ssh-keygen", "-m", "PEM", "-q", "-t", "rsa", "-N", "", "-f", key],
                stdin=subprocess.DEVNULL,
                check=True,
            )


def call(
    command: list[str], place: Place, log: pathlib.Path, cwd: pathlib.Path | None = None, append: bool = False
) -> int:
    """Run a command with its output in `log`; return its exit status, 124 if it had to be stopped."""
    directory, environment = cwd or place.collection, place.environment()
    with open(log, "a" if append else "w", encoding="utf-8") as stream:
        stream.write(f"+ {' '.join(command)}\n")
        stream.flush()
        with _running_lock:  # held over the start, so that stop_all misses nothing
            if _stopping.is_set():
                return 130
            process = subprocess.Popen(  # pylint: disable=consider-using-with
                command, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT,
                cwd=directory, env=environment, start_new_session=True,
            )  # fmt: skip
            _running[process.pid] = process
        try:
            return process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            stream.write(f"\nstopped: not done after {TIMEOUT} s\n")
            stop(process)
            return 124
        finally:
            with _running_lock:
                del _running[process.pid]


def stop(process: subprocess.Popen) -> None:
    """End a command and what it started, gently first."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, sign)
            process.wait(10)


def stop_all() -> None:
    """End everything that runs, and start nothing more."""
    _stopping.set()
    with _running_lock:
        processes = list(_running.values())
    for process in processes:
        stop(process)


def ansible_version(python: pathlib.Path) -> str:
    """Return the ansible-core of a virtual environment, as in: ansible-core 2.21.5."""
    command = [
        str(python),
        "-c",
        "import importlib.metadata as m; print('ansible-core', m.version('ansible-core'))",
    ]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def nothing(place: Place, why: str) -> list[Outcome]:
    """A part that found nothing to run has not passed."""
    return [Outcome(why, "failed", place.log(place.name), why=why)]


# unit


def unit(place: Place, only: list[str]) -> list[Outcome]:
    """Run pytest on the copied tree."""
    log, report = place.log("unit"), place.root / "unit.xml"
    with contextlib.suppress(FileNotFoundError):
        report.unlink()
    chosen = [
        f"tests/unit/{name}" if (place.collection / "tests/unit" / name.split("::")[0]).exists() else name
        for name in only
    ]
    command = [
        str(place.python),
        "-m",
        "pytest",
        "-ra",
        "--color=no",
        "--continue-on-collection-errors",
        f"--junitxml={report}",
    ]
    status = call([*command, *(chosen or ["tests/unit"])], place, log)
    outcomes = [
        Outcome(f"{case.get('classname')}::{case.get('name')}", result, log, why=why)
        for case, result, why in read_junit(report)
    ]
    if status == 5 or not outcomes:
        outcomes.append(Outcome(f"pytest ran no tests (exit status {status})", "failed", log))
    elif status and not any(outcome.result == "failed" for outcome in outcomes):
        outcomes.append(Outcome(f"pytest itself (exit status {status})", "failed", log))
    return outcomes


def read_junit(path: pathlib.Path) -> list[tuple[ElementTree.Element, str, str]]:
    """Return (test case, result, why not run) of a JUnit file; nothing if it is missing or cut short."""
    try:
        cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return []
    found = []
    for case in cases:
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            found.append((case, "failed", ""))
        elif skipped is not None:
            found.append((case, "not run", skipped.get("message") or skipped.text or "no reason given"))
        else:
            found.append((case, "passed", ""))
    return found


# integration


def integration_targets(place: Place) -> list[str]:
    """Return the names of the integration targets, but for the hidden ones, which others are built on."""
    found = []
    for path in sorted((place.collection / "tests" / "integration" / "targets").glob("*/aliases")):
        if "hidden" not in path.read_text(encoding="utf-8").split():
            found.append(path.parent.name)
    return found


def integration(place: Place, target: str) -> list[Outcome]:
    """Run one integration target.

    What it can't run here it says in a line of its own: ``not run: WHAT: WHY``.
    """
    log = place.log(f"integration-{target}")
    status = call([place.tool("ansible-test"), "integration", "--local", "--color", "no", target], place, log)
    left_out = re.findall(
        r"^not run: (.+?): (.+)$", log.read_text(encoding="utf-8", errors="replace"), re.MULTILINE
    )
    return [
        Outcome(target, "failed" if status else "passed", log),
        *(Outcome(what, "not run", log, why=why) for what, why in left_out),
    ]


# sanity


def sanity(place: Place, only: list[str]) -> list[Outcome]:
    """Run ansible-test's sanity tests on all Pythons of this machine that this ansible-core knows."""
    log = place.log("sanity")
    targets, absent = sanity_pythons(place)
    stand_in_for_get_pip(place, [version for version, _path in targets], log)
    command = [place.tool("ansible-test"), "sanity", "--controller", "origin:python=default"]
    for version, path in targets:
        command += ["--target-python", f"{version}@{path}"]
    command += [option for name in only for option in ("--test", name)]
    listed = subprocess.run(
        [*command, "--list-tests"], capture_output=True, text=True, stdin=subprocess.DEVNULL,
        cwd=place.collection, env=place.environment(), check=False,
    )  # fmt: skip
    status = call([*command, "--junit", "--color", "no"], place, log, append=True)
    outcomes = [
        Outcome(f"compile and import on Python {v}", "not run", log, why="no such Python here")
        for v in absent
    ]
    for path in sorted(glob.glob(str(place.collection / "tests/output/junit/ansible-test-sanity-*.xml"))):
        name = pathlib.Path(path).stem.replace("ansible-test-sanity-", "").replace("-python-", " on Python ")
        for _case, result, why in read_junit(pathlib.Path(path)):
            outcomes.append(Outcome(name, result, log, why=why))
    reached = {outcome.name.split(" on Python ")[0] for outcome in outcomes}
    for name in listed.stdout.split():
        if name not in reached:
            outcomes.append(Outcome(f"{name} was not reached: ansible-test stopped before it", "failed", log))
    if (status or not outcomes) and not any(outcome.result == "failed" for outcome in outcomes):
        outcomes.append(Outcome(f"ansible-test itself (exit status {status})", "failed", log))
    return outcomes


def sanity_pythons(place: Place) -> tuple[list[tuple[str, str]], list[str]]:
    """Return (version, path) of the Pythons on which to compile and import, and the versions that this
    machine lacks.
    """
    command = [
        str(place.python),
        "-c",
        "from ansible_test._internal.constants import SUPPORTED_PYTHON_VERSIONS as s; print(*s)",
    ]
    known = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    own = pythons.version_of(place.python)
    found = {**pythons.find(), own: str(place.python)}
    paths = {f"{major}.{minor}": path for (major, minor), path in found.items()}
    supported = [version for version in known if int(version.split(".")[1]) >= 9]  # as in tests/config.yml
    return [(version, paths[version]) for version in supported if version in paths], [
        v for v in supported if v not in paths
    ]


STAND_IN = """\
# A stand-in for get-pip.py, put here by the tests of minerops.whatsminer: ansible-test would otherwise fetch
# one from a host that is not always within reach, and each of its many environments would take longer to
# make.
import sysconfig
import zipfile

with zipfile.ZipFile({wheel!r}) as wheel:
    wheel.extractall(sysconfig.get_path("purelib"))
"""


def stand_in_for_get_pip(place: Place, versions: list[str], log: pathlib.Path) -> None:
    """Put the stand-in where ansible-test looks for its get-pip.py, named for the versions of pip it will ask
    for, and beside it those pips from the package index.
    """
    program = (
        "import sys, types, ansible_test._internal.python_requirements as r\n"
        "for version in sys.argv[1:]: "
        "print(r.get_venv_packages(types.SimpleNamespace(version=version))['pip'])"
    )
    command = [str(place.python), "-c", program, *versions]
    wanted = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    cache = home(place.python) / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in sorted(set(wanted)):
        path = cache / f"get_pip_{version.replace('.', '_')}.py"
        wheel = cache / f"pip-{version}-py3-none-any.whl"
        if not wheel.exists():
            download = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
            call([str(place.python), *download, "--dest", str(cache), f"pip=={version}"], place, log)
        path.write_text(STAND_IN.format(wheel=str(wheel)), encoding="utf-8")


# package


def package(place: Place) -> list[Outcome]:
    """Build the package, install it into an empty directory, and look at what came out."""
    log = place.log("package")
    shutil.rmtree(place.root, ignore_errors=True)
    place.root.mkdir(parents=True)
    # From the checkout itself, .venv, .build and all, as the one who releases it would.
    if call(
        [place.tool("ansible-galaxy"), "collection", "build", "--output-path", str(place.root)],
        place,
        log,
        cwd=tree.CHECKOUT,
    ):
        return [Outcome("ansible-galaxy collection build", "failed", log)]
    archive = next(place.root.glob("*.tar.gz"))
    outcomes = [Outcome("ansible-galaxy collection build", "passed", log), contents(archive, log)]
    install = ["collection", "install", "--offline", "--collections-path", str(place.root), str(archive)]
    if call([place.tool("ansible-galaxy"), *install], place, log, cwd=place.root, append=True):
        return [*outcomes, Outcome("ansible-galaxy collection install", "failed", log)]
    outcomes.append(Outcome("ansible-galaxy collection install", "passed", log))
    installed = place.root / tree.PLACE
    for kind in DOCUMENTED:
        outcomes += documented(place, installed, kind, log)
    for path in sorted((installed / "roles").glob("*/meta/argument_specs.yml")):
        outcomes.append(doc(place, "role", [path.parent.parent.name], log))
    for path in sorted((installed / "playbooks").glob("*.yml")):
        command = [
            place.tool("ansible-playbook"),
            "--syntax-check",
            "-i",
            "localhost,",
            f"{NAME}.{path.stem}",
        ]
        status = call(command, place, log, cwd=place.root, append=True)
        outcomes.append(Outcome(f"playbook {path.stem}", "failed" if status else "passed", log))
    return outcomes


def contents(archive: pathlib.Path, log: pathlib.Path) -> Outcome:
    """Check that the package holds what a user needs and nothing else."""
    with tarfile.open(archive) as opened:
        names = [name for name in opened.getnames() if name not in ("MANIFEST.json", "FILES.json")]
    holds = functools.partial(lambda path, name: name == path or name.startswith(f"{path}/"))
    missing = [path for path in WANTED if not any(holds(path, name) for name in names)]
    extra = [
        name
        for name in names
        if name.startswith(".") or any(holds(path, name) or f"/{path}" in name for path in UNWANTED)
    ]
    with open(log, "a", encoding="utf-8") as stream:
        stream.write(
            f"{archive.name} holds {len(names)} files and directories, missing: {missing}, unwanted: "
            f"{extra}\n"
        )
    why = "; ".join(
        filter(None, (missing and f"lacks {', '.join(missing)}", extra and f"holds {', '.join(extra)}"))
    )
    return Outcome("package contents", "failed" if why else "passed", log, why=why)


def documented(place: Place, installed: pathlib.Path, kind: str, log: pathlib.Path) -> list[Outcome]:
    """Check that ansible-doc knows each plugin of a kind, one outcome for each."""
    directory = installed / "plugins" / ("modules" if kind == "module" else kind)
    names = sorted(path.stem for path in directory.glob("*.py") if path.stem != "__init__")
    return [doc(place, kind, names, log)] if names else []


def doc(place: Place, kind: str, names: list[str], log: pathlib.Path) -> Outcome:
    """Ask ansible-doc for plugins of one kind: all must have documentation."""
    wanted = [f"{NAME}.{name}" for name in names]
    command = [place.tool("ansible-doc"), "-t", kind, "--json", *wanted]
    result = subprocess.run(
        command,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=place.root,
        env=place.environment(),
        check=False,
    )
    try:
        found = json.loads(result.stdout)
    except ValueError:
        found = {}
    missing = [name for name in wanted if not found.get(name) or "error" in found[name]]
    with open(log, "a", encoding="utf-8") as stream:
        stream.write(f"+ {' '.join(command)}\n{result.stderr}{len(found)} found, missing: {missing}\n")
    why = f"no documentation: {', '.join(missing)}" if missing or result.returncode else ""
    return Outcome(f"ansible-doc {kind} {', '.join(names)}", "failed" if why else "passed", log, why=why)
