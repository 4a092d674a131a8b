# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One miner: its clock, its power, its network, and how it answers."""

from __future__ import annotations

import base64
import collections
import contextlib
import errno
import hashlib
import ipaddress
import logging
import socket
import time

from . import commands, crypto, generations, images, malformed, readings, requests
from .commands import Taken
from .faults import Faults, named
from .generations import (
    BASE64_ERROR,
    COMMAND_OK,
    INVALID_COMMAND,
    INVALID_JSON,
    MISSING_COMMAND,
    PERMISSION_DENIED,
    PRESETS,
    TOKEN_ERROR,
    TOKEN_OVER_MAX,
    Refused,
)
from .protocol import MinerProtocol
from .state import DEFAULT_PASSWORD, MODELS, State
from .tokens import Token, TokenBook, TokenRefused

log = logging.getLogger("simulator")

UP, DOWN, GONE = "up", "down", "gone"  # gone: hangs after a reboot, or moved to where this machine can't listen
SOCKET_TEXT = b"Socket connect failed: Connection refused\n"
BIND_TRIES = 20
LISTEN_QUEUE = 512
LONGEST_NAME = 64
FIRMWARE_ERROR_TIME = "2024-06-15 10:30:00"
ACCEPT_AT_ONCE = 64
ACCEPT_PAUSE_SECONDS = 0.2


def _countable(name: str) -> str:
    """A name for the counters: whoever makes up commands without end must not fill the memory."""
    known = len(name) <= LONGEST_NAME and all(part in requests.KNOWN for part in name.split("+"))
    return name if known else "(other)"


def _end_unwelcome(task, connection) -> None:
    """Close a connection that never got its protocol: the fleet stopped, or the client was gone already."""
    if task.cancelled() or task.exception() is not None:
        connection.close()


class Counters:
    """What a miner was asked. `taken` and `refused` count writes by command."""

    FIELDS = ("connections", "sealed", "tokens", "token_refusals", "uploads", "upload_bytes", "reboots", "btminer_starts")
    TABLES = ("requests", "taken", "refused", "ignored", "lost")
    __slots__ = FIELDS + TABLES

    def __init__(self):
        for name in self.FIELDS:
            setattr(self, name, 0)
        for name in self.TABLES:
            setattr(self, name, collections.Counter())

    def as_dict(self) -> dict:
        out = {name: getattr(self, name) for name in self.FIELDS}
        out.update((name, dict(getattr(self, name))) for name in self.TABLES)
        out["writes"] = sum(self.taken.values())
        return out


class Answer:
    """What the socket side has to do about one request."""

    __slots__ = ("payload", "code", "command", "silent", "later", "delay_seconds", "upload", "logs", "seal", "shape")

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
        self.shape = False  # the faults of the reply apply


