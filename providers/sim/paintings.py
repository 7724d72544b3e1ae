"""What is to be painted: everything one output of an operation on pictures depends on."""

from dataclasses import dataclass, field

from PIL import Image, ImageOps

Size = tuple[int, int]


@dataclass(frozen=True)
class Painting:
    """One output as it is wanted. `size`, `left` and `up` are pixels of the result."""

    prompt: str
    seed: int
    size: Size
    images: list[Image.Image] = field(default_factory=list)
    mask: Image.Image | None = None
    style: Image.Image | None = None
    strength: float | None = None
    left: int = 0
    up: int = 0
    search: str = ""

    @property
    def image(self) -> Image.Image:
        """The first image in the result's size, without what is transparent in it."""
        return ImageOps.fit(self.images[0].convert("RGB"), self.size)

    @property
    def alpha(self) -> Image.Image | None:
        """How opaque the first image is, in the result's size; None where it is so everywhere."""
        return ImageOps.fit(self.images[0].getchannel("A"), self.size) if self.images[0].mode == "RGBA" else None
