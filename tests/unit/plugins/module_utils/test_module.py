# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a module's parameters to its task result: unreachable or failed, and no secret on the way."""

from __future__ import annotations

import importlib
import json

import pytest
from ansible.module_utils import basic
from ansible_collections.minerops.whatsminer.plugins.module_utils import _module
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    BadParameter,
    CommandRefused,
    OutcomeUnknown,
    TimedOut,
    Unreachable,
    WrongPassword,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.result import Result
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import (
    CONNECTION_OPTIONS,
    OPTIONS,
    as_arguments,
    miner_from,
    outcome,
)
from ansible_collections.minerops.whatsminer.plugins.modules import (
    whatsminer_command,
    whatsminer_config,
    whatsminer_password,
    whatsminer_pools,
    whatsminer_user,
)

PLUGINS = "ansible_collections.minerops.whatsminer.plugins"


@pytest.fixture
def params(token_directory):
    defaults = {name: option.get("default") for name, option in OPTIONS.items()}
    return {**defaults, "host": "192.0.2.7", "password": "hunter22", "token_directory": token_directory}


def raising(error, result=None):
    async def run(miner, params, check_mode):
        error.result = result
        raise error

    return run


async def test_a_run_gets_the_miner_its_params_and_check_mode_and_its_result_is_the_task_s(params):
    seen = []

    async def run(miner, given, check_mode):
        seen.append((miner.name, given, check_mode))
        return Result(
            changed=True,
            before={"a": 1},
            after={"a": 2},
            commands=["reboot"],
            warnings=["w"],
            values={"v": 1},
        )

    result = await outcome(run, params, check_mode=True, diff=True)
    assert seen == [("192.0.2.7:4028", params, True)]
    assert result == {
        "changed": True,
        "commands": ["reboot"],
        "warnings": ["w"],
        "v": 1,
        "diff": {"before": {"a": 1}, "after": {"a": 2}},
    }


async def test_without_diff_mode_there_is_no_diff(params):
    async def run(miner, given, check_mode):
        return Result(before={"a": 1})

    assert "diff" not in await outcome(run, params)


async def test_records_come_back_as_a_fact_beside_other_facts():
    result = Result(applied={"x": {"value": "y"}}, values={"ansible_facts": {"whatsminer": {}}})
    assert result.to_dict()["ansible_facts"] == {
        "whatsminer": {},
        "whatsminer_applied": {"x": {"value": "y"}},
    }


@pytest.mark.parametrize("error", [Unreachable("no connection"), TimedOut("no reply")])
async def test_a_miner_that_is_away_is_unreachable_not_failed(params, error):
    result = await outcome(raising(error), params)
    assert result["unreachable"] is True
    assert "failed" not in result
    assert result["changed"] is False


@pytest.mark.parametrize(
    "error",
    [CommandRefused("no", code=132), WrongPassword("no"), OutcomeUnknown("sent"), BadParameter("x", "y")],
)
async def test_every_other_error_is_failed_with_its_cause(params, error):
    result = await outcome(raising(error), params)
    assert result["failed"] is True
    assert "unreachable" not in result
    assert (result["cause"], result["msg"]) == (error.cause, str(error))
    assert result["commands"] == []


async def test_a_miner_that_goes_away_after_a_change_is_failed_and_says_what_was_done(params):
    done = Result(changed=True, commands=["update_pools"], before={"pools": 1}, after={"pools": 2})
    result = await outcome(raising(Unreachable("gone"), done), params, diff=True)
    assert (result["failed"], result["changed"], result["commands"]) == (True, True, ["update_pools"])
    assert "unreachable" not in result
    assert result["diff"]["after"] == {"pools": 2}


async def test_an_error_names_the_host_as_people_know_it(params):
    assert (await outcome(raising(WrongPassword("no")), params, name="rack1-07"))["msg"].startswith(
        "rack1-07"
    )


