"""Reading jobs."""

import uuid

from django.db.models import Prefetch, QuerySet

from assets.models import MediaAsset
from assets.ratings import rated
from gencraft_media.accounts.callers import Caller
from gencraft_media.accounts.selectors import visible_project_ids
from gencraft_media.common.errors import ObjectNotFound
from gencraft_media.generation.models import GenerationItem, GenerationJob


def visible_jobs(caller: Caller) -> QuerySet[GenerationJob]:
    """Every job of the projects the caller may read, with its items in order."""
    assets = Prefetch("asset", queryset=rated(MediaAsset.objects.prefetch_related("tag_rows")))
    items = Prefetch("items", queryset=GenerationItem.objects.prefetch_related(assets).order_by("index"))
    return (
        GenerationJob.objects.filter(project__in=visible_project_ids(caller))
        .select_related("external_user")
        .prefetch_related(items)
    )


def job_for(caller: Caller, job_id: uuid.UUID) -> GenerationJob:
    """The job, if the caller may see it. Raises `ObjectNotFound` for strangers as for jobs that never were."""
    job = visible_jobs(caller).filter(pk=job_id).first()
    if job is None:
        raise ObjectNotFound("There is no such job here.")
    return job
