"""Objects in S3 are written once: whole, under one name, by one of many writers, and private ones stay private."""

import hashlib
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from assets import storage, write_once
from assets.storage import (
    StorageConflict,
    StorageKeyRefused,
    StorageUnavailable,
    StoredObjectDamaged,
    StoredObjectMissing,
    delete_object,
    find_public,
    private_path,
    store_file,
)
from tests.services.s3 import Buckets
from tests.waiting import wait_until

pytestmark = [pytest.mark.services, pytest.mark.django_db]
KEY = "media/user/project/picture.webp"
ORIGINAL = "originals/job/attempt/0.png"


def file_of(folder: Path, content: bytes) -> tuple[Path, str]:
    """A local file with that content, and its hash."""
    path = folder / uuid.uuid4().hex
    path.write_bytes(content)
    return path, hashlib.sha256(content).hexdigest()


def store(folder: Path, content: bytes, key: str = KEY, *, private: bool = False) -> storage.Stored:
    """Store that content."""
    path, sha256 = file_of(folder, content)
    return store_file(path, key, private=private, sha256=sha256)


def test_a_public_object_says_what_it_is_and_may_be_kept_for_ever(s3: Buckets, tmp_path: Path) -> None:
    stored = store(tmp_path, b"picture" * 400_000)
    assert (stored.key, stored.size_bytes, stored.backend) == (KEY, 2_800_000, "s3")
    assert stored.bucket == s3.pictures.bucket_name
    head = s3.pictures.head(KEY)
    assert head is not None
    assert (head["ContentType"], head["CacheControl"]) == ("image/webp", "public, max-age=31536000, immutable")
    assert head["Metadata"] == {"sha256": stored.sha256}
    assert s3.read(KEY, private=False) == b"picture" * 400_000
    assert s3.keys(private=True) == []


def test_a_private_object_lies_in_the_other_bucket_and_no_cache_is_told_to_keep_it(s3: Buckets, tmp_path: Path) -> None:
    stored = store(tmp_path, b"original", ORIGINAL, private=True)
    assert stored.bucket == s3.originals.bucket_name != s3.pictures.bucket_name
    assert (s3.keys(private=True), s3.keys(private=False)) == ([ORIGINAL], [])
    head = s3.originals.head(ORIGINAL)
    assert head is not None and "CacheControl" not in head and head["ContentType"] == "image/png"
    assert find_public(ORIGINAL) is None
    with private_path(ORIGINAL) as path:
        assert path.read_bytes() == b"original"
        folder = path.parent
    assert not folder.exists()


def test_the_same_bytes_again_are_a_success(s3: Buckets, tmp_path: Path) -> None:
    assert store(tmp_path, b"one") == store(tmp_path, b"one")


def test_other_bytes_under_a_taken_key_are_refused_and_the_first_stay(s3: Buckets, tmp_path: Path) -> None:
    store(tmp_path, b"one")
    with pytest.raises(StorageConflict, match=KEY):
        store(tmp_path, b"two")
    assert s3.read(KEY, private=False) == b"one"


@pytest.mark.parametrize("equal", [True, False])
def test_of_eight_writers_of_one_key_one_wins(s3: Buckets, tmp_path: Path, equal: bool) -> None:
    together = threading.Barrier(8)

    def write(number: int) -> str:
        path, sha256 = file_of(tmp_path, b"same" if equal else f"picture {number}".encode())
        together.wait()
        try:
            return store_file(path, KEY, private=False, sha256=sha256).sha256
        except StorageConflict:
            return "conflict"

    with ThreadPoolExecutor(8) as writers:
        outcomes = list(writers.map(write, range(8)))
    winner = hashlib.sha256(s3.read(KEY, private=False)).hexdigest()
    assert sorted(outcomes) == sorted([winner] * 8 if equal else [winner] + ["conflict"] * 7)
    # Nobody looks before writing: the server decides, on each writer's one request.
    assert [method for method, path in s3.door.requests if path.endswith(KEY)][:8].count("PUT") >= 1
    assert sum(method == "PUT" for method, path in s3.door.requests if path.endswith(KEY)) == 8


