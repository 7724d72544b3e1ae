"""OpenAI's streams: previews as they come, then the picture or why there is none."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests

from providers.adapters.openai import OpenAiAdapter
from providers.errors import BrokenContract, Busy, Moderated, OutcomeUnknown
from providers.types import Finished, Partial, Refused
from tests.vendors.openai.calling import PLAIN, Calls, calls_to_openai
from tests.vendors.openai.tokens import image_tokens

ADAPTER = OpenAiAdapter(PLAIN.model)
COMPLETED = {"type": "image_generation.completed", "b64_json": "eA=="}


@pytest.fixture
def calls() -> Iterator[Calls]:
    with calls_to_openai() as running:
        yield running


def event(document: Any, name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(document)}\n\n".encode()


def told(*chunks: bytes) -> list[Partial | Finished | Refused]:
    return list(ADAPTER.parse_stream(chunks))


def test_previews_come_in_order_and_last_the_picture_with_its_cost(calls: Calls) -> None:
    *partials, last = ADAPTER.parse_stream(calls.stream(partial_images=3))
    assert [partial.index for partial in partials if isinstance(partial, Partial)] == [0, 1, 2]
    assert len({partial.content for partial in partials if isinstance(partial, Partial)}) == 3
    assert isinstance(last, Finished)
    assert last.outputs[0].content is not None
    # Each preview counts for a hundred tokens more.
    tokens = image_tokens(PLAIN.model, "low", 1024, 1024) + 300
    assert last.cost == tokens * Decimal("0.00003") + 5 * Decimal("0.000005")
    assert calls.server.violations == []


def test_a_preview_is_told_before_the_rest_has_come(calls: Calls) -> None:
    chunks = calls.stream()
    first = next(ADAPTER.parse_stream(chunks))
    assert isinstance(first, Partial)
    assert any(b"image_generation.completed" in chunk for chunk in chunks)


def test_comments_and_unknown_events_say_nothing(calls: Calls) -> None:
    assert len(list(ADAPTER.parse_stream(calls.stream("x [fault:stream-keepalive]")))) == 3


def test_a_refusal_after_a_preview_is_told_as_one(calls: Calls) -> None:
    [_, refusal] = ADAPTER.parse_stream(calls.stream("x [fault:stream-moderated]"))
    assert isinstance(refusal, Refused)
    assert type(refusal.error) is Moderated
    assert refusal.error.vendor_code == "moderation_blocked"


def test_an_error_of_the_server_in_a_stream_leaves_the_outcome_unknown(calls: Calls) -> None:
    with pytest.raises(OutcomeUnknown):
        list(ADAPTER.parse_stream(calls.stream("x [fault:stream-error]")))


def test_a_stream_that_ends_without_a_picture_tells_no_end(calls: Calls) -> None:
    assert [type(one) for one in ADAPTER.parse_stream(calls.stream("x [fault:stream-unfinished]"))] == [Partial]


def test_a_line_that_breaks_is_left_to_the_transport(calls: Calls) -> None:
    with pytest.raises(requests.RequestException):
        list(ADAPTER.parse_stream(calls.stream("x [fault:cut]")))


def test_the_name_of_an_event_counts_where_its_data_has_none() -> None:
    [last] = told(event({"b64_json": "eA=="}, "image_generation.completed"))
    assert isinstance(last, Finished)
    [refusal] = told(event({"error": {"code": "rate_limit_exceeded"}}, "error"))
    assert isinstance(refusal, Refused)
    assert type(refusal.error) is Busy


def test_nothing_is_read_after_the_picture() -> None:
    assert len(told(event(COMPLETED), b"data: [DONE]\n\n", event(COMPLETED))) == 1


def test_an_event_without_data_says_nothing() -> None:
    assert [type(one) for one in told(b"event: ping\ndata:\n\n", event(COMPLETED))] == [Finished]


def test_a_spoilt_preview_does_not_lose_the_picture() -> None:
    spoilt = {"type": "image_generation.partial_image", "b64_json": "%", "partial_image_index": 0}
    assert [type(one) for one in told(event(spoilt), event(COMPLETED))] == [Finished]


def test_a_spoilt_picture_is_one_output_with_an_error() -> None:
    [last] = told(event({**COMPLETED, "b64_json": "%"}))
    assert isinstance(last, Finished)
    assert type(last.outputs[0].error) is BrokenContract


@pytest.mark.parametrize(
    "data", [b"data: <html>\n\n", b"data: []\n\n", b'data: {"type": "image_generation.completed"}\n\n']
)
def test_what_cannot_be_read_breaks_the_contract(data: bytes) -> None:
    with pytest.raises(BrokenContract):
        told(data)
