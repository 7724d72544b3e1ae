"""Asking a server of an operator's own one question that costs nothing, to say whether it would do."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gencraft_media.common.egress import EgressRefused
from gencraft_media.generation.calls import transport
from gencraft_media.generation.custom_models.fields import ADVICE
from providers.errors import ProviderError
from providers.kinds import AUTOMATIC1111, COMFYUI, OPENAI_COMPATIBLE
from providers.models import Provider, ProviderAccount
from providers.registry import ADAPTERS
from providers.types import HttpRequest

TIMEOUT_S = 10.0
_NAMES_SHOWN = 8


@dataclass(frozen=True)
class Finding:
    """Whether the server answers as its kind does, a sentence, and the names of models that it told."""

    ok: bool
    message: str
    names: tuple[str, ...] = ()


def check_server(*, kind: str, base_url: str, api_key: str = "", wanted: str = "") -> Finding:
    """What the server says of itself. `wanted`: the model's name there. Nothing is generated; raises nothing.

    Call it outside of transactions: it waits for the server.
    """
    path, read = _QUESTIONS[kind]
    provider = Provider(key=kind, label=kind, kind=kind, needs_key=False)
    account = ProviderAccount(provider=provider, base_url=base_url, api_key=api_key)
    adapter = ADAPTERS[kind]("", base_url)
    request = HttpRequest("GET", f"{adapter.url}{path}", read_timeout_s=TIMEOUT_S)
    try:
        answer = transport().send(adapter, request, account=account, again=False)
    except ProviderError as error:
        return Finding(False, _why_not_sent(error))
    if answer.status in (401, 403):
        return Finding(False, f"The server answers, but refuses the key (status {answer.status}).")
    if answer.status != 200:
        return Finding(False, f"Something answers, but not as {adapter.label} does: status {answer.status} at {path}.")
    try:
        return _finding(adapter.label, read(answer.json()), wanted)
    except (ValueError, TypeError, KeyError, AttributeError):
        return Finding(False, f"Something answers, but not as {adapter.label} does: its answer at {path} is another.")


def _finding(label: str, told: "_Told", wanted: str) -> Finding:
    shown = ", ".join(told.names[:_NAMES_SHOWN]) + (", …" if len(told.names) > _NAMES_SHOWN else "")
    message = f"{label} answers{told.about}." + (f" It has: {shown}." if shown else "")
    if wanted and told.names and not any(_is_meant(wanted, name) for name in told.names):
        return Finding(False, f"{message} {wanted} is not among them.", told.names)
    return Finding(True, message, told.names)


@dataclass(frozen=True)
class _Told:
    names: tuple[str, ...] = ()
    about: str = ""


def _openai(document: Any) -> _Told:
    return _Told(tuple(_texts(document["data"], "id")))


def _automatic(document: Any) -> _Told:
    return _Told(tuple(_texts(document, "title")))


def _comfy(document: Any) -> _Told:
    system: Mapping[str, Any] = document["system"]
    devices = ", ".join(_texts(document.get("devices", []), "name"))
    version = str(system.get("comfyui_version", ""))[:50]
    return _Told(about=(f", version {version}" if version else "") + (f", on {devices}" if devices else ""))


def _texts(entries: Any, name: str) -> Iterator[str]:
    for entry in entries[:200]:
        yield str(entry[name])[:100]


_QUESTIONS: Mapping[str, tuple[str, Callable[[Any], _Told]]] = {
    OPENAI_COMPATIBLE: ("/models", _openai),
    AUTOMATIC1111: ("/sdapi/v1/sd-models", _automatic),
    COMFYUI: ("/system_stats", _comfy),
}


def _is_meant(wanted: str, name: str) -> bool:
    """A checkpoint's title is its file and a hash; it may be named without ending and hash."""
    return wanted in (name, name.partition(" [")[0], name.partition(" [")[0].rpartition(".")[0])


def _why_not_sent(error: ProviderError) -> str:
    cause = error.__cause__
    if isinstance(cause, EgressRefused):
        return f"This address is not let out to: {cause.reason}. {ADVICE}"
    if error.code == "provider_misconfigured":
        return error.message
    reason = error.vendor_text or type(error).__name__
    return f"Nothing answers there ({reason}). Is the server started, and is this its address?"
