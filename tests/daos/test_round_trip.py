"""Applied and undone: every configuration value is what it was, whatever the plan."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as bounded
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import Settings

from billing.models import Plan, PriceLine, PricingSettings, QuotaSettings, SpendSettings
from billing.price_corrections import PriceName
from gencraft_media.accounts.models import Project
from gencraft_media.common.clock import database_now
from gencraft_media.common.errors import InvalidRequest
from gencraft_media.common.exact_values import column_of, exact_value
from gencraft_media.common.models import VersionedSettings
from gencraft_media.common.scopes import newest_versions
from gencraft_media.daos.drafting import draft_of
from gencraft_media.daos.services import apply_plan, propose_plan, undo_plan
from gencraft_media.generation.models import MediaSettings, RoutingSettings
from gencraft_media.webhooks.models import WebhookPause
from providers.models import Provider, ProviderModel
from tests.daos.asking import asked
from tests.factories import make_project
from tests.generation.rows import load_rows

pytestmark = pytest.mark.django_db
KINDS: list[type[VersionedSettings]] = [
    MediaSettings, RoutingSettings, PricingSettings, QuotaSettings, SpendSettings, WebhookPause,
]  # fmt: skip
PROJECT = "project:*"
SCOPES = st.sampled_from(["global", "plan:free", "plan:pro", PROJECT])
PERCENTS = st.decimals(0, 100, places=2).map(str)
NAMES = st.lists(
    st.sampled_from(["openai", "flux", "stability", "openai/dall-e-3"]), min_size=1, max_size=3, unique=True
)


def action(name: str, **parameters: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """One action with random parameters."""
    return st.fixed_dictionaries(parameters).map(lambda values: asked(name, **values))


ACTIONS = st.one_of(
    action("media.enable", enabled=st.booleans(), scope=SCOPES),
    action("media.quality", quality=st.sampled_from(["standard", "hd"]), scope=SCOPES),
    action("media.format", format=st.sampled_from(["png", "jpeg", "webp", "avif"]), scope=SCOPES),
    action("media.compression", compression=st.integers(0, 100), scope=SCOPES),
    action("media.resolution", pixels=st.integers(64, 16_384), scope=SCOPES),
    action("media.model", model=st.sampled_from(["openai/dall-e-3", "flux/flux-pro", "auto"]), scope=SCOPES),
    action("media.retention", days=st.integers(-1, 36_500), scope=SCOPES),
    action("provider.enable", provider=st.sampled_from(["openai", "flux"]), enabled=st.booleans()),
    action("model.enable", model=st.sampled_from(["openai/dall-e-3", "flux/flux-pro"]), enabled=st.booleans()),
    action("pricing.batch_discount", percent=PERCENTS),
    action("pricing.batch_discount_cap", percent=PERCENTS),
    action("pricing.markup", percent=PERCENTS),
    action(
        "pricing.price",
        model=st.sampled_from(["flux/flux-pro", "flux/flux-dev", "sim/priced"]),
        amount=st.decimals(0, 10, places=10).map(lambda amount: f"{amount:f}"),
    ),
    action(
        "pricing.price",
        model=st.just("flux/flux-dev"),
        amount=st.decimals(0, 10, places=4).map(str),
        **{"from": st.sampled_from(["2026-01-01", "2035-01-01", "2035-01-01T00:00:01+00:00"])},
    ),
    action("quota.user", period=st.sampled_from(["day", "month"]), outputs=st.integers(-1, 10**6)),
    action("quota.plan", plan=st.sampled_from(["free", "pro"]), outputs=st.integers(-1, 10**6)),
    action("routing.strategy", strategy=st.sampled_from(["cheapest", "fastest", "best", "balanced"]), scope=SCOPES),
    action("routing.allow", names=st.one_of(st.just([]), NAMES), scope=SCOPES),
    action("routing.deny", names=NAMES, denied=st.booleans(), scope=SCOPES),
    action("spend.cap", period=st.sampled_from(["day", "month"]), credits=st.integers(-1, 10**6), scope=SCOPES),
    action("webhooks.pause", paused=st.booleans(), scope=st.sampled_from(["global", PROJECT])),
)


def everything() -> dict[str, Any]:
    """Every value of every store, as the columns have them; what was never said is what says nothing."""
    found: dict[str, Any] = {}
    projects = [f"project:{pk}" for pk in Project.objects.values_list("pk", flat=True)]
    for kind in KINDS:
        newest = newest_versions(kind)
        for scope in ("global", "plan:free", "plan:pro", *projects):
            values = (newest.get(scope) or kind(scope=scope, version=0)).values()
            found |= {
                f"{kind.__name__} {scope} {name}": exact_value(column_of(kind, name), values[name]) for name in values
            }
    found |= {f"plan {row.pk}": (row.monthly_outputs, row.monthly_credits, row.weight) for row in Plan.objects.all()}
    found |= {f"provider {row.pk}": row.enabled for row in Provider.objects.all()}
    found |= {f"model {row}": row.enabled for row in ProviderModel.objects.all()}
    # A correction may begin before a later one that holds now.
    moments = [datetime(year, 1, 1, hour=6, tzinfo=UTC) for year in (2026, 2035)]
    for moment in (*moments, database_now() + timedelta(seconds=2)):
        found |= {f"{name.as_text()} at {moment:%Y-%m}": facts for name, facts in prices_at(moment).items()}
    return found


def prices_at(moment: datetime) -> dict[PriceName, Any]:
    """Every price with what belongs to it."""
    lines = PriceLine.objects.filter(effective_from__lte=moment).order_by("effective_from", "pk")
    return {PriceName.of(line): (line.amount, line.hd_multiplier, line.parameters) for line in lines}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Names are looked up in what was read before; what plans would do to money is told elsewhere."""
    settings.FRESH_FOR_S = 60.0
    monkeypatch.setattr("gencraft_media.daos.services.effect_of", lambda changes: {"replay": {"difference": "0"}})


class TestAnyPlan(TestCase):
    """Plans at random, on top of what plans before them left."""

    def setUp(self) -> None:
        load_rows()
        self.scope = f"project:{make_project().pk}"

    @bounded(max_examples=15, deadline=None)
    @given(st.lists(ACTIONS, min_size=1, max_size=4), st.lists(ACTIONS, min_size=1, max_size=6))
    def test_undoing_leaves_every_value_as_it_was(self, first: list[Any], actions: list[Any]) -> None:
        self._apply(first)
        before = everything()
        plan = self._apply(actions)
        if plan is None:
            assert everything() == before
            return
        assert bool(plan.changes) == (everything() != before)
        undo_plan(plan, actor=None)
        assert everything() == before

    def _apply(self, actions: list[Any]) -> Any:
        """The applied plan; None where the actions contradict each other."""
        for one in actions:
            if one["parameters"].get("scope") == PROJECT:
                one["parameters"]["scope"] = self.scope
        try:
            draft_of(actions)
        except InvalidRequest as error:
            # A model whose operations were given prices of their own by the plan before has several.
            assert {wrong.code for wrong in error.errors} <= {"conflict", "unknown", "ambiguous"}, error.errors
            return None
        plan = propose_plan(actor=None, actions=actions)
        return apply_plan(plan, actor=None, digest=plan.digest)
