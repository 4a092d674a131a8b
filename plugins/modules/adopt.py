#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: adopt
short_description: Write down what all miners of a play have
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Is what the role P(minerops.whatsminer.adopt#role) consists of, and is of no use elsewhere. What it does
    is declared by the role's variables.
  - It runs once for a play, on the controller, and reads all hosts of the play together. Each is reached as
    its own variables say, over the connection P(minerops.whatsminer.api#connection). Nothing is written to
    any miner, and no token is taken.
extends_documentation_fragment:
  - minerops.whatsminer.attributes.role
attributes:
  check_mode:
    details:
      - Files are written outside of check mode only. With C(diff), their contents are shown.
"""

EXAMPLES = r"""
- name: Write down what the miners have
  minerops.whatsminer.adopt:
    role_path: "{{ role_path }}"
  run_once: true
  register: adopt_result
"""

RETURN = r"""
report:
  description:
    - What was done.
    - C(report.adopted) are the hosts whose miners were written down, C(report.lost) those that couldn't be
      read, and are kept out.
    - C(report.files) are the files, each with its C(state), which is V(new), V(changed), V(unchanged) or, if
      it was overwritten nevertheless, V(edited).
    - C(report.left) says by host which settings weren't written down, and why. C(report.needs_vault) are the
      variables that no miner shows, and that belong into a vault.
  returned: success
  type: dict
  sample:
    adopted: [rack1-01, rack1-02]
    lost: [rack1-07]
    files:
      - {path: /srv/farm/group_vars/miners/adopted.yml, state: new}
    left:
      rack1-02: {power.percent: the miner doesn't show all of it now}
    needs_vault:
      ansible_password: the password of the miners' account, to write to them
"""

from ansible_collections.minerops.whatsminer.plugins.module_utils._module import refuse_to_be_shipped

ARGUMENTS = {
    "role_path": {"type": "path", "required": True},
}


def main() -> None:
    refuse_to_be_shipped("adopt", ARGUMENTS)


if __name__ == "__main__":
    main()
