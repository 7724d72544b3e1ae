"""The root of every error the engine raises on purpose, and the kinds that belong to no single app."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field of a request, with the allowed values or the nearest choice where there are some."""

    field: str
    message: str
    code: str = "invalid"
    allowed: Sequence[Any] | None = None
    nearest: Any = None

    def as_json(self) -> dict[str, Any]:
        document: dict[str, Any] = {"field": self.field, "message": self.message, "code": self.code}
        if self.allowed is not None:
            document["allowed"] = list(self.allowed)
        if self.nearest is not None:
            document["nearest"] = self.nearest
        return document


class GenCraftError(Exception):
    """Something went wrong inside the engine."""

    code = "internal_error"
    http_status = 500
    retryable = False

    def __init__(
        self, message: str = "", *, errors: Sequence[FieldError] = (), retry_after_s: float | None = None, **extra: Any
    ) -> None:
        # The docstring of each class is its default message, so that the two cannot drift apart.
        self.message = message or " ".join((type(self).__doc__ or "").split())
        self.errors = tuple(errors)
        self.retry_after_s = retry_after_s
        self.extra = extra
        super().__init__(self.message)


class MalformedRequest(GenCraftError):
    """The request could not be read."""

    code = "malformed_request"
    http_status = 400


class InvalidRequest(GenCraftError):
    """Some fields of the request are not valid; nothing was changed."""

    code = "invalid_request"
    http_status = 422


class AuthenticationRequired(GenCraftError):
    """This address needs an API key or a browser session."""

    code = "authentication_required"
    http_status = 401


class PermissionRefused(GenCraftError):
    """The caller is known but may not do this."""

    code = "permission_denied"
    http_status = 403


class ObjectNotFound(GenCraftError):
    """There is no such object here."""

    code = "not_found"
    http_status = 404


class MethodNotAllowed(GenCraftError):
    """This address does not take that method."""

    code = "method_not_allowed"
    http_status = 405


class NotAcceptable(GenCraftError):
    """The answer cannot be given in any of the accepted formats."""

    code = "not_acceptable"
    http_status = 406


class Conflict(GenCraftError):
    """The object is not in a state that allows this."""

    code = "conflict"
    http_status = 409


class PayloadTooLarge(GenCraftError):
    """The request body is too large."""

    code = "payload_too_large"
    http_status = 413


class UnsupportedMediaType(GenCraftError):
    """The request body is in a format this address does not read."""

    code = "unsupported_media_type"
    http_status = 415


class RateLimited(GenCraftError):
    """Too many requests with this key; wait and try again."""

    code = "rate_limited"
    http_status = 429
    retryable = True


class ServiceUnavailable(GenCraftError):
    """A part the engine stands on does not answer; try again soon."""

    code = "service_unavailable"
    http_status = 503
    retryable = True


class StaleTransition(Conflict):
    """Somebody else changed the row first, or it is not in a state that allows this."""

    code = "state_conflict"
