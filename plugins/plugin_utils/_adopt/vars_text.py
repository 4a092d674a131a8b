# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables as the text of a YAML file that Ansible reads back as just that.

What a miner said is data. Text of it that could be a template is written with the tag ``!unsafe``, by which
Ansible leaves it alone. A `Template` is one of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

_WIDTH = 110


class Template(str):
    """Text that Ansible fills in: written as it is. Its ``repr`` tells it from text that looks like it."""

    def __repr__(self) -> str:
        return f"Template({super().__repr__()})"


class _Data(str):
    """Text that might be taken for a template."""


class _Dumper(yaml.SafeDumper):
    """Writes lists indented, as people do, and nothing as a reference to what stands above."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(Template, lambda dumper, text: dumper.represent_str(str(text)))
_Dumper.add_representer(_Data, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text), style='"'))


def text_of(variables: Mapping[str, Any]) -> str:
    """*variables* as YAML. What isn't ASCII is escaped, so that no text turns or hides what is beside it."""
    if not variables:
        return "{}\n"
    return yaml.dump(_marked(variables), Dumper=_Dumper, sort_keys=False, width=_WIDTH)


def _marked(value: Any) -> Any:
    """*value* with all text that could be a template marked as data, names of variables excepted."""
    if isinstance(value, Template):
        return value
    if isinstance(value, str):
        text = str.__str__(value)  # without what ansible-core 2.19 tags text with
        return _Data(text) if "{" in text or "}" in text else text
    if isinstance(value, dict):
        return {str.__str__(name): _marked(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_marked(inner) for inner in value]
    return value
