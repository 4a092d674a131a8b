#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: whatsminer_command
short_description: Send any API command to a Whatsminer
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - The escape hatch, one command as it stands. Where another module of the collection declares the same,
    prefer that. It knows whether anything needs to change, and verifies that it did.
  - A command's name tells its API, and so its port. Those of API 3 have dots, such as C(set.miner.pools);
    those of API 2 have none.
  - Parameters of known commands are validated before anything is sent. Unknown commands are sent with a
    warning.
  - A writable command is reported as changed, since nothing is compared.
  - What a miner echoes of passwords and tokens is hidden in the result, as in all that is shown of an answer.
    Give a secret parameter of an unknown command under a name that says so, such as C(passwd), C(password),
    C(key), C(token) or C(secret).
extends_documentation_fragment:
  - minerops.whatsminer.miner
  - minerops.whatsminer.miner.records
  - minerops.whatsminer.attributes
attributes:
  check_mode:
    details:
      - Writable and unknown commands aren't sent in check mode. Of API 3, every command that begins with
        C(get.) is a read.
  diff_mode:
    support: none
    details:
      - Nothing is compared.
  idempotent:
    description: Run again, it changes nothing.
    support: none
    details:
      - Each run sends the command.
options:
  command:
    description:
      - The command, such as V(summary), or joined readable ones of API 2, such as V(summary+pools).
      - Or one of API 3, such as V(get.device.info).
    type: str
    required: true
  params:
    description: The command's parameters by name.
    type: dict
    default: {}
  param:
    description:
      - The command's parameter, where that is one word, one number or a list, as of most commands of API 3.
      - V(set.miner.pools), for example, takes a list of one to three pools with C(pool), C(worker) and
        C(passwd).
      - Not together with O(params).
    type: raw
  sealed:
    description:
      - Whether to encrypt the command, which takes the password and a token; over API 3, whether to sign it,
        and to encrypt what that API wants encrypted. V(auto) does for those that need it, and for unknown
        ones.
    type: str
    choices: [auto, always, never]
    default: auto
  encoding:
    description: V(text) sends the text form of the document of API 2, C(command|value,value).
    type: str
    choices: [json, text]
    default: json
"""

EXAMPLES = r"""
- name: Read the summary
  minerops.whatsminer.whatsminer_command:
    command: summary
  register: summary

- name: Read two at once
  minerops.whatsminer.whatsminer_command:
    command: summary+pools

- name: Let the LED do what it wants
  minerops.whatsminer.whatsminer_command:
    command: set_led
    params:
      param: auto

- name: Read hash rate and boards over API 3
  minerops.whatsminer.whatsminer_command:
    command: get.miner.status
    param: summary+edevs

- name: Set the power limit over API 3
  minerops.whatsminer.whatsminer_command:
    command: set.miner.power_limit
    param: 3400

- name: Set one pool over API 3
  minerops.whatsminer.whatsminer_command:
    command: set.miner.pools
    param:
      - {pool: "stratum+tcp://pool.example.com:3333", worker: farm.1, passwd: "{{ vault_pool_password }}"}
"""

RETURN = r"""
reply:
  description:
    - What the miner answered, as it came, but for secrets. The password, the token and the parameters that
      are secret, by the API document or by a name such as C(passwd) or C(key), are replaced by C(********),
      and so is each value of such a name.
    - What would act on a screen is there as its escape. Names that mean something to Ansible's caches, such
      as C(__ansible_type), lose their leading underscores.
  returned: when the miner took the command
  type: raw
  sample: {STATUS: S, When: 1594179080, Code: 131, Msg: API command OK, Description: ""}
commands:
  description: The command, if it was sent and taken.
  returned: always
  type: list
  elements: str
  sample: [summary]
held:
  description:
    - What was left as it is, since somebody else has the say over it, and who has. See
      M(minerops.whatsminer.whatsminer_hold).
  returned: when something is held
  type: dict
  sample: {set_led: "held since 14:50 by maintenance until 18:00"}
