# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fail if a password stands readable in this repository: python3 ci/no_secrets.py

Wherever a variable is named like a secret, its value must be a reference to another variable ("{{
vault_miner_password }}"), encrypted (!vault), or empty; and a file named vault* must be encrypted as a whole.
"""

from __future__ import annotations

import os
import re
import sys

import yaml

SECRET = re.compile(
    r"(^|_)(pass|passwd|password|passphrase|secret|token|private_key|api_key)s?$|^vault_", re.IGNORECASE
)
# Says when a password is to be written, and is none.
NO_SECRET = {"update_password"}
# A template that holds no text of its own.
REFERENCE = re.compile(r"\$?\{\{[^'\"{}]*\}\}")
ENCRYPTED = "$ANSIBLE_VAULT;"
SKIPPED = {".git", ".state", "ansible_collections"}


class Loader(yaml.SafeLoader):
    """Takes the tags that Ansible knows: what is !vault is encrypted, and the others mark plain values."""


def _tagged(loader, tag, node):
    if tag == "vault":
        return None
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


Loader.add_multi_constructor("!", _tagged)


def files():
    """The paths of all files of the repository."""
    for directory, subdirectories, names in os.walk("."):
        subdirectories[:] = sorted(set(subdirectories) - SKIPPED)
        yield from (os.path.relpath(os.path.join(directory, name)) for name in sorted(names))


def readable(value, place="", secret=False):
    """The places in *value* at which a secret can be read; *secret* if all in it is one."""
    if isinstance(value, dict):
        for name, inner in value.items():
            named_so = SECRET.search(str(name)) and name not in NO_SECRET
            yield from readable(inner, f"{place}.{name}".lstrip("."), secret or bool(named_so))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from readable(inner, f"{place}[{number}]", secret)
    elif (
        secret
        and value not in (None, "")
        and not isinstance(value, bool)
        and not REFERENCE.fullmatch(str(value).strip())
    ):
        yield place


def found_in(path):
    """What is wrong with the file at *path*, as texts. No text holds a secret."""
    name = os.path.basename(path)
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    if text.startswith(ENCRYPTED) or name.endswith(".example"):
        return
    if re.match(r"vault.*\.(ya?ml|json)$|vault$", name):
        yield "isn't encrypted: ansible-vault encrypt " + path
    elif re.search(r"vault.*pass|pass.*vault", name):
        yield "looks like the password of the vault: keep it outside of the repository"
    elif name.endswith((".yml", ".yaml", ".json")):
        try:
            for document in yaml.load_all(text, Loader):  # noqa: S506
                yield from (
                    f"{place} can be read: move it to the vault, and refer to it"
                    for place in readable(document)
                )
        except yaml.YAMLError as error:
            yield (
                f"isn't YAML: line {error.problem_mark.line + 1}"
                if getattr(error, "problem_mark", None)
                else "isn't YAML"
            )


def main():
    """Print what was found; the exit status is 1 if anything was."""
    found = [f"{path}: {what}" for path in files() for what in found_in(path)]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
