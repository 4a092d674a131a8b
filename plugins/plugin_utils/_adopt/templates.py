# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find what of the miners' variables follows from their names, addresses or MAC addresses: templates.

``farm.rack1-01`` of the host ``rack1-01`` and ``farm.rack1-02`` of ``rack1-02`` are both ``farm.{{
inventory_hostname }}``. A template counts only if it gives each of its hosts just the text that the host has,
and if more hosts have it than have the text itself.
"""

from __future__ import annotations

import collections
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._adopt.vars_text import Template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Variables = dict[str, Any]
    Path = tuple[Any, ...]

_LEAST_HOSTS = 2
_DOTTED = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")


@dataclass(frozen=True)
class Names:
    """What a host is known by: its name, and if its variables have them its address and its MAC address."""

    host: str
    address: str | None = None
    mac: str | None = None


def with_templates(variables: Mapping[str, Variables], names: Mapping[str, Names]) -> dict[str, Variables]:
    """*variables* by host, with templates in place of text that follows from *names*, those of each host."""
    found = {host: dict(own) for host, own in variables.items()}
    by_path: dict[Path, dict[str, str]] = {}
    for host, own in variables.items():
        for path, text in _texts(own):
            by_path.setdefault(path, {})[host] = text
    for path, texts in by_path.items():
        for host, template in _shared(texts, names).items():
            found[host] = _replaced(found[host], path, Template(template))
    return found


def _texts(own: Variables) -> Iterator[tuple[Path, str]]:
    """Where in a host's variables text stands that may follow from its names, and the text."""
    pools = own.get("whatsminer_pools")
    inside: Path = ("whatsminer_pools",)
    if isinstance(pools, dict):
        pools, inside = pools.get("pools"), (*inside, "pools")
    for index, pool in enumerate(pools or ()):
        yield (*inside, index, "user"), pool["user"]
    for group, option in (("whatsminer_system", "hostname"), ("whatsminer_net", "address")):
        if option in own.get(group, {}):
            yield (group, option), own[group][option]


def _replaced(value: Any, path: Path, text: str) -> Any:
    """A copy of *value* with *text* at *path*."""
    if not path:
        return text
    if isinstance(value, list):
        return [_replaced(it, path[1:], text) if index == path[0] else it for index, it in enumerate(value)]
    return {name: _replaced(it, path[1:], text) if name == path[0] else it for name, it in value.items()}


def _shared(texts: Mapping[str, str], names: Mapping[str, Names]) -> dict[str, str]:
    """Host -> the template that stands for its text among *texts*, for hosts that share one."""
    candidates = {host: _candidates(text, names[host]) for host, text in texts.items()}
    hosts_of = collections.Counter(template for found in candidates.values() for template in found)
    hosts_with = collections.Counter(texts.values())
    chosen = {}
    for host, found in candidates.items():
        best = max(found, key=lambda template: hosts_of[template], default=None)  # the first of equals
        if best is not None and hosts_of[best] >= _LEAST_HOSTS and hosts_of[best] > hosts_with[texts[host]]:
            chosen[host] = best
    return chosen


def _candidates(text: str, names: Names) -> list[str]:
    """The templates that give *text* for the host of *names*, the plainest first."""
    if "{" in text or "}" in text:  # which would be part of the template
        return []
    found = []
    for expression, value in _values(names):
        begin = _last_word(value, text)
        if begin is not None:
            found.append(f"{text[:begin]}{{{{ {expression} }}}}{text[begin + len(value) :]}")
    return found


def _last_word(word: str, text: str) -> int | None:
    """Where *word* stands last in *text*, no letter or digit before or behind it."""
    end = len(text)
    while (begin := text.rfind(word, 0, end)) >= 0:
        if not (text[:begin][-1:].isalnum() or text[begin + len(word) :][:1].isalnum()):
            return begin
        end = begin + len(word) - 1
    return None


def _values(names: Names) -> Iterator[tuple[str, str]]:
    """Expressions, and what each is for the host of *names*."""
    yield "inventory_hostname", names.host
    if names.address:
        yield "ansible_host", names.address
        if _DOTTED.fullmatch(names.address):
            for separator in "x-_":
                yield f"ansible_host | replace('.', '{separator}')", names.address.replace(".", separator)
            parts = names.address.split(".")
            for separator in "x-_.":
                yield f"ansible_host.split('.')[2:] | join('{separator}')", separator.join(parts[2:])
            yield "ansible_host.split('.')[3]", parts[3]
    if names.mac:
        digits = names.mac.replace(":", "")
        yield "whatsminer_mac", names.mac
        yield "whatsminer_mac | lower", names.mac.lower()
        for value, more in ((digits, ""), (digits.lower(), " | lower")):
            yield f"whatsminer_mac | replace(':', ''){more}", value
            yield f"(whatsminer_mac | replace(':', ''){more})[-6:]", value[-6:]
