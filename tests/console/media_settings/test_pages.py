"""The hub's pages: what is in force, for those who may know it."""

import pytest
from django.urls import reverse

from billing.models import Plan
from gencraft_media.common.settings_changes import save_settings
from gencraft_media.generation.models import MediaSettings
from tests.console.media_settings.hub import Hub, staff_with, text_of
from tests.factories import make_project, make_user

GROUPS = ["providers", "storage", "defaults", "quotas", "pricing"]
FIELDS = {
    "providers": [
        "provider-openai-enabled", "provider-openai-api_key", "provider-openai-organization",
        "provider-openai-default_model", "provider-stability-default_model", "provider-flux-default_model",
        "provider-stability-requests_per_minute", "provider-midjourney-enabled", "provider-midjourney-relay_secret",
    ],
    "storage": [
        "storage-kind", "storage-bucket", "storage-region", "storage-endpoint", "storage-access_key",
        "storage-secret_key", "storage-cdn_url", "storage-cdn_provider", "storage-cloudfront_distribution_id",
        "storage-cloudflare_zone_id", "storage-cloudflare_token",
    ],
    "defaults": [
        "defaults-enabled", "defaults-quality", "defaults-format", "defaults-compression", "defaults-max_resolution",
        "defaults-default_model", "defaults-retention_days",
    ],
    "quotas": [
        "user-user_daily", "user-user_monthly", "plans-monthly_outputs.free", "plans-monthly_outputs.enterprise",
        "plans-concurrent_jobs.pro", "spend-credits_per_day", "spend-credits_per_month",
    ],
    "pricing": ["pricing-markup_percent", "pricing-batch_step_percent", "pricing-batch_cap_percent"],
}  # fmt: skip


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_has_every_field_of_the_specification(sam: Hub, group: str) -> None:
    page = sam.open(group).content.decode()
    assert [name for name in FIELDS[group] if f'name="{name}"' not in page] == []
    # Nothing was tried yet, and nobody saved anything meanwhile.
    assert "ms-tried" not in page and 'role="alert"' not in page


def test_the_overview_says_what_is_in_force(sam: Hub) -> None:
    save_settings(MediaSettings, {"quality": "hd", "max_resolution": 1024}, actor=None)
    text = text_of(sam.open())
    assert "hd, webp 82" in text
    assert "1024 px" in text
    assert "Starter 100 a month" in text
    assert "OpenAI No key" in text


def test_the_specifications_plans_are_shown_as_they_are_delivered(sam: Hub) -> None:
    form = sam.form("quotas", "plans")
    outputs = {plan: form[f"plans-monthly_outputs.{plan}"] for plan in Plan.objects.values_list("pk", flat=True)}
    assert outputs == {"free": "10", "starter": "100", "pro": "1000", "enterprise": "-1"}


def test_an_empty_field_shows_what_the_wider_scopes_say(sam: Hub) -> None:
    project = make_project()
    save_settings(MediaSettings, {"quality": "hd"}, scope="plan:free", actor=None)
    save_settings(MediaSettings, {"compression": 70}, actor=None)
    page = sam.open("defaults", scope=f"project:{project.pk}").content.decode()
    assert "HD (from the plan Free)" in page
    assert 'placeholder="70 (from everybody)"' in page
    assert "webp (from the engine)" in page or "WebP (from the engine)" in page


def test_the_pages_list_of_scopes_has_plans_and_projects(sam: Hub) -> None:
    project = make_project(name="Shop <b>")
    page = sam.open("quotas").content.decode()
    assert f'value="project:{project.pk}"' in page
    assert "Shop &lt;b&gt;" in page and "Shop <b>" not in page
    # The id of a project may be pasted as it is.
    assert sam.open("defaults", scope=str(project.pk)).context["cards"][0].card.scope == f"project:{project.pk}"
    assert sam.open("defaults", scope="plan:none").status_code == 404


@pytest.mark.parametrize("address", ["", "providers/", "nothing/", "pricing/history/"])
def test_strangers_are_sent_to_the_log_in(sam: Hub, address: str) -> None:
    sam.client.logout()
    answer = sam.client.get(reverse("admin:media_settings") + address)
    assert (answer.status_code, "/admin/login/" in answer.headers.get("Location", "")) == (302, True)
    customer = Hub(make_user())
    assert customer.client.get(reverse("admin:media_settings") + address).status_code == 302


def test_staff_without_any_permission_finds_neither_page_nor_link(catalogue: None) -> None:
    olga = Hub(staff_with())
    assert olga.open().status_code == 403
    assert olga.open("pricing").status_code == 403
    assert "/admin/media-settings/" not in olga.client.get(reverse("admin:index")).content.decode()


def test_each_group_opens_with_its_own_permission_alone(catalogue: None) -> None:
    fiona = Hub(staff_with("billing.change_pricingsettings"))
    assert fiona.open("pricing").status_code == 200
    assert [fiona.open(group).status_code for group in ("providers", "storage", "defaults")] == [403, 403, 403]
    page = fiona.open().content.decode()
    assert "/admin/media-settings/pricing/" in page and "/admin/media-settings/storage/" not in page


def test_whoever_may_only_read_sees_no_key_and_no_button(catalogue: None) -> None:
    reader = Hub(staff_with("providers.view_provideraccount", "assets.view_storagesettings"))
    for group in ("providers", "storage"):
        page = reader.open(group).content.decode()
        assert "You may read these settings, not change them." in page
        assert 'type="password"' not in page and "••••" not in page
        assert ">Save<" not in page and "Test " not in text_of(reader.open(group)).partition("Reason")[0][-400:]
        assert reader.save(group, {"providers": "provider-openai", "storage": "storage"}[group]).status_code == 403


def test_a_group_that_is_not_there_is_not_found(sam: Hub) -> None:
    assert sam.open("nothing").status_code == 404
    assert sam.client.post(reverse("admin:media_settings_group", args=["pricing"]), {"card": "x"}).status_code == 404
