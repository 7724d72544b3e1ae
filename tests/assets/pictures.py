"""Stored pictures for the tests of this folder: bytes that need no decoding."""

import base64
import hashlib
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

from assets.imaging.picture import PictureFacts
from assets.keys import original_key
from assets.models import MediaAsset
from assets.services import Origin, record_asset, store_picture
from assets.storage import store_file
from gencraft_media.accounts.models import Project


def make_facts(folder: Path, content: bytes = b"web picture") -> PictureFacts:
    """What the image step would say of a picture of these bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    webp, thumbnail = folder / "picture.webp", folder / "thumbnail.webp"
    webp.write_bytes(content)
    thumbnail.write_bytes(b"thumbnail of " + content)
    return PictureFacts(
        width=1024, height=768, format="png", mime_type="image/png", has_alpha=False,
        original_sha256=_sha256(b"original"), original_size=8,
        picture_format="webp", picture_path=webp, picture_sha256=_sha256(content), picture_size=len(content),
        thumbnail_path=thumbnail, thumbnail_sha256=_sha256(thumbnail.read_bytes()),
        thumbnail_size=thumbnail.stat().st_size,
        thumbhash=base64.b64encode(b"hash").decode(), dominant_color="#336699",
    )  # fmt: skip


def make_origin(project: Project, **changes: Any) -> Origin:
    """A job's part of an asset."""
    facts: dict[str, Any] = {
        "job_id": uuid.uuid4(), "user_id": project.owner_id, "project_id": project.pk, "provider": "sim",
        "model": "sim/standard", "prompt": "A red fox at dawn", "generation_params": {"prompt": "A red fox at dawn"},
    }  # fmt: skip
    return Origin(**{**facts, **changes})


def make_asset(project: Project, folder: Path, *, cost: str = "0.04", **changes: Any) -> MediaAsset:
    """An asset of `project` whose three objects are really stored."""
    origin = make_origin(project, **changes)
    item_id = uuid.uuid4()
    facts = make_facts(folder / str(item_id), content=item_id.bytes)
    original = folder / f"{item_id}.png"
    original.write_bytes(b"original")
    sha256 = facts.original_sha256
    key = original_key(job_id=origin.job_id, attempt_id=item_id, position=0, sha256=sha256, extension="png")
    store_file(original, key, private=True, sha256=sha256)
    picture = store_picture(facts, item_id=item_id, origin=origin)
    return record_asset(item_id=item_id, picture=picture, origin=origin, cost=Decimal(cost), original_key=key)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
