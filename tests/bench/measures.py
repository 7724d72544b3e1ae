"""The measures: each one a sentence of the specification of `make bench`, each a ratio within one run."""

import os
import statistics
import threading
import time
from collections.abc import Sequence
from typing import Any

from tests.bench.engine import MeasuredEngine
from tests.bench.image_step import bare_work
from tests.bench.load import Caller, side_by_side, throughput
from tests.waiting import wait_until

ENDED = {"completed", "failed", "canceled"}
BODY: dict[str, Any] = {
    "provider": "sim", "operation": "text-to-image", "prompt": "A lighthouse at dawn", "width": 1024, "height": 1024,
    "quality": "standard", "batchSize": 1, "model": "slow",
}  # fmt: skip


def run_jobs(engine: MeasuredEngine, tokens: Sequence[str], *, jobs: int, model: str = "slow") -> float:
    """Create `jobs` jobs, each caller with a key and project of its own; returns the seconds until the last has ended.

    Four pictures in turn, which the simulator draws once: its work is not what is measured.
    """
    before = engine.jobs_by_status()
    left = iter(range(jobs))
    lock = threading.Lock()

    def create(caller: Caller) -> None:
        while True:
            with lock:
                number = next(left, None)
            if number is None:
                return
            caller.ask("POST", "/api/media/generate", {**BODY, "model": model, "seed": number % 4})

    started = time.monotonic()
    side_by_side(create, [Caller(engine.port, token) for token in tokens])
    wait_until(lambda: _ended(engine) - sum(before.values()) == jobs, timeout_s=300, what="the last job")
    makespan = time.monotonic() - started
    completed = engine.jobs_by_status().get("completed", 0) - before.get("completed", 0)
    if completed != jobs:
        raise RuntimeError(f"{completed} of {jobs} jobs were completed")
    return makespan


def _ended(engine: MeasuredEngine) -> int:
    """Looked up in the database: a client that polls would be part of what is measured."""
    found = engine.jobs_by_status()
    return sum(found.get(status, 0) for status in ENDED)


def bare_cpu_s(engine: MeasuredEngine, *, rounds: int = 3) -> float:
    """CPU of Pillow's bare work on the very originals the engine has just stored: the median a picture."""
    originals = sorted((engine.folder / "private").rglob("*.png"))[:20]
    times = []
    for _ in range(rounds):
        for original in originals:
            started = time.process_time()
            bare_work(original)
            times.append(time.process_time() - started)
    return statistics.median(times)


def cpu_per_picture(
    engine: MeasuredEngine, tokens: Sequence[str], *, jobs: int, model: str = "slow"
) -> dict[str, float]:
    """CPU seconds a stored picture, by process."""
    before = engine.cpu_s()
    run_jobs(engine, tokens, jobs=jobs, model=model)
    after = engine.cpu_s()
    return {name: (after[name] - before[name]) / jobs for name in after}


def makespan_ratio(
    engine: MeasuredEngine, tokens: Sequence[str], bare_s: float, *, jobs: int = 100
) -> tuple[float, float]:
    """(b): the makespan of jobs that all begin at once, and its ratio to what nobody could be faster than."""
    makespan = run_jobs(engine, tokens, jobs=jobs)
    return makespan, makespan / (2.0 + jobs * bare_s / (os.cpu_count() or 1))


def admission_ratio(engine: MeasuredEngine, tokens: Sequence[str], *, seconds: float = 5.0) -> dict[str, Any]:
    """(c): POST /generate a second over the bare view, 16 callers, in turns.

    Without the dispatcher: nothing works on the jobs, as nothing works on the bare view's tasks.
    """
    engine.stop("dispatcher")
    ours, bare = [], []
    for _ in range(3):
        bare.append(throughput(engine.port, tokens, "/bare", BODY, seconds=seconds))
        ours.append(throughput(engine.port, tokens, "/api/media/generate", BODY, seconds=seconds))
    return {
        "ratio": statistics.median(o.per_second / b.per_second for o, b in zip(ours, bare, strict=True)),
        "ours": statistics.median(o.per_second for o in ours),
        "bare": statistics.median(b.per_second for b in bare),
        "p50_ms": statistics.median(o.p50_ms for o in ours),
        "p99_ms": statistics.median(o.p99_ms for o in ours),
    }
