# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How commands are signed and sealed, without any I/O (API document, "Token calculation method" and section
4.1).

The miner answers get_token with a `Challenge`. With the admin password it makes a `Seal`, which signs
commands, encrypts them, and decrypts the replies. The algorithms are the miner's choice: md5-crypt for the
key, AES-256 in ECB mode for the message. Neither a password, a key nor a sign shows in the repr of anything
here.
"""

from __future__ import annotations

import base64
import ctypes
import hashlib
import math
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import NotAMiner, cipher_missing

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeGuard

try:
    from Crypto.Cipher import AES
except Exception:  # also what a damaged library raises
    AES = None  # type: ignore[assignment]  # reading needs no library; Seal says what is missing

try:
    # Half of what OpenSSL takes for so short an input, and there in FIPS mode too.
    from _md5 import md5 as _md5
except ImportError:

    def _md5(data: bytes) -> hashlib._Hash:
        return hashlib.md5(data, usedforsecurity=False)


LIFETIME_SECONDS = 30 * 60

_BLOCK = 16
_SALT_LENGTH = 8
_TIMESEC_LENGTH = 4


class BadCiphertext(NotAMiner):
    """An encrypted reply that isn't base64, or not of whole AES blocks."""

    cause = "bad_ciphertext"
    remedy = "The reply was damaged on its way, or doesn't come from a Whatsminer: try again"


# --- md5-crypt ----------------------------------------------------------------------------------------------

_ROUNDS = 1000
_ITOA64 = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# The order in which md5-crypt writes a digest: five groups of three bytes, and one byte left over.
_GROUPS = ((0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5))
_LAST = 11


# What crypt_r(3) works in: 128 KB in older versions of glibc, less elsewhere. A thread makes it once.
_CRYPT_DATA_BYTES = 256 * 1024
_own = threading.local()


def _system_crypt() -> Callable[..., bytes | None] | None:
    """crypt_r(3), which takes half the time of what stands below; None where there is none, as on macOS and
    with musl.
    """
    for library in ("libcrypt.so.1", "libcrypt.so.2"):
        try:
            crypt = ctypes.CDLL(library).crypt_r
        except (OSError, AttributeError):
            continue
        crypt.argtypes, crypt.restype = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p), ctypes.c_char_p
        found: Callable[..., bytes | None] = crypt
        return found
    return None


_crypt_r = _system_crypt()


def md5_crypt(password: str | bytes, salt: str | bytes) -> str:
    """What ``openssl passwd -1 -salt $salt $password | cut -f 4 -d '$'`` prints: 22 characters.

    *password* and *salt* are bytes, or str that is taken as UTF-8. Of the salt the first 8 bytes count, and
    only what stands before a ``$``, as in crypt(3).
    """
    password, salt = _as_bytes(password), _as_bytes(salt).split(b"$")[0][:_SALT_LENGTH]
    return _md5_crypt_by_system(password, salt) or _md5_crypt(password, salt)


def _md5_crypt_by_system(password: bytes, salt: bytes) -> str | None:
    """The same by crypt_r(3); None if it can't, as in FIPS mode, or won't, as with salts and passwords that
    it finds odd.
    """
    if _crypt_r is None or b"\0" in password + salt:
        return None
    if not hasattr(_own, "crypt_data"):
        _own.crypt_data = ctypes.create_string_buffer(_CRYPT_DATA_BYTES)
    whole = _crypt_r(password, b"$1$" + salt + b"$", _own.crypt_data)
    if not whole or not whole.startswith(b"$1$" + salt + b"$"):
        return None
    return whole.rpartition(b"$")[2].decode("ascii")


def _md5_crypt(password: bytes, salt: bytes) -> str:
    digest = _first_digest(password, salt)
    for behind, before in _rounds(password, salt):
        digest = _md5(before + _md5(digest + behind).digest()).digest()
    return _encode(digest)


def _as_bytes(text: str | bytes) -> bytes:
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text


