"""The answer as a stream of events: each picture as soon as it is delivered, with a sign of life in between."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings

from gencraft_media.common.errors import GenCraftError
from gencraft_media.generation.compatible.admitting import Admitted
from gencraft_media.generation.compatible.answers import (
    JobFailed,
    StillRunning,
    created_at,
    facts_of,
    own_document,
    picture_document,
    preview_document,
    read_job,
)
from gencraft_media.generation.compatible.errors import error_document
from gencraft_media.generation.compatible.repeats import move_call
from gencraft_media.generation.models import CallState
from gencraft_media.generation.previews import PREVIEW
from gencraft_media.generation.states import TERMINAL, JobStatus
from gencraft_media.generation.waiting import Event, job_events

HEARTBEAT = ": still drawing\n\n"
DONE = "data: [DONE]\n\n"
_ENDS = {f"job.{status}" for status in TERMINAL[JobStatus]}


async def image_events(admitted: Admitted, *, patience_s: float) -> AsyncIterator[str]:
    """`image_generation.completed`, or `image_edit`, for each picture, an `error` where there is none, then the end."""
    delivered, last = 0, None
    yield HEARTBEAT
    async for event in _events_or_signs_of_life(admitted, patience_s):
        if event is None:
            yield HEARTBEAT
            continue
        last = event
        if event.type == "item.completed":
            delivered += 1
            yield await _completed(admitted, event.payload["index"])
        elif event.type == PREVIEW:
            yield await _partial(admitted, event.payload)
    if not delivered:
        error = last.payload.get("error") if last is not None and last.type in _ENDS else None
        yield _error(JobFailed(error) if error else StillRunning())
    if admitted.turn is not None:
        await sync_to_async(move_call)(admitted.turn, CallState.ANSWERED)
    yield DONE


async def _events_or_signs_of_life(admitted: Admitted, patience_s: float) -> AsyncIterator[Event | None]:
    """The job's events to its end; None each time that nothing happened for a while."""
    loop = asyncio.get_running_loop()
    seen, deadline = 0, loop.time() + patience_s
    while (began := loop.time()) < deadline:
        async for event in job_events(admitted.job_id, seen, settings.EVENT_HEARTBEAT_S):
            seen = event.number
            yield event
            if event.type in _ENDS:
                return
        if loop.time() - began < settings.EVENT_HEARTBEAT_S / 2:
            # It ended before its time: the process stops, or the job is gone.
            return
        yield None


async def _completed(admitted: Admitted, index: int) -> str:
    job = await sync_to_async(read_job)(admitted.job_id)
    asset = next(item.asset for item in job.items.all() if item.index == index)
    if asset is None:
        return _error(JobFailed({"code": "not_found", "message": "This picture was removed."}))
    name = f"{admitted.delivery.events}.completed"
    try:
        document = {
            "type": name,
            "created_at": created_at(job),
            "background": "auto",
            **facts_of(job, asset, admitted.delivery),
            **await picture_document(job, asset, admitted.delivery),
            # The engine counts pictures and credits, not tokens.
            "usage": None,
            "gencraft": own_document(job, admitted.delivery),
        }
        return _event(name, document)
    except GenCraftError as error:
        return _error(error)


async def _partial(admitted: Admitted, payload: dict[str, Any]) -> str:
    job = await sync_to_async(read_job)(admitted.job_id)
    name = f"{admitted.delivery.events}.partial_image"
    try:
        document = {
            "type": name,
            "created_at": created_at(job),
            "background": "auto",
            "partial_image_index": payload["number"],
            **await preview_document(job, payload["key"], admitted.delivery),
        }
    except GenCraftError:
        # A preview that cannot be shown is none; the picture is still to come.
        return HEARTBEAT
    return _event(name, document)


def _error(error: GenCraftError) -> str:
    return _event("error", {"type": "error", **error_document(error, admitted=True)})


def _event(name: str, document: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(document, separators=(',', ':'))}\n\n"