async def test_a_program_error_is_not_swallowed(params):
    with pytest.raises(ZeroDivisionError):
        await outcome(raising(ZeroDivisionError()), params)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("host", None),
        ("host", ""),
        ("port", 0),
        ("port", 65536),
        ("connect_timeout", 0),
        ("connect_timeout", -1),
        ("connect_timeout", float("nan")),
        ("reply_timeout", 0),
        ("reply_timeout", float("inf")),
        ("retries", -1),
        ("retries", 101),
        ("mac", "nonsense"),
    ],
)
async def test_an_option_out_of_range_is_refused_by_name_and_nothing_is_done(params, option, value):
    ran = []

    async def run(miner, given, check_mode):
        ran.append(1)

    result = await outcome(run, {**params, option: value})
    assert result["failed"] is True
    assert result["cause"] == "bad_parameter"
    assert option in result["msg"]
    assert ran == []


def test_every_connection_option_reaches_the_miner(params):
    given = {
        "port": 4029,
        "account": "user1",
        "api": "auto",
        "api3_port": 4434,
        "api3_password": "other22",
        "mac": "c40508-00023b",
        "serial": " HTM1 ",
        "connect_timeout": 1.5,
        "reply_timeout": 2.5,
        "retries": 7,
        "mac_required": False,
    }
    miner = miner_from({**params, **given}, "rack1-07")
    line, choice = miner.line, miner.choice
    assert (line.connect_timeout, line.reply_timeout, line.retries) == (1.5, 2.5, 7)
    assert (choice.two.port, choice.three.port, choice.three.account) == (4029, 4434, "user1")
    assert (choice.two._password, choice.three._password) == (params["password"], "other22")
    assert (miner.identity.pinned_mac, miner.identity.mac_required) == ("C4:05:08:00:02:3B", False)
    assert miner.identity.pinned_serial == "HTM1"
    assert miner.name == "rack1-07 (192.0.2.7:4029)"
    assert miner_from({**params, **given, "api": "3"}, "rack1-07").generation == 3
    assert set(given) | {"host", "password", "token_directory", "holds"} == set(CONNECTION_OPTIONS)


def test_secrets_do_not_show_among_the_arguments_of_a_module():
    shown = _module.shown_arguments(
        {
            "host": "192.0.2.7",
            "password": "hunter22",
            "old_password": "hunter22",
            "new_password": ["hunter22"],
            "pools": [{"url": "u", "user": "hunter", "password": "hunter22"}],
            "params": {"passwd1": "hunter22", "old": "hunter22", "new": "hunter22", "pool1": "u"},
            "applied": {"pools": {"value": "hunter22"}},
            "mac": None,
        },
        {
            **OPTIONS,
            **whatsminer_password.ARGUMENTS,
            **whatsminer_pools.ARGUMENTS,
            **whatsminer_command.ARGUMENTS,
        },
    )
    assert "hunter22" not in json.dumps(shown)
    assert shown["pools"] == [{"url": "u", "user": "hunter", "password": "********"}]
    assert (shown["host"], shown["mac"], shown["params"]["pool1"]) == ("192.0.2.7", None, "u")


GROUPS = {**OPTIONS, **whatsminer_config.ARGUMENTS, **whatsminer_config.SHOWN}
MISSPELT = {"url": "u", "user": "w", "passwd": "s3cret"}


@pytest.mark.parametrize(
    ("given", "specification", "shown"),
    [
        (
            {"pools": [MISSPELT]},
            whatsminer_pools.ARGUMENTS,
            {"pools": [{"url": "u", "user": "w", "passwd": "********"}]},
        ),
        ({"pools": [MISSPELT]}, GROUPS, {"pools": [{"url": "u", "user": "w", "passwd": "********"}]}),
        (
            {"pools": {"pools": [MISSPELT], "passwords": ["s3cret"], "web_access": True}},
            GROUPS,
            {
                "pools": {
                    "pools": [{"url": "u", "user": "w", "passwd": "********"}],
                    "passwords": "********",
                    "web_access": True,
                }
            },
        ),
        (
            {"led": {"mode": "auto", "secret": "s3cret"}},
            GROUPS,
            {"led": {"mode": "auto", "secret": "********"}},
        ),
        ({"pools": "[{url: u, password: s3cret}]"}, whatsminer_pools.ARGUMENTS, {"pools": "********"}),
        ({"pools": ["url=u password=s3cret"]}, whatsminer_pools.ARGUMENTS, {"pools": ["********"]}),
        (
            {"params": {"percent": 5, "passwd": "s3cret"}},
            whatsminer_command.ARGUMENTS,
            {"params": {"percent": 5, "passwd": "********"}},
        ),
        ({"params": "passwd=s3cret"}, whatsminer_command.ARGUMENTS, {"params": "********"}),
        ({"pasword": "s3cret"}, OPTIONS, {"pasword": "********"}),
    ],
)
def test_values_of_unknown_names_do_not_show_among_the_arguments_of_a_module(given, specification, shown):
    assert _module.shown_arguments(given, specification) == shown