def test_an_object_that_somebody_else_put_there_is_compared_by_its_bytes(s3: Buckets, tmp_path: Path) -> None:
    s3.pictures.client.put_object(Bucket=s3.pictures.bucket_name, Key=KEY, Body=b"copied by hand")
    store(tmp_path, b"copied by hand")
    with pytest.raises(StorageConflict):
        store(tmp_path, b"other bytes")


def test_bytes_that_differ_from_the_announced_hash_are_never_sent(s3: Buckets, tmp_path: Path) -> None:
    path, _ = file_of(tmp_path, b"damaged")
    with pytest.raises(StoredObjectDamaged):
        store_file(path, KEY, private=False, sha256="0" * 64)
    assert s3.keys(private=False) == []


def test_bytes_that_change_while_they_are_sent_are_refused_by_the_server(s3: Buckets, tmp_path: Path) -> None:
    path, _ = file_of(tmp_path, b"changed since")
    with path.open("rb") as file, pytest.raises(StorageUnavailable):
        s3.pictures.create("media/a/b/c.webp", file, hashlib.sha256(b"announced").hexdigest())


def test_an_old_object_stored_again_counts_as_new_and_stays_what_it_was(
    s3: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(tmp_path, b"picture")
    first = s3.pictures.head(KEY)
    assert first is not None
    monkeypatch.setattr(write_once, "_YOUNG_FOR_S", -60.0)

    def stored_again() -> dict[str, Any] | None:
        store(tmp_path, b"picture")
        found = s3.pictures.head(KEY)
        return found if found is not None and found["LastModified"] > first["LastModified"] else None

    second = wait_until(stored_again, what="a younger object")
    assert second is not None
    for name in ("ContentType", "CacheControl", "Metadata", "ETag", "ContentLength"):
        assert first[name] == second[name]


def test_a_missing_original_is_named(s3: Buckets) -> None:
    with pytest.raises(StoredObjectMissing, match=r"originals/job/attempt/0\.png"), private_path(ORIGINAL):
        raise AssertionError("no such object")


def test_an_original_from_before_the_engine_had_a_bucket_is_still_found(
    s3: Buckets, folders: Path, tmp_path: Path
) -> None:
    target = folders / "private" / ORIGINAL
    target.parent.mkdir(parents=True)
    target.write_bytes(b"from the local folder")
    with private_path(ORIGINAL) as path:
        assert path.read_bytes() == b"from the local folder"


def test_deleting_twice_is_a_success(s3: Buckets, tmp_path: Path) -> None:
    store(tmp_path, b"picture")
    delete_object(KEY, private=False)
    delete_object(KEY, private=False)
    assert s3.keys(private=False) == []


@pytest.mark.parametrize("key", ["../x/y", "media//x.webp", "media/.x/y", "media", "media/" + "x" * 500])
def test_what_is_no_key_is_never_asked_for(s3: Buckets, tmp_path: Path, key: str) -> None:
    asked = len(s3.door.requests)
    path, sha256 = file_of(tmp_path, b"picture")
    with pytest.raises(StorageKeyRefused):
        store_file(path, key, private=False, sha256=sha256)
    with pytest.raises(StorageKeyRefused):
        delete_object(key, private=True)
    assert find_public(key) is None
    assert len(s3.door.requests) == asked


def test_djangos_own_way_of_saving_writes_once_too(s3: Buckets) -> None:
    assert storages["pictures"].save(KEY, ContentFile(b"picture")) == KEY
    assert storages["pictures"].save(KEY, ContentFile(b"picture")) == KEY
    with pytest.raises(StorageConflict):
        storages["pictures"].save(KEY, ContentFile(b"another"))
    assert s3.read(KEY, private=False) == b"picture"


def test_all_threads_share_one_client(s3: Buckets) -> None:
    with ThreadPoolExecutor(8) as threads:
        clients = set(threads.map(lambda _: id(s3.pictures.client), range(32)))
    assert clients == {id(s3.originals.client)}
