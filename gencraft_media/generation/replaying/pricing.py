"""What a past job would cost under a configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from billing.errors import PriceUnknown
from billing.money import credits_for
from billing.quotes import quote_price
from gencraft_media.generation.media_rules import completed
from gencraft_media.generation.policy import MediaPolicy
from gencraft_media.generation.replaying.choosing import Model
from gencraft_media.generation.replaying.configurations import Configuration
from gencraft_media.generation.replaying.jobs import PastJob
from providers.operations import limits_for
from providers.selectors import done_as
from providers.sizes import drawn_size, size_fitting
from providers.usual_steps import usual_steps
from providers.wanted import Wanted
from providers.wording import sent_sizes

_STANDARD = "standard"
# Their size is the input's, or follows from it.
_FOLLOWING = {"same", "margins", "factor"}


@dataclass(frozen=True)
class Price:
    """For all outputs of a job, in US dollars, and what its project would hold for it."""

    cost: Decimal
    revenue: Decimal
    credits: int


class Pricer:
    """Prices of past jobs under one configuration at one moment; what jobs have in common is worked out once."""

    def __init__(self, configuration: Configuration, moment: datetime) -> None:
        self._configuration, self._moment = configuration, moment
        self._known: dict[Any, Price | None] = {}

    def price_of(self, job: PastJob, model: Model, media: MediaPolicy, usual_before: str) -> Price:
        """The price with a model, with the qualities and sizes that hold now; as it was quoted where none is known."""
        asked = self._asked(job, model, media, usual_before)
        key = repr(sorted(asked.items()))
        if key not in self._known:
            self._known[key] = self._quoted(asked)
        quoted = Price(job.quoted_provider_cost, job.quoted_total, credits_for(job.quoted_total))
        return self._known[key] or quoted

    def _quoted(self, asked: dict[str, Any]) -> Price | None:
        configuration = self._configuration
        try:
            quote = quote_price(**asked, at=self._moment, pricing=configuration.pricing, book=configuration.book)
        except PriceUnknown:
            return None
        return Price(quote.provider_cost, quote.total, quote.credits)

    def _asked(self, job: PastJob, model: Model, media: MediaPolicy, usual_before: str) -> dict[str, Any]:
        row = self._configuration.models.get(model)
        operation = done_as(row, job.operation) if row is not None else job.operation
        limits = limits_for(row.limits, operation) if row is not None else {}
        wanted = completed(_wanted(job, usual_before), media, operation=job.operation)
        size = _size(job.params, limits, wanted)
        options = job.params.get("options", {})
        steps = options.get("steps") or (usual_steps(row) if row is not None else None)
        units = {"partial_images": Decimal(options.get("partialImages", 0))}
        return {
            "provider": model[0],
            "model": model[1],
            "operation": operation,
            "width": size[0] if size else None,
            "height": size[1] if size else None,
            "quality": _quality(job.params, limits, wanted),
            "count": job.batch_size,
            "units": units if steps is None else {**units, "steps": Decimal(steps)},
            "inputs": tuple(sent_sizes(job.params)),
            "outputs_per_call": int(limits.get("outputs_per_call", 1)),
        }


def _wanted(job: PastJob, usual_before: str) -> Wanted:
    """The quality and size that the request said; the size that it got where it said none."""
    used = _used_quality(job.params)
    # A job that keeps no wish does not tell whether it said what was usual.
    silent = not job.said_quality if job.wished_operation else used == usual_before
    width, height = job.said_width or job.said_height, job.said_height or job.said_width
    if not (width and height):
        width, height = drawn_size(job.params) or (None, None)
    return Wanted(prompt="", quality="" if silent else used, width=width, height=height)


def _quality(params: Mapping[str, Any], limits: Mapping[str, Any], wanted: Wanted) -> str:
    """As the request said; where it was silent, the default that holds now."""
    known = limits.get("qualities", {_STANDARD: _STANDARD})
    return wanted.quality or (wanted.usual_quality if wanted.usual_quality in known else _used_quality(params))


def _used_quality(params: Mapping[str, Any]) -> str:
    return str(params.get("quality") or _STANDARD)


def _size(params: Mapping[str, Any], limits: Mapping[str, Any], wanted: Wanted) -> tuple[int, int] | None:
    """The size that the model would draw."""
    drawn, allowed = drawn_size(params), limits.get("size")
    if drawn is None or allowed is None or allowed["kind"] in _FOLLOWING:
        return drawn
    size = wanted.width or drawn[0], wanted.height or drawn[1]
    longest, most = max(size), wanted.longest_side
    if most is not None and longest > most:
        size = max(1, size[0] * most // longest), max(1, size[1] * most // longest)
    return size_fitting(allowed, *size)
