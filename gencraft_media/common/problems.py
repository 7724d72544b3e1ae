"""Errors as RFC 9457 problem documents, from the API's views and from outside them."""

import math
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core import exceptions as django_errors
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions as rest_errors
from rest_framework.request import Request
from rest_framework.response import Response

from gencraft_media.common import errors
from gencraft_media.common.errors import FieldError, GenCraftError
from gencraft_media.common.logs import logger
from gencraft_media.common.problem_catalogue import PROBLEMS, Problem
from gencraft_media.common.serializers import field_errors

__all__ = [
    "CONTENT_TYPE",
    "PROBLEMS",
    "Problem",
    "error_of",
    "exception_handler",
    "headers_of",
    "problem_document",
    "problem_response",
    "text_for_clients",
]

log = logger(__name__)
CONTENT_TYPE = "application/problem+json"

_REST: dict[type[Exception], type[GenCraftError]] = {
    rest_errors.ParseError: errors.MalformedRequest,
    rest_errors.NotAuthenticated: errors.AuthenticationRequired,
    rest_errors.AuthenticationFailed: errors.AuthenticationRequired,
    rest_errors.PermissionDenied: errors.PermissionRefused,
    rest_errors.NotFound: errors.ObjectNotFound,
    rest_errors.MethodNotAllowed: errors.MethodNotAllowed,
    rest_errors.NotAcceptable: errors.NotAcceptable,
    rest_errors.UnsupportedMediaType: errors.UnsupportedMediaType,
}
# Their own texts are for logs, ours go to the client.
_DJANGO: dict[type[Exception], type[GenCraftError]] = {
    Http404: errors.ObjectNotFound,
    django_errors.PermissionDenied: errors.PermissionRefused,
    django_errors.RequestDataTooBig: errors.PayloadTooLarge,
    django_errors.SuspiciousOperation: errors.MalformedRequest,
}


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response:
    """DRF's hook: any exception as a problem. What nobody expected is logged and told as `internal_error`."""
    request: Request = context["request"]
    error = error_of(exception)
    if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("api_error", code=error.code, path=request.path, exc_info=exception)
    return Response(
        problem_document(error, request),
        status=error.http_status,
        headers=headers_of(error, exception),
        content_type=CONTENT_TYPE,
    )


def problem_response(error: GenCraftError, request: HttpRequest) -> JsonResponse:
    """The problem as a plain Django answer, for what happens outside the API's views."""
    return JsonResponse(
        problem_document(error, request), status=error.http_status, headers=headers_of(error), content_type=CONTENT_TYPE
    )


def problem_document(error: GenCraftError, request: Request | HttpRequest) -> dict[str, Any]:
    """The fields of RFC 9457 and ours."""
    problem = PROBLEMS.get(error.code)
    return {
        **error.extra,
        "type": f"{settings.PUBLIC_URL}/problems/{error.code}",
        "title": problem.title if problem else HTTPStatus(error.http_status).phrase,
        "status": error.http_status,
        "detail": text_for_clients(error),
        "instance": request.path,
        "code": error.code,
        "retryable": error.retryable,
        "errors": [entry.as_json() for entry in error.errors],
        "requestId": request.META.get("gencraft.request_id", ""),
    }


def error_of(exception: Exception) -> GenCraftError:
    """Our error for an exception of ours, DRF's, Django's, or anybody's."""
    if isinstance(exception, GenCraftError):
        return exception
    if isinstance(exception, rest_errors.ValidationError):
        return errors.InvalidRequest(errors=field_errors(exception.detail))
    if isinstance(exception, rest_errors.Throttled):
        return errors.RateLimited(retry_after_s=getattr(exception, "wait", None))
    if isinstance(exception, django_errors.ValidationError):
        return errors.InvalidRequest(errors=_model_errors(exception))
    if isinstance(exception, OperationalError | InterfaceError):
        return errors.ServiceUnavailable(retry_after_s=2)
    for kind, ours in _REST.items():
        if isinstance(exception, kind):
            return ours(str(getattr(exception, "detail", "")))
    for kind, ours in _DJANGO.items():
        if isinstance(exception, kind):
            return ours()
    return GenCraftError()


def _model_errors(exception: django_errors.ValidationError) -> list[FieldError]:
    if not hasattr(exception, "error_dict"):
        return [FieldError("", message) for message in exception.messages]
    return [
        FieldError("" if field == django_errors.NON_FIELD_ERRORS else field, message)
        for field, messages in exception.message_dict.items()
        for message in messages
    ]


def text_for_clients(error: GenCraftError) -> str:
    """The error's message, or its class's own text where the message may name what is none of the client's business."""
    if error.http_status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return " ".join((type(error).__doc__ or "").split())
    return error.message


def headers_of(error: GenCraftError, exception: Exception | None = None) -> dict[str, str]:
    """The headers that belong to an error, whatever its body looks like."""
    found = {}
    if error.retry_after_s is not None:
        found["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
    if error.http_status == HTTPStatus.UNAUTHORIZED:
        found["WWW-Authenticate"] = getattr(exception, "auth_header", None) or "Bearer"
    return found
