# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a role's loop knows people and the clock by, and a controller that is killed at any of its calls."""

from __future__ import annotations


class Killed(BaseException):
    """The controller was killed."""


class MortalController:
    """A clock that only pauses and work move, the lines that were shown, and what *stands*.

    *dies_at* is the number of the call that touches miners at which the controller is killed, before it does
    anything, or with *after* once it has.
    """

    check_mode = False

    def __init__(self, begins_at, dies_at=None, after=False):
        self.time = begins_at
        self.dies_at = dies_at
        self.after = after
        self.calls = 0
        self.lines = []
        self.standing = ""

    def call(self, do):
        """What *do* returns, unless the controller dies of it."""
        self.calls += 1
        if self.calls == self.dies_at and not self.after:
            raise Killed
        result = do()
        if self.calls == self.dies_at:
            raise Killed
        return result

    def now(self):
        return self.time

    def clock(self):
        return self.time

    def pause(self, seconds):
        self.time += seconds

    def say(self, text):
        self.lines.append(text)

    def show(self, lines):
        self.lines += lines

    def stands(self, text):
        self.standing = text
