"""What S3 does to whom it serves: slowness, lost answers, conflicts, half bodies, closed doors; nothing is mixed up."""

import time
from pathlib import Path

import pytest

from assets import object_store, write_once
from assets.storage import (
    StorageConflict,
    StorageUnavailable,
    StoredObjectMissing,
    check_reachable,
    delete_object,
    find_public,
    private_path,
    store_file,
)
from gencraft_media.common import readiness
from tests.assets.test_object_store import KEY, ORIGINAL, file_of, store
from tests.services.s3 import Buckets

pytestmark = [pytest.mark.services, pytest.mark.django_db]


def puts(s3: Buckets) -> int:
    """How often anything was sent to be stored."""
    return sum(method == "PUT" and path.count("/") > 1 for method, path in s3.door.requests)


def test_a_write_whose_answer_was_lost_is_repeated_and_finds_its_own_object(s3: Buckets, tmp_path: Path) -> None:
    s3.door.fail("PUT", "lost-answer")
    store(tmp_path, b"picture")
    assert puts(s3) == 2
    assert s3.read(KEY, private=False) == b"picture"


@pytest.mark.parametrize(
    ("status", "code"),
    [(503, "SlowDown"), (500, "InternalError"), (503, "ServiceUnavailable"), (429, "TooManyRequests")],
)
def test_a_server_that_asks_for_patience_is_asked_again(s3: Buckets, tmp_path: Path, status: int, code: str) -> None:
    s3.door.fail("PUT", "refused", status=status, code=code)
    store(tmp_path, b"picture")
    assert s3.read(KEY, private=False) == b"picture"


def test_a_server_that_stays_out_of_order_is_the_hosts_trouble_after_a_few_attempts(
    s3: Buckets, tmp_path: Path
) -> None:
    s3.door.fail("PUT", "refused", status=503, code="SlowDown", times=100)
    with pytest.raises(StorageUnavailable) as caught:
        store(tmp_path, b"picture")
    assert isinstance(caught.value, OSError) and caught.value.retryable
    assert puts(s3) == 3


@pytest.mark.parametrize(
    ("status", "code"), [(403, "AccessDenied"), (403, "InvalidAccessKeyId"), (404, "NoSuchBucket"), (400, "BadDigest")]
)
def test_a_refusal_fails_no_picture(s3: Buckets, tmp_path: Path, status: int, code: str) -> None:
    s3.door.fail("PUT", "refused", status=status, code=code)
    s3.door.fail("GET", "refused", status=status, code=code)
    with pytest.raises(StorageUnavailable):
        store(tmp_path, b"picture")
    with pytest.raises(StorageUnavailable), private_path(ORIGINAL):
        raise AssertionError("it cannot be read")


def test_two_writers_at_the_same_moment_are_told_to_try_again(s3: Buckets, tmp_path: Path) -> None:
    s3.door.fail("PUT", "refused", status=409, code="ConditionalRequestConflict", times=2)
    store(tmp_path, b"picture")
    assert s3.read(KEY, private=False) == b"picture"


def test_a_conflict_that_does_not_end_is_the_hosts_trouble(
    s3: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_once, "time", _Sleepless())
    s3.door.fail("PUT", "refused", status=409, code="ConditionalRequestConflict", times=100)
    with pytest.raises(StorageUnavailable):
        store(tmp_path, b"picture")


def test_an_object_removed_between_the_refusal_and_the_look_is_written(s3: Buckets, tmp_path: Path) -> None:
    store(tmp_path, b"older")

    def remove_first(method: str, path: str) -> None:
        if method == "HEAD":
            s3.door.before = lambda *_: None
            delete_object(KEY, private=False)

    s3.door.before = remove_first
    store(tmp_path, b"newer")
    assert s3.read(KEY, private=False) == b"newer"


def test_a_writer_that_comes_first_by_a_moment_wins(s3: Buckets, tmp_path: Path) -> None:
    def store_first(method: str, path: str) -> None:
        if method == "PUT":
            s3.door.before = lambda *_: None
            store(tmp_path, b"early")

    s3.door.before = store_first
    with pytest.raises(StorageConflict):
        store(tmp_path, b"late")
    assert s3.read(KEY, private=False) == b"early"


