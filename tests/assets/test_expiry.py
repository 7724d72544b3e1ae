"""Expired assets go with their bytes, once, whatever happens on the way; everything else stays."""

import os
import signal
import subprocess
import sys
import uuid
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now

from assets import services
from assets.models import AssetTag, MediaAsset, MediaCollection
from assets.services import delete_asset, expire_assets, record_asset, store_picture
from assets.storage import Store, delete_object, find_public_file
from assets.tasks import expire_assets as expire_assets_task
from gencraft_media.accounts.models import Project
from gencraft_media.common.clock import database_now
from gencraft_media.common.models import DomainEvent
from tests.assets.pictures import make_asset, make_facts, make_origin
from tests.factories import make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


def _expired(project: Project, folder: Path, **changes: Any) -> MediaAsset:
    return make_asset(project, folder, expires_at=database_now() - timedelta(seconds=1), **changes)


def _objects(asset: MediaAsset, folders: Path) -> list[bool]:
    public = [find_public_file(key) is not None for key in (asset.s3_key, asset.thumbnail_key)]
    return [*public, (folders / "private" / asset.original_key).exists()]


def test_an_expired_asset_goes_and_those_of_its_project_and_of_others_stay(project: Project, folders: Path) -> None:
    expired = _expired(project, folders, tags=["dawn"])
    staying = [
        make_asset(project, folders),
        make_asset(project, folders, expires_at=database_now() + timedelta(hours=1)),
        make_asset(make_project(), folders),
    ]
    assert expire_assets() == 1
    assert _objects(expired, folders) == [False, False, False]
    assert set(MediaAsset.objects.all()) == set(staying)
    assert [_objects(asset, folders) for asset in staying] == [[True, True, True]] * 3
    assert not AssetTag.objects.exists()


