# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Models of miners, which firmware spells in several ways: ``M50VH84``, ``M50_VH84``, ``M50_VH84.H616``.

Whatever compares two models, or a model with what is declared of it, does it here.
"""

from __future__ import annotations

import fnmatch
import re

_BLANKS = re.compile(r"\s+")
# Some firmware appends the chip of the control board.
_CONTROL_BOARD = re.compile(r"\.(?:H[^.]*|[*?]+)$")
# A model is a family, such as M30S+, and a variant, such as VE40.
_VARIANT = re.compile(r"(?<=.)(?=V[A-Z]?[0-9]+$)")
# Of each series the least efficient model that its maker sells, in J/TH. The first that fits holds.
_MOST_J_PER_TH = (
    ("M1", 75.0),
    ("M2", 61.0),
    ("M30", 39.0),
    ("M33", 39.0),
    ("M36", 39.0),
    ("M3", 56.0),
    ("M5", 30.0),
    ("M6", 20.0),
    ("M7", 16.0),
)
_PATTERN = re.compile(r"[*?\[]")


def folded(model: str) -> str:
    """*model* in the one form in which all its spellings are equal: ``M50VH84``."""
    return _spelt(model).replace("_", "")


def fits(model: str, declared: str) -> bool:
    """Whether *model* is the *declared* one, or fits it where that is a pattern such as ``M30S*``.

    No spelling of either matters. An underscore in a pattern stands where the variant begins: ``M50S_VH50``
    fits ``M50*``, and not ``M50_*``.
    """
    if not _PATTERN.search(declared):
        return folded(model) == folded(declared)
    if "_" not in declared:
        return fnmatch.fnmatchcase(folded(model), _spelt(declared))
    spellings = (_spelt(model), _VARIANT.sub("_", folded(model)))
    return any(fnmatch.fnmatchcase(spelling, _spelt(declared)) for spelling in spellings)


def most_j_per_th(model: str) -> float | None:
    """What a healthy miner of this *model* takes at most for a terahash, in joules; None if nobody knows."""
    name = folded(model)
    return next((most for family, most in _MOST_J_PER_TH if name.startswith(family)), None)


def _spelt(model: str) -> str:
    """*model*, or a pattern of models, without what no spelling means anything by."""
    return _CONTROL_BOARD.sub("", _BLANKS.sub("", model).upper())
