"""A builder's server keeps users, projects and keys by its own ids."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from gencraft_media.accounts.keys import find_key
from gencraft_media.accounts.models import Membership, Project, Role, User
from gencraft_media.common.clock import database_now
from tests.factories import api_client, make_key, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def platform() -> Any:
    return api_client(make_key(scopes=["platform"])[1])


def _put_user(client: Any, external_id: str, **body: Any) -> Any:
    return client.put(reverse("platform-user", args=[external_id]), body)


def _put_project(client: Any, external_id: str, **body: Any) -> Any:
    return client.put(reverse("platform-project", args=[external_id]), body)


def test_a_user_is_made_once_and_renamed_after(platform: Any) -> None:
    made = _put_user(platform, "u-1", name="Nora")
    assert made.status_code == 201
    again = _put_user(platform, "u-1", name="Nora B.")
    assert again.status_code == 200
    assert again.json() == {**made.json(), "name": "Nora B."}
    user = User.objects.get(external_id="u-1")
    assert not user.has_usable_password()


def test_a_project_belongs_to_its_owner_who_never_changes(platform: Any) -> None:
    user = _put_user(platform, "u-1").json()
    made = _put_project(platform, "shop", name="Shop", ownerExternalId="u-1")
    assert made.status_code == 201
    assert made.json()["ownerId"] == user["id"]
    assert Membership.objects.get(project_id=made.json()["id"]).role == Role.OWNER
    assert _put_project(platform, "shop", name="Store", ownerExternalId="u-1").status_code == 200
    assert Project.objects.get(external_id="shop").name == "Store"
    assert _put_project(platform, "shop", name="Store").status_code == 409


def test_a_project_without_an_owner_is_the_platforms_own(platform: Any) -> None:
    made = _put_project(platform, "shop", name="Shop").json()
    project = Project.objects.get(pk=made["id"])
    assert project.owner == project.platform


def test_an_unknown_owner_is_refused_by_name(platform: Any) -> None:
    answer = _put_project(platform, "shop", name="Shop", ownerExternalId="nobody")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "ownerExternalId"
    assert not Project.objects.filter(external_id="shop").exists()


def test_the_same_ids_of_two_platforms_are_two_things(platform: Any) -> None:
    other = api_client(make_key(make_project(make_user("charlie")), scopes=["platform"])[1])
    assert _put_user(platform, "u-1").json()["id"] != _put_user(other, "u-1").json()["id"]
    ours = _put_project(platform, "shop", name="Ours").json()
    theirs = _put_project(other, "shop", name="Theirs")
    assert theirs.status_code == 201
    assert theirs.json()["id"] != ours["id"]
    assert _put_project(other, "attic", name="Attic", ownerExternalId="u-1").json()["ownerId"] != ours["ownerId"]


def test_a_key_is_shown_once_and_works_for_its_user(platform: Any) -> None:
    _put_user(platform, "u-1")
    _put_user(platform, "u-2")
    project = _put_project(platform, "shop", name="Shop", ownerExternalId="u-1").json()
    answer = platform.post(reverse("platform-keys"), {"projectExternalId": "shop", "userExternalId": "u-2"})
    assert answer.status_code == 201
    assert "no-store" in answer["Cache-Control"]
    document = answer.json()
    key = find_key(document.pop("key"))
    assert key is not None
    assert key.user.external_id == "u-2"
    assert document["projectId"] == project["id"]
    assert document["scopes"] == ["generate", "read"]
    assert Membership.objects.get(user=key.user).role == Role.EDITOR


def test_a_platform_cannot_make_platform_keys_nor_keys_that_have_ended(platform: Any) -> None:
    _put_project(platform, "shop", name="Shop")
    address = reverse("platform-keys")
    powerful = platform.post(address, {"projectExternalId": "shop", "scopes": ["platform"]})
    assert powerful.status_code == 422
    assert powerful.json()["errors"][0]["allowed"] == ["generate", "read"]
    past = (database_now() - timedelta(minutes=1)).isoformat()
    ended = platform.post(address, {"projectExternalId": "shop", "expiresAt": past})
    assert ended.status_code == 422
    assert ended.json()["errors"][0]["field"] == "expiresAt"


def test_a_platform_makes_no_keys_for_projects_it_does_not_manage(platform: Any) -> None:
    other = make_user("charlie")
    make_project(other, platform=other, external_id="theirs")
    answer = platform.post(reverse("platform-keys"), {"projectExternalId": "theirs"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "projectExternalId"


def test_a_third_live_key_of_a_name_is_a_conflict(platform: Any) -> None:
    _put_project(platform, "shop", name="Shop")
    body = {"projectExternalId": "shop"}
    statuses = [platform.post(reverse("platform-keys"), body).status_code for _ in range(3)]
    assert statuses == [201, 201, 409]


@pytest.mark.parametrize("external_id", ["x" * 256, "a\x00b", "a\nb"])
def test_external_ids_are_short_and_printable(platform: Any, external_id: str) -> None:
    answer = _put_user(platform, external_id)
    assert answer.status_code in {404, 422}
    assert not User.objects.filter(external_id__isnull=False).exists()
