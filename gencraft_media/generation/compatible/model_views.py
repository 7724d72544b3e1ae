"""GET /v1/models: every model that can be used here now, in OpenAI's shape."""

import datetime
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from gencraft_media.generation.compatible.answers import full_name
from gencraft_media.generation.compatible.base import CompatibleView
from gencraft_media.generation.compatible.wishes import OPERATION
from gencraft_media.generation.queries import refuse_unknown_parameters
from providers.errors import ModelUnknown
from providers.models import ProviderModel
from providers.selectors import configured_providers, models_offered, resolve_model


class ModelsView(CompatibleView):
    """The list."""

    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request, set())
        usable = configured_providers()
        rows = [row for row in models_offered() if row.provider_id in usable and OPERATION in row.operations]
        return Response({"object": "list", "data": [_document(row, row.name) for row in rows]})


class ModelView(CompatibleView):
    """One of them, by any name under which it may be asked for."""

    def get(self, request: Request, model: str) -> Response:
        refuse_unknown_parameters(request, set())
        row = resolve_model(None, model, operation=OPERATION).model
        if row.provider_id not in configured_providers():
            raise ModelUnknown(f"The model {model} cannot be used here: its provider has no usable account.")
        return Response(_document(row, model))


def _document(row: ProviderModel, name: str) -> dict[str, Any]:
    """The model under the name it was asked for; `gencraft.runs` is what would really run."""
    return {
        "id": name,
        "object": "model",
        # OpenAI's clients take this for a number; 0 where nobody knows.
        "created": _seconds(row.available_from),
        "owned_by": row.provider_id,
        "shutdown_date": row.retires_at.isoformat() if row.retires_at else None,
        "gencraft": {"runs": full_name(row.provider_id, row.name), "label": row.label},
    }


def _seconds(day: datetime.date | None) -> int:
    if day is None:
        return 0
    return int(datetime.datetime.combine(day, datetime.time(), tzinfo=datetime.UTC).timestamp())
