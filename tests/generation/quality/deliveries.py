"""A provider that sends the pictures a test chooses, one after the other, whatever it was asked for."""

import hashlib
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter

from gencraft_media.generation.calls import transport
from gencraft_media.generation.models import QualitySettings
from providers.sim.scenes import scene
from tests.generation.tenants import SMALL

SIZE = (SMALL["width"], SMALL["height"])
BLANK = Image.new("RGB", SIZE, "black")


def picture(seed: int) -> Image.Image:
    """One of sim's scenes."""
    return scene("a lake", seed, SIZE)


def blurred(seed: int = 1) -> Image.Image:
    """What a provider shows of a picture that it does not show."""
    return picture(seed).filter(ImageFilter.GaussianBlur(24 * SIZE[0] / 1024))


def deliver(monkeypatch: pytest.MonkeyPatch, *pictures: Image.Image) -> None:
    """Have the provider send these; after the last of them it is sent again and again."""
    left = [_written(picture) for picture in pictures]
    _replace(monkeypatch, lambda: left.pop(0) if len(left) > 1 else left[0])


def _replace(monkeypatch: pytest.MonkeyPatch, next_content: Callable[[], bytes]) -> None:
    def fetch_output(adapter: Any, output: Any, sink: Path, **more: Any) -> tuple[str, int]:
        content = next_content()
        sink.write_bytes(content)
        return hashlib.sha256(content).hexdigest(), len(content)

    monkeypatch.setattr(transport(), "fetch_output", fetch_output)


def _written(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def set_quality(scope: str = "global", **values: Any) -> None:
    """Put a version of the quality settings in force."""
    version = 1 + QualitySettings.objects.filter(scope=scope).count()
    QualitySettings.objects.create(scope=scope, version=version, **values)


def codes_of(document: dict[str, Any]) -> Sequence[str]:
    """The error of each item, "" for none."""
    return [item["error"]["code"] if item["error"] else "" for item in document["items"]]
