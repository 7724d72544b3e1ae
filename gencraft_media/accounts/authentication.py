"""How a request proves who asks: a Bearer key, or the session of a browser."""

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from gencraft_media.accounts.callers import Caller
from gencraft_media.accounts.keys import find_key
from gencraft_media.accounts.models import User
from gencraft_media.accounts.second_factor import is_second_factor_met

CHALLENGE = 'Bearer realm="GenCraft Media Engine"'


class BearerKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer mge_live_…`, exactly. A header that is there and wrong is refused, never passed over."""

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise AuthenticationFailed("Send the key as 'Authorization: Bearer <key>'.")
        key = find_key(token)
        if key is None:
            # One answer for unknown, revoked and expired: a guesser learns nothing.
            raise AuthenticationFailed("This API key is not valid, was revoked, or has expired.")
        return key.user, Caller.with_key(key)

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class BrowserSessionAuthentication(SessionAuthentication):
    """The session cookie of a logged-in browser, with CSRF protection; it stands for its user's projects."""

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        user = found[0]
        if not isinstance(user, User):
            return None
        # Asked only of who could operate the engine: for everybody else it is one question to the database less.
        proved = not user.is_superuser or is_second_factor_met(request._request)
        return user, Caller.with_session(user, proved=proved)

    def authenticate_header(self, request: Request) -> str:
        # Without a challenge DRF would answer 403 to somebody it does not know.
        return CHALLENGE
