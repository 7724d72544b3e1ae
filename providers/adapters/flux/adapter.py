"""The adapter of Black Forest Labs: submit, then poll. OpenAPI document of 2026-04-23, doc pages (read 2026-11-22)."""

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from providers.adapters.flux.paid_requests import body_of
from providers.base import ProviderAdapter
from providers.callback_signatures import holds_hex_hmac, holds_shared_secret
from providers.callbacks import document_in
from providers.errors import KeyRefused, Moderated, OutputLost, ProviderError
from providers.types import (
    Accepted,
    Callback,
    GenerationRequest,
    HttpAnswer,
    HttpRequest,
    Progress,
    Recovery,
    Refused,
    RemoteOutput,
    RemoteState,
    Submitted,
)

_DOLLARS_PER_CREDIT = Decimal("0.01")
_READY, _NOT_FOUND = "Ready", "Task not found"
# Every other word is running: newer models tell stages of their own.
_FAILURES: dict[str, type[ProviderError]] = {
    "Request Moderated": Moderated,
    "Content Moderated": Moderated,
    "Error": ProviderError,
}
# A host and perhaps a port, nothing that two parsers could read differently.
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(:\d{1,5})?/[!-~]{0,700}")
_PLAIN_ID = re.compile(r"[!-~]{1,255}")
_LARGEST_SEED, _LARGEST_COST = 2**63 - 1, 1_000_000


class FluxAdapter(ProviderAdapter):
    """Speaks to api.bfl.ai, or to the regional host that the account names."""

    key = "flux"
    label = "Black Forest Labs"
    base_url = "https://api.bfl.ai"
    # 402, 404 (a removed model) and 422 mean what they mean everywhere; 403 is a bad key, and 401 is never given.
    ERRORS: ClassVar[Mapping[int | str, type[ProviderError]]] = {403: KeyRefused}
    poll_every_s = 1.0
    submit_timeout_s = 60.0
    callbacks_per_attempt = True

    def __init__(self, model: str, base_url: str = "") -> None:
        # Written with the version by some, without by the vendor.
        super().__init__(model, base_url.rstrip("/").removesuffix("/v1"))
        # No idempotency key and no list of jobs. With a webhook the answer names no address for polls, and the host of
        # all regions is not sure to know a job: callbacks are asked for only where the account names another host.
        self.recovery = Recovery.NONE if self.url == self.base_url else Recovery.CALLBACK

    # --- build -----------------------------------------------------------------------------------

    def build_submit(self, request: GenerationRequest) -> HttpRequest:
        # The catalogue's names are the last part of the vendor's paths.
        return HttpRequest(
            "POST", self._address(self.model), json=body_of(self.model, request), read_timeout_s=self.submit_timeout_s
        )

    def build_poll(self, provider_job_id: str, poll_url: str = "") -> HttpRequest:
        # A job lives on one cluster and only the vendor's own address is sure to name it; but it is sent our key.
        fallback = self._address(f"get_result?id={quote(provider_job_id, safe='')}")
        return HttpRequest("GET", poll_url if self._is_trusted(poll_url) else fallback, read_timeout_s=10.0)

    def credentials(self, api_key: str, organization: str) -> Mapping[str, str]:
        return {"x-key": api_key} if api_key else {}

    def _address(self, path: str) -> str:
        return f"{self.url}/v1/{path}"

    def _is_trusted(self, url: str) -> bool:
        """Whether an address is the vendor's, or on the host that the account names."""
        if not _PLAIN_URL.fullmatch(url):
            return False
        theirs, ours = urlsplit(url), urlsplit(self.url)
        if (theirs.scheme, theirs.hostname) == (ours.scheme, ours.hostname):
            return True
        return theirs.scheme == "https" and str(theirs.hostname).endswith(".bfl.ai")

    # --- parse -----------------------------------------------------------------------------------

    def parse_submitted(self, answer: HttpAnswer) -> Submitted:
        if refusal := self.refusal_in(answer, paid=True):
            return Refused(refusal)
        with self.reading(answer) as document:
            # Only the id matters: the job is paid for, whatever else the answer lacks.
            polling_url = str(document.get("polling_url", ""))
            return Accepted(
                _id_in(document),
                poll_after_s=self.poll_every_s,
                poll_url=polling_url if self._is_trusted(polling_url) else "",
                cost=_dollars(document.get("cost")),
            )

    def parse_progress(self, answer: HttpAnswer) -> Progress:
        if refusal := self.refusal_in(answer):
            raise refusal
        with self.reading(answer) as document:
            status = str(document["status"])
            if status == _NOT_FOUND:
                raise OutputLost(vendor_code=status)
            if status == _READY:
                return Progress(RemoteState.SUCCEEDED, fraction=1.0)
            if kind := _FAILURES.get(status):
                details = json.dumps(document.get("details"), default=str)
                return Progress(RemoteState.FAILED, error=kind(vendor_code=status, vendor_text=details))
            done = _number(document.get("progress"), at_most=1)
            fraction = None if done is None else float(done)
            return Progress(RemoteState.RUNNING, fraction=fraction, poll_after_s=self.poll_every_s)

    def parse_outputs(self, answer: HttpAnswer) -> Sequence[RemoteOutput]:
        if refusal := self.refusal_in(answer):
            raise refusal
        with self.reading(answer) as document:
            result = document["result"]
            url, seed = result["sample"], _number(result.get("seed"), at_most=_LARGEST_SEED)
            if not isinstance(url, str) or not url:
                raise ValueError("the sample is no address")
            return [RemoteOutput(0, url=url, mime_type="image/png", seed=None if seed is None else int(seed))]

    def vendor_error(self, answer: HttpAnswer) -> tuple[str, str]:
        """`detail` is a sentence, or for 422 a list of {loc, msg}; what the client sent is not repeated."""
        try:
            detail = answer.json()["detail"]
            if isinstance(detail, list):
                return "", "; ".join(f"{'.'.join(map(str, misfit['loc']))}: {misfit['msg']}" for misfit in detail)
            return "", str(detail)
        except (ValueError, TypeError, KeyError):
            return "", answer.text

    def verify_callback(self, headers: Mapping[str, str], body: bytes, secret: str) -> Callback | None:
        """The vendor's texts disagree: the secret comes back as it is, or as a signature. Either one holds."""
        if not (
            holds_shared_secret(headers, "X-Webhook-Secret", secret)
            or holds_hex_hmac(headers, "X-BFL-Signature", body, secret, prefix="sha256=")
        ):
            return None
        try:
            # Nothing else in it is believed: the job itself is read from the vendor.
            return Callback(reference="", provider_job_id=_id_in(document_in(body)))
        except (ValueError, KeyError, TypeError):
            return None


def _id_in(document: Any) -> str:
    job_id = document["id"]
    if not isinstance(job_id, str) or not _PLAIN_ID.fullmatch(job_id):
        raise ValueError("the answer has no usable id")
    return job_id


def _dollars(credits: Any) -> Decimal | None:
    amount = _number(credits, at_most=_LARGEST_COST)
    return None if amount is None else amount * _DOLLARS_PER_CREDIT


def _number(value: Any, *, at_most: int) -> Decimal | None:
    """A number of the vendor's, None for nothing or nonsense."""
    return Decimal(value) if isinstance(value, int | Decimal) and 0 <= value <= at_most else None
