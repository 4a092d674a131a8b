# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a miner listens: the ports of its APIs, and that of SSH."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import logging
import socket
import struct

from .protocol import MinerProtocol
from .v3.server import Api3Connection

log = logging.getLogger("simulator")

LISTEN_QUEUE = 512
ACCEPT_AT_ONCE = 64
ACCEPT_PAUSE_SECONDS = 0.2


class ApiPort:
    """A listening socket, at the miner's address: number `number`, 0 until any free port has been taken.

    asyncio's own servers lose a connection that is accepted while they close: its client would wait for ever,
    where that of a miner that reboots is cut off. So accepting is done here.
    """

    api = "2"
    protocol: type = MinerProtocol

    def __init__(self, miner, number: int):
        self.miner = miner
        self.number = number
        self._loop = None
        self._socket = None
        self._open = 0  # connections
        self._waiting = False  # clients that come wait in the backlog until a connection ends

    @property
    def most_clients(self) -> float:
        return 1 if self.miner.options.one_connection else float("inf")

    @property
    def crowded(self) -> str:
        """What becomes of a client too many: wait, close, reset."""
        return "wait"

    @property
    def listening(self) -> bool:
        return self._socket is not None

    def open(self) -> None:
        """Listen. Raises OSError."""
        if self._socket is not None:
            return
        miner = self.miner
        if not ipaddress.IPv4Address(miner.address).is_loopback:
            # A net_config may name any address; a fake miner never shows on a real network.
            raise OSError(errno.EADDRNOTAVAIL, "no loopback address")
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((miner.address, self.number))
            sock.listen(LISTEN_QUEUE)
        except BaseException:
            sock.close()
            raise
        self._socket = sock
        self._loop = miner.fleet.loop
        self.number = sock.getsockname()[1]
        self._loop.add_reader(sock.fileno(), self._accept, sock)

    def close(self) -> None:
        """Stop listening, and cut what is open."""
        if self._socket is None:
            return
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()
        self._socket = None
        self._waiting = False
        for connection in [c for c in self.miner.fleet.connections if c.port is self]:
            connection.abort()

    def _accept(self, sock) -> None:
        miner = self.miner
        for _number in range(ACCEPT_AT_ONCE):
            crowded = self._open >= self.most_clients
            if crowded and self.crowded == "wait":
                self._loop.remove_reader(sock.fileno())
                self._waiting = True
                return
            try:
                connection, _peer = sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                log.warning("%s: cannot accept: %s", miner.name, error.strerror)
                # Most likely out of file descriptors: the loop would ask again at once, and again.
                self._loop.remove_reader(sock.fileno())
                miner.call_later(ACCEPT_PAUSE_SECONDS, lambda: self._accept_again(sock))
                return
            if crowded:
                self._turn_away(connection)
                continue
            self._open += 1
            connection.setblocking(False)
            welcome = self._loop.connect_accepted_socket(lambda: self.protocol(self), connection)
            task = miner.fleet.task(welcome)
            task.add_done_callback(lambda task, connection=connection: self._end_unwelcome(task, connection))

    def _turn_away(self, connection) -> None:
        if self.crowded == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    def _end_unwelcome(self, task, connection) -> None:
        """Close a connection that never got its protocol: the fleet stopped, or the client was gone."""
        if task.cancelled() or task.exception() is not None:
            connection.close()
            self.connection_ended()

    def connection_ended(self) -> None:
        self._open -= 1
        if self._waiting:
            self._waiting = False
            self._loop.add_reader(self._socket.fileno(), self._accept, self._socket)

    def _accept_again(self, sock) -> None:
        if self._socket is sock:
            self._loop.add_reader(sock.fileno(), self._accept, sock)


class Api3Port(ApiPort):
    """Port 4433: ten clients at once."""

    api = "3"
    protocol = Api3Connection

    @property
    def most_clients(self) -> float:
        return self.miner.options.api3_clients

    @property
    def crowded(self) -> str:
        return self.miner.options.api3_crowded


class SshPort:
    """Port 22, or, where that can't be bound, another one (API document V1.3.11, section 2.10)."""

    def __init__(self, miner):
        self._miner = miner
        self._socket = None

    @property
    def number(self) -> int | None:
        return self._socket.getsockname()[1] if self._socket is not None else None

    def open(self) -> None:
        self.close()
        miner = self._miner
        if not miner.options.ssh_listens:
            return
        for port in (22, miner.options.ssh_fallback_port):
            if not port:
                continue
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                sock.setblocking(False)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.bind((miner.address, port))
                sock.listen(8)
            except OSError:
                sock.close()
                continue
            self._socket = sock
            miner.fleet.loop.add_reader(sock.fileno(), self._accept, sock)
            return
        log.warning("%s: no port for SSH can be bound; set the option ssh_fallback_port", miner.name)

    def close(self) -> None:
        if self._socket is not None:
            self._miner.fleet.loop.remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _accept(self, sock) -> None:
        try:
            connection, _peer = sock.accept()
        except OSError:
            return
        with connection, contextlib.suppress(OSError):
            connection.send(b"SSH-2.0-dropbear\r\n")
