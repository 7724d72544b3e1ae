"""A job that has ended, as OpenAI answers: pictures by address or as base64, and beside them what is our own."""

import asyncio
import base64
import functools
import os
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import sync_to_async
from django.db.models import Prefetch

from assets.errors import StoredObjectMissing
from assets.imaging.formats import picture_as, preview_as
from assets.models import MediaAsset
from gencraft_media.common.errors import GenCraftError
from gencraft_media.generation.compatible.errors import FAILED_AFTER_ADMISSION, shape_of_code
from gencraft_media.generation.compatible.wishes import BASE64, Delivery
from gencraft_media.generation.models import GenerationItem, GenerationJob
from gencraft_media.generation.states import TERMINAL, JobStatus
from providers.selectors import full_name
from providers.sizes import delivered_size, drawn_size, written

# Apart from the threads that answer other requests, which must not queue up behind pictures that are converted.
_PICTURES = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="formats")
# Proxies refuse headers of some kilobytes; the whole story stands in the body.
_MOST_HEADER_NAMES = 20


class StillRunning(GenCraftError):
    """The picture is not ready yet and goes on being made; ask GET /api/media/jobs/{id} for it."""

    code = "still_running"
    http_status = 424


class JobFailed(GenCraftError):
    """The job ended without a picture."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(str(error["message"]))
        self.code = str(error["code"])
        self.http_status = FAILED_AFTER_ADMISSION


def read_job(job_id: uuid.UUID) -> GenerationJob:
    """The job with its items and their assets."""
    items = GenerationItem.objects.select_related("asset").order_by("index")
    return GenerationJob.objects.prefetch_related(Prefetch("items", queryset=items)).get(pk=job_id)


async def answer_for(job_id: uuid.UUID, delivery: Delivery) -> tuple[dict[str, Any], dict[str, str]]:
    """The body and the headers of a call whose job has ended.

    Raises `JobFailed` where no picture arrived, `StillRunning` where the job has not ended, and what `picture_as` does.
    """
    job = await sync_to_async(read_job)(job_id)
    if job.status not in TERMINAL[JobStatus]:
        raise StillRunning
    delivered = [item.asset for item in job.items.all() if item.asset is not None]
    if not delivered:
        raise JobFailed(job.error or {"code": "not_found", "message": "The pictures of this job were removed."})
    pictures = await asyncio.gather(*(picture_document(job, asset, delivery) for asset in delivered))
    facts = facts_of(job, delivered[0], delivery)
    body = {"created": created_at(job), "data": pictures, **facts, "gencraft": own_document(job, delivery)}
    return body, headers_for(job, delivery)


async def picture_document(job: GenerationJob, asset: MediaAsset, delivery: Delivery) -> dict[str, str]:
    """One picture as the client wants it: its address, or its bytes."""
    if delivery.encoding != BASE64:
        return {"url": asset.cdn_url}
    return {"b64_json": await asyncio.get_running_loop().run_in_executor(_PICTURES, _base64, job, asset, delivery)}


def _base64(job: GenerationJob, asset: MediaAsset, delivery: Delivery) -> str:
    params = _params_of(job, asset)
    as_it_came = drawn_size(params) == delivered_size(params)
    content = picture_as(asset, delivery.picture_format, quality=delivery.compression, as_it_came=as_it_came)
    return base64.b64encode(content).decode()


async def preview_document(job: GenerationJob, key: str, delivery: Delivery) -> dict[str, str]:
    """A preview as the client wants its picture."""
    size = delivered_size(job.params)
    if size is None:
        raise StoredObjectMissing
    make = functools.partial(preview_as, key, delivery.picture_format, size=size, quality=delivery.compression)
    content = await asyncio.get_running_loop().run_in_executor(_PICTURES, make)
    facts = {"output_format": delivery.picture_format, "quality": _quality(job.params), "size": written(size)}
    return {"b64_json": base64.b64encode(content).decode(), **facts}


def facts_of(job: GenerationJob, asset: MediaAsset, delivery: Delivery) -> dict[str, str]:
    """What OpenAI says of a picture. The background is left out: nobody has looked for it."""
    is_file = delivery.encoding != BASE64
    return {
        "output_format": asset.mime_type.removeprefix("image/") if is_file else delivery.picture_format,
        "quality": _quality(_params_of(job, asset)),
        "size": written((asset.width, asset.height)),
    }


def _params_of(job: GenerationJob, asset: MediaAsset) -> dict[str, Any]:
    """What the picture was asked with, which is another request than the job's where another model stepped in."""
    params: dict[str, Any] = asset.generation_params or job.params
    return params


def _quality(params: Mapping[str, Any]) -> str:
    return str(params.get("quality", "auto"))


def created_at(job: GenerationJob) -> int:
    """When the job ended, or began while it has not, in seconds since 1970."""
    moment = job.completed_at or job.created_at
    return int(moment.timestamp()) if moment is not None else 0


def own_document(job: GenerationJob, delivery: Delivery) -> dict[str, Any]:
    """What OpenAI has no words for: which job and model it was, what it cost, what was changed, what is missing."""
    return {
        "jobId": str(job.pk),
        "provider": job.provider,
        "model": job.model,
        "creditsCharged": job.credits_charged,
        "adaptations": [*job.adaptations, *delivery.changes],
        "errors": [
            {"index": item.index, "code": shape_of_code(item.error["code"]).code, "message": item.error["message"]}
            for item in job.items.all()
            if item.error is not None
        ],
    }


def headers_for(job: GenerationJob, delivery: Delivery) -> dict[str, str]:
    """The same in short, for programs that never see the body."""
    changed = list(dict.fromkeys(change["field"] for change in [*job.adaptations, *delivery.changes]))
    return {
        "x-gencraft-job-id": str(job.pk),
        "x-gencraft-model": full_name(job.provider, job.model),
        "x-gencraft-cost-credits": str(job.credits_charged),
        "x-gencraft-adaptations": ",".join(changed[:_MOST_HEADER_NAMES]),
    }
