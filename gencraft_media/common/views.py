"""Pages without nouns: problems explained, health, and the answers for addresses and errors outside any view."""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.views import defaults
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gencraft_media.common.errors import GenCraftError, MalformedRequest, ObjectNotFound, PermissionRefused
from gencraft_media.common.problems import PROBLEMS, problem_response
from gencraft_media.common.readiness import CHECKS, failing_parts


@require_safe
def problem_index(request: HttpRequest) -> HttpResponse:
    """All problems, by status."""
    ordered = sorted(PROBLEMS.values(), key=lambda problem: (problem.http_status, problem.code))
    return render(request, "problems/index.html", {"problems": ordered})


@require_safe
def problem_page(request: HttpRequest, code: str) -> HttpResponse:
    """One problem: cause, fix, whether to try again, whether it was charged."""
    problem = PROBLEMS.get(code)
    if problem is None:
        raise Http404
    return render(request, "problems/problem.html", {"problem": problem})


@never_cache
@require_safe
def livez(request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every part answers, else 503 with the names of those that do not."""
    failing = failing_parts()
    return JsonResponse(
        {
            "status": "unavailable" if failing else "ok",
            "checks": {name: "failing" if name in failing else "ok" for name in CHECKS},
        },
        status=HTTPStatus.SERVICE_UNAVAILABLE if failing else HTTPStatus.OK,
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's handler400."""
    return (
        problem_response(MalformedRequest(), request) if _is_api(request) else defaults.bad_request(request, exception)
    )


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's handler403."""
    return (
        problem_response(PermissionRefused(), request)
        if _is_api(request)
        else defaults.permission_denied(request, exception)
    )


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Django's handler404."""
    return (
        problem_response(ObjectNotFound(), request) if _is_api(request) else defaults.page_not_found(request, exception)
    )


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Django's handler500."""
    return problem_response(GenCraftError(), request) if _is_api(request) else defaults.server_error(request)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")
