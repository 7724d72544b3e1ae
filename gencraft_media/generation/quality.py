"""Whether what came is good enough to be delivered, and whether it is made once more where it is not.

docs/quality.md has the parts, the score and the rules.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from assets.errors import BadPicture
from assets.imaging.likeness import Looks, are_alike
from assets.imaging.picture import PictureFacts
from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.errors import GenCraftError
from gencraft_media.common.rows import update_row
from gencraft_media.generation.chances import chances_of
from gencraft_media.generation.endings import move_item
from gencraft_media.generation.hooks.quality import judged_by_hook
from gencraft_media.generation.journal import notify_dispatcher, tell
from gencraft_media.generation.models import AttemptItem, GenerationAttempt, GenerationItem, GenerationJob
from gencraft_media.generation.planning import plan_attempts, same_serving
from gencraft_media.generation.policy import QualityPolicy
from gencraft_media.generation.states import ItemStatus
from providers.errors import ModelUnknown
from providers.operations import Operation, limits_for
from providers.selectors import get_model

# What another seed may mend. A refusal of the provider is none of these, nor is a file that is broken.
REPEATABLE = frozenset({"output_blank", "output_placeholder", "output_opaque", "output_duplicate", "quality_too_low"})
# Operations whose outputs are meant to differ. Those made of a picture keep much of it, so that they may look alike;
# only the very same pixels are a repetition. The other operations do the same whenever they are asked.
_DISTINCT = frozenset({Operation.TEXT_TO_IMAGE, Operation.VARIATION, Operation.IMAGE_TO_IMAGE})
# Who asks for one of these may get a picture that is soft all over.
_SOFT = re.compile(
    r"abstract|aurora|backdrop|background|blur|bokeh|cloud|de-?focus|dégradé|degrad|desenfo|dream|fog|flou|glow|gradient"
    r"|hazy|haze|minimal|mist|nebel|nebula|out of focus|pastel|sfocat|sky|smoke|smooth|soft|texture|underwater|unscharf"
    r"|vague|vapou?r|verlauf|wallpaper|watercolou?r",
    re.IGNORECASE,
)


def asked_of_picture(attempt: GenerationAttempt) -> dict[str, bool]:
    """What the image step has to know of the request, to judge by it."""
    params = attempt.params
    was_given_pictures = "inputs" in params
    return {
        "may_be_flat": was_given_pictures,
        "transparent": (params.get("options") or {}).get("background") == "transparent",
        # A soft picture stays one where it is only worked on.
        "judge_blur": not was_given_pictures and not _SOFT.search(params["prompt"]),
    }


def judged(attempt: GenerationAttempt, index: int, facts: PictureFacts, policy: QualityPolicy) -> PictureFacts:
    """The facts with the score that holds; a hook may be asked, so never inside a transaction.

    Raises `BadPicture` with the code `quality_too_low`.
    """
    if facts.quality_score is None:
        return facts
    said = judged_by_hook(
        {
            "provider": attempt.provider,
            "model": attempt.model,
            "operation": attempt.operation,
            "width": facts.width,
            "height": facts.height,
            "index": index,
            "parts": dict(facts.quality),
        },
        score=facts.quality_score,
        threshold=policy.threshold,
    )
    if not (said.score >= policy.threshold if said.accepted is None else said.accepted):
        raise BadPicture("quality_too_low", _explanation(facts.quality, said.score, policy.threshold))
    hook = {"hook": said.note.as_json()} if said.note else {}
    return replace(facts, quality_score=said.score, quality={**facts.quality, **hook})


def _explanation(parts: Mapping[str, Any], score: Decimal, threshold: Decimal) -> str:
    worst = min(parts, key=parts.__getitem__)
    return f"it scores {score} where {threshold} is wanted; its worst part is {worst}"


def refuse_repetition(job: GenerationJob, attempt: GenerationAttempt, facts: PictureFacts) -> None:
    """Raise `BadPicture` where the job has delivered this picture before. The caller holds the job's lock."""
    if not job.delivered_count or attempt.operation not in _DISTINCT:
        return
    looks, from_text = Looks(facts.perceptual_hash, facts.thumbhash), attempt.operation == Operation.TEXT_TO_IMAGE
    delivered = GenerationItem.objects.filter(job=job, asset__isnull=False)
    known = delivered.values_list("index", "asset__sha256", "asset__perceptual_hash", "asset__thumbhash")
    for index, sha256, *others in known:
        if sha256 == facts.picture_sha256 or (from_text and are_alike(looks, Looks(*others))):
            raise BadPicture("output_duplicate", f"it looks like output {index}")


def may_be_made_again(
    job: GenerationJob, attempt: GenerationAttempt, item: GenerationItem, error: GenCraftError, policy: QualityPolicy
) -> bool:
    """Whether a poor output is worth another try: of a kind that a try may mend, within every bound there is."""
    return (
        error.code in REPEATABLE
        and item.quality_retries < policy.retries
        and job.cancel_requested_at is None
        and chances_of(attempt, error).same_model
    )


def make_again(
    job: GenerationJob, attempt: GenerationAttempt, row: AttemptItem, error: GenCraftError, *, outputs: int
) -> None:
    """Plan the item once more with another seed; `outputs` are those of its attempt, which goes on without it.

    In the transaction that ends the attempt or holds its lease, behind the job's lock.
    """
    item = row.item
    update_row(AttemptItem, row.pk, {"live": False})
    retries = item.quality_retries + 1
    move_item(item, ItemStatus.QUEUED, seed=_another_seed(job, attempt, item), quality_retries=retries)
    serving = replace(same_serving(attempt, outputs=outputs), outputs_per_call=1)
    plan_attempts(job, [item], serving=serving, tries=attempt.tries + 1)
    tell(job, "item.retried", itemId=str(item.pk), index=item.index, code=error.code, seed=item.seed, retries=retries)
    notify_dispatcher()
    crashpoint("remaking.before_commit")


def _another_seed(job: GenerationJob, attempt: GenerationAttempt, item: GenerationItem) -> int | None:
    """As far on as the batch is large: no other item of the job has it, whatever is made again."""
    if item.seed is None:
        return None
    try:
        bounds = limits_for(get_model(attempt.provider, attempt.model).limits, attempt.operation).get("seed")
    except ModelUnknown:
        bounds = None
    if bounds is None:
        return item.seed
    smallest, span = int(bounds["minimum"]), int(bounds["maximum"]) - int(bounds["minimum"]) + 1
    return smallest + (item.seed - smallest + job.batch_size) % span
