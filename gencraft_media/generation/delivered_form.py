"""In which format the pictures of a job are given, and what is told where it cannot be the one that was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assets.imaging.bounds import usable_format
from assets.imaging.picture import PictureFacts
from gencraft_media.common.errors import FieldError
from gencraft_media.common.rows import update_row
from gencraft_media.generation.models import GenerationJob, PictureFormat
from gencraft_media.generation.policy import MediaPolicy
from providers.errors import OptionUnsupported
from providers.operations import Operation
from providers.sizes import delivered_size

_WHITE = "JPEG has no transparency: what is transparent is white."
_TOO_LARGE = "Pictures of this size are not made as AVIF."
_OTHERS = [PictureFormat.WEBP.value, PictureFormat.PNG.value]


@dataclass(frozen=True)
class AskedForm:
    """What a request says of the picture's file; "" and None: nothing. `compression`: the encoder's quality, 0-100."""

    format: str = ""
    compression: int | None = None


@dataclass(frozen=True)
class DeliveredForm:
    """How the pictures of a job are written, and what of that is another thing than was asked for."""

    format: str
    compression: int
    adaptations: tuple[dict[str, Any], ...] = ()


def form_for(
    asked: AskedForm, policy: MediaPolicy, *, operation: str, params: Mapping[str, Any], strict: bool
) -> DeliveredForm:
    """The form of pictures with fitted `params`. What the settings say gives way where it cannot be had, untold.

    Raises `OptionUnsupported` for what was asked for and cannot be had, where the request is to be taken as it is.
    """
    compression = policy.compression if asked.compression is None else asked.compression
    kind = asked.format or policy.format
    used = usable_format(kind, delivered_size(params) or (1, 1))
    clears = kind == PictureFormat.JPEG and _is_transparent(operation, params)
    if not asked.format:
        return DeliveredForm(PictureFormat.WEBP if clears else used, compression)
    if strict and (clears or used != kind):
        reason = _WHITE if clears else _TOO_LARGE
        raise OptionUnsupported(reason, errors=[FieldError("format", reason, "unsupported", _OTHERS, _OTHERS[0])])
    return DeliveredForm(used, compression, tuple(_changes(kind, used, flattened=clears)))


def tell_changes(job: GenerationJob, facts: PictureFacts) -> None:
    """Note on the job what only the picture itself could show. The caller holds the job's lock."""
    changes = _changes(job.picture_format, facts.picture_format, flattened=facts.flattened)
    if not changes:
        return
    # Fixed for every other step of a job, so that the lock does not read them again.
    job.refresh_from_db(fields=["adaptations"])
    new = [change for change in changes if change not in job.adaptations]
    if new:
        job.adaptations = [*job.adaptations, *new]
        update_row(GenerationJob, job.pk, {"adaptations": job.adaptations})


def _is_transparent(operation: str, params: Mapping[str, Any]) -> bool:
    """Whether it is asked for a picture with transparency."""
    background = (params.get("options") or {}).get("background")
    return operation == Operation.REMOVE_BACKGROUND or background == "transparent"


def _changes(asked: str, used: str, *, flattened: bool) -> list[dict[str, Any]]:
    changes: list[dict[str, Any]] = []
    if used != asked:
        changes.append({"field": "format", "requested": asked, "used": used, "reason": _TOO_LARGE})
    if flattened:
        changes.append({"field": "background", "requested": "transparent", "used": "white", "reason": _WHITE})
    return changes
