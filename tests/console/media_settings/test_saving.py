"""Saving a card: checked, audited, in force at once, and never over what somebody else saved meanwhile."""

from decimal import Decimal
from typing import Any

import pytest

from billing.models import Plan, PricingSettings, QuotaSettings, SpendSettings
from gencraft_media.common.models import AuditEntry
from gencraft_media.common.settings_changes import save_settings
from gencraft_media.common.versioned import current_settings
from gencraft_media.generation.models import MediaSettings
from gencraft_media.generation.policy import media_policy
from tests.console.media_settings.hub import Hub, text_of
from tests.factories import make_project, make_super_admin


def newest_audit() -> dict[str, Any]:
    """What the newest entry says was changed."""
    entry = AuditEntry.objects.order_by("-id")[0]
    before, after = entry.before or {}, entry.after or {}
    return {name: (before.get(name), value) for name, value in after.items() if before.get(name) != value}


def test_a_change_is_in_force_and_audited_with_its_reason(sam: Hub) -> None:
    answer = sam.save("defaults", "defaults", quality="hd", compression="90", reason="Launch")
    assert answer.status_code == 302
    project = make_project()
    policy = media_policy(project.pk, project.owner_id)
    assert (policy.quality, policy.compression, policy.format) == ("hd", 90, "webp")
    row = MediaSettings.objects.get()
    assert (row.scope, row.version, row.changed_by, row.reason) == ("global", 1, sam.user, "Launch")
    assert newest_audit() == {"quality": ("", "hd"), "compression": (None, 90), "version": (0, 1)}
    assert "Quality: HD; Compression: 90" in text_of(sam.open("defaults"))


def test_settings_are_saved_for_the_scope_of_the_page(sam: Hub) -> None:
    project = make_project()
    scope = f"project:{project.pk}"
    assert sam.save("defaults", "defaults", scope=scope, enabled="False", retention_days="-1").status_code == 302
    assert sam.save("quotas", "spend", scope="plan:pro", credits_per_day="500").status_code == 302
    assert not media_policy(project.pk, project.owner_id).enabled
    other = make_project()
    assert media_policy(other.pk, other.owner_id).enabled
    assert SpendSettings.objects.get().scope == "plan:pro"


def test_an_emptied_field_is_the_wider_scopes_again(sam: Hub) -> None:
    sam.save("defaults", "defaults", scope="plan:pro", quality="hd", max_resolution="512")
    sam.save("defaults", "defaults", scope="plan:pro", quality="", max_resolution="")
    row = current_settings(MediaSettings, "plan:pro")
    assert (row.version, row.quality, row.max_resolution) == (2, "", None)


@pytest.mark.parametrize(
    ("group", "card", "field", "value"),
    [
        ("defaults", "defaults", "compression", "101"),
        ("defaults", "defaults", "quality", "best"),
        ("defaults", "defaults", "max_resolution", "63"),
        ("defaults", "defaults", "default_model", "openai/none"),
        ("defaults", "defaults", "retention_days", "-2"),
        ("quotas", "user", "user_daily", "-2"),
        ("quotas", "user", "user_monthly", ""),
        ("quotas", "plans", "monthly_outputs.pro", "many"),
        ("quotas", "spend", "credits_per_day", "99999999999"),
        ("pricing", "pricing", "markup_percent", "100.01"),
        ("pricing", "pricing", "batch_cap_percent", "-1"),
        ("storage", "storage", "cdn_provider", "fastly"),
        ("providers", "provider-openai", "requests_per_minute", "0"),
        ("providers", "provider-openai", "default_model", "none"),
    ],
)
def test_bad_input_names_its_field_and_changes_nothing(sam: Hub, group: str, card: str, field: str, value: str) -> None:
    before = AuditEntry.objects.count()
    answer = sam.save(group, card, **{field: value})
    assert answer.status_code == 422
    shown = next(one for one in answer.context["cards"] if one.card.key == card)
    assert list(shown.form.errors) == [field]
    assert AuditEntry.objects.count() == before
    # What was typed is still there to be put right.
    assert f'value="{value}"' in answer.content.decode() or shown.form[field].value() == value


