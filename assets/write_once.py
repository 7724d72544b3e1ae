"""A bucket of S3, R2 or their like, as a Django storage that creates objects and never replaces one."""

import base64
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files import File
from storages.backends.s3 import S3Storage

from assets.bucket_clients import IMPATIENT, PATIENT, Waits, client_config, client_of
from assets.errors import StorageConflict, StorageUnavailable, StoredObjectMissing
from assets.keys import content_type_of

CHUNK_BYTES = 1024 * 1024
CACHE_CONTROL = "public, max-age=31536000, immutable"
_TRIES = 4
# An older object that is stored once more is made young again, long before the sweep would take it.
_YOUNG_FOR_S = 3 * 3600.0


class WriteOnceStorage(S3Storage):  # type: ignore[misc]  # django-storages carries no types
    """One bucket. `access_key` and `secret_key` may be None: botocore then looks where it always does.

    `guarded`: its server is reached as egress lets out, not as the machine's own settings would. `takes_forms`: whether
    browsers may post to it; None: as UPLOADS_TO_BUCKET says. `named_by`: whose names its settings have, in refusals.

    Every write is a `PutObject` with `If-None-Match: *`, an explicit SHA-256 and a signed body. No other checksum is
    asked for or sent: many servers that speak S3 know none.
    """

    private: bool
    bucket_name: str
    guarded: bool
    takes_forms: bool | None
    named_by: str
    waits: Waits

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.client_config = client_config(self.endpoint_url, self.waits)

    def get_default_settings(self) -> dict[str, Any]:
        defaults: dict[str, Any] = super().get_default_settings()
        return {
            **defaults,
            "private": True,
            "file_overwrite": True,
            "querystring_auth": False,
            "guarded": False,
            "takes_forms": None,
            "named_by": "environment",
            "waits": PATIENT,
        }

    @property
    def client(self) -> Any:
        """The client that all threads of this process share."""
        return self._client(self.waits)

    @property
    def impatient_client(self) -> Any:
        """A client that asks once and waits two seconds, for checks."""
        return self._client(IMPATIENT)

    @property
    def is_posted_to(self) -> bool:
        """Whether browsers may post to it by a signed form."""
        return bool(settings.UPLOADS_TO_BUCKET) if self.takes_forms is None else self.takes_forms

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

    def is_open(self, key: str) -> bool:
        """Whether a stranger without a key is given the object."""
        with translated(key):
            try:
                self._client(self.waits, signed=False).get_object(Bucket=self.bucket_name, Key=key)["Body"].close()
            except ClientError as error:
                if 400 <= status_of(error) < 500:
                    return False
                raise
        return True

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

    def _client(self, waits: Waits, *, signed: bool = True) -> Any:
        return client_of(
            self.endpoint_url,
            self.region_name,
            self.access_key,
            self.secret_key,
            waits,
            guarded=self.guarded,
            signed=signed,
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
