# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""API 3: tokens, accounts, permissions, sealed parameters, and what is refused."""

from __future__ import annotations

import json

import pytest
from api3_client import POOLS, Api3Client, frame, seal
from simulator.v3 import authentication
from simulator.v3.options import Api3Options

# The first is the vendor's own; the others were computed with the same rule, apart from the simulator.
VECTORS = [
    (
        ("set.miner.pools", "super", "5QAHiKMb", 1692685512),
        "b7957365d05ec273e788a1034d1a4b0df51b295a3da79d14f46b2bf7b56e4ab3",
        "t5VzZdBe",
    ),
    (
        ("set.system.reboot", "super", "5QAHiKMb", 1692685512),
        "d75698db812a4142b7e5f4912bc740424822f73f20ffba805a1ad302bf7f4fae",
        "11aY24Eq",
    ),
    (
        ("set.miner.service", "super", "5QAHiKMb", 1692685512),
        "62fe8dfb352aea9325c2242abd01cef2dc5c9349328107b25ebef74a0d319cf5",
        "Yv6N+zUq",
    ),
    (
        ("set.miner.power_limit", "s3cret_1", "px5hoXa9", 1773869570),
        "fe23e1c033fc87744dd58ab1b169f0e9ad6c99f28735f7981fb6f7bc31e0eeaa",
        "/iPhwDP8",
    ),
    (
        ("set.user.change_passwd", "super", "5QAHiKMb", 1692685512),
        "0b400b6fed5a267f359e745fa56ee9adbf1f5f2e82b66acbf4d3534c7127c6d1",
        "C0ALb+1a",
    ),
    (
        ("set.system.update_firmware", "super", "5QAHiKMb", 1692685512),
        "661fc23f17c187ea06fdabc9e5474fa8bdf4885b0f83804cdb93e517a6db669c",
        "Zh/CPxfB",
    ),
]
SEALED_POOLS = (
    "M7c6KBuUVIiP+BnrFxPBexRUr3Zw94Ng42eBDFq02W9o7MSxcGd0EcmSwVx72paF"
    "9s8xliqcLqi00gxEFa8AzpW/A3R+69wXNkHPuGtqhA4="
)
SEALED_PASSWORDS = (
    "Fq2rlgffpoYMQbqXWFu7DENVLf3dj8dDtSHEexS3brQVpoKh/xZtg60dvdT+UpXZ"
    "joTVauS4qr1l1esuvE8ajXCi5+x5Ujo9kwWhDl1MZKA="
)


@pytest.fixture
def miner3(start):
    def run(generation="3", account="super", **how):
        return Api3Client(start(generation, **how), account)

    return run


@pytest.mark.parametrize("given, digest, token", VECTORS)
def test_digests_and_tokens_are_those_of_the_vectors(given, digest, token):
    secret = authentication.digest(*given)
    assert (secret.hex(), authentication.token(secret)) == (digest, token)


def as_in_the_vectors(miner3):
    state = {
        "api3_salt": "5QAHiKMb",
        "accounts": {"super": {"password": "super"}, "user1": {"password": "old_password_here"}},
    }
    return miner3(state=state)


def test_the_vendors_request_sets_the_pools(miner3):
    api = as_in_the_vectors(miner3)
    request = {
        "cmd": "set.miner.pools",
        "ts": 1692685512,
        "token": "t5VzZdBe",
        "account": "super",
        "param": SEALED_POOLS,
    }
    reply = api.raw(frame(request))
    assert (reply["code"], reply["msg"], reply["desc"]) == (0, "ok", "set.miner.pools")
    assert api.state()["pools"] == [{"url": "stratum+tcp://pool:3333", "user": "worker", "password": "x"}]


def test_the_vectors_request_changes_a_password(miner3):
    api = as_in_the_vectors(miner3)
    request = {"cmd": "set.user.change_passwd", "ts": 1692685512, "token": "C0ALb+1a", "account": "super"}
    assert api.raw(frame({**request, "param": SEALED_PASSWORDS}))["code"] == 0
    assert api.state()["accounts"]["user1"]["password"] == "new_password_here"


# --- who


def wrong_requests(api):
    good = api.request("set.miner.fastboot", "enable")
    yield {**good, "token": good["token"][:-1] + "!"}
    yield {**good, "token": good["token"].lower()}
    yield {**good, "ts": good["ts"] - 1}
    yield {**good, "account": "user1"}
    yield {**good, "account": "admin"}
    yield {**good, "account": "nobody"}
    yield {**good, "cmd": "set.system.webpools"}


