"""What the operator's media settings make of a request: refused, filled in, or brought down to what is allowed."""

from dataclasses import replace

from gencraft_media.common.errors import FieldError
from gencraft_media.generation.errors import GenerationDisabled
from gencraft_media.generation.policy import MediaPolicy
from providers.errors import OptionUnsupported
from providers.fitting import LONGEST_SIDE
from providers.operations import Operation
from providers.wanted import Wanted

SWITCHED_OFF = "Generation is switched off here at present: this request would be refused."
# Their size follows from the picture that they are made of, and is bounded by their own models.
_UNBOUNDED = frozenset({Operation.UPSCALE, Operation.OUTPAINT})


def require_enabled(policy: MediaPolicy) -> None:
    """Raises `GenerationDisabled` where nothing may be made at present."""
    if not policy.enabled:
        raise GenerationDisabled


def warnings_of(policy: MediaPolicy) -> list[str]:
    """What an answer that runs nothing says beside its answer."""
    return [] if policy.enabled else [SWITCHED_OFF]


def completed(wanted: Wanted, policy: MediaPolicy, *, operation: str, strict: bool = False) -> Wanted:
    """The request with what the settings say where it is silent, and with their bound.

    Raises `OptionUnsupported` for a size beyond it, where the request is to be taken as it is.
    """
    if operation in _UNBOUNDED:
        return replace(wanted, usual_quality=policy.quality)
    if strict:
        _require_size(wanted, policy.max_resolution)
    return replace(wanted, usual_quality=policy.quality, longest_side=policy.max_resolution)


def _require_size(wanted: Wanted, most: int) -> None:
    reason = LONGEST_SIDE.format(most=most)
    sides = {"width": wanted.width, "height": wanted.height}
    errors = [
        FieldError(name, reason, "max_value", nearest=most) for name, side in sides.items() if side and side > most
    ]
    if errors:
        raise OptionUnsupported(reason, errors=errors)
