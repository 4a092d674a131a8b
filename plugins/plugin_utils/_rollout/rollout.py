# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who gets which firmware when, and whether it did them good: the calculation behind the role ``firmware``.

Three things go in and out of the functions here, all of them plain data:

- *results*: those of a fleet task, the newest look at the miners (whatsminer_facts).
- *kept*: host -> what has to outlive the controller. It's the state file's content::

    {"verdict": "pending" | "passed" | "failed" | "unsent", "reasons": [...], "batch": 3, "sent": True | False
    | None,
     "target": {"version": "20240419.22.REL", "checksum": "sha256:..."},
     "before": {"version": ..., "mac": ..., "hashrate_ths": 98.1, "errors": [...]},
     "earlier": the same of an earlier image that failed, or None}

  It's written as ``pending`` before an image is sent; ``sent`` None means that nobody lived to see whether it
  was.
- a *survey*: what the two together say of each miner, and its ``standing``:

    ``done``        runs the declared version
    ``left``        is to get it
    ``retry``       failed its gate, and gets what has been declared since
    ``unjudged``    may have got an image, and has no verdict
    ``failed``      got it, and isn't what it was before
    ``unfit``       had better be left as it is: off, errors, a low hash rate
    ``lost``        doesn't answer
    ``undeclared``  is of a model for which nothing is declared

Versions on the miners decide who is left, whatever is kept. Hash rates are in TH/s. ValueError says what an
operator has to change.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import BadParameter
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.error_codes import recent
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.models import fits
from ansible_collections.minerops.whatsminer.plugins.module_utils._facts.values import firmware_version
from ansible_collections.minerops.whatsminer.plugins.module_utils._tasks.files import checksum_of
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import state_files
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shorten_list, shown

if TYPE_CHECKING:
    from typing import TypedDict, TypeVar

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import Groups, TaskResult

    Key = TypeVar("Key")
    #: What is kept of one miner, and of all by host; see above.
    Keep = dict[str, Any]
    Kept = dict[str, Keep]
    #: What `survey` returns.
    Survey = dict[str, Any]

    class Target(TypedDict):
        """The firmware that a miner is to run."""

        version: str | None
        checksum: str

    class Entry(Target):
        """The firmware that is declared of a model, and where its image is."""

        src: str

    #: What is declared, by model.
    Entries = dict[str, Entry]

    class Image(TypedDict):
        """Where an image is, and for which platforms; an empty list is for any."""

        path: str
        platforms: list[str]


# Name, least, most. The seconds aren't needed here, but a rollout isn't begun with ones that make no sense.
_WHOLE_NUMBERS = (
    ("canaries", 1, 1_000_000),
    ("wait_timeout", 1, 86400),
    ("gate_timeout", 1, 86400),
    ("gate_delay", 1, 3600),
    ("settle", 0, 3600),
)
# How many hosts a message names.
_NAMED = 10
# How many characters of what a miner says of itself are taken: those of a version have 40 at most.
_LONGEST_TEXT = 80


@dataclass(frozen=True)
class Rules:
    """What the role's variables say, checked. ``sites``: name of a site -> its hosts."""

    canaries: int
    batches: tuple[float, ...]
    max_down_percent: float
    hashrate_percent: float
    expected_hashrate_percent: float
    allowed_errors: frozenset[int]
    retry_failed: bool
    sites: Groups

    @classmethod
    def of(cls, given: dict[str, Any]) -> Rules:
        """From the role's variables, without ``firmware_``, and the inventory's ``groups``.

        ValueError names what makes no sense.
        """
        batches = tuple(_percent_of("batches", share) for share in given["batches"])
        if not batches or batches[0] == 0 or batches[-1] != 100 or list(batches) != sorted(set(batches)):
            raise ValueError(
                "firmware_batches must be growing shares in percent that end with 100, such as [5, 20, 50, "
                "100]"
            )
        names = ("max_down_percent", "hashrate_percent", "expected_hashrate_percent")
        shares = {name: _percent_of(name, given[name]) for name in names}
        if shares["max_down_percent"] == 0:
            raise ValueError("firmware_max_down_percent must be above 0: a miner is down while it's flashed")
        for name, least, most in _WHOLE_NUMBERS:
            if not least <= int(given[name]) <= most:
                raise ValueError(f"firmware_{name} must be between {least} and {most}, and is {given[name]}")
        unknown = [name for name in given["sites"] if name not in given["groups"]]
        if unknown:
            raise ValueError(
                f"firmware_sites must be groups of the inventory, and there is no {', '.join(unknown)}"
            )
        return cls(
            canaries=int(given["canaries"]),
            batches=batches,
            allowed_errors=frozenset(map(int, given["allowed_errors"])),
            retry_failed=given["retry_failed"],
            sites={name: given["groups"][name] for name in given["sites"]},
            **shares,
        )


