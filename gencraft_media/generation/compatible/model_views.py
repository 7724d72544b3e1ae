"""GET /v1/models: every model that can be used here now, in OpenAI's shape."""

import datetime
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from gencraft_media.generation.compatible.base import CompatibleView
from gencraft_media.generation.queries import refuse_unknown_parameters
from gencraft_media.generation.sunset import tell_model_sunset
from providers.errors import ModelUnknown
from providers.models import ProviderModel
from providers.operations import Operation
from providers.selectors import configured_providers, full_name, models_offered, resolve_model

# What can be asked for under /v1; a model that does none of it is for the native API.
_OPERATIONS = {Operation.TEXT_TO_IMAGE, Operation.IMAGE_TO_IMAGE, Operation.VARIATION, Operation.INPAINT}


class ModelsView(CompatibleView):
    """The list."""

    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request, set())
        rows = [row for row in models_offered() if _is_usable(row)]
        return Response({"object": "list", "data": [_document(row, row.name) for row in rows]})


class ModelView(CompatibleView):
    """One of them, by any name under which it may be asked for."""

    def get(self, request: Request, model: str) -> Response:
        refuse_unknown_parameters(request, set())
        found = resolve_model(None, model)
        row = found.model
        if not _is_usable(row):
            raise ModelUnknown(f"The model {model} cannot be used here.")
        response = Response(_document(row, model))
        tell_model_sunset(response, found)
        return response


def _is_usable(row: ProviderModel) -> bool:
    return row.provider_id in configured_providers() and not _OPERATIONS.isdisjoint(row.operations)


def _document(row: ProviderModel, name: str) -> dict[str, Any]:
    """The model under the name it was asked for; `gencraft` says what would run, and what it does."""
    return {
        "id": name,
        "object": "model",
        # OpenAI's clients take this for a number; 0 where nobody knows.
        "created": _seconds(row.available_from),
        "owned_by": row.provider_id,
        "shutdown_date": row.retires_at.isoformat() if row.retires_at else None,
        "gencraft": {
            "runs": full_name(row.provider_id, row.name),
            "label": row.label,
            "operations": [operation for operation in row.operations if operation in _OPERATIONS],
        },
    }


def _seconds(day: datetime.date | None) -> int:
    if day is None:
        return 0
    return int(datetime.datetime.combine(day, datetime.time(), tzinfo=datetime.UTC).timestamp())