cause:
  description: What kind of error it was, for use in conditions.
  returned: failure
  type: str
  sample: command_refused
code:
  description: The message code with which the miner refused.
  returned: when the miner gave one
  type: int
  sample: 132
"""

import re
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.catalogue import COMMANDS, is_write
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.commands import Effect
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.masking import HIDDEN
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.commands import TOKEN
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v3.commands import PARAM
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holding import held_task
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.result import Result
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import run_module

if TYPE_CHECKING:
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.commands import Command
    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner

_COMMAND = re.compile(r"[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*|[A-Za-z0-9_]+(?:\+[A-Za-z0-9_]+)+", re.ASCII)

ARGUMENTS = {
    "command": {"type": "str", "required": True},
    "params": {"type": "dict", "default": {}},
    "param": {"type": "raw"},
    "sealed": {"type": "str", "choices": ["auto", "always", "never"], "default": "auto"},
    "encoding": {"type": "str", "choices": ["json", "text"], "default": "json"},
}


# Of pools, it holds passwords.
SHOWN = {"param": {"type": "dict"}}


async def run(miner: Miner, params: dict[str, Any], check_mode: bool = False) -> Result:
    """Send the command, unless it's a write and this is check mode."""
    command, given = params["command"], _given(params)
    result = Result()
    names = command.split("+")
    entries = [COMMANDS.get(name) for name in names]
    _check(command, entries)
    if None in entries:
        result.warnings.append(f"{command} isn't in the API documents: sent as it stands, unchecked")
    writes = any(map(is_write, names))
    needs_seal = any(entry.privileged if entry else writes for entry in entries)
    result.changed = writes
    if len(entries) == 1 and entries[0] is not None:
        entries[0].encode(given)
    if writes:
        # What a command that stands alone does to the power isn't known well enough.
        held, left = await held_task(miner, params, command, effect=Effect.RESTARTS)
        if left is not None:
            return left
        result.warnings += held.warnings()
    if writes and check_mode:
        return result
    sealed = needs_seal if params["sealed"] == "auto" else params["sealed"] == "always"
    reply = await miner.send(command, given, sealed=sealed, encoding=params["encoding"])
    result.commands.append(command)
    body = _without_challenge(reply.body) if command == TOKEN else reply.body
    result.values["reply"] = miner.mask.answer(body)
    return result


def _given(params: dict[str, Any]) -> dict[str, Any]:
    """The parameters, by name. Raises BadParameter for both ways of giving them at once."""
    if params["param"] is None:
        return params["params"] or {}
    if params["params"]:
        raise BadParameter("param", "given alone, or params")
    return {PARAM: params["param"]}


def _check(command: str, entries: list[Command | None]) -> None:
    if not _COMMAND.fullmatch(command):
        raise BadParameter(
            "command",
            "an API command: letters, digits and underscores; with dots for API 3, or several of API 2 "
            "joined by +",
        )
    if len(entries) > 1 and not all(entry and entry.joinable for entry in entries):
        joinable = ", ".join(entry.name for entry in COMMANDS.values() if entry.joinable)
        raise BadParameter("command", f"one command, or several that can be joined ({joinable})")
    streams = {entry.stream for entry in entries if entry}
    if streams & {"upload", "download"}:
        raise BadParameter(
            "command", "one without a file transfer: use whatsminer_firmware or whatsminer_logs"
        )
    if "reports" in streams:
        raise BadParameter("command", "one with a single answer: read the status again and again instead")


def _without_challenge(body: object) -> object:
    """The answer to get_token, JSON or text, without what the next token is made of."""
    if not isinstance(body, dict):
        return HIDDEN
    return {
        key: HIDDEN
        if key in ("time", "salt", "newsalt")
        else _without_challenge(value)
        if key == "Msg"
        else value
        for key, value in body.items()
    }


def main() -> None:
    run_module(ARGUMENTS, run, SHOWN)


if __name__ == "__main__":
    main()
