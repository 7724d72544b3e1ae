"""One landscape, painted from back to front: sky, light, ridges, water, trees, grain."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from providers.sim.palettes import Colour, Palette

Floats = NDArray[np.float32]

# Sky and light are smooth: painted at a quarter of the size and scaled up, they cost a sixteenth.
COARSE = 4
RIDGES = 5
GRAIN_SIDE = 256
# Noise of less roughness than this has no edges.
ROCKY = 0.45


class Landscape:
    """A palette, a source of chance, and the places of horizon and light that all layers agree on."""

    def __init__(self, size: tuple[int, int], palette: Palette, random: np.random.Generator) -> None:
        self.width, self.height = size
        self.palette = palette
        self.random = random
        self.horizon = random.uniform(0.56, 0.64) if palette.has_water else random.uniform(0.5, 0.56)
        side = random.choice([-1.0, 1.0])
        self.light_x = 0.5 + side * random.uniform(0.1, 0.26)
        above = (0.62, 0.74) if palette.is_moonlit else (0.16, 0.34)
        self.light_y = self.horizon * (1 - random.uniform(*above))

    def compose(self, horizon: float | None, light: tuple[float, float] | None) -> None:
        """Put the horizon (share of the height) and the light (of width and height) where another picture has them."""
        self.horizon = self.horizon if horizon is None else horizon
        self.light_x, self.light_y = light or (self.light_x, self.light_y)

    def painted(self) -> Image.Image:
        image = self._sky()
        if self.palette.has_stars:
            self._add_stars(image)
        self._add_disc(image)
        for number in range(RIDGES):
            self._add_ridge(image, number / (RIDGES - 1))
        if self.palette.has_water:
            self._add_water(image)
        if self.palette.has_trees:
            self._add_trees(image)
        return self._grained(image)

    def _sky(self) -> Image.Image:
        width, height = max(2, self.width // COARSE), max(2, self.height // COARSE)
        y = (np.arange(height, dtype=np.float32) / height / self.horizon).clip(0, 1)[:, None]
        stops = [np.array(colour, np.float32) for colour in self._sky_colours()]
        sky = np.stack([np.interp(y[:, 0], (0, 0.58, 1), [stop[band] for stop in stops]) for band in range(3)], axis=1)
        field = np.repeat(sky[:, None, :], width, axis=1).astype(np.float32)
        aspect = self.width / self.height
        across = (np.arange(width, dtype=np.float32) / width - self.light_x)[None, :] * aspect
        down = (np.arange(height, dtype=np.float32) / height - self.light_y)[:, None]
        distance = np.sqrt(across**2 + down**2)
        strength = 0.34 if self.palette.is_moonlit else 0.9
        glow = strength * (0.55 * np.exp(-distance / 0.24) + 0.45 * np.exp(-distance / 0.07))
        light = np.array(self.palette.light, np.float32)
        field += (light - field) * glow[..., None].clip(0, 1)
        self._add_clouds(field, light)
        if self.palette.has_aurora:
            self._add_aurora(field)
        coarse = Image.fromarray(field.clip(0, 255).astype(np.uint8))
        return coarse.resize((self.width, self.height), Image.Resampling.BICUBIC)

    def _sky_colours(self) -> tuple[Colour, Colour, Colour]:
        return self.palette.zenith, self.palette.middle, self.palette.horizon

    def _add_clouds(self, field: Floats, light: Floats) -> None:
        height, width = field.shape[:2]
        veil = np.zeros((height, width), np.float32)
        for octave in range(4):
            cells = self.random.random((3 * 2**octave + 2, 2**octave + 2), np.float32)
            layer = Image.fromarray(cells).resize((width, height), Image.Resampling.BICUBIC)
            veil += np.asarray(layer, np.float32) * 0.55**octave
        veil = ((veil / 1.95 - 0.5) * 3.2).clip(0, 1)
        height_fade = np.sin(np.linspace(0, math.pi, height, dtype=np.float32) ** 0.9)[:, None]
        amount = veil * height_fade * (0.16 if self.palette.has_aurora else 0.42)
        field += (light - field) * amount[..., None]

    def _add_aurora(self, field: Floats) -> None:
        height, width = field.shape[:2]
        x = np.linspace(0, 1, width, dtype=np.float32)
        y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
        colours = np.array([[70, 255, 160], [60, 220, 210], [168, 92, 255]], np.float32)
        for number in range(3):
            phase, bend = self.random.uniform(0, 6.28, 2)
            base = self.horizon * self.random.uniform(0.5, 0.86)
            fold = 0.06 * np.sin(x * 4.4 + phase) + 0.03 * np.sin(x * 10.7 + bend) + 0.012 * np.sin(x * 27 + phase)
            above = base + fold[None, :] - y
            rays = self._noise(width, 40, 0.6)
            reach = (0.1 + 0.26 * self._noise(width, 9, 0.5)).astype(np.float32)[None, :]
            curtain = np.where(above > 0, np.exp(-above / reach), np.exp(above / 0.012))
            strength = (curtain * (0.3 + 0.7 * rays)[None, :]).astype(np.float32)
            rise = (above / 0.34).clip(0, 1)[..., None]
            hue = colours[number % 2] * (1 - rise) + colours[2] * rise
            field += hue * strength[..., None] * (0.62, 0.4, 0.3)[number]

    def _add_stars(self, image: Image.Image) -> None:
        pencil = ImageDraw.Draw(image, "RGBA")
        unit = max(0.5, min(self.width, self.height) / 1024)
        for _ in range(260):
            x, y = self.random.uniform(0, self.width), self.random.uniform(0, 0.96) ** 1.4 * self.horizon * self.height
            brightness = int(255 * self.random.uniform(0.15, 0.95) ** 2)
            size = unit * (0.6 if brightness < 150 else 1.1)
            pencil.ellipse((x - size, y - size, x + size, y + size), fill=(255, 252, 240, brightness))

    def _add_disc(self, image: Image.Image) -> None:
        radius = min(self.width, self.height) * (0.026 if self.palette.is_moonlit else 0.042)
        sharp, side = 4, max(2, round(2 * radius))
        disc = Image.new("L", (side * sharp, side * sharp), 0)
        ImageDraw.Draw(disc).ellipse((0, 0, side * sharp - 1, side * sharp - 1), fill=255)
        disc = disc.resize((side, side), Image.Resampling.BOX)
        colour = _whole(_mixed(self.palette.light, (255, 255, 255), 0.5))
        corner = round(self.light_x * self.width - side / 2), round(self.light_y * self.height - side / 2)
        image.paste(colour, corner, disc)

    def _add_ridge(self, image: Image.Image, nearness: float) -> None:
        """One chain of hills: hazy and high far away, dark and low close by, mist at its foot."""
        depth = nearness**1.2
        relief = (0.24 - 0.13 * nearness) * (0.55 + self.palette.roughness)
        foot = self.horizon + (0.0 if self.palette.has_water else 0.42 * nearness**1.6)
        rise = self._noise(self.width, 3.2 + 2.2 * nearness, self.palette.roughness)
        crest = (foot - relief * (0.12 + 0.88 * rise ** (1.5 - 0.5 * nearness))) * self.height
        top, bottom = max(0, int(crest.min()) - 1), self.height
        if top >= bottom:
            return
        rows = np.arange(top, bottom, dtype=np.float32)[:, None]
        coverage = ((rows - crest[None, :].astype(np.float32) + 0.5) * 255).clip(0, 255).astype(np.uint8)
        colour = _mixed(self.palette.far, self.palette.near, depth)
        misty = _mixed(colour, self.palette.horizon, 0.62 * (1 - nearness) + 0.12)
        fade = np.linspace(0, (self.height - top) / (self.height * (relief + 0.04)), bottom - top, dtype=np.float32)
        column: Floats = colour + (misty - colour) * (fade.clip(0, 1) ** np.float32(1.3))[:, None]
        self._lay(image, column, coverage, top)

    def _lay(self, image: Image.Image, column: Floats, coverage: NDArray[np.uint8], top: int) -> None:
        colours = Image.fromarray(column[:, None, :].clip(0, 255).astype(np.uint8))
        image.paste(
            colours.resize((self.width, len(column)), Image.Resampling.NEAREST), (0, top), Image.fromarray(coverage)
        )

    def _add_water(self, image: Image.Image) -> None:
        """The sky and the hills again, upside down, darker and broken into ripples."""
        shore = round(self.horizon * self.height)
        depth = self.height - shore
        if depth < 2 or shore < 2:
            return
        land = np.asarray(image)[:shore]
        rows = np.arange(depth)
        progress = rows / depth
        # Ripples grow towards the viewer: each row of water shows a row a little off its mirror image.
        ripple = np.sin(rows / (1.2 + 9 * progress) + 6 * progress) + 0.6 * np.sin(rows / (0.8 + 3.1 * progress))
        source = shore - 1 - rows * (shore - 1) / depth * 0.92 + ripple * (0.6 + 9 * progress) * self.height / 1024
        image.paste(Image.fromarray(land[source.round().astype(int).clip(0, shore - 1)]), (0, shore))
        tint = Image.fromarray(((0.16 + 0.5 * progress) * 255).astype(np.uint8)[:, None])
        shade = _whole(_mixed(self.palette.near, self.palette.zenith, 0.4))
        image.paste(shade, (0, shore, self.width, self.height), tint.resize((self.width, depth)))
        self._add_glitter(image, shore, depth)

    def _add_glitter(self, image: Image.Image, shore: int, depth: int) -> None:
        pencil = ImageDraw.Draw(image, "RGBA")
        for _ in range(170):
            progress = self.random.random() ** 1.3
            y = shore + progress * depth
            spread = (0.01 + 0.085 * progress) * self.width
            x = self.light_x * self.width + self.random.normal(0, 1) * spread
            length = (0.003 + 0.022 * progress * self.random.random()) * self.width
            opacity = int((120 - 80 * progress) * self.random.uniform(0.35, 1))
            thickness = max(1.0, self.height / 1024 * (1 + progress))
            pencil.ellipse((x - length, y, x + length, y + thickness), fill=(*self.palette.light, opacity))

    def _add_trees(self, image: Image.Image) -> None:
        """Firs along the lower edge, higher towards the sides so that the view stays open."""
        top = int(0.68 * self.height)
        strip = Image.new("L", (self.width, self.height - top), 0)
        pencil = ImageDraw.Draw(strip)
        crest = (0.965 - 0.03 * self._noise(self.width, 4, 0.4)) * self.height - top
        corners = [(0, strip.height), (self.width, strip.height)]
        pencil.polygon([corners[0], *((x, crest[x]) for x in range(0, self.width, 4)), corners[1]], fill=255)
        for x in self.random.uniform(-0.02, 1.02, 64):
            edge = abs(x - 0.5) * 2
            tall = (0.035 + 0.2 * edge**2.6) * self.random.uniform(0.55, 1.1) * self.height
            foot = crest[min(self.width - 1, max(0, int(x * self.width)))] + 0.01 * self.height
            pencil.polygon(self._fir(x * self.width, float(foot), tall), fill=255)
        shadow = _whole(_mixed(self.palette.near, (0, 0, 0), 0.38))
        image.paste(shadow, (0, top), strip.filter(ImageFilter.BoxBlur(0.5)))

    def _fir(self, x: float, foot: float, tall: float) -> list[tuple[float, float]]:
        tiers = 7
        left, right = [], []
        for tier in range(tiers):
            low, half = (tier + 1) / tiers, (0.04 + 0.16 * (tier + 1) / tiers) * tall
            sag = self.random.uniform(0.85, 1.15)
            left += [(x - half * sag, foot - tall * (1 - low)), (x - half * 0.5, foot - tall * (1 - low) - 0.01 * tall)]
            right += [
                (x + half / sag, foot - tall * (1 - low)),
                (x + half * 0.5, foot - tall * (1 - low) - 0.01 * tall),
            ]
        return [(x, foot - tall), *left, *reversed(right)]

    def _grained(self, image: Image.Image) -> Image.Image:
        """A light grain over all, without which smooth skies show steps."""
        tile = Image.fromarray(self.random.integers(0, 3, (GRAIN_SIDE, GRAIN_SIDE), np.uint8))
        grain = Image.new("L", image.size)
        for x in range(0, self.width, GRAIN_SIDE):
            for y in range(0, self.height, GRAIN_SIDE):
                grain.paste(tile, (x, y))
        return ImageChops.add(image, Image.merge("RGB", (grain, grain, grain)), offset=-1)

    def _noise(self, length: int, cells: float, roughness: float) -> Floats:
        """Fractal noise along a line, within 0..1."""
        x = np.linspace(0, 1, length)
        weight, result = 1.0, np.zeros(length)
        while cells < length / 2 and weight > 0.008:
            knots = self.random.random(int(cells) + 3)
            place = x * cells + self.random.random()
            whole = place.astype(int)
            part = place - whole
            if roughness < ROCKY:
                # Dunes and swells are round where rock is edged.
                part = part * part * (3 - 2 * part)
            result += weight * (knots[whole] * (1 - part) + knots[whole + 1] * part)
            weight, cells = weight * roughness, cells * 2
        low, high = result.min(), result.max()
        within: Floats = ((result - low) / max(high - low, 1e-6)).astype(np.float32)
        return within


def _mixed(one: Colour | Floats, other: Colour | Floats, share: float) -> Floats:
    first, second = np.asarray(one, np.float32), np.asarray(other, np.float32)
    return first + (second - first) * np.float32(share)


def _whole(colour: Floats) -> Colour:
    red, green, blue = (int(value) for value in colour)
    return red, green, blue
