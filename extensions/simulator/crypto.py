# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secrets of the miner's side: md5-crypt, AES, padding (API document V1.3.11, sections 3.8 and 4.1).

Other libraries than the collection's on purpose: an error in one of the two can't hide behind the same error
in the other.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import hashlib
import threading

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 16

# `openssl passwd -1 -salt BQ5hoXV9 admin`: the salt is the example of section 3.8.
_KNOWN = ("admin", "BQ5hoXV9", "RxmaDUO33TS7O26yeMHZ81")


def _libcrypt():
    """The C library's md5-crypt, or None where it is missing or doesn't know `$1$` (macOS, musl, hardened
    systems).
    """
    for name in (ctypes.util.find_library("crypt"), "libcrypt.so.1", "libcrypt.so.2"):
        if not name:
            continue
        try:
            crypt_r = ctypes.CDLL(name).crypt_r
        except (OSError, AttributeError):
            continue
        crypt_r.restype = ctypes.c_char_p
        crypt_r.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)
        # crypt_r keeps its state in the caller's memory: one buffer a thread. The largest struct crypt_data
        # known (old glibc) has 131,232 bytes.
        memory = threading.local()

        def hash_field(word, salt, crypt_r=crypt_r, memory=memory):
            if not hasattr(memory, "data"):
                memory.data = ctypes.create_string_buffer(262144)
            answer = crypt_r(word.encode(), b"$1$" + salt.encode() + b"$", memory.data)
            if not answer or answer.startswith(b"*"):
                raise ValueError("md5-crypt refused the salt")
            return answer.rsplit(b"$", 1)[1].decode()

        try:
            if hash_field(_KNOWN[0], _KNOWN[1]) == _KNOWN[2]:
                return hash_field
        except ValueError:
            continue
    return None


def _passlib():
    from passlib.hash import md5_crypt as handler

    def hash_field(word, salt):
        return handler.using(salt=salt).hash(word).rsplit("$", 1)[1]

    return hash_field


def _choose():
    fast = _libcrypt()
    if fast:
        return fast
    try:
        return _passlib()
    except ImportError:
        raise SystemExit(
            "The simulator needs libcrypt with md5-crypt, or the Python package libpass (or passlib)."
        ) from None


# md5_crypt(word, salt) -> field 4 of `$1$salt$...`, as `openssl passwd -1 -salt SALT WORD | cut -f 4 -d '$'`
# prints it.
md5_crypt = _choose()


def token_key(password: str, salt: str) -> str:
    """`key` of section 3.8: field 4 of md5-crypt(password, salt)."""
    return md5_crypt(password, salt)


def token_sign(key: str, newsalt: str, time: str) -> str:
    """`sign` of section 3.8: field 4 of md5-crypt(key + last four characters of time, newsalt)."""
    return md5_crypt(key + time[-4:], newsalt)


def aes_key(key: str) -> bytes:
    """32 bytes: sha256 of `key` (section 4.1)."""
    return hashlib.sha256(key.encode()).digest()


def decrypt(secret: bytes, data: bytes) -> bytes:
    """AES-256-ECB; `data` is a whole number of blocks. The padding stays."""
    worker = Cipher(algorithms.AES(secret), modes.ECB()).decryptor()
    return worker.update(data) + worker.finalize()


def encrypt(secret: bytes, plain: bytes, padding: str = "zero") -> bytes:
    """AES-256-ECB with `zero` or `pkcs7` padding, counted in bytes."""
    worker = Cipher(algorithms.AES(secret), modes.ECB()).encryptor()
    return worker.update(pad(plain, padding)) + worker.finalize()


def pad(plain: bytes, padding: str) -> bytes:
    missing = -len(plain) % BLOCK
    if padding == "pkcs7":
        missing = missing or BLOCK
        return plain + bytes([missing]) * missing
    return plain + bytes(missing)


def unpad(plain: bytes) -> bytes:
    """Either padding off.

    Text never ends in a byte of 1 to 16 except newline-like ones that JSON allows anyway.
    """
    if plain:
        count = plain[-1]
        if 1 <= count <= BLOCK and plain.endswith(bytes([count]) * count):
            return plain[:-count]
    return plain.rstrip(b"\0")
