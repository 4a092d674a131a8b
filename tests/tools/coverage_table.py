# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/api-coverage.md: each command of the API documents, what covers it, and the test that proves it.

    python3 tests/tools/coverage_table.py

Nothing of it is typed twice: commands and sections come from plugins/module_utils/_api/v2/commands.py,
modules and options from the settings that name a command, tests from the files that do.
"""

from __future__ import annotations

import ast
import functools
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "api-coverage.md"
SETTINGS = ROOT / "plugins" / "module_utils" / "_settings"

HEAD = """<!--
SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
SPDX-License-Identifier: GPL-3.0-or-later
Written by `make tables`; changes made here are lost.
-->

# What of the API is covered

Each section of the API document V1.3.11, and the commands that the documents of API 2.0.5 and 2.2.2 added. \
"API" says which
documents have the command; firmware doesn't keep to that, so it is tried all the same, and a refusal names \
it. Every setting is also
an option of `whatsminer_config`, and every command can be sent as it stands by `whatsminer_command`, but \
for the two that transfer a
file.

"""
COLUMNS = ("Section", "Command", "What it is", "API", "Module", "Option", "Proved by")

# What the source of the settings doesn't say: options of a setting that has several, and what isn't a
# setting.
OPTIONS = {
    "net": "proto, address, netmask, gateway, dns, hostname",
    "led": "mode, color, period, duration, start",
    "timezone": "timezone, zonename",
}
ACTS = {
    "restart_btminer": ("whatsminer_reboot", "scope: btminer"),
    "update_firmware": ("whatsminer_firmware", "src, version, checksum, force"),
    "reboot": ("whatsminer_reboot", "scope: miner"),
    "factory_reset": ("whatsminer_factory_reset", "confirm"),
    "update_pwd": ("whatsminer_password", "old_password, new_password"),
    "download_logs": ("whatsminer_logs", "dest"),
    "devs": ("whatsminer_command", "command"),  # the same as edevs, which is what the facts are made of
    "get_token": ("all that write", "password"),
    # What the settings have another command for, what only a sealed request reads, and what no document
    # describes.
    **dict.fromkeys(
        ("set_fast_mining", "get_customer_msg", "time_randomized", "set_fan_speed"),
        ("whatsminer_command", "command"),
    ),
}
CIPHERTEXT = (
    "4.1",
    "`enc`",
    "Ciphertext of sealed commands",
    "1.3 on",
    "all that write",
    "password",
    ("test_cipher.py",),
)


@functools.cache
def commands():
    """{name: Command} of plugins/module_utils/_api/v2/commands.py, which needs no Ansible."""
    sys.path.insert(0, str(ROOT / "plugins"))
    try:
        from module_utils._api.v2.commands import COMMANDS
        from module_utils._api.v2.readings import READS
    finally:
        sys.path.pop(0)
    return COMMANDS, READS


@functools.cache
def settings():
    """{command: (module, option)} for each command that a class in a file of settings names."""
    found = {}
    for path in sorted(SETTINGS.glob("[a-z]*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        tables = {name: _words(node.value) for node in tree.body for name in _assigned(node)}
        for node in tree.body:
            if not isinstance(node, ast.ClassDef):
                continue
            words = _words(node)
            for inner in ast.walk(node):
                words |= tables.get(inner.id, set()) if isinstance(inner, ast.Name) else set()
            setting = next((ast.literal_eval(inner.value) for inner in node.body if _names_it(inner)), None)
            if setting is None:
                continue
            option = OPTIONS.get(setting, setting.rpartition(".")[2])
            for command in words & {name for name, command in commands()[0].items() if command.writes}:
                found[command] = (f"whatsminer_{path.stem}", option)
    return found


def _words(node):
    return {
        inner.value
        for inner in ast.walk(node)
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
    }


def _assigned(node):
    return (
        [target.id for target in node.targets if isinstance(target, ast.Name)]
        if isinstance(node, ast.Assign)
        else []
    )


def _names_it(node):
    return "name" in _assigned(node)


def coverage(command):
    """(module, option) that cover a command."""
    reads = [subset for subset, names in commands()[1].items() if command in names and subset != "all"]
    return (
        settings().get(command)
        or ACTS.get(command)
        or ("whatsminer_facts", f"gather_subset: {', '.join(reads)}" if reads else "")
    )


@functools.cache
def tests():
    """{integration target or unit test file: all its text}."""
    found = {}
    for path in sorted((ROOT / "tests" / "integration" / "targets").glob("*/*")):
        if path.is_file() and path.suffix in (".yml", ".sh", ".py") and path.parent.name != "setup_fleet":
            found[path.parent.name] = found.get(path.parent.name, "") + path.read_text(encoding="utf-8")
    # Only module_utils sends commands. Of it, the tests of API 3 prove nothing of the commands here.
    for path in sorted((ROOT / "tests" / "unit" / "plugins" / "module_utils").rglob("test_*.py")):
        if "v3" not in path.parts:
            found[path.name] = path.read_text(encoding="utf-8")
    return found


def proofs(command, module):
    """The tests that name *command*: of a write the integration targets, else the unit tests; of a read the
    closest one.
    """
    word = re.compile(rf"\b{command.name}\b")
    naming = [test for test, text in tests().items() if word.search(text)]
    if command.writes or command.stream:
        targets = [test for test in (module, "power_settings", "silent_writes") if test in naming]
        return targets or [test for test in ("test_requests_by_api.py", "test_commands.py") if test in naming][:1]
    return [
        test
        for test in (module, "test_token_store.py", "test_readings.py", "test_commands.py")
        if test in naming
    ][:1]


def rows():
    """The table's rows, each a tuple of the columns' texts."""
    found = []
    for name, command in commands()[0].items():
        module, option = coverage(name)
        api = command.apis.removeprefix("API ")
        found.append(
            (command.section, f"`{name}`", command.summary, api, module, option, proofs(command, module))
        )
    found.append(CIPHERTEXT)
    found.sort(key=lambda row: _place(row[0]))
    return [
        tuple(", ".join(cell) if isinstance(cell, (list, tuple)) else cell for cell in row) for row in found
    ]


def _place(section):
    """Where a section stands: the first document's in its order, what later ones added, and what none
    describes.
    """
    if section[0].isalpha() and not section.startswith("API"):
        return [100]
    return [int(part) if part.isdigit() else 99 for part in section.split(".")]


def page():
    """The whole page."""
    lines = [COLUMNS, ["---"] * len(COLUMNS), *rows()]
    return HEAD + "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
