# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The accounts user1 to user3 of API 3, to which super gives passwords and permissions (reference, 2.1, 5.5).

Of permissions the miner shows a number alone, whose bits no source explains; of a password nothing. It can be
tried, by a command that changes nothing: but some firmware refuses an account without permissions just as one
with a wrong password.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._api.errors import CommandRefused, UnknownCommand, WrongPassword
from .._api.v3.authentication import USERS
from .base import Setting, Unknown, checked, reject

if TYPE_CHECKING:
    from typing import Any

    from .._api.miner import Miner, Requests
    from .._engine.converge import Session
    from .._facts.shapes import Facts
    from .base import ByApi, Options

_CHANGE = "set.user.change_passwd"
_PERMIT = "set.user.permission"
_MOST_OLD = 8

OPTIONS: Options = {
    "account": {"type": "str", "required": True, "choices": list(USERS)},
    "password": {"type": "str", "no_log": False},
    "old_password": {"type": "list", "elements": "str", "no_log": False},
    "permissions": {"type": "list", "elements": "str"},
}


def declared(options: Options) -> list[Setting]:
    """The Settings in *options* (of the shape of OPTIONS). Raises BadParameter."""
    user = options["account"]
    settings: list[Setting] = []
    if options.get("password") is not None:
        # The factory's password of an account is its name.
        old = options.get("old_password") or [user]
        settings.append(UserPassword(user, options["password"], old))
    if options.get("permissions") is not None:
        settings.append(Permissions(user, options["permissions"]))
    return settings


class UserPassword(Setting):
    """The password of *user*, whose present one is among *old*, or already the desired one."""

    desired: str
    name = "user.password"  # of the class; a setting is of one account, `user1.password`
    besides = ()
    secret = True

    def __init__(self, user: str, desired: str, old: list[str]) -> None:
        super().__init__(checked(_CHANGE, "new", desired, option="password"))
        if desired == user:
            reject("password", f"another one than the default, {user}: with that the API refuses writes")
        if len(old) > _MOST_OLD:
            reject("old_password", f"at most {_MOST_OLD} passwords")
        self.name = f"{user}.password"
        self._user = user
        self._old = [
            checked(_CHANGE, "old", password, option="old_password") for password in dict.fromkeys(old)
        ]

    async def probe(self, miner: Miner) -> Facts:
        taken = await miner.has_password(self._user, self.desired)
        return {} if taken is None else {"user_password_taken": taken}

    def current(self, facts: Facts) -> object:
        if "user_password_taken" not in facts:
            return Unknown("the miner doesn't tell a wrong password from missing permissions")
        return self.desired if facts["user_password_taken"] else None

    def shown(self, value: Any) -> object:
        return "(old)" if value is None else "(new)"

    def requests(self, current: object) -> ByApi:
        """One request for each password that may be the present one: `apply` sends them until one is taken.

        The last is taken where the password is as desired and the miner doesn't tell.
        """
        present = [*(password for password in self._old if password != self.desired), self.desired]
        common = {"account": self._user, "new": self.desired}
        return {3: [(_CHANGE, {**common, "old": password}) for password in present]}

    async def apply(self, session: Session, requests: Requests) -> None:
        refusal: CommandRefused | WrongPassword | None = None
        for command, params in requests:
            try:
                await session.send(self, command, params)
                return
            except UnknownCommand:
                raise
            except (CommandRefused, WrongPassword) as error:  # it changed nothing
                refusal = error
        raise WrongPassword(
            f"neither an old password nor the new one is that of {self._user}",
            miner=session.miner.name,
            command=_CHANGE,
            code=refusal.code if refusal else None,
            answer=refusal.answer if refusal else None,
            remedy=f"Nothing was changed by this command. Set old_password to the present password of "
            f"{self._user}, and check that of {session.miner.choice.three.account}",
        )


class Permissions(Setting):
    """The names of the commands that *user* may send, in any sequence."""

    desired: list[str]
    name = "user.permissions"  # of the class; a setting is of one account, `user1.permissions`
    fact = "permissions"

    def __init__(self, user: str, commands: list[str]) -> None:
        super().__init__(sorted(set(commands)))
        checked(_PERMIT, "permission", ",".join(self.desired), option="permissions")
        self.name = f"{user}.permissions"
        self._user = user

    def current(self, facts: Facts) -> object:
        number = facts.get("permissions", {}).get(self._user)
        if number == 0:
            return []
        if number is not None and not self.desired:
            return f"some ({number})"
        return Unknown("the miner shows permissions only as a number")

    def requests(self, current: object) -> ByApi:
        return {3: [(_PERMIT, {"user": self._user, "permission": ",".join(self.desired)})]}
