# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run one job in the way in which AWX runs it: python3 awx.py JOB.json

The controller lays out a private data directory and transmits it with the passwords; a pod runs it and
streams back events and artifacts; the controller keeps the events and the facts of the hosts. Nothing of the
pod's disk is left for the next job.

JOB.json holds: ident, project (a directory), playbook, inventory (the output of ansible-inventory --list
--export), slice ([number, count]), arguments, passwords ({credential's input: password}), extra_vars,
injected_vars (by a credential), facts (a directory: what AWX's database holds), use_fact_cache, collections,
environment (what AWX is set to give all jobs), out (a directory).
"""

from __future__ import annotations

import json
import pathlib
import shutil
import sys

import ansible_runner

# What Ansible may ask, and which password is the answer.
PROMPTS = {
    r"Enter passphrase for .*:\s*?$": "ssh_key_unlock",
    r"BECOME password.*:\s*?$": "become_password",
    r"SSH password:\s*?$": "ssh_password",
    r"Password:\s*?$": "ssh_password",
    r"Vault password:\s*?$": "vault_password",
}


def sliced(inventory, number, count):
    """*inventory* with every *count*-th host only, as AWX slices."""
    names = sorted(inventory["_meta"]["hostvars"])[number - 1 :: count]
    part = {"_meta": {"hostvars": {name: inventory["_meta"]["hostvars"][name] for name in names}}}
    for group, own in inventory.items():
        if group != "_meta":
            part[group] = {**own, "hosts": [name for name in own.get("hosts", []) if name in names]}
    return part


def write(path, text, mode=0o600):
    """A private file, as all of a job's are."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode)
    path.write_text(text, encoding="utf-8")


def lay_out(job, directory):
    """The private data directory; return the hosts."""
    shutil.copytree(job["project"], directory / "project")
    inventory = sliced(job["inventory"], *job["slice"])
    hosts = inventory["_meta"]["hostvars"]
    for number, variables in enumerate(hosts.values()):
        variables.update(remote_tower_enabled="true", remote_tower_id=number)
    script = f"#! /usr/bin/env python3\n# -*- coding: utf-8 -*-\nprint({json.dumps(inventory)!r})\n"
    write(directory / "inventory" / "hosts", script, 0o700)
    meta = {"awx_job_id": job["ident"], "awx_job_template_name": "site", "tower_job_id": job["ident"]}
    write(directory / "env" / "extravars", json.dumps({**job["extra_vars"], **meta}))
    arguments = ["-u", "root", *job["arguments"]]
    if job["injected_vars"]:
        # In the pod, this directory is always called that.
        write(directory / "env" / "tmpa1b2c3", json.dumps(job["injected_vars"]))
        arguments += ["-e", f"@{job['pod']}/env/tmpa1b2c3"]
    write(directory / "env" / "cmdline", ansible_runner.utils.args2cmdline(*arguments))
    settings = {"job_timeout": 0, "suppress_ansible_output": True, "suppress_output_file": True}
    write(directory / "env" / "settings", json.dumps(settings))
    return hosts


def give_facts(hosts, facts, cache):
    """What the database knows of the *hosts*, one file each."""
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    for host in hosts:
        if (facts / host).exists():
            shutil.copy(facts / host, cache / host)


def take_facts(hosts, facts, cache):
    """What the job has left in a file of the host's name, and nothing else."""
    for host in hosts:
        if (cache / host).exists():
            shutil.copy(cache / host, facts / host)


def main():
    """Run the job; the exit status is 0 if AWX would call it successful."""
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    out, facts = pathlib.Path(job["out"]), pathlib.Path(job["facts"])
    controller, pod = out / "controller", out / "pod"
    pod.mkdir(mode=0o700, parents=True)
    job["pod"] = str(pod)
    hosts = lay_out(job, controller)
    cache = controller / "artifacts" / str(job["ident"]) / "fact_cache"
    environment = {
        **job["environment"],
        "HOME": str(pod / "home"),
        "ANSIBLE_COLLECTIONS_PATH": job["collections"],
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        "JOB_ID": str(job["ident"]),
    }
    if job["use_fact_cache"]:
        give_facts(hosts, facts, cache)
    with open(out / "sent", "wb") as stream:
        ansible_runner.run(
            streamer="transmit",
            _output=stream,
            private_data_dir=str(controller),
            ident=job["ident"],
            playbook=job["playbook"],
            passwords={prompt: job["passwords"].get(name, "") for prompt, name in PROMPTS.items()},
            suppress_env_files=True,
            envvars=environment,
            fact_cache_type="jsonfile" if job["use_fact_cache"] else "",
        )
    with open(out / "sent", "rb") as sent, open(out / "returned", "wb") as returned:
        ansible_runner.run(streamer="worker", _input=sent, _output=returned, private_data_dir=str(pod))
    # It holds the passwords on their way: in AWX it is a socket.
    (out / "sent").unlink()
    events = []
    with open(out / "returned", "rb") as returned:
        result = ansible_runner.run(
            streamer="process",
            _input=returned,
            private_data_dir=str(controller),
            ident=job["ident"],
            event_handler=events.append,
        )
    write(out / "events.json", json.dumps(events))
    if job["use_fact_cache"]:
        take_facts(hosts, facts, cache)
    return 0 if result.status == "successful" else 1


if __name__ == "__main__":
    sys.exit(main())
