"""A job of the loopback Black Forest Labs: what it costs, how large its picture becomes, what a poll of it says."""

import io
import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from PIL import Image

from tests.vendors.flux.edits import drawn, pictures_in, result_size
from tests.vendors.pictures import picture

PIXELS_PER_MEGAPIXEL = 1024 * 1024
# Credits (1 = $0.01) for the first megapixel and for each further one begun; docs.bfl.ai pricing, read 2026-11-22.
_BY_MEGAPIXEL = {
    "flux-2-pro": (3.0, 1.5),
    "flux-2-max": (7.0, 3.0),
    "flux-2-flex": (5.0, 5.0),
    "flux-2-klein-4b": (1.4, 0.1),
    "flux-2-klein-9b": (1.5, 0.2),
}
_BY_PICTURE = {
    "flux-pro-1.1": 4.0,
    "flux-pro-1.1-ultra": 6.0,
    "flux-dev": 2.5,
    "flux-kontext-pro": 4.0,
    "flux-kontext-max": 8.0,
    "flux-pro-1.0-fill": 5.0,
    "flux-pro-1.0-expand": 5.0,
}
# By the longest square side that still costs as much.
_BY_SIDE = {
    "flux-3-image": ((768, 4.1), (1024, 4.8), (1536, 7.0), (2048, 10.0), (4096, 60.7)),
    "flux-3-image-klein": ((1024, 0.9), (2048, 1.4), (4096, 3.6)),
}
_SIDE_OF_RESOLUTION = {"768sq": 768, "1k": 1024, "1.5k": 1536, "2k": 2048, "4k": 4096}
_PILLOW_FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP"}

MODELS = frozenset({*_BY_MEGAPIXEL, *_BY_PICTURE, *_BY_SIDE})


@dataclass
class Job:
    """One accepted request. `fault` decides how it ends; `polls` and `fetches` count how often it was asked for."""

    model: str
    document: Mapping[str, Any]
    fault: str
    taken_at: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    polls: int = 0
    fetches: int = 0

    @cached_property
    def pictures(self) -> dict[str, Image.Image]:
        """What it was given, by field."""
        return pictures_in(self.document)

    @property
    def size(self) -> tuple[int, int]:
        """Sides in pixels; models that take a shape round them to their own grid."""
        follows = result_size(self.document, self.pictures)
        if follows is not None:
            return follows
        if "width" in self.document or self.model in _BY_MEGAPIXEL:
            return int(self.document.get("width") or 1024), int(self.document.get("height") or 1024)
        if "aspect_ratio" not in self.document and self.model not in _BY_SIDE:
            return 1024, 768
        side = 2048 if self.model.endswith("-ultra") else _SIDE_OF_RESOLUTION[self.document.get("resolution", "1k")]
        across, down = map(int, self.document.get("aspect_ratio", "1:1").replace("auto", "1:1").split(":"))
        stretch = math.sqrt(across / down)
        return round(side * stretch / 16) * 16, round(side / stretch / 16) * 16

    @property
    def megapixels(self) -> float:
        """The size of the picture in the vendor's megapixels."""
        width, height = self.size
        return round(width * height / PIXELS_PER_MEGAPIXEL, 2)

    @property
    def input_megapixels(self) -> float:
        """The size of the pictures it was given, together."""
        return round(sum(width * height for width, height in self._input_sizes) / PIXELS_PER_MEGAPIXEL, 2)

    @property
    def _input_sizes(self) -> list[tuple[int, int]]:
        return [given.size for field, given in self.pictures.items() if field != "mask"]

    @property
    def credits(self) -> float:
        """What the vendor takes for it."""
        width, height = self.size
        if self.model in _BY_MEGAPIXEL:
            first, further = _BY_MEGAPIXEL[self.model]
            begun = [math.ceil(across * down / PIXELS_PER_MEGAPIXEL) for across, down in self._input_sizes]
            return round(first + (math.ceil(width * height / PIXELS_PER_MEGAPIXEL) - 1 + sum(begun)) * further, 4)
        if self.model in _BY_PICTURE:
            return _BY_PICTURE[self.model]
        side = math.sqrt(width * height)
        return next(credits for longest, credits in _BY_SIDE[self.model] if side <= longest * 1.03)

    @property
    def seed(self) -> int | None:
        """The asked seed, else one of the vendor's choosing; FLUX.3 names none."""
        if self.model == "flux-3-image":
            return None
        asked = self.document.get("seed")
        return int(asked) if asked is not None else uuid.UUID(self.id).int % 2**32

    def draw(self) -> bytes:
        """The picture as a file."""
        width, height = self.size
        if self.fault == "wrong-size":
            width, height = width // 2, height // 4
        kind = _PILLOW_FORMATS[self.document.get("output_format", "jpeg")]
        if not self.pictures or self.fault == "wrong-size":
            return picture(width, height, self.seed or 0, kind)
        file = io.BytesIO()
        drawn(self.document, self.pictures, (width, height), self.seed or 0).save(file, kind)
        return file.getvalue()

    def told(self, status: str, **parts: Any) -> dict[str, Any]:
        """A poll's answer."""
        empty = {"progress": None, "details": None, "preview": None, "result": None}
        return {"id": self.id, "status": status, **empty, **parts}

    def result(self, sample: str) -> dict[str, Any]:
        """The part of a poll's answer that names the picture."""
        return {
            "sample": sample,
            "prompt": self.document.get("prompt", ""),
            "seed": self.seed,
            "start_time": self.taken_at,
            "end_time": self.taken_at + 1.5,
            "duration": 1.5,
        }
