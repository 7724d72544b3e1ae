"""A vendor without a server: mounted on the engine's own session, it answers as a network would."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.models import PreparedRequest
from urllib3.exceptions import MaxRetryError, NewConnectionError

from gencraft_media.common.bounded import BoundedFailure
from providers.answering import response_to
from providers.sim import answers
from providers.sim.callbacks import call_back_soon
from providers.sim.edits import NEEDS, find_edit
from providers.sim.faults import refusal_of, scripted_models
from providers.sim.jobs import SimJob, find_job, new_job
from providers.sim.journal import book_submission, booked_jobs
from providers.sim.submissions import read_submission

_LARGEST_COUNT = 8
_JOB = re.compile(r"/v1/generations/(?P<id>[\w-]+)")
_OUTPUT = re.compile(r"/v1/outputs/(?P<id>[\w-]+)/(?P<index>\d+)\.png")


class SimTransport(BaseAdapter):
    """Routes a prepared request to a computed answer. The operation is in the request, and so are all its facts."""

    def send(self, request: PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        if request.method == "POST" and parts.path == "/v1/generations":
            return _submission(request)
        if request.method == "GET" and parts.path == "/v1/generations":
            return _listing(request, parse_qs(str(parts.query), keep_blank_values=True))
        if request.method in {"GET", "DELETE"}:
            return _existing(request, str(parts.path))
        return _refusal(request, HTTPStatus.NOT_FOUND, "no_such_route", "There is nothing here.")

    def close(self) -> None:
        """There is no connection to close."""


def _submission(request: PreparedRequest) -> requests.Response:
    try:
        submission = read_submission(request)
    except (ValueError, KeyError, TypeError):
        return _refusal(request, HTTPStatus.BAD_REQUEST, "malformed", "The submission cannot be read.")
    job = submission.job
    if job.model not in scripted_models():
        return _refusal(request, HTTPStatus.NOT_FOUND, "model_unknown", "There is no such model.")
    if not submission.edit.is_possible(job.operation) or not 1 <= job.count <= _LARGEST_COUNT:
        return _refusal(request, HTTPStatus.UNPROCESSABLE_ENTITY, "unsupported", "This cannot be made here.")
    refused = refusal_of(job.model, int(request.headers.get("X-Attempt-Number", "1")))
    if refused is not None:
        headers = {} if refused.retry_after_s is None else {"Retry-After": str(refused.retry_after_s)}
        return _refusal(request, refused.status, refused.code, refused.message, headers)
    if job.script.line == "unreachable":
        raise _not_reached(request)
    if job.edit:
        try:
            submission.edit.keep(submission.contents)
        except OSError:
            return _refusal(request, HTTPStatus.INSUFFICIENT_STORAGE, "no_room", "There is no room for the inputs.")
    return _accept(request, job, submission.callback_url)


def _accept(request: PreparedRequest, job: SimJob, callback_url: str) -> requests.Response:
    job_id = book_submission(job, request.headers.get("Idempotency-Key", ""))
    if job.script.answer == "called back" and callback_url:
        call_back_soon(callback_url, job_id=job_id, reference=job.reference)
    if job.script.line == "dropped" and request.headers.get("X-Submission-Number", "1") == "1":
        raise requests.ConnectionError("the line was dropped after the request was taken", request=request)
    if job.script.answer == "unreadable":
        return _document(request, HTTPStatus.OK, {"result": [{"unexpected": True}]})
    if job.script.answer == "at once":
        try:
            return _document(request, HTTPStatus.OK, answers.finished_document(job))
        except BoundedFailure as failure:
            return _refusal(request, HTTPStatus.INTERNAL_SERVER_ERROR, "drawing_failed", failure.detail)
    return _document(request, HTTPStatus.ACCEPTED, answers.accepted_document(job, job_id))


def _listing(request: PreparedRequest, query: Mapping[str, list[str]]) -> requests.Response:
    """The jobs of a reference; without a journal the job is computed from the query, as if it had been taken."""
    try:
        job = new_job({name: values if name == "inputs" else values[0] for name, values in query.items()})
    except (ValueError, KeyError):
        return _refusal(request, HTTPStatus.BAD_REQUEST, "malformed", "The query cannot be read.")
    booked = booked_jobs(job.reference)
    if booked is None:
        is_listed = job.model in scripted_models() and job.operation in NEEDS and job.script.answer == "listed"
        booked = [job.id] if is_listed else []
    items = [{"id": job_id, "reference": job.reference} for job_id in booked]
    return _document(request, HTTPStatus.OK, {"items": items})


def _existing(request: PreparedRequest, path: str) -> requests.Response:
    of_job, of_output = _JOB.fullmatch(path), _OUTPUT.fullmatch(path)
    job = find_job((of_job or of_output or {"id": ""})["id"])
    if job is None:
        return _refusal(request, HTTPStatus.NOT_FOUND, "job_not_found", "There is no such job.")
    if job.edit and find_edit(job.edit) is None:
        # Another host took them, or it is a day ago.
        return _refusal(request, HTTPStatus.NOT_FOUND, "output_gone", "The inputs of this job are not here.")
    if of_output and request.method == "GET":
        return _output(request, job, int(of_output["index"]))
    if request.method == "GET":
        return _document(request, HTTPStatus.OK, answers.state_document(job))
    if job.is_finished:
        return _refusal(request, HTTPStatus.CONFLICT, "already_finished", "The job has ended.")
    return _document(request, HTTPStatus.OK, {"id": job.id, "status": "canceled"})


def _output(request: PreparedRequest, job: SimJob, index: int) -> requests.Response:
    is_missing = index >= job.count or not job.is_finished or job.script.picture == "lost"
    if is_missing or job.script.error_of_output(index, job.seed_of(index)):
        return _refusal(request, HTTPStatus.NOT_FOUND, "output_gone", "There is no such output.")
    try:
        picture = answers.drawn_picture(job, index)
    except BoundedFailure as failure:
        return _refusal(request, HTTPStatus.INTERNAL_SERVER_ERROR, "drawing_failed", failure.detail)
    return response_to(request, HTTPStatus.OK, picture.content, {"Content-Type": picture.mime_type})


def _refusal(
    request: PreparedRequest, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> requests.Response:
    return _document(request, status, answers.error_document(code, message), headers)


def _document(
    request: PreparedRequest, status: int, document: Any, headers: Mapping[str, str] | None = None
) -> requests.Response:
    body = json.dumps(document).encode()
    return response_to(request, status, body, {"Content-Type": "application/json", **(headers or {})})


def _not_reached(request: PreparedRequest) -> requests.ConnectionError:
    """What the session raises for a refused connection: nothing was sent."""
    reason = NewConnectionError(None, "connection refused")  # type: ignore[arg-type]
    return requests.ConnectionError(MaxRetryError(None, request.url or "", reason), request=request)  # type: ignore[arg-type]
