"""The test of a storage tries what the engine will do, says plainly what is wrong, and leaves nothing behind."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import structlog
from pytest_django import Settings

from assets import storage_check, write_once
from assets.models import StorageKind, StorageSettings
from assets.storage_check import Step, check_storage
from gencraft_media.common.database import TransactionHeld
from tests.assets.dashboard_storage import columns_of, forget_environment
from tests.assets.pictures import make_asset
from tests.assets.test_object_upkeep import public_key
from tests.factories import make_project
from tests.services.s3 import SECRET_KEY, Buckets, S3Server, use_buckets

pytestmark = [pytest.mark.services, pytest.mark.django_db]
TRIED = ["write", "write_once", "read", "strangers", "originals", "delivery", "remove", "verdict"]


@pytest.fixture(autouse=True)
def no_environment(request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but what is tried names a bucket; the tests' own transaction is no caller's."""
    if "s3" in request.fixturenames:
        request.getfixturevalue("s3").door.asks_for_keys = True
    forget_environment(settings)
    monkeypatch.setattr(storage_check, "release_connection", lambda: None)


@pytest.fixture
def cdn(s3_server: S3Server, s3: Buckets) -> str:
    """An address that gives what is in the public bucket, as a CDN with a right to read it does."""
    return f"http://127.0.0.1:{s3_server.port}/{s3.pictures.bucket_name}"


@pytest.fixture
def folder_server(folders: Path) -> Iterator[str]:
    """A web server that gives the local folder of pictures."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Tests read no access log."""

    (folders / "media").mkdir(exist_ok=True)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folders / "media")) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def failed(steps: list[Step]) -> dict[str, str]:
    """What went wrong, by step; no key is ever told."""
    assert steps[-1].name == "verdict"
    assert steps[-1].ok is all(step.ok for step in steps[:-1])
    assert not any(SECRET_KEY in step.message for step in steps)
    return {step.name: step.message for step in steps[:-1] if not step.ok}


def left_in(buckets: Buckets) -> list[str]:
    """What is in both buckets."""
    return buckets.keys(private=False) + buckets.keys(private=True)


def test_a_good_storage_is_found_good_and_nothing_is_saved_or_left(s3: Buckets, cdn: str) -> None:
    steps = check_storage(columns_of(s3, cdn_url=cdn, cdn_provider="custom"))
    assert failed(steps) == {}
    assert [step.name for step in steps] == TRIED
    assert s3.pictures.bucket_name in steps[-1].message and cdn in steps[-1].message
    assert left_in(s3) == []
    assert not StorageSettings.objects.exists()


def test_without_a_cdn_nothing_is_fetched(s3: Buckets) -> None:
    steps = check_storage(StorageSettings(**columns_of(s3)))
    assert failed(steps) == {}
    assert "this engine" in steps[TRIED.index("delivery")].message


def test_local_folders_are_tried_in_the_same_way(folders: Path, folder_server: str) -> None:
    steps = check_storage({"kind": StorageKind.LOCAL, "cdn_url": folder_server})
    assert failed(steps) == {}
    assert [step.name for step in steps] == TRIED
    assert not [path for path in folders.rglob("*") if path.is_file()]


def test_a_folder_that_cannot_be_written_to_is_named(folders: Path) -> None:
    (folders / "media").write_text("a file where a folder should be")
    told = failed(check_storage({"kind": StorageKind.LOCAL}))
    assert str(folders / "media") in told["write"]


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (403, "InvalidAccessKeyId", "The access key is not known at http://127"),
        (403, "SignatureDoesNotMatch", "The secret key does not belong to the access key"),
        (403, "AccessDenied", "The key may not do PutObject"),
        (404, "NoSuchBucket", "There is no bucket"),
        (301, "PermanentRedirect", "The region=us-east-1 is wrong"),
    ],
)
def test_a_refusal_is_told_in_the_words_of_the_dashboard(s3: Buckets, status: int, code: str, words: str) -> None:
    s3.door.fail("PUT", "refused", status=status, code=code, times=9)
    steps = check_storage(columns_of(s3))
    assert words in failed(steps)["write"]
    assert words in steps[-1].message


def test_the_environments_storage_is_tried_in_its_own_words(s3: Buckets, settings: Settings) -> None:
    use_buckets(settings, s3.door.url, s3.pictures.bucket_name)
    assert failed(check_storage({})) == {}
    s3.door.fail("PUT", "refused", status=403, code="InvalidAccessKeyId")
    assert "S3_ACCESS_KEY" in failed(check_storage({}))["write"]