def test_what_fields_say_together_is_refused_at_the_field_that_lacks(sam: Hub) -> None:
    answer = sam.save("storage", "storage", kind="s3", reason="No bucket")
    assert answer.status_code == 422
    assert "Name the bucket" in text_of(answer)


def test_nothing_is_saved_where_nothing_was_changed(sam: Hub) -> None:
    for group, card in (("pricing", "pricing"), ("quotas", "plans"), ("providers", "provider-openai")):
        assert sam.save(group, card, reason="Looking").status_code == 302
    assert "nothing was changed" in text_of(sam.open("providers"))
    assert not AuditEntry.objects.exists()
    assert not PricingSettings.objects.exists()


def test_plans_are_changed_one_by_one_and_audited(sam: Hub) -> None:
    assert sam.save("quotas", "plans", **{"monthly_outputs.pro": "2000"}, reason="Spring").status_code == 302
    assert Plan.objects.get(pk="pro").monthly_outputs == 2000
    entry = AuditEntry.objects.get()
    assert (entry.target_kind, entry.target_id, entry.reason) == ("billing.plan", "pro", "Spring")
    assert (entry.before, entry.after) == ({"monthly_outputs": 1000}, {"monthly_outputs": 2000})


def test_minus_one_is_unlimited_everywhere(sam: Hub) -> None:
    sam.save("quotas", "user", user_daily="5", user_monthly="50")
    sam.save("quotas", "user", user_daily="-1", user_monthly="-1")
    sam.save("quotas", "plans", **{"monthly_outputs.free": "-1", "concurrent_jobs.free": "-1"})
    sam.save("quotas", "spend", credits_per_day="-1")
    assert (current_settings(QuotaSettings).user_daily, Plan.objects.get(pk="free").monthly_outputs) == (-1, -1)
    assert current_settings(SpendSettings).credits_per_day == -1
    assert "A user unlimited a day, unlimited a month" in text_of(sam.open())


def test_saving_over_a_newer_version_is_refused_and_says_what_changed(sam: Hub) -> None:
    form = sam.form("defaults", "defaults")
    olga = make_super_admin("olga")
    save_settings(MediaSettings, {"quality": "hd"}, actor=olga)
    answer = sam.save("defaults", "defaults", form=form, compression="60")
    assert answer.status_code == 409
    text = text_of(answer)
    assert f"Not saved: these settings changed while you were editing, by {olga.email}." in text
    assert "Quality: — → HD" in text
    assert current_settings(MediaSettings).compression is None
    # The form that came back has both; sent again it saves Sam's own change alone.
    again = {name: value for name, value in form.items() if "made_from" not in name}
    shown = answer.context["cards"][0]
    assert (shown.form["quality"].value(), shown.form["compression"].value()) == ("hd", "60")
    again |= {"made_from": shown.state.token(), "defaults-quality": "hd"}
    assert sam.save("defaults", "defaults", form=again, compression="60").status_code == 302
    row = current_settings(MediaSettings)
    assert (row.version, row.quality, row.compression) == (2, "hd", 60)


@pytest.mark.parametrize(
    ("group", "card", "field", "value"),
    [("quotas", "plans", "monthly_outputs.pro", "7"), ("providers", "provider-openai", "enabled", None)],
)
def test_rows_without_versions_are_guarded_alike(sam: Hub, group: str, card: str, field: str, value: Any) -> None:
    form = sam.form(group, card)
    other = Hub(make_super_admin("olga"))
    assert other.save(group, card, **{field: value}).status_code == 302
    assert sam.save(group, card, form=form, **{field: value}).status_code == 409
    assert AuditEntry.objects.count() == 1


def test_a_form_that_is_none_of_ours_is_refused(sam: Hub) -> None:
    form = {**sam.form("pricing", "pricing"), "made_from": "forged"}
    assert sam.save("pricing", "pricing", form=form, markup_percent="50").status_code == 409
    assert current_settings(PricingSettings).markup_percent == Decimal(0)
