"""From a request to its webhooks: a job's own address, and the endpoints of its project."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from gencraft_media.generation.models import GenerationJob
from gencraft_media.webhooks.models import JobWebhook
from gencraft_media.webhooks.signing_secrets import project_secret
from tests.generation.conftest import alice, engine
from tests.generation.driving import drive
from tests.generation.tenants import Tenant
from tests.webhooks.driving import make_endpoint, publish, send_due
from tests.webhooks.receivers import Receivers, running

__all__ = ["alice", "engine"]


@pytest.fixture
def receivers(engine: None, settings: Settings) -> Iterator[Receivers]:
    """A server that webhooks may be sent to, beside an engine."""
    made = Receivers()
    settings.CLIENT_EGRESS_ALLOW = [made.netloc]
    with running(made.serve, made.stop):
        yield made


def test_a_jobs_webhook_hears_of_that_job_and_an_endpoint_of_its_assets_too(
    receivers: Receivers, alice: Tenant
) -> None:
    endpoint = make_endpoint(receivers.url("ok/project"), project=alice.project)
    job = alice.start(webhookUrl=receivers.url("ok/job"))
    alice.start()
    assert drive(job).status == "completed"
    publish()
    while send_due():
        pass
    heard = receivers.at("ok/job")
    assert {one.document["type"] for one in heard} == {"job.queued", "job.processing", "job.completed"}
    assert {one.document["data"]["jobId"] for one in heard} == {str(job.pk)}
    for one in heard:
        one.verify(project_secret(alice.project.pk).secret)
    for one in receivers.at("ok/project"):
        one.verify(endpoint.secret)
    assets = [one.document["data"] for one in receivers.at("ok/project") if one.document["type"] == "asset.created"]
    made = {asset["jobId"]: asset["assetId"] for asset in assets}
    assert made[str(job.pk)] == alice.show(job)["result"]["assetId"]


@pytest.mark.parametrize("url", ["http://hooks.example.com/", "https://10.0.0.1/", "hooks"])
def test_a_job_with_an_address_that_can_never_be_sent_to_is_refused_whole(alice: Tenant, url: str) -> None:
    answer = alice.ask(webhookUrl=url)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["webhookUrl"]
    assert (GenerationJob.objects.count(), JobWebhook.objects.count()) == (0, 0)
