"""Every kind of request that the engine makes of Stability AI: models, operations, shapes, and ends of ranges."""

import itertools
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from gencraft_media.common.errors import InvalidRequest
from providers.adapters.stability.adapter import StabilityAdapter
from providers.errors import OptionUnsupported
from providers.fitting import Wanted, fit_request
from providers.models import ProviderModel
from providers.operations import Operation, limits_for
from providers.sizes import delivered_size, drawn_size
from providers.types import GenerationRequest, HttpRequest, InputRole, Margins
from providers.wanted import InputFacts
from providers.wording import in_vendors_words, sent_size
from tests.providers.catalogue_rows import catalogue_rows
from tests.vendors.stability.inputs import media

_SIDES = (64, 512, 768, 1000, 1024, 1536, 2048, 4096)
# Of pictures to work on: the smallest that most services take, common ones, long ones, and larger than any takes.
_PICTURES = ((64, 150), (512, 512), (1024, 1024), (1600, 1000), (1000, 2480), (4000, 2400))
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
# What clients may say of an edit; each model takes what it knows of it.
_EDITS = (
    Wanted(PROMPT, search="the sea", margins=Margins(left=64), factor=2),
    Wanted(PROMPT, "fog", search="the sea", margins=Margins(1, 2, 3, 4), factor=4, strength=0.0, seed=0),
    Wanted(PROMPT, search="x" * 10_000, margins=Margins(2000, 0, 2000, 0), factor=8, strength=1.0, seed=_LARGEST_SEED),
    Wanted(PROMPT, "fog" * 10_000, search="s", margins=Margins(down=4000), strength=0.3, style_preset="anime"),
    Wanted(PROMPT + "x" * 20_000, search="s", margins=Margins(right=7), steps=150, cfg_scale=35, sampler="lms"),
)


def models_in_the_catalogue() -> list[ProviderModel]:
    """Stability's rows that make pictures from text, retired or not: work in hand goes on."""
    return [row for row in every_model() if Operation.TEXT_TO_IMAGE in row.operations]


def every_model() -> list[ProviderModel]:
    """All of Stability's rows."""
    return [row for (key, _), row in catalogue_rows().items() if key == "stability"]


def every_edit() -> list[tuple[str, str]]:
    """Each model with each operation that works on a picture."""
    return [(row.name, name) for row in every_model() for name in row.operations if name != Operation.TEXT_TO_IMAGE]


def requests_of(row: ProviderModel, base_url: str = "") -> Iterator[HttpRequest]:
    """One model asked for each shape, with the least and the most of everything that clients may say; each once."""
    adapter, seen = StabilityAdapter(row.name, base_url), set()
    for request in _asked(row):
        built = adapter.build_submit(request)
        body = json.dumps([built.form, built.json])
        if body not in seen:
            seen.add(body)
            yield built


def edits_of(
    row: ProviderModel, operation: str, base_url: str = "", folder: Path | None = None
) -> Iterator[HttpRequest]:
    """One model asked to work on pictures of all sizes, with the least and the most of what clients may say."""
    adapter = StabilityAdapter(row.name, base_url)
    for size, wanted in itertools.product(_PICTURES, _EDITS):
        # What is refused here is never sent.
        with suppress(InvalidRequest, OptionUnsupported):
            yield adapter.build_submit(edit_of(row, operation, wanted, size, folder))


def edit_of(
    row: ProviderModel, operation: str, wanted: Wanted, size: tuple[int, int], folder: Path | None = None
) -> GenerationRequest:
    """A request to work on a picture of `size`, as the engine fits it to the model and prepares its inputs."""
    limits = limits_for(row.limits, operation)
    facts = tuple(InputFacts(role, *size, source={}) for role, rule in limits["inputs"].items() if rule["minimum"])
    params = fit_request(row, replace(wanted, inputs=facts), strict=False, operation=operation).params
    inputs = tuple(media(given["role"], _size_sent(limits, params, given), folder) for given in params["inputs"])
    said = in_vendors_words(limits, params)
    return GenerationRequest("a", operation, row.name, inputs=inputs, seed=params.get("seed"), **said)


def engine_requests() -> Iterator[HttpRequest]:
    """Those of v1, the interface that the vendor's documents at hand describe."""
    for row in models_in_the_catalogue():
        yield from (request for request in requests_of(row) if request.json is not None)
    engine = catalogue_rows()["stability", "sd-xl-1.0"]
    for operation in (Operation.IMAGE_TO_IMAGE, Operation.VARIATION, Operation.INPAINT):
        yield from edits_of(engine, operation)


def _size_sent(limits: Mapping[str, Any], params: Mapping[str, Any], given: Mapping[str, Any]) -> tuple[int, int]:
    """The size in pixels in which the engine prepares an input; masks go with the first image."""
    image = limits["inputs"].get(InputRole.IMAGE, {})
    if given["role"] == InputRole.STYLE:
        size = delivered_size(given.get("sent", given))
    else:
        size = drawn_size(params) if image.get("drawn") else sent_size(params)
    assert size is not None
    return size


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
