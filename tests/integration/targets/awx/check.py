# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what AWX would have been given fits together: check.py RECORD COLLECTION"""

from __future__ import annotations

import json
import pathlib
import re
import sys

import yaml

RECORD, COLLECTION = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
PROJECT = COLLECTION / "examples" / "gitops"
# By such a line AWX tells a playbook from another file.
PLAYBOOK = re.compile(r"^\s*?-?\s*?(?:hosts|include|import_playbook):\s*?.*?$", re.MULTILINE)
# Where an object names another one, and of what kind that is.
REFERENCES = {
    "organization": "organization",
    "default_environment": "execution_environment",
    "execution_environment": "execution_environment",
    "credential": "credential",
    "credentials": "credential",
    "project": "project",
    "source_project": "project",
    "inventory": "inventory",
}
OWN_CREDENTIAL_TYPES = {"Source Control", "Vault", "Machine"}

objects = list(map(json.loads, RECORD.read_text(encoding="utf-8").splitlines()))
known: dict[str, dict[str, dict]] = {}
for kind, given in objects:
    for option, other in REFERENCES.items():
        if option == kind:
            continue
        for name in (
            given.get(option) if isinstance(given.get(option), list) else filter(None, [given.get(option)])
        ):
            assert name in known.get(other, {}), f"{kind} {given['name']}: there is no {other} {name} by then"
    assert given["name"] not in known.setdefault(kind, {}), f"two of {kind} {given['name']}"
    known[kind][given["name"]] = given

(project,) = known["project"].values()
templates = known["job_template"]
assert {given["credential_type"] for given in known["credential"].values()} <= OWN_CREDENTIAL_TYPES | set(
    known["credential_type"]
)

# What is run is there, and AWX finds it.
for name, template in templates.items():
    assert template["project"] in known["project"] and template["inventory"] in known["inventory"], name
    text = (PROJECT / template["playbook"]).read_text(encoding="utf-8")
    assert PLAYBOOK.search(text), f"AWX doesn't take {template['playbook']} for a playbook"
    for play in yaml.safe_load(text):
        imported = play["import_playbook"].removeprefix("minerops.whatsminer.")
        own = (
            (COLLECTION / "playbooks" / f"{imported}.yml")
            if imported != play["import_playbook"]
            else (PROJECT / imported)
        )
        assert own.is_file(), f"{template['playbook']} imports {play['import_playbook']}, which there isn't"
    # Runs that look at all miners together, or remember them, are whole; and the others don't forget what
    # can't be read.
    assert template["use_fact_cache"], name
    assert template["job_slice_count"] == 1 or template["playbook"] == "site.yml", name
    assert not template.get("allow_simultaneous"), name
    files = dict(template.get("extra_vars", {}))
    reason = files.pop("curtailment_reason", None)
    assert reason is None or files["curtailment_state_file"].endswith(f"/curtailment-{reason}.json"), name
    for variable, value in files.items():
        assert variable.endswith("_state_file") and value.startswith("/var/lib/whatsminer/"), (
            name,
            variable,
            value,
        )
        role = variable.removesuffix("_state_file")
        assert variable in (COLLECTION / "roles" / role / "meta" / "argument_specs.yml").read_text(
            encoding="utf-8"
        ), variable
for playbook in ("site", "facts", "drift", "curtail", "resume", "dispatch", "firmware"):
    assert any(template["playbook"] == f"{playbook}.yml" for template in templates.values()), playbook
assert any(template["job_slice_count"] > 1 for template in templates.values())
sources = {source["inventory"]: source for source in known["inventory_source"].values()}
assert set(sources) == set(known["inventory"]) and project["allow_override"]
for source in sources.values():
    assert (PROJECT / source["source_path"]).is_dir()
# A job's playbook and variables come from one branch.
for name, template in templates.items():
    assert template.get("scm_branch") == sources[template["inventory"]].get("scm_branch"), name


def prompts_for(what, name, prompt):
    """A prompt is heard only by a template that asks."""
    assert templates[name].get(f"ask_{prompt}_on_launch"), (
        f"{what} sets {prompt}, and {name} doesn't ask for it"
    )


# The workflow: each node leads on to others that exist, and two approvals stand before what touches all.
for workflow in known["workflow_job_template"].values():
    nodes = {node["identifier"]: node for node in workflow["schema"]}
    assert len(nodes) == len(workflow["schema"])
    led_to = [
        (identifier, how, other["identifier"])
        for identifier, node in nodes.items()
        for how in ("success_nodes", "failure_nodes", "always_nodes")
        for other in node["related"][how]
    ]
    assert {other for _identifier, _how, other in led_to} == set(nodes) - {"check"}, led_to
    assert [led for led in led_to if led[2] == "all"] == [("released", "success_nodes", "all")], led_to
    assert sum(node["unified_job_template"]["type"] == "workflow_approval" for node in nodes.values()) == 2
    for identifier, node in nodes.items():
        job = node["unified_job_template"]
        if job["type"] == "job_template":
            for prompt in {"limit", "scm_branch", "job_type"} & {key for key, value in node.items() if value}:
                prompts_for(f"node {identifier}", job["name"], prompt)
    tried = [templates[nodes[name]["unified_job_template"]["name"]] for name in ("check", "canaries")]
    assert [template["job_type"] for template in tried] == ["check", "run"] and tried[1]["limit"] == "canary"
    assert all(template["scm_branch"] != project["scm_branch"] for template in tried)
    released = nodes["all"]["unified_job_template"]["name"]
    assert "scm_branch" not in templates[released] and templates[released]["job_type"] == "run"
    assert nodes["back"]["unified_job_template"]["name"] == released and nodes["back"]["limit"] == "canary"

for schedule in known["schedule"].values():
    assert schedule["unified_job_template"] in templates, schedule
    assert re.fullmatch(r"DTSTART;TZID=\S+:\d{8}T\d{6} RRULE:FREQ=\w+;INTERVAL=\d+", schedule["rrule"]), (
        schedule
    )
    for prompt in {"limit", "scm_branch", "job_type"} & set(schedule):
        prompts_for(f"schedule {schedule['name']}", schedule["unified_job_template"], prompt)

# What the credential type brings is what the vault would have brought.
(brought,) = known["credential_type"].values()
template = yaml.safe_load((PROJECT / "vault.yml.example").read_text(encoding="utf-8"))
assert set(brought["injectors"]["extra_vars"]) == set(template), brought
fields = {field["id"]: field for field in brought["inputs"]["fields"]}
for value in brought["injectors"]["extra_vars"].values():
    (field,) = re.fullmatch(r"\{\{ (\w+) \}\}", value).groups()
    assert fields.pop(field)["secret"] is True, field
assert not fields, fields
assert known["credential"]["Whatsminer vault"]["inputs"] == {"vault_password": "a-vault-password"}