def _percent_of(name: str, value: Any) -> float:
    # ansible-core before 2.19 makes text of numbers.
    try:
        share = float(value)
    except (TypeError, ValueError):
        share = -1
    if not 0 <= share <= 100:
        raise ValueError(f"firmware_{name} must be between 0 and 100 %, and is {value!r}")
    return share


def declared(given: dict[str, Any]) -> Entries:
    """*given*, the variable firmware_declared, with each version and checksum in the form in which they're
    compared.

    Raises ValueError naming the model and what its entry lacks.
    """
    if not given:
        raise ValueError(
            "firmware_declared must say which firmware miners of which model run, and it is empty"
        )
    entries: Entries = {}
    for model, entry in given.items():
        where = f"firmware_declared[{model!r}]"
        if not isinstance(model, str):
            raise ValueError(f"{where}: a model must be text, in quotes if it looks like a number")
        twice = next((other for other in entries if fits(model, other) and fits(other, model)), None)
        if twice is not None:
            raise ValueError(
                f"{where} is the same model as {twice!r}, in another spelling: declare one of them"
            )
        if not isinstance(entry, dict) or set(entry) != {"version", "src", "checksum"}:
            raise ValueError(f"{where} must have version, src and checksum, and nothing else")
        for name, value in entry.items():
            if not isinstance(value, str) or not value.strip():
                raise ValueError(f"{where}: {name} must be text, in quotes if it looks like a number")
        try:
            checksum = "{}:{}".format(*checksum_of(entry["checksum"]))
        except BadParameter as error:
            raise ValueError(f"{where}: {error.problem}") from None
        entries[model] = {
            "version": firmware_version(entry["version"]),
            "src": entry["src"],
            "checksum": checksum,
        }
    return entries


_OF_A_MINER = {"verdict", "target", "before"}


def kept_in(text: str | None, path: str) -> dict[str, Any]:
    """What is kept of each host, from the *text* of the state file at *path*, None if there is none.

    Raises ValueError.
    """
    kept = state_files.read(text, path, "firmware_state_file") or {}
    if not all(isinstance(keep, dict) and set(keep) >= _OF_A_MINER for keep in kept.values()):
        raise ValueError(
            f"firmware_state_file: {path} holds something else than a rollout: name another file"
        )
    return kept


def entry_for(entries: Entries, model: str | None) -> str | None:
    """The name of the first of *entries* that is the *model*, or a pattern that fits it; None without one."""
    return next((name for name in entries if model and fits(model, name)), None)


# --- A look at the miners -----------------------------------------------------------------------------------


def _seen(result: TaskResult | None) -> dict[str, Any] | str:
    """What the *result* of whatsminer_facts says of a miner: a dict, or a text that says why it's nothing."""
    if result is None:
        return "it wasn't asked, as it failed earlier in this run"
    if result.get("unreachable") or result.get("failed"):
        return str(result.get("msg", "it doesn't answer"))
    facts = result["ansible_facts"]["whatsminer"]
    rate = facts.get("hashrate_ths", {})
    return {
        **{name: _text(facts.get(name)) for name in ("model", "platform", "mac", "state")},
        "version": _text(facts.get("firmware_version")),
        "hashrate_ths": rate.get("realtime", rate.get("average")),
        # What low mode makes of the factory rate, nobody knows.
        "expected_ths": rate.get(
            "expected", None if facts.get("power_mode") == "low" else rate.get("factory")
        ),
        "tuning": facts.get("tuning", False),
        "errors": sorted(error["code"] for error in recent(facts["errors"])) if "errors" in facts else None,
    }


def _text(value: object) -> str | None:
    return None if value is None else shown(value, _LONGEST_TEXT)


