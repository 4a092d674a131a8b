# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signing and sealing, against other implementations of the same algorithms and the API document's own
commands.
"""

from __future__ import annotations

import base64
import ctypes
import dataclasses
import hashlib
import importlib.util
import pickle
import random
import shutil
import subprocess
import sys
import types

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    MissingLibrary,
    NotAMiner,
    WhatsminerError,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import cipher
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.cipher import (
    BadCiphertext,
    Challenge,
    Seal,
    md5_crypt,
)
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st
from passlib.hash import md5_crypt as passlib_md5_crypt

SALT_CHARACTERS = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
DOCUMENTED = Challenge("1592555626", "BQ5hoXV9", "jbzkfQls")  # section 3.7; the default password is admin
DOCUMENTED_KEY = "RxmaDUO33TS7O26yeMHZ81"
DOCUMENTED_SIGN = "w.BNbkCV6n1aNWgiBWLzT/"
PADDED_LENGTHS = [1, 2, 14, 15, 16, 17, 31, 32, 33, 1000]

openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")


def openssl_passwd(password, salt):
    """The API document's own reference: ``openssl passwd -1 -salt $salt "$password" | cut -f 4 -d '$'``."""
    run = subprocess.run(
        ["openssl", "passwd", "-1", "-salt", salt, "-stdin"],
        input=password + b"\n",
        capture_output=True,
        check=True,
    )
    return run.stdout.decode().strip().split("$")[3]


def second_opinion(password, salt):
    return passlib_md5_crypt.using(salt=salt).hash(password).rpartition("$")[2]


def random_salt(rng, length=None):
    return "".join(rng.choices(SALT_CHARACTERS, k=rng.randint(0, 8) if length is None else length))


def aes(key):
    return Cipher(algorithms.AES(hashlib.sha256(key.encode()).digest()), modes.ECB())  # noqa: S305


@pytest.fixture
def seal():
    return Seal("admin", DOCUMENTED)


def sealed_elsewhere(plain):
    """*plain*, of whole blocks, under the documented key, as another implementation encrypts it."""
    encryptor = aes(DOCUMENTED_KEY).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


@pytest.fixture(params=["crypt_r", "hashlib"])
def way(request, monkeypatch):
    """Both ways of md5-crypt; where there is no crypt_r(3), both are the same."""
    if request.param == "hashlib":
        monkeypatch.setattr(cipher, "_crypt_r", None)


@pytest.mark.usefixtures("way")
class TestMd5Crypt:
    def test_gives_the_key_of_the_document_s_example(self):
        assert md5_crypt("admin", "BQ5hoXV9") == DOCUMENTED_KEY

    @openssl
    @pytest.mark.parametrize("seed", range(25))
    def test_agrees_with_openssl(self, seed):
        rng = random.Random(seed)
        password = "".join(rng.choices("aZ09_ !\u00e9\u4e2d\U0001f600", k=rng.randint(1, 20))).encode()
        salt = random_salt(rng, length=rng.randint(1, 8))
        assert md5_crypt(password, salt) == openssl_passwd(password, salt)

    @pytest.mark.parametrize("length", [*range(65), 255])
    def test_agrees_with_passlib_at_every_length(self, length):
        rng = random.Random(length)
        for _round in range(3):
            password, salt = bytes(rng.randint(1, 255) for _byte in range(length)), random_salt(rng)
            assert md5_crypt(password, salt) == second_opinion(password, salt)

    @pytest.mark.parametrize("password", ["", "p\u00e4ssw\u00f6rt", "\u5bc6\u7801", "\U0001f511" * 5])
    def test_takes_text_as_utf_8(self, password):
        assert (
            md5_crypt(password, "BQ5hoXV9")
            == md5_crypt(password.encode(), b"BQ5hoXV9")
            == second_opinion(password, "BQ5hoXV9")
        )

    def test_takes_bytes_that_are_no_utf_8_as_python_hands_them_on(self):
        assert md5_crypt(b"\xff\xfe".decode("utf-8", "surrogateescape"), "x") == md5_crypt(b"\xff\xfe", "x")

    @openssl
    def test_takes_eight_bytes_of_salt_as_openssl_does(self):
        assert (
            md5_crypt("admin", "BQ5hoXV9more") == openssl_passwd(b"admin", "BQ5hoXV9more") == DOCUMENTED_KEY
        )

    def test_takes_the_salt_up_to_a_dollar_as_crypt_does(self):
        assert md5_crypt("admin", "BQ5$oXV9") == md5_crypt("admin", "BQ5")

    def test_needs_only_hashlib_even_where_fips_mode_refuses_md5(self, monkeypatch):
        def refusing(data, usedforsecurity=True, md5=hashlib.md5):
            if usedforsecurity:
                raise ValueError("disabled for FIPS")
            return md5(data, usedforsecurity=False)

        monkeypatch.setattr(hashlib, "md5", refusing)
        monkeypatch.setitem(sys.modules, "_md5", None)
        fips = reloaded()
        fips._crypt_r = None
        assert fips.md5_crypt("admin", "BQ5hoXV9") == DOCUMENTED_KEY

    @pytest.mark.parametrize("library", [None, types.SimpleNamespace()])
    def test_needs_no_crypt_of_the_system(self, monkeypatch, library):
        def load(name):
            if library is None:
                raise OSError(f"{name}: cannot open shared object file")
            return library

        monkeypatch.setattr(ctypes, "CDLL", load)
        assert reloaded().md5_crypt("admin", "BQ5hoXV9") == DOCUMENTED_KEY

    @pytest.mark.parametrize("answer", [None, b"*0", b"*1", b"$1$other$rKBEMEFgtXcmdkOlDLUZr0"])
    def test_does_itself_what_the_system_s_crypt_refuses(self, monkeypatch, answer):
        monkeypatch.setattr(cipher, "_crypt_r", lambda phrase, setting, data: answer)
        assert md5_crypt("admin", "BQ5hoXV9") == DOCUMENTED_KEY


