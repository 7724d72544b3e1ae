"""Direct uploads to a bucket: the server itself holds the form to its key, type and size; nothing is used unseen."""

import base64
import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.test import Client
from pytest_django import Settings

from assets import storage
from assets.direct_uploads import begin_direct_upload, complete_direct_upload, receive_form
from assets.errors import BadUpload, UploadNotReady
from assets.models import MediaUpload, UploadState
from assets.objects import Form
from assets.upload_upkeep import delete_upload, expire_uploads
from assets.uploads import open_upload, take_upload
from gencraft_media.accounts.models import Project
from tests.assets.drawn import scenery, stored, written
from tests.assets.test_uploads import let_expire
from tests.factories import make_project
from tests.services.s3 import Buckets

pytestmark = [pytest.mark.services, pytest.mark.django_db]
PICTURE = written(scenery(96, 64))


@pytest.fixture(autouse=True)
def to_the_bucket(s3: Buckets, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """As set where S3_BUCKET is; the tests' own transaction is no caller's."""
    settings.UPLOADS_TO_BUCKET = True
    monkeypatch.setattr(storage, "release_connection", lambda: None)


@pytest.fixture
def project() -> Project:
    return make_project()


def begun(project: Project, **changes: Any) -> tuple[MediaUpload, Form]:
    facts: dict[str, Any] = {"declared_type": "image/png", "size": len(PICTURE), **changes}
    return begin_direct_upload(user_id=project.owner_id, project_id=project.pk, **facts)


def post(form: Form, content: bytes = PICTURE, **changes: Any) -> int:
    """The status that the bucket's server answers a browser's form with."""
    fields = {name: value for name, value in {**form.fields, **changes}.items() if value is not None}
    return requests.post(form.url, data=fields, files={"file": ("blob", content)}, timeout=10).status_code


def test_the_bucket_takes_the_file_and_the_engine_looks_at_it(project: Project, s3: Buckets) -> None:
    upload, form = begun(project)
    assert (upload.storage_backend, upload.s3_bucket) == ("s3", s3.originals.bucket_name)
    assert form.url.startswith(s3.door.url)
    with pytest.raises(UploadNotReady):
        complete_direct_upload(upload)
    assert post(form) == 204
    assert s3.keys(private=True) == [upload.incoming_key]
    upload = complete_direct_upload(upload)
    assert (upload.state, upload.width, upload.s3_bucket) == ("ready", 96, s3.originals.bucket_name)
    assert (s3.keys(private=True), s3.keys(private=False)) == ([upload.key], [])
    assert complete_direct_upload(upload) == upload
    with open_upload(upload) as path:
        assert path.stat().st_size == upload.size


@pytest.mark.parametrize(
    ("content", "changes"),
    [
        (PICTURE + b"x", {}),
        (PICTURE, {"Content-Type": "text/html"}),
        (PICTURE, {"Content-Type": None}),
        (PICTURE, {"key": "media/stolen/place.png"}),
        (PICTURE, {"policy": None}),
        (PICTURE, {"acl": "public-read"}),
    ],
    ids=["too large", "wrong type", "no type", "wrong key", "no policy", "one field more"],
)
def test_the_bucket_takes_nothing_else(
    project: Project, s3: Buckets, content: bytes, changes: dict[str, str | None]
) -> None:
    assert post(begun(project)[1], content, **changes) in {400, 403}
    assert s3.keys(private=True) == s3.keys(private=False) == []


def test_the_form_ends_after_a_quarter_hour(project: Project, s3: Buckets) -> None:
    upload, form = begun(project)
    policy = json.loads(base64.b64decode(form.fields["policy"]))
    ends_at = datetime.fromisoformat(policy["expiration"])
    assert timedelta(minutes=14) < ends_at - datetime.now(UTC) <= timedelta(minutes=15)
    assert "canary" not in str(form)
    late = storage.current_store().sign_form(
        upload.incoming_key, mime_type="image/png", most_bytes=len(PICTURE), valid_s=-5
    )
    assert late is not None and post(late) == 403
    assert s3.keys(private=True) == []


def test_a_bad_picture_leaves_its_reason_and_no_bytes(project: Project, s3: Buckets) -> None:
    upload, form = begun(project)
    assert post(form, b"<svg/>") == 204
    for _ in range(2):
        with pytest.raises(BadUpload) as caught:
            complete_direct_upload(MediaUpload.objects.get(pk=upload.pk))
        assert caught.value.reason == "not_an_image"
    assert s3.keys(private=True) == []


def test_an_object_that_no_form_could_have_made_is_not_even_fetched(
    project: Project, s3: Buckets, settings: Settings
) -> None:
    upload, _ = begun(project)
    settings.UPLOAD_FILE_BYTES = 1000
    s3.originals.client.put_object(Bucket=s3.originals.bucket_name, Key=upload.incoming_key, Body=PICTURE)
    s3.door.requests.clear()
    with pytest.raises(BadUpload) as caught:
        complete_direct_upload(upload)
    assert caught.value.reason == "too_large"
    assert not [method for method, path in s3.door.requests if method == "GET" and upload.incoming_key in path]
    assert s3.keys(private=True) == []


def test_what_is_posted_late_goes_with_its_upload(project: Project, s3: Buckets) -> None:
    upload, form = begun(project)
    post(form)
    upload = complete_direct_upload(upload)
    assert post(form, PICTURE[:-1]) == 204, "the bucket cannot know that it is late"
    assert upload.state == UploadState.READY
    let_expire(upload)
    assert expire_uploads() == 1
    assert s3.keys(private=True) == []


def test_where_the_server_takes_no_forms_the_engine_does(
    project: Project, s3: Buckets, settings: Settings, tmp_path: Path
) -> None:
    settings.UPLOADS_TO_BUCKET = False
    upload, form = begun(project)
    assert form.url == f"http://testserver/api/media/uploads/{upload.pk}/file"
    receive_form(upload, form.fields, stored(tmp_path, PICTURE))
    assert s3.keys(private=True) == [upload.incoming_key]
    assert complete_direct_upload(upload).state == UploadState.READY


def test_uploads_lie_in_the_bucket_that_no_cdn_gives(project: Project, s3: Buckets, tmp_path: Path) -> None:
    upload = take_upload(stored(tmp_path, PICTURE), user_id=project.owner_id, project_id=project.pk)
    assert (s3.keys(private=True), s3.keys(private=False)) == ([upload.key], [])
    assert Client().get(f"/media/{upload.key}").status_code == 404
    delete_upload(upload)
    assert s3.keys(private=True) == []


def test_an_upload_from_before_the_bucket_is_still_found(
    project: Project, s3: Buckets, settings: Settings, folders: Path, tmp_path: Path
) -> None:
    with_bucket = settings.STORAGES
    settings.STORAGES = {name: value for name, value in with_bucket.items() if name not in {"pictures", "originals"}}
    upload = take_upload(stored(tmp_path, PICTURE), user_id=project.owner_id, project_id=project.pk)
    settings.STORAGES = with_bucket
    with open_upload(upload) as path:
        assert path == folders / "private" / upload.key
    delete_upload(upload)
    assert not (folders / "private" / upload.key).exists()


def test_a_missing_object_is_no_size(s3: Buckets) -> None:
    store = storage.current_store()
    assert store.find_private_size(f"incoming/{uuid.uuid4()}/file") is None
