"""Thousands of callbacks that are almost right: none is accepted, none leaves a trace, none breaks anything."""

import json
import logging
import random
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from django.test import Client
from pytest_django import Settings

from gencraft_media.generation.models import GenerationAttempt, ProviderCallback
from gencraft_media.generation.states import AttemptState
from providers.callbacks import callback_secret, signature_of
from providers.models import ProviderAccount
from tests.generation.driving import drive_attempt
from tests.generation.tenants import Tenant
from tests.generation.trouble import everything

ORDINARY, SOAK = 5_000, 50_000
REFUSED = {404, 405, 413}
_ODD_TEXTS = ("", " ", "\u0000", "ü", "\ud800", "None", "sha256=", "🙂" * 50, "a" * 8000, "%00", "é,e", "\r\nX: y")
_ODD_BODIES = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b"\xff\xfe",
    b"[" * 60_000,
    b'{"id": "\\ud800"}',
    b'{"id": 1e999}',
    b"x" * 70_000,
)


@dataclass(frozen=True)
class Message:
    """One callback on its way; `proof` is the name of the header that shows where it is from."""

    path: str
    proof: str
    value: str
    body: bytes
    method: str = "POST"
    content_type: str = "application/json"

    @property
    def is_signed(self) -> bool:
        """Whether the proof is over the body."""
        return self.proof != "X-Webhook-Secret"

    def send(self, client: Client) -> int:
        """The engine's answer."""
        answer = client.generic(
            self.method, self.path, self.body, content_type=self.content_type, headers={self.proof: self.value}
        )
        return answer.status_code


Mutation = Callable[[random.Random, Message, Message], Message]


def flip(rng: random.Random, message: Message, other: Message) -> Message:
    """One character of the proof is another one."""
    at = rng.randrange(len(message.value))
    return replace(message, value=message.value[:at] + rng.choice("0af9Gü=. ") + message.value[at + 1 :])


def cut(rng: random.Random, message: Message, other: Message) -> Message:
    """Only a part of the proof, or more than all of it."""
    parts = [
        message.value[: rng.randrange(len(message.value))],
        message.value[rng.randrange(1, len(message.value)) :],
        message.value * 2,
        message.value + rng.choice(_ODD_TEXTS[1:]),
        rng.choice(_ODD_TEXTS[1:]) + message.value,
    ]
    return replace(message, value=rng.choice(parts))


def respell(rng: random.Random, message: Message, other: Message) -> Message:
    """The proof in another spelling."""
    bare = message.value.removeprefix("sha256=")
    spellings = (bare.upper(), f"sha512={bare}", f"SHA256={bare}", f"sha256:{bare}", f'"{bare}"', f"v1,{bare}")
    return replace(message, value=rng.choice(spellings))


def swap_proof(rng: random.Random, message: Message, other: Message) -> Message:
    """The proof of another message, of nobody, or under another name."""
    names = (
        "X-Webhook-Secret",
        "X-BFL-Signature",
        "X-Sim-Signature",
        "Webhook-Signature",
        "Authorization",
        "X-Nothing",
    )
    if rng.random() < 0.5:
        return replace(message, proof=rng.choice([name for name in names if name != message.proof]))
    return replace(message, value=rng.choice([other.value, signature_of(message.body, "guessed"), *_ODD_TEXTS]))


def change_body(rng: random.Random, message: Message, other: Message) -> Message:
    """Another body under the same proof; where that is over no body, one about something else."""
    odd = [
        *_ODD_BODIES,
        other.body,
        message.body.replace(b'"id"', b'"di"'),
        json.dumps({"id": str(rng.random())}).encode(),
    ]
    if not message.is_signed:
        return replace(message, body=rng.choice(odd))
    at = rng.randrange(len(message.body))
    flipped = message.body[:at] + bytes([message.body[at] ^ (1 << rng.randrange(8))]) + message.body[at + 1 :]
    return replace(
        message, body=rng.choice([*odd, flipped, message.body[:at], message.body + b" ", b" " + message.body])
    )


