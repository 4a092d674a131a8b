# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulated miner of both APIs shows the same facts over each, but for those in the table here."""

from __future__ import annotations

import contextlib

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2.token_store import Tokens

QUICK = {"restart_seconds": 0.0, "upfreq_seconds": 0.0, "power_off_seconds": 0.0, "ssh_listens": False}
# The newest firmware shows the most.
OPTIONS = {**QUICK, "api3_version": "3.0.5", "api3_form": "m50"}
STATE = {
    "mode": "Low",
    "percent": 80,
    "frequency_percent": -5,
    "power_limit": 3400,
    "upfreq_speed": 3,
    "fast_hash": True,
    "fast_boot": True,
    "remote_log": {"ip": "192.168.1.2", "port": 514, "proto": "udp"},
    "errors": [{"code": "110", "since": "2026-11-28 10:00:00", "reason": "Fanin detect speed error."}],
}

ONLY_3 = "no command of port 4028 shows it"
ONLY_2 = "API 3 doesn't show it"
ROUNDED = "one of them is rounded, or taken from another place"

# Each fact that differs, and why.
WHY = {
    "api.generation": "that is the difference",
    "api.port": "that is the difference",
    "api.version": "each API has a version of its own",
    "api.writable": ONLY_3,
    "api_version": "each API has a version of its own",
    "boards[].chip_temperature_max_c": ONLY_3,
    "boards[].hashrate_ths": ROUNDED,
    "boards[].upfreq_complete": "API 3 shows it of the miner as a whole, as the fact tuning",
    "coin_type": ONLY_3,
    "cooling.fan_zero_speed": ONLY_3,
    "cooling.poweroff_cool": ONLY_3,
    "cooling.temp_offset": ONLY_3,
    "delay_seconds.start": ONLY_3,
    "delay_seconds.stop": ONLY_3,
    "efficiency_j_per_th": ROUNDED,
    "errors[].reason": ONLY_3,
    "heat_mode": ONLY_3,
    "permissions.super": ONLY_3,
    "permissions.user1": ONLY_3,
    "permissions.user2": ONLY_3,
    "permissions.user3": ONLY_3,
    "pools[].accepted": ONLY_2,
    "pools[].difficulty": ONLY_2,
    "pools[].rejected": ONLY_2,
    "power_target_watts": ONLY_3,
    "power_watts": ROUNDED,
    "psu.input_current_amperes": ROUNDED,
    "remote_log.address": ONLY_3,
    "remote_log.port": ONLY_3,
    "remote_log.proto": ONLY_3,
    "timezone": ONLY_3,
    "web_access": ONLY_3,
    "zonename": ONLY_3,
}
_ROUNDING = 0.01


def flat(value, path=""):
    """(``psu.model``, value) of all that is in facts; of a list of dicts ``pools[].url`` with all values."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from flat(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        names = {name for record in value for name in record}
        for name in names:
            yield f"{path}[].{name}", [record.get(name) for record in value]
    else:
        yield path, value


@contextlib.asynccontextmanager
async def both(token_directory, options=None, state=None):
    """{generation: facts, flat} of one simulated miner."""
    import simulator

    spec = simulator.MinerSpec(
        name="m",
        generation="3",
        address="127.0.0.1",
        port=0,
        options={**OPTIONS, **(options or {})},
        state=STATE if state is None else state,
    )
    shown = {}
    async with simulator.Fleet([spec], seed=1) as fleet:
        for generation, port in ((2, fleet["m"].port), (3, fleet["m"].port3)):
            miner = Miner("127.0.0.1", port, api=str(generation), tokens=Tokens(token_directory))
            reading = await miner.gather(["all"])
            miner.close()
            assert not reading.faults
            shown[generation] = {path: value for path, value in flat(reading.facts) if path[:4] != "raw."}
    yield shown


def differing(shown, paths):
    """Those of *paths* whose values differ. Shares come in between."""
    return {
        path
        for path in paths
        if shown[2].get(path) != shown[3].get(path) and path != "pools[].last_share_epoch"
    }


def is_close(one, other):
    """Whether two numbers, or two lists of them, differ by rounding only."""
    pairs = zip(one, other) if isinstance(one, list) else [(one, other)]
    return all(abs(left - right) <= _ROUNDING * abs(right) for left, right in pairs)


async def test_each_fact_is_the_same_over_both_apis_or_the_table_says_why_not(token_directory):
    async with both(token_directory) as shown:
        assert differing(shown, set(shown[2]) | set(shown[3])) == set(WHY)
        for path, why in WHY.items():
            has = [generation for generation in (2, 3) if path in shown[generation]]
            assert has == {ONLY_2: [2], ONLY_3: [3]}.get(why, has), path
            if why == ROUNDED:
                assert is_close(shown[2][path], shown[3][path]), path
        # What the settings of the state are, and not only that both say the same.
        for generation in (2, 3):
            assert shown[generation]["power_mode"] == "low"
            assert shown[generation]["power_percent"] == 80
            assert shown[generation]["frequency_percent"] == -5
            assert shown[generation]["power_limit_watts"] == 3400


@pytest.mark.parametrize("version", ["3.0.0", "3.0.1", "3.0.2", "3.0.3", "3.0.5"])
@pytest.mark.parametrize("form", ["m50", "m60s", "document"])
async def test_whatever_firmware_shows_over_api_3_is_what_it_shows_over_api_2(token_directory, version, form):
    async with both(token_directory, {"api3_version": version, "api3_form": form}) as shown:
        assert differing(shown, set(shown[2]) & set(shown[3])) <= set(WHY)


@pytest.mark.parametrize("form", ["m50", "m60s", "document"])
async def test_a_miner_that_is_off_shows_the_same_state_and_identity_over_both(token_directory, form):
    async with both(token_directory, {"api3_form": form}, {"powered": False}) as shown:
        for path in ("state", "mac", "model", "firmware_version", "hostname", "network.address"):
            assert shown[2][path] == shown[3][path], path
        assert shown[2]["state"] == "off"
