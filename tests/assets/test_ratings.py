"""Assets are rated with one to five stars; models and the engine are known by what people think."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from assets.models import AssetRating, MediaAsset
from assets.ratings import Satisfaction, rate_asset, ratings_by_model, satisfaction
from assets.services import delete_asset
from gencraft_media.accounts.models import ExternalUser, Project
from tests.assets.pictures import make_asset
from tests.factories import api_client, make_key, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(make_user("alice"))


@pytest.fixture
def client(project: Project) -> APIClient:
    return api_client(make_key(project)[1])


@pytest.fixture
def asset(project: Project, folders: Path) -> MediaAsset:
    return make_asset(project, folders)


def path_of(asset: MediaAsset) -> str:
    return f"/api/media/assets/{asset.pk}/rating"


def rate(client: APIClient, asset: MediaAsset, rating: Any, **more: Any) -> Any:
    return client.post(path_of(asset), {"rating": rating, **more})


def test_a_second_rating_replaces_the_first(client: APIClient, asset: MediaAsset) -> None:
    assert rate(client, asset, 2).json() == {"average": 2.0, "count": 1, "own": 2}
    assert rate(client, asset, 5).json() == {"average": 5.0, "count": 1, "own": 5}
    assert client.get(path_of(asset)).json() == {"average": 5.0, "count": 1, "own": 5}


def test_a_site_rates_for_its_own_users(client: APIClient, asset: MediaAsset) -> None:
    rate(client, asset, 5, externalUserId="emma")
    assert rate(client, asset, 2, externalUserId="finn").json() == {"average": 3.5, "count": 2, "own": 2}
    assert client.get(path_of(asset)).json()["own"] is None
    assert client.get(path_of(asset), {"externalUserId": "emma"}).json()["own"] == 5
    assert client.get(path_of(asset), {"externalUserId": "nobody"}).json()["own"] is None
    # To look makes nobody a user.
    assert ExternalUser.objects.count() == 2


def test_a_rating_can_be_taken_back(client: APIClient, asset: MediaAsset) -> None:
    rate(client, asset, 1, externalUserId="emma")
    rate(client, asset, 5)
    assert client.delete(f"{path_of(asset)}?externalUserId=emma").status_code == 204
    assert client.delete(f"{path_of(asset)}?externalUserId=emma").status_code == 204
    assert client.get(path_of(asset)).json() == {"average": 5.0, "count": 1, "own": 5}


@pytest.mark.parametrize("body", [{}, {"rating": 0}, {"rating": 6}, {"rating": "good"}, {"rating": 4, "stars": 4}])
def test_what_is_no_rating_is_refused(client: APIClient, asset: MediaAsset, body: dict[str, Any]) -> None:
    assert client.post(path_of(asset), body).status_code == 422
    assert not AssetRating.objects.exists()


def test_strangers_learn_nothing_of_an_asset(asset: MediaAsset) -> None:
    stranger = api_client(make_key(make_project(make_user("charlie")))[1])
    assert rate(stranger, asset, 1).status_code == 404
    assert stranger.get(path_of(asset)).status_code == 404
    assert stranger.delete(path_of(asset)).status_code == 404
    assert rate(stranger, MediaAsset(pk=uuid.uuid4()), 1).status_code == 404


def test_the_metadata_of_an_asset_has_its_rating(client: APIClient, asset: MediaAsset) -> None:
    assert client.get(f"/api/media/assets/{asset.pk}").json()["rating"] == {"average": None, "count": 0}
    for stars in (3, 4, 4):
        rate_asset(asset, f"user:{uuid.uuid4()}", stars)
    assert client.get(f"/api/media/assets/{asset.pk}").json()["rating"] == {"average": 3.67, "count": 3}


def test_a_page_of_many_rated_assets_takes_as_many_queries_as_one_of_one(
    client: APIClient, project: Project, folders: Path, django_assert_num_queries: Any
) -> None:
    def assets_listed() -> int:
        return len(client.get("/api/media/assets").json()["items"])

    rate_asset(make_asset(project, folders), "user:one", 4)
    # The first request of all notes that the key is used.
    assert assets_listed() == 1
    with CaptureQueriesContext(connection) as captured:
        assert assets_listed() == 1
    for _ in range(3):
        rate_asset(make_asset(project, folders), "user:one", 4)
    with django_assert_num_queries(len(captured)):
        assert assets_listed() == 4


def test_models_are_known_by_the_ratings_of_their_pictures(project: Project, folders: Path) -> None:
    for provider, model, stars in (("sim", "one", 5), ("sim", "one", 2), ("sim", "other", 4)):
        rate_asset(make_asset(project, folders, provider=provider, model=model), "user:one", stars)
    assert ratings_by_model() == {("sim", "one"): (3.5, 2), ("sim", "other"): (4.0, 1)}


def test_a_rating_outlives_its_asset(project: Project, asset: MediaAsset) -> None:
    rate_asset(asset, "user:one", 5)
    delete_asset(asset)
    assert AssetRating.objects.get().asset is None
    assert ratings_by_model()["sim", "sim/standard"] == (5.0, 1)
    assert satisfaction(project.pk) == Satisfaction(1.0, 1)


def test_satisfaction_is_the_share_of_four_stars_and_more(client: APIClient, project: Project, folders: Path) -> None:
    assert satisfaction() == satisfaction(project.pk) == Satisfaction(None, 0)
    for stars in (5, 4, 3):
        rate_asset(make_asset(project, folders), "user:one", stars)
    rate_asset(make_asset(make_project(make_user("bob")), folders), "user:one", 1)
    assert (satisfaction(), satisfaction(project.pk)) == (Satisfaction(0.5, 4), Satisfaction(0.667, 3))
    assert client.get("/api/media/usage").json()["satisfaction"] == {"share": 0.667, "count": 3}


def test_no_project_decides_alone_what_a_model_is_worth(project: Project, folders: Path) -> None:
    loud = make_asset(project, folders, model="one")
    for number in range(200):
        rate_asset(loud, f"external:{number}", 1)
    assert ratings_by_model() == {("sim", "one"): (1.0, 5)}
    for name in ("bob", "charlie", "dora"):
        asset = make_asset(make_project(make_user(name)), folders, model="one")
        for number in range(5):
            rate_asset(asset, f"external:{name}-{number}", 5)
    rate_asset(make_asset(make_project(make_user("emma")), folders, model="one"), "user:emma", 5)
    average, count = ratings_by_model()["sim", "one"]
    assert average == pytest.approx((5 * 1 + 16 * 5) / 21)
    assert count == 21


def test_ratings_are_counted_by_the_database_and_not_read_one_by_one(client: APIClient, asset: MediaAsset) -> None:
    for number in range(40):
        rate_asset(asset, f"external:{number}", 1 + number % 5)
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/api/media/assets").json()["items"][0]["rating"] == {"average": 3.0, "count": 40}
        assert client.get(path_of(asset)).json() == {"average": 3.0, "count": 40, "own": None}
    looked = [query["sql"] for query in captured if "media_asset_ratings" in query["sql"]]
    assert all("COUNT(" in sql or "LIMIT 1" in sql for sql in looked)
