# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report on a fleet as one HTML page."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.health import is_ill
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.report import by_urgency
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.summary import is_hashing
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.verdicts import PROBLEMS, VERDICTS
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._drift.wording import (
    all_differences,
    differences,
    duration,
    error_lines,
    hashrate,
    headline,
    making,
    power,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import (
    VERDICTS as HEALTH_VERDICTS,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.tables import fixed
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import shown
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

if TYPE_CHECKING:
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import Report


# Verdict on health -> the class of its cell.
_HEALTH_CLASSES = {"ill": "bad", "unreachable": "bad", "watch": "warn", "ok": "good"}


def make_page(report: Report, *, title: str, template: str, style: str, script: str) -> str:
    """*report* as one HTML page that asks nothing of any network.

    *template* is Jinja2, and all that it's given is escaped; *style* and *script* stand in the page as they
    are, and the page's policy names their digests, so that nothing else of the kind can run in it.
    """
    environment = Environment(
        autoescape=True,
        finalize=lambda value: (
            shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value
        ),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        fixed=fixed,
        duration=duration,
        differences=differences,
        all_differences=all_differences,
        making=making,
        error_lines=error_lines,
        headline=headline,
        hashrate=hashrate,
        power=power,
        of=lambda name, positions: positions.get(name),
    )
    environment.tests["hashing"] = is_hashing
    environment.tests["ill"] = is_ill
    return environment.from_string(template).render(
        title=title,
        report=report,
        miners=by_urgency(report["miners"]),
        verdicts=VERDICTS,
        attention=[
            miner
            for miner in report["miners"]
            if miner["verdict"] in PROBLEMS or miner["errors"] or is_ill(miner)
        ],
        health_verdicts=HEALTH_VERDICTS,
        health_class=_HEALTH_CLASSES,
        style=Markup(style),
        script=Markup(script),
        digests={"style": _digest(style), "script": _digest(script)},
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
