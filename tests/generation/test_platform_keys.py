"""A builder's server key acts for its users: it starts their jobs, and their owner pays."""

from typing import Any

import pytest
from django.urls import reverse

from billing.ledger import account_of, grant_credits
from billing.models import EntryKind, MediaUsage
from gencraft_media.accounts.models import Project
from gencraft_media.generation.models import GenerationJob
from tests.factories import make_key, make_project, make_user
from tests.generation.driving import drive
from tests.generation.tenants import Tenant


@pytest.fixture
def builder(engine: None) -> Tenant:
    """A builder without credits of its own, with a key that may do everything."""
    own = make_project(make_user("builder"))
    account_of(own.owner_id, plan="enterprise")
    return Tenant(own, make_key(own, scopes=["generate", "read", "platform"])[1])


def customer_of(builder: Tenant, name: str, *, credits: int = 100) -> Project:
    """A customer of the builder, with a project and credits."""
    assert builder.client.put(reverse("platform-user", args=[name]), {"name": name}).status_code == 201
    made = builder.client.put(
        reverse("platform-project", args=[f"{name}-site"]), {"name": name, "ownerExternalId": name}
    )
    project = Project.objects.get(pk=made.json()["id"])
    account_of(project.owner_id, plan="enterprise")
    grant_credits(owner_id=project.owner_id, credits=credits, kind=EntryKind.PURCHASE, idempotency_key="first")
    return project


def test_a_platform_key_starts_jobs_in_its_customers_projects_and_they_pay(builder: Tenant) -> None:
    project = customer_of(builder, "nora")
    job = drive(builder.start(projectId=str(project.pk)))
    assert (job.status, job.project_id, job.payer_id) == ("completed", project.pk, project.owner_id)
    assert (account_of(project.owner_id).available, builder.account.available) == (96, 0)
    assert MediaUsage.objects.get().project_id == project.pk


def test_it_reads_and_cancels_what_it_started(builder: Tenant) -> None:
    project = customer_of(builder, "nora")
    job = builder.start(projectId=str(project.pk))
    assert builder.show(job)["projectId"] == str(project.pk)
    assert builder.client.get(f"/api/media/credits?projectId={project.pk}").json()["available"] == 96
    assert builder.cancel(job).status_code == 202
    assert [item["id"] for item in builder.client.get("/api/media/jobs").json()["items"]] == [str(job.pk)]


def test_without_a_named_project_it_works_in_its_own(builder: Tenant) -> None:
    customer_of(builder, "nora")
    assert builder.ask().status_code == 402
    assert builder.start("sim/standard").project_id == builder.project.pk


def test_the_key_of_a_customer_reaches_its_own_project_only(builder: Tenant) -> None:
    mine, other = customer_of(builder, "nora"), customer_of(builder, "ivan")
    body = {"projectExternalId": "nora-site", "userExternalId": "nora", "name": "site"}
    token = builder.client.post(reverse("platform-keys"), body).json()["key"]
    nora = Tenant(mine, token)
    job = drive(nora.start())
    assert (job.project_id, job.user_id) == (mine.pk, mine.owner_id)
    assert nora.ask(projectId=str(other.pk)).status_code == 404
    assert nora.ask(projectId=str(builder.project.pk)).status_code == 404


def test_another_builders_customers_are_not_there(builder: Tenant) -> None:
    project = customer_of(builder, "nora")
    stranger = make_project(make_user("stranger"))
    account_of(stranger.owner_id, plan="enterprise")
    other = Tenant(stranger, make_key(stranger, scopes=["generate", "read", "platform"])[1])
    assert other.ask(projectId=str(project.pk)).status_code == 404
    assert other.client.get(f"/api/media/usage?projectId={project.pk}").status_code == 404
    assert not GenerationJob.objects.exists()


def test_without_the_scope_a_key_of_the_builder_does_not_reach_its_customers(builder: Tenant) -> None:
    project = customer_of(builder, "nora")
    plain = Tenant(builder.project, make_key(builder.project, name="plain")[1])
    assert plain.ask(projectId=str(project.pk)).status_code == 404


@pytest.mark.parametrize("names", [("a", "b")])
def test_end_users_are_made_on_first_use_and_belong_to_their_project(builder: Tenant, names: Any) -> None:
    project = customer_of(builder, "nora")
    for name in (*names, names[0]):
        builder.cancel(builder.start(projectId=str(project.pk), externalUserId=name))
    assert sorted(project.external_users.values_list("external_id", flat=True)) == sorted(names)
