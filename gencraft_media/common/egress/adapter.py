"""The guard as an adapter for `requests`."""

from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.models import PreparedRequest

from gencraft_media.common.egress.connections import GuardedHTTPPool, GuardedHTTPSPool
from gencraft_media.common.egress.policy import EgressPolicy, configured_policy

_POOLS = 64


class GuardedAdapter(HTTPAdapter):
    """Sends only where `policy` lets out, by default the one of the settings; else raises `EgressRefused`, unsent.

    `kept`: how many idle connections to one host wait to be used again. With none each request gets its own.
    Proxies are never used.
    """

    def __init__(self, policy: EgressPolicy | None = None, *, kept: int = 0) -> None:
        self._policy, self._kept = policy, kept
        super().__init__(pool_connections=_POOLS, pool_maxsize=max(kept, 1))

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools of this adapter guarded ones."""
        super().init_poolmanager(*args, **options)
        bound: dict[str, Any] = {"policy": self._policy, "kept": self._kept}
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(GuardedHTTPPool, **bound),
            "https": partial(GuardedHTTPSPool, **bound),
        }

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Judge the address, then send. Raises `EgressRefused`."""
        self._policy_now().target_of(request.url or "")
        if not self._kept:
            request.headers["Connection"] = "close"
        return super().send(request, *args, **{**options, "proxies": None})

    def build_connection_pool_key_attributes(self, request: PreparedRequest, verify: Any, cert: Any = None) -> Any:
        """The host as the judge read it, not as a second parser would."""
        _, tls = super().build_connection_pool_key_attributes(request, verify, cert)
        target = self._policy_now().target_of(request.url or "")
        return {"scheme": target.scheme, "host": target.host, "port": target.port}, tls

    def _policy_now(self) -> EgressPolicy:
        return self._policy or configured_policy()


class _Session(requests.Session):
    """A session that never follows a redirect, and never reads one's body unasked, as the library's own would."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere."""


def guarded_session(policy: EgressPolicy | None = None, *, kept: int = 0) -> requests.Session:
    """A session without another way out: no proxies or .netrc of the machine, no cookies, no redirects."""
    session = _Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.adapters.clear()
    guarded = GuardedAdapter(policy, kept=kept)
    session.mount("https://", guarded)
    session.mount("http://", guarded)
    return session
