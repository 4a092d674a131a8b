# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fake fleet, of which tests of the loops say what each miner answers."""

from __future__ import annotations

import contextlib


class Interrupted(Exception):
    """Somebody ended it."""


class Fleet:
    """*facts* by host; those in *away* don't answer, those in *stubborn* fail, those in *held* are held.

    *leds* are as they were set last, *restarted* the batches, *ended* is in which pause it is interrupted.
    """

    def __init__(self, facts, away=(), stubborn=(), held=(), ended=None, check_mode=False):
        self.facts, self.away, self.stubborn, self.held = facts, away, set(stubborn), held
        self.ended, self.check_mode = ended, check_mode
        self.leds, self.restarted, self.lines, self.paused, self.afterwards = {}, [], [], [], []
        self.standing = ""
        self.declared = {}

    def read(self, hosts):
        return [
            {"host": host, "unreachable": True, "msg": f"{host} (192.0.2.1): no route"}
            if host in self.away
            else {"host": host, "ansible_facts": {"whatsminer": self.facts[host]}}
            for host in hosts
        ]

    def _written(self, host):
        if host in self.stubborn:
            return {"host": host, "failed": True, "msg": f"{host}: it refused"}
        if host in self.held:
            return {"host": host, "changed": False, "held": {"led": "held by repair"}}
        return {"host": host, "changed": True}

    def declared_led(self, host):
        return self.declared.get(host)

    def set_leds(self, leds):
        self.leds.update(
            {host: led for host, led in leds.items() if host not in {*self.held, *self.stubborn}}
        )
        return [self._written(host) for host in leds]

    @contextlib.contextmanager
    def set_afterwards(self, leds):
        self.afterwards.append(dict(leds))
        yield
        self.afterwards.append("called off")

    def restart(self, hosts):
        self.restarted.append(list(hosts))
        return [self._written(host) for host in hosts]

    def pause(self, seconds):
        self.paused.append(seconds)
        if self.ended == len(self.paused):
            raise Interrupted

    def say(self, text):
        self.lines.append(text)

    def stands(self, text):
        self.standing = text
