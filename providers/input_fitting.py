"""Inputs within a model's rules: which it takes, how large they are sent, and what it is asked to do with them."""

from collections.abc import Mapping
from typing import Any

from gencraft_media.common.errors import FieldError, InvalidRequest
from providers.adaptations import Fitting
from providers.edit_sizes import Size, scale_for_margins, shrunk, size_sent
from providers.errors import OptionUnsupported
from providers.sizes import written
from providers.types import InputRole, Margins
from providers.wanted import InputFacts, Wanted

FIELD_OF_ROLE = {InputRole.IMAGE: "image", InputRole.MASK: "mask", InputRole.STYLE: "styleReference"}


def fit_inputs(fitting: Fitting, wanted: Wanted) -> None:
    """Keep the inputs that the model takes. Raises `InvalidRequest` for what lacks, `OptionUnsupported` for what it
    cannot do without changing the meaning of the request."""
    rules: Mapping[str, Any] = fitting.limits.get("inputs", {})
    kept = [facts for role in FIELD_OF_ROLE for facts in _kept(fitting, role, wanted.of_role(role), rules.get(role))]
    _require_fitting_mask(kept)
    if kept:
        fitting.params["inputs"] = [_told(facts, rules[facts.role]) for facts in kept]
    if wanted.mask_mode != "auto" and any(facts.role == InputRole.MASK for facts in kept):
        fitting.params["maskMode"] = wanted.mask_mode
    _fit_strength(fitting, wanted.strength)
    if fitting.limits.get("search") and InputRole.MASK not in rules and not wanted.search.strip():
        raise InvalidRequest(errors=[FieldError("search", "This operation of this model needs it.", "required")])
    if wanted.search and fitting.limits.get("search"):
        fitting.params["search"] = wanted.search
    elif wanted.search:
        fitting.change("search", wanted.search, None, "This model does not take it.")


def size_of_sent(fitting: Fitting, image: InputFacts, *, scale: float = 1.0) -> Size:
    """The size in which the first image is sent, noted where it is not its own. `scale`: at most this much of it."""
    rules = fitting.limits.get("inputs", {}).get(InputRole.IMAGE, {})
    size = (image.width, image.height)
    _require_shape(rules, size)
    sent = size_sent(rules, shrunk(size, scale) if scale < 1 else size)
    if sent != size:
        fitting.params["sent"] = {"width": sent[0], "height": sent[1]}
        how = "smaller" if sent[0] < size[0] else "larger"
        fitting.change("image", written(size), written(sent), f"This model takes {written(sent)}; it is sent {how}.")
    return sent


def scale_of_extended(fitting: Fitting, image: InputFacts, margins: Margins) -> float:
    """How much of its size a picture keeps so that its margins are within the model's bounds."""
    return scale_for_margins(fitting.limits["size"], (image.width, image.height), margins)


def _kept(
    fitting: Fitting, role: InputRole, given: tuple[InputFacts, ...], rules: Mapping[str, Any] | None
) -> tuple[InputFacts, ...]:
    name = FIELD_OF_ROLE[role]
    if rules is not None and len(given) < rules.get("minimum", 1 if role is InputRole.IMAGE else 0):
        raise InvalidRequest(errors=[FieldError(name, "This operation of this model needs it.", "required")])
    most = 0 if rules is None else int(rules.get("maximum", 1))
    if len(given) <= most:
        return given
    if most == 0 and role is not InputRole.STYLE:
        raise OptionUnsupported(
            f"The model takes no {name} here.",
            errors=[FieldError(name, "This model takes none for this operation.", "unsupported")],
        )
    fitting.change(name, f"{len(given)} pictures", f"{most} pictures", f"This model takes {most} here.")
    return given[:most]


def _told(facts: InputFacts, rules: Mapping[str, Any]) -> dict[str, Any]:
    """An input as the job tells of it; `sent` where it goes out in another size. Masks go with the first image."""
    told = {"role": str(facts.role), "width": facts.width, "height": facts.height, **facts.source}
    sent = size_sent(rules, (facts.width, facts.height))
    if facts.role == InputRole.MASK or sent == (facts.width, facts.height):
        return told
    return {**told, "sent": {"width": sent[0], "height": sent[1]}}


def _require_fitting_mask(kept: list[InputFacts]) -> None:
    image = next((facts for facts in kept if facts.role == InputRole.IMAGE), None)
    mask = next((facts for facts in kept if facts.role == InputRole.MASK), None)
    if image is None or mask is None or (image.width, image.height) == (mask.width, mask.height):
        return
    text = f"The mask is {mask.width}x{mask.height}, the image {image.width}x{image.height}; both must be the same."
    raise InvalidRequest(errors=[FieldError("mask", text, "size", nearest=f"{image.width}x{image.height}")])


def _require_shape(rules: Mapping[str, Any], size: Size) -> None:
    longest = rules.get("maximum_ratio")
    if longest is not None and max(size) > longest * min(size):
        text = f"{written(size)} is longer than the {longest:g}:1 that this model takes."
        raise OptionUnsupported(text, errors=[FieldError("image", text, "unsupported")])


def _fit_strength(fitting: Fitting, strength: float | None) -> None:
    rule = fitting.limits.get("strength")
    if strength is None:
        return
    if not rule:
        fitting.change("strength", strength, None, "This model does not take it.")
        return
    bounds = rule if isinstance(rule, Mapping) else {}
    used = min(max(strength, bounds.get("minimum", 0)), bounds.get("maximum", 1))
    fitting.params["strength"] = used
    if used != strength:
        fitting.change("strength", strength, used, f"This model takes {bounds['minimum']} to {bounds['maximum']}.")