def test_a_server_that_is_away_is_told_within_seconds(s3: Buckets) -> None:
    s3.door.shut()
    told = failed(check_storage(columns_of(s3)))
    assert "does not answer. Check the endpoint" in told["write"]


def test_a_server_that_lets_objects_be_replaced_cannot_be_used(s3: Buckets, monkeypatch: pytest.MonkeyPatch) -> None:
    put = write_once.WriteOnceStorage._put

    def heedless(self: write_once.WriteOnceStorage, key: str, file: Any, sha256: str) -> bool:
        self.client.delete_object(Bucket=self.bucket_name, Key=key)
        return put(self, key, file, sha256)

    monkeypatch.setattr(write_once.WriteOnceStorage, "_put", heedless)
    assert "cannot be used" in failed(check_storage(columns_of(s3)))["write_once"]
    assert left_in(s3) == []


def test_originals_that_everybody_can_read_are_told(s3: Buckets, s3_server: S3Server) -> None:
    s3.door.asks_for_keys = False
    assert "block public access" in failed(check_storage(columns_of(s3)))["originals"]


def test_originals_among_public_pictures_are_told(folders: Path, folder_server: str, settings: Settings) -> None:
    settings.PRIVATE_STORAGE_DIR = settings.MEDIA_STORAGE_DIR
    told = failed(check_storage({"kind": StorageKind.LOCAL, "cdn_url": folder_server}))
    assert "Originals lie among public pictures" in told["originals"]
    assert f"{folder_server} gives originals to everybody" in told["delivery"]


@pytest.mark.parametrize(
    ("where", "words"),
    [("refused", "the CDN may not read"), ("missing", "does it read"), ("away", "does not answer")],
)
def test_a_cdn_that_does_not_give_the_picture_is_told(
    s3: Buckets, cdn: str, where: str, words: str, folder_server: str
) -> None:
    urls = {
        "refused": f"{s3.door.url}/{s3.pictures.bucket_name}",
        "missing": folder_server,
        "away": "http://127.0.0.1:1",
    }
    assert words in failed(check_storage(columns_of(s3, cdn_url=urls[where])))["delivery"]
    assert left_in(s3) == []


def test_addresses_that_are_not_let_out_to_are_never_asked(s3: Buckets, cdn: str, settings: Settings) -> None:
    settings.EGRESS_ALLOW = []
    s3.door.requests.clear()
    told = failed(check_storage(columns_of(s3)))
    assert "not let out to" in told["settings"] and "EGRESS_ALLOW" in told["settings"]
    assert s3.door.requests == []
    told = failed(check_storage({"kind": StorageKind.LOCAL, "cdn_url": "https://127.0.0.1:8443"}))
    assert "not let out to" in told["delivery"]


def test_a_bucket_that_another_engine_uses_is_told(
    s3: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr("assets.storage_probe._STRANGE_AFTER_S", -60.0)
    use_buckets(settings, s3.door.url, s3.pictures.bucket_name)
    asset = make_asset(make_project(), tmp_path)
    assert failed(check_storage({})) == {}, "its own pictures are no strangers'"
    s3.pictures.client.put_object(Bucket=s3.pictures.bucket_name, Key=public_key(), Body=b"theirs")
    assert "1 of the first 2 pictures" in failed(check_storage({}))["strangers"]
    assert asset.s3_key in s3.keys(private=False)


def test_the_probe_is_removed_although_a_step_fails_and_a_removal_that_fails_is_told(s3: Buckets) -> None:
    s3.door.fail("GET", "refused", status=403, code="AccessDenied", times=1)
    assert "read" in failed(check_storage(columns_of(s3)))
    assert left_in(s3) == []
    s3.door.fail("DELETE", "refused", status=403, code="AccessDenied", times=1)
    assert "DeleteObject" in failed(check_storage(columns_of(s3)))["remove"]


def test_it_is_not_asked_for_inside_a_transaction(s3: Buckets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with pytest.raises(TransactionHeld):
        check_storage(columns_of(s3))


def test_no_key_is_logged(s3: Buckets) -> None:
    s3.door.fail("PUT", "refused", status=403, code="SignatureDoesNotMatch")
    with structlog.testing.capture_logs() as logged:
        check_storage(columns_of(s3))
    assert SECRET_KEY not in str(logged)
