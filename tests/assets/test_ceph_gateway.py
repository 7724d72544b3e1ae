"""The same on Ceph's gateway, which checks every signature and keeps no checksum; collected where Ceph is installed."""

import hashlib
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from assets.storage import StorageConflict, StorageUnavailable, store_file
from tests.assets import test_object_store as on_any_server
from tests.assets.test_object_store import file_of
from tests.assets.test_setup_storage import complaint, run
from tests.services.s3 import Buckets, use_buckets
from tests.services.s3_door import Door

pytestmark = [pytest.mark.soak, pytest.mark.django_db]
ROUNDS = 200
WRITERS = 8
# Ceph 16 knows no SHA-256 of an object; bytes are damaged on the way only behind its back, as the body is signed.
_AMAZONS_OWN = {"test_bytes_that_change_while_they_are_sent_are_refused_by_the_server"}
globals().update(
    {name: test for name, test in vars(on_any_server).items() if name.startswith("test_") and name not in _AMAZONS_OWN}
)


@pytest.fixture(scope="session")
def s3_door(ceph_door: Door) -> Door:
    """Every test here goes to Ceph."""
    return ceph_door


def test_of_many_races_under_faults_each_has_one_winner_whose_bytes_stay(s3: Buckets, tmp_path: Path) -> None:
    chance = random.Random(20261122)
    won = 0
    for number in range(ROUNDS):
        key = f"media/user/project/{number}.webp"
        _add_faults(s3.door, chance)
        together = threading.Barrier(WRITERS)

        def write(
            writer: int, key: str = key, number: int = number, together: threading.Barrier = together
        ) -> str | None:
            path, sha256 = file_of(tmp_path, f"{number} {writer % 3}".encode() * 1000)
            together.wait()
            while True:
                try:
                    return store_file(path, key, private=False, sha256=sha256).sha256
                except StorageConflict:
                    return None
                except StorageUnavailable:
                    # As the engine does, though sooner.
                    continue

        with ThreadPoolExecutor(WRITERS) as writers:
            outcomes = set(writers.map(write, range(WRITERS))) - {None}
        s3.door.faults.clear()
        assert outcomes == {hashlib.sha256(s3.read(key, private=False)).hexdigest()}
        won += 1
    assert (won, len(s3.keys(private=False))) == (ROUNDS, ROUNDS)


def _add_faults(door: Door, chance: random.Random) -> None:
    kinds: list[dict[str, Any]] = [
        {"kind": "lost-answer"},
        {"kind": "lost"},
        {"kind": "refused", "status": 503, "code": "SlowDown"},
        {"kind": "refused", "status": 409, "code": "ConditionalRequestConflict"},
    ]
    for how in chance.choices(kinds, k=chance.randrange(6)):
        door.fail(chance.choice(["PUT", "PUT", "HEAD"]), times=1, **how)


def test_the_buckets_are_set_up_and_are_then_as_they_should_be(s3_unmade: Buckets) -> None:
    made = run()
    assert "write-once: kept by this server" in made and "public access: set" in made
    assert "DIFFERS" not in run("--check")
    s3_unmade.pictures.client.delete_bucket_cors(Bucket=s3_unmade.pictures.bucket_name)
    assert "scripts on other sites may not read pictures" in complaint("--check")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"secret_key": "another"}, "S3_SECRET_KEY does not belong to S3_ACCESS_KEY"),
        ({"access_key": "nobody"}, "S3_ACCESS_KEY is not known"),
    ],
)
def test_a_wrong_key_is_named_and_never_shown(
    s3: Buckets, settings: Settings, wrong: dict[str, str], told: str
) -> None:
    use_buckets(settings, s3.door.url, s3.pictures.bucket_name, **wrong)
    said = complaint("--check")
    assert told in said and "another" not in said and "nobody" not in said


def test_who_has_no_key_reads_nothing(s3: Buckets, tmp_path: Path) -> None:
    import requests

    for private in (False, True):
        on_any_server.store(tmp_path, b"bytes", private=private)
        bucket = s3.originals if private else s3.pictures
        answer = requests.get(f"{s3.door.url}/{bucket.bucket_name}/{on_any_server.KEY}", timeout=20)
        assert answer.status_code == 403
