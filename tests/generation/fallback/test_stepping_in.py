"""Another model steps in where the first certainly did not take the request, and nowhere else."""

from decimal import Decimal

import pytest

from assets.models import MediaAsset
from gencraft_media.common.models import AuditEntry
from gencraft_media.generation.models import GenerationAttempt
from tests.generation.driving import drive
from tests.generation.fallback.situations import (
    FIRST,
    SECOND,
    attempts,
    booked,
    change_limits,
    charged,
    events,
    set_policy,
    set_seconds,
    start_with,
)
from tests.generation.tenants import BODY, SMALL, Tenant, captured
from tests.generation.wire import Wire

TOOK_PLACE = [("sim/unreachable", "rejected"), ("sim/priced", "settled")]


def test_another_model_makes_the_picture_and_everything_says_so(alice: Tenant) -> None:
    job = start_with(alice)
    assert (job.provider, job.model) == ("sim", FIRST)
    job = drive(job)
    assert attempts(job) == TOOK_PLACE
    document = alice.show(job)
    assert (document["status"], document["provider"], document["model"]) == ("completed", "sim", SECOND)
    (told,) = document["receipt"]["fallbacks"]
    assert (told["from"], told["to"], told["code"]) == (FIRST, SECOND, "provider_unreachable")
    assert told["at"].endswith("Z")
    assert [f"{one['provider']}/{one['model'].removeprefix('sim/')}" for one in told["candidates"]] == [SECOND]
    assert told["reason"] and [one["code"] for one in told["refused"]] == ["tried"]
    (changed,) = [one for one in document["adaptations"] if one["field"] == "model"]
    assert (changed["requested"], changed["used"]) == (FIRST, SECOND)
    assert changed["reason"] == "sim/unreachable could not be reached; sim/priced makes what is missing."
    (event,) = events(job)
    assert (event["from"], event["to"], event["code"]) == (FIRST, SECOND, "provider_unreachable")
    assert (charged(job), booked(job)) == ([(SECOND, 4)], [(SECOND, Decimal("0.04"))])
    asset = MediaAsset.objects.get()
    assert (asset.model, asset.cost, captured(job)) == (SECOND, Decimal("0.04"), 4)


def test_nobody_waits_before_another_model_steps_in(alice: Tenant) -> None:
    job = drive(start_with(alice), until=lambda found: found.attempts.count() == 2)
    first, second = job.attempts.order_by("number")
    assert (second.next_step_at - (first.finished_at or second.next_step_at)).total_seconds() < 0.5


@pytest.mark.parametrize("model", ["sim/no-credit", "sim/bad-key"])
def test_an_account_that_is_refused_has_another_model_step_in(alice: Tenant, model: str) -> None:
    job = drive(start_with(alice, model, SECOND))
    assert attempts(job) == [(model, "rejected"), (SECOND, "settled")]
    assert job.receipt["fallbacks"][0]["code"] == "provider_misconfigured"


@pytest.mark.parametrize("named", [True, False], ids=["named", "off"])
def test_nobody_steps_in_for_a_model_that_is_named_or_where_it_is_not_wanted(alice: Tenant, named: bool) -> None:
    job = drive(alice.start(FIRST) if named else start_with(alice, fallback=False))
    assert attempts(job) == [(FIRST, "rejected")] * 3
    assert (job.status, (job.error or {})["code"], job.model) == ("failed", "provider_unreachable", FIRST)
    assert "fallbacks" not in job.receipt


def test_the_settings_can_keep_everybody_from_stepping_in(alice: Tenant) -> None:
    set_policy(fallback=False)
    assert drive(start_with(alice)).status == "failed"
    assert drive(start_with(alice, fallback=True)).status == "completed"


def test_a_moderated_request_is_not_tried_elsewhere(alice: Tenant, wire: Wire) -> None:
    job = drive(start_with(alice, "sim/moderated", SECOND))
    assert (job.status, (job.error or {})["code"]) == ("failed", "moderated")
    assert (len(wire.posts()), captured(job)) == (1, 0)
    assert not AuditEntry.objects.filter(action="job.fallback_after_moderation").exists()


def test_where_the_settings_allow_it_a_moderated_request_is_tried_elsewhere_and_audited(alice: Tenant) -> None:
    set_policy(fallback_after_moderation=True)
    job = drive(start_with(alice, "sim/moderated", SECOND))
    assert attempts(job) == [("sim/moderated", "rejected"), (SECOND, "settled")]
    entry = AuditEntry.objects.get(action="job.fallback_after_moderation")
    assert (entry.actor_label, entry.target_id) == ("engine", str(job.pk))
    assert entry.after == {"from": "sim/moderated", "to": SECOND, "code": "moderated"}


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("sim/server-error", "outcome_unknown"),
        ("sim/dropped-none", "outcome_unknown"),
        ("sim/broken-contract", "provider_contract_broken"),
    ],
)
def test_what_may_have_been_taken_is_never_tried_elsewhere(alice: Tenant, model: str, code: str) -> None:
    set_policy(fallback_after_moderation=True)
    job = drive(start_with(alice, model, "sim/slow"))
    assert (job.status, (job.error or {})["code"], len(attempts(job))) == ("failed", code, 1)


def test_what_a_provider_took_and_did_not_make_is_not_tried_elsewhere(alice: Tenant) -> None:
    set_seconds("sim/lost-output", 1)
    job = drive(start_with(alice, "sim/lost-output", SECOND))
    assert ((job.error or {})["code"], len(attempts(job))) == ("output_lost", 1)


def test_a_refusal_of_a_repeated_request_stays_with_its_provider(alice: Tenant) -> None:
    """The first time it may have been taken, whatever is said the second time."""
    job = start_with(alice, "sim/moderated", SECOND)
    set_policy(fallback_after_moderation=True)
    GenerationAttempt.objects.update(state="unknown", submissions=1, submitted_at=job.created_at)
    job = drive(job)
    assert (job.status, (job.error or {})["code"], len(attempts(job))) == ("failed", "moderated", 1)


def test_items_keep_their_seeds_where_the_new_model_takes_them(alice: Tenant) -> None:
    job = drive(start_with(alice, seed=41, batchSize=2))
    assert [item.seed for item in job.items.order_by("index")] == [41, 42]


def test_a_model_without_seeds_is_not_said_to_have_used_one(alice: Tenant) -> None:
    change_limits(SECOND, seed=None)
    job = drive(start_with(alice, seed=41))
    assert [item.seed for item in job.items.all()] == [None]
    assert [one["field"] for one in job.adaptations if one["field"] == "seed"] == ["seed"]


def test_seeds_stay_within_what_the_new_model_takes(alice: Tenant) -> None:
    change_limits(SECOND, seed={"minimum": 0, "maximum": 9})
    job = drive(start_with(alice, batchSize=2, seed=41))
    assert [item.seed for item in job.items.order_by("index")] == [1, 2]


def test_a_picture_of_no_said_size_has_the_size_of_the_first_model(alice: Tenant) -> None:
    change_limits(SECOND, default_size="256x256")
    body = {key: value for key, value in BODY.items() if key not in SMALL}
    answer = alice.client.post("/api/media/generate", {**body, "provider": [FIRST, SECOND], "strategy": "fastest"})
    job = drive(answer.json()["id"])
    asset = MediaAsset.objects.get()
    assert (asset.width, asset.height) == (job.params["width"], job.params["height"])