def test_an_account_in_a_url_where_none_belongs_shows_no_password_in_errors_and_arguments():
    error = BadParameter("src", "a file, and https://me:hunter22@h/x is none").at("m1 (me:hunter22@h:4028)")
    shown = _module.shown_arguments({"host": "me:hunter22@h"}, OPTIONS)
    assert "hunter22" not in f"{error} {error.to_dict()} {shown}" and "me:********@h" in str(error)


@pytest.mark.parametrize(
    ("module", "given"),
    [
        (whatsminer_pools, {"pools": [MISSPELT]}),
        (whatsminer_config, {"pools": {"pools": [MISSPELT]}}),
        (whatsminer_config, {"pools": [MISSPELT]}),
        (whatsminer_pools, {"pools": [["s3cret"]]}),
        (whatsminer_config, {"pools": [["it's a \"s3cret"]]}),
        (whatsminer_pools, {"update_password": "s3cret"}),
        (whatsminer_config, {"pools": {"update_password": "s3cret"}}),
        (whatsminer_command, {"command": "summary", "params": {"passwd": "s3cret"}}),
        (whatsminer_command, {"command": "summary", "passwd": "s3cret"}),
    ],
)
def test_a_shipped_module_that_refuses_its_arguments_shows_no_secret_among_them(
    module, given, capsys, monkeypatch, token_directory
):
    # ansible-core 2.21 shows arguments where it's told to, older versions always.
    told = {"_ansible_verbosity": 3, "_ansible_inject_invocation": True}
    arguments = {**given, "host": "192.0.2.7", "token_directory": token_directory, **told}
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode())
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    with pytest.raises(SystemExit):
        module.main()
    said = capsys.readouterr().out
    assert json.loads(said)["failed"] is True
    assert "s3cret" not in said
    assert json.loads(said)["invocation"]["module_args"]["host"] == "192.0.2.7"


async def test_a_diff_shows_no_secret_that_the_miner_echoes(params):
    async def run(miner, given, check_mode):
        return Result(before={"hostname": "for hunter22"}, after={"hostname": "rig"})

    diff = (await outcome(run, params, diff=True))["diff"]
    assert diff == {"before": {"hostname": "for ********"}, "after": {"hostname": "rig"}}


async def test_a_diff_of_a_run_that_fails_shows_no_secret_either(params):
    done = Result(changed=True, before={"hostname": "for hunter22"})
    assert "hunter22" not in json.dumps(
        await outcome(raising(OutcomeUnknown("sent"), done), params, diff=True)
    )


@pytest.mark.parametrize("name", ["rollout", "curtailment", "health", "whatsminer_fleet"])
def test_a_module_that_is_its_action_plugin_does_nothing_where_it_was_shipped(name, monkeypatch):
    said = {}

    class Refused(Exception):
        pass

    class Module:
        def __init__(self, argument_spec, supports_check_mode, no_log):
            said["options"] = argument_spec

        def fail_json(self, msg):
            said["msg"] = msg
            raise Refused

    monkeypatch.setattr(basic, "AnsibleModule", Module)
    module = importlib.import_module(f"{PLUGINS}.modules.{name}")
    with pytest.raises(Refused):
        module.main()
    assert said["msg"].startswith(f"{name} runs on the controller, by its action plugin")
    assert said["options"]


def test_the_options_that_lead_to_a_miner_have_names_of_their_own_beside_a_declared_account():
    options = {"host": "m", "account": "super", "password": "hunter22"}
    assert as_arguments(options, whatsminer_user.ARGUMENTS) == {
        "host": "m",
        "login_account": "super",
        "login_password": "hunter22",
    }
    assert as_arguments(options, whatsminer_pools.ARGUMENTS) == options
