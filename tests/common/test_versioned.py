"""Versioned settings: defaults until saved, every change a new row, nothing lost between two people."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from billing.models import PricingSettings, QuotaSettings
from gencraft_media.common.errors import StaleTransition
from gencraft_media.common.versioned import change_settings, current_settings, forget_settings
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_the_defaults_hold_while_nothing_was_saved() -> None:
    assert current_settings(PricingSettings).version == 0
    assert current_settings(PricingSettings).markup_percent == 0
    assert not PricingSettings.objects.exists()


def test_a_change_is_a_new_version_over_the_one_in_force() -> None:
    alice = make_user()
    change_settings(PricingSettings, {"markup_percent": Decimal(20)}, changed_by=alice, reason="launch")
    change_settings(PricingSettings, {"batch_discount_cap": Decimal("0.10")})
    row = current_settings(PricingSettings)
    assert (row.version, row.markup_percent, row.batch_discount_cap) == (2, Decimal(20), Decimal("0.10"))
    first = PricingSettings.objects.get(version=1)
    assert (first.changed_by, first.reason, first.batch_discount_cap) == (alice, "launch", Decimal("0.25"))


def test_scopes_and_kinds_do_not_touch_each_other() -> None:
    change_settings(QuotaSettings, {"user_daily": 5}, scope="pro")
    assert current_settings(QuotaSettings).user_daily == -1
    assert current_settings(QuotaSettings, "pro").user_daily == 5
    assert current_settings(PricingSettings).version == 0


def test_a_value_out_of_range_is_refused_and_nothing_is_saved() -> None:
    with pytest.raises(ValidationError):
        change_settings(PricingSettings, {"markup_percent": Decimal(101)})
    assert not PricingSettings.objects.exists()


def test_another_process_sees_a_change_within_a_second(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.FRESH_FOR_S = 1.0
    moments = iter((100.0, 100.5, 101.1, 101.1))
    monkeypatch.setattr("gencraft_media.common.versioned.time", SimpleNamespace(monotonic=lambda: next(moments)))
    forget_settings()
    assert current_settings(QuotaSettings).user_daily == -1
    QuotaSettings.objects.create(version=1, user_daily=7)
    assert current_settings(QuotaSettings).user_daily == -1
    assert current_settings(QuotaSettings).user_daily == 7


def test_older_versions_can_be_put_back() -> None:
    change_settings(QuotaSettings, {"user_daily": 5})
    change_settings(QuotaSettings, {"user_daily": 9})
    change_settings(QuotaSettings, QuotaSettings.objects.get(version=1).values())
    assert (current_settings(QuotaSettings).version, current_settings(QuotaSettings).user_daily) == (3, 5)


@pytest.mark.django_db(transaction=True)
def test_parallel_changes_of_different_fields_are_all_kept() -> None:
    change_settings(QuotaSettings, {"user_daily": 1})
    fields = ["user_daily", "user_monthly"]

    def change(field: str) -> None:
        try:
            change_settings(QuotaSettings, {field: 77})
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(change, fields))
    row = current_settings(QuotaSettings)
    assert (row.version, row.user_daily, row.user_monthly) == (3, 77, 77)


def test_a_version_somebody_else_saved_first_is_a_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    QuotaSettings.objects.create(version=1)
    monkeypatch.setattr(
        QuotaSettings, "save", lambda self, **_: QuotaSettings.objects.bulk_create([type(self)(version=1)])
    )
    with pytest.raises(StaleTransition):
        change_settings(QuotaSettings, {"user_daily": 5})
