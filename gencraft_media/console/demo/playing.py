"""One scene, taken through the engine's own services; the demo speaks the provider's part and stops the clock.

Everything runs in the caller's transaction, so that no dispatcher ever sees an attempt that is not over.
"""

import hashlib
from collections.abc import Iterator
from decimal import Decimal

from django.db.models.functions import Now

from assets.models import MediaAsset
from assets.ratings import rate_asset
from assets.services import StoredPicture, store_picture
from billing.models import CostCertainty
from gencraft_media.accounts.callers import Caller
from gencraft_media.accounts.models import ApiKey
from gencraft_media.common.errors import GenCraftError
from gencraft_media.console.demo.pictures import Gallery
from gencraft_media.console.demo.script import Fate, Scene
from gencraft_media.console.demo.time_travel import Clock
from gencraft_media.generation.admission import GenerationOrder, admit
from gencraft_media.generation.cancellation import cancel_job
from gencraft_media.generation.endings import book_cost, end_job_if_done, fail_items, move_attempt
from gencraft_media.generation.journal import lock_job, report_progress
from gencraft_media.generation.leases import claim
from gencraft_media.generation.models import AttemptItem, GenerationAttempt, GenerationJob
from gencraft_media.generation.planning import served_items
from gencraft_media.generation.refusal import lose_attempt, refuse_attempt
from gencraft_media.generation.results import origin_of
from gencraft_media.generation.routing.wishes import RoutingWish
from gencraft_media.generation.settlement import deliver_item
from gencraft_media.generation.states import TERMINAL, AttemptState, JobStatus
from gencraft_media.generation.submission import begin_call
from providers.errors import Busy, Moderated, OutputLost, ProviderError, Unreachable
from providers.operations import Operation
from providers.sizes import delivered_size
from providers.wanted import Wanted

# Vendors that take a job first and are asked for it again.
_POLLED = frozenset({"flux"})
_CALL_AFTER_S, _LANDING_S, _STORING_S = 0.12, 0.3, 0.4
_NOT_SENT_S, _LOST_AFTER_S, _RATED_AFTER_S = 0.6, 45.0, 900.0
# What a provider told that its call cost, over the quote: a rounding of theirs, on some calls.
_TOLD = Decimal("1.01")


