# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The miner's log archive (API document, 2.13; reference on API 3, 5.2): whole or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .._api.errors import BadParameter, NotAMiner, TimedOut, TransferFailed
from .._engine.restarts import read_identity
from .._engine.result import Result
from .files import digest_of, whole_or_nothing

if TYPE_CHECKING:
    from .._api.miner import Miner
    from .._settings.base import ByApi

_BY_API: ByApi = {2: [("download_logs", {})], 3: [("get.log.download", {})]}


async def fetch(miner: Miner, dest: str, check_mode: bool = False) -> Result:
    """Download the log archive of *miner* to the file *dest*, whose directory is made if need be; return the
    Result.

    Its ``values`` are ``file`` (*dest*), ``size`` (bytes) and ``checksum`` (SHA-256), once there is a file.
    Raises BadParameter for a *dest* that can't be written, or is a device or the like, TransferFailed if the
    archive doesn't come whole; an older file then stays.
    """
    directory = os.path.dirname(dest) or "."
    if not dest or "\0" in dest or os.path.isdir(dest):
        raise BadParameter("dest", "a file's path, and not a directory's")
    existing = _nearest_existing(directory)
    if not os.path.isdir(existing) or not os.access(existing, os.W_OK | os.X_OK):
        raise BadParameter("dest", f"in a directory that can be written: {existing} can't")
    before = _digest_of_old(dest)
    await read_identity(miner)
    ((command, _params),) = miner.requests_for("the download of logs", _BY_API)
    result = Result(changed=True, before={"dest": None}, after={"dest": dest})
    if check_mode:
        return result
    try:
        os.makedirs(directory, exist_ok=True)
        with whole_or_nothing(dest) as file:
            size = await miner.download(command, file)
    except (NotAMiner, TimedOut) as error:  # it has just answered, so it isn't unreachable
        raise TransferFailed(
            f"it doesn't begin to send its logs: {error.problem}", miner=miner.name, command=command
        ) from None
    except OSError as error:
        raise TransferFailed(
            f"{dest} can't be written: {error.strerror}",
            miner=miner.name,
            command=command,
            remedy="Make room or choose another dest, and run again",
        ) from None
    checksum = digest_of(dest)
    result.changed = checksum != before
    result.commands.append(command)
    # Not called dest or path: to those ansible-core adds owner and mode, and only where a module is shipped.
    result.values = {"file": dest, "size": size, "checksum": checksum}
    return result


def _digest_of_old(dest: str) -> str | None:
    """The digest of the file at *dest*, None where there is none.

    Raises BadParameter for what isn't to be replaced.
    """
    try:
        return digest_of(dest, option="dest")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadParameter(
            "dest", f"a file that can be read and replaced ({dest}: {error.strerror})"
        ) from None


def _nearest_existing(directory: str) -> str:
    """*directory*, or the first of those around it that is there."""
    while directory and not os.path.lexists(directory):
        directory = os.path.dirname(directory)
    return directory or "."
