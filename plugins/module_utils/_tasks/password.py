# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The password of the accounts with which a miner is written to: tried out before and after, never guessed.

Each API has an account of its own: admin of API 2 (API document, 2.11), super or another one of API 3
(reference on API 3, 5.5). Whether firmware keeps one password for both or two isn't known. So each is tried,
and after one was changed, the other is tried again before it's changed too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._api.catalogue import COMMANDS
from .._api.errors import (
    AccessDenied,
    BadParameter,
    CommandRefused,
    NotConverged,
    OutcomeUnknown,
    WhatsminerError,
    WrongPassword,
)
from .._engine.restarts import read_identity
from .._engine.result import Result

if TYPE_CHECKING:
    from typing import Any

    from .._api.accounts import Account
    from .._api.miner import Miner

_COMMAND = {2: "update_pwd", 3: "set.user.change_passwd"}
_DEFAULT = "admin"
_MOST_OLD = 8

_LEFT = (
    "neither the new password nor an old one is that of {account}, so it's left: add its present password to "
    "old_password (the factory's is its name), or set whatsminer_api to 2"
)


@dataclass
class _Login:
    """An *account*, its *present* password (None: none of those given), and the *refusal* that left it open.

    *holds* says which of the passwords that is, as results have it, and *found* which it was before: ``new``,
    or ``old 2`` for the second of the old ones.
    """

    account: Account
    present: str | None = None
    refusal: WhatsminerError | None = None
    holds: str = "other"
    found: str = "other"


async def change(
    miner: Miner, old: list[str], new: str, check_mode: bool = False, *, all_apis: bool = False
) -> Result:
    """Make *new* the password of *miner*, whose present one is among *old*, a list; return the Result.

    They are tried by commands that change nothing, the new one first: if it works already, nothing is
    changed. Afterwards the new one is proved to work. That is done over each API that the miner speaks;
    *all_apis*: also where the password over API 3 is none of those given, which is a warning else.

    Raises WrongPassword if none works; NotConverged or OutcomeUnknown if the new one doesn't after the
    change. Stops at once at a TokenLimit.
    """
    _check(miner, old, new)
    accounts = await miner.accounts()
    known = await read_identity(miner)
    result = Result()
    logins = await _tried(accounts, old, new)
    result.values["found"] = {f"api{login.account.generation}": login.found for login in logins}
    for login in _open(miner, logins, all_apis):
        result.warnings.append(_LEFT.format(account=login.account))
    wanting = [login for login in logins if login.holds == "old"]
    for login in wanting:
        await miner.require_may_write(_COMMAND[login.account.generation], known)
    if wanting:
        result.changed = True
        result.before, result.after = {"password": "(old)"}, {"password": "(new)"}
    if check_mode:
        for login in wanting:
            login.holds = "new"
    else:
        await _change_all(miner, logins, new, result=result)
    result.values["passwords"] = _told(logins)
    return result


def _check(miner: Miner, old: list[str], new: str) -> None:
    """Raise BadParameter for passwords that no API, or not each that may be used, takes. Nothing is sent."""
    for generation in miner.choice.allowed:
        COMMANDS[_COMMAND[generation]].parameter("new").encode(new, label="new_password")
    if len(old) > _MOST_OLD:
        raise BadParameter("old_password", f"at most {_MOST_OLD} passwords, since trying costs tokens")
    for candidate in old:
        if not any(_may_be(candidate, generation) for generation in miner.choice.allowed):
            entry = COMMANDS[_COMMAND[miner.choice.allowed[0]]]
            entry.parameter("old").encode(candidate, label="old_password")
    if new == _DEFAULT or new == miner.choice.three.account:
        raise BadParameter(
            "new_password", f"another one than the default, {new}: with that the API refuses writes"
        )


