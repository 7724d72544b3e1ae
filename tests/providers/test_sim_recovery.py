"""Submissions whose answer was lost: each recovery kind finds the job, and the journal counts what was paid for."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from providers.adapters.sim import SimAdapter
from providers.callbacks import callback_secret, signature_of
from providers.errors import OutcomeUnknown
from providers.sim.jobs import find_job
from providers.transport import ProviderTransport
from providers.types import Accepted, GenerationRequest, Recovery

TRANSPORT = ProviderTransport()
ATTEMPT = "0d3a8c1e-6a54-4be9-a8a7-8f1f3c1c2b11"


@pytest.fixture
def journal(settings: Settings, tmp_path: Path) -> Path:
    settings.SIM_JOURNAL = str(tmp_path / "journal")
    return tmp_path / "journal"


def paid(journal: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []


def wanted(submission: int = 1, callback_url: str = "") -> GenerationRequest:
    return GenerationRequest(
        attempt_id=ATTEMPT,
        operation="text-to-image",
        model="sim/standard",
        prompt="a lighthouse",
        count=3,
        width=640,
        height=320,
        seed=11,
        submission=submission,
        callback_url=callback_url,
    )


def submit(adapter: SimAdapter, request: GenerationRequest) -> Any:
    answer = TRANSPORT.send(adapter, adapter.build_submit(request), account=None, paid=True)
    return adapter.parse_submitted(answer)


@pytest.mark.parametrize("kind", list(Recovery))
def test_each_kind_takes_the_job_and_drops_the_line(kind: Recovery, journal: Path) -> None:
    adapter = SimAdapter(f"sim/dropped-{kind}")
    assert adapter.recovery is kind
    with pytest.raises(OutcomeUnknown):
        submit(adapter, wanted())
    assert [entry["reference"] for entry in paid(journal)] == [ATTEMPT]


def test_the_same_key_again_gives_the_same_job_and_is_not_paid_twice(journal: Path) -> None:
    adapter = SimAdapter("sim/dropped-idempotent")
    with pytest.raises(OutcomeUnknown):
        submit(adapter, wanted())
    again = submit(adapter, wanted(submission=2))
    assert isinstance(again, Accepted)
    assert [entry["id"] for entry in paid(journal)] == [again.provider_job_id]


def test_a_request_that_never_arrived_is_paid_once_when_it_is_sent_again(journal: Path) -> None:
    assert isinstance(submit(SimAdapter("sim/standard"), wanted(submission=2)), Accepted)
    assert isinstance(submit(SimAdapter("sim/standard"), wanted(submission=3)), Accepted)
    assert len(paid(journal)) == 1


def test_without_a_key_every_submission_is_paid(journal: Path) -> None:
    for submission in (1, 2):
        if submission == 1:
            with pytest.raises(OutcomeUnknown):
                submit(SimAdapter("sim/dropped-none"), wanted())
        else:
            submit(SimAdapter("sim/dropped-none"), wanted(submission=2))
    assert len(paid(journal)) == 2


@pytest.mark.parametrize("with_journal", [True, False])
def test_a_lost_job_is_found_in_the_list(with_journal: bool, journal: Path, settings: Settings) -> None:
    if not with_journal:
        settings.SIM_JOURNAL = ""
    adapter = SimAdapter("sim/dropped-listable")
    with pytest.raises(OutcomeUnknown):
        submit(adapter, wanted())
    request = adapter.build_find(wanted())
    assert request is not None
    found = find_job(adapter.parse_found(TRANSPORT.send(adapter, request, account=None), wanted()))
    assert found is not None
    assert (found.reference, found.count, found.width, found.height, found.seed) == (ATTEMPT, 3, 640, 320, 11)


def test_a_job_that_was_never_taken_is_not_in_the_list(journal: Path) -> None:
    adapter = SimAdapter("sim/dropped-listable")
    request = adapter.build_find(wanted())
    assert request is not None
    assert adapter.parse_found(TRANSPORT.send(adapter, request, account=None), wanted()) == ""


def test_a_lost_job_calls_back_with_a_signature_that_holds() -> None:
    received: list[tuple[dict[str, str], bytes]] = []
    arrived = threading.Event()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((dict(self.headers.items()), body))
            # The first delivery is refused: it must come again.
            self.send_response(204 if len(received) > 1 else 503)
            self.end_headers()
            if len(received) > 1:
                arrived.set()

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    adapter = SimAdapter("sim/dropped-callback")
    try:
        with pytest.raises(OutcomeUnknown):
            submit(adapter, wanted(callback_url=f"http://127.0.0.1:{server.server_address[1]}/callback"))
        assert arrived.wait(10)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
    headers, body = received[-1]
    callback = adapter.verify_callback(headers, body, callback_secret("sim"))
    assert callback is not None
    assert callback.reference == ATTEMPT
    job = find_job(callback.provider_job_id)
    assert job is not None
    assert job.count == 3
    assert adapter.verify_callback(headers, body + b" ", callback_secret("sim")) is None
    assert adapter.verify_callback(headers, body, callback_secret("flux")) is None


def test_only_this_machine_is_ever_called_back(monkeypatch: pytest.MonkeyPatch) -> None:
    timers: list[Any] = []
    monkeypatch.setattr("providers.sim.callbacks._later", lambda *arguments: timers.append(arguments))
    for url in ("http://example.com/hook", "https://localhost/hook", "file:///etc/passwd", "http://127.0.0.1.example"):
        with pytest.raises(OutcomeUnknown):
            submit(SimAdapter("sim/dropped-callback"), wanted(callback_url=url))
    assert timers == []


def test_a_signed_callback_that_makes_no_sense_is_about_nobody() -> None:
    secret = callback_secret("sim")
    for body in (b"", b"[]", b"{}", b'{"id": "x"}'):
        headers = {"X-Sim-Signature": signature_of(body, secret)}
        assert SimAdapter("sim/standard").verify_callback(headers, body, secret) is None
