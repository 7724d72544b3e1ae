"""Jobs whose first model fails, and what is known of them when it is over."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from billing.models import MediaUsage, PriceLine, ProviderCost
from billing.pricelist import forget_prices
from gencraft_media.common.clock import database_now
from gencraft_media.common.models import DomainEvent
from gencraft_media.generation.models import GenerationJob, RoutingSettings
from providers.models import ProviderModel
from tests.generation.tenants import Tenant

# In the order in which "fastest" takes them: by the seconds of the catalogue, then by name.
FIRST, SECOND = "sim/unreachable", "sim/priced"


def start_with(alice: Tenant, *models: str, **fields: Any) -> GenerationJob:
    """A job that any of the models may make, the fastest first."""
    return alice.start(None, **{"provider": list(models or (FIRST, SECOND)), "strategy": "fastest", **fields})


def set_policy(**values: Any) -> None:
    """What holds for every request from now on."""
    version = RoutingSettings.objects.count() + 1
    RoutingSettings.objects.create(version=version, **values)


def set_price(model: str, amount: str, provider: str = "sim") -> None:
    """What the provider takes for one picture of the model, from now on."""
    PriceLine.objects.create(
        provider=provider,
        model=model,
        operation="*",
        amount=Decimal(amount),
        effective_from=database_now() - timedelta(seconds=1),
        source="a test",
    )
    forget_prices()


def set_seconds(model: str, seconds: float) -> None:
    """How long the model takes by the catalogue."""
    assert ProviderModel.objects.filter(name=model).update(typical_seconds=seconds)


def change_limits(model: str, **limits: Any) -> None:
    """Other limits of the model; None takes one away."""
    row = ProviderModel.objects.get(name=model)
    row.limits = {name: rule for name, rule in {**row.limits, **limits}.items() if rule is not None}
    row.save(update_fields=["limits"])


def attempts(job: GenerationJob) -> list[tuple[str, str]]:
    """The model and the end of each attempt, in order."""
    return list(job.attempts.order_by("number").values_list("model", "state"))


def events(job: GenerationJob, type: str = "job.rerouted") -> list[dict[str, Any]]:
    """What the job told of this type."""
    rows = DomainEvent.objects.filter(subject_id=job.pk, type=type).order_by("number")
    return [row.payload for row in rows]


def charged(job: GenerationJob) -> list[tuple[str, int]]:
    """The model and the credits of each delivered output."""
    return sorted(MediaUsage.objects.filter(job_id=job.pk).values_list("model", "credits_used"))


def booked(job: GenerationJob) -> list[tuple[str, Decimal]]:
    """The model and the amount of each entry in the book of provider costs."""
    return sorted(ProviderCost.objects.filter(job_id=job.pk).values_list("model", "amount"))
