"""The overview of the SuperAdmin site: exact figures, filters, and nothing of money for those without the right."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from billing.ledger import grant_credits
from billing.models import PricingSettings
from gencraft_media.accounts.models import Project
from gencraft_media.analytics.rollups import roll_up
from gencraft_media.analytics.stored import look_at_storage
from gencraft_media.common.clock import database_now
from gencraft_media.common.versioned import change_settings
from gencraft_media.console.dashboard.board import Board
from gencraft_media.console.dashboard.showing import Card
from tests.analytics.rows import make_asset, make_cost, make_job, make_output
from tests.factories import make_project, make_super_admin, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def sam() -> Client:
    client = Client()
    client.force_login(make_super_admin())
    return client


@pytest.fixture
def project() -> Project:
    """Yesterday: four jobs, three pictures, some of them stored; and a job that waits."""
    change_settings(PricingSettings, {"markup_percent": 40})
    project, at = make_project(name="Bakery <b>"), database_now() - timedelta(hours=20)
    for seconds, cost in ((10, "0.40"), (10, "0.40"), (20, "0.45")):
        job = make_job(project, at=at, seconds=seconds)
        make_output(job, cost=cost, credits=45)
        make_cost(job, amount="0.25")
        make_asset(job, size=20_000, original_size=100_000)
    make_job(project, at=at, status="failed")
    make_job(project, status="queued", at=database_now())
    grant_credits(owner_id=project.owner_id, credits=2500, kind="purchase", idempotency_key="bought")
    roll_up()
    look_at_storage()
    return project


def board_of(client: Client, query: str = "") -> Board:
    answer: Any = client.get(f"/admin/{query}")
    board = answer.context_data["board"]
    assert isinstance(board, Board)
    return board


def shown(cards: list[Card]) -> dict[str, str]:
    return {card.title: card.value for card in cards}


def client_with(*rights: str) -> Client:
    user = make_user("stan", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("period", ["24h", "7d", "30d", "90d"])
def test_every_card_has_its_exact_figure(sam: Client, project: Project, period: str) -> None:
    board = board_of(sam, f"?period={period}")
    assert shown(board.now) == {"Queued": "1", "Running": "0", "Stuck": "0"}
    results = shown(board.results)
    assert (results["Success"], results["Pictures"]) == ("75.0 %", "3")
    assert float(results["p50"].removesuffix(" s")) == pytest.approx(10, rel=0.09)
    assert float(results["p95"].removesuffix(" s")) == pytest.approx(20, rel=0.09)
    assert shown(board.money) == {
        "Revenue": "$1.25",
        "Provider cost": "$0.75",
        "Margin": "$0.50",
        "Credits spent": "135",
        "Credits sold": "2,500",
    }
    assert [card.detail for card in board.money if card.title == "Margin"] == ["40.0 %"]
    assert shown(board.storage) == {"Stored": "60.0 kB", "Bytes saved": "240.0 kB"}
    assert [table.rows[0].cells[0].text for table in board.tables] == ["openai", "openai/gpt-image-1"]
    assert board.alerts == []


def test_another_project_has_other_figures(sam: Client, project: Project) -> None:
    other = make_project(name="Other")
    board = board_of(sam, f"?project={other.pk}")
    assert (shown(board.results)["Pictures"], shown(board.money)["Revenue"]) == ("0", "$0.00")
    assert shown(board.now)["Queued"] == "0"
    assert shown(board.storage)["Stored"] == "0 B"
    assert [choice.label for choice in board.bar.projects if choice.chosen] == ["Other"]


@pytest.mark.parametrize("query", ["?period=century&project=x", "?project=00000000-0000-0000-0000-000000000000"])
def test_filters_that_make_no_sense_are_left_out(sam: Client, project: Project, query: str) -> None:
    board = board_of(sam, query)
    assert (board.bar.filters.project_id, board.bar.filters.period.key) == (None, "30d")


def test_the_page_writes_figures_and_escapes_names(sam: Client, project: Project) -> None:
    html = sam.get("/admin/").content.decode()
    assert "75.0 %" in html
    assert "Bakery &lt;b&gt;" in html
    assert "<b>" not in html
    assert "GenCraft Media" in html
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", html.split('id="content"')[1]) == []


def test_a_new_engine_says_how_to_begin(sam: Client) -> None:
    html = sam.get("/admin/").content.decode()
    assert "Nothing was made in this period yet" in html
    assert {promise.tone for promise in board_of(sam).promises} == {""}


def test_who_may_not_see_costs_sees_no_money(project: Project) -> None:
    client = client_with("view_usagerollup")
    board, html = board_of(client), client.get("/admin/").content.decode()
    assert board.money == []
    assert shown(board.results)["Pictures"] == "3"
    assert re.findall(r"\$\d", html) == []
    assert not {"Revenue", "Margin", "Provider cost"} & set(re.findall(r"<h[23][^>]*>([^<]*)<", html))


def test_who_may_see_costs_sees_money(project: Project) -> None:
    board = board_of(client_with("view_usagerollup", "view_providercost"))
    assert shown(board.money)["Revenue"] == "$1.25"


def test_who_may_see_neither_sees_no_figures(project: Project) -> None:
    html = client_with().get("/admin/").content.decode()
    assert "75.0 %" not in html
    assert "Choose what to look at" in html


def test_cards_lead_only_where_one_may_go(project: Project, sam: Client) -> None:
    assert {card.link for card in board_of(sam).now} == {"/admin/generation/generationjob/"}
    assert {card.link for card in board_of(client_with("view_usagerollup")).now} == {""}


def test_an_alert_about_prices_leads_to_where_they_are_set(sam: Client) -> None:
    change_settings(PricingSettings, {"markup_percent": 0, "batch_discount_cap": "0.25"})
    links = [link for alert, link in board_of(sam).alerts if "discount can exceed" in alert.text]
    assert links == ["/admin/media-settings/pricing/"]
