"""Every kind of request that the engine makes of OpenAI: all models in service, qualities, shapes, and options."""

from collections.abc import Iterator
from dataclasses import replace

from providers.adapters.openai import OpenAiAdapter
from providers.types import HttpRequest
from tests.providers.catalogue_rows import catalogue_rows
from tests.vendors.openai.calling import PLAIN
from tests.vendors.openai.limits import SERVED

_FREE_SIZES = ((1024, 1024), (1536, 1024), (1024, 1536), (1920, 1088), (2048, 2048), (2560, 1440), (3840, 2160))
_OPTIONS = ({"partialImages": 1}, {"partialImages": 3}, {"background": "transparent"}, {"moderation": "low"})


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
