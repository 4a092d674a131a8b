#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: whatsminer_fleet
short_description: Run a module over thousands of Whatsminers at once
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - One task, in one process, does for all hosts concurrently what a task of its own would do for each. The
    engine, the checks, the tokens and the records are the same.
  - It runs once for a play, or for each batch of one with C(serial), whatever its hosts. Each host is reached
    as its own variables say, over the connection P(minerops.whatsminer.api#connection).
  - A line is shown for each host that was changed, failed or couldn't be reached, as soon as that is known. A
    warning is shown once, with the number of miners that it's about. The last line is a sum that begins with
    C(of all hosts together), as does the message of a task that failed.
  - Ansible shows the result under the first host of the play, and its recap counts the task for that host
    only. Where that host wasn't changed, or didn't fail, the sum says so. Only that host has the result that
    the task registers, unless the task says C(run_once=true) as well.
  - Facts of each host are in RV(results). Ansible takes a task's facts for the task's own host only, so those
    of a fleet task go into the fact cache, if a persistent one is on. From there they become variables of
    each host, in later runs and in this one, but for hosts whose facts Ansible has looked up before in this
    run. With C(run_once=true) the first host of the play is one of these. Where that isn't enough, a task can
    hand them over, as in the last of the examples. Records of what was applied reach later tasks of this
    collection in any case.
  - Interrupted by Ctrl-C or SIGTERM, it stops at once and says by name which hosts were done, halfway, and
    not begun.
extends_documentation_fragment:
  - minerops.whatsminer.attributes
attributes:
  direct:
    support: full
    details:
      - It always runs on the controller.
  idempotent:
    description: Run again, it changes nothing.
    support: full
    details:
      - As the module is that it runs.
options:
  hosts:
    description:
      - Names of hosts in the inventory; they needn't be in the play's C(hosts).
      - If not given, all hosts of the play, or of the batch with C(serial), that haven't failed.
    type: list
    elements: str
  module:
    description: A module of this collection, such as V(whatsminer_power).
    type: str
    required: true
  params:
    description:
      - Its options. Templates in it are worked out for each host, with all variables that a task of its own
        would see. With ansible-core before 2.19 the first host of the play must have the variables in it,
        too.
      - What all modules of the collection take, such as C(reply_timeout), is taken from C(module_defaults) of
        the group C(group/minerops.whatsminer.whatsminer) for each host.
    type: dict
    default: {}
  concurrency:
    description: How many miners are served at once. Fewer, if this process may not open so many files.
    type: int
    default: 512
  max_fail_percentage:
    description:
      - No more miners are begun with once more than this share of all failed or couldn't be reached, and the
        task fails. V(100) never stops it, and never fails the task, but for a misspelt variable.
      - If it isn't given, all are served, and the task fails if one failed, or if none could be reached.
      - A task that fails ends the play for all its hosts.
    type: float
  quiet:
    description:
      - Show no line for each host that isn't simply ok, no warning and no diff, for tasks whose RV(results)
        are shown elsewhere. The sum is shown if something was changed.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Stop mining on the whole site
  minerops.whatsminer.whatsminer_fleet:
    module: whatsminer_power
    params:
      state: "off"
    max_fail_percentage: 5

- name: Converge two groups, whatever the play's hosts are
  minerops.whatsminer.whatsminer_fleet:
    hosts: "{{ groups.rack1 + groups.rack2 }}"
    module: whatsminer_pools
    params:
      pools:
        - url: stratum+tcp://pool.example.com:3333
          user: "farm.{{ inventory_hostname }}"
  register: fleet

- name: Say who is missing
  ansible.builtin.debug:
    var: fleet.unreachable_hosts

- name: Read all facts
  minerops.whatsminer.whatsminer_fleet:
    module: whatsminer_facts
    params:
      raw: false
  register: fleet

- name: Give each host its own, whatever the fact cache is
  ansible.builtin.set_fact:
    whatsminer: "{{ item.ansible_facts.whatsminer }}"
    cacheable: true
  loop: "{{ fleet.results | selectattr('ansible_facts', 'defined') }}"
  loop_control:
    label: "{{ item.host }}"
  delegate_to: "{{ item.host }}"
  delegate_facts: true
  run_once: true
"""

RETURN = r"""
results:
  description:
    - What a task of its own would have returned for each host, and the O(hosts) name as C(host). They are in
      the order of O(hosts), as are the lists of hosts.
  returned: always
  type: list
  elements: dict
  sample: [{host: rack1-01, changed: true, commands: [power_off]}]
changed_hosts:
  description: The hosts that were changed.
  returned: always
  type: list
  elements: str
  sample: [rack1-01]
failed_hosts:
  description: The hosts that failed.
  returned: always
  type: list
  elements: str
  sample: []
unreachable_hosts:
  description: The hosts that couldn't be reached.
  returned: always
  type: list
  elements: str
  sample: [rack1-02]
not_done_hosts:
  description: The hosts that weren't done, because the task was stopped.
  returned: always
  type: list
  elements: str
  sample: []
counts:
  description:
    - How many hosts there are of each kind. C(done) counts those that are now as they should be, changed or
      not; those that failed, couldn't be reached, or weren't begun with aren't among them.
  returned: always
  type: dict
  sample: {total: 2, done: 1, changed: 1, failed: 0, unreachable: 1}
"""

from ansible_collections.minerops.whatsminer.plugins.module_utils._module import refuse_to_be_shipped

ARGUMENTS = {
    "hosts": {"type": "list", "elements": "str"},
    "module": {"type": "str", "required": True},
    "params": {"type": "dict", "default": {}},
    "concurrency": {"type": "int", "default": 512},
    "max_fail_percentage": {"type": "float"},
    "quiet": {"type": "bool", "default": False},
}


def main() -> None:
    refuse_to_be_shipped("whatsminer_fleet", ARGUMENTS, no_log=True)


if __name__ == "__main__":
    main()
