"""The documents sim answers with: a job as it stands, its outputs, an error."""

import base64
import tempfile
from pathlib import Path
from typing import Any

from providers.sim.jobs import SimJob
from providers.sim.pictures import Picture, picture_of

BASE_URL = "https://sim.invalid/v1"

_MESSAGES = {
    "output_moderated": "This output is not allowed.",
    "generation_failed": "This output could not be made.",
}


def error_document(code: str, message: str) -> dict[str, Any]:
    """An error answer's body."""
    return {"error": {"code": code, "message": message}}


def accepted_document(job: SimJob, job_id: str) -> dict[str, Any]:
    """The answer to an accepted submission."""
    return {
        "id": job_id,
        "status": "queued",
        "poll_url": f"{BASE_URL}/generations/{job_id}",
        "poll_after_s": job.script.duration_s + 0.02 if job.script.finishes else 1.0,
    }


def state_document(job: SimJob) -> dict[str, Any]:
    """The job as it stands now, computed from its start time."""
    document: dict[str, Any] = {"id": job.id, "reference": job.reference, "progress": round(job.fraction, 3)}
    if not job.is_finished:
        wait_s = job.remaining_s if job.script.finishes else 1.0
        return {**document, "status": "running", "poll_after_s": round(wait_s + 0.02, 3)}
    errors = [job.script.error_of_output(index, job.seed_of(index)) for index in range(job.count)]
    if all(errors):
        return {**document, "status": "failed", **error_document(errors[0], _MESSAGES[errors[0]])}
    outputs = [_output_document(job, index, code) for index, code in enumerate(errors)]
    return {**document, "status": "succeeded", "outputs": outputs}


def finished_document(job: SimJob) -> dict[str, Any]:
    """The answer of a model that holds the line until the outputs are made, and sends them along."""
    outputs = []
    for index in range(job.count):
        picture = drawn_picture(job, index)
        content = base64.b64encode(picture.content).decode()
        outputs.append({"index": index, "seed": job.seed_of(index), "b64": content, "mime_type": picture.mime_type})
    return {"id": job.id, "status": "succeeded", "outputs": outputs}


def drawn_picture(job: SimJob, index: int) -> Picture:
    """Output `index`, made in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="sim-") as folder:
        return picture_of(job, index, Path(folder) / "output.png")


def _output_document(job: SimJob, index: int, code: str) -> dict[str, Any]:
    document: dict[str, Any] = {"index": index, "seed": job.seed_of(index)}
    if code:
        return {**document, **error_document(code, _MESSAGES[code])}
    return {**document, "url": f"{BASE_URL}/outputs/{job.id}/{index}.png", "mime_type": "image/png"}
