# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What turns a module's ``async run(miner, params, check_mode) -> Result`` into a task result.

The same in every way of running: shipped as an ordinary module (`run_module`), or in the controller's own
process (the action plugin, which calls `outcome`).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NoReturn

from ._api import line
from ._api.catalogue import COMMANDS
from ._api.choice import APIS
from ._api.errors import AnotherApi, BadParameter, Unreachable, WhatsminerError
from ._api.known_apis import KnownApis
from ._api.masking import HIDDEN, Mask, is_secret_name, leaves, secrets_in
from ._api.miner import Miner
from ._api.network import finish
from ._api.v2.token_store import DEFAULT_DIRECTORY, Tokens
from ._api.v3.authentication import DEFAULT_ACCOUNT
from ._engine import hold_store
from ._facts.values import without_url_passwords

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from ._api.miner import Params
    from ._engine.result import Result

    #: What a module does for one miner, with its parameters and whether it's in check mode.
    Run = Callable[[Miner, Params, bool], Awaitable[Result]]
    ArgumentSpec = Mapping[str, Any]

#: How a miner is reached; documented in doc_fragments/miner.py. Passwords aren't no_log: Ansible would mask
#: every substring equal to them in results. They are kept out of results by construction.
CONNECTION_OPTIONS = {
    "host": {"type": "str"},
    "port": {"type": "int"},
    "account": {"type": "str", "default": DEFAULT_ACCOUNT},
    "password": {"type": "str", "no_log": False},
    "api": {"type": "str", "choices": list(APIS), "default": "auto"},
    "api3_port": {"type": "int"},
    "api3_password": {"type": "str", "no_log": False},
    "mac": {"type": "str"},
    "mac_required": {"type": "bool", "default": True},
    "serial": {"type": "str"},
    "connect_timeout": {"type": "float", "default": line.CONNECT_TIMEOUT_SECONDS},
    "reply_timeout": {"type": "float", "default": line.REPLY_TIMEOUT_SECONDS},
    "retries": {"type": "int", "default": line.RETRIES},
    "token_directory": {"type": "path", "default": DEFAULT_DIRECTORY},
    "holds": {"type": "path", "default": hold_store.DEFAULT_DIRECTORY},
}

#: For a module that declares an account: the options that lead to the miner, under names of their own.
LOGIN_OPTIONS = {
    "login_account": CONNECTION_OPTIONS["account"],
    "login_password": CONNECTION_OPTIONS["password"],
}

#: What every module takes besides its own options.
OPTIONS = {
    **CONNECTION_OPTIONS,
    "applied": {"type": "dict"},
    "fact_cache": {"type": "bool", "default": True},
    "hold_as": {"type": "str"},
    "held": {"type": "list", "elements": "dict"},
    "ignore_holds": {"type": "bool", "default": False},
}


def miner_from(params: Params, name: str | None = None) -> Miner:
    """The Miner that *params* (of the shape of CONNECTION_OPTIONS) lead to. Raises BadParameter."""
    if not params["host"]:
        raise BadParameter("host", "set: the address or host name of the miner")
    for port in ("port", "api3_port"):
        if params[port] is not None:
            _check_range(port, params[port], 1, most=65535)
    _check_range("connect_timeout", params["connect_timeout"], 0.01, most=3600)
    _check_range("reply_timeout", params["reply_timeout"], 0.01, most=3600)
    _check_range("retries", params["retries"], 0, most=100)
    _check_range("wait_timeout", params.get("wait_timeout") or 0, 0, most=86400)
    return Miner(
        params["host"],
        port=params["port"],
        password=params.get("login_password", params["password"]) or "",
        account=params.get("login_account", params["account"]) or DEFAULT_ACCOUNT,
        api=params["api"],
        api3_port=params["api3_port"],
        api3_password=params["api3_password"],
        mac=params["mac"],
        mac_required=params["mac_required"],
        serial=params["serial"],
        connect_timeout=params["connect_timeout"],
        reply_timeout=params["reply_timeout"],
        retries=params["retries"],
        tokens=_tokens_in(params["token_directory"]),
        known_apis=_known_apis_in(params["token_directory"]),
        name=name,
    )


def as_arguments(options: dict[str, Any], arguments: ArgumentSpec) -> dict[str, Any]:
    """The connection's *options* under the names that a module with *arguments* of its own has for them."""
    own = {name: f"login_{name}" for name in options if f"login_{name}" in arguments}
    return {own.get(name, name): value for name, value in options.items()}


async def outcome(
    run: Run,
    params: Params,
    check_mode: bool = False,
    *,
    diff: bool = False,
    name: str | None = None,
    on_progress: Callable[[str], object] | None = None,
    trace: Callable[[str], object] | None = None,
) -> dict[str, Any]:
    """The task result, a dict, of *run* for the miner that *params* lead to. Never raises WhatsminerError.

    *on_progress* is called with how far long work is, as text, and *trace* with a line for each exchange.

    A miner that can't be reached is ``unreachable``, unless something had been changed by then: that, as
    every other error, is ``failed``, and says what was done.
    """
    miner = None
    try:
        miner = miner_from(params, name)
        miner.on_progress = on_progress or miner.on_progress
        miner.line.trace = trace
        return _as_dict(await _run(run, miner, params, check_mode=check_mode), diff, miner)
    except WhatsminerError as error:
        error.at(name or params["host"])
        done: dict[str, Any] = {"changed": False, "commands": []}
        if error.result and miner is not None:
            done = _as_dict(error.result, diff, miner)
        verdict = "unreachable" if isinstance(error, Unreachable) and not done["changed"] else "failed"
        return {**done, verdict: True, **error.to_dict()}


