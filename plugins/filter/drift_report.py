# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: drift_report
short_description: What a fleet is beside what is declared of it
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Makes one report of what two tasks of M(minerops.whatsminer.whatsminer_fleet) found out.
  - The role P(minerops.whatsminer.drift#role) shows it as a table, as JSON and as a page.
positional: _input, read, addresses
options:
  _input:
    description: The results of comparing, with C(whatsminer_config) in check mode and with C(diff).
    type: list
    elements: dict
    required: true
  read:
    description: The results of reading, with C(whatsminer_facts).
    type: list
    elements: dict
    required: true
  addresses:
    description: The hosts that are reported, each with its address or null, as
      P(minerops.whatsminer.drift_addresses#filter) gives them.
    type: dict
    required: true
  groups:
    description: Ansible's variable of this name.
    type: dict
    required: true
  at:
    description: When the miners were read.
    type: str
    required: true
  firmware:
    description: The variable C(firmware_declared) of the role P(minerops.whatsminer.firmware#role), if
      versions are to be compared.
    type: dict
  columns:
    description: The columns of each host, as P(minerops.whatsminer.report_columns#filter) gives them.
    type: dict
  health:
    description: The variables of each host, as P(minerops.whatsminer.drift_health_variables#filter) gives,
      if the health of the miners is to be judged. They must have been read with all subsets then.
    type: dict
  holds:
    description: What P(minerops.whatsminer.holds#lookup) says of the hosts, for their health.
    type: list
    elements: dict
"""

EXAMPLES = r"""
- name: Keep the report of a comparison
  ansible.builtin.copy:
    content: >-
      {{ compared.results | minerops.whatsminer.drift_report(read.results,
         ansible_play_hosts | minerops.whatsminer.drift_addresses(hostvars),
         groups=groups, at=now(utc=true).isoformat()) | to_nice_json }}
    dest: /tmp/fleet.json
    mode: "0644"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
_value:
  description: The report.
  type: dict
  contains:
    at:
      description: When the miners were read.
      type: str
    fleet:
      description:
        - A summary of all miners. It counts C(miners), those of each verdict, those C(hashing), C(tuning) and
          C(with_errors), and has C(hashrate_ths), C(power_watts), C(efficiency_j_per_th), C(chip_max_c) and
          C(hottest).
        - C(expected_percent) is the average hash rate in percent of the expected one, of miners that are on,
          show both, and aren't tuning.
        - What no miner shows is null.
      type: dict
    health:
      description: The numbers of miners by verdict on their health. Null if that wasn't judged.
      type: dict
    groups:
      description: Such a summary and the C(name) of each inventory group that holds some of the miners and
        not all.
      type: list
      elements: dict
    miners:
      description:
        - Each miner with its readings, its C(verdict), and what stands behind that.
        - The verdict is V(as_declared), V(drifted), V(held) where somebody else has the say over a setting,
          V(unknown) where neither the miner nor a record shows one, V(undeclared), V(no_answer) or V(failed).
      type: list
      elements: dict
      sample:
        - host: rack1-01
          address: 192.168.1.101
          groups: [rack1]
          columns: {whatsminer_location: "hall 2, shelf 7"}
          health: {verdict: ill, reasons: [{code: fan_stopped, severity: ill, text: the inlet fan stands}]}
          verdict: drifted
          drift: [{setting: power.mode, before: normal, after: low}]
          unknown: {}
          held: {}
          cause: null
          message: ""
          model: M30S+VE40
          firmware_version: 20210322.22.REL
          mac: "C4:05:08:00:02:3B"
          state: "on"
          tuning: false
          power_mode: normal
          power_watts: 3472
          efficiency_j_per_th: 34.65
          chip_max_c: 84.0
          uptime_seconds: 91051
          errors: [{code: 250, component: power supply, meaning: input under voltage}]
          hashrate_ths: 100.2
          average_ths: 99.8
          expected_ths: 101.9
          expected_percent: 98
"""

from typing import TYPE_CHECKING

from ansible.errors import AnsibleFilterError
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.report import make_report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult


def drift_report(
    compared: list[TaskResult],
    read: list[TaskResult],
    addresses: dict[str, str | None],
    groups: dict[str, list[str]],
    at: str,
    firmware: dict[str, Any] | None = None,
    columns: dict[str, dict[str, str]] | None = None,
    *,
    health: dict[str, dict[str, Any]] | None = None,
    holds: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """The report on a fleet.

    Raises AnsibleFilterError where what is declared of the firmware, or of the health, makes no sense.
    """
    try:
        return make_report(
            compared,
            read,
            addresses=addresses,
            groups=groups,
            at=at,
            firmware=firmware,
            columns=columns,
            health=health,
            holds=holds,
        )
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """The filter of this file's name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name -> function, as Ansible wants it."""
        return {"drift_report": drift_report}
