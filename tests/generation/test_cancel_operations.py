"""Stopping any operation at any step: exactly that job ends, charged for what was delivered; its neighbour goes on."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from gencraft_media.generation.models import GenerationJob
from gencraft_media.generation.states import AttemptState
from tests.generation.driving import SIM_CLOCK, drive, drive_attempt
from tests.generation.tenants import Tenant, captured
from tests.generation.wire import Wire, once

OPERATIONS: dict[str, dict[str, Any]] = {
    "text-to-image": {},
    "image-to-image": {"image": "picture"},
    "variation": {"image": "picture"},
    "inpaint": {"image": "picture", "mask": "mask"},
    "outpaint": {"image": "picture", "left": 32},
    "upscale": {"image": "picture", "factor": 2},
    "remove-background": {"image": "picture"},
}
Cancel = Callable[[], object]


@dataclass(frozen=True)
class Step:
    """Where the job is when it is asked to stop, and what becomes of it. `reach` brings it there and cancels it."""

    name: str
    reach: Callable[[GenerationJob, Wire, Cancel], None]
    status: str
    credits: int


def before_it_is_sent(job: GenerationJob, wire: Wire, cancel: Cancel) -> None:
    cancel()


def while_it_is_sent(job: GenerationJob, wire: Wire, cancel: Cancel) -> None:
    wire.before = once(cancel)
    drive_attempt(job, AttemptState.ACCEPTED, AttemptState.CANCELED, AttemptState.SETTLED)


def while_the_provider_works(job: GenerationJob, wire: Wire, cancel: Cancel) -> None:
    drive_attempt(job, AttemptState.ACCEPTED)
    cancel()


def after_the_provider_has_finished(job: GenerationJob, wire: Wire, cancel: Cancel) -> None:
    drive_attempt(job, AttemptState.ACCEPTED)
    SIM_CLOCK.advance(60)
    cancel()


STEPS = (
    Step("before", before_it_is_sent, "canceled", 0),
    Step("sending", while_it_is_sent, "canceled", 0),
    Step("working", while_the_provider_works, "canceled", 0),
    Step("finished", after_the_provider_has_finished, "completed", 4),
)


def picture(kind: str) -> SimpleUploadedFile:
    """A file to work on, or a mask that says "all of it"."""
    buffer = io.BytesIO()
    image = Image.linear_gradient("L").resize((128, 128)) if kind == "picture" else Image.new("L", (128, 128), 255)
    image.convert("RGB").save(buffer, "PNG")
    return SimpleUploadedFile(f"{kind}.png", buffer.getvalue(), "image/png")


def start(alice: Tenant, operation: str) -> GenerationJob:
    wanted = {
        name: picture(value) if isinstance(value, str) else value for name, value in OPERATIONS[operation].items()
    }
    body = {"provider": "sim", "model": "sim/priced", "operation": operation, **wanted}
    if operation not in {"upscale", "remove-background"}:
        body["prompt"] = "A lighthouse"
    if operation == "text-to-image":
        body |= {"width": 128, "height": 128}
    answer = alice.client.post("/api/media/generate", body, format="multipart")
    assert answer.status_code == 202, answer.json()
    return GenerationJob.objects.get(pk=answer.json()["id"])


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_exactly_that_job_ends_and_is_charged_for_what_was_delivered(
    operation: str, step: Step, alice: Tenant, wire: Wire
) -> None:
    job = start(alice, operation)

    def cancel() -> None:
        assert alice.cancel(job).status_code == 202

    step.reach(job, wire, cancel)
    neighbour = start(alice, operation)
    job, neighbour = drive(job), drive(neighbour)
    assert (job.status, job.credits_charged, captured(job)) == (step.status, step.credits, step.credits)
    assert (neighbour.status, captured(neighbour)) == ("completed", 4)
    assert alice.account.available == 1000 - step.credits - 4
    assert len(wire.posts()) == (1 if step.name == "before" else 2)
