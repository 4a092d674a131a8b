# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The socket side of a miner: segments, timeouts, transfers, and the faults that show only on the wire."""

from __future__ import annotations

import asyncio

from .faults import named
from .images import Intake
from .requests import MAX_REQUEST

LOG_DELAY_SECONDS = 0.01  # API document V1.3.11, section 2.13
OVERSIZE_CHUNK = b"A" * 65536


class MinerProtocol(asyncio.Protocol):
    """One connection, which is one request (field notes)."""

    __slots__ = (
        "miner",
        "fleet",
        "transport",
        "client",
        "deadline",
        "_buffer",
        "_answer",
        "_intake",
        "_room",
        "_cut",
    )

    def __init__(self, miner):
        self.miner = miner
        self.fleet = miner.fleet
        self.transport = None
        self._buffer = b""
        self._answer = None
        self._intake = None
        self._room = True
        self._cut = False  # a fault wants the end here

    def connection_made(self, transport):
        self.transport = transport
        peer = transport.get_extra_info("peername")
        self.client = peer[0] if peer else ""
        self.deadline = self.fleet.loop.time() + self.miner.options.idle_seconds
        self.fleet.connections.add(self)
        self.miner.counters.connections += 1
        if not self.miner.listening:
            # Accepted in the very moment in which the port closed.
            transport.abort()

    def connection_lost(self, exc):
        self.fleet.connections.discard(self)
        if self._intake is not None and self.miner.last_upload.get("verdict") == "running":
            self.miner.last_upload.update(
                bytes=self._intake.taken, size=self._intake.size, verdict="short transfer"
            )
        self.miner.connection_ended()
        if self.fleet.waiters:
            self.fleet.notify()

    def abort(self):
        self.transport.abort()

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
        self._answer = answer
        self._buffer = b""
        delay = answer.delay_seconds + (self.miner.options.latency_ms + self.miner.faults.latency_ms) / 1000.0
        if delay:
            self.deadline = float("inf")
            self.fleet.loop.call_later(delay, self._send)
        else:
            self._send()

    # --- the reply

    def _send(self):
        answer, faults = self._answer, self.miner.faults
        if answer.silent:
            self.deadline = float("inf")
            if answer.silent == "close":
                self.transport.close()
            self._done()
            return
        payload = answer.payload
        if answer.shape and faults.hits_reply(answer.command):
            if faults.oversize:
                self.miner.wear_off()
                self._oversize_start()
                self._done()
                return
            payload = self._misshape(payload, faults)
        if faults.segment_bytes:
            self._pieces(payload, 0, faults.segment_bytes, faults.segment_delay_ms / 1000.0)
            return
        if (
            answer.logs
            and self.miner.options.logs_same_segment
            and not self._cut
            and faults.hold_logs_after < 0
        ):
            payload += self._log_data()
            answer.logs = False
        self.transport.write(payload)
        self._sent()

    def _misshape(self, payload, faults):
        before = payload
        if faults.garbage:
            payload = self.fleet.rng.randbytes(199) + b"\xff"
        elif faults.deep_nesting:
            deep = faults.deep_nesting
            payload = b'{"STATUS":"S","Msg":' + b"[" * deep + b"]" * deep + b"}"
        elif faults.truncated:
            payload = payload[: len(payload) // 2]
        if payload is not before:
            self._cut = True
            self.miner.wear_off()
        return payload

    def _pieces(self, payload, start, size, delay):
        """Each piece in its own turn of the loop: with no delay they may still meet in the client's buffer.
        """
        if self.transport.is_closing():
            self._done()
            return
        self.transport.write(payload[start : start + size])
        start += size
        if start >= len(payload):
            self._sent()
        else:
            self.deadline = float("inf")
            self.fleet.loop.call_later(delay, self._pieces, payload, start, size, delay)

    def _sent(self):
        answer, options = self._answer, self.miner.options
        self.deadline = self.fleet.loop.time() + options.idle_seconds
        if self._cut:
            self.transport.close()
        elif answer.upload:
            self._intake = Intake(self.miner.platform, options.max_image_bytes)
            self.miner.last_upload = {"bytes": 0, "size": None, "verdict": "running"}
        elif answer.logs:
            self.fleet.loop.call_later(LOG_DELAY_SECONDS, self._send_logs)
        elif options.close_after_reply:
            self.transport.close()
        self._done()

    def _done(self):
        """The reply is on its way: now comes what was to come after it."""
        later, self._answer.later = self._answer.later, None
        if later is not None:
            later()
        if self.fleet.waiters:
            self.fleet.notify()

    def _send_logs(self):
        self.transport.write(self._log_data())
        if self.miner.faults.hold_logs_after < 0:
            self.transport.close()

    def _log_data(self):
        data, faults = self.miner.log_data(), self.miner.faults
        for most in (faults.cut_logs_after, faults.hold_logs_after):
            data = data if most < 0 else data[:most]
        return data

    # --- a reply without end

    def _oversize_start(self):
        self.deadline = float("inf")
        self.transport.write(b'{"STATUS":"S","Msg":"')
        self._oversize()

    def _oversize(self):
        if self.transport.is_closing():
            return
        self.transport.write(OVERSIZE_CHUNK)
        if self._room:
            self.fleet.loop.call_soon(self._oversize)

    def pause_writing(self):
        self._room = False

    def resume_writing(self):
        self._room = True
        if self._answer is not None and self.miner.faults.oversize:
            self.fleet.loop.call_soon(self._oversize)

    # --- firmware (section 2.7)

    def _upload(self, data):
        miner, intake = self.miner, self._intake
        if miner.last_upload.get("verdict") != "running":
            return
        self.deadline = self.fleet.loop.time() + miner.options.idle_seconds
        miner.counters.upload_bytes += len(data)
        try:
            whole = intake.feed(data)
        except ValueError as error:
            miner.last_upload.update(size=intake.size, verdict=str(error))
            self.transport.close()
            self.fleet.notify()
            return
        limit = miner.faults.drop_upload_after
        if limit and intake.taken >= limit:
            self.transport.abort()
            return
        if whole:
            self._flash()

    def _flash(self):
        miner, intake = self.miner, self._intake
        fields, reason = intake.verdict()
        miner.last_upload = {"bytes": intake.taken, "size": intake.size, "verdict": reason or "accepted"}
        miner.counters.uploads += 1
        if miner.options.second_upload_reply:
            # It says that the data came in, and nothing about what becomes of it.
            self.transport.write(miner.responder.second_reply(self._answer))
        self.transport.close()
        if not named(miner.faults.write_ignored, "update_firmware"):
            miner.flash(fields)
        self.fleet.notify()
