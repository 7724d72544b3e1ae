"""Steps 10 to 12: the landed bytes are inspected in the image child, stored for the web, and settled."""

import tempfile
from dataclasses import dataclass
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
from gencraft_media.generation.delivered_form import tell_changes
from gencraft_media.generation.endings import end_job_if_done, fail_items, move_attempt
from gencraft_media.generation.errors import JobCanceled, StepCrashed
from gencraft_media.generation.journal import lock_job, report_progress
from gencraft_media.generation.leases import fence_of
from gencraft_media.generation.models import AttemptItem, GenerationAttempt, GenerationJob
from gencraft_media.generation.planning import served_items
from gencraft_media.generation.policy import QualityPolicy, quality_policy
from gencraft_media.generation.quality import (
    REPEATABLE,
    asked_of_picture,
    judged,
    make_again,
    may_be_made_again,
    refuse_repetition,
)
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
    served = served_items(attempt)
    # One that is made again is another attempt's by now.
    open_rows = [row for row in served if row.live and row.item.status not in TERMINAL[ItemStatus]]
    policy = quality_policy(attempt.project_id, attempt.job.payer_id)
    for row in open_rows:
        end = _End(attempt, row, policy, outputs=len(served), last=row is open_rows[-1])
        if attempt.claims > MAX_CLAIMS:
            _fail(end, StepCrashed())
            continue
        try:
            picture = _inspect_and_store(attempt, row, policy)
        except (BadPicture, OutputMissing, StoredObjectMissing) as error:
            _fail(end, error)
        else:
            _settle(end, picture)
    if not open_rows:
        with transaction.atomic():
            move_attempt(attempt, AttemptState.SETTLED)


@dataclass(frozen=True)
class _End:
    """What the end of one item takes: `last` of those that its attempt of so many `outputs` has still to end."""

    attempt: GenerationAttempt
    row: AttemptItem
    policy: QualityPolicy
    outputs: int
    last: bool


def _inspect_and_store(attempt: GenerationAttempt, row: AttemptItem, policy: QualityPolicy) -> StoredPicture:
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
            deliver=delivered,
            original_sha256=row.original_sha256,
            picture_format=job.picture_format,
            quality=job.compression,
            **asked_of_picture(attempt),
        )
        crashpoint("inspect.after")
        facts = judged(attempt, row.item.index, facts, policy)
        picture = store_picture(facts, item_id=row.item_id, origin=origin_of(job, attempt, row))
    crashpoint("store.after")
    # Stored and addressed are one step: an object's address is its key.
    report_progress(attempt, row.item, 90)
    return picture


def _settle(end: _End, picture: StoredPicture) -> None:
    with transaction.atomic():
        job = lock_job(end.attempt.job)
        _end_attempt_or_check_fence(end.attempt, last=end.last)
        try:
            # Behind the lock, so that two that land at once cannot both be the first.
            refuse_repetition(job, end.attempt, picture.facts)
        except BadPicture as error:
            _end_poorly(job, end, error)
        else:
            tell_changes(job, picture.facts)
            deliver_item(job, end.attempt, end.row, picture)
        end_job_if_done(job, end.row.item)
        crashpoint("settle.before_commit")
    crashpoint("settle.committed")


def _fail(end: _End, error: GenCraftError) -> None:
    with transaction.atomic():
        job = lock_job(end.attempt.job)
        _end_attempt_or_check_fence(end.attempt, last=end.last)
        _end_poorly(job, end, error)
        end_job_if_done(job, end.row.item)
        crashpoint("failing.before_commit")
    crashpoint("failing.committed")


def _end_poorly(job: GenerationJob, end: _End, error: GenCraftError) -> None:
    if may_be_made_again(job, end.attempt, end.row.item, error, end.policy):
        make_again(job, end.attempt, end.row, error, outputs=end.outputs)
        return
    # A job that was asked to stop meanwhile ends for that reason, where it might have gone on.
    stopped = job.cancel_requested_at is not None and error.code in REPEATABLE
    fail_items(job, [end.row.item], JobCanceled() if stopped else error)


def _end_attempt_or_check_fence(attempt: GenerationAttempt, *, last: bool) -> None:
    """The last item's transaction settles the attempt; the ones before make sure that the lease is still ours."""
    if last:
        move_attempt(attempt, AttemptState.SETTLED)
    elif not GenerationAttempt.objects.select_for_update().filter(pk=attempt.pk, **fence_of(attempt)).exists():
        raise StaleTransition
