# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests with many processes: they begin at the same moment, as the workers of a run do, and miners of their
own answer them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import traceback


def in_processes(count, work):
    """Fork *count* processes that start *work* (number -> bytes) at the same moment; what each returned."""
    wait, go = os.pipe()
    children = []
    for number in range(count):
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            status = 1
            with contextlib.suppress(BaseException):
                os.close(go)
                os.close(read)
                os.read(wait, 1)
                try:
                    os.write(write, work(number))
                    status = 0
                except BaseException:
                    os.write(write, traceback.format_exc().encode()[:4000])
            os._exit(status)
        os.close(write)
        children.append((pid, read))
    os.close(wait)
    os.close(go)
    results = []
    for pid, read in children:
        with open(read, "rb") as pipe:
            results.append(pipe.read())
        _pid, status = os.waitpid(pid, 0)
        assert status == 0, results[-1].decode()
    return results


class SimulatedSite:
    """Simulated miners in a process of their own, within ``with``; *specs* are the simulator's, by name."""

    def __init__(self, **specs):
        self._specs = specs

    def __enter__(self):
        self._asked, ask = os.pipe()
        answers, self._answer = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            with contextlib.suppress(BaseException):
                os.close(ask)
                os.close(answers)
                try:
                    asyncio.run(self._serve())
                except BaseException:
                    traceback.print_exc()
            os._exit(0)
        os.close(self._asked)
        os.close(self._answer)
        self._ask, self._answers = ask, open(answers, encoding="utf-8")
        self.ports = json.loads(self._answers.readline())
        return self

    def __exit__(self, *exc_info):
        os.close(self._ask)
        self._answers.close()
        os.waitpid(self._pid, 0)

    def look(self):
        """What each miner is now: ``{name: {pools, mode, period of the LED, tokens, taken}}``."""
        os.write(self._ask, b"?")
        return json.loads(self._answers.readline())

    async def _serve(self):
        import simulator

        specs = [
            simulator.MinerSpec(name=name, address="127.0.0.1", port=0, **spec)
            for name, spec in self._specs.items()
        ]
        async with simulator.Fleet(specs, seed=1) as fleet:
            machines = {name: fleet[name] for name in self._specs}
            self._say({name: [machine.port, machine.port3] for name, machine in machines.items()})
            ended, loop = asyncio.Event(), asyncio.get_running_loop()

            def asked():
                if os.read(self._asked, 1):
                    self._say({name: self._shown(machine) for name, machine in machines.items()})
                else:
                    ended.set()

            loop.add_reader(self._asked, asked)
            await ended.wait()
            loop.remove_reader(self._asked)

    def _say(self, value):
        os.write(self._answer, (json.dumps(value) + "\n").encode())

    @staticmethod
    def _shown(machine):
        state, counters = machine.state, machine.counters
        return {
            "pools": [[pool["url"], pool["user"]] for pool in state.pools],
            "mode": state.mode,
            "led": state.led,
            "tokens": counters.tokens,
            "taken": dict(counters.taken),
        }
