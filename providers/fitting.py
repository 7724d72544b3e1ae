"""Fitting a request to a model: what it cannot take is adapted and reported, or under `strict` refused by name."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gencraft_media.common.errors import FieldError
from providers.errors import OptionUnsupported
from providers.models import ProviderModel
from providers.sizes import size_fitting

# Our field -> the name clients know it by; the options among them keep that name in `params`.
_OPTIONS = {
    "steps": "steps",
    "cfg_scale": "cfgScale",
    "sampler": "sampler",
    "style_preset": "stylePreset",
    "style": "style",
}


@dataclass(frozen=True)
class Wanted:
    """What a client asked for, before any model was looked at. None or "" = not said."""

    prompt: str
    negative_prompt: str = ""
    width: int | None = None
    height: int | None = None
    quality: str = "standard"
    steps: int | None = None
    cfg_scale: Decimal | float | None = None
    sampler: str = ""
    seed: int | None = None
    style_preset: str = ""
    style: str = ""
    count: int = 1


@dataclass(frozen=True)
class Fitted:
    """A request as a model takes it: `params` by client field names, what was changed, and the outputs of one call."""

    params: dict[str, Any]
    adaptations: list[dict[str, Any]]
    calls: int


@dataclass
class _Fitting:
    """One request on its way into one model's limits."""

    limits: Mapping[str, Any]
    params: dict[str, Any] = field(default_factory=dict)
    adaptations: list[dict[str, Any]] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)

    def change(self, name: str, requested: Any, used: Any, reason: str, allowed: list[Any] | None = None) -> None:
        """Note that `used` takes the place of `requested`; used None: the field is left out."""
        self.adaptations.append({"field": name, "requested": _plain(requested), "used": _plain(used), "reason": reason})
        self.errors.append(FieldError(name, reason, "unsupported", allowed, _plain(used)))


def fit_request(model: ProviderModel, wanted: Wanted, *, strict: bool) -> Fitted:
    """`wanted` within the model's limits. Raises `OptionUnsupported` naming every misfit when `strict`."""
    fitting = _Fitting(model.limits)
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
        quality=params.get("quality", "standard"),
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
    if wanted.width is None and wanted.height is None:
        fitting.params |= {"width": default_width, "height": default_height}
        return
    # One side alone means a square.
    width, height = wanted.width or wanted.height or default_width, wanted.height or wanted.width or default_height
    fitted_width, fitted_height = size_fitting(limits, width, height)
    fitting.params |= {"width": fitted_width, "height": fitted_height}
    allowed = limits.get("values")
    for name, asked, used in (("width", width, fitted_width), ("height", height, fitted_height)):
        if asked != used:
            reason = f"The nearest size of this model is {fitted_width}x{fitted_height}."
            fitting.change(name, asked, used, reason, allowed)


def _fit_quality(fitting: _Fitting, quality: str) -> None:
    known: dict[str, str] = fitting.limits.get("qualities", {"standard": "standard"})
    used = quality if quality in known else next(iter(known))
    fitting.params["quality"] = used
    if used != quality:
        fitting.change("quality", quality, used, "This model has no such quality.", list(known))


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
    rules = fitting.limits.get("options", {})
    options: dict[str, Any] = {}
    for attribute, name in _OPTIONS.items():
        value = getattr(wanted, attribute)
        if value is None or value == "":
            continue
        if name not in rules:
            fitting.change(name, value, None, "This model does not take it.")
            continue
        used, reason, allowed = _option_fitting(rules[name], value)
        if used is not None:
            options[name] = _plain(used)
        if used != value:
            fitting.change(name, value, used, reason, allowed)
    if options:
        fitting.params["options"] = options


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
