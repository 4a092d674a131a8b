# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may do what: accounts, tokens, and parameters that come sealed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import typing

from .. import crypto
from ..state import DEFAULT_PASSWORD
from .replies import FAIL, Refused, no_permission

SUPER = "super"
TOKEN_LENGTH = 8


def digest(command: str, password: str, salt: str, ts: int) -> bytes:
    """SHA-256 over all four: the token's source, and the key of a sealed parameter."""
    return hashlib.sha256(f"{command}{password}{salt}{ts}".encode()).digest()


def token(secret: bytes) -> str:
    """The first eight characters of the digest in base64."""
    return base64.b64encode(secret).decode()[:TOKEN_LENGTH]


class Caller(typing.NamedTuple):
    """Who sent a request, and the digest of that very request."""

    account: str
    secret: bytes


def authenticate(miner, command: str, request: dict) -> Caller:
    """The sender of a write. Raises Refused: the token, the account or its rights are not what is needed."""
    options = miner.options
    ts, sign, account = request.get("ts"), request.get("token"), request.get("account")
    if ts.__class__ is not int or not isinstance(sign, str) or not isinstance(account, str):
        raise no_permission()
    window = options.api3_ts_window_seconds
    password = _password(miner, account)
    secret = digest(command, password or "", miner.state.api3_salt, ts)
    if password is None or token(secret) != sign or (window and abs(ts - miner.epoch) > window):
        if options.api3_wrong_password_code == FAIL:
            raise Refused(FAIL, "password is wrong")
        raise no_permission()
    _check_rights(miner, SUPER if account == "admin" else account, command)
    return Caller(account, secret)


def _password(miner, account: str) -> str | None:
    if account == "admin" and miner.options.api3_admin_account:
        return miner.state.password
    return miner.state.accounts.get(account, {}).get("password")


def _check_rights(miner, account: str, command: str) -> None:
    state = miner.state
    untouched = miner.options.enforce_default_password and state.password == DEFAULT_PASSWORD
    if miner.faults.api_off or not state.api_on or untouched:
        raise no_permission()
    if account != SUPER and command not in state.accounts[account]["permissions"]:
        raise no_permission()


def unseal(options, secret: bytes, param):
    """A sealed parameter's value. Raises Refused where it can't be decrypted."""
    if not isinstance(param, str):
        raise _undecryptable()
    try:
        data = base64.b64decode(param, validate=True)
        if not data or len(data) % crypto.BLOCK:
            raise _undecryptable()
        value = json.loads(_unpad(crypto.decrypt(secret, data), options.api3_padding))
        twice = isinstance(value, str)
        if (options.api3_sealed_json == "once" and twice) or (
            options.api3_sealed_json == "twice" and not twice
        ):
            raise _undecryptable()
        return json.loads(value) if twice else value
    except (binascii.Error, ValueError, RecursionError):
        raise _undecryptable() from None


def _unpad(plain: bytes, padding: str) -> bytes:
    bare = crypto.unpad(plain)
    removed = len(plain) - len(bare)
    found = "pkcs7" if removed and plain.endswith(bytes([removed])) else "zero"
    if padding not in ("either", found):
        raise _undecryptable()
    return bare


def _undecryptable() -> Refused:
    return Refused(FAIL, "invalid encrypted param")
