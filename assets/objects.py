"""What every storage speaks of: keys, an object that was stored, an object to give away, and what a storage does."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from assets.errors import StorageKeyRefused

# No segment may begin with a dot: neither ".." nor a folder of unfinished objects has an address.
_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+")
_KEY_LENGTH = 500


def check_key(key: str) -> str:
    """The key itself. Raises `StorageKeyRefused` for what is none."""
    if len(key) > _KEY_LENGTH or not _KEY.fullmatch(key):
        raise StorageKeyRefused
    return key


@dataclass(frozen=True)
class Stored:
    """One object that is safely stored, and where: a kind of storage and a place in it."""

    key: str
    size_bytes: int
    sha256: str
    backend: str
    bucket: str


@dataclass(frozen=True)
class Form:
    """A multipart form that a client posts: `fields` first, as they are, then the file as the part `file`."""

    url: str
    fields: dict[str, str]


class Readable(Protocol):
    """Bytes to be read once, from beginning to end."""

    def read(self, size_bytes: int, /) -> bytes:
        """At most so many bytes; none at the end."""

    def close(self) -> None:
        """Give back what the reading took."""


@dataclass(frozen=True)
class PublicObject:
    """A public object as HTTP describes it; `open` takes the first byte and the number of bytes."""

    key: str
    size_bytes: int
    etag: str
    modified_s: float
    open: Callable[[int, int], Readable]


class Store(Protocol):
    """One storage: a place for public objects and one for private ones. `assets.storage` says what each call means."""

    backend: str
    is_remote: bool

    @property
    def bucket(self) -> str:
        """The name of the place of public objects."""

    @property
    def private_bucket(self) -> str:
        """The name of the place of private ones."""

    def store_file(self, path: Path, key: str, *, private: bool, sha256: str) -> Stored:
        """Keep a file under a free key, once."""

    def private_path(self, key: str) -> AbstractContextManager[Path]:
        """A private object as a local file."""

    def find_private_size(self, key: str) -> int | None:
        """How many bytes a private object has, if it is there."""

    def sign_form(self, key: str, *, mime_type: str, most_bytes: int, valid_s: int) -> Form | None:
        """What lets a stranger post one private object of that type to the storage itself, if it can be done."""

    def find_public(self, key: str) -> PublicObject | None:
        """A public object to give away."""

    def delete_object(self, key: str, *, private: bool) -> None:
        """Remove an object that may be gone already."""

    def sweep_unfinished(self, older_than_s: float) -> int:
        """Remove what crashed writers left."""

    def aged_keys(self, older_than_s: float, *, prefix: str, private: bool) -> Iterator[str]:
        """Keys of objects of that age that begin so."""

    def is_aged(self, key: str, older_than_s: float, *, private: bool) -> bool:
        """Whether there is such an object of that age."""

    def check(self) -> None:
        """Raise OSError unless objects can be stored."""