def change_address(rng: random.Random, message: Message, other: Message) -> Message:
    """The whole message, replayed somewhere else."""
    base = "/api/media/callbacks"
    paths = (
        other.path,
        f"{message.path}/",
        message.path.rsplit("/", 1)[0],
        f"{base}/flux/{uuid.UUID(int=rng.getrandbits(128))}",
        f"{base}/sim/{uuid.UUID(int=rng.getrandbits(128))}",
        f"{base}/openai",
        f"{base}/stability/{uuid.UUID(int=rng.getrandbits(128))}",
        f"{base}/{rng.choice(_ODD_TEXTS[:4])}",
        f"{base}/flux/{rng.choice(('..', '%2e%2e', 'x', '0', 'ü'))}",
    )
    return replace(message, path=rng.choice(paths))


def change_method(rng: random.Random, message: Message, other: Message) -> Message:
    """The whole message, not as a POST."""
    return replace(message, method=rng.choice(["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]))


MUTATIONS: tuple[Mutation, ...] = (
    *(flip, flip, cut, cut, respell, swap_proof, swap_proof),
    *(change_body, change_body, change_address, change_address, change_method),
)


@pytest.fixture
def genuine(alice: Tenant, settings: Settings, caplog: pytest.LogCaptureFixture) -> list[Message]:
    """What vendors would send about jobs that wait for it: each of them would be accepted."""
    caplog.set_level(logging.ERROR)
    settings.PROVIDER_CALLBACKS = True
    ProviderAccount.objects.filter(provider="flux").update(api_key="k-123456789", base_url="https://api.eu.bfl.ai")
    messages = []
    for style in ("echo", "signature"):
        for number in range(2):
            job = alice.start("flux-2-pro", provider="flux")
            task = f"task-{style}-{number}"
            GenerationAttempt.objects.filter(job=job).update(state=AttemptState.ACCEPTED, provider_job_id=task)
            attempt_id = str(GenerationAttempt.objects.get(job=job).pk)
            secret, body = callback_secret("flux", attempt_id), json.dumps({"id": task, "status": "Ready"}).encode()
            signed = f"sha256={signature_of(body, secret)}"
            proof = ("X-Webhook-Secret", secret) if style == "echo" else ("X-BFL-Signature", signed)
            messages.append(Message(f"/api/media/callbacks/flux/{attempt_id}", *proof, body))
    job = alice.start("sim/dropped-callback")
    attempt = drive_attempt(job, AttemptState.UNKNOWN)
    body = json.dumps({"id": "sim-1", "reference": str(attempt.pk)}).encode()
    signature = signature_of(body, callback_secret("sim"))
    return [*messages, Message("/api/media/callbacks/sim", "X-Sim-Signature", signature, body)]


def assert_none_is_accepted(genuine: list[Message], count: int, seed: int) -> None:
    """Send `count` messages, each a genuine one with something wrong; then the genuine ones."""
    rng, client = random.Random(seed), Client()
    before = everything()
    statuses: Counter[int] = Counter()
    while statuses.total() < count:
        message, other = rng.sample(genuine, 2)
        mutated = rng.choice(MUTATIONS)(rng, message, other)
        if mutated in genuine:
            continue
        status = mutated.send(client)
        assert status in REFUSED, (status, mutated)
        statuses[status] += 1
    assert everything() == before
    assert ProviderCallback.objects.count() == 0
    assert set(statuses) == REFUSED
    assert [message.send(client) for message in genuine] == [204] * len(genuine)


def test_five_thousand_messages_that_are_almost_right(genuine: list[Message]) -> None:
    assert_none_is_accepted(genuine, ORDINARY, seed=20_261_122)


@pytest.mark.soak
def test_fifty_thousand_messages_that_are_almost_right(genuine: list[Message]) -> None:
    assert_none_is_accepted(genuine, SOAK, seed=7)
