"""Members and keys see their project's assets and nobody else's; who may not write may not delete."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from rest_framework.test import APIClient

from assets.models import MediaAsset, MediaCollection
from assets.ratings import rate_asset
from assets.storage import find_public_file
from gencraft_media.accounts.models import Project, Role
from tests.assets.pictures import make_asset
from tests.factories import add_member, api_client, make_key, make_project, make_user

pytestmark = pytest.mark.django_db

SPECIFIED = """
    id userId projectId filename mimeType size width height generationParams provider model cost s3Key s3Bucket cdnUrl
    thumbnailUrl tags collectionId version parentAssetId createdAt expiresAt
""".split()  # noqa: SIM905 (a list of twenty-two quoted words cannot be read)


@pytest.fixture
def project() -> Project:
    return make_project(make_user("alice"))


@pytest.fixture
def client(project: Project) -> APIClient:
    return api_client(make_key(project)[1])


def _aged(project: Project, folder: Path, count: int) -> list[str]:
    """Ids of new assets, newest first; two of them share their time."""
    began = datetime(2026, 1, 1, tzinfo=UTC)
    assets = [make_asset(project, folder) for _ in range(count)]
    for number, asset in enumerate(assets):
        MediaAsset.objects.filter(pk=asset.pk).update(created_at=began + timedelta(days=max(number, 1)))
    return [str(pk) for pk in MediaAsset.objects.order_by("-created_at", "-id").values_list("id", flat=True)]


def test_an_asset_has_every_field_of_the_specification(client: APIClient, project: Project, folders: Path) -> None:
    parent = make_asset(project, folders)
    expires_at = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    asset = make_asset(
        project, folders, cost="0.0412", tags=["dawn", "animal", "dawn"], alt_text="A fox", metadata={"page_id": 7},
        parent_asset_id=parent.pk, expires_at=expires_at,
    )  # fmt: skip
    collection = MediaCollection.objects.create(user=project.owner, name="Animals")
    measured = {"quality_score": Decimal("0.9"), "quality": {"size": 1.0, "blur": 0.9}}
    MediaAsset.objects.filter(pk=asset.pk).update(collection=collection, **measured)
    for subject, stars in (("user:one", 4), ("user:other", 5)):
        rate_asset(asset, subject, stars)
    answer = client.get(f"/api/media/assets/{asset.pk}")
    assert answer.status_code == 200
    found = answer.json()
    assert list(found)[: len(SPECIFIED)] == SPECIFIED
    created_at = found.pop("createdAt")
    assert created_at.endswith("Z")
    key = f"media/{project.owner_id}/{project.pk}/{asset.pk}"
    assert found == {
        "id": str(asset.pk), "userId": str(project.owner_id), "projectId": str(project.pk),
        "filename": f"a-red-fox-at-dawn-{asset.pk.hex[:8]}.webp", "mimeType": "image/webp", "size": 16,
        "width": 1024, "height": 768, "generationParams": {"prompt": "A red fox at dawn"}, "provider": "sim",
        "model": "sim/standard", "cost": 0.0412, "s3Key": f"{key}.webp", "s3Bucket": "local",
        "cdnUrl": f"http://testserver/{key}.webp", "thumbnailUrl": f"http://testserver/{key}_thumb.webp",
        "tags": ["animal", "dawn"], "collectionId": str(collection.pk), "version": 2, "parentAssetId": str(parent.pk),
        "expiresAt": "2030-01-02T03:04:05Z", "kind": "image", "sha256": asset.sha256, "thumbhash": "aGFzaA==",
        "dominantColor": "#336699", "altText": "A fox", "jobId": str(asset.job_id), "metadata": {"page_id": 7},
        "quality": {"score": 0.9, "parts": {"size": 1.0, "blur": 0.9}}, "rating": {"average": 4.5, "count": 2},
    }  # fmt: skip


def test_its_address_gives_the_picture(client: APIClient, project: Project, folders: Path) -> None:
    found = client.get(f"/api/media/assets/{make_asset(project, folders).pk}").json()
    picture = client.get(found["cdnUrl"].removeprefix("http://testserver"))
    assert (picture.status_code, len(picture.content)) == (200, found["size"])
    assert client.get(found["thumbnailUrl"].removeprefix("http://testserver")).status_code == 200


def test_pages_by_number_are_newest_first_with_a_total(client: APIClient, project: Project, folders: Path) -> None:
    ids = _aged(project, folders, 5)
    first = client.get("/api/media/assets?page=1&limit=2").json()
    last = client.get(f"/api/media/assets?projectId={project.pk}&page=3&limit=2").json()
    assert [item["id"] for item in first["items"]] == ids[:2]
    assert (first["page"], first["limit"], first["total"], first["hasMore"]) == (1, 2, 5, True)
    assert [item["id"] for item in last["items"]] == ids[4:]
    assert (last["hasMore"], last["nextCursor"]) == (False, None)


def test_following_the_cursor_gives_each_asset_once(client: APIClient, project: Project, folders: Path) -> None:
    ids = _aged(project, folders, 5)
    seen: list[str] = []
    address = "/api/media/assets?limit=2"
    while True:
        page = client.get(address).json()
        seen += [item["id"] for item in page["items"]]
        if not page["hasMore"]:
            break
        make_asset(project, folders)
        address = f"/api/media/assets?limit=2&cursor={page['nextCursor']}"
    assert seen == ids


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=101", "limit"), ("limit=0", "limit"), ("page=0", "page"), ("page=501&limit=20", "page"),
     ("cursor=nonsense", "cursor"), ("projectId=7", "projectId"), ("project=7", "project")],
)  # fmt: skip
def test_a_wrong_question_is_refused_by_the_name_of_its_field(client: APIClient, query: str, field: str) -> None:
    answer = client.get(f"/api/media/assets?{query}")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_key_sees_its_own_project_only(client: APIClient, project: Project, folders: Path) -> None:
    mine = make_asset(project, folders)
    other = make_project(project.owner)
    make_asset(other, folders)
    assert [item["id"] for item in client.get("/api/media/assets").json()["items"]] == [str(mine.pk)]
    assert client.get(f"/api/media/assets?projectId={other.pk}").status_code == 404


def test_strangers_cannot_tell_an_asset_from_none(project: Project, folders: Path) -> None:
    asset = make_asset(project, folders)
    charlie = api_client(make_key(make_project(make_user("charlie")))[1])
    answers = [charlie.get(f"/api/media/assets/{name}") for name in (asset.pk, uuid.uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert {answer.json()["detail"] for answer in answers} == {"There is no such asset here."}
    assert charlie.delete(f"/api/media/assets/{asset.pk}").status_code == 404
    assert charlie.get(f"/api/media/assets?projectId={project.pk}").status_code == 404
    assert charlie.get("/api/media/assets").json()["items"] == []
    assert MediaAsset.objects.filter(pk=asset.pk).exists()


def test_nobody_known_sees_nothing(project: Project, folders: Path) -> None:
    asset = make_asset(project, folders)
    assert APIClient().get(f"/api/media/assets/{asset.pk}").status_code == 401
    assert APIClient().get("/api/media/assets").status_code == 401


def test_a_team_mate_with_a_browser_sees_what_alice_made(project: Project, folders: Path) -> None:
    asset = make_asset(project, folders)
    bob = make_user("bob")
    add_member(project, bob, Role.VIEWER)
    browser = APIClient()
    browser.force_login(bob)
    assert browser.get(f"/api/media/assets/{asset.pk}").status_code == 200
    assert browser.delete(f"/api/media/assets/{asset.pk}").status_code == 403
    assert MediaAsset.objects.filter(pk=asset.pk).exists()


def test_deleting_removes_the_row_and_all_three_objects(client: APIClient, project: Project, folders: Path) -> None:
    asset, kept = make_asset(project, folders), make_asset(project, folders)
    assert client.delete(f"/api/media/assets/{asset.pk}").status_code == 204
    assert client.delete(f"/api/media/assets/{asset.pk}").status_code == 404
    assert find_public_file(asset.s3_key) is None and find_public_file(asset.thumbnail_key) is None
    assert not (folders / "private" / asset.original_key).exists()
    assert find_public_file(kept.s3_key) is not None


def test_a_reading_key_cannot_delete(project: Project, folders: Path) -> None:
    asset = make_asset(project, folders)
    reader = api_client(make_key(project, scopes=["read"])[1])
    assert reader.delete(f"/api/media/assets/{asset.pk}").status_code == 403
    assert find_public_file(asset.s3_key) is not None


def test_a_list_takes_the_same_number_of_queries_however_long(
    client: APIClient, project: Project, folders: Path, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    for number in range(12):
        make_asset(project, folders, tags=[f"tag-{number}"])
    client.get("/api/media/assets")
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        assert len(client.get("/api/media/assets").json()["items"]) == 12


def test_the_price_is_exact_money(project: Project, folders: Path) -> None:
    asset = make_asset(project, folders, cost="0.002850")
    asset.refresh_from_db()
    assert asset.cost == Decimal("0.00285")
