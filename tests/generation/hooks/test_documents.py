"""docs/hooks.md: its schemas are what is asked and taken, and its example of a function works."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gencraft_media.common.errors import InvalidRequest
from gencraft_media.generation.hooks.cost import PriceAnswer, quoted_by_hook
from gencraft_media.generation.hooks.quality import JudgementAnswer, judged_by_hook
from gencraft_media.generation.hooks.routing import RankingAnswer
from tests.generation.hooks import plugins
from tests.generation.hooks.conftest import SetHook
from tests.generation.hooks.test_answers import CANDIDATES, FACTS, NAMES, quote, rank

PAGE = (Path(__file__).parents[3] / "docs/hooks.md").read_text()
READERS = {"router": RankingAnswer, "cost": PriceAnswer, "quality": JudgementAnswer}


def schema_of(name: str) -> Draft202012Validator:
    found = re.search(rf"<!-- {name} -->\n```json\n(.*?)```", PAGE, re.S)
    assert found, name
    schema = json.loads(found[1])
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_what_hooks_are_asked_is_as_the_page_says(set_hook: SetHook) -> None:
    set_hook("router", "prefers_the_last")
    set_hook("cost", "halves_the_price")
    set_hook("quality", "scores_by_size")
    rank()
    quoted_by_hook(quote())
    judged_by_hook(FACTS, score=Decimal("0.4"), threshold=Decimal("0.35"))
    assert [question["hook"] for question in plugins.asked] == ["router", "cost", "quality"]
    for question in plugins.asked:
        schema_of(f"{question['hook']} question").validate(question)


@pytest.mark.parametrize(
    ("name", "answer", "taken"),
    [
        ("router", {"ranking": ["flux/flux-2-pro"]}, True),
        ("router", {"ranking": ["a/b"], "reason": "cheap"}, True),
        ("router", {"ranking": []}, False),
        ("router", {"ranking": [1.5, {}]}, False),
        ("router", {"ranking": ["a/b"] * 51}, False),
        ("router", {"ranking": ["a/b"], "model": "a/b"}, False),
        ("cost", {"totalCost": "0.040000"}, True),
        ("cost", {"totalCost": "12", "reason": ""}, True),
        ("cost", {"totalCost": 0.04}, False),
        ("cost", {"totalCost": "-1"}, False),
        ("cost", {"totalCost": "0.0000001"}, False),
        ("cost", {}, False),
        ("quality", {"score": 0.5, "accepted": False}, True),
        ("quality", {"score": 1}, True),
        ("quality", {"score": 1.01}, False),
        ("quality", {"score": "0.5"}, False),
        ("quality", {"score": 0.5, "reason": "x" * 301}, False),
        ("quality", {"accepted": True}, False),
    ],
)
def test_what_is_taken_is_as_the_page_says(name: str, answer: dict[str, Any], taken: bool) -> None:
    assert schema_of(f"{name} answer").is_valid(answer) is taken
    try:
        READERS[name].read(answer)
    except InvalidRequest:
        assert not taken
    else:
        assert taken


def test_the_function_of_the_page_can_be_used() -> None:
    found = re.search(r"```python\n(.*?)```", PAGE, re.S)
    assert found
    names: dict[str, Any] = {}
    exec(found[1], names)  # noqa: S102 (the page's own example)
    candidates = [{"name": name, **candidate} for name, candidate in zip(NAMES, CANDIDATES, strict=True)]
    assert names["rank"]({"candidates": candidates}) == {"ranking": [NAMES[0]]}
    assert names["rank"]({"candidates": candidates[1:]}) == {"ranking": [NAMES[1]]}
