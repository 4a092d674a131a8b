# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the roles are made of: variables are checked in plain words, tables are shown, a gate is one task."""

from __future__ import annotations

import json
import pathlib
from unittest import mock

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.minerops.whatsminer.plugins.action import check_variables, firmware_gate, show
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.fleet import Tally

ROLES = pathlib.Path(__file__).resolve().parents[4] / "roles"
CHECKSUM = "sha256:" + "1" * 64


def action(module, variables=None, **arguments):
    """The action plugin of *module*, for a task with *arguments*."""
    task = mock.Mock(
        args=arguments, action=module.__name__, async_val=0, check_mode=False, diff=False, delegate_to=None
    )
    loader = DataLoader()
    return module.ActionModule(
        task, mock.Mock(), mock.Mock(), loader, Templar(loader, variables=variables or {}), mock.Mock()
    )


def trusted(value):
    """*value* with its templates, as they come from a file."""
    try:
        from ansible.template import trust_as_template
    except ImportError:
        return value
    if isinstance(value, dict):
        return {key: trusted(inner) for key, inner in value.items()}
    return trust_as_template(value) if isinstance(value, str) else value


def checked(role, entry_point="main", **variables):
    """What is wrong with *variables* of a role, besides its defaults."""
    known = {"groups": {"miners": ["a"]}, "inventory_hostname": "a"}
    for kind in ("defaults", "vars"):
        path = ROLES / role / kind / "main.yml"
        known.update(trusted(yaml.safe_load(path.read_text())) if path.exists() else {})
    known.update(variables)
    result = action(check_variables, known, role_path=str(ROLES / role), entry_point=entry_point).run(
        task_vars=known
    )
    assert result["changed"] is False
    return result["msg"] if result.get("failed") else None


# --- Variables
# --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"drift_table": "all"}, None),
        (
            {"drift_table": "some"},
            "value of drift_table must be one of: auto, all, problems, none, got: some",
        ),
        (
            {"drift_title_": "x"},
            "drift_title_ is no variable of minerops.whatsminer; the nearest is drift_title.",
        ),
    ],
)
def test_variables_of_the_drift_role_that_make_no_sense_are_named_in_plain_words(variables, complaint):
    said = checked("drift", **variables)
    assert said is None if complaint is None else said.startswith(complaint)


@pytest.fixture
def rollout_variables(tmp_path, monkeypatch):
    """Variables of the firmware role that are right. The image is an empty file: its checksum is believed."""
    (tmp_path / "image.bin").touch()

    def verify(path, checksum):
        if checksum != CHECKSUM:
            raise BadParameter("checksum", "that of the file at src")

    lookup = check_variables.lookup_loader.get("minerops.whatsminer.firmware_image")
    monkeypatch.setitem(lookup.run.__globals__, "parts_of", lambda path: [])
    monkeypatch.setattr(lookup.run.__globals__["files"], "verify", verify)
    return {
        "firmware_declared": {
            "M50": {"version": "20240101.1.REL", "src": str(tmp_path / "image.bin"), "checksum": CHECKSUM}
        },
        "firmware_state_file": str(tmp_path / "state.json"),
    }


def test_variables_of_a_rollout_that_are_right_are_taken(rollout_variables, tmp_path):
    assert checked("firmware", **rollout_variables) is None
    (tmp_path / "state.json").write_text("{}")
    assert checked("firmware", **rollout_variables) is None


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"firmware_declared": {}}, "firmware_declared must say which firmware"),
        ({"firmware_batches": [5, 50]}, "firmware_batches must be growing shares"),
        ({"firmware_max_down_percent": 0}, "firmware_max_down_percent must be above 0"),
        (
            {"firmware_max_down": 5},
            "firmware_max_down is no variable of minerops.whatsminer; the nearest is "
            "firmware_max_down_percent",
        ),
        (
            {"firmware_sites": ["nowhere"]},
            "firmware_sites must be groups of the inventory, and there is no nowhere",
        ),
    ],
)
def test_variables_of_a_rollout_that_make_no_sense_are_named_in_plain_words(
    rollout_variables, changes, complaint
):
    assert checked("firmware", **{**rollout_variables, **changes}).startswith(complaint)


def test_an_image_that_is_missing_or_another_is_named_in_plain_words(rollout_variables, tmp_path):
    (entry,) = rollout_variables["firmware_declared"].values()
    another = {"M50": {**entry, "checksum": "sha256:" + "2" * 64}}
    said = checked("firmware", **{**rollout_variables, "firmware_declared": another})
    assert said.startswith(
        f"the firmware image {tmp_path}/image.bin: checksum must be that of the file at src"
    )
    missing = {"M50": {**entry, "src": "nowhere.bin"}}
    assert (
        checked("firmware", **{**rollout_variables, "firmware_declared": missing})
        == "there is no firmware image nowhere.bin"
    )