def survey(
    results: list[TaskResult],
    hosts: list[str],
    entries: Entries,
    images: dict[str, Image],
    kept: Kept,
    rules: Rules,
) -> Survey:
    """The miners as they are now: ``{"miners": {host: {...}}, "problems": [...], "crowded": "..."}``.

    *entries* are those of `declared`, *images* maps their names to ``{"path", "platforms"}`` (an empty list
    of platforms is an image for any). ``problems`` are errors in the declaration, for which nothing should be
    begun. ``crowded`` says why no miner may go down where one is left, and is empty otherwise.
    """
    answers = {result["host"]: result for result in results}
    targets = [_target_of(entry) for entry in entries.values()]
    site_of = {host: site for site, members in reversed(list(rules.sites.items())) for host in members}
    miners: dict[str, dict[str, Any]] = {}
    misfits: dict[tuple[str, str | None], list[str]] = {}
    for host in hosts:
        seen, keep = _seen(answers.get(host)), kept.get(host)
        miner: dict[str, Any] = {
            "site": site_of.get(host, ""),
            "declared": None,
            "target": None,
            "group": None,
            "src": None,
        }
        if isinstance(seen, str):
            miner.update(problem=seen, model=None, version=None, up=False)
        else:
            miner.update(seen, up=seen["state"] != "off" and bool(seen["hashrate_ths"]))
        name = entry_for(entries, miner["model"])
        if name is not None:
            entry = entries[name]
            # One image holds a part for each platform: what proved itself on one says nothing of the others.
            miner.update(declared=entry["version"], target=_target_of(entry), src=images[name]["path"])
            miner["group"] = f"{name} {miner['platform']}"
        miner["standing"], miner["reasons"] = _standing(miner, keep, targets, rules)
        miner["up"] = miner["up"] and miner["standing"] not in ("unjudged", "failed", "retry")
        if (
            name is not None
            and miner["standing"] in ("left", "retry")
            and not _fits(images[name]["platforms"], miner["platform"])
        ):
            misfits.setdefault((name, miner["platform"]), []).append(host)
        miners[host] = miner
    problems = [
        f"the image for {name} holds nothing for the platform {platform or 'which they do not show'} of "
        f"{shorten_list(hosts, _NAMED)}: it is for {', '.join(images[name]['platforms'])}"
        for (name, platform), hosts in misfits.items()
    ]
    found = {"miners": miners, "problems": problems}
    return {**found, "crowded": _crowding(_Board(found, kept, rules), rules)}


def _fits(platforms: list[str], platform: str | None) -> bool:
    return not platforms or (platform or "") in platforms


def _standing(
    miner: dict[str, Any], keep: Keep | None, targets: list[Target], rules: Rules
) -> tuple[str, list[str]]:
    """(standing, reasons) of *miner*, given what was *kept* of it; *targets* are all that is declared now."""
    was = keep or {}
    verdict = was.get("verdict")
    if verdict == "pending":
        return "unjudged", was["reasons"]
    failed = verdict == "failed"
    if failed and was["target"] in targets and not rules.retry_failed:
        return "failed", was["reasons"]
    if "problem" in miner:
        return "lost", [miner["problem"]]
    if verdict == "unsent":
        return "lost", was["reasons"]
    if miner["model"] is None:
        return "unfit", ["it is off" if miner["state"] == "off" else "it doesn't show its model"]
    if miner["target"] is None:
        return "undeclared", []
    if failed:
        return "retry", was["reasons"]
    if miner["version"] == miner["declared"]:
        return "done", []
    unfit = _unfitness(miner, rules)
    return ("unfit", unfit) if unfit else ("left", [])


def _unfitness(miner: dict[str, Any], rules: Rules) -> list[str]:
    if miner["state"] == "off":
        return ["it is off"]
    reasons = []
    errors = [code for code in miner["errors"] or () if code not in rules.allowed_errors]
    if errors:
        reasons.append(f"it has errors: {_listed(errors)}")
    rate, expected = miner["hashrate_ths"], miner["expected_ths"]
    if not rate:
        reasons.append("it is tuning" if miner["tuning"] else "it doesn't hash")
    elif expected and rate * 100 < rules.expected_hashrate_percent * expected:
        reasons.append(
            f"it hashes at {rate:g} TH/s, {_percent(rate, expected)} of the {expected:g} expected of it"
        )
    if not miner["mac"]:
        reasons.append("it doesn't show its MAC")
    return reasons


