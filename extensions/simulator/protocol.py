# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connections to port 4028: one request each, its reply, and the transfers that come after some."""

from __future__ import annotations

from .connection import LOG_DELAY_SECONDS, Connection
from .requests import MAX_REQUEST


class MinerProtocol(Connection):
    """One connection, which is one request (field notes)."""

    API = "2"
    OVERSIZE_START = b'{"STATUS":"S","Msg":"'
    DEEP_START = b'{"STATUS":"S","Msg":'
    FIRMWARE_COMMAND = "update_firmware"

    __slots__ = ("_buffer",)

    def __init__(self, port):
        super().__init__(port)
        self._buffer = b""

    @property
    def idle_seconds(self) -> float:
        return self.miner.options.idle_seconds

    # --- the request

    def data_received(self, data):
        if self._intake is not None:
            self._upload(data)
        elif self._answer is None:
            self._buffer = self._buffer + data if self._buffer else data
            self._try(len(self._buffer) > MAX_REQUEST)

    def eof_received(self):
        if self._intake is not None:
            return False
        if self._answer is None:
            if not self._buffer:
                return False
            self._try(True)
        # The client may half-close and still read; one that hears nothing is gone for good.
        return not self._answer.silent

    def idle(self):
        """The deadline passed: section 4, "it will time out and close"."""
        if self._answer is None and self._buffer:
            self._try(True)
        else:
            self.transport.close()

    def _try(self, ended):
        answer = self.miner.responder.receive(self._buffer, self.client, ended)
        if answer is None:
            return
        self._buffer = b""
        self._reply(answer)

    # --- the reply

    def _sent(self):
        answer, options = self._answer, self.miner.options
        self.deadline = self.fleet.loop.time() + options.idle_seconds
        if self._cut:
            self.transport.close()
        elif answer.upload:
            self._begin_upload()
        elif answer.logs:
            self.fleet.loop.call_later(LOG_DELAY_SECONDS, self._send_logs)
        elif options.close_after_reply:
            self.transport.close()
        self._done()

    def _send_logs(self):
        self.transport.write(self._log_data())
        if self.miner.faults.hold_logs_after < 0:
            self.transport.close()

    def _second_reply(self) -> bytes:
        wanted = self.miner.options.second_upload_reply
        return self.miner.responder.second_reply(self._answer) if wanted else b""
