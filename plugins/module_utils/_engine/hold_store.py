# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where holds are kept: a directory on the controller, with one file for each miner that has holds.

``rack1-01.json`` is the file of the host of that name, and ``mac/C4050800023B`` a link to the file of the
miner with that MAC address. So a miner is found under a new name, too. Hundreds of processes look up holds at
once, and need no lock for that: a file is replaced whole, and one that isn't there means that the miner has
no hold. Only changes are locked, each lot of them as a whole.

What can't be read is never taken for empty: a directory that was named must be there, and a file must make
sense. The directory that is used where none was named comes to be with the first hold.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import quote

from .._api.errors import WhatsminerError
from .holds import Held, decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Callable

    #: What becomes of the holds of a miner; one without holds is forgotten.
    Change = Callable[[Held], Held]

DEFAULT_DIRECTORY = "~/.ansible/whatsminer/holds"
LOCK_SECONDS = 60
POLL_SECONDS = 0.05
#: Many times what the holds of a miner take.
MAX_FILE_BYTES = 256 * 1024

_SUFFIX = ".json"
_LOCK = ".lock"
_MACS = "mac"
# Names of files have at most 255 bytes.
_LONGEST_NAME = 200
# How many files are written at once: most of the time of each is waiting for the disk.
_AT_ONCE = 16


class HoldStoreFault(WhatsminerError):
    """The holds can't be read or written, so that nobody knows whether a miner is held."""

    cause = "hold_store"
    remedy = (
        "Nothing was written to the miner. Until the holds can be read, it isn't known which miners are held"
    )


