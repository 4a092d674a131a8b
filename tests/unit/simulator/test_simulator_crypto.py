# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator's own crypto against published vectors."""

from __future__ import annotations

import subprocess

import pytest
from simulator import crypto
from simulator.tokens import TokenBook, TokenRefused


@pytest.mark.parametrize(
    "word, salt, field",
    [
        # openssl passwd -1 -salt SALT WORD
        ("admin", "BQ5hoXV9", "RxmaDUO33TS7O26yeMHZ81"),
        ("password", "saltsalt", "qjXMvbEw8oaL.CzflDtaK/"),
        ("12345678", "jbzkfQls", "R0.7wC5HLSMRFiQdMIkXM."),
    ],
)
def test_md5_crypt_is_openssls(word, salt, field):
    assert crypto.md5_crypt(word, salt) == field


def test_the_fallback_agrees_with_libcrypt():
    pytest.importorskip("passlib")
    for number in range(20):
        assert crypto._passlib()(f"pass{number}", f"salt{number}") == crypto.md5_crypt(
            f"pass{number}", f"salt{number}"
        )


def test_sign_follows_the_shell_lines_of_section_3_8():
    try:
        key = (
            subprocess.run(
                ["openssl", "passwd", "-1", "-salt", "BQ5hoXV9", "admin"],
                capture_output=True,
                text=True,
                check=True,
            )
            .stdout.strip()
            .split("$")[3]
        )
        sign = (
            subprocess.run(
                ["openssl", "passwd", "-1", "-salt", "jbzkfQls", key + "5626"],
                capture_output=True,
                text=True,
                check=True,
            )
            .stdout.strip()
            .split("$")[3]
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no openssl")
    assert crypto.token_key("admin", "BQ5hoXV9") == key
    assert crypto.token_sign(key, "jbzkfQls", "1592555626") == sign


def test_aes_256_ecb_is_nists():
    # NIST SP 800-38A, F.1.5
    secret = bytes.fromhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
    plain = bytes.fromhex("6bc1bee22e409f96e93d7e117393172a")
    sealed = bytes.fromhex("f3eed1bdb5d2a03c064b5a7e3db181f8")
    assert crypto.encrypt(secret, plain) == sealed
    assert crypto.decrypt(secret, sealed) == plain


@pytest.mark.parametrize("padding", ["zero", "pkcs7"])
@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 32])
def test_padding_comes_off_again(padding, size):
    plain = b"x" * size
    padded = crypto.pad(plain, padding)
    assert len(padded) % 16 == 0
    assert crypto.unpad(padded) == plain


class _Salts:
    """Salts that count, so that a test can tell tokens apart."""

    def __init__(self):
        self.count = 0

    def choices(self, alphabet, k):
        self.count += 1
        return f"{self.count:0{k}d}"


@pytest.fixture
def book():
    return TokenBook(_Salts(), lifetime=1800, per_address=32, addresses=16)


def test_an_address_gets_32_tokens(book):
    for _number in range(32):
        book.issue("a", "pw", 0, 0)
    with pytest.raises(TokenRefused, match="token over max times"):
        book.issue("a", "pw", 1, 0)
    assert book.issue("b", "pw", 1, 0)


def test_asking_again_while_locked_out_prolongs_it(book):
    for _number in range(32):
        book.issue("a", "pw", 0, 0)
    for now in (10, 1801, 3500):
        with pytest.raises(TokenRefused):
            book.issue("a", "pw", now, 0)
    assert book.issue("a", "pw", 3500 + 1801, 0)


def test_tokens_free_up_when_nobody_hammers(book):
    for _number in range(32):
        book.issue("a", "pw", 0, 0)
    assert book.issue("a", "pw", 1801, 0)


def test_sixteen_addresses_have_tokens_at_once(book):
    for number in range(16):
        book.issue(f"client{number}", "pw", 0, 0)
    with pytest.raises(TokenRefused, match="over max connect"):
        book.issue("another", "pw", 1, 0)
    assert book.issue("another", "pw", 1801, 0)


def test_a_token_opens_only_what_its_own_address_sends(book):
    token = book.issue("a", "pw", 0, 0)
    book.issue("b", "pw", 0, 0)
    data = crypto.encrypt(token.secret, b'{"cmd":"summary"}')
    assert book.open("a", data, 1)[1] == b'{"cmd":"summary"}'
    assert book.open("b", data, 1) is None


def test_an_expired_token_still_decrypts_but_is_not_valid(book):
    token = book.issue("a", "pw", 0, 0)
    data = crypto.encrypt(token.secret, b"{}")
    assert book.valid("a", token.sign, 1799)
    assert not book.valid("a", token.sign, 1801)
    assert book.open("a", data, 1801) is not None


def test_each_token_has_its_own_key_and_sign(book):
    tokens = [book.issue("a", "pw", 0, 1592555626) for _number in range(3)]
    assert len({token.sign for token in tokens}) == len({token.secret for token in tokens}) == 3


def test_a_fixed_salt_stays_until_the_password_changes(book):
    first, second = (book.issue("a", "pw", 0, 0, fixed_salt=True) for _number in range(2))
    assert first.salt == second.salt and first.newsalt != second.newsalt
    book.void(remember=False)
    assert book.issue("a", "pw", 0, 0, fixed_salt=True).salt != first.salt
