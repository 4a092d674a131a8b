# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One miner: its clock, its power, its network, and how it answers."""

from __future__ import annotations

import base64
import hashlib
import time

from . import commands, images, miner_control
from .counters import Counters
from .envelopes import TOKEN_ERROR
from .faults import REBOOT, RESTART, WEARING_OFF, Faults
from .generations import PRESETS
from .listening import DOWN, GONE, UP, Listening
from .load import nominal_limit
from .responder import Responder
from .state import MODELS, Model, State, error_time
from .tokens import TokenBook
from .v3.responder import Api3Responder


class Miner:
    """The state machine. All times inside are seconds of `now()`, a clock that tests can push forward."""

    def __init__(self, spec, number: int, fleet):
        self.spec = spec
        self.name = spec.name
        self.number = number
        self.fleet = fleet
        self.address = spec.address
        self.dhcp_address = spec.address
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
        self.state.change_account("super", password=spec.password)
        for name, value in self.state.changed(spec.state).items():
            setattr(self.state, name, value)
        self.lease = (self.state.netmask, self.state.gateway, self.state.dns)  # what DHCP gives
        self.counters = Counters()
        self.clock_offset = 0.0
        self.tokens = TokenBook(fleet.rng)
        self.responder = Responder(self)
        self.api3_responder = Api3Responder(self)
        self._salts = 0
        self.state.api3_salt = self.state.api3_salt or self._next_salt()
        self.ports = Listening(self, spec.port, spec.port3)
        self.phase = DOWN
        now = self.now()
        self.booted = now - spec.uptime_seconds
        self.btminer_started = self.booted + self.options.restart_seconds if spec.uptime_seconds else now
        self.upfreq_seconds = self.options.upfreq_seconds
        self.zeros_until = now  # btminer answers, with zeros
        self.off_since = now
        self.pools_since = self.booted
        self.pending: dict = {}  # settings that show after the next restart
        self.preheat_started = None
        self.last_upload: dict = {}
        self.harm: dict = images.checked_harm({})  # what the firmware does to it
        self._timers: set = set()
        self._change = None  # what the coming reboot brings
        self._rebooting = False
        self._outage: dict = {}
        self._digest = None

    # --- what it shows

    @property
    def errors(self) -> list[dict]:
        """Its own, and those that its firmware has had since it booted."""
        since = error_time(self.epoch - self.uptime)
        return self.state.errors + [{"code": str(code), "since": since} for code in self.harm["errors"]]

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
        now = self.now()
        return now >= self.btminer_started or now < self.zeros_until

    @property
    def tuned(self) -> bool:
        """Up-frequency is complete: full hash rate."""
        return self.hashing and self.elapsed >= self.upfreq_seconds

    @property
    def model(self) -> Model:
        return MODELS[self.state.model]

    @property
    def nominal_limit(self) -> int:
        return nominal_limit(self.model)

    @property
    def platform(self) -> str:
        return self.spec.platform or self.model.platform

    @property
    def shown_mac(self) -> str:
        return self.faults.wrong_mac or self.state.mac

    @property
    def pools_idle(self) -> bool:
        """The pools are set, and not mined on yet (field notes)."""
        return self.now() < self.pools_since + self.options.pools_idle_seconds

    @property
    def last_share(self) -> int:
        """Epoch seconds of the last share for the pools before."""
        return int(self.epoch - (self.now() - self.pools_since)) - 4

    def faults_on(self, api: str) -> Faults:
        """The faults as this API's port has them."""
        return self.faults if not self.faults.only_api else self.faults.on(api)

    # --- the ports

    @property
    def port(self) -> int:
        return self.ports.api2.number

    @property
    def port3(self) -> int | None:
        """The port of API 3, where it has that."""
        return self.ports.api3.number if self.options.apis != "2" else None

    @property
    def listening(self) -> bool:
        return self.ports.listening

    @property
    def closed_while_restarting(self) -> bool:
        """Whether port 4433 is closed because btminer restarts."""
        restarting = self.state.powered and self.now() < self.btminer_started
        return restarting and self.options.api3_closed_while_restarting

    @property
    def ssh_port(self) -> int | None:
        return self.ports.ssh.number

    def start(self) -> None:
        """First start. Raises OSError where the address can't be bound."""
        self.phase = UP
        self.ports.open()

    def stop(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self.ports.close()
        self.phase = DOWN

    def set_ssh(self, on: bool) -> None:
        """Section 2.10."""
        self.state.ssh = on
        if on:
            self.ports.ssh.open()
        else:
            self.ports.ssh.close()

    def call_later(self, seconds: float, action) -> None:
        """`action` after `seconds`, unless the fleet stops before."""

        def run():
            self._timers.discard(timer)
            action()
            self.fleet.notify()

        timer = self.fleet.loop.call_later(seconds, run)
        self._timers.add(timer)

    # --- settings

    def store(self, **settings) -> None:
        """Store settings, by name in State. Those of `after_restart` show once btminer has started again."""
        late = self.options.after_restart
        for name, value in settings.items():
            if name in late or (name in ("timezone", "zonename") and "zone" in late):
                self.pending[name] = value
            else:
                setattr(self.state, name, value)

    def set_pools(self, pools: list[dict]) -> None:
        self.state.pools = pools
        self.pools_since = self.now()

    def set_percent(self, percent: int, mode: str) -> None:
        if not self.options.percent_lost_while_tuning or self.tuned:
            self.state.percent, self.state.percent_mode = percent, mode

    def set_mode(self, mode: str) -> None:
        """Changing the mode restarts btminer."""
        if self.state.mode != mode:
            self.state.mode = mode
            self.restart_btminer()

    def set_frequency(self, percent: int) -> None:
        self.state.frequency_percent = percent
        if self.options.frequency_restarts:
            self.restart_btminer()

    def store_target(self, watts: int) -> None:
        """set.miner.power: at once after tuning, at the next start before; stored, where set_power is not."""
        self.state.stored_watts = watts
        if self.tuned:
            self.state.target_watts = watts

    def set_target(self, watts: int) -> None:
        if not self.options.percent_lost_while_tuning or self.tuned:
            self.state.target_watts = watts

    def set_power_limit(self, watts: int) -> None:
        """Mining restarts, for an unchanged limit too: minutes of zeros, neither off nor failed."""
        self.state.power_limit = watts
        if self.state.powered:
            self.restart_btminer()
            self.btminer_started = self.zeros_until = self.now() + self.options.limit_restart_seconds

    # --- power

    def restart_btminer(self) -> None:
        self._forget_percent()
        self._start_btminer()

    def _start_btminer(self) -> None:
        self.faults = self.faults.mended(RESTART)
        vars(self.state).update(self.pending)
        self.pending.clear()
        self.state.target_watts = self.state.stored_watts or self.state.target_watts
        self.zeros_until = self.now()
        self.btminer_started = self.zeros_until + self.options.restart_seconds
        self.upfreq_seconds = self.options.upfreq_seconds / (1 + self.state.upfreq_speed)
        self.counters.btminer_starts += 1
        if self.phase == UP and self.options.api3_closed_while_restarting:
            self.call_later(self.options.reboot_delay_seconds, self.ports.sync)

    def _forget_percent(self) -> None:
        """Temporary by definition (section 2.22, field notes)."""
        self.state.percent, self.state.percent_mode, self.state.target_watts = 100, "", 0

    def power_off(self) -> None:
        self.state.powered = False
        self.off_since = self.now()
        self._forget_percent()
        self.preheat_started = None

    def wake(self) -> None:
        """Where power_off doesn't last: mine again by itself (field notes)."""
        lasts = self.options.power_off_lasts_seconds
        if lasts and not self.state.powered and self.now() >= self.off_since + lasts:
            self.power_on()

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
        self.ports.close()
        self.tokens.void(remember=self.options.stale_token_code == TOKEN_ERROR)
        self._forget_percent()
        self.preheat_started = None
        self.call_later(self.options.reboot_seconds + extra_seconds, self._come_up)

    def _come_up(self) -> None:
        change, self._change, self._rebooting = self._change, None, False
        if change is not None:
            change()
        if "reboot" in self.options.api3_salt_changes:
            self.state.api3_salt = self._next_salt()
        if self.faults.mac_after_reboot:
            self.state.mac = self.faults.mac_after_reboot
        if not self.options.power_off_survives_reboot:
            self.state.powered = True
        self.state.powered = self.state.powered and self.state.autostart
        self.booted = self.now()
        self.faults = self.faults.mended(REBOOT)
        self._start_btminer()
        if self.harm["hashrate_percent"] == 100 and not self.faults.hang_after_reboot:
            self._outage["until"] = time.time() + self.options.restart_seconds + self.upfreq_seconds
        if self.faults.hang_after_reboot:
            self.phase = GONE
            return
        self.phase = UP
        if self.state.ssh:
            self.ports.ssh.open()
        self.ports.sync()

    def factory_reset(self) -> None:
        self.state.factory_reset()
        self.pending.clear()
        self.tokens.void(remember=False)
        self.use_dhcp()

    def use_dhcp(self) -> None:
        """Back to the address of the start: the lease."""
        self.address = self.dhcp_address
        self.state.proto = "dhcp"
        self.state.netmask, self.state.gateway, self.state.dns = self.lease

    def use_static(self, address, netmask, gateway, dns, hostname: str | None = None) -> None:
        self.address = address
        self.state.proto = "static"
        self.state.netmask, self.state.gateway, self.state.dns = netmask, gateway, dns
        if hostname is not None:
            self.state.hostname = hostname
            self.pending.pop("hostname", None)

    def set_password(self, password: str) -> None:
        """Of `admin`, and of super where the two are one."""
        self.state.password = password
        self.tokens.void(remember=False)
        if self.options.shared_password:
            self.state.change_account("super", password=password)
        if "password" in self.options.api3_salt_changes:
            self.state.api3_salt = self._next_salt()

    def set_account_password(self, account: str, password: str) -> None:
        """Of an account of API 3."""
        self.state.change_account(account, password=password)
        if account == "super" and self.options.shared_password:
            self.set_password(password)
        elif "password" in self.options.api3_salt_changes:
            self.state.api3_salt = self._next_salt()

    def _next_salt(self) -> str:
        """Eight characters, the same in each run."""
        self._salts += 1
        source = hashlib.sha256(f"{self.state.serial} {self._salts}".encode()).digest()
        return base64.b64encode(source)[:8].decode().replace("+", ".")

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

    # --- faults

    def wear_off(self) -> None:
        """One faulty reply less, where their number is limited."""
        if self.faults.times == 1:
            self.faults = self.faults.changed(dict.fromkeys(WEARING_OFF))
        elif self.faults.times:
            self.faults = self.faults.changed({"times": self.faults.times - 1})

    # --- logs (section 2.13)

    def log_data(self) -> bytes:
        """`log_bytes` of log, the same for the same miner and size."""
        size = self.options.log_bytes
        line = b"[%s] btminer: slot 0 nonce found, temp 71.50\n" % self.state.serial.encode()
        return (line * (size // len(line) + 1))[:size]

    def log_digest(self) -> str:
        """SHA-256 of it, in hexadecimal."""
        key = (self.state.serial, self.options.log_bytes)
        if self._digest is None or self._digest[0] != key:
            self._digest = (key, hashlib.sha256(self.log_data()).hexdigest())
        return self._digest[1]

    # --- control

    def patch(self, changes: dict) -> None:
        """Change it, as the control API does. Raises ValueError before anything is changed."""
        miner_control.patch(self, changes)

    def switched(self, powered: bool) -> None:
        """The control API is about to switch it off or on: it is so at once, without a restart."""
        if powered and not self.state.powered:
            self.btminer_started = self.now()
        elif self.state.powered and not powered:
            self.off_since = self.now()

    def reset_counters(self) -> None:
        self.counters = Counters()

    def brief(self) -> dict:
        return miner_control.brief(self)

    def describe(self) -> dict:
        """All there is to know, passwords included: the miners are fake."""
        return miner_control.describe(self)
