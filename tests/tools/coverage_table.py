# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/api-coverage.md: what each API has for what is declared, done and read, and what proves it.

    python3 tests/tools/coverage_table.py

Nothing of it is typed twice: commands come from the APIs' commands.py, what shows a fact from their
readings.py, modules and options from the settings that name a command, tests from the files that do.
"""

from __future__ import annotations

import ast
import functools
import pathlib
import re
import sys
import typing

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "api-coverage.md"
SETTINGS = ROOT / "plugins" / "module_utils" / "_settings"
UNIT_TESTS = ROOT / "tests" / "unit" / "plugins" / "module_utils"
TARGETS = ROOT / "tests" / "integration" / "targets"
WAYS = TARGETS / "setup_fleet" / "ways.yml"

APIS = (2, 3)
HEAD = """<!--
SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
SPDX-License-Identifier: GPL-3.0-or-later
Written by `make tables`; changes made here are lost.
-->

# What of the APIs is covered

API 2 is spoken on port 4028 (documents V1.3.11, 2.0.5 and 2.2.2), API 3 on port 4433 (document 3.0.3). A
miner that has both is spoken to over API 3, and over API 2 for what only that has.
"""
DECLARED = """
## What is declared or done

How each API shows it, and with which command it is written. "-" means that the API has no way: what isn't
shown is recorded as applied, and what can't be written fails with the cause `unsupported`. Every setting but
those of `whatsminer_user` is also an option of `whatsminer_config`.

"""
FACTS = """
## What is read

The commands that may show a fact, in order of preference. Which of them do depends on the firmware.

"""
COMMANDS_OF = """
## Commands of API {api}

{more}

"""
MORE = {
    2: """Each section of the document V1.3.11, and the commands that later documents added. "API" says which
documents have the command; firmware doesn't keep to that, so it is tried all the same, and a refusal names
it. Every command can be sent as it stands by `whatsminer_command`, but for the two that transfer a file.""",
    3: """Every command of the document. `whatsminer_command` sends each as it stands, but for the two that
