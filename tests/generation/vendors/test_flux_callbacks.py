"""Black Forest Labs calls back: at the attempt's own address, in either of its styles, whenever it likes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from gencraft_media.common.clock import database_now
from gencraft_media.generation.awaited_callbacks import WATCHED_EVERY_S
from gencraft_media.generation.models import GenerationAttempt, GenerationJob, ProviderCallback
from gencraft_media.generation.states import AttemptState
from providers.callbacks import callback_secret
from tests.generation.driving import drive, drive_attempt
from tests.generation.tenants import Tenant
from tests.generation.trouble import everything
from tests.generation.vendors.conftest import Serve
from tests.generation.vendors.flux_faults import FLUX, FLUX_CALLBACKS
from tests.generation.wire import Wire, once
from tests.vendors.flux.server import Server
from tests.vendors.flux.webhooks import STYLES


@dataclass
class HeldVendor:
    """The vendor, with its webhooks held back until a test delivers them."""

    server: Server
    held: list[tuple[str, bytes, Mapping[str, str]]] = field(default_factory=list)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Keep one for later."""
        self.held.append((url, body, headers))
        return 204

    def deliver(self, *, path: str = "", number: int = 0) -> int:
        """Take one to its address, or to another `path`; the engine's answer."""
        self.server.webhooks.finish()
        url, body, headers = self.held[number]
        own = {name: value for name, value in headers.items() if name != "Content-Type"}
        answer = Client().generic(
            "POST", path or urlsplit(url).path, body, content_type="application/json", headers=own
        )
        return answer.status_code

    def submissions(self) -> list[dict[str, object]]:
        """The paid requests' bodies."""
        return [received.json() for received in self.server.received if received.method == "POST"]


@pytest.fixture
def vendor(serve: Serve) -> HeldVendor:
    server = serve(FLUX_CALLBACKS)
    assert isinstance(server, Server)
    vendor = HeldVendor(server)
    server.webhooks.post = vendor.post
    return vendor


def started(alice: Tenant, fault: str = "") -> GenerationJob:
    prompt = f"A lighthouse [fault:{fault}]" if fault else "A lighthouse"
    return alice.start(FLUX.model, provider="flux", prompt=prompt)


def attempt_of(job: GenerationJob) -> GenerationAttempt:
    return GenerationAttempt.objects.get(job=job)


def effects() -> list[tuple[str, int]]:
    return list(ProviderCallback.objects.order_by("created_at").values_list("effect", "times_received"))


def test_the_vendor_is_told_an_address_and_a_secret_of_the_attempts_own(alice: Tenant, vendor: HeldVendor) -> None:
    job = started(alice)
    assert drive(job).status == "completed"
    attempt = attempt_of(job)
    [body] = vendor.submissions()
    assert body["webhook_url"] == f"http://testserver/api/media/callbacks/flux/{attempt.pk}"
    assert body["webhook_secret"] == callback_secret("flux", str(attempt.pk)) != callback_secret("flux")
    assert (attempt.recovery, attempt.poll_url) == ("callback", "")
    polls = [received.path for received in vendor.server.received if received.method == "GET"]
    assert set(polls) == {"/v1/get_result"}


def test_without_callbacks_the_vendor_is_told_nothing_of_them(alice: Tenant, serve: Serve, settings: Settings) -> None:
    server = serve(FLUX)
    job = started(alice)
    assert drive(job).status == "completed"
    [body] = [received.json() for received in server.received if received.method == "POST"]
    assert not {"webhook_url", "webhook_secret"} & set(body)
    assert attempt_of(job).recovery == "none"


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("fault", ["dropped", "cut"])
def test_a_callback_finds_the_job_whose_answer_was_lost(
    alice: Tenant, vendor: HeldVendor, style: str, fault: str
) -> None:
    vendor.server.webhooks.style = style
    job = started(alice, fault)
    drive_attempt(job, AttemptState.UNKNOWN)
    assert vendor.deliver() == 204
    attempt = attempt_of(job)
    [task] = vendor.server.jobs
    assert (attempt.state, attempt.provider_job_id) == (AttemptState.ACCEPTED, task)
    assert (drive(job).status, len(vendor.submissions()), effects()) == ("completed", 1, [("found", 1)])


