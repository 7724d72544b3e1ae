"""A streamed answer over a real socket: previews as they come, and the same verdicts as for one in one piece."""

import dataclasses
import threading
from collections.abc import Callable, Iterator

import pytest
from requests.adapters import HTTPAdapter

from providers import transport as transport_module
from providers.adapters.openai import OpenAiAdapter
from providers.errors import BrokenContract, Misconfigured, Moderated, OutcomeUnknown, Unreachable
from providers.models import Provider, ProviderAccount
from providers.transport import ProviderTransport
from providers.types import Finished, GenerationRequest, Partial, Refused, Submitted
from tests.providers.loopback import Loopback, Reply, closed_port_url
from tests.vendors.openai.calling import PLAIN
from tests.vendors.openai.server import Server
from tests.vendors.serving import Reply as VendorReply

KEY = "sk-canary-0123456789"
ASKED = dataclasses.replace(PLAIN, options={"partialImages": 2})


@pytest.fixture
def openai() -> Iterator[Server]:
    with Server() as running:
        yield running


def send(
    url: str,
    fault: str = "",
    *,
    asked: GenerationRequest = ASKED,
    key: str = KEY,
    on_partial: Callable[[Partial], None] = lambda partial: None,
) -> Submitted:
    request = dataclasses.replace(asked, prompt=f"{asked.prompt} [fault:{fault}]") if fault else asked
    adapter = OpenAiAdapter(request.model, url)
    return ProviderTransport({f"{url}/": HTTPAdapter()}).send_streaming(
        adapter,
        dataclasses.replace(adapter.build_submit(request), read_timeout_s=5.0),
        account=ProviderAccount(provider=Provider(key="openai"), api_key=key),
        on_partial=on_partial,
    )


def refused(outcome: Submitted) -> Exception:
    assert isinstance(outcome, Refused)
    error: Exception = outcome.error
    return error


def test_previews_come_before_the_picture(openai: Server) -> None:
    partials: list[Partial] = []
    outcome = send(openai.url, on_partial=partials.append)
    assert [partial.index for partial in partials] == [0, 1]
    assert isinstance(outcome, Finished)
    assert outcome.outputs[0].content not in {partial.content for partial in partials}
    assert openai.received[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_preview_is_there_while_the_rest_is_still_to_come(openai: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = threading.Event()

    def hold_back(reply: VendorReply) -> VendorReply:
        assert reply.stream is not None
        return dataclasses.replace(
            reply, stream=(chunk for chunk in reply.stream if b"completed" not in chunk or seen.wait(5))
        )

    respond = openai.respond
    monkeypatch.setattr(openai, "respond", lambda received: hold_back(respond(received)))
    assert isinstance(send(openai.url, on_partial=lambda partial: seen.set()), Finished)


def test_an_answer_in_one_piece_is_read_as_one(openai: Server) -> None:
    outcome = send(openai.url, asked=dataclasses.replace(ASKED, count=2))
    assert isinstance(outcome, Finished)
    assert len(outcome.outputs) == 2


def test_a_refusal_before_the_stream_and_in_it_are_both_refusals(openai: Server) -> None:
    assert type(refused(send(openai.url, "moderated"))) is Moderated
    assert type(refused(send(openai.url, "stream-moderated"))) is Moderated
    assert isinstance(refused(send(openai.url, key="sk-bad-key")), Misconfigured)


@pytest.mark.parametrize("fault", ["cut", "stream-error", "stream-unfinished", "hang-up", "server-error"])
def test_a_stream_that_breaks_off_leaves_the_outcome_unknown(openai: Server, fault: str) -> None:
    with pytest.raises(OutcomeUnknown):
        send(openai.url, fault)
    assert len(openai.received) == 1


def test_a_refused_connection_sent_nothing() -> None:
    with pytest.raises(Unreachable):
        send(closed_port_url())


def test_a_preview_that_cannot_be_used_does_not_lose_the_picture(openai: Server) -> None:
    def fail(partial: Partial) -> None:
        raise OSError("no room")

    assert isinstance(send(openai.url, on_partial=fail), Finished)


def test_a_stream_without_end_is_cut_off(openai: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport_module, "MAX_STREAM_BYTES", 1000)
    with pytest.raises(OutcomeUnknown):
        send(openai.url)


@pytest.mark.parametrize(
    "body",
    [
        b'data: {"error": {"code": "moderation_blocked", "message": "not with %s"}}\n\n',
        b'data: {"error": {"code": "what", "message": "not with %s"}}\n\n',
        b"data: not JSON, but %s\n\n",
    ],
)
def test_a_key_quoted_in_a_stream_is_not_kept(loopback: Loopback, body: bytes) -> None:
    headers = {"Content-Type": "text/event-stream"}
    loopback.replies = [Reply(200, body=body.replace(b"%s", KEY.encode()), headers=headers)]
    try:
        error = refused(send(loopback.url))
    except (OutcomeUnknown, BrokenContract) as raised:
        error = raised
    assert KEY not in error.vendor_text  # type: ignore[attr-defined]
    assert "[key]" in error.vendor_text  # type: ignore[attr-defined]
