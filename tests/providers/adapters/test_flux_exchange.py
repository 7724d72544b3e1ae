"""The Flux adapter against the loopback vendor, over real sockets: every fault, and what never leaves this machine."""

import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image
from requests.adapters import HTTPAdapter

from providers.adapters.flux import FluxAdapter
from providers.errors import ProviderError
from providers.models import Provider, ProviderAccount
from providers.transport import ProviderTransport
from providers.types import Accepted, GenerationRequest, Refused, RemoteState
from tests.providers.loopback import Loopback, Reply
from tests.vendors.flux.server import Server
from tests.vendors.flux.webhooks import STYLES
from tests.waiting import wait_until

KEY = "bfl-canary-0123456789"
LONGEST_JOB = 12


@pytest.fixture
def vendor() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def transport() -> ProviderTransport:
    return ProviderTransport({"http://127.0.0.1": HTTPAdapter()})


def account(api_key: str = KEY) -> ProviderAccount:
    return ProviderAccount(provider=Provider(key="flux"), api_key=api_key)


def wanted(fault: str = "", **changes: Any) -> GenerationRequest:
    prompt = f"a lighthouse at dawn [fault:{fault}]" if fault else "a lighthouse at dawn"
    values = {"model": "flux-2-pro", "width": 320, "height": 192, "seed": 7, **changes}
    return GenerationRequest(attempt_id="a", operation="text-to-image", prompt=prompt, **values)


def submit(transport: ProviderTransport, vendor: Server, request: GenerationRequest) -> Accepted:
    """Take a request to the vendor; what it refuses is raised."""
    adapter = FluxAdapter(request.model, vendor.url)
    answer = transport.send(adapter, adapter.build_submit(request), account=account(), paid=True)
    outcome = adapter.parse_submitted(answer)
    if isinstance(outcome, Refused):
        raise outcome.error
    assert isinstance(outcome, Accepted)
    return outcome


def picture_of(
    transport: ProviderTransport, vendor: Server, request: GenerationRequest, taken: Accepted, sink: Path
) -> bytes:
    """Poll a job to its end, waiting troubles out, and fetch its picture."""
    adapter = FluxAdapter(request.model, vendor.url)
    for _ in range(LONGEST_JOB):
        try:
            answer = transport.send(
                adapter, adapter.build_poll(taken.provider_job_id, taken.poll_url), account=account()
            )
            progress = adapter.parse_progress(answer)
            if progress.state is RemoteState.FAILED:
                raise progress.error
            if progress.state is RemoteState.SUCCEEDED:
                [output] = adapter.parse_outputs(answer)
                transport.fetch_output(adapter, output, sink, account=account())
                return sink.read_bytes()
        except ProviderError as error:
            if not error.retryable:
                raise
    raise TimeoutError("the job never ended")


def outcome_of(transport: ProviderTransport, vendor: Server, fault: str, sink: Path) -> str:
    """The code of the error a fault ends in, "picture" or "never ends"."""
    try:
        request = wanted(fault)
        picture_of(transport, vendor, request, submit(transport, vendor, request), sink)
    except ProviderError as error:
        return error.code
    except TimeoutError:
        return "never ends"
    return "picture"


def test_a_prompt_becomes_a_picture(transport: ProviderTransport, vendor: Server, tmp_path: Path) -> None:
    taken = submit(transport, vendor, wanted())
    assert (taken.cost, taken.poll_url.startswith(vendor.cluster.url)) == (Decimal("0.03"), True)
    content = picture_of(transport, vendor, wanted(), taken, tmp_path / "0")
    with Image.open(io.BytesIO(content)) as image:
        assert (image.format, image.size) == ("PNG", (320, 192))
    assert vendor.violations == []


