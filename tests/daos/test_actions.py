"""What each action would change: exactly that, with what an operator has to know beside it."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.accounts import account_of
from billing.models import Plan, PriceLine, PricingSettings
from billing.quotes import quote_price
from billing.stores import PLANS, PRICING, QUOTAS, SPENDING
from gencraft_media.accounts.models import Project
from gencraft_media.common.configuration import runtime_actions
from gencraft_media.common.errors import InvalidRequest
from gencraft_media.common.settings_changes import newest_settings, save_settings
from gencraft_media.daos.services import undo_plan
from gencraft_media.generation.configuration import MEDIA
from gencraft_media.generation.models import MediaSettings, RoutingSettings
from gencraft_media.generation.policy import media_policy, routing_policy
from gencraft_media.generation.routing_configuration import ROUTING
from gencraft_media.webhooks.configuration import PAUSES
from providers.models import ProviderModel
from providers.stores import PROVIDERS
from tests.daos.asking import applied, asked, meant, notes_of, value
from tests.factories import make_project

pytestmark = pytest.mark.usefixtures("catalogue")
NAMES = {
    "media.enable", "media.quality", "media.format", "media.compression", "media.resolution", "media.model",
    "media.retention", "provider.enable", "model.enable", "pricing.batch_discount", "pricing.batch_discount_cap",
    "pricing.markup", "pricing.price", "quota.user", "quota.plan", "routing.strategy", "routing.allow", "routing.deny",
    "spend.cap", "webhooks.pause",
}  # fmt: skip


@pytest.fixture
def project() -> Project:
    made = make_project()
    account_of(made.owner_id, plan="pro")
    return made


def say(kind: type[MediaSettings] | type[RoutingSettings], scope: str, **values: object) -> None:
    """An operator's word for a scope."""
    save_settings(kind, values, scope=scope, actor=None)


def test_every_action_of_the_contract_is_there() -> None:
    assert {action.name for action in runtime_actions()} == NAMES


def test_no_action_reaches_a_secret_a_role_or_a_key() -> None:
    words = ("secret", "token", "password", "api_key", "role", "permission", "egress", "superuser")
    values = [field for store in (MEDIA, ROUTING, PRICING, QUOTAS, SPENDING, PAUSES) for field in store.read("global")]
    values += [*PLANS.read("pro"), *PROVIDERS.read("openai")]
    assert not [value for value in values if any(word in value for word in words)]


SIMPLE = [
    ("media.enable", {"enabled": False, "scope": "plan:free"}, ("plan:free", "enabled", None, False)),
    ("media.quality", {"quality": "hd", "scope": "plan:pro"}, ("plan:pro", "quality", None, "hd")),
    ("media.format", {"format": "avif"}, ("global", "format", None, "avif")),
    ("media.compression", {"compression": 0}, ("global", "compression", None, 0)),
    ("media.resolution", {"pixels": 1024}, ("global", "max_resolution", None, 1024)),
    ("media.retention", {"days": -1}, ("global", "retention_days", None, -1)),
    ("pricing.batch_discount", {"percent": "7.5"}, ("global", "batch_discount_step", "0.05", "0.075")),
    ("pricing.batch_discount_cap", {"percent": "100"}, ("global", "batch_discount_cap", "0.25", "1")),
    ("pricing.markup", {"percent": "33.34"}, ("global", "markup_percent", "0", "33.34")),
    ("quota.user", {"period": "day", "outputs": 50}, ("global", "user_daily", -1, 50)),
    ("quota.user", {"period": "month", "outputs": -1}, ("global", "user_monthly", -1, -1)),
    ("quota.plan", {"plan": "starter", "outputs": 200}, ("starter", "monthly_outputs", 100, 200)),
    ("routing.strategy", {"strategy": "cheapest"}, ("global", "strategy", None, "cheapest")),
    ("routing.allow", {"names": ["openai", "flux"]}, ("global", "allow", None, ["openai", "flux"])),
    ("routing.deny", {"names": ["stability"], "denied": True}, ("global", "deny", None, ["stability"])),
    ("spend.cap", {"period": "day", "credits": 500, "scope": "plan:free"}, ("plan:free", "credits_per_day", None, 500)),
    ("webhooks.pause", {"paused": True}, ("global", "paused", None, True)),
    ("provider.enable", {"provider": "stability", "enabled": False}, ("stability", "enabled", True, False)),
]


