"""A browser posts a picture by itself: with the form it was given, that file alone, and nothing is used unseen."""

import base64
import json
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from assets import direct_uploads
from assets.direct_uploads import complete_direct_upload
from assets.errors import BadUpload, StorageUnavailable
from assets.models import MediaUpload, UploadState
from assets.selectors import get_ready_upload
from assets.upload_upkeep import expire_uploads
from gencraft_media.accounts.models import Project
from gencraft_media.common.bounded import BoundedUnavailable
from gencraft_media.common.clock import database_now
from gencraft_media.common.errors import ObjectNotFound
from tests.assets.drawn import scenery, written
from tests.assets.test_uploads import let_expire, objects
from tests.factories import api_client, make_key, make_project

pytestmark = pytest.mark.django_db
PICTURE = written(scenery(96, 64))


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def client(project: Project) -> APIClient:
    return api_client(make_key(project)[1])


def begin(client: APIClient, **changes: Any) -> Any:
    body = {"filename": "cat.png", "mimeType": "image/png", "size": len(PICTURE), **changes}
    return client.post("/api/media/uploads", {name: value for name, value in body.items() if value is not None})


def post_form(form: dict[str, Any], content: bytes = PICTURE, **changes: Any) -> Any:
    """As a browser would that nobody knows; a change to None leaves the field out."""
    fields = {name: value for name, value in {**form["fields"], **changes}.items() if value is not None}
    file = SimpleUploadedFile("blob", content, content_type="application/octet-stream")
    return Client().post(form["url"].removeprefix("http://testserver"), {**fields, "file": file})


def begun(client: APIClient, **changes: Any) -> tuple[MediaUpload, dict[str, Any]]:
    document = begin(client, **changes).json()
    return MediaUpload.objects.get(pk=document["id"]), document["upload"]


def test_a_form_then_the_file_then_the_word_that_it_is_complete(
    client: APIClient, project: Project, folders: Path
) -> None:
    answer = begin(client)
    assert answer.status_code == 201
    found = answer.json()
    assert (found["state"], found["source"], found["mimeType"], found["width"]) == ("pending", "direct", "", None)
    form = found["upload"]
    assert form["url"] == f"http://testserver/api/media/uploads/{found['id']}/file"
    assert list(form["fields"]) == ["key", "Content-Type", "policy"]
    posted = post_form(form)
    assert (posted.status_code, posted.content, posted["Access-Control-Allow-Origin"]) == (204, b"", "*")
    assert objects(folders) == [f"incoming/{found['id']}/file"]
    done = client.post(f"/api/media/uploads/{found['id']}/complete")
    assert (done.status_code, done.json()["state"], done.json()["width"]) == (200, "ready", 96)
    upload = get_ready_upload(project.pk, uuid.UUID(found["id"]))
    assert objects(folders) == [upload.key]
    assert upload.expires_at > database_now() + timedelta(hours=23)
    assert client.post(f"/api/media/uploads/{found['id']}/complete").json() == done.json()


def test_nothing_posted_is_used_or_shown_before_it_was_looked_at(
    client: APIClient, project: Project, folders: Path
) -> None:
    upload, form = begun(client)
    post_form(form)
    assert Client().get(f"/media/{upload.incoming_key}").status_code == 404
    assert client.get(f"/api/media/uploads/{upload.pk}").json()["state"] == "pending"
    answer = client.post(f"/api/media/uploads/{begun(client)[0].pk}/complete")
    assert (answer.status_code, answer.json()["code"]) == (409, "upload_not_ready")


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"size": None}, "size"), ({"size": 0}, "size"), ({"mimeType": "image/gif"}, "mimeType"),
     ({"mimeType": None}, "mimeType"), ({"url": "https://example.com"}, "url"), ({"filename": "x" * 256}, "filename")],
)  # fmt: skip
def test_what_is_announced_wrong_is_refused_by_its_name(client: APIClient, changes: dict[str, Any], field: str) -> None:
    answer = begin(client, **changes)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_more_than_25_mib_get_no_form(client: APIClient) -> None:
    assert begin(client, size=25 * 1_048_576).status_code == 201
    answer = begin(client, size=25 * 1_048_576 + 1)
    assert (answer.status_code, answer.json()["reason"]) == (422, "too_large")


@pytest.mark.parametrize("changes", [{"policy": None}, {"policy": ""}, {"policy": "e30:forged"}, {"policy": "\x00"}])
def test_without_the_signature_there_is_no_such_address(
    client: APIClient, folders: Path, changes: dict[str, Any]
) -> None:
    assert post_form(begun(client)[1], **changes).status_code == 404
    assert objects(folders) == []


def test_a_form_opens_its_own_upload_alone(client: APIClient, folders: Path) -> None:
    form, other = begun(client)[1], begun(client)[1]
    assert post_form({**form, "url": other["url"]}).status_code == 404
    assert post_form({**form, "url": f"/api/media/uploads/{uuid.uuid4()}/file"}).status_code == 404
    assert objects(folders) == []


