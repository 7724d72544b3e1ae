"""The demo is made through the services, ends what it begins, and goes without a trace but in the audit."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from assets.models import AssetRating, MediaAsset
from assets.storage import find_public_file
from billing.models import LedgerEntry, MediaUsage, PriceLine, PricingSettings
from gencraft_media.analytics.models import (
    CreditRollup,
    LatencyDay,
    LatencyRollup,
    MinuteProbe,
    RollupMark,
    UsageHour,
    UsageRollup,
)
from gencraft_media.common.models import AuditEntry
from gencraft_media.common.settings_changes import save_settings
from gencraft_media.console.demo.cast import CAST, WORKSHOP, demo_projects
from gencraft_media.console.demo.making import DemoRefused, make_demo
from gencraft_media.console.demo.props import demo_accounts
from gencraft_media.console.demo.removing import remove_demo
from gencraft_media.generation.auditor import audit_engine
from gencraft_media.generation.models import GenerationAttempt, GenerationJob, MediaSettings, RetirementNotice
from gencraft_media.generation.states import TERMINAL, AttemptState, JobStatus
from gencraft_media.webhooks.models import DeliveryState, WebhookDelivery
from providers.models import Provider, ProviderAccount
from providers.selectors import configured_providers
from tests.generation.driving import drive
from tests.generation.tenants import Tenant

# What is said of the demo stays; sums are made anew from whatever is there.
KEPT = {AuditEntry, RollupMark, UsageHour, UsageRollup, LatencyRollup, LatencyDay, CreditRollup}


def every_row() -> dict[str, set[Any]]:
    """The keys of all rows of all tables of ours."""
    kinds = [kind for kind in apps.get_models() if kind._meta.app_label not in {"contenttypes", "auth"}]
    return {
        kind._meta.label: set(kind._default_manager.values_list("pk", flat=True)) for kind in kinds if kind not in KEPT
    }


def test_two_days_are_made_whole_and_leave_nothing_behind(alice: Tenant, evening: datetime) -> None:
    drive(alice.start("sim/priced"))
    before = every_row()
    made = make_demo(days=2, now=evening)
    jobs = GenerationJob.objects.filter(project__in=demo_projects())
    assert jobs.count() == made.jobs > 3
    assert not jobs.exclude(status__in=TERMINAL[JobStatus]).exists()
    assert not GenerationAttempt.objects.exclude(state__in=TERMINAL[AttemptState]).exists()
    assert not WebhookDelivery.objects.filter(state=DeliveryState.PENDING).exists()
    assert audit_engine() == []
    project = demo_projects()[0]
    RetirementNotice.objects.create(
        project_id=project, provider="sim", model="priced", days=7, retires_at=evening.date(), jobs=1
    )
    save_settings(MediaSettings, {"quality": "hd"}, scope=f"project:{project}", actor=None)
    assert remove_demo()
    assert every_row() == before
    assert set(UsageRollup.objects.values_list("project_id", flat=True)) == {alice.project.pk}
    assert audit_engine() == []
    assert AuditEntry.objects.filter(action="demo.remove").count() == 1
    assert not remove_demo()


def test_nothing_of_it_can_be_used_for_a_request(evening: datetime) -> None:
    usual, pricing = configured_providers(), PricingSettings.objects.count()
    make_demo(days=1, now=evening)
    accounts = demo_accounts()
    assert {account.provider_id for account in accounts} == {"openai", "stability", "flux", WORKSHOP}
    assert not any(account.enabled or account.api_key for account in accounts)
    assert not Provider.objects.get(pk=WORKSHOP).enabled
    assert (configured_providers(), PricingSettings.objects.count()) == (usual, pricing)
    remove_demo()


def test_every_row_has_the_time_of_its_day(evening: datetime) -> None:
    make_demo(days=3, now=evening)
    first = (evening - timedelta(days=3)).replace(hour=0, minute=0)
    for kind, column in (
        (GenerationJob, "created_at"),
        (GenerationJob, "completed_at"),
        (GenerationAttempt, "created_at"),
        (MediaAsset, "created_at"),
        (MediaUsage, "created_at"),
        (LedgerEntry, "created_at"),
        (AssetRating, "rated_at"),
        (WebhookDelivery, "created_at"),
    ):
        times = list(kind._default_manager.values_list(column, flat=True))
        assert times and all(first < moment <= evening for moment in times), (kind, column)
        assert len({moment.date() for moment in times}) >= 2, (kind, column)
    days = set(UsageRollup.objects.filter(project_id__in=demo_projects()).values_list("day", flat=True))
    assert len(days) >= 2
    assert MinuteProbe.objects.count() > 2 * 1440
    remove_demo()
    assert not UsageRollup.objects.exists()
    assert not MinuteProbe.objects.exists()


def test_its_pictures_are_there_and_go_with_it(evening: datetime) -> None:
    make_demo(days=1, now=evening)
    keys = list(MediaAsset.objects.values_list("s3_key", flat=True))
    make_demo(days=1, now=evening)
    assert not any(find_public_file(key) for key in keys)
    keys = list(MediaAsset.objects.values_list("s3_key", flat=True))
    assert all(find_public_file(key) for key in keys)
    remove_demo()
    assert not any(find_public_file(key) for key in keys)


def test_the_same_days_are_played_the_same_way(evening: datetime) -> None:
    def figures() -> list[Any]:
        rows = GenerationJob.objects.order_by("created_at", "quoted_total")
        return [
            *rows.values_list("created_at", "status", "provider", "model", "credits_charged"),
            Counter(LedgerEntry.objects.values_list("kind", "credits")),
        ]

    make_demo(days=1, now=evening)
    first = figures()
    make_demo(days=1, now=evening)
    assert figures() == first
    remove_demo()


def test_somebody_elses_work_is_not_mixed_up_with_it_unasked(alice: Tenant, evening: datetime) -> None:
    drive(alice.start())
    make_demo(days=1, now=evening)
    attempt = GenerationAttempt.objects.filter(project_id=alice.project.pk).get()
    real = ProviderAccount.objects.create(provider_id="openai", label="real", enabled=False)
    GenerationAttempt.objects.filter(pk=attempt.pk).update(account=real)
    with pytest.raises(DemoRefused):
        make_demo(days=1, now=evening)
    make_demo(days=1, now=evening, force=True)
    remove_demo()
    assert GenerationJob.objects.get().project_id == alice.project.pk


def test_what_is_append_only_stays_so(alice: Tenant, evening: datetime) -> None:
    drive(alice.start())
    make_demo(days=1, now=evening)
    remove_demo()
    kinds: tuple[type[Any], ...] = (LedgerEntry, MediaUsage, PriceLine, AuditEntry)
    for kind in kinds:
        row = kind._default_manager.first()
        assert row is not None
        with pytest.raises(IntegrityError), transaction.atomic():
            kind._default_manager.filter(pk=row.pk).delete()


def test_each_plan_has_an_owner(evening: datetime) -> None:
    assert [owner.plan for owner in CAST] == ["pro", "starter", "free"]
