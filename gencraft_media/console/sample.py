"""The first picture, asked for through the public API exactly as a client would."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import requests

from gencraft_media.console.first_run import FirstRun

PROMPT = "A quiet fjord at first light, mist over still water"
REQUEST = {
    "provider": "sim",
    "model": "priced",
    "operation": "text-to-image",
    "prompt": PROMPT,
    "width": 1024,
    "height": 1024,
    "altText": "A simulated landscape",
}
# The same key until its job has failed: however often a first run is interrupted, it makes one picture.
IDEMPOTENCY_KEY = "first-run-sample"
READY_TIMEOUT_S = 90.0
PICTURE_TIMEOUT_S = 90.0
LOOK_EVERY_S = 0.1
MISSED = ("failed", "canceled")
ENDED = ("completed", *MISSED)
# What the numbers of `progress` mean, from the highest that was reached.
STAGES = {
    100: "charged and delivered",
    90: "address ready",
    75: "stored",
    50: "arrived, being checked and encoded",
    10: "the provider is drawing",
    0: "waiting for its turn",
}


class SampleMissed(RuntimeError):
    """The first picture did not arrive; the engine's logs say why."""


class Client:
    """The few calls of the public API that a first picture takes."""

    def __init__(self, address: str, api_key: str) -> None:
        self.address = address
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {api_key}"

    def wait_until_ready(self) -> None:
        """Return when the engine says that it is ready. Raises `SampleMissed` after a while."""
        for _ in _looks(READY_TIMEOUT_S):
            try:
                if self.session.get(f"{self.address}/readyz", timeout=5).ok:
                    return
            except requests.RequestException:
                continue
        raise SampleMissed(f"The engine was not ready within {READY_TIMEOUT_S:g} s.")

    def ask_for_sample(self) -> dict[str, Any]:
        """Ask for the picture, or for the job that an earlier try made unless that one came to nothing."""
        key = IDEMPOTENCY_KEY
        while True:
            answer = self.session.post(
                f"{self.address}/api/media/generate", json=REQUEST, headers={"Idempotency-Key": key}, timeout=30
            )
            if answer.status_code != requests.codes.accepted:
                raise SampleMissed(f"The engine answered {answer.status_code}: {answer.text[:500]}")
            job = dict(answer.json())
            if "Idempotent-Replayed" not in answer.headers or job["status"] not in MISSED:
                return job
            key = f"{IDEMPOTENCY_KEY}-after-{job['id']}"

    def job(self, job_id: str) -> dict[str, Any]:
        """The job as it is now."""
        answer = self.session.get(f"{self.address}/api/media/jobs/{job_id}", timeout=30)
        answer.raise_for_status()
        return dict(answer.json())


def make_sample(address: str, first_run: FirstRun, say: Callable[[str], None]) -> dict[str, Any]:
    """Make the first picture, reporting each stage; returns the finished job. Raises `SampleMissed`."""
    client = Client(address, first_run.apiKey)
    client.wait_until_ready()
    started = time.monotonic()
    job = client.ask_for_sample()
    seen = None
    for _ in _looks(PICTURE_TIMEOUT_S):
        if job["progress"] != seen:
            seen = job["progress"]
            say(f"  {time.monotonic() - started:5.1f} s  {seen:>3} %  {stage_of(job)}")
        if job["status"] in ENDED:
            break
        job = client.job(job["id"])
    if job["status"] != "completed":
        raise SampleMissed(f"The first picture ended as {job['status']}: {job.get('error')}")
    return job


def stage_of(job: dict[str, Any]) -> str:
    """Where a job is, in words."""
    if job["status"] in MISSED:
        return str(job["status"])
    return next(words for reached, words in STAGES.items() if job["progress"] >= reached)


def _looks(timeout_s: float) -> Iterator[None]:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        yield
        time.sleep(LOOK_EVERY_S)
