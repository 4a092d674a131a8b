# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A hold is taken, changed and ended as declared, on the controller, whether the miner answers or not."""

from __future__ import annotations

import asyncio

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import HoldStore
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import OPTIONS, outcome
from ansible_collections.minerops.whatsminer.plugins.modules import whatsminer_hold

MAC = "C4:05:08:00:02:3B"


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "holds").mkdir()
    return str(tmp_path / "holds")


@pytest.fixture
def hold(directory):
    """hold(**options): the task result. Nothing answers at the miner's address."""

    def go(check_mode=False, **options):
        given = {
            "host": "127.0.0.1",
            "port": 1,
            "retries": 0,
            "holds": directory,
            "hold_as": "rack1-01",
            "mac": MAC,
        }
        validated = ArgumentSpecValidator({**OPTIONS, **whatsminer_hold.ARGUMENTS}).validate(
            {**given, **options}
        )
        assert not validated.error_messages
        return asyncio.run(
            outcome(
                whatsminer_hold.run, validated.validated_parameters, check_mode, diff=True, name="rack1-01"
            )
        )

    return go


def test_four_beats(hold, directory, monkeypatch):
    monkeypatch.setattr(whatsminer_hold.time, "time", lambda: 1e9)
    for state in ("present", "absent"):
        results = [hold(check_mode, state=state, until="2001-12-01T00:00") for check_mode in (True, False)]
        assert [result["changed"] for result in results] == [True, True]
        assert results[0]["diff"] == results[1]["diff"] and results[0]["holds"] == results[1]["holds"]
        again = [hold(check_mode, state=state, until="2001-12-01T00:00") for check_mode in (True, False)]
        assert [result["changed"] for result in again] == [False, False]
        assert (HoldStore(directory).find("rack1-01") is None) == (state == "absent")


def test_check_mode_takes_no_hold(hold, directory):
    assert hold(check_mode=True)["holds"][0]["reason"] == "maintenance"
    assert HoldStore(directory).all() == []


def test_a_hold_is_changed_without_beginning_anew(hold, monkeypatch):
    monkeypatch.setattr(whatsminer_hold.time, "time", lambda: 1e9)
    hold(kind="power", reason="grid")
    monkeypatch.setattr(whatsminer_hold.time, "time", lambda: 1e9 + 60)
    result = hold(kind="power", reason="grid", until="+1h", comment="longer")
    (shown,) = result["holds"]
    assert result["changed"] and shown["comment"] == "longer" and shown["until"] is not None
    assert result["diff"]["before"]["grid"]["since"] == shown["since"]


def test_holds_of_several_reasons_stand_side_by_side(hold):
    hold(reason="a")
    assert [shown["reason"] for shown in hold(reason="b", kind="power")["holds"]] == ["a", "b"]
    assert [shown["reason"] for shown in hold(reason="a", state="absent")["holds"]] == ["b"]
    assert hold(reason="c", state="absent")["changed"] is False


def test_a_hold_that_is_over_is_warned_of_and_taken_anew(hold, monkeypatch):
    monkeypatch.setattr(whatsminer_hold.time, "time", lambda: 1e9)
    hold(until="+1h")
    monkeypatch.setattr(whatsminer_hold.time, "time", lambda: 1e9 + 7200)
    result = hold(reason="other")
    assert [shown["over"] for shown in result["holds"]] == [True, False]
    assert result["warnings"][0].startswith("the hold by maintenance has been over since ")
    result = hold(until="+1h")
    assert result["changed"] and "warnings" not in result
    assert result["diff"]["before"]["maintenance"]["since"] != result["diff"]["after"]["maintenance"]["since"]


def test_the_mac_of_the_inventory_is_kept_and_a_silent_miner_can_be_held_without_one(hold, directory):
    hold()
    assert HoldStore(directory).find("another name", MAC).host == "rack1-01"
    assert hold(hold_as="rack1-02", mac=None)["changed"] is True
    assert HoldStore(directory).find("rack1-02").mac is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"until": "soon"}, "until must be a moment to come"),
        ({"until": "2020-01-01T00:00"}, "until must be a moment to come"),
        ({"reason": " "}, "reason must be 1 to 100 printable"),
        ({"comment": "a\nb"}, "comment must be 0 to 500 printable"),
        ({"holds": "/nowhere/holds"}, "the directory of the holds, /nowhere/holds (whatsminer_holds), isn't"),
    ],
)
def test_what_makes_no_sense_is_refused_in_plain_words(hold, directory, options, words):
    result = hold(**options)
    assert result["failed"] and words in result["msg"] and not result["changed"]
    assert HoldStore(directory).all() == []
