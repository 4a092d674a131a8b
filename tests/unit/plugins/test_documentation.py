# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules' documentation and the package's metadata say is so."""

from __future__ import annotations

import importlib
import pathlib

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.module_utils.execution import OPTIONS

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
        spec = {key: {"type": "raw"} if is_template(arguments.get(key)) else option for key, option in spec.items()}
        assert ArgumentSpecValidator(spec).validate(arguments).error_messages == []


@pytest.mark.parametrize("name", MODULES)
def test_each_module_is_run_directly_and_takes_group_defaults(name):
    assert runtime()["plugin_routing"]["modules"][name] == {"action_plugin": PREFIX + name}
    assert name in runtime()["action_groups"]["whatsminer"]
    assert (COLLECTION / "plugins" / "action" / f"{name}.py").exists()


def test_the_readme_lists_every_module():
    readme = (COLLECTION / "README.md").read_text()
    assert [name for name in MODULES if f"| `{name}` |" not in readme] == []
