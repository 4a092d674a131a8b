# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is fed with bytes that nobody chose, and what must hold whatever they are.

A `Target` takes bytes, and says what came of them: ``understood``, or the name of one of our errors. Whatever
else it raises is a finding. `make fuzz` leads each by coverage (harness.py); tests/unit/test_fuzz_targets.py
tries each a little, and again with all inputs that were ever a finding, which are kept in findings/.
"""

from __future__ import annotations

import base64
import io
import ipaddress
import json
import pathlib
import random
import re
import struct
import tempfile
from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.minerops.whatsminer.plugins.module_utils._api import masking, private_files, streams
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    BadParameter,
    NotAMiner,
    WhatsminerError,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.known_apis import KnownApis
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.network import finish
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import (
    cipher,
    reader,
    requests,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import readings as readings2
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import reads as reads2
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.stream import Stream as Stream2
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import Tokens
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3 import frames, replies
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3 import readings as readings3
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3 import reads as reads3
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3 import requests as requests3
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3.authentication import Signature
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3.stream import Stream as Stream3
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.shapes import Facts
from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks import firmware
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.groups import groups_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.host_names import host_name
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._discovery.host_variables import (
    variables_of,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health import judge
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.readings import reading_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.thresholds import Thresholds
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._ip_report.datagrams import press_of
from ansible_collections.minerops.whatsminer.tests.fuzz.wires import Exchange, Wire, pieces
from ansible_collections.minerops.whatsminer.tests.unit.plugins.module_utils._api.v2 import fuzz_replies

HERE = pathlib.Path(__file__).resolve().parent
FINDINGS = HERE / "findings"
_CORE = HERE.parent / "unit" / "plugins" / "module_utils"

UNDERSTOOD = "understood"
_PASSWORD = "hunter22"
# So that nothing is kept in files: what one input did must not show in the next.
_NOWHERE = "/dev/null/tokens"
private_files.ELSEWHERE = ()
# Between the replies of a conversation: no text and no JSON holds it.
_NEXT = b"\xff\xfe\xff\xfe"
_NOW = 1_790_000_000.0
# The longest text that may be shown of one error.
_LONGEST_TEXT = 2000


@dataclass(frozen=True)
class Target:
    """*check* is fed with bytes, of which the first two choose how they are cut; *seeds* are where it begins.
    """

    name: str
    what: str
    check: Callable[[bytes], str]
    seeds: tuple[bytes, ...]

    def findings(self) -> list[bytes]:
        """The inputs that once were findings."""
        return [path.read_bytes() for path in sorted((FINDINGS / self.name).glob("*.bin"))]


def _recorded(directory: pathlib.Path) -> list[dict[str, bytes]]:
    """Command -> the bytes of the reply, of each recorded miner."""
    return [
        {
            command: (answer if isinstance(answer, str) else json.dumps(answer)).encode()
            for command, answer in json.loads(path.read_text(encoding="utf-8")).items()
        }
        for path in sorted(directory.glob("api_*.json"))
    ]


API_2 = _recorded(_CORE / "fixtures")
API_3 = _recorded(_CORE / "_api" / "v3" / "fixtures")


def split(data: bytes) -> tuple[random.Random, bytes]:
    """What cuts and chooses, and the bytes to feed."""
    return random.Random(data[:2]), data[2:]


def require_showable(error: WhatsminerError) -> str:
    """The name of *error*, which may be shown as it is: one line, not too long, and without the password."""
    text = str(error)
    assert text.isprintable() and len(text) <= _LONGEST_TEXT, text
    assert _PASSWORD not in text
    json.dumps(error.to_dict(), allow_nan=False)
    return type(error).__name__


# --- Replies ------------------------------------------------------------------------------------------------


def reply2(data: bytes) -> str:
    """A reply of API 2, in any pieces."""
    rng, data = split(data)
    fuzz_replies.check(data, rng)
    outcome = fuzz_replies.outcome([data])
    return outcome.__name__ if isinstance(outcome, type) else UNDERSTOOD


_SEAL = cipher.Seal(_PASSWORD, cipher.Challenge("5626", "BQ5hoXV9", "jbzkfQls"))


def sealed(data: bytes) -> str:
    """A sealed reply: any text as ciphertext, any bytes as blocks, and any bytes that our own key sealed."""
    rng, data = split(data)
    texts = (data.decode("latin-1"), base64.b64encode(data).decode(), _SEAL.close(data))
    text = texts[rng.randrange(3)]
    try:
        opened = _SEAL.open(text)
        cipher.is_noise(opened)
        fuzz_replies.check(opened, rng)
        reader.parse_reply(opened)
    except NotAMiner as error:
        return require_showable(error)
    return UNDERSTOOD


def challenge(data: bytes) -> str:
    """An answer to get_token: a challenge that seals, and opens what it sealed, or one of our errors."""
    _rng, data = split(data)
    try:
        reply = reader.parse_reply(data)
        found = cipher.Challenge.from_reply_data(reply.data)
    except NotAMiner as error:
        return require_showable(error)
    seal = cipher.Seal(_PASSWORD, found)
    assert seal.open(seal.close(b'{"cmd":"x"}')) == b'{"cmd":"x"}'
    assert found.lifetime > 0
    return UNDERSTOOD


def frames3(data: bytes) -> str:
    """Frames of API 3, in any pieces: the same replies as in one, and never more held than one frame."""
    rng, data = split(data)
    whole = _frames_in([data])
    assert _frames_in(pieces(data, rng)) == whole
    return whole[1]


def _frames_in(segments: list[bytes]) -> tuple[list[bytes], str]:
    found, cutter = [], frames.Reader(limit=4096)
    try:
        for segment in segments:
            cutter.feed(segment)
            while (body := cutter.next_frame()) is not None:
                found.append(body)
            assert 1 <= cutter.missing <= 4096 + frames.HEADER_BYTES
        cutter.eof()
    except WhatsminerError as error:
        return found, require_showable(error)
    raise AssertionError("the end of a connection is an error")


def reply3(data: bytes) -> str:
    """The JSON of one frame of API 3."""
    _rng, data = split(data)
    try:
        reply = replies.parse(data)
    except NotAMiner as error:
        return require_showable(error)
    json.dumps(reply.body, allow_nan=False, ensure_ascii=False).encode()
    assert isinstance(reply.code, int) and isinstance(reply.command, str) and isinstance(reply.data, dict)
    for signed in (True, False):
        error = reply.error(signed=signed, allowed=True)
        assert (error is None) == reply.ok
        if error is not None:
            require_showable(error)
    return UNDERSTOOD


# --- Facts --------------------------------------------------------------------------------------------------


def facts2(data: bytes) -> str:
    """Readings of API 2 -> facts, and what is made of these."""
    return _facts_of(data, reads2.SEQUENCE, reader.parse_reply, readings2.normalise)


def facts3(data: bytes) -> str:
    """The same of API 3."""
    commands = (reads3.INFO, reads3.STATUS, *sorted(reads3.OPTIONAL))
    return _facts_of(data, commands, replies.parse, readings3.normalise)


def _facts_of(data: bytes, commands, parse, normalise) -> str:
    given = {}
    for part in data[2:].split(_NEXT):
        command = commands[part[0] % len(commands)] if part else commands[0]
        try:
            reply = parse(part[1:])
            given[command] = reply.error() or reply
        except NotAMiner as error:
            given[command] = error
    check_facts(normalise(given))
    return UNDERSTOOD if any(not isinstance(reply, Exception) for reply in given.values()) else "refused"


_GROUP = re.compile(r"(?:model|firmware|api|state)_[A-Za-z0-9_]{1,64}")
_HOST_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")


def check_facts(known: Facts) -> None:
    """Raise AssertionError unless *known* can be passed on as JSON, judged, and listed in an inventory."""
    known.setdefault("api", {"generation": 2, "port": 4028})
    raw = known.pop("raw", None)
    text = json.dumps(known, allow_nan=False, ensure_ascii=False)
    assert json.loads(text) == known
    text.encode()
    masking.Mask(_PASSWORD).answer(raw)
    judgement = judge.judge(reading_of(known, _NOW), Thresholds(), now=_NOW)
    json.dumps([reason.to_dict() for reason in judgement.reasons], allow_nan=False)
    assert all(_GROUP.fullmatch(group) for group in groups_of(known)), groups_of(known)
    for named in (known.get("hostname"), known.get("serial"), known.get("model")):
        name = host_name(named)
        assert name is None or _HOST_NAME.fullmatch(name), name
    variables = variables_of("192.0.2.1", known, port=4028, api3_port=4433)
    assert {"ansible_connection", "ansible_host", "whatsminer"} <= set(variables)


# --- Streams of bytes ---------------------------------------------------------------------------------------


def logs2(data: bytes) -> str:
    """A log archive over API 2: the reply says how long it is, and bytes follow."""
    return _saved(data, Stream2, lambda stream: stream.reply(), "logfilelen")


def logs3(data: bytes) -> str:
    """The same over API 3."""
    return _saved(data, Stream3, lambda stream: stream.reply("get.log.download"), "logsize")


def _saved(data: bytes, kind, reply_of, field: str) -> str:
    rng, data = split(data)
    wire = Wire(pieces(data, rng), rng.choice((None, TimeoutError())))
    stream, file = kind(wire, 1.0), io.BytesIO()

    async def save() -> int:
        async with stream:
            reply = await reply_of(stream)
            size = reply.data.get(field)
            size = int(size) if isinstance(size, str) and size.isascii() and size.isdigit() else size
            return await stream.save_file(file, size)

    try:
        size = finish(save())
    except WhatsminerError as error:
        return require_showable(error)
    assert size == len(file.getvalue()) <= min(len(data), streams.MAX_DOWNLOAD_BYTES)
    assert file.getvalue() in data and not wire.is_open
    return UNDERSTOOD


def image(data: bytes) -> str:
    """A firmware image: its parts lie within it, whatever its header says."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        try:
            parts = firmware.parts_of(file.name)
        except BadParameter:
            return BadParameter.__name__
    assert parts and all(0 <= part.offset < part.offset + part.size <= len(data) for part in parts)
    return UNDERSTOOD


