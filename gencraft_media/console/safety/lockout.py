"""Who failed to log in too often: by whose address that is counted, and what they are told."""

import ipaddress
import math
from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from gencraft_media.common.errors import RateLimited
from gencraft_media.common.problems import problem_response

_IPV6_PREFIX = 64


def address_of(request: HttpRequest) -> str | None:
    """The client's address: what the proxy next to this engine says, but only where there is one (BEHIND_PROXY)."""
    told = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        # The last entry is the one the proxy wrote; those before it may be invented.
        told = request.headers.get("X-Forwarded-For", told).split(",")[-1].strip()
    try:
        address = ipaddress.ip_address(told)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    # Whoever has one IPv6 address has all of its /64, and could take another for each try.
    return str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False).network_address)


def locked_for_s(request: HttpRequest, credentials: dict[str, Any] | None) -> int:
    """Seconds until this pair of user and address may try again."""
    name = (credentials or {}).get(settings.AXES_USERNAME_FORM_FIELD)
    attempts = AccessAttempt.objects.filter(username=name, ip_address=address_of(request))
    latest = attempts.order_by("-attempt_time").values_list("attempt_time", flat=True).first()
    cool_off: timedelta = settings.AXES_COOLOFF_TIME
    # The library counts by this process's clock.
    left = (latest + cool_off - timezone.now()) if latest else cool_off
    return max(1, math.ceil(left.total_seconds()))


def lockout_page(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """429: a page that says when to try again, and to programs a problem document."""
    seconds = locked_for_s(request, credentials)
    minutes = math.ceil(seconds / 60)
    if not request.path.startswith("/admin/"):
        return problem_response(RateLimited("Too many failed log-ins.", retry_after_s=seconds), request)
    context = {
        **admin.site.each_context(request),
        "title": "Too many failed log-ins",
        "minutes": minutes,
        "until": timezone.now() + timedelta(seconds=seconds),
        "limit": settings.AXES_FAILURE_LIMIT,
    }
    answer = render(request, "accounts/locked.html", context, status=429)
    answer["Retry-After"] = str(seconds)
    return answer