def test_time_is_the_databases_and_not_the_process_own(
    project: Project, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_asset(project, folders, expires_at=database_now() + timedelta(hours=1))
    monkeypatch.setattr("django.utils.timezone.now", lambda: database_now() + timedelta(days=1))
    assert expire_assets() == 0
    MediaAsset.objects.update(expires_at=Now())
    assert expire_assets() == 1


def test_running_again_changes_nothing_and_tells_nothing(project: Project, folders: Path) -> None:
    asset = _expired(project, folders)
    assert (expire_assets(), expire_assets()) == (1, 0)
    delete_asset(asset)
    event = DomainEvent.objects.get()
    assert (event.type, event.subject_id, event.project_id) == ("asset.expired", asset.pk, project.pk)


def test_what_died_between_objects_and_row_is_finished_by_the_next_run(
    project: Project, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset = _expired(project, folders)

    def die(name: str) -> None:
        assert name == "expiry.objects_removed"
        assert _objects(asset, folders) == [False, False, False]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(services, "crashpoint", die)
        expire_assets()
    assert MediaAsset.objects.filter(pk=asset.pk).exists(), "a row without objects can be found, not the reverse"
    assert expire_assets() == 1
    assert not MediaAsset.objects.exists()


def test_one_object_that_cannot_be_removed_does_not_keep_the_others(
    project: Project, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = _expired(project, folders), _expired(project, folders)

    def refuse(key: str, *, private: bool, store: Store) -> None:
        if key == stuck.s3_key:
            raise PermissionError(key)
        delete_object(key, private=private, store=store)

    with monkeypatch.context() as patch:
        patch.setattr(services, "delete_object", refuse)
        assert expire_assets() == 1
    assert list(MediaAsset.objects.all()) == [stuck]
    assert _objects(other, folders) == [False, False, False]
    assert expire_assets() == 1


def test_any_number_of_assets_that_cannot_be_removed_does_not_keep_the_others(
    project: Project, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = database_now()
    damaged, refused, other = (
        make_asset(project, folders, expires_at=now - timedelta(hours=hours)) for hours in (3, 2, 1)
    )
    MediaAsset.objects.filter(pk=damaged.pk).update(s3_key="../no key")

    def refuse(key: str, *, private: bool, store: Store) -> None:
        if key == refused.s3_key:
            raise PermissionError(key)
        delete_object(key, private=private, store=store)

    monkeypatch.setattr(services, "delete_object", refuse)
    assert expire_assets(limit=1) == 1
    assert set(MediaAsset.objects.all()) == {damaged, refused}
    assert _objects(other, folders) == [False, False, False]
    assert expire_assets(limit=1) == 0


def test_a_run_takes_no_more_than_its_limit_and_the_oldest_first(project: Project, folders: Path) -> None:
    now = database_now()
    newer, older = (make_asset(project, folders, expires_at=now - timedelta(hours=hours)) for hours in (1, 2))
    assert expire_assets(limit=1) == 1
    assert list(MediaAsset.objects.all()) == [newer]
    assert _objects(older, folders) == [False, False, False]


def test_children_covers_and_collections_outlive_their_asset(project: Project, folders: Path) -> None:
    parent = _expired(project, folders)
    child = make_asset(project, folders, parent_asset_id=parent.pk)
    collection = MediaCollection.objects.create(user=project.owner, name="Animals", cover=parent)
    expire_assets()
    child.refresh_from_db()
    collection.refresh_from_db()
    assert child.parent_asset_id is None and collection.cover_id is None


def test_the_task_also_sweeps_what_crashed_writers_left(project: Project, folders: Path) -> None:
    _expired(project, folders)
    left = folders / "media/.incoming/left.part"
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    expire_assets_task()
    assert not left.exists() and not MediaAsset.objects.exists()


def test_an_item_is_recorded_once_however_often_it_is_settled(project: Project, folders: Path) -> None:
    item_id, origin = uuid.uuid4(), make_origin(project, tags=["dawn"])
    picture = store_picture(make_facts(folders / "made"), item_id=item_id, origin=origin)
    again = store_picture(make_facts(folders / "made again"), item_id=item_id, origin=origin)
    assert again.asset_id == picture.asset_id
    first = record_asset(item_id=item_id, picture=picture, origin=origin, cost=Decimal("0.04"), original_key="")
    second = record_asset(item_id=item_id, picture=again, origin=origin, cost=Decimal("0.09"), original_key="")
    assert first == second and second.cost == Decimal("0.04")
    assert AssetTag.objects.count() == 1
    with pytest.raises(TypeError, match="Decimal"):
        record_asset(item_id=item_id, picture=picture, origin=origin, cost=0.04, original_key="")  # type: ignore[arg-type]


_RUN = (
    "import django; django.setup(); from assets.services import expire_assets; from assets.models import MediaAsset;"
    "print(expire_assets(), [str(pk) for pk in MediaAsset.objects.values_list('id', flat=True)])"
)


@pytest.mark.crash
@pytest.mark.django_db(transaction=True)
def test_a_killed_process_leaves_work_that_the_next_one_finishes(project: Project, folders: Path) -> None:
    asset, kept = _expired(project, folders), make_asset(project, folders)
    database = _address_of_database()
    killed = _expire_in_a_process(folders, database, crashpoint="expiry.objects_removed")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert _objects(asset, folders) == [False, False, False]
    finished = _expire_in_a_process(folders, database)
    assert finished.stdout.strip() == f"1 ['{kept.pk}']", finished.stderr
    assert _objects(kept, folders) == [True, True, True]


def _address_of_database() -> str:
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    return f"postgres://{facts['USER']}:{facts['PASSWORD']}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"


def _expire_in_a_process(folders: Path, database: str, crashpoint: str = "") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": database,
        "DATA_DIR": str(folders),
        "CRASHPOINTS": str(folders),
    }
    if crashpoint:
        (folders / crashpoint).touch()
    return subprocess.run(
        [sys.executable, "-c", _RUN], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