def flash2(data: bytes) -> str:
    """What a miner says to an image over API 2: to get_token, to the command, and to the file."""
    return _talk(data, "2", lambda miner: miner.upload("update_firmware", io.BytesIO(bytes(999)), 999))


def flash3(data: bytes) -> str:
    """The same over API 3."""
    command = "set.system.update_firmware"
    return _talk(data, "3", lambda miner: miner.upload(command, io.BytesIO(bytes(999)), 999))


# --- Conversations ------------------------------------------------------------------------------------------


async def _read_all(miner: Miner) -> None:
    check_facts((await miner.gather(["all"])).facts)


def miner2(data: bytes) -> str:
    """All that is read of a miner over API 2, one connection after the other."""
    return _talk(data, "2", _read_all)


def miner3(data: bytes) -> str:
    """The same over API 3."""
    return _talk(data, "3", _read_all)


def found(data: bytes) -> str:
    """What discovery reads at an address, whichever API is spoken there."""

    async def identify(miner: Miner) -> None:
        check_facts((await miner.gather(["pools"], identify=True)).facts)

    return _talk(data, "auto", identify)


def write2(data: bytes) -> str:
    """What a miner says to a write over API 2."""
    return _talk(data, "2", lambda miner: miner.send("set_hostname", {"hostname": "a"}))


