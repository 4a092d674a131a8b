# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of a miner's ports are open: those that its phase, its APIs and its faults want."""

from __future__ import annotations

import errno
import logging

from .ports import Api3Port, ApiPort, SshPort

log = logging.getLogger("simulator")

# Gone: it hangs after a reboot, or has moved to where this machine can't listen.
UP, DOWN, GONE = "up", "down", "gone"
BIND_TRIES = 20
BIND_PAUSE_SECONDS = 0.1


class Listening:
    """The ports of one miner: `api2` (4028), `api3` (4433) and `ssh`."""

    def __init__(self, miner, number2: int, number3: int):
        self._miner = miner
        self.api2 = ApiPort(miner, number2)
        self.api3 = Api3Port(miner, number3)
        self.ssh = SshPort(miner)

    @property
    def _both(self) -> tuple[ApiPort, ApiPort]:
        return self.api2, self.api3

    @property
    def listening(self) -> bool:
        """Whether any API can be reached."""
        return self.api2.listening or self.api3.listening

    def _wanted(self, port: ApiPort) -> bool:
        """Whether this port is to be open, while the miner is up."""
        miner = self._miner
        if miner.options.apis not in (port.api, "both") or miner.faults_on(port.api).refuse:
            return False
        return not (port is self.api3 and miner.closed_while_restarting)

    def open(self) -> None:
        """For the first time. Raises OSError, with the port as `filename`, where that can't be bound."""
        for port in self._both:
            if not self._wanted(port):
                continue
            try:
                port.open()
            except OSError as error:
                error.filename = str(port.number)
                raise
        if self._miner.state.ssh:
            self.ssh.open()

    def close(self) -> None:
        for port in self._both:
            port.close()
        self.ssh.close()

    def sync(self, tries: int = BIND_TRIES) -> None:
        """Open and close the ports of the APIs as it is wanted now."""
        miner = self._miner
        for port in self._both:
            if miner.phase != UP or not self._wanted(port):
                port.close()
                continue
            try:
                port.open()
            except OSError as error:
                if error.errno == errno.EADDRINUSE and tries > 0:
                    miner.call_later(BIND_PAUSE_SECONDS, lambda: self.sync(tries - 1))
                    return
                # A real miner moves wherever it is told to; nobody here can follow it.
                where = f"{miner.address} port {port.number}"
                log.warning("%s: cannot listen on %s: %s", miner.name, where, error)
                miner.phase = GONE
        if miner.closed_while_restarting:
            miner.call_later(miner.btminer_started - miner.now() + 0.01, self.sync)
        miner.fleet.notify()