@pytest.mark.parametrize("code, words", [(-1, "password is wrong"), (-4, "no permission")])
def test_a_wrong_token_is_refused_with_either_code(miner3, code, words):
    api = miner3(options={"api3_wrong_password_code": code})
    before = api.state()
    for request in wrong_requests(api):
        reply = api.raw(frame(request))
        assert (reply["code"], reply["msg"]) == (code, words), request
    assert api.state() == before
    assert api.miner.counters.refused["set.miner.fastboot"] == 6


@pytest.mark.parametrize("name", ["ts", "token", "account"])
def test_what_is_missing_or_of_the_wrong_kind_is_no_permission(miner3, name):
    api = miner3()
    request = api.request("set.miner.fastboot", "enable")
    for value in (None, [], "1" if name == "ts" else 1):
        assert api.raw(frame({**request, name: value}))["code"] == -4
    del request[name]
    assert api.raw(frame(request))["code"] == -4


def test_admin_can_be_an_account_too(miner3):
    api = miner3(account="admin", options={"api3_admin_account": True})
    assert api.code("set.miner.fastboot", "enable") == 0


def test_the_window_of_ts_is_off_unless_asked_for(miner3):
    api = miner3()
    assert api.code("set.miner.fastboot", "enable", ts=419304089) == 0
    api.client.patch(options={"api3_ts_window_seconds": 60.0})
    now = api.miner.epoch
    for off, code in ((-90, -1), (-30, 0), (30, 0), (90, -1)):
        assert api.code("set.miner.fastboot", "enable", ts=now + off) == code
    api.client.patch(advance_seconds=1000)
    assert api.code("set.miner.fastboot", "enable", ts=now) == -1


def test_the_switch_bars_writes_and_shows(miner3):
    for how in ({"state": {"api_on": False}}, {"faults": {"api_off": True}}):
        api = miner3(**how)
        reply = api.write("set.miner.fastboot", "enable")
        assert (reply["code"], reply["msg"]) == (-4, "no permission")
        assert api.msg("get.device.info", "system")["system"]["apiswitch"] == "0"
        assert api.ask("get.miner.setting")["code"] == 0
    assert miner3().msg("get.device.info", "system")["system"]["apiswitch"] == "1"


def test_the_default_password_of_admin_bars_writes_unless_that_is_off(miner3):
    api = miner3(state={"password": "admin"})
    assert api.code("set.miner.fastboot", "enable") == -4
    api.client.patch(options={"enforce_default_password": False})
    assert api.code("set.miner.fastboot", "enable") == 0


# --- permissions


def test_users_may_do_what_super_granted_and_nothing_else(miner3):
    boss = miner3()
    user = Api3Client(boss.client, "user1", "user1")
    assert user.code("set.system.led", "auto") == -4
    grant = {"user": "user1", "permission": "set.system.led,set.miner.pools"}
    assert user.code("set.user.permission", grant) == -4
    assert boss.code("set.user.permission", grant) == 0
    assert user.code("set.system.led", "auto") == 0
    assert user.code("set.miner.pools", POOLS) == 0
    assert user.code("set.system.reboot") == -4
    assert user.code("set.user.permission", grant) == -4
    assert Api3Client(boss.client, "user2", "user2").code("set.system.led", "auto") == -4
    assert boss.code("set.user.permission", {"user": "user1", "permission": ""}) == 0
    assert user.code("set.system.led", "auto") == -4


def test_permissions_show_as_numbers(miner3):
    api = miner3()

    def shown():
        return api.msg("get.device.info", "miner")["miner"]["permission"]

    assert shown() == "super=255 user1=0 user2=0 user3=0"
    api.code("set.user.permission", {"user": "user2", "permission": "set.system.led"})
    assert shown().startswith("super=255 user1=0 user2=") and "user2=0" not in shown()


@pytest.mark.parametrize(
    "grant",
    [
        {"user": "super", "permission": "set.system.led"},
        {"user": "user4", "permission": "set.system.led"},
        {"user": "user1", "permission": "set.nothing"},
        {"user": "user1", "permission": "set.user.permission"},
        {"user": "user1", "permission": ["set.system.led"]},
    ],
)
def test_permissions_that_make_no_sense_are_refused(miner3, grant):
    api = miner3()
    before = api.state()["accounts"]
    assert api.code("set.user.permission", grant) == -1
    assert api.state()["accounts"] == before


# --- passwords


def change(account, old, new):
    return {"account": account, "old": old, "new": new}


