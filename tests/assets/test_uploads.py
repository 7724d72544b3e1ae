"""Pictures that clients bring: kept in private, for a while, and longer only for the jobs that work with them."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test import Client
from PIL import Image
from pytest_django import Settings

from assets import uploads
from assets.errors import BadUpload, StorageUnavailable, UploadNotReady
from assets.models import MediaUpload, UploadState
from assets.selectors import get_ready_upload
from assets.storage import Store, StoredObjectMissing, delete_object
from assets.tasks import expire_uploads as expire_uploads_task
from assets.upload_upkeep import delete_upload, expire_uploads
from assets.uploads import extend_upload, name_for_people, open_upload, take_upload
from gencraft_media.accounts.models import Project
from gencraft_media.common.bounded import BoundedUnavailable
from gencraft_media.common.clock import database_now
from gencraft_media.common.errors import ObjectNotFound
from tests.assets.drawn import scenery, stored, written
from tests.factories import make_project

pytestmark = pytest.mark.django_db
SOON = timedelta(seconds=60)


@pytest.fixture
def project() -> Project:
    return make_project()


def bring(project: Project, folder: Path, content: bytes = b"", **facts: Any) -> MediaUpload:
    """An upload of the project's owner."""
    path = stored(folder, content or written(scenery(96, 64)))
    return take_upload(path, user_id=project.owner_id, project_id=project.pk, **facts)


def objects(folders: Path) -> list[str]:
    """The keys of all private objects."""
    private = folders / "private"
    return sorted(path.relative_to(private).as_posix() for path in private.rglob("*") if path.is_file())


def let_expire(upload: MediaUpload) -> None:
    MediaUpload.objects.filter(pk=upload.pk).update(expires_at=Now())


def test_an_upload_says_what_its_picture_is_and_where_it_lies(project: Project, folders: Path) -> None:
    before = database_now()
    upload = bring(project, folders, filename="C:\\photos\\my cat.png", declared_type="image/png")
    upload.refresh_from_db()
    assert (upload.state, upload.source, upload.filename) == ("ready", "multipart", "my cat.png")
    assert (upload.mime_type, upload.width, upload.height, upload.has_alpha) == ("image/png", 96, 64, False)
    assert upload.key == f"uploads/{upload.pk}/{upload.sha256[:16]}.png"
    assert (upload.storage_backend, upload.s3_bucket) == ("local", "local")
    assert timedelta(hours=24) <= upload.expires_at - before < timedelta(hours=24, seconds=60)
    assert get_ready_upload(project.pk, upload.pk) == upload
    with open_upload(upload) as path, Image.open(path) as picture:
        assert picture.size == (96, 64) and path.stat().st_size == upload.size


def test_no_address_gives_an_upload_to_anybody(project: Project, folders: Path) -> None:
    upload = bring(project, folders)
    for address in (f"/media/{upload.key}", f"/{upload.key}", f"/media/../private/{upload.key}"):
        assert Client().get(address).status_code == 404


def test_nothing_is_kept_of_what_is_refused(project: Project, folders: Path) -> None:
    with pytest.raises(BadUpload) as caught:
        bring(project, folders, b"<svg/>")
    assert (caught.value.code, caught.value.http_status, caught.value.extra) == (
        "upload_refused", 422, {"reason": "not_an_image"},
    )  # fmt: skip
    assert not MediaUpload.objects.exists() and objects(folders) == []


def test_nothing_is_kept_when_the_host_is_in_trouble(
    project: Project, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*arguments: object, **facts: object) -> None:
        raise BoundedUnavailable("crash", "as scripted")

    monkeypatch.setattr(uploads, "clean_upload", unavailable)
    with pytest.raises(BoundedUnavailable):
        bring(project, folders)
    assert not MediaUpload.objects.exists() and objects(folders) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [("../../etc/passwd", "passwd"), ("a\x00b\r\n.png", "ab.png"), ("‮gnp.exe", "gnp.exe"), ("x" * 999, "x" * 255),
     ("  ", ""), ("träume 🌙.jpg", "träume 🌙.jpg")],
)  # fmt: skip
def test_a_name_is_for_people_to_read(given: str, kept: str) -> None:
    assert name_for_people(given) == kept


def test_an_upload_is_its_projects_alone_and_for_its_time_alone(project: Project, folders: Path) -> None:
    upload = bring(project, folders)
    for project_id, upload_id in ((make_project().pk, upload.pk), (project.pk, uuid.uuid4())):
        with pytest.raises(ObjectNotFound):
            get_ready_upload(project_id, upload_id)
    let_expire(upload)
    with pytest.raises(ObjectNotFound):
        get_ready_upload(project.pk, upload.pk)


