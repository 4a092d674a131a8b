# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find out whether the machine that answers is the one that is meant (`Identity`), before it is written to.

The miner is read until it shows that. Another machine may have taken its address since:

    API 3 is asked once more, over the connection that the write takes;
    API 2 is asked once more after each new token, where the machine is declared: a token is its machine's
    own, which another one refuses.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from .catalogue import generation_of
from .errors import NotAMiner, Unreachable
from .identity import REVEALING

if TYPE_CHECKING:
    from .._facts.shapes import Facts
    from .miner import Miner


async def before_write(miner: Miner, command: str) -> None:
    """Make sure that *command* reaches the machine that is meant.

    Raises WrongMachine, and what reading does.
    """
    if generation_of(command) == 3:
        await _look_again(miner, command)
    identity = miner.identity
    if identity.may_be_written:
        return
    await see_serial(miner)
    known = {} if identity.is_recognised else (await miner.read("elapsed_seconds")).facts
    if not identity.may_be_written:
        if command != REVEALING:
            with contextlib.suppress(Unreachable, NotAMiner):  # it tells no more than why no MAC is shown
                known = {**(await miner.read("state")).facts, **known}
        identity.require(command, known)


async def after_token(miner: Miner, command: str) -> None:
    """Make sure that the machine that gave a token is the one that is declared, before *command* is written
    with it. Raises as `before_write`.
    """
    if miner.identity.is_declared:
        miner.identity.forget()
        await before_write(miner, command)


async def require_may_write(miner: Miner, command: str, known: Facts) -> None:
    """Raise WrongMachine or AccessDenied if *command* must not be sent, as far as *known*, facts of *miner*,
    tell.
    """
    await see_serial(miner)
    miner.identity.require(command, known)
    if generation_of(command) == 3:
        miner.choice.three.require_writable(command)


async def confirm(miner: Miner, known: Facts) -> bool:
    """Whether the machine that *known*, facts of just now, describe is the pinned one, whatever was known of
    it before. Raises WrongMachine if it's another one.
    """
    miner.recognise(known)
    if miner.identity.pinned_mac is None or "mac" in known:
        return True
    shown = await miner.read("mac")
    return "mac" in shown.facts or miner.identity.is_vouched_for()


async def see_serial(miner: Miner) -> None:
    """Ask for the serial number if it is pinned and wasn't seen: reading alone needn't pay for that."""
    if miner.identity.is_serial_open:
        with contextlib.suppress(Unreachable, NotAMiner):
            await miner.read("serial")
        miner.identity.is_serial_open = False


async def _look_again(miner: Miner, command: str) -> None:
    """Forget which machine it was if another one is at the other end of the connection for *command*."""
    async with miner.reaching(command):
        mac = await miner.choice.three.look()
    if None not in (mac, miner.identity.pinned_mac) and mac != miner.identity.pinned_mac:
        miner.identity.forget()
        await miner.read("mac")  # which tells what machine it is now
