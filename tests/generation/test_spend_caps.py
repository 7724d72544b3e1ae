"""What a project may spend, as requests meet it: refused in time, however many come at once."""

from collections import Counter

import pytest
from django.db.models import Sum

from billing.models import CreditHold, SpendCounter, SpendSettings
from gencraft_media.common.versioned import change_settings
from gencraft_media.generation.models import GenerationItem, GenerationJob
from gencraft_media.generation.states import JobStatus
from tests.factories import make_key, make_project
from tests.generation.driving import drive
from tests.generation.tenants import Tenant, make_tenant
from tests.generation.test_concurrency import asking, at_once


def cap(tenant: Tenant, **values: int) -> None:
    """A limit of the tenant's project."""
    change_settings(SpendSettings, values, scope=f"project:{tenant.project.pk}")


def sibling(tenant: Tenant) -> Tenant:
    """Another project of the same owner."""
    project = make_project(tenant.project.owner, name="Another site")
    return Tenant(project, make_key(project)[1])


def test_a_project_spends_no_more_than_it_may_and_its_siblings_are_not_concerned(alice: Tenant) -> None:
    cap(alice, credits_per_day=10)
    running = [alice.start(), alice.start()]
    answer = alice.ask()
    assert (answer.status_code, answer.json()["code"]) == (429, "spend_cap_reached")
    document = answer.json()
    assert (document["period"], document["limit"], document["used"]) == ("day", 10, 8)
    assert (document["retryable"], document["resetsAt"].endswith("T00:00:00+00:00")) == (False, True)
    assert (GenerationJob.objects.count(), GenerationItem.objects.count(), CreditHold.objects.count()) == (2, 2, 2)
    assert sibling(alice).ask().status_code == 202
    assert alice.ask("sim/standard").status_code == 202
    alice.cancel(running[0])
    last = alice.start()
    assert alice.ask().status_code == 429
    assert (drive(running[1]).status, drive(last).status) == ("completed", "completed")
    assert alice.ask().status_code == 429
    assert set(SpendCounter.objects.filter(project_id=alice.project.pk).values_list("spent", flat=True)) == {8}


def test_openais_clients_are_told_that_their_quota_is_used_up(alice: Tenant) -> None:
    cap(alice, credits_per_month=3)
    body = {"model": "sim/priced", "prompt": "A lighthouse", "size": "128x128"}
    answer = alice.client.post("/v1/images/generations", body)
    assert (answer.status_code, answer.headers["x-should-retry"]) == (429, "false")
    error = answer.json()["error"]
    assert (error["type"], error["code"]) == ("insufficient_quota", "spend_cap_reached")


@pytest.mark.services
def test_forty_requests_at_once_spend_no_more_than_the_project_may(engine: None) -> None:
    rich = make_tenant(credits=1000)
    other = sibling(rich)
    cap(rich, credits_per_day=14)
    answers = at_once([asking(tenant) for _ in range(20) for tenant in (rich, other)])
    assert Counter(answer.status_code for answer in answers) == {202: 23, 429: 17}
    mine = GenerationJob.objects.filter(project=rich.project)
    assert mine.count() == 3
    assert CreditHold.objects.filter(job_id__in=mine.values("pk")).aggregate(sum=Sum("purchased"))["sum"] == 12


@pytest.mark.services
def test_requests_while_jobs_end_spend_no_more_than_the_project_may(engine: None) -> None:
    rich = make_tenant(credits=1000)
    cap(rich, credits_per_day=20)
    for _ in range(3):
        at_once([asking(rich) for _ in range(4)] + [end_all])
    end_all()
    assert GenerationJob.objects.count() == 5
    assert set(SpendCounter.objects.values_list("spent", flat=True)) == {20}


def end_all() -> None:
    """Let every job that runs come to its end."""
    for job in GenerationJob.objects.filter(status__in=[JobStatus.QUEUED, JobStatus.PROCESSING]):
        drive(job)