class Play:
    """Plays scenes for a project each, with the key its requests come with."""

    def __init__(self, clock: Clock, gallery: Gallery, keys: dict[str, ApiKey]) -> None:
        self.clock, self.gallery, self.keys = clock, gallery, keys
        self._pictures = 0

    def play(self, scene: Scene) -> GenerationJob | None:
        """The job of a scene, ended; None where the engine refused the request, as it would have refused anybody's."""
        self.clock.now = scene.at
        key = self.keys[scene.site.name]
        try:
            job = admit(caller=Caller.with_key(key), project=key.project, order=_order(scene)).job
        except GenCraftError:
            # No credits left, or a quota reached: that is part of thirty days, too.
            return None
        if scene.fate is Fate.CANCELED:
            self.clock.advance(0.05)
            return cancel_job(job.pk)
        troubles = _troubles(scene)
        for attempt in _planned(job):
            self.clock.now = max(self.clock.now, attempt.next_step_at)
            self._attempt(str(attempt.pk), scene, next(troubles, None))
        return self._ended(job, scene)

    def _attempt(self, attempt_id: str, scene: Scene, trouble: ProviderError | None) -> None:
        attempt = self._claimed(attempt_id, AttemptState.PLANNED)
        self.clock.advance(_CALL_AFTER_S)
        digest = hashlib.sha256(attempt_id.encode()).hexdigest()
        begin_call(attempt, served_items(attempt), request_digest=digest)
        if trouble is not None:
            self.clock.advance(_NOT_SENT_S)
            refuse_attempt(attempt, trouble)
        elif scene.fate is Fate.LOST:
            self.clock.advance(_LOST_AFTER_S)
            lose_attempt(attempt)
        else:
            self._answered(attempt, scene)

    def _answered(self, attempt: GenerationAttempt, scene: Scene) -> None:
        name = f"demo-{attempt.pk.hex[:12]}"
        if attempt.provider in _POLLED:
            move_attempt(attempt, AttemptState.ACCEPTED, accepted_at=Now(), provider_job_id=name)
            self.clock.advance(scene.seconds)
            attempt = self._claimed(str(attempt.pk), AttemptState.ACCEPTED)
        else:
            self.clock.advance(scene.seconds)
        report_progress(attempt, None, 50)
        self.clock.advance(_LANDING_S)
        told = attempt.quoted_cost * _TOLD if attempt.fence % 7 == 0 else attempt.quoted_cost
        book_cost(attempt, CostCertainty.CONFIRMED, told)
        move_attempt(attempt, AttemptState.LANDED, provider_job_id=name, landed_at=Now())
        self._settle(self._claimed(str(attempt.pk), AttemptState.LANDED), scene)

    def _settle(self, attempt: GenerationAttempt, scene: Scene) -> None:
        served = served_items(attempt)
        for row in served:
            self.clock.advance(_STORING_S)
            is_last = row is served[-1]
            missing = scene.fate is Fate.PARTIAL and row.item.index == scene.count - 1
            picture = None if missing else self._stored(attempt, row)
            job = lock_job(attempt.job)
            if is_last:
                move_attempt(attempt, AttemptState.SETTLED)
            if picture is None:
                fail_items(job, [row.item], OutputLost())
            else:
                deliver_item(job, attempt, row, picture)
            end_job_if_done(job, row.item)

    def _stored(self, attempt: GenerationAttempt, row: AttemptItem) -> StoredPicture:
        facts = self.gallery.picture(delivered_size(attempt.params) or (1024, 1024), self._pictures)
        self._pictures += 1
        return store_picture(facts, item_id=row.item_id, origin=origin_of(attempt.job, attempt, row))

    def _claimed(self, attempt_id: str, state: AttemptState) -> GenerationAttempt:
        attempt = claim(attempt_id, frozenset({state}))
        if attempt is None:
            raise RuntimeError(f"attempt {attempt_id} of the demo is not {state}")
        return attempt

    def _ended(self, job: GenerationJob, scene: Scene) -> GenerationJob:
        job.refresh_from_db()
        if job.status not in TERMINAL[JobStatus]:
            raise RuntimeError(f"job {job.pk} of the demo is {job.status}")
        said = [stars for stars in scene.stars if stars]
        subject = f"external:{job.external_user_id}" if job.external_user_id else f"user:{job.user_id}"
        self.clock.advance(_RATED_AFTER_S)
        for asset, stars in zip(MediaAsset.objects.filter(job_id=job.pk).order_by("pk"), said, strict=False):
            rate_asset(asset, subject, stars)
        return job


def _order(scene: Scene) -> GenerationOrder:
    named = () if scene.named == "auto" else (scene.named,)
    return GenerationOrder(
        operation=Operation.TEXT_TO_IMAGE,
        wanted=Wanted(
            prompt=scene.prompt,
            width=scene.width,
            height=scene.height,
            quality=scene.quality,
            count=scene.count,
        ),
        wish=RoutingWish(providers=named, strategy=scene.strategy or None),
        external_user_id=scene.customer,
        tags=("demo",),
        alt_text=scene.prompt,
        metadata={"demo": True},
    )


def _troubles(scene: Scene) -> Iterator[ProviderError]:
    """What the provider answers before it takes the job, attempt by attempt."""
    match scene.fate:
        case Fate.RETRIED:
            yield Unreachable()
        case Fate.BUSY:
            yield Busy(retry_after_s=1.5)
        case Fate.MODERATED:
            yield Moderated()
        case Fate.UNREACHABLE:
            while True:
                yield Unreachable()


def _planned(job: GenerationJob) -> Iterator[GenerationAttempt]:
    """The attempts that wait to be sent, as long as there are any."""
    planned = GenerationAttempt.objects.filter(job=job, state=AttemptState.PLANNED).order_by("number")
    while (found := planned.first()) is not None:
        yield found
