# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens: who got which, who may use them, when they end (API document V1.3.11, section 3.8).

"whatsminer support 16 IP clients. one IP can get 32 tokens. token keepalive is 30min."
"""

from __future__ import annotations

from . import crypto

SALT_ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
STALE_KEPT = 32

_TEXT = bytes(range(32, 127)) + b"\t\n\r\0"


class TokenRefused(Exception):
    """No token for this client now: Code 136. The text is the miner's."""


class Token:
    """One token.

    Key and sign are computed when first needed: md5-crypt is dear, and many tokens are never used.
    """

    __slots__ = ("time", "salt", "newsalt", "born", "spoiled", "_password", "_key", "_secret", "_sign")

    def __init__(self, time: str, salt: str, newsalt: str, password: str, born: float):
        self.time = time
        self.salt = salt
        self.newsalt = newsalt
        self.born = born
        self.spoiled = False  # given, but the miner doesn't know it
        self._password = password
        self._key = self._secret = self._sign = None

    @property
    def key(self) -> str:
        if self._key is None:
            self._key = crypto.token_key(self._password, self.salt)
        return self._key

    @property
    def secret(self) -> bytes:
        """The AES key, 32 bytes."""
        if self._secret is None:
            self._secret = crypto.aes_key(self.key)
        return self._secret

    @property
    def sign(self) -> str:
        if self._sign is None:
            self._sign = crypto.token_sign(self.key, self.newsalt, self.time)
        return self._sign


class TokenBook:
    """All tokens of one miner, by client address. Times are seconds of the miner's own clock."""

    def __init__(self, rng, lifetime: float = 1800.0, per_address: int = 32, addresses: int = 16):
        self.rng = rng
        self.lifetime = lifetime
        self.per_address = per_address
        self.addresses = addresses
        self.since_use = False  # a token's lifetime counts from its last use
        self.lock_seconds = 0.0  # 0: the lifetime
        self.lock_renews = True
        self.limit_text = "token over max times"
        self.live: dict[str, list[Token]] = {}
        # Tokens that ended but that the miner can still decrypt with: it answers 135 instead of 23 to them.
        self.stale: dict[str, list[Token]] = {}
        self.locked: dict[str, float] = {}
        self._fixed_salt = None

    def follow(self, options) -> None:
        """Take over what may have been changed since: lifetime, limits, lock."""
        self.lifetime = options.token_lifetime_seconds
        self.since_use = bool(options.token_timeout)
        if options.token_timeout:
            self.lifetime = float(options.token_timeout) or float("inf")
        self.per_address, self.addresses = options.tokens_per_address, options.token_addresses
        self.lock_seconds, self.lock_renews = options.token_lock_seconds, options.token_lock_renews
        self.limit_text = options.token_limit_text

    def issue(self, client: str, password: str, now: float, epoch: int, fixed_salt: bool = False) -> Token:
        """A new token for `client`.

        Raises TokenRefused over the limits. Asking while over the limit starts the wait anew (`lock_renews`):
        this is what firmware does to clients that hammer it. Once the wait is over, the client begins with no
        tokens.
        """
        self.expire(now)
        until = self.locked.get(client)
        if until is not None and until > now:
            if self.lock_renews:
                self._lock(client, now)
            raise TokenRefused(self.limit_text)
        if until is not None:
            del self.locked[client]
            self._bury(client, self.live.pop(client, []))
        tokens = self.live.get(client)
        if tokens is None:
            if len(self.live) >= self.addresses:
                raise TokenRefused("over max connect")
            tokens = self.live[client] = []
        if len(tokens) >= self.per_address:
            self._lock(client, now)
            raise TokenRefused(self.limit_text)
        if fixed_salt:
            salt = self._fixed_salt = self._fixed_salt or self._salt()
        else:
            salt = self._salt()
        token = Token(str(epoch), salt, self._salt(), password, now)
        tokens.append(token)
        return token

    def _lock(self, client: str, now: float) -> None:
        self.locked[client] = now + (self.lock_seconds or self.lifetime)

    def open(self, client: str, data: bytes, now: float):
        """(token, plaintext) by the first token of this client that makes sense of `data`, newest first, or
        None.
        """
        self.expire(now)
        for tokens in (self.live.get(client, ()), self.stale.get(client, ())):
            for token in reversed([token for token in tokens if not token.spoiled]):
                first = crypto.decrypt(token.secret, data[: crypto.BLOCK])
                # One block tells a wrong key from a right one: a request is text, and starts with `{` or
                # `token,`. One block in 256 of what a wrong key gives starts with `{`, so that alone would
                # take one for the other.
                if (
                    first.startswith(b"token,")
                    or first.lstrip()[:1] == b"{"
                    and not first.translate(None, _TEXT)
                ):
                    return token, crypto.unpad(crypto.decrypt(token.secret, data))
        return None

    def valid(self, client: str, sign, now: float) -> bool:
        """Whether `sign` belongs to a living token of this client."""
        self.expire(now)
        tokens = self.live.get(client, [])
        token = next((token for token in reversed(tokens) if token.sign == sign), None)
        if token is None:
            return False
        if self.since_use:
            token.born = now
            tokens.sort(key=lambda token: token.born)
        return True

    def expire(self, now: float) -> None:
        """Take out what is older than the lifetime.

        Tokens are in order of birth, so one look at the first is enough.
        """
        ended = now - self.lifetime
        for client in [
            client for client, tokens in self.live.items() if not tokens or tokens[0].born <= ended
        ]:
            tokens = self.live.pop(client)
            kept = [token for token in tokens if token.born > ended]
            self._bury(client, [token for token in tokens if token.born <= ended])
            if kept:
                self.live[client] = kept

    def void(self, remember: bool) -> None:
        """End all tokens at once; with `remember` the miner can still decrypt with them, and answers 135."""
        if remember:
            for client, tokens in self.live.items():
                self._bury(client, tokens)
        else:
            self.stale.clear()
            self._fixed_salt = None
        self.live.clear()
        self.locked.clear()

    def count(self) -> int:
        return sum(len(tokens) for tokens in self.live.values())

    def _bury(self, client: str, tokens: list[Token]) -> None:
        self.stale[client] = (self.stale.get(client, []) + tokens)[-STALE_KEPT:]
        while len(self.stale) > self.addresses:
            self.stale.pop(next(iter(self.stale)))

    def _salt(self) -> str:
        return "".join(self.rng.choices(SALT_ALPHABET, k=8))
