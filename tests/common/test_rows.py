"""Rows written by plain SQL: the same as by the ORM, and nothing where a condition does not hold."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.db.models.functions import Now

from gencraft_media.common.clock import database_now, from_now
from gencraft_media.common.models import AuditEntry, DomainEvent
from gencraft_media.common.rows import Plus, insert_rows, update_row

pytestmark = pytest.mark.django_db


def event(number: int = 1, **fields: Any) -> DomainEvent:
    """An event that is not written yet."""
    return DomainEvent(
        **{"subject_kind": "job", "subject_id": uuid.uuid4(), "number": number, "type": "told", "payload": {}, **fields}
    )


def test_inserted_rows_are_read_back_as_they_were_given() -> None:
    document = {"nested": [1, None, "ä%s"], "percent": "100 %"}
    project = uuid.uuid4()
    insert_rows([event(1, payload=document, project_id=project), event(2, payload={})])
    first, second = DomainEvent.objects.order_by("number")
    assert (first.payload, first.project_id, second.payload, second.project_id) == (document, project, {}, None)
    assert abs(first.created_at - database_now()) < timedelta(seconds=5)


def test_inserting_nothing_is_nothing() -> None:
    insert_rows([])
    assert not DomainEvent.objects.exists()


def test_a_row_is_changed_only_where_every_condition_holds() -> None:
    insert_rows([event(7, subject_kind="job")])
    row = DomainEvent.objects.get()

    def change(**conditions: Any) -> bool:
        return update_row(DomainEvent, row.pk, {"type": "changed"}, **conditions)

    refused = [
        change(where={"number": 8}),
        change(within=("subject_kind", ["asset", "user"])),
        change(within=("subject_kind", [])),
        change(also="created_at > {now}"),
        update_row(DomainEvent, row.pk + 1, {"type": "changed"}),
    ]
    assert refused == [False] * 5
    assert DomainEvent.objects.get().type == "told"
    assert change(where={"number": 7}, within=("subject_kind", ["asset", "job"]), also="created_at <= {now}")
    assert DomainEvent.objects.get().type == "changed"


def test_values_may_be_the_databases_time_or_grow_from_what_they_were() -> None:
    insert_rows([event(3)])
    row = DomainEvent.objects.get()
    assert update_row(DomainEvent, row.pk, {"number": Plus(4), "created_at": from_now(90), "project_id": None})
    found = DomainEvent.objects.get()
    assert found.number == 7
    assert abs((found.created_at - database_now()).total_seconds() - 90) < 5
    assert update_row(DomainEvent, row.pk, {"created_at": Now()})
    assert DomainEvent.objects.filter(created_at__lte=Now()).exists()


def test_an_expression_it_does_not_know_is_refused() -> None:
    with pytest.raises(TypeError, match="neither a value nor"):
        update_row(AuditEntry, 1, {"target_id": F("action")})
