"""Keys and names are made from ids alone, the same each time."""

import uuid

import pytest

from assets.keys import asset_id_for, content_type_of, filename_for, original_key, rendition_key, thumbnail_key

USER, PROJECT, ASSET, ITEM = (uuid.UUID(int=number) for number in range(1, 5))


def test_the_keys_are_those_of_the_specification() -> None:
    key = rendition_key(user_id=USER, project_id=PROJECT, asset_id=ASSET)
    assert key == f"media/{USER}/{PROJECT}/{ASSET}.webp"
    assert thumbnail_key(key) == f"media/{USER}/{PROJECT}/{ASSET}_thumb.webp"


@pytest.mark.parametrize(
    ("picture_format", "extension", "kind"),
    [
        ("webp", "webp", "image/webp"),
        ("png", "png", "image/png"),
        ("jpeg", "jpg", "image/jpeg"),
        ("avif", "avif", "image/avif"),
    ],
)
def test_a_picture_has_the_extension_and_type_of_its_format(picture_format: str, extension: str, kind: str) -> None:
    key = rendition_key(user_id=USER, project_id=PROJECT, asset_id=ASSET, picture_format=picture_format)
    assert (key, content_type_of(key)) == (f"media/{USER}/{PROJECT}/{ASSET}.{extension}", kind)
    assert thumbnail_key(key) == f"media/{USER}/{PROJECT}/{ASSET}_thumb.webp"


def test_an_original_has_a_key_per_attempt_position_and_bytes() -> None:
    key = original_key(job_id=USER, attempt_id=PROJECT, position=2, sha256="0123456789abcdef" * 4, extension="png")
    assert key == f"originals/{USER}/{PROJECT}/2-0123456789abcdef.png"


def test_the_same_bytes_of_an_item_have_one_id_and_other_bytes_another() -> None:
    assert asset_id_for(ITEM, "aa") == asset_id_for(ITEM, "aa")
    assert len({asset_id_for(ITEM, "aa"), asset_id_for(ITEM, "bb"), asset_id_for(USER, "aa")}) == 3


def test_a_filename_is_the_prompt_and_a_short_id() -> None:
    asset_id = uuid.UUID("1a2b3c4d-0000-4000-8000-000000000000")
    assert filename_for("A red fox, at dawn!", asset_id) == "a-red-fox-at-dawn-1a2b3c4d.webp"
    assert filename_for("狐狸", asset_id) == "picture-1a2b3c4d.webp"
    assert len(filename_for("long words " * 40, asset_id)) <= 60 + 14
