"""Fitting a request to a model: what it cannot take is adapted and reported, or under `strict` refused by name."""

from dataclasses import dataclass, field, replace
from typing import Any

from gencraft_media.common.errors import FieldError, InvalidRequest
from providers.adaptations import Fitting
from providers.edit_fitting import asked_of_model, fit_edited_size
from providers.errors import OptionUnsupported
from providers.input_fitting import fit_inputs
from providers.models import ProviderModel
from providers.operations import Operation, limits_for
from providers.option_fitting import fit_options
from providers.sizes import size_fitting, written
from providers.types import InputRole
from providers.wanted import Wanted, wanted_from_params

__all__ = ["STANDARD", "Fitted", "Wanted", "fit_request", "wanted_from_params"]

STANDARD = "standard"
LONGEST_SIDE = "The longest side of what is made here has {most} pixels at most."
# Sizes that follow from the first image.
_FOLLOWING = {"same", "margins", "factor"}


@dataclass(frozen=True)
class Fitted:
    """A request as a model takes it, what was changed, and the outputs of one call.

    `params` go by client field names and hold all that is needed to ask for the same again. `width` and `height` are
    the size the client gets; `drawn` is there where the model draws another one (`providers.sizes.drawn_size`),
    `sent` where the first image goes out in another one. `steps` are the enlargements, where there are any.
    """

    params: dict[str, Any]
    adaptations: list[dict[str, Any]]
    calls: int
    steps: list[dict[str, Any]] = field(default_factory=list)


def fit_request(
    model: ProviderModel,
    wanted: Wanted,
    *,
    strict: bool,
    operation: str = Operation.TEXT_TO_IMAGE,
    in_place_of: ProviderModel | None = None,
) -> Fitted:
    """`wanted` within the model's limits. Raises `OptionUnsupported` naming every misfit when `strict`.

    `in_place_of` is the retired model that was asked for, where `model` is its successor. Raises `InvalidRequest` for
    what the operation cannot do without.
    """
    limits = limits_for(model.limits, operation)
    fitting = Fitting(limits, retired=in_place_of)
    if in_place_of is not None:
        reason = f"{in_place_of.name} was retired on {in_place_of.retires_at}; {model.name} takes its place."
        fitting.change("model", in_place_of.name, model.name, reason)
    wanted = _of_allowed_size(fitting, wanted)
    _fit_prompt(fitting, wanted.prompt)
    if wanted.negative_prompt:
        _fit_text(fitting, "negativePrompt", wanted.negative_prompt, limits.get("negative_prompt_length", 0))
    fit_inputs(fitting, wanted)
    _fit_size(fitting, wanted, operation)
    _fit_quality(fitting, wanted)
    _fit_seed(fitting, wanted.seed)
    fit_options(fitting, wanted)
    if strict and fitting.errors:
        names = ", ".join(error.field for error in fitting.errors)
        raise OptionUnsupported(f"The model {model.name} cannot take as it is: {names}.", errors=fitting.errors)
    return Fitted(fitting.params, fitting.adaptations, int(limits.get("outputs_per_call", 1)), fitting.steps)


def _fit_prompt(fitting: Fitting, prompt: str) -> None:
    rule = fitting.limits.get("prompt", "required")
    if rule == "none":
        fitting.params["prompt"] = ""
        if prompt:
            fitting.change("prompt", prompt, None, "This model does not take it.")
        return
    if rule == "required" and not prompt.strip() and fitting.limits.get("inputs"):
        raise InvalidRequest(errors=[FieldError("prompt", "This operation of this model needs it.", "required")])
    _fit_text(fitting, "prompt", prompt, fitting.limits.get("prompt_length"))


def _fit_text(fitting: Fitting, name: str, text: str, length: int | None) -> None:
    if length == 0:
        fitting.change(name, text, None, "This model does not take it.")
    elif length is not None and len(text) > length:
        fitting.params[name] = text[:length]
        fitting.change(name, text, text[:length], f"This model reads at most {length} characters.")
    else:
        fitting.params[name] = text


def _of_allowed_size(fitting: Fitting, wanted: Wanted) -> Wanted:
    """The request with the size that it names brought down to the largest of its shape that is made here."""
    most, sides = wanted.longest_side, {"width": wanted.width, "height": wanted.height}
    named = {name: side for name, side in sides.items() if side}
    if most is None or max(named.values(), default=0) <= most:
        return wanted
    used = {name: _bounded(side, max(named.values()), most) for name, side in named.items()}
    name = "size" if len(named) > 1 else next(iter(named))
    fitting.report(name, _told(named), _told(used), LONGEST_SIDE.format(most=most))
    return replace(wanted, width=used.get("width"), height=used.get("height"))


