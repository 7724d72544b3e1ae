"""Vendors that sign otherwise than those of today fit in by one method of their adapter."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from gencraft_media.generation.models import GenerationJob, ProviderCallback
from gencraft_media.generation.states import AttemptState
from providers.adapters.sim import SimAdapter
from providers.callback_signatures import TOLERANCE_S, holds_standard_webhook
from providers.callbacks import callback_secret
from providers.registry import ADAPTERS
from providers.types import Callback
from tests.generation.driving import drive, drive_attempt
from tests.generation.submissions import submissions
from tests.generation.tenants import Tenant

KEY_PAIR = Ed25519PrivateKey.from_private_bytes(b"thirty-two bytes that are no key")


def named_in(body: bytes) -> Callback:
    document = json.loads(body)
    return Callback(reference=document["reference"], provider_job_id=document["id"])


class BySpecification(SimAdapter):
    """Signs as Standard Webhooks says, as Replicate does."""

    def verify_callback(self, headers: Mapping[str, str], body: bytes, secret: str) -> Callback | None:
        return named_in(body) if holds_standard_webhook(headers, body, secret, now_s=time.time()) else None


class ByKeyPair(SimAdapter):
    """Signs the body's digest with Ed25519, as fal does."""

    def verify_callback(self, headers: Mapping[str, str], body: bytes, secret: str) -> Callback | None:
        try:
            signature = bytes.fromhex(headers.get("X-Signature", ""))
            KEY_PAIR.public_key().verify(signature, hashlib.sha256(body).digest())
        except (InvalidSignature, ValueError):
            return None
        return named_in(body)


def waiting(alice: Tenant) -> tuple[GenerationJob, bytes]:
    job = alice.start("sim/dropped-callback")
    attempt = drive_attempt(job, AttemptState.UNKNOWN)
    [taken] = submissions()
    return job, json.dumps({"id": taken["id"], "reference": str(attempt.pk)}).encode()


def call_back(body: bytes, headers: Mapping[str, str]) -> int:
    answer = Client().generic("POST", "/api/media/callbacks/sim", body, content_type="text/plain", headers=headers)
    return answer.status_code


def standard_headers(body: bytes, sent_at: float) -> dict[str, str]:
    stamp = str(int(sent_at))
    key = base64.b64decode(callback_secret("sim"))
    digest = hmac.new(key, b"msg_1." + stamp.encode() + b"." + body, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(digest).decode()
    return {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": signature}


def test_standard_webhooks(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ADAPTERS, "sim", BySpecification)
    job, body = waiting(alice)
    now = time.time()
    stale = standard_headers(body, now - TOLERANCE_S - 60)
    assert [call_back(body, headers) for headers in ({}, stale, standard_headers(body + b" ", now))] == [404] * 3
    assert call_back(body, standard_headers(body, now)) == 204
    assert ProviderCallback.objects.get().headers["Webhook-Id"] == "msg_1"
    assert drive(job).status == "completed"


def test_key_pairs(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ADAPTERS, "sim", ByKeyPair)
    job, body = waiting(alice)
    signature = KEY_PAIR.sign(hashlib.sha256(body).digest()).hex()
    assert call_back(body, {"X-Signature": signature[::-1]}) == 404
    assert call_back(body + b" ", {"X-Signature": signature}) == 404
    assert call_back(body, {"X-Signature": signature}) == 204
    assert drive(job).status == "completed"