class HoldStore:
    """The holds in *directory*; all methods raise HoldStoreFault where that isn't as it should be."""

    def __init__(self, directory: str = DEFAULT_DIRECTORY) -> None:
        self.directory = os.path.abspath(os.path.expanduser(directory))
        self.named = self.directory != os.path.abspath(os.path.expanduser(DEFAULT_DIRECTORY))

    # Look up

    def find(self, host: str | None, mac: str | None = None) -> Held | None:
        """The miner called *host*, or else the one with this *mac*, if it has holds."""
        directory = self._open()
        if directory is None:
            return None
        try:
            held = None if host is None else self._read(_file_of(host), directory)
            if held is not None and _has_moved(held, directory):
                held = None
            if held is None and mac is not None:
                held = self._read(os.path.join(_MACS, _plain(mac)), directory)
                # The link may lead to what has become the file of another machine.
                if held is not None and (held.mac is None or _plain(held.mac) != _plain(mac)):
                    held = None
            return held
        finally:
            os.close(directory)

    def all(self) -> list[Held]:
        """All miners that have holds, by name."""
        with self._opened() as directory:
            if directory is None:
                return []
            try:
                names = os.listdir(directory)
            except OSError as error:
                raise self._fault("can't be read", error) from None
            found = (self._read(name, directory) for name in names if name.endswith(_SUFFIX))
            current = (held for held in found if held is not None and not _has_moved(held, directory))
            return sorted(current, key=lambda held: held.host)

    def _open(self) -> int | None:
        """A handle of the directory; None where it isn't there and needn't be."""
        try:
            return os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            if self.named:
                raise self._missing() from None
            return None
        except OSError as error:
            raise self._fault("can't be read", error) from None

    @contextlib.contextmanager
    def _opened(self) -> Iterator[int | None]:
        """The same, closed in the end."""
        handle = self._open()
        try:
            yield handle
        finally:
            if handle is not None:
                os.close(handle)

    def _read(self, name: str, directory: int) -> Held | None:
        try:
            # Of all files, those named by MAC addresses alone are links.
            links = 0 if name.startswith(_MACS + os.sep) else os.O_NOFOLLOW
            handle = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | links, dir_fd=directory)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._fault(f"has a file {name} that can't be read", error) from None
        try:
            with open(handle, "rb") as file:
                data = file.read(MAX_FILE_BYTES + 1)
            if len(data) > MAX_FILE_BYTES:
                raise ValueError("it is too long")
            return decode(data.decode())
        except OSError as error:
            raise self._fault(f"has a file {name} that can't be read", error) from None
        except (ValueError, RecursionError) as error:
            raise HoldStoreFault(
                f"the holds in {self._called()} can't be trusted: the file {name} makes no sense "
                f"({'it is empty' if not data else error})",
                remedy="Nothing was written to the miner. Restore the file, or remove it if the miner isn't "
                "to be held",
            ) from None

    # Change

    def change(self, miners: Iterable[tuple[str, str | None]], change: Change) -> list[Held]:
        """Make *change* to the holds of each of *miners*, ``(name, MAC address or None)``; return what they
        are then.

        Each miner's are changed whole or not at all, and nobody else changes any meanwhile. Once it returns
        they are on the disk.
        """
        with self.locked() as directory:
            after: list[Held] = []
            changed: list[Held] = []
            moved: list[str] = []
            for host, mac in miners:
                found = self._read(_file_of(host), directory) or self._moved(
                    host, mac, directory, moved=moved
                )
                held = Held(host, found.mac or mac, found.holds) if found else Held(host, mac)
                after.append(change(held))
                if after[-1] != found and (found or after[-1].holds):
                    changed.append(after[-1])
            self._write(changed, directory)
            for name in moved:
                self._remove(name, directory)
            if changed:
                self._flush(directory)
            return after

    def _moved(self, host: str, mac: str | None, directory: int, *, moved: list[str]) -> Held | None:
        """What the miner with *mac* has under another name than *host*; that file goes to *moved*."""
        held = None if mac is None else self._read(os.path.join(_MACS, _plain(mac)), directory)
        if held is None or held.mac is None or _plain(held.mac) != _plain(mac or ""):
            return None
        moved.append(_file_of(held.host))
        return held

    def _write(self, miners: list[Held], directory: int) -> None:
        try:
            if len(miners) < _AT_ONCE:
                for held in miners:
                    self._write_one(held, directory)
                return
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                list(pool.map(lambda held: self._write_one(held, directory), miners))
        except OSError as error:
            raise self._fault("can't be written", error) from None

    def _write_one(self, held: Held, directory: int) -> None:
        name = _file_of(held.host)
        link = None if held.mac is None else os.path.join(_MACS, _plain(held.mac))
        if not held.holds:
            _unlink(name, directory)
            if link is not None:
                _unlink(link, directory)
            return
        new = f".{name}.new"
        _unlink(new, directory)  # what a killed process left, or anything else that isn't this file
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=directory)
        with open(handle, "wb") as file:
            file.write(encode(held).encode())
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, name, src_dir_fd=directory, dst_dir_fd=directory)
        target = os.path.join("..", name)
        if link is not None and not _leads_to(link, target, directory):
            _unlink(f"{link}.new", directory)
            os.symlink(target, f"{link}.new", dir_fd=directory)
            os.replace(f"{link}.new", link, src_dir_fd=directory, dst_dir_fd=directory)

    def _remove(self, name: str, directory: int) -> None:
        try:
            _unlink(name, directory)
        except OSError as error:
            raise self._fault("can't be written", error) from None

    def _flush(self, directory: int) -> None:
        with contextlib.suppress(OSError):  # not every file system can, and the files themselves are there
            os.fsync(directory)

    @contextlib.contextmanager
    def locked(self) -> Iterator[int]:
        """A handle of the directory, which is made if need be, while nobody else changes anything in it."""
        if not self.named:
            if os.path.expanduser("~") == "~":  # it would be another directory wherever a run begins
                raise HoldStoreFault(
                    "holds can't be kept where no home directory is known",
                    remedy="No hold was changed. Set HOME, or whatsminer_holds to a directory",
                )
            try:
                os.makedirs(self.directory, mode=0o700, exist_ok=True)
            except OSError as error:
                raise self._fault("can't be made", error) from None
        with self._opened() as directory:
            if directory is None:
                raise self._missing()
            try:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(_MACS, 0o700, dir_fd=directory)
                lock = os.open(
                    _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=directory
                )
            except OSError as error:
                raise self._fault("can't be written", error) from None
            try:
                self._lock(lock)
                yield directory
            finally:
                os.close(lock)

    def _lock(self, lock: int) -> None:
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise HoldStoreFault(
                        f"another process has been changing the holds in {self._called()} for "
                        f"{LOCK_SECONDS} s",
                        remedy="No hold was changed. Find the process (fuser -v shows who has the file .lock "
                        "open), and run again",
                    ) from None
            except OSError as error:
                raise self._fault("is on a file system without locks", error) from None
            time.sleep(POLL_SECONDS)

    # Faults

    @contextlib.contextmanager
    def told_of(self, what: str) -> Iterator[None]:
        """Tell of an OSError in the block as of one of the directory, which *what*, such as "can't be read".
        """
        try:
            yield
        except OSError as error:
            raise self._fault(what, error) from None

    def _called(self) -> str:
        return f"{self.directory} (whatsminer_holds)"

    def _missing(self) -> HoldStoreFault:
        return HoldStoreFault(
            f"the directory of the holds, {self._called()}, isn't there",
            remedy="Nothing was written to the miner, since nobody knows whether it is held. Mount the "
            "directory, or make it if there are no holds yet (mkdir -m 700)",
        )

    def _fault(self, what: str, error: OSError) -> HoldStoreFault:
        reason = error.strerror or errno.errorcode.get(error.errno or 0, "error")
        return HoldStoreFault(f"the directory of the holds, {self._called()}, {what}: {reason}")


def is_used(directory: str | None) -> bool:
    """Whether any miner with a known MAC address is held in *directory*: looking for one may find it."""
    if directory is None:
        return False
    try:
        with os.scandir(os.path.join(os.path.expanduser(directory), _MACS)) as links:
            return next(links, None) is not None
    except OSError:  # mostly, there is none; what can't be read, looking up by name has told
        return False


def _file_of(host: str) -> str:
    """The name of the file of *host*; no two hosts have the same."""
    name = quote(host, safe="")
    if name.startswith("."):
        name = f"%2E{name[1:]}"
    if len(name) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME - 70]}%{hashlib.sha256(host.encode()).hexdigest()}"
    return name + _SUFFIX


def _plain(mac: str) -> str:
    """*mac* as the name of a file, however it is written."""
    return re.sub("[^0-9A-F]", "", mac.upper())


def _has_moved(held: Held, directory: int) -> bool:
    """Whether the miner has its holds under another name by now, and a killed process left this file."""
    if held.mac is None:
        return False
    link = os.path.join(_MACS, _plain(held.mac))
    try:
        return os.readlink(link, dir_fd=directory) != os.path.join("..", _file_of(held.host))
    except OSError:
        return False


def _leads_to(link: str, target: str, directory: int) -> bool:
    try:
        return os.readlink(link, dir_fd=directory) == target
    except OSError:
        return False


def _unlink(name: str, directory: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=directory)
