# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signing and encrypting for API 3, against the vendor's vector and others made by the same rule."""

from __future__ import annotations

import base64
import importlib.util
import json
import sys

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import errors
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3 import authentication, requests
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3.authentication import Signature
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3.dialect import Dialect, Padding
from Crypto.Cipher import AES
from hypothesis import given
from hypothesis import strategies as st

# command, password, salt, ts, token, digest. The first is the vendor's own (whatsminer-mdk-worker).
VECTORS = [
    (
        "set.miner.pools",
        "super",
        "5QAHiKMb",
        1692685512,
        "t5VzZdBe",
        "b7957365d05ec273e788a1034d1a4b0df51b295a3da79d14f46b2bf7b56e4ab3",
    ),
    (
        "set.system.reboot",
        "super",
        "5QAHiKMb",
        1692685512,
        "11aY24Eq",
        "d75698db812a4142b7e5f4912bc740424822f73f20ffba805a1ad302bf7f4fae",
    ),
    (
        "set.miner.service",
        "super",
        "5QAHiKMb",
        1692685512,
        "Yv6N+zUq",
        "62fe8dfb352aea9325c2242abd01cef2dc5c9349328107b25ebef74a0d319cf5",
    ),
    (
        "set.miner.power_limit",
        "s3cret_1",
        "px5hoXa9",
        1773869570,
        "/iPhwDP8",
        "fe23e1c033fc87744dd58ab1b169f0e9ad6c99f28735f7981fb6f7bc31e0eeaa",
    ),
    (
        "set.user.change_passwd",
        "super",
        "5QAHiKMb",
        1692685512,
        "C0ALb+1a",
        "0b400b6fed5a267f359e745fa56ee9adbf1f5f2e82b66acbf4d3534c7127c6d1",
    ),
    (
        "set.system.update_firmware",
        "super",
        "5QAHiKMb",
        1692685512,
        "Zh/CPxfB",
        "661fc23f17c187ea06fdabc9e5474fa8bdf4885b0f83804cdb93e517a6db669c",
    ),
]
# command, parameter, what it is encrypted, with the signature of the vectors above.
ENCRYPTED = [
    (
        "set.miner.pools",
        [{"pool": "stratum+tcp://pool:3333", "worker": "worker", "passwd": "x"}],
        "M7c6KBuUVIiP+BnrFxPBexRUr3Zw94Ng42eBDFq02W9o7MSxcGd0EcmSwVx72paF9s8xliqcLqi00gxEF"
        "a8AzpW/A3R+69wXNkHPuGtqhA4=",
    ),
    (
        "set.user.change_passwd",
        {"account": "user1", "new": "new_password_here", "old": "old_password_here"},
        "Fq2rlgffpoYMQbqXWFu7DENVLf3dj8dDtSHEexS3brQVpoKh/xZtg60dvdT+UpXZjoTVauS4qr1l1esuv"
        "E8ajXCi5+x5Ujo9kwWhDl1MZKA=",
    ),
]


def signature_of(command, ts=1692685512):
    return Signature(command, password="super", salt="5QAHiKMb", ts=ts)


def opened(signature_digest, sealed):
    return AES.new(bytes.fromhex(signature_digest), AES.MODE_ECB).decrypt(base64.b64decode(sealed))


@pytest.mark.parametrize(("command", "password", "salt", "ts", "token", "digest"), VECTORS)
def test_the_token_is_that_of_the_vectors(command, password, salt, ts, token, digest):
    signature = Signature(command, password=password, salt=salt, ts=ts)
    assert signature.token == token
    assert opened(digest, signature.encrypt(b"plain text")) == b"plain text" + b"\6" * 6


@pytest.mark.parametrize(("command", "param", "sealed"), ENCRYPTED)
def test_the_encrypted_request_is_that_of_the_vectors(command, param, sealed):
    request = json.loads(requests.signed(signature_of(command), "super", param, encrypted=True))
    token = next(vector[4] for vector in VECTORS if vector[0] == command)
    assert request == {"cmd": command, "ts": 1692685512, "token": token, "account": "super", "param": sealed}
    assert list(request) == ["cmd", "ts", "token", "account", "param"]


