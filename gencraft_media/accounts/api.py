"""The base of every API view: who asks, may they, and how often."""

from typing import Any, ClassVar

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gencraft_media.accounts.callers import Caller, caller_of
from gencraft_media.accounts.models import Scope
from gencraft_media.accounts.rate_limit import Allowance, RequestsExhausted, take_request
from gencraft_media.common.errors import ObjectNotFound, PermissionRefused
from gencraft_media.common.multipart import BoundedFileHandler
from gencraft_media.common.parsing import StrictJsonParser


class ApiView(APIView):
    """Checks the caller's scope and rate limit before the view runs. `scope` may differ by method."""

    scope: ClassVar[str | dict[str, str]] = Scope.READ.value
    parser_classes = [StrictJsonParser]
    # No answer to OPTIONS: the OpenAPI document describes the API.
    metadata_class = None

    _allowance: Allowance | None = None

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        # A browser's CSRF token is looked for in the body before any parser is asked; files are bounded even so.
        request.upload_handlers = [BoundedFileHandler(request)]
        return super().initialize_request(request, *args, **kwargs)

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        caller = caller_of(request)
        try:
            self._allowance = take_request(caller.label)
        except RequestsExhausted as error:
            self._allowance = error.allowance
            raise
        needed = self.scope_of(request.method or "GET")
        if needed not in caller.scopes:
            raise PermissionRefused(f"This needs a key with the scope {needed}.", scope=needed)

    @classmethod
    def scope_of(cls, method: str) -> str:
        """The scope a method needs."""
        if isinstance(cls.scope, str):
            return cls.scope
        return cls.scope.get("GET" if method == "HEAD" else method, Scope.READ.value)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        if self._allowance is not None:
            for name, value in self._allowance.headers().items():
                final.setdefault(name, value)
        # Answers belong to one caller; no cache between may keep them.
        final.setdefault("Cache-Control", "private, no-store")
        return final


class OperatorView(ApiView):
    """For SuperAdmins; to everybody else there is nothing at its address. Keys need the scope admin."""

    scope = Scope.ADMIN.value

    def check_permissions(self, request: Request) -> None:
        if isinstance(request.auth, Caller) and not request.auth.user.is_superuser:
            raise ObjectNotFound
        super().check_permissions(request)
