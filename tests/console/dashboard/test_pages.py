"""Analytics, promises and CSV files: what they show, and to whom."""

import csv
import re
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import Permission
from django.test import AsyncClient, Client

from gencraft_media.analytics.exports import TABLES
from gencraft_media.analytics.rollups import roll_up
from gencraft_media.common.clock import database_now
from tests.analytics.rows import make_cost, make_job, make_output
from tests.factories import make_project, make_super_admin, make_user

pytestmark = pytest.mark.django_db
PAGES = ["/admin/analytics/", "/admin/promises/", *(f"/admin/analytics/csv/{key}/" for key in TABLES)]


@pytest.fixture
def sam() -> Client:
    client = Client()
    client.force_login(make_super_admin())
    return client


@pytest.fixture
def history() -> None:
    """Three pictures of two projects, an hour ago."""
    at = database_now() - timedelta(hours=1)
    for name, outputs in (("Bakery", 2), ("=Shop", 1)):
        job = make_job(make_project(name=name), at=at)
        for _ in range(outputs):
            make_output(job, at=at, cost="0.05", credits=5)
        make_cost(job, at=at, amount="0.03")
    roll_up()


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return b"".join(answer).decode()


def test_analytics_tells_cost_revenue_and_roi(sam: Client, history: None) -> None:
    html = text_of(sam, "/admin/analytics/")
    for figure in ("$0.15", "$0.06", "$0.09", "$30.00", "19,900.0 %", "Bakery", "=Shop", "openai/gpt-image-1"):
        assert figure in html, figure


def test_promises_say_how_they_are_counted(sam: Client) -> None:
    html = text_of(sam, "/admin/promises/")
    assert html.count("not enough data") >= 5
    assert "A minute without a probe counts as down." in html
    assert "at least 20 ratings are needed" in html


def test_a_file_is_the_whole_table_and_safe(sam: Client, history: None) -> None:
    answer = sam.get("/admin/analytics/csv/projects/?period=24h")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="projects-24h.csv"'
    assert answer.streaming
    rows = list(csv.DictReader(b"".join(answer).decode().splitlines()))
    assert [(row["project"], row["outputs"], row["revenue"]) for row in rows] == [
        ("Bakery", "2", "0.100000"),
        ("'=Shop", "1", "0.050000"),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_file_is_streamed_by_the_server_of_production_too() -> None:
    client = AsyncClient()
    client.force_login(make_super_admin())

    async def lines() -> list[bytes]:
        answer = await client.get("/admin/analytics/csv/days/?period=7d")
        return [line async for line in answer]  # type: ignore[attr-defined]

    assert len(async_to_sync(lines)()) == 8


def test_an_unknown_table_is_not_found(sam: Client) -> None:
    assert sam.get("/admin/analytics/csv/secrets/").status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_for_those_who_may_see_usage(path: str) -> None:
    assert Client().get(path).status_code == 302
    stan = make_user("stan", is_staff=True)
    client = Client()
    client.force_login(stan)
    assert client.get(path).status_code == 403
    stan.user_permissions.set(Permission.objects.filter(codename="view_usagerollup"))
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_without_the_right_no_page_tells_of_money(history: None, path: str) -> None:
    stan = make_user("stan", is_staff=True)
    stan.user_permissions.set(Permission.objects.filter(codename="view_usagerollup"))
    client = Client()
    client.force_login(stan)
    text = text_of(client, path)
    assert re.findall(r"\$\d|\b0\.15|[Rr]evenue|Margin", text) == []


def test_the_sidebar_leads_there(sam: Client) -> None:
    html = sam.get("/admin/").content.decode()
    assert 'href="/admin/analytics/"' in html
    assert 'href="/admin/promises/"' in html