def test_the_key_goes_to_the_vendor_and_not_to_the_storage(
    transport: ProviderTransport, vendor: Server, tmp_path: Path
) -> None:
    picture_of(transport, vendor, wanted(), submit(transport, vendor, wanted()), tmp_path / "0")
    requests_made = [*vendor.received, *vendor.cluster.received]
    seen = {received.path.split("/")[1]: received.headers.get("x-key") for received in requests_made}
    assert seen == {"v1": KEY, "delivery": None}
    assert all("authorization" not in received.headers for received in requests_made)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("bad-key", "provider_misconfigured"),
        ("no-credit", "provider_misconfigured"),
        ("model-removed", "provider_misconfigured"),
        ("invalid", "provider_rejected"),
        ("malformed", "provider_rejected"),
        ("rate-limited", "provider_busy"),
        ("rate-limited-silently", "provider_busy"),
        ("server-error", "outcome_unknown"),
        ("overloaded", "outcome_unknown"),
        ("dropped", "outcome_unknown"),
        ("cut", "outcome_unknown"),
        ("broken-contract", "provider_contract_broken"),
        ("foreign-address", "picture"),
        ("wrong-cluster", "output_lost"),
        ("no-cost", "picture"),
        ("moderated", "moderated"),
        ("moderated-output", "moderated"),
        ("failed", "provider_error"),
        ("not-found", "output_lost"),
        ("stuck", "never ends"),
        ("strange-words", "picture"),
        ("poll-error", "picture"),
        ("poll-overloaded", "picture"),
        ("poll-limited", "picture"),
        ("poll-cut", "picture"),
        ("no-sample", "provider_contract_broken"),
        ("lost-output", "output_lost"),
        ("refused-output", "output_lost"),
        ("expired", "output_lost"),
        ("cut-output", "picture"),
        # Whether the bytes are a picture is for the engine to find out.
        ("truncated", "picture"),
        ("not-an-image", "picture"),
        ("wrong-size", "picture"),
    ],
)
def test_every_fault_has_its_end(
    transport: ProviderTransport, vendor: Server, tmp_path: Path, fault: str, outcome: str
) -> None:
    assert outcome_of(transport, vendor, fault, tmp_path / "0") == outcome
    assert vendor.violations == []
    assert len([received for received in vendor.received if received.method == "POST"]) == 1


def test_busy_says_for_how_long_where_the_vendor_does(transport: ProviderTransport, vendor: Server) -> None:
    for fault, wait_s in (("rate-limited", 1.0), ("rate-limited-silently", None)):
        with pytest.raises(ProviderError) as caught:
            submit(transport, vendor, wanted(fault))
        assert (caught.value.retryable, caught.value.retry_after_s) == (True, wait_s)


def test_a_bad_key_is_403_in_real_life(transport: ProviderTransport, vendor: Server) -> None:
    adapter = FluxAdapter("flux-2-pro", vendor.url)
    answer = transport.send(adapter, adapter.build_submit(wanted()), account=account("bad-key"), paid=True)
    assert (answer.status, adapter.vendor_error(answer)[1]) == (403, "Not authenticated - Invalid Authentication")


def test_a_slow_job_is_awaited(transport: ProviderTransport, vendor: Server, tmp_path: Path) -> None:
    vendor.slow_s = 60
    taken = submit(transport, vendor, wanted("slow"))
    with pytest.raises(TimeoutError):
        picture_of(transport, vendor, wanted("slow"), taken, tmp_path / "0")
    vendor.pass_time(61)
    assert picture_of(transport, vendor, wanted("slow"), taken, tmp_path / "0")


def test_a_picture_dies_after_ten_minutes(transport: ProviderTransport, vendor: Server, tmp_path: Path) -> None:
    taken = submit(transport, vendor, wanted())
    adapter = FluxAdapter("flux-2-pro", vendor.url)
    poll = adapter.build_poll(taken.provider_job_id, taken.poll_url)
    answers = [transport.send(adapter, poll, account=account()) for _ in range(2)]
    [output] = adapter.parse_outputs(answers[1])
    vendor.pass_time(599)
    transport.fetch_output(adapter, output, tmp_path / "0", account=account())
    vendor.pass_time(2)
    with pytest.raises(ProviderError) as caught:
        transport.fetch_output(adapter, output, tmp_path / "1", account=account())
    assert caught.value.code == "output_lost"


def test_the_vendor_refuses_what_it_does_not_know_field_by_field(vendor: Server) -> None:
    document = {"prompt": "x", "width": 1000, "height": 1024, "seed": 7, "colour": "red"}
    answer = requests.post(f"{vendor.url}/v1/flux-dev", json=document, headers={"x-key": KEY}, timeout=5)
    fields = {".".join(map(str, misfit["loc"])) for misfit in answer.json()["detail"]}
    assert (answer.status_code, fields) == (422, {"body.width", "body.document"})
    assert len(vendor.violations) == 2


@pytest.mark.parametrize("style", STYLES)
def test_a_webhook_of_either_style_names_its_job(
    transport: ProviderTransport, vendor: Server, loopback: Loopback, style: str
) -> None:
    loopback.replies = [Reply(204)]
    vendor.webhooks.style = style
    adapter = FluxAdapter("flux-2-pro", vendor.url)
    document = {**adapter.build_submit(wanted()).json, "webhook_url": loopback.url, "webhook_secret": "s-1"}
    answer = requests.post(f"{vendor.url}/v1/flux-2-pro", json=document, headers={"x-key": KEY}, timeout=5)
    called = wait_until(lambda: loopback.received, what="the webhook")[0]
    callback = adapter.verify_callback(called.headers, called.body, "s-1")
    assert callback is not None
    assert callback.provider_job_id == answer.json()["id"]
    assert "polling_url" not in answer.json()
    poll = adapter.build_poll(callback.provider_job_id)
    assert adapter.parse_progress(transport.send(adapter, poll, account=account())).state is RemoteState.RUNNING
