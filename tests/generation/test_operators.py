"""What operators do by hand in the admin: through the same services as everywhere, and always audited."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from billing.models import CostCertainty, ProviderCost
from gencraft_media.common.actions import perform
from gencraft_media.common.database import release_connection
from gencraft_media.common.errors import PermissionRefused
from gencraft_media.common.models import AuditEntry
from gencraft_media.common.versioned import change_settings
from gencraft_media.generation.errors import NothingToResolve
from gencraft_media.generation.hooks import asking
from gencraft_media.generation.models import GenerationAttempt, GenerationJob, HookSettings
from gencraft_media.generation.resolution import JobNotRetryable
from tests.factories import make_super_admin, make_user
from tests.generation.driving import drive
from tests.generation.fallback.situations import start_with
from tests.generation.tenants import Tenant

# The audit's names of these actions.
RETRY, CANCEL, RESOLVE = "job.retry", "job.cancel", "attempt.resolve_unknown"


def admin_of(user: Any) -> Client:
    """A browser in the admin."""
    client = Client()
    client.force_login(user)
    return client


def choose(client: Client, page: str, action: str, *rows: Any) -> str:
    """Run an admin action on rows of a list; the messages it leaves."""
    answer = client.post(
        reverse(f"admin:generation_{page}_changelist"),
        {"action": action, "_selected_action": [str(row.pk) for row in rows]},
        follow=True,
    )
    assert answer.status_code == 200
    return " ".join(str(message) for message in answer.context["messages"])


def test_a_failed_job_is_run_again_as_a_new_one(alice: Tenant) -> None:
    sam = make_super_admin()
    old = drive(alice.start("sim/moderated", seed=7, steps=20, tags=["hero"], externalUserId="c-1", batchSize=2))
    assert "Done for 1" in choose(admin_of(sam), "generationjob", "retry", old)
    new = GenerationJob.objects.exclude(pk=old.pk).get()
    same = ("params", "batch_size", "model", "operation", "user_id", "project_id", "tags", "external_user_id")
    assert {name: getattr(new, name) for name in same} == {name: getattr(old, name) for name in same}
    assert list(new.items.order_by("index").values_list("seed", flat=True)) == [7, 8]
    entry = AuditEntry.objects.get(action=RETRY)
    assert (entry.actor_id, entry.target_id, (entry.after or {})["newJob"]) == (sam.pk, str(old.pk), str(new.pk))
    old.refresh_from_db()
    assert old.status == "failed"
    assert drive(new).status == "failed"


def test_a_job_that_another_model_stepped_in_for_is_run_again_as_it_was_asked(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "release_connection", release_connection)
    old = drive(start_with(alice, "sim/bad-key", "sim/unreachable", seed=7, batchSize=2))
    assert (old.status, old.model) == ("failed", "sim/unreachable")
    change_settings(HookSettings, {"target": "tests.generation.hooks.plugins.halves_the_price"}, scope="cost")
    for _ in range(2):
        assert "Done for 1" in choose(admin_of(make_super_admin()), "generationjob", "retry", old)
    new = GenerationJob.objects.exclude(pk=old.pk).get()
    assert (new.model, new.wish, new.batch_size) == ("sim/bad-key", old.wish, 2)
    assert new.receipt["requested"] == old.receipt["requested"]
    assert new.receipt["hook"]["outcome"] == "answered"


def test_a_job_that_delivered_is_not_run_again(alice: Tenant) -> None:
    job = drive(alice.start())
    messages = choose(admin_of(make_super_admin()), "generationjob", "retry", job)
    assert (JobNotRetryable().message in messages, GenerationJob.objects.count()) == (True, 1)
    assert not AuditEntry.objects.filter(action=RETRY).exists()


def test_a_retry_the_owner_cannot_pay_leaves_nothing_behind(alice: Tenant) -> None:
    job = drive(alice.start("sim/moderated", batchSize=50))
    for _ in range(6):
        alice.start(batchSize=50)
    messages = choose(admin_of(make_super_admin()), "generationjob", "retry", job)
    assert "credits" in messages
    assert not AuditEntry.objects.filter(action=RETRY).exists()


def test_a_job_is_canceled_in_the_operators_name(alice: Tenant) -> None:
    sam = make_super_admin()
    ended = drive(alice.start())
    waiting = alice.start()
    messages = choose(admin_of(sam), "generationjob", "cancel", waiting, ended)
    assert ("Done for 1" in messages, "already completed" in messages) == (True, True)
    waiting.refresh_from_db()
    entry = AuditEntry.objects.get(action=CANCEL)
    assert (waiting.status, entry.actor_id, entry.target_id) == ("canceled", sam.pk, str(waiting.pk))


@pytest.mark.parametrize(
    ("action", "certainty", "amount"),
    [("confirm_cost", CostCertainty.CONFIRMED, "0.04"), ("dismiss_cost", CostCertainty.DISMISSED, "0")],
)
def test_an_unknown_outcome_is_resolved_by_a_persons_word(
    alice: Tenant, action: str, certainty: CostCertainty, amount: str
) -> None:
    sam = make_super_admin()
    attempt = drive(alice.start("sim/dropped-none")).attempts.get()
    assert "Done for 1" in choose(admin_of(sam), "generationattempt", action, attempt)
    cost = ProviderCost.objects.get()
    assert (cost.certainty, cost.amount, cost.settled_by) == (certainty, Decimal(amount), sam.pk)
    assert AuditEntry.objects.get(action=RESOLVE).target_id == str(attempt.pk)
    assert NothingToResolve().message in choose(admin_of(sam), "generationattempt", action, attempt)
    assert AuditEntry.objects.filter(action=RESOLVE).count() == 1
    assert alice.account.available == 1000


def test_a_suspected_cost_stands_beside_its_attempt_until_it_is_resolved(alice: Tenant) -> None:
    drive(alice.start("sim/dropped-none"))
    page = admin_of(make_super_admin()).get(reverse("admin:generation_generationattempt_changelist"))
    assert "0.040000" in page.content.decode()


@pytest.mark.parametrize("page", ["generationjob", "generationattempt"])
def test_jobs_and_attempts_are_looked_at_and_not_edited(alice: Tenant, page: str) -> None:
    sam = admin_of(make_super_admin())
    job = drive(alice.start("sim/standard", batchSize=2))
    row = job if page == "generationjob" else job.attempts.get()
    change = reverse(f"admin:generation_{page}_change", args=[row.pk])
    assert sam.get(change).status_code == 200
    assert sam.post(change, {"status": "completed"}).status_code == 403
    assert sam.get(reverse(f"admin:generation_{page}_add")).status_code == 403
    assert sam.post(reverse(f"admin:generation_{page}_delete", args=[row.pk])).status_code == 403


def test_staff_without_the_right_may_look_but_do_nothing(alice: Tenant) -> None:
    looker = make_user("looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_generationjob"))
    job = alice.start()
    choose(admin_of(looker), "generationjob", "cancel", job)
    with pytest.raises(PermissionRefused):
        perform(CANCEL, actor=looker, job_id=job.pk)
    job.refresh_from_db()
    assert job.status == "queued"


def test_what_operators_read_is_found_by_id_and_address(alice: Tenant) -> None:
    job = drive(alice.start())
    attempt = GenerationAttempt.objects.get()
    sam = admin_of(make_super_admin())
    for page, words in (
        ("generationjob", [str(job.pk), alice.project.owner.email or ""]),
        ("generationattempt", [str(attempt.pk), str(job.pk), attempt.provider_job_id, "not a uuid"]),
    ):
        for word in words:
            answer = sam.get(reverse(f"admin:generation_{page}_changelist"), {"q": word})
            assert answer.status_code == 200
            assert answer.context["cl"].result_count == (0 if word == "not a uuid" else 1)
