"""How the OpenAPI document describes the two ways to prove who asks."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension


class BearerKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The API key in the Authorization header."""

    target_class = "gencraft_media.accounts.authentication.BearerKeyAuthentication"
    name = "ApiKey"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "mge_live_<prefix>_<secret>",
            "description": "A key of a project, with the scopes generate, read, platform or admin.",
        }


class BrowserSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The session cookie of a browser; changes need the CSRF token too."""

    target_class = "gencraft_media.accounts.authentication.BrowserSessionAuthentication"
    name = "BrowserSession"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
