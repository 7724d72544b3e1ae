"""Who is a candidate, who is not and why, and which one is chosen."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from billing.errors import PriceUnknown
from billing.models import PriceLine
from gencraft_media.common.errors import InvalidRequest
from gencraft_media.generation.errors import NoRoute
from gencraft_media.generation.policy import RoutingPolicy
from providers.errors import OperationUnsupported, OptionUnsupported, ProviderNotConfigured
from providers.models import Provider, ProviderAccount, ProviderModel
from providers.wanted import InputFacts, Wanted
from tests.generation.routing.asking import LIGHTHOUSE, candidates, chosen, refused, route

pytestmark = pytest.mark.django_db
PICTURE, MASK = InputFacts("image", 512, 512, {}), InputFacts("mask", 512, 512, {})


@pytest.mark.usefixtures("catalogue")
def test_without_an_account_the_simulator_is_chosen_and_the_others_are_not_configured() -> None:
    found = route()
    assert (chosen(found), candidates(found)) == ("sim/standard", ["sim/standard"])
    assert "flux/flux-2-pro" in refused(found.receipt, "not_configured")
    assert found.wish == {}, "nothing could step in"


@pytest.mark.usefixtures("vendors")
def test_with_an_account_the_simulator_is_no_candidate_by_price_or_otherwise() -> None:
    for strategy in ("cheapest", "fastest", "best", "balanced"):
        found = route(strategy=strategy)
        assert not any(name.startswith("sim/") for name in candidates(found))
        assert refused(found.receipt, "policy") == {"sim/standard"}
    assert chosen(route("sim", strategy="cheapest")) == "sim/standard", "named, it is"


@pytest.mark.usefixtures("vendors")
def test_the_same_request_gets_the_same_receipt() -> None:
    assert route().receipt == route().receipt
    assert route().receipt["chosen"] == route(wanted=Wanted("Another", width=1024, height=1024)).receipt["chosen"]


@pytest.mark.usefixtures("vendors")
def test_each_strategy_has_its_own_choice_and_says_so() -> None:
    cheapest, fastest, best = (route(strategy=name) for name in ("cheapest", "fastest", "best"))
    parts = [(found.receipt["candidates"][0]["parts"], found.receipt["reason"]) for found in (cheapest, fastest, best)]
    assert parts[0][0]["price"] == 1.0
    assert parts[1][0]["speed"] == 1.0
    assert parts[2][0]["quality"] == max(one["parts"]["quality"] for one in best.receipt["candidates"])
    assert [reason.split(" among ")[0] for _, reason in parts] == [
        "The cheapest", "The fastest that is reliable", "The best pictures that are reliable",
    ]  # fmt: skip
    assert cheapest.strategy == "cheapest"


@pytest.mark.usefixtures("vendors")
def test_a_receipt_shows_ten_candidates_with_the_clients_price_and_no_others() -> None:
    found = route(wanted=Wanted("A lighthouse", width=1024, height=1024, count=3))
    best = found.receipt["candidates"][0]
    assert len(found.receipt["candidates"]) == 10
    assert (best["cost"], best["credits"]) == (float(found.quote.total), found.quote.credits)
    assert set(best) == {
        "provider", "model", "score", "parts", "cost", "credits", "seconds", "successRate", "adaptations",
    }  # fmt: skip


@pytest.mark.usefixtures("vendors")
@pytest.mark.parametrize("providers", [("openai/gpt-image-2",), ("openai",)])
def test_a_named_model_is_the_only_candidate_and_nothing_steps_in(providers: tuple[str, ...]) -> None:
    found = route(*providers, model="gpt-image-2" if providers == ("openai",) else None)
    assert (chosen(found), candidates(found)) == ("openai/gpt-image-2", ["openai/gpt-image-2"])
    assert found.receipt["reason"] == "The request names this model."
    assert (found.receipt["refused"], found.wish) == ([], {})


@pytest.mark.usefixtures("vendors")
@pytest.mark.parametrize(
    ("wish", "policy", "code"),
    [
        ({"max_cost": Decimal("0.001")}, RoutingPolicy(), "price"),
        ({"max_seconds": 1}, RoutingPolicy(), "time"),
        ({"deny": ("openai",)}, RoutingPolicy(), "policy"),
        ({}, RoutingPolicy(deny=("openai/gpt-image-2",)), "policy"),
        ({}, RoutingPolicy(allow=("flux",)), "policy"),
    ],
)
def test_a_named_model_outside_the_bounds_is_refused_and_not_replaced(
    wish: dict[str, Any], policy: RoutingPolicy, code: str
) -> None:
    with pytest.raises(NoRoute) as caught:
        route("openai", model="gpt-image-2", policy=policy, **wish)
    assert [group["code"] for group in caught.value.extra["refused"]] == [code]


@pytest.mark.usefixtures("vendors")
def test_one_provider_means_its_default_first_and_its_others_may_step_in() -> None:
    found = route("openai")
    assert found.model.name == Provider.objects.get(key="openai").default_model
    assert found.receipt["reason"] == "The default model of the provider that the request names."
    assert (len(found.receipt["candidates"]), found.wish["providers"]) == (1, ["openai"])
    other = route("openai", excluded=(chosen(found),))
    assert other.model.provider_id == "openai"
    assert refused(other.receipt, "tried") == {chosen(found)}


@pytest.mark.usefixtures("vendors")
def test_a_default_that_is_denied_leaves_the_choice_among_the_providers_others() -> None:
    default = chosen(route("openai"))
    found = route("openai", deny=(default,))
    assert (found.model.provider_id, chosen(found) == default) == ("openai", False)
    assert refused(found.receipt, "policy") == {default}


@pytest.mark.usefixtures("vendors")
def test_a_list_is_scored_and_nobody_else_is_asked() -> None:
    found = route("flux/flux-dev", "openai/gpt-image-1-mini", "sim/priced")
    assert set(candidates(found)) == {"flux/flux-dev", "openai/gpt-image-1-mini", "sim/priced"}
    assert found.receipt["refused"] == []
    assert found.receipt["requested"]["provider"] == ["flux/flux-dev", "openai/gpt-image-1-mini", "sim/priced"]


@pytest.mark.usefixtures("vendors")
def test_a_retired_name_in_a_list_means_its_successor() -> None:
    assert "openai/gpt-image-2.5-sunburst" in candidates(route("openai/dall-e-3", "flux/flux-dev"))
    found = route(deny=("openai/dall-e-3",))
    assert "openai/gpt-image-2.5-sunburst" in refused(found.receipt, "policy")


@pytest.mark.usefixtures("vendors")
def test_unknown_names_are_refused_by_their_place_with_the_nearest() -> None:
    with pytest.raises(InvalidRequest) as caught:
        route("flux", "openai/gpt-image-22", allow=("fluxx",), deny=("flux", "stabilty"))
    assert {(error.field, error.nearest) for error in caught.value.errors} == {
        ("provider.1", "openai/gpt-image-2"), ("allow.0", "flux"), ("deny.1", "stability"),
    }  # fmt: skip


@pytest.mark.usefixtures("vendors")
def test_a_model_beside_several_providers_is_ambiguous() -> None:
    with pytest.raises(InvalidRequest) as caught:
        route("flux", "openai", model="flux-dev")
    assert [(error.field, error.code) for error in caught.value.errors] == [("model", "ambiguous")]


@pytest.mark.usefixtures("vendors")
def test_an_edit_with_a_mask_is_chosen_among_models_that_take_one() -> None:
    wanted = Wanted("A boat", inputs=(PICTURE, MASK))
    found = route(operation="inpaint", wanted=wanted)
    names = candidates(found)
    assert "flux/flux-pro-1.0-fill" in names
    assert "flux/flux-dev" not in names
    assert "flux/flux-dev" in refused(found.receipt, "capability")


@pytest.mark.usefixtures("vendors")
def test_under_strict_only_models_that_take_it_as_it_is_are_candidates() -> None:
    wanted = Wanted("A lighthouse", width=1024, height=1024, negative_prompt="fog")
    adapted, strict = route(wanted=wanted), route(wanted=wanted, strict=True)
    assert "openai/gpt-image-2" not in candidates(strict)
    assert "openai/gpt-image-2" in refused(strict.receipt, "option")
    assert not refused(adapted.receipt, "option")
    assert all(one["adaptations"] == 0 for one in strict.receipt["candidates"])


@pytest.mark.usefixtures("vendors")
def test_a_model_without_a_price_is_refused_and_never_free() -> None:
    assert not PriceLine.objects.filter(model="gpt-image-2.6-flare").exists()
    assert "openai/gpt-image-2.6-flare" in refused(route().receipt, "price_unknown")


@pytest.mark.usefixtures("vendors")
def test_a_changed_price_counts_at_once() -> None:
    before = chosen(route(strategy="cheapest"))
    provider, _, model = before.partition("/")
    PriceLine.objects.create(
        provider=provider, model=model, operation="*", kind="image", amount=Decimal(3),
        effective_from=timezone.now() - timedelta(seconds=1),
    )  # fmt: skip
    PriceLine.objects.create(
        provider=provider, model=model, operation="text-to-image", kind="image", amount=Decimal(3),
        effective_from=timezone.now() - timedelta(seconds=1),
    )  # fmt: skip
    assert chosen(route(strategy="cheapest")) != before


@pytest.mark.usefixtures("vendors")
def test_retired_models_and_those_that_are_only_named_are_not_chosen() -> None:
    ProviderModel.objects.filter(name="flux-dev").update(retires_at=timezone.now().date())
    ProviderModel.objects.filter(name="flux-2-pro").update(routable=False)
    found = route(strategy="cheapest")
    assert "flux/flux-dev" in refused(found.receipt, "retired")
    everywhere = {name for group in found.receipt["refused"] for name in group["models"]} | set(candidates(found))
    assert "flux/flux-2-pro" not in everywhere
    assert chosen(route("flux/flux-2-pro", "flux/flux-2-max", strategy="cheapest")) == "flux/flux-2-pro"


@pytest.mark.usefixtures("vendors")
def test_custom_is_every_server_that_operators_added() -> None:
    lab = Provider.objects.create(key="lab", label="Lab", kind="openai-compatible", needs_key=False)
    ProviderAccount.objects.create(provider=lab, base_url="https://lab.invalid/v1")
    pattern = ProviderModel.objects.get(name="flux-dev")
    for name in ("fine", "finer"):
        ProviderModel.objects.create(
            provider=lab, name=name, label=name, operations=["text-to-image"], limits=pattern.limits
        )
        PriceLine.objects.create(
            provider="lab", model=name, operation="*", kind="image", amount=0, effective_from=timezone.now()
        )
    assert set(candidates(route("custom"))) == {"lab/fine", "lab/finer"}
    assert not any(name.startswith("lab/") for name in candidates(route(deny=("custom",))))


@pytest.mark.usefixtures("catalogue")
def test_no_server_of_the_operators_own_is_said_so() -> None:
    with pytest.raises(ProviderNotConfigured, match="of your own"):
        route("custom")


@pytest.mark.usefixtures("vendors")
def test_the_error_says_what_stands_in_the_way_of_all() -> None:
    with pytest.raises(OperationUnsupported):
        route(operation="image-to-video")
    with pytest.raises(OptionUnsupported) as strict:
        route("openai", "openai/gpt-image-2", wanted=Wanted("A lighthouse", negative_prompt="fog"), strict=True)
    assert [error.field for error in strict.value.errors] == ["negativePrompt"]
    with pytest.raises(PriceUnknown):
        route("openai/gpt-image-2.6-flare", "openai/gpt-image-2.6-sunburst")
    with pytest.raises(NoRoute, match="cost more than is allowed") as dear:
        route(max_cost=Decimal("0.00001"))
    assert {group["code"] for group in dear.value.extra["refused"]} >= {"price", "capability", "retired"}
    with pytest.raises(InvalidRequest) as pictureless:
        route(operation="inpaint", wanted=Wanted("A boat"))
    assert {error.field for error in pictureless.value.errors} & {"image", "mask"}


@pytest.mark.usefixtures("catalogue")
def test_an_operation_that_only_unconfigured_providers_do_names_them() -> None:
    ProviderModel.objects.filter(provider="sim").update(operations=["text-to-image"])
    with pytest.raises(OperationUnsupported, match=r"These would: .*flux"):
        route(operation="inpaint", wanted=Wanted("A boat", inputs=(PICTURE, MASK)))


@pytest.mark.usefixtures("vendors")
def test_a_fallback_starts_from_the_kept_wish_unless_it_is_forbidden() -> None:
    assert route().wish["wanted"]["prompt"] == LIGHTHOUSE.prompt
    assert route(fallback=False).wish == {}
    assert route(policy=RoutingPolicy(fallback=False)).wish == {}
    assert route(policy=RoutingPolicy(fallback=False), fallback=True).wish != {}