async def _run(run: Run, miner: Miner, params: Params, *, check_mode: bool) -> Result:
    """The Result of *run*, which begins anew where the miner turns out to take another API."""
    try:
        try:
            result = await run(miner, params, check_mode)
        except AnotherApi:
            result = await run(miner, params, check_mode)
        result.warnings += miner.choice.warnings
        return result
    finally:
        miner.close()


def _as_dict(result: Result, diff: bool, miner: Miner) -> dict[str, Any]:
    """*result* as a task result. Its diff holds what *miner* said of itself, so it goes through its mask."""
    shown = result.to_dict(diff)
    if "diff" in shown:
        shown["diff"] = miner.mask.value(shown["diff"])
    return shown


def run_module(
    arguments: ArgumentSpec, run: Run, shown: ArgumentSpec | None = None, **constraints: Any
) -> None:
    """The body of a module's ``main()``: *arguments* are its own options, *constraints* required_if and the
    like.

    *shown* are those whose own specification in *arguments* doesn't tell what may be shown of them
    (shown_arguments).
    """
    from ansible.module_utils.basic import AnsibleModule

    specification = {**OPTIONS, **arguments}
    may_show = {**specification, **(shown or {})}

    class Module(AnsibleModule):
        """Says nothing of its arguments that may be a secret, when it refuses them either."""

        def _load_params(self) -> None:
            super()._load_params()
            self._given = {**self.params}  # of which validation leaves out what it refuses

        def fail_json(self, msg: str, **result: Any) -> NoReturn:
            result["invocation"] = {"module_args": shown_arguments(self.params, may_show)}
            super().fail_json(without_secrets(msg, self._given, may_show), **result)
            raise AssertionError("unreachable")

    # no_log here keeps the arguments out of the target's system log; nothing else depends on it.
    module = Module(argument_spec=specification, supports_check_mode=True, no_log=True, **constraints)
    result = finish(outcome(run, module.params, module.check_mode, diff=module._diff))
    result["invocation"] = {"module_args": shown_arguments(module.params, may_show)}
    # A failure isn't said by fail_json: an unreachable miner must not count as failed.
    module.exit_json(**result)


def refuse_to_be_shipped(name: str, arguments: ArgumentSpec, *, no_log: bool = False) -> None:
    """The body of ``main()`` of the module *name*, which is its action plugin and does nothing by itself."""
    from ansible.module_utils.basic import AnsibleModule

    module = AnsibleModule(argument_spec=arguments, supports_check_mode=True, no_log=no_log)
    module.fail_json(
        msg=f"{name} runs on the controller, by its action plugin: without async and without delegate_to"
    )


_PARAMETERS = frozenset(
    parameter.name for command in COMMANDS.values() for form in command.forms for parameter in form
)
_SECRETS = frozenset(name for command in COMMANDS.values() for name in command.secrets)
_SECRET_OPTIONS = frozenset(
    ("password", "login_password", "api3_password", "old_password", "new_password", "applied")
)


def shown_arguments(given: dict[str, Any], specification: dict[str, Any]) -> dict[str, Any]:
    """The arguments *given* to a module of this *specification*, as they may be shown.

    A value is shown only under a name that is known not to hold a secret: a misspelt one may well.
    """
    return {name: _shown_argument(name, value, specification.get(name)) for name, value in given.items()}


def without_secrets(problem: str, given: Mapping[str, Any], specification: ArgumentSpec) -> str:
    """*problem*, which is said of the arguments *given* to something of this *specification*, without those
    that may be secrets: of such a name, or where only a dictionary of options belongs.
    """
    return Mask(*_secret_arguments(given, specification)).text(problem)


def _secret_arguments(given: Mapping[str, Any], specification: ArgumentSpec) -> list[str]:
    found = []
    for name, value in given.items():
        inner = specification.get(name, {}).get("options")
        if inner is None or name in _SECRET_OPTIONS or is_secret_name(str(name)):
            found += secrets_in({name: value})
            continue
        for each in value if isinstance(value, (list, tuple)) else (value,):
            found += _secret_arguments(each, inner) if isinstance(each, dict) else leaves(each)
    return found


def _shown_argument(name: str, value: Any, option: dict[str, Any] | None) -> Any:
    if not value and not isinstance(value, str):
        return value
    if option is None or name in _SECRET_OPTIONS or value not in option.get("choices", (value,)):
        return HIDDEN
    if "options" in option:
        inner = option["options"]
        if isinstance(value, list):
            return [shown_arguments(each, inner) if isinstance(each, dict) else HIDDEN for each in value]
        return shown_arguments(value, inner) if isinstance(value, dict) else HIDDEN
    if option.get("type") == "dict":  # parameters of a command
        if not isinstance(value, dict):
            return HIDDEN
        return {key: inner if key in _PARAMETERS - _SECRETS else HIDDEN for key, inner in value.items()}
    return without_url_passwords(value) if isinstance(value, str) else value


# All miners of a process share one, which looks at the directory once.
_tokens_in = functools.lru_cache(maxsize=None)(Tokens)
_known_apis_in = functools.lru_cache(maxsize=None)(KnownApis)


def _check_range(name: str, value: float, least: float, *, most: float) -> None:
    if not least <= value <= most:
        raise BadParameter(name, f"between {least} and {most}")
