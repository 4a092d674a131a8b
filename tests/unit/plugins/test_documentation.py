# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules' documentation and the package's metadata say is so."""

from __future__ import annotations

import importlib
import importlib.util
import json
import pathlib
import re

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import readings, reads
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.reader import parse_reply
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3 import readings as readings3
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3.replies import parse as parse_reply3
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import OPTIONS

COLLECTION = pathlib.Path(__file__).resolve().parents[3]
PREFIX = "minerops.whatsminer."
MODULES = sorted(path.stem for path in (COLLECTION / "plugins" / "modules").glob("whatsminer_*.py"))


def module(name):
    return importlib.import_module(f"ansible_collections.minerops.whatsminer.plugins.modules.{name}")


def runtime():
    return yaml.safe_load((COLLECTION / "meta" / "runtime.yml").read_text())


def tasks_of(text):
    """(module, arguments) of each task of ours in YAML that holds tasks, plays, or blocks."""

    def walk(node):
        if isinstance(node, list):
            for inner in node:
                yield from walk(inner)
        elif isinstance(node, dict):
            for key, value in node.items():
                if key.startswith(PREFIX) and key.removeprefix(PREFIX) in MODULES:
                    yield key.removeprefix(PREFIX), value or {}
                elif key in ("tasks", "block", "rescue", "always", "pre_tasks", "post_tasks"):
                    yield from walk(value)

    return list(walk(yaml.safe_load(text)))


def is_template(value):
    return isinstance(value, str) and "{{" in value


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_each_module_are_tasks_that_it_takes(name):
    tasks = tasks_of(module(name).EXAMPLES)
    assert name in {used for used, _arguments in tasks}
    for used, arguments in tasks:
        spec = {**OPTIONS, **module(used).ARGUMENTS}
        # What a template will give isn't known here; that the option exists is.
        spec = {
            key: {"type": "raw"} if is_template(arguments.get(key)) else option
            for key, option in spec.items()
        }
        assert ArgumentSpecValidator(spec).validate(arguments).error_messages == []


@pytest.mark.parametrize("name", MODULES)
def test_each_module_is_run_directly_and_takes_group_defaults(name):
    assert runtime()["plugin_routing"]["modules"][name] == {"action_plugin": PREFIX + name}
    assert name in runtime()["action_groups"]["whatsminer"]
    assert (COLLECTION / "plugins" / "action" / f"{name}.py").exists()


def test_the_readme_lists_every_module():
    readme = (COLLECTION / "README.md").read_text()
    assert [name for name in MODULES if f"| `{name}` |" not in readme] == []


def test_the_readme_lists_what_the_matrix_tests():
    tool = COLLECTION / "tests" / "tools" / "pythons.py"
    spec = importlib.util.spec_from_file_location("pythons", tool)
    pythons = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pythons)
    versions = " | ".join(pythons.MATRIX)
    runs_on = " | ".join(f"{major}.{minor}" for _file, (major, minor) in pythons.MATRIX.values())
    readme = (COLLECTION / "README.md").read_text()
    assert f"| version | {versions} |" in readme
    assert f"| Python | {runs_on} |" in readme


# --- Facts --------------------------------------------------------------------------------------------------


def documented_facts():
    """Each documented fact, ``hashrate_ths.average`` and ``boards.slot`` included -> its documentation."""

    def walk(contains, prefix=""):
        for name, entry in contains.items():
            yield prefix + name, entry
            yield from walk(entry.get("contains", {}), f"{prefix}{name}.")

    returned = yaml.safe_load(module("whatsminer_facts").RETURN)
    return dict(walk(returned["ansible_facts"]["contains"]["whatsminer"]["contains"]))


def shown_facts():
    """Each fact that the recorded forms of all firmware show -> its values."""
    found = {}

    def walk(known, prefix=""):
        for name, value in known.items():
            found.setdefault(prefix + name, []).append(value)
            if name == "raw":
                continue
            for inner in value if isinstance(value, list) else [value]:
                if isinstance(inner, dict):
                    walk(inner, f"{prefix}{name}.")

    for folder, parse, normalise in (
        ("fixtures", parse_reply, readings.normalise),
        ("_api/v3/fixtures", parse_reply3, readings3.normalise),
    ):
        for path in (COLLECTION / "tests/unit/plugins/module_utils" / folder).glob("api_*.json"):
            answers = json.loads(path.read_text())
            replies = {
                command: parse(json.dumps(answer).encode())
                for command, answer in answers.items()
                if not isinstance(answer, str)
            }
            walk(normalise(replies))
    return found


# What no subset gathers, what the clients add, and what a word of the miner's is a key of.
NOT_GATHERED = {"custom_data", "pools.id"}
ADDED = {"api.port"}
BY_WORD = re.compile(r"(custom_data|permissions)\..*")


def test_every_fact_is_documented_and_no_other():
    tables = {
        *(fact for api in (readings, readings3) for fact in api._FACTS),
        *(f"boards.{name}" for api in (readings, readings3) for name in api._BOARD),
        *(f"pools.{name}" for api in (readings, readings3) for name in api._POOL),
        *readings3._DETAILS,
        *ADDED,
    } - NOT_GATHERED
    shown = {fact for fact in shown_facts() if not BY_WORD.match(fact)} - NOT_GATHERED
    documented = documented_facts()
    assert tables - set(documented) == set()
    assert set(shown) - set(documented) == set()
    assert set(documented) - set(shown) - tables == set()


def test_facts_have_the_documented_types():
    types = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict}
    shown = shown_facts()
    for name, entry in documented_facts().items():
        for value in shown.get(name, ()):
            assert isinstance(value, types[entry["type"]]) and isinstance(value, bool) == (
                entry["type"] == "bool"
            ), name
        assert re.match(r"by (all|some|API [0-9])", entry["returned"]), f"which firmware shows {name}?"


def test_every_subset_is_documented():
    options = yaml.safe_load(module("whatsminer_facts").DOCUMENTATION)["options"]
    assert set(re.findall(r"C\((\w+)\)", " ".join(options["gather_subset"]["description"]))) == set(
        reads.READS
    )
