#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: whatsminer_user
short_description: Set passwords and permissions of a Whatsminer's further accounts
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Beside C(super), API 3 has the accounts C(user1), C(user2) and C(user3). They may read, as everybody may,
    and send the commands that C(super) permits. API 2 has the account C(admin) alone, so that miners without
    API 3 fail with the cause C(unsupported).
  - Only C(super), which is the default of O(login_account), may do this. That account's own password is
    changed by M(minerops.whatsminer.whatsminer_password).
  - Whether the password needs to be changed is found out by trying O(password) with a command that
    changes nothing, also in check mode. Where the miner doesn't tell a wrong password from missing
    permissions, what was applied is recorded, as a slow fingerprint.
  - Of permissions the miner shows only whether there are any. Which ones were set is recorded.
  - Without a fact cache, what can't be read back is applied at each run.
extends_documentation_fragment:
  - minerops.whatsminer.miner
  - minerops.whatsminer.miner.records
  - minerops.whatsminer.attributes
  - minerops.whatsminer.attributes.converges
attributes:
  check_mode:
    details:
      - Passwords are tried in check mode too. Whether one of O(old_password) is right shows only when the
        password is changed.
options:
  account:
    description: The account that is declared.
    type: str
    choices: [user1, user2, user3]
    required: true
    default: null  # else the shared fragment's own, super, would be merged in
  login_account:
    description:
      - The account that does it. Over the connection P(minerops.whatsminer.api#connection) this is the
        connection's option C(account).
    type: str
    default: super
  login_password:
    description: Password of O(login_account), over the connection its option C(password).
    type: str
  password:
    description:
      - The password that O(account) should have, 1 to 32 letters, digits or underscores. The factory's, which
        is the account's name, is refused.
    type: str
  old_password:
    description:
      - The present password of O(account), or up to eight that it may be, which are tried in their sequence.
        If not given, the factory's, which is the account's name.
    type: list
    elements: str
  permissions:
    description:
      - The writing commands of API 3 that O(account) may send, such as V(set.system.led). An empty list
        permits none.
      - If not given, they are left as they are.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Let technicians find machines and restart btminer, and nothing else
  minerops.whatsminer.whatsminer_user:
    account: user1
    password: "{{ vault_technicians_password }}"
    permissions: [set.system.led, set.miner.service]

- name: Give an account another password
  minerops.whatsminer.whatsminer_user:
    account: user1
    old_password: "{{ vault_old_technicians_password }}"
    password: "{{ vault_technicians_password }}"

- name: Permit nothing any more
  minerops.whatsminer.whatsminer_user:
    account: user1
    permissions: []
"""

RETURN = r"""
commands:
  description: The API commands that the miner took, in order.
  returned: always
  type: list
  elements: str
  sample: [set.user.change_passwd, set.user.permission]
held:
  description:
    - What was left as it is, since somebody else has the say over it, and who has. See
      M(minerops.whatsminer.whatsminer_hold).
  returned: when something is held
  type: dict
  sample: {user1.permissions: "held since 14:50 by maintenance until 18:00"}
cause:
  description: What kind of error it was, for use in conditions.
  returned: failure
  type: str
  sample: wrong_password
code:
  description: The message code with which the miner refused.
  returned: when the miner gave one
  type: int
  sample: -4
"""

from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.converge import converge
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import LOGIN_OPTIONS, run_module
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings import user

if TYPE_CHECKING:
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.result import Result

ARGUMENTS = {**user.OPTIONS, **LOGIN_OPTIONS}


async def run(miner: Miner, params: dict[str, Any], check_mode: bool = False) -> Result:
    """Converge the declared account; see converge.converge."""
    return await converge(miner, user.declared(params), params, check_mode=check_mode)


def main() -> None:
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
