# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connections to port 4433: frames, many requests on each, reports, transfers, and faults on the wire."""

from __future__ import annotations

from ..connection import LOG_DELAY_SECONDS, Connection
from . import frames

LOG_CHUNK = 10240
SOCKET_TEXT = b"Socket connect failed: Connection refused\n"
# Replies that are no proper frames (fault `bad_frame`), made from a proper reply's JSON.
BAD_FRAMES = {
    "big_endian": lambda body: len(body).to_bytes(4, "big") + body,
    "too_long": lambda body: frames.encode(body + bytes(100))[: 4 + len(body)],
    "huge": lambda body: b"\xff\xff\xff\x7f" + body,
    "not_json": lambda body: frames.encode(b"no JSON"),
    "not_object": lambda body: frames.encode(b"[" + body + b"]"),
    "socket_text": lambda body: SOCKET_TEXT,
}


class Api3Connection(Connection):
    """One connection, with any number of requests, one after the other."""

    API = "3"
    OVERSIZE_START = b"\xff\xff\xff\x7f" + b'{"code":0,"msg":"'
    DEEP_START = b'{"code":0,"when":0,"msg":'
    FIRMWARE_COMMAND = "set.system.update_firmware"

    __slots__ = ("_frames", "_ended", "_report", "_gap")

    def __init__(self, port):
        super().__init__(port)
        self._frames = frames.Frames()
        self._ended = False  # the client sends no more
        self._report = None  # the timer of the next report
        self._gap = 0

    @property
    def idle_seconds(self) -> float:
        return self.miner.options.api3_idle_seconds

    def wire(self, body: bytes) -> bytes:
        return frames.encode(body)

    def connection_lost(self, exc):
        self._set_report(0)
        super().connection_lost(exc)

    # --- requests

    def data_received(self, data):
        if self._intake is not None:
            self._upload(data)
            return
        self.deadline = max(self.deadline, self.fleet.loop.time() + self.idle_seconds)
        self._frames.feed(data)
        self._next()

    def eof_received(self):
        if self._intake is not None:  # the rest of the image doesn't come any more
            return False
        self._ended = True
        # The client may half-close and still read; one that hears nothing is gone for good.
        return self._answer is not None and not self._answer.silent

    def idle(self):
        self.transport.close()

    def _next(self):
        """The next frame, unless one is being answered."""
        if self._answer is not None or self.transport.is_closing():
            return
        try:
            frame = self._frames.next()
        except frames.TooLong:
            self.transport.close()
            return
        if frame is None:
            if self._ended:
                self.transport.close()
        elif frame:
            self._receive(frame)
        else:
            self._heartbeat()

    def _heartbeat(self):
        how = self.miner.options.api3_heartbeat
        if how == "close":
            self.transport.close()
            return
        if how == "echo":
            self.transport.write(frames.encode(b""))
        self.fleet.loop.call_soon(self._next)

    def _receive(self, frame):
        self._reply(self.miner.api3_responder.receive(frame, self.client))

    # --- the reply

    def _with_logs(self, payload):
        self._answer.close = self.miner.options.api3_close_after_logs
        return super()._with_logs(payload)

    def _misshape(self, payload, faults):
        if faults.bad_frame == "heartbeats":
            return frames.encode(b"") * 2 + payload
        if faults.bad_frame == "other_first":
            return self.wire(self.miner.api3_responder.report()) + payload
        if faults.bad_frame:
            self._cut = True
            self.miner.wear_off()
            return BAD_FRAMES[faults.bad_frame](payload[frames.LENGTH.size :])
        return super()._misshape(payload, faults)

    def _sent(self):
        answer = self._answer
        self.deadline = self.fleet.loop.time() + self.idle_seconds
        if answer.gap_seconds is not None:
            self._set_report(answer.gap_seconds)
        if self._cut or answer.close:
            self.transport.close()
        elif answer.upload:
            self._begin_upload()
            self._done()
            rest = self._frames.rest()
            if rest:
                self._upload(rest)
            return
        elif answer.logs:
            self._done()
            self.fleet.loop.call_later(LOG_DELAY_SECONDS, self._send_logs)
            return
        self._done()
        self._go_on()

    def _go_on(self):
        """On to the next request. In a turn of its own: a thousand frames may have come at once."""
        self._answer = None
        self.fleet.loop.call_soon(self._next)

    def _send_logs(self):
        data = self._log_data()
        for start in range(0, len(data), LOG_CHUNK):
            self.transport.write(data[start : start + LOG_CHUNK])
        if self.miner.faults.hold_logs_after >= 0:
            return
        if self.miner.options.api3_close_after_logs or self.miner.faults.cut_logs_after >= 0:
            self.transport.close()
        else:
            self._go_on()

    # --- reports

    def _set_report(self, gap):
        if self._report is not None:
            self._report.cancel()
            self._report = None
        self._gap = gap
        if gap:
            self._report = self.fleet.loop.call_later(gap, self.push_report)

    def push_report(self):
        """Send a report, unless a reply is on its way, and another one after the gap."""
        if self._answer is None and not self.transport.is_closing():
            self.transport.write(self.wire(self.miner.api3_responder.report()))
            self.deadline = self.fleet.loop.time() + self.idle_seconds
        self._set_report(self._gap)

    # --- firmware

    def _second_reply(self) -> bytes:
        return self.wire(self.miner.api3_responder.final()) if self.miner.options.api3_final_frame else b""
