#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: whatsminer_hold
short_description: Say that somebody else has the say over a Whatsminer for a while
version_added: 0.1.0
author:
  - The minerops.whatsminer authors (@minerops)
description:
  - Takes or ends a hold on a miner. A hold of kind V(power) is what a curtailment takes, one of kind V(all)
    is for maintenance.
  - A miner may have several holds, one for each reason. Each ends by itself at its O(until), or when it is
    ended.
  - A hold past its end no longer holds. It stays in the list, with a warning, until it is ended.
  - Holds are kept on the controller, in the directory O(holds), one file for each miner. Nothing is sent to
    the miner. Where the inventory doesn't tell its MAC address, it is read from the miner, if that answers,
    so that the hold is found under a new name of the host too.
extends_documentation_fragment:
  - minerops.whatsminer.miner
  - minerops.whatsminer.miner.records
  - minerops.whatsminer.attributes
attributes:
  direct:
    support: full
    details:
      - It always runs on the controller.
  idempotent:
    description: Run again, it changes nothing.
    support: partial
    details:
      - A span from now, such as V(+2h) in O(until), moves the end at each run.
options:
  state:
    description: V(present) takes the hold, or changes it; V(absent) ends it.
    type: str
    choices: [present, absent]
    default: present
  reason:
    description: Why, and by whom, the miner is held. It names the hold, for each miner has one hold a reason.
    type: str
    default: maintenance
  kind:
    description: V(all) is a hold on everything that can be written to the miner; V(power) on its power
      settings only.
    type: str
    choices: [power, all]
    default: all
  until:
    description:
      - When the hold ends by itself. V(2026-12-01T18:00) is a time of the controller's time zone, V('18:00')
        in quotes the next time of the day that it is so late, and V(+2h), V(+90m) or V(+1d12h) a span from
        now.
      - If not given, it holds until it is ended.
    type: str
  comment:
    description: What else people should know.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Nothing is to be written to this miner while it is repaired
  minerops.whatsminer.whatsminer_hold:
    until: +4h
    comment: fan of board 2

- name: It is repaired
  minerops.whatsminer.whatsminer_hold:
    state: absent

- name: The grid has the say over its power until the evening
  minerops.whatsminer.whatsminer_hold:
    kind: power
    reason: ercot-4cp
    until: "18:00"
"""

RETURN = r"""
holds:
  description:
    - All holds that the miner has now, or in check mode would have. C(over) says of one that it holds no
      longer.
  returned: success
  type: list
  elements: dict
  sample:
    - kind: all
      reason: maintenance
      since: "2026-12-01T14:50:00+01:00"
      until: "2026-12-01T18:00:00+01:00"
      comment: fan of board 2
      over: false
cause:
  description: What kind of error it was, for use in conditions.
  returned: failure
  type: str
  sample: hold_store
"""

import contextlib
import time
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import WhatsminerError
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.hold_store import HoldStore
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.holds import (
    KINDS,
    Held,
    Hold,
    checked_comment,
    checked_reason,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.moments import iso, moment, told
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.restarts import read_identity
from ansible_collections.minerops.whatsminer.plugins.module_utils._engine.result import Result
from ansible_collections.minerops.whatsminer.plugins.module_utils._module import run_module

if TYPE_CHECKING:
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.module_utils._api.miner import Miner

ARGUMENTS = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "reason": {"type": "str", "default": "maintenance"},
    "kind": {"type": "str", "choices": list(KINDS), "default": "all"},
    "until": {"type": "str"},
    "comment": {"type": "str", "default": ""},
}


async def run(miner: Miner, params: dict[str, Any], check_mode: bool = False) -> Result:
    """Take, change or end the hold of the declared reason."""
    now = time.time()
    reason = checked_reason(params["reason"])
    wanted = _declared(params, reason, now) if params["state"] == "present" else None
    store = HoldStore(params["holds"])
    name = params["hold_as"] or params["host"]
    before = store.find(name, miner.identity.pinned_mac) or Held(name, miner.identity.pinned_mac)
    after = _changed(before, reason, wanted, now=now)
    result = Result(changed=after != before)
    if result.changed:
        result.before = {reason: _shown(before.by(reason), now)}
        result.after = {reason: _shown(after.by(reason), now)}
    if result.changed and not check_mode:
        mac = before.mac
        if mac is None and wanted is not None:
            mac = await _mac_of(miner)
        # Once more what is to be changed: another process may have changed it meanwhile.
        (after,) = store.change([(name, mac)], lambda held: _changed(held, reason, wanted, now=now))
    result.values["holds"] = [_shown(hold, now) for hold in after.holds]
    result.warnings += [
        f"the hold by {hold.reason} has been over since {told(hold.until or 0, now)}: it no longer holds, "
        "and nobody ended it"
        for hold in after.over(now)
    ]
    return result


def _declared(params: dict[str, Any], reason: str, now: float) -> Hold:
    until = None if params["until"] is None else moment(params["until"], now)
    return Hold(params["kind"], reason, int(now), until, checked_comment(params["comment"]))


def _changed(held: Held, reason: str, wanted: Hold | None, *, now: float) -> Held:
    """*held* with the hold *wanted* of *reason*, or without one."""
    present = held.by(reason)
    if wanted is None or present is None or present.is_over(now):
        return held.without(reason) if wanted is None else held.with_hold(wanted)
    # It goes on: since when it holds, and what the miner was then, stays.
    kept = Hold(wanted.kind, reason, present.since, wanted.until, wanted.comment, present.before)
    return held if kept == present else held.with_hold(kept)


async def _mac_of(miner: Miner) -> str | None:
    """The MAC address that *miner* shows; None where it doesn't answer. A hold needs no answer."""
    with contextlib.suppress(WhatsminerError):
        return (await read_identity(miner)).get("mac")
    return None


def _shown(hold: Hold | None, now: float) -> dict[str, Any]:
    if hold is None:
        return {}
    return {
        "kind": hold.kind,
        "reason": hold.reason,
        "since": iso(hold.since),
        "until": None if hold.until is None else iso(hold.until),
        "comment": hold.comment,
        "over": hold.is_over(now),
    }


def main() -> None:
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
