# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens kept between tasks and processes, so that a miner's limit on them is never reached.

A miner gives 32 tokens to a client address, each for 30 minutes (API document, section 3.8). Ansible runs
each task on each host in a process of its own, so tokens are kept in files, one a miner, readable by their
owner only. Who wants a token locks the file, and so has it for itself; what it writes goes there in one call,
so that a process killed at any moment leaves nothing half-written. What a file holds is the miner's
*challenge* (time, salt, newsalt). The key and the sign are derived from it and the password in memory and are
never written: a stolen file opens nothing.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import json
import os
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from .. import network, private_files
from ..errors import TimedOut, TokenLimit, Unreachable, WhatsminerError
from .cipher import Challenge

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from typing import Union

    #: The address and port of a miner.
    Place = tuple[str, int]
    _Kept = Union["_File", "_Memory"]

DEFAULT_DIRECTORY = "~/.ansible/whatsminer/tokens"

MARGIN_SECONDS = 60  # a token isn't begun with when it's about to expire
LOCKOUT_SECONDS = 30 * 60
# "over max connect" can be a lock of 180 s only, which asking meanwhile renews: so that is waited for first.
SHORT_LOCKOUT_SECONDS = 200
_SHORT_LOCKOUT = "over max connect"
BUDGET = 24  # of the miner's 32: the rest is left to other tools on this address
LOCK_SECONDS = 60
POLL_SECONDS = 0.03
MAX_FILE_BYTES = 4096  # several times what a full budget takes
_ROOM = b" " * MAX_FILE_BYTES


@dataclass
class Record:
    """What is known of one miner's tokens: the current challenge, when tokens were asked for, when one was
    refused.
    """

    challenge: Challenge | None = None
    asked: list[float] = field(default_factory=list)
    refused: float = 0.0
    lockout: float = 0.0  # for how many seconds since *refused* the miner isn't asked

    def usable(self, now: float, rejected: Challenge | None) -> Challenge | None:
        """The challenge if it's young enough, and not the one that the miner just *rejected*."""
        if self.challenge is None or self.challenge == rejected or not self.asked:
            return None
        lifetime = self.challenge.lifetime
        margin = min(MARGIN_SECONDS, lifetime / 2)
        return self.challenge if 0 <= now - self.asked[-1] < lifetime - margin else None

    def forget_before(self, moment: float, now: float) -> None:
        """Drop what the miner has forgotten too: all that was before *moment*, and what lies in the future.
        """
        self.asked = [asked for asked in self.asked if moment < asked <= now]
        if not moment < self.refused <= now:
            self.refused = self.lockout = 0.0

    def refuse(self, now: float, answer: str | None) -> None:
        """The miner gives no more, and says why: wait a little where that may do, and for long if it wasn't
        enough.
        """
        short = _SHORT_LOCKOUT in (answer or "") and not self.refused
        self.lockout = SHORT_LOCKOUT_SECONDS if short else LOCKOUT_SECONDS
        self.refused = now


class Tokens:
    """The tokens of all miners, in *directory*; where that can't be written, or has no room, elsewhere on
    this machine, so that the next task needs no token of its own; in memory where nothing can be written.

    A directory that isn't there is made with mode 0700; one that others can look into is left as it is, and a
    private one made inside. That happens when it's needed: who only reads a miner leaves no trace, and
    doesn't spend the time.
    """

    def __init__(self, directory: str = DEFAULT_DIRECTORY) -> None:
        self._wanted_directory = directory
        self._memory: dict[Place, _Memory] = {}

    async def challenge(
        self,
        miner: Place,
        ask: Callable[[], Awaitable[Challenge]],
        rejected: Challenge | None = None,
        *,
        booted_at: float = 0.0,
    ) -> Challenge:
        """A challenge for *miner* (``(address, port)``): the kept one, or a new one from ``await ask()``.

        *rejected* is the challenge that the miner no longer takes. *booted_at* (epoch seconds) is when the
        miner last booted, where known: a reboot makes it forget its tokens and its limits. However many
        processes want one at once, one of them asks and the others use what it got.

        Raises TokenLimit without asking if the miner refused one a short while ago (30 minutes, or 200 s
        after the first "over max connect"), if too many were asked for, or if another process asks for too
        long; else whatever *ask* raises.
        """
        async with self._locked(miner) as kept:
            record = kept.read()
            now = time.time()
            usable = record.usable(now, rejected)
            if usable is not None:
                return usable
            record.forget_before(max(now - LOCKOUT_SECONDS, booted_at), now)
            self._check_limits(record, now)
            record.challenge = None
            record.asked.append(now)
            kept.write(record)
            try:
                record.challenge = await ask()
            except TokenLimit as error:
                record.refuse(time.time(), error.answer)
                raise
            except TimedOut:
                raise
            except Unreachable:  # never asked, so none was given
                record.asked.pop()
                raise
            finally:
                kept.write(record)
            return record.challenge

    def forget(self, miner: Place) -> None:
        """The miner has voided its tokens (reboot, new password): keep only how many were asked for."""
        self._note(miner, lambda record: None)

    def refused(self, miner: Place, answer: str | None) -> None:
        """The miner said at another occasion than get_token that it gives no more: nobody asks it for a
        while.
        """
        self._note(miner, lambda record: record.refuse(time.time(), answer))

    def _note(self, miner: Place, change: Callable[[Record], object]) -> None:
        """Drop the kept challenge, and *change* the record; unless somebody is just replacing both."""
        with self._try_lock(miner) as kept:
            if kept:
                record = kept.read()
                record.challenge = None
                change(record)
                kept.write(record)

    @staticmethod
    def _check_limits(record: Record, now: float) -> None:
        seconds = record.refused + record.lockout - now
        if seconds > 0:
            wait = f"{int(seconds / 60) + 1} min" if seconds > 120 else f"{int(seconds) + 1} s"
            raise TokenLimit(
                f"the miner gave no more tokens a while ago; it will not be asked again for {wait}"
            )
        if len(record.asked) >= BUDGET:
            raise TokenLimit(
                f"{len(record.asked)} tokens were asked for within 30 minutes; the miner's limit is 32, so "
                "no more are asked for"
            )

    @functools.cached_property
    def _usual_directory(self) -> str | None:
        return private_files.directory(self._wanted_directory)

    @functools.cached_property
    def _directory_elsewhere(self) -> str | None:
        return private_files.directory_elsewhere()

    @contextlib.asynccontextmanager
    async def _locked(self, miner: Place) -> AsyncIterator[_Kept]:
        """Hold the miner's lock against other processes and other coroutines of this one. Raises TokenLimit.
        """
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            with self._try_lock(miner) as kept:
                if kept:
                    yield kept
                    return
            if time.monotonic() > deadline:
                raise TokenLimit(  # the miner can be reached, and wasn't asked
                    f"another process has been asking this miner for a token for {LOCK_SECONDS} s",
                    remedy="Nothing was written. Find the process (fuser -v shows who has the file "
                    f"{_name_of(miner)} open), and run again",
                )
            await network.sleep(POLL_SECONDS)

    @contextlib.contextmanager
    def _try_lock(self, miner: Place) -> Iterator[_Kept | None]:
        """What is kept of the miner, an object with ``read`` and ``write``; None while it is locked."""
        kept, locked = self._lock(miner)
        try:
            yield kept if locked else None
        finally:
            if locked:
                kept.close()

    def _lock(self, miner: Place) -> tuple[_Kept, bool]:
        for directory in self._directories():
            with contextlib.suppress(OSError):
                file = _File(os.path.join(directory, _name_of(miner)))
                return file, file.lock()
        # Without a file a miner costs a token or two more, which is better than no work.
        memory = self._memory.setdefault(miner, _Memory())
        return memory, memory.lock()

    def _directories(self) -> Iterator[str]:
        if self._usual_directory is not None:
            yield self._usual_directory
        if self._directory_elsewhere is not None:
            yield self._directory_elsewhere