def write3(data: bytes) -> str:
    """The same over API 3."""
    return _talk(data, "3", lambda miner: miner.send("set.system.hostname", {"hostname": "a"}))


def _talk(data: bytes, api: str, act) -> str:
    rng, data = split(data)
    exchange = Exchange(
        data.split(_NEXT), rng, repeats=rng.random() < 0.5, keeps_on=api == "3" or rng.random() < 0.2
    )
    miner = Miner(
        "192.0.2.1",
        password=_PASSWORD,
        api=api,
        mac="C4:05:08:00:02:3B" if rng.random() < 0.3 else None,
        reply_timeout=1.0,
        tokens=Tokens(_NOWHERE),
        known_apis=KnownApis(_NOWHERE),
    )
    traced = []
    miner.line.trace = traced.append
    try:
        with exchange.standing_in():
            try:
                finish(act(miner))
            finally:
                miner.close()
    except WhatsminerError as error:
        return require_showable(error)
    finally:
        assert all(line.isprintable() and _PASSWORD not in line for line in traced), traced
    return UNDERSTOOD


# --- Datagrams ----------------------------------------------------------------------------------------------


def press(data: bytes) -> str:
    """What anybody may send to the port at which presses of the button "IP report" arrive."""
    said = press_of(data, "192.0.2.9")
    if said is None:
        return "no press"
    assert re.fullmatch(r"[0-9A-F]{2}(?::[0-9A-F]{2}){5}", said.mac)
    assert str(ipaddress.IPv4Address(said.address)) == said.address
    return UNDERSTOOD


