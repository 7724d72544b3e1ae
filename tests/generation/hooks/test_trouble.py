"""Hooks that fail, lie or dawdle: the built-in result holds, and they are left alone for a while."""

import json
import threading
import time
from decimal import Decimal
from typing import Any

import pytest
import structlog
from cryptography.fernet import Fernet
from django.db import transaction

from gencraft_media.common.database import release_connection
from gencraft_media.common.egress import GuardedAdapter
from gencraft_media.common.errors import InvalidRequest
from gencraft_media.generation.hooks import asking, calling
from gencraft_media.generation.hooks.cost import quoted_by_hook
from gencraft_media.generation.hooks.quality import judged_by_hook
from gencraft_media.generation.hooks.targets import check_target
from gencraft_media.webhooks.signatures import new_secret
from tests.generation.hooks import plugins
from tests.generation.hooks.conftest import UNTRUSTING, SetHook
from tests.generation.hooks.servers import HookServer
from tests.generation.hooks.test_answers import FACTS, NAMES, quote, rank
from tests.providers.loopback import closed_port_url


def outcome_of_rank() -> str:
    names, note = rank()
    assert names == NAMES, "the engine's own order"
    assert note is not None
    return note.outcome


@pytest.mark.parametrize(
    ("plugin", "outcome"),
    [
        ("raises", "failed"),
        ("says_nothing", "wrong_answer"),
        ("says_what_json_cannot", "wrong_answer"),
        ("says_too_much", "wrong_answer"),
        ("halves_the_price", "failed"),
        ("no_such_function", "failed"),
    ],
)
def test_a_function_that_misbehaves_changes_nothing(set_hook: SetHook, plugin: str, outcome: str) -> None:
    set_hook("router", plugin)
    assert outcome_of_rank() == outcome


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        "openai/gpt-image-1",
        {"ranking": []},
        {"ranking": "flux/flux-2-pro"},
        {"ranking": ["stability/core"]},
        {"ranking": [NAMES[0], NAMES[0]]},
        {"ranking": [NAMES[0]], "confidence": 1},
        {"ranking": [None]},
    ],
)
def test_a_ranking_of_another_shape_is_not_taken(set_hook: SetHook, hook_server: HookServer, answer: Any) -> None:
    set_hook("router", hook_server.url, hook_server.secret)
    hook_server.answer = answer
    assert outcome_of_rank() == "wrong_answer"


@pytest.mark.parametrize(
    "total", ["-0.01", "0.8000001", "2.01", "NaN", "Infinity", "1e9", "four", 0.04, 0, None, {"amount": "1"}]
)
def test_a_price_below_zero_or_absurd_is_not_taken(set_hook: SetHook, hook_server: HookServer, total: Any) -> None:
    set_hook("cost", hook_server.url, hook_server.secret)
    hook_server.answer = {"totalCost": total}
    found, note = quoted_by_hook(quote())
    assert found == quote()
    assert note is not None
    assert note.outcome == "wrong_answer"


def test_a_price_is_free_only_where_the_hook_says_so_and_never_above_what_the_client_will_pay(
    set_hook: SetHook, hook_server: HookServer
) -> None:
    set_hook("cost", hook_server.url, hook_server.secret)
    hook_server.answer = {"totalCost": "0"}
    assert quoted_by_hook(quote())[0].credits == 0
    hook_server.answer = {"totalCost": "0.11"}
    assert quoted_by_hook(quote(), most=Decimal("0.11"))[0].total == Decimal("0.11")
    assert quoted_by_hook(quote(), most=Decimal("0.10"))[0] == quote()


@pytest.mark.parametrize(
    "answer", [{"score": 1.5}, {"score": -1}, {"accepted": True}, {"score": "good"}, {"score": None}, {"score": True}]
)
def test_a_judgement_out_of_range_is_not_taken(set_hook: SetHook, hook_server: HookServer, answer: Any) -> None:
    set_hook("quality", hook_server.url, hook_server.secret)
    hook_server.answer = answer
    judged = judged_by_hook(FACTS, score=Decimal("0.400"), threshold=Decimal("0.350"))
    assert (judged.score, judged.accepted) == (Decimal("0.400"), None)
    assert judged.note is not None
    assert judged.note.outcome == "wrong_answer"


@pytest.mark.parametrize(("status", "outcome"), [(500, "status_500"), (302, "status_302"), (204, "status_204")])
def test_a_status_other_than_200_is_no_answer(
    set_hook: SetHook, hook_server: HookServer, status: int, outcome: str
) -> None:
    set_hook("router", hook_server.url, hook_server.secret)
    hook_server.answer = status
    assert outcome_of_rank() == outcome


def test_an_answer_that_is_no_json_or_too_large_is_not_read(set_hook: SetHook, hook_server: HookServer) -> None:
    set_hook("router", hook_server.url, hook_server.secret)
    hook_server.body = b"<html>"
    assert outcome_of_rank() == "wrong_answer"
    said = json.dumps({"ranking": [NAMES[1]]}).encode()
    hook_server.body = said.ljust(64 * 1024 + 1)
    assert outcome_of_rank() == "wrong_answer"
    hook_server.body = said.ljust(64 * 1024)
    assert rank()[0][0] == NAMES[1]


def test_a_dead_function_costs_its_time_once_and_then_nothing(
    set_hook: SetHook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "TIMEOUT_S", 0.2)
    set_hook("router", "never_answers")
    assert outcome_of_rank() == "timed_out"
    began = time.monotonic()
    assert [outcome_of_rank() for _ in range(20)] == ["resting"] * 20
    assert time.monotonic() - began < 2
    assert len(plugins.asked) == 1


