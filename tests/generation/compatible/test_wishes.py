"""What a body in OpenAI's words comes to: the order, the way its answer is given, and what is reported as changed."""

from typing import Any

import pytest

from gencraft_media.generation.compatible.wishes import Delivery, delivery_from, order_from
from gencraft_media.generation.delivered_form import AskedForm


def changes(delivery: Delivery) -> dict[str, Any]:
    """Field by field, what is used instead."""
    return {change["field"]: change["used"] for change in delivery.changes}


@pytest.mark.parametrize(
    ("model", "encoding"),
    [
        ("gpt-image-2", "b64_json"),
        ("openai/gpt-image-2.5-flare", "b64_json"),
        ("chatgpt-image-latest", "b64_json"),
        ("dall-e-3", "url"),
        ("sim/standard", "url"),
        ("flux/flux-2-pro", "url"),
        ("not-gpt-image", "url"),
        (None, "url"),
    ],
)
def test_the_name_decides_how_pictures_come_unless_the_client_does(model: str | None, encoding: str) -> None:
    values = {"model": model} if model else {}
    assert delivery_from(values).encoding == encoding
    for said in ("url", "b64_json"):
        assert delivery_from({**values, "response_format": said}).encoding == said


@pytest.mark.parametrize(
    ("values", "picture_format", "compression", "changed"),
    [
        ({}, "png", None, {}),
        ({"output_format": "jpeg", "output_compression": 40}, "jpeg", 40, {}),
        ({"output_format": "webp"}, "webp", None, {}),
        ({"output_format": "png", "output_compression": 40}, "png", None, {"output_compression": None}),
        ({"output_format": "gif", "frame_count": 4}, "png", None, {"output_format": "png", "frame_count": None}),
        ({"output_format": "svg", "svg": {}}, "png", None, {"output_format": "png", "svg": None}),
        ({"response_format": "url", "output_format": "png"}, "png", None, {}),
        ({"response_format": "url", "output_format": "gif"}, "png", None, {"output_format": "png"}),
        ({"response_format": "url", "output_format": "jpeg", "output_compression": 40}, "jpeg", 40, {}),
        ({"response_format": "url", "output_compression": 40}, "", 40, {}),
        ({"stream": True, "response_format": "url"}, "png", None, {"response_format": "b64_json"}),
        ({"complexity": "high"}, "png", None, {"complexity": None}),
    ],
)
def test_the_format_is_the_one_asked_for_or_the_change_is_told(
    values: dict[str, Any], picture_format: str, compression: int | None, changed: dict[str, Any]
) -> None:
    delivery = delivery_from({"response_format": "b64_json", **values})
    assert (delivery.picture_format, delivery.compression) == (picture_format, compression)
    assert changes(delivery) == changed
    assert all(change["reason"] for change in delivery.changes)


@pytest.mark.parametrize(
    ("values", "form"),
    [
        ({}, AskedForm()),
        ({"output_format": "png"}, AskedForm("png")),
        ({"output_format": "jpeg", "output_compression": 40}, AskedForm("jpeg", 40)),
        ({"output_compression": 40}, AskedForm("", 40)),
        ({"output_format": "jpeg", "response_format": "b64_json"}, AskedForm()),
    ],
)
def test_the_file_behind_an_address_is_the_one_asked_for(engine: None, values: dict[str, Any], form: AskedForm) -> None:
    values = {"prompt": "x", "model": "standard", "response_format": "url", **values}
    assert order_from(values, delivery_from(values), end_user=True).form == form


@pytest.mark.parametrize(
    ("model", "asked", "used"),
    [
        ("sim/standard", "auto", ""),
        ("sim/standard", "hd", "hd"),
        ("sim/standard", "low", "standard"),
        ("sim/standard", "high", "hd"),
        ("sim/standard", "max", "hd"),
        ("gpt-image-2", "high", "high"),
        ("gpt-image-2", "max", "high"),
        ("gpt-image-2.5-flare", "max", "max"),
        ("dall-e-3", "hd", "hd"),
    ],
)
def test_a_quality_is_the_nearest_that_the_model_has(engine: None, model: str, asked: str, used: str) -> None:
    delivery = Delivery("url", "webp")
    order = order_from({"prompt": "A lighthouse", "model": model, "quality": asked}, delivery, end_user=True)
    assert order.wanted.quality == used
    assert changes(delivery) == ({} if used in {"", asked} else {"quality": used})


@pytest.mark.parametrize(
    ("values", "end_user", "named"),
    [
        ({"user": "nora"}, True, "nora"),
        ({"user": "nora", "safety_identifier": "n-1"}, True, "n-1"),
        ({"user": "nora", "safety_identifier": ""}, True, "nora"),
        ({}, True, ""),
        ({"user": "nora"}, False, ""),
    ],
)
def test_an_end_user_is_named_by_servers_only(engine: None, values: dict[str, str], end_user: bool, named: str) -> None:
    order = order_from({"prompt": "x", "model": "standard", **values}, Delivery("url", "webp"), end_user=end_user)
    assert order.external_user_id == named


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        ({"stream": True, "partial_images": 2}, 2),
        ({"stream": True, "partial_images": 0}, None),
        ({"partial_images": 2}, None),
        ({"stream": True, "partial_images": 2, "n": 2}, None),
    ],
)
def test_previews_are_asked_for_where_they_can_be_shown(
    engine: None, values: dict[str, Any], asked: int | None
) -> None:
    delivery = delivery_from(values)
    order = order_from({"prompt": "x", "model": "gpt-image-2", **values}, delivery, end_user=True)
    assert order.wanted.partial_images == asked
    told = asked is None and values.get("partial_images")
    assert ("partial_images" in changes(delivery)) is bool(told)


def test_auto_is_left_to_the_model(engine: None) -> None:
    values = {"prompt": "x", "background": "auto", "moderation": "auto", "model": "gpt-image-2"}
    wanted = order_from(values, Delivery("url", "webp"), end_user=True).wanted
    assert (wanted.background, wanted.moderation, wanted.width, wanted.height) == ("", "", None, None)
