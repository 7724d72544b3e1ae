"""One exchange over a real socket: what is known after each way it can break, and what never leaves this machine."""

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest
import structlog
from django.db import transaction

from gencraft_media.common.database import TransactionHeld
from gencraft_media.common.egress import EgressPolicy, GuardedAdapter
from providers.adapters.sim import SimAdapter
from providers.base import ProviderAdapter
from providers.errors import Misconfigured, OutcomeUnknown, OutputLost, ProviderError, Unreachable
from providers.models import Provider, ProviderAccount
from providers.registry import ADAPTERS
from providers.transport import ProviderTransport
from providers.types import HttpAnswer, HttpRequest, InputMedia, RemoteOutput
from tests.providers.loopback import Loopback, Reply, closed_port_url
from tests.providers.samples import ALL, SAMPLES

KEY = "sk-canary-0123456789"


def account(api_key: str = KEY) -> ProviderAccount:
    return ProviderAccount(provider=Provider(key="sim", needs_key=False), api_key=api_key)


def submit(transport: ProviderTransport, adapter: ProviderAdapter, *, key: str = "sim") -> HttpAnswer:
    return transport.send(adapter, adapter.build_submit(SAMPLES[key].request), account=account(), paid=True)


def quick(request: HttpRequest) -> HttpRequest:
    return dataclasses.replace(request, read_timeout_s=0.2)


@pytest.mark.parametrize("key", ALL)
class TestWhatIsKnownAfterTheLineBroke:
    def test_a_refused_connection_sent_nothing(self, key: str) -> None:
        url = closed_port_url()
        with pytest.raises(Unreachable) as caught:
            submit(
                ProviderTransport({url: GuardedAdapter(EgressPolicy(["127.0.0.1"]))}),
                ADAPTERS[key](SAMPLES[key].model, url),
                key=key,
            )
        assert caught.value.not_accepted

    @pytest.mark.parametrize("fault", ["hang up", "cut", "silence"])
    def test_a_paid_request_without_a_whole_answer_is_unknown(self, key: str, fault: str, loopback: Loopback) -> None:
        loopback.replies = [Reply(202, SAMPLES[key].accepted, fault=fault)]
        adapter = ADAPTERS[key](SAMPLES[key].model, loopback.url)
        request = quick(adapter.build_submit(SAMPLES[key].request))
        with pytest.raises(OutcomeUnknown) as caught:
            loopback.transport().send(adapter, request, account=account(), paid=True)
        assert caught.value.not_accepted is False
        assert len(loopback.received) == 1

    @pytest.mark.parametrize("fault", ["hang up", "cut", "silence"])
    def test_a_read_without_a_whole_answer_may_be_repeated(self, key: str, fault: str, loopback: Loopback) -> None:
        loopback.replies = [Reply(200, {"status": "running"}, fault=fault)]
        adapter = ADAPTERS[key](SAMPLES[key].model, loopback.url)
        with pytest.raises(Unreachable) as caught:
            loopback.transport().send(adapter, quick(HttpRequest("GET", f"{loopback.url}/x")), account=account())
        assert caught.value.retryable

    def test_a_redirect_is_not_followed(self, key: str, loopback: Loopback) -> None:
        loopback.replies = [Reply(307, {}, headers={"Location": f"{loopback.url}/elsewhere"})]
        answer = submit(loopback.transport(), ADAPTERS[key](SAMPLES[key].model, loopback.url), key=key)
        assert (answer.status, len(loopback.received)) == (307, 1)

    def test_a_server_error_is_answered_once_and_read_by_the_adapter(self, key: str, loopback: Loopback) -> None:
        loopback.replies = [Reply(503, {}, headers={"Retry-After": "1"})]
        adapter = ADAPTERS[key](SAMPLES[key].model, loopback.url)
        answer = submit(loopback.transport(), adapter, key=key)
        with pytest.raises(OutcomeUnknown):
            adapter.parse_submitted(answer)
        assert len(loopback.received) == 1

    def test_a_taken_request_comes_back_whole(self, key: str, loopback: Loopback) -> None:
        loopback.replies = [Reply(202, SAMPLES[key].accepted, headers={"X-Request-Id": "v-1"})]
        answer = submit(loopback.transport(), ADAPTERS[key](SAMPLES[key].model, loopback.url), key=key)
        assert (answer.status, answer.headers["x-request-id"]) == (202, "v-1")
        assert json.loads(answer.body) == SAMPLES[key].accepted


