"""What each role of the staff may do."""

import re

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client

from gencraft_media.accounts.models import User
from gencraft_media.console.safety.roles import ROLES, give_roles_their_rights, rights_of
from tests.factories import make_key, make_user
from tests.safety.staff import make_staff

pytestmark = pytest.mark.django_db
SECRET_TABLES = {"apikey", "provideraccount", "custommodel"}


def _client(role: str) -> Client:
    client = Client()
    client.force_login(make_staff(role))
    return client


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_exactly_the_rights_that_its_rules_name(role: str) -> None:
    held = Group.objects.get(name=role).permissions.values_list("content_type__app_label", "codename")
    assert set(held) == rights_of(role)


def test_rights_given_by_hand_go_with_the_next_migration() -> None:
    support = Group.objects.get(name="Support")
    plenty = Group.objects.get(name="Operator").permissions.all()
    support.permissions.set(plenty)
    give_roles_their_rights()
    held = support.permissions.values_list("content_type__app_label", "codename")
    assert set(held) == rights_of("Support")


def test_every_rule_names_tables_that_there_are() -> None:
    tables = {model._meta.label_lower for model in apps.get_models()}
    apps_known = {name.split(".")[0] for name in tables}
    named = {name for grants in ROLES.values() for grant in grants for name in (*grant.tables, *grant.besides)}
    whole = {name for name in named if name.endswith((".*", ".settings"))}
    assert named - whole - tables == set()
    assert {name.split(".")[0] for name in whole} - apps_known == set()


def test_support_reads_only() -> None:
    assert {codename.split("_")[0] for _, codename in rights_of("Support")} == {"view"}


def test_support_and_finance_read_no_table_with_keys() -> None:
    for role in ("Support", "Finance"):
        assert {codename.split("_")[1] for _, codename in rights_of(role)}.isdisjoint(SECRET_TABLES)


@pytest.mark.parametrize("role", ROLES)
def test_no_role_gives_itself_more(role: str) -> None:
    tables = {f"{app}.{codename.split('_', 1)[1]}" for app, codename in rights_of(role) if not _reads(codename)}
    assert tables.isdisjoint({"accounts.user", "accounts.safetysettings", "auth.group", "auth.permission"})
    assert not any(app in {"auth", "admin", "sessions", "axes"} for app, _ in rights_of(role))


def _reads(codename: str) -> bool:
    return codename.startswith("view_")


def test_only_finance_changes_money() -> None:
    money = {"change_priceline", "change_plan", "change_pricingsettings", "change_creditaccount"}
    assert {codename for _, codename in rights_of("Finance")} >= money
    assert {codename for _, codename in rights_of("Operator")}.isdisjoint(money)


def test_support_sees_jobs_but_no_key_page() -> None:
    make_key()
    client = _client("Support")
    sidebar = client.get("/admin/").content.decode()
    assert client.get("/admin/generation/generationjob/").status_code == 200
    assert client.get("/admin/accounts/apikey/").status_code == 403
    assert client.get("/admin/providers/provideraccount/").status_code == 403
    assert "/admin/accounts/apikey/" not in sidebar
    assert "/admin/providers/provideraccount/" not in sidebar


def test_support_sees_no_button_on_any_page_of_its_sidebar() -> None:
    client = _client("Support")
    links = set(re.findall(r'href="(/admin/(?:[a-z_-]+/)+)"', client.get("/admin/").content.decode()))
    assert len(links) > 20
    # What people do about themselves is theirs to do.
    for link in links - {"/admin/password_change/", "/admin/authenticator/"}:
        page = client.get(link).content.decode().split('id="content"', 1)[1]
        sending = re.findall(r'<form[^>]*method="post".*?</form>', page, re.DOTALL)
        assert not [form for form in sending if "<button" in form or 'type="submit"' in form], link
        assert f"{link}add/" not in page, link


def test_staff_without_a_role_sees_nothing() -> None:
    client = Client()
    client.force_login(make_user("stan", is_staff=True))
    assert client.get("/admin/generation/generationjob/").status_code == 403


def test_a_command_makes_staff_in_a_role() -> None:
    call_command("create_staff", "sue@example.com", "--role", "Finance", verbosity=0)
    sue = User.objects.get(email="sue@example.com")
    assert (sue.is_staff, sue.is_superuser, [group.name for group in sue.groups.all()]) == (True, False, ["Finance"])
