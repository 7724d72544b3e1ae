"""The size of a changed picture within a model's limits: the same, with margins around it, or some times as large."""

from typing import Any

from gencraft_media.common.errors import FieldError, InvalidRequest
from providers.adaptations import Fitting
from providers.edit_sizes import (
    Size,
    enlarged,
    extended,
    in_shape_of,
    margins_to,
    scaled_margins,
    shrunk,
    with_area_of,
)
from providers.errors import OptionUnsupported
from providers.input_fitting import scale_of_extended, size_of_sent
from providers.operations import Operation
from providers.sizes import written
from providers.types import InputRole, Margins
from providers.wanted import InputFacts, Wanted

FACTORS = (2, 4, 8)
_USUAL_FACTOR = 2
# What the image step takes and WebP can hold (docs/images.md).
_LARGEST_AREA, _LONGEST_SIDE = 68_000_000, 16_383
BY_MODEL, BY_ENGINE = "model", "engine"
_SIDES = ("left", "right", "up", "down")


def fit_edited_size(fitting: Fitting, wanted: Wanted) -> None:
    """What is sent, drawn and delivered by a model whose result has the size of its first image or follows from it.

    Raises `InvalidRequest` or `OptionUnsupported` for a size that cannot be made.
    """
    image = wanted.of_role(InputRole.IMAGE)[0]
    kind = fitting.limits["size"]["kind"]
    if kind == "margins":
        drawn, natural = _fit_margins(fitting, wanted, image)
    elif kind == "factor":
        drawn, natural = _fit_factor(fitting, wanted, image)
    else:
        drawn = size_of_sent(fitting, image)
        natural = _fit_engines_factor(fitting, wanted, image) if "factor" in fitting.limits else _size_of(image)
    asked = natural
    if kind != "margins" and (wanted.width or wanted.height):
        asked = in_shape_of(natural, width=wanted.width, height=wanted.height)
    _require_possible(asked)
    fitting.params |= {"width": asked[0], "height": asked[1]}
    if drawn != asked:
        fitting.params["drawn"] = {"width": drawn[0], "height": drawn[1]}


def asked_of_model(fitting: Fitting, wanted: Wanted, operation: str, default: Size) -> Size | None:
    """The size to be drawn after a picture by a model with sizes of its own, where the client names none.

    A part that is filled in leaves the picture as large as it was; a picture that is made after another one has its
    shape and the model's usual area, which is what it costs.
    """
    images = wanted.of_role(InputRole.IMAGE)
    if not images:
        return None
    size_of_sent(fitting, images[0])
    if wanted.width or wanted.height:
        return None
    size = _size_of(images[0])
    return size if operation == Operation.INPAINT else with_area_of(size, default)


def _size_of(image: InputFacts) -> Size:
    return image.width, image.height


def _fit_margins(fitting: Fitting, wanted: Wanted, image: InputFacts) -> tuple[Size, Size]:
    size = _size_of(image)
    margins = wanted.margins or _margins_asked(wanted, size)
    if margins == Margins():
        text = "Say how far the picture is extended: left, right, up and down in pixels, or width and height."
        raise InvalidRequest(errors=[FieldError(name, text, "required") for name in _SIDES])
    sent = size_of_sent(fitting, image, scale=scale_of_extended(fitting, image, margins))
    fitting.params["margins"] = {side: getattr(margins, side) for side in _SIDES}
    drawn = scaled_margins(margins, size, sent)
    _require_margins(fitting, margins, drawn)
    return extended(sent, drawn), extended(size, margins)


def _require_margins(fitting: Fitting, margins: Margins, drawn: Margins) -> None:
    """A picture that the model takes no smaller may have margins that stay too wide for it."""
    most = fitting.limits["size"].get("maximum")
    errors = [
        FieldError(side, f"At most {nearest} here.", "max_value", nearest=nearest)
        for side in _SIDES
        if most is not None and getattr(drawn, side) > most
        for nearest in [getattr(margins, side) * most // getattr(drawn, side)]
    ]
    if errors:
        raise OptionUnsupported("The model does not extend so small a picture so far.", errors=errors)


def _margins_asked(wanted: Wanted, size: Size) -> Margins:
    target = (wanted.width or size[0], wanted.height or size[1])
    for name, side, present in zip(("width", "height"), target, size, strict=True):
        if side < present:
            text = f"The picture is {written(size)}; it can only be extended."
            raise InvalidRequest(errors=[FieldError(name, text, "min_value", nearest=present)])
    return margins_to(size, target)


def _fit_factor(fitting: Fitting, wanted: Wanted, image: InputFacts) -> tuple[Size, Size]:
    """Enlarged by the model as far as it can, and the rest by the engine."""
    factor = _factor_asked(fitting, wanted)
    offered: list[int] = sorted(fitting.limits["size"]["values"])
    most = fitting.limits["size"].get("maximum_pixels", _LARGEST_AREA)
    pixels = image.width * image.height
    # Not so far that the picture would have to be made smaller first.
    within = (value for value in offered if value <= factor and pixels * value**2 <= most)
    by_model = max(within, default=offered[0])
    fits = (most / (pixels * by_model**2)) ** 0.5
    sent = size_of_sent(fitting, image, scale=min(1.0, fits))
    drawn, natural = enlarged(sent, by_model), enlarged(_size_of(image), factor)
    fitting.steps.append({"factor": by_model, "by": BY_MODEL})
    if drawn != natural:
        fitting.steps.append({"factor": _plain_ratio(natural[0], drawn[0]), "by": BY_ENGINE})
    return drawn, natural


def _fit_engines_factor(fitting: Fitting, wanted: Wanted, image: InputFacts) -> Size:
    """The model gives the picture back; all of the enlarging is the engine's."""
    factor = _factor_asked(fitting, wanted)
    fitting.steps.append({"factor": factor, "by": BY_ENGINE})
    return enlarged(_size_of(image), factor)


def _factor_asked(fitting: Fitting, wanted: Wanted) -> int:
    allowed: list[int] = fitting.limits.get("factor", list(FACTORS))
    factor = wanted.factor or _USUAL_FACTOR
    if factor not in allowed:
        nearest = min(allowed, key=lambda value: abs(value - factor))
        text = f"This model enlarges {', '.join(map(str, allowed))} times."
        raise OptionUnsupported(text, errors=[FieldError("factor", text, "unsupported", list(allowed), nearest)])
    fitting.params["factor"] = factor
    return factor


def _require_possible(size: Size) -> None:
    if size[0] * size[1] <= _LARGEST_AREA and max(size) <= _LONGEST_SIDE:
        return
    nearest = shrunk(size, min((_LARGEST_AREA / (size[0] * size[1])) ** 0.5, _LONGEST_SIDE / max(size)))
    text = f"{written(size)} is more than the {_LARGEST_AREA // 1_000_000} megapixels that are delivered."
    errors = [
        FieldError(name, text, "max_value", nearest=side)
        for name, side in zip(("width", "height"), nearest, strict=True)
    ]
    raise InvalidRequest(errors=errors)


def _plain_ratio(wanted: int, drawn: int) -> Any:
    return wanted // drawn if wanted % drawn == 0 else round(wanted / drawn, 4)
