# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The password of the admin account (API document, 2.11): tried out before and after, never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._api.catalogue import COMMANDS
from .._api.errors import BadParameter, NotConverged, OutcomeUnknown, WhatsminerError, WrongPassword
from .._engine.restarts import read_identity
from .._engine.result import Result

if TYPE_CHECKING:
    from .._api.miner import Miner

_DEFAULT = "admin"
_MOST_OLD = 8


async def change(miner: Miner, old: list[str], new: str, check_mode: bool = False) -> Result:
    """Make *new* the password of *miner*, whose present one is among *old*, a list; return the Result.

    They are tried by sealed reads, the new one first: if it works already, nothing is changed. Afterwards the
    new one is proved to work. Raises WrongPassword if none works; NotConverged or OutcomeUnknown if the new
    one doesn't after the change. Stops at once at a TokenLimit.
    """
    update = COMMANDS["update_pwd"]
    update.parameter("new").encode(new, label="new_password")
    if len(old) > _MOST_OLD:
        raise BadParameter("old_password", f"at most {_MOST_OLD} passwords, since trying costs tokens")
    for candidate in old:
        update.parameter("old").encode(candidate, label="old_password")
    if new == _DEFAULT:
        raise BadParameter(
            "new_password", f"another one than the default, {_DEFAULT}: with that the API refuses writes"
        )
    known = await read_identity(miner)
    result = Result()
    if await miner.knows(new):
        return result
    present = await _first_known(miner, old)
    if present is None:
        raise WrongPassword(
            "neither an old password nor the new one is the miner's",
            miner=miner.name,
            remedy="Nothing was changed. Set old_password to the present password of the admin account",
        )
    miner.require_may_write(update.name, known)
    result.changed = True
    result.before, result.after = {"password": "(old)"}, {"password": "(new)"}
    if not check_mode:
        await _change(miner, present, new, result)
    return result


async def _first_known(miner: Miner, passwords: list[str]) -> str | None:
    for password in dict.fromkeys(passwords):
        if await miner.knows(password):
            return password
    return None


async def _change(miner: Miner, old: str, new: str, result: Result) -> None:
    unanswered = None
    try:
        await miner.send("update_pwd", {"old": old, "new": new})
    except OutcomeUnknown as error:
        unanswered = error
    try:
        taken = await miner.knows(new)
    except WhatsminerError as error:
        error.result = result
        raise
    if not taken:
        raise unanswered or NotConverged(
            "it took update_pwd, and the new password doesn't work",
            miner=miner.name,
            remedy="Try both passwords by hand; the miner's web page or a factory reset is the way back",
        )
    result.commands.append("update_pwd")
