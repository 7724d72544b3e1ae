"""Plans over the API: for SuperAdmins, exact, and strict."""

import uuid
from typing import Any

import pytest
from rest_framework.test import APIClient

from billing.models import PricingSettings
from gencraft_media.accounts.models import User
from gencraft_media.common.settings_changes import save_settings
from gencraft_media.daos.models import PlanPolicy
from tests.daos.asking import asked
from tests.factories import api_client, make_key, make_project, session_client

pytestmark = pytest.mark.django_db
PLANS = "/api/media/daos/plans"
MARKUP = {"actions": [asked("pricing.markup", percent="15")]}


def client_of(user: User) -> APIClient:
    """A client with an operator's key."""
    return api_client(make_key(make_project(user), scopes=["admin"])[1])


@pytest.fixture
def client(sam: User) -> APIClient:
    return client_of(sam)


def propose(client: APIClient, **body: Any) -> Any:
    """A new plan's document."""
    answer = client.post(PLANS, body or MARKUP)
    assert answer.status_code == 201, answer.json()
    assert answer["Location"] == f"{PLANS}/{answer.json()['id']}"
    return answer.json()


def test_a_plan_from_actions_is_shown_applied_and_undone(client: APIClient, sam: User) -> None:
    plan = propose(client)
    assert plan["changes"] == [
        {"store": "billing.pricing", "row": "global", "field": "markup_percent", "label": "Markup in percent",
         "before": "0", "after": "15", "risk": "money"}
    ]  # fmt: skip
    assert (plan["state"], plan["source"], plan["createdBy"]) == ("proposed", "actions", str(sam))
    assert plan["effect"]["replay"]["revenue"] == {"before": "0", "after": "0"}
    assert plan["effect"]["keys"] == 1
    applied = client.post(f"{PLANS}/{plan['id']}/apply", {"digest": plan["digest"]})
    assert (applied.status_code, applied.json()["state"], applied.json()["appliedBy"]) == (200, "applied", str(sam))
    assert str(PricingSettings.objects.get().markup_percent) == "15.00"
    undone = client.post(f"{PLANS}/{plan['id']}/undo")
    assert (undone.status_code, undone.json()["state"]) == (200, "undone")
    assert client.get(f"{PLANS}/{plan['id']}").json() == undone.json()
    assert [one["id"] for one in client.get(PLANS).json()["items"]] == [plan["id"]]


def test_the_prompts_of_the_specification_work_by_id_and_verbatim(client: APIClient) -> None:
    items = client.get("/api/media/daos/prompts").json()["items"]
    assert [one["id"] for one in items] == ["enable-ai-images", "set-default-quality-hd", "enable-batch-discounts"]
    meant = []
    for one in items:
        plan = propose(client, promptId=one["id"])
        assert (plan["prompt"], plan["source"]) == (one["prompt"], "sentence")
        assert propose(client, prompt=one["prompt"])["digest"] == plan["digest"]
        meant += [(step["action"], step["parameters"]) for step in plan["actions"]]
    assert meant == [
        ("media.enable", {"enabled": True, "scope": "global"}),
        ("media.quality", {"quality": "hd", "scope": "plan:pro"}),
        ("pricing.batch_discount", {"percent": "5"}),
    ]


def test_premium_users_are_said_to_be_those_of_the_plan_pro(client: APIClient) -> None:
    plan = propose(client, promptId="set-default-quality-hd")
    assert "pro" in " ".join(plan["notes"]).lower()
    assert plan["changes"][0]["label"] == "Quality by default, for the plan Pro"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "prompt"),
        ({"promptId": "enable-ai-images", **MARKUP}, "prompt"),
        ({"promptId": "nobody"}, "promptId"),
        ({"actions": []}, "actions"),
        ({"actions": [{"action": "media.enable", "parameters": {}}]}, "actions.0.parameters.enabled"),
        ({"actions": [{"action": "keys.read"}]}, "actions.0.action"),
        ({"actions": [{"action": "media.enable", "surprise": 1}]}, "actions.0.surprise"),
        ({**MARKUP, "holdsForSeconds": 5}, "holdsForSeconds"),
    ],
)
def test_a_wrong_body_is_refused_by_field(client: APIClient, body: dict[str, Any], field: str) -> None:
    answer = client.post(PLANS, body)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]


def test_a_sentence_that_is_not_understood_is_refused_with_what_is(client: APIClient) -> None:
    answer = client.post(PLANS, {"prompt": "Make everything purple"})
    assert (answer.status_code, answer.json()["code"]) == (422, "sentence_not_understood")
    assert answer.json()["words"]


def test_refusals_have_codes(client: APIClient, sam: User) -> None:
    plan = propose(client)
    address = f"{PLANS}/{plan['id']}"
    codes = [client.post(f"{address}/apply", {"digest": "0" * 64}).json()["code"]]
    codes.append(client.post(f"{address}/undo").json()["code"])
    client.post(f"{address}/apply", {"digest": plan["digest"]})
    save_settings(PricingSettings, {"markup_percent": "1"}, actor=sam)
    refused = client.post(f"{address}/undo")
    codes.append(refused.json()["code"])
    assert codes == ["plan_digest_mismatch", "state_conflict", "plan_not_undoable"]
    assert refused.json()["changed"] == [{"label": "Markup in percent", "now": "1", "changedBy": str(sam)}]
    assert client.get(f"{PLANS}/{uuid.uuid4()}").status_code == 404


def test_a_second_person_approves_by_api(client: APIClient, sam: User, olga: User) -> None:
    # Below nothing: every plan is above it.
    save_settings(PlanPolicy, {"second_person_above": "-1"}, actor=sam)
    plan = propose(client)
    address = f"{PLANS}/{plan['id']}"
    assert plan["needsSecondPerson"] is True
    assert client.post(f"{address}/apply", {"digest": plan["digest"]}).json()["code"] == "plan_needs_approval"
    assert client.post(f"{address}/approve").status_code == 403
    assert client_of(olga).post(f"{address}/approve").json()["approvedBy"] == str(olga)
    assert client.post(f"{address}/apply", {"digest": plan["digest"]}).json()["state"] == "applied"


def test_the_actions_are_listed_with_their_parameters(client: APIClient) -> None:
    items = {one["name"]: one for one in client.get("/api/media/daos/actions").json()["items"]}
    assert len(items) == 20
    assert items["media.compression"]["parameters"] == [
        {"name": "compression", "type": "whole number from 0 to 100", "required": True},
        {"name": "scope", "type": '"global", "plan:<key>" or "project:<uuid>"', "required": False},
    ]
    assert "from" in [one["name"] for one in items["pricing.price"]["parameters"]]


def test_a_session_of_a_super_admin_may_and_needs_its_token(sam: User) -> None:
    browser = session_client(sam)
    assert browser.get(PLANS).status_code == 200
    assert browser.post(PLANS, MARKUP, content_type="application/json").status_code == 403