def test_the_key_and_the_trace_are_added_on_the_way_out(loopback: Loopback) -> None:
    loopback.replies = [Reply(200, {})]
    with structlog.contextvars.bound_contextvars(attempt_id="attempt-1", request_id="request-1"):
        submit(loopback.transport(), SimAdapter("standard", loopback.url))
    headers = loopback.received[0].headers
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["x-client-request-id"] == "attempt-1"
    assert headers["user-agent"] == "gencraft-media"


def test_the_environments_key_is_used_where_the_row_has_none(
    loopback: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_VENDOR_KEY", "sk-environment")
    loopback.replies = [Reply(200, {})]
    row = ProviderAccount(provider=Provider(key="sim", key_variable="SOME_VENDOR_KEY"))
    loopback.transport().send(SimAdapter("standard"), HttpRequest("GET", f"{loopback.url}/x"), account=row)
    assert loopback.received[0].headers["authorization"] == "Bearer sk-environment"


def test_a_key_quoted_back_is_not_kept(loopback: Loopback) -> None:
    loopback.replies = [Reply(401, {"error": {"code": "x", "message": f"Incorrect key {KEY}"}})]
    answer = submit(loopback.transport(), SimAdapter("standard", loopback.url))
    error = SimAdapter("standard").refusal_in(answer)
    assert isinstance(error, Misconfigured)
    assert error.vendor_text == "Incorrect key [key]"


def test_cookies_of_one_call_are_not_sent_with_the_next(loopback: Loopback) -> None:
    loopback.replies = [Reply(200, {}, headers={"Set-Cookie": "session=1"})]
    transport = loopback.transport()
    for _ in range(2):
        submit(transport, SimAdapter("standard", loopback.url))
    assert "cookie" not in loopback.received[1].headers


def test_each_request_has_a_connection_of_its_own(loopback: Loopback) -> None:
    """A kept one may be closed as it is used again, and a paid request that meets that is lost from sight."""
    transport = loopback.transport()
    for _ in range(2):
        loopback.replies = [Reply(200, {})]
        submit(transport, SimAdapter("standard", loopback.url))
    assert [request.headers["connection"] for request in loopback.received] == ["close", "close"]


def test_the_machines_proxies_are_ignored(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", closed_port_url())
    loopback.replies = [Reply(200, {})]
    assert submit(loopback.transport(), SimAdapter("standard", loopback.url)).status == 200


def test_a_host_without_a_way_out_is_refused_and_nothing_is_sent(loopback: Loopback) -> None:
    with pytest.raises(Misconfigured):
        submit(ProviderTransport(), SimAdapter("standard", loopback.url))
    for url in (f"{loopback.url}/o.png", "https://127.0.0.1/o.png", "https://[::1]/o.png", "file:///etc/passwd"):
        with pytest.raises(OutputLost):
            ProviderTransport().fetch_output(
                SimAdapter("standard"), RemoteOutput(0, url=url), Path("/nonexistent"), account=None
            )
    assert not loopback.received


def test_files_travel_as_multipart(loopback: Loopback, tmp_path: Path) -> None:
    picture = tmp_path / "mask.png"
    picture.write_bytes(b"mask bytes")
    loopback.replies = [Reply(200, {})]
    request = HttpRequest(
        "POST",
        f"{loopback.url}/edits",
        form={"prompt": "p"},
        files=[("mask", InputMedia("mask", picture, "image/png"))],
    )
    loopback.transport().send(SimAdapter("standard"), request, account=account())
    received = loopback.received[0]
    assert received.headers["content-type"].startswith("multipart/form-data")
    assert b"mask bytes" in received.body
    assert b'name="prompt"' in received.body


def test_a_form_travels_as_multipart_where_that_is_asked_for(loopback: Loopback, tmp_path: Path) -> None:
    picture = tmp_path / "mask.png"
    picture.write_bytes(b"mask bytes")
    loopback.replies = [Reply(200, {})]
    for files in (None, [("mask", InputMedia("mask", picture, "image/png"))]):
        request = HttpRequest("POST", f"{loopback.url}/x", form={"seed": 7}, files=files, multipart=True)
        loopback.transport().send(SimAdapter("standard"), request, account=account())
        received = loopback.received[-1]
        assert received.headers["content-type"].startswith("multipart/form-data; boundary=")
        assert b'name="seed"\r\n\r\n7\r\n' in received.body
        assert (b"mask bytes" in received.body) is bool(files)


def test_an_answer_over_the_cap_is_dropped(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.transport.MAX_ANSWER_BYTES", 100)
    loopback.replies = [Reply(200, {"padding": "x" * 500})]
    with pytest.raises(OutcomeUnknown):
        submit(loopback.transport(), SimAdapter("standard", loopback.url))


class TestFetchingAnOutput:
    def fetch(self, loopback: Loopback, sink: Path, *, max_bytes: int = 1000) -> tuple[str, int]:
        output = RemoteOutput(0, url=f"{loopback.url}/signed.png?signature=secret")
        return loopback.transport().fetch_output(
            SimAdapter("standard"), output, sink, account=account(), max_bytes=max_bytes
        )

    def test_it_lands_in_the_sink_with_its_hash(self, loopback: Loopback, tmp_path: Path) -> None:
        loopback.replies = [Reply(200, body=b"picture")]
        sha256, size_bytes = self.fetch(loopback, tmp_path / "sink")
        assert (tmp_path / "sink").read_bytes() == b"picture"
        assert (sha256, size_bytes) == (hashlib.sha256(b"picture").hexdigest(), 7)

    def test_a_signed_address_never_sees_our_key(self, loopback: Loopback, tmp_path: Path) -> None:
        loopback.replies = [Reply(200, body=b"picture")]
        self.fetch(loopback, tmp_path / "sink")
        assert "authorization" not in loopback.received[0].headers

    def test_bytes_in_hand_need_no_exchange(self, tmp_path: Path) -> None:
        sha256, size_bytes = ProviderTransport().fetch_output(
            SimAdapter("standard"), RemoteOutput(0, content=b"abc"), tmp_path / "sink", account=None
        )
        assert (sha256, size_bytes) == (hashlib.sha256(b"abc").hexdigest(), 3)
        assert (tmp_path / "sink").read_bytes() == b"abc"

    @pytest.mark.parametrize(
        ("reply", "kind"),
        [
            (Reply(404, {}), OutputLost),
            (Reply(403, {}), OutputLost),
            (Reply(410, {}), OutputLost),
            (Reply(500, {}), Unreachable),
            (Reply(503, {}), Unreachable),
            (Reply(302, {}), Unreachable),
            (Reply(200, body=b"x" * 100, fault="cut"), Unreachable),
            (Reply(200, fault="hang up"), Unreachable),
            (Reply(200, body=b"x" * 1001), OutputLost),
        ],
    )
    def test_what_cannot_be_fetched_is_lost_or_asked_for_again(
        self, loopback: Loopback, tmp_path: Path, reply: Reply, kind: type[ProviderError]
    ) -> None:
        loopback.replies = [reply]
        with pytest.raises(kind):
            self.fetch(loopback, tmp_path / "sink")

    def test_bytes_in_hand_are_capped_too(self, tmp_path: Path) -> None:
        with pytest.raises(OutputLost):
            ProviderTransport().fetch_output(
                SimAdapter("standard"), RemoteOutput(0, content=b"x" * 11), tmp_path / "s", account=None, max_bytes=10
            )


def test_neither_key_nor_signature_reaches_the_log(
    loopback: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with structlog.testing.capture_logs() as lines:
        monkeypatch.setattr("providers.transport.log", structlog.get_logger())
        loopback.replies = [Reply(200, body=b"picture")]
        submit(loopback.transport(), SimAdapter("standard", loopback.url))
        TestFetchingAnOutput().fetch(loopback, tmp_path / "sink")
    written = json.dumps(lines)
    assert len(lines) == 2
    assert KEY not in written
    assert "signature" not in written


@pytest.mark.django_db
def test_nothing_is_sent_inside_a_transaction(loopback: Loopback) -> None:
    with transaction.atomic(), pytest.raises(TransactionHeld):
        submit(loopback.transport(), SimAdapter("standard", loopback.url))
    assert not loopback.received


def test_a_picture_that_is_gone_before_it_is_sent_is_known_not_to_have_been_sent(loopback: Loopback) -> None:
    gone = [("image", InputMedia("image", Path("/nowhere/picture.png"), "image/png"))]
    request = HttpRequest("POST", f"{loopback.url}/edits", form={"prompt": "p"}, files=gone, multipart=True)
    with pytest.raises(Unreachable) as caught:
        loopback.transport().send(SimAdapter("standard"), request, account=account(), paid=True)
    assert caught.value.not_accepted
    assert loopback.received == []