def _target_of(entry: Entry) -> Target:
    return {"version": entry["version"], "checksum": entry["checksum"]}


# --- Who is next --------------------------------------------------------------------------------------------


class _Board:
    """A survey as counters, on which batches can be played through without the miners."""

    def __init__(self, survey: Survey, kept: Kept, rules: Rules) -> None:
        self.rules = rules
        miners = survey["miners"]
        self._miners = miners
        # Those that failed come first: they are down, and the first whom the new image has to help.
        self.left = sorted(
            (host for host in miners if miners[host]["standing"] in ("left", "retry")), key=self._later
        )
        passed = [host for host in miners if _has_passed(miners[host], kept.get(host))]
        self.proven = Counter(miners[host]["group"] for host in passed)
        self.done = len(passed)
        self.total = self.done + len(self.left)
        sizes = Counter(miner["site"] for miner in miners.values())
        down = Counter(miner["site"] for miner in miners.values() if not miner["up"])
        self.sites = {site: (size, down[site]) for site, size in sizes.items()}

    def _later(self, host: str) -> bool:
        return bool(self._miners[host]["standing"] != "retry")

    def room(self) -> dict[str, int]:
        """Site -> how many more may go down there."""
        share = self.rules.max_down_percent
        return {site: max(0, _share_of(size, share) - down) for site, (size, down) in self.sites.items()}

    def next(self) -> list[str]:
        """The hosts of the next batch; none if nobody is left, or may go down."""
        untried = Counter(
            {
                group: self.rules.canaries - self.proven[group]
                for group in {self._group(host) for host in self.left}
            }
        )
        canaries = [host for host in self.left if self._take(untried, self._group(host))]
        if canaries:
            return self._that_fit(canaries)
        upto = next(
            (
                at_least(self.total, share)
                for share in self.rules.batches
                if at_least(self.total, share) > self.done
            ),
            0,
        )
        return self._that_fit(self.left)[: upto - self.done]

    def _group(self, host: str) -> str:
        return str(self._miners[host]["group"])

    @staticmethod
    def _take(counter: Counter[Key], key: Key) -> bool:
        counter[key] -= 1
        return counter[key] >= 0

    def _that_fit(self, hosts: list[str]) -> list[str]:
        # Who is down already can't go down.
        room = Counter(self.room())
        return [
            host
            for host in hosts
            if not self._miners[host]["up"] or self._take(room, self._miners[host]["site"])
        ]

    def pass_all(self, hosts: list[str]) -> None:
        """Go on as if the gate of *hosts* had been passed."""
        passed = set(hosts)
        self.left = [host for host in self.left if host not in passed]
        self.done += len(passed)
        for host in hosts:
            self.proven[self._group(host)] += 1
            if not self._miners[host]["up"]:
                size, down = self.sites[self._miners[host]["site"]]
                self.sites[self._miners[host]["site"]] = (size, down - 1)

    def crowded(self) -> list[tuple[str, int, int]]:
        """(site, size, down) of each site where somebody is left and nobody may go down."""
        room = self.room()
        short = dict.fromkeys(self._miners[host]["site"] for host in self.left if self._miners[host]["up"])
        return [(site, *self.sites[site]) for site in short if not room[site]]


def _has_passed(miner: dict[str, Any], keep: Keep | None) -> bool:
    """Whether a gate of this very rollout let *miner* pass."""
    return (
        miner["standing"] == "done"
        and keep is not None
        and keep["verdict"] == "passed"
        and keep["target"] == miner["target"]
    )


def at_least(total: int, share: float) -> int:
    """*share* percent of *total*, rounded up."""
    return math.ceil(total * share / 100 - 1e-9)


def _share_of(total: int, share: float) -> int:
    """*share* percent of *total*, rounded down."""
    return math.floor(total * share / 100 + 1e-9)


def plan(survey: Survey, kept: Kept, rules: Rules) -> list[list[str]]:
    """The batches to come, if every gate is passed: a list of lists of hosts.

    Raises ValueError if somewhere not even one miner may go down, with the smallest share that would do.
    """
    board = _Board(survey, kept, rules)
    crowded = _crowding(board, rules)
    if crowded:
        raise ValueError(crowded)
    batches = []
    while board.left:
        batches.append(board.next())
        board.pass_all(batches[-1])
    return batches


