"""Assets in S3 expire, are deleted and are swept like local ones, and never by an engine that looks elsewhere."""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from assets import sweeping
from assets.keys import original_key, rendition_key
from assets.models import MediaAsset
from assets.services import delete_asset, expire_assets
from assets.storage import StorageElsewhere, StorageUnavailable, is_aged
from tests.assets.pictures import make_asset
from tests.assets.test_object_store import store
from tests.factories import make_project
from tests.services.s3 import Buckets, use_buckets

pytestmark = [pytest.mark.services, pytest.mark.django_db]


def later(**by: Any) -> Any:
    """As if so much time had passed on this machine; the server's clock goes on as it does."""
    return time_machine.travel(timezone.now() + timedelta(**by), tick=True)


def public_key() -> str:
    """The key of a web picture of an asset that has no row."""
    return rendition_key(user_id=uuid.uuid4(), project_id=uuid.uuid4(), asset_id=uuid.uuid4())


def private_key() -> str:
    """The key of an original without an asset."""
    return original_key(job_id=uuid.uuid4(), attempt_id=uuid.uuid4(), position=0, sha256="ab" * 32, extension="png")


def test_a_row_says_where_its_objects_are(s3: Buckets, tmp_path: Path, settings: Settings) -> None:
    settings.CDN_URL = "https://cdn.example.com"
    asset = make_asset(make_project(), tmp_path)
    assert (asset.storage_backend, asset.s3_bucket) == ("s3", s3.pictures.bucket_name)
    assert asset.cdn_url == f"https://cdn.example.com/{asset.s3_key}"
    assert set(s3.keys(private=False)) == {asset.s3_key, asset.thumbnail_key}
    assert s3.keys(private=True) == [asset.original_key]


def test_an_expired_asset_goes_with_its_objects_and_no_other_does(s3: Buckets, tmp_path: Path) -> None:
    project = make_project()
    expired = make_asset(project, tmp_path, expires_at=timezone.now() - timedelta(seconds=5))
    kept = make_asset(project, tmp_path, expires_at=timezone.now() + timedelta(hours=1))
    assert expire_assets() == 1
    assert list(MediaAsset.objects.all()) == [kept]
    assert set(s3.keys(private=False)) == {kept.s3_key, kept.thumbnail_key}
    assert s3.keys(private=True) == [kept.original_key]
    assert expired.s3_key not in s3.keys(private=False)


def test_an_asset_outlives_a_storage_that_is_down_and_goes_when_it_is_up(s3: Buckets, tmp_path: Path) -> None:
    asset = make_asset(make_project(), tmp_path, expires_at=timezone.now() - timedelta(seconds=5))
    s3.door.shut()
    with pytest.raises(StorageUnavailable):
        delete_asset(asset)
    assert expire_assets() == 0
    assert MediaAsset.objects.count() == 1
    s3.door.reopen()
    assert expire_assets() == 1
    assert s3.keys(private=False) == s3.keys(private=True) == []


def test_a_deletion_that_stopped_half_way_is_finished_by_the_next(s3: Buckets, tmp_path: Path) -> None:
    asset = make_asset(make_project(), tmp_path, expires_at=timezone.now() - timedelta(seconds=5))
    s3.door.fail("DELETE", "refused", status=403, code="AccessDenied", where="originals")
    assert expire_assets() == 0
    assert s3.keys(private=True) == [asset.original_key]
    assert expire_assets() == 1
    assert s3.keys(private=True) == []


def test_an_asset_from_before_the_bucket_is_deleted_where_it_lies(
    s3: Buckets, tmp_path: Path, folders: Path, settings: Settings
) -> None:
    buckets = settings.STORAGES
    settings.STORAGES = {name: entry for name, entry in buckets.items() if name not in ("pictures", "originals")}
    asset = make_asset(make_project(), tmp_path)
    file = folders / "media" / asset.s3_key
    assert asset.storage_backend == "local" and file.exists()
    settings.STORAGES = buckets
    delete_asset(asset)
    assert not file.exists()
    assert not MediaAsset.objects.exists()


def test_an_engine_that_looks_elsewhere_deletes_nothing(s3: Buckets, tmp_path: Path, settings: Settings) -> None:
    asset = make_asset(make_project(), tmp_path, expires_at=timezone.now() - timedelta(seconds=5))
    use_buckets(settings, s3.door.url, "another-bucket")
    with pytest.raises(StorageElsewhere, match=s3.pictures.bucket_name):
        delete_asset(asset)
    assert expire_assets() == 0
    assert MediaAsset.objects.count() == 1
    assert asset.s3_key in s3.keys(private=False)


def test_objects_without_an_asset_go_once_they_are_old_enough(s3: Buckets, tmp_path: Path) -> None:
    asset = make_asset(make_project(), tmp_path)
    orphan, original = public_key(), private_key()
    store(tmp_path, b"orphan", orphan)
    store(tmp_path, b"original", original, private=True)
    with later(hours=23):
        assert sweeping.sweep_orphans() == 0
    with later(hours=25):
        assert sweeping.sweep_orphans() == 1
    assert set(s3.keys(private=False)) == {asset.s3_key, asset.thumbnail_key}
    assert set(s3.keys(private=True)) == {asset.original_key, original}
    with later(days=8):
        assert sweeping.sweep_orphans() == 1
    assert s3.keys(private=True) == [asset.original_key]


def test_what_is_no_object_of_the_engine_stays(s3: Buckets, tmp_path: Path) -> None:
    for key in ("media/robots.txt", "elsewhere/report.pdf"):
        s3.pictures.client.put_object(Bucket=s3.pictures.bucket_name, Key=key, Body=b"x")
    with later(days=30):
        assert sweeping.sweep_orphans() == 0
    assert set(s3.keys(private=False)) == {"media/robots.txt", "elsewhere/report.pdf"}


def test_the_age_of_an_object_is_the_servers_and_what_is_missing_has_none(s3: Buckets, tmp_path: Path) -> None:
    key = public_key()
    store(tmp_path, b"picture", key)
    assert not is_aged(key, 3600, private=False)
    with later(hours=2):
        assert is_aged(key, 3600, private=False)
        assert not is_aged(public_key(), 3600, private=False)


def test_more_objects_than_one_page_lists_are_all_looked_at(s3: Buckets, tmp_path: Path) -> None:
    paged = s3.pictures.client.get_paginator("list_objects_v2")
    for _ in range(5):
        store(tmp_path, b"orphan", public_key())
    pages = paged.paginate(Bucket=s3.pictures.bucket_name, PaginationConfig={"PageSize": 2})
    assert len(list(pages)) == 3
    with later(hours=25):
        assert sweeping.sweep_orphans() == 5


def test_a_server_that_stops_listing_ends_the_sweep_and_removes_nothing_more(s3: Buckets, tmp_path: Path) -> None:
    store(tmp_path, b"orphan", public_key())
    s3.door.fail("GET", "refused", status=403, code="AccessDenied")
    with later(hours=25), pytest.raises(StorageUnavailable):
        sweeping.sweep_orphans()
    assert len(s3.keys(private=False)) == 1
