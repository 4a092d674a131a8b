#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: whatsminer_facts
short_description: Gather facts of a Whatsminer
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Reads what a miner says of itself and returns it in one form for all generations of firmware, also while
    it is powered off.
  - A value that the firmware doesn't give is absent. A miner that gives none at all fails the task.
  - Needs no password.
extends_documentation_fragment:
  - minerops.whatsminer.miner
  - minerops.whatsminer.miner.records
  - minerops.whatsminer.attributes
  - minerops.whatsminer.attributes.reads
attributes:
  check_mode:
    details:
      - It only reads, so check mode makes no difference.
options:
  gather_subset:
    description:
      - What to gather. C(min), the identity and the state, is always included, unless C(!min) is there.
      - Others are C(all), C(boards), C(errors), C(fans), C(hashrate), C(network), C(pools), C(power), C(psu),
        C(state), C(system), C(temperature) and C(version); C(!) before a name leaves it out.
    type: list
    elements: str
    default: [all]
  raw:
    description:
      - Whether the fact C(raw) holds the miner's replies as they came, but for secrets, which are hidden.
      - They are most of the result. Over thousands of miners at once, leave them out.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Gather everything
  minerops.whatsminer.whatsminer_facts:

- name: Gather what one connection can tell
  minerops.whatsminer.whatsminer_facts:
    gather_subset: [min, power, pools]

- name: Show miners that run hot
  ansible.builtin.debug:
    msg: "{{ ansible_facts.whatsminer.temperature_c.chip_max }} °C"
  when: ansible_facts.whatsminer.temperature_c.chip_max | default(0) > 85
