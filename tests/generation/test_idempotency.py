"""One Idempotency-Key makes one job, for one caller, with one body."""

from typing import Any

import pytest

from billing.models import CreditHold
from gencraft_media.accounts.models import Role
from gencraft_media.generation.models import GenerationJob, IdempotencyRecord
from tests.factories import add_member, make_key, make_user
from tests.generation.driving import drive
from tests.generation.tenants import Tenant, make_tenant


def test_the_same_request_again_is_answered_with_the_same_job(alice: Tenant) -> None:
    first, second = alice.ask(key="k-1"), alice.ask(key="k-1")
    assert (first.status_code, second.status_code) == (202, 202)
    # Only the forecast is made anew.
    assert first.json() == {**second.json(), "eta": first.json()["eta"]}
    assert (first.get("Idempotent-Replayed"), second.get("Idempotent-Replayed")) == (None, "true")
    assert (first["Location"], GenerationJob.objects.count()) == (second["Location"], 1)
    assert alice.account.available == 996


def test_a_repeat_is_answered_with_the_job_as_it_is_now(alice: Tenant) -> None:
    drive(alice.ask(key="k-1").json()["id"])
    assert alice.ask(key="k-1").json()["status"] == "completed"
    assert CreditHold.objects.count() == 1


def test_a_body_written_in_another_order_is_the_same_body(alice: Tenant) -> None:
    body = {"operation": "text-to-image", "prompt": "A lighthouse", "width": 128, "metadata": {"a": 1, "b": 2}}
    turned = {**dict(reversed(list(body.items()))), "metadata": {"b": 2, "a": 1}}
    answers = [
        alice.client.post("/api/media/generate", one, headers={"Idempotency-Key": "k"}) for one in (body, turned)
    ]
    assert answers[0].json()["id"] == answers[1].json()["id"]


def test_another_body_under_the_same_key_is_refused(alice: Tenant) -> None:
    alice.ask(key="k-1")
    answer = alice.ask(key="k-1", prompt="A lake")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert GenerationJob.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "status"), [({"width": 1}, 422), ({"model": "sim/nothing"}, 422), ({"batchSize": 50}, 402)]
)
def test_a_refusal_is_not_remembered(alice: Tenant, fields: dict[str, Any], status: int) -> None:
    poor = make_tenant("bob", credits=10)
    model = fields.get("model", "sim/priced")
    more = {name: value for name, value in fields.items() if name != "model"}
    assert poor.ask(model, key="k-1", **more).status_code == status
    assert not IdempotencyRecord.objects.exists()
    assert poor.ask(key="k-1").status_code == 202


def test_a_key_is_remembered_when_there_would_be_no_credits_for_a_second_job(alice: Tenant) -> None:
    poor = make_tenant("bob", credits=4)
    first = poor.ask(key="k-1")
    assert (first.status_code, poor.ask(key="k-2").status_code) == (202, 402)
    assert poor.ask(key="k-1").json()["id"] == first.json()["id"]


def test_projects_do_not_share_keys(alice: Tenant) -> None:
    other = make_tenant("charlie")
    assert alice.ask(key="k-1").json()["id"] != other.ask(key="k-1").json()["id"]


def test_two_callers_of_one_project_do_not_share_keys(alice: Tenant) -> None:
    bob = make_user("bob")
    add_member(alice.project, bob, Role.EDITOR)
    other = Tenant(alice.project, make_key(alice.project, bob, name="bobs")[1])
    assert alice.ask(key="k-1").json()["id"] != other.ask(key="k-1").json()["id"]


def test_without_a_key_every_request_is_a_new_job(alice: Tenant) -> None:
    assert alice.ask().json()["id"] != alice.ask().json()["id"]
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.parametrize("key", ["x" * 256, "schlüssel"])
def test_a_key_that_cannot_be_kept_is_refused_by_name(alice: Tenant, key: str) -> None:
    answer = alice.client.post(
        "/api/media/generate",
        {"operation": "text-to-image", "prompt": "A lake"},
        HTTP_IDEMPOTENCY_KEY=key,
    )
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
