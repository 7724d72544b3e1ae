"""The admin's page of hooks: targets are tried when they are saved, and a secret never comes out."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from gencraft_media.common.models import AuditEntry
from gencraft_media.common.versioned import current_settings
from gencraft_media.generation.models import HookSettings
from gencraft_media.webhooks.signatures import new_secret
from tests.factories import make_super_admin, make_user

pytestmark = pytest.mark.django_db
PAGE = "/admin/generation/hooksettings/"
PLUGIN = "tests.generation.hooks.plugins.prefers_the_last"


@pytest.fixture
def sam() -> Client:
    client = Client()
    client.force_login(make_super_admin())
    return client


def save(sam: Client, **said: str) -> Any:
    return sam.post(f"{PAGE}add/", {"scope": "router", "target": "", "new_secret": "", "reason": "trying", **said})


def test_a_function_is_saved_as_a_version_and_audited(sam: Client) -> None:
    assert save(sam, target=PLUGIN).status_code == 302
    assert save(sam, target="off").status_code == 302
    assert current_settings(HookSettings, "router").target == "off"
    assert list(HookSettings.objects.order_by("version").values_list("target", flat=True)) == [PLUGIN, "off"]
    assert AuditEntry.objects.filter(action="settings.change").count() == 2
    # Of one hook: the others are as they were.
    assert current_settings(HookSettings, "cost").version == 0


def test_a_secret_goes_in_and_no_page_shows_it(sam: Client) -> None:
    secret = new_secret()
    assert save(sam, target="https://hooks.example.com/rank", new_secret=secret).status_code == 302
    assert save(sam, target="https://hooks.example.com/rank2").status_code == 302
    row = current_settings(HookSettings, "router")
    assert (row.target, row.secret) == ("https://hooks.example.com/rank2", secret)
    for page in (PAGE, f"{PAGE}add/", f"{PAGE}{row.pk}/change/", f"{PAGE}{row.pk}/history/"):
        assert secret not in sam.get(page).content.decode()
    assert secret not in str([(entry.before, entry.after) for entry in AuditEntry.objects.all()])


@pytest.mark.parametrize(
    ("target", "field", "words"),
    [
        ("no.such.function", "target", "can be called"),
        ("https://10.0.0.1/", "target", "EGRESS_ALLOW"),
        ("https://hooks.example.com/", "new_secret", "whsec_"),
    ],
)
def test_what_could_never_be_asked_is_refused_beside_its_field(
    sam: Client, target: str, field: str, words: str
) -> None:
    answer = save(sam, target=target)
    assert answer.status_code == 200
    errors = answer.context["adminform"].form.errors
    assert list(errors) == [field]
    assert words in " ".join(errors[field])
    assert not HookSettings.objects.exists()


def test_only_a_super_admin_names_what_the_engine_runs() -> None:
    staff = make_user(is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(content_type__model="hooksettings"))
    client = Client()
    client.force_login(staff)
    assert client.get(PAGE).status_code == 200
    assert client.get(f"{PAGE}add/").status_code == 403
    assert save(client, target=PLUGIN).status_code == 403
