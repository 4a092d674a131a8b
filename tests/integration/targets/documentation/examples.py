# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Try each example of the documentation: the commands as far as that goes without miners, the YAML as what it
is.

    examples.py COLLECTION SCRATCH

An example of a kind for which there is no check here is an error.
"""

from __future__ import annotations

import configparser
import importlib.util
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

import yaml

COLLECTION = pathlib.Path(sys.argv[1])
SCRATCH = pathlib.Path(sys.argv[2])
RULEBOOKS = COLLECTION / "extensions/eda/rulebooks"
PAGES = ("README.md", "roles/*/README.md", "docs/*.md", "examples/**/*.md")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# What a run asks for, or takes from files that are the user's own.
OF_THE_USER = {
    "-i": 1,
    "--inventory": 1,
    "-l": 1,
    "--limit": 1,
    "--vault-password-file": 1,
    "--ask-vault-pass": 0,
    "-J": 0,
    "-k": 0,
}
# Programs whose work lies outside of this collection: that the line can be read is all that can be seen here.
OF_OTHERS = {
    "pip",
    "git",
    "cd",
    "cp",
    "export",
    "ansible-galaxy",
    "ansible-vault",
    "ansible-inventory",
    "ansible-builder",
    "awx",
    "curl",
    "node_exporter",
    "openssl",
    "sudo",
}

failures = []


class Loader(yaml.SafeLoader):
    """Reads vaulted values as text."""


Loader.add_constructor("!vault", lambda loader, node: node.value)


def run(*command):
    """Run *command*; what it says is the failure, if it fails."""
    done = subprocess.run(
        command,
        cwd=SCRATCH,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        raise ValueError(f"{shlex.join(map(str, command))}: {done.stdout[-500:]}{done.stderr[-1500:]}")
    return done.stdout


def is_yaml(text):
    """Read YAML as the rulebook, playbook, tasks, inventory, inventory source or variables that it is."""
    content = yaml.load(text, Loader)  # a SafeLoader
    if isinstance(content, list) and any("sources" in play for play in content):
        is_rules(content)
    elif isinstance(content, list) and any(
        "hosts" in play or "ansible.builtin.import_playbook" in play for play in content
    ):
        is_playbook(content)
    elif isinstance(content, list):
        is_playbook([{"hosts": "miners", "gather_facts": False, "tasks": content}])
    elif "plugin" in content:
        check_names(content, source_options() | {"plugin"})
    elif any(isinstance(group, dict) and {"hosts", "children"} & set(group) for group in content.values()):
        (SCRATCH / "inventory.yml").write_text(text)
        run("ansible-inventory", "-i", "inventory.yml", "--list")
        for group in content.values():
            check_names(group.get("vars", {}), variables())
    else:
        check_names(content, variables() | source_options())


def is_rules(rulesets):
    """Give the sources of *rulesets* that are ours their options."""
    for source in (source for ruleset in rulesets for source in ruleset["sources"]):
        for name, options in source.items():
            if name.startswith("minerops.whatsminer."):
                eda_plugin("event_source", name.removeprefix("minerops.whatsminer.")).options_of(options)


def is_playbook(plays):
    """Have Ansible read *plays*."""
    (SCRATCH / "playbook.yml").write_text(yaml.safe_dump(plays))
    run("ansible-playbook", "-i", "miners,", "--syntax-check", "playbook.yml")


def is_commands(text):
    """Try each command line; in a session (`$ ...`) the others are what it printed."""
    text = text.replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines()]
    session = any(line.startswith("$ ") for line in lines)
    for line in lines:
        if line.startswith("$ ") or (line and not session):
            words = shlex.split(line.removeprefix("$ "), comments=True)
            while words and re.fullmatch(r"\w+=\S*", words[0]):
                words.pop(0)
            if words:
                is_command(words)


def is_command(words):
    """Try one command."""
    program = words[0]
    if program == "ansible-playbook":
        is_run(words[1:])
    elif program == "make":
        targets = re.findall(r"^(\w+):", (COLLECTION / "Makefile").read_text(), re.MULTILINE)
        check_names([word for word in words[1:] if "=" not in word], targets)
    elif program == "ansible-doc":
        run(*words)
    elif program == "ansible-rulebook":
        is_rulebook(words[1:])
    elif program.startswith("./"):
        if not any(os.access(path, os.X_OK) for path in COLLECTION.glob(f"examples/*/{program[2:]}")):
            raise ValueError(f"{program} isn't in the examples")
    elif program in (".venv/bin/python", "python3"):  # in a checkout
        missing = [word for word in words[1:] if "/" in word and not (COLLECTION / word).exists()]
        if missing:
            raise ValueError(f"not in the collection: {', '.join(missing)}")
    elif program not in OF_OTHERS:
        raise ValueError(f"no check for the command {program}")


def is_rulebook(words):
    """Look whether a rulebook of the collection is there, and takes the variables of the command line."""
    given = dict(zip(words[::2], words[1::2]))
    text = (RULEBOOKS / (given["-r"].removeprefix("minerops.whatsminer.") + ".yml")).read_text()
    check_names(filter(None, given.get("-E", "").split(",")), re.findall(r"{{ (\w+)", text))


def is_json(text):
    """Read JSON; have the event filter of the rulebooks take the events in it."""
    content = json.loads(text)
    for each in content if isinstance(content, list) else [content]:
        if "event" in each:
            taken = eda_plugin("event_filter", "dispatch_event").main({"payload": each})["dispatch"]
            if taken["command"] != each["event"]:
                raise ValueError(taken["problem"])


def is_run(words):
    """Have Ansible read the playbook of a command line, and look whether its variables are known."""
    kept = []
    words = iter(words)
    for word in words:
        if word in OF_THE_USER:
            for _argument in range(OF_THE_USER[word]):
                next(words)
        elif word in ("-e", "--extra-vars"):
            given = next(words)
            if not given.startswith("@"):
                check_names(extra(given), variables())
        else:
            kept.append(word)
    playbook = next(
        (path for word in kept for path in COLLECTION.glob(f"examples/*/{word}") if path.is_file()), None
    )
    if playbook is None:
        run("ansible-playbook", "-i", "miners,", "--syntax-check", *kept)
    elif "awx.awx." not in playbook.read_text():
        # Those modules aren't here; the target awx reads that playbook.
        run("ansible-playbook", "-i", "miners,", "--syntax-check", str(playbook))


def extra(given):
    """The names that an argument of -e sets."""
    return (
        list(json.loads(given))
        if given.startswith("{")
        else [word.partition("=")[0] for word in shlex.split(given)]
    )


def is_ini(text):
    """Every option of an ansible.cfg is one of Ansible's."""
    config = configparser.ConfigParser()
    config.read_string(text)
    known = {
        (entry["section"], entry["key"])
        for setting in json.loads(run("ansible-config", "list", "--format", "json")).values()
        for entry in setting.get("ini", [])
    }
    check_names([(section, key) for section in config.sections() for key in config[section]], known)


