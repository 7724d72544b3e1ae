"""How the loopback Black Forest Labs calls back, in both of the styles that the vendor's texts describe."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

import requests

from tests.vendors.flux.jobs import Job

# "echo": the vendor's newer SDK and the AI SDK's pages; "signature": the vendor's skills document of 2026-02.
STYLES = ("echo", "signature")
# Faults at the webhook, by name: what is sent instead of one honest webhook right after the answer.
FAULTS = (
    "webhook-never",
    "webhook-early",  # answered before the answer to the submission goes out
    "webhook-late",  # after the picture was fetched
    "webhook-duplicated",
    "webhook-out-of-order",  # an older state after the last one
    "webhook-forged",
)
_REPEATS = 3

Post = Callable[[str, bytes, Mapping[str, str]], int]
Words = Callable[[], Mapping[str, Any]]


def webhook_headers(style: str, secret: str, body: bytes) -> dict[str, str]:
    """What proves a callback; nothing without a secret."""
    if not secret:
        return {}
    if style == "echo":
        return {"X-Webhook-Secret": secret}
    return {"X-BFL-Signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def post_for_real(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Over the network; 0 where nobody listens."""
    try:
        return requests.post(url, data=body, headers=headers, timeout=5, allow_redirects=False).status_code
    except requests.RequestException:
        return 0


class Webhooks:
    """Calls back once for each job that was given an address, or as its fault wants it. `statuses` are the answers."""

    def __init__(self) -> None:
        self.style = "echo"
        self.post: Post = post_for_real
        self.statuses: list[int] = []
        self._threads: list[threading.Thread] = []

    def job_taken(self, job: Job, words: Words) -> None:
        """The job is there, its submission not yet answered."""
        if not job.document.get("webhook_url") or job.fault in {"webhook-never", "webhook-late"}:
            return
        if job.fault == "webhook-early":
            self._send(job, words())
        else:
            self._send_soon(job, words)

    def picture_fetched(self, job: Job, words: Words) -> None:
        """The client has all it wanted."""
        if job.document.get("webhook_url") and job.fault == "webhook-late":
            self._send_soon(job, words)

    def finish(self) -> None:
        """Wait until nobody is being called any more."""
        for thread in self._threads:
            thread.join(10)

    def _send_soon(self, job: Job, words: Words) -> None:
        thread = threading.Thread(target=self._send_all, args=(job, words), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _send_all(self, job: Job, words: Words) -> None:
        last_words = words()
        for _ in range(_REPEATS if job.fault == "webhook-duplicated" else 1):
            self._send(job, last_words)
        if job.fault == "webhook-out-of-order":
            self._send(job, job.told("Pending", progress=0.5))

    def _send(self, job: Job, words: Mapping[str, Any]) -> None:
        body = json.dumps(words).encode()
        secret = str(job.document.get("webhook_secret", ""))
        proof = webhook_headers(self.style, secret[::-1] if job.fault == "webhook-forged" else secret, body)
        headers = {"Content-Type": "application/json", **proof}
        self.statuses.append(self.post(str(job.document["webhook_url"]), body, headers))