# --- Round trips --------------------------------------------------------------------------------------------


def round_trip(data: bytes) -> str:
    """What we write, read back by what we read with: requests of both APIs with any parameters, sealed and
    framed.
    """
    rng, data = split(data)
    try:
        params = json.loads(data, parse_constant=lambda word: None)
        json.dumps(params, allow_nan=False)
    except (ValueError, RecursionError):
        params = data.decode("latin-1")
    params = params if isinstance(params, dict) else {"param": params}
    token = _SEAL.sign
    plain = requests.json_request("set_x", params, token=token)
    opened = _SEAL.open(_SEAL.close(plain))
    assert opened == plain
    assert json.loads(opened) == {**params, "cmd": "set_x", "token": token}
    signature = Signature("set.x", password=_PASSWORD, salt="px5hoXa9", ts=1_790_000_000)
    request = requests3.signed(signature, "super", params, encrypted=rng.random() < 0.5)
    cutter = frames.Reader()
    for piece in pieces(frames.frame(request), rng):
        cutter.feed(piece)
    if len(request) > frames.MAX_FRAME_BYTES:
        return "too long"
    assert cutter.next_frame() == request and cutter.take_rest() == b""
    return UNDERSTOOD


# --- The seeds ----------------------------------------------------------------------------------------------

_CUT = b"\0\0"
_OK_2 = b'{"STATUS":"S","When":1,"Code":131,"Msg":"API command OK","Description":""}'
_TOKEN = (
    b'{"STATUS":"S","When":1,"Code":134,"Msg":{"time":"5626","salt":"BQ5hoXV9","newsalt":"jbzkfQls"},'
    b'"Description":""}'
)
_LOGS_2 = b'{"STATUS":"S","When":1,"Code":131,"Msg":{"logfilelen":"12"},"Description":""}\nfirst line.'
_REFUSALS_3 = tuple(
    b'{"code":%d,"when":1790000000,"msg":"%s","desc":"x"}' % said
    for said in ((-1, b"fail"), (-2, b"invalid command"), (-4, b"no permission"), (0, b"ok"))
)


def _facts_seeds(miners, commands) -> tuple[bytes, ...]:
    return tuple(
        _CUT
        + _NEXT.join(
            bytes([commands.index(command)]) + reply
            for command, reply in miner.items()
            if command in commands
        )
        for miner in miners
    )


def _talk_seeds(miners) -> tuple[bytes, ...]:
    return tuple(_CUT + _NEXT.join(miner.values()) for miner in miners)


def _framed(*bodies: bytes) -> bytes:
    return b"".join(map(frames.frame, bodies))


