"""What browsers may load on our pages, and who may frame or open them: a policy for each kind of answer.

Not django-csp: its middleware would have every answer of an asynchronous view wait for a thread, and the policies here
differ by path, with origins of pictures that operators change while the engine runs.
"""

import functools
import re
from collections.abc import Iterable
from inspect import isawaitable
from urllib.parse import urlsplit

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from assets.models import StorageSettings
from assets.storage_choice import cdn_set_by, settings_in_force
from gencraft_media.common.middleware import Answer, GetResponse

# Of answers that are no pages: programs read them, and a browser that shows one loads nothing for it.
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# Alpine, which Unfold's pages stand on, makes functions of text; Unfold's palette and bars are styles in the page.
SITE = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:{pictures}; media-src 'self'{pictures}; font-src 'self'; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# Swagger UI styles its elements one by one.
API_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PLAIN_PAGE = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HOST = re.compile(r"[A-Za-z0-9.\-_\[\]:]+")
_BY_PATH = (("/admin/", SITE), ("/api/docs/", API_PAGE), ("/problems", PLAIN_PAGE))
PERMISSIONS = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), "
    "midi=(), payment=(), usb=()"
)


class ContentPolicyMiddleware:
    """Sends the policies; a view that set its own keeps it. COOP and Referrer-Policy are sent by Django itself."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._is_awaited = iscoroutinefunction(get_response)
        if self._is_awaited:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Answer:
        answer = self.get_response(request)
        if isawaitable(answer):
            return self._answer(request, answer)
        return _with_policies(request, answer)

    async def _answer(self, request: HttpRequest, answer: Answer) -> HttpResponseBase:
        assert isawaitable(answer)
        response = await answer
        if _policy_of(request) is SITE:
            # It reads rows, which nobody may do in the event loop.
            return await sync_to_async(_with_policies)(request, response)
        return _with_policies(request, response)


def picture_origins() -> tuple[str, ...]:
    """Where pictures of assets may come from, beside this engine: the CDN in force, and those of older versions."""
    row = settings_in_force()
    return _origins(row.pk, row.created_at, cdn_set_by(row).url, settings.CDN_URL, settings.PUBLIC_URL)


@functools.lru_cache(maxsize=8)
def _origins(pk: object, made_at: object, in_force: str, *of_environment: str) -> tuple[str, ...]:
    """Asked of the database once for each version."""
    older: Iterable[str] = StorageSettings.objects.values_list("cdn_url", flat=True) if pk else ()
    found = (_origin(url) for url in (in_force, *of_environment, *older) if url)
    return tuple(dict.fromkeys(origin for origin in found if origin))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    # What is in the host of an address that somebody entered must not become a part of the policy.
    return f"{parts.scheme}://{parts.netloc}" if _HOST.fullmatch(parts.netloc) else ""


def _policy_of(request: HttpRequest) -> str:
    return next((policy for path, policy in _BY_PATH if request.path.startswith(path)), NOTHING)


def _with_policies(request: HttpRequest, response: Answer) -> HttpResponseBase:
    assert isinstance(response, HttpResponseBase)
    policy = _policy_of(request)
    if policy is SITE and "Content-Security-Policy" not in response:
        policy = SITE.format(pictures="".join(f" {origin}" for origin in picture_origins()))
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("Permissions-Policy", PERMISSIONS)
    return response