def test_ones_own_password_counts_at_once_and_admins_stays(miner3):
    api = miner3()
    assert api.code("set.user.change_passwd", change("super", api.password, "other_one9")) == 0
    assert api.code("set.miner.fastboot", "enable") == -1
    api.password = "other_one9"
    assert api.code("set.miner.fastboot", "enable") == 0
    assert api.client.code("set_hostname", hostname="x", token=api.client.token()) == 131


def test_the_two_passwords_can_be_one(miner3):
    api = miner3(options={"shared_password": True})
    api.code("set.user.change_passwd", change("super", api.password, "other"))
    assert api.client.miner.state.password == "other"
    assert api.client.code("update_pwd", old="other", new="third") == 131
    api.password = "third"
    assert api.code("set.miner.fastboot", "enable") == 0


@pytest.mark.parametrize(
    "param, code",
    [
        (change("super", "wrong", "new"), -1),
        (change("user9", "user9", "new"), -1),
        (change("super", "sim12345", "with blank"), -1),
        (change("super", "sim12345", "x" * 33), -1),
        (change("super", "sim12345", ""), -1),
        ({"account": "super", "old": "sim12345"}, -3),
        ({"user": "super", "old_password": "sim12345", "new_password": "new"}, -3),
        (["super"], -1),
    ],
)
def test_wrong_password_changes_are_refused(miner3, param, code):
    api = miner3()
    assert api.code("set.user.change_passwd", param) == code
    assert api.code("set.miner.fastboot", "enable") == 0, "the password is the old one"


def test_the_salt_stays_unless_the_miner_changes_it(miner3):
    api = miner3()

    def salt():
        return api.msg("get.device.info", "salt")["salt"]

    first = salt()
    assert len(first) == 8
    api.code("set.user.change_passwd", change("user1", "user1", "new"))
    api.code("set.system.reboot")
    api.client.until_rebooted()
    assert salt() == first
    api.client.patch(options={"api3_salt_changes": ["reboot", "password"]})
    api.code("set.user.change_passwd", change("user1", "new", "newer"))
    second = salt()
    api.code("set.system.reboot")
    api.client.until_rebooted(2)
    assert len({first, second, salt()}) == 3
    assert api.code("set.miner.fastboot", "enable") == 0


# --- sealed parameters


@pytest.mark.parametrize("accepted", ["either", "pkcs7", "zero"])
@pytest.mark.parametrize("padding", ["pkcs7", "zero"])
def test_either_padding(accepted, padding):
    options = Api3Options(api3_padding=accepted)
    secret = bytes(range(32))
    for length in range(16):
        value = ["x" * length]
        sealed = seal(secret, json.dumps(value).encode(), padding)
        if accepted in ("either", padding):
            assert authentication.unseal(options, secret, sealed) == value
        else:
            with pytest.raises(authentication.Refused):
                authentication.unseal(options, secret, sealed)


@pytest.mark.parametrize("accepted, once, twice", [("either", 0, 0), ("once", 0, -1), ("twice", -1, 0)])
def test_json_in_sealed_parameters_can_be_encoded_twice(miner3, accepted, once, twice):
    api = miner3(options={"api3_sealed_json": accepted})
    assert api.code("set.miner.pools", POOLS) == once
    assert api.code("set.miner.pools", POOLS, plain=json.dumps(json.dumps(POOLS)).encode()) == twice


def test_what_cannot_be_decrypted_is_refused(miner3):
    api = miner3()
    before = api.state()["pools"]
    good = api.request("set.miner.pools", POOLS)
    for param in (
        POOLS,
        json.dumps(POOLS),
        "AAAA",
        "",
        "not base64!",
        good["param"][:-4],
        good["param"][24:],
    ):
        reply = api.raw(frame({**good, "param": param}))
        assert (reply["code"], reply["msg"]) == (-1, "invalid encrypted param"), param
    del good["param"]
    assert api.raw(frame(good))["code"] == -3
    assert api.state()["pools"] == before


def test_sealed_commands_are_counted_and_no_secret_is_in_the_journal(miner3):
    api = miner3()
    api.code("set.miner.pools", POOLS)
    (entry,) = api.client.fleet.journal_entries("m")
    assert (entry["command"], entry["sealed"], entry["outcome"]) == ("set.miner.pools", True, 0)
    assert api.miner.counters.sealed == 1


def test_state_of_accounts_is_checked_and_merged(miner3):
    api = miner3(state={"accounts": {"user1": {"permissions": ["set.system.led"]}}})
    assert api.state()["accounts"]["user1"] == {"password": "user1", "permissions": ["set.system.led"]}
    for wrong in ({"admin": {}}, {"user1": {"colour": 1}}, {"user1": 1}):
        with pytest.raises(ValueError, match="accounts"):
            api.client.patch(state={"accounts": wrong})
