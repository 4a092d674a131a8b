# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a miner's API 3 behaves, where firmware differs or sources contradict each other."""

from __future__ import annotations

import dataclasses

VERSIONS = ("3.0.0", "3.0.1", "3.0.2", "3.0.3", "3.0.5")


@dataclasses.dataclass
class Api3Options:
    """The part of a miner's options that concerns port 4433, and `apis`, which says what is open at all."""

    apis: str = "2"  # the open ports: 2 (4028), 3 (4433), both
    shared_password: bool = False  # admin of 4028 and super of 4433 have one password
    api3_version: str = "3.0.2"  # the commands, the fields of get.miner.setting, and reasons of errors
    api3_form: str = "m50"  # of get.device.info and get.miner.status: m50, m60s, document
    api3_pools: str = ""  # of pools: rate, percent (reject-rate, reject-percent), priority; empty: the form's
    # --- frames
    api3_clients: int = 10
    api3_crowded: str = "close"  # a client too many: close (accepted), reset (accepted), wait (not accepted)
    api3_idle_seconds: float = 300.0
    api3_heartbeat: str = "swallow"  # a frame of length 0: swallow, echo, close
    api3_bad_json: str = "answer"  # a frame that is no JSON: answer (-1, then closed), close
    api3_closed_while_restarting: bool = False  # 4433 is closed while btminer restarts
    # --- authentication
    api3_ts_window_seconds: float = 0.0  # how far `ts` may be from the miner's clock; 0: not checked
    api3_wrong_password_code: int = -1  # -1 `password is wrong`, -4 `no permission`
    api3_admin_account: bool = False  # `admin` is known beside super, with the same rights
    api3_salt_changes: tuple = ()  # when the salt changes: reboot, password
    # --- parameters
    api3_padding: str = "either"  # of sealed parameters: either, pkcs7, zero
    api3_sealed_json: str = "either"  # inside: once (JSON), twice (a JSON string that holds JSON), either
    api3_object_params: str = "either"  # object, text (a string that holds JSON), either
    api3_percent_type: str = "text"  # of set.miner.power_percent: text ("89"), number, either
    api3_heat_word: str = "anti-freezing"  # or anti-icing
    api3_custom_sn: str = "CustomerSn"  # or custom-sn, in get.device.custom_data
    api3_history: str = "text"  # of get.miner.history: text, data (in Data; asked with start and stop too)
    api3_info_joins: bool = False  # get.device.info takes several sections, with commas between
    api3_bad_value_code: int = -1  # -1, -2
    api3_status_without_param: str = "refuse"  # get.miner.status: refuse (-3), object ({}), text ("")
    # --- behaviour
    api3_pools_while_off: str = "missing"  # missing: alone -1, left out of a joined reply; shown
    api3_limit_unset: str = "empty"  # power-limit-set where none is set: empty, nominal, int_max
    api3_final_frame: bool = True  # a second reply once an image came in
    api3_close_after_logs: bool = True


CHOICES = {
    "apis": ("2", "3", "both"),
    "api3_version": VERSIONS,
    "api3_form": ("m50", "m60s", "document"),
    "api3_pools": ("", "rate", "percent", "priority"),
    "api3_crowded": ("close", "reset", "wait"),
    "api3_heartbeat": ("swallow", "echo", "close"),
    "api3_bad_json": ("answer", "close"),
    "api3_wrong_password_code": (-1, -4),
    "api3_padding": ("either", "pkcs7", "zero"),
    "api3_sealed_json": ("either", "once", "twice"),
    "api3_object_params": ("either", "object", "text"),
    "api3_percent_type": ("text", "number", "either"),
    "api3_heat_word": ("anti-freezing", "anti-icing"),
    "api3_custom_sn": ("CustomerSn", "custom-sn"),
    "api3_history": ("text", "data"),
    "api3_bad_value_code": (-1, -2),
    "api3_status_without_param": ("refuse", "object", "text"),
    "api3_pools_while_off": ("missing", "shown"),
    "api3_limit_unset": ("empty", "nominal", "int_max"),
}
WORDS = {"api3_salt_changes": ("reboot", "password")}
# The generations of API 3, by what differs from generation 2.2.
GENERATIONS = {"3": {"apis": "both"}, "3-only": {"apis": "3"}}
