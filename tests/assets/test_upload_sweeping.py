"""What writers that died left of uploads goes after a day; what an upload names, or may name yet, stays."""

import uuid
from pathlib import Path

import pytest

from assets import sweeping, uploads
from assets.direct_uploads import begin_direct_upload, complete_direct_upload, receive_form
from assets.keys import incoming_key, upload_key
from assets.models import MediaUpload
from gencraft_media.accounts.models import Project
from tests.assets.drawn import scenery, stored, written
from tests.assets.test_sweeping import DAY_S, HOUR_S, let_pass, store
from tests.assets.test_uploads import bring
from tests.factories import make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


def test_clean_and_posted_objects_without_an_upload_go_after_a_day(folders: Path) -> None:
    ages = (25 * HOUR_S, 23 * HOUR_S)
    clean = [
        store(folders, upload_key(upload_id=uuid.uuid4(), sha256="ab" * 32, extension="png"), private=True, age_s=age_s)
        for age_s in ages
    ]
    posted = [store(folders, incoming_key(uuid.uuid4()), private=True, age_s=age_s) for age_s in ages]
    assert sweeping.sweep_orphans() == 2
    assert [path.exists() for path in (*clean, *posted)] == [False, True, False, True]


def test_what_an_upload_names_stays_however_old_it_is(project: Project, folders: Path) -> None:
    upload = bring(project, folders)
    named = folders / "private" / upload.key
    beside = store(folders, f"uploads/{upload.pk}/{'0' * 16}.png", private=True, age_s=400 * DAY_S)
    let_pass(400 * DAY_S, named)
    assert sweeping.sweep_orphans() == 1
    assert named.exists() and not beside.exists()


def test_a_posted_object_stays_until_it_was_looked_at(project: Project, folders: Path) -> None:
    picture = stored(folders, written(scenery()))
    upload, form = begin_direct_upload(
        user_id=project.owner_id, project_id=project.pk, declared_type="image/png", size=picture.stat().st_size
    )
    receive_form(upload, form.fields, picture)
    posted = folders / "private" / upload.incoming_key
    let_pass(2 * DAY_S, posted)
    assert sweeping.sweep_orphans() == 0
    complete_direct_upload(upload)
    # As a bucket would take it once more, which cannot know that it is late.
    late = store(folders, upload.incoming_key, private=True, age_s=2 * DAY_S)
    assert sweeping.sweep_orphans() == 1
    assert not late.exists()


def test_what_died_between_its_bytes_and_its_row_is_found(
    project: Project, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(name: str) -> None:
        raise KeyboardInterrupt(name)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt, match=r"upload\.stored"):
        patch.setattr(uploads, "crashpoint", die)
        bring(project, folders)
    assert not MediaUpload.objects.exists()
    left = list((folders / "private" / "uploads").rglob("*.png"))
    let_pass(2 * DAY_S, *left)
    assert (len(left), sweeping.sweep_orphans()) == (1, 1)


def test_the_objects_of_a_deleted_project_go(project: Project, folders: Path) -> None:
    upload = bring(project, folders)
    project.delete()
    let_pass(2 * DAY_S, folders / "private" / upload.key)
    assert sweeping.sweep_orphans() == 1