def _crowding(board: _Board, rules: Rules) -> str:
    """Of the first site where not even one miner may go down, why, and the smallest share that would do; else
    empty.
    """
    for site, size, down in board.crowded():
        where = f"site {site}" if site else "fleet"
        least = math.ceil((down + 1) * 10000 / size) / 100
        return (
            f"firmware_max_down_percent: {rules.max_down_percent:g} % of the {size} miners of the {where} "
            f"are {_share_of(size, rules.max_down_percent)}, and {down} are down already, so that no other "
            f"may be; {least:g} % would do for one at a time"
        )
    return ""


def next_batch(survey: Survey, kept: Kept, rules: Rules) -> list[str]:
    """The hosts to flash now: the canaries of each group that has none yet, else as many as the next share
    and the sites allow.
    """
    return _Board(survey, kept, rules).next()


def commence(survey: Survey, kept: Kept, batch: list[str]) -> Kept:
    """*kept* with the miners of *batch* pending, their levels of before, and the number of the batch: one
    more than the last.
    """
    miners = survey["miners"]
    batches = [
        keep["batch"]
        for host, keep in kept.items()
        if host in miners and keep["target"] == miners[host]["target"]
    ]
    begun = {}
    for host in batch:
        miner, earlier = miners[host], kept[host] if miners[host]["standing"] == "retry" else None
        # What a miner did after an image that failed is no measure.
        before = (
            earlier["before"]
            if earlier
            else {name: miner[name] for name in ("version", "mac", "hashrate_ths", "errors")}
        )
        begun[host] = {
            "verdict": "pending",
            "reasons": [],
            "batch": max(batches, default=0) + 1,
            "sent": None,
            "target": miner["target"],
            "before": before,
            "earlier": earlier and {**earlier, "earlier": None},
        }
    return {**kept, **begun}


def jobs(survey: Survey, batch: list[str]) -> dict[str, dict[str, Any]]:
    """Host -> the options with which whatsminer_firmware is to run for it."""
    miners = survey["miners"]
    return {
        host: {
            "src": miners[host]["src"],
            "version": miners[host]["declared"],
            # The image that mends another may bear the same version.
            "force": miners[host]["standing"] == "retry",
        }
        for host in batch
    }


# --- Gates --------------------------------------------------------------------------------------------------


def sent(kept: Kept, results: list[TaskResult]) -> Kept:
    """*kept* after the *results* of whatsminer_firmware are in: who got the image, and who failed over it."""
    after = dict(kept)
    for result in results:
        keep = {**kept[result["host"]], "sent": result.get("changed", False)}
        if result.get("unreachable") or result.get("failed"):
            # Nothing is wrong with the image, where there was nobody to get it: the others go on without
            # these.
            spared = not keep["sent"] and (
                result.get("unreachable") or result.get("cause") == "wrong_machine"
            )
            keep.update(verdict="unsent" if spared else "failed", reasons=[result["msg"]])
        after[result["host"]] = keep
    return after


def judge(
    kept: Kept, results: list[TaskResult], rules: Rules, final: bool = False, settled: bool = False
) -> Kept:
    """*kept* with the verdicts that the *results* of whatsminer_facts allow on those that have none.

    A miner passes once it runs its target's version, is the same machine, has no error code that it didn't
    have, and hashes at ``rules.hashrate_percent`` of the level before. With *final*, who doesn't pass fails.
    With *settled*, one of which nobody knows whether it got the image, and which is as it was before, hasn't
    got it.
    """
    after = dict(kept)
    for result in results:
        host, keep = result["host"], kept.get(result["host"])
        if keep is None or keep["verdict"] != "pending":
            continue
        reasons, hopeless = _shortcomings(keep, _seen(result), rules)
        if not reasons:
            after[host] = {**keep, "verdict": "passed", "reasons": []}
        elif keep["sent"] is None and (settled or final) and _is_as_before(keep, result, rules):
            _take_back(after, host)
        elif final or hopeless:
            after[host] = {**keep, "verdict": "failed", "reasons": reasons, "sent": True}
        else:
            after[host] = {**keep, "reasons": reasons}
    return after


