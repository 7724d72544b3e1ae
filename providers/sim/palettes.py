"""The moods of simulated pictures: which light falls on a landscape, and the words that ask for it."""

from dataclasses import dataclass

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """Colours from zenith to horizon, the light, the farthest and the nearest ridge, and what else is there."""

    zenith: Colour
    middle: Colour
    horizon: Colour
    light: Colour
    far: Colour
    near: Colour
    has_aurora: bool = False
    has_stars: bool = False
    is_moonlit: bool = False
    has_water: bool = True
    has_trees: bool = True
    roughness: float = 0.5


PALETTES = {
    "aurora": Palette(
        (5, 9, 30),
        (12, 33, 66),
        (37, 92, 104),
        (190, 255, 214),
        (24, 61, 82),
        (3, 9, 18),
        has_aurora=True,
        has_stars=True,
        is_moonlit=True,
    ),
    "sunset": Palette((46, 38, 92), (205, 88, 107), (255, 192, 120), (255, 232, 180), (190, 96, 110), (28, 16, 42)),
    "dawn": Palette((88, 138, 196), (216, 178, 200), (255, 222, 190), (255, 246, 220), (158, 160, 196), (30, 42, 70)),
    "dusk": Palette(
        (18, 20, 58),
        (86, 62, 128),
        (240, 140, 128),
        (255, 214, 190),
        (104, 78, 136),
        (14, 12, 34),
        has_stars=True,
        is_moonlit=True,
    ),
    "forest": Palette(
        (126, 170, 178), (188, 210, 196), (244, 236, 204), (255, 250, 226), (136, 170, 156), (12, 36, 34)
    ),
    "desert": Palette(
        (72, 130, 176),
        (236, 196, 150),
        (255, 222, 168),
        (255, 244, 214),
        (222, 160, 116),
        (122, 52, 38),
        has_water=False,
        has_trees=False,
        roughness=0.24,
    ),
    "ocean": Palette(
        (30, 84, 150),
        (112, 178, 214),
        (255, 226, 190),
        (255, 246, 224),
        (96, 146, 182),
        (10, 40, 66),
        has_trees=False,
        roughness=0.4,
    ),
    "winter": Palette(
        (104, 146, 190), (186, 208, 228), (250, 236, 232), (255, 250, 240), (176, 194, 218), (38, 58, 88)
    ),
}

WORDS = {
    "aurora": {"aurora", "northern", "night", "star", "stars", "space", "galaxy", "cosmic", "neon", "magic", "arctic"},
    "sunset": {"sunset", "evening", "golden", "warm", "fire", "autumn", "red", "orange", "fox", "romantic"},
    "dawn": {"dawn", "sunrise", "morning", "soft", "pastel", "calm", "pink", "spring", "flower", "peaceful"},
    "dusk": {"dusk", "twilight", "purple", "violet", "city", "cyberpunk", "moon", "dream", "mystic", "cat"},
    "forest": {"forest", "green", "tree", "trees", "jungle", "nature", "garden", "mist", "wood", "woods"},
    "desert": {"desert", "sand", "dune", "dunes", "canyon", "mars", "egypt", "summer", "dry"},
    "ocean": {"ocean", "sea", "beach", "blue", "water", "island", "lake", "boat", "ship", "river"},
    "winter": {"winter", "snow", "snowy", "ice", "mountain", "mountains", "alps", "cold", "glacier", "white"},
}


def palette_for(prompt: str, choice: int) -> Palette:
    """The mood most of the prompt's words ask for; where none does, the seed's choice."""
    return asked_palette(prompt) or list(PALETTES.values())[choice % len(PALETTES)]


def asked_palette(prompt: str) -> Palette | None:
    """The mood most of the prompt's words ask for."""
    words = set("".join(letter if letter.isalpha() else " " for letter in prompt.lower()).split())
    matches = {name: len(words & asking) for name, asking in WORDS.items()}
    best = max(matches, key=lambda name: matches[name])
    return PALETTES[best] if matches[best] else None
