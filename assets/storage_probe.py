"""Two small objects, a public and a private one, by which a storage is tried."""

import hashlib
import itertools
import secrets
import uuid
from contextlib import closing
from pathlib import Path

import requests
from urllib3.exceptions import HTTPError

from assets.errors import StorageConflict
from assets.keys import PUBLIC_PREFIX, find_asset_id, original_key, rendition_key
from assets.models import MediaAsset
from assets.objects import PublicObject, Store
from assets.storage_choice import Cdn, connection_as_found
from assets.storage_models import OPENED_BY
from gencraft_media.common.egress import AnswerTooLarge, EgressRefused, bounded_chunks, guarded_session, time_limit

_CONNECT_S, _READ_S, _TOTAL_S = 3.0, 8.0, 12.0
_MOST_BYTES = 4096
_LOOKED_AT = 500
# The sweep takes orphans of a day within the hour: what is older and unknown is somebody else's.
_STRANGE_AFTER_S = 2 * 24 * 3600.0


class NotAsItShould(Exception):
    """What was tried went otherwise; the text says what to do."""


class Probe:
    """The objects' names have the shape of a picture's: should this process die, the sweep of orphans takes them."""

    def __init__(self, store: Store, cdn: Cdn, folder: Path) -> None:
        self.store, self.cdn, self._folder = store, cdn, folder
        self._text = f"gencraft storage check {secrets.token_hex(16)}".encode()
        self._sha256 = hashlib.sha256(self._text).hexdigest()
        self.public_key = rendition_key(user_id=uuid.uuid4(), project_id=uuid.uuid4(), asset_id=uuid.uuid4())
        self.private_key = original_key(
            job_id=uuid.uuid4(), attempt_id=uuid.uuid4(), position=0, sha256=self._sha256, extension="png"
        )
        # Whether the bucket of originals was asked last, for what is said of a refusal.
        self._asked_private = False

    def write(self) -> str:
        """Store both."""
        path = self._file(self._text)
        for private, key in ((False, self.public_key), (True, self.private_key)):
            self._asked_private = private
            self.store.store_file(path, key, private=private, sha256=self._sha256)
        return "A picture and an original were stored."

    def write_again(self) -> str:
        """Store other bytes under the public name, which must not be taken."""
        self._asked_private = False
        other = self._text[::-1]
        try:
            self.store.store_file(
                self._file(other), self.public_key, private=False, sha256=hashlib.sha256(other).hexdigest()
            )
        except StorageConflict:
            return "What is stored cannot be replaced."
        raise NotAsItShould(
            "The server ignores If-None-Match and lets a stored picture be replaced: it cannot be used."
        )

    def read(self) -> str:
        """Read both back."""
        self._asked_private = False
        found = self.store.find_public(self.public_key)
        if found is None or _read(found) != self._text:
            raise NotAsItShould("The picture that was stored is not what is read back.")
        self._asked_private = True
        with self.store.private_path(self.private_key) as path:
            if path.read_bytes() != self._text:
                raise NotAsItShould("The original that was stored is not what is read back.")
        return "Both were read back as they were stored."

    def look_for_strangers(self) -> str:
        """Whether pictures are there that this engine did not make: its sweep would remove them."""
        self._asked_private = False
        keys = self.store.aged_keys(_STRANGE_AFTER_S, prefix=PUBLIC_PREFIX, private=False)
        others = itertools.islice((key for key in keys if key != self.public_key), _LOOKED_AT)
        found = {asset_id for key in others if (asset_id := find_asset_id(key)) is not None}
        with connection_as_found():
            own = set(MediaAsset.objects.filter(pk__in=found).values_list("pk", flat=True))
        if strange := len(found - own):
            raise NotAsItShould(
                f"{strange} of the first {len(found)} pictures in {self.store.bucket} are unknown here. Does another"
                " engine use it? What this one does not know it removes within the hour: give it buckets of its own."
            )
        return "No pictures of another engine were found."

    def try_originals(self) -> str:
        """Ask for the private object without a key, and where public ones are looked for."""
        self._asked_private = True
        buckets = getattr(self.store, "buckets", None)
        if buckets is not None and buckets[1].is_open(self.private_key):
            raise NotAsItShould(f"Everybody can read {self.store.private_bucket}: block public access to it.")
        if self.store.find_public(self.private_key) is not None:
            raise NotAsItShould("Originals lie among public pictures: name another place for them.")
        return "Nobody reads originals without a key."

    def fetch(self) -> str:
        """Fetch the public object through the CDN, which must not give the private one."""
        url = f"{self.cdn.url}/{self.public_key}"
        status, body = _fetched(url)
        if status in (401, 403):
            raise NotAsItShould(f"{self.cdn.url} answers {status}: the CDN may not read {self.store.bucket}.")
        if status != 200:
            raise NotAsItShould(f"{self.cdn.url} answers {status}: does it read {self.store.bucket}?")
        if body != self._text:
            raise NotAsItShould(f"{self.cdn.url} gives something else than the picture that was stored.")
        if _fetched(f"{self.cdn.url}/{self.private_key}")[1] == self._text:
            raise NotAsItShould(f"{self.cdn.url} gives originals to everybody: let it read {self.store.bucket} alone.")
        return f"{self.cdn.url} gave the picture, and not the original."

    def remove(self) -> str:
        """Remove both, whatever happened before."""
        for private, key in ((False, self.public_key), (True, self.private_key)):
            self._asked_private = private
            self.store.delete_object(key, private=private)
        return "Both were removed."

    def why(self, error: Exception) -> str:
        """In words why the storage did not do what it was asked for."""
        cause = error.__cause__
        buckets = getattr(self.store, "buckets", None)
        if buckets is not None and isinstance(cause, Exception):
            # Here, so that an engine with local folders carries no client of S3.
            from assets.bucket_refusals import refusal_of

            return refusal_of(cause, buckets[1 if self._asked_private else 0]).message  # type: ignore[arg-type]
        if isinstance(error, OSError) and error.strerror:
            return f"{error.strerror}: {error.filename or 'the folders of this machine'}."
        return getattr(error, "message", "") or type(error).__name__

    def _file(self, content: bytes) -> Path:
        path = self._folder / "probe"
        path.write_bytes(content)
        return path


def _read(found: PublicObject) -> bytes:
    with closing(found.open(0, found.size_bytes)) as reading:
        return reading.read(_MOST_BYTES)


def _fetched(url: str) -> tuple[int, bytes]:
    """The status and the beginning of what a browser would be given."""
    try:
        with (
            time_limit(_TOTAL_S),
            guarded_session() as session,
            session.get(url, timeout=(_CONNECT_S, _READ_S), allow_redirects=False, stream=True) as response,
        ):
            return response.status_code, b"".join(bounded_chunks(response, _MOST_BYTES))
    except EgressRefused as error:
        raise NotAsItShould(f"{url} is not let out to: {error.reason}. {OPENED_BY}") from error
    except AnswerTooLarge:
        return 200, b""
    except (requests.RequestException, HTTPError, OSError) as error:
        raise NotAsItShould(f"{url} does not answer ({type(error).__name__}). Is the CDN's address right?") from error
