#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: whatsminer_password
short_description: Change the password with which a Whatsminer is managed
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Changes the password of the account C(admin) of API 2, and of the account of API 3, which is C(super)
    unless O(account) says otherwise. A miner that speaks both APIs gets it over both, unless O(api) names
    one.
  - Tries the new password first. If it works, nothing is changed. Else it tries the old ones, changes the one
    that works, and proves that the new one does.
  - Whether a miner keeps one password for both APIs depends on its firmware. After a change over one API the
    new password is tried over the other, and changed there only if it doesn't work.
  - Trying costs a token and sealed reads over API 2, and a signed command over API 3, and writes nothing,
    also in check mode.
  - If only the password over API 3 is none of those given, that account is left, with a warning, so that
    playbooks written for API 2 go on working. Where O(api3_password) is set, it is an error.
  - The inventory isn't changed. The following tasks need the new password as C(ansible_password), and as
    C(whatsminer_api3_password) where that is set.
extends_documentation_fragment:
  - minerops.whatsminer.miner
  - minerops.whatsminer.miner.records
  - minerops.whatsminer.attributes
  - minerops.whatsminer.attributes.converges
attributes:
  check_mode:
    details:
      - Passwords are tried in check mode too. Whether the API takes writes shows only when the password is
        changed.
options:
  old_password:
    description:
      - The present password, or up to eight that it may be, which are tried in their order. If not given,
        O(api3_password) and O(password), or those of the connection.
      - The factory's password of an account is its name, V(admin) or V(super).
    type: list
    elements: str
  new_password:
    description:
      - The new password, 1 to 8 letters, digits or underscores. With O(api=3), up to 32.
      - The factory's, V(admin) or V(super), is refused, since miners refuse to be changed with it.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Change the password of a fleet in which the one before isn't everywhere
  minerops.whatsminer.whatsminer_password:
    old_password: ["{{ vault_old_miner_password }}", "{{ vault_older_miner_password }}", admin]
    new_password: "{{ vault_new_miner_password }}"

- name: Change the password
  minerops.whatsminer.whatsminer_password:
    old_password: "{{ vault_old_miner_password }}"
    new_password: "{{ vault_new_miner_password }}"

- name: Give the account super of API 3, which has the factory's password, the one that admin of API 2 has
  minerops.whatsminer.whatsminer_password:
    old_password: super
    new_password: "{{ vault_miner_password }}"
"""

RETURN = r"""
commands:
  description: The API commands that the miner took, in order.
  returned: always
  type: list
  elements: str
  sample: [set.user.change_passwd, update_pwd]
passwords:
  description:
    - Which password the account of each API has after the task, by API, C(api2) and C(api3). In check mode,
      which it would have.
    - C(new) or C(old); C(other) if it is none of those given; C(unknown) if that didn't show after a failure.
  returned: when the passwords could be tried
  type: dict
  sample: {api2: new, api3: new}
found:
  description:
    - Which password the account of each API had before, by API.
    - V(new); V(old 2) if it was the second of O(old_password); V(other) if it was none of those given.
  returned: when the passwords could be tried
  type: dict
  sample: {api2: old 2, api3: new}
held:
  description:
    - What was left as it is, since somebody else has the say over it, and who has. See
      M(minerops.whatsminer.whatsminer_hold).
  returned: when something is held
  type: dict
  sample: {password: "held since 14:50 by maintenance until 18:00"}
cause:
  description: What kind of error it was, for use in conditions.
  returned: failure
  type: str
  sample: outcome_unknown
code:
  description: The message code with which the miner refused.
  returned: when the miner gave one
  type: int
  sample: 132
"""

from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.commands import Effect
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holding import leaves_held
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import run_module
from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks.password import change

if TYPE_CHECKING:
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.result import Result

ARGUMENTS = {
    "old_password": {"type": "list", "elements": "str", "no_log": False},
    "new_password": {"type": "str", "required": True, "no_log": False},
}


@leaves_held("password", Effect.CHANGES)
async def run(miner: Miner, params: dict[str, Any], check_mode: bool = False) -> Result:
    """Change the password; see password.change."""
    api3_password = params["api3_password"]
    old = params["old_password"] or [api3_password, params["password"]]
    return await change(
        miner,
        [password for password in old if password],
        params["new_password"],
        check_mode,
        all_apis=bool(api3_password),
    )


def main() -> None:
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
