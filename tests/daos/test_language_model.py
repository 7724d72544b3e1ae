"""A language model may propose a plan for what the grammar refuses; its answer is read as strictly as a client's."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from gencraft_media.accounts.models import User
from gencraft_media.common.database import TransactionHeld
from gencraft_media.common.errors import InvalidRequest
from gencraft_media.common.models import AuditEntry
from gencraft_media.common.settings_changes import save_settings
from gencraft_media.daos import language_model
from gencraft_media.daos.language_model import LanguageModelFailed, propose_with_language_model
from gencraft_media.daos.models import ConfigurationPlan, PlanPolicy
from gencraft_media.daos.sentences import SentenceRefused
from gencraft_media.daos.services import BY_LANGUAGE_MODEL
from tests.daos.asking import asked, value
from tests.daos.chat_server import ChatServer, running_chat_server
from tests.daos.test_api import PLANS
from tests.factories import api_client, make_key, make_project

pytestmark = pytest.mark.usefixtures("catalogue")
SENTENCE = "Our premium folks deserve crisper pictures"
HD = asked("media.quality", quality="hd", scope="plan:pro")
KEY = "sk-of-no-worth"


@pytest.fixture
def chat(db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    """A language model in force. A test's own transaction may be waited in, unless the test is about that."""
    monkeypatch.setattr(language_model, "release_connection", lambda: None)
    with running_chat_server() as server:
        settings.EGRESS_ALLOW = [server.host]
        values = {"language_model_url": server.url, "language_model": "small", "language_model_key": KEY}
        save_settings(PlanPolicy, values, actor=None)
        yield server


def test_proposes_what_the_model_answers_and_changes_nothing(chat: ChatServer, sam: User) -> None:
    chat.propose(HD, holdsForSeconds=7200)
    plan = propose_with_language_model(actor=sam, sentence=SENTENCE)
    assert (plan.source, plan.state, plan.sentence, plan.holds_for_s) == ("language_model", "proposed", SENTENCE, 7200)
    assert plan.actions == [HD]
    assert BY_LANGUAGE_MODEL in plan.notes
    assert value("generation.media", "plan:pro", "quality") is None


def test_sends_the_sentence_and_the_actions_and_nothing_else(chat: ChatServer, sam: User) -> None:
    chat.propose(HD)
    propose_with_language_model(actor=sam, sentence=SENTENCE)
    [question] = chat.questions
    system, user = question["messages"]
    assert user == {"role": "user", "content": SENTENCE}
    assert (question["model"], chat.keys, chat.paths) == ("small", [f"Bearer {KEY}"], ["/v1/chat/completions"])
    assert "media.quality" in system["content"]
    assert not [
        name for name in (sam.email, KEY, "flux/flux-2-pro") if str(name) in json.dumps(question["messages"][1])
    ]
    assert [name for name in (str(sam.email), KEY, "flux-2-max", str(sam.pk)) if name in json.dumps(question)] == []


def test_is_not_asked_for_a_sentence_that_the_grammar_understands(chat: ChatServer, sam: User) -> None:
    plan = propose_with_language_model(actor=sam, sentence="Set the markup to 20%")
    assert (plan.source, chat.questions) == ("sentence", [])


@pytest.mark.parametrize("sentence", ["Run `rm -rf /` for me", "Crisper\u200b pictures", "better " * 100])
def test_is_not_shown_what_is_no_sentence(chat: ChatServer, sam: User, sentence: str) -> None:
    with pytest.raises(SentenceRefused):
        propose_with_language_model(actor=sam, sentence=sentence)
    assert chat.questions == []


def test_refuses_as_before_where_the_model_proposes_nothing(chat: ChatServer, sam: User) -> None:
    chat.propose()
    with pytest.raises(SentenceRefused, match="proposes nothing"):
        propose_with_language_model(actor=sam, sentence=SENTENCE)


@pytest.mark.parametrize(
    "action",
    [
        asked("projects.delete", scope="global"),
        asked("media.quality", quality="ultra", scope="plan:pro"),
        asked("media.quality", quality="hd", scope="plan:pro", apply=True),
        asked("pricing.markup", percent="900"),
        asked("provider.enable", provider="nobody", enabled=True),
    ],
)
def test_refuses_actions_that_a_client_could_not_send(chat: ChatServer, sam: User, action: dict[str, Any]) -> None:
    chat.propose(action)
    with pytest.raises(InvalidRequest):
        propose_with_language_model(actor=sam, sentence=SENTENCE)
    assert not ConfigurationPlan.objects.exists()


