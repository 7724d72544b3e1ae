"""`Prefer: wait=N` (RFC 7240): the answer comes when the job has ended, or N seconds later as the job is then."""

import functools
import uuid

from asgiref.sync import sync_to_async
from django.db import DatabaseError
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from gencraft_media.accounts.callers import Caller
from gencraft_media.common.errors import ObjectNotFound
from gencraft_media.common.later import finish_later
from gencraft_media.common.logs import logger
from gencraft_media.common.serializers import shown
from gencraft_media.generation.models import GenerationJob
from gencraft_media.generation.selectors import job_for
from gencraft_media.generation.serializers import JobSerializer
from gencraft_media.generation.states import TERMINAL, JobStatus
from gencraft_media.generation.waiting import wait_for_end

log = logger(__name__)
# Proxies commonly give up on an answer after a minute.
LONGEST_WAIT_S = 60
PREFER = OpenApiParameter(
    "Prefer",
    str,
    OpenApiParameter.HEADER,
    description=f"`wait=N`: answer when the job has ended, or after N seconds, {LONGEST_WAIT_S} at most.",
)


def honour_wait(request: Request, response: Response, *, caller: Caller, job: GenerationJob) -> None:
    """Where the client asked for it, let the answer wait for the end of the job that it tells about."""
    wait_s = wait_asked_for(request)
    if not wait_s:
        return
    if job.status in TERMINAL[JobStatus]:
        _say_applied(response, wait_s)
        return
    finish_later(response, functools.partial(_wait_and_tell, response, caller, job.pk, wait_s))


def wait_asked_for(request: Request) -> int:
    """How many seconds the client is willing to wait; 0 where it did not say. Preferences are never refused."""
    for preference in request.headers.get("Prefer", "").split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "wait":
            digits = value.strip().strip('"')
            return min(int(digits), LONGEST_WAIT_S) if digits.isascii() and digits.isdigit() else 0
    return 0


async def _wait_and_tell(response: Response, caller: Caller, job_id: uuid.UUID, wait_s: int) -> None:
    await wait_for_end(job_id, wait_s)
    try:
        await sync_to_async(_tell_anew)(response, caller, job_id)
    except (DatabaseError, ObjectNotFound) as error:
        # What the answer says already was true when it was written; the job goes on.
        log.warning("a waiting answer was not renewed", job_id=str(job_id), error=str(error))
    _say_applied(response, wait_s)


def _tell_anew(response: Response, caller: Caller, job_id: uuid.UUID) -> None:
    job = job_for(caller, job_id)
    response.data = shown(JobSerializer, job)
    response.content = response.rendered_content
    response["Content-Length"] = str(len(response.content))
    if job.status in TERMINAL[JobStatus]:
        del response["Retry-After"]


def _say_applied(response: Response, wait_s: int) -> None:
    response["Preference-Applied"] = f"wait={wait_s}"
