"""Every kind of request that the engine makes of OpenAI: models in service, qualities, shapes, options, and edits."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from providers.adapters.openai import OpenAiAdapter
from providers.types import GenerationRequest, HttpRequest, InputMedia
from tests.providers.catalogue_rows import catalogue_rows
from tests.vendors.openai.calling import PLAIN
from tests.vendors.openai.limits import SERVED

_FREE_SIZES = ((1024, 1024), (1536, 1024), (1024, 1536), (1920, 1088), (2048, 2048), (2560, 1440), (3840, 2160))
_OPTIONS = ({"partialImages": 1}, {"partialImages": 3}, {"background": "transparent"}, {"moderation": "low"})
_PICTURE, _STYLE = (InputMedia(role, Path("a.png"), "image/png", 1024, 1024) for role in ("image", "style"))
_MASK = InputMedia("mask", Path("mask.png"), "image/png", 1024, 1024)
# Operation, and what is sent with it.
_EDITS = (
    ("image-to-image", (_PICTURE,)),
    ("image-to-image", (_PICTURE,) * 15 + (_STYLE,)),
    ("inpaint", (_PICTURE, _MASK)),
    ("inpaint", (_PICTURE,) * 16 + (_MASK,)),
    ("variation", (_PICTURE,)),
)


def every_request() -> Iterator[HttpRequest]:
    """One request of each kind."""
    for (provider, name), row in catalogue_rows().items():
        if provider != "openai" or name not in SERVED:
            continue
        adapter = OpenAiAdapter(name)
        sizes = _FREE_SIZES if row.limits["size"]["kind"] == "free" else _FREE_SIZES[:3]
        for quality in dict.fromkeys(row.limits["qualities"].values()):
            for width, height in sizes:
                asked = replace(PLAIN, model=name, width=width, height=height, quality=quality)
                yield adapter.build_submit(asked)
        yield adapter.build_submit(replace(PLAIN, model=name, count=row.limits["outputs_per_call"]))
        for options in _OPTIONS:
            yield adapter.build_submit(replace(PLAIN, model=name, options=options))
        for edit in edits_of(name):
            yield adapter.build_submit(edit)


def edits_of(model: str) -> Iterator[GenerationRequest]:
    """One request of each kind of edit."""
    for operation, inputs in _EDITS:
        edit = replace(PLAIN, model=model, operation=operation, inputs=inputs, count=2)
        yield edit
        for options in _OPTIONS[:3]:
            yield replace(edit, count=1, options=options)