def check_names(names, known):
    """Raise ValueError if one of *names* isn't known."""
    unknown = [name for name in names if name not in known and not str(name).startswith("vault_")]
    if unknown:
        raise ValueError(f"nothing is called {', '.join(map(str, unknown))}")


def remembered(function):
    """*function*, called once."""
    values = []
    return lambda: values[0] if values else values.append(function()) or values[0]


@remembered
def variables():
    """The variables of roles, playbooks and the connection."""
    names = {"ansible_connection"}
    for path in COLLECTION.glob("roles/*/meta/argument_specs.yml"):
        for spec in yaml.safe_load(path.read_text())["argument_specs"].values():
            names |= set(spec.get("options", {}))
    for path in COLLECTION.glob("playbooks/*.yml"):
        names |= set(re.findall(r"""-e (?:'{")?(\w+)[="]""", path.read_text()))
    # Those of hosts that only reports show.
    of_reports = COLLECTION / "plugins/plugin_utils/_fleet/variable_names.py"
    names |= set(re.findall(r'"(whatsminer_\w+)"', of_reports.read_text()))
    for option in documented("connection", "api").values():
        names |= {entry["name"] for entry in option.get("vars", [])}
    return names


def eda_plugin(kind, name):
    """A plugin for Event-Driven Ansible."""
    path = COLLECTION / "extensions/eda/plugins" / kind / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@remembered
def source_options():
    """The options of the inventory plugin."""
    return set(documented("inventory", "discovery"))


def documented(kind, name):
    """The options of a plugin of the collection."""
    (plugin,) = json.loads(run("ansible-doc", "-t", kind, "-j", f"minerops.whatsminer.{name}")).values()
    return plugin["doc"]["options"]


CHECKS = {"yaml": is_yaml, "console": is_commands, "shell": is_commands, "ini": is_ini, "json": is_json}

count = 0
for page in sorted({path for pattern in PAGES for path in COLLECTION.glob(pattern)}):
    for block in BLOCK.finditer(page.read_text()):
        kind, text = block.groups()
        place = f"{page.relative_to(COLLECTION)}, line {page.read_text()[: block.start()].count(chr(10)) + 1}"
        count += 1
        try:
            if kind not in CHECKS:
                raise ValueError(f"no check for examples in {kind or 'no language'}")
            CHECKS[kind](text)
        except (ValueError, yaml.YAMLError, configparser.Error, subprocess.TimeoutExpired) as error:
            failures.append(f"{place}: {error}")

print(*failures, sep="\n")
print(f"{count} examples, {len(failures)} wrong")
sys.exit(1 if failures or count < 10 else 0)
