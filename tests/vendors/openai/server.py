"""OpenAI's Images API on loopback: generations, streams and the list of models, in the vendor's wire format."""

import base64
import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

from tests.vendors.openai.faults import (
    DOUBTS,
    REFUSALS,
    SPOILT,
    STREAM_ERRORS,
    STREAM_FAULTS,
    error,
    unknown_model,
    wrong_input,
)
from tests.vendors.openai.limits import SERVED, SHUTS_DOWN, misfit_of, size_of
from tests.vendors.openai.tokens import PARTIAL_IMAGE_TOKENS, image_tokens
from tests.vendors.pictures import picture, preview
from tests.vendors.serving import Received, Reply, VendorServer, json_reply

_CHARACTERS_PER_TOKEN = 4


class Server(VendorServer):
    """Keys that begin with `sk-bad` are wrong, those with `sk-unverified` belong to an unverified organisation."""

    base_path: ClassVar[str] = "/v1"

    def __init__(self, port: int = 0, *, slow_s: float = 0.5) -> None:
        super().__init__(port, slow_s=slow_s)
        self._numbers = itertools.count(1)

    def respond(self, received: Received) -> Reply:
        reply = self._refusal_of_key(received) or self._routed(received)
        headers = {
            "x-request-id": f"req_loopback{next(self._numbers)}",
            "openai-processing-ms": "12",
            "openai-version": "2020-10-01",
        }
        return replace(reply, headers={**headers, **reply.headers})

    def _refusal_of_key(self, received: Received) -> Reply | None:
        key = received.headers.get("authorization", "").removeprefix("Bearer ")
        if not key or key.startswith("sk-bad"):
            return REFUSALS["bad-key"]
        return REFUSALS["unverified"] if key.startswith("sk-unverified") else None

    def _routed(self, received: Received) -> Reply:
        match received.method, received.path:
            case "POST", "/v1/images/generations":
                return self._generation(received)
            case "GET", "/v1/models":
                return json_reply({"object": "list", "data": [_listed(model) for model in SERVED]})
        message = f"Invalid URL ({received.method} {received.path})"
        return error(404, "invalid_request_error", "unknown_url", message)

    def _generation(self, received: Received) -> Reply:
        if not received.headers.get("content-type", "").startswith("application/json"):
            return wrong_input("The body must be application/json.", None)
        try:
            document = received.json()
        except ValueError:
            return wrong_input("The body cannot be parsed as JSON.", None)
        refusal = self._refusal_of(document)
        if refusal is not None:
            return refusal
        fault = self.fault_for(document["prompt"])
        if fault in REFUSALS:
            return REFUSALS[fault]
        if fault in DOUBTS:
            return DOUBTS[fault]
        if fault and fault not in (*SPOILT, *STREAM_FAULTS):
            self.violations.append(f"fault: there is none called {fault}")
        reply = self._streamed(document, fault) if document.get("stream") else json_reply(_answer(document, fault))
        return replace(reply, broken="cut" if fault == "cut" else "", delay_s=self.slow_s if fault == "slow" else 0.0)

    def _refusal_of(self, document: Any) -> Reply | None:
        if isinstance(document, dict) and document.get("model") and document["model"] not in SERVED:
            return unknown_model(document["model"])
        if misfits := self.misfits("generation", document):
            return wrong_input(misfits[0], misfits[0].split(": ")[1])
        misfit = misfit_of(document)
        if misfit is not None:
            self.violations.append(f"generation: {misfit[0]}: {misfit[1]}")
            return wrong_input(misfit[1], misfit[0])
        return None

    def _streamed(self, document: dict[str, Any], fault: str) -> Reply:
        return Reply(stream=_events(document, fault), headers={"Content-Type": "text/event-stream; charset=utf-8"})


def _answer(document: dict[str, Any], fault: str) -> dict[str, Any]:
    count = document.get("n", 1)
    delivered = {"fewer": count - 1, "none": 0}.get(fault, count)
    pictures = [_encoded(document, index, fault) for index in range(delivered)]
    answer = {**_facts(document), "created": int(time.time()), "data": [{"b64_json": one} for one in pictures]}
    return answer if fault == "no-usage" else {**answer, "usage": _usage(document, count, partials=0)}


def _events(document: dict[str, Any], fault: str) -> Iterator[bytes]:
    """The partial images, each nearer to the picture, then the picture; faults come after the first partial image."""
    facts = {**_facts(document), "created_at": int(time.time())}
    partials = document.get("partial_images", 0)
    width, height = size_of(document)
    if fault == "stream-keepalive":
        yield b": keepalive\n\n"
        yield _event("image_generation.in_progress", {})
    for index in range(partials):
        content = preview(width, height, index, _kind(document))
        encoded = base64.b64encode(content).decode()
        yield _event("image_generation.partial_image", {**facts, "b64_json": encoded, "partial_image_index": index})
        if fault in STREAM_ERRORS:
            yield _event("error", {"error": STREAM_ERRORS[fault]})
            return
        if fault in ("cut", "stream-unfinished"):
            return
    completed = {**facts, "b64_json": _encoded(document, 0, fault), "usage": _usage(document, 1, partials=partials)}
    yield _event("image_generation.completed", completed)


def _event(name: str, document: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **document})}\n\n".encode()


def _facts(document: dict[str, Any]) -> dict[str, Any]:
    width, height = size_of(document)
    quality, background = document.get("quality", "auto"), document.get("background", "auto")
    return {
        "background": "opaque" if background == "auto" else background,
        "output_format": document.get("output_format", "png"),
        "quality": "medium" if quality == "auto" else quality,
        "size": f"{width}x{height}",
    }


def _encoded(document: dict[str, Any], index: int, fault: str) -> str:
    if fault == "not-base64":
        return "%%%"
    width, height = size_of(document)
    if fault == "wrong-size":
        width, height = 512, 512
    return base64.b64encode(picture(width, height, index, _kind(document))).decode()


def _kind(document: dict[str, Any]) -> str:
    return str(document.get("output_format", "png")).upper()


def _usage(document: dict[str, Any], count: int, *, partials: int) -> dict[str, Any]:
    width, height = size_of(document)
    text = -(-len(document["prompt"]) // _CHARACTERS_PER_TOKEN)
    one = image_tokens(document["model"], document.get("quality", "auto"), width, height)
    image = one * count + PARTIAL_IMAGE_TOKENS * partials
    return {
        "input_tokens": text,
        "input_tokens_details": {"text_tokens": text, "image_tokens": 0},
        "output_tokens": image,
        "output_tokens_details": {"image_tokens": image, "text_tokens": 0},
        "total_tokens": text + image,
    }


def _listed(model: str) -> dict[str, Any]:
    entry = {"id": model, "object": "model", "created": 1780000000, "owned_by": "system"}
    return {**entry, "shutdown_date": SHUTS_DOWN[model]} if model in SHUTS_DOWN else entry
