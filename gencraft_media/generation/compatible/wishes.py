"""What a body in OpenAI's words asks of the engine, and how its answer is to look. What cannot be done is noted."""

from dataclasses import dataclass, field
from typing import Any

from gencraft_media.generation.admission import GenerationOrder
from gencraft_media.generation.compatible.pictures import references_in
from gencraft_media.generation.compatible.serializers import QUALITIES
from gencraft_media.generation.delivered_form import AskedForm
from gencraft_media.generation.routing.wishes import RoutingWish
from providers.fitting import Wanted
from providers.models import ProviderModel
from providers.operations import Operation
from providers.selectors import find_model

URL, BASE64 = "url", "b64_json"
# Names whose pictures OpenAI itself answers as base64.
_BASE64_NAMES = ("gpt-image", "chatgpt-image")
# How much of a quality each word asks for.
_RANKS = {"low": 0, "standard": 1, "medium": 1, "high": 2, "hd": 2, "xhigh": 3, "max": 4}
_NATIVE_WORDS = {"standard", "hd"}
_NOT_TAKEN = "The engine has no such choice for this model."
_FORMATS = {"png", "jpeg", "webp"}
_NO_PREVIEWS = "Previews come only of a single picture that is streamed."
_NOWHERE = ("frame_count", "frame_duration_ms", "svg", "complexity", "markup", "input_fidelity")


@dataclass
class Delivery:
    """How the pictures are given: as addresses or base64, in which format, at once or as a stream.

    `changes` are the adaptations that concern the answer, in the words of a job's own.
    """

    encoding: str
    # Behind an address "" is as the settings say.
    picture_format: str
    compression: int | None = None
    stream: bool = False
    # How the names of its events begin.
    events: str = "image_generation"
    changes: list[dict[str, Any]] = field(default_factory=list)

    def change(self, name: str, requested: Any, used: Any, reason: str) -> None:
        """Note that `used` (None: nothing) takes the place of what was asked for."""
        self.changes.append({"field": name, "requested": requested, "used": used, "reason": reason})


def delivery_from(values: dict[str, Any], *, events: str = "image_generation") -> Delivery:
    """How the answer is to look; depends on the body alone, so that a repeated call is answered in the same way."""
    stream = values.get("stream", False)
    name = values.get("model", "").rpartition("/")[2]
    usual = BASE64 if name.startswith(_BASE64_NAMES) else URL
    asked = values.get("response_format", BASE64 if stream else usual)
    delivery = Delivery(BASE64 if stream else asked, "png", stream=stream, events=events)
    if asked != delivery.encoding:
        delivery.change("response_format", asked, BASE64, "Streamed pictures come as base64.")
    _choose_format(delivery, values)
    for name in _NOWHERE:
        if name in values:
            delivery.change(name, "a picture" if name == "markup" else values[name], None, _NOT_TAKEN)
    return delivery


def _choose_format(delivery: Delivery, values: dict[str, Any]) -> None:
    asked, compression = values.get("output_format"), values.get("output_compression")
    silent = "" if delivery.encoding == URL else "png"
    used = silent if asked is None else asked if asked in _FORMATS else "png"
    delivery.picture_format = used
    if asked is not None and asked != used:
        delivery.change("output_format", asked, used, "Pictures are PNG, JPEG or WebP.")
    if compression is None:
        return
    if used == "png":
        delivery.change("output_compression", compression, None, "A PNG loses nothing.")
    else:
        delivery.compression = compression


def order_from(
    values: dict[str, Any], delivery: Delivery, *, end_user: bool, operation: str = Operation.TEXT_TO_IMAGE
) -> GenerationOrder:
    """The order in a checked body. Raises `ModelUnknown` or `OperationUnsupported`.

    `end_user`: `safety_identifier` or else `user` names whose quota counts, as `externalUserId` does.
    """
    model = find_model(None, values.get("model"), operation=operation)
    size = values.get("size", {})
    wanted = Wanted(
        prompt=values.get("prompt", ""),
        width=size.get("width"),
        height=size.get("height"),
        quality=_quality_for(model, values.get("quality", "auto"), delivery),
        style=values.get("style", ""),
        background=_unless_auto(values.get("background")),
        moderation=_unless_auto(values.get("moderation")),
        partial_images=_previews(values, delivery),
        count=values.get("n", 1),
        # As OpenAI has it; other masks are for the native API.
        mask_mode="transparent" if "mask" in values else "",
    )
    named = str(values.get("safety_identifier") or values.get("user") or "") if end_user else ""
    return GenerationOrder(
        operation=operation,
        wanted=wanted,
        wish=RoutingWish(model=values.get("model")),
        form=AskedForm(delivery.picture_format, delivery.compression) if delivery.encoding == URL else AskedForm(),
        inputs=references_in(values),
        external_user_id=named,
    )


def _unless_auto(asked: str | None) -> str:
    return "" if asked in {None, "auto"} else str(asked)


def _previews(values: dict[str, Any], delivery: Delivery) -> int | None:
    """How many previews the provider is asked for; None where there is no way to show them."""
    asked: int = values.get("partial_images", 0)
    if not asked:
        return None
    if delivery.stream and values.get("n", 1) == 1:
        return asked
    delivery.change("partial_images", asked, None, _NO_PREVIEWS)
    return None


def _quality_for(model: ProviderModel, asked: str, delivery: Delivery) -> str:
    """The model's own nearest word; "" leaves the choice to it."""
    if asked == "auto":
        return ""
    known: list[str] = [word for word in model.limits.get("qualities", {}) if word in QUALITIES]
    # The words of the native API are fitted there, with what a retired model meant by them.
    if asked in known or asked in _NATIVE_WORDS or not known:
        return asked
    used = min(known, key=lambda word: (abs(_RANKS[word] - _RANKS[asked]), word in _NATIVE_WORDS))
    delivery.change("quality", asked, used, "The nearest that this model has.")
    return used
