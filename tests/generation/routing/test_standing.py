"""Accounts and what keeps requests from them: circuits, a full minute, a day's money; and which account is used."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from gencraft_media.generation.errors import NoRouteNow
from gencraft_media.generation.models import Circuit, CircuitState, GenerationAttempt, GenerationJob
from providers.models import ProviderAccount
from tests.factories import make_project
from tests.generation.routing.asking import candidates, chosen, refused, route

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vendors")]


def account(provider: str) -> ProviderAccount:
    """The provider's account."""
    return ProviderAccount.objects.get(provider=provider)


def shut(provider: str, model: str = "", *, seconds: float = 60) -> None:
    """Open a circuit for a while; without a model the whole account's."""
    Circuit.objects.create(
        account=account(provider),
        model=model,
        state=CircuitState.OPEN,
        reason="errors",
        opened_at=timezone.now(),
        retry_at=timezone.now() + timedelta(seconds=seconds),
    )


def sent(provider: str, *, cost: str = "0.04", **more: Any) -> None:
    """A request that just went out with the provider's account."""
    project = make_project()
    job = GenerationJob.objects.create(
        user=project.owner, project=project, provider=provider, operation="text-to-image", params={}, model="m",
        quoted_total=0, quoted_provider_cost=0, payer_id=project.owner_id, deadline_at=timezone.now(),
    )  # fmt: skip
    GenerationAttempt.objects.create(
        job=job, project_id=project.pk, account=account(provider), number=1, provider=provider, model="m",
        operation="text-to-image", recovery="none", quoted_cost=Decimal(cost), state="accepted", submissions=1,
        submitted_at=timezone.now(), **more,
    )  # fmt: skip


def limit(provider: str, **limits: Any) -> None:
    """Give the provider's account limits."""
    ProviderAccount.objects.filter(provider=provider).update(**limits)


def test_an_open_circuit_keeps_requests_from_its_model_alone() -> None:
    shut("flux", "flux-dev")
    found = route()
    assert refused(found.receipt, "circuit_open") == {"flux/flux-dev"}
    assert "flux/flux-2-pro" in candidates(route("flux", "flux/flux-2-pro"))


def test_the_circuit_of_an_account_keeps_requests_from_all_its_models() -> None:
    shut("flux")
    found = route()
    assert not any(name.startswith("flux/") for name in candidates(found))
    assert "flux/flux-2-pro" in refused(found.receipt, "circuit_open")


def test_a_second_account_serves_while_the_first_is_shut() -> None:
    second = ProviderAccount.objects.create(provider_id="flux", label="second", api_key="another", priority=-1)
    assert route("flux/flux-dev", "flux/flux-2-pro").account == account_labelled("default")
    shut_one = account_labelled("default")
    Circuit.objects.create(account=shut_one, state=CircuitState.OPEN, retry_at=timezone.now() + timedelta(minutes=1))
    assert route("flux/flux-dev", "flux/flux-2-pro").account == second
    assert route("flux/flux-dev").account == second


def account_labelled(label: str) -> ProviderAccount:
    """One of Flux's accounts."""
    return ProviderAccount.objects.get(provider="flux", label=label)


def test_a_named_model_is_used_though_its_circuit_is_open_and_the_receipt_says_so() -> None:
    shut("flux", "flux-dev")
    found = route("flux/flux-dev")
    assert (chosen(found), found.account) == ("flux/flux-dev", account("flux"))
    assert found.receipt["warnings"] == [
        "flux/flux-dev cannot be used at the moment; the job waits for it, at most until its deadline."
    ]


def test_the_default_of_a_named_provider_is_stepped_in_for_while_its_circuit_is_open() -> None:
    default = chosen(route("flux"))
    shut("flux", default.partition("/")[2])
    found = route("flux")
    assert (found.model.provider_id, chosen(found) == default) == ("flux", False)


def test_where_only_circuits_stand_in_the_way_the_client_is_told_when_to_come_again() -> None:
    shut("flux", seconds=40)
    shut("openai", seconds=90)
    with pytest.raises(NoRouteNow) as caught:
        route("flux", "openai")
    assert 35 < (caught.value.retry_after_s or 0) <= 40
    assert {group["code"] for group in caught.value.extra["refused"]} >= {"circuit_open"}


def test_what_may_come_back_leaves_a_fallback_something_to_start_from() -> None:
    assert route("flux/flux-dev", "openai/gpt-image-2", excluded=("openai/gpt-image-2",)).wish == {}
    shut("openai", "gpt-image-2")
    assert route("flux/flux-dev", "openai/gpt-image-2").wish != {}


def test_a_full_minute_moves_requests_to_others() -> None:
    limit("flux", requests_per_minute=1)
    assert "flux/flux-dev" in candidates(route("flux/flux-dev", "openai/gpt-image-2"))
    sent("flux")
    found = route("flux/flux-dev", "openai/gpt-image-2")
    assert (candidates(found), refused(found.receipt, "rate")) == (["openai/gpt-image-2"], {"flux/flux-dev"})


def test_a_full_minute_with_nobody_else_is_waited_for() -> None:
    limit("flux", requests_per_minute=1)
    sent("flux")
    found = route("flux/flux-dev", "flux/flux-2-pro")
    assert len(candidates(found)) == 2
    assert "this one waits" in found.receipt["warnings"][0]


def test_a_spent_day_refuses_what_would_pass_it() -> None:
    limit("flux", spend_per_day=Decimal("1.00"))
    sent("flux", cost="0.99")
    found = route("flux/flux-dev", "openai/gpt-image-2")
    assert refused(found.receipt, "quota") == {"flux/flux-dev"}
    with pytest.raises(NoRouteNow) as caught:
        route("flux/flux-dev", "flux/flux-2-pro")
    assert 0 < (caught.value.retry_after_s or 0) <= 24 * 3600


def test_nothing_of_an_account_is_in_a_receipt() -> None:
    ProviderAccount.objects.filter(provider="flux").update(label="the-secret-label")
    shut("flux")
    assert "the-secret-label" not in str(route().receipt)