@pytest.mark.parametrize(
    ("name", "parameters", "change"), SIMPLE, ids=[f"{one[0]}-{n}" for n, one in enumerate(SIMPLE)]
)
def test_each_action_means_one_value(name: str, parameters: dict[str, object], change: tuple[object, ...]) -> None:
    row, field, before, after = change
    assert meant(name, **parameters) == {(row, field): (before, after)}


REFUSED = [
    ("media.quality", {"quality": "hd", "scope": "plan:gold"}),
    ("media.quality", {"quality": "hd", "scope": "project:nobody"}),
    ("media.quality", {"quality": "hd", "scope": "everybody"}),
    ("media.quality", {"quality": "hd", "surprise": 1}),
    ("media.compression", {"compression": 101}),
    ("media.resolution", {"pixels": 63}),
    ("media.model", {"model": "openai"}),
    ("media.model", {"model": "openai/nothing"}),
    ("media.retention", {"days": -2}),
    ("provider.enable", {"provider": "nobody", "enabled": True}),
    ("model.enable", {"model": "openai/nothing", "enabled": True}),
    ("pricing.markup", {"percent": "100.01"}),
    ("pricing.batch_discount", {"percent": "-1"}),
    ("pricing.price", {"model": "openai/nothing", "amount": "1"}),
    ("pricing.price", {"model": "openai/dall-e-3", "amount": "1"}),
    ("pricing.price", {"model": "flux/flux-pro", "amount": "1", "from": "soon"}),
    ("pricing.price", {"model": "flux/flux-pro", "amount": "1", "from": "9999-12-31T23:59:59-05:00"}),
    ("pricing.price", {"model": "flux/flux-pro", "amount": "1", "from": "0001-01-01T00:00:00+05:00"}),
    ("pricing.price", {"model": "flux/flux-pro", "amount": "1", "from": "9999-12-31"}),
    ("quota.plan", {"plan": "gold", "outputs": 1}),
    ("quota.user", {"period": "week", "outputs": 1}),
    ("routing.strategy", {"strategy": "random"}),
    ("routing.deny", {"names": ["nobody"], "denied": True}),
    ("routing.deny", {"names": [], "denied": True}),
    ("spend.cap", {"period": "day", "credits": -2}),
    ("webhooks.pause", {"paused": True, "scope": "plan:free"}),
]


@pytest.mark.parametrize(("name", "parameters"), REFUSED, ids=[f"{name}-{n}" for n, (name, _) in enumerate(REFUSED)])
def test_what_makes_no_sense_is_refused(name: str, parameters: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest):
        meant(name, **parameters)


def test_generation_for_everybody_clears_whoever_says_otherwise(project: Project) -> None:
    scope = f"project:{project.pk}"
    say(MediaSettings, scope, enabled=False)
    say(MediaSettings, "plan:free", enabled=True)
    assert meant("media.enable", enabled=True) == {
        ("global", "enabled"): (None, True),
        (scope, "enabled"): (False, None),
    }
    plan = applied(asked("media.enable", enabled=True))
    assert media_policy(project.pk, project.owner_id).enabled
    undo_plan(plan, actor=None)
    assert value("generation.media", scope, "enabled") is False


def test_other_actions_leave_narrower_scopes_and_say_so(project: Project) -> None:
    say(MediaSettings, f"project:{project.pk}", quality="standard")
    assert f"for the project {project.name} (standard)" in notes_of("media.quality", quality="hd", scope="plan:pro")
    assert notes_of("media.quality", quality="hd", scope="plan:free") == ""
    assert notes_of("media.quality", quality="standard") == ""


def test_the_default_model_is_kept_in_the_catalogues_spelling() -> None:
    assert meant("media.model", model="flux/flux-pro") == {("global", "default_model"): (None, "flux/flux-pro")}
    say(MediaSettings, "global", default_model="flux/flux-pro")
    assert meant("media.model", model="auto") == {("global", "default_model"): ("flux/flux-pro", None)}


def test_a_denial_goes_over_those_of_the_wider_scope(project: Project) -> None:
    say(RoutingSettings, "plan:pro", deny=["flux"])
    scope = f"project:{project.pk}"
    assert meant("routing.deny", names=["openai"], scope=scope) == {(scope, "deny"): (None, ["flux", "openai"])}
    assert "plan:pro" in notes_of("routing.deny", names=["openai"], scope=scope)
    applied(asked("routing.deny", names=["openai"], scope=scope))
    assert routing_policy(project.pk, project.owner_id).deny == ("flux", "openai")
    assert meant("routing.deny", names=["flux"], denied=False, scope=scope)[scope, "deny"][1] == ["openai"]


