"""Domain events are part of the change they report."""

import uuid

import pytest
from django.db import IntegrityError, transaction

from gencraft_media.common.events import record_event
from gencraft_media.common.models import DomainEvent

pytestmark = pytest.mark.django_db


def test_an_event_carries_its_subject_number_and_payload() -> None:
    subject, project = uuid.uuid4(), uuid.uuid4()
    record_event(
        subject_kind="job", subject_id=subject, number=1, type="job.created", payload={"a": 1}, project_id=project
    )
    event = DomainEvent.objects.get(subject_id=subject)
    assert (event.type, event.number, event.payload, event.project_id) == ("job.created", 1, {"a": 1}, project)
    assert event.project_number is None
    assert event.created_at is not None


def test_an_event_goes_with_the_transaction_that_failed() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        record_event(subject_kind="job", subject_id=uuid.uuid4(), number=1, type="job.created", payload={})
        raise RuntimeError
    assert not DomainEvent.objects.exists()


def test_two_events_of_a_subject_cannot_have_one_number() -> None:
    subject = uuid.uuid4()
    record_event(subject_kind="job", subject_id=subject, number=1, type="job.created", payload={})
    with pytest.raises(IntegrityError), transaction.atomic():
        record_event(subject_kind="job", subject_id=subject, number=1, type="job.queued", payload={})
    record_event(subject_kind="job", subject_id=uuid.uuid4(), number=1, type="job.created", payload={})
