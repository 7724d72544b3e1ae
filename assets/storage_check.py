"""Whether a storage would do: a small object is written, read, fetched as browsers would, and removed."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError

from assets.errors import AssetError
from assets.objects import Store
from assets.storage_choice import Cdn, cdn_set_by, settings_in_force, store_set_by
from assets.storage_models import StorageSettings
from assets.storage_probe import NotAsItShould, Probe
from gencraft_media.common.database import release_connection

SETTINGS, WRITE, WRITE_ONCE, READ, STRANGERS, ORIGINALS, DELIVERY, REMOVE, VERDICT = (
    "settings",
    "write",
    "write_once",
    "read",
    "strangers",
    "originals",
    "delivery",
    "remove",
    "verdict",
)


@dataclass(frozen=True)
class Step:
    """One thing that was tried, whether it went well, and a sentence for the operator; never a key."""

    name: str
    ok: bool
    message: str


def check_storage(asked: StorageSettings | Mapping[str, Any]) -> list[Step]:
    """Try a storage, saved or not, and say step by step how it went; the last step is the verdict.

    `asked`: a version, or columns over the version in force. Nothing is saved and nothing stays in the storage, also
    where a step fails; with a silent server it takes half a minute. Raises `TransactionHeld` inside a transaction.
    """
    row = asked if isinstance(asked, StorageSettings) else _meant(asked)
    try:
        row.full_clean(exclude=["changed_by", "version"], validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        steps = [Step(SETTINGS, False, " ".join(error.messages))]
        return [*steps, _verdict(steps, "")]
    store, cdn = store_set_by(row, hasty=True), cdn_set_by(row)
    if store.is_remote or _has_cdn(cdn):
        release_connection()
    with tempfile.TemporaryDirectory(prefix="picture-check-") as folder:
        steps = _tried(Probe(store, cdn, Path(folder)))
    return [*steps, _verdict(steps, _praise(store, cdn))]


def _meant(changes: Mapping[str, Any]) -> StorageSettings:
    return StorageSettings(**{**settings_in_force().values(), **changes})


def _tried(probe: Probe) -> list[Step]:
    plan: list[tuple[str, Callable[[], str]]] = [
        (WRITE, probe.write),
        (WRITE_ONCE, probe.write_again),
        (READ, probe.read),
        (STRANGERS, probe.look_for_strangers),
        (ORIGINALS, probe.try_originals),
        (DELIVERY, probe.fetch if _has_cdn(probe.cdn) else _own_delivery),
    ]
    steps: list[Step] = []
    try:
        for name, tried in plan:
            steps.append(_step(probe, name, tried))
            if name == WRITE and not steps[0].ok:
                break
    finally:
        removal = _step(probe, REMOVE, probe.remove)
    # What could not be written need not be said to be gone.
    return [*steps, removal] if steps[0].ok or removal.ok else steps


def _step(probe: Probe, name: str, tried: Callable[[], str]) -> Step:
    try:
        return Step(name, True, tried())
    except NotAsItShould as error:
        return Step(name, False, str(error))
    except (OSError, AssetError) as error:
        return Step(name, False, probe.why(error))


def _has_cdn(cdn: Cdn) -> bool:
    return cdn.url != str(settings.PUBLIC_URL).rstrip("/")


def _own_delivery() -> str:
    return "No CDN: this engine itself gives pictures to browsers."


def _praise(store: Store, cdn: Cdn) -> str:
    where = f"the bucket {store.bucket}" if store.is_remote else "folders of this machine"
    giver = cdn.url if _has_cdn(cdn) else "this engine"
    return f"New pictures can be kept in {where}, and {giver} gives them to browsers."


def _verdict(steps: list[Step], praise: str) -> Step:
    failed = next((step for step in steps if not step.ok), None)
    return Step(VERDICT, failed is None, praise if failed is None else f"This storage would not do. {failed.message}")