@given(st.binary(max_size=100))
def test_either_padding_holds_all_that_was_encrypted(plain):
    signature, digest = signature_of("set.miner.pools"), VECTORS[0][5]
    padded = opened(digest, signature.encrypt(plain))
    assert padded[-1] in range(1, 17) and padded == plain + bytes([padded[-1]]) * padded[-1]
    zeros = base64.b64decode(signature.encrypt(plain, Padding.ZEROS))
    assert len(zeros) == -(-len(plain) // 16) * 16
    assert not zeros or AES.new(bytes.fromhex(digest), AES.MODE_ECB).decrypt(zeros) == plain + bytes(
        len(zeros) - len(plain)
    )


def test_a_parameter_can_be_quoted_once_more_before_it_is_encrypted():
    param = [{"pool": "p", "worker": "w", "passwd": "x"}]
    sealed = json.loads(
        requests.signed(
            signature_of("set.miner.pools"), "super", param, encrypted=True, dialect=Dialect(quoted=True)
        )
    )["param"]
    plain = opened(VECTORS[0][5], sealed)
    assert json.loads(json.loads(plain[: -plain[-1]])) == param


@pytest.mark.parametrize("password", ["sécret", "sécret".encode()])
def test_a_password_is_signed_as_utf_8(password):
    assert Signature("c", password=password, salt="s", ts=1).token == "OEmp06L1"


def test_whoever_looks_at_a_signature_sees_no_secret():
    signature = Signature("set.miner.power", password="hush_hush", salt="sAlTsAlT", ts=5)
    assert repr(signature) == "Signature('set.miner.power', ts=5, <redacted>)"
    assert signature.secrets == (signature.token,)


def test_a_python_without_the_cipher_says_what_to_install_and_signs_all_the_same(monkeypatch):
    monkeypatch.setattr(authentication, "AES", None)
    signature = signature_of("set.system.reboot")
    assert json.loads(requests.signed(signature, "super"))["token"] == "11aY24Eq"
    with pytest.raises(errors.MissingLibrary, match="pip install pycryptodome"):
        signature.encrypt(b"x")


@pytest.mark.parametrize(
    "data",
    [{}, {"salt": ""}, {"salt": 5}, {"salt": None}, {"salt": "a\nb"}, {"salt": "ä"}, {"salt": "x" * 65}],
)
def test_no_salt_is_not_taken_for_one(data):
    with pytest.raises(errors.NotAMiner, match="salt"):
        authentication.salt_in(data)


def test_the_salt_is_found_among_everything_and_alone():
    assert authentication.salt_in({"salt": "px5hoXa9"}) == "px5hoXa9"
    assert authentication.salt_in({"miner": {}, "salt": "uhCi./yj", "error-code": []}) == "uhCi./yj"


@pytest.mark.parametrize(
    ("when", "expected"),
    [(1000, None), (1005, None), (995, None), (None, None), (1006, 1006), (994, 994), (5_000_000, 5_000_000)],
)
def test_a_second_try_is_signed_by_the_miner_s_clock_only_where_it_differs(when, expected):
    assert authentication.other_clock(1000, when) == expected


@pytest.mark.parametrize(
    ("account", "password", "writable", "expected"),
    [
        ("super", "s3cret", True, True),
        ("super", "s3cret", False, False),
        ("super", "s3cret", None, None),
        ("super", "super", True, False),
        ("user1", "s3cret", True, None),
        ("user1", "user1", True, False),
    ],
)
def test_what_the_miner_shows_tells_whether_it_should_take_writes(account, password, writable, expected):
    assert authentication.may_write(account=account, password=password, writable=writable) is expected


def test_a_read_leaves_out_the_parameter_that_it_has_not():
    assert requests.plain("get.device.info") == b'{"cmd":"get.device.info"}'
    assert requests.plain("get.device.info", "salt") == b'{"cmd":"get.device.info","param":"salt"}'
    assert (
        requests.plain("get.device.info", dialect=Dialect(null_param=True))
        == b'{"cmd":"get.device.info","param":null}'
    )


def test_objects_go_as_objects_and_can_go_as_text():
    signature = signature_of("set.system.hostname")
    param = {"hostname": "rack7"}
    assert json.loads(requests.signed(signature, "super", param))["param"] == param
    as_text = requests.signed(signature, "super", param, dialect=Dialect(objects_as_text=True))
    assert json.loads(as_text)["param"] == '{"hostname":"rack7"}'
    assert (
        json.loads(requests.signed(signature, "super", 3000, dialect=Dialect(objects_as_text=True)))["param"]
        == 3000
    )


class Damaged:
    @property
    def AES(self):
        raise OSError("Cannot load native module")


@pytest.mark.parametrize("library", [None, Damaged()])
def test_a_python_without_the_cipher_or_with_a_damaged_one_can_import_this(monkeypatch, library):
    monkeypatch.setitem(sys.modules, "Crypto.Cipher", library)
    spec = importlib.util.spec_from_file_location(authentication.__name__, authentication.__file__)
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    assert copy.AES is None