"""

RETURN = r"""
ansible_facts:
  description: Facts of the miner.
  returned: success
  type: dict
  contains:
    whatsminer:
      description: What the miner says of itself, units in the names.
      type: dict
      returned: success
      contains:
          mac:
            description:
              - MAC address, capital letters with colons.
              - 'Shown by: all firmware that is on; API 2.0 and later also off.'
            type: str
            returned: when the firmware shows it
          model:
            description:
              - Model as the firmware spells it, such as C(M30S+_VE40) or C(M60S_VK40).
              - 'Shown by: all.'
            type: str
            returned: when the firmware shows it
          serial:
            description:
              - Serial number of the miner.
              - 'Shown by: API 2.0 and later, where it is known.'
            type: str
            returned: when the firmware shows it
          firmware_version:
            description:
              - Version of the firmware.
              - 'Shown by: all.'
            type: str
            returned: when the firmware shows it
          api_version:
            description:
              - Version of the API on port 4028.
              - 'Shown by: all.'
            type: str
            returned: when the firmware shows it
          platform:
            description:
              - Control board, in lower case, such as C(h616).
              - 'Shown by: all.'
            type: str
            returned: when the firmware shows it
          hostname:
            description:
              - Host name.
              - 'Shown by: API 2.0 and later.'
            type: str
            returned: when the firmware shows it
          state:
            description:
              - "C(on) or C(off): whether it is to mine."
              - 'Shown by: all.'
            type: str
            returned: when the firmware shows it
          tuning:
            description:
              - Whether it is on and still on the way to its frequency, so that it makes less than it will.
              - 'Shown by: API 2.0 and later.'
            type: bool
            returned: when the firmware shows it
          power_mode:
            description:
              - C(low), C(normal) or C(high).
              - 'Shown by: all, while on.'
            type: str
            returned: when the firmware shows it
          power_watts:
            description:
              - Power that it takes, in watts.
              - 'Shown by: all, while on.'
            type: int
            returned: when the firmware shows it
          power_limit_watts:
            description:
              - Power limit that was asked for, in watts.
              - 'Shown by: API 2.0.5 and later, where one was asked for.'
            type: int
            returned: when the firmware shows it
          power_limit_effective_watts:
            description:
              - Power limit in effect, in watts; 0 while mining begins anew.
              - 'Shown by: API 1.4 and later.'
            type: int
            returned: when the firmware shows it
          power_percent:
            description:
              - Power that was asked for, in percent of the normal power.
              - 'Shown by: API 2.2.'
            type: int
            returned: when the firmware shows it
          frequency_percent:
            description:
              - Target frequency, in percent more or less than the normal one.
              - 'Shown by: API 2.0.5 and later.'
            type: int
            returned: when the firmware shows it
          upfreq_speed:
            description:
              - Speed of reaching the frequency, 0 (normal) to 10 (fastest).
              - 'Shown by: API 2.2.'
            type: int
            returned: when the firmware shows it
          fast_hash:
            description:
              - Whether fast hash is switched on.
              - 'Shown by: API 2.2.'
            type: bool
            returned: when the firmware shows it
          fast_boot:
            description:
              - Whether fast boot is switched on.
              - 'Shown by: API 2.0 and later.'
            type: bool
            returned: when the firmware shows it
          hashrate_ths:
            description:
              - Hash rates, in TH/s.
              - 'Shown by: all.'
            type: dict
            returned: when the firmware shows it
            contains:
              average:
                description:
                  - Average since btminer started.
                  - 'Shown by: all.'
                type: float
                returned: when the firmware shows it
              realtime:
                description:
                  - Now.
                  - 'Shown by: all.'
                type: float
                returned: when the firmware shows it
              factory:
                description:
                  - What the factory promises.
                  - 'Shown by: all.'
                type: float
                returned: when the firmware shows it
              expected:
                description:
                  - "What a healthy miner makes as it is set: the factory rate, less what percentage,
                    frequency and limit take away."
                  - 'Shown by: API 2.0 and later, in normal mode while on.'
                type: float
                returned: when the firmware shows it
          efficiency_j_per_th:
            description:
              - Energy, in joules per terahash.
              - 'Shown by: all, while on.'
            type: float
            returned: when the firmware shows it
          uptime_seconds:
            description:
              - Since the miner booted, in seconds.
              - 'Shown by: all, while on.'
            type: int
            returned: when the firmware shows it
          elapsed_seconds:
            description:
              - Since btminer started, in seconds.
              - 'Shown by: all, while on.'
            type: int
            returned: when the firmware shows it
          temperature_c:
            description:
              - Temperatures, in degrees Celsius.
              - 'Shown by: all.'
            type: dict
            returned: when the firmware shows it
            contains:
              environment:
                description:
                  - Air around it.
                  - 'Shown by: API 1.4 and later.'
                type: float
                returned: when the firmware shows it
              board_max:
                description:
                  - Hottest hash board.
                  - 'Shown by: all.'
                type: float
                returned: when the firmware shows it
              chip_max:
                description:
                  - Hottest chip.
                  - 'Shown by: API 1.4 and later.'
                type: float
                returned: when the firmware shows it
              liquid:
                description:
                  - Cooling liquid.
                  - 'Shown by: API 2.2, liquid-cooled.'
                type: float
                returned: when the firmware shows it
          fans_rpm:
            description:
              - Fan speeds, in revolutions a minute; 0 where it is cooled by a liquid.
              - 'Shown by: all.'
            type: dict
            returned: when the firmware shows it
            contains:
              inlet:
                description:
                  - Fan at the air inlet.
                  - 'Shown by: all.'
                type: int
                returned: when the firmware shows it
              outlet:
                description:
                  - Fan at the air outlet.
                  - 'Shown by: all.'
                type: int
                returned: when the firmware shows it
              psu:
                description:
                  - Fan of the power supply.
                  - 'Shown by: all.'
                type: int
                returned: when the firmware shows it
          boards:
            description:
              - Hash boards, by slot.
              - 'Shown by: all, while on.'
            type: list
            elements: dict
            returned: when the firmware shows it
            contains:
              slot:
                description:
                  - Number of the slot, from 0.
                  - 'Shown by: all.'
                type: int
                returned: when the firmware shows it
              temperature_c:
                description:
                  - Temperature, in degrees Celsius.
                  - 'Shown by: all.'
                type: float
                returned: when the firmware shows it
              chip_temperature_max_c:
                description:
                  - Hottest chip, in degrees Celsius.
                  - 'Shown by: API 1.4 and 2.0.'
                type: float
                returned: when the firmware shows it
              frequency_mhz:
                description:
                  - Frequency, in MHz.
                  - 'Shown by: all.'
                type: int
                returned: when the firmware shows it
              hashrate_ths:
                description:
                  - Average hash rate, in TH/s.
                  - 'Shown by: all.'
                type: float
                returned: when the firmware shows it
              hashrate_factory_ths:
                description:
                  - Hash rate that the factory promises, in TH/s.
                  - 'Shown by: API 2.0 and later.'
                type: float
                returned: when the firmware shows it
              upfreq_complete:
                description:
                  - Whether it has reached its frequency.
                  - 'Shown by: API 1.4 and later.'
                type: bool
                returned: when the firmware shows it
              serial:
                description:
                  - Serial number; two boards can share one.
                  - 'Shown by: all.'
                type: str
                returned: when the firmware shows it
              chips:
                description:
                  - Working chips.
                  - 'Shown by: all.'
                type: int
                returned: when the firmware shows it
          pools:
            description:
              - Pools that are set, by priority.
              - 'Shown by: all, while on.'
            type: list
            elements: dict
            returned: when the firmware shows it
            contains:
              priority:
                description:
                  - 0 is the first.
                  - 'Shown by: all.'
                type: int
                returned: when the firmware shows it
              url:
                description:
                  - Address.
                  - 'Shown by: all.'
                type: str
                returned: when the firmware shows it
              user:
                description:
                  - Worker.
                  - 'Shown by: all.'
                type: str
                returned: when the firmware shows it
              status:
                description:
                  - C(Alive) or what else the miner says.
                  - 'Shown by: all.'
                type: str
                returned: when the firmware shows it
              active:
                description:
                  - Whether it is mined at now.
                  - 'Shown by: all.'
                type: bool
                returned: when the firmware shows it
              accepted:
                description:
                  - Accepted shares.
                  - 'Shown by: not API 2.2.'
                type: int
                returned: when the firmware shows it
              rejected:
                description:
                  - Rejected shares.
                  - 'Shown by: not API 2.2.'
                type: int
                returned: when the firmware shows it
              rejected_percent:
                description:
                  - Share of rejected shares, in percent.
                  - 'Shown by: all.'
                type: float
                returned: when the firmware shows it
              difficulty:
                description:
                  - Difficulty.
                  - 'Shown by: all.'
                type: float
                returned: when the firmware shows it
              last_share_epoch:
                description:
                  - When the last share was found, in seconds since 1970.
                  - 'Shown by: all.'
                type: int
                returned: when the firmware shows it
          psu:
            description:
              - Power supply.
              - 'Shown by: all.'
            type: dict
            returned: when the firmware shows it
            contains:
              model:
                description:
                  - Model.
                  - 'Shown by: all.'
                type: str
                returned: when the firmware shows it
              serial:
                description:
                  - Serial number.
                  - 'Shown by: all.'
                type: str
                returned: when the firmware shows it
              vendor:
                description:
                  - Number of the vendor.
                  - 'Shown by: all.'
                type: str
                returned: when the firmware shows it
              firmware:
                description:
                  - Version of its firmware.
                  - 'Shown by: all.'
                type: str
                returned: when the firmware shows it
              hardware:
                description:
                  - Version of its hardware.
                  - 'Shown by: all.'
                type: str
                returned: when the firmware shows it
              temperature_c:
                description:
                  - Temperature, in degrees Celsius.
                  - 'Shown by: all.'
                type: float
                returned: when the firmware shows it
              input_voltage_volts:
                description:
                  - Input voltage, in volts.
                  - 'Shown by: all.'
                type: float
                returned: when the firmware shows it
              input_current_amperes:
                description:
                  - Input current, in amperes.
                  - 'Shown by: all.'
                type: float
                returned: when the firmware shows it
              input_power_watts:
                description:
                  - Input power, in watts.
                  - 'Shown by: API 2.0 and later.'
                type: int
                returned: when the firmware shows it
              fan_rpm:
                description:
                  - Speed of its fan, in revolutions a minute.
                  - 'Shown by: all.'
                type: int
                returned: when the firmware shows it
          errors:
            description:
              - Errors, by code; with times it is a history, not a state.
              - 'Shown by: all.'
            type: list
            elements: dict
            returned: when the firmware shows it
            contains:
              code:
                description:
                  - Error code.
                  - 'Shown by: all.'
                type: int
                returned: when the firmware shows it
              component:
                description:
                  - What is affected.
                  - 'Shown by: all.'
                type: str
                returned: when the firmware shows it
              meaning:
                description:
                  - What the code means, as far as is known.
                  - 'Shown by: all.'
                type: str
                returned: when the firmware shows it
              remedy:
                description:
                  - What to do about it.
                  - 'Shown by: all.'
                type: str
                returned: when the firmware shows it
              since:
                description:
                  - When it came up, by the miner's clock, which stands in 1970 until it is set.
                  - 'Shown by: API 2.0 and later.'
                type: str
                returned: when the firmware shows it
              reason:
                description:
                  - The miner's own words.
                  - 'Shown by: API 2.2, some.'
                type: str
                returned: when the firmware shows it
          network:
            description:
              - Network settings.
              - 'Shown by: API 2.0 and later.'
            type: dict
            returned: when the firmware shows it
            contains:
              address:
                description:
                  - IP address.
                  - 'Shown by: API 2.0 and later.'
                type: str
                returned: when the firmware shows it
              netmask:
                description:
                  - Netmask.
                  - 'Shown by: API 2.0 and later.'
                type: str
                returned: when the firmware shows it
              gateway:
                description:
                  - Gateway.
                  - 'Shown by: API 2.0 and later.'
                type: str
                returned: when the firmware shows it
              dns:
                description:
                  - Name servers.
                  - 'Shown by: API 2.0 and later.'
                type: list
                elements: str
                returned: when the firmware shows it
              proto:
                description:
                  - C(dhcp) or C(static).
                  - 'Shown by: API 2.0 and later.'
                type: str
                returned: when the firmware shows it
              hostname:
                description:
                  - Host name.
                  - 'Shown by: API 2.0 and later.'
                type: str
                returned: when the firmware shows it
              mac:
                description:
                  - MAC address.
                  - 'Shown by: API 2.0 and later.'
                type: str
                returned: when the firmware shows it
              ntp_servers:
                description:
                  - Time servers.
                  - 'Shown by: API 2.2.'
                type: list
                elements: str
                returned: when the firmware shows it
          led:
            description:
              - C(auto), or C(manual) for any pattern.
              - 'Shown by: API 2.0 and later.'
            type: str
            returned: when the firmware shows it
          raw:
            description:
              - The replies as they came, by command; see O(raw).
              - 'Shown by: all.'
            type: dict
            returned: when the firmware shows it
      sample:
        mac: "C4:11:22:00:00:07"
        model: M60S_VK40
        serial: SVM3CSWTRNW4H81FQEBR02YXBUVE00007
        firmware_version: 20251016.14.Rel2
        api_version: 2.2.2
        platform: h616
        hostname: WhatsMiner
        state: "on"
        tuning: false
        power_mode: normal
        power_watts: 3367
        power_limit_watts: 3400
        power_limit_effective_watts: 3400
        power_percent: 100
        frequency_percent: 0
        upfreq_speed: 0
        fast_hash: false
        fast_boot: false
        hashrate_ths: {average: 178.412, realtime: 178.5, factory: 178.2, expected: 178.2}
        efficiency_j_per_th: 18.86
        uptime_seconds: 1903344
        elapsed_seconds: 41250
        temperature_c: {environment: 22.81, board_max: 72.5, chip_max: 83.25}
        fans_rpm: {inlet: 3420, outlet: 3481, psu: 6200}
        boards: [{slot: 0, temperature_c: 55.12, frequency_mhz: 352, hashrate_ths: 58.91,
          hashrate_factory_ths: 59.4, chips: 225}]
        pools: [{priority: 0, url: "stratum+tcp://pool.example.com:3333", user: farm.rack1, status: Alive,
          active: true}]
        psu: {model: P222B, serial: 122408253B7, input_voltage_volts: 224.0, input_current_amperes: 15.044}
        errors:
          - code: 218
            component: power supply
            meaning: input voltage is too low for high power mode (under 230 V)
            remedy: Measure the mains voltage under load; use low or normal power mode where the mains is weak
            since: "2026-01-15 10:30:00"
        network: {address: 192.168.1.101, proto: dhcp}
        led: auto
        raw: {}
