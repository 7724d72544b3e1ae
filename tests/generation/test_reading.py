"""Models, jobs, usage and credits as clients read them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from billing.models import MediaUsage
from gencraft_media.accounts.models import Role
from gencraft_media.generation.models import GenerationJob
from providers.models import Provider, ProviderModel
from providers.operations import Operation
from tests.factories import add_member, make_key, make_project, make_user, session_client
from tests.generation.driving import drive
from tests.generation.tenants import Tenant, make_tenant, put_on_plan


def listed(alice: Tenant, query: str = "") -> dict[str, Any]:
    """A page of GET /api/media/jobs."""
    answer = alice.client.get(f"/api/media/jobs{query}")
    assert answer.status_code == 200, answer.json()
    document: dict[str, Any] = answer.json()
    return document


def ids(page: dict[str, Any]) -> list[str]:
    """Which jobs a page holds."""
    return [item["id"] for item in page["items"]]


def test_models_say_what_they_can_what_they_cost_and_whether_they_can_be_used(alice: Tenant) -> None:
    found = {item["name"]: item for item in alice.client.get("/api/media/models").json()["items"]}
    priced = found["sim/priced"]
    assert (priced["provider"], priced["configured"], priced["isDefault"], priced["price"]) == (
        "sim",
        True,
        False,
        0.04,
    )
    assert priced["operations"] == list(Operation)
    assert priced["limits"]["size"]["maximum_side"] == 2048
    assert (found["sim/standard"]["isDefault"], found["sim/standard"]["price"]) == (True, 0)
    assert (found["sd-3.5-large"]["configured"], found["flux-dev"]["configured"]) == (False, False)


def test_models_say_which_sizes_qualities_options_and_names_they_take_and_until_when(alice: Tenant) -> None:
    found = {item["name"]: item for item in alice.client.get("/api/media/models").json()["items"]}
    engine = found["sd-xl-1.0"]
    assert "1152x896" in engine["limits"]["size"]["values"]
    assert set(engine["limits"]["qualities"]) == {"standard"}
    steps = engine["limits"]["options"]["steps"]
    assert (steps["minimum"], steps["maximum"]) == (10, 50)
    assert (engine["aliases"], engine["replacedBy"]) == (["stable-diffusion-xl-1024-v1-0"], "stable-image-core")
    assert "dall-e-3" in found["gpt-image-2.5-sunburst"]["replaces"]
    assert (found["flux-pro-1.1"]["replaces"], found["flux-dev"]["replaces"]) == (["flux-pro"], [])
    assert engine["retiresAt"] is None


def test_a_retired_or_disabled_model_is_not_on_offer(alice: Tenant) -> None:
    ProviderModel.objects.filter(name="sim/slow").update(enabled=False)
    ProviderModel.objects.filter(name="sim/blank").update(retires_at="2026-01-01")
    Provider.objects.filter(key="flux").update(enabled=False)
    items = alice.client.get("/api/media/models").json()["items"]
    names = {item["name"] for item in items}
    assert not names & {"sim/slow", "sim/blank", "dall-e-3", "flux-pro"}
    assert "flux" not in {item["provider"] for item in items}


def test_a_model_whose_price_is_unknown_is_not_shown_as_free(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.quotes.find_price_line", lambda **_: None)
    assert {item["price"] for item in alice.client.get("/api/media/models").json()["items"]} == {None}


def test_jobs_are_listed_newest_first_by_number_and_by_cursor(alice: Tenant) -> None:
    made = [str(alice.start().pk) for _ in range(5)][::-1]
    first = listed(alice, "?limit=2")
    assert (ids(first), first["page"], first["limit"], first["total"], first["hasMore"]) == (made[:2], 1, 2, 5, True)
    assert ids(listed(alice, "?page=3&limit=2")) == made[4:]
    found, cursor = [], first["nextCursor"]
    alice.start()
    while cursor:
        page = listed(alice, f"?limit=2&cursor={quote(cursor)}")
        found += ids(page)
        cursor = page["nextCursor"]
    assert found == made[2:], "a newer job does not shift what a cursor leads to"


def test_jobs_are_listed_by_status_and_project(alice: Tenant) -> None:
    other = make_project(alice.project.owner, name="second site")
    queued = alice.start()
    alice.cancel(alice.start())
    browser = session_client(alice.project.owner)
    assert ids(listed(alice, "?status=queued")) == [str(queued.pk)]
    assert len(listed(alice, "?status=canceled")["items"]) == 1
    assert browser.get(f"/api/media/jobs?projectId={other.pk}").json()["items"] == []
    assert len(browser.get(f"/api/media/jobs?projectId={alice.project.pk}").json()["items"]) == 2


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?status=lost", "status"), ("?projectId=mine", "projectId"), ("?page=0", "page"), ("?limit=101", "limit"),
        ("?limit=0", "limit"), ("?page=200&limit=100", "page"), ("?cursor=x", "cursor"), ("?cursor=eA&page=1", "page"),
        ("?sort=id", "sort"), ("?page=-1", "page"), ("?limit=ten", "limit"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_refused_by_name(alice: Tenant, query: str, field: str) -> None:
    answer = alice.client.get(f"/api/media/jobs{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


def test_a_list_of_jobs_takes_few_queries_however_long_it_is(alice: Tenant, django_assert_max_num_queries: Any) -> None:
    for _ in range(4):
        drive(alice.start("sim/standard", batchSize=2, width=64, height=64))
    with django_assert_max_num_queries(12):
        assert len(listed(alice)["items"]) == 4


def test_a_team_mate_reads_the_jobs_and_a_stranger_none_of_them(alice: Tenant) -> None:
    job = alice.start()
    bob = make_user("bob")
    add_member(alice.project, bob, Role.VIEWER)
    assert session_client(bob).get(f"/api/media/jobs/{job.pk}").status_code == 200
    charlie = make_tenant("charlie")
    assert charlie.client.get(f"/api/media/jobs/{job.pk}").status_code == 404
    assert charlie.client.get(f"/api/media/jobs?projectId={alice.project.pk}").status_code == 404
    assert ids(listed(charlie)) == []


def test_a_key_that_may_only_read_starts_nothing(alice: Tenant) -> None:
    reader = Tenant(alice.project, make_key(alice.project, scopes=["read"], name="reader")[1])
    assert (reader.ask().status_code, ids(listed(reader))) == (403, [])


def test_credits_are_what_is_left_and_what_is_held(alice: Tenant) -> None:
    before = alice.client.get("/api/media/credits").json()
    job = alice.start()
    running = alice.client.get("/api/media/credits").json()
    drive(job)
    after = alice.client.get("/api/media/credits").json()
    assert [(one["available"], one["held"]) for one in (before, running, after)] == [(1000, 0), (996, 4), (996, 0)]
    assert (after["monthly"], after["purchased"], after["plan"]) == (0, 996, "enterprise")
    assert datetime.fromisoformat(after["periodEnd"]) > datetime.now(UTC)


def test_credits_are_those_of_the_present_month(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    put_on_plan(alice, "free")
    drive(alice.start())
    before = alice.client.get("/api/media/credits").json()
    later = alice.account.period_end
    monkeypatch.setattr("billing.accounts.database_now", lambda: later)
    after = alice.client.get("/api/media/credits").json()
    assert [(one["monthly"], one["available"]) for one in (before, after)] == [(96, 1096), (100, 1100)]
    assert datetime.fromisoformat(after["periodEnd"]) > later == datetime.fromisoformat(before["periodEnd"])


def test_usage_adds_up_by_model_and_by_day(alice: Tenant) -> None:
    drive(alice.start("sim/slow", batchSize=2))
    drive(alice.start())
    drive(alice.start("sim/standard"))
    usage = alice.client.get("/api/media/usage").json()
    assert usage["total"] == {"outputs": 4, "credits": 12, "cost": 0.116}
    assert {row["model"]: (row["outputs"], row["credits"]) for row in usage["byModel"]} == {
        "sim/slow": (2, 8), "sim/priced": (1, 4), "sim/standard": (1, 0),
    }  # fmt: skip
    assert [row["outputs"] for row in usage["byDay"]] == [4]


def test_usage_is_of_the_period_asked_for(alice: Tenant) -> None:
    drive(alice.start())
    row = MediaUsage.objects.get()
    # SQLite's own clock counts in milliseconds.
    since, until = row.created_at - timedelta(hours=1), row.created_at - timedelta(milliseconds=2)
    path = "/api/media/usage?since={}&until={}"
    outside = path.format(quote(since.isoformat()), quote(until.isoformat()))
    inside = path.format(quote(until.isoformat()), quote((until + timedelta(seconds=1)).isoformat()))
    assert alice.client.get(outside).json()["total"]["outputs"] == 0
    assert alice.client.get(inside).json()["total"]["outputs"] == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=yesterday", "since"), ("until=2026-13-01T00:00:00Z", "until"), ("since=2026-01-01T00:00:00", "since"),
        ("until=0001-01-01T00:00:00Z", "until"), ("since=0001-01-01T00:00:00%2B14:00", "since"),
        ("until=9999-12-31T23:59:59-14:00", "until"), ("since=2026-02-01T00:00Z&until=2026-01-01T00:00Z", "since"),
        ("days=3", "days"), ("projectId=1", "projectId"),
    ],
)  # fmt: skip
def test_a_period_that_is_none_is_refused_by_name(alice: Tenant, query: str, field: str) -> None:
    answer = alice.client.get(f"/api/media/usage?{query}")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_what_providers_take_is_in_no_answer(alice: Tenant) -> None:
    job = drive(alice.start())
    assert isinstance(job, GenerationJob)
    for path in (f"jobs/{job.pk}", "jobs", "usage", "credits", "models"):
        text = alice.client.get(f"/api/media/{path}").content.decode().lower()
        assert not [word for word in ("providercost", "provider_cost", "markup", "quoted_cost") if word in text]
