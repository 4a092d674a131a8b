# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read all miners of a play once, and write what others read: metrics for Prometheus, assets as CSV."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.minerops.whatsminer.plugins.modules import export
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._export.assets import (
    Asset,
    asset_of,
    assets_csv,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._export.exposition import (
    Exposition,
    label_pairs,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._export.metrics import (
    METRICS,
    OF_THE_EXPORT,
    MinerSamples,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.health_action import HealthAction
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.judge import Codes
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared import report_files
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.text import counted

if TYPE_CHECKING:
    from typing import Any

    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._health.report import Miner
    from ansible_collections.minerops.whatsminer.plugins.plugin_utils._shared.shapes import RoleResult

_SITE, _LOCATION, _MAC, _SERIAL = (f"whatsminer_{name}" for name in ("site", "location", "mac", "serial"))
_SUFFIX = ".prom"


class ActionModule(HealthAction):
    """Runs the role in ``role_path``."""

    _validator = ArgumentSpecValidator(export.ARGUMENTS)
    _prefix = "export_"
    _standing = ""  # it only reads

    def _play(self, arguments: dict[str, Any]) -> RoleResult:
        options = self._options(arguments["role_path"])
        metrics_file, csv_file = (options[name].strip() for name in ("metrics_file", "csv_file"))
        _require_files(metrics_file, csv_file)
        columns = self._declared_columns()
        codes = Codes(frozenset(options["health_ignored_errors"]), frozenset(options["health_ill_errors"]))
        exposition, assets = Exposition(METRICS), list[Asset]()
        samples = MinerSamples(exposition)
        hosts, begun = list(self._task_vars["ansible_play_hosts_all"]), self.clock()

        def seen(miner: Miner, facts: dict[str, Any]) -> None:
            another = any(reason.code == "wrong_machine" for reason in miner.reasons)
            own = {} if another else facts  # what another machine shows isn't about this miner
            site = miner.columns[_SITE]
            if metrics_file:
                location = miner.columns[_LOCATION]
                model = own.get("model") or self._model_before(miner.host)
                samples.add(miner, own, model=model, site=site, location=location)
            if csv_file:
                declared = {"mac": miner.columns[_MAC], "serial": miner.columns[_SERIAL]}
                noted = {name: miner.columns[name] for name in columns}
                assets.append(
                    asset_of(miner.host, miner.address, own, site=site, declared=declared, columns=noted)
                )

        names = dict.fromkeys((*columns, _SITE, _LOCATION, _MAC, _SERIAL))
        miners = self._judged(hosts, codes, columns=tuple(names), seen=seen)
        now, said = self.now(), [f"{counted(len(miners), 'miner')} read"]
        if metrics_file:
            stem = label_pairs({"export": os.path.basename(metrics_file).removesuffix(_SUFFIX)})
            for metric, value in zip(OF_THE_EXPORT, (now, self.clock() - begun, len(miners))):
                exposition.add(metric.name, round(value, 3), stem)
            report_files.write(metrics_file, exposition.text(), "export_metrics_file")
            said.append(f"{counted(len(exposition), 'sample')} written to {metrics_file}")
        if csv_file:
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
            report_files.write(csv_file, assets_csv(assets, columns, at), "export_csv_file")
            said.append(f"{counted(len(assets), 'asset')} written to {csv_file}")
        self.say(", ".join(said))
        counts = {"miners": len(miners), "samples": len(exposition), "assets": len(assets)}
        stats = {"data": {"export": counts}, "per_host": False, "aggregate": True}
        return {"changed": False, "report": counts, "problem": "", "ansible_stats": stats}

    def _model_before(self, host: str) -> str:
        """The model that *host* was known to be before, so that its samples keep their labels; or nothing."""
        variables = self._task_vars["hostvars"].raw_get(host)
        found = [variables.get("whatsminer"), (variables.get("ansible_facts") or {}).get("whatsminer")]
        models = [facts.get("model") for facts in found if isinstance(facts, dict)]
        return next((str(model) for model in models if model), "")


def _require_files(metrics_file: str, csv_file: str) -> None:
    """Raise ValueError unless there is something to write, under a name that is read."""
    if not metrics_file and not csv_file:
        raise ValueError("there is nothing to write: set export_metrics_file, export_csv_file, or both")
    if metrics_file and not metrics_file.endswith(_SUFFIX):
        raise ValueError(
            f"export_metrics_file must end in {_SUFFIX}, and is {metrics_file}: node_exporter's textfile "
            "collector reads no other"
        )