def reloaded():
    """A second copy of the module, imported under whatever the test has changed."""
    spec = importlib.util.spec_from_file_location(cipher.__name__, cipher.__file__)
    module = importlib.util.module_from_spec(spec)
    sys_modules_entry = sys.modules[cipher.__name__]
    sys.modules[cipher.__name__] = module  # dataclasses looks itself up there
    try:
        spec.loader.exec_module(module)
    finally:
        sys.modules[cipher.__name__] = sys_modules_entry
    return module


class TestChallenge:
    def test_is_what_get_token_answers(self):
        challenge = Challenge.from_reply_data(
            {"time": "5626", "salt": "BQ5hoXV9", "newsalt": "jbzkfQls", "other": 1}
        )
        assert (challenge.time, challenge.salt, challenge.newsalt) == ("5626", "BQ5hoXV9", "jbzkfQls")

    def test_takes_the_time_as_a_number(self):
        assert (
            Challenge.from_reply_data({"time": 1592555626, "salt": "BQ5hoXV9", "newsalt": "jbzkfQls"})
            == DOCUMENTED
        )

    def test_takes_the_shortest_of_each(self):
        assert Challenge.from_reply_data({"time": 0, "salt": "a", "newsalt": "b"}) == Challenge("0", "a", "b")

    def test_stays_as_it_is(self):
        with pytest.raises(dataclasses.FrozenInstanceError):
            DOCUMENTED.time = "0000"

    @pytest.mark.parametrize("name", ["salt", "newsalt"])
    @pytest.mark.parametrize("wrong", [None, "", 5, ["x"], "a\n", "a\0", "\u00e9", "x" * 65, "a$b"])
    def test_refuses_what_is_no_salt(self, name, wrong):
        with pytest.raises(NotAMiner, match=f"no {name}$|no {name}\\."):
            Challenge.from_reply_data(
                {"time": "5626", "salt": "BQ5hoXV9", "newsalt": "jbzkfQls", name: wrong}
            )

    @pytest.mark.parametrize(
        "wrong", [None, "", -1, 56.26, True, "56x6", "5626\n", "\u0665\u0666", "1" * 21, 10**21]
    )
    def test_refuses_what_is_no_time(self, wrong):
        with pytest.raises(NotAMiner, match="no time"):
            Challenge.from_reply_data({"time": wrong, "salt": "BQ5hoXV9", "newsalt": "jbzkfQls"})

    @pytest.mark.parametrize("missing", ["time", "salt", "newsalt"])
    def test_refuses_an_answer_with_a_part_missing(self, missing):
        data = {"time": "5626", "salt": "BQ5hoXV9", "newsalt": "jbzkfQls"}
        del data[missing]
        with pytest.raises(NotAMiner, match=f"no {missing}"):
            Challenge.from_reply_data(data)

    def test_refuses_without_repeating_the_answer(self):
        with pytest.raises(NotAMiner) as caught:
            Challenge.from_reply_data({"time": "5626", "salt": "s3cret$alt", "newsalt": "jbzkfQls"})
        assert "s3cret" not in str(caught.value) and "jbzkfQls" not in str(caught.value)

    def test_shows_nothing_in_its_repr(self):
        assert all(
            value not in f"{DOCUMENTED!r} {DOCUMENTED}"
            for value in (DOCUMENTED.time, DOCUMENTED.salt, DOCUMENTED.newsalt, "5626")
        )


class TestSign:
    def test_is_that_of_the_document_s_example(self, seal):
        assert seal.sign == DOCUMENTED_SIGN

    @openssl
    def test_is_what_the_document_s_shell_commands_print(self, seal):
        key = openssl_passwd(b"admin", DOCUMENTED.salt)
        assert seal.sign == openssl_passwd((key + "5626").encode(), DOCUMENTED.newsalt)

    def test_is_the_same_for_the_whole_time_and_its_last_four_digits(self, seal):
        assert Seal("admin", Challenge("5626", DOCUMENTED.salt, DOCUMENTED.newsalt)).sign == seal.sign

    def test_takes_a_shorter_time_as_it_is(self):
        sign = Seal("admin", Challenge("26", DOCUMENTED.salt, DOCUMENTED.newsalt)).sign
        assert sign == second_opinion(DOCUMENTED_KEY + "26", DOCUMENTED.newsalt)


