"""Every kind of request that the engine makes of Black Forest Labs: all models in service, sizes, and options."""

import itertools
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from providers.adapters.flux import FluxAdapter
from providers.fitting import Wanted, fit_request
from providers.models import ProviderModel
from providers.types import GenerationRequest, HttpRequest
from providers.wording import in_vendors_words
from tests.providers.catalogue_rows import catalogue_rows
from tests.vendors.flux.edits_asked import edits_of

_SIDES = (64, 512, 768, 1000, 1024, 1536, 2048, 4096)
_LARGEST_SEED = 2**32 - 1


def models_in_service() -> list[ProviderModel]:
    """The rows whose names are sent to the vendor."""
    return [row for (provider, _), row in catalogue_rows().items() if provider == "flux" and row.retires_at is None]


def every_request() -> Iterator[HttpRequest]:
    """Each model asked for each size, with the least and the most of everything that clients may say."""
    for row in models_in_service():
        yield from edits_of(row)
        if "text-to-image" not in row.operations:
            continue
        for width, height in itertools.product(_SIDES, _SIDES):
            yield _request(row, Wanted("a lighthouse", "", width, height))
        for steps, cfg_scale, seed in ((1, Decimal(0), 0), (50, Decimal("7.5"), 7), (150, Decimal(35), _LARGEST_SEED)):
            options: dict[str, Any] = {
                "steps": steps,
                "cfg_scale": cfg_scale,
                "sampler": "ddim",
                "style_preset": "anime",
            }
            yield _request(row, Wanted("a lighthouse", "fog", quality="hd", seed=seed, **options))


def documented_requests() -> Iterator[HttpRequest]:
    """Those that the vendor's document of 2026-04-23 can know: FLUX.3 came on 2026-10-01."""
    return (request for request in every_request() if "/flux-3-" not in request.url)


def _request(row: ProviderModel, wanted: Wanted) -> HttpRequest:
    params = fit_request(row, wanted, strict=False).params
    said = in_vendors_words(row.limits, params)
    request = GenerationRequest("a", "text-to-image", row.name, seed=params.get("seed"), **said)
    return FluxAdapter(row.name).build_submit(request)
