"""`make bench`: every ratio of docs/benchmarks.md, measured in one run."""

import os
import statistics
import subprocess
import sys
from typing import Any

from tests.bench.engine import PROJECT, MeasuredEngine, measured_engine
from tests.bench.measures import admission_ratio, bare_cpu_s, cpu_per_picture, makespan_ratio, run_jobs
from tests.bench.synchronous import BARE_UPSTREAM, synchronous_call_s

_WARM_UP_JOBS = 10
_MEASURED_JOBS = 100
_COUNTED = ("web", "dispatcher", "worker-io", "worker-media", "beat")
_CALLERS = 16
# Prints keys of enterprise projects with credits, and the delays between an attempt's commit and its first step.
_MAKE_KEYS = f"""
from tests.factories import make_key, make_project, make_user
from billing.accounts import account_of, change_plan
from billing.ledger import grant_credits
for number in range({_CALLERS}):
    project = make_project(make_user())
    account_of(project.owner_id)
    change_plan(project.owner_id, "enterprise")
    grant_credits(owner_id=project.owner_id, credits=100_000, kind="purchase", idempotency_key="bench", reason="bench")
    print(make_key(project)[1])
"""
_DELAYS = """
from gencraft_media.generation.models import GenerationAttempt
rows = GenerationAttempt.objects.filter(tries=1, submitted_at__isnull=False, model="sim/slow")
for created, submitted in rows.values_list("created_at", "submitted_at"): print((submitted - created).total_seconds())
"""


def _shell(engine: MeasuredEngine, code: str) -> str:
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
    return subprocess.run(
        command, cwd=PROJECT, env=engine.environment, check=True, capture_output=True, text=True
    ).stdout


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 (a command's output)


def main() -> None:
    """Measure and print."""
    for alone in ("image_step", "routing", "dashboard"):
        subprocess.run([sys.executable, "-m", f"tests.bench.{alone}"], cwd=PROJECT, check=True, env=_test_environment())
    with measured_engine() as engine:
        tokens = _shell(engine, _MAKE_KEYS).split()[-_CALLERS:]
        run_jobs(engine, tokens, jobs=_WARM_UP_JOBS)
        cpu = cpu_per_picture(engine, tokens, jobs=_MEASURED_JOBS)
        bare = bare_cpu_s(engine)
        _report_cpu(cpu, bare)
        run_jobs(engine, tokens, jobs=_WARM_UP_JOBS, model="synchronous")
        inline = cpu_per_picture(engine, tokens, jobs=_MEASURED_JOBS, model="synchronous")
        _say(f"f  CPU a picture over bare Pillow: by URL {_counted(cpu) / bare:.2f} (target 1.65),")
        _say(f"   as base64 in the answer {_counted(inline) / bare:.2f} (target 1.80)")
        makespan, ratio = makespan_ratio(engine, tokens, bare)
        _say(f"b  100 jobs at once on sim/slow, makespan {makespan:.2f} s over its bound: {ratio:.2f} (target 1.60)")
        _report_delays([float(line) for line in _shell(engine, _DELAYS).split()])
        _report_added(engine, tokens[0], bare)
        memory = engine.memory_mb()
        _report_admission(admission_ratio(engine, tokens))
        _say("e  memory, MB: " + ", ".join(f"{name} {size:.0f}" for name, size in memory.items()))


def _test_environment() -> dict[str, str]:
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}


def _report_cpu(cpu: dict[str, float], bare: float) -> None:
    _say(f"a2 CPU of the engine a stored 1024x1024 picture / bare Pillow: {_counted(cpu) / bare:.2f} (target 1.65)")
    parts = ", ".join(f"{name} {cpu[name] * 1000:.1f}" for name in (*_COUNTED, "provider"))
    _say(f"   ms a picture: {parts} (not counted); bare {bare * 1000:.1f}")


def _counted(cpu: dict[str, float]) -> float:
    return sum(cpu[name] for name in _COUNTED)


def _report_added(engine: MeasuredEngine, token: str, bare: float) -> None:
    upstream = statistics.median(float(line) for line in _shell(engine, BARE_UPSTREAM).split())
    added = synchronous_call_s(engine, token) - upstream - bare
    _say(
        f"g  POST /v1/images/generations adds {added * 1000:.0f} ms (p50) to its provider's {upstream * 1000:.0f} ms "
        f"and the bare image step's {bare * 1000:.0f} ms"
    )


def _report_delays(delays: list[float]) -> None:
    cuts = statistics.quantiles(delays, n=100)
    _say(f"d  commit to first step: p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms of {len(delays)}")


def _report_admission(found: dict[str, Any]) -> None:
    _say(
        f"c  POST /generate {found['ours']:.0f}/s over the bare view's {found['bare']:.0f}/s: "
        f"{found['ratio']:.2f} (target 0.20); p50 {found['p50_ms']:.0f} ms, p99 {found['p99_ms']:.0f} ms (target 100)"
    )


if __name__ == "__main__":
    main()
