"""Every kind of request of the engine's that brings pictures to Black Forest Labs, with pictures on disk."""

import atexit
import functools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from providers.adapters.flux import FluxAdapter
from providers.edit_sizes import size_sent
from providers.fitting import fit_request
from providers.models import ProviderModel
from providers.operations import limits_for
from providers.types import GenerationRequest, HttpRequest, InputMedia, Margins
from providers.wanted import InputFacts, Wanted
from providers.wording import in_vendors_words, sent_size

Size = tuple[int, int]
_SIZES: tuple[Size, ...] = ((32, 48), (1000, 801), (3000, 900), (2400, 3200))
_HUGE: Size = (6000, 4000)
_SOURCE = {"assetId": "a"}
_MARGINS = (Margins(left=100), Margins(left=7, right=2048, up=300, down=1), Margins(up=3000, down=4000))


def edits_of(row: ProviderModel) -> Iterator[HttpRequest]:
    """Each operation of a model with pictures of many sizes, few and as many as it takes."""
    return (edit_request(row, operation, wanted) for operation, wanted in wishes_of(row))


def wishes_of(row: ProviderModel) -> Iterator[tuple[str, Wanted]]:
    """What clients may ask of a model that works on pictures, by operation."""
    for operation in row.operations:
        limits = limits_for(row.limits, operation)
        most = int(limits.get("inputs", {}).get("image", {}).get("maximum", 0))
        if not most:
            continue
        for size in _SIZES:
            yield from ((operation, wish) for wish in _wishes(operation, size, limits, most))
        yield operation, next(_wishes(operation, _HUGE, limits, 1))


def edit_request(row: ProviderModel, operation: str, wanted: Wanted) -> HttpRequest:
    """What the engine sends for a wish, its pictures being of one colour."""
    limits = limits_for(row.limits, operation)
    params = fit_request(row, wanted, strict=False, operation=operation).params
    said = in_vendors_words(limits, params)
    inputs = tuple(
        _as_sent(facts, limits, sent_size(params) if facts.role == "mask" or position == 0 else None)
        for position, facts in enumerate(wanted.inputs[: len(params["inputs"])])
    )
    request = GenerationRequest("a", operation, row.name, seed=params.get("seed"), inputs=inputs, **said)
    return FluxAdapter(row.name).build_submit(request)


def _wishes(operation: str, size: Size, limits: dict[str, Any], most: int) -> Iterator[Wanted]:
    image = InputFacts("image", *size, _SOURCE)
    if operation == "outpaint":
        yield from (Wanted("a lighthouse", inputs=(image,), margins=margins) for margins in _MARGINS)
        return
    if operation == "inpaint":
        mask = InputFacts("mask", *size, _SOURCE)
        yield Wanted("a boat", inputs=(image, mask), steps=1, cfg_scale=35, seed=7)
        return
    yield Wanted("a lighthouse", inputs=(image,), seed=7)
    if limits.get("prompt") == "optional":
        yield Wanted("", inputs=(image,), steps=150, cfg_scale=0)
    for strength in (0.0, 0.25, 1.0):
        yield Wanted("a lighthouse", inputs=(image,), strength=strength)
    yield Wanted("a lighthouse", inputs=(image,), width=1536, height=640)
    yield Wanted("a lighthouse", inputs=(image,) + (InputFacts("image", 300, 200, _SOURCE),) * (most - 1))


def _as_sent(facts: InputFacts, limits: dict[str, Any], size: Size | None) -> InputMedia:
    rules = limits["inputs"][facts.role]
    width, height = size or size_sent(rules, (facts.width, facts.height))
    kind = rules["formats"][0]
    return InputMedia(facts.role, _plain_picture(facts.role, width, height, kind), f"image/{kind}", width, height)


@functools.cache
def _plain_picture(role: str, width: int, height: int, kind: str) -> Path:
    path = _folder() / f"{role}-{width}x{height}.{kind}"
    Image.new("L" if role == "mask" else "RGB", (width, height), "white").save(path, kind)
    return path


@functools.cache
def _folder() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="flux-edits-")
    atexit.register(folder.cleanup)
    return Path(folder.name)
