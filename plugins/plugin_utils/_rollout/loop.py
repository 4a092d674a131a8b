# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The loop of a rollout: look, choose a batch, save, flash, save, wait at the gate, save, and again.

Whenever this is killed, what was saved last is enough to go on: run the same again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Protocol

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout import (
    batches,
    gate,
    report,
    rollback,
    saved_state,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.readings import readings
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.survey import (
    Status,
    Survey,
    survey,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.declaration import (
        Declared,
        Entry,
        Image,
    )
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.keeper import Keeper
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.readings import Reading
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.rules import Rules
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._rollout.saved_state import SavedState
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import TaskResult


class Fleet(Protocol):
    """The miners, the images and the people, as the loop knows them."""

    check_mode: bool

    def now(self) -> float:
        """The present moment."""

    def clock(self) -> float:
        """Seconds that only go forward."""

    def read(self, hosts: Sequence[str]) -> list[TaskResult]:
        """The results of whatsminer_facts for *hosts*."""

    def flash(self, options: Mapping[str, dict[str, Any]]) -> list[TaskResult]:
        """The results of whatsminer_firmware, with the *options* of each host."""

    def image(self, entry: Entry) -> Image:
        """The image of *entry*, verified. Raises ValueError."""

    def pause(self, seconds: float) -> None:
        """Let so much time go by."""

    def say(self, text: str) -> None:
        """Show a line of progress."""

    def show(self, lines: Sequence[str]) -> None:
        """Show a table."""

    def stands(self, text: str) -> None:
        """Keep *text*, what is to be said if this is interrupted from now on."""


class Rollout:
    """A rollout of what is *declared* over *hosts*, of which those *asked* are read.

    *problem* says why it stopped before all miners that can be flashed were, and is empty else. *surveyed* is
    None where it stopped before the miners were seen, and *changed* says whether an image was sent.
    """

    def __init__(
        self,
        fleet: Fleet,
        keeper: Keeper,
        declared: Declared,
        rules: Rules,
        *,
        hosts: Sequence[str],
        asked: Sequence[str],
    ) -> None:
        self._fleet = fleet
        self._keeper = keeper
        self._declared = declared
        self._rules = rules
        self._hosts = list(hosts)
        self._asked = list(asked)
        self._seen: dict[str, Reading] = {}
        self._held: dict[str, str] = {}
        self.state: SavedState = {}
        self.surveyed: Survey | None = None
        self.problem = ""
        self.changed = False

    def run(self) -> None:
        """Roll out, as far as the gates allow. Raises ValueError, Busy and HoldStoreFault where that can't
        even begin.
        """
        with self._keeper.alone():
            self.state = self._keeper.load()
            self._look()
            self.state = gate.resume(self.state, self._seen, self._rules)
            try:
                self.problem = self._begin()
                while not (self.problem or self._fleet.check_mode) and self._go_on():
                    pass
            except ValueError as error:
                # Before an image was sent: one has changed, say. What was done so far is to be reported.
                self.problem = str(error)
            if self._fleet.check_mode:
                return
            self._survey(look=True)
            self._keeper.save(self.state)

    # Begin

    def _begin(self) -> str:
        """Show the plan; why it must not be carried out, if so."""
        self._judge_pending()
        found = self._survey()
        if found.problems:
            return (
                f"{'; '.join(found.problems)}. Nothing was begun: declare an image that fits for that model"
            )
        problem = self._stop_at(found.hosts(Status.FAILED)) or batches.crowding(
            found, self.state, self._rules
        )
        if not problem:
            plan = batches.plan(found, self.state, self._rules)
            self._fleet.show(report.plan_lines(plan, found, self._rules))
        return problem

    def _judge_pending(self) -> None:
        """Judge the miners that have no verdict: of a run that was killed, or whose hold ended meanwhile."""
        waiting = self._waiting(saved_state.pending(self.state, self._hosts))
        if waiting and not self._fleet.check_mode:
            self._fleet.say(
                f"{counted(len(waiting), 'miner')} may have got an image, and have no verdict yet"
            )
            self._pass_gate(waiting)
            self._look()

    # Batch by batch

    def _go_on(self) -> bool:
        """Flash the next batch and judge it; whether there may be more."""
        self._look()
        self._judge_pending()
        found = self._survey()
        self.problem = self._stop_at(found.hosts(Status.FAILED))
        if self.problem:
            return False
        batch = batches.next_batch(found, self.state, self._rules)
        if not batch:
            self.problem = batches.crowding(found, self.state, self._rules)
            return False
        self._verify(entry for host in batch if (entry := found.miners[host].entry) is not None)
        self.state = saved_state.begin_batch(found, self.state, batch)
        self._keeper.save(self.state)
        number = self.state[batch[0]].batch
        self._fleet.stands(
            f"batch {number} was flashed, or in part. What each of its miners was like before is saved: run "
            "the same again, which judges them, and goes on"
        )
        self._fleet.say(f"batch {number}: {counted(len(batch), 'miner')}")
        self.state = saved_state.record_sent(
            self.state, self._flash(batches.jobs(found, batch, self._declared))
        )
        self._keeper.save(self.state)
        self._pass_gate(self._waiting(saved_state.pending(self.state, batch)))
        failed = [host for host in batch if self._has_failed(host)]
        if failed:
            self._survey(look=True)
        self.problem = self._stop_at(failed)
        return True

    def _has_failed(self, host: str) -> bool:
        return host in self.state and self.state[host].verdict == saved_state.FAILED

    def _verify(self, entries: Iterable[Entry]) -> None:
        """Raise ValueError unless the images of *entries* are as they are declared, still."""
        for entry in dict.fromkeys(entries):
            self._fleet.image(entry)

    def _flash(self, options: Mapping[str, dict[str, Any]]) -> list[TaskResult]:
        wait = {"wait_timeout": self._rules.wait_timeout}
        results = self._fleet.flash({host: {**given, **wait} for host, given in options.items()})
        self.changed = self.changed or any(result.get("changed") for result in results)
        return results

    # The gate

    def _pass_gate(self, hosts: list[str]) -> None:
        """Wait until *hosts* have passed the gate, or its time is over; save the verdicts."""

        def judge(final: bool, seconds: float) -> None:
            settled = seconds > self._rules.settle
            self.state = gate.judge(
                self.state, self._of(hosts), self._rules, final=final, settled=settled or final
            )

        self._wait_at_gate(
            hosts, judge, lambda: saved_state.pending(self.state, hosts), what="passed the gate"
        )

    def _wait_at_gate(
        self,
        hosts: list[str],
        judge: Callable[[bool, float], None],
        waiting: Callable[[], list[str]],
        *,
        what: str,
    ) -> None:
        """Read *hosts* and *judge* them until none of them is *waiting*, or the gate's time is over."""
        begun, told = self._fleet.clock(), -1
        while hosts:
            self._read(hosts)
            seconds = self._fleet.clock() - begun
            judge(False, seconds)
            left = self._waiting(waiting())
            if not left or seconds > self._rules.gate_timeout:
                judge(True, seconds)
                break
            if told != len(left):
                told = len(left)
                self._fleet.say(
                    f"{len(hosts) - told} of {counted(len(hosts), 'miner')} {what}, {seconds:.0f} s"
                )
            self._fleet.pause(self._rules.gate_delay)
        if hosts:
            self._keeper.save(self.state)
            passed, seconds = len(hosts) - len(self._unwell(hosts)), self._fleet.clock() - begun
            self._fleet.say(f"{passed} of {counted(len(hosts), 'miner')} {what}, after {seconds:.0f} s")

    def _unwell(self, hosts: Iterable[str]) -> list[str]:
        """Those of *hosts* that neither passed their gate nor are back at what they had."""
        return [
            host
            for host in hosts
            if host not in self.state
            or not (self.state[host].verdict == saved_state.PASSED or self.state[host].is_back)
        ]

    def _of(self, hosts: Iterable[str]) -> dict[str, Reading]:
        """What those of *hosts* showed that nobody else has the say over."""
        return {host: self._seen[host] for host in self._waiting(hosts) if host in self._seen}

    def _waiting(self, hosts: Iterable[str]) -> list[str]:
        return [host for host in hosts if host not in self._held]

    # A gate that failed

    def _stop_at(self, failed: list[str]) -> str:
        """Why to stop, if miners *failed*; they are flashed back before, if that is wanted."""
        if not failed:
            return ""
        if self._rules.rollback:
            self._flash_back(failed)
        return report.failure(failed, self._survey(), self.state)

    def _flash_back(self, failed: list[str]) -> None:
        after, chosen = rollback.begin(failed, self._survey(), self.state, declared=self._declared)
        if self._fleet.check_mode:
            self._fleet.say(f"{counted(len(chosen), 'miner')} to flash back: {', '.join(chosen)}")
            return
        self.state = after
        self._verify(chosen.values())
        self._keeper.save(self.state)
        if chosen:
            self._fleet.stands("miners whose gate failed are being flashed back: run the same again to go on")
            self._fleet.say(f"flashing back {counted(len(chosen), 'miner')}")
            options = {host: batches.options(entry, self._declared) for host, entry in chosen.items()}
            self.state = rollback.record_sent(self.state, self._flash(options))
            self._keeper.save(self.state)
        hosts = self._waiting(rollback.being_flashed_back(self.state, failed))

        def judge(final: bool, seconds: float) -> None:
            self.state = gate.judge_flashed_back(self.state, self._of(hosts), self._rules, final=final)

        self._wait_at_gate(
            hosts,
            judge,
            lambda: rollback.being_flashed_back(self.state, hosts),
            what="run again what they had",
        )

    # What is seen

    def _look(self) -> None:
        """Read all miners, and the holds."""
        self._seen = {}
        self._read(self._asked)

    def _read(self, hosts: Sequence[str]) -> None:
        seen = readings(self._fleet.read(hosts)) if hosts else {}
        self._seen.update(seen)
        for host in seen:
            self._held.pop(host, None)
        self._held.update(self._keeper.held(seen, self._fleet.now()))

    def _survey(self, look: bool = False) -> Survey:
        """The miners as they stand by what was seen last, or by a new look."""
        if look:
            self._look()
        self.surveyed = survey(
            self._seen,
            self._hosts,
            declared=self._declared,
            state=self.state,
            rules=self._rules,
            held=self._held,
        )
        return self.surveyed
