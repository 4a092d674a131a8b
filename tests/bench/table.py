# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the figures of a run of the bench into docs/scaling.md.

    python3 tests/bench/table.py              of the last run
    python3 tests/bench/table.py FILE.json    of another
"""

from __future__ import annotations

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "scaling.md"
BEGIN, END = "<!-- figures: written by make figures -->", "<!-- end of figures -->"
HEAD = ("what", "median", "range", "beside", "median", "range", "ratio", "CPU ratio", "limit", "simulator")


def main() -> None:
    """Replace what stands between the two marks."""
    paths = [pathlib.Path(name) for name in sys.argv[1:]] or sorted(
        (ROOT / ".build" / "bench").glob("2*.json")
    )
    if not paths:
        sys.exit("error: there is no run to write down: make bench")
    run = json.loads(paths[-1].read_text(encoding="utf-8"))
    page = PAGE.read_text(encoding="utf-8")
    figures = f"{BEGIN}\n\n{circumstances(run)}\n\n{table(run['rows'])}\n\n{END}"
    page, count = re.subn(
        f"{re.escape(BEGIN)}.*{re.escape(END)}", lambda _found: figures, page, flags=re.DOTALL
    )
    if count != 1:
        sys.exit(f"error: {PAGE.name} lacks the marks between which the figures go")
    PAGE.write_text(page, encoding="utf-8")


def circumstances(run: dict) -> str:
    """Where and with what it was measured."""
    peers = ", ".join(f"{name} {version}" for name, version in run["peers"].items())
    core = re.sub(r"ansible-playbook \[core (\S+)\]", r"ansible-core \1", run["ansible"])
    return (
        f"Measured {run['at'][:10]}: {run['miners']:,} simulated miners, {run['rounds']} rounds, "
        f"{run['forks']} forks, {core}, Python {run['python']}, {peers}; {run['cpus']} CPUs, "
        f"{run['processor']}."
    )


def table(rows: list[dict]) -> str:
    """The rows in Markdown."""
    lines = [HEAD, ("---",) * len(HEAD)]
    lines += [
        (
            f"{row['measurement']}: {row['row']['side']}",
            *_amounts(row["side"], row["row"]["unit"]),
            row["row"]["beside"] or "",
            *(_amounts(row["beside"], row["row"]["unit"]) if row["beside"] else ("", "")),
            _number(row["ratio"]),
            _number(row["cpu_ratio"]),
            _limit(row),
            "" if row["simulator_busy"] is None else f"{100 * row['simulator_busy']:.0f} %",
        )
        for row in rows
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _amounts(side: dict, unit: str) -> tuple[str, str]:
    if side["median"] is None:
        return side["faults"][0], ""
    return f"{side['median']:.2f} {unit}", f"{side['least']:.2f} to {side['most']:.2f}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _limit(row: dict) -> str:
    limit = row["row"]["limit"]
    if limit is None:
        return ""
    return f"{limit:g}, " + {True: "met", False: "**not met**", None: "nothing whole beside it"}[row["met"]]


if __name__ == "__main__":
    main()
