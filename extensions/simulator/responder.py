# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a miner answers: one request in, one Answer out."""

from __future__ import annotations

import base64

from . import ailments, crypto, envelopes, malformed, readings, requests, writes
from .commands import Taken
from .counters import LONGEST_NAME, countable
from .envelopes import (
    BASE64_ERROR,
    COMMAND_ERROR,
    COMMAND_OK,
    INVALID_COMMAND,
    INVALID_JSON,
    MISSING_COMMAND,
    PERMISSION_DENIED,
    TOKEN_ERROR,
    TOKEN_OVER_MAX,
    Refused,
)
from .faults import named
from .state import DEFAULT_PASSWORD
from .tokens import Token, TokenRefused

DOWN_TEXT = "btminer process is down err"
JOIN_TEXT = "command join err"
SOCKET_TEXT = b"Socket connect failed: Connection refused\n"


class Answer:
    """What the socket side has to do about one request."""

    __slots__ = (
        "payload",
        "code",
        "command",
        "silent",
        "later",
        "delay_seconds",
        "upload",
        "logs",
        "seal",
    )

    def __init__(self, payload: bytes = b"", code=0, command: str = ""):
        self.payload = payload
        self.code = code
        self.command = command
        self.silent = ""  # "", close, hang
        self.later = None
        self.delay_seconds = 0.0
        self.upload = False
        self.logs = False
        self.seal = None  # payload -> payload, for a second reply