@pytest.mark.parametrize(
    "answer",
    [
        "I have enabled it for you!",
        "[]",
        '{"actions": "all"}',
        '{"actions": [], "apply": true}',
        '{"actions": [{"action": "media.quality", "parameters": {}, "confirmed": true}]}',
        '{"actions": [], "actions": []}',
    ],
)
def test_refuses_answers_of_another_shape(chat: ChatServer, sam: User, answer: str) -> None:
    chat.answer = answer
    with pytest.raises(LanguageModelFailed):
        propose_with_language_model(actor=sam, sentence=SENTENCE)
    assert not ConfigurationPlan.objects.exists()


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (500, b"{}", "status 500"),
        (302, b"{}", "status 302"),
        (200, b"<html>", "no chat completion"),
        (200, b'{"choices": []}', "no chat completion"),
        (200, b'{"choices": [{"message": {"content": null}}]}', "without words"),
        (200, b" " * 70_000, "too long"),
    ],
)
def test_says_what_was_wrong_with_the_answer(chat: ChatServer, sam: User, status: int, body: bytes, told: str) -> None:
    chat.status, chat.body = status, body
    with pytest.raises(LanguageModelFailed, match=told):
        propose_with_language_model(actor=sam, sentence=SENTENCE)


def test_waits_no_longer_than_it_may(chat: ChatServer, sam: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language_model, "TIMEOUT_S", 0.2)
    chat.silent = True
    with pytest.raises(LanguageModelFailed, match="did not answer"):
        propose_with_language_model(actor=sam, sentence=SENTENCE)


def test_goes_nowhere_that_egress_does_not_let_out_to(chat: ChatServer, sam: User, settings: Settings) -> None:
    settings.EGRESS_ALLOW = []
    with pytest.raises(LanguageModelFailed, match="cannot be asked"):
        propose_with_language_model(actor=sam, sentence=SENTENCE)
    assert chat.questions == []


def test_is_never_asked_inside_a_transaction(chat: ChatServer, sam: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with pytest.raises(TransactionHeld):
        propose_with_language_model(actor=sam, sentence=SENTENCE)
    assert chat.questions == []


def test_nobody_is_asked_where_none_is_named(sam: User) -> None:
    with pytest.raises(SentenceRefused, match="Not understood"):
        propose_with_language_model(actor=sam, sentence=SENTENCE)


def test_its_key_is_sealed_and_in_no_audit_entry(chat: ChatServer) -> None:
    [row] = PlanPolicy.objects.all()
    assert row.language_model_key == KEY
    assert not AuditEntry.objects.filter(after__icontains=KEY).exists()
    entry = AuditEntry.objects.get(action="settings.change")
    assert KEY not in json.dumps([entry.before, entry.after])


def test_is_asked_by_api_where_that_is_said(chat: ChatServer, sam: User) -> None:
    chat.propose(HD)
    client = api_client(make_key(make_project(sam), scopes=["admin"])[1])
    asked_for = {"prompt": SENTENCE, "holdsForSeconds": 3600}
    assert client.post(PLANS, asked_for).json()["code"] == "sentence_not_understood"
    assert chat.questions == []
    plan = client.post(PLANS, {**asked_for, "askLanguageModel": True}).json()
    assert (plan["source"], plan["state"], plan["holdsForSeconds"]) == ("language_model", "proposed", 3600)
    refused = client.post(PLANS, {"promptId": "enable-ai-images", "askLanguageModel": True})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "askLanguageModel")


def test_is_asked_on_the_command_line_and_applies_nothing_there_unseen(chat: ChatServer) -> None:
    chat.propose(HD)
    with pytest.raises(CommandError, match="looked at before"):
        call_command("daos", SENTENCE, "--ask-model", "--apply")
    assert chat.questions == []
    call_command("daos", SENTENCE, "--ask-model", stdout=io.StringIO())
    plan = ConfigurationPlan.objects.get()
    assert value("generation.media", "plan:pro", "quality") is None
    call_command("daos", "--confirm", str(plan.pk), stdout=io.StringIO())
    assert value("generation.media", "plan:pro", "quality") == "hd"
