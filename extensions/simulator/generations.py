# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between firmware generations, as one list of options, and the words each uses.

Where the API document V1.3.11 and the field notes leave a choice, the preset takes one form and the option offers the other.
"""

from __future__ import annotations

import dataclasses
import typing

GENERATIONS = ("1.3", "1.4", "2.0")


@dataclasses.dataclass
class Options:
    """How one miner behaves. Each field can be set in a fleet file (`options:`) and at run time (PATCH `options`)."""

    # --- wording
    api_ver: str = "1.3.11"
    description: str = "whatsminer v1.3"
    token_code: int = 133
    token_time: str = "short"  # short: the last 4 digits; epoch: whole
    status_form: str = "bare"  # bare, msg, renamed
    list_status_when: bool = True  # When and Code in the STATUS list of cgminer-style replies
    quoted_firmware: bool = True  # '...' inside the string, in summary and status
    pool_base: int = 0
    string_numbers: tuple = ()  # summary fields whose number comes as a string
    empty_power_mode: bool = False  # Power Mode ""
    joins: str = "two"  # none, two, all
    request_key: str = "both"  # both; command: `cmd` is answered with Code 24
    has_miner_info: bool = False  # get_miner_info, get_error_code, Btminer Fast Boot
    has_platform_in_version: bool = False
    trailer: str = ""  # after a reply: "", "nul", "newline"
    malformed: tuple = ()  # see malformed.py
    # --- refusals
    plain_write_code: int = 45
    plain_write_text: str = "permission denied"
    api_off_text: str = "permission denied"
    decrypt_text: str = "json cmd err"
    json_text: str = "invalid json message"
    unknown_text: str = "invalid cmd"
    enforce_default_password: bool = True  # password `admin` = writes are refused with 45
    strict_pools: bool = True  # a missing key in update_pools is refused with 132
    # --- ciphertext
    sealed_reply: str = "enc_data"  # enc_data: {"enc":1,"data":..}; enc: {"enc":".."}; plain
    sealed_errors: bool = False
    padding: str = "zero"  # of replies: zero, pkcs7
    stale_token_code: int = 23  # after a reboot an old token's request is answered with 23 or 135
    fixed_salt: bool = False  # one `salt` as long as the password stays, as in /etc/shadow
    token_lifetime_seconds: float = 1800.0
    tokens_per_address: int = 32
    token_addresses: int = 16
    # --- behaviour
    zeros_when_off: bool = False  # powered off, summary still answers, with zeros
    btminer_down_reply: str = "text"  # text: `Socket connect failed: ..`; code: Code 14
    close_after_reply: bool = True  # False: the socket stays open until the idle timeout
    idle_seconds: float = 10.0
    latency_ms: float = 0.0
    reboot_delay_seconds: float = 0.2  # from the reply to the port closing
    reboot_seconds: float = 3.0  # port closed; real miners take one to two minutes
    restart_seconds: float = 1.0  # btminer doesn't answer
    upfreq_seconds: float = 2.0  # from btminer's start to full hash rate
    power_off_seconds: float = 0.1  # work before the reply, where respbefore isn't "true"
    preheat_seconds: float = 2.0
    flash_seconds: float = 0.5  # added to the reboot after an upgrade
    power_off_survives_reboot: bool = True
    pools_restart_btminer: bool = False
    ready_sealed: bool = True  # `ready` and the log header sealed, or plain
    second_upload_reply: bool = False  # a second Code 131 after the image came in
    logs_same_segment: bool = False
    log_bytes: int = 65536
    max_image_bytes: int = 1 << 30
    ssh_listens: bool = True
    ssh_fallback_port: int = 0  # where port 22 can't be bound; 0: none

    def changed(self, changes: dict) -> Options:
        """A copy with `changes`. Raises ValueError naming the field that is unknown or of the wrong kind."""
        clean = {}
        for name, value in changes.items():
            kind = _KINDS.get(name)
            if kind is None:
                raise ValueError("unknown option {!r}; known: {}".format(name, ", ".join(sorted(_KINDS))))
            clean[name] = _checked(name, kind, value)
        return dataclasses.replace(self, **clean)

    def as_dict(self) -> dict:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in dataclasses.asdict(self).items()}


_KINDS = typing.get_type_hints(Options)
_CHOICES = {
    "token_time": ("short", "epoch"),
    "status_form": ("bare", "msg", "renamed"),
    "joins": ("none", "two", "all"),
    "request_key": ("both", "command"),
    "trailer": ("", "nul", "newline"),
    "sealed_reply": ("enc_data", "enc", "plain"),
    "padding": ("zero", "pkcs7"),
    "stale_token_code": (23, 135),
    "btminer_down_reply": ("text", "code"),
}


def _checked(name, kind, value):
    if name in _CHOICES and value not in _CHOICES[name]:
        raise ValueError(f"option {name}: {value!r} is none of {list(_CHOICES[name])}")
    if kind is tuple:
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
            raise ValueError(f"option {name}: a list of strings is wanted")
        if name == "malformed":
            from .malformed import FORMS

            for item in value:
                if item not in FORMS:
                    raise ValueError(f"option malformed: {item!r} is none of {sorted(FORMS)}")
        return tuple(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"option {name}: {kind.__name__} is wanted, not {value!r}")
    if kind in (int, float) and value < 0:
        raise ValueError(f"option {name}: {value!r} is negative")
    return value


PRESETS = {
    # The document's own forms.
    "1.3": Options(btminer_down_reply="code", trailer="nul"),
    # Firmware of 2020-2021.
    "1.4": Options(
        api_ver="whatsminer v1.4.0",
        description="whatsminer v1.4.0",
        token_code=134,
        status_form="msg",
        list_status_when=False,
        pool_base=1,
        string_numbers=("Power Fanspeed", "Error Code Count", "Chip Temp Avg"),
        joins="all",
        plain_write_text="can't access write cmd",
        api_off_text="can't access write cmd",
        decrypt_text="enc json load err",
        json_text="json cmd err",
        sealed_reply="enc",
        stale_token_code=135,
        second_upload_reply=True,
    ),
    # Firmware of 2022-2024.
    "2.0": Options(
        api_ver="2.0.5",
        description="",
        token_code=131,
        status_form="renamed",
        list_status_when=False,
        quoted_firmware=False,
        pool_base=1,
        string_numbers=("Power Rate",),
        joins="all",
        has_miner_info=True,
        has_platform_in_version=True,
        plain_write_code=14,
        plain_write_text="invalid cmd",
        api_off_text="can't access write cmd",
        decrypt_text="enc json load err",
        json_text="invalid json message",
        sealed_reply="enc",
        sealed_errors=True,
        stale_token_code=135,
        zeros_when_off=True,
        ready_sealed=False,
    ),
}
