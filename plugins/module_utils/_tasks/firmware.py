# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Firmware: the part of an image that fits the miner, sent, and seen to run (2.7; API 3: 5.1)."""

from __future__ import annotations

import os
import re
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._api.errors import (
    BadParameter,
    NotAMiner,
    NotConverged,
    OutcomeUnknown,
    TransferFailed,
    Unreachable,
    WrongMachine,
)
from .._engine import applied_records
from .._engine.restarts import Pauses, Watch, read_identity
from .._engine.result import Result
from .._facts.values import firmware_version
from .._settings.base import Setting
from . import files

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._api.miner import Miner, Params
    from .._facts.shapes import Facts
    from .._settings.base import ByApi

# A miner that came back with the old version may be on its way into a second reboot.
PATIENCE_SECONDS = 10
# One that didn't confirm the image, and neither restarts nor goes away meanwhile, may not have got all of it.
UNCONFIRMED_SECONDS = 180

# A combined image (field notes): a header, with the number of packages, then one entry for each.
_HEADER_BYTES = 6812
_COUNTS = struct.Struct("<16xII")  # size of the data, number of packages
_ENTRY = struct.Struct("<16s16sII64x")  # chip, platform, offset, size
_MOST_PACKAGES = 64

_BY_API: ByApi = {2: [("update_firmware", {})], 3: [("set.system.update_firmware", {})]}

_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")


@dataclass(frozen=True)
class Part:
    """Bytes *offset* to *offset* + *size* of an image file, for miners of *platform* (None: the file is for
    any).
    """

    platform: str | None
    offset: int
    size: int


def parts_of(path: str) -> list[Part]:
    """The Parts of the image file at *path*: those of a combined image, else one, the whole file.

    Raises BadParameter for what can't be read, isn't a regular file, is empty or longer than files.MAX_BYTES,
    or is a damaged combined image.
    """
    try:
        with files.opened(path) as (file, size):
            header = file.read(_HEADER_BYTES) if size else b""
    except OSError as error:
        raise BadParameter("src", f"a firmware image that can be read ({path}: {error.strerror})") from None
    if not size:
        raise BadParameter("src", f"a firmware image of at least 1 byte ({path} has 0 bytes)")
    entries = _entries(header)
    if not entries:
        return [Part(None, 0, size)]
    # Offsets count from the start of the file, or else from the end of the header: one inside the header
    # tells which.
    base = _HEADER_BYTES if min(offset for _platform, offset, _size in entries) < _HEADER_BYTES else 0
    parts = [Part(platform, base + offset, length) for platform, offset, length in entries]
    for part in parts:
        if not part.size or part.offset + part.size > size:
            raise BadParameter(
                "src", f"a whole combined image ({path} lacks some of its part for {part.platform})"
            )
    return parts


def _entries(header: bytes) -> list[tuple[str, int, int]]:
    """(platform, offset, size) of each package, or nothing if *header* isn't that of a combined image."""
    if len(header) < _HEADER_BYTES:
        return []
    _size, count = _COUNTS.unpack_from(header)
    if not 1 <= count <= _MOST_PACKAGES:
        return []
    entries = []
    for index in range(count):
        chip, platform, offset, size = _ENTRY.unpack_from(header, _COUNTS.size + index * _ENTRY.size)
        if not (_is_name(chip) and _is_name(platform)):
            return []
        entries.append((platform.rstrip(b"\0").decode("ascii").strip().lower(), offset, size))
    return entries


def _is_name(field: bytes) -> bool:
    name = field.rstrip(b"\0")
    return bool(name) and name.isascii() and name.decode("ascii").isprintable()


def part_for(path: str, platform: str | None) -> Part:
    """The Part of the image at *path* for miners of *platform*. Raises BadParameter if there is none."""
    parts = parts_of(path)
    if parts[0].platform is None:
        return parts[0]
    for part in parts:
        if platform and part.platform == platform.lower():
            return part
    offered = ", ".join(sorted({part.platform for part in parts if part.platform}))
    raise BadParameter(
        "src",
        f"an image for this miner's platform, {platform or 'which it does not show'} (it is for {offered})",
    )


class _Image(Setting):
    """The image that was flashed last, by its digest: for runs that declare no version."""

    name = "firmware"


async def flash(miner: Miner, params: Params, check_mode: bool = False) -> Result:
    """Bring *miner* to the declared version; return the Result.

    *params*: ``src``, ``version``, ``checksum``, ``force``, ``wait``, ``wait_timeout`` (seconds), and the
    records. The Result's ``values`` are ``version`` and ``previous_version``. Everything about the file is
    checked before anything is sent. Raises BadParameter, TransferFailed if the transfer breaks off or the
    miner comes back with another version, NotConverged if it doesn't come back in time, WrongMachine if
    another one does.
    """
    if "\0" in params["src"]:
        raise BadParameter("src", "the path of a firmware image")
    wanted = _declared_version(params["version"])
    if params["checksum"] is not None:
        files.checksum_of(params["checksum"])
    known = await read_identity(miner)
    current = known.get("firmware_version")
    result = Result(values={"version": current, "previous_version": current})
    image = None
    if not params["force"]:
        if wanted is not None and current == wanted:
            return result
        if wanted is None:
            image = _Image(_digest(params["src"]))
            record = (params["applied"] or {}).get(image.name, {})
            if applied_records.holds(record, image, known) and applied_records.matches(record, image):
                return result
    part = part_for(params["src"], known.get("platform"))
    if params["checksum"] is not None:
        files.verify(params["src"], params["checksum"])
    ((command, _params),) = miner.requests_for("a firmware image", _BY_API)
    await miner.require_may_write(command, known)
    result.changed = True
    result.before, result.after = (
        {"firmware": current},
        {"firmware": wanted or os.path.basename(params["src"])},
    )
    result.values["version"] = wanted
    if not check_mode:
        now = await _flash(miner, params, part, before=known, wanted=wanted, result=result)
        if image is not None and "firmware_version" in now:
            result.applied = {**(params["applied"] or {}), image.name: applied_records.made(image, now)}
    return result


