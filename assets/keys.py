"""Names of stored objects: chosen once, never reused, and never taken from what a user typed."""

import re
import uuid
from pathlib import PurePosixPath

from django.utils.text import slugify

PUBLIC_PREFIX = "media/"
PRIVATE_PREFIX = "originals/"
UPLOAD_PREFIX = "uploads/"
# What clients post themselves and nobody has looked at: private, and used for nothing but to be looked at.
INCOMING_PREFIX = "incoming/"
_SLUG_LENGTH = 60
# A closed list: nothing that a browser would run is ever given, whatever an object is named.
_CONTENT_TYPES = {
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".mp4": "video/mp4",
}
# Of the formats in which pictures are delivered.
EXTENSIONS = {"webp": "webp", "png": "png", "jpeg": "jpg", "avif": "avif"}
# Enough of a hash that an attempt's few answers for one output never share it.
_SHA256_DIGITS = 16
_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PUBLIC_KEY = re.compile(rf"{PUBLIC_PREFIX}{_UUID}/{_UUID}/({_UUID})(?:_thumb)?\.[a-z0-9]+")
# Any fixed UUID will do; this one only keeps asset ids apart from other name-based ids.
_ASSET_NAMESPACE = uuid.UUID("5f0c6b1e-3f0a-4c57-9d52-2f7a5d0c8e11")


def asset_id_for(item_id: uuid.UUID, sha256: str) -> uuid.UUID:
    """The id of the asset that delivers `item_id` with these bytes.

    A step that runs again after a crash finds the objects it already stored, and other bytes never meet a taken key.
    """
    return uuid.uuid5(_ASSET_NAMESPACE, f"{item_id}:{sha256}")


def rendition_key(
    *, user_id: uuid.UUID, project_id: uuid.UUID, asset_id: uuid.UUID, picture_format: str = "webp"
) -> str:
    """The public key of the web picture."""
    return f"{PUBLIC_PREFIX}{user_id}/{project_id}/{asset_id}.{EXTENSIONS[picture_format]}"


def thumbnail_key(rendition: str) -> str:
    """The public key of the thumbnail beside a web picture; it is WebP whatever the picture is."""
    return rendition.rpartition(".")[0] + "_thumb.webp"


def find_asset_id(key: str) -> uuid.UUID | None:
    """The asset that a public key belongs to; None for what has not the shape of one."""
    found = _PUBLIC_KEY.fullmatch(key)
    return None if found is None else uuid.UUID(found[1])


def original_key(*, job_id: uuid.UUID, attempt_id: uuid.UUID, position: int, sha256: str, extension: str) -> str:
    """The private key of the bytes as the provider gave them; fetched again, other bytes never meet a taken key."""
    return f"{PRIVATE_PREFIX}{job_id}/{attempt_id}/{position}-{sha256[:_SHA256_DIGITS]}.{extension}"


def preview_key(*, job_id: uuid.UUID, attempt_id: uuid.UUID, number: int, sha256: str) -> str:
    """The private key of a picture as it was on its way; the sweep of orphans takes it with its job's originals."""
    return f"{PRIVATE_PREFIX}{job_id}/{attempt_id}/preview-{number}-{sha256[:_SHA256_DIGITS]}.png"


def upload_key(*, upload_id: uuid.UUID, sha256: str, extension: str) -> str:
    """The private key of a client's picture, cleaned; cleaned again, other bytes never meet a taken key."""
    return f"{UPLOAD_PREFIX}{upload_id}/{sha256[:_SHA256_DIGITS]}.{extension}"


def incoming_key(upload_id: uuid.UUID) -> str:
    """The private key under which a client posts a picture itself."""
    return f"{INCOMING_PREFIX}{upload_id}/file"


def content_type_of(key: str) -> str:
    """The type under which an object is given to browsers."""
    return _CONTENT_TYPES.get(PurePosixPath(key).suffix, "application/octet-stream")


def filename_for(prompt: str, asset_id: uuid.UUID, extension: str = "webp") -> str:
    """A name for people: the beginning of the prompt and a short id."""
    slug = slugify(prompt)[:_SLUG_LENGTH].rstrip("-") or "picture"
    return f"{slug}-{asset_id.hex[:8]}.{extension}"
