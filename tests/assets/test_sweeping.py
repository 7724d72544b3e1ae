"""The hourly sweep removes objects that no asset names, and nothing that one names or may name yet."""

import hashlib
import os
import tempfile
import time
import uuid
from pathlib import Path

import pytest

from assets import sweeping
from assets.keys import original_key, rendition_key, thumbnail_key
from assets.models import MediaAsset
from assets.storage import delete_object, store_file
from assets.tasks import sweep as sweep_task
from tests.assets.pictures import make_asset
from tests.factories import make_project

pytestmark = pytest.mark.django_db
HOUR_S = 3600.0
DAY_S = 24 * HOUR_S


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that is this test's alone."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def let_pass(seconds: float, *paths: Path) -> None:
    """As if the files had been written so long ago."""
    for path in paths:
        os.utime(path, (time.time() - seconds,) * 2)


def sha256_of(path: Path) -> str:
    """The hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def store(folders: Path, key: str, *, private: bool, age_s: float) -> Path:
    """An object that no asset names."""
    source = folders / "source"
    source.write_bytes(key.encode())
    store_file(source, key, private=private, sha256=sha256_of(source))
    path = folders / ("private" if private else "media") / key
    let_pass(age_s, path)
    return path


def public_key() -> str:
    """The key of a web picture of an asset that has no row."""
    return rendition_key(user_id=uuid.uuid4(), project_id=uuid.uuid4(), asset_id=uuid.uuid4())


def private_key(job_id: uuid.UUID | None = None) -> str:
    """The key of an original."""
    return original_key(
        job_id=job_id or uuid.uuid4(), attempt_id=uuid.uuid4(), position=0, sha256="ab" * 32, extension="png"
    )


def test_objects_without_an_asset_go_once_they_are_old_enough(folders: Path) -> None:
    key = public_key()
    old = [
        store(folders, key, private=False, age_s=25 * HOUR_S),
        store(folders, thumbnail_key(key), private=False, age_s=25 * HOUR_S),
        store(folders, private_key(), private=True, age_s=8 * DAY_S),
    ]
    young = [
        store(folders, public_key(), private=False, age_s=23 * HOUR_S),
        store(folders, private_key(), private=True, age_s=6 * DAY_S),
    ]
    assert sweeping.sweep_orphans() == 3
    assert [path.exists() for path in [*old, *young]] == [False, False, False, True, True]
    assert not old[0].parent.exists(), "the folders they leave empty go too"


@pytest.mark.parametrize("picture_format", ["webp", "png", "jpeg", "avif"])
def test_pictures_of_every_format_are_swept_and_nothing_else_beside_them(folders: Path, picture_format: str) -> None:
    ids = {"user_id": uuid.uuid4(), "project_id": uuid.uuid4(), "asset_id": uuid.uuid4()}
    key = rendition_key(**ids, picture_format=picture_format)
    old = store(folders, key, private=False, age_s=25 * HOUR_S)
    kept = store(folders, key.rpartition(".")[0] + ".txt", private=False, age_s=25 * HOUR_S)
    assert sweeping.sweep_orphans() == 1
    assert (old.exists(), kept.exists()) == (False, True)


def test_what_an_asset_names_stays_however_old_it_is(folders: Path) -> None:
    asset = make_asset(make_project(), folders)
    named = [
        folders / "media" / asset.s3_key,
        folders / "media" / (asset.thumbnail_key or ""),
        folders / "private" / asset.original_key,
    ]
    let_pass(400 * DAY_S, *named)
    assert asset.job_id is not None
    beside = store(folders, private_key(asset.job_id), private=True, age_s=8 * DAY_S)
    assert sweeping.sweep_orphans() == 1
    assert all(path.exists() for path in named) and not beside.exists()


def test_an_asset_keeps_objects_whose_keys_hold_other_ids_than_its_own(folders: Path) -> None:
    asset = make_asset(make_project(), folders)
    kept = store(folders, public_key(), private=False, age_s=2 * DAY_S)
    original = store(folders, private_key(), private=True, age_s=8 * DAY_S)
    key, original_name = kept.relative_to(folders / "media"), original.relative_to(folders / "private")
    MediaAsset.objects.filter(pk=asset.pk).update(s3_key=str(key), original_key=str(original_name))
    sweeping.sweep_orphans()
    assert kept.exists() and original.exists()


def test_the_objects_of_a_deleted_project_go(folders: Path) -> None:
    project = make_project()
    asset = make_asset(project, folders)
    objects = [folders / "media" / asset.s3_key, folders / "private" / asset.original_key]
    let_pass(8 * DAY_S, *objects)
    project.delete()
    sweeping.sweep_orphans()
    assert not any(path.exists() for path in objects)


def test_files_that_are_no_objects_stay(folders: Path) -> None:
    unfinished = folders / "media/.incoming/half.part"
    foreign = folders / "media/media/robots.txt"
    for path in (unfinished, foreign):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        let_pass(30 * DAY_S, path)
    assert sweeping.sweep_orphans() == 0
    assert unfinished.exists() and foreign.exists()


def test_an_object_stored_again_counts_as_new(folders: Path) -> None:
    key = public_key()
    path = store(folders, key, private=False, age_s=30 * DAY_S)
    store_file(folders / "source", key, private=False, sha256=sha256_of(path))
    assert sweeping.sweep_orphans() == 0
    assert path.exists(), "a step that runs again is about to name it"


def test_an_object_that_became_young_again_while_it_was_looked_for_stays(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store(folders, public_key(), private=False, age_s=2 * DAY_S)

    def find_nothing_while_it_is_stored_again(keys: set[str], *, private: bool) -> set[str]:
        path.touch()
        return set()

    monkeypatch.setattr(sweeping, "_named_by_any_asset", find_nothing_while_it_is_stored_again)
    assert sweeping.sweep_orphans() == 0
    assert path.exists()


def test_one_object_that_cannot_be_removed_does_not_keep_the_others(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = (store(folders, public_key(), private=False, age_s=2 * DAY_S) for _ in range(2))

    def refuse(key: str, *, private: bool) -> None:
        if stuck.match(f"*/{key}"):
            raise PermissionError(key)
        delete_object(key, private=private)

    monkeypatch.setattr(sweeping, "delete_object", refuse)
    assert sweeping.sweep_orphans() == 1
    assert stuck.exists() and not other.exists()


def test_more_objects_than_are_asked_about_at_once_all_go(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "_ASKED_AT_ONCE", 2)
    for _ in range(5):
        store(folders, public_key(), private=False, age_s=2 * DAY_S)
    assert sweeping.sweep_orphans() == 5


def test_temporary_folders_of_dead_workers_go_after_a_day(temporary_folder: Path) -> None:
    ages = {"landing-old": 25, "picture-old": 25, "landing-new": 23, "pictures": 25, "others-old": 25}
    for name, hours in ages.items():
        (temporary_folder / name).mkdir()
        (temporary_folder / name / "0").write_bytes(b"half")
        let_pass(hours * HOUR_S, temporary_folder / name)
    outside = temporary_folder / "others-old"
    (temporary_folder / "landing-link").symlink_to(outside)
    assert sweeping.sweep_temporary_folders() == 2
    left = {path.name for path in temporary_folder.iterdir()}
    assert left == {"landing-new", "pictures", "others-old", "landing-link"}
    assert (outside / "0").exists()


def test_the_task_sweeps_both(folders: Path, temporary_folder: Path) -> None:
    orphan = store(folders, public_key(), private=False, age_s=2 * DAY_S)
    (temporary_folder / "picture-old").mkdir()
    let_pass(2 * DAY_S, temporary_folder / "picture-old")
    sweep_task()
    assert not orphan.exists() and not list(temporary_folder.iterdir())
