"""Errors in OpenAI's shape, with the types and codes by which its clients tell them apart."""

from http import HTTPStatus
from typing import Any, NamedTuple

from django.http import HttpRequest, JsonResponse
from rest_framework.request import Request
from rest_framework.response import Response

from gencraft_media.common.errors import FieldError, GenCraftError
from gencraft_media.common.logs import logger
from gencraft_media.common.problem_catalogue import PROBLEMS
from gencraft_media.common.problems import error_of, headers_of, text_for_clients

log = logger(__name__)
NO_RETRY = {"x-should-retry": "false"}
# Once a job is running, no answer may have a status that clients take for an invitation to send the request again:
# 408, 409, 429 and everything from 500.
FAILED_AFTER_ADMISSION = HTTPStatus.FAILED_DEPENDENCY


class Shape(NamedTuple):
    """How an error is told: HTTP status, OpenAI's type and code."""

    status: int
    type: str
    code: str


# By our code. What is not here keeps its code, and its status where that is none of `_STATUS`.
_SHAPES = {
    "authentication_required": Shape(401, "invalid_request_error", "invalid_api_key"),
    "permission_denied": Shape(403, "invalid_request_error", "insufficient_permissions"),
    "model_unknown": Shape(404, "invalid_request_error", "model_not_found"),
    "insufficient_credits": Shape(429, "insufficient_quota", "insufficient_quota"),
    "quota_exceeded": Shape(429, "insufficient_quota", "quota_exceeded"),
    "spend_cap_reached": Shape(429, "insufficient_quota", "spend_cap_reached"),
    "rate_limited": Shape(429, "requests", "rate_limit_exceeded"),
    "concurrency_limit": Shape(429, "requests", "concurrency_limit"),
    "moderated": Shape(400, "image_generation_user_error", "moderation_blocked"),
}
_STATUS = {HTTPStatus.UNPROCESSABLE_ENTITY: 400, HTTPStatus.PAYMENT_REQUIRED: 429}
_USERS_FAULT = {"moderated", "provider_rejected"}
_FIELD_CODES = {"unknown_field": "unknown_parameter", "required": "missing_required_parameter"}


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response:
    """DRF's hook for the views under /v1: whatever happened before a job was made."""
    request: Request = context["request"]
    error = _logged(exception, request)
    return Response(
        error_document(error), status=shape_of(error).status, headers=_headers(error) | headers_of(error, exception)
    )


def error_response(exception: Exception, request: HttpRequest, *, admitted: bool = False) -> JsonResponse:
    """The error as a plain Django answer; `admitted`: the call has its job, and must not be sent again."""
    error = _logged(exception, request)
    shape = shape_of(error, admitted=admitted)
    headers = NO_RETRY if admitted else _headers(error) | headers_of(error)
    return JsonResponse(error_document(error, admitted=admitted), status=shape.status, headers=headers)


def shape_of(error: GenCraftError, *, admitted: bool = False) -> Shape:
    """Status, type and code of an error."""
    return shape_of_code(error.code, error.http_status, admitted=admitted)


def shape_of_code(code: str, http_status: int | None = None, *, admitted: bool = False) -> Shape:
    """As `shape_of`, for the code that stands in a failed job."""
    known = _SHAPES.get(code)
    if admitted and code not in _USERS_FAULT:
        return Shape(FAILED_AFTER_ADMISSION, "server_error", known.code if known else code)
    if known is not None:
        return known
    problem = PROBLEMS.get(code)
    status = http_status or (problem.http_status if problem else 500)
    status = _STATUS.get(HTTPStatus(status), status)
    return Shape(
        status, "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error", code
    )


def error_document(error: GenCraftError, *, admitted: bool = False) -> dict[str, Any]:
    """`{"error": {message, type, param, code}}`, and what the error's own fields say about fields of the request."""
    shape = shape_of(error, admitted=admitted)
    first = error.errors[0] if error.errors else None
    code, message = (
        (shape.code, text_for_clients(error))
        if first is None
        else _of_field(first, shape.code, text_for_clients(error))
    )
    param = first.field or None if first is not None else None
    return {"error": {"message": message, "type": shape.type, "param": param, "code": code}}


def _of_field(field: FieldError, code: str, text: str) -> tuple[str, str]:
    if code != "invalid_request":
        return code, text
    if not field.field:
        return "invalid_value", field.message
    if field.code == "unknown_field":
        return _FIELD_CODES[field.code], f"Unknown parameter: '{field.field}'. {field.message}"
    if field.code == "required":
        return _FIELD_CODES[field.code], f"Missing required parameter: '{field.field}'."
    allowed = f" Supported values are: {', '.join(map(repr, field.allowed))}." if field.allowed is not None else ""
    return "invalid_value", f"Invalid value for '{field.field}': {field.message}{allowed}"


def _headers(error: GenCraftError) -> dict[str, str]:
    """Before a job is made a client may try again by itself, but not what cannot end otherwise."""
    return {} if error.retryable else NO_RETRY


def _logged(exception: Exception, request: Request | HttpRequest) -> GenCraftError:
    error = error_of(exception)
    if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("api_error", code=error.code, path=request.path, exc_info=exception)
    return error
