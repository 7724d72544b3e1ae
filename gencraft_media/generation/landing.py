"""Step 9: the original bytes become ours, on private write-once keys, before anything decodes them."""

import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.db.models.functions import Now

from assets.keys import original_key
from assets.storage import store_file
from billing.models import CostCertainty
from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.database import release_connection
from gencraft_media.common.rows import update_row
from gencraft_media.generation.calls import transport
from gencraft_media.generation.endings import book_cost, move_attempt
from gencraft_media.generation.errors import error_json
from gencraft_media.generation.journal import report_progress
from gencraft_media.generation.models import AttemptItem, GenerationAttempt
from gencraft_media.generation.planning import served_items
from gencraft_media.generation.states import AttemptState
from providers.base import ProviderAdapter
from providers.errors import OutputLost
from providers.types import RemoteOutput

_LANDED = ("original_key", "original_sha256", "original_size", "seed", "error")
_EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


def land_outputs(
    attempt: GenerationAttempt,
    adapter: ProviderAdapter,
    outputs: Sequence[RemoteOutput],
    *,
    cost: Decimal | None = None,
    job_id: str = "",
) -> None:
    """Stream every output to its private key, then commit the keys. Raises `Unreachable` when one can be had later."""
    served = served_items(attempt)
    by_index = {output.index: output for output in outputs}
    report_progress(attempt, None, 50)
    release_connection()
    with tempfile.TemporaryDirectory(prefix="landing-") as folder:
        for row in served:
            _land_one(attempt, adapter, row, by_index.get(row.position), Path(folder))
    crashpoint("landed.before_commit")
    with transaction.atomic():
        for row in served:
            update_row(AttemptItem, row.pk, {name: getattr(row, name) for name in _LANDED})
        book_cost(attempt, CostCertainty.CONFIRMED, cost)
        move_attempt(attempt, AttemptState.LANDED, provider_job_id=job_id or attempt.provider_job_id, landed_at=Now())
    crashpoint("landed.committed")


def _land_one(
    attempt: GenerationAttempt, adapter: ProviderAdapter, row: AttemptItem, output: RemoteOutput | None, folder: Path
) -> None:
    if output is None:
        row.error = error_json(OutputLost("The provider delivered fewer outputs than it was asked for."))
        return
    if output.error is not None:
        row.error = error_json(output.error)
        return
    sink = folder / str(row.position)
    try:
        fetched = transport().fetch_output(adapter, output, sink, account=attempt.account)
    except OutputLost as error:
        row.error = error_json(error)
        return
    sha256, size_bytes = fetched
    key = original_key(
        job_id=attempt.job_id,
        attempt_id=attempt.pk,
        position=row.position,
        sha256=sha256,
        extension=_EXTENSIONS.get(output.mime_type, "bin"),
    )
    crashpoint("landing.before_store")
    store_file(sink, key, private=True, sha256=sha256)
    crashpoint("landing.after_store")
    row.original_key, row.original_sha256, row.original_size, row.seed = key, sha256, size_bytes, output.seed
