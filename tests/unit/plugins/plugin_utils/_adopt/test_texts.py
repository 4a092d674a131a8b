# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a miner said is written so that Ansible reads it back as just that, and never as a template."""

from __future__ import annotations

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._adopt import files, layout
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._adopt.placement import place
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._adopt.templates import (
    Names,
    with_templates,
)
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._adopt.vars_text import Template
from ansible_collections.minerops.whatsminer.plugins.plugin_utils._fleet.direct import plain

NASTY = [
    "{{ lookup('ansible.builtin.pipe', 'id') }}",
    "{% for x in y %}",
    "{# #}",
    "on",
    "1e3",
    "0123",
    "12:34:56",
    "~",
    " blank ",
    "a: b #c",
    "!vault |",
    "*alias",
    "\x1b[2J\x07",
    "\u202eright to left",
    "line\nline",
    "x" * 500,
    "---",
]


def read_back(text, tmp_path, **variables):
    """What Ansible makes of a file of variables with *text*, each value filled in."""
    path = tmp_path / "vars.yml"
    path.write_text(text, encoding="utf-8")
    loader = DataLoader()
    try:
        found = loader.load_from_file(str(path), trusted_as_template=True)
    except TypeError:  # ansible-core before 2.19, where all text is
        found = loader.load_from_file(str(path))
    templar = Templar(loader, variables={**found, **variables})
    return plain(templar.template(found))


@pytest.mark.parametrize("said", NASTY)
def test_what_a_miner_says_comes_back_as_it_is(said, tmp_path):
    variables = {"whatsminer_system": {"hostname": said, "list": [said]}}
    text = layout.vars_file(variables, is_of_group=False)
    assert text.isascii()
    assert read_back(text, tmp_path) == variables
    pools = {"whatsminer_pools": [{"user": said}]}
    text = layout.inventory_file(place({"m": pools}, {"miners": frozenset("m")}), {}, {"m": {}}, shared={})
    assert read_back(text, tmp_path)["miners"]["hosts"]["m"] == pools


def test_a_template_of_ours_is_filled_in(tmp_path):
    text = layout.vars_file({"user": Template("farm.{{ inventory_hostname }}")}, is_of_group=True)
    assert read_back(text, tmp_path, inventory_hostname="rack1-01") == {"user": "farm.rack1-01"}


def test_no_file_holds_a_password_and_each_says_which_vault_is_needed():
    text = layout.vars_file({}, is_of_group=True)
    assert '#   ansible_password: "{{ vault_miner_password }}"' in text
    assert text.endswith("---\n{}\n")
    assert set(layout.NEEDS_VAULT) >= {"ansible_password", "whatsminer_pools[].password"}


HOSTS = {
    f"rack1-0{n}": Names(f"rack1-0{n}", f"10.1.2.{n}", f"C4:05:08:00:00:0{n}") for n in (1, 2, 3)
}


@pytest.mark.parametrize(
    ("written", "template"),
    [
        ("farm.rack1-0{}", "farm.{{ inventory_hostname }}"),
        ("farm.10x1x2x{}", "farm.{{ ansible_host | replace('.', 'x') }}"),
        ("farm.2x{}", "farm.{{ ansible_host.split('.')[2:] | join('x') }}"),
        ("farm.{}", "farm.{{ ansible_host.split('.')[3] }}"),
        ("farm_c4050800000{}", "farm_{{ whatsminer_mac | replace(':', '') | lower }}"),
        ("C4:05:08:00:00:0{}", "{{ whatsminer_mac }}"),
        ("00000{}.farm", "{{ (whatsminer_mac | replace(':', ''))[-6:] }}.farm"),
    ],
)
def test_workers_that_are_named_by_a_pattern_become_a_template_that_gives_just_their_names(
    written, template, tmp_path
):
    users = {host: written.format(host[-1]) for host in HOSTS}
    variables = {
        host: {"whatsminer_pools": [{"url": "stratum+tcp://a.example:1", "user": user}]}
        for host, user in users.items()
    }
    found = with_templates(variables, HOSTS)
    for host, own in found.items():
        assert own["whatsminer_pools"][0]["user"] == template
        names = HOSTS[host]
        filled = read_back(
            layout.vars_file(own, is_of_group=False),
            tmp_path,
            inventory_hostname=names.host,
            ansible_host=names.address,
            whatsminer_mac=names.mac,
        )
        assert filled["whatsminer_pools"][0]["user"] == users[host]
    assert variables["rack1-01"]["whatsminer_pools"][0]["user"] == users["rack1-01"]


@pytest.mark.parametrize(
    "users",
    [
        ("farm.7", "farm.7", "farm.7"),  # the same for all
        ("farm.1", "other.9", "third.8"),  # nobody shares it
        ("{{ x }}.rack1-01", "{{ x }}.rack1-02", "{{ x }}.rack1-03"),  # would be part of the template
        ("farmrack1-01x", "farmrack1-02x", "farmrack1-03x"),  # not a word of its own
    ],
)
def test_other_names_stay_as_they_are(users):
    variables = {
        host: {"whatsminer_pools": {"pools": [{"url": "u", "user": user}], "web_access": True}}
        for host, user in zip(HOSTS, users)
    }
    assert with_templates(variables, HOSTS) == variables


def test_host_names_and_static_addresses_follow_from_what_the_host_is_known_by():
    variables = {
        host: {"whatsminer_system": {"hostname": host}, "whatsminer_net": {"address": names.address}}
        for host, names in HOSTS.items()
    }
    expected = {
        "whatsminer_system": {"hostname": "{{ inventory_hostname }}"},
        "whatsminer_net": {"address": "{{ ansible_host }}"},
    }
    assert list(with_templates(variables, HOSTS).values()) == [expected] * 3
    without = {host: Names(host) for host in HOSTS}
    assert with_templates(variables, without)["rack1-01"]["whatsminer_net"] == {"address": "10.1.2.1"}


def test_a_file_that_a_person_wrote_or_edited_is_told_from_ours(tmp_path):
    path = tmp_path / "host_vars" / "m.yml"
    path.parent.mkdir()
    file = files.file_of(str(path), "a: 1\n")
    assert (file.state, file.before) == ("new", None)
    path.write_text(file.text)
    assert files.file_of(str(path), "a: 1\n").state == "unchanged"
    assert files.file_of(str(path), "a: 2\n").state == "changed"
    path.write_text(file.text + "b: 1\n")
    assert files.file_of(str(path), "a: 2\n").state == "edited"
    path.write_text("a: 1\n")
    assert files.file_of(str(path), "a: 1\n").state == "edited"
    path.write_bytes(b"\xff\xfe")
    assert files.file_of(str(path), "a: 1\n").state == "edited"


def test_a_file_stands_where_ansible_reads_it_and_hides_no_other(tmp_path):
    def place_of(kind, name):
        return files.path_of(str(tmp_path), kind, name).removeprefix(f"{tmp_path}/")

    assert place_of("host_vars", "m") == "host_vars/m.yml"
    assert place_of("group_vars", "g") == "group_vars/g/adopted.yml"
    (tmp_path / "host_vars" / "m").mkdir(parents=True)
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "g.yaml").write_text("a: 1\n")
    assert place_of("host_vars", "m") == "host_vars/m/adopted.yml"
    assert place_of("group_vars", "g") == "group_vars/g.yaml"
    for name in ("../m", ".m", "a/b"):
        with pytest.raises(ValueError, match="can't be the name of a file"):
            files.path_of(str(tmp_path), "host_vars", name)
