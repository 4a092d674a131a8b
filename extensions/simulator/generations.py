# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between firmware generations, as one list of options, and the words each uses.

Where the API document V1.3.11 and the field notes leave a choice, the preset takes one form and the option offers the other.
"""

from __future__ import annotations

import dataclasses
import typing

from .envelopes import checked_forms
from .malformed import FORMS
from .v3 import options as api3

GENERATIONS = ("1.3", "1.4", "2.0", "2.2")  # that a fleet gets in turn; PRESETS has those of API 3 too
# What the vendor's documents of these versions have; each has all that the one before has.
COMMAND_LEVELS = ("1.3.11", "2.0.5", "2.2.2")


@dataclasses.dataclass
class Options(api3.Api3Options):
    """How one miner behaves. Each field can be set in a fleet file (`options:`) and at run time (PATCH `options`)."""

    # --- wording
    api_ver: str = "1.3.11"
    description: str = "whatsminer v1.3"
    token_code: int = 133
    token_time: str = "short"  # short: the last 4 digits; epoch: whole
    status_form: str = "bare"  # bare, msg, renamed, grown
    envelopes: dict = dataclasses.field(default_factory=dict)  # command -> place of its data: envelopes.py
    list_status_when: bool = True  # When and Code in the STATUS list of cgminer-style replies
    when_milliseconds: bool = False  # When in ms
    lean_replies: bool = False  # summary and boards without what newer firmware left out
    board_rates: str = "mhs"  # of devs and edevs: mhs, ths
    whole_floats: bool = False  # whole numbers of summary as floats: 3489.0
    summary_without: tuple = ()  # fields that summary lacks, for example MAC
    unknown: tuple = ()  # marks for "not known": power, fans, psu, factory, limit, texts
    quoted_firmware: bool = True  # '...' inside the string, in summary and status
    pool_base: int = 0
    string_numbers: tuple = ()  # summary fields whose number comes as a string
    empty_power_mode: bool = False  # Power Mode ""
    sleep_when_off: bool = False  # status says power_mode "sleep" while powered off
    joins: str = "two"  # none, two, all
    join_refusal_code: int = 14  # of joins that are refused together: 14, or 45 `command join err`
    join_refused: tuple = ()  # commands that a joined reply refuses alone
    request_key: str = "both"  # both; command: `cmd` is answered with Code 24
    has_miner_info: bool = False  # get_miner_info, get_error_code, Btminer Fast Boot
    info_selects: bool = True  # get_miner_info gives only what `info` asks for
    has_platform_in_version: bool = False
    has_miner_type: bool = False  # get_version tells the model
    shown_model: str = ""  # how the miner spells its model, instead of the usual way
    version_is_text: bool = False  # get_version's Msg is a string
    led_pattern: bool = False  # ledstat is the pattern itself, not `manual`
    error_form: str = "pairs"  # of get_error_code: pairs, object, strings, numbers, reasons, described
    psu_vendor_key: str = "vendor"  # vendor, vender
    psu_current: str = "ma"  # iin: ma "15044", ma_decimals "15044.40", a 10.52
    psu_voltage: str = "centivolts"  # vin: centivolts "22650", volts 409
    command_level: str = "1.3.11"  # whose writes it knows: 1.3.11, 2.0.5, 2.2.2
    extra_commands: tuple = ()  # writes that it knows beyond that
    unknown_commands: tuple = ()  # commands that it doesn't know
    deprecated_commands: tuple = ()  # 132 `This command is deprecated.`
    trailer: str = ""  # after a reply: "", "nul", "newline"
    malformed: tuple = ()  # see malformed.py
    # --- refusals
    plain_write_code: int = 45
    plain_write_text: str = "permission denied"
    api_off_text: str = "permission denied"
    decrypt_text: str = "json cmd err"
    json_text: str = "invalid json message"
    unknown_text: str = "invalid cmd"
    error_text: str = "command error"  # of Code 132
    token_limit_text: str = "token over max times"
    double_encoded_refusals: bool = False  # of sealed requests: a JSON string that holds the JSON
    enforce_default_password: bool = True  # password `admin` = writes are refused with 45
    strict_pools: bool = True  # a missing key in update_pools is refused with 132
    # --- ciphertext
    sealed_reply: str = "enc_data"  # enc_data: {"enc":1,"data":..}; enc: {"enc":".."}; plain
    sealed_errors: bool = False
    padding: str = "zero"  # of replies: zero, pkcs7
    stale_token_code: int = 23  # after a reboot an old token's request is answered with 23 or 135
    fixed_salt: bool = False  # one `salt` as long as the password stays, as in /etc/shadow
    token_lifetime_seconds: float = 1800.0
    token_timeout: str = ""  # of get_token: "0" never ends, else seconds since last use; empty: it has none
    token_lock_seconds: float = 0.0  # over the limit: how long no token is given; 0: as long as tokens live
    token_lock_renews: bool = True  # asking while locked starts the lock anew
    tokens_per_address: int = 32
    token_addresses: int = 16
    # --- behaviour
    zeros_when_off: bool = False  # powered off, summary still answers, with zeros
    # text: `Socket connect failed: ..`; code: Code 14; 132 or -1: that Code, `btminer process is down err`
    btminer_down_reply: str = "text"
    one_connection: bool = False  # one at a time, the others wait
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
    power_off_lasts_seconds: float = 0.0  # then it mines again by itself; 0: it stays off
    pools_restart_btminer: bool = False
    pools_idle_seconds: float = 0.0  # new pools are `Alive`, and not mined on yet
    limit_restart_seconds: float = 1.0  # zeros after adjust_power_limit; real miners take one to two minutes
    limit_above_nominal: str = "refuse"  # refuse, clamp
    frequency_restarts: bool = False  # set_target_freq restarts btminer
    percent_lost_while_tuning: bool = False  # a percentage before tuning has ended is taken and forgotten
    after_restart: tuple = ()  # what shows after a restart only: fast_boot, hostname, temp_offset, zone
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
            if kind is dict:
                clean[name] = {**getattr(self, name), **clean[name]}
        return dataclasses.replace(self, **clean)

    def as_dict(self) -> dict:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in dataclasses.asdict(self).items()}


_KINDS = typing.get_type_hints(Options)
_CHOICES = {
    "token_time": ("short", "epoch"),
    "status_form": ("bare", "msg", "renamed", "grown"),
    "board_rates": ("mhs", "ths"),
    "error_form": ("pairs", "object", "strings", "numbers", "reasons", "described"),
    "psu_vendor_key": ("vendor", "vender"),
    "psu_current": ("ma", "ma_decimals", "a"),
    "psu_voltage": ("centivolts", "volts"),
    "command_level": COMMAND_LEVELS,
    "join_refusal_code": (14, 45),
    "limit_above_nominal": ("refuse", "clamp"),
    "joins": ("none", "two", "all"),
    "request_key": ("both", "command"),
    "trailer": ("", "nul", "newline"),
    "sealed_reply": ("enc_data", "enc", "plain"),
    "padding": ("zero", "pkcs7"),
    "stale_token_code": (23, 135),
    "btminer_down_reply": ("text", "code", "132", "-1"),
    **api3.CHOICES,
}
# Of options that are lists of words.
_WORDS = {
    "unknown": ("power", "fans", "psu", "factory", "limit", "texts"),
    "after_restart": ("fast_boot", "hostname", "temp_offset", "zone"),
    "malformed": tuple(sorted(FORMS)),
    **api3.WORDS,
}


def _checked(name, kind, value):
    if name in _CHOICES and value not in _CHOICES[name]:
        raise ValueError(f"option {name}: {value!r} is none of {list(_CHOICES[name])}")
    if kind is tuple:
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
            raise ValueError(f"option {name}: a list of strings is wanted")
        for item in value:
            if item not in _WORDS.get(name, (item,)):
                raise ValueError(f"option {name}: {item!r} is none of {list(_WORDS[name])}")
        return tuple(value)
    if name == "envelopes":
        return checked_forms(value)
    if name == "token_timeout" and not (isinstance(value, str) and (not value or value.isdigit())):
        raise ValueError(f"option token_timeout: seconds as a string are wanted, not {value!r}")
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"option {name}: {kind.__name__} is wanted, not {value!r}")
    if kind in (int, float) and value < 0 and name not in _CHOICES:
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
        command_level="2.0.5",
    ),
}
# Firmware since 2024-11, as the recordings of an M60S have it.
PRESETS["2.2"] = dataclasses.replace(
    PRESETS["2.0"],
    api_ver="2.2.2",
    token_code=134,
    status_form="grown",
    envelopes={"summary": "msg"},
    lean_replies=True,
    board_rates="ths",
    string_numbers=(),
    info_selects=False,
    has_miner_type=True,
    led_pattern=True,
    command_level="2.2.2",
    deprecated_commands=("devdetails",),
    decrypt_text="json cmd err",
    error_text="API command ERROR",
    token_limit_text="over max connect",
    token_lock_seconds=180.0,
    frequency_restarts=True,
    percent_lost_while_tuning=True,
)
# Firmware of 2025 and 2026: API 2.2.2 and API 3 of one machine, or API 3 alone.
PRESETS.update((name, dataclasses.replace(PRESETS["2.2"], **apis)) for name, apis in api3.GENERATIONS.items())
