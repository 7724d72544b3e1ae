"""Steps 10 to 12: the landed bytes are inspected in the image child, stored for the web, and settled."""

import tempfile
from pathlib import Path

from django.db import transaction

from assets.errors import BadPicture
from assets.imaging.picture import inspect_picture
from assets.services import StoredPicture, store_picture
from assets.storage import StoredObjectMissing, private_path
from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.database import release_connection
from gencraft_media.common.errors import GenCraftError, StaleTransition
from gencraft_media.generation.calls import draws_by_shape
from gencraft_media.generation.endings import end_job_if_done, fail_items, move_attempt
from gencraft_media.generation.errors import StepCrashed
from gencraft_media.generation.journal import lock_job, report_progress
from gencraft_media.generation.leases import fence_of
from gencraft_media.generation.models import AttemptItem, GenerationAttempt
from gencraft_media.generation.planning import served_items
from gencraft_media.generation.results import origin_of
from gencraft_media.generation.settlement import deliver_item
from gencraft_media.generation.states import TERMINAL, AttemptState, ItemStatus
from providers.sizes import delivered_size, drawn_size

# A picture that ends its worker this many times is not tried again.
MAX_CLAIMS = 8


class OutputMissing(GenCraftError):
    """The provider delivered nothing for this output."""

    code = "output_missing"

    def __init__(self, error: dict[str, object]) -> None:
        super().__init__(str(error["message"]))
        self.code = str(error["code"])


def finish(attempt: GenerationAttempt) -> None:
    """Give every item of a landed attempt its result; each one may be repeated after a crash."""
    open_rows = [row for row in served_items(attempt) if row.item.status not in TERMINAL[ItemStatus]]
    for row in open_rows:
        last = row is open_rows[-1]
        if attempt.claims > MAX_CLAIMS:
            _fail(attempt, row, StepCrashed(), last=last)
            continue
        try:
            picture = _inspect_and_store(attempt, row)
        except (BadPicture, OutputMissing, StoredObjectMissing) as error:
            _fail(attempt, row, error, last=last)
        else:
            _settle(attempt, row, picture, last=last)
    if not open_rows:
        with transaction.atomic():
            move_attempt(attempt, AttemptState.SETTLED)


def _inspect_and_store(attempt: GenerationAttempt, row: AttemptItem) -> StoredPicture:
    if row.error is not None:
        raise OutputMissing(row.error)
    job = attempt.job
    drawn, delivered = drawn_size(attempt.params), delivered_size(attempt.params)
    by_shape = draws_by_shape(attempt)
    release_connection()
    with private_path(row.original_key) as original, tempfile.TemporaryDirectory(prefix="picture-") as folder:
        crashpoint("inspect.before")
        facts = inspect_picture(
            original,
            folder=Path(folder),
            expected=drawn,
            by_shape=by_shape,
            may_be_flat="inputs" in attempt.params,
            deliver=delivered,
            original_sha256=row.original_sha256,
        )
        crashpoint("inspect.after")
        picture = store_picture(facts, item_id=row.item_id, origin=origin_of(job, attempt, row))
    crashpoint("store.after")
    # Stored and addressed are one step: an object's address is its key.
    report_progress(attempt, row.item, 90)
    return picture


def _settle(attempt: GenerationAttempt, row: AttemptItem, picture: StoredPicture, *, last: bool) -> None:
    with transaction.atomic():
        job = lock_job(attempt.job)
        _end_attempt_or_check_fence(attempt, last=last)
        deliver_item(job, attempt, row, picture)
        end_job_if_done(job, row.item)
        crashpoint("settle.before_commit")
    crashpoint("settle.committed")


def _fail(attempt: GenerationAttempt, row: AttemptItem, error: GenCraftError, *, last: bool) -> None:
    with transaction.atomic():
        job = lock_job(attempt.job)
        _end_attempt_or_check_fence(attempt, last=last)
        fail_items(job, [row.item], error)
        end_job_if_done(job, row.item)
        crashpoint("failing.before_commit")
    crashpoint("failing.committed")


def _end_attempt_or_check_fence(attempt: GenerationAttempt, *, last: bool) -> None:
    """The last item's transaction settles the attempt; the ones before make sure that the lease is still ours."""
    if last:
        move_attempt(attempt, AttemptState.SETTLED)
    elif not GenerationAttempt.objects.select_for_update().filter(pk=attempt.pk, **fence_of(attempt)).exists():
        raise StaleTransition
