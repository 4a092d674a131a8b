# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mining pools: up to three in priority order, and whether the web page may change them (API document, 2.1,
2.17, 2.18).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._api.masking import HIDDEN
from .base import Setting, Unknown, checked, reject, shown_of, with_value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypedDict

    from .._facts.shapes import Facts
    from .base import ByApi, Options

    class ShownPool(TypedDict):
        """One pool as a miner shows it."""

        url: str
        user: str

    class Pool(ShownPool, total=False):
        """One pool as it is declared: its *password* is None where none is."""

        password: str | None


MOST_POOLS = 3
_UPDATE = "update_pools"

# What a pool gets whose password isn't declared, since the commands carry all of it. Most pools take any.
_ANY_PASSWORD = "x"

OPTIONS: Options = {
    "pools": {
        "type": "list",
        "elements": "dict",
        "options": {
            "url": {"type": "str", "required": True},
            "user": {"type": "str", "required": True},
            # Not no_log: that would mask every substring equal to it in results, "x" in particular.
            "password": {"type": "str", "no_log": False},
        },
    },
    "update_password": {
        "type": "str",
        "choices": ["on_change", "always"],
        "default": "on_change",
        "no_log": False,
    },
    "web_access": {"type": "bool"},
}


def declared(options: Options) -> list[Setting]:
    """The Settings in *options* (of the shape of OPTIONS). Raises BadParameter."""
    settings: list[Setting] = []
    if options.get("pools") is not None:
        settings.append(Pools(options["pools"], always=options.get("update_password") == "always"))
    if options.get("web_access") is not None:
        settings.append(WebAccess(options["web_access"]))
    return settings


#: The facts that `observed` goes by.
OBSERVED = ("pools", "web_access")


def observed(facts: Facts) -> list[Options]:
    """The options, one setting's at a time, that declare what *facts* show."""
    shown = [
        {"url": pool["url"], "user": pool["user"]}
        for pool in facts.get("pools", ())
        if pool.get("url") and pool.get("user")
    ]
    return [*([{"pools": shown}] if shown else []), *shown_of(facts, {"web_access": "web_access"})]


def normalised_url(url: str) -> str:
    """*url* in the form in which two URLs of the same pool are equal.

    The scheme defaults to stratum+tcp, as in the miner's own pages. Scheme and host don't depend on case, and
    a slash at the end means nothing.
    """
    scheme, separator, rest = url.strip().rpartition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower() if separator else 'stratum+tcp'}://{host.lower()}{slash}{path}".rstrip("/")


class Pools(Setting):
    """Pools in priority order: ``[{"url", "user", "password"}]``.

    Passwords can't be read back. One that is declared is written once, and then known by its record; one that
    isn't, None, stays as it is until the pools are written for another reason.
    """

    desired: list[Pool]
    name = fact = "pools"
    secret = True

    def __init__(self, pools: list[dict[str, Any]], always: bool = False) -> None:
        if not 1 <= len(pools) <= MOST_POOLS:
            reject("pools", f"a list of 1 to {MOST_POOLS} pools, and not of {len(pools)}")
        super().__init__([self._checked(pool, f"pools[{index}]") for index, pool in enumerate(pools)])
        self.always = always

    @staticmethod
    def _checked(pool: dict[str, Any], option: str) -> Pool:
        for name in ("url", "user"):
            if not pool[name]:
                reject(f"{option}.{name}", "given")
        return {
            "url": checked(_UPDATE, "pool1", normalised_url(pool["url"]), option=f"{option}.url"),
            "user": checked(_UPDATE, "worker1", pool["user"], option=f"{option}.user"),
            "password": _declared_password(pool.get("password"), f"{option}.password"),
        }

    def current(self, facts: Facts) -> object:
        if "pools" not in facts:
            return Unknown("the miner doesn't show its pools while it isn't running")
        return [
            {"url": pool.get("url", ""), "user": pool.get("user", "")}
            for pool in facts["pools"]
            if pool.get("url")
        ]

    def met_by(self, current: Sequence[ShownPool]) -> bool:
        return self.subject(current) == self.subject(self.desired)

    def fully_read(self) -> bool:
        return self.unshown() == [None] * len(self.desired)

    def subject(self, value: Sequence[ShownPool]) -> object:
        return [[normalised_url(pool["url"]), pool["user"]] for pool in value]

    def unshown(self) -> list[str | None]:
        return [pool["password"] for pool in self.desired]

    def requests(self, current: object) -> ByApi:
        slots = [(pool["url"], pool["user"], _sent_password(pool)) for pool in self.desired]
        unused = [("", "", "")] * (MOST_POOLS - len(slots))
        numbered = {
            f"{name}{number}": text
            for number, slot in enumerate(slots + unused, start=1)
            for name, text in zip(("pool", "worker", "passwd"), slot)
        }
        records = [dict(zip(("pool", "worker", "passwd"), slot)) for slot in slots]
        return {2: [(_UPDATE, numbered)], 3: [with_value("set.miner.pools", records)]}

    def shown(self, value: Sequence[ShownPool]) -> object:
        return [{"url": pool["url"], "user": pool["user"], "password": HIDDEN} for pool in value]


def _sent_password(pool: Pool) -> str:
    return _ANY_PASSWORD if pool["password"] is None else pool["password"]


def _declared_password(password: str | None, option: str) -> str | None:
    return None if password is None else checked(_UPDATE, "passwd1", password, option=option)


class WebAccess(Setting):
    """Whether the miner's web page may change the pools."""

    desired: bool
    name = fact = "web_access"

    def requests(self, current: object) -> ByApi:
        return {
            2: [("enable_web_pools" if self.desired else "disable_web_pools", {})],
            3: [with_value("set.system.webpools", "enable" if self.desired else "disable")],
        }
