# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a miner answers over API 3: one frame in, one Answer out."""

from __future__ import annotations

import dataclasses
import json
import typing

from ..counters import LONGEST_NAME, countable
from ..faults import named
from . import authentication, commands, readings, replies
from .replies import Refused


@dataclasses.dataclass
class Answer:
    """What the socket side has to do about one request. `payload`: JSON, not yet in a frame."""

    payload: bytes = b""
    command: str = ""
    silent: str = ""  # "", close, hang
    later: typing.Callable[[], None] | None = None
    delay_seconds: float = 0.0
    upload: bool = False
    logs: bool = False
    close: bool = False  # once it is sent
    gap_seconds: int | None = None  # between reports, from now on


class Api3Responder:
    """What one miner says to frames, and has done because of them."""

    def __init__(self, miner):
        self.miner = miner

    def receive(self, frame: bytes, client: str) -> Answer:
        self.miner.wake()
        try:
            request = json.loads(frame)
        except (ValueError, RecursionError):
            request = None
        if not isinstance(request, dict):
            return self._bad_json(client)
        name = request.get("cmd")
        name = name if isinstance(name, str) else ""
        self.miner.counters.requests[countable(name)] += 1
        faults = self.miner.faults_on("3")
        if (faults.silent or faults.empty_close) and faults.hits_reply(name):
            self.miner.wear_off()
            return self._silent(name, "hang" if faults.silent else "close", client, "silent")
        try:
            return self._execute(name, request, client)
        except Refused as refusal:
            if name in commands.WRITES:
                self.miner.counters.refused[name] += 1
            code = self.miner.options.api3_bad_value_code if refusal.code is None else refusal.code
            return self._answer(name, code, refusal.text, client)

    def _bad_json(self, client: str) -> Answer:
        if self.miner.options.api3_bad_json == "close":
            return self._silent("", "close", client, "no JSON")
        answer = self._answer("", replies.FAIL, "invalid json", client)
        answer.close = True
        return answer

    def _execute(self, name: str, request: dict, client: str) -> Answer:
        faults = self.miner.faults
        if name in commands.WRITES:
            self.miner.counters.sealed += 1
        if name in faults.deny or "*" in faults.deny:
            raise Refused(replies.FAIL, faults.deny.get(name) or faults.deny["*"])
        if named(faults.echo, name):
            return self._answer(name, replies.OK, {**request, "heard": json.dumps(request)}, client)
        if not commands.known(self.miner.options, name):
            raise Refused(replies.INVALID_COMMAND, "invalid command")
        if name in commands.WRITES:
            return self._write(name, request, client)
        msg = readings.READS[name](self.miner, request.get("param"))
        answer = self._answer(name, replies.OK, msg, client)
        answer.logs = name == "get.log.download"
        return answer

    def _write(self, name: str, request: dict, client: str) -> Answer:
        miner, faults = self.miner, self.miner.faults
        caller = authentication.authenticate(miner, name, request)
        param = request.get("param")
        if name in commands.SEALED:
            if param is None:
                raise replies.missing()
            param = authentication.unseal(miner.options, caller.secret, param)
        taken = commands.WRITES[name](miner, param, caller)
        if named(faults.write_lost, name):
            miner.counters.lost[name] += 1
            return self._silent(name, faults.silent_how, client, "lost")
        ignored = named(faults.write_ignored, name)
        if ignored:
            miner.counters.ignored[name] += 1
        else:
            miner.counters.taken[name] += 1
            taken.apply()
        if named(faults.write_silent, name):
            answer = self._silent(name, faults.silent_how, client, "silent, taken")
        else:
            msg = taken.msg if taken.upload else "ok"
            answer = self._answer(name, replies.OK, msg, client)
        answer.upload = taken.upload
        if not ignored:
            answer.later = taken.later
            if isinstance(taken, commands.Report):
                answer.gap_seconds = taken.gap_seconds
        return answer

    def _answer(self, name: str, code: int, msg, client: str) -> Answer:
        sealed = name in commands.SEALED
        self.miner.fleet.record(self.miner, client, name[:LONGEST_NAME], sealed, code)
        return Answer(replies.envelope(code, msg, name, self.miner.epoch), name)

    def _silent(self, name: str, how: str, client: str, outcome: str) -> Answer:
        self.miner.fleet.record(self.miner, client, name[:LONGEST_NAME], name in commands.SEALED, outcome)
        return Answer(command=name, silent=how)

    # --- what comes without a request

    def final(self) -> bytes:
        """Once an image came in whole."""
        return replies.envelope(replies.OK, "ok", "set.system.update_firmware", self.miner.epoch)

    def report(self) -> bytes:
        """One report of set.miner.report. No source shows its content: here, get.miner.status has it."""
        status = {"summary": readings.summary(self.miner)}
        return replies.envelope(replies.OK, status, "get.miner.report", self.miner.epoch)
