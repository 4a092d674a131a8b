# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens kept between tasks and processes, so that a miner's limit on them is never reached.

A miner gives 32 tokens to a client address, each for 30 minutes (API document, section 3.8). Ansible runs each task on
each host in a process of its own, so tokens are kept in files: one a miner, written whole and renamed into place,
readable by their owner only. What a file holds is the miner's *challenge* (time, salt, newsalt). The key and the sign
are derived from it and the password in memory and are never written: a stolen file opens nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import stat
import tempfile
import time
from dataclasses import dataclass, field
from urllib.parse import quote

from .ciphertext import Challenge
from .errors import TimedOut, TokenLimit, WhatsminerError

DEFAULT_DIRECTORY = "~/.ansible/whatsminer/tokens"

LIFETIME_SECONDS = 30 * 60
MARGIN_SECONDS = 60  # a token isn't begun with when it's about to expire
BUDGET = 24  # of the miner's 32: the rest is left to other tools on this address
LOCK_SECONDS = 60


@dataclass
class Record:
    """What is known of one miner's tokens: the current challenge, when tokens were asked for, when one was refused."""

    challenge: object = None
    asked: list = field(default_factory=list)
    refused: float = 0.0

    def usable(self, now, rejected):
        """The challenge if it's young enough, and not the one that the miner just *rejected*."""
        if self.challenge is None or self.challenge == rejected or not self.asked:
            return None
        return self.challenge if 0 <= now - self.asked[-1] < LIFETIME_SECONDS - MARGIN_SECONDS else None

    def forget_before(self, moment, now):
        """Drop what the miner has forgotten too: all that was before *moment*, and what lies in the future."""
        self.asked = [asked for asked in self.asked if moment < asked <= now]
        if not moment < self.refused <= now:
            self.refused = 0.0


class Tokens:
    """The tokens of all miners, in *directory* (made with mode 0700), or in memory where that can't be written."""

    def __init__(self, directory=DEFAULT_DIRECTORY):
        self._directory = self._prepare(os.path.expanduser(directory))
        self._memory = {}

    async def challenge(self, miner, ask, rejected=None, booted_at=0.0):
        """A challenge for *miner* (``(address, port)``): the kept one, or a new one from ``await ask()``.

        *rejected* is the challenge that the miner no longer takes. *booted_at* (epoch seconds) is when the miner last
        booted, where known: a reboot makes it forget its tokens and its limits. However many processes want one at
        once, one of them asks and the others use what it got.

        Raises TokenLimit without asking if the miner refused one within the last 30 minutes, or if too many were asked
        for; else whatever *ask* raises.
        """
        kept = self._read(miner).usable(time.time(), rejected)
        if kept is not None:
            return kept
        async with self._locked(miner):
            record = self._read(miner)
            now = time.time()
            kept = record.usable(now, rejected)
            if kept is not None:
                return kept
            record.forget_before(max(now - LIFETIME_SECONDS, booted_at), now)
            self._check_limits(record, now)
            record.challenge = None
            record.asked.append(now)
            self._write(miner, record)
            try:
                record.challenge = await ask()
            except TokenLimit:
                record.refused = time.time()
                raise
            finally:
                self._write(miner, record)
            return record.challenge

    def forget(self, miner):
        """The miner has voided its tokens (reboot, new password): keep only how many were asked for."""
        record = self._read(miner)
        if record.challenge is not None:
            record.challenge = None
            self._write(miner, record)

    @staticmethod
    def _check_limits(record, now):
        if record.refused:
            minutes = int((record.refused + LIFETIME_SECONDS - now) / 60) + 1
            raise TokenLimit(f"the miner gave no more tokens a while ago; it will not be asked again for {minutes} min")
        if len(record.asked) >= BUDGET:
            raise TokenLimit(
                f"{len(record.asked)} tokens were asked for within 30 minutes; the miner's limit is 32, so no more are asked for"
            )

    # Files

    @staticmethod
    def _prepare(directory):
        try:
            os.makedirs(directory, mode=0o700, exist_ok=True)
            found = os.stat(directory)
            if found.st_uid != os.geteuid():
                return None
            if stat.S_IMODE(found.st_mode) & 0o077:
                os.chmod(directory, 0o700)
            return directory if os.access(directory, os.W_OK | os.X_OK) else None
        except OSError:
            return None

    def _path(self, miner, suffix):
        address, port = miner
        return os.path.join(self._directory, f"{quote(address, safe='')}_{port}{suffix}")

    def _read(self, miner):
        if self._directory is None:
            return self._memory.get(miner) or Record()
        try:
            handle = os.open(self._path(miner, ".json"), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return Record()
        with open(handle, encoding="utf-8") as file:
            found = os.fstat(file.fileno())
            if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
                return Record()
            return _decode(file.read(4096))

    def _write(self, miner, record):
        if self._directory is None:
            self._memory[miner] = record
            return
        with contextlib.suppress(OSError):  # a full disk costs a token, it doesn't stop the work
            handle, path = tempfile.mkstemp(dir=self._directory, suffix=".new")
            try:
                with open(handle, "w", encoding="utf-8") as file:
                    file.write(_encode(record))
                os.replace(path, self._path(miner, ".json"))
            except BaseException:
                os.unlink(path)
                raise

    @contextlib.asynccontextmanager
    async def _locked(self, miner):
        """Hold the miner's lock against other processes and other coroutines of this one."""
        if self._directory is None:
            yield
            return
        handle = os.open(self._path(miner, ".lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            deadline = time.monotonic() + LOCK_SECONDS
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError:
                    if time.monotonic() > deadline:
                        raise TimedOut("another process has been asking this miner for a token for too long") from None
                    await asyncio.sleep(0.03)
            yield
        finally:
            os.close(handle)


def _encode(record):
    challenge = record.challenge
    return json.dumps(
        {
            "challenge": challenge and [challenge.time, challenge.salt, challenge.newsalt],
            "asked": record.asked,
            "refused": record.refused,
        }
    )


def _decode(text):
    try:
        found = json.loads(text)
        parts = found["challenge"]
        challenge = Challenge.from_reply_data(dict(zip(("time", "salt", "newsalt"), parts))) if parts else None
        return Record(challenge, [float(asked) for asked in found["asked"]], float(found["refused"]))
    except (ValueError, TypeError, KeyError, WhatsminerError):
        return Record()