def test_what_is_not_denied_is_allowed_again_without_a_list_of_its_own(project: Project) -> None:
    say(RoutingSettings, "global", deny=["flux"])
    again = {"names": ["openai"], "denied": False, "scope": "plan:pro"}
    assert meant("routing.deny", **again) == {("plan:pro", "deny"): (None, None)}
    assert notes_of("routing.deny", **again) == ""
    pinned = {"names": ["flux"], "scope": "plan:pro"}
    assert meant("routing.deny", **pinned) == {("plan:pro", "deny"): (None, ["flux"])}


def test_a_model_is_switched_by_its_own_row() -> None:
    row = ProviderModel.objects.get(provider="openai", name="dall-e-3")
    assert meant("model.enable", model="openai/dall-e-3", enabled=False) == {(str(row.pk), "enabled"): (True, False)}
    applied(asked("provider.enable", provider="openai", enabled=False))
    assert "OpenAI" in notes_of("model.enable", model="openai/dall-e-3", enabled=True)


def test_a_discount_beyond_the_margin_is_warned_of() -> None:
    save_settings(PricingSettings, {"markup_percent": "50"}, actor=None)
    assert notes_of("pricing.batch_discount_cap", percent="30") == ""
    assert "exceed the margin" in notes_of("pricing.batch_discount_cap", percent="40")
    assert "cap is below one step" in notes_of("pricing.batch_discount", percent="26")


def price(model: str = "flux-pro", operation: str = "text-to-image") -> Decimal:
    """What the provider takes for one picture now."""
    return quote_price(provider="flux", model=model, operation=operation, width=1024, height=1024).provider_cost


def test_a_price_is_corrected_for_every_operation_that_has_it_and_comes_back() -> None:
    before, lines = price(), PriceLine.objects.count()
    plan = applied(asked("pricing.price", model="flux/flux-pro", amount="0.123"))
    assert {price(operation=name) for name in ("text-to-image", "inpaint")} == {Decimal("0.123")}
    undo_plan(plan, actor=None)
    assert price() == before
    assert PriceLine.objects.count() == lines + 2 * len(plan.changes)


def test_a_price_of_a_later_date_holds_from_then_on_and_can_be_taken_back() -> None:
    parameters = {"model": "flux/flux-pro", "amount": "0.2", "operation": "inpaint", "from": "2035-01-01"}
    [(slot, (before, after))] = meant("pricing.price", **parameters).items()
    assert (slot[1], before, after) == ("amount from 2035-01-01T00:00:00Z", "0.05", "0.2")
    plan = applied(asked("pricing.price", **parameters))
    assert value("billing.prices", *slot) == "0.2"
    assert price(operation="inpaint") == Decimal("0.05")
    assert "2035-01-01" in notes_of("pricing.price", model="flux/flux-pro", amount="0.1", operation="inpaint")
    undo_plan(plan, actor=None)
    assert value("billing.prices", *slot) == "0.05"


def test_of_a_model_with_a_price_for_each_size_one_is_named() -> None:
    [(slot, change)] = meant("pricing.price", model="openai/dall-e-3", amount="0.09", key="1024x1792").items()
    assert change == ("0.08", "0.09")
    assert "1024x1792" in slot[0]


def test_a_plans_terms_keep_their_other_fields() -> None:
    credits = Plan.objects.get(pk="starter").monthly_credits
    applied(asked("quota.plan", plan="starter", outputs=-1))
    assert Plan.objects.values_list("monthly_outputs", "monthly_credits").get(pk="starter") == (-1, credits)


def test_a_setting_by_plan_is_a_new_version_like_any_other() -> None:
    applied(asked("pricing.markup", percent="1"), asked("pricing.batch_discount", percent="2"))
    row = newest_settings(PricingSettings)
    assert (row.version, str(row.markup_percent), str(row.batch_discount_step)) == (1, "1.00", "0.0200")


def test_whoever_says_otherwise_is_named_in_as_many_queries_however_many_they_are() -> None:
    counts = []
    for _ in range(2):
        for _ in range(3):
            say(MediaSettings, f"project:{make_project().pk}", enabled=False)
        with CaptureQueriesContext(connection) as queries:
            changes = meant("media.enable", enabled=True)
        counts.append((len(changes), len(queries)))
    assert [size for size, _ in counts] == [4, 7]
    assert counts[0][1] == counts[1][1]
