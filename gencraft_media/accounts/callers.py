"""Who is asking, in one value for keys and sessions alike."""

from dataclasses import dataclass

from rest_framework.request import Request

from gencraft_media.accounts.models import ApiKey, Project, Scope, User
from gencraft_media.common.errors import AuthenticationRequired

_SESSION_SCOPES: frozenset[str] = frozenset({Scope.GENERATE.value, Scope.READ.value})


@dataclass(frozen=True)
class Caller:
    """A known caller: the user, the key used (None: a browser session), what it may do, and the key's project."""

    user: User
    key: ApiKey | None
    scopes: frozenset[str]
    project: Project | None
    # The user's role in the key's project, read together with the key.
    role: str | None = None

    @classmethod
    def with_key(cls, key: ApiKey) -> "Caller":
        return cls(
            user=key.user, key=key, scopes=frozenset(key.scopes), project=key.project, role=getattr(key, "role", None)
        )

    @classmethod
    def with_session(cls, user: User, *, proved: bool = True) -> "Caller":
        """`proved`: by the second factor too, wherever one is asked for; without it nobody operates the engine."""
        operates = user.is_superuser and proved
        scopes = _SESSION_SCOPES | {Scope.ADMIN.value} if operates else _SESSION_SCOPES
        return cls(user=user, key=None, scopes=scopes, project=None)

    @property
    def label(self) -> str:
        """Names the key or the user; rate limits and idempotency keys are counted under it."""
        return f"key:{self.key.pk}" if self.key is not None else f"user:{self.user.pk}"


def caller_of(request: Request) -> Caller:
    """The caller of an API request. Raises `AuthenticationRequired` when nobody known asks."""
    if not isinstance(request.auth, Caller):
        raise AuthenticationRequired
    return request.auth
