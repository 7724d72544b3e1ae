"""The answers of Stability AI: pictures as bytes or as base64 in JSON, an error document, or word of a job in work."""

import base64
from typing import Any

from providers.errors import BrokenContract, Moderated, ProviderError
from providers.types import HttpAnswer, RemoteOutput

_LONGEST_ID = 255
# v2beta's name for the picture differs between its texts: `image` at once, `result` of a job; v1's is `base64`.
_CONTENTS = ("image", "result", "base64")
# A word that is not known is never a success.
_FAILURES = {"CONTENT_FILTERED": Moderated, "ERROR": ProviderError}


def output_in_body(answer: HttpAnswer) -> RemoteOutput:
    """The picture that is the body, its finish reason and seed in headers. Raises `BrokenContract` when it is empty."""
    seed = answer.headers.get("seed", "")
    mime_type = answer.headers["content-type"].partition(";")[0].strip()
    if error := _error_of(answer.headers.get("finish-reason", "")):
        return RemoteOutput(0, error=error)
    if not answer.body:
        raise BrokenContract("The answer's picture is empty.")
    return RemoteOutput(0, content=answer.body, mime_type=mime_type, seed=int(seed) if seed.isdecimal() else None)


def outputs_in_document(document: Any) -> tuple[RemoteOutput, ...]:
    """One picture of v2beta, or the artifacts of v1. Raises `BrokenContract` when there is none."""
    artifacts = document.get("artifacts", [document])
    outputs = tuple(_output(index, artifact) for index, artifact in enumerate(artifacts))
    if not outputs:
        raise BrokenContract("The answer holds no picture.")
    return outputs


def errors_in(answer: HttpAnswer) -> tuple[str, str]:
    """The vendor's code and text: v2beta writes {id, name, errors: [text]}, v1 {id, name, message}."""
    try:
        document = answer.json()
        texts = document.get("errors") or [document.get("message", "")]
        return str(document.get("name") or ""), "; ".join(str(text) for text in texts)
    except (ValueError, TypeError, AttributeError):
        return "", answer.text


def is_picture(answer: HttpAnswer) -> bool:
    """Whether the body is the picture itself."""
    return answer.headers.get("content-type", "").startswith("image/")


def job_in(document: Any) -> str:
    """The id under which a job is worked on. Raises ValueError where there is none to ask by."""
    job_id = document["id"]
    if not isinstance(job_id, str) or not 0 < len(job_id) <= _LONGEST_ID:
        raise ValueError("the answer has no usable id")
    return job_id


def is_in_work(document: Any) -> bool:
    """Whether an answer says a word about its job instead of a picture, any word. Raises KeyError for neither."""
    if any(name in document for name in _CONTENTS):
        return False
    return bool(document["status"])


def _output(index: int, artifact: Any) -> RemoteOutput:
    # v2beta writes {image, finish_reason, seed}, v1 {base64, finishReason, seed}.
    reason = artifact["finish_reason"] if "finish_reason" in artifact else artifact["finishReason"]
    if error := _error_of(str(reason)):
        return RemoteOutput(index, error=error)
    text = next(artifact[name] for name in _CONTENTS if name in artifact)
    content = base64.b64decode(text, validate=True)
    if not content:
        raise BrokenContract("A picture of the answer is empty.")
    seed = artifact.get("seed")
    return RemoteOutput(index, content=content, mime_type="image/png", seed=None if seed is None else int(seed))


def _error_of(reason: str) -> ProviderError | None:
    """None for a success. A filtered picture comes with status 200, blurred, and is not looked at."""
    if reason == "SUCCESS":
        return None
    return _FAILURES.get(reason, BrokenContract)(vendor_code=reason)
