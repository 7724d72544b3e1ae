"""Bodies are strict: unknown fields are errors, and every error names its field."""

from typing import Any

import pytest
from rest_framework import serializers

from gencraft_media.common.errors import InvalidRequest
from gencraft_media.common.serializers import StrictSerializer


class Frame(StrictSerializer):
    """A nested part."""

    fillColor = serializers.CharField(source="fill_color", required=False)


class Order(StrictSerializer):
    """An example of a body."""

    negativePrompt = serializers.CharField(source="negative_prompt", required=False)
    quality = serializers.ChoiceField(["standard", "hd"], required=False)
    steps = serializers.IntegerField(min_value=1, required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=5), required=False)
    frame = Frame(required=False)
    frames = Frame(many=True, required=False)
    metadata = serializers.DictField(required=False)
    id = serializers.CharField(read_only=True)


def _errors_of(document: Any) -> dict[str, Any]:
    with pytest.raises(InvalidRequest) as caught:
        Order.read(document)
    return {error.field: error for error in caught.value.errors}


def test_values_come_back_under_our_own_names() -> None:
    assert Order.read({"negativePrompt": "rain", "frame": {"fillColor": "red"}}) == {
        "negative_prompt": "rain", "frame": {"fill_color": "red"},
    }  # fmt: skip


def test_an_unknown_field_is_refused_with_the_nearest_known_one() -> None:
    error = _errors_of({"negative_prompt": "rain"})["negative_prompt"]
    assert (error.code, error.nearest) == ("unknown_field", "negativePrompt")
    assert "negativePrompt" in error.message
    assert _errors_of({"zzzzzz": 1})["zzzzzz"].nearest is None


def test_unknown_fields_are_found_in_nested_objects_and_lists() -> None:
    found = _errors_of({"frame": {"fillColour": "red"}, "frames": [{}, {"x": 1}]})
    assert set(found) == {"frame.fillColour", "frames.1.x"}
    assert found["frame.fillColour"].nearest == "fillColor"


def test_free_form_json_is_left_alone() -> None:
    assert Order.read({"metadata": {"any_thing": {"goes": 1}}})["metadata"] == {"any_thing": {"goes": 1}}


def test_read_only_fields_cannot_be_sent() -> None:
    assert "id" in _errors_of({"id": "x"})


def test_all_errors_come_in_one_answer_and_choices_are_listed() -> None:
    found = _errors_of({"quality": "best", "steps": 0, "tags": ["ok", "much too long"], "frame": [], "promt": 1})
    assert set(found) == {"quality", "steps", "tags.1", "frame", "promt"}
    assert found["quality"].allowed == ["standard", "hd"]
    assert found["steps"].code == "min_value"


@pytest.mark.parametrize("document", [[], "text", 7, None, [{"steps": 1}]])
def test_a_body_that_is_no_object_is_refused(document: Any) -> None:
    assert set(_errors_of(document)) == {""}
