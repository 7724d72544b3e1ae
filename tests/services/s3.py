"""A server that speaks S3, started by the first test that asks for it, and a door in front of it that can be shut."""

import http.client
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import pytest
from django.core.files.storage import storages
from pytest_django import Settings

from assets import object_store
from assets.write_once import WriteOnceStorage
from tests.services.programs import ROOT, site_packages
from tests.services.s3_door import Door
from tests.services.servers import Server, running_in_scratch_folder

ACCESS_KEY = "tests"
# A word that must never be seen in an answer, a message or a log line.
SECRET_KEY = "canary-4f1c-secret-key"


class Ministack(Server):
    """An S3 server in pure Python. It keeps objects in memory, and checks no signature in a header."""

    name = "ministack"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        folder.mkdir(parents=True)
        self.identity = {
            "env": {
                "BIND_HOST": "127.0.0.1",
                "GATEWAY_PORT": str(self.port),
                "SERVICES": "s3",
                "LOG_LEVEL": "ERROR",
                "S3_DATA_DIR": str(folder),
                "TMPDIR": str(folder),
                "HOME": str(folder),
                "AWS_ACCESS_KEY_ID": ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            }
        }

    def command(self) -> list[str]:
        site_packages()
        return [str(ROOT / ".services/bin/python"), "-m", "ministack"]

    def answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


@dataclass(frozen=True)
class Buckets:
    """The engine's two storages, each a new bucket, behind a door of their own."""

    pictures: WriteOnceStorage
    originals: WriteOnceStorage
    door: Door

    @property
    def variables(self) -> dict[str, str]:
        """What an operator would set."""
        return {
            "S3_BUCKET": self.pictures.bucket_name,
            "S3_ENDPOINT": self.door.url,
            "S3_ACCESS_KEY": ACCESS_KEY,
            "S3_SECRET_KEY": SECRET_KEY,
        }

    def keys(self, *, private: bool) -> list[str]:
        """What is in one of them."""
        bucket = self.originals if private else self.pictures
        found = bucket.client.list_objects_v2(Bucket=bucket.bucket_name).get("Contents", [])
        return [one["Key"] for one in found]

    def read(self, key: str, *, private: bool) -> bytes:
        """The bytes of an object."""
        bucket = self.originals if private else self.pictures
        return bytes(bucket.client.get_object(Bucket=bucket.bucket_name, Key=key)["Body"].read())


class S3Server(Protocol):
    """Any server that speaks S3 on a loopback port and knows the key of the tests."""

    port: int


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """The server of this run."""
    with running_in_scratch_folder(Ministack, "ministack") as server:
        yield server


@pytest.fixture(scope="session")
def s3_door(s3_server: S3Server) -> Iterator[Door]:
    """The way to the server. One address for all tests, so that they share a client, which is dear to make."""
    with Door(s3_server.port) as door:
        yield door


@pytest.fixture
def s3_unmade(s3_door: Door, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Buckets:
    """The engine set to use two buckets that nobody has made yet; it holds no original for a minute."""
    s3_door.reset()
    monkeypatch.setattr(object_store, "PATIENCE_S", 0.0)
    use_buckets(settings, s3_door.url, f"pictures-{uuid.uuid4().hex[:12]}")
    return Buckets(_storage("pictures"), _storage("originals"), s3_door)


@pytest.fixture
def s3(s3_unmade: Buckets) -> Buckets:
    """The engine set to use two empty buckets."""
    for bucket in (s3_unmade.pictures, s3_unmade.originals):
        bucket.client.create_bucket(Bucket=bucket.bucket_name)
    return s3_unmade


def use_buckets(settings: Settings, endpoint: str, name: str, **changes: Any) -> None:
    """What the environment's S3_… would do to the settings."""
    settings.S3_BUCKET, settings.S3_PRIVATE_BUCKET = name, f"{name}-originals"
    settings.S3_ENDPOINT, settings.S3_REGION = endpoint, "us-east-1"
    options = {
        "endpoint_url": endpoint,
        "region_name": "us-east-1",
        "access_key": ACCESS_KEY,
        "secret_key": SECRET_KEY,
        **changes,
    }
    settings.STORAGES = {
        **settings.STORAGES,
        "pictures": _entry(bucket_name=name, private=False, **options),
        "originals": _entry(bucket_name=f"{name}-originals", private=True, **options),
    }


def _entry(**options: Any) -> dict[str, Any]:
    return {"BACKEND": "assets.write_once.WriteOnceStorage", "OPTIONS": options}


def _storage(name: str) -> WriteOnceStorage:
    return cast(WriteOnceStorage, cast(Any, storages[name]))