def _first_digest(password: bytes, salt: bytes) -> bytes:
    length = len(password)
    filler = _md5(password + salt + password).digest() * (length // 16 + 1)
    # For each bit of the length one byte: NUL for a one, the first of the password for a zero.
    bits = b"".join(b"\0" if length >> bit & 1 else password[:1] for bit in range(length.bit_length()))
    digest: bytes = _md5(password + b"$1$" + salt + filler[:length] + bits).digest()
    return digest


def _rounds(password: bytes, salt: bytes) -> list[tuple[bytes, bytes]]:
    """What goes around the digest in the thousand rounds, by twos: (behind it in an even round, before it in
    the odd next).

    A round depends on whether its number is odd and divides by 3 and by 7, so all repeat after 42: 21 pairs
    are made, and the rounds themselves do nothing but MD5.
    """

    def between(number: int) -> bytes:
        return (salt if number % 3 else b"") + (password if number % 7 else b"")

    pairs = [(between(even) + password, password + between(even + 1)) for even in range(0, 42, 2)]
    return (pairs * (_ROUNDS // 42 + 1))[: _ROUNDS // 2]


def _encode(digest: bytes) -> str:
    groups = [(digest[a] << 16 | digest[b] << 8 | digest[c], 4) for a, b, c in _GROUPS] + [(digest[_LAST], 2)]
    return bytes(
        _ITOA64[value >> 6 * place & 63] for value, length in groups for place in range(length)
    ).decode("ascii")


# --- The challenge ------------------------------------------------------------------------------------------

_LONGEST_TIME = 20
_LONGEST_SALT = 64


@dataclass(frozen=True, repr=False)
class Challenge:
    """What get_token answers (section 3.7): *time*, in seconds since 1970 or the last four digits of that,
    and two salts.

    *lifetime* is for how many seconds its token is good: 30 minutes, or what firmware since 2024 says,
    infinite for ever.
    """

    time: str
    salt: str
    newsalt: str
    lifetime: float = LIFETIME_SECONDS

    @classmethod
    def from_reply_data(cls, data: dict[str, Any]) -> Challenge:
        """The challenge in ``{"time": "5626", "salt": "BQ5hoXV9", "newsalt": "jbzkfQls"}``; *time* may be an
        int.

        Raises NotAMiner for anything else: what a miner didn't mean as a salt would only show as a wrong
        password.
        """
        time = data.get("time")
        time = str(time) if isinstance(time, int) else time
        if not (_is_plain(time, _LONGEST_TIME) and time.isdigit()):
            raise NotAMiner("the answer to get_token holds no time")
        for name in ("salt", "newsalt"):
            # In front of a "$" openssl and crypt(3) disagree about what is salt, so there is no right answer
            # to it.
            if not _is_plain(data.get(name), _LONGEST_SALT) or "$" in data[name]:
                raise NotAMiner(f"the answer to get_token holds no {name}")
        return cls(time, data["salt"], data["newsalt"], _lifetime(data.get("timeout")))

    def __repr__(self) -> str:
        return "Challenge(<redacted>)"


def _lifetime(timeout: Any) -> float:
    """Seconds, of *timeout* as the miner gives it: text or a number, 0 for no end, and nothing at all for 30
    minutes.
    """
    try:
        seconds = float(timeout)
    except (TypeError, ValueError):
        return LIFETIME_SECONDS
    return math.inf if seconds == 0 else seconds if 0 < seconds < math.inf else LIFETIME_SECONDS


def _is_plain(text: object, longest: int) -> TypeGuard[str]:
    return isinstance(text, str) and 0 < len(text) <= longest and text.isascii() and text.isprintable()


# --- The seal -----------------------------------------------------------------------------------------------


class Seal:
    """Signs, encrypts and decrypts under one token; md5-crypt and the AES key are computed once, here.

    *password* is the admin account's, str (UTF-8) or bytes. Raises MissingLibrary where pycryptodome isn't
    installed.
    """

    __slots__ = ("sign", "secrets", "_cipher")

    def __init__(self, password: str | bytes, challenge: Challenge) -> None:
        if AES is None:
            raise cipher_missing()
        key = md5_crypt(password, challenge.salt)
        self.sign = md5_crypt(key + challenge.time[-_TIMESEC_LENGTH:], challenge.newsalt)
        #: What of this token no one may see.
        self.secrets = (key, self.sign, challenge.salt, challenge.newsalt)
        self._cipher = AES.new(hashlib.sha256(key.encode("ascii")).digest(), AES.MODE_ECB)

    def close(self, plain: bytes) -> str:
        """*plain* (bytes) encrypted, as base64 text.

        Padded with zero bytes, as the miner's own tools do, counted in bytes since a character can be
        several. A message that fills its last block gets no further one: zeros say nothing about how many
        they are, so the miner finds the end by the text, and a block of zeros alone would be one more thing
        for it to stumble over.
        """
        padded = plain + bytes(-len(plain) % _BLOCK)
        return base64.b64encode(self._cipher.encrypt(padded)).decode("ascii")

    def open(self, sealed: str) -> bytes:
        """The bytes that *sealed* (base64 text) holds, without their padding. Raises BadCiphertext.

        Under the wrong password that is noise, not an error: nothing in the API's encryption tells.
        """
        try:
            encrypted = base64.b64decode("".join(sealed.split()), validate=True)
        except ValueError as error:
            raise BadCiphertext("the encrypted reply is not base64") from error
        if not encrypted or len(encrypted) % _BLOCK:
            raise BadCiphertext(
                f"the encrypted reply is {len(encrypted)} bytes long, which no AES message is"
            )
        return _unpad(self._cipher.decrypt(encrypted))

    def __repr__(self) -> str:
        return "Seal(<redacted>)"


def is_noise(opened: bytes) -> bool:
    """Whether *opened*, the bytes of a reply that was sealed, can't be text: another key than ours sealed it.
    """
    return any(byte < 32 and byte not in b"\t\n\r" or byte > 126 for byte in opened[:_BLOCK])


def _unpad(padded: bytes) -> bytes:
    """*padded* without its zeros, or else without its PKCS#7 padding.

    Zeros first: no reply ends in one, and PKCS#7 never does. PKCS#7 ends in n times the byte n, 1 to 16. A
    reply that fills its last block could end so only with nine tabs, ten newlines or thirteen carriage
    returns, which is no loss.
    """
    count = padded[-1]
    if count == 0:
        return padded.rstrip(b"\0")
    if count <= _BLOCK and padded.endswith(bytes([count]) * count):
        return padded[:-count]
    return padded
