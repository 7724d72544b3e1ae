"""What an asset is worth as clients see it: what was measured, and what people think of it."""

from typing import Any

from rest_framework import serializers


class QualitySerializer(serializers.Serializer[Any]):
    """What was measured before the output was delivered; 1 is best."""

    score = serializers.FloatField(min_value=0, max_value=1, help_text="That of the worst part, or what a hook said.")
    parts = serializers.DictField(
        child=serializers.FloatField(min_value=0, max_value=1),
        help_text="`size`, `uniformity`, `placeholder`, `alpha` and `blur`: those of them that could be judged.",
    )
    hook = serializers.DictField(child=serializers.CharField(), required=False, help_text="Who else was asked.")

    class Meta:
        ref_name = "AssetQuality"


class RatingFiguresSerializer(serializers.Serializer[Any]):
    """What people think of an asset."""

    average = serializers.FloatField(min_value=1, max_value=5, allow_null=True, help_text="null: nobody rated it.")
    count = serializers.IntegerField(min_value=0)

    class Meta:
        ref_name = "AssetRatingFigures"
