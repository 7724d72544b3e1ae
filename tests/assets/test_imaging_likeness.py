"""Pictures that look alike are known by their hashes, and others are not taken for them."""

import base64
import io
import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from assets.imaging.inspection import THUMBNAIL_SIDE, _preview, _scaled
from assets.imaging.likeness import HAMMING_LIMIT, PREVIEW_LIMIT, Looks, are_alike, hamming, preview_difference
from assets.imaging.measuring import lightness
from assets.imaging.perceptual import perceptual_hash
from assets.imaging.thumbhash import thumbhash_of
from providers.sim.scenes import scene
from tests.assets.drawn import scenery
from tests.assets.judged import photograph


def looks(image: Image.Image) -> Looks:
    thumbnail = _scaled(image, THUMBNAIL_SIDE)
    return Looks(perceptual_hash(lightness(thumbnail)), _preview(thumbnail)[1])


def copies(image: Image.Image) -> Iterator[Image.Image]:
    """The same to anybody who looks."""
    packed = io.BytesIO()
    image.save(packed, "JPEG", quality=60)
    yield Image.open(packed).convert("RGB")
    yield image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)
    yield image.point(lambda level: min(255, level + 3))
    noise = np.random.default_rng(1).integers(-4, 5, (image.height, image.width, 3))
    yield Image.fromarray((np.asarray(image).astype(int) + noise).clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("image", [photograph(1), photograph(2), scene("a lake", 1, (512, 384))])
def test_a_copy_is_known_however_it_was_packed(image: Image.Image) -> None:
    assert [are_alike(looks(image), looks(copy)) for copy in copies(image)] == [True] * 4


def test_no_two_of_two_hundred_pictures_of_one_prompt_are_taken_for_each_other() -> None:
    drawn = [looks(scene("a lighthouse at dawn", seed, (256, 256))) for seed in range(200)]
    assert not any(are_alike(one, other) for one, other in itertools.combinations(drawn, 2))


def test_the_same_shapes_in_other_colours_are_another_picture() -> None:
    grey = photograph(3).convert("L")

    def tinted(blue: int, red: int) -> Image.Image:
        planes = grey, Image.new("L", grey.size, blue), Image.new("L", grey.size, red)
        return Image.merge("YCbCr", planes).convert("RGB")

    warm, cold = looks(tinted(112, 144)), looks(tinted(144, 112))
    assert hamming(warm.perceptual_hash, cold.perceptual_hash) <= HAMMING_LIMIT
    assert preview_difference(warm.thumbhash, cold.thumbhash) > PREVIEW_LIMIT
    assert not are_alike(warm, cold)


def test_a_cut_out_is_not_the_picture_it_was_cut_of() -> None:
    image = scenery(mode="RGBA")
    image.putalpha(255)
    cut = image.copy()
    cut.putalpha(Image.new("L", image.size, 90))
    assert preview_difference(looks(image).thumbhash, looks(cut).thumbhash) == 1.0


def test_what_was_stored_before_there_were_hashes_is_like_nothing() -> None:
    assert not are_alike(Looks("", ""), Looks("", ""))


@pytest.mark.parametrize("size", [(32, 32), (32, 12), (9, 32), (32, 31)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_thumbhash_of_any_shape_is_as_far_from_itself_as_nothing(size: tuple[int, int], mode: str) -> None:
    packed = [
        base64.b64encode(thumbhash_of(np.asarray(scenery(*size, mode=mode, seed=seed).convert("RGBA")))).decode()
        for seed in (1, 2)
    ]
    assert preview_difference(packed[0], packed[0]) == 0
    assert 0 < preview_difference(packed[0], packed[1]) < 3