def _declared_version(text: str | None) -> str | None:
    """The version in the form in which miners' are compared; None where none is declared.

    Raises BadParameter.
    """
    if text is None:
        return None
    version = firmware_version(text)
    if version is None or not _VERSION.fullmatch(version):
        raise BadParameter("version", "a firmware version as the miner shows it, such as 20240419.22.REL")
    return version


def _digest(path: str) -> str:
    try:
        return files.digest_of(path)
    except OSError as error:
        raise BadParameter("src", f"a firmware image that can be read ({path}: {error.strerror})") from None


async def _flash(
    miner: Miner, params: Params, part: Part, *, before: Facts, wanted: str | None, result: Result
) -> Facts:
    """Send *part* and wait for it to run; return the facts of then, {} if that isn't waited for."""
    result.changed = False
    watch = Watch(before)
    ((command, _params),) = miner.requests_for("a firmware image", _BY_API)
    try:
        with files.opened(params["src"]) as (file, _size):
            file.seek(part.offset)
            confirmed = await miner.upload(command, file, part.size, on_progress=_progress(miner, part.size))
    except OSError as error:  # of the file: those of the network have names of their own
        raise TransferFailed(
            f"{params['src']} can't be read: {error.strerror}",
            miner=miner.name,
            command=command,
            remedy="Check the file, and run again",
        ) from None
    except OutcomeUnknown as error:
        raise TransferFailed(
            f"the miner didn't get ready for the image: {error.problem}",
            miner=miner.name,
            command=command,
            remedy="Nothing of the image was sent: look at the miner, then run again",
        ) from None
    result.commands.append(command)
    result.changed = True
    if not params["wait"]:
        result.warnings.append("the image was sent; whether the miner runs it wasn't waited for")
        return {}
    try:
        known = await _wait_for_version(
            miner, watch, before, wanted, timeout=params["wait_timeout"], confirmed=confirmed, command=command
        )
    except (TransferFailed, NotConverged, WrongMachine) as error:
        error.result = result
        raise
    result.values["version"] = known.get("firmware_version")
    if wanted is None and known.get("firmware_version") == before.get("firmware_version"):
        result.warnings.append(
            f"the miner came back with the version it had, {before.get('firmware_version')}"
        )
    return known


def _progress(miner: Miner, size: int) -> Callable[[int], None]:
    """A callback that says each tenth of *size* once."""
    state = {"tenth": -1}

    def progress(sent: int) -> None:
        tenth = sent * 10 // size
        if tenth > state["tenth"]:
            state["tenth"] = tenth
            miner.on_progress(f"firmware: {sent / 1e6:.1f} of {size / 1e6:.1f} MB sent ({tenth * 10} %)")

    return progress


async def _wait_for_version(
    miner: Miner,
    watch: Watch,
    before: Facts,
    wanted: str | None,
    *,
    timeout: float,
    confirmed: bool,
    command: str,
) -> Facts:
    """Poll until the miner, which *confirmed* the image or not, is back and runs *wanted* (None: any); return
    its facts.
    """
    miner.move_to(miner.address, before.get("mac"))
    miner.forget_api()
    begun, back_since, fault = time.monotonic(), None, "it hasn't restarted"
    async for _again in Pauses():
        now = time.monotonic()
        try:
            known = await read_identity(miner, once=True)
            version = known.get("firmware_version")
            restarted = watch.restarted(known, now)
            renewed = restarted or version != before.get("firmware_version")
            done = restarted if wanted is None else renewed and version == wanted
            # Firmware 1.3 and 1.4 shows its MAC only once btminer runs: until then, any machine may have come
            # back.
            if done and (miner.identity.pinned_mac is None or "mac" in known):
                return known
            if done:
                fault = "it shows the version and not yet its MAC, since its btminer is down"
            elif restarted:
                back_since = back_since or now
                if now - back_since >= PATIENCE_SECONDS:
                    raise TransferFailed(
                        f"it came back with version {version} and not {wanted}",
                        miner=miner.name,
                        command=command,
                        remedy="Check that the image is for this model and undamaged; the miner runs as "
                        "before",
                    )
        except (Unreachable, NotAMiner) as error:
            watch.was_away, back_since, fault = True, None, error.problem
        if not confirmed and not watch.was_away and now - begun > min(timeout, UNCONFIRMED_SECONDS):
            raise TransferFailed(
                "all of the image was sent, and the miner neither confirms it nor restarts: the transfer may "
                "have broken off",
                miner=miner.name,
                command=command,
                remedy="Run again; the version that the miner shows decides whether anything is left to do",
            )
        if now - begun > timeout:
            raise NotConverged(
                f"the image was sent, and after {timeout} s {fault}",
                miner=miner.name,
                command=command,
            )
    raise AssertionError("unreachable")
