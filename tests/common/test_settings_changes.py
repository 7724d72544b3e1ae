"""Settings are changed and audited together, over the version the person saw, and put back the same way."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from assets.models import StorageSettings
from billing.models import PricingSettings, QuotaSettings
from gencraft_media.common.audit import MASKED
from gencraft_media.common.models import AuditEntry
from gencraft_media.common.settings_changes import SettingsOutdated, newest_settings, revert_settings, save_settings
from gencraft_media.common.versioned import current_settings
from tests.factories import make_user

pytestmark = pytest.mark.django_db
SECRET = "s3-secret-that-nobody-reads"


def test_a_change_is_a_new_version_and_an_audit_entry() -> None:
    alice = make_user()
    row = save_settings(PricingSettings, {"markup_percent": Decimal(20)}, actor=alice, reason="launch")
    assert (row.version, row.changed_by, row.reason) == (1, alice, "launch")
    entry = AuditEntry.objects.get(action="settings.change")
    assert (entry.actor_id, entry.target_kind, entry.target_id) == (alice.pk, "billing.pricingsettings", str(row.pk))
    assert entry.before is not None and entry.after is not None
    assert (entry.before["version"], entry.before["markup_percent"]) == (0, 0)
    assert (entry.after["version"], entry.after["markup_percent"], entry.reason) == (1, "20", "launch")


def test_what_the_engine_changes_itself_names_nobody() -> None:
    assert save_settings(QuotaSettings, {"user_daily": 5}, actor=None).changed_by is None
    assert AuditEntry.objects.get().actor_label == "engine"


def test_a_value_out_of_range_leaves_no_trace() -> None:
    with pytest.raises(ValidationError):
        save_settings(PricingSettings, {"markup_percent": Decimal(101)}, actor=None)
    assert not PricingSettings.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_change_made_from_an_older_version_is_refused() -> None:
    save_settings(QuotaSettings, {"user_daily": 5}, actor=None, made_from=0)
    with pytest.raises(SettingsOutdated):
        save_settings(QuotaSettings, {"user_monthly": 9}, actor=None, made_from=0)
    assert QuotaSettings.objects.count() == AuditEntry.objects.count() == 1


def test_the_version_that_counts_is_that_of_the_scope() -> None:
    save_settings(QuotaSettings, {"user_daily": 5}, actor=None)
    assert save_settings(QuotaSettings, {"user_daily": 6}, scope="plan:pro", actor=None, made_from=0).version == 1


def test_secrets_are_masked_and_a_replaced_one_is_named() -> None:
    save_settings(StorageSettings, {"bucket": "pictures", "secret_key": SECRET}, actor=None)
    save_settings(StorageSettings, {"secret_key": SECRET + "2"}, actor=None)
    save_settings(StorageSettings, {"bucket": "other"}, actor=None)
    last, second, _first = AuditEntry.objects.all()
    assert second.before is not None and second.after is not None and last.after is not None
    assert (second.before["secret_key"], second.after["secret_key"]) == (MASKED, MASKED)
    assert second.after["replaced"] == ["secret_key"]
    assert "replaced" not in last.after
    assert SECRET not in str([(entry.before, entry.after) for entry in AuditEntry.objects.all()])


def test_an_older_version_comes_back_as_a_new_one_with_its_secrets() -> None:
    first = save_settings(StorageSettings, {"bucket": "pictures", "secret_key": SECRET}, actor=None)
    save_settings(StorageSettings, {"bucket": "other", "secret_key": "x"}, actor=None)
    row = revert_settings(first, actor=None)
    assert (row.version, row.reason) == (3, "Back to version 1")
    assert current_settings(StorageSettings).values() == first.values()
    assert AuditEntry.objects.count() == 3


def test_the_defaults_come_back_as_well() -> None:
    defaults = newest_settings(PricingSettings)
    save_settings(PricingSettings, {"markup_percent": Decimal(20)}, actor=None)
    row = revert_settings(defaults, actor=None)
    assert (row.version, row.markup_percent, row.reason) == (2, Decimal(0), "Back to the defaults")


def test_nothing_is_reverted_over_a_version_nobody_saw() -> None:
    first = save_settings(QuotaSettings, {"user_daily": 5}, actor=None)
    save_settings(QuotaSettings, {"user_daily": 6}, actor=None)
    with pytest.raises(SettingsOutdated):
        revert_settings(first, actor=None, made_from=1)
    assert current_settings(QuotaSettings).user_daily == 6