def test_a_damaged_state_file_is_told_with_what_to_do(rollout_variables, tmp_path):
    (tmp_path / "state.json").write_text("{")
    assert checked("firmware", **rollout_variables).startswith(
        f"firmware_state_file: {tmp_path}/state.json holds no JSON object: restore it"
    )


# --- Tables
# -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lines", [["one", "two \x1b[2J"], "one\ntwo \x1b[2J\n"])
def test_a_table_is_displayed_by_the_action_itself_and_cannot_control_the_screen(lines, monkeypatch):
    displayed = []
    monkeypatch.setattr(show.Display, "display", lambda self, text, **more: displayed.append(text))
    result = action(show, lines=lines).run(task_vars={})
    assert displayed == ["one\ntwo \\x1b[2J"]
    assert (result["changed"], result["lines"]) == (False, ["one", "two \\x1b[2J"])


# --- The gate
# ---------------------------------------------------------------------------------------------------------

NEW = "20240101.1.REL"
KEPT = {
    host: {
        "verdict": "pending",
        "reasons": [],
        "batch": 1,
        "sent": True,
        "target": {"version": NEW, "checksum": CHECKSUM},
        "before": {
            "version": "20230101.1.REL",
            "mac": f"C4:05:08:00:00:0{number}",
            "hashrate_ths": 100.0,
            "errors": [],
        },
        "earlier": None,
    }
    for number, host in enumerate(("a", "b"))
}
RULES = {
    "canaries": 1,
    "batches": [100],
    "max_down_percent": 50,
    "hashrate_percent": 90,
    "expected_hashrate_percent": 70,
    "allowed_errors": [],
    "retry_failed": False,
    "wait_timeout": 60,
    "gate_timeout": 60,
    "gate_delay": 7,
    "settle": 1,
    "sites": [],
    "groups": {},
}


def reading(number, rate):
    known = {
        "mac": f"C4:05:08:00:00:0{number}",
        "state": "on",
        "firmware_version": NEW,
        "errors": [],
        "hashrate_ths": {"realtime": rate},
    }
    return {"changed": False, "ansible_facts": {"whatsminer": known}}


@pytest.fixture
def gate(monkeypatch):
    """gate(readings, **rules): (the result, the pauses, what was displayed), with *readings* of a and b at
    each look."""

    def go(looks, **rules):
        pauses, displayed = [], []
        monkeypatch.setattr(firmware_gate, "_pause", pauses.append)
        monkeypatch.setattr(firmware_gate, "time", mock.Mock(monotonic=lambda: sum(pauses)))
        monkeypatch.setattr(
            firmware_gate.Display, "display", lambda self, text, **more: displayed.append(text)
        )
        plugin = action(firmware_gate, hosts=["a", "b"], kept=KEPT, rules={**RULES, **rules})
        left = iter(looks)

        def serve(*given, **more):
            tally = Tally(2)
            for number, (host, rate) in enumerate(zip("ab", next(left))):
                tally.add(host, reading(number, rate))
            return tally

        monkeypatch.setattr(plugin, "_prepare", lambda task_vars: None)
        monkeypatch.setattr(plugin, "_jobs", lambda *given, **more: [])
        monkeypatch.setattr(plugin, "_serve", serve)
        return plugin.run(task_vars={"hostvars": {"a": {}, "b": {}}}), pauses, displayed

    return go


def test_the_gate_looks_again_until_all_passed_and_says_only_what_is_new(gate):
    result, pauses, displayed = gate([(0, 0), (0, 0), (95, 0), (95, 0), (95, 92)])
    assert {host: keep["verdict"] for host, keep in result["kept"].items()} == {"a": "passed", "b": "passed"}
    assert pauses == [7.0] * 4
    assert [line.partition(",")[0] for line in displayed] == [
        "0 of 2 miners passed the gate",
        "1 of 2 miners passed the gate",
    ]
    assert result["changed"] is False and result["msg"] == "2 of 2 miners passed the gate, after 28 s"


def test_who_has_not_passed_when_the_time_is_over_fails_with_the_reason(gate):
    result, pauses, _displayed = gate([(95, 0)] * 3, gate_timeout=10)
    assert {host: keep["verdict"] for host, keep in result["kept"].items()} == {"a": "passed", "b": "failed"}
    assert result["kept"]["b"]["reasons"] == ["it hashes at 0 TH/s, 0 % of the 100 before"]
    assert pauses == [7.0, 7.0] and json.dumps(result["kept"])
