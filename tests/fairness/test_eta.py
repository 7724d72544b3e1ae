"""An estimate says how sure it is, and is right about that: through a running engine, idle, and in bursts."""

import pytest

from billing.models import UNLIMITED, Plan
from providers.models import ProviderAccount
from tests.fairness.etas import at_admission, calibration_of, on_the_way, run_load
from tests.generation.tenants import make_tenant
from tests.running_engine import RunningEngine

AT_LEAST = 0.8


@pytest.mark.parametrize(
    ("jobs", "seed"),
    [
        (40, 5),
        pytest.param(200, 5, marks=pytest.mark.soak),
        # Not the load by which the range was chosen.
        pytest.param(200, 11, marks=pytest.mark.soak),
    ],
)
def test_the_truth_lies_within_the_stated_range(engine: RunningEngine, jobs: int, seed: int) -> None:
    ProviderAccount.objects.filter(provider="sim").update(concurrent_requests=4)
    Plan.objects.update(concurrent_jobs=UNLIMITED, monthly_outputs=UNLIMITED)
    tenants = [
        make_tenant(f"{plan}-{jobs}-{seed}", plan=plan, credits=20_000) for plan in ("starter", "pro", "enterprise")
    ]
    followed = run_load(engine, tenants, jobs, seed)
    first, later = calibration_of(at_admission(followed)), calibration_of(on_the_way(followed))
    print(f"\n{jobs} jobs, when accepted: {first}\n{jobs} jobs, on the way: {later}")  # noqa: T201 (the figures)
    assert first.within >= AT_LEAST, str(first)
    assert later.within >= AT_LEAST, str(later)
    # A range that says nothing holds every truth.
    assert first.relative_width < 4 and later.relative_width < 4
