# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the connections of both ports have in common: replies in segments, and replies that are none."""

from __future__ import annotations

import asyncio

from .faults import named
from .images import Intake

LOG_DELAY_SECONDS = 0.01  # API document V1.3.11, section 2.13
OVERSIZE_CHUNK = b"A" * 65536


class Connection(asyncio.Protocol):
    """One connection to one of a miner's ports."""

    API = ""  # whose faults apply
    OVERSIZE_START = b""  # of a reply that never ends
    DEEP_START = b""  # of a reply of nested lists, which the closing brace ends
    FIRMWARE_COMMAND = ""

    __slots__ = (
        "miner",
        "fleet",
        "port",
        "transport",
        "client",
        "deadline",
        "_answer",
        "_intake",
        "_room",
        "_cut",
    )

    def __init__(self, port):
        self.port = port
        self.miner = port.miner
        self.fleet = port.miner.fleet
        self.transport = None
        self._answer = None  # to the request at hand
        self._intake = None  # of a firmware image
        self._room = True
        self._cut = False  # a fault wants the end here

    @property
    def idle_seconds(self) -> float:
        raise NotImplementedError

    def wire(self, body: bytes) -> bytes:
        """`body` as it travels."""
        return body

    def connection_made(self, transport):
        self.transport = transport
        peer = transport.get_extra_info("peername")
        self.client = peer[0] if peer else ""
        self.deadline = self.fleet.loop.time() + self.idle_seconds
        self.fleet.connections.add(self)
        self.miner.counters.connections += 1
        if not self.port.listening:
            # Accepted in the very moment in which the port closed.
            transport.abort()

    def connection_lost(self, exc):
        self.fleet.connections.discard(self)
        if self._intake is not None and self.miner.last_upload.get("verdict") == "running":
            intake = self._intake
            self.miner.last_upload.update(bytes=intake.taken, size=intake.size, verdict="short transfer")
        self.port.connection_ended()
        if self.fleet.waiters:
            self.fleet.notify()

    def abort(self):
        self.transport.abort()

    # --- the reply

    def _reply(self, answer):
        """Send *answer* to the request at hand, after the time that it takes."""
        self._answer = answer
        latency = self.miner.options.latency_ms + self.miner.faults_on(self.API).latency_ms
        delay = answer.delay_seconds + latency / 1000.0
        if delay:
            self.deadline = float("inf")
            self.fleet.loop.call_later(delay, self._send)
        else:
            self._send()

    def _send(self):
        answer, faults = self._answer, self.miner.faults_on(self.API)
        if answer.silent:
            self.deadline = float("inf")
            if answer.silent == "close":
                self.transport.close()
            self._done()
            return
        payload = self.wire(answer.payload)
        if faults.hits_reply(answer.command):
            if faults.oversize:
                self.miner.wear_off()
                self._oversize_start()
                self._done()
                return
            payload = self._misshape(payload, faults)
        if faults.segment_bytes:
            self._pieces(payload, 0, faults.segment_bytes, faults.segment_delay_ms / 1000.0)
            return
        together = answer.logs and self.miner.options.logs_same_segment
        if together and not self._cut and faults.hold_logs_after < 0:
            payload = self._with_logs(payload)
        self.transport.write(payload)
        self._sent()

    def _with_logs(self, payload):
        """*payload* and the log file in one segment."""
        payload += self._log_data()
        self._answer.logs = False
        return payload

    def _misshape(self, payload, faults):
        before = payload
        if faults.garbage:
            payload = b"\xff" + self.fleet.rng.randbytes(199)  # no JSON begins so
        elif faults.deep_nesting:
            deep = faults.deep_nesting
            payload = self.wire(self.DEEP_START + b"[" * deep + b"]" * deep + b"}")
        elif faults.truncated:
            payload = payload[: len(payload) // 2]
        if payload is not before:
            self._cut = True
            self.miner.wear_off()
        return payload

    def _pieces(self, payload, start, size, delay):
        """One piece a turn of the loop: without a delay they may still meet in the client's buffer."""
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
        """The reply is out."""
        raise NotImplementedError

    def _done(self):
        """The reply is on its way: now comes what was to come after it."""
        later, self._answer.later = self._answer.later, None
        if later is not None:
            later()
        if self.fleet.waiters:
            self.fleet.notify()

    # --- a reply without end

    def _oversize_start(self):
        self.deadline = float("inf")
        self.transport.write(self.OVERSIZE_START)
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

    # --- logs

    def _log_data(self):
        data, faults = self.miner.log_data(), self.miner.faults
        for most in (faults.cut_logs_after, faults.hold_logs_after):
            data = data if most < 0 else data[:most]
        return data

    # --- firmware

    def _begin_upload(self):
        self._intake = Intake(self.miner.platform, self.miner.options.max_image_bytes)
        self.miner.last_upload = {"bytes": 0, "size": None, "verdict": "running"}

    def _upload(self, data):
        miner, intake = self.miner, self._intake
        if miner.last_upload.get("verdict") != "running":
            return
        self.deadline = self.fleet.loop.time() + self.idle_seconds
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
        # It says that the data came in, and nothing about what becomes of it.
        self.transport.write(self._second_reply())
        self.transport.close()
        if not named(miner.faults.write_ignored, self.FIRMWARE_COMMAND):
            miner.flash(fields)
        self.fleet.notify()

    def _second_reply(self) -> bytes:
        """The reply once an image came in, which may be none."""
        raise NotImplementedError
