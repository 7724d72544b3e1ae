"""How the loopback Black Forest Labs calls back, in both of the styles that the vendor's texts describe."""

import hashlib
import hmac
import json
import threading
from typing import TYPE_CHECKING

import requests

from tests.vendors.flux.jobs import Job

if TYPE_CHECKING:
    from tests.vendors.flux.server import Server

# "echo": the vendor's newer SDK and the AI SDK's pages; "signature": the vendor's skills document of 2026-02.
STYLES = ("echo", "signature")


def webhook_headers(style: str, secret: str, body: bytes) -> dict[str, str]:
    """What proves a callback; nothing without a secret."""
    if not secret:
        return {}
    if style == "echo":
        return {"X-Webhook-Secret": secret}
    return {"X-BFL-Signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def send_webhook(server: "Server", job: Job) -> None:
    """Post the finished job to the address it came with, once, in the background."""
    threading.Thread(target=_post, args=(server, job), daemon=True).start()


def _post(server: "Server", job: Job) -> None:
    body = json.dumps(job.told("Ready", progress=1.0, result=job.result(server.cluster.sample_of(job)))).encode()
    headers = webhook_headers(server.webhook_style, str(job.document.get("webhook_secret", "")), body)
    try:
        requests.post(
            str(job.document["webhook_url"]),
            data=body,
            headers={"Content-Type": "application/json", **headers},
            timeout=5,
        )
    except requests.RequestException:
        """Nobody listens; the vendor would try again later."""
