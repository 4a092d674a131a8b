# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A misspelt variable is named, and no other is."""

from __future__ import annotations

import pathlib
import re

import pytest
import yaml
from ansible import constants as C
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet import direct, variable_names

COLLECTION = pathlib.Path(__file__).resolve().parents[5]


def problem(variables, resolve=lambda value: value):
    return variable_names.problem(variables, resolve)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("whatsminer_pool", "whatsminer_pools"),
        ("whatsminer_passwrod", "whatsminer_password"),
        ("curtailment_sper", "curtailment_spare"),
        ("firmware_max_down_precent", "firmware_max_down_percent"),
        ("drift_json", "drift_json_file"),
        ("baseline_concurency", "baseline_concurrency"),
        ("health_tresholds", "health_thresholds"),
        ("export_csv", "export_csv_file"),
        ("whatsminer_report_column", "whatsminer_report_columns"),
    ],
)
def test_a_misspelt_variable_is_named_with_the_nearest_that_there_is(written, meant):
    text = problem({"ansible_host": "192.0.2.1", written: 1, "whatsminer_mac": "x"})
    assert text.startswith(f"{written} is no variable of minerops.whatsminer; the nearest is {meant}. ")


def test_all_misspelt_variables_are_named():
    text = problem({"firmware_zzzzzzzzzz": 1, "curtailment_sper": 1})
    assert (
        "curtailment_sper is" in text
        and "firmware_zzzzzzzzzz is no variable of minerops.whatsminer. Nothing" in text
    )


def test_names_that_begin_otherwise_are_nobody_elses_business():
    assert (
        problem(
            {
                "whatsminer": 1,
                "my_whatsminer_pool": 1,
                "_curtailment_x": 1,
                "firmwares": 1,
                "site_pool_url": 1,
            }
        )
        is None
    )


def test_every_variable_of_a_role_and_of_the_connection_is_known():
    names = set(C.config.get_plugin_vars("connection", direct.API_PLUGIN))
    for spec in COLLECTION.glob("roles/*/meta/argument_specs.yml"):
        for entry_point in yaml.safe_load(spec.read_text())["argument_specs"].values():
            names |= set(entry_point["options"])
    assert {"whatsminer_mac", "whatsminer_pools", "curtailment_spare"} <= names
    assert problem(dict.fromkeys(names, 1)) is None
    assert {name for name in names if name.startswith(variable_names.PREFIXES)} <= variable_names.DOCUMENTED


def test_what_roles_and_playbooks_register_and_set_is_known():
    registered = re.compile(r"(?:register|loop_var|index_var): (\w+)")
    texts = [
        path.read_text() for folder in ("roles", "playbooks") for path in (COLLECTION / folder).rglob("*.yml")
    ]
    names = {name for text in texts for name in registered.findall(text)}
    assert "baseline_result" in names
    facts = {"whatsminer_applied": {}, "firmware_counts": {}, "curtailment_result": {}, "drift_counts": {}}
    assert problem({**dict.fromkeys(names, 1), **facts}) is None


def test_examples_use_known_variables_only():
    prefixed = re.compile(rf"^ *((?:{'|'.join(variable_names.PREFIXES)})\w+):", re.MULTILINE)
    names = {
        name
        for path in (COLLECTION / "examples").rglob("*.yml")
        for name in prefixed.findall(path.read_text())
    }
    assert "whatsminer_pools" in names
    assert problem(dict.fromkeys(names, 1)) is None


@pytest.mark.parametrize("own", [["firmware_dell_*", "whatsminer_rack"], "{{ mine }}"])
def test_declared_names_of_ones_own_are_let_through_and_no_others(own):
    def resolve(value):
        return ["firmware_dell_*", "whatsminer_rack"] if value == "{{ mine }}" else value

    variables = {"whatsminer_own_variables": own, "firmware_dell_version": 1, "whatsminer_rack": 3}
    assert problem(variables, resolve) is None
    assert problem({**variables, "whatsminer_pool": 1}, resolve).startswith("whatsminer_pool is no variable")


def test_a_column_of_the_reports_needs_no_second_declaration():
    variables = {"whatsminer_report_columns": ["whatsminer_rack"], "whatsminer_rack": 3, "whatsminer_site": 1}
    assert problem(variables) is None
    assert problem({**variables, "whatsminer_pool": 1}).startswith("whatsminer_pool is no variable")


@pytest.mark.parametrize("own", [{"a": 1}, 7, [1]])
def test_a_list_of_own_names_that_is_none_is_refused(own):
    assert "must be a list of names" in problem({"whatsminer_own_variables": own, "whatsminer_rack": 3})