class Miner:
    """The state machine. All times inside are seconds of `now()`, a clock that tests can push forward."""

    def __init__(self, spec, number: int, fleet):
        self.spec = spec
        self.name = spec.name
        self.number = number
        self.fleet = fleet
        self.address = spec.address
        self.dhcp_address = spec.address
        self.port = spec.port
        self.generation = spec.generation
        self.options = PRESETS[spec.generation].changed(spec.options)
        self.faults = Faults().changed(spec.faults)
        self.state = State(
            mac=spec.mac,
            firmware=spec.firmware,
            password=spec.password,
            hostname=spec.name,
            model=spec.model,
            serial=f"HTM{spec.mac.replace(':', '')[-8:]}{number:06d}",
        )
        for name, value in self.state.changed(spec.state).items():
            setattr(self.state, name, value)
        self.lease = (self.state.netmask, self.state.gateway, self.state.dns)  # what DHCP gives
        self.counters = Counters()
        self.clock_offset = 0.0
        self.tokens = TokenBook(
            fleet.rng,
            self.options.token_lifetime_seconds,
            self.options.tokens_per_address,
            self.options.token_addresses,
        )
        self.phase = DOWN
        now = self.now()
        self.booted = now - spec.uptime_seconds
        self.btminer_started = self.booted + self.options.restart_seconds if spec.uptime_seconds else now
        self.upfreq_seconds = self.options.upfreq_seconds
        self.preheat_started = None
        self.last_upload: dict = {}
        self.harm: dict = images.checked_harm({})  # what the firmware does to it
        self._socket = None
        self._ssh_socket = None
        self._timers: set = set()
        self._change = None  # what the coming reboot brings
        self._rebooting = False
        self._outage: dict = {}
        self._digest = None

    # --- what it shows

    @property
    def errors(self) -> list[dict]:
        """Its own, and those of its firmware."""
        return self.state.errors + [{"code": str(code), "since": FIRMWARE_ERROR_TIME} for code in self.harm["errors"]]

    # --- clock

    def now(self) -> float:
        return time.monotonic() + self.clock_offset

    @property
    def epoch(self) -> int:
        return int(time.time() + self.clock_offset)

    @property
    def uptime(self) -> float:
        return max(0.0, self.now() - self.booted)

    @property
    def elapsed(self) -> float:
        """Seconds since btminer started."""
        return max(0.0, self.now() - self.btminer_started) if self.state.powered else 0.0

    @property
    def hashing(self) -> bool:
        return self.state.powered and self.now() >= self.btminer_started and not self.faults.btminer_down

    @property
    def btminer_answers(self) -> bool:
        if self.faults.btminer_down:
            return False
        if not self.state.powered:
            return self.options.zeros_when_off
        return self.now() >= self.btminer_started

    @property
    def platform(self) -> str:
        return self.spec.platform or MODELS[self.state.model].platform

    @property
    def shown_mac(self) -> str:
        return self.faults.wrong_mac or self.state.mac

    # --- the port

    def open(self) -> None:
        """Listen. Raises OSError."""
        if self._socket is not None:
            return
        if not ipaddress.IPv4Address(self.address).is_loopback:
            # A net_config may name any address; a fake miner never shows on a real network.
            raise OSError(errno.EADDRNOTAVAIL, "no loopback address")
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((self.address, self.port))
            sock.listen(LISTEN_QUEUE)
        except BaseException:
            sock.close()
            raise
        self._socket = sock
        self.port = sock.getsockname()[1]
        self.fleet.loop.add_reader(sock.fileno(), self._accept, sock)

    # asyncio's own servers lose a connection that is accepted while they close: its client would wait for ever, where that of
    # a miner that reboots is cut off. So accepting is done here.

    def _accept(self, sock) -> None:
        for _number in range(ACCEPT_AT_ONCE):
            try:
                connection, _peer = sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                log.warning("%s: cannot accept: %s", self.name, error.strerror)
                # Most likely out of file descriptors: the loop would ask again at once, and again.
                self.fleet.loop.remove_reader(sock.fileno())
                self.call_later(ACCEPT_PAUSE_SECONDS, lambda: self._accept_again(sock))
                return
            connection.setblocking(False)
            welcome = self.fleet.task(self.fleet.loop.connect_accepted_socket(lambda: MinerProtocol(self), connection))
            welcome.add_done_callback(lambda task, connection=connection: _end_unwelcome(task, connection))

    def _accept_again(self, sock) -> None:
        if self._socket is sock:
            self.fleet.loop.add_reader(sock.fileno(), self._accept, sock)

    def close(self) -> None:
        """Stop listening, and cut what is open."""
        if self._socket is None:
            return
        self.fleet.loop.remove_reader(self._socket.fileno())
        self._socket.close()
        self._socket = None
        for connection in [c for c in self.fleet.connections if c.miner is self]:
            connection.abort()

    @property
    def listening(self) -> bool:
        return self._socket is not None

    def start(self) -> None:
        """First start. Raises OSError where the address can't be bound."""
        self.phase = UP
        if not self.faults.refuse:
            self.open()
        if self.state.ssh:
            self.set_ssh(True)

    def stop(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self.close()
        self._close_ssh()
        self.phase = DOWN

    def _sync_port(self, tries: int = BIND_TRIES) -> None:
        if self.phase != UP or self.faults.refuse:
            self.close()
            return
        try:
            self.open()
        except OSError as error:
            if error.errno == errno.EADDRINUSE and tries > 0:
                self.call_later(0.1, lambda: self._sync_port(tries - 1))
                return
            # A real miner moves wherever it is told to; nobody here can follow it.
            log.warning("%s: cannot listen on %s port %d: %s", self.name, self.address, self.port, error)
            self.phase = GONE
        self.fleet.notify()

    def call_later(self, seconds: float, action) -> None:
        """`action` after `seconds`, unless the fleet stops before."""

        def run():
            self._timers.discard(timer)
            action()
            self.fleet.notify()

        timer = self.fleet.loop.call_later(seconds, run)
        self._timers.add(timer)

    # --- SSH (section 2.10)

    def set_ssh(self, on: bool) -> None:
        self.state.ssh = on
        self._close_ssh()
        if not on or not self.options.ssh_listens:
            return
        for port in (22, self.options.ssh_fallback_port):
            if not port:
                continue
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                sock.setblocking(False)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.bind((self.address, port))
                sock.listen(8)
            except OSError:
                sock.close()
                continue
            self._ssh_socket = sock
            self.fleet.loop.add_reader(sock.fileno(), self._ssh_accept, sock)
            return
        log.warning("%s: no port for SSH can be bound; set the option ssh_fallback_port", self.name)

    def _close_ssh(self) -> None:
        if self._ssh_socket is not None:
            self.fleet.loop.remove_reader(self._ssh_socket.fileno())
            self._ssh_socket.close()
            self._ssh_socket = None

    @property
    def ssh_port(self):
        return self._ssh_socket.getsockname()[1] if self._ssh_socket is not None else None

    def _ssh_accept(self, sock) -> None:
        try:
            connection, _peer = sock.accept()
        except OSError:
            return
        with connection, contextlib.suppress(OSError):
            connection.send(b"SSH-2.0-dropbear\r\n")

    # --- power

    def restart_btminer(self) -> None:
        self.state.percent = 100  # temporary by definition (section 2.22, field notes)
        self._start_btminer()

    def _start_btminer(self) -> None:
        self.btminer_started = self.now() + self.options.restart_seconds
        self.upfreq_seconds = self.options.upfreq_seconds
        self.counters.btminer_starts += 1

    def power_off(self) -> None:
        self.state.powered = False
        self.state.percent = 100
        self.preheat_started = None

    def power_on(self) -> None:
        if self.state.powered:
            return
        heated = self.preheat_progress()[0]
        self.state.powered = True
        self._start_btminer()
        if heated:
            self.upfreq_seconds = 0.0
        self.preheat_started = None

    def preheat(self) -> None:
        if self.preheat_started is None:
            self.preheat_started = self.now()

    def preheat_progress(self) -> tuple[bool, str]:
        """(complete, words of section 2.23)."""
        if self.preheat_started is None:
            return False, commands.PREHEAT_MESSAGES[0]
        done = self.now() - self.preheat_started
        if done >= self.options.preheat_seconds:
            return True, commands.PREHEAT_MESSAGES[1]
        return False, commands.PREHEAT_MESSAGES[2 if done >= self.options.preheat_seconds / 2 else 0]

    # --- reboot, and what comes with it

    def reboot(self, change=None, extra_seconds: float = 0.0) -> None:
        """Down after a moment, up again after `reboot_seconds`; `change` happens in between."""
        if self._rebooting:
            return
        self._rebooting = True
        self._change = change
        self.call_later(self.options.reboot_delay_seconds, lambda: self._go_down(extra_seconds))

    def _go_down(self, extra_seconds: float) -> None:
        self.phase = DOWN
        if self._outage.get("until", 0) is not None:
            self._outage = self.fleet.record_outage(self)
        self.counters.reboots += 1
        self.close()
        self._close_ssh()
        self.tokens.void(remember=self.options.stale_token_code == TOKEN_ERROR)
        self.state.percent = 100
        self.preheat_started = None
        self.call_later(self.options.reboot_seconds + extra_seconds, self._come_up)

    def _come_up(self) -> None:
        change, self._change, self._rebooting = self._change, None, False
        if change is not None:
            change()
        if self.faults.mac_after_reboot:
            self.state.mac = self.faults.mac_after_reboot
        if not self.options.power_off_survives_reboot:
            self.state.powered = True
        self.booted = self.now()
        self._start_btminer()
        if self.harm["hashrate_percent"] == 100 and not self.faults.hang_after_reboot:
            self._outage["until"] = time.time() + self.options.restart_seconds + self.upfreq_seconds
        if self.faults.hang_after_reboot:
            self.phase = GONE
            return
        self.phase = UP
        if self.state.ssh:
            self.set_ssh(True)
        self._sync_port()

    def factory_reset(self) -> None:
        self.state.factory_reset()
        self.tokens.void(remember=False)
        self.use_dhcp()

    def use_dhcp(self) -> None:
        """Back to the address of the start: the lease."""
        self.address = self.dhcp_address
        self.state.proto = "dhcp"
        self.state.netmask, self.state.gateway, self.state.dns = self.lease

    def use_static(self, address, netmask, gateway, dns, hostname) -> None:
        self.address = address
        self.state.proto = "static"
        self.state.netmask, self.state.gateway, self.state.dns = netmask, gateway, dns
        self.state.hostname = hostname

    def set_password(self, password: str) -> None:
        self.state.password = password
        self.tokens.void(remember=False)

    def flash(self, fields: dict | None) -> None:
        """Reboot after an upload: with the new version, or, where the image was refused, with the old one."""

        def change():
            if fields is None or self.faults.keep_old_version:
                return
            self.state.firmware = fields["version"]
            self.harm = images.checked_harm(fields.get("harm") or {})
            generation = fields.get("generation")
            if generation in PRESETS:
                self.generation = generation
                self.options = PRESETS[generation].changed(self.spec.options)

        self.reboot(change, self.options.flash_seconds)

    # --- requests

    def receive(self, data: bytes, client: str, ended: bool) -> Answer | None:
        """The answer to `data`, or None while the request isn't whole."""
        try:
            request = requests.parse(data, ended)
        except requests.BadJson:
            return self._refuse(Refused(INVALID_JSON, self.options.json_text), "", client)
        except requests.BadBase64:
            return self._refuse(Refused(BASE64_ERROR, "base64 decode error"), "", client)
        if request is None:
            return None
        if (self.faults.silent or self.faults.empty_close) and not self.faults.only_commands:
            fields = request.fields or {}
            name = str(fields.get("cmd") or fields.get("command") or "")
            if name:
                self.counters.requests[_countable(name)] += 1
            return self._mute(name, client, request.ciphertext is not None)
        if request.ciphertext is None:
            return self._execute(request, None, client, request.text)
        return self._unseal(request, client)

    def _unseal(self, request, client) -> Answer:
        data = request.ciphertext
        self.counters.sealed += 1
        found = None
        if data and len(data) % crypto.BLOCK == 0:
            found = self.tokens.open(client, data, self.now())
        if found is None:
            return self._refuse(Refused(INVALID_JSON, self.options.decrypt_text), "", client, text=request.text)
        token, plain = found
        try:
            inner = requests.parse_plaintext(plain)
        except requests.BadJson:
            return self._refuse(Refused(INVALID_JSON, self.options.json_text), "", client, token, request.text)
        sign = inner.fields.get("token")
        if not self.tokens.valid(client, sign, self.now()):
            name = inner.fields.get("cmd") or inner.fields.get("command") or ""
            refusal = Refused(TOKEN_ERROR, "check token err")
            return self._refuse(refusal, str(name), client, token, request.text or inner.text)
        return self._execute(inner, token, client, request.text or inner.text)

    def _execute(self, request, token: Token | None, client: str, text: bool) -> Answer:
        fields = request.fields
        name = ""
        try:
            name = self._command_name(fields, request.text)
            self.counters.requests[_countable(name)] += 1
            faults = self.faults
            if (faults.silent or faults.empty_close) and faults.hits_reply(name):
                return self._mute(name, client, token is not None)
            if name in faults.deny or "*" in faults.deny:
                raise Refused(generations.COMMAND_ERROR, faults.deny.get(name) or faults.deny["*"])
            if named(faults.echo, name):
                return self._echo(fields, name, token, client, text)
            if name in commands.WRITES:
                return self._write(name, fields, token, client, text)
            reply = self._read(name, fields, token, client, text)
        except Refused as refusal:
            if name in commands.WRITES:
                self.counters.refused[name] += 1
            return self._refuse(refusal, name, client, token, text)
        if isinstance(reply, dict):
            reply = generations.as_text(reply) if text else generations.dumps(reply)
        return self._answer(reply, COMMAND_OK, name, client, token, text)

    def _command_name(self, fields: dict, text: bool) -> str:
        if self.options.request_key == "command" and not text:
            if "command" not in fields:
                raise Refused(MISSING_COMMAND, "Missing JSON 'command'")
            name = fields["command"]
        else:
            name = fields.get("cmd", fields.get("command"))
        if not isinstance(name, str) or not name:
            raise Refused(INVALID_COMMAND, self.options.unknown_text)
        return name

    def _read(self, name, fields, token, client, text):
        """The reply of a readable command: a dict, or bytes where it is no JSON."""
        if name in readings.BTMINER:
            if not self.btminer_answers:
                return self._btminer_down()
            return readings.BTMINER[name](self)
        if name in readings.DAEMON:
            return readings.DAEMON[name](self)
        if name == "get_token" and token is None:
            return self._get_token(client, text)
        if name in readings.DAEMON_2_0 and self.options.has_miner_info:
            if name == "get_miner_info":
                wanted = fields.get("info")
                return readings.get_miner_info(self, wanted if isinstance(wanted, str) else None)
            return readings.get_error_code(self)
        if "+" in name:
            return self._join(name.split("+"))
        raise Refused(INVALID_COMMAND, self.options.unknown_text)

    def _join(self, names):
        """`summary+pools`: {"summary":[{..}],"pools":[{..}],"id":1}."""
        most = {"none": 1, "two": 2, "all": len(readings.BTMINER)}[self.options.joins]
        if len(names) > most or any(name not in readings.BTMINER for name in names):
            raise Refused(INVALID_COMMAND, self.options.unknown_text)
        if not self.btminer_answers:
            return self._btminer_down()
        reply: dict = {name: [readings.BTMINER[name](self)] for name in names}
        reply["id"] = 1
        return reply

    def _btminer_down(self):
        if self.options.btminer_down_reply == "code":
            raise Refused(INVALID_COMMAND, self.options.unknown_text)
        return SOCKET_TEXT

    def _get_token(self, client, text):
        if self.faults.token_limit:
            self.counters.token_refusals += 1
            raise Refused(TOKEN_OVER_MAX, "token over max times")
        book, options = self.tokens, self.options
        book.lifetime = options.token_lifetime_seconds
        book.per_address, book.addresses = options.tokens_per_address, options.token_addresses
        try:
            token = book.issue(client, self.state.password, self.now(), self.epoch, options.fixed_salt)
        except TokenRefused as refused:
            self.counters.token_refusals += 1
            raise Refused(TOKEN_OVER_MAX, str(refused)) from None
        self.counters.tokens += 1
        if text:
            return (f"{token.time} {token.salt} {token.newsalt}").encode()
        shown = token.time if options.token_time == "epoch" else token.time[-4:]
        msg = {"time": shown, "salt": token.salt, "newsalt": token.newsalt}
        return generations.envelope(options, "S", options.token_code, msg, self.epoch)

    def _write(self, name, fields, token, client, text) -> Answer:
        options, state, faults = self.options, self.state, self.faults
        if token is None:
            raise Refused(options.plain_write_code, options.plain_write_text)
        untouched = options.enforce_default_password and state.password == DEFAULT_PASSWORD
        if faults.api_off or not state.api_on or untouched:
            raise Refused(PERMISSION_DENIED, options.api_off_text)
        taken: Taken = commands.WRITES[name](self, fields)
        if named(faults.write_lost, name):
            self.counters.lost[name] += 1
            return self._silent(name, faults.silent_how, client, True, "lost")
        ignored = named(faults.write_ignored, name)
        if ignored:
            self.counters.ignored[name] += 1
        else:
            self.counters.taken[name] += 1
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
            envelope = generations.envelope(self.options, "S", COMMAND_OK, taken.msg, self.epoch)
            reply = generations.as_text(envelope) if text else generations.dumps(envelope)
        transfer = taken.upload or taken.logs
        sealed = not transfer or self.options.ready_sealed
        answer = self._answer(reply, COMMAND_OK, name, client, token, text, sealed, trail=not taken.logs)
        answer.delay_seconds = taken.delay_seconds
        answer.upload, answer.logs = taken.upload, taken.logs
        if taken.upload:
            answer.seal = lambda payload: self._seal(payload, token, text) if sealed else payload
        return answer

    def second_reply(self, answer: Answer) -> bytes:
        """Code 131 once an image came in whole."""
        envelope = generations.envelope(self.options, "S", COMMAND_OK, "API command OK", self.epoch)
        return answer.seal(generations.dumps(envelope))

    # --- replies

    def _answer(self, reply: bytes, code, name, client, token, text, sealed=True, trail=True) -> Answer:
        if self.options.malformed:
            reply = malformed.damage(reply, self.options.malformed)
        if token is not None and sealed:
            reply = self._seal(reply, token, text)
        if trail:
            reply += generations.trailer(self.options)
        answer = Answer(reply, code, name)
        answer.shape = True
        self.fleet.record(self, client, name[:LONGEST_NAME], token is not None, code)
        return answer

    def _refuse(self, refusal: Refused, name, client, token=None, text=False) -> Answer:
        envelope = generations.envelope(self.options, "E", refusal.code, refusal.text, self.epoch)
        reply = generations.as_text(envelope) if text else generations.dumps(envelope)
        return self._answer(reply, refusal.code, name, client, token, text, self.options.sealed_errors)

    def _echo(self, fields, name, token, client, text) -> Answer:
        reply = generations.envelope(self.options, "S", COMMAND_OK, {**fields, "heard": generations.dumps(fields).decode()}, self.epoch)
        reply = generations.as_text(reply) if text else generations.dumps(reply)
        return self._answer(reply, COMMAND_OK, name, client, token, text)

    def _silent(self, name, how, client, sealed, outcome) -> Answer:
        answer = Answer(command=name)
        answer.silent = how
        self.fleet.record(self, client, name[:LONGEST_NAME], sealed, outcome)
        return answer

    def _mute(self, name, client, sealed) -> Answer:
        """The faults silent and empty_close: nothing is done, nothing is said."""
        how = "hang" if self.faults.silent else "close"
        self.wear_off()
        return self._silent(name, how, client, sealed, "silent")

    def _seal(self, reply: bytes, token: Token, text: bool) -> bytes:
        """Section 4.1, the way back."""
        form = self.options.sealed_reply
        if form == "plain":
            return reply
        data = base64.b64encode(crypto.encrypt(token.secret, reply, self.options.padding))
        if text:
            return b"enc|" + data
        if form == "enc":
            return b'{"enc":"' + data + b'"}'
        return b'{"enc":1,"data":"' + data + b'"}'

    def wear_off(self) -> None:
        """One faulty reply less, where their number is limited."""
        if self.faults.times == 1:
            off = ("silent", "empty_close", "garbage", "truncated", "oversize", "deep_nesting", "times", "only_commands")
            self.faults = self.faults.changed(dict.fromkeys(off))
        elif self.faults.times:
            self.faults = self.faults.changed({"times": self.faults.times - 1})

    # --- logs (section 2.13)

    def log_data(self) -> bytes:
        """`log_bytes` of log, the same for the same miner and size."""
        size = self.options.log_bytes
        line = b"[%s] btminer: slot 0 nonce found, temp 71.50\n" % self.state.serial.encode()
        return (line * (size // len(line) + 1))[:size]

    def _log_digest(self) -> str:
        key = (self.state.serial, self.options.log_bytes)
        if self._digest is None or self._digest[0] != key:
            self._digest = (key, hashlib.sha256(self.log_data()).hexdigest())
        return self._digest[1]

    # --- control

    def patch(self, changes: dict) -> None:
        """Change `state`, `faults`, `options`, push the clock (`advance_seconds`) or do `actions`.

        All is checked before anything is changed. `"faults": null` ends all faults. Raises ValueError.
        """
        unknown = set(changes) - {"state", "faults", "options", "actions", "advance_seconds"}
        if unknown:
            raise ValueError(f"unknown key {sorted(unknown)}; known: state, faults, options, actions, advance_seconds")
        actions = changes.get("actions") or []
        for action in actions:
            if action not in self._ACTIONS:
                raise ValueError("unknown action {!r}; known: {}".format(action, ", ".join(sorted(self._ACTIONS))))
        advance = changes.get("advance_seconds", 0)
        if not isinstance(advance, (int, float)) or advance < 0:
            raise ValueError("advance_seconds: a number of 0 or more is wanted")
        faults = self.faults
        if "faults" in changes:
            faults = Faults() if changes["faults"] is None else faults.changed(changes["faults"])
        options = self.options.changed(changes.get("options") or {})
        state = self.state.changed(changes.get("state") or {})

        self.clock_offset += advance
        self.options = options
        if "upfreq_seconds" in (changes.get("options") or {}):
            self.upfreq_seconds = options.upfreq_seconds
        self.faults = faults
        if "password" in state:
            self.set_password(state.pop("password"))
        if "ssh" in state:
            self.set_ssh(state.pop("ssh"))
        if state.get("powered") and not self.state.powered:
            self.btminer_started = self.now()
        for name, value in state.items():
            setattr(self.state, name, value)
        if self.phase == GONE and not faults.hang_after_reboot and self.booted:
            self.phase = UP
        self._sync_port()
        for action in actions:
            self._ACTIONS[action](self)
        self.fleet.notify()

    _ACTIONS = {
        "reboot": lambda miner: miner.reboot(),
        "restart_btminer": lambda miner: miner.restart_btminer(),
        "expire_tokens": lambda miner: miner.tokens.void(remember=True),
        "void_tokens": lambda miner: miner.tokens.void(remember=False),
        "reset_counters": lambda miner: miner.reset_counters(),
    }

    def reset_counters(self) -> None:
        self.counters = Counters()

    def brief(self) -> dict:
        return {
            "name": self.name,
            "address": self.address,
            "port": self.port,
            "generation": self.generation,
            "mac": self.state.mac,
            "phase": self.phase,
            "listening": self.listening,
        }

    def describe(self) -> dict:
        """All there is to know, passwords included: the miners are fake."""
        out = self.brief()
        out.update(
            {
                "platform": self.platform,
                "uptime_seconds": round(self.uptime, 3),
                "elapsed_seconds": round(self.elapsed, 3),
                "btminer": "answers" if self.btminer_answers else "down",
                "hashing": self.hashing,
                "state": {**vars(self.state), "pools": [dict(pool) for pool in self.state.pools]},
                "ssh_port": self.ssh_port,
                "preheat": dict(zip(("complete", "msg"), self.preheat_progress())) if self.preheat_started else None,
                "live_tokens": self.tokens.count(),
                "last_upload": dict(self.last_upload),
                "log_sha256": self._log_digest(),
                "counters": self.counters.as_dict(),
                "faults": self.faults.as_dict(),
                "options": self.options.as_dict(),
                "groups": list(self.spec.groups),
            }
        )
        return out