def _may_be(password: str, generation: int) -> bool:
    """Whether *password* can be one of the API of this *generation*."""
    try:
        COMMANDS[_COMMAND[generation]].parameter("old").encode(password)
    except BadParameter:
        return False
    return True


async def _tried(accounts: list[Account], old: list[str], new: str) -> list[_Login]:
    """What each of *accounts* turns out to have as its password."""
    logins = []
    candidates = list(dict.fromkeys([new, *old]))
    for account in accounts:
        login = _Login(account)
        logins.append(login)
        for password in filter(lambda it: _may_be(it, account.generation), candidates):
            try:
                if await account.has(password):
                    login.present, login.holds = password, "new" if password == new else "old"
                    login.found = "new" if password == new else f"old {old.index(password) + 1}"
                    break
            except (AccessDenied, CommandRefused) as error:  # which another password may not meet
                login.refusal = error
        if login.present is not None:  # the likeliest one for the other API, where each try costs tokens
            candidates.sort(key=lambda it: it not in (new, login.present))
    return logins


def _open(miner: Miner, logins: list[_Login], all_apis: bool) -> list[_Login]:
    """Those whose password is none of those given, where the rest is changed all the same: playbooks that
    worked over API 2 go on working, whatever the password over API 3 is.

    Raises WrongPassword, or the refusal that left it open, where there are others.
    """
    unknown = [login for login in logins if login.present is None]
    over_api_3 = [login for login in unknown if login.account.generation == 3]
    if unknown == over_api_3 and len(logins) > len(unknown) and not all_apis:
        return unknown
    for login in unknown:
        if login.refusal is not None:
            raise login.refusal
        raise WrongPassword(
            f"neither an old password nor the new one is that of {login.account}",
            miner=miner.name,
            command=_COMMAND[login.account.generation],
            remedy=f"Nothing was changed. Set old_password to the present password of {login.account.name}",
        )
    return []


async def _change_all(miner: Miner, logins: list[_Login], new: str, *, result: Result) -> None:
    for login in logins:
        if login.holds != "old" or login.present is None:
            continue
        try:
            if not (result.commands and await _has_it_now(login, new)):
                await _change(miner, login, new, result=result)
        except WhatsminerError as error:
            result.changed = bool(result.commands) or login.holds == "unknown"
            result.values["passwords"] = _told(logins)
            error.result = result
            if len(logins) > 1:
                error.adding(" and ".join(f"{it.account} has {_WORDS[it.holds]}" for it in logins))
            raise


async def _has_it_now(login: _Login, new: str) -> bool:
    """Whether the account has the *new* password since another one was given it; else the old one is used."""
    if await login.account.has(new):
        login.holds = "new"
        return True
    if not await login.account.has(login.present or ""):
        login.holds = "unknown"
        raise WrongPassword("the old password doesn't work any more, and the new one doesn't either")
    return False


async def _change(miner: Miner, login: _Login, new: str, *, result: Result) -> None:
    command, params = _request(login, new)
    unanswered = None
    try:
        await miner.send(command, params)
        result.note(command)
    except OutcomeUnknown as error:
        unanswered = error
    login.holds = "unknown"
    if await login.account.has(new):
        login.holds = "new"
        if unanswered is not None:
            result.note(command)
        return
    if unanswered is not None:
        login.holds = "old"
        raise unanswered
    raise NotConverged(
        f"it took {command}, and the new password doesn't work",
        miner=miner.name,
        remedy="Try both passwords by hand; the miner's web page or a factory reset is the way back",
    )


def _request(login: _Login, new: str) -> tuple[str, dict[str, Any]]:
    account = {"account": login.account.name} if login.account.generation == 3 else {}
    return _COMMAND[login.account.generation], {**account, "old": login.present, "new": new}


_WORDS = {"new": "the new password", "old": "the old one", "other": "another one", "unknown": "one of both"}


def _told(logins: list[_Login]) -> dict[str, str]:
    return {f"api{login.account.generation}": login.holds for login in logins}
