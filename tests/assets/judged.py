"""Pictures by which the measuring is judged: such as people really want, and such as nobody does."""

import io
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from providers.sim.scenes import scene

SIDE = 1024
WORDS = ("a lighthouse at dawn", "golden sunset", "fog over hills", "night sky", "aurora", "a forest in snow")


def scenes(count: int, side: int = 512) -> Iterator[Image.Image]:
    """Sim's pictures, of `count` seeds."""
    for seed in range(count):
        yield scene(WORDS[seed % len(WORDS)], seed, (side, side))


def photograph(seed: int) -> Image.Image:
    """A stand-in for one: as much contrast at each scale as at the next, and objects with edges in it."""
    random = np.random.default_rng(seed)
    field = np.full((SIDE, SIDE), 120.0)
    for octave in range(1, 10):
        cells = Image.fromarray(random.normal(0, 11, (2**octave, 2**octave)).astype(np.float32))
        field += np.asarray(cells.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    image = _grey(field).convert("RGB")
    pencil = ImageDraw.Draw(image)
    for _ in range(30):
        left, top, width, height = (int(value) for value in random.integers((0, 0, 40, 40), (900, 900, 260, 260)))
        colour = tuple(int(value) for value in random.integers(0, 255, 3))
        pencil.rounded_rectangle((left, top, left + width, top + height), 24, fill=colour)
    return image


def blurred(image: Image.Image, radius: float) -> Image.Image:
    """`radius` in pixels of a picture of 1024 a side."""
    return image.filter(ImageFilter.GaussianBlur(radius * max(image.size) / 1024))


def wanted() -> dict[str, Image.Image]:
    """Pictures that are easily mistaken for bad ones, by what they show."""
    down, across = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    from_middle = (across - 0.5) ** 2 + (down - 0.5) ** 2
    pictures = {
        "gradient": _grey(255 * across),
        "faint gradient": _grey(225 + 25 * down),
        "colour gradient": _rgb(255 * across, 200 * down, 255 * (1 - across)),
        "glow": _grey(20 + 220 * np.exp(-from_middle * 20)),
        "sunset glow": _rgb(80 + 170 * down, 30 + 100 * np.exp(-from_middle * 9), 120 * (1 - down)),
        "night sky": _stars(),
        "moon": _disc("#05070f", "#f4efe0", (720, 140, 800, 220)).filter(ImageFilter.GaussianBlur(1)),
        "logo on white": _disc("white", "#dc283c", (460, 460, 560, 560)),
        "line art": _line_art(),
        "thin lines": _thin_lines(),
        "small text on white": _text("white", "black", 36),
        "text card": _text("#182a5c", "white", 120),
        "text card in colour": _text("#e8501c", "white", 64),
        "product on white": _product(),
        "waves": _grey(128 + 90 * np.sin(4 * np.pi * (across + 0.2 * np.sin(3 * down)))),
    }
    for seed in range(4):
        pictures[f"soft blobs {seed}"] = _soft_blobs(seed)
        pictures[f"fog {seed}"] = _fog(seed, hills=0)
        pictures[f"hills in fog {seed}"] = _fog(seed, hills=4)
    return pictures


def unwanted() -> dict[str, Image.Image]:
    """Pictures that show nothing, by what is wrong."""
    noise = np.random.default_rng(1).integers(-2, 3, (SIDE, SIDE, 3))
    pictures = {
        "black": Image.new("RGB", (SIDE, SIDE), "black"),
        "white": Image.new("RGB", (SIDE, SIDE), "white"),
        "grey noise": Image.fromarray((128 + noise).astype(np.uint8)),
        "dark noise": Image.fromarray((6 + noise).astype(np.uint8)),
        "white as JPEG": _through_jpeg(Image.fromarray((252 + noise).astype(np.uint8))),
        "grey card": _text("#c8c8c8", "#777777", 40),
        "slate card": _text("#334155", "#94a3b8", 40),
    }
    for number, sharp in enumerate([*scenes(12, 1024), *(photograph(seed) for seed in range(6))]):
        for radius in (24, 32, 40):
            pictures[f"picture {number}, radius {radius}"] = blurred(sharp, radius)
    return pictures


def _grey(levels: NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8)).convert("RGB")


def _rgb(*channels: NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(np.stack(channels, axis=-1).clip(0, 255).astype(np.uint8))


def _stars() -> Image.Image:
    sky = np.full((SIDE, SIDE), 7.0) + np.linspace(0, 8, SIDE)[:, None]
    random = np.random.default_rng(3)
    sky[random.integers(0, SIDE, 150), random.integers(0, SIDE, 150)] = 255
    return _grey(sky)


def _disc(ground: str, ink: str, box: tuple[int, int, int, int]) -> Image.Image:
    image = Image.new("RGB", (SIDE, SIDE), ground)
    ImageDraw.Draw(image).ellipse(box, fill=ink)
    return image


def _line_art() -> Image.Image:
    image = Image.new("RGB", (SIDE, SIDE), "white")
    ImageDraw.Draw(image).arc((180, 180, 840, 840), 20, 300, fill="black", width=3)
    return image


def _thin_lines() -> Image.Image:
    image, random = Image.new("RGB", (SIDE, SIDE), "white"), np.random.default_rng(5)
    for ends in random.integers(0, SIDE, (60, 4)):
        ImageDraw.Draw(image).line([int(end) for end in ends], fill="black", width=1)
    return image


def _text(ground: str, ink: str, size: int) -> Image.Image:
    image = Image.new("RGB", (SIDE, SIDE), ground)
    middle = SIDE / 2, SIDE / 2
    ImageDraw.Draw(image).text(middle, "Image of the day", fill=ink, font_size=size, anchor="mm")
    return image


def _product() -> Image.Image:
    image = Image.new("RGB", (SIDE, SIDE), "#f8f8f8")
    image.paste(Image.new("RGB", (300, 500), "#785028"), (362, 262))
    return image.filter(ImageFilter.GaussianBlur(4))


def _soft_blobs(seed: int) -> Image.Image:
    """The gradients of several colours that sites have behind their headlines."""
    random = np.random.default_rng(seed)
    image = Image.new("RGB", (256, 256), _colour(random))
    for _ in range(6):
        middle, reach = random.integers(0, 256, 2), random.integers(30, 110, 2)
        box = [int(value) for value in (*(middle - reach), *(middle + reach))]
        ImageDraw.Draw(image).ellipse(box, fill=_colour(random))
    return image.filter(ImageFilter.GaussianBlur(30)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)


def _colour(random: np.random.Generator) -> tuple[int, ...]:
    return tuple(int(value) for value in random.integers(0, 255, 3))


def _fog(seed: int, *, hills: int) -> Image.Image:
    random = np.random.default_rng(seed)
    field = np.full((SIDE, SIDE), 195.0)
    for octave in range(1, 5):
        cells = random.normal(0, 8 * 0.6 ** (octave - 1), (2**octave, 2**octave)).astype(np.float32)
        field += np.asarray(Image.fromarray(cells).resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    down, across = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    for number in range(hills):
        ridge = 0.4 + 0.13 * number + 0.04 * np.sin(across * (9 + 9 * number) + random.random() * 6)
        field = np.where(down > ridge, field - 9, field)
    return _grey(field)


def _through_jpeg(image: Image.Image) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=70)
    return Image.open(file).convert("RGB")