class TestClosing:
    @pytest.mark.parametrize("length", PADDED_LENGTHS)
    def test_is_aes_256_ecb_under_the_sha_256_of_the_key(self, seal, length):
        plain = bytes(32 + index % 90 for index in range(length))
        decryptor = aes(DOCUMENTED_KEY).decryptor()
        opened = decryptor.update(base64.b64decode(seal.close(plain))) + decryptor.finalize()
        assert opened == plain + bytes(-length % 16)

    def test_pads_by_bytes_not_by_characters(self, seal):
        plain = "\u00e9".encode() * 8  # 8 characters, 16 bytes
        assert seal.close(plain) == sealed_elsewhere(plain)

    def test_adds_no_block_to_a_message_that_fills_its_last(self, seal):
        assert len(base64.b64decode(seal.close(b"x" * 32))) == 32

    def test_is_one_line_of_ascii_whatever_the_length(self, seal):
        assert set(seal.close(b"x" * 1000)) <= set(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
        )

    def test_takes_no_state_from_one_message_to_the_next(self, seal):
        first = seal.close(b"summary")
        seal.open(seal.close(b"something else"))
        assert seal.close(b"summary") == first


class TestOpening:
    @settings(deadline=2000)
    @given(st.binary(min_size=1, max_size=100).filter(lambda plain: plain[-1] > 16))
    def test_reads_what_was_closed(self, plain):
        seal = Seal("admin", DOCUMENTED)
        assert seal.open(seal.close(plain)) == plain

    @pytest.mark.parametrize("length", PADDED_LENGTHS)
    def test_removes_padding_of_either_kind(self, seal, length):
        plain = b"x" * (length - 1) + b"}"
        count = 16 - length % 16
        assert seal.open(sealed_elsewhere(plain + bytes(-length % 16))) == plain
        assert seal.open(sealed_elsewhere(plain + bytes([count]) * count)) == plain

    @pytest.mark.parametrize(
        "ending", [b"}\n", b"}\r\n", b"}\t", b"}\x03\x03", b"}\x10", b"}\x11" * 8, b"}\x1f"]
    )
    def test_keeps_an_ending_that_only_looks_like_padding(self, seal, ending):
        plain = ending.rjust(16, b"x")
        assert seal.open(sealed_elsewhere(plain)) == plain

    def test_removes_zeros_behind_a_newline(self, seal):
        assert seal.open(sealed_elsewhere(b'{"a":1}\n'.ljust(16, b"\0"))) == b'{"a":1}\n'

    def test_of_nothing_but_padding_is_empty(self, seal):
        assert seal.open(sealed_elsewhere(bytes(16))) == seal.open(sealed_elsewhere(b"\x10" * 16)) == b""

    def test_takes_base64_in_lines(self, seal):
        sealed = seal.close(b"x" * 100)
        assert seal.open(sealed[:64] + "\r\n" + sealed[64:] + "\n") == b"x" * 100

    @pytest.mark.parametrize(
        "sealed",
        [
            "",
            "\n",
            "QUJD",
            "not base64!",
            "QUJ",
            "*" + "A" * 64,
            "\u00e9" * 16,
            base64.b64encode(bytes(17)).decode(),
        ],
    )
    def test_refuses_what_is_no_ciphertext(self, seal, sealed):
        with pytest.raises(BadCiphertext) as caught:
            seal.open(sealed)
        assert isinstance(caught.value, WhatsminerError) and caught.value.cause == "bad_ciphertext"

    def test_under_another_password_is_noise(self, seal):
        assert Seal("other", DOCUMENTED).open(seal.close(b'{"cmd":"summary"}')) != b'{"cmd":"summary"}'


class TestSecrets:
    def test_do_not_show_in_the_repr(self, seal):
        shown = f"{seal!r} {seal} {[seal]}"
        assert all(
            secret not in shown
            for secret in ("admin", DOCUMENTED_KEY, DOCUMENTED_SIGN, DOCUMENTED.salt, "5626")
        )

    def test_are_kept_no_longer_than_needed(self, seal):
        kept = [getattr(seal, name) for name in seal.__slots__]
        assert "admin" not in kept and DOCUMENTED_KEY not in kept and not hasattr(seal, "__dict__")

    def test_cannot_be_pickled(self, seal):
        with pytest.raises((TypeError, ValueError, pickle.PicklingError)):
            pickle.dumps(seal)


class TestMissingLibrary:
    def test_says_what_to_install(self, monkeypatch):
        monkeypatch.setattr(cipher, "AES", None)
        with pytest.raises(MissingLibrary, match="pip install pycryptodome"):
            Seal("admin", DOCUMENTED)

    def test_does_not_keep_the_module_from_being_imported(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "Crypto.Cipher", None)
        assert reloaded().AES is None

    def test_nor_does_a_damaged_one(self, monkeypatch):
        class Damaged:
            @property
            def AES(self):
                raise OSError("Cannot load native module")

        monkeypatch.setitem(sys.modules, "Crypto.Cipher", Damaged())
        assert reloaded().AES is None
