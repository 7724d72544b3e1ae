"""Whether two pictures look alike, by what is stored of them: their perceptual hashes and their thumbhashes."""

import base64
import math
from collections.abc import Iterator
from dataclasses import dataclass

# Of 64 bits; copies packed or scaled anew differ in 0 to 2, other pictures of one prompt in 8 and more.
HAMMING_LIMIT = 4
# Mean difference of the previews, of the whole range of lightness or colour.
PREVIEW_LIMIT = 0.06
# The number of waves of a colour channel and of transparency that a thumbhash has.
_COLOUR_WAVES, _ALPHA_WAVES = 5, 14


@dataclass(frozen=True)
class Looks:
    """What is stored of how a picture looks."""

    perceptual_hash: str
    thumbhash: str


def are_alike(one: Looks, other: Looks) -> bool:
    """The same picture to anybody who looks: shapes by the hash, colours and transparency by the preview."""
    if not (one.perceptual_hash and other.perceptual_hash):
        return False
    if hamming(one.perceptual_hash, other.perceptual_hash) > HAMMING_LIMIT:
        return False
    return preview_difference(one.thumbhash, other.thumbhash) <= PREVIEW_LIMIT


def hamming(one: str, other: str) -> int:
    """In how many bits two hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def preview_difference(one: str, other: str) -> float:
    """How far two thumbhashes are apart, 0-1; 1 where the pictures have other shapes or one of them no transparency."""
    left, right = list(_waves(base64.b64decode(one))), list(_waves(base64.b64decode(other)))
    if len(left) != len(right):
        return 1.0
    return math.sqrt(sum((a - b) ** 2 for a, b in zip(left, right, strict=True)))


def _waves(packed: bytes) -> Iterator[float]:
    """The terms of a thumbhash (evanw.github.io/thumbhash, read 2026-11-22), constant ones first."""
    first, second = int.from_bytes(packed[:3], "little"), int.from_bytes(packed[3:5], "little")
    has_alpha = first >> 23
    yield from ((first & 63) / 63, (first >> 6 & 63) / 31.5 - 1, (first >> 12 & 63) / 31.5 - 1)
    scales = [(first >> 18 & 31) / 31, (second >> 3 & 63) / 63, (second >> 9 & 63) / 63]
    start = 5
    if has_alpha:
        yield (packed[5] & 15) / 15
        scales.append((packed[5] >> 4) / 15)
        start = 6
    nibbles = [nibble for byte in packed[start:] for nibble in (byte & 15, byte >> 4)]
    colours = _COLOUR_WAVES * 2 + (_ALPHA_WAVES if has_alpha else 0)
    lightness = _lightness_waves(second & 7, finest=5 if has_alpha else 7, is_landscape=bool(second >> 15))
    counts = [lightness, _COLOUR_WAVES, _COLOUR_WAVES, *([_ALPHA_WAVES] if has_alpha else [])]
    if len(nibbles) < lightness + colours:
        return
    place = 0
    for count, scale in zip(counts, scales, strict=True):
        for nibble in nibbles[place : place + count]:
            yield (nibble / 7.5 - 1) * scale
        place += count


def _lightness_waves(other_side: int, *, finest: int, is_landscape: bool) -> int:
    across, down = (finest, other_side) if is_landscape else (other_side, finest)
    across, down = max(3, across), max(3, down)
    return sum(x * down < across * (down - y) for y in range(down) for x in range(across)) - 1
