# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write down what all miners of a play have, as variables that declare just that: one task.

What a miner has is found out by `_engine/observing.py`, what stands where is decided in plugin_utils/_adopt.
Nothing is written to any miner.
"""

from __future__ import annotations

import collections
import os
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine import observing
from ansible_collections.minerops.whatsminer.plugins.modules import adopt
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._adopt import files, layout
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._adopt.placement import (
    group_equals,
    place,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._adopt.templates import (
    Names,
    with_templates,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import API, plain
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.role_action import RoleAction
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import report_files
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted, shorten_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import (
        Report,
        RoleResult,
    )

    Outcome = dict[str, Any]

# The variables that lead to a miner, and hold no secret.
_WAYS = ("ansible_host", "ansible_port", "ansible_user", "whatsminer_api", "whatsminer_api3_port")
# Groups by what changes of itself, such as the discovery makes: nothing of a miner belongs to them.
_PASSING = ("state_", "firmware_", "api_", "unidentified")
_NAMED = 10
_HINT = (
    "Nothing was written. Move your own variables to a file beside it, remove it, or write over it with "
    "adopt_overwrite: true"
)


class ActionModule(RoleAction):
    """Runs the role in ``role_path``."""

    _validator = ArgumentSpecValidator(adopt.ARGUMENTS)
    _prefix = "adopt_"
    _reader = observing
    _standing = ""  # it writes all files at its end

    def _play(self, arguments: dict[str, Any]) -> RoleResult:
        wanted = self._options(arguments["role_path"])
        places = [wanted["directory"].strip(), wanted["inventory_file"].strip()]
        if sum(map(bool, places)) != 1:
            raise AnsibleActionFail(
                "set either adopt_directory, the directory of the inventory, or adopt_inventory_file"
            )
        hosts = list(self._task_vars["ansible_play_hosts_all"])
        ways: dict[str, dict[str, Any]] = {}

        def note(host: str, own: dict[str, Any], resolved: Callable[[Any], Any]) -> None:
            ways[host] = {name: plain(resolved(own[name])) for name in _WAYS if name in own}

        jobs = self._noting_jobs(hosts, self._reader, {}, note)
        read = {
            host: dict(outcome)
            for host, outcome in self._serve_jobs(self._reader, jobs, quiet=False).outcomes.items()
        }
        adopted = {host: outcome for host, outcome in read.items() if "options" in outcome}
        lost = {host: outcome for host, outcome in read.items() if host not in adopted}
        if not adopted:
            first = next((outcome["msg"] for outcome in lost.values()), "the play has no hosts")
            raise AnsibleActionFail(f"none of the miners could be read; the first: {first}")
        variables = {host: _variables_of(outcome) for host, outcome in adopted.items()}
        if wanted["templates"]:
            names = {
                host: Names(host, ways[host].get("ansible_host"), own.get("whatsminer_mac"))
                for host, own in variables.items()
            }
            variables = with_templates(variables, names)
        found = self._files(places, variables, ways)
        return self._finish(found, adopted, lost, overwrite=wanted["overwrite"])

    # What is to be written

    def _files(
        self,
        places: list[str],
        variables: dict[str, dict[str, Any]],
        ways: dict[str, dict[str, Any]],
    ) -> list[files.File]:
        """The files that are to be there. Raises ValueError."""
        directory, inventory = places
        members = {
            name: frozenset(hosts)
            for name, hosts in self._task_vars["groups"].items()
            if hosts and name not in ("all", "ungrouped") and not name.startswith(_PASSING)
        }
        if inventory:
            adopted = frozenset(variables)
            # All in it are miners, and none of those that weren't read.
            groups = {name: hosts & adopted for name, hosts in members.items() if hosts & adopted}
            groups[layout.MINERS] = adopted
            placement = place(variables, groups)
            groups.update(group_equals(placement, groups))
            text = layout.inventory_file(placement, groups, ways, shared={"ansible_connection": API})
            return [files.file_of(_expanded(inventory), text)]
        groups = {name: hosts for name, hosts in members.items() if hosts <= variables.keys()}
        placement = place(variables, groups)
        found = []
        for kind, all_of_kind in (("group_vars", placement.of_groups), ("host_vars", placement.of_hosts)):
            for name, own in all_of_kind.items():
                path = files.path_of(_expanded(directory), kind, name)
                file = files.file_of(path, layout.vars_file(own, is_of_group=kind == "group_vars"))
                # An empty one is of use only where an older one of ours has to say nothing any more.
                if own or (file.before is not None and files.is_ours(file.before)):
                    found.append(file)
        return found

    def _finish(
        self,
        found: list[files.File],
        adopted: dict[str, Outcome],
        lost: dict[str, Outcome],
        *,
        overwrite: bool,
    ) -> RoleResult:
        """Write the files in *found*, but in check mode, and return the task's result."""
        edited = [file.path for file in found if file.state == "edited"]
        if edited and not overwrite:
            what = "is a person's, or was edited" if len(edited) == 1 else "are a person's, or were edited"
            raise AnsibleActionFail(f"{shorten_list(edited, _NAMED)} {what}. {_HINT}")
        written = [file for file in found if file.state != "unchanged"]
        if not self.check_mode:
            for file in written:
                os.makedirs(os.path.dirname(file.path), exist_ok=True)
                report_files.write(file.path, file.text, self._prefix + "directory")
        left = {host: outcome["left"] for host, outcome in adopted.items() if outcome["left"]}
        self._tell(written, left, list(adopted), list(lost))
        report: Report = {
            "adopted": list(adopted),
            "lost": list(lost),
            "files": [{"path": file.path, "state": file.state} for file in found],
            "left": left,
            "needs_vault": layout.NEEDS_VAULT,
        }
        result: RoleResult = {"changed": bool(written), "report": report}
        if self._task.diff:
            result["diff"] = [
                {
                    "before_header": file.path,
                    "after_header": file.path,
                    "before": file.before or "",
                    "after": file.text,
                }
                for file in written
            ]
        return result

    def _tell(
        self,
        written: list[files.File],
        left: dict[str, dict[str, str]],
        adopted: list[str],
        lost: list[str],
    ) -> None:
        hosts_by: dict[tuple[str, str], list[str]] = collections.defaultdict(list)
        for host, reasons in left.items():
            for name, why in reasons.items():
                hosts_by[name, why].append(host)
        for (name, why), hosts in sorted(hosts_by.items()):
            self.say(
                f"not written down: {name} of {counted(len(hosts), 'miner')} "
                f"({shorten_list(hosts, 3)}): {why}"
            )
        would = "would be " if self.check_mode else ""
        self.say(f"{counted(len(adopted), 'miner')} read, {counted(len(written), 'file')} {would}written")
        if lost:
            self.say(f"kept out, since they couldn't be read: {shorten_list(lost, _NAMED)}")
        for name, what in layout.NEEDS_VAULT.items():
            self.say(f"can't be read, and belongs into a vault: {name}, {what}")


def _variables_of(outcome: Outcome) -> dict[str, Any]:
    """The variables that declare the miner of *outcome*."""
    identity, options = outcome["identity"], outcome["options"]
    pins = {f"whatsminer_{name}": identity[name] for name in ("mac", "serial") if name in identity}
    variables = {**pins, **{f"whatsminer_{name}": given for name, given in options.items()}}
    pools = options.get("pools", {})
    if list(pools) == ["pools"]:  # they may stand there as they are
        variables["whatsminer_pools"] = pools["pools"]
    return variables


def _expanded(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path))
