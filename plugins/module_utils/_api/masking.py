# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one mask between what a miner answers and what is shown of it.

A miner may echo a request, and with it passwords and the live token. So each Miner has a Mask, which learns
the secrets of its exchanges as they come to be. All that is shown of an answer goes through the Mask.
"""

from __future__ import annotations

import functools
import json
import re

from .._facts import values
from .._facts.values import tamed, without_url_passwords

HIDDEN = values.HIDDEN

# A shorter secret is part of too many innocent words: it is hidden only where it is a whole value.
_SHORTEST = 4
# So much of a secret tells too much, where a text ends in the middle of one.
_SHORTEST_PIECE = 3
# The factory's password is no secret, and part of many names.
_PUBLIC = frozenset(("admin",))

_SECRET_NAME = re.compile(
    r"(?:^|_)"
    r"(?:pass|passwd|passwords?|passphrase|pwd|psk|keys?|tokens?|secrets?|sign|(?:new)?salt)[0-9]*"
    r"(?:_|$)"
)
_NEXT_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
# Under such names, ansible-core's JSON has objects of its own: in a cache of facts, templates that it trusts.
_RESERVED = re.compile(r"\A_+(?=ansible)")
# What an excerpt (wire.printable) adds to a text that it cuts, and the quote around it.
_END_OF_EXCERPT = re.compile(r"(?:\.\.\.)?\"?\Z")


def is_secret_name(name: str) -> bool:
    """Whether a value of this *name* is likely a secret: ``passwd1``, ``old_password``, ``apiKey``, ``token``
    ...
    """
    # Longer ones aren't kept: no miner can fill the memory with names.
    return _is_secret_name(name) if len(name) <= _LONGEST_KEPT else _is_secret_name.__wrapped__(name)


_LONGEST_KEPT = 64


@functools.lru_cache(maxsize=4096)
def _is_secret_name(name: str) -> bool:
    return _SECRET_NAME.search(_NEXT_WORD.sub("_", name).lower()) is not None


def secrets_in(params: object, names: frozenset[str] = frozenset()) -> list[str]:
    """The values in *params*, nested or not, under keys that are in *names* or likely name a secret: list of
    str.
    """
    if isinstance(params, dict):
        found = []
        for name, value in params.items():
            secret = name in names or is_secret_name(str(name))
            found += leaves(value) if secret else secrets_in(value, names)
        return found
    if isinstance(params, (list, tuple)):
        return [secret for value in params for secret in secrets_in(value, names)]
    return []


def leaves(value: object) -> list[str]:
    """The values in *value*, nested or not, as text."""
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, (list, tuple)):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [] if value is None or isinstance(value, bool) else [str(value)]


class Mask:
    """Hides *secrets*, and those that are added later, in texts and in JSON values."""

    def __init__(self, *secrets: str | None) -> None:
        self._secrets: set[str] = set()
        # The forms of secrets, once some text is to be shown: most miners' masks are never used.
        self._forms: _Forms | None = None
        self.add(*secrets)

    def __repr__(self) -> str:
        return "Mask(<redacted>)"

    def add(self, *secrets: str | None) -> None:
        """From now on hide *secrets* too. None and "" are none."""
        for secret in secrets:
            if secret and secret not in self._secrets:
                self._secrets.add(secret)
                self._forms = None

    @property
    def _known(self) -> _Forms:
        if self._forms is None:
            self._forms = _Forms(self._secrets)
        return self._forms

    def text(self, text: str, excerpt: bool = False) -> str:
        """*text* without the secrets in it. An *excerpt* may end in the middle of one, which is hidden too.

        A secret of one to three characters is hidden where it stands in quotes. Elsewhere it could be part of
        any word. So are passwords in URLs, whose ever they are.
        """
        text = without_url_passwords(text)
        known = self._known
        for secret in known.long:
            if secret in text:
                text = text.replace(secret, HIDDEN)
        if '"' in text:
            for secret in known.short:
                text = text.replace(f'"{secret}"', f'"{HIDDEN}"')
                text = text.replace(f'\\"{secret}\\"', f'\\"{HIDDEN}\\"')  # within JSON
        return self._without_piece(text) if excerpt else text

    def value(self, value: object) -> object:
        """The JSON *value* without the secrets in its strings.

        A string or number that is a secret is hidden.
        """
        return self._masked(value, by_name=False)

    def answer(self, body: object) -> object:
        """The JSON *body* of a miner's answer as `value` gives it, and also without what is secret by its
        name, and so that nothing happens wherever it is shown, kept or read again.

        Names of the body are a miner's own words too, and masked as texts.
        """
        return self._masked(body, by_name=True)

    def _masked(self, value: object, by_name: bool) -> object:
        if isinstance(value, str):
            masked = HIDDEN if value.strip() in self._known.short else self.text(value)
            return tamed(masked) if by_name else masked
        if isinstance(value, dict):
            if not by_name:
                return {name: self._masked(inner, False) for name, inner in value.items()}
            return {
                _RESERVED.sub("", tamed(self.text(name))): HIDDEN
                if is_secret_name(name) and inner
                else self._masked(inner, True)
                for name, inner in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self._masked(inner, by_name) for inner in value]
        known = self._known
        return HIDDEN if known.has_numbers and str(value) in known.long else value

    def _without_piece(self, text: str) -> str:
        found = _END_OF_EXCERPT.search(text)
        end = found.start() if found else len(text)
        head, tail = text[:end], text[end:]
        for secret in self._known.long:
            for length in range(len(secret) - 1, _SHORTEST_PIECE - 1, -1):
                if head.endswith(secret[:length]):
                    return head[:-length] + HIDDEN + tail
        return text


class _Forms:
    """*secrets* as they are looked for: *short* ones as whole values, *long* ones in each form in which they
    may be written, the longest first.
    """

    def __init__(self, secrets: set[str]) -> None:
        self.short = {secret for secret in secrets if len(secret) < _SHORTEST or secret in _PUBLIC}
        found = {form for secret in secrets - self.short for form in _written(secret)}
        self.long = tuple(sorted(found, key=lambda form: (-len(form), form)))
        self.has_numbers = any(form.isdecimal() for form in found)


def _written(secret: str) -> set[str]:
    """*secret* as it stands, and as it may stand within JSON, or in what Python shows."""
    quoted = json.dumps(secret)[1:-1]
    within_json = {quoted, quoted.replace("/", "\\/"), json.dumps(secret, ensure_ascii=False)[1:-1]}
    return {secret, repr(secret)[1:-1], *within_json}
