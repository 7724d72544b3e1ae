"""Who is looking at the welcome page, and whether the first log-in may be shown."""

import ipaddress
import json
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from gencraft_media.accounts.models import User

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
# Any of these means that a proxy stands between the reader and this machine.
PROXY_HEADERS = ("Forwarded", "Via", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP")
FRESH_FOR_S = 24 * 3600


def is_on_this_machine(request: HttpRequest) -> bool:
    """Whether the request came straight over loopback, to a loopback name."""
    if any(name in request.headers for name in PROXY_HEADERS):
        return False
    if any(name.lower().startswith("x-forwarded-") for name in request.headers):
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    name = request.get_host().removesuffix(f":{request.get_port()}")
    return address.is_loopback and name in LOOPBACK_NAMES


def find_first_login(request: HttpRequest) -> dict[str, Any] | None:
    """The first run's log-in: on this machine only, for a day, until the administrator has logged in once."""
    path = Path(settings.DATA_DIR) / "first-run.json"
    if not is_on_this_machine(request) or not path.exists():
        return None
    if time.time() - path.stat().st_mtime > FRESH_FOR_S:
        return None
    login: dict[str, Any] = json.loads(path.read_text())
    waiting = User.objects.filter(email=login["adminEmail"], last_login__isnull=True, is_active=True)
    return login if waiting.exists() else None