def test_a_policy_that_was_changed_is_no_signature(client: APIClient, folders: Path) -> None:
    form = begun(client)[1]
    document, signature = form["fields"]["policy"].split(":")
    policy = json.loads(base64.urlsafe_b64decode(document + "=="))
    larger = base64.urlsafe_b64encode(json.dumps({**policy, "mostBytes": 10**9}).encode()).decode().rstrip("=")
    assert post_form(form, policy=f"{larger}:{signature}").status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"Content-Type": "image/svg+xml"}, "Content-Type"), ({"key": "media/a/b.png"}, "key"), ({"key": None}, "key"),
     ({"acl": "public-read"}, "acl")],
)  # fmt: skip
def test_other_fields_than_were_signed_are_refused(
    client: APIClient, folders: Path, changes: dict[str, Any], field: str
) -> None:
    answer = post_form(begun(client)[1], **changes)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert objects(folders) == []


@pytest.mark.parametrize("content", [PICTURE + b"x", b""])
def test_more_bytes_than_were_announced_are_refused_and_none_too(
    client: APIClient, folders: Path, content: bytes
) -> None:
    answer = post_form(begun(client)[1], content)
    assert (answer.status_code, answer.json()["code"]) == (422, "upload_refused")
    assert objects(folders) == []


def test_a_file_that_is_too_large_for_any_form_is_refused_on_its_way(
    client: APIClient, folders: Path, settings: Settings
) -> None:
    form = begun(client)[1]
    settings.UPLOAD_FILE_BYTES = 1000
    assert post_form(form).status_code == 413
    assert objects(folders) == []


def test_a_form_without_a_file_is_told_so(client: APIClient) -> None:
    form = begun(client)[1]
    answer = Client().post(form["url"].removeprefix("http://testserver"), form["fields"])
    assert [error["field"] for error in answer.json()["errors"]] == ["file"]


def test_a_form_ends_after_a_quarter_hour(client: APIClient, folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    form = begun(client)[1]
    monkeypatch.setattr(direct_uploads, "database_now", lambda: database_now() + timedelta(seconds=901))
    answer = post_form(form)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert objects(folders) == []


def test_the_same_file_may_come_twice_and_another_may_not(client: APIClient, folders: Path) -> None:
    form = begun(client)[1]
    assert [post_form(form).status_code for _ in range(2)] == [204, 204]
    assert post_form(form, PICTURE[:-1]).status_code == 409


def test_what_is_complete_takes_no_other_file(client: APIClient, folders: Path) -> None:
    upload, form = begun(client)
    post_form(form)
    complete_direct_upload(upload)
    kept = objects(folders)
    assert post_form(form, PICTURE[:-1]).status_code == 409
    assert objects(folders) == kept


def test_a_bad_picture_leaves_its_reason_and_no_bytes(client: APIClient, project: Project, folders: Path) -> None:
    upload, form = begun(client, mimeType="image/jpeg")
    post_form(form)
    first, second = (client.post(f"/api/media/uploads/{upload.pk}/complete") for _ in range(2))
    assert (first.status_code, first.json()["reason"]) == (422, "type_mismatch")
    assert second.json()["detail"] == first.json()["detail"]
    assert objects(folders) == []
    assert client.get(f"/api/media/uploads/{upload.pk}").json()["state"] == "refused"
    with pytest.raises(BadUpload):
        get_ready_upload(project.pk, upload.pk)


def test_a_host_in_trouble_leaves_it_for_another_time(
    client: APIClient, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload, form = begun(client)
    post_form(form)
    for error in (BoundedUnavailable("crash", "as scripted"), StorageUnavailable()):

        def fail(*arguments: object, error: Exception = error, **facts: object) -> None:
            raise error

        with monkeypatch.context() as patch, pytest.raises(type(error)):
            patch.setattr(direct_uploads, "keep_clean", fail)
            complete_direct_upload(upload)
    assert complete_direct_upload(upload).state == UploadState.READY


def test_who_comes_second_finds_what_the_first_did(client: APIClient, folders: Path) -> None:
    upload, form = begun(client)
    post_form(form)
    stale = MediaUpload.objects.get(pk=upload.pk)
    complete_direct_upload(upload)
    assert complete_direct_upload(stale).state == UploadState.READY


def test_a_posted_file_that_cannot_be_removed_goes_with_its_upload(
    client: APIClient, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload, form = begun(client)
    post_form(form)

    def refuse(*arguments: object, **facts: object) -> None:
        raise StorageUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(direct_uploads, "delete_object", refuse)
        upload = complete_direct_upload(upload)
    assert objects(folders) == sorted([upload.incoming_key, upload.key])
    let_expire(upload)
    assert expire_uploads() == 1
    assert objects(folders) == []


def test_what_nobody_completes_goes_after_an_hour(client: APIClient, folders: Path) -> None:
    upload, form = begun(client)
    post_form(form)
    assert upload.expires_at < database_now() + timedelta(hours=1)
    let_expire(upload)
    assert post_form(form).status_code == 404
    with pytest.raises(ObjectNotFound):
        complete_direct_upload(upload)
    assert expire_uploads() == 1
    assert not MediaUpload.objects.exists()