def _name_of(miner: Place) -> str:
    address, port = miner
    return f"{quote(address, safe='')}_{port}.json"


class _File:
    """One miner's Record in the file at *path*, which is made if it isn't there. Raises OSError."""

    def __init__(self, path: str) -> None:
        handle = private_files.opened(path)
        if handle is None:
            os.unlink(path)
            handle = private_files.opened(path)
        if handle is None:
            raise FileExistsError(path)
        self._handle = handle
        self._length = 0

    def lock(self) -> bool:
        """Take the lock, which ends with `close`; False, and it's closed, if somebody else holds it.

        Raises OSError, and it's closed, if the disk has no room for a Record.
        """
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            return False
        except OSError:
            # This file system has no locks; the miner's limit on tokens is far from what a race costs.
            pass
        try:
            self._take_room()
        except OSError:
            self.close()
            raise
        return True

    def _take_room(self) -> None:
        """Fill a new file with blanks: what is written over them has room, even if the disk is full by then.
        """
        if os.fstat(self._handle).st_size > 0 or os.pwrite(self._handle, _ROOM, 0) == len(_ROOM):
            return
        os.ftruncate(self._handle, 0)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def read(self) -> Record:
        """The Record; an empty one where there is none that makes sense."""
        data = os.pread(self._handle, MAX_FILE_BYTES + 1, 0)
        if len(data) > MAX_FILE_BYTES:
            os.ftruncate(self._handle, 0)
            data = b""
        self._length = len(data)
        return _decode(data)

    def write(self, record: Record) -> None:
        """Replace what is there, in one call: blanks behind it overwrite what was longer."""
        with contextlib.suppress(OSError):  # a full disk costs a token, it doesn't stop the work
            self._length = os.pwrite(self._handle, _encode(record).ljust(self._length), 0)

    def close(self) -> None:
        """Let others have it."""
        os.close(self._handle)


class _Memory:
    """The same for this process alone, where there can be no file."""

    def __init__(self) -> None:
        self._record = Record()
        self._busy = False

    def lock(self) -> bool:
        """Take the lock, which ends with `close`; False if somebody else holds it."""
        free, self._busy = not self._busy, True
        return free

    def read(self) -> Record:
        """The Record."""
        return self._record

    def write(self, record: Record) -> None:
        """Replace it."""
        self._record = record

    def close(self) -> None:
        """Let others have it."""
        self._busy = False


def _encode(record: Record) -> bytes:
    challenge = record.challenge
    kept = {
        "challenge": challenge and [challenge.time, challenge.salt, challenge.newsalt, challenge.lifetime],
        "asked": record.asked,
        "refused": record.refused,
        "lockout": record.lockout,
    }
    return json.dumps(kept).encode("ascii")


def _decode(data: bytes) -> Record:
    """The Record in *data*; an empty one where it makes no sense."""
    try:
        found = json.loads(data)
        parts = found["challenge"]
        challenge = (
            Challenge.from_reply_data(dict(zip(("time", "salt", "newsalt"), parts))) if parts else None
        )
        if challenge and len(parts) > 3:
            challenge = replace(challenge, lifetime=float(parts[3]))
        refused = float(found["refused"])
        return Record(
            challenge,
            [float(asked) for asked in found["asked"]],
            refused,
            min(LOCKOUT_SECONDS, float(found.get("lockout", LOCKOUT_SECONDS))),
        )
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError, WhatsminerError):
        return Record()
