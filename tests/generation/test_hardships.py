"""What goes wrong around a job, at three in the morning: full disks, impatient operators, patient providers."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from assets.imaging.picture import inspect_picture
from assets.services import store_picture
from assets.storage import store_file
from gencraft_media.common.bounded import BoundedUnavailable
from gencraft_media.common.models import DomainEvent
from gencraft_media.generation import finishing, landing, submission, workflow
from gencraft_media.generation.leases import claim
from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from gencraft_media.generation.resolution import retry_job
from gencraft_media.generation.stamping import stamp_events
from gencraft_media.generation.states import AttemptState
from providers.errors import Busy
from tests.factories import make_super_admin, session_client
from tests.generation.driving import drive, drive_attempt, one_round
from tests.generation.tenants import BODY, Tenant


def failing(times: int, error: Exception, then: Any) -> Any:
    """A function that raises `error` so many times before it does what `then` does."""
    left: Iterator[int] = iter(range(times))

    def stand_in(*arguments: Any, **named: Any) -> Any:
        if next(left, None) is not None:
            raise error
        return then(*arguments, **named)

    return stand_in


def test_a_full_disk_is_waited_out_and_fails_no_picture(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    full = OSError(28, "No space left on device")
    monkeypatch.setattr(finishing, "store_picture", failing(12, full, store_picture))
    monkeypatch.setattr(landing, "store_file", failing(12, full, store_file))
    job = drive(alice.start())
    assert (job.status, job.credits_charged) == ("completed", 4)


@pytest.mark.parametrize(
    "trouble", [OSError(28, "No space left on device"), OperationalError("shutting down")], ids=repr
)
def test_outputs_that_came_with_the_answer_are_held_until_they_can_be_kept(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    monkeypatch.setattr(submission, "_LAND_AGAIN_AFTER_S", [0] * 3)
    monkeypatch.setattr(landing, "store_file", failing(3, trouble, store_file))
    job = drive(alice.start("sim/synchronous"))
    assert (job.status, job.attempts.get().submissions) == ("completed", 1)


def test_outputs_that_can_be_kept_nowhere_cost_the_client_nothing(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission, "_LAND_AGAIN_AFTER_S", [0] * 3)
    monkeypatch.setattr(landing, "store_file", failing(99, OSError(28, "No space left on device"), store_file))
    job = drive(alice.start("sim/synchronous"))
    assert (job.status, job.credits_charged, (job.error or {})["code"]) == ("failed", 0, "output_lost")


def test_a_host_that_can_start_no_child_is_waited_for(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = BoundedUnavailable("error", "no child can be started")
    monkeypatch.setattr(finishing, "inspect_picture", failing(12, busy, inspect_picture))
    assert drive(alice.start()).status == "completed"


def test_a_lost_database_connection_does_not_count_against_the_step(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = drive_attempt(alice.start(), AttemptState.ACCEPTED)
    lost = OperationalError("server closed the connection unexpectedly")
    monkeypatch.setitem(workflow.PROVIDER_STEPS, AttemptState.ACCEPTED, failing(1, lost, None))
    workflow.advance(str(attempt.pk), workflow.PROVIDER_STEPS)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.claims, attempt.lease_until) == ("accepted", 0, None)
    assert claim(attempt.pk, frozenset({AttemptState.ACCEPTED})) is not None


def test_a_provider_that_asks_for_more_patience_than_is_left_ends_the_job(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = alice.start()

    def busy_for_long(*arguments: Any, **named: Any) -> Any:
        raise Busy(retry_after_s=3600)

    monkeypatch.setattr("providers.transport.ProviderTransport.send", busy_for_long)
    one_round()
    job.refresh_from_db()
    assert (job.status, job.error and job.error["code"]) == ("failed", "provider_busy")


def test_a_form_sent_twice_runs_a_failed_job_again_once(alice: Tenant) -> None:
    failed = drive(alice.start("sim/moderated"))
    sam = make_super_admin()
    first, second = (retry_job(actor=sam, job_id=failed.pk) for _ in range(2))
    assert first.pk == second.pk != failed.pk
    assert GenerationJob.objects.count() == 2


def test_a_batch_counts_seeds_up_from_the_one_asked_for_and_stays_within_the_models_range(alice: Tenant) -> None:
    job = alice.start(seed=2**32 - 2, batchSize=3)
    assert list(job.items.order_by("index").values_list("seed", flat=True)) == [2**32 - 2, 2**32 - 1, 0]


@pytest.mark.parametrize(
    ("field", "value"),
    [("expiresAt", "2001-01-01T00:00:00Z"), ("metadata", {"note": "x" * 20_000})],
)
def test_a_field_that_would_do_harm_is_refused_by_name(alice: Tenant, field: str, value: Any) -> None:
    answer = alice.ask(**{field: value})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not GenerationJob.objects.exists()


def test_an_expiry_in_the_future_is_taken(alice: Tenant) -> None:
    later = timezone.now() + timedelta(days=1)
    assert alice.start(expiresAt=later.isoformat()).asset_expires_at == later


def test_only_a_key_may_name_the_users_of_its_own_site(alice: Tenant) -> None:
    client = session_client(alice.project.owner)
    client.get("/admin/login/")
    token = client.get("/admin/password_change/").cookies.get("csrftoken") or client.cookies["csrftoken"]
    answer = client.post(
        "/api/media/generate",
        {**BODY, "model": "sim/priced", "externalUserId": "u1"},
        content_type="application/json",
        headers={"X-CSRFToken": token.value},
    )
    assert answer.status_code == 422, answer.content
    assert answer.json()["errors"][0]["field"] == "externalUserId"


def test_events_are_numbered_once_and_in_order_however_often_that_is_tried(alice: Tenant) -> None:
    drive(alice.start())
    stamp_events()
    numbered = list(DomainEvent.objects.order_by("id").values_list("id", "project_number"))
    drive(alice.start())
    stamp_events()
    stamp_events()
    after = list(DomainEvent.objects.order_by("project_number").values_list("id", "project_number"))
    assert after[: len(numbered)] == numbered
    assert [number for _, number in after] == list(range(1, len(after) + 1))


def test_a_provider_cannot_put_the_next_look_off_for_hours(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.sim.jobs.SimJob.remaining_s", property(lambda job: 1e9))
    attempt = drive_attempt(alice.start("sim/stuck"), AttemptState.ACCEPTED)
    one_round()
    attempt = GenerationAttempt.objects.get(pk=attempt.pk)
    assert attempt.next_step_at - timezone.now() < timedelta(seconds=61)