def _told(sides: dict[str, int]) -> int | str:
    """A size, or the one side of it that was named."""
    return "x".join(map(str, sides.values())) if len(sides) > 1 else next(iter(sides.values()))


def _bounded(side: int, longest: int, most: int | None) -> int:
    """A side of a picture whose longest side is brought down to `most`, if it is longer."""
    return side if most is None or longest <= most else max(1, side * most // longest)


def _fit_size(fitting: Fitting, wanted: Wanted, operation: str) -> None:
    limits = fitting.limits.get("size")
    if limits is None:
        return
    if limits["kind"] in _FOLLOWING:
        fit_edited_size(fitting, wanted)
        return
    default_width, default_height = (int(side) for side in fitting.limits["default_size"].split("x"))
    # One side alone means a square.
    asked = wanted.width or wanted.height or default_width, wanted.height or wanted.width or default_height
    after_image = asked_of_model(fitting, wanted, operation, (default_width, default_height))
    if after_image is not None:
        asked = after_image if operation == Operation.INPAINT else size_fitting(limits, *after_image)
    if after_image is None or operation != Operation.INPAINT:
        # Of what a request says this holds already; what it left open is no change to report.
        longest, most = max(asked), wanted.longest_side
        asked = _bounded(asked[0], longest, most), _bounded(asked[1], longest, most)
    fitting.params |= {"width": asked[0], "height": asked[1]}
    drawn = size_fitting(limits, *asked)
    _send_as_drawn(fitting, wanted, drawn)
    if drawn == asked:
        return
    fitting.params["drawn"] = {"width": drawn[0], "height": drawn[1]}
    made = _how_made(drawn, asked)
    reason = f"This model draws {written(drawn)}; the picture is {made} to {written(asked)}."
    fitting.report("size", written(asked), written(drawn), reason)
    for name, side, nearest in zip(("width", "height"), asked, drawn, strict=True):
        if side != nearest:
            fitting.refuse(name, nearest, f"The nearest size of this model is {written(drawn)}.", limits.get("values"))


def _send_as_drawn(fitting: Fitting, wanted: Wanted, drawn: tuple[int, int]) -> None:
    """Some models take the first image in no other size than the one that they draw."""
    images = wanted.of_role(InputRole.IMAGE)
    if not images or not fitting.limits["inputs"][InputRole.IMAGE].get("drawn"):
        return
    size = images[0].width, images[0].height
    if size != drawn:
        fitting.params["sent"] = {"width": drawn[0], "height": drawn[1]}
        reason = f"This model takes pictures in its own sizes alone: it is sent as {written(drawn)}."
        fitting.change("image", written(size), written(drawn), reason)


def _how_made(drawn: tuple[int, int], asked: tuple[int, int]) -> str:
    if drawn[0] * asked[1] == drawn[1] * asked[0]:
        return "scaled"
    covering = max(asked[0] / drawn[0], asked[1] / drawn[1])
    return "cropped" if covering == 1 else "cropped and scaled"


def _fit_quality(fitting: Fitting, wanted: Wanted) -> None:
    known: dict[str, str] = fitting.limits.get("qualities", {STANDARD: STANDARD})
    quality, usual, meant = wanted.quality, wanted.usual_quality, fitting.inherited("qualities")
    said = quality or (usual if meant.get(usual, usual) in known else STANDARD)
    # Kept in the model's own words: the retired name is not there any more when the job is run again.
    nearest = meant.get(said, said)
    used = nearest if nearest in known else next(iter(known))
    fitting.params["quality"] = used
    if quality and used != quality:
        reason = "This model has no such quality."
        if fitting.retired is not None and used == nearest:
            reason = f"In price the nearest to {quality} of {fitting.retired.name}."
        fitting.change("quality", quality, used, reason, list(known))


def _fit_seed(fitting: Fitting, seed: int | None) -> None:
    bounds = fitting.limits.get("seed")
    if seed is None:
        return
    if bounds is None:
        fitting.change("seed", seed, None, "This model does not take a seed.")
        return
    used = min(max(seed, bounds["minimum"]), bounds["maximum"])
    fitting.params["seed"] = used
    if used != seed:
        fitting.change("seed", seed, used, f"Seeds run from {bounds['minimum']} to {bounds['maximum']}.")