_FRAMED_3 = [{command: frames.frame(reply) for command, reply in miner.items()} for miner in API_3]
_SEALED_OK = b'{"enc":"%s"}' % _SEAL.close(_OK_2).encode()
_READY = b'{"enc":"%s"}' % _SEAL.close(_OK_2.replace(b"API command OK", b"ready")).encode()
_INFO_3 = [miner[reads3.INFO] for miner in API_3]
_IMAGE = (
    bytes(16)
    + struct.pack("<II", 64, 1)
    + struct.pack("<16s16sII64x", b"H3", b"H616", 6812, 8)
    + bytes(6812 - 24 - 104)
    + b"firmware"
)

TARGETS = {
    target.name: target
    for target in (
        Target("reply2", "replies of API 2", reply2, tuple(_CUT + seed for seed in fuzz_replies.CORPUS)),
        Target("sealed", "sealed replies", sealed, (b"\0\2" + _OK_2, b"\0\3" + _SEAL.close(_OK_2).encode())),
        Target(
            "challenge", "answers to get_token", challenge, (_CUT + _TOKEN, _CUT + b"1592555626 BQ5hoXV9 jb")
        ),
        Target(
            "frames3",
            "frames of API 3",
            frames3,
            (_CUT + _framed(*_REFUSALS_3), _CUT + bytes(8) + _framed(b"{}"), _CUT + b"Socket connect failed"),
        ),
        Target("reply3", "replies of API 3", reply3, tuple(_CUT + body for body in (*_REFUSALS_3, *_INFO_3))),
        Target("facts2", "readings of API 2", facts2, _facts_seeds(API_2, reads2.SEQUENCE)),
        Target(
            "facts3",
            "readings of API 3",
            facts3,
            _facts_seeds(API_3, (reads3.INFO, reads3.STATUS, *sorted(reads3.OPTIONAL))),
        ),
        Target("logs2", "log archives over API 2", logs2, (_CUT + _LOGS_2,)),
        Target(
            "logs3",
            "log archives over API 3",
            logs3,
            (_CUT + _framed(b'{"code":0,"msg":{"logsize":"5"},"desc":"get.log.download"}') + b"a log",),
        ),
        Target("image", "firmware images", image, (_IMAGE, b"one image")),
        Target(
            "flash2",
            "miners that are sent an image over API 2",
            flash2,
            (_CUT + _NEXT.join((API_2[0]["summary"], _TOKEN, _READY)), _CUT + _NEXT.join((_TOKEN, _READY))),
        ),
        Target(
            "flash3",
            "miners that are sent an image over API 3",
            flash3,
            tuple(_CUT + _framed(info, info, _REFUSALS_3[3], _REFUSALS_3[3]) for info in _INFO_3),
        ),
        Target("miner2", "miners that are read over API 2", miner2, _talk_seeds(API_2)),
        Target("miner3", "miners that are read over API 3", miner3, _talk_seeds(_FRAMED_3)),
        Target("found", "machines that discovery reads", found, _talk_seeds((*API_2[:4], *_FRAMED_3))),
        Target(
            "write2",
            "miners that are written to over API 2",
            write2,
            tuple(_CUT + _NEXT.join((_TOKEN, answer)) for answer in (_SEALED_OK, _OK_2)),
        ),
        Target(
            "write3",
            "miners that are written to over API 3",
            write3,
            tuple(_CUT + _framed(_INFO_3[0], _INFO_3[0], answer) for answer in _REFUSALS_3),
        ),
        Target(
            "press",
            "datagrams about a pressed button",
            press,
            (b"IP:192.168.1.10MAC:C4:05:08:00:02:3B", b'{"ip":"192.168.1.10","mac":"c4-05-08-00-02-3b"}'),
        ),
        Target("round_trip", "requests, read back", round_trip, (_CUT + b'{"a":["\xc3\xa9",1.5,null]}',)),
    )
}