class Responder:
    """What one miner says to requests, and has done because of them."""

    def __init__(self, miner):
        self.miner = miner

    def receive(self, data: bytes, client: str, ended: bool) -> Answer | None:
        """The answer to `data`, or None while the request isn't whole."""
        self.miner.wake()
        try:
            request = requests.parse(data, ended)
        except requests.BadJson:
            return self._refuse(Refused(INVALID_JSON, self.miner.options.json_text), "", client)
        except requests.BadBase64:
            return self._refuse(Refused(BASE64_ERROR, "base64 decode error"), "", client)
        if request is None:
            return None
        faults = self.miner.faults_on("2")
        if (faults.silent or faults.empty_close) and not faults.only_commands:
            fields = request.fields or {}
            name = str(fields.get("cmd") or fields.get("command") or "")
            if name:
                self.miner.counters.requests[countable(name)] += 1
            return self._mute(name, client, request.ciphertext is not None)
        if request.ciphertext is None:
            return self._execute(request, None, client, request.text)
        return self._unseal(request, client)

    def _unseal(self, request, client) -> Answer:
        data = request.ciphertext
        self.miner.counters.sealed += 1
        found = None
        if data and len(data) % crypto.BLOCK == 0:
            found = self.miner.tokens.open(client, data, self.miner.now())
        if found is None:
            refusal = Refused(INVALID_JSON, self.miner.options.decrypt_text)
            return self._refuse(refusal, "", client, text=request.text, sealed=True)
        token, plain = found
        try:
            inner = requests.parse_plaintext(plain)
        except requests.BadJson:
            refusal = Refused(INVALID_JSON, self.miner.options.json_text)
            return self._refuse(refusal, "", client, token, request.text)
        sign = inner.fields.get("token")
        if not self.miner.tokens.valid(client, sign, self.miner.now()):
            name = inner.fields.get("cmd") or inner.fields.get("command") or ""
            refusal = Refused(TOKEN_ERROR, "check token err")
            return self._refuse(refusal, str(name), client, token, request.text or inner.text)
        return self._execute(inner, token, client, request.text or inner.text)

    def _execute(self, request, token: Token | None, client: str, text: bool) -> Answer:
        fields = request.fields
        name = ""
        try:
            name = self._command_name(fields, request.text)
            self.miner.counters.requests[countable(name)] += 1
            faults = self.miner.faults_on("2")
            if (faults.silent or faults.empty_close) and faults.hits_reply(name):
                return self._mute(name, client, token is not None)
            if name in faults.deny or "*" in faults.deny:
                raise Refused(COMMAND_ERROR, faults.deny.get(name) or faults.deny["*"])
            if writes.known(self.miner.options, name) and not named(faults.echo, name):
                return self._write(name, fields, token, client, text)
            reply = (
                self._echo(fields)
                if named(faults.echo, name)
                else self._read(name, fields, token, client, text)
            )
        except Refused as refusal:
            if name in writes.WRITES:
                self.miner.counters.refused[name] += 1
            return self._refuse(refusal, name, client, token, text)
        if isinstance(reply, dict):
            reply = envelopes.as_text(reply) if text else envelopes.dumps(reply)
        return self._answer(reply, COMMAND_OK, name, client, token, text)

    def _command_name(self, fields: dict, text: bool) -> str:
        if self.miner.options.request_key == "command" and not text:
            if "command" not in fields:
                raise Refused(MISSING_COMMAND, "Missing JSON 'command'")
            name = fields["command"]
        else:
            name = fields.get("cmd", fields.get("command"))
        if not isinstance(name, str) or not name:
            raise Refused(INVALID_COMMAND, self.miner.options.unknown_text)
        return name

    def _read(self, name, fields, token, client, text):
        """The reply of a readable command: a dict, or bytes where it is no JSON."""
        options = self.miner.options
        if "+" in name:
            return self._join(name.split("+"))
        if name in options.unknown_commands:
            raise Refused(INVALID_COMMAND, options.unknown_text)
        if name in options.deprecated_commands:
            raise Refused(COMMAND_ERROR, "This command is deprecated.")
        if name in readings.BTMINER:
            return self._ask_btminer(name) if self.miner.btminer_answers else self._btminer_down()
        if name in readings.DAEMON or (name in readings.DAEMON_2_0 and options.has_miner_info):
            return envelopes.daemon_reply(options, name, self._ask_daemon(name, fields), self.miner.epoch)
        if name == "get_token" and token is None:
            return self._get_token(client, text)
        raise Refused(INVALID_COMMAND, options.unknown_text)

    def _ask_btminer(self, name):
        miner = self.miner
        data = ailments.shown(miner, name, readings.BTMINER[name](miner))
        return envelopes.btminer_reply(miner.options, name, data, miner.epoch)

    def _ask_daemon(self, name, fields):
        if name == "get_miner_info":
            wanted = fields.get("info")
            return readings.get_miner_info(self.miner, wanted if isinstance(wanted, str) else None)
        read = {**readings.DAEMON, **readings.DAEMON_2_0}[name]
        return ailments.shown(self.miner, name, read(self.miner))

    def _join(self, names):
        """`summary+pools`: {"summary":[{..}],"pools":[{..}],"id":1}."""
        options = self.miner.options
        most = {"none": 1, "two": 2, "all": len(readings.BTMINER)}[options.joins]
        known = set(readings.BTMINER) - set(options.unknown_commands)
        if len(names) > most or not known.issuperset(names):
            together = options.join_refusal_code
            raise Refused(together, JOIN_TEXT if together == PERMISSION_DENIED else options.unknown_text)
        if not self.miner.btminer_answers:
            return self._btminer_down()
        reply: dict = {name: [self._part(name)] for name in names}
        reply["id"] = 1
        return reply

    def _part(self, name):
        """One command's part of a joined reply, which can be a refusal of its own."""
        options = self.miner.options
        if name in options.join_refused:
            return self._refusal(Refused(INVALID_COMMAND, options.unknown_text))
        if name in options.deprecated_commands:
            return self._refusal(Refused(COMMAND_ERROR, "This command is deprecated."))
        return self._ask_btminer(name)

    def _btminer_down(self):
        how = self.miner.options.btminer_down_reply
        if how == "text":
            return SOCKET_TEXT
        if how == "code":
            raise Refused(INVALID_COMMAND, self.miner.options.unknown_text)
        raise Refused(int(how), DOWN_TEXT)

    def _get_token(self, client, text):
        miner = self.miner
        book, options = miner.tokens, miner.options
        if miner.faults.token_limit:
            miner.counters.token_refusals += 1
            raise Refused(TOKEN_OVER_MAX, options.token_limit_text)
        book.follow(options)
        try:
            token = book.issue(client, miner.state.password, miner.now(), miner.epoch, options.fixed_salt)
        except TokenRefused as refused:
            miner.counters.token_refusals += 1
            raise Refused(TOKEN_OVER_MAX, str(refused)) from None
        miner.counters.tokens += 1
        if miner.faults.spoil_tokens:
            token.spoiled = True
            miner.faults = miner.faults.changed({"spoil_tokens": miner.faults.spoil_tokens - 1})
        if text:
            return (f"{token.time} {token.salt} {token.newsalt}").encode()
        shown = token.time if options.token_time == "epoch" else token.time[-4:]
        msg = {"time": shown, "salt": token.salt, "newsalt": token.newsalt}
        if options.token_timeout:
            msg["timeout"] = options.token_timeout
        return envelopes.envelope(options, "S", options.token_code, msg, miner.epoch)

    def _write(self, name, fields, token, client, text) -> Answer:
        options, state, faults = self.miner.options, self.miner.state, self.miner.faults
        if token is None:
            raise Refused(options.plain_write_code, options.plain_write_text)
        untouched = options.enforce_default_password and state.password == DEFAULT_PASSWORD
        if faults.api_off or not state.api_on or untouched:
            raise Refused(PERMISSION_DENIED, options.api_off_text)
        taken: Taken = writes.WRITES[name](self.miner, fields)
        if named(faults.write_lost, name):
            self.miner.counters.lost[name] += 1
            return self._silent(name, faults.silent_how, client, True, "lost")
        ignored = named(faults.write_ignored, name)
        if ignored:
            self.miner.counters.ignored[name] += 1
        else:
            self.miner.counters.taken[name] += 1
            taken.apply()
        if named(faults.write_silent, name):
            answer = self._silent(name, faults.silent_how, client, True, "silent, taken")
        else:
            answer = self._write_reply(name, taken, token, client, text)
        if not ignored:
            answer.later = taken.later
        return answer

    def _write_reply(self, name, taken, token, client, text) -> Answer:
        if text and name == "update_firmware":
            reply = b"ready"
        else:
            envelope = envelopes.envelope(self.miner.options, "S", COMMAND_OK, taken.msg, self.miner.epoch)
            reply = envelopes.as_text(envelope) if text else envelopes.dumps(envelope)
        transfer = taken.upload or taken.logs
        sealed = not transfer or self.miner.options.ready_sealed
        answer = self._answer(reply, COMMAND_OK, name, client, token, text, sealed, trail=not taken.logs)
        answer.delay_seconds = taken.delay_seconds
        answer.upload, answer.logs = taken.upload, taken.logs
        if taken.upload:
            answer.seal = lambda payload: self._seal(payload, token, text) if sealed else payload
        return answer

    def second_reply(self, answer: Answer) -> bytes:
        """Code 131 once an image came in whole."""
        envelope = envelopes.envelope(self.miner.options, "S", COMMAND_OK, "API command OK", self.miner.epoch)
        return answer.seal(envelopes.dumps(envelope))

    # --- replies

    def _answer(self, reply: bytes, code, name, client, token, text, sealed=True, trail=True) -> Answer:
        if self.miner.options.malformed:
            reply = malformed.damage(reply, self.miner.options.malformed)
        if token is not None and sealed:
            reply = self._seal(reply, token, text)
        if trail:
            reply += envelopes.trailer(self.miner.options)
        answer = Answer(reply, code, name)
        self.miner.fleet.record(self.miner, client, name[:LONGEST_NAME], token is not None, code)
        return answer

    def _echo(self, fields) -> dict:
        heard = envelopes.dumps(fields).decode()
        return envelopes.envelope(
            self.miner.options, "S", COMMAND_OK, {**fields, "heard": heard}, self.miner.epoch
        )

    def _refusal(self, refusal: Refused) -> dict:
        options = self.miner.options
        words = refusal.text or options.error_text
        return envelopes.envelope(options, "E", refusal.code, words, self.miner.epoch)

    def _refuse(self, refusal: Refused, name, client, token=None, text=False, sealed=False) -> Answer:
        """`sealed`: the request was, even if there is no token with which it could be opened."""
        options = self.miner.options
        envelope = self._refusal(refusal)
        reply = envelopes.as_text(envelope) if text else envelopes.dumps(envelope)
        answer = self._answer(reply, refusal.code, name, client, token, text, options.sealed_errors)
        if options.double_encoded_refusals and (sealed or token is not None) and not text:
            answer.payload = envelopes.dumps(answer.payload.decode())
        return answer

    def _silent(self, name, how, client, sealed, outcome) -> Answer:
        answer = Answer(command=name)
        answer.silent = how
        self.miner.fleet.record(self.miner, client, name[:LONGEST_NAME], sealed, outcome)
        return answer

    def _mute(self, name, client, sealed) -> Answer:
        """The faults silent and empty_close: nothing is done, nothing is said."""
        how = "hang" if self.miner.faults_on("2").silent else "close"
        self.miner.wear_off()
        return self._silent(name, how, client, sealed, "silent")

    def _seal(self, reply: bytes, token: Token, text: bool) -> bytes:
        """Section 4.1, the way back."""
        form = self.miner.options.sealed_reply
        if form == "plain":
            return reply
        data = base64.b64encode(crypto.encrypt(token.secret, reply, self.miner.options.padding))
        if text:
            return b"enc|" + data
        if form == "enc":
            return b'{"enc":"' + data + b'"}'
        return b'{"enc":1,"data":"' + data + b'"}'
