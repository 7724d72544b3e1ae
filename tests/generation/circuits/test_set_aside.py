"""Accounts without money or with a wrong key are set aside, operators are told, and a new key brings them back."""

import json
import logging
from collections.abc import Callable

import pytest

from gencraft_media.common.models import DomainEvent
from gencraft_media.generation.circuits import account_open_for
from gencraft_media.generation.models import CircuitState
from providers.errors import KeyRefused, Misconfigured, OutOfMoney
from providers.models import ProviderAccount
from providers.openai.errors import CreditExhausted, ModelNotOffered
from providers.openai.errors import KeyRefused as OpenAiKeyRefused
from providers.services import save_account
from tests.factories import make_super_admin
from tests.generation.circuits.calls import MODEL, OTHER_MODEL, Calls, ask, fail, is_kept_back, make_account

CLOSED, OPEN = CircuitState.CLOSED, CircuitState.OPEN
FIRST_S, LONGEST_S = 300.0, 3600.0


def told() -> list[DomainEvent]:
    """What operators were told."""
    return list(DomainEvent.objects.filter(type__startswith="provider.").order_by("number"))


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (OutOfMoney, "no_credit"),
        (CreditExhausted, "no_credit"),
        (KeyRefused, "bad_key"),
        (OpenAiKeyRefused, "bad_key"),
    ],
)
def test_the_whole_account_is_set_aside_at_once_and_operators_are_told(
    calls: Calls, kind: Callable[[], Misconfigured], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        calls.fail(kind())
    circuit = calls.whole_account()
    assert (circuit.state, circuit.reason, circuit.cool_down_s) == (OPEN, reason, FIRST_S)
    assert is_kept_back(calls.planned()) and is_kept_back(calls.planned(OTHER_MODEL))
    (event,) = told()
    assert (event.type, event.project_id, event.subject_id) == ("provider.set_aside", None, calls.account.pk)
    assert (event.payload["provider"], event.payload["reason"]) == ("openai", reason)
    assert calls.account.api_key not in json.dumps(event.payload) + caplog.text
    assert caplog.text.count("provider set aside") == 1


def test_operators_are_told_once_however_many_calls_were_out(calls: Calls) -> None:
    for _ in range(4):
        calls.fail(OutOfMoney())
    assert len(told()) == 1
    for _ in range(5):
        calls.pass_time(calls.whole_account().cool_down_s + 1, "")
        attempt = calls.planned()
        assert ask(attempt) is None
        fail(attempt, OutOfMoney())
    assert (len(told()), calls.whole_account().cool_down_s) == (1, LONGEST_S)


def test_another_account_of_the_provider_is_used_meanwhile(calls: Calls) -> None:
    second = make_account(label="second", priority=-1)
    assert account_open_for("openai", MODEL) == calls.account
    calls.fail(OutOfMoney())
    assert account_open_for("openai", MODEL) == second


def test_a_model_that_is_not_offered_leaves_the_others_in_use(calls: Calls) -> None:
    calls.fail(ModelNotOffered())
    circuit = calls.circuit()
    assert circuit is not None
    assert (circuit.reason, circuit.cool_down_s, calls.state("")) == ("misconfigured", FIRST_S, CLOSED)
    assert not is_kept_back(calls.planned(OTHER_MODEL))
    assert told()[0].payload["model"] == MODEL


def test_a_new_key_brings_the_account_back(calls: Calls) -> None:
    sam = make_super_admin()
    sent_before = calls.sent()
    calls.fail(KeyRefused())
    account = ProviderAccount.objects.get(pk=calls.account.pk)
    account.label = "renamed"
    save_account(account, actor=sam)
    assert calls.state("") == OPEN, "nothing was mended"
    save_account(account, actor=sam, new_key="sk-canary-new")
    assert calls.state("") == CLOSED
    assert not is_kept_back(calls.planned())
    assert [event.type for event in told()] == ["provider.set_aside", "provider.restored"]
    fail(sent_before, KeyRefused())
    assert calls.state("") == CLOSED, "that was the old key"
    calls.fail(KeyRefused())
    assert (calls.state(""), calls.whole_account().cool_down_s) == (OPEN, FIRST_S)


def test_a_new_address_lets_requests_out_that_failed_at_the_old_one(calls: Calls) -> None:
    for _ in range(3):
        calls.fail(Misconfigured())
    account = ProviderAccount.objects.get(pk=calls.account.pk)
    account.base_url = "https://eu.example.com/v1"
    # A key goes to no other server without being said again.
    save_account(account, actor=make_super_admin(), new_key=account.api_key)
    assert calls.state() == CLOSED
