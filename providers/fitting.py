"""Fitting a request to a model: what it cannot take is adapted and reported, or under `strict` refused by name."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gencraft_media.common.errors import FieldError
from providers.errors import OptionUnsupported
from providers.models import ProviderModel
from providers.sizes import size_fitting, written

STANDARD = "standard"

# Our field -> the name clients know it by; the options among them keep that name in `params`.
_OPTIONS = {
    "steps": "steps",
    "cfg_scale": "cfgScale",
    "sampler": "sampler",
    "style_preset": "stylePreset",
    "style": "style",
    "background": "background",
    "moderation": "moderation",
    "partial_images": "partialImages",
}


@dataclass(frozen=True)
class Wanted:
    """What a client asked for, before any model was looked at. None or "" = not said."""

    prompt: str
    negative_prompt: str = ""
    width: int | None = None
    height: int | None = None
    quality: str = ""
    steps: int | None = None
    cfg_scale: Decimal | float | None = None
    sampler: str = ""
    seed: int | None = None
    style_preset: str = ""
    style: str = ""
    background: str = ""
    moderation: str = ""
    # Previews to be sent while the picture is made.
    partial_images: int | None = None
    count: int = 1


@dataclass(frozen=True)
class Fitted:
    """A request as a model takes it, what was changed, and the outputs of one call.

    `params` go by client field names and hold all that is needed to ask for the same again. `width` and `height` are
    the size the client gets; `drawn` is there where the model draws another one (`providers.sizes.drawn_size`).
    """

    params: dict[str, Any]
    adaptations: list[dict[str, Any]]
    calls: int


@dataclass
class _Fitting:
    """One request on its way into one model's limits."""

    limits: Mapping[str, Any]
    # The model that was named, where it was retired and this one took its place.
    retired: ProviderModel | None = None
    params: dict[str, Any] = field(default_factory=dict)
    adaptations: list[dict[str, Any]] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)

    def change(self, name: str, requested: Any, used: Any, reason: str, allowed: list[Any] | None = None) -> None:
        """Note that `used` takes the place of `requested`; used None: the field is left out."""
        self.report(name, requested, used, reason)
        self.refuse(name, used, reason, allowed)

    def report(self, name: str, requested: Any, used: Any, reason: str) -> None:
        """What the client is told when the request is adapted."""
        self.adaptations.append({"field": name, "requested": _plain(requested), "used": _plain(used), "reason": reason})

    def refuse(self, name: str, nearest: Any, reason: str, allowed: list[Any] | None = None) -> None:
        """What the client is told under `strict`."""
        self.errors.append(FieldError(name, reason, "unsupported", allowed, _plain(nearest)))

    def rules(self, name: str) -> dict[str, Any]:
        """The model's own rules, and over them those that hold for requests under the retired name."""
        return {**self.limits.get(name, {}), **self.inherited(name)}

    def inherited(self, name: str) -> dict[str, Any]:
        """The rules that hold only for requests under the retired name."""
        if self.retired is None:
            return {}
        rules: dict[str, Any] = self.retired.limits.get("successor", {}).get(name, {})
        return rules


def fit_request(
    model: ProviderModel, wanted: Wanted, *, strict: bool, in_place_of: ProviderModel | None = None
) -> Fitted:
    """`wanted` within the model's limits. Raises `OptionUnsupported` naming every misfit when `strict`.

    `in_place_of` is the retired model that was asked for, where `model` is its successor.
    """
    fitting = _Fitting(model.limits, retired=in_place_of)
    if in_place_of is not None:
        reason = f"{in_place_of.name} was retired on {in_place_of.retires_at}; {model.name} takes its place."
        fitting.change("model", in_place_of.name, model.name, reason)
    _fit_text(fitting, "prompt", wanted.prompt, model.limits.get("prompt_length"))
    if wanted.negative_prompt:
        _fit_text(fitting, "negativePrompt", wanted.negative_prompt, model.limits.get("negative_prompt_length", 0))
    _fit_size(fitting, wanted)
    _fit_quality(fitting, wanted.quality)
    _fit_seed(fitting, wanted.seed)
    _fit_options(fitting, wanted)
    if strict and fitting.errors:
        names = ", ".join(error.field for error in fitting.errors)
        raise OptionUnsupported(f"The model {model.name} cannot take as it is: {names}.", errors=fitting.errors)
    return Fitted(fitting.params, fitting.adaptations, int(model.limits.get("outputs_per_call", 1)))


def wanted_from_params(params: Mapping[str, Any], *, count: int) -> Wanted:
    """What an earlier request was fitted to, as a new wish: its job is run again."""
    options = params.get("options", {})
    given = {name: options[spelling] for name, spelling in _OPTIONS.items() if spelling in options}
    return Wanted(
        prompt=params["prompt"],
        negative_prompt=params.get("negativePrompt", ""),
        width=params.get("width"),
        height=params.get("height"),
        quality=params.get("quality", ""),
        seed=params.get("seed"),
        count=count,
        **given,
    )


