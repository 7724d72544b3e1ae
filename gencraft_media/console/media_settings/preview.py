"""What each model costs a client with certain price settings, whether they are saved or not."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from billing.errors import PriceUnknown
from billing.models import PricingSettings
from billing.quotes import Quote
from gencraft_media.common.errors import GenCraftError
from gencraft_media.generation.estimates import assumed_inputs
from gencraft_media.generation.routing.terms import Asked, fitted_to, quote_of
from providers.fitting import Wanted
from providers.models import ProviderModel
from providers.operations import Operation, limits_for
from providers.selectors import SIM, full_name

# Outputs of the two columns: one picture, and a batch large enough for the usual cap.
ONE, BATCH = 1, 10
_PROMPT = "A picture"
_PLACES = 4


@dataclass(frozen=True)
class ModelPrice:
    """One line of the table, in US dollars and credits; `one` is None where a price cannot be told beforehand."""

    provider: str
    model: str
    operation: str
    one: Quote | None = None
    batch: Quote | None = None
    reason: str = ""

    @property
    def margin(self) -> Decimal | None:
        """What is left of one output's price after the provider took its own."""
        return self.one.total - self.one.provider_cost if self.one is not None else None

    @property
    def batch_margin(self) -> Decimal | None:
        """The same of the whole batch."""
        return self.batch.total - self.batch.provider_cost if self.batch is not None else None

    @property
    def is_loss(self) -> bool:
        """Whether either sells for less than it costs."""
        return any(margin is not None and margin < 0 for margin in (self.margin, self.batch_margin))

    @property
    def cells(self) -> list[tuple[str, bool]]:
        """The figures of a line, and of each whether it is a loss."""
        if self.one is None or self.batch is None or self.margin is None or self.batch_margin is None:
            return []
        one = [(in_dollars(self.one.total), False), (str(self.one.credits), False)]
        batch = [(in_dollars(self.batch.total), False), (str(self.batch.credits), False)]
        return [
            (in_dollars(self.one.provider_cost), False),
            *one,
            (in_dollars(self.margin), self.margin < 0),
            *batch,
            (in_dollars(self.batch_margin), self.batch_margin < 0),
        ]


def in_dollars(amount: Decimal) -> str:
    """Exact, with four decimals or as many more as it has."""
    places = -int(amount.normalize().as_tuple().exponent)
    return f"{amount:.{max(places, _PLACES)}f}"


def prices_with(pricing: PricingSettings) -> list[ModelPrice]:
    """Every model that is on offer, at its usual size and standard quality, with `pricing`."""
    today = timezone.now().date()
    begun, current = Q(available_from=None) | Q(available_from__lte=today), Q(retires_at=None) | Q(retires_at__gt=today)
    rows = ProviderModel.objects.filter(begun, current, enabled=True, provider__enabled=True)
    # The simulator's models of all kinds of failures cost what the first one does.
    offered = rows.exclude(provider=SIM, routable=False).select_related("provider")
    ordered = sorted(offered, key=lambda row: (row.provider_id == SIM, row.provider_id, row.pk))
    return [_price_of(row, pricing) for row in ordered if row.operations]


def _price_of(row: ProviderModel, pricing: PricingSettings) -> ModelPrice:
    is_drawn = Operation.TEXT_TO_IMAGE in row.operations
    operation = Operation.TEXT_TO_IMAGE.value if is_drawn else row.operations[0]
    name = full_name(row.provider_id, row.name)
    try:
        wanted = Wanted(prompt=_PROMPT, inputs=tuple(assumed_inputs(limits_for(row.limits, operation))))
        done, fitted = fitted_to(row, Asked(operation, wanted))
        one, batch = (quote_of(row, done, fitted, count=count, pricing=pricing) for count in (ONE, BATCH))
    except PriceUnknown as error:
        return ModelPrice(row.provider_id, name, operation, reason=error.message)
    except GenCraftError:
        return ModelPrice(row.provider_id, name, operation, reason="Depends on what is asked for.")
    return ModelPrice(row.provider_id, name, operation, one, batch)
