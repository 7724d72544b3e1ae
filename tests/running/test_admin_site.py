"""How the SuperAdmin site presents itself."""

import re

import pytest
from django.contrib import admin
from django.test import Client

from gencraft_media.accounts.models import User
from gencraft_media.console.navigation import SECTIONS
from tests.factories import make_super_admin, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def sam() -> Client:
    client = Client()
    client.force_login(make_super_admin())
    return client


def test_the_log_in_page_carries_the_name_and_the_mark() -> None:
    html = Client().get("/admin/login/").content.decode()
    assert "GenCraft Media" in html
    assert "studio/mark.svg" in html


def test_the_overview_says_that_everything_is_simulated(sam: Client) -> None:
    assert "Simulated" in sam.get("/admin/").content.decode()


def test_every_link_of_the_sidebar_opens(sam: Client) -> None:
    links = set(re.findall(r'href="(/admin/[a-z_]+/[a-z_]+/)"', sam.get("/admin/").content.decode()))
    assert links
    assert {link: sam.get(link).status_code for link in links} == dict.fromkeys(links, 200)


def test_the_sidebar_leads_to_every_registered_record(sam: Client) -> None:
    listed = {label for entries in SECTIONS.values() for _, _, label in entries}
    registered = {model._meta.label for model in admin.site._registry}
    assert registered - listed == set()


def test_staff_without_rights_see_no_records() -> None:
    client = Client()
    client.force_login(make_user("stan", is_staff=True))
    html = client.get("/admin/").content.decode()
    assert "Ledger" not in html


def test_no_page_of_the_site_names_another_host(sam: Client) -> None:
    assert User.objects.count() == 1
    html = sam.get("/admin/").content.decode()
    assert re.findall(r'(?:src|href)="(?:https?:)?//(?!testserver)[^"]*"', html) == []


def test_a_login_that_came_from_no_page_leads_to_the_admin() -> None:
    sam = make_super_admin()
    answer = Client().post("/admin/login/", {"username": sam.email, "password": "password"})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
