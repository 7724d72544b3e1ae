"""What `POST /generate` is measured against: a view that inserts one row and publishes one task, and nothing else."""

import json
import uuid

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from gencraft_media.celery import app
from gencraft_media.common.models import DomainEvent
from gencraft_media.urls import urlpatterns as engine_urls


@app.task(name="tests.bench.nothing", queue="bench")
def nothing(row: str) -> None:
    """No worker listens to this queue: only publishing is measured."""


@csrf_exempt
def bare(request: HttpRequest) -> JsonResponse:
    """One row, one message."""
    body = json.loads(request.body)
    row = DomainEvent.objects.create(
        subject_kind="bench", subject_id=uuid.uuid4(), number=1, type="bench", payload=body
    )
    nothing.apply_async((str(row.subject_id),))
    return JsonResponse({"id": str(row.subject_id)}, status=202)


urlpatterns = [path("bare", bare), *engine_urls]
