# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults: what can go wrong with one miner, switched on and off while it runs."""

from __future__ import annotations

import dataclasses
import typing

from . import ailments

ALL = "*"
BAD_FRAMES = (
    "",
    "big_endian",
    "too_long",  # the length says more than there is
    "huge",  # the length says two gigabytes
    "not_json",
    "not_object",
    "socket_text",  # `Socket connect failed: ..` without a frame
    "heartbeats",  # two empty frames before a proper reply
    "other_first",  # a report before a proper reply
)
# What mends an ailment, or a btminer that is down: a restart of btminer, or only a reboot.
RESTART, REBOOT = "restart", "reboot"
_DOWN = "btminer_down"
REPLY_FAULTS = (
    "silent",
    "empty_close",
    "latency_ms",
    "segment_bytes",
    "segment_delay_ms",
    "garbage",
    "truncated",
    "oversize",
    "deep_nesting",
    "bad_frame",
)
# What ends with the last of `times`: latency and segments go on.
WEARING_OFF = (
    *(name for name in REPLY_FAULTS if name not in ("latency_ms", "segment_bytes", "segment_delay_ms")),
    "times",
    "only_commands",
    "only_api",
)


@dataclasses.dataclass
class Faults:
    """All off by default. Lists of commands may hold "*" for all."""

    # --- the socket
    refuse: bool = False  # the port is closed
    silent: bool = False  # accepts, never answers
    empty_close: bool = False  # closes without a reply
    # --- the reply
    latency_ms: float = 0.0  # added to each reply
    segment_bytes: int = 0  # the reply comes in pieces of this size
    segment_delay_ms: float = 0.0  # between the pieces
    garbage: bool = False  # bytes that are no reply
    truncated: bool = False  # half of the reply, then closed
    oversize: bool = False  # a reply that never ends
    deep_nesting: int = 0  # a reply of so many nested lists
    bad_frame: str = ""  # API 3: a reply that is no proper frame, or comes after others; BAD_FRAMES
    # --- to which of the above, from silent on, this limits them
    only_commands: tuple = ()  # empty: all
    times: int = 0  # wears off after so many faulty replies; 0: never
    only_api: str = ""  # 2, 3: all of the above on that port only
    # --- what the miner says
    ailments: dict = dataclasses.field(default_factory=dict)  # what ails the machine: ailments.py
    mended_by: dict = dataclasses.field(default_factory=dict)  # ailment, btminer_down -> RESTART, REBOOT
    wrong_mac: str = ""
    btminer_down: bool = False
    api_off: bool = False
    deny: dict = dataclasses.field(default_factory=dict)  # command -> text, refused with 132
    echo: tuple = ()  # nothing is done, and Code 131 with all that was heard
    token_limit: bool = False  # 136 at once
    spoil_tokens: int = 0  # so many tokens, from the next one on, are given and never work (Code 23)
    # --- writes
    write_silent: tuple = ()  # taken, no reply
    write_lost: tuple = ()  # not taken, no reply
    silent_how: str = "close"  # of the two above: close, hang
    write_ignored: tuple = ()  # Code 131, and nothing happens
    # --- transfers and reboots
    drop_upload_after: int = 0  # bytes of firmware data; 0: never
    keep_old_version: bool = False
    mac_after_reboot: str = ""
    cut_logs_after: int = -1  # bytes of log data; -1: never
    hold_logs_after: int = -1  # the same, but the connection stays open until it's idle for too long
    hang_after_reboot: bool = False

    def changed(self, changes: dict) -> Faults:
        """A copy with `changes`; None sets a field back.

        Raises ValueError naming the field that is unknown or wrong.
        """
        clean = {}
        for name, value in changes.items():
            if name not in _KINDS:
                raise ValueError("unknown fault {!r}; known: {}".format(name, ", ".join(sorted(_KINDS))))
            clean[name] = getattr(_NONE, name) if value is None else _checked(name, _KINDS[name], value)
        return dataclasses.replace(self, **clean)

    def as_dict(self) -> dict:
        """Only what is on."""
        out = {}
        for name in _KINDS:
            value = getattr(self, name)
            if value != getattr(_NONE, name):
                out[name] = list(value) if isinstance(value, tuple) else value
        return out

    def on(self, api: str) -> Faults:
        """As this API's port has them: without those of socket and reply that are meant for the other."""
        if self.only_api in ("", api):
            return self
        return self.changed(dict.fromkeys(("refuse", *REPLY_FAULTS)))

    def mended(self, by: str) -> Faults:
        """Without what ends now, `by` RESTART or REBOOT: a reboot starts btminer anew, too."""
        over = [name for name, remedy in self.mended_by.items() if remedy in (RESTART, by)]
        if not over:
            return self
        return self.changed(
            {
                "ailments": {name: value for name, value in self.ailments.items() if name not in over},
                "btminer_down": self.btminer_down and _DOWN not in over,
                "mended_by": {name: by for name, by in self.mended_by.items() if name not in over},
            }
        )

    def hits_reply(self, command: str) -> bool:
        return not self.only_commands or command in self.only_commands or ALL in self.only_commands


def named(commands, command: str) -> bool:
    return command in commands or ALL in commands


_KINDS = typing.get_type_hints(Faults)
_NONE = Faults()


def _checked(name, kind, value):
    if kind is tuple:
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
            raise ValueError(f"fault {name}: a list of command names is wanted")
        return tuple(value)
    if name == "ailments":
        return ailments.checked(value)
    if name == "mended_by":
        return _mended_by(value)
    if kind is dict:
        if isinstance(value, (list, tuple)):
            value = {item: "command error" for item in value}
        if not isinstance(value, dict) or not all(
            isinstance(item, str) for pair in value.items() for item in pair
        ):
            raise ValueError(f"fault {name}: a list of commands, or command: text, is wanted")
        return dict(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"fault {name}: {kind.__name__} is wanted, not {value!r}")
    if name == "silent_how" and value not in ("close", "hang"):
        raise ValueError("fault silent_how: close or hang")
    if name == "only_api" and value not in ("", "2", "3"):
        raise ValueError("fault only_api: 2 or 3")
    if name == "bad_frame" and value not in BAD_FRAMES:
        raise ValueError(f"fault bad_frame: {value!r} is none of {list(BAD_FRAMES)}")
    if kind in (int, float) and value < (-1 if name.endswith("_logs_after") else 0):
        raise ValueError(f"fault {name}: {value!r} is negative")
    return value


def _mended_by(value) -> dict:
    """Ailment, or btminer_down -> RESTART or REBOOT. Raises ValueError."""
    if not isinstance(value, dict):
        raise ValueError("fault mended_by: a dictionary of ailments is wanted")
    known = {*ailments.KINDS, _DOWN}
    for name, remedy in value.items():
        if name not in known or remedy not in (RESTART, REBOOT):
            raise ValueError(
                f"fault mended_by: {name!r}: {remedy!r}: an ailment and {RESTART} or {REBOOT} are wanted"
            )
    return dict(value)
