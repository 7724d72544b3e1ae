"""The API of uploads: what a client sends, sees, and must not."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from assets.models import MediaUpload, UploadState
from gencraft_media.accounts.models import Project, Role
from tests.assets.drawn import scenery, written
from tests.assets.test_uploads import bring, let_expire, objects
from tests.factories import add_member, api_client, make_key, make_project, make_user, session_client

pytestmark = pytest.mark.django_db
FIELDS = """
    id projectId externalUserId state source filename mimeType size width height hasAlpha sha256 error createdAt
    expiresAt
""".split()  # noqa: SIM905 (a list of fifteen quoted words cannot be read)


@pytest.fixture
def project() -> Project:
    return make_project(make_user("alice"))


@pytest.fixture
def client(project: Project) -> APIClient:
    return api_client(make_key(project)[1])


def file_of(content: bytes | None = None, name: str = "cat.png", type: str = "image/png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, written(scenery(96, 64)) if content is None else content, content_type=type)


def send(client: Any, **fields: Any) -> Any:
    if isinstance(client, APIClient):
        return client.post("/api/media/uploads", fields, format="multipart")
    return client.post("/api/media/uploads", fields)


def fields_of(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.content
    return [error["field"] for error in answer.json()["errors"]]


def test_a_picture_that_comes_along_is_ready_in_the_answer(client: APIClient, project: Project, folders: Path) -> None:
    answer = send(client, file=file_of())
    assert answer.status_code == 201
    found = answer.json()
    assert list(found) == [*FIELDS, "upload"]
    upload = MediaUpload.objects.get()
    assert found == {
        "id": str(upload.pk), "projectId": str(project.pk), "externalUserId": None, "state": "ready",
        "source": "multipart", "filename": "cat.png", "mimeType": "image/png", "size": upload.size, "width": 96,
        "height": 64, "hasAlpha": False, "sha256": upload.sha256, "error": None, "createdAt": found["createdAt"],
        "expiresAt": found["expiresAt"], "upload": None,
    }  # fmt: skip
    assert client.get(f"/api/media/uploads/{upload.pk}").json() == {name: found[name] for name in FIELDS}
    assert upload.key not in answer.content.decode()


def test_a_refused_picture_is_a_problem_that_says_why(client: APIClient, folders: Path) -> None:
    answer = send(client, file=file_of(b"GIF89a" + bytes(99)))
    problem = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert (problem["code"], problem["reason"], problem["retryable"]) == ("upload_refused", "not_an_image", False)
    assert "a GIF" in problem["detail"]
    assert objects(folders) == [] and client.get("/api/media/uploads").json()["items"] == []


def test_an_empty_file_is_refused_as_a_picture(client: APIClient) -> None:
    assert send(client, file=file_of(b"")).json()["reason"] == "not_an_image"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [({}, ["file"]), ({"file": "text"}, ["file"]), ({"file": None, "surprise": "1"}, ["surprise"]),
     ({"file": None, "projectId": "7"}, ["projectId"])],
)  # fmt: skip
def test_a_wrong_form_is_refused_by_the_names_of_its_fields(
    client: APIClient, folders: Path, fields: dict[str, Any], wrong: list[str]
) -> None:
    content = {name: file_of() if value is None else value for name, value in fields.items()}
    assert fields_of(send(client, **content)) == wrong
    assert objects(folders) == []


def test_one_picture_at_a_time(client: APIClient, folders: Path) -> None:
    assert fields_of(send(client, file=[file_of(), file_of()])) == ["file"]
    assert objects(folders) == []


def test_a_file_that_is_too_large_is_refused_on_its_way(client: APIClient, folders: Path, settings: Settings) -> None:
    settings.UPLOAD_FILE_BYTES = 100_000
    answer = send(client, file=file_of(bytes(100_001)))
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
    assert objects(folders) == []


def test_a_body_that_states_too_much_is_not_read(client: APIClient, settings: Settings) -> None:
    settings.UPLOAD_BODY_BYTES = 1000
    assert send(client, file=file_of()).status_code == 413


def test_a_servers_key_names_its_own_user_and_a_browser_does_not(client: APIClient, project: Project) -> None:
    answer = send(client, file=file_of(), externalUserId="wp-7", projectId=str(project.pk))
    assert answer.json()["externalUserId"] == "wp-7"
    browser = Client()
    browser.force_login(project.owner)
    assert send(browser, file=file_of()).status_code == 201
    assert fields_of(send(browser, file=file_of(), externalUserId="wp-7")) == ["externalUserId"]


def test_a_browser_needs_its_token_with_a_form_too(project: Project, folders: Path) -> None:
    assert send(session_client(project.owner), file=file_of()).status_code == 403
    assert objects(folders) == []


def test_the_list_has_its_projects_uploads_newest_first_until_they_expire(
    client: APIClient, project: Project, folders: Path
) -> None:
    uploads = [bring(project, folders) for _ in range(4)]
    bring(make_project(), folders)
    let_expire(uploads[1])
    ids = [str(pk) for pk in MediaUpload.objects.order_by("-created_at", "-id").values_list("pk", flat=True)]
    shown = [pk for pk in ids if pk in {str(upload.pk) for upload in (uploads[0], uploads[2], uploads[3])}]
    first = client.get("/api/media/uploads?limit=2").json()
    second = client.get(f"/api/media/uploads?limit=2&cursor={first['nextCursor']}").json()
    assert [item["id"] for item in [*first["items"], *second["items"]]] == shown
    assert (first["total"], first["hasMore"], second["hasMore"]) == (3, True, False)
    assert client.get(f"/api/media/uploads/{uploads[1].pk}").status_code == 404


def test_a_refused_upload_says_why_when_it_is_looked_at(client: APIClient, project: Project, folders: Path) -> None:
    upload = bring(project, folders)
    error = {"reason": "bomb", "detail": "as scripted"}
    MediaUpload.objects.update(state=UploadState.REFUSED, error=error)
    told = client.get(f"/api/media/uploads/{upload.pk}").json()["error"]
    assert (told["code"], told["reason"]) == ("upload_refused", "bomb")
    assert "as scripted" in told["message"]


def test_deleting_removes_the_bytes(client: APIClient, project: Project, folders: Path) -> None:
    gone, kept = bring(project, folders), bring(project, folders)
    assert client.delete(f"/api/media/uploads/{gone.pk}").status_code == 204
    assert client.delete(f"/api/media/uploads/{gone.pk}").status_code == 404
    assert objects(folders) == [kept.key]


def test_strangers_cannot_tell_an_upload_from_none(project: Project, folders: Path) -> None:
    upload = bring(project, folders)
    charlie = api_client(make_key(make_project(make_user("charlie")))[1])
    for name in (upload.pk, uuid.uuid4()):
        assert charlie.get(f"/api/media/uploads/{name}").status_code == 404
        assert charlie.delete(f"/api/media/uploads/{name}").status_code == 404
        assert charlie.post(f"/api/media/uploads/{name}/complete").status_code == 404
    assert send(charlie, file=file_of(), projectId=str(project.pk)).status_code == 404
    assert charlie.get(f"/api/media/uploads?projectId={project.pk}").status_code == 404
    assert charlie.get("/api/media/uploads").json()["items"] == []
    assert objects(folders) == [upload.key]


def test_who_may_only_look_brings_and_removes_nothing(project: Project, folders: Path) -> None:
    upload = bring(project, folders)
    bob = make_user("bob")
    add_member(project, bob, Role.VIEWER)
    browser = Client()
    browser.force_login(bob)
    assert browser.get(f"/api/media/uploads/{upload.pk}").status_code == 200
    assert browser.delete(f"/api/media/uploads/{upload.pk}").status_code == 403
    assert send(browser, file=file_of(), projectId=str(project.pk)).status_code == 403
    reader = api_client(make_key(project, scopes=["read"])[1])
    assert send(reader, file=file_of()).status_code == 403
    assert objects(folders) == [upload.key]
