"""Whoever uses a model is told of its end in time, and on the day its successor takes its place."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gencraft_media.common.models import DomainEvent
from gencraft_media.common.remembered import forget_remembered
from gencraft_media.generation.models import GenerationJob, RetirementNotice
from gencraft_media.generation.retirement import announce_retirements, endings
from gencraft_media.webhooks.public_events import public_name
from providers.models import ProviderModel
from tests.factories import make_super_admin
from tests.generation.driving import drive
from tests.generation.fallback.situations import FIRST, SECOND, set_seconds, start_with
from tests.generation.tenants import Tenant, make_tenant

END = date(2031, 3, 1)


def let_end(day: date = END, *, replaced_by: str = "sim/standard", **which: Any) -> None:
    """Give a model, sim/priced by default, an end."""
    named = {"name": "sim/priced", **which}
    ProviderModel.objects.filter(**named).update(retires_at=day, replaced_by=replaced_by)
    forget_remembered()


def told() -> list[DomainEvent]:
    """What projects were told, in order."""
    return list(DomainEvent.objects.filter(type__startswith="model.").order_by("id"))


def days_before(days: int) -> date:
    """The day on which so many are left."""
    return END - timedelta(days=days)


def test_a_project_is_told_sixty_thirty_and_seven_days_before_and_on_the_day_and_only_once_each(alice: Tenant) -> None:
    alice.start("sim/priced")
    let_end()
    for left in range(70, -5, -1):
        for _ in range(2):
            announce_retirements(days_before(left))
    assert [event.payload["daysLeft"] for event in told()] == [60, 30, 7, 0]
    assert [event.type for event in told()] == ["model.retiring"] * 3 + ["model.retired"]
    assert {event.project_id for event in told()} == {alice.project.pk}
    assert {public_name(event.type) for event in told()} == {"model.retiring", "model.retired"}


def test_the_notice_says_what_ends_when_what_follows_and_how_much_it_was_used(alice: Tenant) -> None:
    jobs = [alice.start("sim/priced") for _ in range(3)]
    let_end()
    announce_retirements(days_before(10))
    [event] = told()
    assert event.payload == {
        "provider": "sim",
        "model": "sim/priced",
        "retiresAt": "2031-03-01",
        "daysLeft": 10,
        "replacedBy": "sim/standard",
        "jobs": 3,
        "lastUsedAt": event.payload["lastUsedAt"],
    }
    assert jobs[-1].created_at is not None
    assert event.payload["lastUsedAt"][:10] == jobs[-1].created_at.date().isoformat()


def test_an_engine_that_was_away_tells_the_latest_notice_only(alice: Tenant) -> None:
    alice.start("sim/priced")
    let_end()
    announce_retirements(days_before(3))
    announce_retirements(days_before(2))
    assert [(event.payload["daysLeft"], notice.days) for event, notice in zip(told(), notices(), strict=True)] == [
        (3, 7)
    ]


def notices() -> list[RetirementNotice]:
    """In the order of their making."""
    return list(RetirementNotice.objects.order_by("created_at"))


def test_whoever_does_not_use_the_model_or_used_it_long_ago_is_told_nothing(alice: Tenant) -> None:
    bob = make_tenant("bob")
    bob.start("sim/standard")
    old = alice.start("sim/priced")
    GenerationJob.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=91))
    let_end()
    assert announce_retirements(days_before(7)) == 0
    assert told() == []


def test_a_job_counts_for_the_model_it_was_meant_for_and_for_the_one_that_stepped_in(alice: Tenant) -> None:
    set_seconds(FIRST, 1)
    job = drive(start_with(alice, FIRST, SECOND))
    assert (job.receipt["chosen"]["model"], job.model) == (FIRST, SECOND)
    let_end(name=FIRST)
    let_end(END, name=SECOND)
    assert announce_retirements(days_before(7)) == 2
    assert {(event.payload["model"], event.payload["jobs"]) for event in told()} == {(FIRST, 1), (SECOND, 1)}


def test_a_project_that_begins_to_use_the_model_later_is_told_at_once(alice: Tenant) -> None:
    let_end()
    assert announce_retirements(days_before(25)) == 0
    alice.start("sim/priced")
    assert announce_retirements(days_before(24)) == 1


def test_a_new_date_is_told_anew(alice: Tenant) -> None:
    alice.start("sim/priced")
    let_end()
    announce_retirements(days_before(30))
    let_end(END + timedelta(days=1))
    announce_retirements(days_before(29))
    assert [event.payload["retiresAt"] for event in told()] == ["2031-03-01", "2031-03-02"]


def test_what_ended_long_before_the_engine_was_set_up_is_no_news(engine: None) -> None:
    let_end()
    assert [ending.model.name for ending in endings(END + timedelta(days=30)) if ending.model.provider_id == "sim"] == [
        "sim/priced"
    ]
    assert [ending for ending in endings(END + timedelta(days=31)) if ending.model.provider_id == "sim"] == []


def test_a_model_without_a_successor_says_that_requests_will_be_refused(alice: Tenant) -> None:
    alice.start("sim/priced")
    let_end(replaced_by="")
    announce_retirements(days_before(1))
    assert told()[0].payload["replacedBy"] is None


def test_on_the_day_the_successor_takes_the_requests_and_the_answer_says_so(alice: Tenant) -> None:
    let_end(timezone.now().date())
    answer = alice.ask("sim/priced").json()
    assert (answer["model"], answer["adaptations"][0]["field"]) == ("sim/standard", "model")
    assert (answer["adaptations"][0]["requested"], answer["adaptations"][0]["used"]) == ("sim/priced", "sim/standard")


def test_the_admin_lists_who_was_told(alice: Tenant, client: Client) -> None:
    alice.start("sim/priced")
    let_end()
    announce_retirements(days_before(6))
    client.force_login(make_super_admin())
    page = client.get("/admin/generation/retirementnotice/").content.decode()
    assert all(text in page for text in ("sim/priced", "alice&#x27;s site", str(alice.project.owner.email)))


@pytest.mark.parametrize("name", ["sim/priced", "priced"])
def test_one_model_tells_its_end_and_its_successor_in_headers(alice: Tenant, name: str) -> None:
    end = timezone.now().date() + timedelta(days=20)
    let_end(end)
    answer = alice.client.get(f"/api/media/models/{name}")
    assert (answer.status_code, answer.json()["name"]) == (200, "sim/priced")
    assert answer["Sunset"].startswith(end.strftime("%a, %d %b %Y 00:00:00"))
    assert answer["Deprecation"].startswith("@")
    assert answer["Link"] == '</api/media/models/sim/standard>; rel="successor-version"'


def test_a_model_that_has_ended_is_answered_with_its_successor(alice: Tenant) -> None:
    let_end(timezone.now().date() - timedelta(days=5))
    answer = alice.client.get("/api/media/models/sim/priced")
    assert (answer.json()["name"], "Sunset" in answer) == ("sim/standard", True)
    compatible = alice.client.get("/v1/models/sim/priced")
    assert (compatible.json()["gencraft"]["runs"], "Sunset" in compatible) == ("sim/standard", True)


def test_a_model_without_an_end_tells_none(alice: Tenant) -> None:
    answer = alice.client.get("/api/media/models/sim/standard")
    assert not {"Sunset", "Deprecation", "Link"} & set(answer.headers)


def test_the_list_tells_of_the_first_end_and_links_to_each_model_that_ends(alice: Tenant) -> None:
    ProviderModel.objects.update(retires_at=None)
    soon = timezone.now().date() + timedelta(days=7)
    let_end(soon)
    let_end(soon + timedelta(days=7), name="sim/slow")
    let_end(soon + timedelta(days=90), name="sim/flaky")
    answer = alice.client.get("/api/media/models")
    assert answer["Sunset"].startswith(soon.strftime("%a, %d %b %Y"))
    assert [link.partition(">")[0] for link in answer["Link"].split(", ")] == [
        "</api/media/models/sim/priced",
        "</api/media/models/sim/slow",
    ]


def test_a_name_that_nothing_has_is_refused_with_the_nearest(alice: Tenant) -> None:
    answer = alice.client.get("/api/media/models/sim/pricedd")
    assert (answer.status_code, answer.json()["errors"][0]["nearest"]) == (404, "sim/priced")