def test_a_silent_address_is_given_its_time_in_all_and_then_rests(
    set_hook: SetHook, hook_server: HookServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "TIMEOUT_S", 0.3)
    set_hook("router", hook_server.url, hook_server.secret)
    hook_server.silent = True
    assert outcome_of_rank() in {"timed_out", "unreachable"}
    assert outcome_of_rank() == "resting"
    assert len(hook_server.questions) == 1


def test_after_its_rest_one_question_tries_the_hook_and_it_comes_back(
    set_hook: SetHook, hook_server: HookServer
) -> None:
    set_hook("router", hook_server.url, hook_server.secret)
    hook_server.answer = 503
    assert outcome_of_rank() == "status_503"
    hook_server.answer = {"ranking": [NAMES[1]]}
    assert outcome_of_rank() == "resting"
    asking._resting.update(dict.fromkeys(asking._resting, 0.0))
    assert rank()[0][0] == NAMES[1]
    assert rank()[0][0] == NAMES[1]


def test_while_one_question_tries_a_hook_the_others_go_on_without(set_hook: SetHook) -> None:
    set_hook("router", "raises")
    assert outcome_of_rank() == "failed"
    asking._resting.update(dict.fromkeys(asking._resting, 0.0))
    [hook] = asking._resting
    assert [asking._may_ask(hook) for _ in range(3)] == [True, False, False]


def test_nobody_listening_is_no_answer(set_hook: SetHook, settings: Any) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    set_hook("router", closed_port_url(), new_secret())
    assert outcome_of_rank() == "unreachable"


def test_an_address_that_is_not_let_out_to_is_not_asked(set_hook: SetHook, settings: Any) -> None:
    settings.EGRESS_ALLOW = []
    set_hook("router", "https://127.0.0.1:8443/hook", new_secret())
    assert outcome_of_rank() == "address_refused"


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    set_hook: SetHook, hook_server: HookServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GuardedAdapter, "send", UNTRUSTING)
    set_hook("router", hook_server.url, hook_server.secret)
    assert outcome_of_rank() == "tls_failed"
    assert hook_server.questions == []


def test_inside_a_transaction_no_hook_is_asked(set_hook: SetHook, monkeypatch: pytest.MonkeyPatch) -> None:
    set_hook("router", "prefers_the_last")
    monkeypatch.setattr(asking, "release_connection", release_connection)
    with transaction.atomic():
        assert outcome_of_rank() == "not_asked"
    assert plugins.asked == []


def test_trouble_is_logged_with_its_reason_and_without_the_secret(set_hook: SetHook, hook_server: HookServer) -> None:
    set_hook("cost", hook_server.url, hook_server.secret)
    hook_server.answer = {"totalCost": "-1"}
    with structlog.testing.capture_logs() as lines:
        quoted_by_hook(quote())
    [line] = [line for line in lines if line["event"] == "hook gave no answer that holds"]
    assert (line["hook"], line["outcome"]) == ("cost", "wrong_answer")
    assert "totalCost" in line["reason"]
    assert hook_server.secret not in str(lines)


@pytest.mark.parametrize(
    ("target", "secret", "field"),
    [
        ("tests.generation.hooks.plugins.no_such_function", "", "target"),
        ("tests.generation.hooks.plugins.not_a_function", "", "target"),
        ("no.such.module", "", "target"),
        ("nothing", "", "target"),
        ("http://hooks.example.com/", "", "target"),
        ("https://10.0.0.1/", "", "target"),
        ("https://hooks.example.com/", "", "secret"),
        ("https://hooks.example.com/", "whsec_short", "secret"),
        ("https://hooks.example.com/", "of no worth", "secret"),
    ],
)
def test_what_could_never_be_asked_is_refused_when_it_is_saved(target: str, secret: str, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        check_target(target, secret)
    assert [error.field for error in refused.value.errors] == [field]


@pytest.mark.parametrize(
    ("target", "secret"),
    [
        ("", ""),
        ("off", ""),
        ("tests.generation.hooks.plugins.raises", ""),
        ("https://hooks.example.com/", new_secret()),
    ],
)
def test_what_can_be_asked_is_taken(target: str, secret: str) -> None:
    check_target(target, secret)


def test_a_secret_that_cannot_be_opened_is_no_hook(set_hook: SetHook, settings: Any) -> None:
    set_hook("router", "https://hooks.example.com/rank", new_secret())
    settings.SEALING_KEYS = [Fernet.generate_key().decode()]
    assert outcome_of_rank() == "misconfigured"


def test_an_answer_nested_beyond_reading_is_not_taken(set_hook: SetHook, monkeypatch: pytest.MonkeyPatch) -> None:
    # To make it takes a busy machine longer than hooks have.
    monkeypatch.setattr(calling, "TIMEOUT_S", 20.0)
    set_hook("router", "says_it_too_deeply")
    assert outcome_of_rank() == "wrong_answer"


def test_where_no_thread_is_to_be_had_the_place_is_given_back(
    set_hook: SetHook, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_hook("router", "prefers_the_last")

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        for _ in range(20):
            asking.forget_rests()
            assert outcome_of_rank() == "overloaded"
    asking.forget_rests()
    assert rank()[0][0] == NAMES[-1]


def test_clients_read_that_there_was_no_answer_and_no_more() -> None:
    assert asking.Note("router", "status_500").as_json() == {"name": "router", "outcome": "no_answer"}
    assert asking.Note("router", "answered").as_json() == {"name": "router", "outcome": "answered"}
