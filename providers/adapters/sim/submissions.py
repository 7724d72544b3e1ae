"""What `sim` is sent: the facts of a job, and its inputs as parts of a form."""

import hashlib
import json
from typing import Any

from providers.types import GenerationRequest, HttpRequest, InputMedia


def facts_of(request: GenerationRequest, model: str) -> dict[str, Any]:
    """What makes a job; a list of jobs is asked for by the same. Inputs are named by their digests."""
    facts: dict[str, Any] = {
        "reference": request.attempt_id,
        "model": model,
        "operation": request.operation,
        "prompt": request.prompt,
        "width": request.width or 1024,
        "height": request.height or 1024,
        "count": request.count,
    }
    if request.seed is not None:
        facts["seed"] = request.seed
    if request.inputs:
        facts["inputs"] = [f"{media.role}:{_digest_of(media)}" for media in request.inputs]
    if request.strength is not None:
        facts["strength"] = request.strength
    if request.margins is not None:
        facts |= {"left": request.margins.left, "up": request.margins.up}
    if request.search:
        facts["search"] = request.search
    return facts


def submission_of(request: GenerationRequest, model: str, url: str, **rest: Any) -> HttpRequest:
    """The paid request: a JSON document, or where there are inputs a form with that document and their files."""
    options = {name: value for name, value in request.options.items() if name != "attempt_number"}
    document = {**facts_of(request, model), "quality": request.quality, "options": options}
    if request.negative_prompt:
        document["negative_prompt"] = request.negative_prompt
    if request.callback_url:
        document["callback_url"] = request.callback_url
    if not request.inputs:
        return HttpRequest("POST", url, json=document, **rest)
    files = [(str(media.role), media) for media in request.inputs]
    return HttpRequest("POST", url, form={"document": json.dumps(document)}, multipart=True, files=files, **rest)


def _digest_of(media: InputMedia) -> str:
    with media.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
