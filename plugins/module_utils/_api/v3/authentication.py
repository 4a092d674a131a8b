# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How commands of API 3 are signed, and some parameters encrypted, without any I/O (reference, section 2).

A signature is for one command at one second: there are no sessions, and nothing that a miner could run out
of. The parameter isn't covered by it. No password, key, salt or token shows in the repr of anything here.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from ..errors import NotAMiner, cipher_missing
from .dialect import Padding

try:
    from Crypto.Cipher import AES
except Exception:  # also what a damaged library raises
    AES = None  # type: ignore[assignment]

DEFAULT_ACCOUNT = "super"
USERS = ("user1", "user2", "user3")
"""The accounts that may do what `super` allows them."""
ACCOUNTS = (DEFAULT_ACCOUNT, *USERS)
"""The accounts that the document knows (2.1). Some sources have ``admin`` besides, so any may sign."""

_TOKEN_LENGTH = 8
_BLOCK = 16
_LONGEST_SALT = 64

# No source tells by how much clocks may differ. What differs by less is the network's delay, or a clock
# that's set.
_CLOCKS_AGREE_SECONDS = 5


class Signature:
    """Signs one *command* at *ts*, a Unix time in whole seconds, and encrypts its parameter (2.3, 2.5).

    *password* is that of the account, str (UTF-8) or bytes; *salt* is the miner's (`salt_in`).
    """

    __slots__ = ("command", "ts", "token", "_key")

    def __init__(self, command: str, *, password: str | bytes, salt: str, ts: int) -> None:
        secret = password.encode("utf-8", "surrogateescape") if isinstance(password, str) else password
        digest = hashlib.sha256(
            b"".join((command.encode(), secret, salt.encode(), str(ts).encode()))
        ).digest()
        self.command = command
        self.ts = ts
        self.token = base64.b64encode(digest)[:_TOKEN_LENGTH].decode("ascii")
        self._key = digest

    @property
    def secrets(self) -> tuple[str, ...]:
        """What of it no one may see, where a miner echoes it."""
        return (self.token,)

    def encrypt(self, plain: bytes, padding: Padding = Padding.PKCS7) -> str:
        """*plain* encrypted, as base64 text without newlines (2.5). Raises MissingLibrary.

        Zeros that fill a whole block are left out: nobody needs a block of them to find the end.
        """
        if AES is None:
            raise cipher_missing()
        missing = -len(plain) % _BLOCK
        if padding is Padding.PKCS7:
            missing = missing or _BLOCK
            padded = plain + bytes([missing]) * missing
        else:
            padded = plain + bytes(missing)
        return base64.b64encode(AES.new(self._key, AES.MODE_ECB).encrypt(padded)).decode("ascii")

    def __repr__(self) -> str:
        return f"Signature({self.command!r}, ts={self.ts}, <redacted>)"


def salt_in(data: Mapping[str, Any]) -> str:
    """The salt in what get.device.info shows (2.2): ``{"salt": "px5hoXa9"}``, whatever else is there.

    Raises NotAMiner for anything else: what a miner didn't mean as a salt would only show as a wrong
    password.
    """
    salt = data.get("salt")
    if not (
        isinstance(salt, str) and 0 < len(salt) <= _LONGEST_SALT and salt.isascii() and salt.isprintable()
    ):
        raise NotAMiner("the answer to get.device.info holds no salt")
    return salt


def other_clock(ts: int, when: int | None) -> int | None:
    """The time to sign with, once more, after a refusal that came *when* by the miner's clock (2.4).

    None where the clocks agree, so that signing again would change nothing. *ts* is the time that was
    refused.
    """
    return when if when is not None and abs(when - ts) > _CLOCKS_AGREE_SECONDS else None


def may_write(*, account: str, password: str, writable: bool | None) -> bool | None:
    """Whether the miner should take a write of *account* that is signed with the right password (2.1, 2.7).

    *writable* is what the miner shows of its API switch. A password that is the account's own name is the
    factory's, with which miners take no writes. None where it can't be told: what user1 to user3 may do is
    shown as a number alone.
    """
    if writable is False or password == account:
        return False
    return True if writable and account == DEFAULT_ACCOUNT else None
