"""What the engine has in hand, who is near a limit, and what waits for an operator."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from billing.auditor import Finding
from billing.models import CreditAccount, QuotaCounter
from gencraft_media.accounts.models import ExternalUser
from gencraft_media.analytics.alerts import DANGER, WARNING, operator_alerts
from gencraft_media.analytics.live import jobs_now, latest_audits, retirements_ahead, webhook_state
from gencraft_media.analytics.models import MinuteProbe, RollupMark
from gencraft_media.analytics.periods import period_of
from gencraft_media.analytics.probes import probe_minute
from gencraft_media.analytics.quota_use import quota_use
from gencraft_media.analytics.rollups import USAGE_MARK
from gencraft_media.common.clock import database_now
from gencraft_media.common.versioned import change_settings
from gencraft_media.generation.audit_runs import keep_verdict
from gencraft_media.generation.models import AuditRun, Circuit, GenerationAttempt, GenerationJob
from gencraft_media.webhooks.models import WebhookDelivery, WebhookEndpoint
from providers.models import Provider, ProviderAccount, ProviderModel
from tests.analytics.rows import NOON, make_cost, make_job
from tests.factories import add_member, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fair_prices() -> None:
    """No discount that could exceed the margin: the one alert of a new engine."""
    from billing.models import PricingSettings

    change_settings(PricingSettings, {"batch_discount_cap": 0})


def make_attempt(job: GenerationJob, *, late_s: float, **fields: Any) -> GenerationAttempt:
    return GenerationAttempt.objects.create(
        job=job,
        project_id=job.project_id or job.pk,
        number=1,
        provider=job.provider,
        model=job.model,
        operation=job.operation,
        quoted_cost="0.04",
        next_step_at=database_now() - timedelta(seconds=late_s),
        **{"state": "planned", **fields},
    )


def texts() -> list[tuple[str, str]]:
    return [(alert.level, alert.text) for alert in operator_alerts()]


def test_jobs_that_nobody_works_on_are_stuck() -> None:
    ours, theirs, now = make_project(), make_project(), database_now()
    running = [make_job(ours, status="processing", at=now) for _ in range(3)]
    make_job(ours, status="queued", at=now)
    make_job(theirs, status="queued", at=now)
    make_job(theirs)
    make_attempt(running[0], late_s=200)
    make_attempt(running[1], late_s=200, lease_until=now + timedelta(seconds=10))
    make_attempt(running[2], late_s=20)
    found = jobs_now()
    assert (found.queued, found.running, found.stuck) == (2, 3, 1)
    assert jobs_now(theirs.pk).stuck == 0
    assert (DANGER, "1 job stuck: due for two minutes, and nobody works on it.") in texts()


def test_the_verdict_of_the_auditor_is_kept() -> None:
    finding = Finding("I5", "job 1", "ended with an open hold")
    keep_verdict([], everything=True)
    keep_verdict([finding, finding], everything=False)
    assert [(run.everything, run.findings) for run in latest_audits()] == [(True, 0), (False, 2)]
    assert latest_audits()[1].sample[0] == {"invariant": "I5", "subject": "job 1", "detail": finding.detail}
    assert (DANGER, "The auditor found 2 broken invariants in the last day.") in texts()


def test_old_verdicts_go() -> None:
    for _ in range(55):
        keep_verdict([], everything=False)
    keep_verdict([], everything=True)
    assert AuditRun.objects.count() == 51


def test_an_account_without_credit_is_an_alert_and_a_limit_is_none() -> None:
    account = ProviderAccount.objects.create(provider=Provider.objects.create(key="acme", label="Acme"))
    Circuit.objects.create(account=account, state="open", reason="no_credit", opened_at=timezone.now())
    Circuit.objects.create(account=account, model="one", state="open", reason="rate", opened_at=timezone.now())
    assert texts() == [(DANGER, "acme (default) is set aside: no credit.")]


def test_suspected_costs_and_frozen_accounts_wait_for_a_person() -> None:
    job = make_job(make_project())
    make_cost(job, certainty="suspected")
    make_cost(job, certainty="suspected")
    CreditAccount.objects.create(
        owner_id=job.payer_id,
        plan_id="free",
        period_start=NOON,
        period_end=NOON,
        frozen_reason="I7",
    )
    assert texts() == [
        (DANGER, "1 credit account frozen by the auditor."),
        (WARNING, "2 suspected provider costs to be confirmed or dismissed."),
    ]


def test_figures_that_stand_still_are_an_alert() -> None:
    RollupMark.objects.create(name=USAGE_MARK, until=database_now() - timedelta(hours=1))
    [(level, text)] = texts()
    assert (level, "beat or its worker is away" in text) == (WARNING, True)


def test_a_model_that_ends_soon_is_ahead() -> None:
    acme, today = Provider.objects.create(key="acme", label="Acme"), timezone.now().date()
    for name, days in (("soon", 10), ("later", 80), ("far", 200), ("past", -1)):
        ProviderModel.objects.create(
            provider=acme, name=name, label=name, operations=["text-to-image"], retires_at=today + timedelta(days=days)
        )
    assert [row.name for row in retirements_ahead(today)] == ["soon", "later"]


def test_failed_deliveries_of_the_period_are_counted() -> None:
    project, now = make_project(), database_now()
    endpoint = WebhookEndpoint.objects.create(
        project=project, url="https://example.com/", secret="s", failing_since=now
    )
    WebhookEndpoint.objects.create(
        project=project, url="https://example.com/", secret="s", enabled=False, disabled_reason="failing"
    )
    WebhookEndpoint.objects.create(
        project=project, url="https://example.com/", secret="s", enabled=False, disabled_reason="manual"
    )
    for state, age in (("failed", 1), ("failed", 2), ("failed", 50), ("pending", 0), ("delivered", 0)):
        WebhookDelivery.objects.create(
            project=project,
            endpoint=endpoint,
            type="job.completed",
            body="{}",
            lane=endpoint.pk,
            state=state,
            created_at=now - timedelta(days=age),
        )
    found = webhook_state(period_of("30d"))
    assert (found.failed, found.pending, found.failing_endpoints, found.disabled_endpoints) == (2, 1, 1, 1)
    assert webhook_state(period_of("30d"), make_project().pk).failed == 0
    assert (WARNING, "1 webhook endpoint switched off after days of failures.") in texts()


def test_quota_use_is_told_against_the_plan_of_the_owner() -> None:
    free, starter, rich = make_project(), make_project(), make_project()
    bob = make_user("bob")
    add_member(starter, bob)
    visitor = ExternalUser.objects.create(project=free, external_id="visitor-7")
    now = database_now()
    for project, plan in ((free, "free"), (starter, "starter"), (rich, "enterprise")):
        CreditAccount.objects.create(owner_id=project.owner_id, plan_id=plan, period_start=now, period_end=now)
    counted = {
        f"user:{free.owner_id}": (4, 1),
        f"user:{bob.pk}": (90, 0),
        f"user:{rich.owner_id}": (5000, 0),
        f"external:{visitor.pk}": (2, 0),
        f"user:{starter.owner_id}": (0, 0),
    }
    for subject, (delivered, reserved) in counted.items():
        QuotaCounter.objects.create(
            subject=subject, period=f"month:{now:%Y-%m}", delivered=delivered, reserved=reserved
        )
    QuotaCounter.objects.create(subject=f"user:{free.owner_id}", period="month:2001-01", delivered=10)
    assert [(use.requester, use.plan, use.used, use.limit) for use in quota_use(now)] == [
        (str(bob), "Starter", 90, 100),
        (str(free.owner), "Free", 5, 10),
        ("visitor-7 of Site", "Free", 2, 10),
    ]


def test_the_worst_answer_of_a_minute_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    minute = database_now().replace(second=0, microsecond=0)
    monkeypatch.setattr("gencraft_media.analytics.probes.database_now", lambda: minute + timedelta(seconds=20))
    for failing in ([], ["broker", "storage"], []):
        monkeypatch.setattr("gencraft_media.analytics.probes.failing_parts", lambda failing=failing: failing)
        probe_minute()
    [probe] = MinuteProbe.objects.all()
    assert (probe.minute, probe.ok, probe.failing) == (minute, False, "broker, storage")
    assert texts()[0] == (DANGER, f"Not ready at {minute:%H:%M} UTC: broker, storage.")


def test_a_minute_in_which_everything_answers_is_up() -> None:
    probe_minute()
    probe_minute()
    assert [probe.ok for probe in MinuteProbe.objects.all()] == [True]