"""

from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    NotAMiner,
    WrongMachine,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.result import Result
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import run_module

if TYPE_CHECKING:
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner

ARGUMENTS = {
    "gather_subset": {"type": "list", "elements": "str", "default": ["all"]},
    "raw": {"type": "bool", "default": True},
}


async def run(miner: Miner, params: dict[str, Any], check_mode: bool = False) -> Result:
    """Read the miner and return its facts; what it refused or left unanswered is a warning, never silently
    absent.

    Raises what it refused the first command with, if nothing at all is known of it.
    """
    reading = await miner.gather(params["gather_subset"])
    result = Result()
    known = reading.facts
    if known.keys() <= {"raw", "api"}:
        nothing = NotAMiner("it answers, and nothing in that is a fact of a miner", miner=miner.name)
        raise next(iter(reading.faults.values()), nothing)
    result.warnings += [str(error) for error in reading.faults.values()]
    try:
        miner.recognise(known)
    except WrongMachine as error:
        error.remedy = error.remedy.removeprefix("Nothing was written. ")  # that isn't in question here
        result.warnings.append(str(error))
    raw = known.pop("raw", None)
    if raw is not None and params["raw"]:
        known["raw"] = miner.mask.answer(raw)
    result.values["ansible_facts"] = {"whatsminer": known}
    return result


def main() -> None:
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
