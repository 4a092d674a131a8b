# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of a walk along the racks: an inventory as YAML, or a table as CSV, by the file's name."""

from __future__ import annotations

import csv
import os
from typing import TYPE_CHECKING, Any

import yaml
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.values import mac_address
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._ip_report.walk import Noted
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import report_files
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.csv_text import csv_text

if TYPE_CHECKING:
    from collections.abc import Iterable

_COLUMNS = ("position", "host", "mac", "address", "at")
_LISTED, _UNLISTED = "miners", "unlisted_miners"
_HEAD = """\
# Which machine stands where, by minerops.whatsminer.ip_report. It is an inventory to be used beside yours:
#   ansible-playbook minerops.whatsminer.facts -i inventory.yml -i {name}
# unlisted_miners are machines that your inventory doesn't know.
"""


def read(path: str, variable: str) -> dict[str, Noted]:
    """The machines in the file at *path*, the value of *variable*, by MAC address; none if there is no file.

    Raises ValueError for a file that holds something else: it is never written over.
    """
    path = os.path.expanduser(path)
    require_kind(path, variable)
    try:
        with open(path, encoding="utf-8", newline="") as file:
            noted = list(_of_csv(file) if path.endswith(".csv") else _of_yaml(file))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ValueError(f"{variable}: {path} can't be read: {error.strerror}") from None
    except (ValueError, TypeError, AttributeError, KeyError, yaml.YAMLError, csv.Error):
        raise ValueError(
            f"{variable}: {path} holds something else than the machines of a walk: name another file, or "
            "move this one away"
        ) from None
    return {each.mac: each for each in noted}


def require_kind(path: str, variable: str) -> None:
    """Raise ValueError unless *path* ends as one of the files does."""
    if not path.endswith((".yml", ".yaml", ".csv")):
        raise ValueError(f"{variable} must name a file that ends in .yml, .yaml or .csv, and is {path!r}")


def write(path: str, noted: Iterable[Noted], variable: str) -> None:
    """Make the file at *path*, the value of *variable*, hold *noted*, whole. Raises ValueError."""
    is_csv = path.endswith(".csv")
    text = _as_csv(noted) if is_csv else _as_yaml(noted, os.path.basename(path))
    report_files.write(path, text, variable)


def _as_csv(noted: Iterable[Noted]) -> str:
    return csv_text(_COLUMNS, ([getattr(each, name) for name in _COLUMNS] for each in noted))


def _of_csv(file: Iterable[str]) -> Iterable[Noted]:
    rows = csv.DictReader(file)
    if tuple(rows.fieldnames or ()) != _COLUMNS:
        raise ValueError
    for row in rows:
        # A cell that a spreadsheet would run begins with an apostrophe.
        yield _noted({name: text[text.startswith("'") :] for name, text in row.items()})


def _as_yaml(noted: Iterable[Noted], name: str) -> str:
    hosts: dict[str, dict[str, Any]] = {_LISTED: {}, _UNLISTED: {}}
    for each in noted:
        group = hosts[_LISTED if each.host else _UNLISTED]
        group[each.host or each.mac.replace(":", "-")] = {
            **({"whatsminer_location": each.position} if each.position else {}),
            "whatsminer_mac": each.mac,
            **({} if each.host else {"ansible_host": each.address}),
            "ip_report": {"address": each.address, "at": each.at},
        }
    content = {group: {"hosts": inner} for group, inner in hosts.items() if inner}
    return _HEAD.format(name=name) + yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _of_yaml(file: Any) -> Iterable[Noted]:
    content = yaml.safe_load(file) or {}
    if not set(content) <= {_LISTED, _UNLISTED}:
        raise ValueError
    for group, inner in content.items():
        for host, variables in inner["hosts"].items():
            report = variables["ip_report"]
            yield _noted(
                {
                    "position": variables.get("whatsminer_location", ""),
                    "host": host if group == _LISTED else "",
                    "mac": variables["whatsminer_mac"],
                    **report,
                }
            )


def _noted(values: dict[str, str]) -> Noted:
    """The Noted of *values*, which somebody may have edited. Raises what they make it raise."""
    mac = mac_address(values["mac"])
    if mac is None or set(values) != set(_COLUMNS):
        raise ValueError
    return Noted(**{**{name: str(value) for name, value in values.items()}, "mac": mac})
