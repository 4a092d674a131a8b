# SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One tree of errors: every code of the miner has its member, and each says who, what, why and what to do."""

from __future__ import annotations

import inspect

import pytest
from ansible_collections.minerops.whatsminer.plugins.module_utils._api import errors
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.errors import (
    SUCCESS_CODES,
    BadParameter,
    OversizedReply,
    WhatsminerError,
    from_code,
)
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.masking import Mask
from ansible_collections.minerops.whatsminer.plugins.module_utils._api.v2 import cipher

# Section 4 of the API document, "Message Code", and what the field notes add: 24, and 23 to a sealed request.
REFUSALS = [
    (14, False, errors.UnknownCommand),
    (23, False, errors.CommandRefused),
    (23, True, errors.WrongPassword),
    (24, False, errors.UnknownCommand),
    (45, False, errors.AccessDenied),
    (132, False, errors.CommandRefused),
    (135, False, errors.TokenRejected),
    (136, False, errors.TokenLimit),
    (137, False, errors.CommandRefused),
]
MEMBERS = [
    member
    for module in (errors, cipher)
    for _name, member in inspect.getmembers(module, inspect.isclass)
    if issubclass(member, WhatsminerError) and member.__module__ == module.__name__
]


@pytest.mark.parametrize(("code", "sealed", "member"), REFUSALS)
def test_every_code_of_the_document_and_the_field_notes_has_its_member(code, sealed, member):
    error = from_code(code, "words of the miner", sealed)
    assert error.__class__ is member
    assert (error.code, error.answer) == (code, "words of the miner")
    assert error.remedy


@pytest.mark.parametrize("code", [23, 45, 132, 135, 136])
def test_a_plain_request_never_means_a_wrong_password(code):
    assert not isinstance(from_code(code, ""), errors.WrongPassword)


@pytest.mark.parametrize("code", [None, 0, 1, 99, 10**9])
def test_a_code_that_nobody_knows_is_a_refusal(code):
    assert from_code(code, "?").__class__ is errors.CommandRefused


def test_success_codes_are_those_of_the_document_and_of_get_token():
    assert set(SUCCESS_CODES) == {131, 133, 134}


@pytest.mark.parametrize("member", MEMBERS)
def test_every_member_has_a_cause_of_its_own_that_conditions_can_name(member):
    assert member.cause.replace("_", "").isalpha()
    assert member.cause.islower()
    # What tells our own code more is nothing that a user would handle in another way.
    finer = {OversizedReply: errors.NotAMiner, errors.NoConnection: errors.Unreachable}
    named = [other for other in MEMBERS if other not in finer]
    assert [other for other in named if other.cause == member.cause] == [finer.get(member, member)]


@pytest.mark.parametrize(
    "member", [member for member in MEMBERS if member not in (WhatsminerError, BadParameter)]
)
def test_a_message_names_miner_command_answer_and_remedy(member):
    error = member(
        "it said no",
        miner="m7 (192.0.2.7:4028)",
        command="reboot",
        code=132,
        answer="not now",
        remedy="Try again",
    )
    assert (
        str(error)
        == 'm7 (192.0.2.7:4028): reboot: it said no (the miner answered Code 132, "not now"). Try again.'
    )


# The last two say it in their problem, or where they are raised.
@pytest.mark.parametrize(
    "member",
    [
        member
        for member in MEMBERS
        if member not in (WhatsminerError, errors.AnotherApi, BadParameter, errors.MissingLibrary)
    ],
)
def test_every_member_says_what_to_do(member):
    assert member.remedy


def test_what_is_not_known_is_left_out():
    assert str(WhatsminerError("it said no")) == "it said no."
    assert str(WhatsminerError("it said no", command="reboot")) == "reboot: it said no."
    assert str(WhatsminerError("it said no", answer="x")) == 'it said no (the miner answered "x").'
    assert (
        str(WhatsminerError("it said no", code=14, answer=""))
        == "it said no (the miner answered Code 14, no text)."
    )


def test_where_it_happened_is_filled_in_once():
    error = WhatsminerError("it said no", miner="m7").at("m8", "reboot").at("m9", "power_on")
    assert (error.miner, error.command) == ("m7", "reboot")


def test_a_task_result_has_message_cause_and_code():
    assert from_code(136, "over max times").at("m7", "get_token").to_dict() == {
        "msg": str(from_code(136, "over max times").at("m7", "get_token")),
        "cause": "token_limit",
        "code": 136,
    }
    assert "code" not in errors.Unreachable("no connection").to_dict()


def test_a_timeout_is_unreachable_and_a_broken_answer_is_not():
    assert issubclass(errors.TimedOut, errors.Unreachable)
    assert not issubclass(errors.NotAMiner, errors.Unreachable)
    assert not issubclass(errors.OutcomeUnknown, errors.Unreachable)


def test_a_bad_parameter_names_the_option_and_says_that_nothing_was_sent():
    error = BadParameter("percent", "a whole number, 0 to 100", command="set_power_pct")
    assert str(error) == "set_power_pct: percent must be a whole number, 0 to 100; nothing was sent."


# --- Secrets ------------------------------------------------------------------------------------------------


def test_secrets_are_hidden_wherever_the_miner_is_quoted():
    error = errors.NotAMiner('the answer is not a reply: "hunter22 and sign$1"', answer="hunter22 again")
    assert error.without(Mask("hunter22", "sign$1")) is error
    assert error.problem == 'the answer is not a reply: "******** and ********"'
    assert error.answer == "******** again"
    assert "hunter22" not in repr(error)


@pytest.mark.parametrize("end", ["hunter2...", "hunter...", "hun...", "hunter2", "hunt"])
def test_a_secret_that_the_end_of_an_excerpt_cuts_is_hidden_too(end):
    assert "hun" not in str(errors.NotAMiner(f'cut: "x {end}"', answer=f"y {end}").without(Mask("hunter22")))


def test_our_own_words_are_left_alone():
    error = errors.NotAMiner('the answer is no reply: "x"').without(Mask("answer"))
    assert error.problem == 'the answer is no reply: "x"'


def test_what_a_miner_says_in_an_error_cannot_control_a_screen_or_fill_it():
    said = str(errors.NotConverged("pools is \x1b[2J\u202egnihsah\n" + "x" * 100_000, miner="m1"))
    assert said.isprintable() and len(said) == 2000
    assert said.startswith("m1: pools is \\x1b[2J\\u202egnihsah\\nxxx")
