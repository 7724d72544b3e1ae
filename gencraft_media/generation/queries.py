"""Reading query parameters: what is not known is refused by name, as in bodies."""

import uuid

from rest_framework.request import Request

from gencraft_media.common.errors import FieldError, InvalidRequest
from gencraft_media.common.serializers import nearest_name
from gencraft_media.generation.states import JobStatus


def refuse_unknown_parameters(request: Request, known: set[str]) -> None:
    """Raises `InvalidRequest` naming each parameter that is not one of `known`."""
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        raise InvalidRequest(
            errors=[
                FieldError(
                    name, "There is no such parameter.", "unknown_field", sorted(known), nearest_name(name, known)
                )
                for name in unknown
            ]
        )


def uuid_parameter(request: Request, name: str) -> uuid.UUID | None:
    """The parameter as a UUID, None when it is absent."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise InvalidRequest(errors=[FieldError(name, "This is not a UUID.")]) from error


def status_parameter(request: Request) -> str | None:
    """The job status asked for, None when it is absent."""
    status = request.query_params.get("status")
    if status is not None and status not in JobStatus.values:
        raise InvalidRequest(errors=[FieldError("status", "There is no such status.", allowed=JobStatus.values)])
    return status