def resume(kept: Kept, results: list[TaskResult], rules: Rules) -> Kept:
    """*kept* of an earlier run as this one is to begin with: who failed may have recovered, who was spared is
    as any other.
    """
    after = judge(kept, results, rules)
    answers = {result["host"]: result for result in results}
    for host, keep in kept.items():
        seen = _seen(answers.get(host))
        if keep["verdict"] == "unsent":
            _take_back(after, host)
        elif keep["verdict"] == "failed":
            reasons, hopeless = _shortcomings(keep, seen, rules)
            there = not isinstance(seen, str) and seen["version"] == keep["target"]["version"]
            if hopeless:  # another machine has taken its place since
                del after[host]
            elif not reasons:
                after[host] = {**keep, "verdict": "passed", "reasons": []}
            elif keep["sent"] or there:
                after[host] = {**keep, "reasons": reasons, "sent": True}
            else:
                _take_back(after, host)
    return after


def _is_as_before(keep: Keep, result: TaskResult, rules: Rules) -> bool:
    return not _shortcomings({**keep, "target": keep["before"]}, _seen(result), rules)[0]


def _take_back(kept: Kept, host: str) -> None:
    """Forget the batch in which *host* got nothing."""
    earlier = kept.pop(host)["earlier"]
    if earlier:
        kept[host] = earlier


def _shortcomings(keep: Keep, seen: dict[str, Any] | str, rules: Rules) -> tuple[list[str], bool]:
    """(what keeps a miner from passing its gate, whether time can't mend it)."""
    if isinstance(seen, str):
        return [seen], False
    before, target = keep["before"], keep["target"]
    reasons = []
    if seen["mac"] and seen["mac"] != before["mac"]:
        return [f"another machine is at its address: {seen['mac']} and not {before['mac']}"], True
    if not seen["mac"]:
        reasons.append("it doesn't show its MAC")
    if seen["version"] != target["version"]:
        reasons.append(f"it runs {seen['version']} and not {target['version']}")
    if seen["errors"] is None and before["errors"] is not None:
        reasons.append("it doesn't show whether it has errors")
    new = [
        code
        for code in seen["errors"] or ()
        if code not in (before["errors"] or ()) and code not in rules.allowed_errors
    ]
    if new:
        reasons.append(f"it has new errors: {_listed(new)}")
    rate, level = seen["hashrate_ths"] or 0, before["hashrate_ths"]
    if rate * 100 < rules.hashrate_percent * level:
        reasons.append(f"it hashes at {rate:g} TH/s, {_percent(rate, level)} of the {level:g} before")
    return reasons, False


def pending(kept: Kept, hosts: list[str]) -> list[str]:
    """Those of *hosts* that wait for their verdict."""
    return [host for host in hosts if host in kept and kept[host]["verdict"] == "pending"]


# --- Who is on what -----------------------------------------------------------------------------------------

_WORDS = {
    "done": "as declared",
    "left": "left",
    "retry": "failed, to be tried again",
    "unjudged": "not judged",
    "failed": "failed",
    "unfit": "left out",
    "lost": "lost",
    "undeclared": "nothing declared",
}


def report(survey: Survey, kept: Kept) -> dict[str, Any]:
    """``{"miners": [a dict for each host], "counts": {verdict: number}}``."""
    rows = []
    for host, miner in survey["miners"].items():
        keep = kept.get(host, {})
        # Of this version, if not of this very image.
        ours = bool(keep) and keep["target"]["version"] == miner["declared"]
        passed = ours and keep["verdict"] == "passed" and miner["standing"] == "done"
        rows.append(
            {
                "host": host,
                "model": miner["model"],
                "version_before": keep["before"]["version"] if ours else miner["version"],
                "version": miner["version"],
                "version_declared": miner["declared"],
                "verdict": "passed" if passed else _WORDS[miner["standing"]],
                "batch": keep["batch"] if ours or miner["standing"] in ("failed", "unjudged") else None,
                "reasons": miner["reasons"],
            }
        )
    return {"miners": rows, "counts": dict(Counter(row["verdict"] for row in rows))}


def _listed(codes: list[int]) -> str:
    return ", ".join(map(str, codes))


def _percent(part: float, whole: float) -> str:
    return f"{part * 100 / whole:.0f} %"