def test_half_an_original_is_never_taken_for_a_whole_one(s3: Buckets, tmp_path: Path) -> None:
    store(tmp_path, b"original" * 1000, ORIGINAL, private=True)
    s3.door.fail("GET", "cut", times=100)
    with pytest.raises(StorageUnavailable), private_path(ORIGINAL):
        raise AssertionError("it cannot be read")


def test_an_original_whose_bytes_are_not_those_that_were_stored_is_not_taken(s3: Buckets) -> None:
    s3.originals.client.put_object(
        Bucket=s3.originals.bucket_name, Key=ORIGINAL, Body=b"rotten", Metadata={"sha256": "ab" * 32}
    )
    with pytest.raises(StorageUnavailable, match="not those that were stored"), private_path(ORIGINAL):
        raise AssertionError("it cannot be read")


def test_a_read_that_was_lost_is_asked_for_again(s3: Buckets, tmp_path: Path) -> None:
    store(tmp_path, b"original", ORIGINAL, private=True)
    s3.door.fail("GET", "lost")
    with private_path(ORIGINAL) as path:
        assert path.read_bytes() == b"original"


def test_behind_a_shut_door_everything_says_so_and_nothing_is_called_missing(s3: Buckets, tmp_path: Path) -> None:
    store(tmp_path, b"original", ORIGINAL, private=True)
    s3.door.shut()
    with pytest.raises(StorageUnavailable):
        store(tmp_path, b"picture")
    with pytest.raises(StorageUnavailable), private_path(ORIGINAL):
        raise AssertionError("it cannot be read")
    with pytest.raises(StorageUnavailable):
        delete_object(KEY, private=False)
    with pytest.raises(StorageUnavailable):
        find_public(KEY)
    s3.door.reopen()
    with private_path(ORIGINAL) as path:
        assert path.read_bytes() == b"original"


@pytest.mark.django_db
def test_a_storage_that_does_not_answer_is_not_ready_and_says_so_soon(s3: Buckets) -> None:
    assert readiness.failing_parts() == []
    s3.door.shut()
    started = time.monotonic()
    assert readiness.failing_parts() == ["storage"]
    assert time.monotonic() - started < 5
    s3.door.reopen()
    check_reachable()


def test_a_storage_that_says_nothing_is_not_waited_for_by_a_check(s3: Buckets) -> None:
    s3.door.fail("HEAD", "silent", times=9)
    started = time.monotonic()
    with pytest.raises(StorageUnavailable):
        check_reachable()
    assert time.monotonic() - started < 10
    s3.door.reset()


def test_a_bucket_that_is_not_there_is_not_ready(s3: Buckets) -> None:
    s3.originals.client.delete_bucket(Bucket=s3.originals.bucket_name)
    with pytest.raises(StorageUnavailable):
        check_reachable()


def test_a_missing_object_is_missing_and_a_missing_bucket_is_not(s3: Buckets, tmp_path: Path) -> None:
    with pytest.raises(StoredObjectMissing), private_path(ORIGINAL):
        raise AssertionError("no such object")
    s3.originals.client.delete_bucket(Bucket=s3.originals.bucket_name)
    with pytest.raises(StorageUnavailable), private_path(ORIGINAL):
        raise AssertionError("no such bucket")


def test_no_error_shows_a_key(s3: Buckets, tmp_path: Path) -> None:
    path, sha256 = file_of(tmp_path, b"picture")
    s3.door.fail("PUT", "refused", status=403, code="SignatureDoesNotMatch")
    with pytest.raises(StorageUnavailable) as caught:
        store_file(path, KEY, private=False, sha256=sha256)
    told = f"{caught.value!r} {caught.value.__cause__!r}"
    assert s3.pictures.secret_key not in told and s3.pictures.access_key not in told


def test_an_original_is_kept_in_hand_until_the_storage_is_back(
    s3: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_store, "PATIENCE_S", 30.0)
    s3.door.fail("PUT", "refused", status=503, code="SlowDown", times=4)
    store(tmp_path, b"original", ORIGINAL, private=True)
    assert s3.read(ORIGINAL, private=True) == b"original"
    assert puts(s3) == 5
    s3.door.fail("PUT", "refused", status=403, code="AccessDenied")
    with pytest.raises(StorageUnavailable):
        store(tmp_path, b"picture")


class _Sleepless:
    def sleep(self, seconds: float) -> None:
        """Time passes at once."""
