"""Objects in two buckets that speak S3: public ones behind a CDN or this engine, private ones for the engine alone."""

import hashlib
import itertools
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from assets.errors import StorageKeyRefused, StorageUnavailable, StoredObjectDamaged
from assets.keys import PRIVATE_PREFIX
from assets.objects import Form, PublicObject, Readable, Stored, check_key
from assets.write_once import CHUNK_BYTES, WriteOnceStorage, translated
from gencraft_media.common.logs import logger

log = logger(__name__)
# An original may be in nobody's hands but ours: a provider that answers with it does not give it twice, and is paid.
PATIENCE_S = 60.0
_LONGEST_PAUSE_S = 5.0


class ObjectStore:
    """Two buckets. Neither is readable without a key: a CDN is given the right to read the public one."""

    backend = "s3"
    is_remote = True

    def __init__(
        self, pictures: WriteOnceStorage, originals: WriteOnceStorage, *, patience_s: float | None = None
    ) -> None:
        self._pictures = pictures
        self._originals = originals
        # For originals; None: a minute.
        self._patience_s = patience_s

    @property
    def buckets(self) -> tuple[WriteOnceStorage, WriteOnceStorage]:
        """The public bucket and the private one."""
        return self._pictures, self._originals

    @property
    def bucket(self) -> str:
        """The bucket of public objects."""
        return self._pictures.bucket_name

    @property
    def private_bucket(self) -> str:
        """The bucket of private objects."""
        return self._originals.bucket_name

    def store_file(self, path: Path, key: str, *, private: bool, sha256: str) -> Stored:
        """One conditional request with the whole file, streamed from disk; for an original, again for a minute."""
        bucket = self._bucket(private=private)
        check_key(key)
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                raise StoredObjectDamaged
            patience_s = PATIENCE_S if self._patience_s is None else self._patience_s
            _create(bucket, key, file, sha256, patience_s=patience_s if key.startswith(PRIVATE_PREFIX) else 0.0)
        return Stored(key, path.stat().st_size, sha256, self.backend, bucket.bucket_name)

    @contextmanager
    def private_path(self, key: str) -> Iterator[Path]:
        """A copy in a temporary folder, gone after the block; whole, and with the hash it was stored with."""
        check_key(key)
        with tempfile.TemporaryDirectory(prefix="picture-") as folder:
            path = Path(folder, "original")
            self._download(key, path)
            yield path

    def find_private_size(self, key: str) -> int | None:
        """What the server says of its size."""
        answer = self._originals.head(check_key(key))
        return None if answer is None else int(answer["ContentLength"])

    def sign_form(self, key: str, *, mime_type: str, most_bytes: int, valid_s: int) -> Form | None:
        """A presigned POST to the private bucket, where the server takes such forms: a PUT cannot be bound in size."""
        if not self._originals.is_posted_to:
            return None
        signed = self._originals.client.generate_presigned_post(
            Bucket=self._originals.bucket_name,
            Key=check_key(key),
            Fields={"Content-Type": mime_type},
            Conditions=[{"Content-Type": mime_type}, ["content-length-range", 1, most_bytes]],
            ExpiresIn=valid_s,
        )
        return Form(signed["url"], signed["fields"])

    def find_public(self, key: str) -> PublicObject | None:
        """The object behind a public key; None for what is no key, or no object."""
        try:
            answer = self._pictures.head(check_key(key))
        except StorageKeyRefused:
            return None
        if answer is None:
            return None

        def open_at(start: int, length: int) -> Readable:
            asked = f"bytes={start}-{start + length - 1}"
            body: Readable = self._get(self._pictures, key, Range=asked, IfMatch=answer["ETag"])["Body"]
            return body

        modified_s = answer["LastModified"].timestamp()
        return PublicObject(key, answer["ContentLength"], answer["ETag"], modified_s, open_at)

    def delete_object(self, key: str, *, private: bool) -> None:
        """Remove the object. Where versions are kept it only becomes an old one: keep none."""
        bucket = self._bucket(private=private)
        with translated(key):
            bucket.client.delete_object(Bucket=bucket.bucket_name, Key=check_key(key))

    def sweep_unfinished(self, older_than_s: float) -> int:
        """Nothing: an object is one request, which is there as a whole or not at all."""
        return 0

    def aged_keys(self, older_than_s: float, *, prefix: str, private: bool) -> Iterator[str]:
        """The keys of objects last written that long ago, as the server lists them."""
        bucket = self._bucket(private=private)
        with translated(prefix):
            pages = bucket.client.get_paginator("list_objects_v2").paginate(Bucket=bucket.bucket_name, Prefix=prefix)
            for page in pages:
                yield from (found["Key"] for found in page.get("Contents", ()) if _is_old(found, older_than_s))

    def is_aged(self, key: str, older_than_s: float, *, private: bool) -> bool:
        """Whether there is such an object of that age."""
        answer = self._bucket(private=private).head(check_key(key))
        return answer is not None and _is_old(answer, older_than_s)

    def check(self) -> None:
        """Both buckets answer, within seconds. Raises `StorageUnavailable`."""
        for bucket in (self._pictures, self._originals):
            with translated(bucket.bucket_name):
                bucket.impatient_client.head_bucket(Bucket=bucket.bucket_name)

    def _download(self, key: str, path: Path) -> None:
        digest = hashlib.sha256()
        answer = self._get(self._originals, key)
        with closing(answer["Body"]) as body, path.open("wb") as file, translated(key):
            for chunk in body.iter_chunks(CHUNK_BYTES):
                digest.update(chunk)
                file.write(chunk)
        if answer["Metadata"].get("sha256", digest.hexdigest()) != digest.hexdigest():
            # On the way, which mends itself, or on the server's disk: the picture is not to blame for either.
            raise StorageUnavailable(f"The bytes received for {key} are not those that were stored.")

    def _get(self, bucket: WriteOnceStorage, key: str, **conditions: str) -> dict[str, Any]:
        with translated(key):
            answer: dict[str, Any] = bucket.client.get_object(Bucket=bucket.bucket_name, Key=key, **conditions)
        return answer

    def _bucket(self, *, private: bool) -> WriteOnceStorage:
        return self._originals if private else self._pictures


def _is_old(facts: dict[str, Any], older_than_s: float) -> bool:
    return float(facts["LastModified"].timestamp()) <= time.time() - older_than_s


def _create(bucket: WriteOnceStorage, key: str, file: BinaryIO, sha256: str, *, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    for number in itertools.count():
        try:
            bucket.create(key, file, sha256)
        except StorageUnavailable:
            pause_s = min(0.5 * 2 ** min(number, 8), _LONGEST_PAUSE_S)
            if time.monotonic() + pause_s > deadline:
                raise
            log.warning("original not stored yet", key=key, exc_info=True)
            time.sleep(pause_s)
        else:
            return
