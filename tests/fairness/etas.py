"""Load for an engine in bursts and single jobs, and what it says about their ends beside what became true."""

import itertools
import random
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests

from tests.generation.tenants import Tenant
from tests.running_engine import RunningEngine
from tests.waiting import wait_until

_LOOK_EVERY_S = 0.5
# Seconds with nothing new, and how many jobs come then at once.
_RHYTHM = ((0.0, 1), (1.5, 1), (0.5, 12), (6.0, 1), (0.3, 1), (0.3, 1), (1.0, 20), (9.0, 3), (2.0, 1), (0.2, 8))
_MODELS = ("standard", "slow", "synchronous", "priced")
_ENDED = {"completed", "failed", "canceled"}


@dataclass(frozen=True)
class Told:
    """An estimate, in seconds from when it was asked for (seconds since 1970), and where the job stood then."""

    asked_s: float
    low_s: float
    median_s: float
    high_s: float
    status: str


@dataclass
class Followed:
    """A job and every estimate of its end."""

    id: str
    tenant: Tenant
    model: str
    told: list[Told] = field(default_factory=list)
    ended_s: float | None = None

    def took_s(self, told: Told) -> float:
        """The truth about an estimate."""
        assert self.ended_s is not None
        return self.ended_s - told.asked_s


@dataclass(frozen=True)
class Calibration:
    """How many estimates there were, the share whose range held the truth, and how wide the ranges were."""

    estimates: int
    within: float
    width_s: float
    relative_width: float
    median_error_s: float
    too_early: float

    def __str__(self) -> str:
        return (
            f"{self.estimates} estimates, {self.within:.1%} within the range, {self.too_early:.1%} later than it; "
            f"width {self.width_s:.1f} s, {self.relative_width:.2f} of the median; off by {self.median_error_s:.1f} s"
        )


def run_load(engine: RunningEngine, tenants: Sequence[Tenant], jobs: int, seed: int = 5) -> list[Followed]:
    """Start so many jobs in bursts and one by one, and follow each to its end."""
    followed: list[Followed] = []
    done = threading.Event()
    looking = threading.Thread(target=_look, args=(engine, tenants, followed, done))
    looking.start()
    try:
        for wait_s, count in _rhythm(jobs, random.Random(seed)):
            done.wait(wait_s)
            for _ in range(count):
                followed.append(_start(engine, tenants, len(followed), seed))
        wait_until(lambda: all(job.ended_s is not None for job in followed), timeout_s=300, what="the end of all jobs")
    finally:
        done.set()
        looking.join(timeout=30)
    return followed


def calibration_of(pairs: Sequence[tuple[Followed, Told]]) -> Calibration:
    """How the estimates fared."""
    within = [told.low_s <= job.took_s(told) <= told.high_s for job, told in pairs]
    widths = [told.high_s - told.low_s for _, told in pairs]
    return Calibration(
        estimates=len(pairs),
        within=sum(within) / len(within),
        width_s=statistics.median(widths),
        relative_width=statistics.median(
            width / max(told.median_s, 0.1) for width, (_, told) in zip(widths, pairs, strict=True)
        ),
        median_error_s=statistics.median(abs(job.took_s(told) - told.median_s) for job, told in pairs),
        too_early=sum(job.took_s(told) > told.high_s for job, told in pairs) / len(pairs),
    )


def at_admission(followed: Sequence[Followed]) -> list[tuple[Followed, Told]]:
    """What each job was told when it was accepted."""
    return [(job, job.told[0]) for job in followed]


def on_the_way(followed: Sequence[Followed]) -> list[tuple[Followed, Told]]:
    """What each was told afterwards, whenever somebody looked."""
    return [(job, told) for job in followed for told in job.told[1:]]


def _rhythm(jobs: int, dice: random.Random) -> Iterator[tuple[float, int]]:
    left = jobs
    for wait_s, count in itertools.cycle(_RHYTHM):
        if left <= 0:
            return
        yield wait_s * dice.uniform(0.7, 1.3), min(count, left)
        left -= count


def _start(engine: RunningEngine, tenants: Sequence[Tenant], number: int, seed: int) -> Followed:
    dice = random.Random(f"{seed}.{number}")
    tenant, model = dice.choice(tenants), dice.choice(_MODELS)
    body = {
        "provider": "sim", "model": f"sim/{model}", "operation": "text-to-image", "prompt": f"A lighthouse {number}",
        "width": 256, "height": 256, "batchSize": dice.choice([1, 1, 1, 1, 2, 4]),
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {tenant.token}"}
    asked_s = time.time()
    answer = requests.post(f"{engine.url}/api/media/generate", json=body, headers=headers, timeout=30)
    assert answer.status_code == 202, answer.text
    document = answer.json()
    job = Followed(document["id"], tenant, model)
    _note(job, document, asked_s)
    return job


def _look(engine: RunningEngine, tenants: Sequence[Tenant], followed: list[Followed], done: threading.Event) -> None:
    while not done.wait(_LOOK_EVERY_S):
        for tenant in tenants:
            running = {job.id: job for job in list(followed) if job.tenant is tenant and job.ended_s is None}
            if running:
                _look_at(engine, tenant, running)


def _look_at(engine: RunningEngine, tenant: Tenant, running: dict[str, Followed]) -> None:
    headers = {"Authorization": f"Bearer {tenant.token}"}
    asked_s = time.time()
    url = f"{engine.url}/api/media/jobs?limit={min(len(running) + 20, 100)}"
    for document in requests.get(url, headers=headers, timeout=30).json()["items"]:
        if document["id"] in running:
            _note(running[document["id"]], document, asked_s)


def _note(job: Followed, document: dict[str, Any], asked_s: float) -> None:
    if document["status"] in _ENDED:
        assert document["eta"] is None, document
        job.ended_s = datetime.fromisoformat(document["completedAt"]).timestamp()
        return
    eta = document["eta"]
    job.told.append(Told(asked_s, eta["low"], eta["seconds"], eta["high"], document["status"]))