def test_a_callback_that_is_quicker_than_the_answer_is_remembered(
    alice: Tenant, vendor: HeldVendor, wire: Wire
) -> None:
    job = started(alice, "dropped")
    wire.after = once(vendor.deliver)
    drive_attempt(job, AttemptState.UNKNOWN, AttemptState.ACCEPTED)
    assert effects() == [("noted", 1)]
    assert (drive(job).status, len(vendor.submissions())) == ("completed", 1)


def test_repeated_and_older_callbacks_have_one_effect(alice: Tenant, vendor: HeldVendor) -> None:
    job = started(alice, "webhook-out-of-order")
    drive_attempt(job, AttemptState.ACCEPTED)
    answers = [vendor.deliver(number=number) for number in (0, 0, 1, 0, 1)]
    assert (answers, effects()) == ([204] * 5, [("read", 3), ("read", 2)])
    assert (drive(job).status, len(vendor.submissions())) == ("completed", 1)


def test_a_callback_after_the_end_is_written_down_and_changes_nothing(alice: Tenant, vendor: HeldVendor) -> None:
    job = started(alice)
    assert drive(job).status == "completed"
    before = everything()
    assert [vendor.deliver(), vendor.deliver()] == [204, 204]
    assert (everything(), effects()) == (before, [("none", 2)])


def test_what_is_kept_of_a_callback_is_its_body_and_no_secret(alice: Tenant, vendor: HeldVendor) -> None:
    job = started(alice)
    drive_attempt(job, AttemptState.ACCEPTED)
    vendor.deliver()
    row = ProviderCallback.objects.get()
    [(_, body, headers)] = vendor.held
    assert bytes(row.body) == body
    assert (row.attempt, row.provider_job_id) == (attempt_of(job), json.loads(body)["id"])
    assert row.headers == {"Content-Type": "application/json"}
    assert headers["X-Webhook-Secret"] not in json.dumps(row.headers)
    drive(job)


@pytest.mark.parametrize("style", STYLES)
def test_a_forged_callback_finds_no_address_and_leaves_no_row(alice: Tenant, vendor: HeldVendor, style: str) -> None:
    vendor.server.webhooks.style = style
    job = started(alice, "webhook-forged")
    drive_attempt(job, AttemptState.ACCEPTED)
    before = everything()
    assert (vendor.deliver(), everything(), effects()) == (404, before, [])
    assert drive(job).status == "completed"


@pytest.mark.parametrize("style", STYLES)
def test_a_callback_proves_nothing_about_another_attempt(alice: Tenant, vendor: HeldVendor, style: str) -> None:
    vendor.server.webhooks.style = style
    jobs = [started(alice), started(alice)]
    for job in jobs:
        drive_attempt(job, AttemptState.ACCEPTED)
    vendor.server.webhooks.finish()
    before = everything()
    [first, second] = [urlsplit(url).path for url, _, _ in vendor.held]
    wrong = [second, first.rsplit("/", 1)[0], first.replace("flux", "sim"), first.replace("flux", "openai")]
    assert [vendor.deliver(path=path) for path in wrong] == [404] * 4
    assert (everything(), effects()) == (before, [])
    assert [drive(job).status for job in jobs] == ["completed"] * 2


def test_a_callback_about_another_task_of_the_vendors_finds_no_address(alice: Tenant, vendor: HeldVendor) -> None:
    job = started(alice)
    drive_attempt(job, AttemptState.ACCEPTED)
    vendor.server.webhooks.finish()
    url, body, headers = vendor.held[0]
    # The echoed secret is no signature: whoever has it can write any body.
    vendor.held[0] = (url, body.replace(json.loads(body)["id"].encode(), b"another-task"), headers)
    assert (vendor.deliver(), effects()) == (404, [])
    assert drive(job).status == "completed"


def test_polls_are_rare_until_the_callback_has_come(alice: Tenant, vendor: HeldVendor) -> None:
    job = started(alice, "stuck")
    waits = []
    for deliver in (False, True):
        drive_attempt(job, AttemptState.ACCEPTED)
        if deliver:
            vendor.deliver()
        polls = len(vendor.server.received)
        drive(job, until=lambda _, known=polls: len(vendor.server.received) > known)  # type: ignore[misc]
        waits.append((attempt_of(job).next_step_at - database_now()).total_seconds())
    assert 1.5 < waits[0] <= WATCHED_EVERY_S
    assert waits[1] <= 1.0
    GenerationAttempt.objects.update(accepted_at="2026-01-01T00:00:00Z")
    assert drive(job).status == "failed"
