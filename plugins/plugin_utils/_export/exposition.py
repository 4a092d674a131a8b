# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Samples as text in Prometheus' exposition format, version 0.0.4.

node_exporter refuses a whole file for one sample that is there twice, or in which a metric's samples don't
stand together. Here neither can come to be, whatever a miner says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

GAUGE = "gauge"
COUNTER = "counter"

_LONGEST_LABEL = 200
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass(frozen=True)
class Metric:
    """A metric: its *name*, what it says, and the *labels* that its samples have besides those of a miner."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    kind: str = GAUGE


def label_pairs(labels: Mapping[str, str]) -> str:
    """*labels* as they stand between braces. An empty one is left out: to Prometheus that is the same."""
    return ",".join(
        f'{name}="{shown(value, _LONGEST_LABEL).translate(_ESCAPES)}"'
        for name, value in labels.items()
        if value
    )


class Exposition:
    """The samples of *metrics*. Of two with the same labels the first counts."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = {metric.name: metric for metric in metrics}
        self._values: dict[str, dict[str, str]] = {name: {} for name in self._metrics}

    def add(self, name: str, value: float, *pairs: str) -> None:
        """A sample of the metric *name*, with the labels in *pairs*, texts as `label_pairs` makes them."""
        labels = ",".join(filter(None, pairs))
        self._values[name].setdefault(f"{{{labels}}}" if labels else "", _number(value))

    def __len__(self) -> int:
        return sum(map(len, self._values.values()))

    def text(self) -> str:
        """All samples, by metric. A metric without samples isn't there."""
        return "".join(map(self._family, self._values))

    def _family(self, name: str) -> str:
        """The samples of the metric *name*, below what it is. One after the other, they take less memory."""
        metric, samples = self._metrics[name], self._values[name]
        if not samples:
            return ""
        head = f"# HELP {name} {metric.help}\n# TYPE {name} {metric.kind}\n"
        return head + "".join(f"{name}{labels} {value}\n" for labels, value in samples.items())


def _number(value: float) -> str:
    return str(int(value)) if isinstance(value, (bool, int)) or value.is_integer() else repr(value)
