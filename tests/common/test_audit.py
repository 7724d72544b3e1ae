"""Audit entries say who did what, mask secrets, and are never changed."""

import pytest
import structlog
from django.db import DatabaseError, transaction

from gencraft_media.common.audit import MASKED, mask_secrets, record_audit
from gencraft_media.common.models import AuditEntry
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db


def test_an_entry_names_actor_target_change_reason_and_request() -> None:
    alice = make_user()
    project = make_project(alice)
    with structlog.contextvars.bound_contextvars(request_id="request-1"):
        record_audit(
            actor=alice, action="project.rename", target=project, before={"name": "A"}, after={"name": "B"},
            reason="typo",
        )  # fmt: skip
    entry = AuditEntry.objects.get(action="project.rename")
    assert (entry.actor_id, entry.actor_label) == (alice.pk, alice.email)
    assert (entry.target_kind, entry.target_id) == ("accounts.project", str(project.pk))
    assert (entry.before, entry.after, entry.reason) == ({"name": "A"}, {"name": "B"}, "typo")
    assert entry.request_id == "request-1"


def test_what_nobody_did_was_done_by_the_engine() -> None:
    entry = record_audit(actor=None, action="x", target=make_user())
    assert (entry.actor_id, entry.actor_label) == (None, "engine")


def test_everything_named_like_a_secret_is_masked() -> None:
    found = mask_secrets({"api_key": "sk-1", "WebhookSecret": "s", "password": "p", "name": "n", "token": ""})
    assert found == {"api_key": MASKED, "WebhookSecret": MASKED, "password": MASKED, "name": "n", "token": ""}
    assert mask_secrets(None) is None
    entry = record_audit(actor=None, action="x", target=make_user(), after={"credentials": "sk-1"})
    assert "sk-1" not in str(AuditEntry.objects.get(pk=entry.pk).after)


def test_secrets_inside_nested_values_are_masked_too() -> None:
    found = mask_secrets({"account": {"api_key": "sk-1", "label": "a"}, "accounts": [{"secret": "s"}]})
    assert found == {"account": {"api_key": MASKED, "label": "a"}, "accounts": [{"secret": MASKED}]}


def test_the_database_itself_refuses_to_change_or_delete_an_entry() -> None:
    entry = record_audit(actor=None, action="x", target=make_user())
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(action="y")
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).delete()
    assert AuditEntry.objects.get(pk=entry.pk).action == "x"
