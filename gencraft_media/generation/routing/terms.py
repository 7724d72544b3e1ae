"""One model's terms for one request: what is changed to fit, and what it costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from billing.models import PricingSettings
from billing.quotes import Quote, quote_price
from gencraft_media.common.errors import InvalidRequest
from gencraft_media.generation.routing.offers import CAPABILITY, OPTION, Refusal
from providers.errors import OptionUnsupported
from providers.fitting import STANDARD, Fitted, Wanted, fit_request
from providers.models import ProviderModel
from providers.selectors import done_as
from providers.sizes import drawn_size
from providers.usual_steps import usual_steps
from providers.wording import sent_sizes

VARIATION_PROMPT = "A variation of this picture: the same subject and mood, composed anew."


@dataclass(frozen=True)
class Asked:
    """A request before any model was looked at. `units`: what prices that are not per picture count."""

    operation: str
    wanted: Wanted
    strict: bool = False
    units: Mapping[str, Decimal] = field(default_factory=dict)


def done_by(row: ProviderModel, operation: str, wanted: Wanted) -> tuple[str, Wanted]:
    """The operation as the model knows it: a variation is a repainting of the picture where it has no word of its own.

    A variation needs no prompt, a repainting does.
    """
    done = done_as(row, operation)
    if done == operation:
        return operation, wanted
    return done, replace(wanted, prompt=wanted.prompt.strip() or VARIATION_PROMPT)


def fitted_to(row: ProviderModel, asked: Asked, *, in_place_of: ProviderModel | None = None) -> tuple[str, Fitted]:
    """The operation as the model knows it, and the request within its limits. Raises what `fit_request` raises."""
    done, wanted = done_by(row, asked.operation, asked.wanted)
    return done, fit_request(row, wanted, strict=asked.strict, operation=done, in_place_of=in_place_of)


def quote_of(
    row: ProviderModel,
    operation: str,
    fitted: Fitted,
    *,
    count: int,
    units: Mapping[str, Decimal] | None = None,
    pricing: PricingSettings | None = None,
) -> Quote:
    """The price of `count` outputs of the size that is drawn, which is what costs. Raises `PriceUnknown`."""
    width, height = drawn_size(fitted.params) or (None, None)
    return quote_price(
        provider=row.provider_id,
        model=row.name,
        operation=operation,
        width=width,
        height=height,
        quality=fitted.params.get("quality", STANDARD),
        count=count,
        units={**(units or {}), **_counted(row, fitted)},
        inputs=sent_sizes(fitted.params),
        outputs_per_call=fitted.calls,
        pricing=pricing,
    )


def _counted(row: ProviderModel, fitted: Fitted) -> dict[str, Decimal]:
    """What a provider may count of a request as it goes out."""
    options = fitted.params.get("options", {})
    steps = options.get("steps") or usual_steps(row)
    counted = {"partial_images": Decimal(options.get("partialImages", 0))}
    return counted if steps is None else {**counted, "steps": Decimal(steps)}


def misfit(error: OptionUnsupported | InvalidRequest, *, strict: bool) -> Refusal:
    """Why a request does not fit a model. What no adapting helps is beyond what the model can do."""
    code = CAPABILITY if isinstance(error, OptionUnsupported) and not strict else OPTION
    reasons = dict.fromkeys(f"{wrong.field}: {wrong.message}" for wrong in error.errors)
    return Refusal(code, " ".join(reasons) or str(error))
