"""The settings of the choice and of quality in the SuperAdmin panel: a version for each change, by scope."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gencraft_media.common.models import AuditEntry
from gencraft_media.generation.models import QualitySettings, RoutingSettings
from gencraft_media.generation.policy import routing_policy
from tests.factories import make_project, make_super_admin

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


@pytest.fixture
def sam() -> Client:
    """Sam's browser."""
    client = Client()
    client.force_login(make_super_admin())
    return client


def add(sam: Client, kind: str, **fields: Any) -> Any:
    """Fill in the form for a new version."""
    usual = {"fallback": "unknown", "fallback_after_moderation": "unknown"} if kind == "routingsettings" else {}
    return sam.post(reverse(f"admin:generation_{kind}_add"), {"scope": "global", **usual, **fields})


def test_a_version_is_added_for_the_scope_that_was_chosen_and_audited(sam: Client) -> None:
    project = make_project()
    scope = f"project:{project.pk}"
    answer = add(
        sam, "routingsettings", scope=scope, strategy="best", max_cost="0.5", deny="flux\nopenai/dall-e-3", reason="Try"
    )
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row = RoutingSettings.objects.get()
    assert (row.scope, row.version, row.deny, row.allow) == (scope, 1, ["flux", "openai/dall-e-3"], None)
    policy = routing_policy(project.pk, project.owner_id)
    assert (policy.strategy, policy.max_cost, policy.deny) == ("best", Decimal("0.5"), ("flux", "openai/dall-e-3"))
    after = AuditEntry.objects.get(action="settings.change").after or {}
    assert after["strategy"] == "best"


def test_what_is_left_empty_is_the_wider_scopes(sam: Client) -> None:
    project = make_project()
    add(sam, "routingsettings", strategy="cheapest", fallback="false")
    add(sam, "routingsettings", scope=f"project:{project.pk}", max_seconds="30")
    policy = routing_policy(project.pk, project.owner_id)
    assert (policy.strategy, policy.max_seconds, policy.fallback) == ("cheapest", 30, False)


def test_the_form_starts_from_what_holds_for_the_scope(sam: Client) -> None:
    add(sam, "routingsettings", scope="plan:free", strategy="cheapest", allow="sim")
    page = sam.get(reverse("admin:generation_routingsettings_add"), {"scope": "plan:free"})
    form = page.context["adminform"].form
    assert (form["strategy"].value(), form["scope"].value(), form["allow"].value()) == ("cheapest", "plan:free", "sim")


def test_a_name_that_nobody_has_is_refused_with_the_nearest(sam: Client) -> None:
    answer = add(sam, "routingsettings", allow="fluxx")
    assert "Did you mean flux?" in str(answer.context["adminform"].form.errors["allow"])
    assert add(sam, "routingsettings", scope="project:of-nobody").status_code == 200
    assert not RoutingSettings.objects.exists()


def test_quality_has_its_threshold_by_scope(sam: Client) -> None:
    assert add(sam, "qualitysettings", scope="plan:pro", threshold="0.5", retries="2").status_code == 302
    assert add(sam, "qualitysettings", threshold="1.5").status_code == 200
    assert list(QualitySettings.objects.values_list("scope", "threshold", "retries")) == [
        ("plan:pro", Decimal("0.500"), 2)
    ]


def test_a_saved_version_stays_as_it_is(sam: Client) -> None:
    add(sam, "routingsettings", strategy="best")
    row = RoutingSettings.objects.get()
    assert sam.get(reverse("admin:generation_routingsettings_changelist")).status_code == 200
    assert sam.get(reverse("admin:generation_routingsettings_change", args=[row.pk])).status_code == 200
    assert sam.post(reverse("admin:generation_routingsettings_change", args=[row.pk]), {}).status_code == 403