def _fit_text(fitting: _Fitting, name: str, text: str, length: int | None) -> None:
    if length == 0:
        fitting.change(name, text, None, "This model does not take it.")
    elif length is not None and len(text) > length:
        fitting.params[name] = text[:length]
        fitting.change(name, text, text[:length], f"This model reads at most {length} characters.")
    else:
        fitting.params[name] = text


def _fit_size(fitting: _Fitting, wanted: Wanted) -> None:
    limits = fitting.limits.get("size")
    if limits is None:
        return
    default_width, default_height = (int(side) for side in fitting.limits["default_size"].split("x"))
    # One side alone means a square.
    asked = wanted.width or wanted.height or default_width, wanted.height or wanted.width or default_height
    fitting.params |= {"width": asked[0], "height": asked[1]}
    drawn = size_fitting(limits, *asked)
    if drawn == asked:
        return
    fitting.params["drawn"] = {"width": drawn[0], "height": drawn[1]}
    made = _how_made(drawn, asked)
    reason = f"This model draws {written(drawn)}; the picture is {made} to {written(asked)}."
    fitting.report("size", written(asked), written(drawn), reason)
    for name, side, nearest in zip(("width", "height"), asked, drawn, strict=True):
        if side != nearest:
            fitting.refuse(name, nearest, f"The nearest size of this model is {written(drawn)}.", limits.get("values"))


def _how_made(drawn: tuple[int, int], asked: tuple[int, int]) -> str:
    if drawn[0] * asked[1] == drawn[1] * asked[0]:
        return "scaled"
    covering = max(asked[0] / drawn[0], asked[1] / drawn[1])
    return "cropped" if covering == 1 else "cropped and scaled"


def _fit_quality(fitting: _Fitting, quality: str) -> None:
    known: dict[str, str] = fitting.limits.get("qualities", {STANDARD: STANDARD})
    said = quality or STANDARD
    # Kept in the model's own words: the retired name is not there any more when the job is run again.
    nearest = fitting.inherited("qualities").get(said, said)
    used = nearest if nearest in known else next(iter(known))
    fitting.params["quality"] = used
    if quality and used != quality:
        reason = "This model has no such quality."
        if fitting.retired is not None and used == nearest:
            reason = f"In price the nearest to {quality} of {fitting.retired.name}."
        fitting.change("quality", quality, used, reason, list(known))


def _fit_seed(fitting: _Fitting, seed: int | None) -> None:
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


def _fit_options(fitting: _Fitting, wanted: Wanted) -> None:
    rules = fitting.rules("options")
    options: dict[str, Any] = {}
    for attribute, name in _OPTIONS.items():
        value = getattr(wanted, attribute)
        if value is None or value == "":
            continue
        if name not in rules:
            fitting.change(name, value, None, "This model does not take it.")
        elif rules[name]["kind"] == "phrase":
            _add_phrase(fitting, name, value, rules[name]["phrases"])
        else:
            used, reason, allowed = _option_fitting(rules[name], value)
            if used is not None:
                options[name] = _plain(used)
            if used != value:
                fitting.change(name, value, used, reason, allowed)
    if options:
        fitting.params["options"] = options


def _add_phrase(fitting: _Fitting, name: str, value: str, phrases: Mapping[str, str]) -> None:
    """Say in the prompt what this model has no field for."""
    phrase = phrases.get(value)
    prompt, length = f"{fitting.params['prompt']}, {phrase}", fitting.limits.get("prompt_length")
    if phrase is None or (length is not None and len(prompt) > length):
        reason = "This model does not know this value." if phrase is None else "The prompt leaves no room for it."
        fitting.change(name, value, None, reason)
        return
    fitting.params["prompt"] = prompt
    reason = "This model does not take it; the prompt says it instead."
    fitting.report(name, value, phrase, reason)
    fitting.refuse(name, None, "This model does not take it.")


def _option_fitting(rule: Mapping[str, Any], value: Any) -> tuple[Any, str, list[Any] | None]:
    """The nearest value a rule allows (None: leave it out), why, and the allowed values where they can be listed."""
    if rule["kind"] == "choice":
        values: list[Any] = rule["values"]
        nearest = value if value in values else next(iter(difflib.get_close_matches(str(value), values, n=1)), None)
        return nearest, "This model does not know this value.", values
    reason = f"This model takes {rule['minimum']} to {rule['maximum']}."
    bounded = min(max(value, rule["minimum"]), rule["maximum"])
    return bounded, reason, None


def _plain(value: Any) -> Any:
    """A value as JSON writes it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
