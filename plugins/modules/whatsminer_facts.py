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
  - A value that the firmware doesn't give is absent, and so is one that no miner can have, such as a power of
    a gigawatt. A miner that gives none at all fails the task.
  - What would act on a screen, in any text of a miner, is there as its escape, such as C(\x1b).
  - Over API 3 and API 2 the facts are the same, as far as both show them; C(api) tells which one was spoken.
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
      - Names in them that mean something to Ansible's caches, such as C(__ansible_type), lose their leading
        underscores.
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
      description:
        - What the miner says of itself, units in the names.
        - A value is returned where the firmware of the miner shows it, which is said for each.
      type: dict
      returned: success
      contains:
          mac: {type: str, returned: by all that are on; by API 2.0 and later also while off,
            description: "MAC address, capital letters with colons."}
          model: {type: str, returned: by all,
            description: "Model as the firmware spells it, such as C(M30S+_VE40) or C(M60S_VK40)."}
          serial: {type: str, returned: "by API 2.0 and later, where it is known",
            description: Serial number of the miner.}
          firmware_version: {type: str, returned: by all, description: Version of the firmware.}
          api_version: {type: str, returned: by all,
            description: "Version of the API that was spoken, such as C(2.2.2) or C(3.0.2)."}
          api:
            description: The API that was spoken.
            type: dict
            returned: by all
            contains:
              generation: {type: int, returned: by all, description: 2 or 3.}
              version: {type: str, returned: by all, description: "Version, as in C(api_version)."}
              port: {type: int, returned: by all, description: Its TCP port.}
              writable: {type: bool, returned: by API 3,
                description: Whether the miner's API switch lets it take commands that change it.}
          platform: {type: str, returned: by all,
            description: "Control board, in lower case, such as C(h616)."}
          hostname: {type: str, returned: by API 2.0 and later, description: Host name.}
          state: {type: str, returned: by all, description: "C(on) or C(off): whether it is to mine."}
          tuning: {type: bool, returned: by API 2.0 and later,
            description: "Whether it is on and still on the way to its frequency, so that it makes less than
              it will."}
          power_mode: {type: str, returned: "by all, while on", description: "C(low), C(normal) or C(high)."}
          power_watts: {type: int, returned: "by all, while on",
            description: "Power that it takes, in watts."}
          power_limit_watts: {type: int, returned: "by API 2.0.5 and later, where one was asked for",
            description: "Power limit that was asked for, in watts."}
          power_limit_effective_watts: {type: int, returned: by API 1.4 and later,
            description: "Power limit in effect, in watts; 0 while mining begins anew."}
          power_target_watts: {type: int, returned: "by API 3.0.3 and later, where one is set",
            description: "Power to which it tunes itself, in watts."}
          power_percent: {type: int, returned: by API 2.2 and later,
            description: "Power that was asked for, in percent of the normal power."}
          frequency_percent: {type: int, returned: by API 2.0.5 and later,
            description: "Target frequency, in percent more or less than the normal one."}
          upfreq_speed: {type: int, returned: by API 2.2 and later,
            description: "Speed of reaching the frequency, 0 (normal) to 10 (fastest)."}
          fast_hash: {type: bool, returned: by API 2.2 and later,
            description: Whether fast hash is switched on.}
          fast_boot: {type: bool, returned: by API 2.0 and later,
            description: Whether fast boot is switched on.}
          heat_mode: {type: str, returned: "by API 3, if liquid-cooled",
            description: "C(heating), C(normal) or C(anti-icing)."}
          coin_type: {type: str, returned: by API 3, description: "Coin that is mined, such as C(BTC)."}
          hashrate_ths:
            description: Hash rates, in TH/s.
            type: dict
            returned: by all
            contains:
              average: {type: float, returned: by all, description: Average since btminer started.}
              realtime: {type: float, returned: by all, description: Now.}
              factory: {type: float, returned: by all, description: What the factory promises.}
              expected: {type: float, returned: "by API 2.0 to 2.2, in normal mode while on",
                description: "What a healthy miner makes as it is set: the factory rate, less what
                  percentage, frequency and limit take away."}
          efficiency_j_per_th: {type: float, returned: "by all, while on",
            description: "Energy, in joules per terahash."}
          uptime_seconds: {type: int, returned: "by all, while on",
            description: "Since the miner booted, in seconds."}
          elapsed_seconds: {type: int, returned: "by all, while on",
            description: "Since btminer started, in seconds."}
          temperature_c:
            description: Temperatures, in degrees Celsius.
            type: dict
            returned: by all
            contains:
              environment: {type: float, returned: by API 1.4 and later, description: Air around it.}
              board_max: {type: float, returned: by all, description: Hottest hash board.}
              chip_max: {type: float, returned: by API 1.4 and later, description: Hottest chip.}
              liquid: {type: float, returned: "by API 2.2 and later, if liquid-cooled",
                description: Cooling liquid.}
          fans_rpm:
            description: Fan speeds, in revolutions a minute; 0 where it is cooled by a liquid.
            type: dict
            returned: by all
            contains:
              inlet: {type: int, returned: by all, description: Fan at the air inlet.}
              outlet: {type: int, returned: by all, description: Fan at the air outlet.}
              psu: {type: int, returned: by all, description: Fan of the power supply.}
          boards:
            description: Hash boards, by slot.
            type: list
            elements: dict
            returned: "by all, while on"
            contains:
              slot: {type: int, returned: by all, description: "Number of the slot, from 0."}
              temperature_c: {type: float, returned: by all, description: "Temperature, in degrees Celsius."}
              chip_temperature_max_c: {type: float, returned: "by API 1.4, 2.0 and 3",
                description: "Hottest chip, in degrees Celsius."}
              frequency_mhz: {type: int, returned: by all, description: "Frequency, in MHz."}
              hashrate_ths: {type: float, returned: by all, description: "Average hash rate, in TH/s."}
              hashrate_factory_ths: {type: float, returned: by API 2.0 and later,
                description: "Hash rate that the factory promises, in TH/s."}
              upfreq_complete: {type: bool, returned: by API 1.4 to 2.2,
                description: Whether it has reached its frequency.}
              serial: {type: str, returned: by all, description: Serial number; two boards can share one.}
              chips: {type: int, returned: by all, description: Working chips.}
          pools:
            description: Pools that are set, by priority.
            type: list
            elements: dict
            returned: "by all, while on"
            contains:
              priority: {type: int, returned: by all, description: 0 is the first.}
              url: {type: str, returned: by all, description: Address.}
              user: {type: str, returned: by all, description: Worker.}
              status: {type: str, returned: by all, description: C(Alive) or what else the miner says.}
              active: {type: bool, returned: by all, description: Whether it is mined at now.}
              accepted: {type: int, returned: "by all but API 2.2; with API 3, if port 4028 tells it",
                description: Accepted shares.}
              rejected: {type: int, returned: "by all but API 2.2; with API 3, if port 4028 tells it",
                description: Rejected shares.}
              rejected_percent: {type: float, returned: by all,
                description: "Share of rejected shares, in percent."}
              difficulty: {type: float, returned: by all, description: Difficulty.}
              last_share_epoch: {type: int, returned: by all,
                description: "When the last share was found, in seconds since 1970."}
          cooling:
            description: Cooling, as it is set.
            type: dict
            returned: by API 3
            contains:
              poweroff_cool: {type: bool, returned: by API 3,
                description: Whether it is cooled on while mining is stopped.}
              fan_zero_speed: {type: bool, returned: by API 3, description: Whether fans may stand still.}
              temp_offset: {type: int, returned: by API 3,
                description: "Offset of the target temperature, -30 to 0."}
          psu:
            description: Power supply.
            type: dict
            returned: by all
            contains:
              model: {type: str, returned: by all, description: Model.}
              serial: {type: str, returned: by all, description: Serial number.}
              vendor: {type: str, returned: by all, description: Number of the vendor.}
              firmware: {type: str, returned: by all, description: Version of its firmware.}
              hardware: {type: str, returned: by all, description: Version of its hardware.}
              temperature_c: {type: float, returned: by all, description: "Temperature, in degrees Celsius."}
              input_voltage_volts: {type: float, returned: by all, description: "Input voltage, in volts."}
              input_current_amperes: {type: float, returned: by all,
                description: "Input current, in amperes."}
              input_power_watts: {type: int, returned: by API 2.0 and later,
                description: "Input power, in watts."}
              fan_rpm: {type: int, returned: by all,
                description: "Speed of its fan, in revolutions a minute."}
          errors:
            description: Errors, by code; with times it is a history, not a state.
            type: list
            elements: dict
            returned: by all
            contains:
              code: {type: int, returned: by all, description: Error code.}
              component: {type: str, returned: by all, description: What is affected.}
              meaning: {type: str, returned: by all, description: "What the code means, as far as is known."}
              remedy: {type: str, returned: by all, description: What to do about it.}
              since: {type: str, returned: by API 2.0 and later,
                description: "When it came up, by the miner's clock, which stands in 1970 until it is set."}
              reason: {type: str, returned: "by some of API 2.2, and by API 3.0.1 and later",
                description: "The miner's own words."}
          network:
            description: Network settings.
            type: dict
            returned: by API 2.0 and later
            contains:
              address: {type: str, returned: by API 2.0 and later, description: IP address.}
              netmask: {type: str, returned: by API 2.0 and later, description: Netmask.}
              gateway: {type: str, returned: by API 2.0 and later, description: Gateway.}
              dns: {type: list, elements: str, returned: by API 2.0 and later, description: Name servers.}
              proto: {type: str, returned: by API 2.0 and later, description: C(dhcp) or C(static).}
              hostname: {type: str, returned: by API 2.0 and later, description: Host name.}
              mac: {type: str, returned: by API 2.0 and later, description: MAC address.}
              ntp_servers: {type: list, elements: str, returned: by API 2.2 and later,
                description: Time servers.}
          led: {type: str, returned: by API 2.0 and later,
            description: "C(auto), or C(manual) for any pattern."}
          web_access: {type: bool, returned: by API 3,
            description: Whether the web page may change pools.}
          timezone: {type: str, returned: by API 3, description: "Time zone, such as C(CST-8)."}
          zonename: {type: str, returned: by API 3, description: "Its name, such as C(Asia/Shanghai)."}
          remote_log:
            description: Where the log is sent.
            type: dict
            returned: "by API 3, where it is set"
            contains:
              address: {type: str, returned: by API 3, description: IP address.}
              port: {type: int, returned: by API 3, description: Port.}
              proto: {type: str, returned: by API 3, description: C(tcp) or C(udp).}
          delay_seconds:
            description: "By how much starts and stops are spread at random, in seconds."
            type: dict
            returned: by API 3
            contains:
              start: {type: int, returned: by API 3, description: Of starts.}
              stop: {type: int, returned: by API 3, description: Of stops.}
          permissions: {type: dict, returned: by API 3,
            description: "What each account may do, by its name: a number whose bits no document explains, 0
              for nothing."}
          raw: {type: dict, returned: by all,
            description: "The replies as they came, by command; see O(raw)."}
      sample:
        mac: "C4:11:22:00:00:07"
        model: M60S_VK40
        serial: SVM3CSWTRNW4H81FQEBR02YXBUVE00007
        firmware_version: 20251016.14.Rel2
        api_version: 2.2.2
        api: {generation: 2, version: 2.2.2, port: 4028}
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
        known["raw"] = {command: miner.mask.answer(reply) for command, reply in raw.items()}
    result.values["ansible_facts"] = {"whatsminer": known}
    return result


def main() -> None:
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
