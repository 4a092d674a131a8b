#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: whatsminer_power
short_description: Declare whether and how a Whatsminer runs
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Switches mining on and off, and sets power mode, limit and percentage, and how btminer starts and tunes.
  - What a miner shows is compared with that. What it doesn't show is compared with the record of what was
    applied last, and without a fact cache it is applied at each run. Which values are shown depends on the
    firmware; API 2.2 and API 3 show most.
  - An option that a miner's firmware doesn't know fails, naming the option, the firmware and the API.
extends_documentation_fragment:
  - minerops.whatsminer.miner
  - minerops.whatsminer.miner.records
  - minerops.whatsminer.attributes
  - minerops.whatsminer.attributes.converges
options:
  state:
    description:
      - V(on) mines; V(off) stops mining and switches the power board's output off, while the API stays up.
      - V(preheated) is off and warm, so that V(on) reaches full power soon. A miner that is on is powered off
        first. The API can't show whether a miner is preheated, so without a fact cache preheating is asked
        for at each run. Of a miner that speaks API 3, preheating goes over API 2, if it has that as well.
    type: str
    choices: ["on", "off", preheated]
  mode:
    description: The power mode. Changing it restarts btminer.
    type: str
    choices: [low, normal, high]
  limit_watts:
    description:
      - The most power that the miner may take, in watts, 1 to 99998; or V(reset), back to the machine's own
        limit. Firmware takes none above the machine's own. API 2.0.5 and later.
      - Each command for it restarts mining, so it is sent only where the miner shows another limit. For
        minutes the miner then shows a limit and a hash rate of 0 while it tunes its frequencies. That is
        neither off nor a failure. The module waits for the end of it, for at most O(wait_timeout).
      - V(0) is refused, since firmware takes it as no limit. O(state=off) stops a miner.
      - Whether V(reset) was applied no firmware shows, and older firmware doesn't show the limit either.
        There the record of what was applied last decides. Without a fact cache it is then applied at each
        run, which restarts mining each time.
      - It would start a miner that is powered off. Such a miner is left as it is, with a warning.
    type: str
  target_watts:
    description:
      - The power that the miner aims at, in watts. It is taken to be lost when btminer restarts, and while
        the miner tunes its frequencies, as O(percent) is. API 2.2.2 and API 3.
      - Not together with O(percent).
    type: int
  percent:
    description:
      - Power in percent of what the mode gives, 0 to 100. It is lost when btminer restarts.
      - A miner that tunes its frequencies would lose it as well. So the end of that is waited for before it
        is sent, for at most O(wait_timeout). Then the task fails, and nothing was sent for it.
      - Up to 200 with O(percent_mode=normal) and a liquid-cooled miner.
    type: int
  percent_mode:
    description:
      - How O(percent) is reached. V(fast) takes about a second and is approximate. V(normal) takes minutes
        and loses less; later revisions of API 2.0.5, API 2.2.2 and API 3 have it.
    type: str
    choices: [fast, normal]
    default: fast
  frequency_percent:
    description:
      - Target frequency in percent above or below what the mode gives, -100 to 100; -10 to 100 with API 1.
        More than 0 is for liquid-cooled miners. Changing it restarts btminer, so a miner that is powered off
        is left as it is, with a warning.
    type: int
  fast_boot:
    description:
      - Whether btminer starts fast. It takes effect at the next start. Some firmware shows the old value
        until then, see RV(after_restart).
    type: bool
  upfreq_speed:
    description:
      - How fast btminer tunes its frequencies. 0 is normal, 10 the fastest, with the least exact hash rate
        and power. API 2.0.5 and later; 2.0.5 takes 0 to 9.
      - Not more than 0 together with O(fast_boot).
    type: int
  fast_hash:
    description: Whether the miner reaches its hash rate faster. For VK, VL and VM models with API 2.2.2, and
      with API 3.0.2 and later.
    type: bool
  autostart:
    description: Whether mining starts when the machine starts. API 2.2.2 and API 3.
    type: bool
  heat_mode:
    description:
      - What a liquid-cooled miner heats for. API 2.2.2 and API 3.
      - V(normal), which is no heating, only API 3 has.
    type: str
    choices: [anti-icing, heating, normal]
  respond_before:
    description: Whether the miner answers to power off before it does the work, instead of after. API 3
      leaves no choice.
    type: bool
    default: false
  wait:
    description: Whether to wait until the miner shows what was changed.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait for that, before the task fails, and for a miner that tunes its frequencies, before
        O(percent) and O(target_watts) are sent.
    type: int
    default: 120
"""

EXAMPLES = r"""
- name: Stop mining
  minerops.whatsminer.whatsminer_power:
    state: "off"

- name: Mine in low power mode
  minerops.whatsminer.whatsminer_power:
    state: "on"
    mode: low

- name: Shed a fifth of the power, quickly
  minerops.whatsminer.whatsminer_power:
    percent: 80

- name: Limit the power, and start at the limit soon
  minerops.whatsminer.whatsminer_power:
    limit_watts: 3200
    upfreq_speed: 5
    wait_timeout: 900

- name: Go back to the machine's own limit
  minerops.whatsminer.whatsminer_power:
    limit_watts: reset

- name: Let a liquid-cooled miner take more than its mode gives
  minerops.whatsminer.whatsminer_power:
    percent: 120
    percent_mode: normal
    wait_timeout: 600

- name: Stop mining, but stay warm
  minerops.whatsminer.whatsminer_power:
    state: preheated
    wait_timeout: 600
"""

RETURN = r"""
commands:
  description: The API commands that the miner took, in order.
  returned: always
  type: list
  elements: str
  sample: [set_low_power]
after_restart:
  description:
    - The settings that are set and take effect at the next start only, as far as the miner shows that. They
      are no drift.
  returned: when there are some
  type: list
  elements: str
  sample: [power.fast_boot]
tuning:
  description: V(true) where the miner was still tuning its frequencies, after a new power limit, when
    O(wait_timeout) was over.
  returned: when it was
  type: bool
  sample: true
held:
  description:
    - What was left as it is, since somebody else has the say over it, and who has. See
      M(minerops.whatsminer.whatsminer_hold).
  returned: when something is held
  type: dict
  sample: {power.state: "curtailed since 14:50 by ercot-4cp until 18:00"}
cause:
  description: What kind of error it was, for use in conditions.
  returned: failure
  type: str
  sample: not_converged
code:
  description: The message code with which the miner refused.
  returned: when the miner gave one
  type: int
  sample: 132
"""

from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.converge import converge
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import run_module
from ansible_collections.minerops.whatsminer.plugins.module_utils._settings import power

if TYPE_CHECKING:
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
    from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.result import Result

ARGUMENTS = {**power.OPTIONS, **power.WAIT_OPTIONS}


async def run(miner: Miner, params: dict[str, Any], check_mode: bool = False) -> Result:
    """Converge the declared power settings; see converge.converge."""
    return await converge(
        miner,
        power.declared(params),
        params,
        check_mode=check_mode,
        wait=params["wait"],
        wait_timeout=params["wait_timeout"],
    )


def main() -> None:
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