def test_what_is_not_ready_or_was_refused_says_so(project: Project, folders: Path) -> None:
    upload = bring(project, folders)
    MediaUpload.objects.update(state=UploadState.PENDING)
    with pytest.raises(UploadNotReady):
        get_ready_upload(project.pk, upload.pk)
    MediaUpload.objects.update(state=UploadState.REFUSED, error={"reason": "animated", "detail": "as scripted"})
    with pytest.raises(BadUpload, match="animation") as caught:
        get_ready_upload(project.pk, upload.pk)
    assert caught.value.reason == "animated"


def test_expired_uploads_go_with_their_bytes_and_others_stay(project: Project, folders: Path) -> None:
    gone, kept = bring(project, folders), bring(project, folders)
    let_expire(gone)
    assert (expire_uploads(), expire_uploads()) == (1, 0)
    assert list(MediaUpload.objects.all()) == [kept]
    assert objects(folders) == [kept.key]
    let_expire(kept)
    expire_uploads_task()
    assert objects(folders) == [] and not MediaUpload.objects.exists()


def test_a_job_keeps_its_inputs_past_their_time_and_their_deletion(project: Project, folders: Path) -> None:
    expired, deleted = bring(project, folders), bring(project, folders)
    until = database_now() + SOON
    for upload in (expired, deleted):
        extend_upload(upload.pk, until)
        extend_upload(upload.pk, until - SOON / 2)
    let_expire(expired)
    delete_upload(deleted)
    assert expire_uploads() == 0
    for upload in (expired, deleted):
        upload.refresh_from_db()
        assert upload.kept_until == until
        with open_upload(upload) as path:
            assert path.is_file()
        with pytest.raises(ObjectNotFound):
            get_ready_upload(project.pk, upload.pk)
        extend_upload(upload.pk, until + SOON)
    MediaUpload.objects.update(kept_until=Now())
    assert expire_uploads() == 2
    assert objects(folders) == []


def test_what_has_expired_cannot_be_kept_any_more(project: Project, folders: Path) -> None:
    upload = bring(project, folders)
    let_expire(upload)
    with pytest.raises(ObjectNotFound):
        extend_upload(upload.pk, database_now() + SOON)
    assert expire_uploads() == 1


def test_deleting_takes_the_bytes_at_once(project: Project, folders: Path) -> None:
    upload = bring(project, folders)
    delete_upload(upload)
    delete_upload(upload)
    assert objects(folders) == [] and not MediaUpload.objects.exists()
    with pytest.raises(StoredObjectMissing), open_upload(upload):
        pass


def test_one_that_cannot_be_removed_does_not_keep_the_others(
    project: Project, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = bring(project, folders), bring(project, folders)
    MediaUpload.objects.filter(pk=stuck.pk).update(expires_at=database_now() - SOON)
    let_expire(other)

    def refuse(key: str, *, private: bool, store: Store) -> None:
        if key == stuck.key:
            raise StorageUnavailable
        delete_object(key, private=private, store=store)

    with monkeypatch.context() as patch:
        patch.setattr("assets.upload_upkeep.delete_object", refuse)
        assert expire_uploads(limit=1) == 1
    assert list(MediaUpload.objects.all()) == [stuck]
    assert expire_uploads() == 1


def test_a_crash_between_bytes_and_row_is_finished_by_the_next_run(
    project: Project, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = bring(project, folders)
    let_expire(upload)

    def die(name: str) -> None:
        raise KeyboardInterrupt(name)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt, match="objects_removed"):
        patch.setattr("assets.upload_upkeep.crashpoint", die)
        expire_uploads()
    assert MediaUpload.objects.filter(pk=upload.pk).exists() and objects(folders) == []
    assert expire_uploads() == 1


def test_deleting_a_project_takes_its_uploads_along(project: Project, folders: Path) -> None:
    bring(project, folders)
    project.delete()
    assert not MediaUpload.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_keeping_and_deleting_at_once_one_sees_what_the_other_did(project: Project, folders: Path) -> None:
    for _ in range(10):
        upload = bring(project, folders)
        together = threading.Barrier(2)
        with ThreadPoolExecutor(1) as other:
            kept = other.submit(_keep, upload.pk, together)
            together.wait()
            delete_upload(upload)
        assert objects(folders) == ([upload.key] if kept.result() else [])
        MediaUpload.objects.update(kept_until=None)
        expire_uploads()


def _keep(upload_id: uuid.UUID, together: threading.Barrier) -> bool:
    try:
        together.wait()
        extend_upload(upload_id, database_now() + SOON)
    except ObjectNotFound:
        return False
    else:
        return True
    finally:
        connection.close()


def test_a_picture_is_not_asked_for_inside_a_transaction(project: Project, settings: Settings) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="inside a transaction"):
        uploads.take_address("https://example.com/a.png", user_id=project.owner_id, project_id=project.pk)
