"""Every kind of request that the engine makes of Stability AI: all models, shapes, and ends of ranges."""

import itertools
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from providers.adapters.stability.adapter import StabilityAdapter
from providers.fitting import Wanted, fit_request
from providers.models import ProviderModel
from providers.types import GenerationRequest, HttpRequest
from providers.wording import in_vendors_words
from tests.providers.catalogue_rows import catalogue_rows

_SIDES = (64, 512, 768, 1000, 1024, 1536, 2048, 4096)
_LARGEST_SEED = 2**32 - 1
# steps, guidance, sampler, seed: below, within and above what the vendor takes.
_SETTINGS: tuple[tuple[int, Decimal, str, int], ...] = (
    (1, Decimal(0), "euler", 0),
    (20, Decimal("7.5"), "ddpm", 7),
    (50, Decimal(10), "ddim", 2**31),
    (150, Decimal(35), "lms", _LARGEST_SEED),
)
# Refused before anything is drawn.
PROMPT = "a lighthouse [fault:public-figure]"


def models_in_the_catalogue() -> list[ProviderModel]:
    """Stability's rows that make pictures from text, retired or not: work in hand goes on."""
    rows = catalogue_rows().items()
    return [row for (key, _), row in rows if key == "stability" and "text-to-image" in row.operations]


def requests_of(row: ProviderModel, base_url: str = "") -> Iterator[HttpRequest]:
    """One model asked for each shape, with the least and the most of everything that clients may say; each once."""
    adapter, seen = StabilityAdapter(row.name, base_url), set()
    for request in _asked(row):
        built = adapter.build_submit(request)
        body = json.dumps([built.form, built.json])
        if body not in seen:
            seen.add(body)
            yield built


def engine_requests() -> Iterator[HttpRequest]:
    """Those of v1, the interface that the vendor's documents at hand describe."""
    for row in models_in_the_catalogue():
        yield from (request for request in requests_of(row) if request.json is not None)


def _asked(row: ProviderModel) -> Iterator[GenerationRequest]:
    for width, height in itertools.product(_SIDES, _SIDES):
        yield _request(row, Wanted(PROMPT, "", width, height))
    for steps, cfg_scale, sampler, seed in _SETTINGS:
        for style in ("", *row.limits["options"]["stylePreset"]["values"]):
            wanted = Wanted(
                PROMPT, "fog", steps=steps, cfg_scale=cfg_scale, sampler=sampler, seed=seed, style_preset=style
            )
            yield _request(row, wanted, count=int(row.limits["outputs_per_call"]))
    yield _request(row, Wanted(PROMPT + "x" * 20_000, "fog" * 10_000, quality="hd", style="vivid"))


def _request(row: ProviderModel, wanted: Wanted, count: int = 1) -> GenerationRequest:
    params: dict[str, Any] = fit_request(row, wanted, strict=False).params
    said = in_vendors_words(row.limits, params)
    return GenerationRequest("a", "text-to-image", row.name, count=count, seed=params.get("seed"), **said)
