# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a hostile miner may do, and what comes of it: docs/reliability.md lists these, and test_attacks.py
proves each.
"""

from __future__ import annotations

import json
import pathlib
import struct
from dataclasses import dataclass
from typing import Any

from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import (
    DEEP,
    GARBAGE,
    NOISE,
    OTHER_MAC,
    Dribble,
    Endless,
    Sealed,
    Silence,
    refuses,
    says,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner import (
    Upload as Upload2,
)
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils.fake_miner3 import (
    MAC,
    SUMMARY,
    Ended,
    Then,
    Upload,
    frame,
    info,
    no,
    ok,
)

_HERE = pathlib.Path(__file__).resolve().parent


def recorded(path: str) -> dict[str, Any]:
    """Command -> what a miner was seen to answer."""
    return json.loads((_HERE / path).read_text(encoding="utf-8"))


ON_2 = recorded("fixtures/api_2_0_on.json")
ON_3 = recorded("_api/v3/fixtures/api_3_0_2_air.json")
_INFO, _STATUS, _SETTING = "get.device.info", "get.miner.status", "get.miner.setting"

READ, WRITE, LOGS, IMAGE = "read", "write", "fetch logs", "send an image"


@dataclass(frozen=True)
class Attack:
    """Over *api*, while a task does *act*, the miner does *what*: it has *answers* by command, or to all
    where that is no dict. The task ends with one of *causes*; "ok" is that of a task that is done.
    """

    api: int
    act: str
    what: str
    answers: Any
    causes: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.api} {self.act}: {self.what}"


_COUNTING = (json.dumps({"a": 1}) + ",").encode() * 10_000
_NOT = ("not_a_miner",)
_LATE = ("timed_out",)
_NEITHER = (*_NOT, *_LATE)  # whichever bound is met first

# What ansible-core's JSON takes for a template that it trusts, for text in a vault, and for a mark; and text
# that acts on a screen.
_TEMPLATE = {
    "__ansible_type": "_AnsibleTaggedStr",
    "value": "{{ 6 * 7 }}",
    "tags": [{"__ansible_type": "TrustedAsTemplate"}],
}
_RESERVED = {
    "a": _TEMPLATE,
    "b": {"__ansible_vault": "$ANSIBLE_VAULT;1.1;AES256\n00"},
    "c": {"__ansible_unsafe": [1]},
    "_ansible_no_log": True,
    "\x1b[2J\x9b\u202e": "\x1b]0;owned\x07\x9b31m\u202e\u2028\x00",
    "hostname": "\x1b]0;owned\x07\x9b31m\u202e\u2028\x00",
}
_AS_OBJECTS = "names that ansible-core's JSON has for its own objects, and text for screens"

_READS_2 = [
    (_AS_OBJECTS, {"get_miner_info": says(msg={"mac": MAC, **_RESERVED})}, ("ok",)),
    ("a text in JSON that never ends", Endless(b'{"STATUS":"S","a":"', b"x" * 65536), _NEITHER),
    ("a list that never ends", Endless(b'{"STATUS":"S","a":[', _COUNTING), _NEITHER),
    ("text that never ends", Endless(b"STATUS=S,", b"x" * 65536), _NEITHER),
    ("blanks that never end", Endless(b"", b" " * 65536), _NEITHER),
    ("a byte now and then", Dribble(b'{"a":"' + b"x" * 1000, 0.02), _LATE),
    ("nothing", Silence(), _LATE),
    ("half of a reply, and then nothing", Silence(b'{"STATUS":"S","SUMMARY":[{'), _LATE),
    ("JSON that is 100 levels deep", DEEP, _NOT),
    ("100,000 brackets", b"[" * 100_000, _NOT),
    ("a sealed reply to a plain question", NOISE, _NOT),
    ("what another kind of machine says", GARBAGE, _NOT),
    ("bytes of TLS", b"\x15\x03\x01\x00\x02\x02\x28", _NOT),
    ("a closed connection", b"", ("empty_reply",)),
]
_READS_3 = [
    (
        _AS_OBJECTS,
        {
            _INFO: ok(
                {
                    **info(),
                    "network": {"mac": MAC, **_RESERVED},
                    "miner": {"working": "true", "permission": "__ansible_type=1 super=255"},
                }
            )
        },
        ("ok",),
    ),
    ("a frame of 4 GiB", b"\xff\xff\xff\xff" + b"{}" * 10_000, _NOT),
    ("a frame of a negative length", struct.pack("<i", -2) + b"{}", _NOT),
    ("a frame that is a byte longer than any", struct.pack("<I", 1024 * 1024 + 1) + b" " * 65536, _NOT),
    ("a length with the most significant byte first", struct.pack(">I", 2) + b"{}", _NOT),
    ("frames of no length without end", Endless(b"", bytes(65536)), _NOT),
    (
        "reports without end that nobody asked for",
        Endless(b"", frame({"code": 0, "msg": {}, "desc": "get.miner.report"}) * 500),
        _LATE,
    ),
    ("a frame that is longer than what comes", Silence(struct.pack("<I", 1000) + b'{"code":0'), _LATE),
    (
        "a frame that ends with the connection",
        Ended(struct.pack("<I", 1000) + b'{"code":0'),
        ("truncated_reply",),
    ),
    ("a byte now and then", Dribble(frame(b" " * 1000), 0.02), _LATE),
    ("nothing", Silence(), _LATE),
    ("JSON that is 100 levels deep", frame(DEEP), _NOT),
    ("a frame of brackets", frame(b"[" * 1_000_000), _NOT),
    ("a frame with 5,000 objects", frame(b'{"code":0,"msg":[' + b"{}," * 5_000 + b"{}]}"), _NOT),
    ("JSON without a code", frame(b'{"msg":{}}'), _NOT),
    ("a frame that isn't JSON", frame(b"\x00\xff" * 100), _NOT),
    ("what another kind of machine says", GARBAGE, _NOT),
    ("a closed connection", Ended(), ("empty_reply",)),
]


def _always_the_same_token(_request):
    return says(134, 134, msg={"time": "5626", "salt": "BQ5hoXV9", "newsalt": "jbzkfQls"}) | {"STATUS": "S"}


def _echo(request):
    return request.raw


_WAS_2 = [ON_2["get_miner_info"]] if "get_miner_info" in ON_2 else []
_SALT = ON_3[_INFO]["msg"]["salt"]
_OTHER = ok({**info(OTHER_MAC), "salt": _SALT})
_WRITES_2 = [
    ("that it takes no token, however new", {"power_off": Sealed(refuses(135))}, ("token_rejected",)),
    (
        "the same token again and again, with which it can't decrypt",
        {"get_token": _always_the_same_token, "undecryptable": refuses(23)},
        ("wrong_password",),
    ),
    ("no token", {"get_token": refuses(136, "over max connect")}, ("token_limit",)),
    ("a token without a salt", {"get_token": says(msg={"time": "1", "salt": "", "newsalt": "x"})}, _NOT),
    (
        "a token with a salt of 10,000 characters",
        {"get_token": says(msg={"time": "1", "salt": "x" * 10_000, "newsalt": "x"})},
        _NOT,
    ),
    ("an answer that another key seals", {"power_off": NOISE}, ("outcome_unknown",)),
    ("an answer that is an echo", {"power_off": _echo}, ("outcome_unknown",)),
    ("the answer to another question", {"power_off": ON_2["summary"]}, ("not_converged",)),
    ("no answer", {"power_off": b""}, ("outcome_unknown",)),
    ("an answer that never ends", {"power_off": Endless(b'{"STATUS":"', b"x" * 65536)}, ("outcome_unknown",)),
    ("yes, and nothing else happens", {"power_off": Sealed(says())}, ("not_converged",)),
    (
        "yes, and is another machine from then on",
        {"power_off": Sealed(says()), "get_miner_info": [*_WAS_2, *[says(msg={"mac": OTHER_MAC})] * 40]},
        ("not_converged",),
    ),
]
_WRITES_3 = [
    ("no salt", {_INFO: ok({**info(), "salt": None})}, _NOT),
    ("a salt of 10,000 characters", {_INFO: ok({**info(), "salt": "x" * 10_000})}, _NOT),
    (
        "another salt each time, and no permission",
        {"set.miner.service": no(-4, "no permission")},
        ("wrong_password",),
    ),
    (
        "a clock that is ahead by centuries",
        {"set.miner.service": {**no(-4), "when": 10**12}},
        ("wrong_password",),
    ),
    (
        "the answer to another question",
        {"set.miner.service": {**ok(), "desc": "get.miner.report"}},
        ("outcome_unknown",),
    ),
    ("no answer", {"set.miner.service": Ended()}, ("outcome_unknown",)),
    ("a frame of 4 GiB", {"set.miner.service": b"\xff" * 100}, ("outcome_unknown",)),
    (
        "reports without end that nobody asked for",
        {"set.miner.service": Endless(b"", frame({"code": 0, "msg": {}, "desc": "get.miner.report"}) * 500)},
        ("outcome_unknown",),
    ),
    ("yes, and nothing else happens", {"set.miner.service": ok()}, ("not_converged",)),
    (
        "yes, and is another machine from then on",
        {"set.miner.service": ok(), _INFO: [*[ON_3[_INFO]] * 2, *[_OTHER] * 40]},
        ("wrong_machine",),
    ),
    ("another machine between read and write", {_INFO: [ON_3[_INFO], *[_OTHER] * 40]}, ("wrong_machine",)),
]


def _logs_2(size, data=b"x" * 1000):
    return {"download_logs": lambda request: json.dumps(says(msg={"logfilelen": size})).encode() + data}


def _logs_3(size, data=b"x" * 1000):
    return {"get.log.download": Then([ok({"logsize": size}), data])}


_SIZES = [
    ("logs of a negative length", (-1,), ("transfer_failed",)),
    ("logs of a terabyte", (2**40,), ("transfer_failed",)),
    ("logs whose length is no number", ("many",), ("transfer_failed",)),
    ("logs whose length is a list", ([1],), ("transfer_failed",)),
    ("fewer bytes than it said", (2000, Ended(b"x" * 1000)), ("transfer_failed",)),
    ("more bytes than it said", (500,), ("ok",)),
    ("bytes without end", (500, Endless(b"", b"x" * 65536)), ("ok",)),
]

_READY_2 = Sealed(says(msg="ready"))
_UPDATE_3 = "set.system.update_firmware"
_IMAGES_2 = [
    ("done, before all of it came", {"update_firmware": Upload2(Sealed(says()), 10)}, ("not_converged",)),
    ("no, after the image", {"update_firmware": Upload2(Sealed(refuses(132)))}, ("transfer_failed",)),
    ("nothing after the image", {"update_firmware": Upload2(Silence())}, ("transfer_failed",)),
    ("ready, and closes", {"update_firmware": _READY_2}, ("transfer_failed",)),
    ("ready twice", {"update_firmware": lambda request: _READY_2}, ("transfer_failed",)),
    ("no, in clear text", {"update_firmware": refuses(14)}, ("unknown_command",)),
    ("a length instead of ready", {"update_firmware": b"\xe7\x03\x00\x00"}, ("transfer_failed",)),
    ("nothing", {"update_firmware": Silence()}, ("transfer_failed",)),
]
_IMAGES_3 = [
    ("done, before all of it came", {_UPDATE_3: Upload(ok(), 10)}, ("not_converged",)),
    ("half a length, and closes", {_UPDATE_3: Then([ok("ready"), Ended(b"\xe7\x03")])}, ("transfer_failed",)),
    ("a frame of 4 GiB after the image", {_UPDATE_3: Upload(b"\xff" * 8)}, ("transfer_failed",)),
    ("no, after the image", {_UPDATE_3: Upload(no(-1, "bad image"))}, ("transfer_failed",)),
    ("nothing after the image", {_UPDATE_3: Upload(Silence())}, ("transfer_failed",)),
    ("nothing", {_UPDATE_3: Silence()}, ("transfer_failed",)),
]


def _attacks(api, act, rows):
    return [Attack(api, act, what, answers, causes) for what, answers, causes in rows]


ATTACKS = [
    *_attacks(2, READ, _READS_2),
    *_attacks(3, READ, _READS_3),
    *_attacks(2, WRITE, _WRITES_2),
    *_attacks(3, WRITE, _WRITES_3),
    *_attacks(2, LOGS, [(what, _logs_2(*how), causes) for what, how, causes in _SIZES[:4] + _SIZES[5:6]]),
    *_attacks(3, LOGS, [(what, _logs_3(*how), causes) for what, how, causes in _SIZES]),
    *_attacks(2, IMAGE, _IMAGES_2),
    *_attacks(3, IMAGE, _IMAGES_3),
]

__all__ = ["ATTACKS", "IMAGE", "LOGS", "MAC", "ON_2", "ON_3", "READ", "SUMMARY", "WRITE", "Attack"]
