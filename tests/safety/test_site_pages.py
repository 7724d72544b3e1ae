"""Pages of the site that show no table."""

import pytest
from django.contrib import admin
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from gencraft_media.accounts.models import User
from gencraft_media.console import site_pages
from gencraft_media.console.site_pages import SitePage, find_page_link, may_open, page_context, register_page
from tests.factories import make_super_admin, make_user

pytestmark = pytest.mark.django_db
PAGE = "media_settings"


def _request_of(user: User) -> HttpRequest:
    request = RequestFactory().get("/admin/")
    request.user = user
    return request


def test_every_page_without_arguments_opens_for_a_super_admin() -> None:
    client = Client()
    client.force_login(make_super_admin())
    opened = {
        page.path: client.get(reverse(f"admin:{name}")).status_code
        for name, page in site_pages._PAGES.items()
        if "<" not in page.path
    }
    assert opened
    assert {path: status for path, status in opened.items() if status not in (200, 405)} == {}


def test_a_page_is_behind_the_log_in_of_the_site() -> None:
    assert Client().get(reverse(f"admin:{PAGE}"))["Location"].startswith("/admin/login/")


def test_who_has_no_permission_is_refused_and_finds_no_link() -> None:
    stan = make_user("stan", is_staff=True)
    client = Client()
    client.force_login(stan)
    assert client.get(reverse(f"admin:{PAGE}")).status_code == 403
    assert reverse(f"admin:{PAGE}") not in client.get("/admin/").content.decode()
    assert find_page_link(_request_of(stan), PAGE, title="Hub", icon="tune") is None


def test_a_link_leads_to_the_page() -> None:
    link = find_page_link(_request_of(make_super_admin()), PAGE, title="Hub", icon="tune")
    assert link == {"title": "Hub", "icon": "tune", "link": reverse(f"admin:{PAGE}"), "active": False}


def test_a_page_that_nobody_registered_is_open_to_nobody() -> None:
    assert not may_open(_request_of(make_super_admin()), "nowhere")


@pytest.mark.parametrize(
    ("permission", "is_open"), [(None, True), ("billing.view_plan", False), (lambda request: True, True)]
)
def test_a_permission_is_a_right_a_rule_or_none(permission: site_pages.Permission, is_open: bool) -> None:
    page = SitePage("nowhere/", lambda request: None, "nowhere", permission)  # type: ignore[arg-type, return-value]
    assert page.is_open_to(_request_of(make_user("stan", is_staff=True))) is is_open


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match="registered twice"):
        register_page("other/", lambda request: None, name=PAGE, permission=None)  # type: ignore[arg-type, return-value]


def test_a_template_of_a_page_gets_what_the_site_needs() -> None:
    context = page_context(_request_of(make_super_admin()), "My page")
    assert context["title"] == "My page"
    assert context["site_title"] == "GenCraft Media"
    assert admin.site.name == "admin"
