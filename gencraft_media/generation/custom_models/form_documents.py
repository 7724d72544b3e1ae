"""From the form's fields to a body of the API, from a row to the form's fields, and from a body's field to a form's."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from billing.price_changes import prices_of
from billing.pricelist import ANY
from gencraft_media.common.errors import FieldError, InvalidRequest, MalformedRequest
from gencraft_media.common.parsing import document_in
from gencraft_media.generation.custom_models.fields import ALL_OPERATIONS as OPERATIONS
from providers.kinds import AUTOMATIC1111, COMFYUI, OPENAI_COMPATIBLE
from providers.models import ProviderAccount, ProviderModel

__all__ = ["OPERATIONS", "document_of", "field_for", "initial_of"]

# Form field -> field of the body.
_PLAIN = {
    **{"provider_label": "providerLabel", "base_url": "baseUrl", "requests_per_minute": "requestsPerMinute"},
    **{"concurrent_requests": "concurrentRequests", "spend_per_day": "spendPerDay", "label": "label"},
    **{"operations": "operations", "enabled": "enabled", "routable": "routable"},
    **{"quality_prior": "qualityPrior", "typical_seconds": "typicalSeconds"},
}
_LIMITS = {"default_size": "defaultSize", "sizes": "sizes", "outputs_per_call": "outputsPerCall"}
# By kind: form field -> field of the wiring. Other fields of a wiring are the API's alone, and stay.
_WIRING: Mapping[str, Mapping[str, str]] = {
    OPENAI_COMPATIBLE: {"server_model": "model", "server_fields": "fields", "extra": "extra"},
    AUTOMATIC1111: {
        **{"checkpoint": "checkpoint", "loras": "loras", "negative": "negative", "steps": "steps"},
        **{"cfg_scale": "cfgScale", "sampler": "sampler"},
    },
    COMFYUI: {"workflow": "workflow", "inputs": "inputs", "factor": "factor"},
}
_WORDS = {"trigger_words": "triggerWords"}
_JSON = {"server_fields", "extra", "workflow"}
_KEPT_LIMITS = {"promptLength": "prompt_length"}

Said = Mapping[str, Any]


def document_of(said: Said, row: ProviderModel | None) -> dict[str, Any]:
    """The body that says the same: of POST without a `row`, of PATCH for one. Raises `InvalidRequest` for no JSON."""
    document = {theirs: _plain(said[ours]) for ours, theirs in _PLAIN.items() if said.get(ours) not in (None, "")}
    document["wiring"] = _wiring(said, row)
    if said["price"] is not None:
        document["prices"] = [{"amount": format(said["price"], "f"), "unit": said["price_unit"]}]
    if said.get("new_key") or said.get("forget_key"):
        document["apiKey"] = "" if said.get("forget_key") else said["new_key"]
    limits = {theirs: said[ours] for ours, theirs in _LIMITS.items() if said.get(ours) not in (None, "")}
    if "sizes" in limits:
        limits["sizes"] = _parts(limits["sizes"])
    if row is None:
        named = {name: said[name] for name in ("provider", "kind", "name")}
        return {**document, **named, **({"limits": limits} if limits else {})}
    if any((said.get(name) or "") != (initial_of(row).get(name) or "") for name in _LIMITS):
        kept = {theirs: row.limits[ours] for theirs, ours in _KEPT_LIMITS.items() if ours in row.limits}
        document["limits"] = {**kept, **limits}
    return document


def initial_of(row: ProviderModel) -> dict[str, Any]:
    """What the form shows of a model that is there; never its key."""
    account = ProviderAccount.objects.filter(provider=row.provider_id).order_by("-priority", "label").first()
    price = next((line for line in prices_of(row.provider_id, row.name) if line.operation == ANY), None)
    kind, limits = row.provider.kind, row.limits
    size = limits.get("size", {})
    initial = {
        **{"kind": kind, "provider": row.provider_id, "provider_label": row.provider.label, "name": row.name},
        **{name: getattr(row, name) for name in ("label", "operations", "enabled", "routable", "quality_prior")},
        "typical_seconds": row.typical_seconds,
        "price": price.amount.normalize() if price else None,
        "price_unit": price.kind if price else None,
        "default_size": limits.get("default_size", ""),
        "sizes": ", ".join(size["values"]) if size.get("kind") == "list" and not size.get("measured") else "",
        "outputs_per_call": limits.get("outputs_per_call"),
        "trigger_words": ", ".join(row.wiring.get("triggerWords", [])),
        **{ours: _shown(ours, row.wiring.get(theirs)) for ours, theirs in _WIRING[kind].items()},
    }
    for name in ("base_url", "requests_per_minute", "concurrent_requests", "spend_per_day"):
        initial[name] = getattr(account, name, None)
    return initial


def field_for(field: str, kind: str) -> str:
    """The form's field that a complaint about a body's field belongs to, "" where there is none."""
    spellings = {theirs: ours for ours, theirs in (_PLAIN | _LIMITS).items()}
    group, _, rest = field.partition(".")
    if group in ("limits", "operations"):
        field = rest.partition(".")[0] if group == "limits" else group
    wired = {f"wiring.{theirs}": ours for ours, theirs in _WIRING.get(kind, {}).items()}
    wired["wiring"] = next(iter(_WIRING.get(kind, {"": ""})))
    parts = {"prices": "price", "apiKey": "new_key"}
    return spellings.get(field) or wired.get(field) or parts.get(group) or field


def _wiring(said: Said, row: ProviderModel | None) -> dict[str, Any]:
    kind = row.provider.kind if row is not None else said["kind"]
    wiring = dict(row.wiring) if row is not None else {}
    for ours, theirs in {**_WIRING[kind], **_WORDS}.items():
        value = _read(ours, said.get(ours))
        wiring.pop(theirs, None)
        if value not in (None, "", [], {}):
            wiring[theirs] = value
    return wiring


def _read(name: str, value: Any) -> Any:
    if not value:
        return value
    if name in _JSON:
        return _parsed(name, value)
    if name == "inputs":
        return _parsed(name, value) if value.lstrip().startswith("{") else _pairs(value)
    if name == "loras":
        return [{"name": lora, "weight": _weight(weight)} for lora, weight in _pairs(value).items()]
    return _parts(value) if name in _WORDS else _plain(value)


def _parsed(name: str, text: str) -> Any:
    try:
        found = document_in(text.encode())
    except (MalformedRequest, UnicodeEncodeError) as error:
        raise InvalidRequest(errors=[FieldError(name, "This is not JSON that can be kept.")]) from error
    if not isinstance(found, dict):
        raise InvalidRequest(errors=[FieldError(name, "This is not a JSON object: {…}.")])
    return found


def _pairs(text: str) -> dict[str, Any]:
    """Lines of `name: value`; a name that is there again has several values."""
    found: dict[str, Any] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _, value = (part.strip() for part in line.partition(":"))
        found[name] = [*_as_list(found[name]), value] if name in found else value
    return found


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError as error:
        message = f"{text} is no weight; write a LoRA as in house-style: 0.8."
        raise InvalidRequest(errors=[FieldError("loras", message)]) from error


def _shown(name: str, value: Any) -> Any:
    if value in (None, "", [], {}):
        return None
    if name in _JSON:
        return json.dumps(value, indent=2, ensure_ascii=False)
    if name == "inputs":
        return "\n".join(f"{ours}: {path}" for ours, paths in value.items() for path in _as_list(paths))
    if name == "loras":
        return "\n".join(f"{lora['name']}: {lora.get('weight', 1)}" for lora in value)
    return value


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _plain(value: Any) -> Any:
    """As JSON would bring it."""
    return float(value) if isinstance(value, Decimal) else value
