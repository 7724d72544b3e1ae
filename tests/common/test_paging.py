"""Pages by cursor and by number."""

import base64
from datetime import timedelta
from typing import Any

import pytest

from gencraft_media.accounts.models import Project
from gencraft_media.common.clock import database_now
from gencraft_media.common.errors import InvalidRequest
from gencraft_media.common.paging import numbered_page, page_of, requested_page
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def projects() -> list[Project]:
    """Five of one owner, the newest first; three of them made at the very same moment."""
    alice, now = make_user(), database_now()
    for number, age_s in enumerate((0, 60, 60, 60, 120)):
        project = make_project(alice, name=str(number))
        Project.objects.filter(pk=project.pk).update(created_at=now - timedelta(seconds=age_s))
    return list(Project.objects.order_by("-created_at", "-id"))


def _walk(limit: int) -> list[Project]:
    found: list[Project] = []
    cursor = None
    while True:
        page = page_of(Project.objects.all(), cursor=cursor, limit=limit)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
def test_walking_by_cursor_meets_every_row_once_even_those_of_one_moment(projects: list[Project], limit: int) -> None:
    assert _walk(limit) == projects


def test_rows_added_while_walking_shift_nothing(projects: list[Project]) -> None:
    first = page_of(Project.objects.all(), cursor=None, limit=2)
    make_project(name="new")
    second = page_of(Project.objects.all(), cursor=first.next_cursor, limit=3)
    assert [*first.items, *second.items] == projects
    assert second.next_cursor is None


def test_numbered_pages_know_their_total_and_lead_on_to_cursors(projects: list[Project]) -> None:
    page = numbered_page(Project.objects.all(), 2, 2)
    assert page.as_json(["a", "b"]) == {
        "items": ["a", "b"], "nextCursor": page.next_cursor, "hasMore": True, "page": 2, "limit": 2, "total": 5,
    }  # fmt: skip
    assert list(page.items) == projects[2:4]
    assert list(page_of(Project.objects.all(), cursor=page.next_cursor, limit=2).items) == projects[4:]
    assert numbered_page(Project.objects.all(), 3, 2).as_json([])["hasMore"] is False
    assert list(numbered_page(Project.objects.all(), 9, 2).items) == []


def test_a_cursor_page_says_nothing_of_numbers(projects: list[Project]) -> None:
    assert set(page_of(Project.objects.all(), cursor=None).as_json([])) == {"items", "nextCursor", "hasMore"}


@pytest.mark.parametrize(
    "cursor",
    ["nonsense", "%%%", "ä", "", base64.urlsafe_b64encode(b'["2026-01-01", "x"]').decode(),
     base64.urlsafe_b64encode(b'{"a": 1}').decode(), base64.urlsafe_b64encode(b"[1, 2]").decode(),
     base64.urlsafe_b64encode(b"[" * 5000).decode(),
     base64.urlsafe_b64encode(b'["2026-01-01T00:00:00", "00000000-0000-0000-0000-000000000000"]').decode()],
)  # fmt: skip
def test_a_cursor_that_is_none_of_ours_is_refused_by_name(cursor: str) -> None:
    if cursor == "":
        assert page_of(Project.objects.all(), cursor=cursor).next_cursor is None
        return
    with pytest.raises(InvalidRequest) as caught:
        page_of(Project.objects.all(), cursor=cursor)
    assert caught.value.errors[0].field == "cursor"


@pytest.mark.parametrize(
    ("parameters", "field"),
    [({"limit": "0"}, "limit"), ({"limit": "101"}, "limit"), ({"limit": "-1"}, "limit"), ({"limit": "x"}, "limit"),
     ({"limit": "٣"}, "limit"), ({"page": "0"}, "page"), ({"page": "1.5"}, "page"), ({"page": "9" * 30}, "page"),
     ({"page": "101", "limit": "100"}, "page"), ({"page": "1", "cursor": "x"}, "page")],
)  # fmt: skip
def test_numbers_out_of_range_are_refused_by_name(parameters: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        requested_page(Project.objects.all(), parameters)
    assert caught.value.errors[0].field == field


def test_the_query_decides_between_cursor_and_number(projects: list[Project]) -> None:
    first = requested_page(Project.objects.all(), {})
    assert (first.number, first.limit, first.total) == (1, 20, 5)
    start = requested_page(Project.objects.all(), {"limit": "2"})
    after = requested_page(Project.objects.all(), {"limit": "2", "cursor": str(start.next_cursor)})
    assert list(after.items) == projects[2:4]
    assert after.number is None
    assert list(requested_page(Project.objects.all(), {"page": "100", "limit": "100"}).items) == []