transfer a file, and `set.miner.report`, which has no end. It also sends commands that the document doesn't
have.""",
}
COLUMNS = {
    2: ("Section", "Command", "What it is", "API", "Module", "Option", "Proved by"),
    3: ("Command", "What it is", "API", "Module", "Option", "Proved by"),
}
DECLARED_COLUMNS = (
    "Module",
    "Option",
    "API 2 shows it by",
    "and writes it by",
    "API 3 shows it by",
    "and writes it by",
)
FACT_COLUMNS = ("Fact", "API 2", "API 3")
NOTHING = "-"

# What the source of the settings doesn't say: the options of a setting that has several, the facts of one
# that has, and what shows a setting where no fact does.
OPTIONS = {
    "net": "proto, address, netmask, gateway, dns, hostname",
    "led": "mode, color, period, duration, start",
    "timezone": "timezone, zonename",
    "user.password": "password, old_password",
}
FACTS_OF = {"net": ("network.address",), "timezone": ("timezone",)}
SHOWN_OTHERWISE = {
    "ssh": {2: "its port", 3: "its port"},
    "user.password": {3: "trying it"},
    "whatsminer_password": {2: "trying it", 3: "trying it"},
}

# What isn't a setting: (module, option) -> the commands of each API, and the facts that prove it.
ACTS = {
    ("whatsminer_reboot", "scope: miner"): ("reboot", "set.system.reboot", "uptime_seconds"),
    ("whatsminer_reboot", "scope: btminer"): ("restart_btminer", "set.miner.service", "elapsed_seconds"),
    ("whatsminer_password", "old_password, new_password"): ("update_pwd", "set.user.change_passwd"),
    ("whatsminer_firmware", "src, version, checksum, force"): (
        "update_firmware",
        "set.system.update_firmware",
        "firmware_version",
    ),
    ("whatsminer_factory_reset", "confirm"): ("factory_reset", "set.system.factory_reset", "uptime_seconds"),
    ("whatsminer_logs", "dest"): ("download_logs", "get.log.download"),
}
# What is sent for the sake of others.
MEANS = {
    "get_token": ("all that write", "password"),
    "set.miner.report": ("whatsminer_password", "old_password, new_password"),  # tries passwords
}
# What the settings have another command for (devs is the same as edevs), what only a sealed request reads,
# what no document describes, and what is no state that anybody keeps.
AS_IT_STANDS = (
    "devs",
    "set_fast_mining",
    "get_customer_msg",
    "time_randomized",
    "set_fan_speed",
    "get.miner.history",
    "set.miner.cointype",
    "set.miner.restore_setting",
    "set.system.time_randomized",
)
CIPHERTEXT = (
    "4.1",
    "`enc`",
    "Ciphertext of sealed commands",
    "1.3 on",
    "all that write",
    "password",
    "_api/v2/test_cipher.py",
)


class Api(typing.NamedTuple):
    """What the sources say of one API: name -> Command, subset -> commands, fact -> commands that show it."""

    commands: dict
    subsets: dict
    shown_by: dict


class Setting(typing.NamedTuple):
    """A class in a file of settings: the commands that it names, and the facts that show it."""

    name: str
    module: str
    option: str
    facts: tuple
    commands: frozenset


@functools.cache
def apis():
    """{generation: Api}, of module_utils/_api, which needs no Ansible."""
    sys.path.insert(0, str(ROOT / "plugins"))
    try:
        from module_utils._api.v2 import commands as commands2
        from module_utils._api.v2 import readings as readings2
        from module_utils._api.v2 import reads as reads2
        from module_utils._api.v3 import commands as commands3
        from module_utils._api.v3 import readings as readings3
        from module_utils._api.v3 import reads as reads3
    finally:
        sys.path.pop(0)
    status = dict.fromkeys(reads3.STATUS_SECTIONS, reads3.STATUS)

    def whole(places):
        return tuple(dict.fromkeys(status.get(place, place) for place in places))

    return {
        2: Api(commands2.COMMANDS, reads2.READS, readings2._SHOWN_BY),
        3: Api(
            commands3.COMMANDS,
            {subset: whole(places) for subset, places in reads3.READS.items()},
            {fact: whole(places) for fact, places in readings3._SHOWN_BY.items()},
        ),
    }


@functools.cache
def settings():
    """All Settings, in the order of their files and in that of each file: those of the file's own, then those
    of other files that it declares too.
    """
    trees = {
        f"whatsminer_{path.stem}": ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(SETTINGS.glob("[a-z]*.py"))
    }
    own = {module: dict(_settings_in(module, tree)) for module, tree in trees.items()}
    classes = {name: setting for found in own.values() for name, setting in found.items()}
    found = []
    for module, tree in trees.items():
        others = sorted(_declared_in(tree) & (classes.keys() - own[module].keys()))
        found += [*own[module].values(), *(classes[name]._replace(module=module) for name in others)]
    return tuple(setting for setting in found if setting.name)


def _declared_in(tree):
    """The names in the function that makes Settings of options."""
    return {
        inner.id
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name == "declared"
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name)
    }


def _settings_in(module, tree):
    """(name of the class, Setting) of each class in *tree*, the file of *module*."""
    tables = {name: _words(node.value) for node in tree.body for name in _assigned(node)}
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        words = _words(node)
        for inner in ast.walk(node):
            words |= tables.get(inner.id, set()) if isinstance(inner, ast.Name) else set()
        told = {
            name: inner.value for inner in node.body for name in _assigned(inner) if name in ("name", "fact")
        }
        name, fact = (ast.literal_eval(told[key]) if key in told else "" for key in ("name", "fact"))
        yield node.name, Setting(
            name,
            module,
            OPTIONS.get(name, name.rpartition(".")[2]),
            FACTS_OF.get(name, (fact,) if fact else ()),
            frozenset(
                words & {it.name for api in apis().values() for it in api.commands.values() if it.writes}
            ),
        )


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


# --- What is declared, done and read ------------------------------------------------------------------------


@functools.cache
def declared_rows():
    """A row for each setting and each act."""
    rows = [
        (
            it.module,
            it.option,
            *(cell for api in APIS for cell in (_shows(it, api), _writes(it.commands, api))),
        )
        for it in settings()
    ]
    for (module, option), names in ACTS.items():
        act = Setting(module, module, option, names, frozenset(names))
        cells = (cell for api in APIS for cell in (_shows(act, api), _writes(names, api, acts=True)))
        rows.append((module, option, *cells))
    return sorted(rows, key=lambda row: row[0])


def _shows(setting, api):
    commands = [command for fact in setting.facts for command in apis()[api].shown_by.get(fact, ())]
    otherwise = SHOWN_OTHERWISE.get(setting.name, {}).get(api, NOTHING)
    return _codes(dict.fromkeys(commands)) or otherwise


def _writes(names, api, acts=False):
    table = apis()[api].commands
    return _codes(name for name in table if name in names and (acts or table[name].writes)) or NOTHING


def _codes(names):
    return ", ".join(f"`{name}`" for name in names)


@functools.cache
def fact_rows():
    """A row for each fact that any API shows."""
    names = {fact for api in APIS for fact in apis()[api].shown_by if not fact.startswith("api.")}
    return [
        (f"`{name}`", *(_codes(apis()[api].shown_by.get(name, ())) or NOTHING for api in APIS))
        for name in sorted(names)
    ]


# --- Commands -----------------------------------------------------------------------------------------------


def coverage(command, api):
    """(modules, options) that cover the command of this name, each once, in order."""
    acting = [option for option, names in ACTS.items() if command in names]
    reading = [
        (it.module, it.option)
        for it in settings()
        if any(command in apis()[api].shown_by.get(fact, ()) for fact in it.facts)
    ]
    subsets = [name for name, names in apis()[api].subsets.items() if command in names and name != "all"]
    found = [(it.module, it.option) for it in settings() if command in it.commands] + acting
    if command in MEANS:
        found.append(MEANS[command])
    elif command in AS_IT_STANDS:
        found.append(("whatsminer_command", "command"))
    elif not found and subsets:
        found.append(("whatsminer_facts", f"gather_subset: {', '.join(subsets)}"))
    elif not found:
        found += reading
    columns = (", ".join(column).split(", ") for column in zip(*found))
    return tuple(", ".join(dict.fromkeys(column)) for column in columns) or ("", "")


@functools.cache
def tests():
    """{integration target, or path of a unit test below module_utils: all its text}."""
    found = {}
    for path in sorted(TARGETS.glob("*/*")):
        if path.is_file() and path.suffix in (".yml", ".sh", ".py") and path.parent.name != "setup_fleet":
            found[path.parent.name] = found.get(path.parent.name, "") + path.read_text(encoding="utf-8")
    for path in sorted(UNIT_TESTS.rglob("test_*.py")):  # only module_utils sends commands
        found[path.relative_to(UNIT_TESTS).as_posix()] = path.read_text(encoding="utf-8")
    return found


@functools.cache
def called_as():
    """{command of API 3: the commands of API 2 by which the targets call it}, as ways.yml translates them."""
    found = {}
    for old, new in re.findall(
        r"^ {6}(\w+): ((?:\w+\.)+\w+)$", WAYS.read_text(encoding="utf-8"), re.MULTILINE
    ):
        found.setdefault(new, set()).add(old)
    return found


def _naming(command):
    """The tests that name *command*, or that call it by its name in API 2 and have miners of API 3."""
    own = re.compile(rf"(?<![\w.]){re.escape(command.name)}(?![\w.])")
    other = re.compile(rf"\b({'|'.join(called_as().get(command.name, ['(?!)']))})\b")
    return [
        test
        for test, text in tests().items()
        if own.search(text) or ("setup_fleet/fleet.yml" in text and other.search(text))
    ]


def proofs(command, api, modules):
    """The tests that prove *command*: of a write the integration targets, else a unit test; of a read the
    closest one.
    """
    naming = _naming(command)
    near = f"_api/v{api}/"
    units = ("test_token_store.py", "test_readings.py", "test_commands.py")
    if command.writes or command.stream:
        targets = [test for test in (*modules, "power_settings", "silent_writes") if test in naming]
        close = ("_settings/test_requests_by_api.py", f"{near}test_commands.py")
        return targets or [test for test in close if test in naming][:1]
    close = (*modules, *(near + unit for unit in units))
    return [test for test in close if test in naming][:1]


@functools.cache
def rows(api):
    """The rows of an API's commands, each a tuple of the columns' texts."""
    found = []
    for name, command in apis()[api].commands.items():
        modules, options = coverage(name, api)
        proof = ", ".join(proofs(command, api, modules.split(", ")))
        versions = command.apis.removeprefix("API ")
        row = (f"`{name}`", command.summary, versions, modules, options, proof)
        found.append((command.section, *row) if api == 2 else row)
    if api == 2:
        found.append(CIPHERTEXT)
        found.sort(key=lambda row: _place(row[0]))
    return found


def _place(section):
    """Where a section stands: the first document's in its order, what later ones added, and what none
    describes.
    """
    if section[0].isalpha() and not section.startswith("API"):
        return [100]
    return [int(part) if part.isdigit() else 99 for part in section.split(".")]


def page():
    """The whole page."""
    parts = [HEAD, DECLARED, _table(DECLARED_COLUMNS, declared_rows())]
    parts += [FACTS, _table(FACT_COLUMNS, fact_rows())]
    for api in APIS:
        parts += [COMMANDS_OF.format(api=api, more=MORE[api]), _table(COLUMNS[api], rows(api))]
    return "".join(parts)


def _table(columns, body):
    lines = [columns, ["---"] * len(columns), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
