"""The welcome page."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gencraft_media.studio.selectors import find_first_picture, is_first_picture_due
from gencraft_media.studio.visitors import find_first_login
from providers.selectors import BUILT_IN, configured_providers

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src {images}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def origin_of(address: str) -> str:
    """Scheme, host and port: a picture stays at the CDN of its day, whichever is set by now."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


@never_cache
@require_safe
def welcome(request: HttpRequest) -> HttpResponse:
    """The first picture, how to make the next one, and the ways in."""
    picture = find_first_picture()
    context = {
        "picture": picture,
        "waiting": picture is None and is_first_picture_due(),
        "login": find_first_login(request),
        "simulated": configured_providers() <= BUILT_IN,
        "url": settings.PUBLIC_URL,
    }
    response = render(request, "studio/welcome.html", context)
    # A picture behind a CDN is the one thing that may come from elsewhere.
    images = "'self'" if picture is None or picture.address.startswith("/") else f"'self' {origin_of(picture.address)}"
    response["Content-Security-Policy"] = POLICY.format(images=images)
    response["Referrer-Policy"] = "no-referrer"
    return response
