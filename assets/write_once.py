"""A bucket of S3, R2 or their like, as a Django storage that creates objects and never replaces one."""

import base64
import functools
import hashlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from storages.backends.s3 import S3Storage

from assets.errors import StorageConflict, StorageUnavailable, StoredObjectMissing
from assets.keys import content_type_of

CHUNK_BYTES = 1024 * 1024
CACHE_CONTROL = "public, max-age=31536000, immutable"
_CONNECT_TIMEOUT_S = 3.0
_READ_TIMEOUT_S = 20.0
_CHECK_TIMEOUT_S = 2.0
_ATTEMPTS = 3
# As many as a worker has threads, or threads would throw connections away and open new ones.
_CONNECTIONS = 128
_TRIES = 4
# An older object that is stored once more is made young again, long before the sweep would take it.
_YOUNG_FOR_S = 3 * 3600.0
_clients = threading.Lock()


class WriteOnceStorage(S3Storage):  # type: ignore[misc]  # django-storages carries no types
    """One bucket. `access_key` and `secret_key` may be None: botocore then looks where it always does.

    Every write is a `PutObject` with `If-None-Match: *`, an explicit SHA-256 and a signed body. No other checksum is
    asked for or sent: many servers that speak S3 know none.
    """

    private: bool
    bucket_name: str

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.client_config = client_config(self.endpoint_url)

    def get_default_settings(self) -> dict[str, Any]:
        defaults: dict[str, Any] = super().get_default_settings()
        return {**defaults, "private": True, "file_overwrite": True, "querystring_auth": False}

    @property
    def client(self) -> Any:
        """The client that all threads of this process share."""
        return self._client(patient=True)

    @property
    def impatient_client(self) -> Any:
        """A client that asks once and waits two seconds, for checks."""
        return self._client(patient=False)

    def create(self, key: str, file: BinaryIO, sha256: str) -> None:
        """Store the bytes of `file`, which have that hash, under a free key.

        A key that has the same bytes is a success. Raises `StorageConflict` and `StorageUnavailable`.
        """
        for number in range(_TRIES):
            with translated(key):
                if self._put(key, file, sha256) or self._is_there(key, sha256):
                    return
            # Another writer is at it (409), or what was there has just been removed.
            time.sleep(0.1 * 2**number)
        raise StorageUnavailable

    def head(self, key: str) -> dict[str, Any] | None:
        """What the server says of an object; None if there is none."""
        with translated(key):
            try:
                answer: dict[str, Any] = self.client.head_object(Bucket=self.bucket_name, Key=key)
            except ClientError as error:
                if status_of(error) == 404:
                    return None
                raise
        return answer

    def _save(self, name: str, content: "File[bytes]") -> str:
        digest = hashlib.sha256()
        for chunk in content.chunks(CHUNK_BYTES):
            digest.update(chunk)
        self.create(name, cast(BinaryIO, content.open().file), digest.hexdigest())
        return name

    def _put(self, key: str, file: BinaryIO, sha256: str) -> bool:
        file.seek(0)
        try:
            self.client.put_object(
                Bucket=self.bucket_name,
                Key=key,
                Body=file,
                IfNoneMatch="*",
                ChecksumSHA256=base64.b64encode(bytes.fromhex(sha256)).decode(),
                **self._description(key, sha256),
            )
        except ClientError as error:
            if status_of(error) in (409, 412):
                return False
            raise
        return True

    def _is_there(self, key: str, sha256: str) -> bool:
        """Whether the key has these bytes, by now as young as new. Raises `StorageConflict` if it has others."""
        answer = self.head(key)
        if answer is None:
            return False
        found = answer["Metadata"].get("sha256") or self._find_sha256(key)
        if found is None:
            return False
        if found != sha256:
            raise StorageConflict(f"Another object is already stored as {key}.")
        age = datetime.now(UTC) - answer["LastModified"]
        return age.total_seconds() < _YOUNG_FOR_S or self._touch(key, answer["ETag"], sha256)

    def _touch(self, key: str, etag: str, sha256: str) -> bool:
        try:
            self.client.copy_object(
                Bucket=self.bucket_name,
                Key=key,
                CopySource={"Bucket": self.bucket_name, "Key": key},
                CopySourceIfMatch=etag,
                MetadataDirective="REPLACE",
                **self._description(key, sha256),
            )
        except ClientError as error:
            if status_of(error) in (404, 409, 412):
                return False
            raise
        return True

    def _description(self, key: str, sha256: str) -> dict[str, Any]:
        described: dict[str, Any] = {"ContentType": content_type_of(key), "Metadata": {"sha256": sha256}}
        if not self.private:
            described["CacheControl"] = CACHE_CONTROL
        return described

    def _find_sha256(self, key: str) -> str | None:
        # Put there by somebody else, so that only the bytes themselves tell.
        digest = hashlib.sha256()
        try:
            body = self.client.get_object(Bucket=self.bucket_name, Key=key)["Body"]
        except ClientError as error:
            if status_of(error) == 404:
                return None
            raise
        for chunk in body.iter_chunks(CHUNK_BYTES):
            digest.update(chunk)
        return digest.hexdigest()

    def _client(self, *, patient: bool) -> Any:
        with _clients:
            # A forked child must not write to its parent's connections.
            return _client_of(
                os.getpid(), self.endpoint_url, self.region_name, self.access_key, self.secret_key, patient
            )


def client_config(endpoint_url: str | None, *, patient: bool = True) -> Config:
    """Bounded waits, few attempts, and nothing that only Amazon's own servers understand."""
    return Config(
        signature_version="s3v4",
        connect_timeout=_CONNECT_TIMEOUT_S if patient else _CHECK_TIMEOUT_S,
        read_timeout=_READ_TIMEOUT_S if patient else _CHECK_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS if patient else 1},
        max_pool_connections=_CONNECTIONS,
        tcp_keepalive=True,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if endpoint_url else "auto", "payload_signing_enabled": True},
    )


@contextmanager
def translated(key: str) -> Iterator[None]:
    """Turn what botocore raises into `StoredObjectMissing` for that key, or `StorageUnavailable`."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "NoSuchKey":
            raise StoredObjectMissing(f"There is no object {key} in the storage.") from error
        raise StorageUnavailable from error
    except BotoCoreError as error:
        raise StorageUnavailable from error


def status_of(error: ClientError) -> int:
    """The HTTP status of a refusal."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


@functools.lru_cache(maxsize=8)
def _client_of(
    process_id: int,
    endpoint_url: str | None,
    region: str,
    access_key: str | None,
    secret_key: str | None,
    patient: bool,
) -> Any:
    session = boto3.session.Session(aws_access_key_id=access_key, aws_secret_access_key=secret_key, region_name=region)
    return session.client("s3", endpoint_url=endpoint_url, config=client_config(endpoint_url, patient=patient))
