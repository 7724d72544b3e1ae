"""A streamed answer is cut into the same events however it was cut into chunks."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers import event_streams
from providers.errors import (
    BrokenContract,
    Busy,
    Moderated,
    OutcomeUnknown,
    ProviderError,
    Rejected,
    Unreachable,
)
from providers.event_streams import StreamEvent, ending_of, events_in
from providers.types import Finished, Partial, Refused

STREAM = (
    b": hello\r\n\r\n"
    b"event: partial\r\ndata: one\r\ndata:two\r\n\r\n"
    b"id: 7\rdata: three\r\r"
    b"data\n\n"
    b"event: none\n\n"
    b"data:  x \n\n"
)
EVENTS = [
    StreamEvent("partial", b"one\ntwo"),
    StreamEvent("", b"three"),
    StreamEvent("", b""),
    StreamEvent("", b" x "),
]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_however_the_chunks_fall(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    chunks = [STREAM[begin:end] for begin, end in itertools.pairwise(edges)]
    assert list(events_in(chunks)) == EVENTS


def test_what_the_end_cuts_off_is_no_event() -> None:
    assert list(events_in([b"data: whole\n\nevent: half\ndata: ha"])) == [StreamEvent("", b"whole")]
    assert list(events_in([b"data: half\n"])) == []
    assert list(events_in([])) == []


def test_a_name_counts_for_one_event_only() -> None:
    assert list(events_in([b"event: a\ndata: 1\n\ndata: 2\n\n"])) == [StreamEvent("a", b"1"), StreamEvent("", b"2")]


@pytest.mark.parametrize(
    "chunks",
    [[b"data: 12345678\n"], [b"data: 1", b"2345678"], [b"data: 1\n", b"data: 2\n", b"data: 3\n"], [b"x" * 11]],
    ids=["a line", "a line in pieces", "many lines", "no field"],
)
def test_an_event_that_is_too_large_breaks_the_contract(chunks: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_streams, "MAX_EVENT_BYTES", 10)
    with pytest.raises(BrokenContract):
        list(events_in(chunks))


@pytest.mark.parametrize(
    ("error", "is_known"), [(Rejected(), True), (Moderated(), True), (Busy(), False), (Unreachable(), False)]
)
def test_trouble_after_a_preview_leaves_open_what_was_done(error: ProviderError, is_known: bool) -> None:
    seen: list[Partial] = []
    assert ending_of([Refused(error)], seen.append) == Refused(error)
    told: list[Partial | Finished | Refused] = [Partial(0, b"half"), Refused(error)]
    if is_known:
        assert ending_of(told, seen.append) == Refused(error)
    else:
        with pytest.raises(OutcomeUnknown):
            ending_of(told, seen.append)
    assert len(seen) == 1
