# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON of requests of API 3 (reference on API 3, sections 1 and 2), still without their frames."""

from __future__ import annotations

import json
from typing import Any

from .authentication import Signature
from .dialect import LIKELIEST, Dialect

# ASCII alone, as the document wants it.
_COMPACT = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def plain(command: str, param: Any = None, dialect: Dialect = LIKELIEST) -> bytes:
    """A request that isn't signed, as reads are: ``{"cmd":"get.device.info","param":"salt"}``."""
    return _with_param({"cmd": command}, _written(param, dialect), dialect)


def signed(
    signature: Signature,
    account: str,
    param: Any = None,
    *,
    encrypted: bool = False,
    dialect: Dialect = LIKELIEST,
) -> bytes:
    """A signed request: ``{"cmd":...,"ts":...,"token":...,"account":...,"param":...}``, as writes are.

    *encrypted*: whether *param* goes encrypted under the signature's key (2.5). Raises MissingLibrary then.
    """
    head = {"cmd": signature.command, "ts": signature.ts, "token": signature.token, "account": account}
    written = _encrypted(signature, param, dialect) if encrypted else _written(param, dialect)
    return _with_param(head, written, dialect)


def _with_param(request: dict[str, Any], param: Any, dialect: Dialect) -> bytes:
    if param is not None or dialect.null_param:
        request["param"] = param
    return _COMPACT.encode(request).encode("ascii")


def _written(param: Any, dialect: Dialect) -> Any:
    return _COMPACT.encode(param) if dialect.objects_as_text and isinstance(param, (dict, list)) else param


def _encrypted(signature: Signature, param: Any, dialect: Dialect) -> str:
    text = _COMPACT.encode(param)
    if dialect.quoted:
        text = _COMPACT.encode(text)
    return signature.encrypt(text.encode("ascii"), dialect.padding)
